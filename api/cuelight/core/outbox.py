"""Alerts on their way out: the channels they go to, what waits for each, and the ports that keep both.

An announcement is written with the decision it is about. As an *alert* it has an id that never changes, and waits
in the queue of every channel that wants it until that channel's receiver has said it got it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from cuelight.core.chat import Token
from cuelight.core.ports import Announcement


class Severity(StrEnum):
    """How loud an alert is; a channel may ask for a least one."""

    INFO = "info"
    WARNING = "warning"
    ALERT = "alert"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


KINDS: Mapping[str, Severity] = {
    "cue.red": Severity.WARNING,
    "incident.opened": Severity.ALERT,
    "incident.closed": Severity.INFO,
    "campaign.suspected": Severity.ALERT,
    "notice.due": Severity.INFO,
    "notice.denied": Severity.ALERT,
    "policy.published": Severity.INFO,
}
"""Every kind of alert there is."""

ON_REQUEST = frozenset({"notice.due"})
"""What a channel gets only where it names it, and only a signed webhook: it lets its receiver write to a customer."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One announcement with its id. `group`: alerts of one group (a customer's) reach a channel in their order."""

    alert_id: str
    kind: str
    at: datetime
    group: str
    body: Mapping[str, object] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        return KINDS.get(self.kind, Severity.WARNING)

    @property
    def desks(self) -> frozenset[str]:
        """The desks it is about; empty for what is about none (a policy)."""
        if isinstance(desk := self.body.get("desk"), str):
            return frozenset((desk,))
        chats = self.body.get("chats")
        return frozenset(str(chat).partition("/")[0] for chat in chats) if isinstance(chats, list) else frozenset()


@dataclass(frozen=True, slots=True)
class Channel:
    """Where alerts go. `target` may be a secret itself (Slack's URLs are), so it has no place in a repr or a log.

    `kinds` and `desks`: empty means all. `per_minute`: messages a minute before they are put together; 0: no limit.
    """

    channel_id: str
    kind: str
    name: str
    created_at: datetime
    target: str = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    kinds: frozenset[str] = frozenset()
    desks: frozenset[str] = frozenset()
    least: Severity = Severity.INFO
    per_minute: int = 0
    paused: bool = False

    def wants(self, alert: Alert) -> bool:
        if (self.kinds or alert.kind in ON_REQUEST) and alert.kind not in self.kinds:
            return False
        if self.desks and alert.desks and not self.desks & alert.desks:
            return False
        return alert.severity.rank >= self.least.rank


@dataclass(frozen=True, slots=True)
class Taken:
    """An alert as read from the outbox. `source`: where, in the store's words; `announced_ms`: when, by its clock."""

    alert: Alert
    source: tuple[str, str]
    announced_ms: int


