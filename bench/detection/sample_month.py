"""`python -m bench.detection.sample_month`: writes `data/samples/month.json`, which the demonstration's console shows.

The last thirty days of a simulated year, on a seed that is neither calibrated nor reported on, with what the company
knew of these customers before. Facts that repeat are told once; times are minutes before the end of the month. Most
impersonations are found out within days: more than companies do find, so that there is something to look at.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bench.detection.browsers import END
from bench.detection.simulate import simulate

OUT = Path(__file__).resolve().parents[2] / "data" / "samples" / "month.json"
SEED, CUSTOMERS, IMPOSTORS, FOUND_OUT = 301, 360, 0.06, 0.85
DAYS, KNOWN_DAYS, KNOWN = 30, 60, 4
DESKS = (("zendesk", "lamplight"), ("intercom", "lamplight"))
ABOUT = (
    "An invented month of an invented shop, made by `python -m bench.detection.sample_month`. Nobody here is real; "
    "addresses lie somewhere in well-known networks, picked at random. A chat is: minutes before the end of the month, "
    "customer, address, places of user agent, hints and fingerprint, number, identity, asks."
)


class Table:
    """Values, each told once, by their place."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def place(self, value: object) -> int:
        return self._places.setdefault(json.dumps(value, ensure_ascii=False), len(self._places))

    def values(self) -> list[Any]:
        return [json.loads(text) for text in self._places]


def month() -> dict[str, Any]:
    """The file's content: always the same."""
    records = simulate(SEED, impostor_share=IMPOSTORS, customers=CUSTOMERS).records
    start = END - timedelta(days=DAYS)
    chats = {r["chat_id"]: r for r in records if r["kind"] == "chat" and _at(r) >= start}
    proofs = [
        r for r in records if r["kind"] == "outcome" and r["chat_id"] in chats and r["outcome"] != "impersonation"
    ]
    people = {r["customer_id"] for r in chats.values()}
    before: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for r in records:
        signed = r["kind"] == "chat" and r["identity"] == "verified" and r["label"] == "legit"
        vouched = r["kind"] == "sighting" or signed
        if vouched and r["customer_id"] in people and start - timedelta(days=KNOWN_DAYS) <= _at(r) < start:
            before[r["customer_id"]].append({**r, "kind": "sighting"})
    known = [r for own in before.values() for r in own[-KNOWN:]]
    told = sorted([*known, *chats.values(), *proofs, *_found_out(list(chats.values()))], key=_at)
    agents, hints, prints, names, components = Table(), Table(), Table(), Table(), Table()
    numbers = {chat_id: number for number, chat_id in enumerate(chats)}
    rows: list[list[Any]] = []
    for r in told:
        ago_min = int((END - _at(r)).total_seconds() // 60)
        if r["kind"] == "outcome":
            method = [r["method"]] if "method" in r else []
            rows.append(["outcome", ago_min, numbers[r["chat_id"]], r["outcome"], *method])
            continue
        given = r.get("fingerprint", {})
        own = {components.place(name): value for name, value in given.get("components", {}).items()}
        facts = agents.place(r.get("user_agent")), hints.place(r.get("client_hints", {}))
        rows.append([r["kind"], ago_min, f"m-{names.place(r['customer_id'])}", r.get("ip"), *facts])
        rows[-1].append(prints.place([given.get("id"), own]))
        if r["kind"] == "chat":
            rows[-1] += [numbers[r["chat_id"]], r["identity"], *r.get("asks", ())]
    return {
        "about": ABOUT,
        "desks": DESKS,
        "user_agents": agents.values(),
        "client_hints": hints.values(),
        "components": components.values(),
        "fingerprints": prints.values(),
        "records": rows,
    }


def _found_out(chats: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    rng = Random(SEED)
    for chat in chats:
        at = _at(chat) + timedelta(hours=rng.uniform(1, 90))
        if chat["label"] != "legit" and rng.random() < FOUND_OUT and at < END:
            yield {
                "kind": "outcome",
                "occurred_at": at.isoformat(),
                "chat_id": chat["chat_id"],
                "outcome": "impersonation",
            }


def _at(r: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(r["occurred_at"])


def main() -> None:
    made = month()
    parts = []
    for name, value in made.items():
        if name in ("about", "desks", "components"):
            parts.append(f"{json.dumps(name)}: {json.dumps(value)}")
        else:
            lines = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in value)
            parts.append(f"{json.dumps(name)}: [\n{lines}\n]")
    OUT.write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")
    kinds = [row[0] for row in made["records"]]
    found = [row for row in made["records"] if row[0] == "outcome" and row[3] == "impersonation"]
    size_kb = OUT.stat().st_size / 1000
    print(f"{kinds.count('chat')} chats, {len(kinds)} records, {len(found)} found out, {size_kb:.0f} kB: {OUT}")


if __name__ == "__main__":
    main()
