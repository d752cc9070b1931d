"""The outbox in Redis: the streams that decisions write to, and a queue for each channel. Layout: `keys.TABLE`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from cuelight.core.chat import Token
from cuelight.core.outbox import (
    Batch,
    Claim,
    DeadLetter,
    Ending,
    LogLine,
    OutboxState,
    QueueState,
    Settled,
    Taken,
)
from cuelight.core.ports import Announcement
from cuelight.core.retention import Retention
from cuelight.stores import codec_outbox as codec
from cuelight.stores import keys, keys_queue
from cuelight.stores.codec_outbox import Tries, millis, moment
from cuelight.stores.link import EPOCH_PREFIX, Argument, Link, slot_tags

_SWEEP_S = 60.0
"""On a Cluster: how long an announcement may wait whose bell was lost."""
_SWEPT_AT_ONCE = 1024
_GROUPS_AT_ONCE = 100


class RedisOutbox:
    """An `Outbox`. One for each process; safe for threads but for `take`, which one thread calls."""

    def __init__(self, link: Link, retention: Retention | None = None) -> None:
        self._link = link
        self._kept = retention or Retention()
        self._bells: list[str] = []
        self._swept_s: float | None = None

    def announce(self, announcement: Announcement, tag: Token = "") -> None:
        stream = self._link.outbox_key(tag)
        packed = codec.pack_announcement(announcement, tag)
        self._link.run("announce", [self._link.epoch_key(tag), stream], [EPOCH_PREFIX, keys.OUTBOX_KEPT, 1, packed])
        self._link.ring(tag)

    def take(self, limit: int) -> Sequence[Taken]:
        if not self._link.clustered:
            return self._read("", "cl:o", limit)
        found: list[Taken] = []
        self._listen()
        while self._bells and len(found) < limit:
            slot = self._bells.pop()
            some = self._read(slot, self._link.outbox_key(slot), limit)
            found += some
            if len(some) == limit:
                self._bells.append(slot)
        return found

    def _listen(self) -> None:
        """Slots with announcements: those whose bell rang and, now and then, all that have any."""
        # The bell is taken before the stream is read: one that rings later is heard next time.
        rung = self._link.call("SPOP", keys.BELLS, 100)
        self._bells += [slot.decode() for slot in rung if slot.decode() not in self._bells]
        if self._swept_s is None or time.monotonic() - self._swept_s > _SWEEP_S:
            self._bells = [slot for slot, length in self._lengths() if length]
            self._swept_s = time.monotonic()

    def _lengths(self) -> Iterator[tuple[str, int]]:
        slots = slot_tags() if self._link.clustered else ("",)
        for start in range(0, len(slots), _SWEPT_AT_ONCE):
            part = slots[start : start + _SWEPT_AT_ONCE]
            found = self._link.many([("XLEN", self._link.outbox_key(slot)) for slot in part])
            yield from zip(part, found, strict=True)

    def _read(self, tag: str, stream: str, limit: int) -> list[Taken]:
        rows = self._link.run("outbox_take", [self._link.epoch_key(tag), stream], [EPOCH_PREFIX, limit])
        found = []
        for name, (_, data) in rows:
            place = name.decode()
            alert = codec.alert_from(f"{stream}|{place}", data)
            found.append(Taken(alert, (tag, place), int(place.partition("-")[0])))
        return found

    def done(self, taken: Sequence[Taken]) -> None:
        for tag in {one.source[0] for one in taken}:
            names = [self._link.epoch_key(tag), self._link.outbox_key(tag) if tag else "cl:o"]
            places = [one.source[1] for one in taken if one.source[0] == tag]
            self._link.run("outbox_done", names, [EPOCH_PREFIX, *places])

    def put(self, channel_id: str, taken: Sequence[Taken], now: datetime) -> int:
        if not taken:
            return 0
        full = codec.pack_tries(Tries(0, None, millis(now), "queue_full"))
        args: list[Argument] = [
            millis(now),
            keys_queue.KEPT,
            keys_queue.DEAD_KEPT,
            keys_queue.SEEN_KEPT,
            keys_queue.SEEN_MS,
            full,
        ]
        for one in taken:
            args += [one.alert.alert_id, one.alert.group, one.announced_ms, codec.pack_alert(one.alert)]
        new: int = self._run("channel_put", channel_id, args)
        return new

    def claim(self, channel_id: str, now: datetime, lease: timedelta, limit: int, per_minute: int) -> Batch:
        lease_ms = millis(now + lease)
        args: list[Argument] = [millis(now), lease_ms, limit, per_minute, keys_queue.TOGETHER]
        together, failures, *flat = self._run("channel_claim", channel_id, args)
        claims = []
        for place, data, tries in zip(flat[::3], flat[1::3], flat[2::3], strict=True):
            tried = codec.unpack_tries(tries)
            claims.append(Claim(codec.unpack_alert(data), place.decode(), lease_ms, tried.count, tried.since_ms))
        return Batch(tuple(claims), bool(together), failures)

    def settle(
        self,
        channel_id: str,
        settled: Iterable[Settled],
        now: datetime,
        *,
        lines: Iterable[LogLine] = (),
        hold_until: datetime | None = None,
    ) -> None:
        settled = list(settled)
        reached = hold_until is None and any(one.ending is not Ending.BACK for one in settled)
        held = "" if hold_until is None else millis(hold_until)
        args: list[Argument] = [
            millis(now),
            keys_queue.DEAD_KEPT,
            keys_queue.LOG_KEPT,
            held,
            int(reached),
            len(settled),
        ]
        for one in settled:
            since_ms = one.claim.since_ms or millis(now)
            tries = Tries(one.claim.attempts + 1, since_ms, millis(now), one.why)
            due = millis(one.due_at or now)
            args += [one.ending.value, one.claim.place, one.claim.lease_ms, due, codec.pack_tries(tries)]
        args += [codec.pack_line(line) for line in lines]
        self._run("channel_settle", channel_id, args)

    def dead(self, channel_id: str) -> Sequence[DeadLetter]:
        names = keys_queue.queue(channel_id)
        members = self._link.many([("ZRANGE", names[keys_queue.DEAD], 0, -1)])[0]
        ids = [member.partition(b"|")[2] for member in members]
        if not ids:
            return ()
        alerts, tries = self._link.many(
            [("HMGET", names[keys_queue.ALERTS], *ids), ("HMGET", names[keys_queue.TRIES], *ids)]
        )
        found = []
        for data, tried in zip(alerts, map(codec.unpack_tries, tries), strict=True):
            if data:  # sent again, or forgotten, between the two questions
                found.append(DeadLetter(codec.unpack_alert(data), moment(tried.last_ms), tried.count, tried.why))
        return found

    def revive(self, channel_id: str, alert_ids: Sequence[str], now: datetime) -> int:
        count: int = self._run("channel_revive", channel_id, [millis(now), *alert_ids])
        return count

    def lines(self, channel_id: str) -> Sequence[LogLine]:
        found = self._link.many([("LRANGE", keys_queue.queue(channel_id)[keys_queue.LOG], 0, -1)])[0]
        return [codec.unpack_line(line) for line in found]

    def state(self, channel_ids: Iterable[str]) -> OutboxState:
        waiting = sum(length for _, length in self._lengths())
        slots = slot_tags() if self._link.clustered else ("",)
        lost = 0
        for start in range(0, len(slots), _SWEPT_AT_ONCE):
            part = slots[start : start + _SWEPT_AT_ONCE]
            found = self._link.many([("GET", self._link.outbox_key(slot) + keys.LOST) for slot in part])
            lost += sum(int(count) for count in found if count)
        return OutboxState(waiting, lost, {one: self._queue_state(one) for one in channel_ids})

    def _queue_state(self, channel_id: str) -> QueueState:
        names = keys_queue.queue(channel_id)
        waiting, dead, numbers = self._link.many(
            [
                ("ZCARD", names[keys_queue.ORDER]),
                ("ZCARD", names[keys_queue.DEAD]),
                ("HMGET", names[keys_queue.NUMBERS], "lost", "failures", "held"),
            ]
        )
        lost, failures, held = (int(number or 0) for number in numbers)
        return QueueState(waiting, dead, lost, failures, moment(held) if failures and held else None)

    def sweep(self, channel_id: str, now: datetime) -> int:
        before = now - timedelta(days=self._kept.alerts_d)
        args: list[Argument] = [before.isoformat(), millis(before), self._kept.alerts_s]
        gone = passed = 0
        looked = _GROUPS_AT_ONCE
        while looked == _GROUPS_AT_ONCE:
            some, looked, left = self._run("channel_sweep", channel_id, [*args, passed, _GROUPS_AT_ONCE])
            gone, passed = gone + some, passed + left
        return gone

    def forget(self, tag: Token) -> int:
        names = [self._link.epoch_key(tag), self._link.outbox_key(tag)]
        # The queues last: what was on its way to them is refused there.
        count: int = self._link.run("outbox_forget", names, [EPOCH_PREFIX, codec.tag_in_json(tag)])
        group = codec.group_of(tag, "")
        names = [self._link.epoch_key(keys.CHANNELS), keys.CHANNELS]
        for channel_id in self._link.run("api_key", names, [EPOCH_PREFIX])[::2]:
            count += self._run("channel_forget", channel_id.decode(), [group, keys_queue.SEEN_MS])
        return count

    def _run(self, script: str, channel_id: str, args: Sequence[Argument]) -> Any:
        names = [self._link.epoch_key(channel_id), *keys_queue.queue(channel_id)]
        return self._link.run(script, names, [EPOCH_PREFIX, *args])
