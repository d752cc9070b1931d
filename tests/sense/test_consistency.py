from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.sense.agents import IPHONE, MAC_SAFARI, PIXEL, SAMSUNG, TABLET, UBUNTU, WINDOWS

from cuelight.core.chat import Software
from cuelight.core.facts import ComponentValue
from cuelight.sense.client_hints import read_hints
from cuelight.sense.consistency import contradictions, device_of
from cuelight.sense.fingerprint import canonical
from cuelight.sense.user_agent import read_user_agent

CHROME_130 = '"Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99"'
CHROME_131 = CHROME_130.replace("130", "131")
LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
COC_COC = WINDOWS.replace("Chrome/", "coc_coc_browser/130.0 Chrome/")


def hints(brands: str, platform: str, mobile: str = "?0") -> dict[str, str]:
    return {"sec-ch-ua": brands, "sec-ch-ua-platform": f'"{platform}"', "sec-ch-ua-mobile": mobile}


@pytest.mark.parametrize(
    ("agent", "headers", "components", "odd"),
    [
        # honest ones
        (WINDOWS, hints(CHROME_130, "Windows"), {"platform": "Win32", "touch": 0}, ()),
        (PIXEL, hints(CHROME_131, "Android", "?1"), {"platform": "Linux armv8l", "touch": 5}, ()),
        (TABLET, hints(CHROME_131, "Android"), {"platform": "Linux aarch64", "touch": 5}, ()),
        (IPHONE, {}, {"platform": "iPhone", "touch": 5}, ()),
        (MAC_SAFARI, {}, {"platform": "MacIntel", "touch": 0}, ()),
        (UBUNTU, {}, {"platform": "Linux x86_64"}, ()),
        (WINDOWS.replace("Chrome/130", "Chrome/129"), hints('"Brave";v="129", "Chromium";v="129"', "Windows"), {}, ()),
        (SAMSUNG, hints('"Samsung Internet";v="25.0", "Chromium";v="121"', "Android", "?1"), {}, ()),
        (COC_COC, hints('"CocCoc";v="130", "Chromium";v="130"', "Windows"), {}, ()),
        # an iPad and an Android phone that ask for desktop sites
        (MAC_SAFARI, {}, {"platform": "MacIntel", "touch": 5}, ()),
        (LINUX, hints(CHROME_131, "Linux"), {"platform": "Linux armv8l", "touch": 5}, ()),
        # liars
        (WINDOWS, hints(CHROME_130, "Linux"), {"platform": "Linux x86_64"}, ("os_hint", "platform")),
        (WINDOWS, hints(CHROME_131, "Windows"), {}, ("browser_hint",)),
        (MAC_SAFARI, hints(CHROME_130, "macOS"), {}, ("browser_hint",)),
        (IPHONE, {}, {"platform": "Win32", "touch": 0}, ("platform", "touch")),
        (PIXEL, hints(CHROME_131, "Android", "?0"), {}, ("mobile_hint",)),
        (WINDOWS, hints(CHROME_130, "Windows", "?1"), {}, ("mobile_hint",)),
        (MAC_SAFARI, {}, {"platform": "Linux x86_64"}, ("platform",)),
    ],
)
def test_contradictions(
    agent: str, headers: dict[str, str], components: Mapping[str, ComponentValue], odd: tuple[str, ...]
) -> None:
    found = contradictions(read_user_agent(agent), read_hints(headers), canonical(components))
    assert found == (not odd, odd)


@pytest.mark.parametrize(
    ("agent", "components"), [("", {}), (WINDOWS, {}), ("curl/8", {"platform": "Win32"}), ("", {"touch": 0})]
)
def test_nothing_to_compare(agent: str, components: dict[str, ComponentValue]) -> None:
    assert contradictions(read_user_agent(agent), read_hints({}), canonical(components)) == (None, ())


def test_hints_win_over_the_frozen_user_agent() -> None:
    headers = hints(CHROME_130, "Windows") | {
        "sec-ch-ua-platform-version": '"15.0.0"',
        "sec-ch-ua-full-version-list": CHROME_130.replace("130", "130.0.6723.59"),
    }
    device = device_of(read_user_agent(WINDOWS), read_hints(headers), {})
    assert device.os == Software("Windows", (11,))
    assert device.browser == Software("Chrome", (130, 0, 6723, 59))


def test_the_user_agent_fills_what_hints_leave_open() -> None:
    device = device_of(read_user_agent(SAMSUNG), read_hints({"sec-ch-ua-platform": '"Android"'}), {})
    assert device.os == Software("Android", (14,))
    assert device.form == "phone"
    assert device.browser is not None
    assert device.browser.family == "Samsung Internet"


def test_a_mac_with_a_touch_screen_is_an_ipad() -> None:
    device = device_of(read_user_agent(MAC_SAFARI), read_hints({}), canonical({"touch": 5, "platform": "MacIntel"}))
    assert (device.os, device.form) == (Software("iOS"), "tablet")
