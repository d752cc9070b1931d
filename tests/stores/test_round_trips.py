"""What a score asks of its customer's store: one question and one write, counted by the server itself."""

from __future__ import annotations

from pathlib import Path

from tests.stores import world

from cuelight.stores import Stores, open_stores


def calls(stores: Stores) -> int:
    """How many scripts the server has run: the stores of customers ask by nothing else."""
    assert stores.link is not None
    stats = stores.link.call("INFO", "commandstats")
    return sum(stats[name]["calls"] for name in ("cmdstat_evalsha", "cmdstat_eval") if name in stats)


def test_a_score_is_two_round_trips_to_the_customer(embedded_url: str, room: Path) -> None:
    stores = open_stores(f"{embedded_url}?socket_timeout=10", room)
    chat = world.chat(world.customer())
    stores.customers.recall(chat)
    stores.customers.record(chat, world.decision(chat), world.entry(chat))
    chat = world.chat(chat.customer, 1)
    before = calls(stores)
    recall = stores.customers.recall(chat)
    assert calls(stores) - before == 1
    stores.customers.record(chat, world.decision(chat), world.entry(chat), mark=recall.mark)
    assert calls(stores) - before == 2
    stores.close()
