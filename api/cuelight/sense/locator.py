"""`core.ports.Locator` over everything in this folder: raw facts of a contact to pseudonymous ones."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from cuelight.core.chat import Chat, Consistency, Device, NetworkKind, Origin, Sighting, Token
from cuelight.core.errors import InvalidInput
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.core.rekeying import Former
from cuelight.sense import fingerprint, user_agent
from cuelight.sense.address import Address, normalise_ip
from cuelight.sense.client_hints import Hints, read_hints
from cuelight.sense.comparing import compare
from cuelight.sense.consistency import contradictions, device_of
from cuelight.sense.geo import NOWHERE, Geography, GeoReader
from cuelight.sense.hash_keys import HashKeys
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
        keys: HashKeys,
        geo: GeoReader,
        networks: Networks,
        spoken: Spoken,
    ) -> None:
        self.keys: Final = keys
        self.geo: Final = geo
        self.networks: Final = networks
        self._spoken = spoken

    def chat(self, facts: ChatFacts) -> Chat:
        return self._chat(facts, self.keys.present())

    def sighting(self, facts: ContactFacts) -> Sighting:
        return _Reading(facts, self).sighting(self.keys.present())

    def customer(self, customer_id: str) -> Token:
        return self.keys.present().customer(customer_id)

    def present_customer(self, token: Token) -> Token:
        return self.keys.present_customer(token)

    def former(self, *, even_finished: bool = False) -> Former | None:
        found = self.keys.former(even_finished=even_finished)
        return None if found is None else _Former(self, *found)

    def hasten(self) -> None:
        self.keys.hasten()

    def compare(self, chat: Chat) -> Chat:
        return compare(chat, self.keys.present())

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


class _Former:
    """`core.rekeying.Former` over the tokens of two keys."""

    def __init__(self, locator: SenseLocator, before: Tokens, present: Tokens, until: datetime) -> None:
        self._locator = locator
        self._before = before
        self.until: Final = until
        self.present: Final = present.renamed
        self.present_customer: Final = present.renamed_customer
        self._is_present = present.made

    def customer(self, customer_id: str) -> Token:
        return self._before.customer(customer_id)

    def sighting(self, facts: ContactFacts) -> Sighting:
        return _Reading(facts, self._locator).sighting(self._before)

    def is_former(self, customer: Token) -> bool:
        return not self._is_present(customer)


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


def open_locator(*, data_dir: Path, geo_dir: Path, networks_dir: Path | None, keys: HashKeys) -> SenseLocator:
    """Everything of `sense`, ready: `data_dir` ships with Cuelight, the other folders belong to operations.

    Missing folders are fine (they may come later and are noticed then); see `geo.status`, `networks.status`.
    """
    return SenseLocator(
        keys,
        GeoReader(geo_dir),
        Networks(networks_dir, data_dir / "networks"),
        read_spoken(data_dir / "languages.txt"),
    )
