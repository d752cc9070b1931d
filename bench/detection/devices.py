"""Believable devices: joint distributions of system, browser, screen, graphics, fonts … and their drift.

Values of `canvas`, `audio` and `fonts` are class names, as a collector's hashes would be: equal for equal
software and graphics, with as many classes as studies find (desktops many, phones of one model few). The
popularity of models is assumed, in the proportions public usage statistics show; see `assumptions`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from random import Random
from typing import Any

from bench.detection.assumptions import of
from bench.detection.browsers import CALENDARS, client_hints, user_agent, version_at
from bench.detection.models import ANDROIDS, AUDIO, BROWSER_SHARES, CALENDAR, IPHONES, MACS, WIN_GPUS, WIN_SCREENS

Components = dict[str, Any]


def label(*parts: object) -> str:
    """A short opaque name, as a collector's hash would be."""
    return blake2b("|".join(map(str, parts)).encode(), digest_size=8).hexdigest()


def zipf(rng: Random, classes: int, power: float = 1.1) -> int:
    """A class number from 0, low ones much more common."""
    return rng.choices(range(classes), [1 / (i + 1) ** power for i in range(classes)])[0]


def _pick(rng: Random, table: tuple[Any, ...], weight: int = 1) -> Any:
    return rng.choices(table, [row[weight] for row in table])[0]


@dataclass(slots=True)
class Device:
    """One device with its main browser. Its versions follow the calendar at the owner's pace."""

    os: str
    form: str
    browser: str
    model: str
    fixed: Components
    lag: timedelta
    apple_lag: timedelta
    variant: int
    fonts: str
    noisy: bool = False
    frozen: dict[str, str] = field(default_factory=dict)
    os_version: str = ""

    def _version(self, name: str, at: datetime) -> str:
        calendar = CALENDAR.get(name, name)
        lag = self.apple_lag if calendar == "apple" else self.lag
        return version_at(calendar, at, lag, self.frozen.get(calendar))

    def observe(
        self,
        at: datetime,
        rng: Random,
        *,
        timezone: str,
        languages: tuple[str, ...],
        high_entropy: bool = False,
        browser: str | None = None,
    ) -> dict[str, Any]:
        """The record fields this device shows at `at`: user agent, Client Hints, fingerprint."""
        name = browser or self.browser
        version = self._version(name, at)
        os_version = self._version("apple", at) if self.os == "ios" else self.os_version
        engine = "safari" if self.os == "ios" else {"edge": "chrome", "opera": "chrome"}.get(name, name)
        components = dict(self.fixed)
        components |= {
            "timezone": timezone,
            "languages": list(languages),
            "audio": AUDIO.get(engine, AUDIO["chrome"]),
            # Drawing changes with graphics, engine and, a few times a year, with a browser version.
            "canvas": label(
                "canvas", self.os, self.fixed["gpu"], engine, self.variant, int(version.split(".")[0]) // 6
            ),
            "fonts": label("fonts", self.os, self.fonts, os_version.split(".")[0] if self.os == "ios" else ""),
        }
        if engine in ("safari", "firefox"):
            components.pop("memory", None)
        if engine == "firefox":
            components["gpu"] = self.fixed["gpu"].split(",")[0] + ", or similar"
        if self.noisy:
            components["canvas"] = label(rng.getrandbits(64))
            components["audio"] = f"124.0{rng.randrange(10**6):06d}"
        stable = {k: v for k, v in components.items() if k != "languages"}
        return {
            "user_agent": user_agent(self.os, self.form, name, version=version, os_version=os_version),
            "client_hints": client_hints(
                self.os,
                self.form,
                name,
                version=version,
                os_version=os_version,
                model=self.model,
                high_entropy=high_entropy,
            ),
            "fingerprint": {"id": label("id", sorted(stable.items())), "components": components},
        }


def _device(
    rng: Random,
    os: str,
    form: str,
    *,
    model: str,
    fixed: Components,
    fonts: str,
    variants: int,
    os_version: str = "",
    browser: str | None = None,
) -> Device:
    lag = timedelta(days=rng.expovariate(1 / of("update_lag_d")))
    apple_lag = timedelta(days=rng.expovariate(1 / of("ios_lag_d")))
    frozen: dict[str, str] = {}
    if rng.random() < of("never_updates"):
        frozen = {name: rng.choice(days[:4])[1] for name, days in CALENDARS.items()}
    return Device(
        os=os,
        form=form,
        browser=browser or _pick(rng, BROWSER_SHARES[os])[0],
        model=model,
        fixed=fixed,
        lag=lag,
        apple_lag=apple_lag,
        variant=zipf(rng, variants),
        fonts=fonts,
        noisy=rng.random() < of("noisy_prints"),
        frozen=frozen,
        os_version=os_version,
    )


def _fixed(screen: str, ratio: float, platform: str, *, cores: int, memory: int, touch: int, gpu: str) -> Components:
    return {
        "screen": screen,
        "pixel_ratio": ratio,
        "color_depth": 24,
        "platform": platform,
        "cores": cores,
        "memory": memory,
        "touch": touch,
        "gpu": gpu,
    }


def iphone(rng: Random) -> Device:
    name, _w, screen, ratio = _pick(rng, IPHONES)
    fixed = _fixed(screen, ratio, "iPhone", cores=4, memory=0, touch=5, gpu="Apple GPU")
    return _device(rng, "ios", "phone", model=name, fixed=fixed, fonts="ios", variants=1)


