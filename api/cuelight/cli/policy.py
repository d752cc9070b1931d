"""`cuelight policy`: versions of the policy; look, compare, draft, publish, roll back, run one beside the live one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cuelight.cli.policy_replay import replay

if TYPE_CHECKING:
    from cuelight.core.policy_book import PolicyVersion
    from cuelight.policies.book import Policies

_BY = click.option("--by", help="Who does it, for the audit log; your login name, if not given.")
_NOTE = click.option("--note", default="", help="Why, for whoever comes next.")


@click.group()
def policy() -> None:
    """Show, compare, draft, publish and roll back policies. VERSION may be `live` or `installed`, too."""


policy.add_command(replay)


@policy.command()
@click.argument("version", required=False)
def show(version: str | None) -> None:
    """List all versions; with VERSION print its document."""
    with _policies() as policies:
        if version is not None:
            click.echo(json.dumps(policies.read(version).document, indent=2, ensure_ascii=False))
            return
        found = policies.overview()
    for one in found.versions:
        click.echo(f"{one.state.value:<9}  {one.created_at:%Y-%m-%d %H:%M}  {one.version:<20} {_about(one)}")
    if (beside := found.shadow) is not None:
        click.echo(f"{beside.version} runs silently beside {found.live} since {beside.at:%Y-%m-%d %H:%M} UTC")
    if found.refused:
        raise click.ClickException(f"the published version cannot be used ({found.refused}); live is {found.live}")


def _about(one: PolicyVersion) -> str:
    asked = f"{one.request.by} asks to publish it" if one.request else ""
    return "  ".join(filter(None, [one.author, one.note, asked]))


@policy.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def validate(file: Path) -> None:
    """Check FILE for form and meaning, without a store. Exit status 1 names the field that is wrong."""
    from cuelight.policies.reading import load_document, read_document

    read = read_document(load_document(file))
    click.echo(f"{file.name}: valid: version {read.version}, amber from {read.amber:g}, red from {read.red:g}")


@policy.command()
def schema() -> None:
    """Print the JSON Schema of a policy document, for editors."""
    from cuelight.policies.reading import schema as made

    click.echo(json.dumps(made(), indent=2, ensure_ascii=False))


@policy.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--set", "sets", multiple=True, metavar="FIELD=VALUE", help="Change a field (thresholds.amber=45).")
@click.option("--base", default="live", show_default=True, help="The version that --set changes.")
@_NOTE
@_BY
def draft(file: Path | None, sets: tuple[str, ...], base: str, note: str, by: str | None) -> None:
    """Keep FILE, or a version with some fields changed, as a new version; print its name."""
    from cuelight.policies.reading import load_document, merged

    if file is None and not sets:
        raise click.UsageError("name a FILE, or at least one --set FIELD=VALUE")
    with _policies() as policies:
        patch: dict[str, Any] = {}
        for text in sets:
            _put(patch, text)
        document = merged(load_document(file), patch) if file else policies.based_on(base, patch)
        made = policies.draft(document, _who(by), note)
    click.echo(made.version)


def _put(patch: dict[str, Any], text: str) -> None:
    """`thresholds.amber=45` into a merge patch. Names behind `floors.` are findings and hold a dot themselves."""
    field, equals, value = text.partition("=")
    if not equals or not field:
        raise click.UsageError(f"--set {text}: write FIELD=VALUE, as in thresholds.amber=45")
    *path, last = field.split(".", 1) if field.startswith("floors.") else field.split(".")
    place = patch
    for name in path:
        place = place.setdefault(name, {})
        if not isinstance(place, dict):
            raise click.UsageError(f"--set {text}: {name} was set to a value before")
    try:
        place[last] = json.loads(value)
    except ValueError:
        place[last] = value


@policy.command()
@click.argument("version")
@click.argument("other", required=False)
def diff(version: str, other: str | None) -> None:
    """What VERSION would change of the live one; with OTHER, what OTHER changes of VERSION."""
    from cuelight.core.policy_diff import changes

    with _policies() as policies:
        old, new = (version, other) if other else ("live", version)
        before, after = policies.read(old), policies.read(new)
    found = changes(before.document or {}, after.document or {})
    click.echo(f"{before.version} → {after.version}: " + (f"{len(found)} fields differ" if found else "no difference"))
    for one in found:
        click.echo(f"  {one.text}")


@policy.command()
@click.argument("version")
@_NOTE
@_BY
def publish(version: str, note: str, by: str | None) -> None:
    """Make VERSION live; where publishing takes two, ask for it."""
    with _policies() as policies:
        made = policies.publish(version, _who(by), note)
    if made.request is not None:
        click.echo(f"{version}: {made.request.by} asks for it to be published; somebody else has to approve:")
        click.echo(f"  cuelight policy approve {version} --by NAME")
    else:
        click.echo(f"{version} is live; every process has switched within 5 seconds")


@policy.command()
@click.argument("version")
@click.option("--decline", is_flag=True, help="Take the request away instead.")
@_BY
def approve(version: str, decline: bool, by: str | None) -> None:
    """Publish VERSION, which somebody else asked for."""
    with _policies() as policies:
        if decline:
            policies.take_back(version, _who(by))
            click.echo(f"{version}: nobody asks for it to be published any more")
        else:
            policies.approve(version, _who(by))
            click.echo(f"{version} is live; every process has switched within 5 seconds")


@policy.command()
@click.option("--live", help="The version you want to leave; nothing is done if another is live by now.")
@_NOTE
@_BY
def rollback(live: str | None, note: str, by: str | None) -> None:
    """Make the version live again that was live before the present one; once more goes further back."""
    with _policies() as policies:
        made = policies.roll_back(_who(by), note, live)
    click.echo(f"{made.version} is live again; every process has switched within 5 seconds")


@policy.command()
@click.argument("version", required=False)
@click.option("--end", is_flag=True, help="End it.")
@_BY
def shadow(version: str | None, end: bool, by: str | None) -> None:
    """Run VERSION silently beside the live one; without VERSION show the comparison so far."""
    from cuelight.settings import Settings
    from cuelight.wiring.opening import open_policies

    with open_policies(Settings()) as (policies, stores):
        if end:
            policies.stop_shadow(_who(by))
            click.echo("nothing runs beside the live policy any more")
            return
        if version is not None:
            policies.start_shadow(version, _who(by))
            click.echo(f"{version} runs silently beside the live policy; look: cuelight policy shadow")
            return
        running = policies.overview().shadow
        if running is None:
            click.echo("Nothing runs beside the live policy. Start: cuelight policy shadow VERSION")
            return
        report = stores.shadows.report(running.version)
    click.echo(f"{running.version} since {running.at:%Y-%m-%d %H:%M} UTC: {report.decisions} decisions, "
               f"{report.differing} with another cue")  # fmt: skip
    totals: dict[tuple[str, str], int] = {}
    for (_, live, other), count in report.counts.items():
        totals[live.value, other.value] = totals.get((live.value, other.value), 0) + count
    for (was, now), count in sorted(totals.items(), key=lambda item: (item[0][0] == item[0][1], -item[1])):
        click.echo(f"  {was:<6} → {now:<6} {count:>8}")


def _who(by: str | None) -> str:
    """A name for the audit log. Whoever may run this holds the store's key anyway: it tells people apart, no more."""
    from cuelight.cli.acting import actor

    return f"cli:{by[:80]}" if by else actor()


@contextmanager
def _policies() -> Iterator[Policies]:
    """Those of the running service's store, or of an embedded one for the moment."""
    from cuelight.settings import Settings
    from cuelight.wiring.opening import open_policies

    with open_policies(Settings()) as (policies, _):
        yield policies
