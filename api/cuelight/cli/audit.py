"""`cuelight audit`: who did what, and whether the log is whole."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cuelight.core.audit import AuditEntry
    from cuelight.settings import Settings
    from cuelight.stores import Stores


@click.group()
def audit() -> None:
    """List, export and verify the audit log."""


@audit.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many, newest first.")
@click.option("--by", help="Only what this operator, key or user did.")
@click.option("--action", help="Only actions that begin with this (policy, policy.publish).")
@click.option("--days", type=click.IntRange(1, 4000), help="Only the last so many days.")
def list_(limit: int, by: str | None, action: str | None, days: int | None) -> None:
    """List entries, newest first."""
    from cuelight.auditing import Wanted
    from cuelight.settings import Settings
    from cuelight.wiring.opening import open_audit

    since = datetime.now(UTC) - timedelta(days=days) if days else None
    with open_audit(Settings()) as log:
        found = log.search(Wanted(by=by or "", action=action or "", since=since), limit=limit).entries
    if not found:
        click.echo("There are no such entries.")
        return
    for each in found:
        note = f"  {each.note}" if each.note else ""
        click.echo(
            f"{each.number:>7}  {each.at:%Y-%m-%d %H:%M:%S}  {each.by:<24} {each.action:<22} {each.target}{note}"
        )


@audit.command()
def export() -> None:
    """Print the whole log as JSON lines, oldest first, with the seals."""
    from cuelight.settings import Settings
    from cuelight.wiring.opening import open_audit

    with open_audit(Settings()) as log:
        for each in log.entries():
            sys.stdout.write(_line(each))


@audit.command()
@click.option("--without-anchors", is_flag=True, help="On a machine that never wrote to the log: not its end.")
def verify(without_anchors: bool) -> None:
    """Check that no entry was changed, taken away, put in or moved, and that the end was not cut off.

    Exits with 1 where something is wrong. Run it on the machines that write to the log: each remembers its own newest
    entry, and one of each day, in `audit.anchors` under CUELIGHT_VAR_DIR.
    """
    from cuelight.settings import Settings
    from cuelight.wiring.opening import open_audit

    with open_audit(Settings()) as log:
        found = log.verify()
    wrong = [each for each in found.findings if not (without_anchors and each.code == "no_anchors")]
    for each in wrong:
        click.echo(f"{each.code}: {each.text}", err=True)
    if wrong:
        raise click.ClickException(f"the audit log is not whole: {len(wrong)} findings in {found.entries} entries")
    end = "" if found.anchored else "; its end was not checked"
    click.echo(f"{found.entries} entries from number {found.starts_at} on: the log is whole{end}")


def audit_checks(settings: Settings, stores: Stores) -> Iterator[tuple[bool | None, str]]:
    """For `cuelight doctor`: True in order, None worth a look, False to be mended."""
    from cuelight.wiring.opening import audit_of

    found = audit_of(settings, stores.audit).verify()
    wrong = [each for each in found.findings if each.code != "no_anchors"]
    if wrong:
        yield False, f"audit log: not whole, {len(wrong)} findings. `cuelight audit verify` tells them"
    elif found.findings:
        yield None, "audit log: whole, but nothing was written from here, so its end cannot be checked here"
    else:
        yield True, f"audit log: {found.entries} entries, whole"


def _line(entry: AuditEntry) -> str:
    import orjson

    return orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE).decode()
