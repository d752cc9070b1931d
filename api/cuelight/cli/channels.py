"""`cuelight channels`: where alerts go. Secrets are shown once, when a channel is made; targets never again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from cuelight.cli.acting import actor
from cuelight.core.errors import NotFound

if TYPE_CHECKING:
    from cuelight.core.outbox import Channel, OutboxState
    from cuelight.stores import Stores
    from cuelight.wiring.channels import Sending


@click.group()
def channels() -> None:
    """Where alerts go: add, list, test, pause and remove channels; their log and dead letters."""


@channels.command()
@click.argument("kind", metavar="webhook|slack|email|syslog")
@click.option(
    "--url", default="", help="Where to: https://…, smtps://user@host, syslog+tls://host. `-` reads it from stdin."
)
@click.option("--name", default="", help="A name of your own for it.")
@click.option("--events", default="", help="Only these, with commas between: cue.red,incident.opened")
@click.option("--min-severity", default="info", show_default=True, help="info, warning or alert.")
@click.option("--desk", "desks", multiple=True, help="Only about this desk (repeatable).")
@click.option(
    "--per-minute", type=click.IntRange(0, 10_000), help="Messages a minute before they are put together; 0: any."
)
@click.option("--from", "sender", default="", help="Mail: the sender.")
@click.option("--to", "recipients", default="", help="Mail: recipients, with commas between.")
@click.option("--ask-password", is_flag=True, help="Mail: ask for the server's password.")
@click.option("--ask-secret", is_flag=True, help="Webhook: ask for a signing secret of your own.")
@click.option("--hostname", default="", help="Syslog: the host to name.")
def add(
    kind: str,
    url: str,
    name: str,
    events: str,
    min_severity: str,
    desks: tuple[str, ...],
    per_minute: int | None,
    sender: str,
    recipients: str,
    ask_password: bool,
    ask_secret: bool,
    hostname: str,
) -> None:
    """Add a channel. A webhook's signing secret is printed, once."""
    from cuelight.channels.new import new_channel

    secrets = {
        "password": click.prompt("Password", hide_input=True, err=True) if ask_password else "",
        "signing": click.prompt("Signing secret", hide_input=True, err=True) if ask_secret else "",
    }
    made = new_channel(
        kind,
        sys.stdin.readline().strip() if url == "-" else url,
        datetime.now(UTC),
        name=name,
        options={"from": sender, "to": recipients, "hostname": hostname},
        secrets=secrets,
        kinds=[part.strip() for part in events.split(",") if part.strip()],
        desks=desks,
        least=min_severity,
        per_minute=per_minute,
    )
    with _sending() as sending:
        _note(sending, "channel.add", made.channel_id, f"{made.kind}, {made.name}")
        sending.stores.channels.add(made)
    if "signing" in made.secrets and not ask_secret:
        click.echo(made.secrets["signing"])
        click.echo("the signing secret is above: keep it safe, it is not shown again", err=True)
    click.echo(f"channel {made.channel_id}: try it with `cuelight channels test {made.channel_id}`", err=True)


@channels.command("list")
def list_() -> None:
    """List all channels and what waits for them."""
    with _sending() as sending:
        found = sending.stores.channels.list()
        state = sending.stores.outbox.state([one.channel_id for one in found])
    if not found:
        click.echo("There are no channels yet. Make one: cuelight channels add webhook --url https://…")
    for one in found:
        queue = state.queues[one.channel_id]
        marks = ["paused" if one.paused else "", f"out of reach ({queue.failures} times)" if queue.failures else ""]
        marks += [f"{queue.dead} dead" if queue.dead else "", f"{queue.lost} lost" if queue.lost else ""]
        what = ",".join(sorted(one.kinds)) or "all events"
        line = f"{one.channel_id}  {one.kind:<8} {queue.waiting:>6} waiting  {one.name}  [{what}]"
        click.echo("  ".join([line, *filter(None, marks)]))


@channels.command()
@click.argument("channel_id")
def test(channel_id: str) -> None:
    """Send a test message to CHANNEL_ID now. Exit status 1 if it did not arrive."""
    from secrets import token_hex

    from cuelight.channels.why import told
    from cuelight.core.outbox import Alert

    with _sending() as sending:
        channel = _find(sending.stores, channel_id)
        alert = Alert("t_" + token_hex(8), "channel.test", datetime.now(UTC), "")
        result = sending.worker.test(channel, alert)
    if not result.ok:
        raise click.ClickException(f"it did not arrive: {told(result.what)}")
    click.echo(f"delivered ({result.what})")


@channels.command()
@click.argument("channel_id")
def pause(channel_id: str) -> None:
    """Keep alerts for CHANNEL_ID, and deliver none until `resume`."""
    _set_paused(channel_id, True)


