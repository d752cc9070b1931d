"""Brings a store of an older schema to this version's: every value read as it was, written as it is now.

The epoch changes first, so that no version uses the store meanwhile, and last, so that a migration that is cut short
is known as such and done again: what was rewritten already is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from cuelight.core.chat import Sighting, traits
from cuelight.core.crowd import Trait
from cuelight.core.errors import StoreUnavailable
from cuelight.stores import (
    codec,
    codec_entry,
    codec_incident,
    codec_ledger,
    codec_record,
    codec_sighting,
    epochs,
    keys,
    schema1,
)
from cuelight.stores.codec import Corrupt
from cuelight.stores.link import Argument, Command, Link

OLDEST = schema1.VERSION
_AT_ONCE = 50
_SEEN_ACROSS = frozenset({"address", "prefix", "model", "fingerprint"})
"""Traits of which the crowd keeps who bore them, not only how many."""


_Job = tuple[str, list[bytes], list[Argument]]
"""A script with its keys (behind the epoch's) and arguments (behind the epoch)."""


@dataclass(slots=True)
class Migrated:
    """What was done: values rewritten, values that could not be read (left as they are: unavailable, not lost)."""

    rewritten: int = 0
    unreadable: int = 0


def migrate(link: Link, told: Callable[[Migrated], None] = lambda _: None) -> Migrated:
    """Do it; nothing on a store that is of this schema. `told` hears how far it is, now and then.

    Raises `StoreUnavailable` for a store that is not ours, lost a part, or is of a newer schema, and if it fails on the
    way: then run it again.
    """
    found = {value: epochs.parse(value) for value in link.epochs()}
    ours = [epoch for epoch in found.values() if epoch is not None]
    if len(ours) < len(found) or len({epoch.ident for epoch in ours}) != 1:
        raise StoreUnavailable(epochs.NOT_OURS)
    if any(max(epoch.schema, epoch.towards or 0) > keys.SCHEMA for epoch in ours):
        raise StoreUnavailable(epochs.complaint(str(max(ours, key=lambda epoch: epoch.towards or epoch.schema))))
    done = Migrated()
    if all(epoch.is_current for epoch in ours):
        return done
    moving = epochs.Epoch(OLDEST, ours[0].ident, towards=keys.SCHEMA)
    link.set_epoch(str(moving))
    work = _Work(link, str(moving), done)
    names = link.client.scan_iter(match="cl:[hcid]:*", count=1000)
    while batch := list(islice(names, _AT_ONCE)):
        work.do(batch)
        told(done)
    link.set_epoch(str(epochs.Epoch(keys.SCHEMA, moving.ident)))
    return done


class _Work:
    def __init__(self, link: Link, epoch: str, done: Migrated) -> None:
        self._link = link
        self._epoch = epoch
        self._done = done

    def do(self, names: list[bytes]) -> None:
        """Rewrite these keys. The crowd first: its new names come from the old tokens, which are gone afterwards."""
        values = self._link.pipeline([_reading(name) for name in names])
        seen: list[Sighting] = []
        jobs: list[_Job] = []
        for name, value in zip(names, values, strict=True):
            try:
                jobs += _SHAPES[name[3:4]](name, value, seen)
            except Corrupt:
                self._done.unreadable += 1
        _rename(self._link, {pair for sighting in seen for pair in _renamed(sighting)})
        for script, script_keys, args in jobs:
            epoch_key = self._link.epoch_key(_tag(script_keys[0]))
            self._done.rewritten += self._link.run(script, [epoch_key, *script_keys], [self._epoch, *args])


def _reading(name: bytes) -> Command:
    shape = name[3:4]
    return ("HGETALL", name) if shape == b"i" else ("LRANGE", name, 0, -1) if shape == b"d" else ("GET", name)


def _tag(name: bytes) -> bytes:
    return name[name.index(b"{") + 1 : name.index(b"}")]


def _history(name: bytes, value: bytes | None, seen: list[Sighting]) -> Iterator[_Job]:
    if not value or value[0] == codec.VERSION:
        return
    old = schema1.OldHistory(value)
    args: list[Argument] = [value, keys.HISTORY_TTL_S, keys.CHAT_TTL_S, len(old.entries)]
    for entry, hidden in old.entries:
        seen.append(entry.sighting)
        short = replace(entry, sighting=schema1.short(entry.sighting))
        if hidden and entry.chat is not None:
            args += codec_entry.pack_hidden(entry.chat, short.sighting).args()
        else:
            args += codec_entry.pack_entry(short).args()
    for event in old.events:
        address = None if event.address is None else schema1.shorten(event.address, codec_sighting.LONG)
        args.append(codec_entry.pack_event(replace(event, address=address)))
    yield "adopt", [name, keys.overflow(_tag(name).decode()).encode()], args


def _chat(name: bytes, value: bytes | None, seen: list[Sighting]) -> Iterator[_Job]:
    if not value or value[0] == codec.VERSION:
        return
    tag = _tag(name).decode()
    key = keys.read_chat_name(name[len(keys.chats(tag)) :])
    old = schema1.read_chat(value, key, None if tag.startswith("~") else tag)
    seen.append(old.chat.sighting)
    chat = replace(old.chat, sighting=schema1.short(old.chat.sighting))
    outcome = codec_record.pack_outcome(old.outcome) if old.outcome else b""
    head = bytes((codec.VERSION,)) + len(outcome).to_bytes(2, "big") + outcome
    yield "rewrite", [name], ["string", "", value, head + codec_record.pack_record(chat, old.decision)]


def _incidents(name: bytes, value: Any, _: list[Sighting]) -> Iterator[_Job]:
    for field, data in _pairs(value):
        if data[0] == schema1.VERSION:
            incident = schema1.read_incident(field.decode(), data)
            yield "rewrite", [name], ["hash", field, data, codec_incident.pack_incident(incident)]


def _ledger(name: bytes, value: list[bytes], _: list[Sighting]) -> Iterator[_Job]:
    for index, data in enumerate(value):
        if data[0] == schema1.VERSION:
            line = codec_ledger.pack_disclosure(schema1.read_disclosure(data))
            yield "rewrite", [name], ["list", index, data, line]


_SHAPES: dict[bytes, Callable[[bytes, Any, list[Sighting]], Iterator[_Job]]] = {
    b"h": _history,
    b"c": _chat,
    b"i": _incidents,
    b"d": _ledger,
}


def _renamed(sighting: Sighting) -> Iterator[tuple[Trait, Trait]]:
    pairs = zip(traits(sighting), traits(schema1.short(sighting)), strict=True)
    return (pair for pair in pairs if pair[0] != pair[1])


def _rename(link: Link, renamed: set[tuple[Trait, Trait]]) -> None:
    """What the crowd knows of these traits, under their new names. May be done twice: nothing is added, only set."""
    shares = [(keys.shares(old[0]), keys.share_field(old), keys.share_field(new)) for old, new in renamed]
    found = link.pipeline([("HGET", key, field) for key, field, _ in shares])
    moves: list[Command] = []
    for (key, old_field, new_field), count in zip(shares, found, strict=True):
        if count is not None:
            moves += [("HSET", key, new_field, count), ("HDEL", key, old_field)]
    sets = [
        (kind(old), kind(new), ttl_s)
        for old, new in renamed
        if old[0] in _SEEN_ACROSS
        for kind, ttl_s in ((keys.spray, keys.SPRAY_TTL_S), (keys.reports, keys.REPORT_TTL_S))
    ]
    members = link.pipeline([("ZRANGE", name, 0, -1, "WITHSCORES") for name, _, _ in sets])
    for (old_name, new_name, ttl_s), scored in zip(sets, members, strict=True):
        if scored:
            flat = [part for member, score in _pairs(scored) for part in (score, member)]
            moves += [("ZADD", new_name, "GT", *flat), ("EXPIRE", new_name, ttl_s), ("DEL", old_name)]
    if moves:
        link.pipeline(moves)


def _pairs(found: Any) -> list[tuple[bytes, Any]]:
    """Pairs from an answer, whether the driver has paired them already or not."""
    if isinstance(found, dict):
        return list(found.items())
    if found and isinstance(found[0], list | tuple):
        return [(one, other) for one, other in found]
    return list(zip(found[::2], found[1::2], strict=True))
