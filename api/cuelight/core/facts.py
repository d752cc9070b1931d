"""The raw facts of a contact, between validation and `sense`. The only place where an address is readable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from cuelight.core.chat import Ask, ChatKey, Identity
from cuelight.core.naming import NamedBy

ComponentValue: TypeAlias = str | int | float | bool | Sequence[str]


@dataclass(frozen=True, slots=True, repr=False)
class ContactFacts:
    """One observation in the raw: validated, not yet interpreted. `at` is aware UTC.

    Has no repr on purpose: a stray log line or traceback must not show an address or a fingerprint.
    """

    at: datetime
    ip: str | None = None
    user_agent: str | None = None
    client_hints: Mapping[str, str] = field(default_factory=dict)
    fingerprint_id: str | None = None
    components: Mapping[str, ComponentValue] = field(default_factory=dict)
    tls_version: str | None = None
    http_version: str | None = None
    ja4: str | None = None

    def __repr__(self) -> str:
        return "ContactFacts(…)"


@dataclass(frozen=True, slots=True, repr=False)
class ChatFacts:
    """A chat in the raw, after validation. `occurred_at_given` is False where `at` is our clock.

    `signed` is False where nobody vouches for the sender (the collector without an identity token): such facts
    fill gaps, never replace a signed one, and never teach. `verified` facts are signed.
    """

    key: ChatKey
    identity: Identity
    contact: ContactFacts
    customer_id: str | None = None
    asks: tuple[Ask, ...] = ()
    occurred_at_given: bool = True
    signed: bool = True
    named_by: NamedBy = NamedBy.TOLD

    def __repr__(self) -> str:
        return f"ChatFacts({self.key})"
