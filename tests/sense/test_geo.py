from __future__ import annotations

import json
import math
import os
import random
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from tests.waiting import until

from cuelight.core.chat import Cell, NetworkKind
from cuelight.sense.address import normalise_ip
from cuelight.sense.geo import CELL_DEG, NOWHERE, Geography, GeoReader, cell_of
from cuelight.sense.geo_probe import BadDatabase, probe

CITY, ASN = "GeoIP2-City-Test.mmdb", "GeoLite2-ASN-Test.mmdb"


def write_flat_city(path: Path, networks: dict[str, dict[str, object]], version: int = 4) -> None:
    """A database in the flat shape of the npm packages."""
    writer = MMDBWriter(version, f"city ipv{version}", languages=[], description={})
    for network, record in networks.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))


def flat(country: str, latitude: object, longitude: object, zone: str = "") -> dict[str, object]:
    return {"country_code": country, "city": "X", "latitude": latitude, "longitude": longitude, "timezone": zone}


def ask(reader: GeoReader, ip: str) -> Geography:
    return reader.look_up(normalise_ip(ip))


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        ("89.160.20.112", Geography("SE", Cell(58.25, 15.75), 76.0, "Europe/Stockholm", 29518, None)),
        ("::ffff:89.160.20.112", Geography("SE", Cell(58.25, 15.75), 76.0, "Europe/Stockholm", 29518, None)),
        ("81.2.69.142", Geography("GB", Cell(51.75, -0.25), 10.0, "Europe/London", None, NetworkKind.TOR)),
        ("1.128.0.1", Geography(asn=1221)),
        ("71.160.223.5", Geography(anonymiser=NetworkKind.HOSTING)),
        ("186.30.236.1", Geography(anonymiser=NetworkKind.VPN)),
        ("2001:480:10::1", Geography("US", Cell(32.75, -117.25), 20.0, "America/Los_Angeles", None, None)),
        ("203.0.113.7", NOWHERE),
        ("10.0.0.1", NOWHERE),
    ],
)
def test_look_up_of_the_test_databases(geo: GeoReader, ip: str, expected: Geography) -> None:
    assert ask(geo, ip) == expected


def test_status_says_what_serves_and_how_old_it_is(geo: GeoReader) -> None:
    status = geo.status
    assert status.available
    assert status.errors == ()
    assert {name for name, *_ in status.files} == {CITY, ASN, "GeoIP2-Anonymous-IP-Test.mmdb"}
    assert all(
        datetime(2020, 1, 1, tzinfo=UTC) < built < datetime(2030, 1, 1, tzinfo=UTC) for _, _, built, _ in status.files
    )
    assert "MaxMind" in status.attribution


def test_a_vague_point_gives_the_country_not_a_zone(geo: GeoReader) -> None:
    middle_of_the_states = ask(geo, "149.101.100.1")
    assert middle_of_the_states.accuracy_radius_km == 1000.0
    assert {"America/New_York", "America/Los_Angeles"} <= set(middle_of_the_states.zones())


def test_flat_databases_are_read_by_version(tmp_path: Path) -> None:
    write_flat_city(tmp_path / "dbip-city-ipv4.mmdb", {"81.2.69.0/24": flat("GB", 51.51, -0.09)})
    write_flat_city(tmp_path / "dbip-city-ipv6.mmdb", {"2a02:a440::/32": flat("NL", 52.37, 4.9, "Europe/Amsterdam")}, 6)
    reader = GeoReader(tmp_path)
    home = ask(reader, "81.2.69.142")
    assert home == Geography("GB", Cell(51.75, -0.25), None, None, None, None)  # radius unknown, not zero
    assert home.zones() == ("Europe/London",)
    assert ask(reader, "2a02:a440::1").zones() == ("Europe/Amsterdam",)
    assert ask(reader, "2a02:a450::1") == NOWHERE
    assert "DB-IP" in reader.status.attribution


