"""Browser and system versions over the simulated year, and the strings browsers send for them.

Chrome's and Firefox's days follow the release schedules their makers publish; Apple's are the days of its
releases as far as known, else assumed. Strings follow what each browser really sends: Chrome's user agent
says little since its reduction, Safari freezes the system version, Client Hints come from Chromium alone.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta

START = datetime(2025, 7, 1, tzinfo=UTC)
END = datetime(2026, 7, 1, tzinfo=UTC)


def _days(first: int, days: str) -> list[tuple[datetime, str]]:
    return [(datetime.fromisoformat(day).replace(tzinfo=UTC), str(first + i)) for i, day in enumerate(days.split())]


CALENDARS: dict[str, list[tuple[datetime, str]]] = {
    "chrome": _days(
        134,
        "2025-03-04 2025-04-01 2025-04-29 2025-05-27 2025-06-24 2025-08-05 2025-09-02 2025-09-30 2025-10-28 "
        "2025-12-02 2026-01-13 2026-02-10 2026-03-10 2026-04-07 2026-05-05 2026-06-02",
    ),
    "firefox": _days(
        136,
        "2025-03-04 2025-04-01 2025-04-29 2025-05-27 2025-06-24 2025-07-22 2025-08-19 2025-09-16 2025-10-14 "
        "2025-11-11 2025-12-09 2026-01-13 2026-02-24 2026-03-24 2026-04-21 2026-05-19 2026-06-16",
    ),
    "samsung": _days(27, "2024-11-06 2025-04-02 2025-10-30 2026-04-20"),
    "apple": [
        (datetime.fromisoformat(d).replace(tzinfo=UTC), v)
        for d, v in (
            ("2025-01-27", "18.3"),
            ("2025-03-31", "18.4"),
            ("2025-05-12", "18.5"),
            ("2025-07-29", "18.6"),
            ("2025-09-15", "26.0"),
            ("2025-11-03", "26.1"),
            ("2025-12-12", "26.2"),
            ("2026-02-11", "26.3"),
            ("2026-03-24", "26.4"),
            ("2026-05-11", "26.5"),
        )
    ],
}
SAMSUNG_ENGINE = {"27": "125", "28": "130", "29": "136", "30": "142"}


def version_at(calendar: str, at: datetime, lag: timedelta, frozen: str | None) -> str:
    """The version in use at `at` by someone who takes updates `lag` after they come, or never (`frozen`)."""
    if frozen is not None:
        return frozen
    releases = CALENDARS[calendar]
    index = bisect_right([day for day, _ in releases], at - lag) - 1
    return releases[max(0, index)][1]


def _chrome_build(major: str) -> str:
    number = int(major)
    return f"{number}.0.{7049 + (number - 135) * 61}.{40 + number * 7 % 90}"


def _apple_os_in_ua(version: str) -> str:
    """Safari 26 keeps saying iOS 18_6 (Apple froze it); before, it said the true version."""
    return "18_6" if version.startswith("26") else version.replace(".", "_")


def _not_a_brand(major: str) -> tuple[str, str]:
    brands = (("Not)A;Brand", "8"), ("Not;A=Brand", "99"), ("Not=A?Brand", "24"), ("Not_A Brand", "8"))
    return brands[int(major) % 4]


_BRAND = {"chrome": "Google Chrome", "edge": "Microsoft Edge", "samsung": "Samsung Internet", "opera": "Opera"}
_TOKEN = {
    "windows": "Windows NT 10.0; Win64; x64",
    "mac": "Macintosh; Intel Mac OS X 10_15_7",
    "linux": "X11; Linux x86_64",
    "chromeos": "X11; CrOS x86_64 14541.0.0",
    "android": "Linux; Android 10; K",
}
_PLATFORM_HINT = {"windows": "Windows", "mac": "macOS", "linux": "Linux", "chromeos": "Chrome OS", "android": "Android"}


def user_agent(os: str, form: str, browser: str, *, version: str, os_version: str) -> str:
    """The User-Agent header of this browser on this system."""
    mobile = " Mobile" if form == "phone" else ""
    if os == "ios":
        apple = _apple_os_in_ua(os_version)
        if form == "tablet" and browser == "safari":  # an iPad asks for desktop pages and says so
            head = f"Mozilla/5.0 ({_TOKEN['mac']}) AppleWebKit/605.1.15 (KHTML, like Gecko)"
            return f"{head} Version/{os_version} Safari/605.1.15"
        device = "iPhone; CPU iPhone OS" if form == "phone" else "iPad; CPU OS"
        head = f"Mozilla/5.0 ({device} {apple} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
        if browser == "safari":
            return f"{head} Version/{os_version} Mobile/15E148 Safari/604.1"
        if browser == "firefox":
            return f"{head} FxiOS/{version}.0 Mobile/15E148 Safari/605.1.15"
        return f"{head} CriOS/{_chrome_build(version)} Mobile/15E148 Safari/604.1"
    if browser == "safari":
        return (
            f"Mozilla/5.0 ({_TOKEN['mac']}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{version} Safari/605.1.15"
        )
    if browser == "firefox":
        token = {
            "windows": _TOKEN["windows"],
            "mac": "Macintosh; Intel Mac OS X 10.15",
            "linux": "X11; Ubuntu; Linux x86_64",
            "android": f"Android {os_version.partition('.')[0]}; Mobile",
        }[os]
        tail = f"Gecko/{version}.0" if os == "android" else "Gecko/20100101"
        return f"Mozilla/5.0 ({token}; rv:{version}.0) {tail} Firefox/{version}.0"
    head = f"Mozilla/5.0 ({_TOKEN[os]}) AppleWebKit/537.36 (KHTML, like Gecko)"
    if browser == "samsung":
        return f"{head} SamsungBrowser/{version}.0 Chrome/{SAMSUNG_ENGINE[version]}.0.0.0{mobile} Safari/537.36"
    tails = {
        "edge": f" {'EdgA' if os == 'android' else 'Edg'}/{version}.0.0.0",
        "opera": f" OPR/{int(version) - 15}.0.0.0",
    }
    return f"{head} Chrome/{version}.0.0.0{mobile} Safari/537.36{tails.get(browser, '')}"


def client_hints(
    os: str, form: str, browser: str, *, version: str, os_version: str, model: str, high_entropy: bool
) -> dict[str, str]:
    """The Client Hints of this browser: none outside Chromium; versions and model only where asked for."""
    if os == "ios" or browser not in _BRAND:
        return {}
    engine = SAMSUNG_ENGINE[version] if browser == "samsung" else version
    own = str(int(version) - 15) if browser == "opera" else version
    odd, odd_version = _not_a_brand(engine)
    hints = {
        "sec-ch-ua": f'"Chromium";v="{engine}", "{_BRAND[browser]}";v="{own}", "{odd}";v="{odd_version}"',
        "sec-ch-ua-mobile": "?1" if form == "phone" else "?0",
        "sec-ch-ua-platform": f'"{_PLATFORM_HINT[os]}"',
    }
    if high_entropy:
        hints["sec-ch-ua-platform-version"] = f'"{os_version}"'
        hints["sec-ch-ua-model"] = f'"{model}"'
        hints["sec-ch-ua-full-version-list"] = (
            f'"Chromium";v="{_chrome_build(engine)}", "{_BRAND[browser]}";v="{own}.0.0.0", '
            f'"{odd}";v="{odd_version}.0.0.0"'
        )
    return hints
