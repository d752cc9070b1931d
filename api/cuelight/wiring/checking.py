"""What settings say together and where they point: for `cuelight doctor`, and for `cuelight run` before it starts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from cuelight.channels.target import AllowedPrivate
from cuelight.core.errors import CuelightError, InvalidInput
from cuelight.sense.forwarding import read_proxies
from cuelight.sense.key_ring import parse
from cuelight.settings import Settings, unknown_names
from cuelight.stores.store_url import read as read_store_url
from cuelight.wiring.console import provider_of
from cuelight.wiring.notices import terms_of
from cuelight.wiring.opening import hash_keys, read_policy

Found = tuple[bool | None, str]
"""(True: in order, None: works but look at it, False: must be mended) and what was found."""

_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?", re.IGNORECASE)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def settings_found(settings: Settings) -> Iterator[Found]:
    """Every setting that cannot be used, by its variable and in plain words, and those that work but should not stay.

    Says nothing about what is in order. Starts nothing and asks nobody; makes the data folder.
    """
    checks: tuple[Callable[[], object], ...] = (
        lambda: _use_var_dir(settings.var_dir),
        lambda: read_store_url(settings.redis_url.get_secret_value()) if settings.redis_url else None,
        lambda: parse(settings.hash_key.get_secret_value()) if settings.hash_key else None,
        lambda: read_proxies(settings.proxies, settings.proxy_header),
        lambda: AllowedPrivate.parse(settings.allow_private_targets),
        lambda: _console_url(settings.console_url),
        lambda: _whole_provider(settings),
        lambda: provider_of(settings),
        lambda: terms_of(settings),
    )
    for check in checks:
        try:
            check()
        except InvalidInput as error:
            yield False, f"{_variable(error.field)}: {error.problem}"
    yield from _worth_a_look(settings)


def start_found(settings: Settings) -> Iterator[Found]:
    """What keeps a service from starting, found before anything is started: settings, the policy, the hash key."""
    found = list(settings_found(settings))
    yield from found
    if any(state is False for state, _ in found):
        return
    try:
        read_policy(settings.policy)
    except CuelightError as error:
        yield False, f"policy {settings.policy}: {error}"
    try:
        hash_keys(settings)
    except CuelightError as error:
        yield False, f"keyed-hash key: {error}"


def var_dir_trouble(folder: Path, error: OSError) -> InvalidInput:
    why = error.strerror or type(error).__name__
    return InvalidInput(
        "CUELIGHT_VAR_DIR", f"{folder} cannot be used ({why}): name a folder that this account may make and write"
    )


def _use_var_dir(folder: Path) -> None:
    probe = folder / ".writable"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError as error:
        raise var_dir_trouble(folder, error) from None


def _console_url(url: str | None) -> None:
    if url is not None and not _usable(url):
        raise InvalidInput("CUELIGHT_CONSOLE_URL", "must begin with https:// and name the console's host")


def _usable(url: str) -> bool:
    try:
        return _URL.fullmatch(url) is not None and bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _whole_provider(settings: Settings) -> None:
    if settings.oidc_issuer is None and (settings.oidc_client_id or settings.oidc_client_secret):
        raise InvalidInput("CUELIGHT_OIDC_ISSUER", "is needed with a client id and secret: https:// and your provider")


def _worth_a_look(settings: Settings) -> Iterator[Found]:
    url = settings.console_url or ""
    at = urlsplit(url if _usable(url) else "")
    if at.scheme == "http" and at.hostname not in _LOOPBACK:
        yield None, "CUELIGHT_CONSOLE_URL: http:// sends passwords and cookies in clear; browsers need https:// here"
    if settings.proxy_header and not settings.proxies.strip():
        yield None, "CUELIGHT_PROXY_HEADER: counts for nothing without CUELIGHT_PROXIES, which names who may write it"
    if settings.demo:
        yield (
            None,
            "CUELIGHT_DEMO: NEVER IN PRODUCTION: everybody who reaches this server can use the sample desk",
        )
    for name, what in unknown_names():
        yield None, f"{name}: {what}"


def _variable(field: str) -> str:
    return field if field.startswith("CUELIGHT_") else f"CUELIGHT_{field.upper()}"
