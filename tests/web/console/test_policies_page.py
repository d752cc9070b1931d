"""The Policies page: what each role may do there, and that it is what the API and the command do."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from html import unescape
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask.testing import FlaskClient
from tests.conftest import api_for, as_impostor, client_of, fresh, now, settings_for
from tests.web.console.browsing import archived
from werkzeug.test import TestResponse

from cuelight.app import Service, open_service
from cuelight.core.operators import Operator, Session
from cuelight.core.roles import Role
from cuelight.settings import Settings
from cuelight.web.console.policies import line_of

ORIGIN = "http://127.0.0.1"
EDITOR, APPROVER, VIEWER = (Role.POLICY_EDITOR,), (Role.APPROVER,), (Role.VIEWER,)


@pytest.fixture(scope="module")
def console() -> Iterator[Service]:
    with TemporaryDirectory(prefix="cue") as folder, closing(open_service(settings_for(Path(folder)))) as service:
        yield service


def archive_settings(service: Service) -> Settings:
    """The installation's, found by where its archive is."""
    return settings_for(service.app.extensions["cuelight"].archive.path.parent.parent)


@dataclass
class Browser:
    """Somebody signed in, with a browser that sends what browsers send."""

    client: FlaskClient
    csrf: str
    name: str

    def get(self, path: str = "") -> str:
        answer = self.client.get(f"/console/policies{path}", base_url=ORIGIN)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def post(self, path: str, **form: object) -> TestResponse:
        return self.client.post(
            path if path.startswith("/console/") else f"/console/policies{path}",
            data={"csrf": self.csrf, **form},
            base_url=ORIGIN,
            headers={"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN},
            content_type="multipart/form-data",
        )

    def done(self, path: str, **form: object) -> str:
        """Send a form that works; the page it leads to."""
        answer = self.post(path, **form)
        assert answer.status_code == 303, answer.text
        shown = self.client.get(answer.headers["Location"], base_url=ORIGIN)
        assert shown.status_code == 200
        return unescape(shown.text)


def signed_in(service: Service, roles: tuple[Role, ...], *, fresh_s: int = 0) -> Browser:
    name, at = fresh("op"), now()
    service.stores.operators.add(
        Operator(name, frozenset(roles), at, at - timedelta(hours=1), password="unusable", totp_secret=b"x" * 20)
    )
    cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    proven = at - timedelta(seconds=fresh_s)
    session = Session(name, "local", frozenset(roles), at, at, proven, csrf)
    service.stores.sessions.put(sha256(cookie.encode()).hexdigest(), session, at)
    client = client_of(service)
    client.set_cookie("cuelight-console", cookie, domain="127.0.0.1")
    return Browser(client, csrf, name)


def live(service: Service) -> str:
    service.policies.now.look_again()
    return service.policies.now.live().version


def drafted(browser: Browser, amber: float = 41) -> str:
    """A draft made as people make it: the form's own text with a number changed."""
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", browser.get("/new"), re.DOTALL)
    assert text is not None
    changed = re.sub(r'"amber": [\d.]+', f'"amber": {amber}', text[1], count=1)
    answer = browser.post("/new", base="live", document=changed, note="fewer <b>ambers</b>")
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].rpartition("/")[2]


def test_an_editor_drafts_and_asks_and_an_approver_publishes(console: Service) -> None:
    editor, approver = signed_in(console, EDITOR), signed_in(console, APPROVER)
    before = live(console)
    version = drafted(editor)
    shown = editor.get(f"/{version}")
    assert "thresholds.amber" in shown
    assert "Ask to publish" in shown
    assert "Publish for every desk" not in shown
    assert "You asked for" in editor.done(f"/{version}/ask", note="please")
    assert editor.post(f"/{version}/publish").status_code == editor.post(f"/{version}/approve").status_code == 403
    assert "Waiting for an approver" in approver.get()
    assert "is live" in approver.done(f"/{version}/approve")
    assert live(console) == version
    made = console.policies.read(version).published
    assert made is not None
    assert (made.by, made.approved_by, made.note) == (editor.name, approver.name, "please")
    assert f"Roll back to {before}" in approver.get()
    assert approver.post("/rollback", live=before).status_code == 409
    assert "is live again" in approver.done("/rollback", live=version, note="too quiet")
    assert live(console) == before
    actions = [entry.action for entry in console.app.extensions["cuelight"].audit.read(limit=4)]
    assert actions == ["policy.roll_back", "policy.approve", "policy.request", "policy.draft"]


