"""Forgetting a customer: everything under their tag, what points to it, their announcements, the append-only file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from redis import Redis
from redis.exceptions import RedisError, ResponseError

from cuelight.core.chat import ChatKey, Token
from cuelight.core.erasure import Erasure, Rewrite
from cuelight.core.retention import Retention
from cuelight.stores import bounds, codec_history, keys, redis_journal
from cuelight.stores.complaints import answers
from cuelight.stores.durability import servers
from cuelight.stores.link import EPOCH_PREFIX, Argument, Command, Link

_LISTED = 10_000
"""Chats that fell out of a history are listed up to this number (`MAX_OVERFLOW` in history.lua)."""


def listed(link: Link, tag: str) -> list[tuple[ChatKey, int]]:
    """The chats a customer is known to have, each with its time in microseconds."""
    names = [link.epoch_key(tag), keys.history(tag), keys.overflow(tag)]
    history, fallen = link.run("listed", names, [EPOCH_PREFIX])
    found = {keys.read_chat_name(n): int(float(at)) for n, at in zip(fallen[::2], fallen[1::2], strict=True)}
    found.update(codec_history.HistoryReader(history).chats())
    return list(found.items())


def erase(link: Link, customer: Token, at: datetime, retention: Retention) -> Erasure:
    """Erase, and leave a tombstone: what is told of a time up to `at` is not kept from now on."""
    tag = keys.tag(customer)
    known = [key for key, _ in listed(link, tag)]
    (incidents,) = link.many([("HKEYS", keys.incidents(tag))])
    # What lies elsewhere first, by the list that is here: if the rest fails, the next try still finds it. And again
    # afterwards, for what was told meanwhile.
    _forget_elsewhere(link, tag, known, incidents)
    names = [
        link.epoch_key(tag),
        keys.history(tag),
        keys.incidents(tag),
        keys.overflow(tag),
        keys.ledger(tag),
        keys.lock(tag),
        keys.views(tag),
    ]
    args: list[Argument] = [EPOCH_PREFIX, keys.chats(tag), bounds.micros(at), retention.tombstone_s]
    chats, sightings, erased, count, events, disclosures, incidents = link.run("erase", names, args)
    _forget_elsewhere(link, tag, [*{*known, *map(keys.read_chat_name, chats)}], incidents)
    redis_journal.tell_erased(link, tag)
    if len(known) >= _LISTED:
        erased += _unlisted(link, tag)
    return Erasure(sightings, erased, count, events, disclosures, _forget_announcements(link, tag))


def _forget_elsewhere(link: Link, tag: str, chats: Sequence[ChatKey], incidents: Sequence[bytes]) -> None:
    """Out of what is not the customer's slot: pointers, the index of all customers' incidents, the journal."""
    forget_pointers(link, tag, chats)
    if incidents:
        link.many([("ZREM", keys.INDEX[0], *incidents), ("HDEL", keys.INDEX[1], *incidents)])
    redis_journal.forget(link, chats)


def forget_pointers(link: Link, tag: str, chats: Sequence[ChatKey]) -> None:
    """Remove the pointers of these chats that (still) lead to this customer, and what is known of their notes."""
    for start in range(0, len(chats), 500):
        part = chats[start : start + 500]
        owners = link.many([("GET", keys.pointer(key)) for key in part])
        mine = [key for key, owner in zip(part, owners, strict=True) if owner == tag.encode()]
        commands: list[Command] = []
        for key in mine:
            commands += [("DEL", keys.note(key)), ("ZREM", keys.NOTES, keys.chat_name(key)), ("DEL", keys.pointer(key))]
        if commands:
            link.many(commands)


def _unlisted(link: Link, tag: str) -> int:
    """Chats beyond those that are listed: a search through all keys, for the few customers that have so many."""
    with answers():
        prefix = keys.chats(tag)
        found = list(link.client.scan_iter(match=_literal(prefix) + b"*", count=1000))
    chats = [keys.read_chat_name(name[len(prefix) :]) for name in found]
    forget_pointers(link, tag, chats)
    redis_journal.forget(link, chats)
    for name in found:
        link.call("DEL", name)
    return len(found)


def _literal(text: bytes) -> bytes:
    return b"".join(b"\\" + bytes((c,)) if c in b"*?[]\\^" else bytes((c,)) for c in text)


def _forget_announcements(link: Link, tag: str) -> int:
    """Those still in the outbox. Alerts on their way to a channel are another store's (`core.outbox`)."""
    names = [link.epoch_key(tag), link.outbox_key(tag)]
    found: int = link.run("outbox_forget", names, [EPOCH_PREFIX, f'"tag":"{tag}"'])
    return found


def rewrite(link: Link) -> Rewrite:
    """Ask the server (each primary of a Cluster) to write its append-only file anew, without what was removed."""
    with answers():
        nodes = servers(link.client)
    told = {_rewrite(node) for node in nodes}
    return next(state for state in (Rewrite.REFUSED, Rewrite.BUSY, Rewrite.STARTED, Rewrite.NONE) if state in told)


def _rewrite(node: Redis) -> Rewrite:
    try:
        if node.info("persistence").get("aof_enabled") == 0:
            return Rewrite.NONE
        node.execute_command("BGREWRITEAOF")  # type: ignore[no-untyped-call]
    except ResponseError as error:
        return Rewrite.BUSY if "in progress" in str(error) else Rewrite.REFUSED
    except (RedisError, OSError):
        return Rewrite.REFUSED
    return Rewrite.STARTED


def rewriting(link: Link) -> bool:
    """Whether some server still writes its append-only file anew."""
    with answers():
        states = [node.info("persistence") for node in servers(link.client)]
    return any(s.get("aof_rewrite_in_progress") or s.get("aof_rewrite_scheduled") for s in states)
