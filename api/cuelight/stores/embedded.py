"""Cuelight's own store: a Valkey server under the data folder, for a desk that does not run Redis.

Append-only, on a Unix socket, gone with the process that started it, one for each data folder. The lock file is
held by the server itself, so it is locked exactly as long as a server lives, whatever kills whom.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import structlog
from redis import Redis
from redis.exceptions import BusyLoadingError, RedisError

from cuelight.core.errors import StoreUnavailable
from cuelight.stores import epochs
from cuelight.stores.client import timing
from cuelight.stores.durability import Durability
from cuelight.stores.keys import SCHEMA
from cuelight.stores.launching import (
    LAUNCH,
    die_with_parent,
    options,
    server_binary,
    socket_path,
    sync_files,
    write_durably,
)
from cuelight.stores.link import Link
from cuelight.stores.migration import migrate

__all__ = ["EmbeddedServer", "die_with_parent", "server_binary", "socket_path"]

log = structlog.get_logger("cuelight.stores.embedded")

START_S = 20.0
"""How long a server may be silent before the start is given up; one that loads its data answers that it does."""
STOP_S = 5.0
_FSYNC = {"standard": "no", "strict": "always"}
"""Not `everysec`: while such a sync is under way the server keeps back what it writes, for up to two seconds, yet
answers. Killed then, it would lose what it acknowledged. So the keeper syncs, from outside, and every write is the
kernel's before it is answered."""
_SYNC_EVERY_S = 1.0


class EmbeddedServer:
    """`with EmbeddedServer(var_dir) as server: server.url`.

    A second start on the same folder uses the server that runs there (`started` is False) and does not end it.
    `standard` syncs every second (a power cut costs less than 2 s), `strict` on every write. Raises
    `StoreUnavailable`, with what to do, where the server does not start or the folder lost its data.
    """

    def __init__(self, var_dir: Path, durability: Durability = "standard", binary: str | None = None) -> None:
        self.folder = Path(var_dir).absolute() / "store"
        self.started = False
        self._durability = durability
        self._binary = binary
        self._process: subprocess.Popen[bytes] | None = None
        self._release = threading.Event()
        self._socket: Path | None = None

    @property
    def url(self) -> str:
        if self._socket is None:
            raise StoreUnavailable("the embedded store is not started")
        return _url(self._socket)

    @property
    def pid(self) -> int | None:
        """The server's process, where it was started here."""
        return self._process.pid if self._process else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        self._socket = socket_path(self.folder)
        deadline = time.monotonic() + START_S
        while True:
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                if self._reuse():
                    self.started = False
                    return
            else:
                try:
                    self._launch(lock)
                finally:
                    os.close(lock)
                break
            if time.monotonic() > deadline:
                raise StoreUnavailable(
                    f"another server holds {self.folder} but does not answer; end it, or use another folder"
                )
            time.sleep(0.02)
        try:
            self._await(deadline)
            self._claim()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the server, if it was started here: its data is synced and it is waited for."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if self._socket is not None:
                self._socket.unlink(missing_ok=True)
        self._release.set()
        self._socket = None

    def revive(self) -> bool:
        """Start the server again if it was started here and has ended by itself. True if it had.

        Raises `StoreUnavailable`, as `start` does; then try again later.
        """
        if not self.started or (self._process is not None and self._process.poll() is None):
            return False
        self._process = None
        self._release.set()
        self.start()
        return True

    def _reuse(self) -> bool:
        try:
            client = Redis.from_url(self.url, **_patience())
            client.ping()
        except (RedisError, OSError):
            return False
        client.close()
        return True

    def _launch(self, lock: int) -> None:
        socket = self._socket
        if socket is None:
            raise StoreUnavailable("the embedded store has no socket")
        socket.unlink(missing_ok=True)
        command = [sys.executable, "-I", "-S", "-c", LAUNCH, str(os.getpid()), self._binary or server_binary()]
        command += options(self.folder, socket, _FSYNC[self._durability])
        born = threading.Event()
        release = self._release = threading.Event()
        failed: list[OSError] = []

        def keep() -> None:
            # The death signal is tied to the thread that forks, so this one stays as long as the server may.
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own fixed command
                    command,
                    pass_fds=[lock],
                    process_group=0,  # Ctrl-C reaches the API first; the store outlives its last write
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            except OSError as error:
                failed.append(error)
            born.set()
            while not release.wait(None if self._durability == "strict" else _SYNC_EVERY_S):
                sync_files(self.folder)

        threading.Thread(target=keep, name="store-keeper", daemon=True).start()
        born.wait()
        if failed:
            raise StoreUnavailable(f"the embedded store cannot be started: {failed[0].strerror}")
        self.started = True

    def _await(self, deadline: float) -> None:
        client = Redis.from_url(self.url, **_patience())
        while True:
            if self._process is not None and self._process.poll() is not None:
                raise StoreUnavailable(
                    f"the embedded store ended at start; the end of {self.folder / 'server.log'} says why"
                )
            try:
                client.ping()
                client.close()
                return
            except BusyLoadingError:
                deadline = time.monotonic() + START_S  # a large file takes its time; what loads is alive
            except (RedisError, OSError):
                pass
            if time.monotonic() > deadline:
                raise StoreUnavailable(
                    f"the embedded store did not answer within {START_S:.0f} s; see {self.folder / 'server.log'}"
                )
            time.sleep(0.005)

    def _claim(self) -> None:
        """Claim a new folder; on one that had data, insist on finding it again.

        The marker beside the data remembers the epoch: a folder that was emptied is not a new installation.
        """
        marker = self.folder / "epoch"
        link = Link(self.url, patient=True)
        try:
            found = {epochs.parse(value) for value in link.epochs()}
            known = epochs.parse(marker.read_text("utf-8")) if marker.exists() else None
            if marker.exists() and {epoch and epoch.ident for epoch in found} != {known and known.ident}:
                raise StoreUnavailable(
                    f"the data in {self.folder} is gone or is another installation's. Restore it from a backup; "
                    f"or, to begin anew without any customer's history, move the folder away"
                )
            if any(epoch and not epoch.is_current for epoch in found):
                self._migrate(link)
            epoch = link.claim()
            if str(known) == epoch:
                return
            # On disk before the marker says so, else a power cut would leave a marker without its data.
            sync_files(self.folder)
            write_durably(marker, epoch + "\n")
        finally:
            link.close()

    def _migrate(self, link: Link) -> None:
        started = time.monotonic()
        done = migrate(link)
        took_s = round(time.monotonic() - started, 1)
        log.info("store_migrated", schema=SCHEMA, rewritten=done.rewritten, unreadable=done.unreadable, took_s=took_s)


def embedded_url(var_dir: Path) -> str:
    """Where the embedded server of this data folder is found, if it runs."""
    return _url(socket_path(Path(var_dir).absolute() / "store"))


def _url(socket: Path) -> str:
    """`#`, `?` and `%` are allowed in the names of folders, and mean something in a URL."""
    return f"unix://{quote(str(socket))}"


def _patience() -> dict[str, object]:
    options = timing()
    del options["maint_notifications_config"]
    return options
