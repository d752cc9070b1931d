"""`cuelight doctor`: is this installation in order? Each line says what is, and what to do where it is not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cuelight.settings import Settings
    from cuelight.stores import Stores

_MARKS = {True: "ok  ", None: "note", False: "FAIL"}


@click.command()
def doctor() -> None:
    """Check settings, policy, keyed-hash key, store, GeoIP data and network lists. Exit status 1 if something must be
    done."""
    from cuelight.settings import Settings

    # A setting that cannot be read is told, and the rest is looked at with its default: one run tells everything.
    settings, wrong = Settings.forgiving()
    healthy = not wrong
    for problem in wrong:
        click.echo(f"{_MARKS[False]}  {problem}")
    for state, text in _checks(settings):
        click.echo(f"{_MARKS[state]}  {text}")
        healthy = healthy and state is not False
    sys.exit(0 if healthy else 1)


def _checks(settings: Settings) -> Iterator[tuple[bool | None, str]]:
    """(True: in order, None: works but look at it, False: must be mended) and what was found."""
    from cuelight.core.errors import CuelightError, InvalidInput
    from cuelight.sense.geo import GeoReader
    from cuelight.sense.networks import Networks
    from cuelight.wiring.checking import settings_found
    from cuelight.wiring.opening import hash_keys, read_policy

    yield from settings_found(settings)
    yield from _provider(settings)
    try:
        policy = read_policy(settings.policy)
        yield True, f"policy {policy.version}: amber from {policy.amber:g}, red from {policy.red:g}"
    except CuelightError as error:
        yield False, f"policy {settings.policy}: {error}"
    try:
        ring = hash_keys(settings).ring
        where = "CUELIGHT_HASH_KEY" if settings.hash_key else str(settings.var_dir / "hash.key")
        yield True, f"keyed-hash key from {where}: back it up, histories match nothing without it"
        if ring.rotating:
            yield None, "a rotation of the hash key is under way: cuelight hash-keys status"
    except InvalidInput:
        pass  # the setting: told above
    except CuelightError as error:
        yield False, f"keyed-hash key: {error}"
    yield from _store(settings)
    geo = GeoReader(settings.geo).status
    if geo.available:
        yield True, "GeoIP data: " + ", ".join(f"{kind} of {at:%Y-%m-%d}" for _, kind, at, _ in geo.files)
    else:
        yield None, f"no GeoIP data in {settings.geo}: geography is not assessed. Run: cuelight geo update"
    for name, why in geo.errors:
        yield False, f"{name}: {why}"
    lists = Networks(settings.networks, settings.data_dir / "networks").status
    yield (True if lists.entries else None), f"network lists: {_counted(lists.entries)} in {settings.networks}"
    for name, why in lists.errors:
        yield False, f"{name}: {why}"


def _store(settings: Settings) -> Iterator[tuple[bool | None, str]]:
    from cuelight.cli.audit import audit_checks
    from cuelight.cli.channels import outbox_checks
    from cuelight.cli.operators import operator_checks
    from cuelight.core.errors import CuelightError, InvalidInput
    from cuelight.stores import open_stores

    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    named = "the one CUELIGHT_REDIS_URL names" if url else f"embedded, in {settings.var_dir / 'store'}"
    try:
        with closing(open_stores(url, settings.var_dir, durability=settings.durability, patient=True)) as stores:
            stores.customers.ping()
            promise = stores.promise()
            keys = [key for key in stores.keys.list() if key.revoked_at is None]
            sending = [*_published(settings, stores), *outbox_checks(stores), *_notices(settings, stores)]
            sending += [*operator_checks(settings, stores), *audit_checks(settings, stores)]
        yield True, f"store: {named}"
        yield promise.kept, f"durability {promise.profile}: {promise.means}"
        yield (True if keys else None), f"{len(keys)} API keys in use" + ("" if keys else "; cuelight keys create …")
        yield from sending
    except InvalidInput as error:
        if error.field != "CUELIGHT_REDIS_URL":  # told above
            yield False, f"store: {named}: {error}"
    except CuelightError as error:
        yield False, f"store: {named}: {error}"
    except OSError as error:
        yield False, f"store: {named}: {error.strerror}"


def _provider(settings: Settings) -> Iterator[tuple[bool | None, str]]:
    """Asks the identity provider what it publishes: who cannot sign in finds out too late."""
    from cuelight.core.errors import InvalidInput
    from cuelight.web.console.oidc_terms import OidcFailed
    from cuelight.wiring.console import provider_of

    try:
        provider = provider_of(settings)
        if provider is not None:
            provider.look()
            yield True, "identity provider: in reach, and publishes what signing in needs"
    except InvalidInput:
        return  # a setting: told above
    except OidcFailed as error:
        yield False, f"CUELIGHT_OIDC_ISSUER: nobody can sign in with it: {error.why.replace('_', ' ')}"


def _notices(settings: Settings, stores: Stores) -> Iterator[tuple[bool | None, str]]:
    from cuelight.core.errors import InvalidInput
    from cuelight.core.notice import Way
    from cuelight.wiring.notices import terms_of

    try:
        way = terms_of(settings).way
    except InvalidInput:
        return  # a setting: told above
    if way is Way.WEBHOOK and not any("notice.due" in channel.kinds for channel in stores.channels.list()):
        yield False, "notices: no channel asks for notice.due: cuelight channels add webhook --events notice.due …"
    elif way is not Way.OFF:
        yield True, f"notices: by {way.value}, after {settings.notice_after} and worse"


def _published(settings: Settings, stores: Stores) -> Iterator[tuple[bool | None, str]]:
    from cuelight.core.errors import PolicyInvalid
    from cuelight.policies.now import PolicyNow
    from cuelight.policies.reading import installed

    try:
        now = PolicyNow(stores.policies, installed(settings.policy)).state()
    except PolicyInvalid:
        return  # told above: it is the file's
    if now.refused:
        yield False, f"published policy: {now.refused}; {now.policy.version} is live instead. Run: cuelight policy show"
    elif now.since:
        yield True, f"published policy {now.policy.version} since {now.since:%Y-%m-%d %H:%M} UTC"
    else:
        yield True, "no policy was published: the file is live"


def _counted(entries: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in entries.items()) or "none of your own"
