"""What every file of the shelf offers: one `Desk`, made of pure functions. See `tests/desks/test_contract.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from cuelight.core.chat import ChatKey
from cuelight.core.hooks import ApiRequest, Delivery, DeskMessage

Options: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of a hook. `secret` ones are asked for, never taken from the command line, and never shown."""

    help: str
    secret: bool = False
    required: bool = False
    default: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pull:
    """Facts that the webhook lacks and the desk's API has: a request, and how its answer completes the message."""

    request: Callable[[DeskMessage, Options], ApiRequest | None]
    complete: Callable[[DeskMessage, object, Options], DeskMessage]


@dataclass(frozen=True, slots=True)
class Notes:
    """A private note in the conversation. `write(key, text, options, note_id)` makes the request; a `note_id` asks
    to change that note, and None comes back where this desk (or these options) cannot keep it private.

    `note_id` reads the new note's id from the answer, None where a note cannot be changed later.
    """

    write: Callable[[ChatKey, str, Options, str | None], ApiRequest | None]
    note_id: Callable[[object], str | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Desk:
    """One entry of the shelf.

    `verify` raises `Refused`, else returns the bytes that the signature covers: they name the delivery. `parse`
    returns what a payload tells of chats, and nothing for events of no use. `event_id` names an event where the
    payload has an id of its own. `secret_from_desk`: the desk makes the secret, and it is entered here. `steps`: how to
    set it up over there; `{url}`, `{secret}`, `{hook_id}` and options by name are filled in.
    """

    name: str
    title: str
    verify: Callable[[Delivery, Sequence[str], Options, datetime], bytes]
    parse: Callable[[object, Options], Sequence[DeskMessage]]
    steps: tuple[str, ...]
    account: str | None = None
    """The account where the desk has but one; None: it is asked for, in the words of `account_help`."""
    account_help: str = ""
    secret_from_desk: bool = False
    options: Mapping[str, Option] = field(default_factory=dict)
    event_id: Callable[[object], str | None] = lambda _: None
    pull: Pull | None = None
    notes: Notes | None = None


API_URL = Option("the desk's own address for its API, without a path, for example https://desk.example.com")
API_TOKEN = Option("a token for the desk's API, for private notes", secret=True)
NOTES = Option("write the cue into the conversation as a private note", default="no", choices=("yes", "no"))


def api_url(options: Options, fallback: str = "") -> str | None:
    """The base of the desk's API, without a slash at its end; None where nobody told it."""
    return options.get("api_url", fallback).rstrip("/") or None


def bearer(options: Options) -> dict[str, str]:
    return {"Authorization": f"Bearer {options.get('api_token', '')}"}
