"""`GET` and `DELETE /customers/…`: everything is handed out, and what is erased is gone from everywhere."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from tests.conftest import ROOT, Api, api_for, as_impostor, at_home, fresh, now, settings_for, stamp

from cuelight.app import Service, open_service
from cuelight.cli import main
from cuelight.core.chat import ChatKey
from cuelight.core.disclosure import Disclosure, Kind
from cuelight.core.errors import StoreUnavailable
from cuelight.core.notice import Notice
from cuelight.stores import keys
from cuelight.stores.redis_customers import RedisCustomerStore
from cuelight.web import logs


def delete(api: Api, customer_id: str) -> Any:
    return api.client.delete(f"/customers/{quote(customer_id, safe='')}", headers=api.headers())


def shown(api: Api, customer_id: str) -> Any:
    return api.get(f"/customers/{quote(customer_id, safe='')}")


def event(customer_id: str, hours: float = 3) -> dict[str, Any]:
    at = stamp(now() - timedelta(hours=hours))
    return {"customer_id": customer_id, "kind": "contact_changed", "occurred_at": at, "ip": "192.0.2.7"}


def rich(api: Api, service: Service, customer_id: str) -> tuple[str, str]:
    """A customer of whom there is one of everything; answers with a reported and a proven chat."""
    for days in range(1, 30, 3):
        assert (
            api.post("/sightings", at_home(customer_id, occurred_at=stamp(now() - timedelta(days=days)))).status_code
            == 200
        )
    proven, reported = fresh("canarychat"), fresh("canarychat")
    api.score(chat_id=proven, asks=["address"], **at_home(customer_id))
    assert api.outcome(proven, outcome="genuine", method="one_time_code").status_code == 200
    api.score(chat_id=reported, **as_impostor(customer_id))
    assert api.outcome(reported, outcome="impersonation").status_code == 200
    assert api.post("/events", event(customer_id)).status_code == 200
    key = ChatKey("api", "default", reported)
    service.stores.customers.ledger(
        service.locator.customer(customer_id), key, [Disclosure(key, Kind.ADDRESS, now(), "Sam")]
    )
    return reported, proven


def test_everything_kept_is_handed_out(api: Api, service: Service) -> None:
    customer_id = fresh("export") + "/slashes & spaces@example.org"
    reported, proven = rich(api, service, customer_id)
    answer = shown(api, customer_id)
    assert answer.status_code == 200, answer.text
    kept = answer.get_json()
    assert kept["customer_id"] == customer_id
    assert len(kept["sightings"]) == 12
    assert {s["proof"] for s in kept["sightings"]} == {"sign_in", "one_time_code", "none"}
    home = kept["sightings"][-1]
    assert (home["network"]["country"], home["device"]["os"]) == ("GB", "Mac OS X")
    assert {"address", "prefixes", "fingerprint", "gpu", "screen"} <= set(home["hashed"])
    assert 0.3 < home["trust"] <= 1
    assert [s["trust"] for s in kept["sightings"] if s["reported"]] == [0]
    chats = {c["chat"]: c for c in kept["chats"]}
    assert set(chats) == {f"api/default/{reported}", f"api/default/{proven}"}
    assert chats[f"api/default/{reported}"]["outcome"]["outcome"] == "impersonation"
    assert chats[f"api/default/{proven}"]["outcome"]["method"] == "one_time_code"
    assert chats[f"api/default/{proven}"]["asks"] == ["address"]
    assert chats[f"api/default/{reported}"]["decision"]["cue"] == "red"
    assert [i["chats"] for i in kept["incidents"]] == [[f"api/default/{reported}"]]
    assert [(e["kind"], e["hashed"]) for e in kept["account_events"]] == [("contact_changed", ["address"])]
    assert [(d["kind"], d["by"]) for d in kept["disclosures"]] == [("address", "Sam")]
    assert kept["kept_for"] == {"history_days": 90, "decisions_days": 30}
    assert "keyed hashes" in kept["not_kept"][0]
    for value in ("81.2.69.142", "192.0.2.7", "home-device", "Apple M2", "1512x982"):
        assert value not in answer.text


def test_an_unknown_customer_has_nothing_to_hand_out(api: Api) -> None:
    problem = shown(api, fresh("nobody")).get_json(force=True)
    assert (problem["status"], problem["code"]) == (404, "not_found")
    assert "Nothing is kept" in problem["detail"]


def test_erasing_twice_or_nobody_does_no_harm(api: Api, service: Service) -> None:
    customer_id = fresh("erase")
    reported, _ = rich(api, service, customer_id)
    first = delete(api, customer_id)
    assert first.status_code == 200
    counts = first.get_json()["erased"]
    assert (counts["sightings"], counts["chats"], counts["incidents"]) == (12, 2, 1)
    assert (counts["account_events"], counts["disclosures"]) == (1, 1)
    assert first.get_json()["append_only_file"]["state"] in ("started", "busy")
    assert shown(api, customer_id).status_code == 404
    assert api.cue(reported)["reasons"][0]["code"] == "chat.no_contact_data"
    assert set(delete(api, customer_id).get_json()["erased"].values()) == {0}
    assert set(delete(api, fresh("nobody")).get_json()["erased"].values()) == {0}


def test_an_erasure_that_broke_off_left_nothing_behind_that_the_next_would_not_find(
    own_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notices are found by the customer's chats, so they go before these."""
    api = api_for(own_service)
    customer_id = fresh("broken")
    reported, _ = rich(api, own_service, customer_id)
    chat = ChatKey("api", "default", reported)
    notice = Notice(chat, own_service.locator.customer(customer_id), "nonce", now())
    own_service.stores.notices.offer(notice, now() + timedelta(days=1), b"address")
    whole = RedisCustomerStore.erase

    def cut_short(*args: Any) -> Any:
        whole(*args)
        raise StoreUnavailable("the store went away")

    with monkeypatch.context() as broken:
        broken.setattr(RedisCustomerStore, "erase", cut_short)
        with pytest.raises(StoreUnavailable):
            own_service.dossier.erase(customer_id)
    assert own_service.stores.notices.sealed(notice.name) is own_service.stores.notices.read(notice.name) is None
    assert delete(api, customer_id).status_code == 200
    assert shown(api, customer_id).status_code == 404


