"""The GeoIP databases of one folder: found, tried out, kept safe from changes underneath, opened."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import geoip2.database

from cuelight.sense.geo_probe import BadDatabase, Probed, probe

SOURCE_FILE: Final = "SOURCE.json"
KEPT: Final = ".last-good"

_MAXMIND: Final = "This product includes GeoLite2 data created by MaxMind, available from https://www.maxmind.com."
_DB_IP: Final = "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0."
_ATTRIBUTION: Final = (("GeoLite2-", _MAXMIND), ("DBIP", _DB_IP), ("city ipv", _DB_IP))
"""What licences ask to show, by the start of a database's type; `SOURCE.json` goes before it."""

Stamp = tuple[int, int]
"""Size in bytes and time of change in ns: what tells one state of a file from another."""


@dataclass(frozen=True, slots=True)
class GeoFile:
    """One database in use. `kept` is True where the file in the folder is bad and the good one before serves."""

    name: str
    about: Probed
    reader: geoip2.database.Reader
    signature: Stamp
    kept: bool = False

    @property
    def built_at(self) -> datetime:
        return datetime.fromtimestamp(self.about.build_epoch_s, UTC)


@dataclass(frozen=True, slots=True)
class GeoFolder:
    """All that a folder has to offer at one moment. `errors`: file name to what is wrong with it."""

    files: tuple[GeoFile, ...] = ()
    errors: tuple[tuple[str, str], ...] = ()
    attribution: str = ""

    def best(self, role: str, version: int) -> GeoFile | None:
        """The database to ask: the richest type, then the newest."""
        fit = [f for f in self.files if f.about.role == role and version in f.about.versions]
        return max(fit, key=lambda f: (_rank(f.about.database_type), f.about.build_epoch_s), default=None)


def _rank(database_type: str) -> int:
    order = ("GeoIP2", "GeoIP-", "GeoLite2", "DBIP")
    return next((len(order) - n for n, word in enumerate(order) if database_type.startswith(word)), 0)


def signature(folder: Path) -> Hashable:
    """Changes when a database (or its source note) is added, taken away, replaced or rewritten."""
    return tuple(sorted((path.name, *_stamp(path)) for path in _candidates(folder)))


def _candidates(folder: Path) -> Iterator[Path]:
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for path in entries:
        if (path.suffix == ".mmdb" or path.name == SOURCE_FILE) and not path.name.startswith("."):
            yield path


def _stamp(path: Path) -> Stamp:
    try:
        stat = path.stat()
    except OSError:
        return (0, 0)
    return stat.st_size, stat.st_mtime_ns


def load(folder: Path, before: GeoFolder | None) -> GeoFolder:
    """Open what is new, keep what is unchanged, and where a new file is bad, go on with the one before it."""
    earlier = {file.name: file for file in before.files} if before else {}
    paths = sorted(path for path in _candidates(folder) if path.suffix == ".mmdb")
    with ThreadPoolExecutor(max_workers=4) as pool:  # each waits for a subprocess
        results = list(pool.map(lambda path: _file(path, earlier.get(path.name)), paths))
    files = tuple(file for file, _ in results if file is not None)
    errors = tuple(
        (path.name, f"{path.name} {problem}") for path, (_, problem) in zip(paths, results, strict=True) if problem
    )
    return GeoFolder(files, errors, _attribution(folder, files))


def _file(path: Path, earlier: GeoFile | None) -> tuple[GeoFile | None, str | None]:
    stamp = _stamp(path)
    if earlier is not None and earlier.signature == stamp:
        return earlier, None
    good = path.parent / KEPT / path.name
    try:
        return _open_safely(path, good, stamp), None
    except (BadDatabase, OSError, ValueError) as error:
        problem = str(error) if isinstance(error, BadDatabase) else f"cannot be read ({type(error).__name__})"
    if earlier is not None:
        return GeoFile(path.name, earlier.about, earlier.reader, stamp, kept=True), problem
    try:  # after a restart: the copy that was good when we last ran
        about = _tried_before(good) or probe(good)
        return GeoFile(path.name, about, geoip2.database.Reader(good), stamp, kept=True), problem
    except (BadDatabase, OSError, ValueError):
        return None, problem


def _open_safely(path: Path, good: Path, stamp: Stamp) -> GeoFile:
    """Open a private copy of the file, tried out first.

    The reader maps its file into memory: if somebody then rewrites that file in place (`cp new.mmdb here`), every
    process that maps it may die of SIGBUS. Nobody rewrites our copy. It is also the last good one after a restart.
    Where the folder cannot be written to (a read-only mount) the file itself is opened: it cannot change either.
    """
    if _stamp(good) == stamp and (about := _tried_before(good)) is not None:
        return GeoFile(path.name, about, geoip2.database.Reader(good), stamp)
    aside = good.with_name(f".{path.name}.{os.getpid()}")
    try:
        good.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, aside)
    except OSError:
        with suppress(OSError):
            aside.unlink()
        return GeoFile(path.name, probe(path), geoip2.database.Reader(path), stamp)
    try:
        about = probe(aside)
        os.utime(aside, ns=(stamp[1], stamp[1]))
        aside.replace(good)
        _note_tried(good, about)
    finally:
        aside.unlink(missing_ok=True)
    return GeoFile(path.name, about, geoip2.database.Reader(good), stamp)


def _tried_before(good: Path) -> Probed | None:
    """What trying out this very copy gave in an earlier run: a start need not read every database again."""
    try:
        note = json.loads(_note_path(good).read_text("utf-8"))
        if note.pop("stamp") != list(_stamp(good)):
            return None
        return Probed(**{**note, "versions": tuple(note["versions"])})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _note_tried(good: Path, about: Probed) -> None:
    note, aside = _note_path(good), good.with_name(f".{good.name}.note.{os.getpid()}")
    aside.write_text(json.dumps({**asdict(about), "stamp": _stamp(good)}), "utf-8")
    aside.replace(note)


def _note_path(good: Path) -> Path:
    return good.with_name(f"{good.name}.tried.json")


def _attribution(folder: Path, files: tuple[GeoFile, ...]) -> str:
    """What must be shown where results are: the source note's words, else by the types in use."""
    try:
        note = json.loads((folder / SOURCE_FILE).read_text("utf-8"))
        if isinstance(note, dict) and isinstance(text := note.get("attribution"), str):
            return text[:500]
    except (OSError, ValueError):
        pass  # no note: an operator put the files there
    kinds = [file.about.database_type for file in files]
    return " ".join(
        dict.fromkeys(text for start, text in _ATTRIBUTION if any(kind.startswith(start) for kind in kinds))
    )
