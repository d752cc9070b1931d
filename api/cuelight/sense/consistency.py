"""Whether a contact's own facts agree: user agent, Client Hints, `platform`, touch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cuelight.core.chat import Device, Software
from cuelight.sense.client_hints import Hints
from cuelight.sense.user_agent import Agent

_FAMILY_OF: Final = {
    **dict.fromkeys(("Ubuntu", "Debian", "Fedora", "Chromecast", "Linux Mint", "Red Hat"), "Linux"),
    **dict.fromkeys(("iOS", "Mac OS X"), "Apple"),
}
"""Systems that pass for one another without lying: Linux distributions, and iPads that ask for desktop sites."""

_PLATFORMS: Final = (
    ("win", "Windows"),
    ("mac", "Apple"),
    ("iphone", "Apple"),
    ("ipad", "Apple"),
    ("ipod", "Apple"),
    ("linux", "Linux"),
    ("android", "Android"),
    ("freebsd", "FreeBSD"),
)
"""What `navigator.platform` begins with, and the system it tells."""

_RUNS_ON: Final = {"Android": ("Linux", "Android"), "Chrome OS": ("Linux",)}
"""Systems whose platform string names the kernel."""


def device_of(agent: Agent, hints: Hints, components: Mapping[str, str]) -> Device:
    """What a contact used: hints win over the user agent, whose versions are frozen; tokens are not yet in.

    A browser on a Mac with touch points is an iPad asking for desktop sites (no Mac has a touch screen).
    """
    os, form = hints.os or agent.os, agent.form
    if form != "bot" and hints.form is not None:
        form = hints.form
    if hints.os is not None and agent.os is not None and not hints.os.version and _same(hints.os, agent.os):
        os = agent.os  # same system, and the user agent says more (an old version before the freeze)
    if os is not None and os.family == "Mac OS X" and _touch_points(components) > 1:
        os, form = Software("iOS"), "tablet"
    return Device(os, hints.browser or agent.browser, form)


def contradictions(agent: Agent, hints: Hints, components: Mapping[str, str]) -> tuple[bool | None, tuple[str, ...]]:
    """(True, ()) if all that is known agrees, (False, names of what does not), (None, ()) if nothing compares.

    Names: `os_hint`, `browser_hint`, `mobile_hint` (user agent against Client Hints), `platform` (against
    `navigator.platform`), `touch` (a phone or tablet without touch points). Kept to what no honest browser does:
    a "desktop site" switch changes user agent and hints together and leaves `platform` behind, where Android
    still says Linux and iPads say Mac, as their user agents then do.
    """
    odd: list[str] = []
    compared = 0
    if hints.os is not None and agent.os is not None:
        compared += 1
        if not _same(hints.os, agent.os):
            odd.append("os_hint")
    if hints.engine_major is not None and agent.browser is not None:
        compared += 1
        if not agent.chromium or _other_major(hints, agent.browser):
            odd.append("browser_hint")
    if hints.mobile is not None and agent.form in ("phone", "computer"):
        compared += 1
        if hints.mobile != (agent.form == "phone"):
            odd.append("mobile_hint")
    platform = components.get("platform", "").lower()
    told = next((system for start, system in _PLATFORMS if platform.startswith(start)), None)
    if told is not None and agent.os is not None:
        compared += 1
        family = _FAMILY_OF.get(agent.os.family, agent.os.family)
        if told not in _RUNS_ON.get(family, (family,)):
            odd.append("platform")
    if agent.form in ("phone", "tablet") and "touch" in components:
        compared += 1
        if _touch_points(components) == 0:
            odd.append("touch")
    return (None if not compared else not odd), tuple(odd)


def _same(a: Software, b: Software) -> bool:
    return _FAMILY_OF.get(a.family, a.family) == _FAMILY_OF.get(b.family, b.family)


def _other_major(hints: Hints, browser: Software) -> bool:
    """Both name the same browser, yet not its version. Browsers with their own numbering are not compared."""
    named = hints.browser
    return (
        named is not None
        and named.family == browser.family
        and named.major is not None
        and browser.major is not None
        and named.major != browser.major
    )


def _touch_points(components: Mapping[str, str]) -> float:
    try:
        return float(components.get("touch", "0"))
    except ValueError:
        return 0.0
