"""The command: `cuelight <something>`. One file per command, loaded when it is called."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from cuelight import __version__
from cuelight.core.errors import CuelightError

_COMMANDS = {
    "agents": "agents",
    "archive": "archive",
    "audit": "audit",
    "channels": "channels",
    "collectors": "collectors",
    "demo": "run",
    "doctor": "doctor",
    "export": "forget",
    "forget": "forget",
    "hash-keys": "hash_keys",
    "geo": "geo",
    "hooks": "hooks",
    "keys": "keys",
    "operators": "operators",
    "policy": "policy",
    "replay": "replay",
    "run": "run",
    "score": "score",
    "store": "store",
    "worker": "worker",
}
"""Command to the module that holds it, so that `cuelight --help` need not load what serves."""


class _Group(click.Group):
    """Loads commands late, and turns our own errors into one line and exit status 1: a traceback is for bugs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"cuelight.cli.{_COMMANDS[cmd_name]}")
        command = getattr(module, cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CuelightError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if (told := _of_var_dir(error)) is None:
                raise
            raise click.ClickException(told) from error


def _of_var_dir(error: OSError) -> str | None:
    """What to do about a file that could not be made or written where this installation keeps its own."""
    from cuelight.settings import Settings
    from cuelight.wiring.checking import var_dir_trouble

    folder = Settings().var_dir
    at = error.filename
    ours = isinstance(at, str | Path) and Path(at).resolve().is_relative_to(folder.resolve())
    return str(var_dir_trouble(folder, error)) if ours else None


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cuelight")
def main() -> None:
    """Red, amber and green cues beside a support chat."""