@channels.command()
@click.argument("channel_id")
def resume(channel_id: str) -> None:
    """Deliver to CHANNEL_ID again, beginning with what waited."""
    _set_paused(channel_id, False)


def _set_paused(channel_id: str, paused: bool) -> None:
    with _sending() as sending:
        _note(sending, "channel.pause" if paused else "channel.resume", channel_id)
        sending.stores.channels.replace(replace(_find(sending.stores, channel_id), paused=paused))
    click.echo(f"channel {channel_id} {'is paused' if paused else 'goes on'}")


@channels.command()
@click.argument("channel_id")
def remove(channel_id: str) -> None:
    """Remove CHANNEL_ID with all that waits for it."""
    with _sending() as sending:
        _find(sending.stores, channel_id)
        _note(sending, "channel.remove", channel_id)
        sending.stores.channels.remove(channel_id)
    click.echo(f"channel {channel_id} removed")


@channels.command()
@click.argument("channel_id")
def log(channel_id: str) -> None:
    """The last 200 attempts of CHANNEL_ID, newest first."""
    with _sending() as sending:
        _find(sending.stores, channel_id)
        lines = sending.stores.outbox.lines(channel_id)
    for line in lines:
        what = f"{line.kind:<18} {line.alert_id}  attempt {line.attempt}  {line.result}"
        click.echo(f"{line.at:%Y-%m-%d %H:%M:%S}  {what}  {line.took_ms} ms")
    if not lines:
        click.echo("nothing was sent yet")


@channels.command()
@click.argument("channel_id")
def dead(channel_id: str) -> None:
    """Alerts that CHANNEL_ID's receiver did not take in three days, oldest first."""
    with _sending() as sending:
        _find(sending.stores, channel_id)
        letters = sending.stores.outbox.dead(channel_id)
    for letter in letters:
        alert = letter.alert
        tried = f"{letter.attempts} attempts, last {letter.at:%Y-%m-%d %H:%M}: {letter.why}"
        click.echo(f"{alert.alert_id}  {alert.kind:<18} of {alert.at:%Y-%m-%d %H:%M}  {tried}")
    if not letters:
        click.echo("no dead letters")


@channels.command()
@click.argument("channel_id")
@click.argument("alert_ids", nargs=-1)
def retry(channel_id: str, alert_ids: tuple[str, ...]) -> None:
    """Send dead letters of CHANNEL_ID again: those named, or all."""
    with _sending() as sending:
        _find(sending.stores, channel_id)
        _note(sending, "channel.retry", channel_id)
        count = sending.stores.outbox.revive(channel_id, alert_ids, datetime.now(UTC))
    if alert_ids and count < len(alert_ids):
        raise click.ClickException(f"{count} queued again; the others are no dead letters of this channel")
    click.echo(f"{count} queued again")


def outbox_checks(stores: Stores) -> Iterator[tuple[bool | None, str]]:
    """For `cuelight doctor`: True in order, None worth a look, False to be mended."""
    found = stores.channels.list()
    state: OutboxState = stores.outbox.state([one.channel_id for one in found])
    alerts = state.alerts
    if not found:
        yield None, "no channels: nobody is told of red cues. Run: cuelight channels add webhook --url https://…"
    elif state.waiting > 100:
        yield None, f"outbox: {state.waiting} announcements wait; does a worker run? `cuelight worker`"
    else:
        yield True, f"{len(found)} channels, {alerts.waiting} alerts wait"
    for one in found:
        queue = state.queues[one.channel_id]
        if queue.failures:
            yield (
                None,
                f"channel {one.channel_id}: out of reach, {queue.waiting} wait. `cuelight channels log` says why",
            )
        if queue.dead:
            yield None, f"channel {one.channel_id}: {queue.dead} dead letters. See `cuelight channels dead`"
    if alerts.lost:
        yield None, f"outbox: {alerts.lost} alerts fell off undelivered, because nobody took them in time"


def _note(sending: Sending, action: str, channel_id: str, note: str = "") -> None:
    from cuelight.settings import Settings
    from cuelight.wiring.opening import audit_of

    log = audit_of(Settings(), sending.stores.audit)
    log.append(by=actor(), action=action, target=f"channel:{channel_id}", note=note)


def _find(stores: Stores, channel_id: str) -> Channel:
    for channel in stores.channels.list():
        if channel.channel_id == channel_id:
            return channel
    raise NotFound(f"no channel {channel_id}; `cuelight channels list` shows them")


@contextmanager
def _sending() -> Iterator[Sending]:
    from cuelight.settings import Settings
    from cuelight.wiring.channels import open_sending

    with open_sending(Settings()) as sending:
        yield sending
