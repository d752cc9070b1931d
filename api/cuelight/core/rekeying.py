"""A change of the hash key: how what was recorded under the key before gets its present names. Pure.

Tokens under a new key are hashes of the tokens before (`sense.tokens`), so everything recorded can be renamed without
anybody knowing the values: equal ones stay equal, different ones different, and no cue changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from cuelight.core.chat import Chat, Device, Origin, Sighting, Token
from cuelight.core.facts import ContactFacts
from cuelight.core.history import AccountEvent, PastSighting

Rename = Callable[[Token], Token]


class Former(Protocol):
    """The key before, while there may still be something recorded under it."""

    @property
    def until(self) -> datetime:
        """When the present key came into use."""
        ...

    def customer(self, customer_id: str) -> Token: ...
    def sighting(self, facts: ContactFacts) -> Sighting: ...

    def is_former(self, customer: Token) -> bool:
        """Whether a customer's token is not of the present key."""
        ...

    def present(self, former: Token) -> Token:
        """The present token of a value."""
        ...

    def present_customer(self, former: Token) -> Token: ...


def sighting(old: Sighting, rename: Rename) -> Sighting:
    return replace(
        old,
        origin=None if old.origin is None else _origin(old.origin, rename),
        device=None if old.device is None else _device(old.device, rename),
    )


def past(old: PastSighting, rename: Rename) -> PastSighting:
    return replace(old, sighting=sighting(old.sighting, rename))


def event(old: AccountEvent, rename: Rename) -> AccountEvent:
    return replace(old, address=None if old.address is None else rename(old.address))


def chat(old: Chat, customer: Token | None, rename: Rename) -> Chat:
    return replace(old, customer=customer, sighting=sighting(old.sighting, rename))


def _origin(old: Origin, rename: Rename) -> Origin:
    return replace(old, address=rename(old.address), prefixes=tuple(map(rename, old.prefixes)))


def _device(old: Device, rename: Rename) -> Device:
    return replace(
        old,
        fingerprint=None if old.fingerprint is None else rename(old.fingerprint),
        components=tuple((name, rename(token)) for name, token in old.components),
    )
