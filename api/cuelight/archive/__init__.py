"""The archive: the last month's decisions in one file, for the console's pages and replays.

Everything in it is derived from the store, by following the store's journal; it may be deleted at any time and is then
read anew. Only one process writes it (`cuelight worker`), any may read it.
"""

from cuelight.archive.follower import Follower
from cuelight.archive.reader import Archive, Listed, Status, Wanted
from cuelight.archive.writer import Writer, open_writer

__all__ = ["Archive", "Follower", "Listed", "Status", "Wanted", "Writer", "open_writer"]