@dataclass(frozen=True, slots=True)
class Claim:
    """An alert lent to a worker: nobody else gets it, or a later one of its group, before `lease_ms`.

    `attempts` were made before, the first of them at `since_ms`; `place` is the store's own.
    """

    alert: Alert
    place: str
    lease_ms: int
    attempts: int = 0
    since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What a claim got. `together`: more than the minute allows, to be told in one message. `failures` in a row:
    how often the receiver could not be reached until now."""

    claims: tuple[Claim, ...] = ()
    together: bool = False
    failures: int = 0


class Ending(StrEnum):
    """What became of a claim: the receiver has it; another try; given up; or given back untried."""

    DELIVERED = "delivered"
    LATER = "later"
    DEAD = "dead"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Settled:
    """A claim's end. `due_at` for `LATER`; `why` (a status or a kind of error) for `LATER` and `DEAD`."""

    claim: Claim
    ending: Ending
    due_at: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One attempt, for the channel's delivery log. Names no customer: an erasure need not touch it."""

    at: datetime
    kind: str
    alert_id: str
    attempt: int
    result: str
    took_ms: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An alert given up, until somebody sends it again."""

    alert: Alert
    at: datetime
    attempts: int
    why: str


@dataclass(frozen=True, slots=True)
class QueueState:
    """`lost`: alerts that fell off, or were kept long enough. `held_until`: the receiver could not be reached; the next
    try."""

    waiting: int = 0
    dead: int = 0
    lost: int = 0
    failures: int = 0
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OutboxState:
    """`waiting`: announced and not yet given to the channels. `lost`: fell off because nobody took them."""

    waiting: int = 0
    lost: int = 0
    queues: Mapping[str, QueueState] = field(default_factory=dict)

    @property
    def alerts(self) -> QueueState:
        """Of all channels together: what waits, died and was lost, here or on the way here; `failures` counts the
        channels that are out of reach."""
        each = self.queues.values()
        return QueueState(
            waiting=sum(queue.waiting for queue in each),
            dead=sum(queue.dead for queue in each),
            lost=self.lost + sum(queue.lost for queue in each),
            failures=sum(1 for queue in each if queue.failures),
        )


class ChannelStore(Protocol):
    """The channels there are. Every call raises `StoreUnavailable` if the store cannot answer."""

    def add(self, channel: Channel) -> None:
        """Raises `Conflict` for an id that exists."""
        ...

    def list(self) -> Sequence[Channel]:
        """All, oldest first."""
        ...

    def replace(self, channel: Channel) -> None:
        """Raises `NotFound`."""
        ...

    def remove(self, channel_id: str) -> bool:
        """Forget a channel, its queue, dead letters and log. False if there is none."""
        ...


class Outbox(Protocol):
    """Announcements until they are delivered: first in one stream, then in a queue for each channel.

    Nothing leaves the stream before it is in every queue, nor a queue before it was delivered or given up; both
    steps may run twice (and by several workers at once) without doubling anything. Times are the worker's.
    Every call raises `StoreUnavailable` if the store cannot answer.
    """

    def announce(self, announcement: Announcement, tag: Token = "") -> None:
        """Add what no customer's own writing announces (a policy, a campaign). `tag`: the customer's, if any."""
        ...

    def take(self, limit: int) -> Sequence[Taken]:
        """The oldest announcements, still in the stream."""
        ...

    def done(self, taken: Sequence[Taken]) -> None:
        """They are where they belong: leave the stream."""
        ...

    def put(self, channel_id: str, taken: Sequence[Taken], now: datetime) -> int:
        """Queue for a channel, in this order; those queued before (or of a customer forgotten since) are left out.
        Past the bound of a queue they become dead letters at once. Returns how many were new."""
        ...

    def claim(self, channel_id: str, now: datetime, lease: timedelta, limit: int, per_minute: int) -> Batch:
        """Borrow what is due, for `lease`: of each group the oldest. One only, while the receiver is not reached."""
        ...

    def settle(
        self,
        channel_id: str,
        settled: Iterable[Settled],
        now: datetime,
        *,
        lines: Iterable[LogLine] = (),
        hold_until: datetime | None = None,
    ) -> None:
        """What became of claims. `hold_until`: the receiver was not reached, so leave it alone until then; else, if
        anything was tried, it was reached, and all that waits for another try is due at once."""
        ...

    def dead(self, channel_id: str) -> Sequence[DeadLetter]:
        """Oldest first."""
        ...

    def revive(self, channel_id: str, alert_ids: Sequence[str], now: datetime) -> int:
        """Queue dead letters again, as if new. None named: all. Returns how many."""
        ...

    def lines(self, channel_id: str) -> Sequence[LogLine]:
        """The delivery log, newest first."""
        ...

    def state(self, channel_ids: Iterable[str]) -> OutboxState: ...

    def sweep(self, channel_id: str, now: datetime) -> int:
        """Remove what was kept as long as settings say: dead letters since they were given up, lines of the log, and
        alerts that wait since they were announced (a channel may be paused). Counts the alerts as lost and returns how
        many they were. What a worker holds at this moment stays."""
        ...

    def forget(self, tag: Token) -> int:
        """Remove a customer's alerts wherever they wait, dead letters too. Returns how many there were. One that a
        worker is sending at this moment goes out."""
        ...
