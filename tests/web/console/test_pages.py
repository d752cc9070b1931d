"""What the pages for keys, desks, channels, customers, the audit log and health do beyond being there."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from tests.conftest import api_for, as_impostor, at_home, fresh, stamp
from tests.web.console.people import Browser, Site, shows

from cuelight.core.audit import customer_target
from cuelight.core.chat import ChatKey
from cuelight.core.roles import Role
from cuelight.web import enrol


@pytest.fixture(autouse=True)
def later(site: Site) -> None:
    site.clock.pass_by(minutes=1)  # a one-time code is good for one test


def rows(answer_text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer_text)))


def entries(site: Site, action: str) -> list[tuple[str, str, str]]:
    return site.audited(action)


def test_a_key_is_shown_once_and_revoked_at_once(site: Site) -> None:
    browser = site.signed_in()
    browser.get("/console/access")
    made = browser.post("/console/access/keys/add", [("name", fresh("shop")), ("scope", "cue"), ("days", "30")])
    token = re.search(r"cue_[0-9a-f]{8}_[\w-]{43}", made.text)
    assert token is not None
    assert token[0] not in browser.get("/console/access").text
    headers = {"Authorization": f"Bearer {token[0]}"}
    assert browser.client.get("/cues/api/default/none", headers=headers).status_code == 200
    key_id = token[0].split("_")[1]
    browser.post(f"/console/access/keys/{key_id}/revoke")
    assert browser.client.get("/cues/api/default/none", headers=headers).status_code == 401
    assert [action for _, action, target in entries(site, "key") if target == f"key:{key_id}"] == [
        "key.revoke",
        "key.add",
    ]
    for wrong in ({"name": ""}, {"name": "a", "days": "0"}, {"name": "a", "days": "9999"}, {"name": "a", "days": "x"}):
        assert browser.post("/console/access/keys/add", {"scope": "cue", **wrong}).status_code == 422
    assert browser.post("/console/access/keys/add", {"name": "a", "scope": "everything"}).status_code == 422


def test_what_an_agent_gives_out_is_noted_with_their_team_and_no_other(site: Site) -> None:
    browser = site.signed_in()
    browser.get("/console/access")
    for wrong in ("x" * 61, "two\nlines"):
        assert browser.post("/console/access/invite", {"name": "Kim", "team": wrong}).status_code == 422
    made = browser.post("/console/access/invite", {"name": "Kim", "team": " returns "})
    code = re.search(r"[0-9A-Z]{5}(-[0-9A-Z]{5}){3}", made.text)
    assert code is not None
    assert "<td>Kim</td><td>returns</td>" in browser.get("/console/access").text
    assert ["Kim", "returns"] in [row[1:3] for row in rows(browser.get("/console/access?format=csv").text)]
    has = site.service.app.extensions["cuelight"]
    _, token = enrol.enrol(has.enrolments, code[0], "s" * 43, site.clock())
    api, chat_id = api_for(site.service), fresh("c")
    api.score(chat_id=chat_id, **as_impostor(customer_id := fresh("u"), identity="claimed"))
    said = {"kinds": ["address"], "by": "Robin"}
    path = f"/chats/api/default/{chat_id}/disclosures"
    assert api.client.post(path, json=said, headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert api.post(path, {"kinds": ["phone"], "by": "Robin"}).status_code == 200
    ledger = site.service.stores.customers.ledger(
        site.service.locator.customer(customer_id), ChatKey("api", "default", chat_id)
    )
    assert [(line.by, line.team) for line in ledger] == [("Robin", ""), ("Kim", "returns")]


def test_tables_as_files_start_no_formula(site: Site) -> None:
    browser = site.signed_in()
    browser.get("/console/access")
    for name in ("=cmd|'/c calc'!A1", "+1", "-1", "@x", 'a"b,c'):
        assert browser.post("/console/access/invite", {"name": name}).status_code == 200
    answer = browser.get("/console/access?format=csv&table=agents")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    names = {row[1] for row in rows(answer.text)[1:]}
    assert {"'=cmd|'/c calc'!A1", "'+1", "'-1", "'@x", 'a"b,c'} <= names
    for path in ("access", "desks", "channels", "audit", "health"):
        table = rows(browser.get(f"/console/{path}?format=csv").text)
        assert len({len(row) for row in table}) == 1
    assert entries(site, "audit.export")[0][0] == browser.operator.name  # type: ignore[union-attr]


def test_a_desk_is_added_with_its_steps_and_takes_webhooks_from_then_on(site: Site) -> None:
    browser = site.signed_in()
    browser.get("/console/desks/new/generic")
    form = {"url": "https://cue.example.com", "account": "acme"}
    made = browser.post("/console/desks/new/generic", form)
    assert made.status_code == 200
    hook = site.service.stores.hooks.list()[-1]
    assert hook.secrets[0] in made.text
    assert hook.secrets[0] not in browser.get("/console/desks").text
    assert f"https://cue.example.com/desks/generic/{hook.hook_id}" in made.text
    rotated = browser.post(f"/console/desks/{hook.hook_id}/rotate", {"secret": ""})
    newer = site.service.stores.hooks.get(hook.hook_id)
    assert newer is not None
    assert newer.secrets == (newer.secrets[0], hook.secrets[0])
    assert newer.secrets[0] in rotated.text
    assert browser.post(f"/console/desks/{hook.hook_id}/remove").status_code == 303
    assert site.service.stores.hooks.get(hook.hook_id) is None
    assert [action for _, action, target in entries(site, "desk") if hook.hook_id in target] == [
        "desk.remove", "desk.rotate", "desk.add",
    ]  # fmt: skip
    assert browser.post("/console/desks/new/generic", {**form, "url": "ftp://x"}).status_code == 422
    assert browser.get("/console/desks/new/nothing").status_code == 422


def test_a_channel_is_added_tried_paused_and_removed_and_its_target_never_shown(site: Site) -> None:
    browser = site.signed_in()
    browser.get("/console/channels/new/webhook")
    target = "https://siem.invalid/secret-path"
    made = browser.post("/console/channels/new/webhook", {"name": "SIEM", "target": target, "event": "cue.red"})
    channel = site.service.stores.channels.list()[-1]
    assert channel.secrets["signing"] in made.text
    path = f"/console/channels/{channel.channel_id}"
    tried = browser.post(f"{path}/test")
    assert shows(tried, "The test message did not arrive")
    assert shows(tried, "its name has no address")
    assert browser.post(f"{path}/pause", {"paused": "yes"}).status_code == 303
    shown = browser.get(path)
    assert shows(shown, "paused")
    assert browser.get(f"{path}?format=csv&table=dead").text.startswith("alert,kind,of,given up,attempts,why")
    assert browser.post(f"{path}/retry").status_code == 303
    assert "secret-path" not in shown.text + browser.get("/console/channels").text + tried.text
    assert browser.post(f"{path}/remove").status_code == 303
    assert browser.get(path).status_code == 404
    wrong = browser.post("/console/channels/new/webhook", {"target": "https://user:pa55@10.0.0.1:x"})
    assert wrong.status_code == 422
    assert "pa55" not in wrong.text


def look_up(browser: Browser, customer_id: str) -> str:
    answer = browser.post("/console/customers/look-up", {"customer_id": customer_id})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_customer_is_seen_as_the_scoring_sees_them_and_every_look_is_told(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    api = api_for(site.service)
    customer_id = fresh("anna@example.com")
    api.post("/sightings", at_home(customer_id, occurred_at=stamp(site.clock())))
    api.score(chat_id=fresh("chat"), **as_impostor(customer_id, identity="claimed"))
    browser = site.signed_in(Role.ANALYST)
    browser.get("/console/customers")
    capsys.readouterr()
    text = look_up(browser, customer_id)
    assert "Chrome on Mac OS X" in text
    assert '<meter min="0" max="1" value="0.000"' in text  # nobody vouched for the impostor's chat
    assert "cue-red" in text or "cue-amber" in text
    token = site.service.locator.customer(customer_id)
    assert entries(site, "customer")[0] == (browser.operator.name, "customer.look_up", customer_target(token))  # type: ignore[union-attr]
    told = json.dumps([repr(each) for each in site.service.stores.audit.read(limit=1000)])
    assert "anna" not in told
    assert "anna" not in capsys.readouterr().out
    exported = browser.post("/console/customers/export", {"customer_id": customer_id})
    assert json.loads(exported.text)["customer_id"] == customer_id
    assert "anna" not in exported.headers["Content-Disposition"]
    table = rows(browser.post("/console/customers/sightings", {"customer_id": customer_id}).text)
    assert len(table) == 3
    assert [action for _, action, _ in entries(site, "customer")][:2] == ["customer.export", "customer.export"]
    assert shows(browser.post("/console/customers/look-up", {"customer_id": "nobody"}), "Nothing is kept")
    assert browser.post("/console/customers/look-up", {"customer_id": "x" * 300}).status_code == 422


def test_a_lock_holds_until_it_is_taken_away(site: Site) -> None:
    customer_id = fresh("locked")
    browser = site.signed_in(Role.ANALYST)
    browser.get("/console/customers")
    form = {"customer_id": customer_id}
    assert shows(browser.post("/console/customers/lock", form), "Locked")
    assert ">locked<" in look_up(browser, customer_id)
    assert shows(browser.post("/console/customers/unlock", form), "taken away")
    assert {"lock.set", "lock.removed"} <= {action for _, action, _ in entries(site, "lock")}


def test_erasing_wants_the_id_typed_and_leaves_nothing(site: Site) -> None:
    customer_id = fresh("gone")
    api = api_for(site.service)
    api.post("/sightings", at_home(customer_id, occurred_at=stamp(site.clock())))
    browser = site.signed_in(Role.ADMIN)
    browser.get("/console/customers")
    refused = browser.post("/console/customers/erase", {"customer_id": customer_id, "typed": customer_id.upper()})
    assert refused.status_code == 422
    assert "Nothing is kept" not in look_up(browser, customer_id)
    done = browser.post("/console/customers/erase", {"customer_id": customer_id, "typed": customer_id})
    assert shows(done, "1 sightings")
    assert "Nothing is kept" in look_up(browser, customer_id)
    assert entries(site, "customer.erase")[0][2] == customer_target(site.service.locator.customer(customer_id))


def test_the_api_tells_the_audit_log_of_exports_and_erasures(site: Site) -> None:
    customer_id = fresh("by-api")
    api = api_for(site.service)
    api.post("/sightings", at_home(customer_id, occurred_at=stamp(site.clock())))
    assert api.get(f"/customers/{customer_id}").status_code == 200
    assert api.client.delete(f"/customers/{customer_id}", headers=api.headers()).status_code == 200
    target = customer_target(site.service.locator.customer(customer_id))
    by = f"key:{api.token.split('_')[1]}"
    assert entries(site, "customer")[:2] == [(by, "customer.erase", target), (by, "customer.export", target)]


def test_the_audit_log_is_filtered_and_verified(site: Site) -> None:
    browser = site.signed_in()
    name = browser.operator.name  # type: ignore[union-attr]
    browser.get("/console/access")
    browser.post("/console/access/invite", {"name": "Sam"})
    shown = browser.get(f"/console/audit?by={name}&action=agent")
    assert shown.text.count("<code>agent.invite</code>") == 1
    assert "operator.sign_in<" not in shown.text
    assert shows(browser.get("/console/audit?target=nothing-like-it"), "No entry fits")
    assert browser.get("/console/audit?since=yesterday").status_code == 422
    assert shows(browser.get("/console/audit?until=2020-01-01"), "No entry fits")
    assert shows(browser.post("/console/audit/verify"), "The log is whole")
    newest = browser.get("/console/audit")
    if older := re.search(r'href="([^"]*before=\d+)"', newest.text):
        assert browser.get(older[1].replace("&amp;", "&")).status_code == 200


def test_health_shows_the_way_a_request_took_and_what_of_it_counts(site: Site) -> None:
    browser = site.signed_in(Role.VIEWER)
    shown = browser.get("/console/health", **{"X-Forwarded-For": "203.0.113.9, <b>evil</b>"})
    assert "203.0.113.9, &lt;b&gt;evil&lt;/b&gt;" in shown.text
    assert shows(shown, "ignored")
    assert shows(shown, "keeps what it acknowledges")
    assert shows(shown, "GeoIP2-City")


def test_operators_are_added_changed_and_removed_by_an_admin(site: Site) -> None:
    browser = site.signed_in(Role.ADMIN)
    browser.get("/console/operators")
    name = fresh("max").lower()
    made = browser.post("/console/operators/add", [("name", name), ("role", "viewer"), ("role", "approver")])
    link = re.search(rf"{browser.base}(/console/invitation/[\w-]+)", made.text)
    assert link is not None
    assert site.browser().get(link[1]).status_code == 200
    assert link[1] not in browser.get("/console/operators").text
    assert browser.post("/console/operators/add", {"name": name, "role": "viewer"}).status_code == 409
    for wrong in ({"name": "Nobody!", "role": "viewer"}, {"name": "n"}, {"name": "n", "role": "boss"}):
        assert browser.post("/console/operators/add", wrong).status_code == 422
    assert browser.post(f"/console/operators/{name}/roles", {"role": "analyst"}).status_code == 303
    found = site.service.stores.operators.read(name)
    assert found is not None
    assert found.roles == {Role.ANALYST}
    assert browser.post(f"/console/operators/{name}/reset").status_code == 200
    assert site.browser().get(link[1]).status_code == 410
    own = browser.operator.name  # type: ignore[union-attr]
    assert browser.post(f"/console/operators/{own}/roles", {"role": "viewer"}).status_code == 409
    assert browser.post(f"/console/operators/{own}/remove").status_code == 409
    assert browser.post(f"/console/operators/{name}/remove").status_code == 303
    assert browser.post(f"/console/operators/{name}/remove").status_code == 404
    told = [action for by, action, target in entries(site, "operator") if target == f"operator:{name}" and by == own]
    assert told == ["operator.remove", "operator.reset", "operator.roles", "operator.add", "operator.add"]
