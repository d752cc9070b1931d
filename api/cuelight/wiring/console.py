"""The console's half of `app`: who may sign in, and where."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from flask import Flask, request

from cuelight.channels.deliver import Deliverer, Result
from cuelight.channels.model import Words
from cuelight.channels.target import AllowedPrivate
from cuelight.channels.worker import Worker
from cuelight.core.errors import InvalidInput
from cuelight.core.outbox import Alert, Channel
from cuelight.sense.forwarding import Proxies, read_proxies
from cuelight.sense.hash_keys import HashKeys
from cuelight.sense.sealing import KeyedSeals
from cuelight.settings import Settings
from cuelight.stores import Stores
from cuelight.web import console
from cuelight.web.console.state import Console

if TYPE_CHECKING:
    from cuelight.web.console.oidc_client import OidcClient


def add_console(app: Flask, settings: Settings, stores: Stores, keys: HashKeys, words: Words) -> None:
    """Serve the console, unless it is switched off. Raises `InvalidInput` (a setting)."""
    if not settings.console:
        return
    seals = KeyedSeals(keys)
    proxies = read_proxies(settings.proxies, settings.proxy_header)
    has = Console(
        operators=stores.operators,
        sessions=stores.sessions,
        key=console_key(keys),
        seal=lambda secret, name: seals.seal(secret.hex(), f"operator:{name}"),
        unseal=lambda sealed, name: _unsealed(seals.open(sealed, f"operator:{name}")),
        keys=stores.keys,
        channels=stores.channels,
        outbox=stores.outbox,
        try_channel=_sender(settings, stores, words),
        url=settings.console_url,
        oidc=provider_of(settings),
        demo=settings.demo,
        address=lambda: _address(proxies),
        proxy_header=(settings.proxy_header or "") if proxies.networks else "",
    )
    console.register(app, has, settings.extension_dir.resolve() / "icons")


def console_key(keys: HashKeys) -> bytes:
    """Of its own purpose, and the same on every machine; from the first key, so that a rotation signs nobody out."""
    return hmac.new(keys.ring.keys[0].key, b"cuelight/console", sha256).digest()


def _sender(settings: Settings, stores: Stores, words: Words) -> Callable[[Channel, Alert], Result]:
    """As the worker sends, for a test message that somebody waits for."""
    deliverer = Deliverer(AllowedPrivate.parse(settings.allow_private_targets))
    link = settings.console_url
    return Worker(stores.outbox, stores.channels, deliverer, words, lambda: datetime.now(UTC), console_url=link).test


def _unsealed(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def _address(proxies: Proxies) -> str | None:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return proxies.client(request.environ.get("REMOTE_ADDR", ""), headers)


def provider_of(settings: Settings) -> OidcClient | None:
    """The company's identity provider, if there is one. Raises `InvalidInput` (a setting)."""
    if settings.oidc_issuer is None:
        return None
    if settings.oidc_client_id is None or settings.oidc_client_secret is None:
        raise InvalidInput("CUELIGHT_OIDC_CLIENT_ID", "and CUELIGHT_OIDC_CLIENT_SECRET belong to an issuer")
    # Late: it takes a tenth of a second, which installations without a provider need not wait for.
    from cuelight.web.console.oidc_client import OidcClient, read_role_map  # noqa: PLC0415

    return OidcClient(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        role_claim=settings.oidc_role_claim,
        name_claim=settings.oidc_name_claim,
        roles=read_role_map(settings.oidc_roles),
    )
