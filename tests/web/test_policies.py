"""`/policies` over HTTP, two processes on one store, the shadow, and the command line beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from tests.conftest import Api, api_for, as_impostor, at_home, fresh, settings_for
from tests.unhurried import nobody_waits, unhurried
from tests.waiting import until
from tests.web.test_server import serving

from cuelight.app import Service, open_service
from cuelight.cli import main
from cuelight.stores import keys
from cuelight.wiring.opening import open_policies

FOLLOWS_S = 30.0
"""Promised are five seconds, and a process looks every two (`test_policies.py`); a machine busy with other tests may
take longer to get to it."""


@pytest.fixture(scope="module")
def folder_of_pair() -> Iterator[Path]:
    with TemporaryDirectory(prefix="cue") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def pair(folder_of_pair: Path) -> Iterator[tuple[Service, Service]]:
    """Two processes of one installation on one store."""
    with unhurried(), closing(nobody_waits(open_service(settings_for(folder_of_pair)))) as one:
        assert one.stores.server is not None
        other = settings_for(folder_of_pair, redis_url=one.stores.server.url)
        with closing(nobody_waits(open_service(other))) as two:
            yield one, two


@pytest.fixture
def sam(pair: tuple[Service, Service]) -> Api:
    return api_for(pair[0], ("policy", "score", "cue", "observe", "outcome", "privacy"))


@pytest.fixture
def kim(pair: tuple[Service, Service]) -> Api:
    return api_for(pair[1])


@pytest.fixture
def cuelight(pair: tuple[Service, Service], folder_of_pair: Path) -> Callable[..., str]:
    """The command on the same installation."""
    assert pair[0].stores.server is not None
    settings = settings_for(folder_of_pair)
    environment = {
        "CUELIGHT_REDIS_URL": pair[0].stores.server.url,
        "CUELIGHT_VAR_DIR": str(settings.var_dir),
    }

    def run(*args: str, status: int = 0) -> str:
        done = CliRunner().invoke(main, ["policy", *args], env=environment)
        assert done.exit_code == status, done.output
        return done.output

    return run


def draft(api: Api, amber: float, **more: Any) -> str:
    answer = api.post("/policies", {"base": "installed", "document": {"thresholds": {"amber": amber}}, **more})
    assert answer.status_code == 201, answer.text
    version: str = answer.get_json()["version"]
    return version


def follows(api: Api, version: str) -> None:
    """Waits until this process decides by a version."""
    until(lambda: api.score(chat_id=fresh("c"), **as_impostor("u"))["policy_version"] == version, FOLLOWS_S)


def test_draft_publish_and_roll_back_reach_the_other_process_in_time(sam: Api, kim: Api) -> None:
    before = sam.get("/policies").get_json()["live"]
    assert kim.client.get("/readyz").get_json()["checks"]["policy"]["version"] == before
    version = draft(sam, 41, note="one more green")
    shown = sam.get(f"/policies/{version}").get_json()
    assert (shown["state"], shown["note"]) == ("draft", "one more green")
    assert [change["text"] for change in shown["changes"]] == ["thresholds.amber: 40 → 41"]
    done = sam.post(f"/policies/{version}/publish", {"note": "at last"})
    assert (done.status_code, done.get_json()["state"]) == (200, "live")
    assert done.get_json()["published"]["by"].endswith(")")
    follows(kim, version)
    check = kim.client.get("/readyz").get_json()["checks"]["policy"]
    assert (check["status"], check["version"], check["refused"]) == ("ok", version, None)
    assert check["since"] is not None
    assert check["age_s"] >= 0
    assert check["checked_s_ago"] >= 0
    assert kim.post("/policies/rollback", {"live": before}).status_code == 409
    back = kim.post("/policies/rollback", {"live": version, "note": "no"})
    assert (back.status_code, back.get_json()["version"]) == (200, before)
    follows(sam, before)
    log = sam.get("/policies").get_json()["log"]
    assert [(one["version"], one["rolled_back"]) for one in log[:2]] == [(before, True), (version, False)]


def test_a_server_follows_what_another_process_publishes(folder: Path) -> None:
    with serving(folder) as running, unhurried(), open_policies(settings_for(folder)) as (policies, _):

        def decides_by() -> str | None:
            """None while its store is too slow for it: the machine may be busy."""
            facts = {"chat_id": fresh("c"), **as_impostor("u")}
            answer = requests.post(running.url("/score"), json=facts, headers=running.auth, timeout=10)
            assert answer.status_code in (200, 503), answer.text
            version: str | None = answer.json().get("policy_version")
            return version

        before = policies.read("live").version
        version = policies.draft(policies.based_on("live", {"thresholds": {"amber": 41}}), "Sam", "").version
        until(lambda: decides_by() == before, FOLLOWS_S)
        policies.publish(version, "Sam")
        until(lambda: decides_by() == version, FOLLOWS_S)


def test_a_chat_that_is_open_gets_the_new_policys_cue(pair: tuple[Service, Service], sam: Api, kim: Api) -> None:
    customer_id, chat_id = sam.settled_customer(), fresh("c")
    before = sam.score(chat_id=chat_id, **at_home(customer_id))
    assert before["cue"] == sam.cue(chat_id)["cue"] == "green"
    version = draft(sam, 1, document={"thresholds": {"amber": 0, "red": 100}})
    pair[1].policies.now.live()
    sam.post(f"/policies/{version}/publish", {})
    seen = sam.cue(chat_id)
    assert (seen["cue"], seen["policy_version"]) == ("amber", version)
    assert sam.cue(chat_id)["decision_id"] == seen["decision_id"], "once, not with every look"
    # A process that has not looked yet takes it for what it is: decided by somebody who knows more.
    assert kim.cue(chat_id)["decision_id"] == seen["decision_id"]
    sam.post("/policies/rollback", {"live": version})
    back = sam.cue(chat_id)
    assert (back["cue"], back["policy_version"]) == ("green", before["policy_version"])
    assert back["decision_id"] != before["decision_id"]
    follows(kim, before["policy_version"])
    assert kim.cue(chat_id)["decision_id"] == back["decision_id"]


def test_what_is_wrong_is_a_problem_that_names_the_field(sam: Api) -> None:
    live = sam.get("/policies").get_json()
    answer = sam.post("/policies", {"base": "live", "document": {"thresholds": {"amber": 80}}})
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    found = json.loads(answer.data)
    assert found["code"] == "policy_invalid"
    assert [error["field"] for error in found["errors"]] == ["thresholds.amber"]
    for body in ({}, {"document": []}, {"document": {}, "by": "me"}, {"document": {}, "note": "x" * 301}):
        assert sam.post("/policies", body).status_code == 422
    assert sam.post("/policies", {"document": {"x": "y" * 70_000}}).status_code == 413
    for path in ("/policies/never/publish", "/policies/never/shadow", "/policies/never/approve"):
        assert sam.post(path, {}).status_code in (404, 409)
    assert sam.get("/policies/never").status_code == 404
    assert sam.post("/policies", {"base": "never", "document": {}}).status_code == 404
    assert sam.get("/policies").get_json() == live


def test_a_document_is_checked_without_being_kept(sam: Api) -> None:
    before = sam.get("/policies").get_json()["versions"]
    answer = sam.post("/policies", {"base": "live", "document": {"incident_days": 30}, "validate_only": True})
    assert answer.status_code == 200
    assert answer.get_json()["valid"] is True
    assert [one["field"] for one in answer.get_json()["changes"]] == ["incident_days"]
    assert sam.get("/policies").get_json()["versions"] == before


def test_only_a_key_with_the_scope_may(pair: tuple[Service, Service]) -> None:
    other = api_for(pair[0], ("score", "cue", "outcome", "observe", "privacy", "incidents", "metrics"))
    assert other.get("/policies").status_code == 403
    for path in ("/policies", "/policies/x/publish", "/policies/x/approve", "/policies/rollback", "/policies/x/shadow"):
        assert other.post(path, {}).status_code == 403
    for path in ("/policies/x/publish", "/policies/shadow"):
        assert other.client.delete(path, headers=other.headers()).status_code == 403


def test_two_people_are_two_keys(folder: Path) -> None:
    with unhurried(), closing(open_service(settings_for(folder, two_person_publishing=True))) as service:
        sam, kim = api_for(service), api_for(service)
        version = draft(sam, 41)
        asked = sam.post(f"/policies/{version}/publish", {"note": "please"})
        assert (asked.status_code, asked.get_json()["state"]) == (202, "draft")
        assert asked.get_json()["request"]["note"] == "please"
        refused = sam.post(f"/policies/{version}/approve", {})
        assert (refused.status_code, sam.get("/policies").get_json()["two_person"]) == (409, True)
        done = kim.post(f"/policies/{version}/approve", {}).get_json()
        assert (done["state"], done["published"]["by"]) == ("live", asked.get_json()["request"]["by"])
        assert done["published"]["approved_by"] not in (None, done["published"]["by"])
        actions = [entry.action for entry in service.app.extensions["cuelight"].audit.read(limit=3)]
        assert actions == ["policy.approve", "policy.request", "policy.draft"]


def test_a_document_changed_in_the_store_is_refused_and_told(sam: Api, kim: Api, pair: tuple[Service, Service]) -> None:
    link = pair[0].stores.link
    assert link is not None
    good, bad = draft(sam, 42), draft(sam, 43)
    sam.post(f"/policies/{good}/publish", {})
    follows(kim, good)
    kept = link.call("HGET", keys.POLICY_DOCUMENTS, bad)
    pair[1].policies.now.look_again()
    sam.post(f"/policies/{bad}/publish", {})
    link.call("HSET", keys.POLICY_DOCUMENTS, bad, kept.replace(b'"amber":43', b'"amber":3'))
    until(lambda: kim.client.get("/readyz").get_json()["checks"]["policy"]["status"] != "ok", FOLLOWS_S)
    check = kim.client.get("/readyz").get_json()["checks"]["policy"]
    assert (check["version"], check["refused"].partition(":")[0]) == (good, "document")
    follows(kim, good)
    assert kim.get("/policies").get_json()["refused"] == check["refused"]
    link.call("HSET", keys.POLICY_DOCUMENTS, bad, kept)
    follows(kim, bad)
    sam.post("/policies/rollback", {})
    sam.post("/policies/rollback", {})


def test_a_shadow_is_compared_and_changes_nothing(sam: Api, pair: tuple[Service, Service]) -> None:
    one = pair[0]
    customer_id = sam.settled_customer()
    version = draft(sam, 1, document={"thresholds": {"amber": 0, "red": 100}})
    live = sam.score(chat_id=fresh("c"), **as_impostor(customer_id))
    assert sam.post(f"/policies/{version}/shadow", {}).status_code == 200
    one.policies.now.live()
    chats = {fresh("c"), fresh("c")}
    for chat_id in chats:
        decision = sam.score(chat_id=chat_id, **at_home(customer_id))
        assert (decision["cue"], decision["policy_version"]) == ("green", live["policy_version"])
    assert one.shadow.settle(30)
    shown = sam.get("/policies/shadow").get_json()
    assert shown["running"]["version"] == version
    counts = {(each["live"], each["shadow"]): each["count"] for each in shown["counts"]}
    assert shown["decisions"] == sum(counts.values()) == 2
    assert shown["differing"] == len(shown["chats"]) == counts["green", "amber"] == 2
    assert {each["chat"]["chat_id"] for each in shown["chats"]} <= chats
    assert sam.client.delete(f"/customers/{customer_id}", headers=sam.headers()).status_code == 200
    left = sam.get("/policies/shadow").get_json()
    assert (left["decisions"], left["chats"]) == (2, [])
    ended = sam.client.delete("/policies/shadow", headers=sam.headers()).get_json()
    assert ended["running"] is None
    sam.score(chat_id=fresh("c"), **at_home(customer_id))
    assert one.shadow.settle(30)
    assert one.stores.shadows.report(version).decisions == 2


def test_the_companys_own_advice_is_what_agents_read(pair: tuple[Service, Service]) -> None:
    api = api_for(pair[0])
    own = "Call back on the number in Atlas."
    version = draft(api, 41, document={"advice": {"en": {"call_back": own}, "de": {"call_back": "Rufen Sie an."}}})
    api.post(f"/policies/{version}/publish", {})
    customer_id = api.settled_customer()
    decision = api.score(chat_id=fresh("c"), **as_impostor(customer_id))
    texts = {advice["code"]: advice["text"] for advice in decision["advice"]}
    assert texts["call_back"] == own
    path = f"/cues/api/default/{decision['chat']['chat_id']}"
    german = api.get(path, {"Accept-Language": "de"}).get_json()["advice"]
    assert {advice["code"]: advice["text"] for advice in german}["call_back"] == "Rufen Sie an."
    french = api.get(path, {"Accept-Language": "fr"}).get_json()["advice"]
    assert {advice["code"]: advice["text"] for advice in french}["call_back"] not in (own, "Rufen Sie an.")
    api.post("/policies/rollback", {"live": version})


def test_the_command_does_the_same(cuelight: Callable[..., str], sam: Api, folder_of_pair: Path) -> None:
    before = sam.get("/policies").get_json()["live"]
    version = cuelight(
        "draft", "--set", "thresholds.amber=44", "--set", "floors.kind.tor=amber", "--note", "Tor"
    ).strip()
    assert cuelight("diff", version).splitlines()[1:] == [
        "  thresholds.amber: 40 → 44",
        "  floors.kind.tor: none → amber",
    ]
    file = folder_of_pair / "policy.json"
    file.write_text(cuelight("show", version))
    assert f"version {version}" in cuelight("validate", str(file))
    file.write_text(file.read_text().replace('"amber": 44', '"amber": 94'))
    assert "thresholds.amber: must be below" in cuelight("validate", str(file), status=1)
    assert "thresholds.amber: must be below" in cuelight("draft", "--set", "thresholds.amber=94", status=1)
    assert "is live" in cuelight("publish", version, "--by", "Sam")
    follows(sam, version)
    listed = cuelight("show")
    assert any(line.startswith("live") and version in line and "Tor" in line for line in listed.splitlines())
    assert f"{before} is live again" in cuelight("rollback", "--live", version, "--by", "Kim")
    assert "another version is live" in cuelight("rollback", "--live", version, status=1)
    assert "runs silently" in cuelight("shadow", version)
    assert f"{version} since" in cuelight("shadow")
    assert "nothing runs" in cuelight("shadow", "--end")
    assert json.loads(cuelight("schema"))["title"] == "Cuelight policy"