def test_late_facts_are_refused_and_new_ones_start_afresh(api: Api, service: Service) -> None:
    customer_id = fresh("late")
    rich(api, service, customer_id)
    delete(api, customer_id)
    before = stamp(now() - timedelta(minutes=2))
    late = api.post("/score", {"chat_id": fresh("c"), **at_home(customer_id), "occurred_at": before})
    assert (late.status_code, late.get_json(force=True)["code"]) == (409, "conflict")
    assert "erased" in late.get_json(force=True)["detail"]
    seen = at_home(customer_id, occurred_at=before)
    assert api.post("/sightings", seen).get_json() == {"received": 1, "added": 0}
    assert api.post("/events", event(customer_id)).status_code == 200
    assert shown(api, customer_id).status_code == 404
    assert api.score(chat_id=fresh("c"), **at_home(customer_id))["cue"] == "grey"
    assert api.post("/sightings", at_home(customer_id, occurred_at=stamp(now()))).get_json()["added"] == 1
    assert len(shown(api, customer_id).get_json()["sightings"]) == 2


def test_the_scope_is_needed(api_with: Callable[..., Api]) -> None:
    api = api_with("score", "cue", "outcome", "observe")
    for answer in (shown(api, "u-1"), delete(api, "u-1")):
        assert (answer.status_code, answer.get_json(force=True)["scope"]) == (403, "privacy")


@pytest.mark.parametrize("customer_id", ["x" * 201, " u-1", "u-1\t", "\x00", "u\u200b1"])
def test_an_id_no_customer_can_have_is_refused(api: Api, customer_id: str) -> None:
    for answer in (shown(api, customer_id), delete(api, customer_id)):
        problem = answer.get_json(force=True)
        assert (answer.status_code, problem["errors"][0]["field"]) == (422, "customer_id")
        assert customer_id not in problem["detail"]


@pytest.fixture
def at_shell(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    for name, value in (("VAR_DIR", folder / "var"), ("GEO_DIR", ROOT / "data" / "geo")):
        monkeypatch.setenv(f"CUELIGHT_{name}", str(value))
    return lambda *words: CliRunner().invoke(main, list(words))


def test_the_command_exports_and_forgets(own_service: Service, at_shell: Callable[..., Any]) -> None:
    api = api_for(own_service)
    customer_id = fresh("shell")
    rich(api, own_service, customer_id)
    told = at_shell("export", customer_id)
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout) == shown(api, customer_id).get_json()
    done = at_shell("forget", customer_id, "never-seen")
    assert done.exit_code == 0, done.output
    assert "1 of 2: erased 12 sightings, 2 chats, 1 incidents" in done.output
    assert "2 of 2: nothing was kept" in done.output
    assert "was rewritten: nothing erased is left" in done.output
    assert customer_id not in done.output
    assert shown(api, customer_id).status_code == 404
    assert at_shell("export", customer_id).exit_code == 1
    assert at_shell("forget").exit_code == 2
    assert at_shell("forget", " u").exit_code == 2


