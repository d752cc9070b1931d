"""`cuelight policy replay`: the recorded decisions of an installation under another policy, from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner
from tests.conftest import Api, api_for, as_impostor, at_home, fresh, settings_for

from cuelight.app import open_service
from cuelight.cli import main
from cuelight.wiring.archive import opened_follower

Command = Callable[..., str]
Installation = tuple[Api, Command, Callable[[], None]]


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with TemporaryDirectory(prefix="cue") as name:
        settings = settings_for(Path(name))
        with closing(open_service(settings)) as service:
            assert service.stores.server is not None
            environment = {"CUELIGHT_VAR_DIR": str(settings.var_dir), "CUELIGHT_REDIS_URL": service.stores.server.url}

            def run(*args: str, status: int = 0) -> str:
                done = CliRunner().invoke(main, [*args], env=environment)
                assert done.exit_code == status, done.output
                return done.output

            def archived() -> None:
                with opened_follower(settings, service.stores) as follower:
                    assert follower is not None
                    follower.read_everything()
                    while follower.step():
                        pass

            yield api_for(service), run, archived


def test_what_a_version_would_have_done(installation: Installation) -> None:
    api, cuelight, archived = installation
    assert "no decision is archived" in cuelight("policy", "replay", "installed", status=1)
    customer_id = api.settled_customer()
    seen = [api.score(chat_id=fresh("c"), **at_home(customer_id))["cue"] for _ in range(9)]
    chat_id = fresh("c")
    seen.append(api.score(chat_id=chat_id, **as_impostor(customer_id))["cue"])
    assert api.outcome(chat_id, outcome="impersonation").status_code == 200
    archived()
    strict = cuelight("policy", "draft", "--set", "thresholds.amber=1", "--set", "thresholds.red=99.9").strip()
    told = cuelight("policy", "replay", strict)
    assert told.startswith("10 decisions from ")
    assert f"→ {strict}" in told
    assert "impersonations" in told
    found = json.loads(cuelight("policy", "replay", strict, "--json"))
    assert (found["chats"], found["draft"]) == (10, strict)
    assert found["impersonations"]["chats"] == 1
    assert sum(found["total"]["now"].values()) == sum(found["total"]["then"].values()) == 10
    assert found["unjudged"] == []
    called = api.get(f"/policies/{strict}/replay").get_json()
    assert called == found
    assert all(change["chat"]["desk"] == "api" for change in called["changes"])
    assert len(api.get(f"/policies/{strict}/replay?chats=1").get_json()["changes"]) == min(1, found["changed"])
    same = json.loads(cuelight("policy", "replay", "installed", "--json"))
    assert (same["changed"], same["total"]["now"]) == (0, same["total"]["then"])


def test_what_a_replay_cannot_tell_is_named(installation: Installation) -> None:
    _, cuelight, _ = installation
    lax = ("--set", "thresholds.amber=98", "--set", "thresholds.red=99")
    version = cuelight("policy", "draft", *lax, "--set", "signals.travel.constants.max_speed_kmh=300").strip()
    told = cuelight("policy", "replay", version)
    assert "cannot tell about signals.travel.constants.max_speed_kmh" in told
    assert f"cuelight policy shadow {version}" in told
    assert ("WARNING  1 confirmed impersonations would turn green" in told) is (
        json.loads(cuelight("policy", "replay", version, "--json"))["impersonations"]["green"] == 1
    )