@pytest.mark.parametrize(
    "record",
    [
        flat("gb", 51.5, 0.0),
        flat("GBR", 91.0, 0.0),
        flat("", 51.5, 181.0),
        flat("GB", "north", "east"),
        {"country_code": 7, "latitude": [1], "longitude": {}},
        {"country_code": "GB"},
        {"country": "GB", "location": "here"},
        {"country": {"iso_code": "GB"}, "location": {"latitude": 1.0, "accuracy_radius": -5}},
    ],
)
def test_records_of_the_wrong_shape_give_less_never_an_error(tmp_path: Path, record: dict[str, object]) -> None:
    good = {"9.0.0.0/8": flat("GB", 51.5, 0.0)}
    write_flat_city(tmp_path / "city.mmdb", {**good, "81.2.69.0/24": record})
    found = ask(GeoReader(tmp_path), "81.2.69.142")
    assert found.country in (None, "GB")
    assert found.cell is None or abs(found.cell.latitude_deg) <= 90
    assert found.accuracy_radius_km is None


def test_no_data_and_no_folder(tmp_path: Path) -> None:
    reader = GeoReader(tmp_path / "absent")
    assert not reader.available
    assert not reader.status.available
    assert ask(reader, "81.2.69.142") == NOWHERE


def test_asn_alone_is_not_geography(tmp_path: Path, geo_dir: Path) -> None:
    shutil.copy(geo_dir / ASN, tmp_path)
    reader = GeoReader(tmp_path)
    assert reader.status.available
    assert not reader.available


def test_files_that_come_later_are_taken_up_without_restart(tmp_path: Path, geo_dir: Path) -> None:
    folder = tmp_path / "later"
    reader = GeoReader(folder, check_every_s=0.0)
    assert ask(reader, "89.160.20.112") == NOWHERE
    shutil.copytree(geo_dir, folder)
    until(lambda: ask(reader, "89.160.20.112").country == "SE")


def test_a_corrupt_replacement_never_serves(geo_dir: Path) -> None:
    reader = GeoReader(geo_dir)
    whole = (geo_dir / CITY).read_bytes()
    (geo_dir / CITY).write_bytes(whole[: len(whole) // 2])  # in place, as `cp` does; a mapped file would be SIGBUS
    status = reader.refresh()
    assert ask(reader, "89.160.20.112").country == "SE"
    assert [name for name, _ in status.errors] == [CITY]
    assert [kept for name, _, _, kept in status.files if name == CITY] == [True]

    again = GeoReader(geo_dir)  # a restart with the bad file still there
    assert ask(again, "89.160.20.112").country == "SE"
    assert [name for name, _ in again.status.errors] == [CITY]

    (geo_dir / CITY).write_bytes(whole)
    assert reader.refresh().errors == ()
    assert [kept for *_, kept in reader.status.files] == [False] * 3


def test_a_removed_database_is_gone(geo_dir: Path) -> None:
    reader = GeoReader(geo_dir)
    (geo_dir / ASN).unlink()
    reader.refresh()
    assert ask(reader, "89.160.20.112").asn is None
    assert ask(reader, "89.160.20.112").country == "SE"


def test_a_restart_does_not_read_what_was_tried_out_before(geo_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    GeoReader(geo_dir)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("tried out again"))
    assert ask(GeoReader(geo_dir), "89.160.20.112").country == "SE"


def test_a_read_only_folder_serves_too(geo_dir: Path) -> None:
    (geo_dir / ".last-good").write_text("a file where the folder of copies would be")  # root ignores modes
    assert ask(GeoReader(geo_dir), "89.160.20.112").country == "SE"


def test_two_databases_for_one_question_the_richer_answers(geo_dir: Path) -> None:
    write_flat_city(geo_dir / "flat.mmdb", {"89.160.20.0/24": flat("NO", 60.0, 10.0)})
    reader = GeoReader(geo_dir)
    assert ask(reader, "89.160.20.112").country == "SE"
    (geo_dir / CITY).unlink()
    reader.refresh()
    assert ask(reader, "89.160.20.112").country == "NO"


def test_the_source_note_gives_the_attribution(geo_dir: Path) -> None:
    (geo_dir / "SOURCE.json").write_text(json.dumps({"attribution": "Places by Example"}))
    assert GeoReader(geo_dir).status.attribution == "Places by Example"
    (geo_dir / "SOURCE.json").write_text("[broken")
    assert "MaxMind" in GeoReader(geo_dir).status.attribution


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"\xab\xcd\xefMaxMind.com", os.urandom(4096)])
def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.mmdb"
    path.write_bytes(content)
    with pytest.raises(BadDatabase):
        probe(path)


