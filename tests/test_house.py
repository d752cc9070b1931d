"""The house rules that a machine can check: layers, sizes, words, and what no tracked file may name."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT

MAX_LINES = 300
CODE = (".py", ".js", ".mjs", ".css", ".html", ".lua")
BANNED_WORDS = {"factor", "factors", "verdict", "verdicts", "utils"}
KNOWN_NAMES = {"TWO_FACTOR_RESET", "two_factor_reset", "device_scale_factor"}
"""Not ours: the common name of a kind of sign-in, and an option of Playwright."""

# Put together here, because this file is tracked, too.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs", "org"), ("npmjs", "com"), ("yarnpkg", "com"),
        ("proxy", "golang", "org"), ("crates", "io"), ("rubygems", "org"), ("repo", "maven"),
    )
)  # fmt: skip
MACHINE_PATHS = ("/" + "work/", "/" + "root/", "/" + "home/")


def tracked() -> list[Path]:
    """Every tracked file, in a checkout; every file but the ignored places, in an unpacked archive."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
        names = [ROOT / name for name in listed.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        skipped = {".venv", "var", "node_modules", "__pycache__", "dist", "build", ".git"}
        names = [path for path in ROOT.rglob("*") if not skipped & set(path.relative_to(ROOT).parts)]
    return [path for path in names if path.is_file()]


FILES = tracked()


def texts() -> Iterator[tuple[Path, str]]:
    for path in FILES:
        raw = path.read_bytes()
        if b"\0" not in raw[:4096]:
            yield path.relative_to(ROOT), raw.decode("utf-8", "replace")


def test_there_is_something_to_check() -> None:
    assert len([path for path in FILES if path.suffix == ".py"]) > 50


def test_the_layers_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--config", "pyproject.toml"]
    environment = {"PYTHONPATH": str(ROOT / "api"), "PATH": "", "COLUMNS": "100"}
    found = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-3000:] + found.stderr[-1000:]
    assert " 0 broken" in found.stdout


def test_files_stay_short_enough_to_read() -> None:
    long = {
        str(path): lines
        for path, text in texts()
        if path.suffix in CODE and (lines := text.count("\n")) > MAX_LINES and "vendor" not in path.parts
    }
    assert not long


def words_of(name: str) -> set[str]:
    """The words an identifier is made of: `isTwoFactor`, `two_factor` -> two, factor."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def identifiers(path: Path, text: str) -> Iterator[tuple[int, str]]:
    if path.suffix == ".py":
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME:
                yield token.start[0], token.string
    else:
        code = re.sub(r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n"), text, flags=re.S)
        for number, line in enumerate(code.splitlines(), 1):
            bare = re.sub(r"//.*|\"[^\"]*\"|'[^']*'|`[^`]*`", "", line)
            for name in re.findall(r"[A-Za-z_$][\w$]*", bare):
                yield number, name


def test_the_glossary_is_kept() -> None:
    found = [
        f"{path}:{line}: {name}"
        for path, text in texts()
        if path.suffix in (".py", ".js", ".mjs") and "vendor" not in path.parts
        for line, name in identifiers(path, text)
        if name not in KNOWN_NAMES and BANNED_WORDS & words_of(name) and path != Path("tests/test_house.py")
    ]
    assert not found
    assert not [path for path in FILES if BANNED_WORDS & words_of(path.stem)]


@pytest.mark.parametrize(
    ("name", "words"),
    [("default_factory", {"default", "factory"}), ("riskFactor", {"risk", "factor"}), ("VERDICT", {"verdict"}),
     ("HTTPVerdict2", {"http", "verdict"})],
)  # fmt: skip
def test_words_are_found_in_names(name: str, words: set[str]) -> None:
    assert words_of(name) == words


def test_no_tracked_file_names_a_registry_or_a_machines_path() -> None:
    found = [
        f"{path}: {name}"
        for path, text in texts()
        for name in (*REGISTRY_HOSTS, *MACHINE_PATHS)
        if re.search(rf"(?<![\w.]){re.escape(name)}" if name.startswith("/") else re.escape(name), text)
    ]
    assert not found


def test_the_environment_is_read_in_one_place() -> None:
    readers = [
        str(path)
        for path, text in texts()
        if path.parts[:2] == ("api", "cuelight")
        and path.suffix == ".py"
        and re.search(r"\bos\.(environ|getenv)\b", text)
    ]
    # The command hands the embedded store's address to the workers it starts; the embedded server's starter, a process
    # of its own, leaves a memory setting to whoever set it already.
    allowed = {"api/cuelight/settings.py", "api/cuelight/cli/run.py", "api/cuelight/stores/launching.py"}
    assert set(readers) <= allowed
