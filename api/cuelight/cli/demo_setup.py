"""What the demo needs besides the service: GeoIP data, sample customers, a key, and a word of welcome."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
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


def load_samples(settings: Settings) -> str:
    """Load the sample customers (again does no harm) and make a fresh key; earlier demo keys end. Returns it."""
    from cuelight.app import open_service
    from cuelight.settings import Settings as Fresh
    from cuelight.web import demo_data
    from cuelight.web.auth import mint

    service = open_service(Fresh(demo=True))
    try:
        now = datetime.now(UTC)
        demo_data.load(service.corridor, settings.data_dir / "samples", now)
        for old in service.stores.keys.list():
            if old.name == _DEMO_KEY and old.revoked_at is None:
                service.stores.keys.revoke(old.key_id, now)
        scopes = ("score", "cue", "outcome", "observe")
        key, token, digest = mint(_DEMO_KEY, scopes, now, now + timedelta(days=7))
        service.stores.keys.add(key, digest)
        return token
    finally:
        service.close()


def welcome(port: int, key: str, took_s: float) -> str:
    """What `make run` prints when everything is up."""
    base = f"http://127.0.0.1:{port}"
    chat = {
        "chat_id": "try-1",
        "customer_id": "u-1001",
        "identity": "claimed",
        "ip": "185.220.101.4",
        "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    }
    return f"""
Ready in {took_s:.1f} s.

  Sample desk   {base}/demo/desk
  API           {base}/docs
  API key       {key}

  curl -s {base}/score -H 'Authorization: Bearer {key}' \\
       -H 'Content-Type: application/json' \\
       -d '{json.dumps(chat)}'

Ctrl-C stops everything.
"""
