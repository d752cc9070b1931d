"""`cuelight collectors` against a real store: what to paste, secrets once, and nothing shown later."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.conftest import now
from tests.web import tokens

from cuelight.cli import main
from cuelight.core.collectors import Collector
from cuelight.settings import Settings
from cuelight.web import identity_token
from cuelight.wiring.opening import open_own_stores

pytestmark = pytest.mark.usefixtures("installed")


URL = "https://cue.shop.example"


def call(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, ["collectors", *arguments], input=given)


def stored() -> list[Collector]:
    with open_own_stores(Settings()) as stores:
        return list(stores.collectors.list())


def added(*more: str) -> Collector:
    made = call("add", "zendesk", "--account", "acme", "--origin", "https://Shop.example/", "--url", URL, *more)
    assert made.exit_code == 0, made.output
    return stored()[-1]


def test_a_key_is_made_with_all_there_is_to_paste() -> None:
    made = call("add", "zendesk", "--account", "acme", "--origin", "https://Shop.example/", "--origin",
                "https://help.shop.example", "--url", "https://cue.shop.example/")  # fmt: skip
    [collector] = stored()
    assert (collector.desk, collector.account) == ("zendesk", "acme")
    assert collector.origins == ("https://shop.example", "https://help.shop.example")
    tag = re.search(r"<script[^>]*></script>", made.output, re.S)
    assert tag is not None
    for said in ('src="https://cue.shop.example/collector.js"', f'data-key="{collector.key}"', 'data-desk="zendesk"',
                 'data-account="acme"', 'data-consent="no"'):  # fmt: skip
        assert said in tag[0]
    assert "script-src https://cue.shop.example; connect-src https://cue.shop.example" in made.output
    assert collector.key in call("list").output
    assert "no identity tokens" in call("list").output


def test_where_browsers_reach_it_is_said_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a setting, for collectors and webhooks; a tag with somebody else's address would lie dead in a page."""
    unsaid = [
        call("add", "zendesk", "--origin", "https://shop.example"),
        CliRunner().invoke(main, ["hooks", "add", "libredesk"]),
    ]
    for refused in unsaid:
        assert refused.exit_code == 1
        assert "CUELIGHT_PUBLIC_URL" in refused.output
    assert stored() == []
    monkeypatch.setenv("CUELIGHT_PUBLIC_URL", URL)
    assert f'src="{URL}/collector.js"' in call("add", "zendesk", "--origin", "https://shop.example").output
    assert f"{URL}/desks/libredesk/" in CliRunner().invoke(main, ["hooks", "add", "libredesk"]).output


def test_a_secret_is_shown_once_and_proves() -> None:
    collector = added()
    made = call("secret", collector.key)
    secret = made.stdout.strip()
    [with_secret] = stored()
    assert secret == with_secret.token_keys[0].value
    assert secret not in call("list").output
    at = int(now().timestamp())
    token = tokens.hs({"aud": collector.audience, "sub": "u-1", "iat": at, "exp": at + 60}, secret)
    live = with_secret.live_token_keys(now())
    assert identity_token.verify(token, live, collector.audience, now()).customer_id == "u-1"
    again = call("secret", collector.key).stdout.strip()
    assert [key.value for key in stored()[0].token_keys] == [again, secret]


def test_a_public_key_or_ones_own_secret_is_taken(tmp_path: Path) -> None:
    collector = added()
    file = tmp_path / "public.pem"
    file.write_bytes(
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    taken = call("secret", collector.key, "--es256", str(file))
    assert taken.exit_code == 0, taken.output
    assert "BEGIN PUBLIC" not in taken.output
    assert call("secret", collector.key, "--secret", "-", given="x" * 32 + "\n").exit_code == 0
    [found] = stored()
    assert [key.algorithm for key in found.token_keys] == ["HS256", "ES256"]
    assert found.token_keys[0].value == "x" * 32


def test_mistakes_are_told_in_one_line(tmp_path: Path) -> None:
    collector = added()
    short = tmp_path / "short"
    short.write_text("too-short")
    for arguments, said in (
        (["add", "zendesk", "--origin", "shop.example"], "https://shop.example"),
        (["add", "zendesk", "--origin", "http://shop.example"], "not https"),
        (["add", "Zen Desk", "--origin", "https://shop.example"], "desk"),
        (["add", "zendesk", "--account", "a/b", "--origin", "https://shop.example"], "account"),
        (["secret", collector.key, "--secret", str(short)], "32 bytes"),
        (["secret", collector.key, "--es256", str(short)], "PEM"),
        (["secret", collector.key, "--es256", str(short), "--secret", str(short)], "one of them"),
        (["secret", "pk_none"], "collectors list"),
        (["remove", "pk_none"], "collectors list"),
    ):
        failed = call(*arguments)
        assert failed.exit_code == 1, arguments
        assert said in failed.output
        assert "Traceback" not in failed.output
    assert [c.token_keys for c in stored()] == [()]


def test_what_was_done_is_in_the_audit_log() -> None:
    collector = added()
    secret = call("secret", collector.key).stdout.strip()
    call("remove", collector.key)
    with open_own_stores(Settings()) as stores:
        written = list(stores.audit.read(newest=False))
    assert [entry.action for entry in written] == ["collector.add", "collector.secret", "collector.remove"]
    assert {entry.target for entry in written} == {f"collector:{collector.key}"}
    assert secret not in "".join(entry.note for entry in written)


def test_a_key_is_removed() -> None:
    assert "no collectors yet" in call("list").output
    collector = added()
    assert call("remove", collector.key).exit_code == 0
    assert stored() == []
