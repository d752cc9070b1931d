"""What stands before every action: where the form came from, who sent it, whether they may, and whether it is they."""

from __future__ import annotations

import re
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.clock import Clock
from tests.conftest import settings_for
from tests.web.console.people import PASSWORD, Browser, Site, shows

from cuelight.app import open_service
from cuelight.core.roles import ACTIONS, Role
from cuelight.web import console
from cuelight.web.console import PAGES
from cuelight.web.console.shell import Route

V, A, E, P, X = Role.VIEWER, Role.ANALYST, Role.POLICY_EDITOR, Role.APPROVER, Role.ADMIN
EXPECTED = {
    "overview.read": (V, A, E, P, X), "live.read": (V, A, E, P, X), "health.read": (V, A, E, P, X),
    "incidents.read": (V, A, E, P, X), "incidents.work": (A, X), "incidents.approve": (A, P, X),
    "lists.read": (V, A, E, P, X), "lists.change": (A, E, X),
    "policies.read": (V, A, E, P, X), "policies.draft": (E, X), "policies.ask": (E, X), "policies.publish": (P, X),
    "tune.read": (V, A, E, P, X), "tune.save": (E, X),
    "customers.look_up": (A, X), "customers.export": (A, X), "customers.lock": (A, X), "customers.erase": (X,),
    "operators.read": (X,), "operators.change": (X,),
    "access.read": (X,), "agents.change": (X,), "keys.change": (X,), "desks.read": (X,), "desks.change": (X,),
    "channels.read": (X,), "channels.change": (X,), "audit.read": (X,), "audit.verify": (X,),
    "collectors.read": (X,), "collectors.change": (X,),
}  # fmt: skip
"""Written down a second time on purpose: whoever changes who may do what does it knowingly."""
FRESH = {"operators.change", "customers.erase", "keys.change", "desks.change", "collectors.change", "policies.publish"}


def test_the_table_of_actions_is_the_one_agreed() -> None:
    assert {name: set(roles) for name, roles in EXPECTED.items()} == {n: set(a.roles) for n, a in ACTIONS.items()}
    assert {name for name, action in ACTIONS.items() if action.fresh} == FRESH


def routes() -> list[Route]:
    return [route for page in PAGES for route in page.routes]


def test_every_action_is_one_of_a_page() -> None:
    assert {route.action for route in routes()} == set(ACTIONS)


def ask(browser: Browser, route: Route) -> int:
    """As somebody who knows the address, with an id of nothing and an empty form."""
    path = "/".join("none" if part.startswith("<") else part for part in route.path.split("/"))
    return (browser.get(path) if route.method == "GET" else browser.post(path)).status_code


def test_every_role_may_do_what_the_table_says_and_nothing_else(site: Site) -> None:
    assert len(routes()) > 30
    wrong = []
    for role in Role:
        site.clock.pass_by(minutes=1)
        browser = site.signed_in(role)
        for route in routes():
            status = ask(browser, route)
            may = role in EXPECTED[route.action]
            if (status == 403) is may or status >= 500:
                wrong.append((role.value, route.method, route.path, route.action, status))
    assert not wrong


def test_every_view_of_every_page_is_guarded(site: Site) -> None:
    """Who is not signed in gets nowhere; and no view stands beside the pages' own registry."""
    stranger = site.browser()
    stranger.get("/console/sign-in")
    assert {ask(stranger, route) for route in routes()} == {303}
    known = {f"console.{page.name}.{route.endpoint}" for page in PAGES for route in page.routes}
    endpoints = {
        str(rule.endpoint) for rule in site.service.app.url_map.iter_rules() if str(rule).startswith("/console")
    }
    free = {name for name in endpoints - known if not name.endswith(".static")}
    assert {name.rpartition(".")[2] for name in free} == {
        "start", "nothing", "sign_in", "sign_in_now", "sign_out", "enter", "enter_now", "invitation", "invitation_now",
        "theme", "oidc_start", "oidc_back",
    }  # fmt: skip


