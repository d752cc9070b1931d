"""One chat told of by several messages: what the agent sees after each, over the real store."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.conftest import ABROAD_IP, CHROME_ON_MAC, HOME_IP, Api, as_impostor, at_home, fresh, now, stamp

from cuelight.app import Service
from cuelight.core.chat import ChatKey, Identity
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.core.history import Proof

PIECES = ("ip", "user_agent", "fingerprint", "customer_id")


def etag(api: Api, chat_id: str) -> str:
    return api.get(f"/cues/api/default/{chat_id}").headers["ETag"]


def test_every_message_reaches_the_agent_and_says_what_is_still_missing(api: Api) -> None:
    customer_id, chat_id = api.settled_customer(), fresh("c")
    whole = at_home(customer_id)
    seen, missing = [etag(api, chat_id)], []
    for piece in PIECES:
        api.score(chat_id=chat_id, **{piece: whole[piece]})
        seen.append(etag(api, chat_id))
        missing.append({(entry["code"], entry["why"]) for entry in api.cue(chat_id)["not_assessed"]})
    assert len(set(seen)) == len(seen)
    assert ("device", "no_user_agent") in missing[0]
    assert ("device", "no_user_agent") not in missing[1]
    cue = api.cue(chat_id)
    assert cue["cue"] == "green"
    at_once = api.score(chat_id=fresh("c"), **whole)
    assert cue["score"] == pytest.approx(at_once["score"], abs=5)


def test_the_order_of_messages_does_not_change_what_is_decided(api: Api) -> None:
    """Every order of a contact's facts, each with a time of its own; the time zone comes apart from the place."""
    start = now() - timedelta(minutes=10)
    customer_id = api.settled_customer()
    whole = as_impostor(customer_id)
    found = []
    for order in itertools.permutations(range(4)):
        chat_id = fresh("c")
        for number in order:
            piece = PIECES[number]
            api.score(chat_id=chat_id, occurred_at=stamp(start + timedelta(minutes=number)), **{piece: whole[piece]})
        cue = api.cue(chat_id)
        found.append((cue["cue"], sorted((e["code"], e["why"]) for e in cue["not_assessed"])))
        # The next chat must not be one more from the same impostor: it is somebody else's.
        customer_id = api.settled_customer()
        whole = as_impostor(customer_id)
    assert all(one == found[0] for one in found)
    assert found[0][0] == "red"
    assert "timezone" not in dict(found[0][1])


def test_a_message_that_says_less_takes_nothing_away(api: Api) -> None:
    customer_id, chat_id = api.settled_customer(), fresh("c")
    first = api.score(chat_id=chat_id, **at_home(customer_id, identity="verified"))
    again = api.score(chat_id=chat_id)
    assert again["decision_id"] == first["decision_id"]
    assert api.score(chat_id=chat_id, customer_id=customer_id)["decision_id"] == first["decision_id"]
    changed = api.score(chat_id=chat_id, ip=ABROAD_IP)
    assert changed["decision_id"] != first["decision_id"]
    assert api.cue(chat_id)["would_be"] is None or api.cue(chat_id)["would_be"]["if"] != "signed_in"


def test_the_same_message_again_gives_the_latest_decision_back(api: Api) -> None:
    customer_id, chat_id = api.settled_customer(), fresh("c")
    network = {"customer_id": customer_id, "ip": HOME_IP}
    api.score(chat_id=chat_id, **network)
    second = api.score(chat_id=chat_id, user_agent=CHROME_ON_MAC)
    assert api.score(chat_id=chat_id, **network)["decision_id"] == second["decision_id"]
    assert api.score(chat_id=chat_id, user_agent=CHROME_ON_MAC)["decision_id"] == second["decision_id"]


def test_an_older_message_that_comes_late_changes_nothing_newer(api: Api) -> None:
    chat_id, start = fresh("c"), now() - timedelta(minutes=10)
    newer = api.score(chat_id=chat_id, ip=HOME_IP, customer_id="u", occurred_at=stamp(start + timedelta(minutes=2)))
    older = api.score(chat_id=chat_id, ip=ABROAD_IP, customer_id="v", occurred_at=stamp(start))
    assert older["cue"] == newer["cue"]
    api_cue = api.cue(chat_id)
    assert api_cue["decision_id"] == older["decision_id"]


