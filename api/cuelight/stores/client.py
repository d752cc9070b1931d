"""From a URL to a Redis client with the patience of a chat desk: a store that is slow is a store that is down.

What a URL may say is told by `store_url`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Lock, Thread
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisClusterException, RedisError
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, Sentinel

from cuelight.stores.store_url import StoreUrl, read

SOCKET_TIMEOUT_S = 0.20
CONNECT_TIMEOUT_S = 0.10
PATIENT_S = 5.0
"""How long a command waits, which a person started: no agent waits for it, and a machine may be busy."""

Client = Redis | RedisCluster


SPARE_CONNECTIONS = 8
"""Beside two for each thread that serves: probes, look-back, what a time-out left to be closed."""


def timing(patient: bool = False) -> dict[str, Any]:
    """Settings of every client.

    redis-py retries ten times by default, which costs a minute on a hung server and runs a write twice.
    Notifications of maintenance are off because they disable the check for a connection that went stale.
    """
    return {
        "socket_timeout": PATIENT_S if patient else SOCKET_TIMEOUT_S,
        "socket_connect_timeout": PATIENT_S if patient else CONNECT_TIMEOUT_S,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        # Nor does the driver introduce itself: two answers to wait for on each new connection.
        "driver_info": None,
    }


def connector(url: str, threads: int | None = None, *, patient: bool = False) -> tuple[Callable[[], Client], bool]:
    """How to make the client a URL names, and whether it is a Cluster. Connects to nothing yet.

    `threads`: how many of this process ask at once. Connections (to each server) are bounded by it, so that a server
    that hangs is not asked by ever more of them; None: not bounded. `patient`: for a command, not for a desk.
    Raises `InvalidInput` for a URL that names no store; its message never repeats the URL.
    """
    named = read(url)
    options = {**timing(patient), **named.timing, **named.credentials, **named.tls}
    pool = {} if threads is None else {"max_connections": 2 * threads + SPARE_CONNECTIONS}
    # Clients but a Cluster's are made here and not when first used, so that a mistake shows at start.
    if named.kind == "cluster":
        nodes = [ClusterNode(host, port) for host, port in named.hosts]  # type: ignore[no-untyped-call]
        # A Cluster's client has already introduced itself when a connection begins.
        options |= pool | _beginning(named, _ping)
        return (lambda: _cluster(nodes, options)), True
    options |= {"db": named.database, **_beginning(named, _greet)}
    client = _sentinel(named, options, pool) if named.kind == "sentinel" else _single(named, options | pool)
    return (lambda: client), False


def _cluster(nodes: list[ClusterNode], options: dict[str, Any]) -> RedisCluster:
    """A client that looks for a changed map of the Cluster in the background.

    redis-py does it within the call that failed, and every other call waits meanwhile: one node after the other,
    each for a whole time-out if it hangs. Whoever asks meanwhile gets its own failed call at once instead.
    """
    client = RedisCluster(startup_nodes=nodes, **options)
    manager = client.nodes_manager
    search, searching = manager.initialize, Lock()

    def in_background(*args: Any, **kwargs: Any) -> None:
        def run() -> None:
            try:
                with suppress(RedisError, RedisClusterException, OSError):  # the next failed call tries again
                    search(*args, **kwargs)
            finally:
                searching.release()

        if searching.acquire(blocking=False):
            Thread(target=run, name="cluster-map", daemon=True).start()

    manager.initialize = in_background  # type: ignore[method-assign]
    return client


def _single(named: StoreUrl, options: dict[str, Any]) -> Redis:
    if named.path is not None:
        # Sockets of the file system know no maintenance notifications and no connect time-out of their own.
        del options["maint_notifications_config"]
        return Redis.from_url("unix://", path=named.path, **options)
    ((host, port),) = named.hosts
    options.pop("ssl", None)  # the scheme says it
    return Redis.from_url("rediss://" if named.tls else "redis://", host=host, port=port, **options)


class _Sentinels(Sentinel):
    """Tells why no Sentinel could say who the primary is: redis-py leaves out all but the kinds of errors."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]
        self._failed: Exception | None = None
        for each in self.sentinels:
            each.sentinel_masters = partial(self._noting, each.sentinel_masters)  # type: ignore[method-assign]

    def _noting(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except Exception as error:
            self._failed = error
            raise

    def discover_master(self, service_name: str) -> Any:
        self._failed = None
        try:
            return super().discover_master(service_name)  # type: ignore[no-untyped-call]
        except MasterNotFoundError as error:
            raise error from self._failed


def _sentinel(named: StoreUrl, options: dict[str, Any], pool: dict[str, Any]) -> Redis:
    own = {name: value for name, value in options.items() if name not in {"db", "username", "password"}}
    sentinel = _Sentinels(named.hosts, sentinel_kwargs={**own, **named.sentinel_credentials}, **options)
    client: Redis = sentinel.master_for(named.master, redis_class=Redis, **pool)  # type: ignore[no-untyped-call]
    return client


def _beginning(named: StoreUrl, begin: Callable[[Any], None]) -> dict[str, Any]:
    return {"redis_connect_func": begin} if named.tls else {}


def _greet(connection: Any) -> None:
    """What a new connection behind TLS begins with."""
    connection.on_connect()
    _ping(connection)


def _ping(connection: Any) -> None:
    """One question and its answer, before a new connection behind TLS counts as ready.

    TLS 1.3 sends session tickets after the handshake. Unread, they make the socket look as if an answer to somebody
    else were left in it, and redis-py gives such a connection up. The answer comes behind them on the same stream.
    """
    connection.send_command("PING", check_health=False)
    connection.read_response()
