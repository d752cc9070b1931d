"""A rotation of the hash key with several processes, each of which reads the new key when it does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.conftest import (
    CHROME_ON_MAC,
    HOME_IP,
    ROOT,
    as_impostor,
    at_home,
    client_of,
    fresh,
    now,
    settings_for,
    stamp,
)
from tests.conftest import Api as RealApi
from tests.conftest import api_for as real_api_for

from cuelight.app import Service, open_service
from cuelight.cli import main
from cuelight.core.chat import ChatKey, Identity
from cuelight.core.errors import StoreUnavailable
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.sense.key_ring import rotate_file


@pytest.fixture
def pair(folder: Path) -> Iterator[tuple[Service, Service, Path]]:
    """Two processes of one installation: one store, one key file."""
    with closing(open_service(settings_for(folder))) as one:
        assert one.stores.server is not None
        url = one.stores.server.url
        with closing(open_service(settings_for(folder, redis_url=url))) as two:
            yield one, two, folder / "var" / "hash.key"


def settled(api: RealApi) -> str:
    return api.settled_customer("rotated")


def test_a_process_that_has_not_read_the_new_key_never_takes_a_customer_for_new(
    pair: tuple[Service, Service, Path],
) -> None:
    one, two, path = pair
    first, second = real_api_for(one), real_api_for(two, client=client_of(two))
    customer_id, untouched = settled(first), settled(first)
    rotate_file(path, now())
    one.locator.hasten()
    assert first.score(chat_id=fresh("c"), **at_home(customer_id))["cue"] == "green"
    # The other process still has the old key only: its first call is refused, and it follows.
    assert two.locator.former() is None
    facts = ContactFacts(at=now(), ip=HOME_IP, user_agent=CHROME_ON_MAC)
    with pytest.raises(StoreUnavailable):
        two.corridor.score(ChatFacts(ChatKey("d", "a", fresh("c")), Identity.CLAIMED, facts, customer_id))
    assert two.locator.former() is not None
    assert second.score(chat_id=fresh("c"), **at_home(customer_id))["cue"] == "green"
    assert second.score(chat_id=fresh("c"), **at_home(untouched))["cue"] == "green"


def test_what_a_late_process_wrote_under_the_old_key_is_not_lost(pair: tuple[Service, Service, Path]) -> None:
    one, two, path = pair
    first, second = real_api_for(one), real_api_for(two)
    customer_id, chat_id = settled(first), fresh("c")
    rotate_file(path, now())
    one.locator.hasten()
    assert second.score(chat_id=chat_id, **at_home(customer_id))["cue"] == "green"
    assert two.locator.former() is None
    assert first.cue(chat_id)["cue"] == "green"
    assert len(one.dossier.export(customer_id).history.sightings) == 11
    assert first.outcome(chat_id, outcome="genuine", method="call_back").status_code == 200


def test_chats_at_the_moment_of_the_move_are_all_kept(pair: tuple[Service, Service, Path]) -> None:
    one, two, path = pair
    apis = real_api_for(one), real_api_for(two)
    customers = [settled(apis[0]) for _ in range(3)]
    rotate_file(path, now())
    one.locator.hasten()

    def chat(number: int) -> tuple[str, str]:
        customer_id, chat_id = customers[number % 3], fresh("c")
        apis[number % 2].score(chat_id=chat_id, **at_home(customer_id))
        return customer_id, chat_id

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(chat, range(60)))
    for customer_id, chat_id in made:
        kept = one.dossier.export(customer_id)
        assert chat_id in {stored.chat.key.chat_id for stored in kept.chats}
        assert chat_id in {past.chat.chat_id for past in kept.history.sightings if past.chat}
        assert apis[0].cue(chat_id)["cue"] == "green"


def test_a_moved_customer_is_erased_and_so_is_one_whom_the_register_names_by_an_old_key(
    pair: tuple[Service, Service, Path],
) -> None:
    one, _, path = pair
    api = real_api_for(one)
    customer_id, earlier = settled(api), settled(api)
    one.dossier.erase(earlier)
    api.score(chat_id=fresh("c"), **as_impostor(customer_id))
    rotate_file(path, now())
    one.locator.hasten()
    assert (
        api.post("/sightings", at_home(earlier, occurred_at=stamp(now() - timedelta(hours=1)))).get_json()["added"] == 0
    )
    assert one.dossier.erase(customer_id).sightings == 11
    assert not one.dossier.export(customer_id).anything
    assert one.dossier.erase_again() == (2, 0)


def test_the_command_rotates_moves_and_finishes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("VAR_DIR", folder / "var"), ("GEO_DIR", ROOT / "data" / "geo")):
        monkeypatch.setenv(f"CUELIGHT_{name}", str(value))

    def run(*words: str) -> Any:
        return CliRunner().invoke(main, ["hash-keys", *words])

    path = folder / "var" / "hash.key"
    with closing(open_service(settings_for(folder))) as service:
        api = real_api_for(service)
        customer_id = settled(api)
        assert "no rotation is under way" in run("status").output
        assert run("finish").exit_code == run("move").exit_code == 1
        made = run("rotate")
        assert (made.exit_code, "key 2" in made.output) == (0, True), made.output
        assert "begins in" in run("status").output
        assert "not finished" in run("rotate").output
        # As if the seconds had passed.
        first, second = path.read_text().splitlines()
        path.write_text(f"{first}\n{second.split()[0]} active={now().isoformat(timespec='seconds')}\n")
        assert "still under the key before: 1" in run("status").output
        assert "1 customers moved" in run("move").output
        assert "still under the key before: 0" in run("status").output
        assert "can be finished from" in run("finish").output
        service.locator.hasten()
        assert api.score(chat_id=fresh("c"), **at_home(customer_id))["cue"] == "green"
        done = run("finish", "--now")
        assert (done.exit_code, "Keep all keys" in done.output) == (0, True), done.output
        service.locator.hasten()
        assert api.score(chat_id=fresh("c"), **at_home(customer_id))["cue"] == "green"
        assert "no rotation" in run("status").output
    monkeypatch.setenv("CUELIGHT_HASH_KEY", first)
    assert "only you can change" in run("rotate").output


def test_an_impostor_reported_under_the_old_key_is_known_under_the_new(pair: tuple[Service, Service, Path]) -> None:
    one, _, path = pair
    api = real_api_for(one)
    victim, other = settled(api), settled(api)
    before = api.score(chat_id=fresh("c"), **as_impostor(other))
    reported = fresh("c")
    api.score(chat_id=reported, **as_impostor(victim))
    assert api.outcome(reported, outcome="impersonation").status_code == 200
    rotate_file(path, now())
    one.locator.hasten()
    after = api.score(chat_id=fresh("c"), **as_impostor(settled(api)))
    codes = {reason["code"] for reason in after["reasons"]}
    assert any(code.startswith("returning.") for code in codes), codes
    assert after["score"] > before["score"]


def test_a_chat_nobody_claimed_goes_on_under_the_new_key(pair: tuple[Service, Service, Path]) -> None:
    one, _, path = pair
    api = real_api_for(one)
    customer_id, chat_id = settled(api), fresh("c")
    facts = at_home(customer_id)
    del facts["customer_id"]
    assert api.score(chat_id=chat_id, **facts)["cue"] == "grey"
    time.sleep(1.1)  # what was recorded before is told by its time, and the file tells whole seconds
    rotate_file(path, now())
    one.locator.hasten()
    decision = api.score(chat_id=chat_id, customer_id=customer_id)
    assert decision["cue"] == "green"
    assert {"network.known_address", "device.known"} <= {reason["code"] for reason in decision["reasons"]}
