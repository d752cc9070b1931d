"""Moving a customer from the tag of a former hash key to the present one: other names, another slot of a Cluster.

The old slot is closed first (`depart.lua`), so what is read there stays true; then everything is put into the new one,
where it never overwrites; last, the old is removed. Whoever stops half-way leaves all of it in the old slot, and
whoever comes next, or at the same time, does the same again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cuelight.core import rekeying
from cuelight.core.chat import ChatKey, Sighting, Token
from cuelight.core.rekeying import Rename
from cuelight.core.retention import Retention
from cuelight.stores import codec_history, codec_record, keys, redis_journal
from cuelight.stores.codec_values import from_micros
from cuelight.stores.complaints import answers
from cuelight.stores.link import EPOCH_PREFIX, Argument, Link

_AT_ONCE = 100
_TAG = re.compile(rb"cl:[hidl]:\{([^~}][^}]*)\}")


def customers(link: Link) -> Iterator[Token]:
    """Every customer's tag, found by a search through all keys."""
    with answers():
        for name in link.client.scan_iter(match="cl:[hidl]:{*", count=1000):
            if match := _TAG.match(name):
                yield match[1].decode()


def move(link: Link, former: Token, present: Token, rename: Rename, retention: Retention) -> Sequence[Sighting]:
    old, new = keys.tag(former), keys.tag(present)
    names = [
        keys.history(old),
        keys.incidents(old),
        keys.overflow(old),
        keys.ledger(old),
        keys.lock(old),
        keys.views(old),
    ]
    left = link.run("depart", [link.epoch_key(old), *names], [EPOCH_PREFIX, retention.tombstone_s])
    erased, history, history_s, incidents, incidents_s, overflow, overflow_s, ledger, ledger_s, *rest = left
    lock, lock_s, views, views_s = rest
    reader = codec_history.HistoryReader(history)
    if not (history or incidents or overflow or ledger or lock or views):
        if erased:
            _arrive(link, new, [erased, retention.tombstone_s, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, b"", 1, 0])
        return ()
    kept = reader.history()
    chats = {keys.read_chat_name(name): int(float(at)) for name, at in _pairs(overflow)} | dict(reader.chats())
    moved = [past.sighting for past in kept.sightings]
    moved += _move_chats(link, old, present, chats, rename, retention)
    shown = {past.chat for past in kept.sightings}
    hidden = [
        codec_history.pack_hidden(key, Sighting(from_micros(at))) for key, at in reader.chats() if key not in shown
    ]
    messages = [codec_history.pack_entry(rekeying.past(past, rename)) for past in reversed(kept.sightings)] + hidden
    events = [codec_history.pack_event(rekeying.event(event, rename)) for event in kept.events]
    args: list[Argument] = [erased, retention.tombstone_s, history_s, len(messages)]
    args += [part for message in messages for part in message.args()]
    args += [len(events), *events, incidents_s, len(incidents) // 2, *incidents]
    args += [overflow_s, len(overflow) // 2, *overflow, ledger_s, len(ledger), *ledger]
    args += [lock_s, lock, views_s, len(views) // 2, *views]
    _arrive(link, new, args)
    gone = [keys.chat(old, key) for key in chats]
    for start in range(0, len(gone), _AT_ONCE):
        link.call("DEL", *gone[start : start + _AT_ONCE])
    link.call("DEL", *names)
    return moved


def _arrive(link: Link, tag: str, args: Sequence[Argument]) -> None:
    names = [link.epoch_key(tag), keys.history(tag), keys.incidents(tag), keys.overflow(tag), keys.ledger(tag)]
    names += [keys.lock(tag), keys.views(tag)]
    link.run("arrive", names, [EPOCH_PREFIX, *args])


def _move_chats(
    link: Link, old: str, present: Token, chats: dict[ChatKey, int], rename: Rename, retention: Retention
) -> list[Sighting]:
    """The chats themselves, then what points to them. Answers with their sightings as they were."""
    new = keys.tag(present)
    moved: list[Sighting] = []
    wanted = list(chats)
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        names = [keys.chat(old, key) for key in part]
        contents = link.call("MGET", *names)
        lives_ms = link.many([("PTTL", name) for name in names])
        args: list[Argument] = [EPOCH_PREFIX]
        for key, data, life_ms in zip(part, contents, lives_ms, strict=True):
            if data is None or life_ms <= 0:
                continue
            stored = codec_record.unpack_record(data, key, present)
            moved.append(stored.chat.sighting)
            renamed = rekeying.chat(stored.chat, present, rename)
            args += [keys.chat(new, key), codec_record.repack(data, renamed, stored.decision), life_ms, chats[key]]
        if len(args) > 1:
            link.run("arrive_chats", [link.epoch_key(new), keys.history(new)], args)
        for key, life_ms in zip(part, lives_ms, strict=True):
            pointer = keys.pointer(key)
            life_s = max(1, life_ms // 1000)
            link.run("point", [link.epoch_key(pointer), pointer], [EPOCH_PREFIX, new, life_s, old])
        redis_journal.tell(link, part)
    return moved


def _pairs(flat: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    return zip(flat[::2], flat[1::2], strict=True)
