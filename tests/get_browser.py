"""Find the browsers of the tests, or get them: a Chromium (the one on PATH, else Playwright's own, else Debian's
package) and a Firefox (the one on PATH, else Debian's ESR)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

FIREFOX_NAMES = ("firefox-esr", "firefox")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def on_path() -> str | None:
    """A Chromium somebody has installed; `CHROMIUM` names another one."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def playwrights_own() -> str | None:
    """The Chromium that Playwright downloaded, if it did."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def find() -> str | None:
    return on_path() or playwrights_own()


def _try(*command: str, timeout_s: int = 300) -> bool:
    print("$", " ".join(command), file=sys.stderr)  # noqa: T201 - a build step tells what it does
    try:
        return subprocess.run(command, timeout=timeout_s, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def find_firefox() -> str | None:
    return next((found for name in FIREFOX_NAMES if (found := shutil.which(name))), None)


def _apt(*packages: str) -> None:
    if not shutil.which("apt-get"):
        return
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    _try(*sudo, "apt-get", "update", "-qq")
    _try(*sudo, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)


def _install() -> None:
    if _try(sys.executable, "-m", "playwright", "install", "--with-deps", "chromium", timeout_s=180) and find():
        return
    _apt("chromium", "fonts-noto-core")


def main() -> int:
    if not find():
        _install()
    found = find()
    if not found:
        sys.exit(
            "No Chromium could be found or installed. Install one (Debian: apt-get install chromium) or set CHROMIUM."
        )
    if not find_firefox():
        _apt("firefox-esr")
    if not find_firefox():
        sys.exit("No Firefox could be found or installed. Install one (Debian: apt-get install firefox-esr).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
