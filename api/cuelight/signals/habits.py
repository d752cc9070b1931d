"""What is usual for a customer against what is seen now, in the few coarse facts an agent may know. PURE, no signal.

Signals weigh; this only tells. It reads the same trusted sightings, so that what an agent is told is what was weighed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cuelight.core.chat import Chat, Device, Identity, Origin
from cuelight.core.history import History, Proof
from cuelight.signals.trust import weigh

_MOST = 3
_LEAST_SHARE = 0.15
"""Of the weight: a value seen now and then is no habit."""
_LEAST_CHATS = 3

_BROWSERS = {
    "Chrome": "Chrome", "Chrome Mobile": "Chrome", "Chrome Mobile iOS": "Chrome", "Chromium": "Chrome",
    "Firefox": "Firefox", "Firefox Mobile": "Firefox", "Firefox iOS": "Firefox", "Safari": "Safari",
    "Mobile Safari": "Safari", "Edge": "Edge", "Edge Mobile": "Edge", "Opera": "Opera", "Opera Mobile": "Opera",
    "Samsung Internet": "Samsung Internet", "Brave": "Brave", "Vivaldi": "Vivaldi", "IE": "Internet Explorer",
}  # fmt: skip
_SYSTEMS = {
    "Windows": "Windows", "Mac OS X": "macOS", "macOS": "macOS", "iOS": "iOS", "iPadOS": "iPadOS",
    "Android": "Android", "Linux": "Linux", "Ubuntu": "Linux", "Debian": "Linux", "Fedora": "Linux",
    "Chrome OS": "ChromeOS",
}  # fmt: skip
"""Families an agent knows. Others are `other`: a family is cut from the user agent, so it may be any text at all."""


@dataclass(frozen=True, slots=True)
class Habit:
    """One fact: its `usual` values, heaviest first, and the one seen `now` (None: not known).

    `differs` is None where either side is missing: that is not "the same".
    """

    fact: str
    usual: tuple[str, ...]
    now: str | None

    @property
    def differs(self) -> bool | None:
        return None if self.now is None or not self.usual else self.now not in self.usual


def compare(chat: Chat, history: History, trust: Mapping[str, float]) -> tuple[Habit, ...]:
    """Country, kind of network, device and way of coming; facts of which neither side is known are left out."""
    trusted = weigh(history.sightings, chat.at, trust, chat.key)
    weights = [(t.past.sighting.origin, t.past.sighting.device, t.weight) for t in trusted]
    now_origin, now_device = chat.origin, chat.device
    ways = [t.past.proof in (Proof.VERIFIED, Proof.SIGNED_IN) for t in trusted if t.past.chat is not None]
    usual_way: tuple[str, ...] = ()
    if len(ways) >= _LEAST_CHATS and abs(sum(ways) / len(ways) - 0.5) >= 0.25:
        usual_way = ("signed_in" if sum(ways) * 2 > len(ways) else "not_signed_in",)
    found = (
        Habit("sign_in", usual_way, "signed_in" if chat.identity is Identity.VERIFIED else "not_signed_in"),
        Habit("country", _usual((_country(o), w) for o, _, w in weights), _country(now_origin)),
        Habit("network", _usual((_network(o), w) for o, _, w in weights), _network(now_origin)),
        Habit("device", _usual((_device(d), w) for _, d, w in weights), _device(now_device)),
    )
    return tuple(habit for habit in found if habit.now is not None or habit.usual)


def _usual(values: Iterable[tuple[str | None, float]]) -> tuple[str, ...]:
    weight_of: defaultdict[str, float] = defaultdict(float)
    for value, weight in values:
        if value is not None:
            weight_of[value] += weight
    total = sum(weight_of.values())
    heaviest = sorted(weight_of.items(), key=lambda each: (-each[1], each[0]))[:_MOST]
    return tuple(value for value, weight in heaviest if weight >= _LEAST_SHARE * total)


def _country(origin: Origin | None) -> str | None:
    """Where the network does not hide it: the country of a VPN's exit says nothing about the person."""
    return None if origin is None or origin.kind.hides_origin else origin.country


def _network(origin: Origin | None) -> str | None:
    return None if origin is None or origin.kind.value == "unknown" else origin.kind.value


def _device(device: Device | None) -> str | None:
    if device is None or (device.browser is None and device.os is None):
        return None
    browser = _BROWSERS.get(device.browser.family, "other") if device.browser else "other"
    system = _SYSTEMS.get(device.os.family, "other") if device.os else "other"
    return f"{browser}/{system}"
