"""User agents: family, version and form, through `user-agents` over ua-parser's Rust resolver."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import LazyLoader, find_spec, module_from_spec
from types import ModuleType
from typing import Final

import ua_parser

from cuelight.core.chat import Software


def _late(package: ModuleType, name: str) -> None:
    """Have a module of a package loaded when something of it is asked for, not where it is imported."""
    full = f"{package.__name__}.{name}"
    found = find_spec(full)
    if full in sys.modules or found is None or found.loader is None:
        return
    found.loader = LazyLoader(found.loader)
    module = sys.modules[full] = module_from_spec(found)
    found.loader.exec_module(module)
    setattr(package, name, module)


# `user_agents` imports ua-parser's pure-Python half, which compiles a thousand patterns (0.2 s of every start) that
# nothing here asks: the Rust half has its own.
_late(ua_parser, "user_agent_parser")
from user_agents.parsers import (  # type: ignore[import-untyped]  # noqa: E402 - after the line above, or in vain
    UserAgent,
    parse_browser,
    parse_device,
    parse_operating_system,
)

MAX_TEXT: Final = 512
"""Characters read of a user agent. Real ones stay under 300; the rest is somebody's test of our patience."""

_COMPUTERS: Final = frozenset({"Linux", "Ubuntu", "Debian", "Fedora", "FreeBSD", "OpenBSD"})


@dataclass(frozen=True, slots=True)
class Agent:
    """What a user agent says of itself. `chromium`: its engine sends Client Hints."""

    os: Software | None
    browser: Software | None
    form: str | None
    chromium: bool = False


UNKNOWN: Final = Agent(None, None, None)


def _parsed(text: str) -> UserAgent:
    """`user_agents.parse`, but resolved in Rust: its own constructor always takes the pure-Python path, which
    costs 0.5 ms and more for an agent not seen before; the answers are the same."""
    found = ua_parser.parse(text).with_defaults()
    agent = object.__new__(UserAgent)
    agent.ua_string = text
    agent.os = parse_operating_system(
        found.os.family, found.os.major, found.os.minor, found.os.patch, found.os.patch_minor
    )
    browser = found.user_agent
    agent.browser = parse_browser(browser.family, browser.major, browser.minor, browser.patch)
    agent.device = parse_device(found.device.family, found.device.brand, found.device.model)
    return agent


@lru_cache(maxsize=4096)
def _read(text: str) -> Agent:
    agent = _parsed(text)
    browser = _software(agent.browser)
    os = _software(agent.os)
    chromium = browser is not None and ("Chrome/" in text or "Chromium/" in text)
    if os is not None and _frozen(os, browser, text):
        os = Software(os.family)
    if browser is not None and chromium and browser.version[1:] and not any(browser.version[1:]):
        browser = Software(browser.family, browser.version[:1])  # "130.0.0.0": only the first number is real
    return Agent(os, browser, _form(agent, text), chromium)


def read_user_agent(text: str) -> Agent:
    """Read a user agent; never raises. Unknown parts are None, frozen versions are empty."""
    text = text[:MAX_TEXT].strip()
    return _read(text) if text else UNKNOWN


def warm() -> None:
    """Load ua-parser's patterns now (about 100 ms) instead of during the first chat."""
    read_user_agent("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36")


def _software(part: object) -> Software | None:
    """A `user_agents` tuple as `Software`: leading whole numbers of the version only ("XP" is not one)."""
    family: str = part.family  # type: ignore[attr-defined]
    if not family or family == "Other":
        return None
    version: list[int] = []
    for number in part.version:  # type: ignore[attr-defined]
        if not isinstance(number, int) or number >= 1 << 31:
            break
        version.append(number)
    return Software(family[:64], tuple(version))


def _frozen(os: Software, browser: Software | None, text: str) -> bool:
    """True where the version in the text is a constant of the browser, not the machine's.

    Browsers stopped telling: "Windows NT 10.0" is 10 and 11 alike; Macs say 10.15(.7) since Chrome 90,
    Firefox 87 and Safari 13.1 whatever runs; Chrome's Android is "10; K" since version 110 and Firefox's "10"
    since 122; Safari 26 on iOS says 18.6 or 18.7. A frozen number taken at its word would make every device
    alike.
    """
    match os.family:
        case "Windows":
            return os.version[:1] == (10,)
        case "Mac OS X":
            return os.version[:2] == (10, 15)
        case "Android":
            return os.version == (10,) and ("; K)" in text or "; K;" in text or "Firefox/" in text)
        case "iOS":
            safari = browser is not None and "Safari" in browser.family and (browser.major or 0) >= 26
            return safari and os.version[:1] == (18,)
        case "Chrome OS":
            return os.version[:1] == (14541,)
    return False


def _form(agent: UserAgent, text: str) -> str | None:
    if agent.is_bot:
        return "bot"
    if agent.is_tablet:
        # Not every Android browser says "Mobile Safari", but all say "Mobile" on phones.
        return "phone" if "Android" in text and "Mobile" in text and "iPad" not in text else "tablet"
    if agent.is_mobile:
        return "phone"
    return "computer" if agent.is_pc or agent.os.family in _COMPUTERS else None
