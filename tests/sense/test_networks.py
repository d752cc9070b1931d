from __future__ import annotations

import ipaddress
import os
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuelight.core.chat import NetworkKind as Kind
from cuelight.core.errors import DataFileInvalid
from cuelight.sense.address import normalise_ip
from cuelight.sense.network_lists import PRECEDENCE, Spans, read_list
from cuelight.sense.networks import Networks, check

BUILTIN = Path(__file__).resolve().parents[2] / "data" / "networks"


def kind(networks: Networks, ip: str, asn: int | None = None, anonymiser: Kind | None = None) -> Kind:
    return networks.kind(normalise_ip(ip), asn, anonymiser)


def rewrite(path: Path, text: str) -> None:
    """Write with a time of change that differs for certain, whatever the file system's clock ticks in."""
    path.write_text(text)
    os.utime(path, ns=(time.time_ns(), time.time_ns()))


def test_lists_by_network_and_by_as_number(tmp_path: Path) -> None:
    (tmp_path / "vpn.txt").write_text("\ufeff# exits\n\n81.2.69.0/24 # one\n2a02:a440::/32\n as64500\n5.6.7.8\n")
    (tmp_path / "business.txt").write_text("AS64501\r\n")
    networks = Networks(tmp_path, None)
    assert kind(networks, "81.2.69.255") is Kind.VPN
    assert kind(networks, "81.2.70.0", 3320) is Kind.CONSUMER
    assert kind(networks, "81.2.68.255") is Kind.UNKNOWN
    assert kind(networks, "2a02:a440:ffff::1") is Kind.VPN
    assert kind(networks, "::ffff:5.6.7.8") is Kind.VPN
    assert kind(networks, "9.9.9.9", 64500) is Kind.VPN
    assert kind(networks, "9.9.9.9", 64501) is Kind.BUSINESS
    assert networks.status.entries == {"business.txt": 1, "vpn.txt": 4}


def test_where_lists_overlap_the_more_telling_kind_wins(tmp_path: Path) -> None:
    names = [f"{kind}.txt" for kind in PRECEDENCE if kind is not Kind.CONSUMER]
    for width, name in zip(range(24, 12, -2), names, strict=True):
        (tmp_path / name).write_text(f"{ipaddress.ip_network(f'81.2.69.0/{width}', strict=False)}\n")
    networks = Networks(tmp_path, None)
    assert kind(networks, "81.2.69.1") is Kind.TOR
    found = [kind(networks, ip) for ip in ("81.2.70.1", "81.2.66.1", "81.2.90.1", "81.2.200.1", "81.3.1.1")]
    ranks = [PRECEDENCE.index(k) for k in found]
    assert ranks == sorted(ranks)
    (tmp_path / "hosting.txt").write_text("AS64500\n")
    (tmp_path / "relay.txt").write_text("81.2.69.0/24\n")
    (tmp_path / "tor.txt").unlink()
    (tmp_path / "vpn.txt").unlink()
    assert kind(Networks(tmp_path, None), "81.2.69.1", 64500) is Kind.RELAY


def test_operator_then_anonymous_ip_then_built_in(tmp_path: Path) -> None:
    networks = Networks(tmp_path, BUILTIN)
    assert kind(networks, "81.2.69.1", 24940) is Kind.HOSTING
    assert kind(networks, "81.2.69.1", 21928) is Kind.MOBILE
    assert kind(networks, "81.2.69.1", 39351) is Kind.VPN
    assert kind(networks, "81.2.69.1", 24940, Kind.TOR) is Kind.TOR
    assert kind(networks, "81.2.69.1", 3320) is Kind.CONSUMER
    assert kind(networks, "81.2.69.1", None, Kind.VPN) is Kind.VPN
    assert kind(networks, "81.2.69.1") is Kind.UNKNOWN
    (tmp_path / "mobile.txt").write_text("81.2.69.0/24\n")
    assert kind(Networks(tmp_path, BUILTIN), "81.2.69.1", 24940, Kind.TOR) is Kind.MOBILE


def test_the_shipped_lists_are_good_and_do_not_contradict_each_other() -> None:
    counts = check(BUILTIN)
    assert set(counts) == {"hosting.txt", "mobile.txt", "vpn.txt"}
    assert sum(counts.values()) > 100
    asns = [read_list(BUILTIN / name).asns for name in counts]
    assert len(frozenset().union(*asns)) == sum(map(len, asns))
    assert all("Source:" in (BUILTIN / name).read_text() for name in counts)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("81.2.69.1/24", "did you mean 81.2.69.0/24?"),
        ("2a02:a440::1/32", "did you mean 2a02:a440::/32?"),
        ("81.2.69.0/33", "prefix length must be 1 to 32"),
        ("81.2.69.0/", "prefix length"),
        ("0.0.0.0/0", "prefix length"),
        ("81.2.69.0/-1", "prefix length"),
        ("81.2.69.0/²", "prefix length"),
        ("81.2.69.0/24 81.2.70.0/24", "prefix length"),
        ("81.2.69.0-81.2.69.255", "write one network"),
        ("fe80::1%eth0/64", "write one network"),
        ("AS", "write one network"),
        ("AS0", "write one network"),
        ("AS4294967296", "write one network"),
        ("example.org", "write one network"),
        ("x" * 10_000, "write one network"),
    ],
)
def test_a_bad_line_names_file_and_line(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "vpn.txt").write_text(f"81.2.69.0/24\n# comment\n{line}\n")
    with pytest.raises(DataFileInvalid) as caught:
        check(tmp_path)
    assert str(caught.value).startswith("vpn.txt, line 3: ")
    assert says in str(caught.value)
    assert len(str(caught.value)) < 200


