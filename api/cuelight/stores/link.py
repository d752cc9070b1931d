"""One connection to Redis for all stores: scripts, the epoch, and every driver error as `StoreUnavailable`."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from threading import Lock, Thread
from typing import Any

from redis.crc import key_slot
from redis.exceptions import AskError, MovedError, NoScriptError, RedisClusterException, RedisError
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as Silence

from cuelight.core.errors import StoreUnavailable
from cuelight.stores import epochs, keys, patience
from cuelight.stores.client import Client, connector
from cuelight.stores.complaints import answers, explained
from cuelight.stores.durability import CONFIRMED, Durability, Promise, Replicas, promise
from cuelight.stores.patience import Patience
from cuelight.stores.scripts import script, script_sha

SLOTS = 16_384
CONNECT_S = 5.0
"""How long one who is in no hurry waits for a Cluster's map."""
EPOCH_PREFIX = epochs.PREFIX
Argument = bytes | str | int | float
Command = tuple[Argument, ...]


def _together(client: Any, commands: Sequence[Command]) -> list[Any]:
    """Commands to one server in one round trip; an error stands where its command's answer would."""
    pipeline = client.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command)
    found: list[Any] = pipeline.execute(raise_on_error=False)
    return found


@cache
def slot_tags() -> tuple[str, ...]:
    """For each slot of a Cluster the shortest number that hashes to it, to place a key in a given slot."""
    found: dict[int, str] = {}
    number = 0
    while len(found) < SLOTS:
        found.setdefault(key_slot(str(number).encode()), str(number))
        number += 1
    return tuple(found[slot] for slot in range(SLOTS))


