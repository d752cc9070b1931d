"""How safe an acknowledged write is: the two profiles, the wait for a replica, and what a server really promises.

`standard`: a killed process or embedded server loses nothing; a power cut may cost the last two seconds. `strict`: on
disk, and on a replica where there are any, before it is acknowledged.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from redis import Redis
from redis.exceptions import MovedError, NoScriptError, RedisError, ResponseError

from cuelight.core.errors import StoreUnavailable
from cuelight.stores import keys

Durability = Literal["standard", "strict"]

WAIT_MS = 100
"""How long a replica may take to confirm: what a call may take (200 ms) without the write itself."""
_COUNTED_FOR_S = 1.0
CONFIRMED = frozenset(
    {
        *("record", "settle", "observe", "note", "incident", "erase", "carry", "ledger", "point", "swap", "announce"),
        "policy_change",
        *("audit_put", "audit_start"),
    }
)
"""Scripts whose effect must be on a replica under `strict`: what was decided, told, learnt, reported and forgotten,
and who did it.
Deliveries may be made twice and the crowd is best effort: neither is waited for."""


class Replicas:
    """Runs scripts so that one replica has what they wrote. Safe for threads."""

    def __init__(self) -> None:
        self._counted: dict[tuple[object, ...], tuple[float, int]] = {}

    def run(self, client: Any, sha: str, text: str, script_keys: Sequence[Any], args: Sequence[Any]) -> Any:
        """The script's answer, once a replica has confirmed. Without a replica, the primary's disk is all there is.

        Raises `StoreUnavailable` where none confirmed in time: the write stands on the primary, and whoever asks again
        with the same facts gets the same decision as soon as a replica has it.
        """
        server = _server(client, script_keys[0])
        if not self._online(server):
            return _plain(client, sha, text, script_keys, args)
        # Behind every script, also one that found its work done: a write of our own, for WAIT to wait for.
        mark = _mark(script_keys[0])
        for command in (("EVALSHA", sha), ("EVAL", text)):
            pipeline: Any = server.pipeline(transaction=False)
            pipeline.execute_command(*command, len(script_keys), *script_keys, *args)
            pipeline.execute_command("SET", mark, 1, "EX", keys.MARK_TTL_S)
            pipeline.execute_command("WAIT", 1, WAIT_MS)
            answer, marked, confirmed = pipeline.execute(raise_on_error=False)
            if isinstance(answer, NoScriptError):
                continue
            if isinstance(answer, MovedError):
                # The slot has another owner; nothing was run. The next call asks the new one.
                client.nodes_manager.initialize()
            for found in (answer, marked, confirmed):
                if isinstance(found, Exception):
                    raise found
            if confirmed < 1:
                raise StoreUnavailable(
                    f"no replica confirmed the write within {WAIT_MS} ms (CUELIGHT_DURABILITY=strict); ask again"
                )
            return answer
        raise StoreUnavailable("the store does not keep the scripts it is given")

    def _online(self, server: Redis) -> int:
        """How many replicas follow this server, as of a second ago at most."""
        where = server.connection_pool.connection_kwargs
        name = where.get("host"), where.get("port"), where.get("path")
        counted_at, count = self._counted.get(name, (-_COUNTED_FOR_S, 0))
        if time.monotonic() - counted_at >= _COUNTED_FOR_S:
            count = online_replicas(server.info("replication"))
            self._counted[name] = time.monotonic(), count
        return count


def online_replicas(info: Mapping[str, Any]) -> int:
    """From `INFO replication`: those that have caught up; one that still loads cannot confirm anything."""
    return sum(
        1
        for name, value in info.items()
        if name.startswith("slave") and isinstance(value, dict) and value.get("state") == "online"
    )


def _plain(client: Any, sha: str, text: str, script_keys: Sequence[Any], args: Sequence[Any]) -> Any:
    try:
        return client.evalsha(sha, len(script_keys), *script_keys, *args)
    except NoScriptError:
        return client.eval(text, len(script_keys), *script_keys, *args)


def _server(client: Any, key: Any) -> Redis:
    """The server that holds a key."""
    if isinstance(client, Redis):
        return client
    found: Redis = client.get_redis_connection(client.get_node_from_key(key))
    return found


def servers(client: Any) -> list[Redis]:
    """The primaries of a store."""
    if isinstance(client, Redis):
        return [client]
    return [client.get_redis_connection(node) for node in client.get_primaries()]


def _mark(epoch_key: Any) -> str:
    """A key in the slot of the epoch's key, which every script names first."""
    text = epoch_key.decode() if isinstance(epoch_key, bytes) else str(epoch_key)
    return keys.MARK + text[len(keys.EPOCH) :]


@dataclass(frozen=True, slots=True)
class Promise:
    """What becomes of acknowledged writes. `kept`: whether the server is set up for it; None where it does not say."""

    profile: Durability
    kept: bool | None
    means: str

    def as_json(self) -> dict[str, object]:
        return {"durability": self.profile, "kept": self.kept, "means": self.means}


_LOSSES = {
    "standard": "a killed process loses nothing; a power cut may cost decisions of the last 2 seconds",
    "strict": "neither a killed process nor a power cut loses a decision that was acknowledged",
}
_EVERYSEC = "a killed worker loses nothing; a killed server or a power cut may cost decisions of the last 2 seconds"
"""While it syncs, such a server keeps back what it writes, yet answers: it may lose by `kill -9` what the embedded
server, synced from outside, does not."""


def promise(client: Any, profile: Durability, *, embedded: bool) -> Promise:
    """Ask the store's servers what they do, and say it in plain words. The worst of a Cluster's servers counts.

    Raises the driver's errors.
    """
    found = [_promise(server, profile, embedded=embedded) for server in servers(client)]
    return min(found, key=lambda one: (one.kept is not False, one.kept is not None))


def _promise(server: Redis, profile: Durability, *, embedded: bool) -> Promise:
    on_disk, syncs = _settings(server)
    if on_disk is False:
        return Promise(profile, False, "the server keeps nothing on disk: a restart loses all; set appendonly yes")
    if on_disk is None or syncs is None:
        return Promise(profile, None, f"{_LOSSES[profile]}, if the server is set so; it does not let us look")
    if embedded:
        kept = syncs == "always" or profile == "standard"
        means = _LOSSES[profile] if kept else "the server was started as standard: end all processes, then start again"
        return Promise(profile, kept, means)
    if profile == "standard":
        kept = syncs != "no"
        means = _LOSSES["strict"] if syncs == "always" else _EVERYSEC
        return Promise(profile, kept, means if kept else "the server never syncs its file: set appendfsync everysec")
    if syncs != "always":
        return Promise(profile, False, f"the server syncs {syncs}, not before it answers: set appendfsync always")
    replicas = online_replicas(server.info("replication"))
    where = "on disk and on a replica" if replicas else "on disk (there is no replica)"
    return Promise(profile, True, f"{_LOSSES['strict']}: each is {where} first")


def _settings(server: Redis) -> tuple[bool | None, str | None]:
    """Whether the server writes an append-only file, and how it syncs it; None for what it does not tell."""
    try:
        found = server.config_get("append*")
        return found.get("appendonly") == "yes", found.get("appendfsync")
    except ResponseError:
        pass  # a user who may not read the configuration may still read this
    try:
        return bool(server.info("persistence").get("aof_enabled")), None
    except RedisError:
        return None, None
