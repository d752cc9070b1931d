"""Seeds to records: a year of one company's chats, in the format `cuelight replay` reads.

`records.jsonl` holds what a company would hold, with the label for the report; `truth.jsonl` holds what only
the simulator knows, by chat id, and is never given to any scorer. The same seed gives the same bytes.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bench.detection import seeds
from bench.detection.assumptions import of
from bench.detection.browsers import END
from bench.detection.customers import Customer
from bench.detection.exits import write_lists
from bench.detection.impostors import attempts
from bench.detection.people import new_customer
from bench.detection.world import Record, World, build, poisson_times

DESK = {"desk": "bench", "account": "shop"}
ASKS = (("address", 4), ("contact_change", 2), ("reship", 2), ("card", 1), ("two_factor_reset", 1))
METHODS = (("one_time_code", 55), ("signed_in", 25), ("call_back", 20))
INCIDENT_D = 90


@dataclass(frozen=True, slots=True)
class Simulation:
    """One seed's year: records in time order, and the truth about each chat."""

    records: list[Record]
    truth: list[Record]


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _choice(rng: Random, table: tuple[tuple[str, int], ...]) -> str:
    return rng.choices([x for x, _ in table], [w for _, w in table])[0]


def _chat(
    customer: Customer, at: datetime, facts: dict[str, Any], *, identity: str, asks: list[str], label: str
) -> Record:
    record: Record = {
        "kind": "chat",
        "at": at,
        "chat_id": "",
        **DESK,
        "customer_id": customer.customer_id,
        "identity": identity,
        **facts,
    }
    if asks:
        record["asks"] = asks
    return record | {"label": label}


def _outcome(chat: Record, at: datetime, outcome: str, method: str | None) -> Record:
    record: Record = {
        "kind": "outcome",
        "at": at,
        **DESK,
        "customer_id": chat["customer_id"],
        "chat_id": "",
        "_chat": chat,
        "outcome": outcome,
    }
    if method:
        record["method"] = method
    return record


def _event(customer: Customer, at: datetime, event: str) -> Record:
    return {"kind": "account_event", "at": at, "customer_id": customer.customer_id, "event": event}


def _owner(customer: Customer) -> tuple[list[Record], list[Record]]:
    """A customer's own year: chats, sign-ins, what happens to the account, and what agents find out."""
    rng, out, truth = customer.world.stream("owner", customer.customer_id), [], []
    feed = bool(customer.sign_ins)
    moments = sorted([(t, True) for t in customer.chats] + [(t, False) for t in customer.sign_ins])
    for at, is_chat in moments:
        contact = customer.contact(at)
        facts = dict(contact.facts)
        if not is_chat:
            out.append({"kind": "sighting", "at": at, "customer_id": customer.customer_id, **facts, "proof": "sign_in"})
            if rng.random() < 0.5:
                out.append(_event(customer, at, "signed_in"))
            continue
        verified = rng.random() < customer.verified_share
        asks = [_choice(rng, ASKS)] if rng.random() < of("ask_legit") else []
        chat = _chat(customer, at, facts, identity="verified" if verified else "claimed", asks=asks, label="legit")
        out.append(chat)
        truth.append(
            {"_chat": chat, "customer_kind": customer.kind, "network": contact.kind, "visit": 0, "note": contact.note}
        )
        share = of("step_up_odd") if contact.odd or asks else of("step_up")
        if not verified and rng.random() < share:
            out.append(_outcome(chat, at + timedelta(minutes=rng.uniform(3, 25)), "genuine", _choice(rng, METHODS)))
    if feed:
        for name in ("password_reset", "contact_changed"):
            out += [_event(customer, t, name) for t in poisson_times(rng, of(f"{name}_per_year"), customer.joined)]
        out += [
            _event(customer, t, "sign_in_failed")
            for t in poisson_times(rng, of("failed_sign_in_per_year"), customer.joined)
        ]
    return out, truth