def test_a_restored_backup_is_put_right(own_service: Service, at_shell: Callable[..., Any]) -> None:
    api = api_for(own_service)
    gone, returned = fresh("gone"), fresh("returned")
    for customer_id in (gone, returned):
        rich(api, own_service, customer_id)
        delete(api, customer_id)
    api.score(chat_id=fresh("c"), **at_home(returned))
    link = own_service.stores.link
    assert link is not None
    # A backup from before: it has the customer, and no tombstone.
    token = own_service.locator.customer(gone)
    assert link.call("DEL", keys.tombstone(token, link.epoch_key(token))) == 1
    rich(api, own_service, gone)
    told = at_shell("forget", "--again")
    assert "2 erasures in the register, 1 erased again" in told.output, told.output
    assert shown(api, gone).status_code == 404
    assert len(shown(api, returned).get_json()["chats"]) == 1


CANARIES = {
    "customer_id": "canary-customer@example.org",
    "ip": "81.2.69.160",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0 CanaryAgent/7.7",
    "fingerprint": "canary-fingerprint-id",
    "gpu": "Canary GPU 9000",
    "by": "Canary Agent",
}


def test_an_erased_customer_is_found_nowhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("DEBUG")
    with closing(open_service(settings_for(folder))) as service:
        link = service.stores.link
        assert link is not None
        # Compressed values would hide what they hold from a search.
        link.call("CONFIG", "SET", "rdbcompression", "no")
        api = api_for(service)
        facts = {
            "ip": CANARIES["ip"],
            "user_agent": CANARIES["user_agent"],
            "fingerprint": {"id": CANARIES["fingerprint"], "components": {"gpu": CANARIES["gpu"], "cores": 4}},
        }
        everybody = {}
        for customer_id in (CANARIES["customer_id"], "somebody-else"):
            everybody[customer_id] = rich(api, service, customer_id)
            chat_id = fresh("canarychat")
            api.score(chat_id=chat_id, customer_id=customer_id, **facts)
            api.post(f"/chats/api/default/{chat_id}/outcome", {"outcome": "impersonation", "by": CANARIES["by"]})
            everybody[customer_id] += (chat_id,)
        mine, theirs = (list(marks(service, customer_id, chats)) for customer_id, chats in everybody.items())
        before = everything(service, folder)
        assert all(found(before, mark) for mark in mine), "the search must find what is there"
        assert delete(api, CANARIES["customer_id"]).status_code == 200
        rewritten(service, api)
        after = everything(service, folder)
        told = capsys.readouterr()
        after["log"] = (told.out + told.err).encode()
        everywhere = [*mine, *(value.encode() for value in (*CANARIES.values(), "192.0.2.7", "canary"))]
        theirs_too = {CANARIES["by"].encode(), b"canary"}
        hits = {mark: where for mark in everywhere if mark not in theirs_too and (where := found(after, mark))}
        assert hits == {}
        assert after["log"].count(b'"event":"request"') > 20
        assert all(found(after, mark) for mark in theirs), "nobody else may be touched"


def marks(service: Service, customer_id: str, chats: tuple[str, ...]) -> Iterator[bytes]:
    """What stands for a customer in the store: the token, the chats' ids."""
    token = service.locator.customer(customer_id)
    yield token.encode()
    yield from (chat_id.encode() for chat_id in chats)


def everything(service: Service, folder: Path) -> dict[str, bytes]:
    """Every key with its value, and every file of the store's folder, as bytes."""
    link = service.stores.link
    assert link is not None
    held = {
        f"key {name!r}": name + b" " + (link.call("DUMP", name) or b"") for name in link.client.scan_iter(count=1000)
    }
    for path in (folder / "var" / "store").rglob("*"):
        if path.is_file():
            held[f"file {path.name}"] = path.read_bytes()
    assert any("aof" in name for name in held)
    return held


def found(held: dict[str, bytes], mark: bytes) -> list[str]:
    return [name for name, value in held.items() if mark in value]


def rewritten(service: Service, api: Api) -> None:
    """Wait until a rewrite that began after the erasure is over; one that was under way before does not count."""
    deadline = time.monotonic() + 30
    while service.dossier.rewriting() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert service.dossier.rewrite() == "started"
    while service.dossier.rewriting() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not service.dossier.rewriting()
