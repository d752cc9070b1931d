"""GeoIP data from those who make it: MaxMind with an account, DB-IP without."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from cuelight.sense.geo_fetch import Absent, Delivery, Progress, SourceFailed, download, gunzip, untar


@dataclass(frozen=True, slots=True)
class MaxMind:
    """GeoLite2 or GeoIP2 by MaxMind's permanent links. `optional` editions are taken where the account has them."""

    account_id: str
    licence_key: str = field(repr=False)
    editions: tuple[str, ...] = ("GeoLite2-City", "GeoLite2-ASN")
    optional: tuple[str, ...] = ("GeoIP2-Anonymous-IP",)
    base: str = "https://download.maxmind.com/geoip/databases"
    name: str = "MaxMind"

    def fetch(self, into: Path, progress: Progress) -> Delivery:
        files = [self._edition(edition, into, progress) for edition in self.editions]
        for edition in self.optional:
            try:
                files.append(self._edition(edition, into, progress))
            except SourceFailed:
                continue  # most accounts do not have it; a wrong key has failed above
        return Delivery(
            self.name,
            tuple(files),
            "GeoLite2/GeoIP2 End User License Agreement",
            "This product includes GeoLite2 data created by MaxMind, available from https://www.maxmind.com.",
        )

    def _edition(self, edition: str, into: Path, progress: Progress) -> Path:
        link, auth = f"{self.base}/{edition}/download?suffix=tar.gz", (self.account_id, self.licence_key)
        packed, checksum = into / f"{edition}.tar.gz", into / f"{edition}.sha256"
        got = download(link, packed, edition, progress, auth)
        download(f"{link}.sha256", checksum, f"{edition} checksum", progress, auth)
        expected = checksum.read_text("ascii", "replace").split()
        checksum.unlink()
        if not expected or expected[0].lower() != got:
            raise SourceFailed(f"{edition}: damaged on the way (its checksum does not match)")
        files = untar(packed, lambda name: name == f"{edition}.mmdb", into)
        if not files:
            raise SourceFailed(f"{edition}: no database in the archive")
        return files[0]


@dataclass(frozen=True, slots=True)
class DbIp:
    """DB-IP's free monthly databases (City and ASN). `today` chooses the month; on the first days the one before."""

    today: date
    base: str = "https://download.db-ip.com/free"
    name: str = "DB-IP Lite"

    def fetch(self, into: Path, progress: Progress) -> Delivery:
        month_before = self.today.replace(day=1) - timedelta(days=1)
        try:
            files = self._month(self.today, into, progress)
        except Absent:
            files = self._month(month_before, into, progress)
        return Delivery(self.name, files, "CC BY 4.0", "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0.")

    def _month(self, month: date, into: Path, progress: Progress) -> tuple[Path, ...]:
        files = []
        for kind in ("asn", "city"):  # the small one first: it tells whether the month is out
            packed, file = into / f"dbip-{kind}-lite.gz", into / f"dbip-{kind}-lite.mmdb"
            link = f"{self.base}/dbip-{kind}-lite-{month:%Y-%m}.mmdb.gz"
            download(link, packed, f"DB-IP {kind} {month:%Y-%m}", progress)
            gunzip(packed, file)
            files.append(file)
        return tuple(files)
