"""Nothing personal is kept for ever: life times as settings say, on the real keys of a real server."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.stores import world

from cuelight.core.disclosure import Disclosure, Kind
from cuelight.core.retention import Retention
from cuelight.settings import Settings, SettingsInvalid
from cuelight.stores import Stores, keys, open_stores

OF_A_CUSTOMER = ("{tag}", "chat", "trait", "{day}", "cl:t:", "{channel}", "cl:wd")
"""What the names of keys have in them that hold something of one customer; announcements are streams."""


def test_every_key_that_holds_something_of_a_customer_has_a_life_time() -> None:
    personal = [
        kind for kind in keys.TABLE if kind.shape == "stream" or any(part in kind.name for part in OF_A_CUSTOMER)
    ]
    assert len(personal) >= 20
    assert [kind.name for kind in personal if kind.ttl_s is None] == []


@pytest.mark.parametrize("retention", [Retention(), Retention(history_d=14, decisions_d=3)])
def test_everything_of_a_customer_ends(redis_stores: Stores, room: Path, retention: Retention) -> None:
    link = redis_stores.link
    assert link is not None
    customers = type(redis_stores.customers)(link, retention)  # type: ignore[call-arg]
    who = world.customer()
    chats = [world.chat(who, hours) for hours in range(66)]
    for chat in chats:
        customers.record(chat, world.decision(chat), world.entry(chat))
    customers.observe(who, [world.sign_in()])
    customers.put_incident(who, world.incident(days=10))
    customers.ledger(who, chats[0].key, [Disclosure(chats[0].key, Kind.ADDRESS, world.at(), "Sam")])
    mine = list(link.client.scan_iter(match=b"*{" + who.encode() + b"}*", count=5000))
    mine += [keys.pointer(chat.key) for chat in chats]
    left_d = {name: link.call("TTL", name) / keys.DAY_S for name in mine}
    assert all(days > 0 for days in left_d.values()), left_d
    history, decisions = retention.history_d, retention.decisions_d
    assert left_d[keys.history(who).encode()] == pytest.approx(history, abs=0.01)
    assert left_d[keys.incidents(who).encode()] == pytest.approx(history + 10, abs=0.01)
    for name in (keys.chat(who, chats[9].key), keys.pointer(chats[9].key), keys.overflow(who).encode()):
        assert left_d[name] == pytest.approx(decisions, abs=0.01)
    customers.erase(who, world.at(100))
    tomb = keys.tombstone(who, link.epoch_key(who))
    assert link.call("TTL", tomb) / keys.DAY_S == pytest.approx(max(history, 90) + 1, abs=0.01)


def test_life_times_are_settings_with_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().retention == Retention(90, 30, 7, 400)
    monkeypatch.setenv("CUELIGHT_RETENTION_HISTORY_DAYS", "30")
    monkeypatch.setenv("CUELIGHT_RETENTION_AUDIT_DAYS", "800")
    monkeypatch.setenv("CUELIGHT_RETENTION_ALERTS_DAYS", "14")
    assert Settings().retention == Retention(30, 30, 7, 800, 14)
    for name, value in (("HISTORY", "0"), ("DECISIONS", "401"), ("WEBHOOK_IDS", "0"), ("AUDIT", "x"), ("ALERTS", "3")):
        with monkeypatch.context() as changed:
            changed.setenv(f"CUELIGHT_RETENTION_{name}_DAYS", value)
            with pytest.raises(SettingsInvalid, match=f"RETENTION_{name}_DAYS: must be a whole number from"):
                Settings()


def test_stores_take_the_settings(embedded_url: str, room: Path) -> None:
    stores = open_stores(embedded_url, room, retention=Retention(history_d=5))
    stores.claim()
    who = world.customer()
    stores.customers.observe(who, [world.sign_in()])
    assert stores.link is not None
    assert stores.link.call("TTL", keys.history(who)) == pytest.approx(5 * keys.DAY_S, abs=30)
    stores.close()
