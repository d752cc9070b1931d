"""Customers in Redis: one slot a customer, one script a decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as replaced
from datetime import datetime
from typing import Any

from cuelight.core.chat import Chat, ChatKey, Token
from cuelight.core.decision import Decision
from cuelight.core.disclosure import Disclosure
from cuelight.core.errors import Conflict, Erased, NotFound
from cuelight.core.history import AccountEvent, History, Incident, PastSighting, Proof
from cuelight.core.ports import Announcement, OutcomeRecord, Recall, StoredChat
from cuelight.stores import (
    bounds,
    codec,
    codec_history,
    codec_incident,
    codec_ledger,
    codec_record,
    keys,
    redis_erasure,
    redis_journal,
)
from cuelight.stores.link import EPOCH_PREFIX, Argument
from cuelight.stores.redis_incidents import CHANGED, RedisIncidents, announcements

_VERSION = bytes((codec.VERSION,))
_CHANGED = "another message about this chat came in between; recall it and join again"
_OBSERVED_AT_ONCE = 50
"""Entries in one script: a few hundred microseconds, so that an import never holds up a chat."""

_READ_AT_ONCE = 500


class RedisCustomerStore(RedisIncidents):
    """A `CustomerStore`. Layout: `keys.TABLE`; what a script does: its first lines."""

    def recall(self, chat: Chat) -> Recall:
        tag = keys.tag(chat.customer, chat.key)
        name, pointer = keys.chat(tag, chat.key), keys.pointer(chat.key)
        if self._link.clustered:
            history, incidents, stored, lock, _ = self._recall(tag, name)
            owner = self._link.fetch(pointer, pointer)
            if owner is not None and owner != tag.encode():
                stored = self._link.fetch(owner, keys.chat(owner.decode(), chat.key))
        else:
            history, incidents, stored, lock, owner = self._recall(tag, name, pointer)
        where = owner.decode() if owner else ""
        customer = chat.customer if where in ("", tag) else None if where.startswith("~") else where
        earlier = codec_record.unpack_record(stored, chat.key, customer) if stored else None
        mark = f"{where}|{earlier.decision.digest if earlier else ''}"
        return Recall(_history(history, incidents, lock), earlier, mark)

    def _recall(self, tag: str, chat: bytes, *pointer: bytes) -> list[Any]:
        """History, incidents, chat, lock and, given its pointer, whom the chat belongs to."""
        names: list[bytes | str] = [
            self._link.epoch_key(tag),
            keys.history(tag),
            keys.incidents(tag),
            chat,
            keys.lock(tag),
            *pointer,
        ]
        around = keys.chats("")[:-2], b"}:" + chat[len(keys.chats(tag)) :]
        found: list[Any] = self._link.run("recall", names, [EPOCH_PREFIX, tag, *around])
        return found

    def record(
        self,
        chat: Chat,
        decision: Decision,
        entry: PastSighting | None,
        announce: Sequence[Announcement] = (),
        *,
        replace: bool = False,
        mark: str | None = None,
    ) -> Decision:
        tag = keys.tag(chat.customer, chat.key)
        names: list[bytes | str] = [
            self._link.epoch_key(tag),
            keys.history(tag),
            keys.overflow(tag),
            keys.chat(tag, chat.key),
            self._link.outbox_key(tag),
        ]
        owner, _, recalled = ("*" if mark is None else mark).partition("|")
        digest = codec_record.pack_digest(decision.digest)
        args: list[Argument] = [
            EPOCH_PREFIX,
            tag,
            _VERSION,
            codec_record.pack_record(chat, decision),
            len(digest),
            "1" if replace else "0",
            self._kept.history_s,
            self._kept.decisions_s,
            keys.OUTBOX_KEPT,
            bounds.micros(chat.at),
            owner,
            codec_record.pack_digest(recalled) if recalled else b"",
            *announcements(tag, announce),
        ]
        if chat.customer is None:
            args.append("0")
        else:
            message = (
                codec_history.pack_entry(entry)
                if entry is not None
                else codec_history.pack_hidden(chat.key, chat.sighting)
            )
            args += ["1", *message.args()]
        pointer = keys.pointer(chat.key)
        if not self._link.clustered:
            names.append(pointer)
        elif not replace:
            self._point(chat.key, tag, owner, recalled)
        stored = self._link.run("record", names, args)
        if stored == 0:
            # Where a pointer was written beforehand it must not outlast the refusal.
            redis_erasure.forget_pointers(self._link, tag, [chat.key])
            raise Erased
        if stored == 1:
            raise Conflict(_CHANGED)
        if announce:
            self._link.ring(tag)
        if self._link.clustered and not stored:
            redis_journal.tell(self._link, [chat.key])
        if self._link.clustered and mark is not None and self._link.fetch(pointer, pointer) != tag.encode():
            raise Conflict(_CHANGED)  # it was moved between the two: what was written here is out of sight
        if not stored:
            return decision
        return codec_record.unpack_record(stored, chat.key, chat.customer).decision

    def _point(self, key: ChatKey, tag: str, owner: str, recalled: str) -> None:
        """On a Cluster: lead to where the chat is about to be.

        First the pointer, then the chat: if the second fails, the pointer leads to nothing, which is grey. The
        other way round, a chat that changes hands could go on showing its former owner's cue.
        """
        pointer = keys.pointer(key)
        if owner not in ("", "*", tag):
            left = self._link.fetch(owner, keys.chat(owner, key))
            if (codec_record.unpack_record(left, key, None).decision.digest if left else "") != recalled:
                raise Conflict(_CHANGED)
        args: list[Argument] = [EPOCH_PREFIX, tag, self._kept.decisions_s, owner]
        if not self._link.run("point", [self._link.epoch_key(pointer), pointer], args):
            raise Conflict(_CHANGED)

    def find(self, key: ChatKey) -> StoredChat | None:
        name = keys.pointer(key)
        pointer = self._link.fetch(name, name)
        if pointer is None:
            return None
        tag = pointer.decode()
        stored = self._link.fetch(tag, keys.chat(tag, key))
        if stored is None:
            return None
        return codec_record.unpack_record(stored, key, None if tag.startswith("~") else tag)

    def history(self, customer: Token) -> History:
        tag = keys.tag(customer)
        history, incidents, _, lock, *_ = self._recall(tag, keys.chats(tag))
        return _history(history, incidents, lock)

    def recent(self, customer: Token, since: datetime, limit: int | None = None) -> Sequence[StoredChat]:
        tag = keys.tag(customer)
        earliest = bounds.micros(since)
        listed = sorted((-at, key) for key, at in redis_erasure.listed(self._link, tag) if at >= earliest)
        wanted = [key for _, key in listed[:limit]]
        stored: list[bytes | None] = []
        for start in range(0, len(wanted), _READ_AT_ONCE):
            part = wanted[start : start + _READ_AT_ONCE]
            stored += self._link.call("MGET", *(keys.chat(tag, key) for key in part))
        found = [
            codec_record.unpack_record(data, key, customer) for key, data in zip(wanted, stored, strict=True) if data
        ]
        return sorted(found, key=lambda c: (-bounds.micros(c.chat.at), c.chat.key))

    def observe(self, customer: Token, entries: Sequence[PastSighting]) -> int:
        tag = keys.tag(customer)
        names = [self._link.epoch_key(tag), keys.history(tag), keys.overflow(tag)]
        added = 0
        for start in range(0, len(entries), _OBSERVED_AT_ONCE):
            part = entries[start : start + _OBSERVED_AT_ONCE]
            args: list[Argument] = [EPOCH_PREFIX, self._kept.history_s, self._kept.decisions_s, len(part)]
            for entry in part:
                args += codec_history.pack_entry(entry).args()
            added += self._link.run("observe", names, args)
        return added

    def settle(
        self,
        key: ChatKey,
        customer: Token | None,
        outcome: OutcomeRecord,
        *,
        proof: Proof,
        reported: bool,
        failed_step_up: bool,
        incident: Incident | None,
        announce: Sequence[Announcement] = (),
        was: Incident | None = None,
        first: bool = False,
    ) -> None:
        tag = keys.tag(customer, key)
        names: list[bytes | str] = [
            self._link.epoch_key(tag),
            keys.history(tag),
            keys.incidents(tag),
            keys.chat(tag, key),
            self._link.outbox_key(tag),
        ]
        flags = (
            bounds.strength(proof)
            | (codec_history.REPORTED if reported else 0)
            | (codec_history.FAILED if failed_step_up else 0)
        )
        if customer is None:
            incident = None
        args: list[Argument] = [
            EPOCH_PREFIX,
            codec_record.pack_outcome(outcome),
            keys.chat_prefix(key),
            key.chat_id.encode("utf-8", "surrogatepass"),
            bytes((flags,)),
            incident.incident_id if incident else "",
            codec_incident.pack_incident(incident) if incident else b"",
            self._incident_ttl_s(incident) if incident else 0,
            self._kept.history_s,
            codec_incident.pack_before(was, first=first) if incident else b"",
            keys.OUTBOX_KEPT,
            *announcements(tag, announce),
        ]
        done = self._link.run("settle", names, args)
        if done == 0:
            raise NotFound("no such chat is recorded; score it first")
        if done == 2:
            raise Conflict(CHANGED)
        if announce:
            self._link.ring(tag)
        if self._link.clustered:
            redis_journal.tell(self._link, [key])
        if incident:
            self._index(tag, incident)

    def note(self, customer: Token, event: AccountEvent) -> bool:
        tag = keys.tag(customer)
        args: list[Argument] = [EPOCH_PREFIX, codec_history.pack_event(event), self._kept.history_s]
        added: int = self._link.run("note", [self._link.epoch_key(tag), keys.history(tag)], args)
        return added == 1

    def ledger(self, customer: Token | None, key: ChatKey, add: Sequence[Disclosure] = ()) -> Sequence[Disclosure]:
        tag = keys.tag(customer, key)
        args: list[Argument] = [EPOCH_PREFIX, keys.LEDGER_KEPT, keys.LEDGER_TTL_S]
        args += [codec_ledger.pack_disclosure(line) for line in add]
        lines = self._link.run("ledger", [self._link.epoch_key(tag), keys.ledger(tag)], args)
        if add:
            redis_journal.tell(self._link, list(dict.fromkeys(line.chat for line in add)))
        return [codec_ledger.unpack_disclosure(line) for line in reversed(lines)]

    def ping(self) -> None:
        self._link.ping()


def _history(data: bytes | None, incidents: list[bytes], lock: bytes | None) -> History:
    found = [
        codec_incident.unpack_incident(name.decode(), packed)
        for name, packed in zip(incidents[::2], incidents[1::2], strict=True)
    ]
    found.sort(key=bounds.incident_order)
    history = codec_history.HistoryReader(data).history(tuple(found))
    return replaced(history, lock=codec_incident.unpack_lock(lock)) if lock else history
