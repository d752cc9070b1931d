"""Tries a GeoIP file where it can do no harm: in a process of its own, with little memory and time.

A corrupt file can make the C reader crash the whole process or eat gigabytes. So a file is opened by us only
after this module, run as a script, has read it and lived. The script needs the standard library and
maxminddb.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

MAX_MEMORY_BYTES = 3 << 30
"""Address space of the probe; mapping the largest database takes 0.2 GB, a hostile one asks for hundreds."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What a readable file says of itself. `role` is city, country, asn or anonymous; `versions` the IP versions
    it has answers for; `records` how many were decoded in the time given."""

    role: str
    database_type: str
    build_epoch_s: int
    versions: tuple[int, ...]
    records: int


class BadDatabase(Exception):
    """The file cannot be used; the message says why, without its path."""


def probe(path: Path, *, seconds: float = 1.0) -> Probed:
    """Read `path` in a subprocess for about `seconds`: all of a small file, a spread sample of a large one.

    Raises `BadDatabase` if it is no database, of no use here, or crashes its reader.
    """
    # -I: neither the environment nor the script's folder (with our `tokens`, `zones`…) may shadow a module.
    command = [sys.executable, "-I", __file__, str(path), str(seconds)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and script
            command, capture_output=True, text=True, timeout=seconds * 4 + 20, check=False
        )
    except subprocess.TimeoutExpired:
        raise BadDatabase("reading it did not end") from None
    except OSError as error:
        raise BadDatabase(f"could not be tried out: {error.strerror}") from error
    if done.returncode < 0:
        raise BadDatabase(f"reading it crashed the reader (signal {-done.returncode})")
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise BadDatabase(f"reading it failed (exit status {done.returncode})") from None
    if "error" in answer:
        raise BadDatabase(answer["error"])
    return Probed(
        answer["role"],
        answer["database_type"],
        answer["build_epoch_s"],
        tuple(answer["versions"]),
        answer["records"],
    )


def role_of(database_type: str) -> str | None:
    """What a database is for, by its type: MaxMind's and DB-IP's names, and the flat `city ipv4`, `city ipv6`."""
    if "Anonymous" in database_type:
        return "anonymous"
    if "ASN" in database_type or "ISP" in database_type:
        return "asn"
    if "City" in database_type or "Enterprise" in database_type or database_type.startswith("city"):
        return "city"
    return "country" if "Country" in database_type else None


_USEFUL = {
    "city": ("country", "country_code", "registered_country", "location"),
    "country": ("country", "registered_country"),
    "asn": ("autonomous_system_number",),
    "anonymous": ("is_anonymous",),
}


def _try(path: str, seconds: float) -> dict[str, object]:
    """Runs in the subprocess only."""
    import random  # noqa: PLC0415
    import time  # noqa: PLC0415

    import maxminddb  # noqa: PLC0415

    try:
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        pass  # no such limits here (Windows), or lower ones already
    with maxminddb.open_database(path) as reader:
        about = reader.metadata()
        role = role_of(about.database_type)
        if role is None:
            return {"error": f"is of a type nothing here reads: {about.database_type[:40]!r}"}
        if not 0 < about.build_epoch < 1 << 33:
            return {"error": "bears no believable build date"}
        records, useful = 0, 0

        def look(record: object) -> None:
            nonlocal records, useful
            records += record is not None
            useful += isinstance(record, dict) and any(key in record for key in _USEFUL[role])

        end = time.monotonic() + seconds / 2
        whole = True
        for number, (_, record) in enumerate(reader):
            look(record)
            if number % 64 == 0 and time.monotonic() > end:
                whole = False
                break
        chance = random.Random(20161)  # noqa: S311 - the same spread of addresses each time
        end += seconds / 2
        while not whole and time.monotonic() < end:
            for _ in range(64):
                look(reader.get(_address(chance, about.ip_version)))
        if not useful:
            return {"error": f"holds no record of a {role} database"}
        both = about.ip_version == 6 and not about.database_type.endswith("ipv6")
    return {
        "role": role,
        "database_type": about.database_type,
        "build_epoch_s": about.build_epoch,
        "versions": [4, 6] if both else [about.ip_version],
        "records": records,
    }


def _address(chance: object, ip_version: int) -> str:
    bits = chance.getrandbits  # type: ignore[attr-defined]
    if ip_version == 4 or bits(1):
        return f"{bits(8) % 223 + 1}.{bits(8)}.{bits(8)}.{bits(8)}"
    first = (0x2001, 0x2003, 0x2400, 0x2600, 0x2800, 0x2A00, 0x2C00)[bits(16) % 7] + bits(4)
    return f"{first:x}:{bits(16):x}:{bits(16):x}::{bits(16):x}"


if __name__ == "__main__":
    try:
        found = _try(sys.argv[1], float(sys.argv[2]))
    except Exception as error:  # whatever a corrupt file makes the reader raise
        found = {"error": f"is not a readable database ({type(error).__name__})"}
    sys.stdout.write(json.dumps(found))
