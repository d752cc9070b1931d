"""Signing in with the company's own provider: a real one on loopback, and one that misbehaves."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc.jwk import RSAKey
from tests.clock import Clock
from tests.conftest import settings_for
from tests.web.console.people import Browser, Site, shows
from tests.web.console.provider import CLIENT_ID, CLIENT_SECRET, Provider, running
from werkzeug.test import TestResponse

from cuelight.app import open_service
from cuelight.core.errors import InvalidInput
from cuelight.core.roles import Role
from cuelight.web.console import oidc_client
from cuelight.web.console.oidc_client import OidcClient, read_role_map
from cuelight.wiring.console import provider_of


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running() as started, pytest.MonkeyPatch.context() as patch:
        patch.setattr(oidc_client, "_TIMEOUT_S", 30.0)  # on a busy machine it may be slow; that is not what is asked
        yield started


@pytest.fixture(scope="module")
def company(provider: Provider) -> Iterator[Site]:
    made, clock = Path(tempfile.mkdtemp(prefix="cue")), Clock()
    settings = settings_for(
        made,
        oidc_issuer=provider.url,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        oidc_role_claim="realm.groups",
        oidc_roles="soc=analyst, security leads=admin",
    )
    with closing(open_service(settings, clock)) as service:
        yield Site(service, clock)
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(autouse=True)
def honest(provider: Provider) -> None:
    provider.claims = {"sub": "s-1", "preferred_username": "zoe", "realm": {"groups": ["soc", "everybody"]}}
    provider.spoil, provider.sign_with, provider.unsigned = {}, None, False


def go(browser: Browser, start: str = "/console/oidc/start?next=/console/health") -> str:
    """To the provider, signed in there, and where it sends the browser back to."""
    away = browser.get(start)
    assert away.status_code == 303
    sent_back = requests.get(away.headers["Location"], allow_redirects=False, timeout=10)
    at = urlsplit(sent_back.headers["Location"])
    assert f"{at.scheme}://{at.netloc}" == browser.base
    return f"{at.path}?{at.query}"


def sign_in(browser: Browser) -> TestResponse:
    return browser.get(go(browser))


def test_roles_come_from_the_claim(company: Site, provider: Provider) -> None:
    browser = company.browser()
    page = browser.get("/console/sign-in")
    assert shows(page, "Sign in with your company's account")
    assert 'name="password"' not in page.text
    answer = sign_in(browser)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/health")
    assert "cuelight-oidc=;" in "".join(answer.headers.getlist("Set-Cookie"))
    assert browser.get("/console/customers").status_code == 200
    assert browser.get("/console/audit").status_code == 403
    assert company.audited("operator.sign_in")[0] == ("oidc:zoe", "operator.sign_in", "operator:oidc:zoe")
    provider.claims["realm"] = {"groups": "security leads"}
    assert sign_in(company.browser()).status_code == 403  # one string is taken apart at its spaces
    provider.claims["realm"] = {"groups": ["security leads"]}
    leader = company.browser()
    sign_in(leader)
    assert leader.get("/console/audit").status_code == 200


def test_who_has_no_role_is_not_signed_in(company: Site, provider: Provider) -> None:
    for claims in ({"groups": ["everybody"]}, {"groups": []}, {"groups": None}, "soc", None, {"groups": {"soc": True}}):
        provider.claims["realm"] = claims
        browser = company.browser()
        answer = sign_in(browser)
        assert answer.status_code == 403
        assert shows(answer, "no role")
        assert browser.get("/console/health").status_code == 303


SPOILT = {
    "another nonce": {"nonce": "made up"},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "another client"},
    "for several, by another": {"aud": [CLIENT_ID, "other"], "azp": "other"},
    "another issuer": {"iss": "https://id.evil.example"},
    "run out": {"exp": 1_700_000_000},
    "of nobody": {"sub": None},
}


@pytest.mark.parametrize("how", [*SPOILT, "signed by another", "not signed"])
def test_a_token_that_is_not_right_signs_nobody_in(company: Site, provider: Provider, how: str) -> None:
    provider.spoil = SPOILT.get(how, {})
    provider.unsigned = how == "not signed"
    if how == "signed by another":
        provider.sign_with = RSAKey.generate_key(2048, {"kid": "one"})
    browser = company.browser()
    answer = sign_in(browser)
    assert answer.status_code == 403
    assert shows(answer, "did not work")
    assert browser.get("/console/health").status_code == 303


def test_what_comes_back_has_to_be_what_was_sent_away(company: Site, provider: Provider) -> None:
    browser, thief = company.browser(), company.browser()
    back = go(browser)
    calls = provider.token_calls
    # Somebody else's code in this browser, and this one's in somebody else's.
    assert thief.get(back).status_code == 403
    other = go(thief)
    assert browser.get(other).status_code == 403
    query = parse_qs(urlsplit(back).query)
    assert browser.get(f"/console/oidc/back?code=x&state={query['state'][0]}x").status_code == 403
    assert browser.get(f"/console/oidc/back?error=access_denied&state={query['state'][0]}").status_code == 403
    assert provider.token_calls == calls
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 403  # a code is good once, and what was kept for it is gone


def test_a_provider_may_change_its_keys(company: Site, provider: Provider) -> None:
    assert sign_in(company.browser()).status_code == 303
    provider.key = RSAKey.generate_key(2048, {"kid": "two"})
    assert sign_in(company.browser()).status_code == 303


def test_what_is_grave_needs_a_fresh_sign_in_of_the_same_person(company: Site, provider: Provider) -> None:
    provider.claims["realm"] = {"groups": ["security leads"]}
    browser = company.browser()
    sign_in(browser)
    company.clock.pass_by(minutes=6)
    form = [("name", "k"), ("scope", "cue")]
    browser.get("/console/access")
    asked = browser.post("/console/access/keys/add", form, Referer=f"{browser.base}/console/access")
    assert asked.status_code == 403
    assert 'name="proof_password"' not in asked.text
    assert "again=1&amp;next=/console/access" in asked.text
    again = "/console/oidc/start?again=1&next=/console/access"
    now = int(company.clock().timestamp())
    for claims in ({"preferred_username": "max"}, {"auth_time": now - 3600}, {"auth_time": None}):
        provider.spoil = claims
        assert browser.get(go(browser, again)).status_code == 403
        assert browser.post("/console/access/keys/add", form).status_code == 403
    provider.spoil = {"auth_time": now}
    assert browser.get(go(browser, again)).headers["Location"] == "/console/access"
    assert (provider.asked["prompt"], provider.asked["max_age"]) == ("login", "0")
    assert shows(browser.get("/console/access"), "You may now repeat")
    assert browser.post("/console/access/keys/add", form).status_code == 200


def test_roles_are_asked_for_again_and_hold_no_longer_than_an_hour(company: Site, provider: Provider) -> None:
    browser = company.browser()
    sign_in(browser)
    company.clock.pass_by(minutes=29)
    assert browser.get("/console/health").status_code == 200
    cookie, csrf = browser.cookie(), browser.token
    company.clock.pass_by(minutes=1)
    detour = "/console/oidc/start?renew=1&next=%2Fconsole%2Faudit%3Fby%3Dzoe"
    assert browser.get("/console/audit?by=zoe").headers["Location"] == detour
    # Who is in the middle of something goes on with it.
    assert browser.get("/console/health", **{"HX-Request": "true"}).status_code == 200
    assert browser.post("/console/customers/look-up", {"customer_id": "nobody"}).status_code == 200
    provider.claims["realm"] = {"groups": ["security leads"]}
    assert browser.get(go(browser, detour)).headers["Location"] == "/console/audit?by=zoe"
    assert browser.get("/console/audit?by=zoe").status_code == 200
    assert (browser.cookie(), browser.token) == (cookie, csrf), "it is the same session"
    assert company.audited("operator.roles")[0] == ("oidc:zoe", "operator.roles", "operator:oidc:zoe")
    # Who has left is out with the next page, and after an hour whatever they do.
    company.clock.pass_by(minutes=30)
    provider.claims["realm"] = {"groups": []}
    assert browser.get(go(browser, detour)).status_code == 403
    assert browser.get("/console/health").headers["Location"].startswith("/console/sign-in")
    provider.claims["realm"] = {"groups": ["security leads"]}
    other = company.browser()
    sign_in(other)
    for _ in range(3):
        company.clock.pass_by(minutes=20)
        other.get("/console/audit", **{"HX-Request": "true"})
    refused = other.get("/console/audit", **{"HX-Request": "true"})
    assert (refused.status_code, refused.headers["HX-Redirect"][:16]) == (401, "/console/sign-in")


def test_another_person_does_not_go_on_in_somebody_elses_session(company: Site, provider: Provider) -> None:
    browser = company.browser()
    sign_in(browser)
    before = browser.cookie()
    company.clock.pass_by(minutes=20)
    assert browser.get("/console/health").status_code == 200
    company.clock.pass_by(minutes=10)
    provider.claims["preferred_username"] = "max"
    back = browser.get("/console/health").headers["Location"]
    assert browser.get(go(browser, back)).status_code == 303
    assert browser.cookie() != before
    assert company.audited("operator.sign_in")[0][0] == "oidc:max"


def test_a_provider_out_of_reach_is_told(folder: Path) -> None:
    settings = settings_for(
        folder, oidc_issuer="http://127.0.0.1:9", oidc_client_id=CLIENT_ID, oidc_client_secret=CLIENT_SECRET
    )
    with closing(open_service(settings)) as service:
        answer = Site(service, Clock()).browser().get("/console/oidc/start")
        assert answer.status_code == 403
        assert shows(answer, "did not work")


def test_settings_that_cannot_be_used_are_refused(folder: Path) -> None:
    assert read_role_map("")["policy_editor"] is Role.POLICY_EDITOR
    assert read_role_map("a=b=admin, x y=viewer") == {"a=b": Role.ADMIN, "x y": Role.VIEWER}
    for wrong in ("admin", "a=boss", "=admin", "a=admin,"):
        with pytest.raises(InvalidInput, match="CUELIGHT_OIDC_ROLES"):
            read_role_map(wrong)
    with pytest.raises(InvalidInput, match="https"):
        OidcClient("http://id.example.com", "c", "s", role_claim="r", name_claim="n", roles={})
    with pytest.raises(InvalidInput, match="CUELIGHT_OIDC_CLIENT_ID"):
        provider_of(settings_for(folder, oidc_issuer="https://id.example.com"))
