from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.core.chat import Software
from cuelight.sense.client_hints import NONE, read_hints

CHROME = '"Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99"'
FULL = '"Chromium";v="130.0.6723.59", "Google Chrome";v="130.0.6723.59", "Not?A_Brand";v="99.0.0.0"'


def test_a_computer_says_all() -> None:
    hints = read_hints(
        {
            "Sec-CH-UA": CHROME,
            "Sec-CH-UA-Full-Version-List": FULL,
            "Sec-CH-UA-Platform": '"Windows"',
            "Sec-CH-UA-Platform-Version": '"15.0.0"',
            "Sec-CH-UA-Mobile": "?0",
            "Sec-CH-UA-Model": '""',
            "Accept-Language": "en",
        }
    )
    assert hints.browser == Software("Chrome", (130, 0, 6723, 59))
    assert hints.os == Software("Windows", (11,))
    assert (hints.engine_major, hints.mobile, hints.model, hints.form) == (130, False, "", "computer")


def test_a_phone() -> None:
    hints = read_hints(
        {
            "sec-ch-ua": CHROME,
            "sec-ch-ua-platform": '"Android"',
            "sec-ch-ua-platform-version": '"15.0.0"',
            "sec-ch-ua-mobile": "?1",
            "sec-ch-ua-model": '"Pixel 8"',
        }
    )
    assert hints.browser == Software("Chrome Mobile", (130,))
    assert hints.os == Software("Android", (15, 0, 0))
    assert (hints.model, hints.form) == ("Pixel 8", "phone")


@pytest.mark.parametrize(
    ("brands", "family"),
    [
        ('"Microsoft Edge";v="130", "Chromium";v="130", ";Not A Brand";v="99"', "Edge"),
        ('"Not_A Brand";v="8", "Chromium";v="120", "Brave";v="120"', "Brave"),
        ('"Chromium";v="120", "Not:A-Brand";v="8"', "Chrome"),
        ('"Opera";v="114", "Chromium";v="128", "Not;A=Brand";v="24"', "Opera"),
        ('" Not A;Brand";v="99", "YaBrowser";v="24.1", "Chromium";v="120"', "Yandex Browser"),
        ('"Samsung Internet";v="25.0", "Chromium";v="121", "Not(A:Brand";v="24"', "Samsung Internet"),
        ('"A \\"quoted\\" name";v="1", "Chromium";v="121"', 'A \\"quoted\\" name'),
    ],
)
def test_the_particular_brand_counts_and_grease_does_not(brands: str, family: str) -> None:
    found = read_hints({"sec-ch-ua": brands}).browser
    assert found is not None
    assert found.family == family


@pytest.mark.parametrize(
    ("version", "windows"),
    [("0.3.0", ()), ("1.0.0", (10,)), ("10.0.0", (10,)), ("13.0.0", (11,)), ("19.0.0", (11,)), ("", ())],
)
def test_windows_versions(version: str, windows: tuple[int, ...]) -> None:
    hints = read_hints({"sec-ch-ua-platform": '"Windows"', "sec-ch-ua-platform-version": f'"{version}"'})
    assert hints.os == Software("Windows", windows)


def test_mac_and_tablet() -> None:
    assert read_hints({"sec-ch-ua-platform": '"macOS"', "sec-ch-ua-platform-version": '"14.5.0"'}).os == Software(
        "Mac OS X", (14, 5, 0)
    )
    assert read_hints({"sec-ch-ua-platform": '"Android"', "sec-ch-ua-mobile": "?0"}).form == "tablet"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"user-agent": "x"},
        {"sec-ch-ua": "Chromium;v=130"},
        {"sec-ch-ua": '"Chromium";v="130'},
        {"sec-ch-ua": '"Chromium" "Chrome"'},
        {"sec-ch-ua": '"Not A Brand";v="99"'},
        {"sec-ch-ua-mobile": "1"},
        {"sec-ch-ua-platform": "Windows"},
        {"sec-ch-ua-platform": '"Unknown"'},
        {"sec-ch-ua": '"\u00e9";v="1"'},
    ],
)
def test_what_is_not_well_formed_is_absent(headers: dict[str, str]) -> None:
    assert read_hints(headers) == NONE


_names = st.sampled_from(
    ["sec-ch-ua", "Sec-CH-UA-Mobile", "sec-ch-ua-platform", "sec-ch-ua-platform-version", "sec-ch-ua-full-version-list"]
)
_values = st.text(max_size=200) | st.text('"\\;=,v?0123456789. NotABrandChromium', max_size=200)


@given(st.dictionaries(_names, _values))
def test_any_text_reads(headers: dict[str, str]) -> None:
    hints = read_hints(headers)
    assert hints.form in (None, "phone", "tablet", "computer")


def test_no_text_takes_long() -> None:
    started = time.perf_counter()
    for unit in ('"a";', '"\\', ";v=", '"a";v="1"', '"a";a=b;', " ", '";'):
        read_hints({"sec-ch-ua": unit * 10_000, "sec-ch-ua-platform": unit * 10_000})
    assert time.perf_counter() - started < 0.5