def test_proof_stays_with_its_customer(api: Api, service: Service) -> None:
    chat_id, one, other = fresh("c"), fresh("u"), fresh("u")

    def identity() -> Identity:
        stored = service.stores.customers.find(ChatKey("api", "default", chat_id))
        assert stored is not None
        return stored.chat.identity

    api.score(chat_id=chat_id, customer_id=one, identity="verified", ip=HOME_IP)
    api.score(chat_id=chat_id, customer_id=one, identity="claimed", user_agent=CHROME_ON_MAC)
    assert identity() is Identity.VERIFIED
    api.score(chat_id=chat_id, customer_id=other)
    assert identity() is Identity.CLAIMED
    api.score(chat_id=chat_id, customer_id=one)
    assert identity() is Identity.CLAIMED


def test_a_step_up_for_one_customer_says_nothing_about_another(api: Api) -> None:
    chat_id = fresh("c")
    api.score(chat_id=chat_id, **as_impostor(api.settled_customer()))
    assert api.outcome(chat_id, outcome="genuine", method="one_time_code").status_code == 200
    moved = api.score(chat_id=chat_id, customer_id=api.settled_customer())
    assert moved["cue"] == "red"
    assert api.cue(chat_id)["outcome"] is None


def test_an_impostor_reported_before_the_customer_was_known_opens_the_incident_then(api: Api) -> None:
    customer_id, chat_id = api.settled_customer(), fresh("c")
    facts = as_impostor(customer_id)
    api.score(chat_id=chat_id, ip=facts["ip"], user_agent=facts["user_agent"])
    assert api.outcome(chat_id, outcome="impersonation").get_json()["incident"] is None
    api.score(chat_id=chat_id, customer_id=customer_id)
    cue = api.cue(chat_id)
    assert (cue["cue"], cue["incident"] is not None) == ("red", True)
    assert cue["outcome"]["outcome"] == "impersonation"


def test_unsigned_facts_never_teach(api: Api, service: Service) -> None:
    """Somebody who guesses the id of a verified chat plants a device there; nor does a step-up make it trusted."""
    for identity in (Identity.VERIFIED, Identity.CLAIMED):
        customer_id, chat_id = api.settled_customer(), fresh("c")
        planted = as_impostor(customer_id)
        home = at_home(customer_id)
        api.score(chat_id=chat_id, customer_id=customer_id, identity=identity.value, ip=home["ip"])
        unsigned = ContactFacts(at=now(), ip=planted["ip"], user_agent=planted["user_agent"],
                                components=planted["fingerprint"]["components"])  # fmt: skip
        key = ChatKey("api", "default", chat_id)
        service.corridor.score(ChatFacts(key, Identity.ANONYMOUS, unsigned, occurred_at_given=False, signed=False))
        if identity is Identity.CLAIMED:
            assert api.outcome(chat_id, outcome="genuine", method="call_back").status_code == 200
        stored = service.stores.customers.find(key)
        assert stored is not None
        assert stored.chat.origin == service.locator.sighting(ContactFacts(at=now(), ip=HOME_IP)).origin
        assert stored.chat.device is not None
        [entry] = [e for e in service.stores.customers.history(stored.chat.customer or "").sightings if e.chat == key]
        assert entry.proof in (Proof.VERIFIED, Proof.CALL_BACK)
        assert entry.sighting.origin == stored.chat.origin
        assert entry.sighting.device is None


def test_messages_at_once_lose_nothing(api: Api, service: Service) -> None:
    customer_id = api.settled_customer()
    for _ in range(5):
        key = ChatKey("api", "default", fresh("c"))
        anyone = ChatFacts(key, Identity.ANONYMOUS, ContactFacts(at=now()), occurred_at_given=False)
        names = ["gpu", "screen", "cores", "canvas"]
        told = [replace(anyone, contact=ContactFacts(at=now(), components={name: "x"})) for name in names]
        told += [
            replace(anyone, contact=ContactFacts(at=now(), ip=HOME_IP)),
            replace(anyone, contact=ContactFacts(at=now(), user_agent=CHROME_ON_MAC)),
            replace(anyone, customer_id=customer_id, identity=Identity.CLAIMED),
        ]
        with ThreadPoolExecutor(len(told)) as pool:
            list(pool.map(service.corridor.score, told))
        stored = service.stores.customers.find(key)
        assert stored is not None
        chat = stored.chat
        assert chat.customer == service.locator.customer(customer_id)
        assert chat.origin is not None
        assert chat.device is not None
        assert chat.device.browser is not None
        assert [name for name, _ in chat.device.components] == sorted(names)
