"""The simulated year: the same for the same seed, valid, ordered, near its stated shares, and free of leaks."""

from __future__ import annotations

import ipaddress
import json
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from bench.detection.assumptions import A, of
from bench.detection.browsers import END, START
from bench.detection.exits import tor_exits, write_lists
from bench.detection.impostors import KINDS
from bench.detection.simulate import Simulation, simulate, write
from bench.detection.table import load

ROOT = Path(__file__).resolve().parents[2]
FIELDS = {
    "chat": {
        "kind",
        "occurred_at",
        "chat_id",
        "desk",
        "account",
        "customer_id",
        "identity",
        "ip",
        "user_agent",
        "client_hints",
        "fingerprint",
        "asks",
        "label",
    },
    "sighting": {"kind", "occurred_at", "customer_id", "ip", "user_agent", "client_hints", "fingerprint", "proof"},
    "outcome": {"kind", "occurred_at", "customer_id", "chat_id", "desk", "account", "outcome", "method"},
    "account_event": {"kind", "occurred_at", "customer_id", "event"},
}
COMPONENTS = {
    "screen",
    "pixel_ratio",
    "color_depth",
    "timezone",
    "languages",
    "platform",
    "cores",
    "memory",
    "touch",
    "gpu",
    "canvas",
    "audio",
    "fonts",
}
LABELS = {"legit", *KINDS}


def test_the_same_seed_gives_the_same_records_and_another_seed_others() -> None:
    first, again, other = (simulate(seed, customers=60) for seed in (7, 7, 8))
    assert first.records == again.records
    assert first.truth == again.truth
    assert first.records != other.records


