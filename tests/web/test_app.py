"""Wiring: what stops a service from starting, what it shares with commands, and what it keeps over a restart."""

from __future__ import annotations

import base64
import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT, Api, api_for, as_impostor, at_home, client_of, now, settings_for

from cuelight.app import open_service
from cuelight.core.chat import ChatKey, Identity
from cuelight.core.errors import DataFileInvalid, InvalidInput, PolicyInvalid
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.web.auth import mint
from cuelight.wiring.opening import hash_keys, open_key_store, read_policy, replay_corridor

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "says"),
    [(None, "cannot be read"), ("{\n!", "line 2"), ("[]", "must be an object"), ("{}", "thresholds")],
)
def test_a_policy_that_cannot_be_used_stops_the_start(folder: Path, text: str | None, says: str) -> None:
    path = folder / "policy.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(PolicyInvalid, match=says):
        open_service(settings_for(folder, policy_file=path))


def test_a_catalogue_that_cannot_be_used_stops_the_start(folder: Path) -> None:
    (folder / "policy.json").write_bytes((ROOT / "data" / "policy.json").read_bytes())
    with pytest.raises(DataFileInvalid, match=r"en\.json"):
        open_service(settings_for(folder, data_dir=folder))


def test_the_hash_key_is_made_once_and_kept_private(folder: Path) -> None:
    settings = settings_for(folder)
    first = hash_keys(settings).ring
    assert len(first.keys[0].key) >= 32
    assert hash_keys(settings).ring == first
    assert (settings.var_dir / "hash.key").stat().st_mode & 0o077 == 0
    given = bytes(range(32))
    text = base64.b64encode(given).decode()
    assert hash_keys(settings_for(folder, hash_key=text)).ring.keys[0].key == given
    with pytest.raises(InvalidInput, match="hash_key"):
        hash_keys(settings_for(folder, hash_key="short"))


def test_settings_do_not_show_their_secrets(folder: Path) -> None:
    secret = base64.b64encode(bytes(range(32))).decode()
    settings = settings_for(folder, hash_key=secret, redis_url="redis://:hunter2@127.0.0.1/0")
    assert secret not in repr(settings) + str(settings)
    assert "hunter2" not in repr(settings) + str(settings)


def test_history_keys_and_decisions_outlive_a_restart(folder: Path) -> None:
    with closing(open_service(settings_for(folder))) as service:
        api = api_for(service)
        customer_id = api.settled_customer()
        before = api.score(chat_id="before", **at_home(customer_id))
    with closing(open_service(settings_for(folder))) as service:
        again = Api(client_of(service), api.token)
        assert again.cue("before")["decision_id"] == before["decision_id"]
        assert again.score(chat_id="after", **as_impostor(customer_id))["cue"] == "red"
        assert again.score(chat_id="home", **at_home(customer_id))["cue"] == "green"


def test_a_key_made_by_a_command_is_known_to_the_service(folder: Path) -> None:
    settings = settings_for(folder)
    with open_key_store(settings) as keys:
        key, token, digest = mint("from a command", ["cue"], now())
        keys.add(key, digest)
    with closing(open_service(settings)) as service:
        assert Api(client_of(service), token).cue("1")["cue"] == "grey"


def test_a_customer_who_starts_over_leaves_nothing_to_compare_with(folder: Path) -> None:
    with closing(open_service(settings_for(folder))) as service:
        api = api_for(service)
        customer_id = api.settled_customer()
        assert api.score(chat_id="1", **at_home(customer_id))["cue"] == "green"
        service.start_over(customer_id)
        assert api.cue("1")["decision_id"] is None
        again = api.score(chat_id="2", **at_home(customer_id))
        assert "no_history" in {entry["why"] for entry in again["not_assessed"]}
        assert again["cue"] != "green"


def facts(chat_id: str, **more: Any) -> ChatFacts:
    contact = ContactFacts(at=AT, ip="89.160.20.112", user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:145.0)")
    return ChatFacts(ChatKey("replay", "r", chat_id), Identity.CLAIMED, contact, "u-1", **more)


@pytest.mark.parametrize("real_store", [False, True])
def test_a_replay_starts_from_nothing_and_leaves_nothing(folder: Path, real_store: bool) -> None:
    settings = settings_for(folder)
    for _ in range(2):
        with replay_corridor(settings, lambda: AT, real_store=real_store) as (corridor, policy):
            assert corridor.cue(ChatKey("replay", "r", "1")).decision is None
            decision = corridor.score(facts("1"))
            assert decision.policy_version == policy.version
            assert decision.scored_at == AT
    assert not (settings.var_dir / "store").exists()


def test_a_signal_can_be_left_out_of_a_replay(folder: Path) -> None:
    settings = settings_for(folder)
    with replay_corridor(settings, lambda: AT) as (corridor, _):
        loud = {r.code.partition(".")[0]: r.points for r in corridor.score(facts("1")).reasons}
    with replay_corridor(settings, lambda: AT, off=["identity"]) as (corridor, _):
        quiet = {r.code.partition(".")[0]: r.points for r in corridor.score(facts("1")).reasons}
    assert loud["identity"] != 0
    assert quiet["identity"] == 0
    assert {**quiet, "identity": loud["identity"]} == loud
    with (
        pytest.raises(InvalidInput, match="no such signal: astrology"),
        replay_corridor(settings, lambda: AT, off=["astrology"]),
    ):
        pass


def test_the_shipped_policy_is_usable() -> None:
    policy = read_policy(ROOT / "data" / "policy.json")
    assert json.loads((ROOT / "data" / "policy.json").read_text())["version"] == policy.version
