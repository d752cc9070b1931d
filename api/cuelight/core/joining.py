"""Joins what several messages say about one chat: webhook, collector, backend, in any order.

A chat falls apart into facts with names: `origin`, `software` (system, browser and form, from user agent and hints),
`fingerprint`, `c.<component>` one by one, and `asks`. Of each the newest wins; a fact that is absent is unknown, so an
earlier one stays. Facts whose sender nobody authenticated only fill gaps, whatever their time.

Naming the customer is told by four times: `customer` (last named), `changed` (when another one was last named),
`proven` and `claimed` (last time this customer was). Proof and claim count while they are younger than the last
change: so no later, unproven message takes a proof away, and none carries it over to another customer.
Who named one is told by `core.naming`.

The result does not depend on the order of arrival, as long as no two messages are of the same microsecond.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, TypeAlias

from cuelight.core.chat import Chat, Consistency, Device, Identity, Sighting, Token
from cuelight.core.naming import NAMERS, Rank, join_namers, rank

MAX_COMPONENTS = 32
"""As many as one message may bring; of more, the oldest go."""

Facts: TypeAlias = dict[str, tuple[Rank, Any]]

_NEVER: Rank = (False, datetime.min.replace(tzinfo=UTC))
_COMPONENT = "c."
_CONNECTION = frozenset({"ja4", "tls_version", "http_version"})
"""Components that describe the connection: having them is not having a fingerprint."""
_NAMING = ("customer", "changed", "proven", "claimed")


def join(earlier: Chat, new: Chat) -> Chat:
    """The chat as both messages together tell it. Pure; `join(chat, chat)` is `chat`."""
    at = max(earlier.at, new.at)
    facts = _newest(_facts(earlier), _facts(new))
    customer, identity, named = _named(earlier, new)
    origin, geo_why = facts["origin"][1] if "origin" in facts else (None, None)
    device, agent_why = _device(facts)
    ranks = {name: won for name, (won, _) in facts.items()} | named | join_namers(earlier, new)
    joined = Chat(
        key=new.key,
        customer=customer,
        identity=identity,
        sighting=Sighting(at, origin, device),
        asks=facts["asks"][1] if "asks" in facts else (),
        unavailable=_unavailable(earlier, new, origin is not None, geo_why, device, agent_why),
        seen={name: seen for name, (_, seen) in ranks.items() if seen != _default(name, identity, at)},
        unsigned=frozenset(name for name, (signed, _) in ranks.items() if not signed),
    )
    return replace(joined, consistency=_consistency(joined, earlier, new))


def unsigned(chat: Chat) -> Chat:
    """The chat of a message whose sender nobody authenticated. Proof has to be signed: without, it is a claim."""
    identity = Identity.CLAIMED if chat.identity is Identity.VERIFIED else chat.identity
    chat = replace(chat, identity=identity)
    named = [name for name, _ in _times(chat) if chat.customer is not None]
    return replace(chat, unsigned=frozenset((*_facts(chat), *named)))


def signed_sighting(chat: Chat) -> Sighting:
    """The sighting without its unsigned facts: what a proof of identity vouches for, and so all it may teach."""
    if not chat.unsigned:
        return chat.sighting
    facts = {name: fact for name, fact in _facts(chat).items() if fact[0][0]}
    return Sighting(chat.at, facts["origin"][1][0] if "origin" in facts else None, _device(facts)[0])


def adds_nothing(earlier: Chat, joined: Chat, *, timed: bool) -> bool:
    """Whether a message left a chat as it was. `timed`: the message told its own time, so that counts, too."""
    same = _essence(earlier) == _essence(joined)
    return same and (not timed or (earlier.at, earlier.seen) == (joined.at, joined.seen))


def digest(chat: Chat, *, timed: bool) -> str:
    """Names the facts of a chat: equal facts give equal digests. Times count only if a sender told them.

    Made of tokens, which are keyed hashes: without the key nothing can be tried against it. What only a newer
    GeoIP database would change does not count, so that a repeated request keeps its decision.
    """
    times = (chat.at.isoformat(), sorted((n, t.isoformat()) for n, t in chat.seen.items())) if timed else None
    named = ascii((str(chat.key), _essence(chat), times)).encode()
    return urlsafe_b64encode(blake2b(named, digest_size=12).digest()).decode()


def _essence(chat: Chat) -> tuple[object, ...]:
    device, seen = chat.device, chat.consistency
    software = [(s.family, s.version) for s in (device.os, device.browser) if s] if device else []
    return (
        chat.customer,
        chat.identity.value,
        chat.origin.address if chat.origin else None,
        (software, device.form, device.fingerprint, device.components) if device else None,
        [ask.value for ask in chat.asks],
        (seen.clock_gap_h is None, seen.language_fits is None, seen.hints_agree, seen.odd),
        sorted(item for item in chat.unavailable.items() if item[0] != "geo"),
        sorted(chat.unsigned),
        *(name for name in NAMERS if name in chat.seen),
    )


def _facts(chat: Chat) -> Facts:
    found: dict[str, Any] = {}
    if chat.origin is not None:
        found["origin"] = chat.origin, chat.unavailable.get("geo")
    if (device := chat.device) is not None:
        if device.os or device.browser or device.form:
            found["software"] = device.os, device.browser, device.form, chat.unavailable.get("user_agent")
        if device.fingerprint:
            found["fingerprint"] = device.fingerprint
        found.update((_COMPONENT + name, token) for name, token in device.components)
    if chat.asks:
        found["asks"] = chat.asks
    return {name: (rank(chat, name, chat.seen.get(name, chat.at)), value) for name, value in found.items()}


def _newest(earlier: Facts, new: Facts) -> Facts:
    joined = {**earlier, **{name: fact for name, fact in new.items() if fact[0] >= earlier.get(name, fact)[0]}}
    components = [name for name in joined if name.startswith(_COMPONENT)]
    if len(components) > MAX_COMPONENTS:
        for name in sorted(components, key=lambda n: (joined[n][0], n))[:-MAX_COMPONENTS]:
            del joined[name]
    return joined


def _device(facts: Facts) -> tuple[Device | None, str | None]:
    """The device of some facts, and why its user agent told nothing, if so."""
    os, browser, form, why = facts["software"][1] if "software" in facts else (None, None, None, None)
    fingerprint = facts["fingerprint"][1] if "fingerprint" in facts else None
    names = sorted(name.removeprefix(_COMPONENT) for name in facts if name.startswith(_COMPONENT))
    components = tuple((name, facts[_COMPONENT + name][1]) for name in names)
    if not (os or browser or form or fingerprint or components):
        return None, None
    return Device(os, browser, form, fingerprint, components), why


def _default(name: str, identity: Identity, at: datetime) -> datetime | None:
    """When a fact was seen that `Chat.seen` does not list; None where unlisted means never."""
    if name == "changed" or name in NAMERS:
        return None
    if name in ("proven", "claimed"):
        return at if identity is (Identity.VERIFIED if name == "proven" else Identity.CLAIMED) else None
    return at


def _times(chat: Chat) -> Iterator[tuple[str, Rank]]:
    for name in _NAMING:
        at = chat.seen.get(name, _default(name, chat.identity, chat.at))
        if at is not None:
            yield name, rank(chat, name, at)


def _named(earlier: Chat, new: Chat) -> tuple[Token | None, Identity, dict[str, Rank]]:
    """Who is named, how far that is proven, and the ranks that say so."""
    naming = [(dict(_times(chat)), chat) for chat in (new, earlier) if chat.customer is not None]
    if not naming:
        return None, min(earlier.identity, new.identity, key=list(Identity).index), {}
    newest, chat = max(naming, key=lambda n: n[0]["customer"])
    changed, proven, claimed = (
        newest.get("changed", _NEVER),
        newest.get("proven", _NEVER),
        newest.get("claimed", _NEVER),
    )
    for ranks, other in naming:
        if other.customer == chat.customer:
            changed = max(changed, ranks.get("changed", _NEVER))
            proven = max(proven, ranks.get("proven", _NEVER))
            claimed = max(claimed, ranks.get("claimed", _NEVER))
        else:
            changed = max(changed, ranks["customer"])
    kept = {"customer": newest["customer"], "changed": changed, "proven": proven, "claimed": claimed}
    for name in ("proven", "claimed"):
        # As old as the change: said of this customer before the other one was named.
        if kept[name] <= changed:
            kept[name] = _NEVER
    identity = (
        Identity.VERIFIED
        if kept["proven"] != _NEVER
        else Identity.CLAIMED
        if kept["claimed"] != _NEVER
        else Identity.ANONYMOUS
    )
    return chat.customer, identity, {name: rank for name, rank in kept.items() if rank != _NEVER}


def _unavailable(
    earlier: Chat, new: Chat, located: bool, geo_why: str | None, device: Device | None, agent_why: str | None
) -> dict[str, str]:
    missing: dict[str, str] = {}

    def neither(*names: str) -> None:
        for name in names:
            if why := _telling({c.unavailable[name] for c in (earlier, new) if name in c.unavailable}):
                missing[name] = why

    if not located:
        neither("ip", "geo")
    elif geo_why:
        missing["geo"] = geo_why
    if device is None or not (device.os or device.browser or device.form):
        neither("user_agent")
    elif agent_why:
        missing["user_agent"] = agent_why
    if device is None or not (device.fingerprint or {name for name, _ in device.components} - _CONNECTION):
        neither("fingerprint")
    return missing


def _telling(reasons: Iterable[str]) -> str | None:
    """The reason that says most: something odd came, rather than nothing."""
    return min(reasons, key=lambda why: (why.startswith("no_"), why), default=None)


def _consistency(joined: Chat, earlier: Chat, new: Chat) -> Consistency:
    """What the messages found of their own facts, as far as these facts are still the chat's.

    A clock and a place that came in separate messages were never compared: unknown, until `Locator.compare`.
    """
    gap_h = fits = agree = None
    odd: tuple[str, ...] = ()
    told = False
    for chat in sorted((earlier, new), key=lambda c: c.at):
        own = chat.consistency
        if own.clock_gap_h is not None and _place(chat) == _place(joined) and _same(chat, joined, "timezone"):
            gap_h = own.clock_gap_h
        if own.language_fits is not None and _country(chat) == _country(joined) and _same(chat, joined, "languages"):
            fits = own.language_fits
        if own.hints_agree is not None and _software(chat) == _software(joined):
            whole = _same(chat, joined, "platform") and _same(chat, joined, "touch")
            if whole or not told:
                agree, odd, told = own.hints_agree, own.odd, told or whole
    return Consistency(gap_h, fits, agree, odd)


def _place(chat: Chat) -> object:
    return chat.origin and (chat.origin.country, chat.origin.cell)


def _country(chat: Chat) -> str | None:
    return chat.origin.country if chat.origin else None


def _software(chat: Chat) -> object:
    return chat.device and (chat.device.os, chat.device.browser, chat.device.form)


def _same(one: Chat, other: Chat, component: str) -> bool:
    return one.sighting.component(component) == other.sighting.component(component)
