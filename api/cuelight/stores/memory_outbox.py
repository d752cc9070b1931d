"""The outbox in memory: the same answers as Redis, by the same contract suite."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock

from cuelight.core.chat import Token
from cuelight.core.outbox import (
    Alert,
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


@dataclass(slots=True)
class _Queue:
    """One channel's queue. `order`: a group's alerts, oldest first; `due` and `claimed`: milliseconds by group."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    order: dict[str, list[str]] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)
    claimed: dict[str, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    forgotten: dict[str, int] = field(default_factory=dict)
    dead: dict[str, str] = field(default_factory=dict)
    tries: dict[str, Tries] = field(default_factory=dict)
    log: deque[LogLine] = field(default_factory=lambda: deque(maxlen=keys_queue.LOG_KEPT))
    failures: int = 0
    held_ms: int = 0
    lost: int = 0
    minute_ms: int = 0
    used: int = 0

    @property
    def waiting(self) -> int:
        return sum(map(len, self.order.values()))

    def release(self, group: str, due_ms: int) -> None:
        self.claimed.pop(group, None)
        if self.order.get(group):
            self.due[group] = due_ms
        else:
            self.order.pop(group, None)
            self.due.pop(group, None)

    def put_last(self, alert: Alert, now_ms: int) -> None:
        self.order.setdefault(alert.group, []).append(alert.alert_id)
        if alert.group not in self.claimed:
            self.due.setdefault(alert.group, now_ms)

    def bury(self, alert: Alert) -> None:
        self.dead[alert.alert_id] = alert.group
        while len(self.dead) > keys_queue.DEAD_KEPT:
            oldest = next(iter(self.dead))
            del self.dead[oldest]
            self.drop(oldest)
            self.lost += 1

    def drop(self, alert_id: str) -> None:
        self.alerts.pop(alert_id, None)
        self.tries.pop(alert_id, None)


class MemoryOutbox:
    """An `Outbox` in this process, safe for threads."""

    def __init__(self, retention: Retention | None = None) -> None:
        self._kept = timedelta(days=(retention or Retention()).alerts_d)
        self._stream: dict[str, tuple[str, Announcement, int]] = {}
        self._queues: dict[str, _Queue] = {}
        self._number = 0
        self._lost = 0
        self._lock = RLock()

    @property
    def announced(self) -> list[Announcement]:
        """What waits to be taken, oldest first."""
        return [announcement for _, announcement, _ in self._stream.values()]

    def announce(self, announcement: Announcement, tag: Token = "") -> None:
        with self._lock:
            self._number += 1
            self._stream[str(self._number)] = (tag, announcement, time.time_ns() // 1_000_000)
            if len(self._stream) > keys.OUTBOX_KEPT:
                del self._stream[next(iter(self._stream))]
                self._lost += 1

    def take(self, limit: int) -> Sequence[Taken]:
        with self._lock:
            rows = list(self._stream.items())[:limit]
        return [
            Taken(codec.alert_from(place, codec.pack_announcement(announcement, tag)), ("", place), at_ms)
            for place, (tag, announcement, at_ms) in rows
        ]

    def done(self, taken: Sequence[Taken]) -> None:
        with self._lock:
            for one in taken:
                self._stream.pop(one.source[1], None)

    def _queue(self, channel_id: str) -> _Queue:
        return self._queues.setdefault(channel_id, _Queue())

    def drop_queue(self, channel_id: str) -> None:
        self._queues.pop(channel_id, None)

    def put(self, channel_id: str, taken: Sequence[Taken], now: datetime) -> int:
        with self._lock:
            queue, now_ms, new = self._queue(channel_id), millis(now), 0
            for one in taken:
                alert = one.alert
                if alert.alert_id in queue.seen or queue.forgotten.get(alert.group, -1) >= one.announced_ms:
                    continue
                new += 1
                queue.seen[alert.alert_id] = now_ms
                full = queue.waiting >= keys_queue.KEPT
                queue.alerts[alert.alert_id] = alert
                if full:
                    queue.tries[alert.alert_id] = Tries(0, None, now_ms, "queue_full")
                    queue.bury(alert)
                else:
                    queue.put_last(alert, now_ms)
            fresh = [(one, at) for one, at in queue.seen.items() if at > now_ms - keys_queue.SEEN_MS]
            queue.seen = dict(fresh[-keys_queue.SEEN_KEPT :])
            return new

    def claim(self, channel_id: str, now: datetime, lease: timedelta, limit: int, per_minute: int) -> Batch:
        with self._lock:
            queue, now_ms = self._queue(channel_id), millis(now)
            if queue.held_ms > now_ms:
                return Batch(failures=queue.failures)
            for group in [group for group, until_ms in queue.claimed.items() if until_ms <= now_ms]:
                queue.release(group, now_ms)
            due = sorted((at_ms, group) for group, at_ms in queue.due.items() if at_ms <= now_ms)
            left = len(due)
            if per_minute and due:
                if not 0 <= now_ms - queue.minute_ms < 60_000:
                    queue.minute_ms, queue.used = now_ms, 0
                left = per_minute - queue.used
            if not due or left <= 0:
                return Batch(failures=queue.failures)
            together, lease_ms = len(due) > left, millis(now + lease)
            most = keys_queue.TOGETHER if together else 1 if queue.failures else limit
            claims: list[Claim] = []
            for _, group in due[:most]:
                if len(claims) >= most:
                    break
                del queue.due[group]
                queue.claimed[group] = lease_ms
                for alert_id in queue.order[group][: most - len(claims) if together else 1]:
                    tried = queue.tries.get(alert_id, Tries())
                    alert = queue.alerts[alert_id]
                    claims.append(Claim(alert, f"{group}|{alert_id}", lease_ms, tried.count, tried.since_ms))
            if queue.failures:
                queue.held_ms = lease_ms
            if per_minute:
                queue.used += 1 if together else len(claims)
            return Batch(tuple(claims), together, queue.failures)

    def settle(
        self,
        channel_id: str,
        settled: Iterable[Settled],
        now: datetime,
        *,
        lines: Iterable[LogLine] = (),
        hold_until: datetime | None = None,
    ) -> None:
        with self._lock:
            queue, now_ms, free, reached = self._queue(channel_id), millis(now), dict[str, int](), False
            for one in settled:
                claim, alert = one.claim, one.claim.alert
                reached = reached or one.ending is not Ending.BACK
                if alert.alert_id in queue.order.get(alert.group, ()):
                    tries = Tries(claim.attempts + 1, claim.since_ms or now_ms, now_ms, one.why)
                    if one.ending in (Ending.LATER, Ending.DEAD):
                        queue.tries[alert.alert_id] = tries
                    if one.ending in (Ending.DELIVERED, Ending.DEAD):
                        queue.order[alert.group].remove(alert.alert_id)
                    if one.ending is Ending.DELIVERED:
                        queue.drop(alert.alert_id)
                    if one.ending is Ending.DEAD:
                        queue.bury(alert)
                if queue.claimed.get(alert.group) == claim.lease_ms:
                    due_ms = millis(one.due_at) if one.ending is Ending.LATER and one.due_at else now_ms
                    free[alert.group] = max(free.get(alert.group, now_ms), due_ms)
            for group, due_ms in free.items():
                queue.release(group, due_ms)
            if hold_until is not None:
                queue.held_ms, queue.failures = millis(hold_until), queue.failures + 1
            elif reached and (queue.failures or queue.held_ms):
                queue.held_ms = queue.failures = 0
                queue.due = {g: ms if g in free else min(ms, now_ms) for g, ms in queue.due.items()}
            queue.log.extendleft(lines)

    def dead(self, channel_id: str) -> Sequence[DeadLetter]:
        with self._lock:
            queue = self._queue(channel_id)
            tries = {alert_id: queue.tries.get(alert_id, Tries()) for alert_id in queue.dead}
            return [
                DeadLetter(queue.alerts[one], moment(tried.last_ms), tried.count, tried.why)
                for one, tried in tries.items()
            ]

    def revive(self, channel_id: str, alert_ids: Sequence[str], now: datetime) -> int:
        with self._lock:
            queue = self._queue(channel_id)
            found = [one for one in queue.dead if not alert_ids or one in alert_ids]
            for alert_id in found:
                del queue.dead[alert_id]
                queue.tries.pop(alert_id, None)
                queue.put_last(queue.alerts[alert_id], millis(now))
            return len(found)

    def lines(self, channel_id: str) -> Sequence[LogLine]:
        return list(self._queue(channel_id).log)

    def state(self, channel_ids: Iterable[str]) -> OutboxState:
        with self._lock:
            return OutboxState(len(self._stream), self._lost, {one: self._state(one) for one in channel_ids})

    def _state(self, channel_id: str) -> QueueState:
        queue = self._queue(channel_id)
        held = moment(queue.held_ms) if queue.failures and queue.held_ms else None
        return QueueState(queue.waiting, len(queue.dead), queue.lost, queue.failures, held)

    def sweep(self, channel_id: str, now: datetime) -> int:
        with self._lock:
            queue, before = self._queue(channel_id), now - self._kept
            gone = [one for one in queue.dead if queue.tries.get(one, Tries()).last_ms < millis(before)]
            for alert_id in gone:
                del queue.dead[alert_id]
            for group in list(queue.due):
                waiting = queue.order[group]
                while waiting and queue.alerts[waiting[0]].at < before:
                    gone.append(waiting.pop(0))
                queue.release(group, queue.due[group])
            for alert_id in gone:
                queue.drop(alert_id)
            queue.lost += len(gone)
            while queue.log and queue.log[-1].at < before:
                queue.log.pop()
            return len(gone)

    def forget(self, tag: Token) -> int:
        with self._lock:
            mine = [place for place, (owner, _, _) in self._stream.items() if owner == tag]
            for place in mine:
                del self._stream[place]
            count, group = len(mine), codec.group_of(tag, "")
            for queue in self._queues.values():
                queue.forgotten[group] = time.time_ns() // 1_000_000
                gone = queue.order.pop(group, []) + [one for one, owner in queue.dead.items() if owner == group]
                for alert_id in gone:
                    queue.dead.pop(alert_id, None)
                    queue.drop(alert_id)
                queue.due.pop(group, None)
                queue.claimed.pop(group, None)
                count += len(gone)
            return count