def test_a_seed_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    """Hash randomisation and import order must not reach the records."""
    write(simulate(5, customers=40), tmp_path / "here")
    command = [
        sys.executable,
        "-m",
        "bench.detection",
        "simulate",
        "--seed",
        "5",
        "--customers",
        "40",
        "--out",
        str(tmp_path / "there"),
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env={"PYTHONHASHSEED": "12345"})
    for name in ("records.jsonl", "truth.jsonl", "networks/vpn.txt", "networks/tor.txt"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


def test_impostors_do_not_change_the_customers_own_year() -> None:
    few, many = (simulate(6, customers=80, impostor_share=share) for share in (0.01, 0.2))

    def own(simulation: Simulation) -> list[tuple[object, ...]]:
        return [
            (r["occurred_at"], r["customer_id"], r.get("ip"), r["user_agent"])
            for r in simulation.records
            if r.get("label") == "legit"
        ]

    assert own(few) == own(many)


def test_every_record_has_its_fields_and_no_others(year: Simulation) -> None:
    assert {r["kind"] for r in year.records} == set(FIELDS)
    for record in year.records:
        kind = record["kind"]
        assert set(record) <= FIELDS[kind]
        assert FIELDS[kind] - set(record) <= {"ip", "fingerprint", "asks", "method"}
        if "ip" in record:
            assert ipaddress.ip_address(record["ip"]).is_global
        if "fingerprint" in record:
            components = record["fingerprint"]["components"]
            assert set(components) <= COMPONENTS
            ZoneInfo(components["timezone"])
            assert all(isinstance(x, str) for x in components["languages"])
        if kind == "chat":
            assert record["label"] in LABELS
            assert record["identity"] in ("verified", "claimed")
        if kind == "outcome":
            assert record["outcome"] in ("genuine", "impersonation", "unknown")
            assert ("method" in record) == (record["outcome"] != "impersonation")


def test_records_come_in_time_order_within_the_year(year: Simulation) -> None:
    times = [datetime.fromisoformat(r["occurred_at"]) for r in year.records]
    assert times == sorted(times)
    # Events before an impostor's chat may lie shortly before the year.
    assert START - timedelta(days=2) <= times[0]
    assert times[-1] < END


def test_outcomes_follow_the_chat_they_name(year: Simulation) -> None:
    chats: dict[str, dict[str, object]] = {}
    outcomes = 0
    for record in year.records:
        if record["kind"] == "chat":
            assert record["chat_id"] not in chats
            chats[record["chat_id"]] = record
        elif record["kind"] == "outcome":
            outcomes += 1
            chat = chats[record["chat_id"]]
            assert chat["customer_id"] == record["customer_id"]
            # Agents find out the truth or nothing: an impostor never passes, an owner is never reported.
            assert (record["outcome"] == "genuine") == (chat["label"] == "legit")
    assert outcomes > 50


def test_truth_covers_exactly_the_chats(year: Simulation) -> None:
    chats = {r["chat_id"]: r for r in year.records if r["kind"] == "chat"}
    assert {t["chat_id"] for t in year.truth} == set(chats)
    for fact in year.truth:
        assert fact["label"] == chats[fact["chat_id"]]["label"]
    third = [t for t in year.truth if t["label"] == "returning" and t["visit"] == 3]
    assert third


def test_earlier_contacts_are_counted_from_the_owners_records_alone(year: Simulation) -> None:
    chats: Counter[str] = Counter()
    sign_ins: Counter[str] = Counter()
    facts = {t["chat_id"]: t for t in year.truth}
    thieves = {(r["customer_id"], r["user_agent"], r.get("ip")) for r in year.records if r.get("label") == "takeover"}
    for record in year.records:
        customer = record["customer_id"]
        if record["kind"] == "chat":
            fact = facts[record["chat_id"]]
            assert (fact["earlier_chats"], fact["earlier_sign_ins"]) == (chats[customer], sign_ins[customer])
            chats[customer] += record["label"] == "legit"
        elif record["kind"] == "sighting" and (customer, record["user_agent"], record.get("ip")) not in thieves:
            sign_ins[customer] += 1


def test_labels_cannot_be_told_from_what_scoring_does_not_compare(year: Simulation) -> None:
    """Names, shapes and formats are the same for owners and impostors."""

    def shape(record: dict[str, object]) -> tuple[object, ...]:
        return (
            tuple(sorted(set(record) - {"asks", "ip", "fingerprint"})),
            len(str(record["chat_id"])),
            len(str(record["customer_id"])),
            len(str(record["occurred_at"])),
        )

    chats = [r for r in year.records if r["kind"] == "chat"]
    shapes = defaultdict(set)
    for record in chats:
        shapes[record["label"] == "legit"].add(shape(record))
    assert shapes[False] == shapes[True]
    text = json.dumps([{k: v for k, v in r.items() if k != "label"} for r in chats])
    assert not any(word in text for word in ("legit", "naive", "targeted", "spray", "takeover", "impost"))


def test_shares_are_near_the_assumed_ones(wide_year: Simulation) -> None:
    legit = [t for t in wide_year.truth if t["label"] == "legit"]
    bad = [t for t in wide_year.truth if t["label"] != "legit"]
    assert len(bad) / len(wide_year.truth) == pytest.approx(0.05, abs=0.006)
    assert sum(t["identity"] == "verified" for t in legit) / len(legit) == pytest.approx(of("verified_mean"), abs=0.06)
    kinds = Counter(t["label"] for t in bad)
    weights = {kind: of(f"mix_{kind}") for kind in KINDS}
    for kind, weight in weights.items():
        # Returning impostors lose visits to the end of the year.
        assert kinds[kind] / len(bad) == pytest.approx(weight / sum(weights.values()), abs=0.03)
    reported = {r["chat_id"] for r in wide_year.records if r.get("outcome") == "impersonation"}
    assert 0.12 < len(reported) / len(bad) < 0.34
    assert all(t["identity"] == "verified" for t in bad if t["label"] == "takeover")
    assert all(t["identity"] == "claimed" for t in bad if t["label"] != "takeover")


def test_most_chats_come_from_an_address_never_used_before(wide_year: Simulation) -> None:
    """The reason why an exact address is no use: the issue's two thirds."""
    known: dict[str, set[str]] = defaultdict(set)
    fresh = total = 0
    for record in wide_year.records:
        if record["kind"] not in ("chat", "sighting") or "ip" not in record:
            continue
        if record.get("label", "legit") == "legit":
            mine = known[record["customer_id"]]
            if record["kind"] == "chat" and mine:
                total += 1
                fresh += record["ip"] not in mine
            mine.add(record["ip"])
    assert 0.5 < fresh / total < 0.85


def test_browser_versions_go_forward_on_one_device(wide_year: Simulation) -> None:
    """A customer's Chrome on one system never goes back by more than another device of theirs can explain."""
    back = steps = 0
    last: dict[tuple[str, str], int] = {}
    for record in wide_year.records:
        hints = record.get("client_hints") or {}
        if record.get("label", "legit") != "legit" or "Google Chrome" not in hints.get("sec-ch-ua", ""):
            continue
        major = int(record["user_agent"].split("Chrome/")[1].split(".")[0])
        key = (record["customer_id"], hints["sec-ch-ua-platform"])
        steps += key in last
        back += major < last.get(key, 0)
        last[key] = major
    assert steps > 500
    assert back / steps < 0.03


def test_the_lists_know_what_is_assumed_and_no_more(tmp_path: Path) -> None:
    write_lists(tmp_path)
    known = {
        name: {line for line in (tmp_path / f"{name}.txt").read_text().splitlines() if line[0] != "#"}
        for name in ("vpn", "hosting", "relay", "tor")
    }
    exits = set(tor_exits(load()))
    assert known["tor"] < exits
    assert len(known["tor"]) / len(exits) == pytest.approx(of("tor_known"), abs=0.03)
    blocks = sum(len(n.pools[c].v4) for (role, c), ns in load().exits.items() if role == "vpn" for n in ns)
    assert len(known["vpn"]) / blocks == pytest.approx(of("vpn_known"), abs=0.05)
    for line in known["vpn"] | known["relay"]:
        ipaddress.ip_network(line)
    assert all(line.startswith("AS") and line[2:].isdigit() for line in known["hosting"])


def test_every_assumption_names_its_source() -> None:
    for name, assumption in A.items():
        assert assumption.meaning, name
        assert assumption.source, name
    assert all(0 <= of(n) <= 1 for n in A if n.startswith(("kind_", "vpn_", "trip_", "ipv6_")) and n != "trip_d")


def test_the_simulator_knows_nothing_of_the_scoring_code() -> None:
    for path in (ROOT / "bench" / "detection").glob("*.py"):
        if path.name == "calibrate.py" or path.name.startswith("calibrat"):
            continue
        text = path.read_text(encoding="utf-8")
        assert "import cuelight\n" not in text, path.name
        assert not any(line.startswith(("from cuelight.", "import cuelight.")) for line in text.splitlines()), path.name


def test_the_page_states_the_assumptions_as_they_are() -> None:
    page = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `") and line.count("|") == 5]
    stated = [row for row in rows if row.split("`")[1] in A]
    assert len(stated) > 30
    for row in stated:
        name = row.split("`")[1]
        assert row == f"| `{name}` | {of(name):g} | {A[name].meaning} | {A[name].source} |"


def test_a_password_thiefs_own_sign_in_comes_just_before_the_chat(year: Simulation) -> None:
    """Takeovers poison the trusted history as they would in life."""
    sightings = {
        (r["customer_id"], r["user_agent"], r.get("ip")): r["occurred_at"]
        for r in year.records
        if r["kind"] == "sighting"
    }
    chats = [r for r in year.records if r.get("label") == "takeover"]
    before = [r for r in chats if (r["customer_id"], r["user_agent"], r.get("ip")) in sightings]
    assert 0 < len(before) < len(chats) / 2
    for chat in before:
        at = datetime.fromisoformat(sightings[chat["customer_id"], chat["user_agent"], chat.get("ip")])
        assert timedelta(minutes=2) <= datetime.fromisoformat(chat["occurred_at"]) - at <= timedelta(minutes=41)


def test_impostors_use_ipv6_as_others_do(wide_year: Simulation) -> None:
    lines = [r for r in wide_year.records if r.get("label") in ("naive", "targeted") and "ip" in r]
    assert 0.1 < sum(":" in r["ip"] for r in lines) / len(lines) < 0.6
