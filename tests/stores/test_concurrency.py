"""Two API processes on one Cluster lose no update of a customer's, however their chats collide."""

from __future__ import annotations

from pathlib import Path

from bench.concurrency.run import run
from tests.stores import servers


def test_a_thousand_chats_of_fifty_customers_at_once(room: Path) -> None:
    """The short form of `python -m bench.concurrency`. A Cluster of its own: what is announced stays in the outbox."""
    folder = room / "concurrency"
    with servers.cluster(folder / "cluster") as (url, _):
        result = run(url, folder, customers=50, chats=1_000)
    assert result.sound, result.as_json()
    assert result.histories_as_if_serial == 50
    assert result.sent_twice > 50
