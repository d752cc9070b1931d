"""Signing in: what it takes, what it gives, and what whoever tries without gets."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import Type
from argon2.profiles import RFC_9106_LOW_MEMORY
from tests.clock import Clock
from tests.conftest import settings_for
from tests.web.console.people import COSTLY, PASSWORD, SECRETS, Site, shows

from cuelight.app import open_service
from cuelight.core import operators, totp
from cuelight.core.operators import IDLE_LIFE, SESSION_LIFE, Operator
from cuelight.core.roles import Role
from cuelight.web.console.sign_in import link_of, new_token


def test_without_anybody_to_sign_in_there_is_no_console(folder: Path) -> None:
    with closing(open_service(settings_for(folder))) as service:
        client = service.app.test_client()
        answers = [
            client.get(path) for path in ("/nothing", "/console/", "/console/sign-in", "/console/static/console.css")
        ]
        answers.append(client.post("/console/sign-in", data={"name": "admin"}))
        bodies = {re.sub(r'"request_id":"\w+"', "", answer.text) for answer in answers}
        assert len(bodies) == 1
        assert {answer.status_code for answer in answers} == {404}
        assert {answer.mimetype for answer in answers} == {"application/problem+json"}
        # The console's own headers would tell it from a path there is not.
        assert {answer.headers["Content-Security-Policy"] for answer in answers} == {
            answers[0].headers["Content-Security-Policy"]
        }
        assert not any(answer.headers.getlist("Set-Cookie") for answer in answers)


def test_it_can_be_switched_off(folder: Path) -> None:
    with closing(open_service(settings_for(folder, console=False))) as service:
        now = Clock()()
        service.stores.operators.add(Operator("zoe", frozenset({Role.ADMIN}), now, now, "x", b"x"))
        assert service.app.test_client().get("/console/sign-in").status_code == 404


def test_an_invitation_sets_password_and_authenticator_once(site: Site) -> None:
    token, digest = new_token()
    name = f"zoe-{digest[:4]}"
    blank = Operator(name, frozenset({Role.ANALYST}), site.clock(), site.clock())
    site.service.stores.operators.add(operators.invited(blank, digest, site.clock()))
    browser = site.browser()
    assert browser.get("/console/invitation/nonsense").status_code == 410
    path = f"/console/invitation/{token}"
    page = browser.get(path)
    assert "<svg" in page.text
    assert "style=" not in page.text
    found = re.search(r'class="secret">([A-Z2-7 ]+)<', page.text)
    assert found is not None
    import base64

    text = found[1].replace(" ", "")
    secret = base64.b32decode(text + "=" * (-len(text) % 8))
    code = totp.code_at(secret, totp.step_at(site.clock()))
    form = {"password": PASSWORD, "again": PASSWORD, "code": code}
    for wrong in ({"password": "short", "again": "short"}, {"password": f"{name}{name}", "again": f"{name}{name}"},
                  {"again": "another password"}, {"code": "000000" if code != "000000" else "111111"}):  # fmt: skip
        refused = browser.post(path, {**form, **wrong})
        assert refused.status_code == 422
        assert 'class="wrong"' in refused.text
    assert browser.post(path, form).status_code == 303
    assert browser.get("/console/customers").status_code == 200
    assert site.browser().get(path).status_code == 410
    ready = site.service.stores.operators.read(name)
    assert ready is not None
    assert ready.password is not None
    assert ready.password.startswith("$argon2id$")
    assert site.audited("operator.set_up")[0] == (name, "operator.set_up", f"operator:{name}")
    assert ready.totp_secret is not None
    assert secret not in ready.totp_secret
    assert secret.hex().encode() not in ready.totp_secret
    SECRETS[name] = secret
    site.clock.pass_by(seconds=30)
    assert site.browser().sign_in(ready).status_code == 303


def test_a_password_is_hashed_as_costly_as_is_advised() -> None:
    """The one there is where no test has put a cheaper one in its place."""
    assert COSTLY.memory_cost >= RFC_9106_LOW_MEMORY.memory_cost
    assert COSTLY.time_cost >= RFC_9106_LOW_MEMORY.time_cost
    assert COSTLY.type is Type.ID
    assert COSTLY.verify(COSTLY.hash(PASSWORD), PASSWORD)


def test_a_code_works_once(site: Site) -> None:
    zoe = site.operator()
    browser = site.browser()
    code = browser.code(zoe)
    assert browser.sign_in(zoe, code=code).status_code == 303
    again = site.browser().sign_in(zoe, code=code)
    assert again.status_code == 403
    assert shows(again, "A code works once")
    site.clock.pass_by(seconds=30)
    assert site.browser().sign_in(zoe, code=code).status_code == 403  # the step before is taken, but not twice
    assert site.browser().sign_in(zoe).status_code == 303


def test_what_is_wrong_is_not_told(site: Site) -> None:
    zoe = site.operator()
    unset = site.operator(name="unset-er")
    assert site.service.stores.operators.change(unset, replace(unset, password=None))
    said = set()
    stranger = replace(zoe, name="nobody-here")
    tries = [(zoe, "wrong", None), (zoe, PASSWORD, "123456"), (zoe, PASSWORD, ""), (stranger, PASSWORD, None)]
    for who, password, code in [*tries, (unset, PASSWORD, None)]:
        site.service.stores.sessions.succeed(f"account:{who.name}")
        answer = site.browser().sign_in(who, password, code)
        assert answer.status_code == 403
        said.add(re.search(r'class="wrong"[^>]*>([^<]+)', answer.text)[1])  # type: ignore[index]
        site.clock.pass_by(hours=2)
    assert len(said) == 1
    assert ("sign-in", "operator.sign_in_failed", f"operator:{zoe.name}") in site.audited()
    assert not any("nobody-here" in target for _, _, target in site.audited())


def test_who_guesses_waits_ever_longer(site: Site) -> None:
    zoe = site.operator()
    for _ in range(5):
        assert shows(site.browser(address="192.0.2.7").sign_in(zoe, "wrong"), "is wrong")
    waiting = site.browser(address="192.0.2.7").sign_in(zoe)
    assert waiting.status_code == 403
    assert shows(waiting, "Try again in 2 seconds")
    other = site.operator()  # the address has to wait, whatever account it tries
    assert shows(site.browser(address="192.0.2.7").sign_in(other), "Try again in 2 seconds")
    site.clock.pass_by(seconds=2)
    assert shows(site.browser(address="192.0.2.7").sign_in(zoe, "wrong"), "is wrong")
    assert shows(site.browser(address="192.0.2.7").sign_in(zoe), "Try again in 4 seconds")
    site.clock.pass_by(seconds=4)
    assert site.browser(address="192.0.2.7").sign_in(zoe).status_code == 303
    assert site.browser(address="192.0.2.7").sign_in(other).status_code == 303


def test_a_session_is_new_at_every_sign_in_and_opaque(site: Site) -> None:
    site.clock.pass_by(minutes=1)
    zoe = site.operator()
    browser = site.browser()
    planted = "x" * 43
    browser.client.set_cookie("cuelight-console", planted, domain="localhost")
    answer = browser.sign_in(zoe)
    first = browser.cookie()
    assert first is not None
    assert first != planted
    set_cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("cuelight-console"))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(set_cookie.split("; "))
    assert zoe.name not in set_cookie
    thief = site.browser()
    thief.client.set_cookie("cuelight-console", planted, domain="localhost")
    assert thief.get("/console/audit").status_code == 303
    site.clock.pass_by(minutes=1)
    browser.client.delete_cookie("cuelight-visit", domain="localhost")
    begun = browser.client.post("/console/sign-out", base_url=browser.base, data={"csrf": browser.token},
                                headers={"Origin": browser.base})  # fmt: skip
    assert begun.status_code == 303
    assert browser.sign_in(zoe).status_code == 303
    assert browser.cookie() != first


def test_a_session_ends_by_sign_out_by_idling_and_after_a_day(site: Site) -> None:
    site.clock.pass_by(minutes=1)
    browser = site.signed_in()
    kept = browser.cookie()
    assert browser.post("/console/sign-out").status_code == 303
    browser.client.set_cookie("cuelight-console", str(kept), domain="localhost")
    assert browser.get("/console/audit").headers["Location"] == "/console/sign-in?next=%2Fconsole%2Faudit"

    idle = site.signed_in()
    site.clock.at += IDLE_LIFE / 2
    assert idle.get("/console/audit").status_code == 200
    site.clock.at += IDLE_LIFE / 2
    assert idle.get("/console/audit", **{"X-Unattended": "1"}).status_code == 200
    site.clock.at += IDLE_LIFE / 2
    assert idle.get("/console/audit").status_code == 303

    busy = site.signed_in()
    began = site.clock()
    while site.clock() + IDLE_LIFE / 2 < began + SESSION_LIFE:
        site.clock.at += IDLE_LIFE / 2
        assert busy.get("/console/audit").status_code == 200
    site.clock.at = began + SESSION_LIFE
    assert busy.get("/console/audit").status_code == 303


def test_a_removed_or_reset_operator_is_out_at_once_and_roles_hold_at_once(site: Site) -> None:
    browser = site.signed_in(Role.ADMIN)
    zoe = browser.operator
    assert zoe is not None
    store = site.service.stores.operators
    now = store.read(zoe.name)
    assert now is not None
    assert store.change(now, viewer := replace(now, roles=frozenset({Role.VIEWER})))
    assert browser.get("/console/audit").status_code == 403
    site.clock.pass_by(seconds=1)
    assert store.change(viewer, after := operators.invited(viewer, "0" * 64, site.clock()))
    assert browser.get("/console/health").status_code == 303
    assert store.remove(after)
    assert browser.get("/console/health").status_code == 303


def test_a_link_signs_in_once_and_not_by_being_looked_at(site: Site) -> None:
    zoe = site.operator(Role.APPROVER)
    linked, token = link_of(zoe, site.clock())
    assert site.service.stores.operators.change(zoe, linked)
    browser, path = site.browser(), f"/console/enter/{token}"
    for _ in range(3):
        assert shows(browser.get(path), f"Sign in as {zoe.name}")
    assert browser.post(path).status_code == 303
    assert browser.get("/console/health").status_code == 200
    assert site.browser().get(path).status_code == 410
    now = site.service.stores.operators.read(zoe.name)
    assert now is not None
    late, token = link_of(now, site.clock())
    assert site.service.stores.operators.change(now, late)
    site.clock.pass_by(minutes=15)
    assert site.browser().get(f"/console/enter/{token}").status_code == 410


def test_accounts_of_the_demonstration_are_good_for_nothing_elsewhere(site: Site) -> None:
    shown = site.operator(demo=True)
    linked, token = link_of(shown, site.clock())
    assert site.service.stores.operators.change(shown, linked)
    assert site.browser().get(f"/console/enter/{token}").status_code == 410
    assert site.browser().sign_in(linked).status_code == 403


@pytest.mark.parametrize(
    "following",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/console/\\..", "/console//evil.example",
     "javascript:alert(1)", "/elsewhere", "/console/\r\nSet-Cookie: a=b", "/console/" + "a" * 600],
)  # fmt: skip
def test_after_signing_in_nobody_is_sent_elsewhere(site: Site, following: str) -> None:
    site.clock.pass_by(minutes=1)
    browser, zoe = site.browser(), site.operator()
    browser.get("/console/sign-in")
    form = {"name": zoe.name, "password": PASSWORD, "code": browser.code(zoe), "next": following}
    assert browser.post("/console/sign-in", form).headers["Location"] == "/console/"


def test_over_https_cookies_are_bound_to_the_host(folder: Path) -> None:
    clock = Clock()
    with closing(open_service(settings_for(folder, console_url="https://cue.example.com/console"), clock)) as service:
        site = Site(service, clock)
        browser = site.browser("https://cue.example.com")
        zoe = site.operator()
        answer = browser.sign_in(zoe)
        assert answer.status_code == 303
        [cookie] = [c for c in answer.headers.getlist("Set-Cookie") if "-console=" in c]
        assert cookie.startswith("__Host-cuelight-console=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
        browser.get("/console/audit")
        assert browser.post("/console/audit/verify", Origin="https://other.example.com").status_code == 403
        assert browser.post("/console/audit/verify").status_code == 200


def test_no_password_is_typed_into_an_open_line(site: Site) -> None:
    site.operator()
    for path in ("/console/sign-in", "/console/", "/console/audit"):
        answer = site.browser("http://cue.example.com").get(path)
        assert answer.status_code == 403
        assert shows(answer, "CUELIGHT_CONSOLE_URL")
        assert "<input" not in answer.text
