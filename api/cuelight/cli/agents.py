"""`cuelight agents`: the browsers of agents. A code is shown once; tokens and secrets never are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from cuelight.cli.acting import acting


@click.group()
def agents() -> None:
    """Invite, list and revoke agents' browsers."""


@agents.command()
@click.argument("name")
@click.option("--hours", type=click.IntRange(1, 168), default=24, show_default=True, help="How long the code is good.")
@click.option(
    "--team", default="", help="The agent's team: what is given out under red is counted by team, not by person."
)
def invite(name: str, hours: int, team: str) -> None:
    """Print a one-time code for a browser of the agent NAME, once.

    NAME stands beside the outcomes this agent records. The agent enters the code in the extension's options.
    """
    from cuelight.web.enrol import invite as make

    name = name.strip()
    if not name or len(name) > 80 or not name.isprintable():
        raise click.ClickException("NAME: 1 to 80 printable characters, as it shall stand beside outcomes")
    team = team.strip()
    if len(team) > 60 or not team.isprintable():
        raise click.ClickException("--team: at most 60 printable characters")
    now = datetime.now(UTC)
    with acting() as has:
        has.note("agent.invite", f"agent:{name}", team)
        made, code = make(has.stores.enrolments, name, now, timedelta(hours=hours), team)
    click.echo(code)
    click.echo(f"enrolment {made.enrolment_id}: good for one browser, until {_minute(made.code_until)} UTC", err=True)


@agents.command("list")
def list_() -> None:
    """List all enrolments, without any secret."""
    now = datetime.now(UTC)
    with acting() as has:
        found = has.stores.enrolments.list()
    if not found:
        click.echo("No browser is enrolled yet. Invite one: cuelight agents invite NAME")
        return
    for each in found:
        state = each.state(now)
        when = each.ended_at or each.renewed_at or each.code_until
        note = f"{state} ({each.ended_why})" if each.ended_why else state
        click.echo(
            f"{each.enrolment_id}  {note:<22} {_minute(when)}  {each.name}{f' ({each.team})' if each.team else ''}"
        )


@agents.command()
@click.argument("enrolment_id")
def revoke(enrolment_id: str) -> None:
    """Revoke the enrolment ENROLMENT_ID (or an open invitation); its token stops working within 5 seconds."""
    from cuelight.web.enrol import ended

    with acting() as has:
        known = has.stores.enrolments.read(enrolment_id)
        if known is not None and known.ended_at is None:
            has.note("agent.revoke", f"enrolment:{enrolment_id}", known.name)
        if not ended(has.stores.enrolments, enrolment_id, datetime.now(UTC), "revoked"):
            raise click.ClickException(f"no enrolment {enrolment_id} in use; `cuelight agents list` shows them")
    click.echo(f"enrolment {enrolment_id} revoked")


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