def test_a_form_that_comes_from_elsewhere_does_nothing(site: Site) -> None:
    site.clock.pass_by(minutes=1)
    browser, other = site.signed_in(Role.ADMIN), site.signed_in(Role.ADMIN)
    browser.get("/console/access")
    before = site.audited("agent")
    form, path, right = {"name": "Mallory"}, "/console/access/invite", browser.token
    other.get("/console/access")
    assert other.token != right
    refused = [
        browser.post(path, form, csrf=""),
        browser.post(path, form, csrf=other.token),
        browser.post(path, form, csrf=right[:-1]),
        browser.post(path, form, csrf=right, Origin="https://evil.example", **{"Sec-Fetch-Site": ""}),
        browser.post(path, form, csrf=right, Origin="null", **{"Sec-Fetch-Site": ""}),
        browser.post(path, form, csrf=right, Origin="", **{"Sec-Fetch-Site": ""}),
        browser.post(path, form, csrf=right, Origin="", **{"Sec-Fetch-Site": "cross-site"}),
        browser.post(path, form, csrf=right, Origin="", **{"Sec-Fetch-Site": "same-site"}),
        browser.post(path, form, csrf=right, Origin="", **{"Sec-Fetch-Site": "none"}),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert site.audited("agent") == before
    assert browser.post(path, form, csrf=right).status_code == 200
    assert browser.post(path, {"name": "Sam"}, csrf="", **{"X-CSRF-Token": right}).status_code == 200
    # Signing in and out, too: nobody is put into somebody else's session.
    stranger = site.browser()
    assert stranger.post("/console/sign-in", {"name": "x"}, csrf="").status_code == 403
    assert browser.post("/console/sign-out", csrf="").status_code == 403


def test_what_is_grave_asks_again_who_it_is_and_then_goes_on(site: Site) -> None:
    browser = site.signed_in(Role.ADMIN)
    operator = browser.operator
    assert operator is not None
    site.clock.pass_by(minutes=6)
    form = [("name", "shop <b>backend</b>"), ("scope", "score"), ("scope", "cue")]
    browser.get("/console/access")
    asked = browser.post("/console/access/keys/add", form)
    assert asked.status_code == 403
    assert shows(asked, 'name="proof_password"')
    assert 'value="shop &lt;b&gt;backend&lt;/b&gt;"' in asked.text
    assert asked.text.count('name="scope"') == 2
    again = browser.post("/console/access/keys/add", [*form, ("proof_password", "wrong"), ("proof_code", "123456")])
    assert again.status_code == 403
    assert "wrong" not in again.text.split('class="wrong"')[0]  # what was typed is not sent back
    site.clock.pass_by(seconds=1)
    proof = [("proof_password", PASSWORD), ("proof_code", browser.code(operator))]
    done = browser.post("/console/access/keys/add", [*form, *proof])
    assert done.status_code == 200
    assert "cue_" in done.text
    found = next(key for key in site.service.stores.keys.list() if key.name.startswith("shop <b>"))
    assert found.scopes == {"score", "cue"}
    # For five minutes it is not asked again, and then it is.
    assert browser.post("/console/access/keys/add", [("name", "second"), ("scope", "cue")]).status_code == 200
    site.clock.pass_by(minutes=5)
    assert browser.post("/console/access/keys/add", [("name", "third"), ("scope", "cue")]).status_code == 403
    assert [key.name for key in site.service.stores.keys.list() if key.name == "third"] == []


def test_what_cannot_be_audited_is_not_done(folder: Path) -> None:
    clock = Clock()
    with closing(open_service(settings_for(folder), clock)) as service:
        site = Site(service, clock)
        browser = site.signed_in(Role.ADMIN)
        browser.get("/console/access")
        (folder / "var" / "audit.anchors").rename(folder / "var" / "kept")
        (folder / "var" / "audit.anchors").mkdir()
        form = {"name": "Sam", "csrf": browser.token}
        headers = {"Origin": browser.base}
        refused = FlaskClient.open(
            browser.client, "/console/access/invite", method="POST", base_url=browser.base, data=form, headers=headers
        )
        assert refused.status_code == 503
        assert shows(refused, "nothing was shown or changed")
        assert list(service.stores.enrolments.list()) == []
        shutil.rmtree(folder / "var" / "audit.anchors")
        (folder / "var" / "kept").rename(folder / "var" / "audit.anchors")
        assert browser.post("/console/access/invite", {"name": "Sam"}).status_code == 200


def test_a_store_that_is_down_is_told_and_nobody_is_signed_out(folder: Path) -> None:
    clock = Clock()
    with closing(open_service(settings_for(folder), clock)) as service:
        site = Site(service, clock)
        browser = site.signed_in(Role.ADMIN)
        assert service.stores.server is not None
        service.stores.server.close()
        answer = FlaskClient.open(browser.client, "/console/audit", base_url=browser.base)
        assert answer.status_code == 503
        assert shows(answer, "The store does not answer")
        assert not [c for c in answer.headers.getlist("Set-Cookie") if "console" in c]


@pytest.mark.parametrize("path", ["/console/sign-in", "/console/health", "/console/nothing-here"])
def test_pages_run_nothing_inline_and_are_kept_by_nobody(site: Site, path: str) -> None:
    site.clock.pass_by(minutes=1)
    answer = site.signed_in(Role.VIEWER).get(path) if path != "/console/sign-in" else site.browser().get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"
    for inline in ("<style", "style=", "onclick=", "javascript:"):
        assert inline not in answer.text


HOSTILE = ("'\"><script>alert(1)</script>", "\x00\u202e\r\n=💥" * 60, "9" * 400)


def test_no_form_however_odd_fails_on_our_side(site: Site) -> None:
    """Every field any page has, filled with what nobody would type, sent to every action of every page."""
    folder = Path(console.__file__).parents[1] / "templates" / "console"
    texts = [path.read_text("utf-8") for path in folder.glob("*.html")]
    names = {name for text in texts for name in re.findall(r'name="([\w-]+)"', text)}
    assert len(names) > 30
    site.clock.pass_by(minutes=1)
    browser = site.signed_in(Role.ADMIN)
    wrong = []
    for odd in HOSTILE:
        browser.get("/console/health")
        form = dict.fromkeys(names - {"csrf"}, odd)
        for route in routes():
            path = re.sub(r"<[^>]+>", "none", route.path)
            if route.method == "GET":
                answer = browser.client.get(path, base_url=browser.base, query_string=form)
            else:
                answer = browser.post(path, form)
            as_markup = answer.mimetype == "text/html" and "<script>alert" in answer.text
            if answer.status_code >= 500 or as_markup:
                wrong.append((route.method, route.path, odd[:20], answer.status_code))
    assert not wrong
