"""`cuelight replay`: recorded chats through the real scoring, history, learning and incident code."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cuelight.cli.records import RecordFile
    from cuelight.replay import Record, Replayed

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_INCOMPLETE = 3
"""Exit status when some lines could not be used: neither success nor failure of the command."""


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
@click.option("--out", type=_NEW_FILE, help="Write the report here instead of stdout.")
@click.option("--scores", type=_NEW_FILE, help="Write chat_id, score, log_odds, cue and reasons, a line per chat.")
@click.option("--store", type=click.Choice(["memory", "redis"]), default="memory", show_default=True)
@click.option("--policy", "policy_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--geo", "geo_dir", type=_FOLDER, help="Folder of GeoIP databases.")
@click.option("--networks", "networks_dir", type=_FOLDER, help="Folder of network lists.")
@click.option("--off", multiple=True, metavar="SIGNAL", help="Leave a signal out (repeatable).")
def replay(
    file: Path,
    form: str,
    out: Path | None,
    scores: Path | None,
    store: str,
    policy_file: Path | None,
    geo_dir: Path | None,
    networks_dir: Path | None,
    off: tuple[str, ...],
) -> None:
    """Replay FILE (one JSON object a line) in time order and report what agents would have seen.

    Exit status: 0 when every line was used, 3 when some were not (each is named on stderr), 1 on any other error.
    """
    from cuelight.cli import replay_report, scores_file
    from cuelight.cli.records import RecordFile
    from cuelight.replay import ReplayClock, run
    from cuelight.replay.report import build
    from cuelight.settings import Settings
    from cuelight.wiring.opening import replay_corridor

    given = {"policy_file": policy_file, "geo_dir": geo_dir, "networks_dir": networks_dir}
    settings = Settings().model_copy(update={name: path for name, path in given.items() if path is not None})
    clock = ReplayClock()
    source = RecordFile(file)
    with _progress("reading", file.stat().st_size) as tick:
        records = [record for record in source if tick(source.last_line_bytes) is None]

    def refuse(record: Record, why: str) -> None:
        source.bad.append((source.line_of(record), why))

    real = store == "redis"
    with (
        replay_corridor(settings, clock, real_store=real, off=off) as (corridor, policy),
        _progress("scoring", len(records)) as tick,
    ):
        replayed: list[Replayed] = list(run(records, corridor, clock, refuse, lambda: tick(1)))
    if scores is not None:
        scores_file.write(scores, replayed)
    text = replay_report.render(build(replayed, policy.version), policy, form, file.name, source.bad_count)
    if out is not None:
        out.write_text(text, encoding="utf-8")
        click.echo(f"report written to {out}", err=True)
    else:
        click.echo(text)
    _complain(source)
    if source.bad:
        sys.exit(_INCOMPLETE)


@contextlib.contextmanager
def _progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr where somebody is watching; nothing in a log file."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.advance(task, done)


def _complain(source: RecordFile) -> None:
    for number, reason in sorted(source.bad):
        click.echo(f"line {number}: {reason}", err=True)
    if source.bad:
        click.echo(f"{len(source.bad)} lines could not be used; the others were.", err=True)
    for name, count in source.ignored.most_common():
        click.echo(f"note: the unknown field {name} was ignored in {count} lines", err=True)
