"""What everybody waits for at each start: heavy packages load where somebody asks for what they do, and not before."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT

WHERE_ASKED_FOR = {
    "numpy": "replays of recorded decisions",
    "requests": "desks, channels and providers that are called",
    "joserfc": "identity tokens",
    "authlib": "an identity provider",
    "valkey": "nothing: the embedded server is talked to as any other",
    "ua_parser_builtins.regexes": "nothing: patterns of the half that is not in Rust",
    "cuelight.web.demo_shop": "a demonstration",
}


def loaded_by(module: str) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "api")},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(told.stdout.split())


def test_a_service_loads_what_it_may_not_need_only_when_it_is_asked_for() -> None:
    loaded = loaded_by("cuelight.app")
    assert "flask" in loaded
    assert not WHERE_ASKED_FOR.keys() & loaded


def test_the_list_of_commands_loads_none_of_what_they_do() -> None:
    loaded = loaded_by("cuelight.cli")
    assert "click" in loaded
    assert not {"flask", "pydantic", "redis", "structlog"} & loaded
