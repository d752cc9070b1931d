"""From a URL to a Redis client with the patience of a chat desk: a store that is slow is a store that is down.

Schemes: `redis://`, `rediss://`, `unix://path`, `redis+sentinel://host:port,host:port/master`,
`redis+cluster://host:port,host:port`. User and password as `//user:password@`; Sentinel's own as
`?sentinel_password=`; TLS for Sentinel and Cluster with `?tls=true`, a private authority with `?ca=file`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisClusterException, RedisError
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry
from redis.sentinel import Sentinel

from cuelight.core.errors import InvalidInput

SOCKET_TIMEOUT_S = 0.20
CONNECT_TIMEOUT_S = 0.10

Client = Redis | RedisCluster


SPARE_CONNECTIONS = 8
"""Beside two for each thread that serves: probes, look-back, what a time-out left to be closed."""


def timing() -> dict[str, Any]:
    """Settings of every client.

    redis-py retries ten times by default, which costs a minute on a hung server and runs a write twice.
    Notifications of maintenance are off because they disable the check for a connection that went stale.
    """
    return {
        "socket_timeout": SOCKET_TIMEOUT_S,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        # Nor does the driver introduce itself: two answers to wait for on each new connection.
        "driver_info": None,
    }


def connector(url: str, threads: int | None = None) -> tuple[Callable[[], Client], bool]:
    """How to make the client a URL names, and whether it is a Cluster. Connects to nothing yet.

    `threads`: how many of this process ask at once. Connections (to each server) are bounded by it, so that a server
    that hangs is not asked by ever more of them; None: not bounded.
    Raises `InvalidInput` for a URL that names no store; its message never repeats the URL.
    """
    parts = urlsplit(url)
    pool = {} if threads is None else {"max_connections": 2 * threads + SPARE_CONNECTIONS}
    if parts.scheme in {"redis", "rediss", "unix"}:
        # Made here and not when first used, so that a mistake in the URL shows at start.
        client = _single(url, pool)
        return (lambda: client), False
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme == "redis+sentinel":
        sentinel = _sentinel(parts, query, pool)
        return (lambda: sentinel), False
    if parts.scheme == "redis+cluster":
        nodes = [ClusterNode(host, port) for host, port in _hosts(parts, 6379)]  # type: ignore[no-untyped-call]
        options = _credentials(parts) | _tls(query, _ping) | pool | _patience(query)
        return (lambda: _cluster(nodes, options)), True
    raise InvalidInput(
        "CUELIGHT_REDIS_URL",
        "must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://",
    )


def _cluster(nodes: list[ClusterNode], options: dict[str, Any]) -> RedisCluster:
    """A client that looks for a changed map of the Cluster in the background.

    redis-py does it within the call that failed, and every other call waits meanwhile: one node after the other,
    each for a whole time-out if it hangs. Whoever asks meanwhile gets its own failed call at once instead.
    """
    client = RedisCluster(startup_nodes=nodes, **{**timing(), **options})
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


def _single(url: str, pool: dict[str, Any]) -> Redis:
    try:
        return Redis.from_url(url, **_single_timing(url), **pool)
    except (ValueError, TypeError):
        problem = "cannot be read; expected for example redis://user:password@host:6379/0"
        raise InvalidInput("CUELIGHT_REDIS_URL", problem) from None


def _single_timing(url: str) -> dict[str, Any]:
    options = timing()
    if url.startswith("unix:"):
        # Sockets of the file system know no maintenance notifications and no connect time-out of their own.
        del options["maint_notifications_config"]
    if url.startswith("rediss:"):
        options["redis_connect_func"] = _greet
    return options


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


def _sentinel(parts: SplitResult, query: dict[str, str], pool: dict[str, Any]) -> Redis:
    master = parts.path.strip("/")
    if not master:
        raise InvalidInput("CUELIGHT_REDIS_URL", "names no master; write redis+sentinel://host:26379/master")
    tls = _tls(query, _greet)
    guard = {"password": query.get("sentinel_password"), "username": query.get("sentinel_username")}
    patience = _patience(query)
    options: dict[str, Any] = {"db": int(query.get("db", "0")), **_credentials(parts), **tls, **timing(), **patience}
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        _hosts(parts, 26379),
        sentinel_kwargs={**timing(), **patience, **tls, **{k: v for k, v in guard.items() if v}},
        **options,
    )
    client: Redis = sentinel.master_for(master, redis_class=Redis, **pool)  # type: ignore[no-untyped-call]
    return client


def _hosts(parts: SplitResult, default_port: int) -> list[tuple[str, int]]:
    found = []
    for part in parts.netloc.rpartition("@")[2].split(","):
        host, colon, port = part.rpartition(":")
        if not colon or part.endswith("]"):
            host, port = part, str(default_port)
        if not host or not port.isdigit():
            raise InvalidInput("CUELIGHT_REDIS_URL", "names hosts as host:port,host:port")
        found.append((host.strip("[]"), int(port)))
    return found


def _credentials(parts: SplitResult) -> dict[str, Any]:
    user, colon, password = parts.netloc.rpartition("@")[0].partition(":")
    if not colon:
        return {}
    return {"username": unquote(user) or None, "password": unquote(password)}


def _patience(query: dict[str, str]) -> dict[str, Any]:
    """`?socket_timeout=` in seconds, as single servers' URLs have it."""
    if "socket_timeout" not in query:
        return {}
    try:
        return {"socket_timeout": float(query["socket_timeout"])}
    except ValueError:
        raise InvalidInput("CUELIGHT_REDIS_URL", "has a socket_timeout that is no number of seconds") from None


def _tls(query: dict[str, str], begin: Callable[[Any], None]) -> dict[str, Any]:
    """`begin`: what a new connection begins with; a Cluster's client has already introduced itself by then."""
    if query.get("tls", "").lower() not in {"1", "true", "yes"}:
        return {}
    return {"ssl": True, "redis_connect_func": begin, **({"ssl_ca_certs": query["ca"]} if "ca" in query else {})}