def test_a_database_of_another_kind_is_refused_by_its_type(tmp_path: Path) -> None:
    writer = MMDBWriter(4, "GeoIP2-Domain", languages=[], description={})
    writer.insert_network(IPSet(["1.0.0.0/8"]), {"domain": "example.org"})
    writer.to_db_file(str(tmp_path / "x.mmdb"))
    with pytest.raises(BadDatabase, match="GeoIP2-Domain"):
        probe(tmp_path / "x.mmdb")


def test_a_database_without_a_useful_record_is_refused(tmp_path: Path) -> None:
    writer = MMDBWriter(4, "GeoLite2-City", languages=[], description={})
    writer.insert_network(IPSet(["1.0.0.0/8"]), {"weather": "fine"})
    writer.to_db_file(str(tmp_path / "x.mmdb"))
    with pytest.raises(BadDatabase, match="no record"):
        probe(tmp_path / "x.mmdb")


def test_a_probe_that_is_killed_is_a_bad_database(
    tmp_path: Path, geo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killer = tmp_path / "python"
    killer.write_text("#!/bin/sh\nkill -SEGV $$\n")
    killer.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(killer))
    with pytest.raises(BadDatabase, match="signal 11"):
        probe(geo_dir / CITY)


def test_mutants_serve_or_are_refused_and_never_end_the_process(tmp_path: Path, geo_dir: Path) -> None:
    """In a process of its own, so that a crash fails one test and not the run."""
    chance = random.Random(2016)
    whole = (geo_dir / CITY).read_bytes()
    for number in range(12):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 4, 60))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        (tmp_path / f"m{number}").mkdir()
        (tmp_path / f"m{number}" / CITY).write_bytes(bytes(data[: chance.choice((len(data), len(data) - 500))]))
    script = (
        "import sys; from pathlib import Path; from cuelight.sense.geo import GeoReader;"
        "from cuelight.sense.address import normalise_ip\n"
        "asked = [normalise_ip(f'{a}.{b}.69.142') for a in range(1, 224) for b in range(0, 256, 17)]\n"
        "readers = [GeoReader(folder) for folder in Path(sys.argv[1]).glob('m*')]\n"
        "for reader in readers:\n"
        "    for address in asked: reader.look_up(address)\n"
        "print(sum(len(r.status.files) for r in readers), sum(len(r.status.errors) for r in readers))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    serving, refused = map(int, done.stdout.split())
    assert serving + refused == 12
    assert refused > 0


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_cell_holds_its_point(latitude: float, longitude: float) -> None:
    cell = cell_of(latitude, longitude)
    assert cell is not None
    assert abs(cell.latitude_deg - latitude) <= CELL_DEG / 2 + 1e-9
    assert abs(cell.longitude_deg - longitude) <= CELL_DEG / 2 + 1e-9
    assert cell_of(cell.latitude_deg, cell.longitude_deg) == cell


@pytest.mark.parametrize("point", [(90.1, 0), (0, -180.5), (math.nan, 0), (0, math.inf)])
def test_points_off_the_globe_have_no_cell(point: tuple[float, float]) -> None:
    assert cell_of(*point) is None