class Link:
    """A lazily connected client. Safe for threads; every method raises `StoreUnavailable`."""

    def __init__(
        self, url: str, durability: Durability = "standard", threads: int | None = None, *, patient: bool = False
    ) -> None:
        """`threads`: how many of this process may ask at once, so as many connections are kept (per server).
        `patient`: a command asks, not a desk."""
        self._connect, self.clustered = connector(url, threads, patient=patient)
        self.durability = durability
        self._replicas = Replicas() if durability == "strict" else None
        self._client: Client | None = None
        self._lock = Lock()
        self._patience = Patience()
        self._connecting: Thread | None = None
        self._failed: Exception | None = None

    @property
    def client(self) -> Any:
        """The redis-py client: `Any`, because `Redis` and `RedisCluster` share no typed base."""
        if self._client is None:
            if self.clustered:
                self._await_client()
            else:
                self._client = self._connect()  # connects when it is used
        return self._client

    def _await_client(self) -> None:
        """A Cluster's map is asked of one node after the other: in the background, so that nobody waits for all of
        them who is in a hurry."""
        with self._lock:
            if self._client is not None:
                return
            connecting = self._connecting
            if connecting is None:
                connecting = self._connecting = Thread(target=self._connect_now, name="cluster-connect", daemon=True)
                connecting.start()
        connecting.join(patience.left_s(CONNECT_S))
        if self._client is None:
            why = "it took too long" if self._failed is None else explained(self._failed)
            raise StoreUnavailable(f"the store did not answer: {why}") from self._failed

    def _connect_now(self) -> None:
        try:
            self._client = self._connect()
        except (RedisError, RedisClusterException, OSError) as error:
            self._failed = error
        finally:
            self._connecting = None

    def promise(self, *, embedded: bool) -> Promise:
        """What becomes of acknowledged writes, as the servers are set up now."""
        with self._asking():
            return promise(self.client, self.durability, embedded=embedded)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Every call: refused at once if it would only wait, and noted if it waited in vain."""
        self._patience.check()
        try:
            with answers():
                yield
        except StoreUnavailable as error:
            if isinstance(error.__cause__, Silence):
                self._patience.silent()
            raise
        self._patience.answered()

    def epoch_key(self, tag: bytes | str) -> str:
        """The epoch as seen from a slot: in a Cluster every slot carries its own, so that a script can check
        it, and a node that came back empty is noticed whichever part of the data it held."""
        return f"{keys.EPOCH}:{{{self._slot(tag)}}}" if self.clustered else keys.EPOCH

    def outbox_key(self, tag: str) -> str:
        return f"cl:o:{{{self._slot(tag)}}}" if self.clustered else "cl:o"

    def ring(self, tag: str) -> None:
        """On a Cluster: say which slot's outbox holds something new, so that the worker need not look into all. Best
        effort: the announcement is safe without it, and found a minute later."""
        if self.clustered:
            with suppress(StoreUnavailable):
                self.call("SADD", keys.BELLS, self._slot(tag))

    @staticmethod
    def _slot(tag: bytes | str) -> str:
        return slot_tags()[key_slot(tag.encode() if isinstance(tag, str) else tag)]

    def run(self, name: str, script_keys: Sequence[bytes | str], args: Sequence[Argument]) -> Any:
        """Run a script, in one round trip. One the server does not know (it restarted) has not run, so loading
        it and running it is no second try."""
        with self._asking():
            if self._replicas is not None and name in CONFIRMED:
                return self._replicas.run(self.client, script_sha(name), script(name), script_keys, args)
            try:
                return self.client.evalsha(script_sha(name), len(script_keys), *script_keys, *args)
            except NoScriptError:
                return self.client.eval(script(name), len(script_keys), *script_keys, *args)

    def fetch(self, tag: bytes | str, key: bytes | str) -> bytes | None:
        """A string by its key, where the store is ours. `tag` is what the key's name has in braces, or the key."""
        found: bytes | None = self.run("fetch", [self.epoch_key(tag), key], [EPOCH_PREFIX])
        return found

    def many(self, commands: Sequence[Command]) -> list[Any]:
        """Independent commands in one round trip; the first error is raised.

        On a single server they travel as one script call, which checks the epoch and costs this process a tenth
        of a pipeline; on a Cluster as a pipeline to each node, unchecked.
        """
        found: list[Any]
        if not self.clustered:
            args = [part for command in commands for part in (len(command), *command)]
            found = self.run("many", [keys.EPOCH], [EPOCH_PREFIX, *args])
            return found
        return self.pipeline(commands)

    def pipeline(self, commands: Sequence[Command]) -> list[Any]:
        """All at once, in their order; on a Cluster node by node, each command by the key that is its first argument.

        Not redis-py's own pipeline for a Cluster: when a node hangs, that one sends each of its commands again, one
        after the other, and waits for each.
        """
        with self._asking():
            found: list[Any] = [None] * len(commands)
            places: defaultdict[Any, list[int]] = defaultdict(list)
            for place, command in enumerate(commands):
                places[self.client.get_node_from_key(command[1]) if self.clustered else None].append(place)
            for node, mine in places.items():
                client = self.client.get_redis_connection(node) if self.clustered else self.client
                try:
                    answered = _together(client, [commands[place] for place in mine])
                except (Unreachable, Silence):
                    if self.clustered:
                        self.client.nodes_manager.initialize()  # somebody else may have its place by now
                    raise
                for place, answer in zip(mine, answered, strict=True):
                    found[place] = answer
            for place, answer in enumerate(found):
                if isinstance(answer, MovedError | AskError):
                    found[place] = self.client.execute_command(*commands[place])
                elif isinstance(answer, Exception):
                    raise answer
            return found

    def call(self, *command: Argument) -> Any:
        with self._asking():
            return self.client.execute_command(*command)

    def epoch(self) -> str | None:
        """The epoch as far as all of the store agrees on it; None for an empty store.

        Raises `StoreUnavailable` where it is not ours, or where a part of a Cluster has lost it.
        """
        found = self.epochs()
        if found == {None}:
            return None
        strange = [value for value in found if value is None or not value.startswith(EPOCH_PREFIX)]
        if strange or len(found) > 1:
            raise StoreUnavailable(epochs.complaint(max(strange, key=lambda value: value or "", default=None)))
        return found.pop()

    def epochs(self) -> set[str | None]:
        """Whatever stands where the epoch belongs; on a Cluster of all slots, None among them where one has none."""
        found = self.pipeline([("GET", key) for key in self._epoch_keys()])
        return {None if value is None else value.decode("utf-8", "replace") for value in found}

    def set_epoch(self, epoch: str, *, only_new: bool = False) -> None:
        """Write an epoch everywhere; `only_new`: where there is none."""
        names = self._epoch_keys()
        only = ("NX",) if only_new else ()
        for start in range(0, len(names), 1024):
            self.pipeline([("SET", key, epoch, *only) for key in names[start : start + 1024]])

    def _epoch_keys(self) -> list[str]:
        if not self.clustered:
            return [keys.EPOCH]
        return [f"{keys.EPOCH}:{{{tag}}}" for tag in slot_tags()]

    def claim(self) -> str:
        """Make a fresh store ours, or say which epoch it has already. Only an installation does this, once; cut
        short, or done by two at once, on a Cluster, it is finished by the next.

        Raises `StoreUnavailable` where the store holds customers but a part of it no epoch: it lost data.
        """
        found = self.epochs()
        ours = [value for value in found if value is not None and value.startswith(EPOCH_PREFIX)]
        if len(ours) == len(found - {None}) and (None in found or len(ours) > 1):
            self._settle(ours)
        epoch = self.epoch()
        if epoch is None:
            raise StoreUnavailable("the store did not keep its epoch")
        return epoch

    def _settle(self, begun: list[str]) -> None:
        """`begun`: epochs that stand in some slots of a Cluster already."""
        if self._has_data():
            raise StoreUnavailable("the store holds customers but lost its epoch; restore it from a backup")
        self.set_epoch(min(begun, default=EPOCH_PREFIX + secrets.token_hex(8)), only_new=True)
        claimed = [value for value in self.epochs() if value is not None]
        if len(claimed) > 1:
            self.set_epoch(min(claimed))  # all who claim it at once choose the same

    def _has_data(self) -> bool:
        """Whether there is any customer or chat; counters of the crowd alone are no loss."""
        with self._asking():
            return next(iter(self.client.scan_iter(match="cl:[hic]:*", count=1000)), None) is not None

    def ping(self) -> None:
        """Raise `StoreUnavailable` unless the store answers and is ours (on a Cluster: every primary)."""
        if not self.clustered:
            names = [keys.EPOCH]
        else:
            by_node = {nodes[0].name: slot for slot, nodes in self.client.nodes_manager.slots_cache.items()}
            names = [f"{keys.EPOCH}:{{{slot_tags()[slot]}}}" for slot in by_node.values()]
        for value in self.pipeline([("GET", name) for name in names]):
            if value is None or not value.decode("utf-8", "replace").startswith(EPOCH_PREFIX):
                raise StoreUnavailable(epochs.complaint(value))
