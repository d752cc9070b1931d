"""Channels in Redis: one hash by id. Their secrets are in it in clear, as signing needs them: `docs/channels.md`."""

from __future__ import annotations

from collections.abc import Sequence

from cuelight.core.errors import Conflict, NotFound
from cuelight.core.outbox import Channel
from cuelight.stores import keys, keys_queue
from cuelight.stores.codec_outbox import pack_channel, unpack_channel
from cuelight.stores.link import EPOCH_PREFIX, Link


class RedisChannelStore:
    """A `ChannelStore`. An empty store is unavailable here too: no channels would mean that nothing is sent."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def add(self, channel: Channel) -> None:
        if not self._link.call("HSETNX", keys.CHANNELS, channel.channel_id, pack_channel(channel)):
            raise Conflict("a channel with this id exists already")

    def list(self) -> Sequence[Channel]:
        names = [self._link.epoch_key(keys.CHANNELS), keys.CHANNELS]
        flat = self._link.run("api_key", names, [EPOCH_PREFIX])
        return sorted((unpack_channel(data) for data in flat[1::2]), key=lambda c: (c.created_at, c.channel_id))

    def replace(self, channel: Channel) -> None:
        if not self._link.call("HEXISTS", keys.CHANNELS, channel.channel_id):
            raise NotFound("there is no such channel")
        self._link.call("HSET", keys.CHANNELS, channel.channel_id, pack_channel(channel))

    def remove(self, channel_id: str) -> bool:
        gone = self._link.call("HDEL", keys.CHANNELS, channel_id)
        self._link.call("DEL", *keys_queue.queue(channel_id))
        return bool(gone)
