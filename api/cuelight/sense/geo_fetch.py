"""What every source of GeoIP data shares: how it reports progress, failure and success, and safe downloading."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import requests

Progress = Callable[[int, int | None, str], None]
"""Called with bytes done, bytes in all (None: unknown) and a label that names what is being done."""

CONNECT_S: Final = 4.0
"""Short, so that a machine without internet gets to its next source, or its plain answer, in seconds."""
READ_S: Final = 30.0
MAX_BYTES: Final = 2 << 30
"""No database is larger; what would be, is not one."""


class SourceFailed(Exception):
    """A source could not deliver; the message says why in words for an operator, and holds no key."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Databases a source has put into the folder it was given, not yet tried out."""

    source: str
    files: tuple[Path, ...]
    licence: str
    attribution: str


class Source(Protocol):
    """One place GeoIP data comes from."""

    name: str

    def fetch(self, into: Path, progress: Progress) -> Delivery:
        """Put databases into the empty folder `into`. Raises `SourceFailed`."""
        ...


class Absent(SourceFailed):
    """The server has no such file (404): for data that is published later than expected."""


def download(url: str, to: Path, label: str, progress: Progress, auth: tuple[str, str] | None = None) -> str:
    """Fetch `url` into the file `to`; returns the SHA-256 of what came. Raises `SourceFailed`.

    Redirects are followed (vendors hand out links to their storage); credentials stay with the first host.
    """
    digest, done = hashlib.sha256(), 0
    try:
        with requests.get(url, auth=auth, stream=True, timeout=(CONNECT_S, READ_S)) as answer:
            if answer.status_code == 404:
                raise Absent(f"{label}: not there (404)")
            if answer.status_code in (401, 403):
                raise SourceFailed(f"{label}: refused ({answer.status_code}); check account id and licence key")
            if answer.status_code != 200:
                raise SourceFailed(f"{label}: the server answered {answer.status_code}")
            length = answer.headers.get("Content-Length", "")
            total = int(length) if length.isdigit() else None
            with to.open("wb") as file:
                for chunk in answer.iter_content(1 << 16):
                    done += len(chunk)
                    if done > MAX_BYTES:
                        raise SourceFailed(f"{label}: larger than any database is")
                    file.write(chunk)
                    digest.update(chunk)
                    progress(done, total, label)
    except requests.RequestException as error:
        raise SourceFailed(f"{label}: {_plainly(error)}") from None
    except OSError as error:
        raise SourceFailed(f"{label}: cannot write ({error.strerror})") from error
    return digest.hexdigest()


def _plainly(error: requests.RequestException) -> str:
    """In words, and without the exception's own text: that may hold the URL with what is in it."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    return "cannot be reached" if isinstance(error, requests.ConnectionError) else "the download broke off"


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def gunzip(packed: Path, to: Path) -> None:
    """Unpack one gzip file. Raises `SourceFailed`."""
    try:
        with gzip.open(packed, "rb") as source:
            _copy(source, to)
    except (OSError, EOFError, ValueError) as error:
        raise SourceFailed(f"{packed.name}: damaged archive") from error
    packed.unlink()


def untar(packed: Path, wanted: Callable[[str], bool], into: Path) -> list[Path]:
    """Take the wanted files of a .tar.gz, by base name, into the flat folder `into`. Raises `SourceFailed`.

    Names are never used as paths, links never followed: an archive cannot write anywhere else.
    """
    found: list[Path] = []
    try:
        with tarfile.open(packed, "r:gz") as archive:
            for member in archive:
                name = Path(member.name).name
                source = archive.extractfile(member) if member.isfile() and wanted(name) else None
                if source is not None:
                    _copy(source, into / name)
                    found.append(into / name)
    except (OSError, EOFError, tarfile.TarError, ValueError) as error:
        raise SourceFailed(f"{packed.name}: damaged archive") from error
    packed.unlink()
    return found


def _copy(source: _Readable, to: Path) -> None:
    """Copy, stopping where no database would still go on: a few kB can unpack to terabytes."""
    with to.open("wb") as file:
        while chunk := source.read(1 << 20):
            if file.tell() + len(chunk) > MAX_BYTES:
                raise SourceFailed(f"{to.name}: larger than any database is")
            file.write(chunk)
