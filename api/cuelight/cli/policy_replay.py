"""`cuelight policy replay`: what a version would have done to the recorded decisions, in words or as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from cuelight.core.decision import Cue

if TYPE_CHECKING:
    from cuelight.core.policy_book import PolicyVersion
    from cuelight.replay.compared import Effect, Known, Tally


@click.command()
@click.argument("version")
@click.option("--against", default="live", show_default=True, help="The version to compare with.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with the chats that would change.")
def replay(version: str, against: str, as_json: bool) -> None:
    """What VERSION would have done to the recorded decisions of the last month.

    Exactly, for weights, bounds, thresholds, stakes, floors and ceilings. What it changes beyond these is named: let it
    run as a shadow. Exit status 1 where nothing is recorded that could be replayed.
    """
    from cuelight.policies.reading import read_document
    from cuelight.replays import Replays
    from cuelight.settings import Settings
    from cuelight.web.replays import shown
    from cuelight.wiring.archive import open_archive
    from cuelight.wiring.opening import open_policies

    settings = Settings()
    with open_policies(settings) as (policies, _):
        old, new = policies.read(against), policies.read(version)
    live = read_document(old.document)
    report = Replays(open_archive(settings), lambda: live).report(read_document(new.document))
    if not report.effect.chats:
        raise click.ClickException("no decision is recorded that could be replayed; see: cuelight archive status")
    if as_json:
        click.echo(json.dumps({"live": old.version, "draft": new.version, **shown(report)}))
    else:
        click.echo("\n".join(_told(old, new, report.effect)))


def _told(old: PolicyVersion, new: PolicyVersion, found: Effect) -> list[str]:
    since = f"{found.since:%Y-%m-%d}" if found.since else ""
    until = f"{found.until:%Y-%m-%d}" if found.until else ""
    lines = [
        f"{found.chats:,} decisions from {since} to {until}: {old.version} → {new.version}",
        f"  another cue          {found.changed:,}",
        _pair("  reds per 100", found.red_per_100),
        _pair("  ambers per 100", found.amber_per_100),
        _known("  impersonations", found.impersonations, "warned of"),
        _known("  legit chats", found.legit, "bothered"),
    ]
    for title, tallies in (("by kind of customer", found.by_customer), ("by network", found.by_network)):
        lines += ["", f"{title} (amber or red per 100)", *(_line(tally) for tally in tallies)]
    lines.append("")
    if found.impersonations.green:
        lines.append(f"WARNING  {found.impersonations.green} confirmed impersonations would turn green")
    if found.over_budget:
        lines.append(f"WARNING  more reds than people bear: {found.red_per_100[1]:.2f} per 100, the budget is 0.5")
    if found.unjudged:
        named = ", ".join(found.unjudged[:6]) + (f" and {len(found.unjudged) - 6} more" if found.unjudged[6:] else "")
        lines.append(
            f"NOTE     recorded evidence cannot tell about {named}; run it: cuelight policy shadow {new.version}"
        )
    return lines if lines[-1] else lines[:-1]


def _pair(label: str, pair: tuple[float, float]) -> str:
    return f"{label:<23}{pair[0]:.2f} → {pair[1]:.2f}"


def _known(label: str, known: Known, what: str) -> str:
    if not known.chats:
        return f"{label:<23}none is known"
    more = f"({known.gained:,} more, {known.lost:,} no longer)"
    return f"{label:<23}{known.chats:,} known; {what} {known.warned.now:,} → {known.warned.then:,} {more}"


def _line(tally: Tally) -> str:
    now, then = (tally.per_100(Cue.AMBER)[place] + tally.per_100(Cue.RED)[place] for place in (0, 1))
    return f"  {tally.name:<20} {now:6.1f} → {then:5.1f}   of {tally.chats:,}"
