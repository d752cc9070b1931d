"""The channels in memory: the same answers as Redis, by the same contract suite."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock

from cuelight.core.errors import Conflict, NotFound
from cuelight.core.outbox import Channel
from cuelight.stores.memory_outbox import MemoryOutbox


class MemoryChannelStore:
    """A `ChannelStore` in this process."""

    def __init__(self, outbox: MemoryOutbox) -> None:
        self._channels: dict[str, Channel] = {}
        self._outbox = outbox
        self._lock = RLock()

    def add(self, channel: Channel) -> None:
        with self._lock:
            if channel.channel_id in self._channels:
                raise Conflict("a channel with this id exists already")
            self._channels[channel.channel_id] = channel

    def list(self) -> Sequence[Channel]:
        with self._lock:
            return sorted(self._channels.values(), key=lambda c: (c.created_at, c.channel_id))

    def replace(self, channel: Channel) -> None:
        with self._lock:
            if channel.channel_id not in self._channels:
                raise NotFound("there is no such channel")
            self._channels[channel.channel_id] = channel

    def remove(self, channel_id: str) -> bool:
        with self._lock:
            self._outbox.drop_queue(channel_id)
            return self._channels.pop(channel_id, None) is not None
