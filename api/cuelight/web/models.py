"""The requests as they arrive: strict shapes, sizes, characters and forms. Nothing is guessed, nothing ignored.

JSON `null` means "absent" for an optional field, so that callers may serialise their own objects as they are.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from cuelight.core.chat import Ask, Identity
from cuelight.core.disclosure import Kind
from cuelight.core.facts import ComponentValue
from cuelight.core.history import STEP_UPS, AccountEventKind, Outcome, Proof

MAX_USER_AGENT = 1024
MAX_COMPONENTS = 64
MAX_COMPONENT_ITEMS = 256
MAX_COMPONENT_CHARS = 512

_MAX_NUMBER = 2**53  # beyond it JSON numbers lose digits on the way
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
_EMAIL = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,189}$"
_MICROSECONDS = re.compile(r"(\.\d{6})\d+")


def _printable(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("characters", "holds control or invisible characters")
    return value


def _trimmed(value: str) -> str:
    if value != value.strip():
        raise PydanticCustomError("trimmed", "begins or ends with a space")
    return value


def _address(value: str) -> str:
    if "%" in value:
        raise PydanticCustomError("ip", "carries a zone id: send the address without `%` and what follows")
    try:
        ip_address(value)
    except ValueError:
        raise PydanticCustomError(
            "ip", "is not one IPv4 or IPv6 address: send it without port, brackets or prefix length"
        ) from None
    return value


def _timestamp(value: object) -> datetime:
    """RFC 3339 with an offset, to aware UTC. Fractions finer than a microsecond are cut off."""
    if not isinstance(value, str):
        raise PydanticCustomError("timestamp", "is not a string like 2026-11-23T12:00:00Z")
    if not _RFC3339.fullmatch(value) or not value.isascii():
        raise PydanticCustomError("timestamp", "is not a time with offset like 2026-11-23T12:00:00Z")
    try:
        return datetime.fromisoformat(_MICROSECONDS.sub(r"\1", value.upper())).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("timestamp", "is not a time that exists") from None


def _component(value: object) -> ComponentValue | None:
    match value:
        case None | bool():
            return value
        case int() | float():
            if abs(value) > _MAX_NUMBER:
                raise PydanticCustomError("component", "is too large a number")
            return value
        case str():
            return _component_text(value, MAX_COMPONENT_CHARS)
        case list():
            if len(value) > MAX_COMPONENT_ITEMS:
                raise PydanticCustomError("component", f"has more than {MAX_COMPONENT_ITEMS} items")
            return tuple(_component_text(item, 128) for item in value)
        case _:
            raise PydanticCustomError("component", "is not a string, number, boolean or list of strings")


def _component_text(value: object, longest: int) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("component", "is a list with something other than strings in it")
    if len(value) > longest:
        raise PydanticCustomError("component", f"is longer than {longest} characters")
    if "\x00" in value:
        raise PydanticCustomError("component", "holds a NUL character")
    return value


def _refuse_twins(value: dict[str, str]) -> dict[str, str]:
    lowered = {name.lower(): text for name, text in value.items()}
    if len(lowered) != len(value):
        raise PydanticCustomError("client_hints", "names the same header twice in different case")
    return lowered


Desk = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Account = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
ChatId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:=+~-]{0,127}$")]
"""No `@` and no space: a chat's name appears in paths, so it must not be able to hold an e-mail or a name."""

Text = Annotated[str, AfterValidator(_printable), AfterValidator(_trimmed)]
CustomerId = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
Agent = Annotated[Text, StringConstraints(min_length=1, max_length=80)]
Ip = Annotated[str, StringConstraints(min_length=2, max_length=45), AfterValidator(_address)]
UserAgent = Annotated[str, StringConstraints(min_length=1, max_length=MAX_USER_AGENT), AfterValidator(_printable)]
HintName = Annotated[str, StringConstraints(pattern=r"^[Ss][Ee][Cc]-[Cc][Hh]-[A-Za-z-]{1,40}$")]
HintValue = Annotated[str, StringConstraints(pattern=r"^[ -~]{0,512}$")]
Hints = Annotated[dict[HintName, HintValue], Field(max_length=16), AfterValidator(_refuse_twins)]
Email = Annotated[str, StringConstraints(pattern=_EMAIL)]
Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{1,8}){0,3}$")]
Visible = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]
ComponentName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
Component = Annotated[
    Any,
    PlainValidator(_component),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "maxLength": MAX_COMPONENT_CHARS},
                {"type": "number", "minimum": -_MAX_NUMBER, "maximum": _MAX_NUMBER},
                {"type": "boolean"},
                {
                    "type": "array",
                    "items": {"type": "string", "maxLength": 128},
                    "maxItems": MAX_COMPONENT_ITEMS,
                },
                {"type": "null"},
            ]
        }
    ),
]
Secret = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$"),
    Field(description="256 random bits, made by the browser; base64url without padding."),
]
Timestamp = Annotated[datetime, BeforeValidator(_timestamp), WithJsonSchema({"type": "string", "format": "date-time"})]


def _one_of(*members: Proof) -> AfterValidator:
    def check(value: Proof) -> Proof:
        if value not in members:
            raise PydanticCustomError("enum", "is not one of " + ", ".join(sorted(members)))
        return value

    return AfterValidator(check)