def test_a_request_is_declined_or_taken_back(console: Service) -> None:
    editor, approver = signed_in(console, EDITOR), signed_in(console, APPROVER)
    version = drafted(editor, 42)
    for who, path in ((approver, "decline"), (editor, "take-back")):
        editor.done(f"/{version}/ask")
        assert console.policies.read(version).request is not None
        who.done(f"/{version}/{path}")
        assert console.policies.read(version).request is None


def test_who_only_looks_is_offered_nothing_to_do(console: Service) -> None:
    viewer, editor = signed_in(console, VIEWER), signed_in(console, EDITOR)
    version = drafted(editor, 43)
    for path in ("", f"/{version}", "/shadow", "/log"):
        shown = viewer.get(path)
        assert "/console/policies" in shown
        assert not re.findall(r'action="(/console/policies[^"]*)"', shown), path
    before = console.policies.overview()
    for path in ("/new", "/rollback", "/shadow/end", *(f"/{version}/{do}" for do in ("ask", "publish", "shadow"))):
        assert viewer.post(path).status_code == 403, path
    assert viewer.client.get("/console/policies/new", base_url=ORIGIN).status_code == 403
    assert console.policies.overview() == before


def test_publishing_asks_again_who_it_is(console: Service) -> None:
    editor, late = signed_in(console, EDITOR), signed_in(console, APPROVER, fresh_s=3600)
    version = drafted(editor, 44)
    answer = late.post(f"/{version}/publish", note="now")
    assert (answer.status_code, "proof_password" in answer.text) == (403, True)
    assert live(console) != version


def test_what_is_wrong_is_shown_at_its_line_and_nothing_typed_is_lost(console: Service) -> None:
    editor = signed_in(console, EDITOR)
    document = dict(console.policies.read("live").document or {})
    del document["version"]
    text = json.dumps({**document, "thresholds": {"amber": 70, "red": 70}}, indent=2)
    line = text[: text.index('"amber"')].count("\n") + 1
    answer = editor.post("/new", document=text, note="mine")
    shown = unescape(answer.text)
    assert answer.status_code == 422
    assert f"<code>thresholds.amber</code> (line {line}): must be below thresholds.red" in shown
    assert text.replace("\n", "\r\n") in shown.replace("\n", "\r\n")
    assert 'value="mine"' in shown
    for broken, field in (("{", "document"), ("[1]", "document"), ('{"version": "a b"}', "thresholds")):
        refused = editor.post("/new", document=broken)
        assert (refused.status_code, f"<code>{field}</code>" in refused.text) == (422, True)
    upload = (BytesIO(json.dumps({**document, "version": fresh("uploaded")}).encode()), "policy.json")
    assert "is kept as a draft" in editor.done("/new", document="ignored", file=upload)


def test_the_line_of_a_field() -> None:
    text = '{\n "signals": {\n  "a": {"weight": 1},\n  "b": {\n   "weight": 99\n  }\n }\n}'
    assert line_of(text, "signals.b.weight") == 5
    assert line_of(text, "signals.c.weight") == 2
    assert line_of(text, "document") is None


def test_a_shadow_is_started_compared_and_ended(console: Service) -> None:
    editor, viewer = signed_in(console, EDITOR), signed_in(console, VIEWER)
    api = api_for(console)
    version = drafted(editor, 1)
    assert "No version runs" in viewer.get("/shadow")
    assert "silently" in editor.done(f"/{version}/shadow")
    assert "Nothing was scored since" in viewer.get("/shadow")
    console.policies.now.live()
    for _ in range(3):
        api.score(chat_id=fresh("c"), **as_impostor(fresh("u")))
    customer_id = api.settled_customer()
    chat_id = api.score(chat_id=fresh("c"), **{**as_impostor(customer_id), "ip": "81.2.69.142"})["chat"]["chat_id"]
    assert console.shadow.settle(30)
    report = console.stores.shadows.report(version)
    shown = viewer.get("/shadow")
    assert "Live against shadow" in shown
    rows = viewer.get("/shadow?format=csv").splitlines()
    assert len(rows) == len(report.lines) + 1
    assert (chat_id in shown) is any(line.chat.chat_id == chat_id for line in report.lines)
    assert "Nothing runs" in editor.done("/shadow/end")
    assert console.policies.overview().shadow is None


def test_every_table_is_a_file_too(console: Service) -> None:
    viewer, version = signed_in(console, VIEWER), drafted(signed_in(console, EDITOR), 45)
    listed = viewer.get("?format=csv").splitlines()
    assert listed[0].startswith("version,state,author")
    assert any(line.startswith(f"{version},draft") for line in listed)
    changes = viewer.get(f"/{version}?format=csv").splitlines()
    assert changes == ["field,old,new", "thresholds.amber,40.0,45"]
    assert viewer.get("/log?format=csv").startswith("at,version,by")
    assert json.loads(viewer.get(f"/{version}?format=json"))["version"] == version
    shown = viewer.client.get("/console/policies", base_url=ORIGIN).text
    assert "<b>ambers</b>" not in shown
    assert "&lt;b&gt;ambers" in shown


