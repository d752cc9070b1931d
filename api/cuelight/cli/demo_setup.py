"""What the demo needs besides the service: GeoIP data, a key, and a word of welcome."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cuelight.cli.demo_operators import Entrance
    from cuelight.settings import Settings

_RETRY_S = 12 * 3600.0
_DEMO_KEY = "make run"


def fetch_geo(settings: Settings) -> None:
    """Get GeoIP data if there is none. Without it the demo goes on, and says what will be missing."""
    from cuelight.cli.geo import fetch, present

    if present(settings):
        return
    tried = settings.geo / ".tried"
    if tried.exists() and time.time() - tried.stat().st_mtime < _RETRY_S:
        click.echo(
            "No GeoIP data (not reachable when last tried): geography is not assessed. `cuelight geo update` retries.",
            err=True,
        )
        return
    click.echo("Getting GeoIP data, once …", err=True)
    if not fetch(settings):
        settings.geo.mkdir(parents=True, exist_ok=True)
        tried.touch()
        click.echo("Going on without GeoIP data: geography is not assessed, cues rest on the rest.", err=True)


def make_key(settings: Settings) -> str:
    """A fresh key to try the API with; the one of the last start ends. Returns its token."""
    from cuelight.web.auth import mint
    from cuelight.wiring.opening import open_key_store

    now = datetime.now(UTC)
    with open_key_store(settings) as keys:
        for old in keys.list():
            if old.name == _DEMO_KEY and old.revoked_at is None:
                keys.revoke(old.key_id, now)
        key, token, digest = mint(_DEMO_KEY, ("score", "cue", "outcome", "observe"), now, now + timedelta(days=7))
        keys.add(key, digest)
    return token


def welcome(port: int, key: str, entrance: Entrance, took_s: float) -> str:
    """What `make run` prints when everything is up."""
    base = f"http://127.0.0.1:{port}"
    chat = {
        "chat_id": "try-1",
        "customer_id": "u-1001",
        "identity": "claimed",
        "ip": "46.101.128.10",
        "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    }
    return f"""
Ready in {took_s:.1f} s.

  Sample desk   {base}/demo/desk
  Sample shop   {base}/demo/shop   (be the contact)
  Console       {base}{entrance.admin}
                as an admin; once, within 15 minutes. Password, where it is asked again: {entrance.password}
  and a second  {base}{entrance.approver}
                as an approver, in another browser: what the first asks for, the second publishes
  API           {base}/docs
  API key       {key}   (until the next start)

  curl -s {base}/score -H 'Authorization: Bearer {key}' \\
       -H 'Content-Type: application/json' \\
       -d '{json.dumps(chat)}'

Ctrl-C stops everything.
"""