def _intrusions(
    world: World, customers: list[Customer], silent: list[Customer], share: float, legit: int
) -> tuple[list[Record], list[Record]]:
    """The impostors' chats, what led up to them, and the reports that follow for some."""
    rng, out, truth = world.stream("intrusions", share), [], []
    for attempt in attempts(world, customers, silent, round(legit * share / (1 - share))):
        asks = [_choice(rng, ASKS)] if rng.random() < of("ask_impostor") else []
        identity = "verified" if attempt.verified else "claimed"
        chat = _chat(attempt.victim, attempt.at, attempt.facts, identity=identity, asks=asks, label=attempt.kind)
        out.append(chat)
        truth.append(
            {
                "_chat": chat,
                "customer_kind": attempt.victim.kind,
                "network": attempt.network,
                "visit": attempt.visit,
                "note": "",
            }
        )
        feed = bool(attempt.victim.sign_ins)
        if attempt.kind == "takeover" and feed and rng.random() < of("takeover_sign_in"):
            at = attempt.at - timedelta(minutes=rng.uniform(2, 40))
            out.append(
                {
                    "kind": "sighting",
                    "at": at,
                    "customer_id": attempt.victim.customer_id,
                    **attempt.facts,
                    "proof": "sign_in",
                    "_thief": True,
                }
            )
        if attempt.kind == "takeover" and feed:
            names = rng.sample(("password_reset", "contact_changed", "sign_in_failed", "order_address_changed"), 2)
            out += [_event(attempt.victim, attempt.at - timedelta(hours=rng.uniform(0.2, 40)), n) for n in names]
        elif feed and rng.random() < of("impostor_failed_sign_in"):
            out += [
                _event(attempt.victim, attempt.at - timedelta(hours=rng.uniform(0.1, 20)), "sign_in_failed")
                for _ in range(rng.randrange(1, 4))
            ]
        if not attempt.verified and rng.random() < of("step_up_impostor"):
            at = attempt.at + timedelta(minutes=rng.uniform(3, 25))
            out.append(_outcome(chat, at, "unknown", _choice(rng, METHODS)))
        if rng.random() < of("reported"):
            lag = rng.lognormvariate(math.log(of("report_lag_d")), 0.9)
            out.append(_outcome(chat, attempt.at + timedelta(days=lag), "impersonation", None))
    return out, truth


def _finish(records: list[Record], truth: list[Record]) -> Simulation:
    """Order everything in time, name the chats, and count what each chat's customer had before it."""
    records = sorted((r for r in records if r["at"] < END), key=lambda r: (r["at"], r["kind"], r["customer_id"]))
    about = {id(t["_chat"]): t for t in truth}
    before: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    reports: dict[str, datetime] = {}
    kept: list[Record] = []
    for number, record in enumerate(records):
        counts = before[record["customer_id"]]
        if record["kind"] == "chat":
            record["chat_id"] = f"c{number:06d}"
            fact = about[id(record)]
            last = reports.get(record["customer_id"])
            fact |= {
                "chat_id": record["chat_id"],
                "label": record["label"],
                "identity": record["identity"],
                "earlier_chats": counts[0],
                "earlier_sign_ins": counts[1],
                "earlier_proven": counts[2],
                "incident": last is not None and record["at"] - last < timedelta(days=INCIDENT_D),
            }
            kept.append(fact)
            if record["label"] == "legit":
                counts[0] += 1
                counts[2] += record["identity"] == "verified"
        elif record["kind"] == "sighting" and not record.pop("_thief", False):
            counts[1] += 1
            counts[2] += 1
        elif record["kind"] == "outcome":
            record["chat_id"] = record.pop("_chat")["chat_id"]
            if record["outcome"] == "impersonation":
                reports[record["customer_id"]] = record["at"]
            elif record["outcome"] == "genuine":
                counts[2] += 1
    for record in records:
        at = record.pop("at")
        kind = record.pop("kind")
        rest = dict(record)
        record.clear()
        record |= {"kind": kind, "occurred_at": _stamp(at), **rest}
    return Simulation(records, [{k: v for k, v in t.items() if k != "_chat"} for t in kept])


def simulate(
    seed: int, *, impostor_share: float = 0.05, customers: int | None = None, reporting: bool = False
) -> Simulation:
    """The year of seed `seed`, with this share of impostors among all chats.

    Seeds kept for reporting are refused unless `reporting` (see `seeds`): nothing may be fitted on them.
    """
    world = build(seeds.check(seed, reporting=reporting))
    count = customers if customers is not None else int(of("customers"))
    quiet = max(1, round(of("silent") * count / of("customers")))
    people = [new_customer(world, n) for n in range(count)]
    silent = [new_customer(world, count + n) for n in range(quiet)]
    for account in silent:
        account.chats, account.sign_ins = [], []
    # Impostors first: `targeted` looks up a victim's provider, which the owners' year then changes.
    legit = sum(len(c.chats) for c in people)
    records, truth = _intrusions(world, people, silent, impostor_share, legit)
    for person in people:
        own, own_truth = _owner(person)
        records += own
        truth += own_truth
    return _finish(records, truth)


def write(simulation: Simulation, folder: Path) -> None:
    """`records.jsonl`, `truth.jsonl` and the operator's lists under `networks/`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("records", simulation.records), ("truth", simulation.truth)):
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    write_lists(folder / "networks")