def test_an_approver_sees_what_it_would_have_done(console: Service) -> None:
    editor, approver = signed_in(console, EDITOR), signed_in(console, APPROVER)
    version = drafted(editor, 2)
    assert f'hx-get="/console/policies/{version}/effect"' in approver.get(f"/{version}")
    assert "No decision is archived yet" in approver.get(f"/{version}/effect")
    api = api_for(console)
    customer_id, chat_id = api.settled_customer(), fresh("c")
    api.score(chat_id=chat_id, **as_impostor(customer_id))
    assert api.outcome(chat_id, outcome="impersonation").status_code == 200
    archived(console, archive_settings(console))
    console.app.extensions["cuelight"].replays.columns()  # read, however long that takes here
    shown = approver.get(f"/{version}/effect")
    assert "Impersonations warned of" in shown
    assert "of 1</small>" in shown
    assert f"against {live(console)}" in shown


def test_whoever_tunes_a_version_goes_on_from_all_of_it(console: Service) -> None:
    editor = signed_in(console, EDITOR)
    own = {"advice": {"en": {"sign_in": "Ask them to use the app."}}, "trust": {"half_life_d": 99}}
    base = console.policies.draft(console.policies.based_on("live", own), "sam", "").version
    form = unescape(editor.client.get(f"/console/tune?base={base}", base_url=ORIGIN).text)
    assert f'name="base" value="{base}"' in form
    saved = editor.post("/console/tune/save", base=base, amber="33", red="70")
    made = console.policies.read(saved.headers["Location"].rpartition("/")[2]).document or {}
    assert (made["advice"], made["trust"]["half_life_d"], made["thresholds"]["amber"]) == (own["advice"], 99, 33)


def test_a_version_that_is_not_there_is_no_page(console: Service) -> None:
    viewer = signed_in(console, VIEWER)
    assert viewer.client.get("/console/policies/never", base_url=ORIGIN).status_code == 404


def test_a_refused_policy_is_told_on_top(folder: Path) -> None:
    with closing(open_service(settings_for(folder))) as service:
        editor, approver = signed_in(service, EDITOR), signed_in(service, APPROVER)
        version = drafted(editor)
        approver.done(f"/{version}/publish", note="go")
        assert "cannot be used" not in approver.get()
        book = service.stores.policies.book()
        assert book.live is not None
        bad = replace(book, revision=book.revision + 1, stack=(book.stack[0], replace(book.live, digest="0" * 64)))
        assert service.stores.policies.change(book, bad)
        service.policies.now.look_again()
        shown = approver.get()
        assert "The published version cannot be used" in shown
        assert "is in force instead" in shown


def test_the_companys_own_advice_becomes_a_draft_language_by_language(console: Service) -> None:
    editor, viewer = signed_in(console, EDITOR), signed_in(console, VIEWER)
    page = "/console/advice"
    shown = unescape(editor.client.get(f"{page}?locale=de", base_url=ORIGIN).text)
    assert "Einen Rückruf" in shown
    assert viewer.client.post(f"{page}/save", base_url=ORIGIN, headers={"Origin": ORIGIN}).status_code == 403
    sent = {"locale": "de", "base": "live", "call_back": "Rückruf unter der Nummer aus Atlas."}
    first = editor.post(f"{page}/save", **sent)
    assert first.status_code == 303
    version = first.headers["Location"].rpartition("/")[2]
    document = console.policies.read(version).document or {}
    assert document["advice"] == {"de": {"call_back": sent["call_back"]}}
    second = editor.post(f"{page}/save", locale="en", base=version, sign_in="Ask them to use the app.")
    version = second.headers["Location"].rpartition("/")[2]
    advice = (console.policies.read(version).document or {})["advice"]
    assert advice == {"de": {"call_back": sent["call_back"]}, "en": {"sign_in": "Ask them to use the app."}}
    refused = editor.post(f"{page}/save", locale="en", base="live", sign_in="Use <b>the app</b>", call_back="Ring.")
    assert refused.status_code == 422
    told = unescape(refused.text)
    assert "advice.en.sign_in: must be plain text" in told
    assert "Use <b>the app</b></textarea>" in told
    assert "Ring.</textarea>" in told
    listed = viewer.client.get(f"{page}?base={version}&format=csv", base_url=ORIGIN).text
    assert "Ask them to use the app." in listed
    assert viewer.client.get(f"{page}?locale=xx", base_url=ORIGIN).status_code == 422
