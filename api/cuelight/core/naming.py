"""Who named a chat's customer: desk and company, or the identity token a page passed on; and whether they agree.

An agent sees whom the desk shows, never whom a token names. Where the two are not the same account, proof of the one
says nothing of the other.

Kept as times without a name, whichever customer was meant: `told` (by desk or company), `token` (by an identity
token), `bound` (by one that is bound to the chat) and `differs` (a token named another customer and was not followed).
`told` goes without saying where no token named anybody.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from cuelight.core.chat import Chat, Identity

Rank: TypeAlias = tuple[bool, datetime]
"""Signed or not, then the time: the greater wins."""

NAMERS = ("told", "token", "bound", "differs")


class NamedBy(StrEnum):
    """What a message names the customer by: desk or company themselves (`TOLD`), an identity token, or one bound to the
    chat. `OTHER`: a token names another customer than the chat's, so the message names nobody."""

    TOLD = "told"
    SIGNED_IN = "signed_in"
    BOUND = "bound"
    OTHER = "other"


_NOTED = {
    NamedBy.TOLD: (),
    NamedBy.SIGNED_IN: ("token",),
    NamedBy.BOUND: ("token", "bound"),
    NamedBy.OTHER: ("differs",),
}


def noted(chat: Chat, by: NamedBy) -> Chat:
    """The chat of a message with what it named its customer by."""
    return replace(chat, seen={**chat.seen, **dict.fromkeys(_NOTED[by], chat.at)}) if _NOTED[by] else chat


def rank(chat: Chat, name: str, at: datetime) -> Rank:
    return name not in chat.unsigned, at


def join_namers(one: Chat, other: Chat) -> dict[str, Rank]:
    """When either was last named in each of these ways."""
    found: dict[str, Rank] = {}
    for chat in (one, other):
        for name, at in _namers(chat).items():
            found[name] = max(at, found.get(name, at))
    if "token" not in found:
        found.pop("told", None)
    return found


def by_token_only(chat: Chat) -> bool:
    """Whether the customer is known by an identity token alone."""
    return "token" in chat.seen and "told" not in chat.seen


def accounts_differ(chat: Chat) -> bool:
    """Whether whoever is signed in on the page is not, or was not all the time, whom desk or company told of.

    A token that is not bound to the chat may have been sent by anybody with an account of their own: beside proof of
    the chat's customer it does not count.
    """
    both = {"token", "told", "changed"} <= chat.seen.keys()
    if chat.identity is Identity.VERIFIED:
        return both and "bound" in chat.seen
    return chat.customer is not None and (both or "differs" in chat.seen)


def _namers(chat: Chat) -> dict[str, Rank]:
    found = {name: rank(chat, name, chat.seen[name]) for name in NAMERS if name in chat.seen}
    if chat.customer is not None and "token" not in found:
        found["told"] = rank(chat, "customer", chat.seen.get("customer", chat.at))
    return found