class Wire(BaseModel):
    """Strict types, no unknown fields, nothing mutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class Fingerprint(Wire):
    """What the browser tells about the device. The id names a device model, the components are compared one by one."""

    id: Visible | None = Field(None, description="The fingerprint library's own id.")
    components: Annotated[dict[ComponentName, Component], Field(max_length=MAX_COMPONENTS)] = Field(
        default_factory=dict,
        description="screen, pixel_ratio, color_depth, timezone, languages, platform, cores, memory, touch, gpu, "
        "canvas, audio, fonts; others are kept and compared as opaque values.",
    )


class Connection(Wire):
    """What the TLS terminator saw."""

    tls_version: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._ -]{1,16}$")] | None = None
    http_version: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9./]{1,16}$")] | None = None
    ja4: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,64}$")] | None = None


class Contact(Wire):
    """One observation of a contact. Every fact is optional; an absent one is *not assessed*, never safe."""

    ip: Ip | None = Field(None, description="The contact's address as your edge saw it, IPv4 or IPv6.")
    user_agent: UserAgent | None = Field(None, description="The `User-Agent` header as it came.")
    client_hints: Hints | None = Field(None, description="`Sec-CH-*` request headers by name.")
    fingerprint: Fingerprint | None = Field(None, description="What the browser tells about the device.")
    connection: Connection | None = Field(None, description="What your TLS terminator saw.")


class NoticeField(Wire):
    """Where a "was this you?" notice about this chat goes: kept sealed until it is sent, a day at most."""

    email: Email | None = Field(None, description="The customer's address as you know it; never the contact's word.")
    ref: Visible | None = Field(None, description="For your own mailer: handed to it with the link.")
    locale: Locale | None = Field(None, description="Of the mail: `en`, `de`, `es`, `fr`.")


class ScoreRequest(Contact):
    """A chat to score. Only `chat_id` is required."""

    chat_id: ChatId = Field(description="The desk's own id of the chat, unique within `desk` and `account`.")
    desk: Desk = Field("api", description="The desk the chat is on.")
    account: Account = Field("default", description="The desk's account, subdomain or workspace.")
    customer_id: CustomerId | None = Field(
        None, description="Whose account it is, in your own words; kept as a keyed hash only."
    )
    identity: Annotated[Identity, Field(strict=False)] | None = Field(
        None,
        description="How far identity is proven. Absent: `claimed` with a `customer_id`, else `anonymous`.",
    )
    asks: Annotated[list[Annotated[Ask, Field(strict=False)]], Field(max_length=8)] | None = Field(
        None, description="What the contact asks for, where it is sensitive."
    )
    occurred_at: Timestamp | None = Field(
        None, description="When the contact was seen; now, if absent. At most 24 h ago, 5 min ahead."
    )
    notice: NoticeField | None = Field(None, description="Where a notice goes, if the owner is to be asked.")


class SightingRequest(Contact):
    """The company saw this customer: a sign-in on the web shop, for example. Teaches the history."""

    customer_id: CustomerId = Field(description="Whose account was signed in to.")
    occurred_at: Timestamp = Field(description="Required, so that a repeated request teaches nothing twice.")
    proof: Annotated[Proof, Field(strict=False), _one_of(Proof.SIGN_IN, *STEP_UPS)] = Field(
        Proof.SIGN_IN,
        json_schema_extra={"enum": ["sign_in", *sorted(STEP_UPS)]},
        description="What proved it was the customer.",
    )


class AccountEventRequest(Wire):
    """Something happened to the customer's account."""

    customer_id: CustomerId = Field(description="Whose account it is.")
    kind: Annotated[AccountEventKind, Field(strict=False)] = Field(description="What happened.")
    occurred_at: Timestamp = Field(description="When; at most 90 days ago.")
    ip: Ip | None = Field(None, description="From where, if you know.")


class OutcomeRequest(Wire):
    """What the agent found out. `method` goes with `genuine` (required) and `unknown` (tried and failed)."""

    outcome: Annotated[Outcome, Field(strict=False)] = Field(description="What was found out.")
    method: Annotated[Proof, Field(strict=False), _one_of(*STEP_UPS)] | None = Field(
        None,
        json_schema_extra={"enum": [*sorted(STEP_UPS), None]},
        description="The step-up used or tried.",
    )
    by: Agent = Field(description="Who says so: the agent's name in your own words.")


class DisclosureRequest(Wire):
    """What kinds of data were given out. Kinds, never values."""

    kinds: Annotated[list[Annotated[Kind, Field(strict=False)]], Field(min_length=1, max_length=len(Kind))] = Field(
        description="What was given out."
    )
    by: Agent = Field(description="Who says so: the agent's name in your own words.")
    mistaken: bool = Field(False, description="True takes these kinds back, within 10 minutes.")


class EnrolmentRequest(Wire):
    """A one-time code, and the browser's own first secret."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z -]{20,40}$")] = Field(
        description="As `cuelight agents invite` printed it; case, spaces and dashes do not matter."
    )
    secret: Secret


class RenewalRequest(Wire):
    """The secret, and the one that replaces it."""

    secret: Secret
    next: Secret


class CustomerPath(Wire):
    """A customer's id, from the path: all of it behind `/customers/`, percent-encoded."""

    customer_id: CustomerId


class ChatPath(Wire):
    """A chat's full name, from the path."""

    desk: Desk
    account: Account
    chat_id: ChatId
