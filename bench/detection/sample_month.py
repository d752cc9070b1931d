"""`python -m bench.detection.sample_month`: writes `data/samples/month.json`, which the demonstration's console shows.

The last thirty days of a simulated year, on a seed that is neither calibrated nor reported on, with what the company
knew of these customers before. Facts that repeat (a browser's) are told once; times are minutes before the end.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.detection.browsers import END
from bench.detection.simulate import simulate

OUT = Path(__file__).resolve().parents[2] / "data" / "samples" / "month.json"
SEED, CUSTOMERS, IMPOSTORS = 301, 260, 0.07
DAYS, KNOWN_DAYS, KNOWN = 30, 60, 4
DESKS = (("zendesk", "lamplight"), ("intercom", "lamplight"))
ABOUT = (
    "An invented month of an invented shop, made by `python -m bench.detection.sample_month`. Nobody here is real; "
    "addresses lie somewhere in well-known networks, picked at random. `facts` are browsers, `records` refer to them "
    "by place; times are minutes before the end of the month."
)


def month() -> dict[str, Any]:
    """The file's content: always the same."""
    records = simulate(SEED, impostor_share=IMPOSTORS, customers=CUSTOMERS).records
    start = END - timedelta(days=DAYS)
    shown = [r for r in records if _at(r) >= start and r["kind"] in ("chat", "outcome")]
    told = {r["chat_id"] for r in shown if r["kind"] == "chat"}
    shown = [r for r in shown if r["chat_id"] in told]
    people = {r["customer_id"] for r in shown}
    before: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for r in records:
        vouched = r["kind"] == "sighting" or (
            r["kind"] == "chat" and r["identity"] == "verified" and r["label"] == "legit"
        )
        if vouched and r["customer_id"] in people and start - timedelta(days=KNOWN_DAYS) <= _at(r) < start:
            before[r["customer_id"]].append({**r, "kind": "sighting"})
    known = [r for own in before.values() for r in own[-KNOWN:]]
    facts: dict[str, int] = {}
    names: dict[str, int] = {}
    rows = [_row(r, facts, names) for r in sorted([*known, *shown], key=_at)]
    return {"about": ABOUT, "desks": DESKS, "facts": [json.loads(fact) for fact in facts], "records": rows}


def _row(r: dict[str, Any], facts: dict[str, int], names: dict[str, int]) -> list[Any]:
    ago_min = int((END - _at(r)).total_seconds() // 60)
    if r["kind"] == "outcome":
        return ["outcome", ago_min, _name(r, names), r["outcome"], *([r["method"]] if "method" in r else [])]
    fact = json.dumps({k: r[k] for k in ("user_agent", "client_hints", "fingerprint") if k in r}, ensure_ascii=False)
    place = facts.setdefault(fact, len(facts))
    who = f"m-{names.setdefault(r['customer_id'], len(names))}"
    if r["kind"] == "sighting":
        return ["sighting", ago_min, who, r.get("ip"), place]
    return ["chat", ago_min, who, r.get("ip"), place, _name(r, names), r["identity"], *r.get("asks", ())]


def _name(r: dict[str, Any], names: dict[str, int]) -> int:
    return names.setdefault(r["chat_id"], len(names))


def _at(r: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(r["occurred_at"])


def main() -> None:
    made = month()
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in made["records"])
    facts = ",\n".join(json.dumps(fact, ensure_ascii=False, separators=(",", ":")) for fact in made["facts"])
    head = json.dumps({"about": made["about"], "desks": made["desks"]}, ensure_ascii=False)[:-1]
    OUT.write_text(f'{head},\n"facts": [\n{facts}\n],\n"records": [\n{lines}\n]}}\n', encoding="utf-8")
    chats = sum(row[0] == "chat" for row in made["records"])
    print(f"{chats} chats, {len(made['records'])} records, {OUT.stat().st_size / 1000:.0f} kB: {OUT}")


if __name__ == "__main__":
    main()
