"""The archive's part of `app`: where its file is, who follows the store, what it may be asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from cuelight.archive import Archive, Follower, open_writer
from cuelight.core.errors import StoreUnavailable
from cuelight.core.replay_row import Layout, layout
from cuelight.settings import Settings
from cuelight.signals import SIGNALS
from cuelight.stores import Stores

log = structlog.get_logger("cuelight.archive")

_ANEW_ON_A_CLUSTER = timedelta(days=1)
_WAIT_S = 5.0


def layout_of_signals() -> Layout:
    """Rows as this version's signals are."""
    return layout([(signal.name, signal.codes) for signal in SIGNALS])


def archive_path(settings: Settings) -> Path:
    return settings.var_dir / "archive.db"


def open_archive(settings: Settings) -> Archive:
    """To read. There need not be one yet."""
    return Archive(archive_path(settings), layout_of_signals())


@contextmanager
def opened_follower(settings: Settings, stores: Stores) -> Iterator[Follower | None]:
    """One who brings the archive up to date; None while another process does, or for a store in memory.

    Raises `StoreUnavailable` where the file cannot be written.
    """
    if stores.journal is None or stores.link is None:
        yield None
        return
    with open_writer(archive_path(settings), layout_of_signals()) as writer:
        if writer is None:
            yield None
            return
        anew = _ANEW_ON_A_CLUSTER if stores.link.clustered else None
        keep = timedelta(days=settings.retention_decisions_days)
        yield Follower(stores.journal, writer, keep, lambda: datetime.now(UTC), anew)


@contextmanager
def following(settings: Settings, stores: Stores) -> Iterator[None]:
    """Keeps the archive up to date in a thread of its own, as long as the block lasts; takes over from a process that
    did so before and ended."""
    ending = threading.Event()
    current: list[Follower] = []

    def follow() -> None:
        told = False
        while not ending.is_set():
            try:
                with opened_follower(settings, stores) as follower:
                    if follower is not None:
                        current[:] = [follower]
                        told = False
                        if not ending.is_set():
                            follower.run()
            except StoreUnavailable as error:
                if not told:
                    log.warning("archive_unusable", error=str(error))
                told = True
            ending.wait(_WAIT_S)

    thread = threading.Thread(target=follow, name="archive", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        for follower in current:
            follower.stop()
        thread.join(12)
