"""The Collectors page: a key, its tag, and what proves who is signed in; what was made there works at `/collect`."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html import unescape

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.conftest import CHROME_ON_MAC, HOME_IP, client_of, fresh
from tests.web import tokens
from tests.web.console.people import PASSWORD, Browser, Site, shows
from werkzeug.test import TestResponse

from cuelight.core.chat import ChatKey, Identity
from cuelight.core.collectors import Collector

ORIGIN = "https://shop.example"


@pytest.fixture
def browser(site: Site) -> Browser:
    site.clock.pass_by(minutes=1)  # a one-time code is good for one test
    made = site.signed_in()
    made.get("/console/collectors")
    return made


def made_by(browser: Browser, site: Site, account: str) -> Collector:
    form = {"desk": "helpdesk", "account": account, "origins": f" {ORIGIN}/ \r\nhttp://localhost:*\r\n{ORIGIN}"}
    answer = browser.post("/console/collectors/add", form)
    assert answer.status_code == 303, answer.text
    found = next(c for c in site.service.stores.collectors.list() if c.account == account)
    assert answer.headers["Location"].endswith(f"/console/collectors/{found.key}")
    return found


def collect(site: Site, collector: Collector, token: str) -> TestResponse:
    """As the tag on the page sends it."""
    sent = {"key": collector.key, "chat_id": "7431", "components": {"screen": "1x1"}, "token": token}
    headers = {"Origin": ORIGIN, "User-Agent": CHROME_ON_MAC}
    return client_of(site.service).post("/collect", json=sent, headers=headers, environ_base={"REMOTE_ADDR": HOME_IP})


def test_a_key_its_tag_and_a_secret_shown_once_prove_who_is_signed_in(site: Site, browser: Browser) -> None:
    account, customer_id = fresh("acme"), fresh("u")
    assert shows(browser.get("/console/collectors"), "As webhook or backend name it")
    collector = made_by(browser, site, account)
    assert collector.origins == (ORIGIN, "http://localhost:*")
    path = f"/console/collectors/{collector.key}"
    shown = browser.get(path)
    assert f'src="http://localhost/collector.js" data-key="{collector.key}"' in unescape(shown.text)
    assert shows(shown, "No key is set yet")
    notices = site.service.app.extensions["cuelight"].notice_pages.notices
    with pytest.MonkeyPatch.context() as setting:
        setting.setattr(notices, "terms", replace(notices.terms, public_url="https://cue.shop.example"))
        assert 'src="https://cue.shop.example/collector.js"' in unescape(browser.get(path).text)
        assert shows(browser.get("/console/desks/new/zendesk"), "https://cue.shop.example")
    given = browser.post(f"{path}/secret")
    changed = site.service.stores.collectors.get(collector.key)
    assert changed is not None
    secret = changed.token_keys[0].value
    assert f'<code class="secret">{secret}</code>' in given.text
    at = int(site.clock().timestamp())
    claims = {"aud": collector.audience, "sub": customer_id, "iat": at, "exp": at + 300, "chat_id": "7431"}
    assert collect(site, changed, tokens.hs(claims, secret)).status_code == 204
    stored = site.service.corridor.cue(ChatKey("helpdesk", account, "7431")).stored
    assert stored is not None
    assert (stored.chat.identity, stored.chat.customer) == (
        Identity.VERIFIED,
        site.service.locator.customer(customer_id),
    )
    pages = browser.get(path).text + browser.get("/console/collectors").text
    kept = browser.get(f"{path}?format=csv").text
    assert changed.token_keys[0].kid in kept
    assert secret not in pages + kept + browser.get("/console/collectors?format=csv").text
    assert changed.token_keys[0].kid in pages
    # The one before stays good beside the new one, and the page says so.
    again = browser.post(f"{path}/secret")
    assert shows(again, "The one before stays good for seven days")
    newer = site.service.stores.collectors.get(collector.key)
    assert newer is not None
    assert [key.value for key in newer.live_token_keys(site.clock())][1:] == [secret]
    assert browser.post(f"{path}/remove").status_code == 303
    assert browser.get(path).status_code == 404
    assert browser.post(f"{path}/remove").status_code == 404
    done = [e for e in site.service.stores.audit.read(limit=50) if e.target == f"collector:{collector.key}"]
    assert [(e.action, e.note) for e in reversed(done)] == [
        ("collector.add", f"helpdesk, {account}: {ORIGIN} http://localhost:*"),
        ("collector.secret", f"HS256, kid {changed.token_keys[0].kid}"),
        ("collector.secret", f"HS256, kid {newer.token_keys[0].kid}"),
        ("collector.remove", ""),
    ]
    assert {e.by for e in done} == {browser.operator.name if browser.operator else ""}


def test_a_key_one_has_already_takes_the_place_of_a_secret(site: Site, browser: Browser) -> None:
    collector = made_by(browser, site, fresh("acme"))
    path = f"/console/collectors/{collector.key}/secret"
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    # As browsers send what was typed into a text area.
    form = {"own": "yes", "public_key": pem.replace("\n", "\r\n"), "secret": ""}
    answer = browser.post(path, form)
    assert answer.status_code == 303, answer.text
    assert shows(browser.get(path.removesuffix("/secret")), "Identity tokens are checked with it (ES256")
    at = int(site.clock().timestamp())
    claims = {"aud": collector.audience, "sub": "u-7", "iat": at, "exp": at + 300}
    changed = site.service.stores.collectors.get(collector.key)
    assert changed is not None
    assert collect(site, changed, tokens.es(claims, private)).status_code == 204
    stored = site.service.corridor.cue(ChatKey("helpdesk", collector.account, "7431")).stored
    assert stored is not None
    assert stored.chat.identity is Identity.VERIFIED
    own = "a secret the shop has had for years, and keeps"
    assert browser.post(path, {"own": "yes", "secret": own}).status_code == 303
    for wrong in (
        {"own": "yes"}, {"own": "yes", "secret": "too-short-a-secret"},
        {"own": "yes", "public_key": "nonsense-of-a-key"}, {"own": "yes", "secret": own, "public_key": pem},
    ):  # fmt: skip
        refused = browser.post(path, wrong)
        assert refused.status_code == 422
        assert not [v for v in (own, "too-short-a-secret", "nonsense-of-a-key") if v in refused.text]
    kept = site.service.stores.collectors.get(collector.key)
    assert kept is not None
    assert [key.algorithm for key in kept.token_keys] == ["HS256", "ES256"]
    assert own not in repr(site.service.stores.audit.read(limit=50))


def test_setting_a_key_asks_again_who_it_is_and_a_mistyped_page_is_told(site: Site, browser: Browser) -> None:
    form = {"desk": "helpdesk", "account": fresh("acme"), "origins": ORIGIN}
    for wrong, word in (
        ({"desk": "Help desk"}, "desk: holds letters"), ({"account": ""}, "account: holds"),
        ({"origins": ""}, "is needed"), ({"origins": "http://shop.example"}, "is not https"),
        ({"origins": f"{ORIGIN}/chat"}, "no path"),
    ):  # fmt: skip
        refused = browser.post("/console/collectors/add", {**form, **wrong})
        assert refused.status_code == 422
        assert shows(refused, word)
    made = made_by(browser, site, form["account"])
    assert browser.post("/console/collectors/pk_none/secret").status_code == 404
    table = list(csv.reader(io.StringIO(browser.get("/console/collectors?format=csv").text)))
    assert len({len(row) for row in table}) == 1
    assert made.key in [row[0] for row in table]
    site.clock.pass_by(minutes=6)
    path = f"/console/collectors/{made.key}/secret"
    asked = browser.post(path)
    assert asked.status_code == 403
    assert re.search(f'action="{path}"', asked.text)
    assert site.service.stores.collectors.get(made.key) == made
    assert browser.operator is not None
    proof = {"proof_password": PASSWORD, "proof_code": browser.code(browser.operator)}
    assert shows(browser.post(path, proof), "It is not shown again")