def ipad(rng: Random) -> Device:
    screen = rng.choices(("820x1180", "810x1080", "834x1194", "1024x1366", "744x1133"), (30, 30, 20, 12, 8))[0]
    fixed = _fixed(screen, 2, "MacIntel", cores=rng.choice((4, 8)), memory=0, touch=5, gpu="Apple GPU")
    return _device(rng, "ios", "tablet", model="iPad", fixed=fixed, fonts="ios", variants=1, browser="safari")


def android(rng: Random) -> Device:
    model, _w, screen, ratio, gpu, cores, memory, version = _pick(rng, ANDROIDS)
    # The Display size setting changes the CSS size on some phones.
    if rng.random() < 0.12:
        screen, ratio = {"360x780": ("411x891", 2.625)}.get(screen, ("360x800", 3))
    fixed = _fixed(screen, ratio, "Linux armv81", cores=cores, memory=memory, touch=5, gpu=gpu)
    browsers = None if model.startswith("SM-") else rng.choices(("chrome", "firefox", "edge"), (92, 5, 3))[0]
    return _device(
        rng,
        "android",
        "phone",
        model=model,
        fixed=fixed,
        fonts=f"{model[:4]}/{version}",
        variants=2,
        os_version=version,
        browser=browsers,
    )


def windows(rng: Random) -> Device:
    screen, ratio, _w = _pick(rng, WIN_SCREENS, 2)
    gpu, cores, _w = _pick(rng, WIN_GPUS, 2)
    text = f"ANGLE ({gpu.split()[0].split('(')[0]}, {gpu} Direct3D11 vs_5_0 ps_5_0, D3D11)"
    memory = rng.choices((8, 4, 16, 32), (78, 12, 7, 3))[0]
    touch = 10 if rng.random() < 0.12 else 0
    fixed = _fixed(screen, ratio, "Win32", cores=rng.choice(cores), memory=memory, touch=touch, gpu=text)
    fonts = f"windows/{zipf(rng, 60, 0.9)}"
    return _device(
        rng,
        "windows",
        "computer",
        model="",
        fixed=fixed,
        fonts=fonts,
        variants=6,
        os_version=rng.choice(("10.0.0", "15.0.0", "19.0.0")),
    )


def mac(rng: Random) -> Device:
    chip, cores, screens, _w = _pick(rng, MACS, 3)
    screen = rng.choice(screens)
    ratio = 1 if screen == "1920x1080" else 2
    fixed = _fixed(
        screen, ratio, "MacIntel", cores=cores, memory=8, touch=0, gpu=f"ANGLE (Apple, ANGLE Metal Renderer: {chip})"
    )
    device = _device(
        rng,
        "mac",
        "computer",
        model="",
        fixed=fixed,
        fonts=f"mac/{zipf(rng, 14)}",
        variants=2,
        os_version=rng.choice(("15.5.0", "15.6.0", "14.7.0")),
    )
    if device.browser == "safari":
        device.fixed["gpu"] = "Apple GPU"
        device.fixed["cores"] = 8
    return device


def linux(rng: Random) -> Device:
    screen, ratio, _w = _pick(rng, WIN_SCREENS, 2)
    os = "linux" if rng.random() < 0.55 else "chromeos"
    gpu = rng.choice(("Mesa Intel(R) UHD Graphics 620", "Mesa Intel(R) Xe Graphics", "AMD Radeon Graphics"))
    fixed = _fixed(
        screen,
        ratio,
        "Linux x86_64",
        cores=rng.choice((4, 8, 12, 16)),
        memory=8,
        touch=0,
        gpu=f"ANGLE (Mesa, {gpu}, OpenGL)",
    )
    return _device(
        rng, os, "computer", model="", fixed=fixed, fonts=f"linux/{zipf(rng, 30)}", variants=4, os_version="6.8.0"
    )


def phone(rng: Random) -> Device:
    return iphone(rng) if rng.random() < of("phone_iphone") else android(rng)


def computer(rng: Random) -> Device:
    roll = rng.random()
    if roll < of("computer_windows"):
        return windows(rng)
    return mac(rng) if roll < of("computer_windows") + of("computer_mac") else linux(rng)


def popular(rng: Random, *, on_phone: bool) -> Device:
    """A device that many people have, kept up to date: what an impostor who does not want to stand out takes."""
    device = iphone(rng) if on_phone else windows(rng)
    while on_phone and device.model not in ("12/13/14", "14 Pro/15/16", "XR/11"):
        device = iphone(rng)
    device.browser = "safari" if on_phone else "chrome"
    device.noisy, device.frozen = False, {}
    return device


def tor_browser(rng: Random) -> Device:
    """Tor's own browser: the same print for everyone, a clock in UTC, canvas refused (so: random)."""
    screen = rng.choice(("1400x900", "1000x900", "1400x800", "1200x900"))
    fixed = _fixed(screen, 1, "Win32", cores=2, memory=0, touch=0, gpu="Mozilla")
    device = _device(
        rng,
        "windows",
        "computer",
        model="",
        fixed=fixed,
        fonts="tor",
        variants=1,
        os_version="10.0.0",
        browser="firefox",
    )
    device.noisy, device.frozen = True, {"firefox": "140"}
    return device