def test_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vpn.txt").write_bytes(b"\xff\xfe\0\0" * 100)
    with pytest.raises(DataFileInvalid, match=r"vpn\.txt"):
        check(tmp_path)


def test_a_bad_list_never_takes_effect_and_stays_visible(tmp_path: Path) -> None:
    (tmp_path / "vpn.txt").write_text("81.2.69.0/24\n")
    networks = Networks(tmp_path, None)
    rewrite(tmp_path / "vpn.txt", "81.2.70.0/24\noops\n")
    status = networks.refresh()
    assert status.errors == (("vpn.txt", status.errors[0][1]),)
    assert "vpn.txt, line 2" in status.errors[0][1]
    assert kind(networks, "81.2.69.1", 3320) is Kind.VPN  # the list before
    assert kind(networks, "81.2.70.1", 3320) is Kind.CONSUMER
    (tmp_path / "tor.txt").write_text("9.9.9.9\n")  # another list's change: the bad one is still known as bad
    assert "vpn.txt" in dict(networks.refresh().errors)
    assert kind(networks, "9.9.9.9") is Kind.TOR
    rewrite(tmp_path / "vpn.txt", "81.2.70.0/24\n")
    assert networks.refresh().errors == ()
    assert kind(networks, "81.2.69.1", 3320) is Kind.CONSUMER
    assert kind(networks, "81.2.70.1", 3320) is Kind.VPN


def test_a_list_bad_from_the_start_makes_no_consumer_lines(tmp_path: Path) -> None:
    (tmp_path / "vpn.txt").write_text("oops\n")
    networks = Networks(tmp_path, BUILTIN)
    assert kind(networks, "81.2.69.1", 3320) is Kind.UNKNOWN
    assert kind(networks, "81.2.69.1", 24940) is Kind.HOSTING


def test_a_misnamed_list_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "vpns.txt").write_text("81.2.69.0/24\n")
    (tmp_path / "README.md").write_text("not a list\n")
    assert "vpn.txt" in dict(Networks(tmp_path, None).status.errors)["vpns.txt"]


def test_changes_are_taken_up_while_running(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    networks = Networks(folder, None, check_every_s=0.0)
    assert kind(networks, "81.2.69.1", 3320) is Kind.CONSUMER
    folder.mkdir()
    (folder / "vpn.txt").write_text("81.2.69.0/24\n")
    end = time.monotonic() + 10
    while kind(networks, "81.2.69.1", 3320) is not Kind.VPN:
        assert time.monotonic() < end, "not taken up"
        time.sleep(0.01)
    (folder / "vpn.txt").unlink()
    while kind(networks, "81.2.69.1", 3320) is not Kind.CONSUMER:
        assert time.monotonic() < end, "not let go"
        time.sleep(0.01)


_spans = st.lists(
    st.tuples(st.sampled_from(PRECEDENCE), st.integers(0, 60), st.integers(0, 20)).map(
        lambda row: (row[0], ((row[1], row[1] + row[2]),))
    ),
    max_size=12,
)


@given(_spans)
@settings(max_examples=300)
def test_flattened_spans_answer_as_the_lists_do(lists: list[tuple[Kind, tuple[tuple[int, int], ...]]]) -> None:
    spans = Spans(lists)
    for value in range(-1, 90):
        holding = [kind for kind, rows in lists for first, last in rows if first <= value <= last]
        assert spans.kind(value) is min(holding, key=PRECEDENCE.index, default=None)


@given(st.text(max_size=200))
def test_any_text_is_a_list_or_refused_with_its_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "tor.txt"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    refusal, entries = None, None
    try:
        entries = read_list(path)
    except DataFileInvalid as error:
        refusal = str(error)
    if entries is None:
        assert refusal is not None
        assert refusal.startswith("tor.txt")
    else:
        assert all(first <= last for rows in entries.spans.values() for first, last in rows)


def test_a_hundred_thousand_prefixes_are_looked_up_in_microseconds(tmp_path: Path) -> None:
    v4 = [f"{ipaddress.IPv4Address((n << 12) + 0x05000000)}/{24 + n % 8}" for n in range(50_000)]
    v6 = [f"{ipaddress.IPv6Address((0x2A02 << 112) + (n << 72))}/{56 + n % 8}" for n in range(50_000)]
    (tmp_path / "hosting.txt").write_text("\n".join(v4 + v6))
    networks = Networks(tmp_path, None)
    assert networks.status.entries == {"hosting.txt": 100_000}
    for listed, other in ((v4, "5.0.14.1"), (v6, "2a02:0:0:9f02::1")):
        assert kind(networks, other, 3320) is Kind.CONSUMER
        asked = [normalise_ip(line.partition("/")[0]) for line in listed[:: len(listed) // 1000]]
        assert all(networks.kind(address, 3320, None) is Kind.HOSTING for address in asked)
        rounds = []
        for _ in range(5):
            started = time.perf_counter()
            for address in asked:
                networks.kind(address, 3320, None)
            rounds.append((time.perf_counter() - started) / len(asked))
        assert min(rounds) < 20e-6  # 1 to 2 µs on an idle machine; room for a busy one


def test_precedence_is_the_documented_one() -> None:
    order = [Kind.TOR, Kind.VPN, Kind.RELAY, Kind.HOSTING, Kind.MOBILE, Kind.BUSINESS, Kind.CONSUMER]
    assert all(PRECEDENCE.index(a) < PRECEDENCE.index(b) for a, b in pairwise(order))
