from __future__ import annotations

import time

import pytest
import user_agents
from hypothesis import given
from hypothesis import strategies as st
from tests.sense.agents import (
    FIREFOX_7,
    FIREFOX_ANDROID,
    GOOGLEBOT,
    IPHONE,
    IPHONE_26,
    MAC_SAFARI,
    PIXEL,
    SAMSUNG,
    TABLET,
    UBUNTU,
    WEBVIEW,
    WINDOWS,
)

from cuelight.core.chat import Software
from cuelight.sense.user_agent import MAX_TEXT, UNKNOWN, _parsed, read_user_agent


@pytest.mark.parametrize(
    ("text", "os", "browser", "form"),
    [
        (WINDOWS, Software("Windows"), Software("Chrome", (130,)), "computer"),
        (MAC_SAFARI, Software("Mac OS X"), Software("Safari", (17, 4)), "computer"),
        (PIXEL, Software("Android"), Software("Chrome Mobile", (131,)), "phone"),
        (TABLET, Software("Android"), Software("Chrome", (131,)), "tablet"),
        (SAMSUNG, Software("Android", (14,)), Software("Samsung Internet", (25,)), "phone"),
        (IPHONE, Software("iOS", (17, 5, 1)), Software("Mobile Safari", (17, 5)), "phone"),
        (IPHONE_26, Software("iOS"), Software("Mobile Safari", (26,)), "phone"),
        (FIREFOX_7, Software("Windows", (7,)), Software("Firefox", (115, 0)), "computer"),
        (FIREFOX_ANDROID, Software("Android"), Software("Firefox Mobile", (128, 0)), "phone"),
        (UBUNTU, Software("Ubuntu"), Software("Firefox", (115, 0)), "computer"),
        (GOOGLEBOT, None, Software("Googlebot", (2, 1)), "bot"),
        (WEBVIEW, Software("Android"), Software("Chrome Mobile WebView", (130,)), "phone"),
        ("curl/8.5.0", None, Software("curl", (8, 5, 0)), None),
    ],
)
def test_families_versions_and_forms(text: str, os: Software | None, browser: Software, form: str | None) -> None:
    agent = read_user_agent(text)
    assert (agent.os, agent.form) == (os, form)
    assert agent.browser is not None
    assert agent.browser.family == browser.family
    assert agent.browser.version[: len(browser.version)] == browser.version


@pytest.mark.parametrize(
    "text",
    [WINDOWS, MAC_SAFARI, PIXEL, TABLET, SAMSUNG, IPHONE, FIREFOX_7, FIREFOX_ANDROID, UBUNTU, GOOGLEBOT, WEBVIEW, "x"],
)
def test_the_rust_path_answers_as_the_library_itself_does(text: str) -> None:
    ours, theirs = _parsed(text), user_agents.parse(text)
    for name in ("os", "browser", "device", "is_mobile", "is_tablet", "is_pc", "is_bot", "is_touch_capable"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert str(ours) == str(theirs)


@pytest.mark.parametrize("text", ["", "   ", "?", "Mozilla/5.0"])
def test_nothing_to_read(text: str) -> None:
    assert read_user_agent(text) == UNKNOWN


def test_only_the_start_of_an_endless_one_is_read() -> None:
    assert read_user_agent(WINDOWS + " " * MAX_TEXT + "x" * 100_000) == read_user_agent(WINDOWS)
    started = time.perf_counter()
    read_user_agent("Mozilla/5.0 (" + "Android;" * 20_000)
    assert time.perf_counter() - started < 0.1


@given(
    st.text(max_size=600) | st.builds("Mozilla/5.0 ({}) Chrome/{} Safari/{}".format, st.text(), st.text(), st.text())
)
def test_any_text_reads(text: str) -> None:
    agent = read_user_agent(text)
    for software in (agent.os, agent.browser):
        assert software is None or all(isinstance(number, int) for number in software.version)
    assert agent.form in (None, "phone", "tablet", "computer", "bot")
