"""Takes announcements out of the outbox and delivers them: at least once, in order by customer, for three days.

Any number of workers may run. Killed at any moment, one loses nothing: an alert leaves its queue only after the
receiver said that it has it, and what a dead worker held falls back when its lease is over.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog

from cuelight.channels import BY_NAME
from cuelight.channels.deliver import Deliverer, Result
from cuelight.channels.model import Occasion, Words
from cuelight.core.errors import StoreUnavailable
from cuelight.core.outbox import Alert, Batch, Channel, ChannelStore, Claim, Ending, LogLine, Outbox, Settled

_log = structlog.get_logger("cuelight.channels")

FIRST_RETRY_S = 5.0
LONGEST_RETRY_S = 12 * 3600.0
GIVEN_UP_AFTER = timedelta(days=3)
LONGEST_HOLD_S = 600.0
"""How long a receiver out of reach is left alone, at most: so long it takes to notice that it is back."""
_TAKEN_AT_ONCE = 200
_CLAIMED_AT_ONCE = 10
_LOOK_S = 0.25
_CHANNELS_S = 1.0
_STATE_S = 300.0
_SWEEP_S = 3600.0
_THREADS = 8


def retry_s(attempt: int, share: float) -> float:
    """Pause after this attempt (from 1): 5 s, threefold each time, up to 12 h. `share` in [0, 1) takes off up to half,
    so that what failed together does not come back together."""
    return min(LONGEST_RETRY_S, FIRST_RETRY_S * 3.0 ** min(attempt - 1, 20)) * (1.0 - share / 2)


def hold_s(failures: int, share: float) -> float:
    """Pause for a whole channel after so many failures in a row to reach its receiver: 5 s, doubled, up to 10 min."""
    return min(LONGEST_HOLD_S, FIRST_RETRY_S * 2.0 ** min(failures, 20)) * (1.0 - share / 2)


class Worker:
    """One worker. `clock`: aware UTC; `share`: random numbers in [0, 1) for the pauses."""

    def __init__(
        self,
        outbox: Outbox,
        channels: ChannelStore,
        deliverer: Deliverer,
        words: Words,
        clock: Callable[[], datetime],
        *,
        console_url: str | None = None,
        share: Callable[[], float] = random.random,
        complete: Callable[[Alert], Alert] = lambda alert: alert,
    ) -> None:
        """`complete` puts into an alert what is not kept in queues; it raises `StoreUnavailable` if it cannot tell."""
        self._outbox = outbox
        self._channels = channels
        self._deliverer = deliverer
        self._words = words
        self._clock = clock
        self._console_url = console_url
        self._share = share
        self._complete = complete
        self._lease = timedelta(seconds=2 * deliverer.limit_s)
        self._stop = threading.Event()

    def spread(self) -> int:
        """Announcements into the queues of the channels that want them. Returns how many were taken."""
        taken = self._outbox.take(_TAKEN_AT_ONCE)
        if taken:
            now = self._clock()
            for channel in self._channels.list():
                self._outbox.put(channel.channel_id, [one for one in taken if channel.wants(one.alert)], now)
            self._outbox.done(taken)
        return len(taken)

    def serve(self, channel: Channel) -> int:
        """Deliver a few alerts that are due. Returns how many were tried."""
        now = self._clock()
        batch = self._outbox.claim(channel.channel_id, now, self._lease, _CLAIMED_AT_ONCE, channel.per_minute)
        messages = [batch.claims] if batch.together else [(claim,) for claim in batch.claims]
        tried = 0
        for number, claims in enumerate(messages):
            ended = self._stop.is_set() or self._clock() > now + self._lease / 2
            tried += 0 if ended else len(claims)
            if ended or not self._try(channel, claims, batch):
                left = messages[number if ended else number + 1 :]
                self._give_back(channel, [claim for later in left for claim in later])
                break
        return tried

    def _give_back(self, channel: Channel, claims: Sequence[Claim]) -> None:
        if claims:
            back = [Settled(claim, Ending.BACK) for claim in claims]
            self._outbox.settle(channel.channel_id, back, self._clock())

    def _try(self, channel: Channel, claims: Sequence[Claim], batch: Batch) -> bool:
        """One message, sent and settled. True if the receiver was reached."""
        started_s = time.monotonic()
        result = self._send(channel, [claim.alert for claim in claims])
        took_ms = int(1000 * (time.monotonic() - started_s))
        now, hold_until = self._clock(), None
        if not result.reached:
            pause_s = max(hold_s(batch.failures, self._share()), result.retry_after_s or 0.0)
            hold_until = now + timedelta(seconds=pause_s)
        settled = [self._settled(claim, result, now) for claim in claims]
        lines = [
            LogLine(now, one.alert.kind, one.alert.alert_id, one.attempts + 1, result.what, took_ms) for one in claims
        ]
        self._outbox.settle(channel.channel_id, settled, now, lines=lines, hold_until=hold_until)
        for one in settled:
            _log.info(
                "alert_" + one.ending.value,
                channel=channel.channel_id,
                channel_kind=channel.kind,
                kind=one.claim.alert.kind,
                alert=one.claim.alert.alert_id,
                attempt=one.claim.attempts + 1,
                result=result.what,
                together=len(claims),
                took_ms=took_ms,
            )
        return result.reached

    def _send(self, channel: Channel, alerts: Sequence[Alert]) -> Result:
        occasion = Occasion([self._complete(one) for one in alerts], self._clock(), self._words, self._console_url)
        try:
            message = BY_NAME[channel.kind].render(channel, occasion)
        except Exception as error:
            # One alert that cannot be told must not keep all others from being told.
            _log.error("alert_not_rendered", channel_kind=channel.kind, exc_info=error)
            return Result(False, "not_rendered", True)
        return self._deliverer.send(message)

    def _settled(self, claim: Claim, result: Result, now: datetime) -> Settled:
        if result.ok:
            return Settled(claim, Ending.DELIVERED)
        if (
            claim.since_ms is not None
            and now.timestamp() * 1000 - claim.since_ms >= GIVEN_UP_AFTER.total_seconds() * 1000
        ):
            return Settled(claim, Ending.DEAD, why=result.what)
        pause_s = retry_s(claim.attempts + 1, self._share())
        if not result.reached:
            # Not this alert's fault, and somebody has to find out when the receiver is back.
            pause_s = min(pause_s, LONGEST_HOLD_S)
        due_at = now + timedelta(seconds=pause_s)
        return Settled(claim, Ending.LATER, due_at, result.what)

    def sweep(self, channels: Sequence[Channel]) -> None:
        """Let go of what was kept long enough, in the queues of paused channels, too."""
        for channel in channels:
            if gone := self._outbox.sweep(channel.channel_id, self._clock()):
                _log.warning("alerts_expired", channel=channel.channel_id, alerts=gone)

    def test(self, channel: Channel, alert: Alert) -> Result:
        """Send one alert that nothing waits for, and log the attempt; nothing is retried."""
        started_s = time.monotonic()
        result = self._send(channel, [alert])
        took_ms = int(1000 * (time.monotonic() - started_s))
        line = LogLine(self._clock(), alert.kind, alert.alert_id, 1, result.what, took_ms)
        self._outbox.settle(channel.channel_id, [], self._clock(), lines=[line])
        return result

    # -- as a process ----------------------------------------------------------------------------

    def stop(self) -> None:
        """Finish what is being sent, give back the rest, and return from `run`."""
        self._stop.set()

    def run(self) -> None:
        """Until `stop`. A store that cannot be reached is waited for."""
        under_way: dict[str, Future[None]] = {}
        channels: Sequence[Channel] = ()
        read_s = told_s = swept_s = float("-inf")
        up = True
        with ThreadPoolExecutor(_THREADS, "channel") as pool:
            while not self._stop.is_set():
                try:
                    while self.spread() == _TAKEN_AT_ONCE and not self._stop.is_set():
                        pass
                    if time.monotonic() - read_s > _CHANNELS_S:
                        channels, read_s = self._channels.list(), time.monotonic()
                    for channel in channels:
                        current = under_way.get(channel.channel_id)
                        if not channel.paused and (current is None or current.done()):
                            under_way[channel.channel_id] = pool.submit(self._drain, channel)
                    if time.monotonic() - told_s > _STATE_S:
                        self._tell_state(channels)
                        told_s = time.monotonic()
                    if time.monotonic() - swept_s > _SWEEP_S:
                        self.sweep(channels)
                        swept_s = time.monotonic()
                    if not up:
                        up = True
                        _log.info("store_back")
                except StoreUnavailable as error:
                    if up:
                        up = False
                        _log.warning("store_unavailable", why=str(error))
                    self._stop.wait(1.0)
                self._stop.wait(_LOOK_S)

    def _drain(self, channel: Channel) -> None:
        try:
            for _ in range(20):
                if self._stop.is_set() or not self.serve(channel):
                    return
        except StoreUnavailable:
            # The main loop says so; what was claimed falls back.
            self._stop.wait(1.0)
        except Exception as error:
            _log.error("channel_failed", channel=channel.channel_id, exc_info=error)
            self._stop.wait(1.0)

    def _tell_state(self, channels: Sequence[Channel]) -> None:
        """One line where something needs a person: dead letters, losses, a receiver out of reach."""
        state = self._outbox.state([channel.channel_id for channel in channels])
        dead = sum(queue.dead for queue in state.queues.values())
        lost = state.lost + sum(queue.lost for queue in state.queues.values())
        out_of_reach = sum(queue.failures > 0 for queue in state.queues.values())
        if dead or lost or out_of_reach:
            waiting = state.waiting + sum(queue.waiting for queue in state.queues.values())
            _log.warning("outbox_state", waiting=waiting, dead=dead, lost=lost, out_of_reach=out_of_reach)
