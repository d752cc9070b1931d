"""`core.ports.Locator` over everything in this folder: raw facts of a contact to pseudonymous ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cuelight.core.chat import Chat, Consistency, Device, NetworkKind, Origin, Sighting, Token
from cuelight.core.errors import InvalidInput
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.sense import fingerprint, user_agent
from cuelight.sense.address import Address, normalise_ip
from cuelight.sense.client_hints import Hints, read_hints
from cuelight.sense.comparing import compare
from cuelight.sense.consistency import contradictions, device_of
from cuelight.sense.geo import NOWHERE, Geography, GeoReader
from cuelight.sense.languages import Spoken, language_fits, read_spoken
from cuelight.sense.networks import Networks
from cuelight.sense.tokens import LONG_BYTES, SHORT_BYTES, Tokens
from cuelight.sense.user_agent import Agent, read_user_agent
from cuelight.sense.zones import clock_gap_h


class SenseLocator:
    """Turns facts into sightings; see `core.ports.Locator` for the promises.

    Never raises for odd facts: what cannot be read is None, and `Chat.unavailable` says why. `ip`: `no_ip`,
    `ip_not_public`; `geo`: the same two, or `no_geo_data`, `not_in_geo_data`; `user_agent`: `no_user_agent`;
    `fingerprint`: `no_fingerprint`.
    """

    def __init__(
        self,
        tokens: Tokens,
        geo: GeoReader,
        networks: Networks,
        spoken: Spoken,
        *,
        previous: Tokens | None = None,
    ) -> None:
        self._tokens = tokens
        self._previous = previous
        self.geo: Final = geo
        self.networks: Final = networks
        self._spoken = spoken

    def chat(self, facts: ChatFacts) -> Chat:
        return self._chat(facts, self._tokens)

    def sighting(self, facts: ContactFacts) -> Sighting:
        return _Reading(facts, self).sighting(self._tokens)

    def customer(self, customer_id: str) -> Token:
        return self._tokens.customer(customer_id)

    def compare(self, chat: Chat) -> Chat:
        return compare(chat, self._tokens)

    def aliases(self, facts: ChatFacts) -> dict[Token, Token]:
        """Tokens of this chat's values under the previous key, each with the one under the current key.

        For matching and rewriting a history recorded before the last key rotation. Empty without a previous key.
        """
        if self._previous is None:
            return {}
        before, now = self._chat(facts, self._previous), self._chat(facts, self._tokens)
        return dict(zip(_tokens_of(before), _tokens_of(now), strict=True))

    def _chat(self, facts: ChatFacts, tokens: Tokens) -> Chat:
        reading = _Reading(facts.contact, self)
        return Chat(
            key=facts.key,
            customer=None if facts.customer_id is None else tokens.customer(facts.customer_id),
            identity=facts.identity,
            sighting=reading.sighting(tokens),
            consistency=reading.consistency(self._spoken),
            asks=facts.asks,
            unavailable=reading.unavailable(self.geo),
        )


class _Reading:
    """One contact's facts, each read once, before any is hashed."""

    __slots__ = ("_address", "_agent", "_components", "_facts", "_geography", "_hints", "_kind")

    def __init__(self, facts: ContactFacts, locator: SenseLocator) -> None:
        self._facts = facts
        self._address = _address(facts.ip)
        self._agent: Agent = read_user_agent(facts.user_agent) if facts.user_agent else user_agent.UNKNOWN
        self._hints: Hints = read_hints(facts.client_hints)
        self._components = fingerprint.canonical(facts.components)
        self._geography: Geography = NOWHERE
        self._kind = NetworkKind.UNKNOWN
        if self._address is not None and self._address.has_geography:
            place = self._geography = locator.geo.look_up(self._address)
            self._kind = locator.networks.kind(self._address, place.asn, place.anonymiser)

    def sighting(self, tokens: Tokens) -> Sighting:
        return Sighting(self._facts.at, self._origin(tokens), self._device(tokens))

    def _origin(self, tokens: Tokens) -> Origin | None:
        """None too for addresses that cannot tell contacts apart: equal ones would look like a known address."""
        address, place = self._address, self._geography
        if address is None or not address.identifies:
            return None
        return Origin(
            address=tokens.of("address", address.packed),
            prefixes=tuple(
                tokens.of("prefix", prefix, SHORT_BYTES if wider else LONG_BYTES)
                for wider, prefix in enumerate(address.prefixes())
            ),
            asn=place.asn,
            kind=self._kind,
            country=place.country,
            cell=place.cell,
            accuracy_radius_km=place.accuracy_radius_km,
        )

    def _device(self, tokens: Tokens) -> Device | None:
        told = device_of(self._agent, self._hints, self._components)
        facts = self._facts
        components = dict(self._components)
        for name, value in (
            ("ja4", facts.ja4),
            ("tls_version", facts.tls_version),
            ("http_version", facts.http_version),
        ):
            if value:
                components[name] = value
        if not (told.os or told.browser or told.form or components or facts.fingerprint_id):
            return None
        return Device(
            os=told.os,
            browser=told.browser,
            form=told.form,
            fingerprint=tokens.of("fingerprint", facts.fingerprint_id) if facts.fingerprint_id else None,
            components=fingerprint.component_tokens(components, tokens),
        )

    def consistency(self, spoken: Spoken) -> Consistency:
        """Clock and language say nothing where the address hides the origin, but that is for signals to judge."""
        zone, tags = self._components.get("timezone"), self._components.get("languages")
        agree, odd = contradictions(self._agent, self._hints, self._components)
        return Consistency(
            clock_gap_h=clock_gap_h(zone, self._geography.zones(), self._facts.at) if zone else None,
            language_fits=language_fits(spoken, tags.split(","), self._geography.country) if tags else None,
            hints_agree=agree,
            odd=odd,
        )

    def unavailable(self, geo: GeoReader) -> dict[str, str]:
        missing: dict[str, str] = {}
        if self._address is None:
            missing["ip"] = missing["geo"] = "no_ip"
        elif not self._address.identifies:
            missing["ip"] = missing["geo"] = "ip_not_public"
        elif self._geography.country is None:
            missing["geo"] = "not_in_geo_data" if geo.available else "no_geo_data"
        if self._agent.os is None and self._agent.browser is None and self._hints.browser is None:
            missing["user_agent"] = "no_user_agent"
        if not self._components and not self._facts.fingerprint_id:
            missing["fingerprint"] = "no_fingerprint"
        return missing


def _address(text: str | None) -> Address | None:
    try:
        return normalise_ip(text) if text else None
    except InvalidInput:
        return None


def _tokens_of(chat: Chat) -> Iterator[Token]:
    """All tokens of a chat in a fixed order."""
    if chat.customer is not None:
        yield chat.customer
    if chat.origin is not None:
        yield chat.origin.address
        yield from chat.origin.prefixes
    if chat.device is not None:
        if chat.device.fingerprint is not None:
            yield chat.device.fingerprint
        yield from (token for _, token in chat.device.components)


def open_locator(
    *, data_dir: Path, geo_dir: Path, networks_dir: Path | None, key: bytes, previous_key: bytes | None = None
) -> SenseLocator:
    """Everything of `sense`, ready: `data_dir` ships with Cuelight, the other folders belong to operations.

    Missing folders are fine (they may come later and are noticed then); see `geo.status`, `networks.status`.
    """
    user_agent.warm()
    return SenseLocator(
        Tokens(key),
        GeoReader(geo_dir),
        Networks(networks_dir, data_dir / "networks"),
        read_spoken(data_dir / "languages.txt"),
        previous=Tokens(previous_key) if previous_key is not None else None,
    )
