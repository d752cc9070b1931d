"""`cuelight score`: one chat from a JSON file or stdin through a running API, as developers would."""

from __future__ import annotations

import json
import sys
from typing import TextIO

import click


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="The API's base URL.")
@click.option("--key", envvar="CUELIGHT_API_KEY", required=True, help="API key; better by CUELIGHT_API_KEY.")
def score(file: TextIO, url: str, key: str) -> None:
    """Score the chat in FILE (JSON as for POST /score; - is stdin) and print the decision."""
    import requests

    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        reply = requests.post(f"{url.rstrip('/')}/score", data=file.read().encode(), headers=headers, timeout=5)
    except requests.RequestException as error:
        raise click.ClickException(f"{url} did not answer ({type(error).__name__}): is `cuelight run` up?") from None
    try:
        answer = reply.json()
    except ValueError:
        raise click.ClickException(f"{url} answered {reply.status_code}, but not with JSON: is it Cuelight?") from None
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    sys.exit(0 if reply.ok else 1)
