"""Servers for the stores' tests and the fault suite, on loopback: one alone, a Cluster of three primaries and three
replicas, a primary with replicas that three Sentinels watch."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from cuelight.stores.embedded import die_with_parent, server_binary

DEBIAN_REDIS = shutil.which("redis-server")


@contextmanager
def process(binary: str, folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen(
        [binary, "--dir", str(folder), "--save", "", "--logfile", str(folder / "log"), *options],
        preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl call; nothing else is touched
        stdin=subprocess.DEVNULL,
    )
    try:
        yield server
    finally:
        server.kill()
        server.wait()


def answering(**where: object) -> Redis:
    client = Redis(protocol=2, **where)
    for _ in range(500):
        try:
            client.ping()
        except RedisError:
            time.sleep(0.01)
        else:
            return client
    raise AssertionError(f"no server at {where}")


@contextmanager
def plain(binary: str, folder: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    path = folder / "s"
    with process(binary, folder, "--port", "0", "--unixsocket", str(path), "--appendonly", "yes", *options) as server:
        answering(unix_socket_path=str(path)).close()
        yield f"unix://{path}", server


def free_port() -> int:
    """A port whose neighbour 10,000 above (the Cluster's bus) is free as well."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            if port < 50_000:
                try:
                    two.bind(("127.0.0.1", port + 10_000))
                except OSError:
                    continue
                return port


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, dict[int, subprocess.Popen[bytes]]]]:
    """The URL of a running Cluster, and its processes by port."""
    binary = server_binary()
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--repl-diskless-sync-delay", "0")
    with ExitStack() as stack:
        servers: dict[int, subprocess.Popen[bytes]] = {}
        for number in range(6):
            port = free_port()
            where = folder / str(number)
            servers[port] = stack.enter_context(
                process(binary, where, "--bind", "127.0.0.1", "--port", str(port), *options)
            )
        clients = [answering(host="127.0.0.1", port=port) for port in servers]
        _join(clients, list(servers))
        for client in clients:
            client.close()
        yield "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in servers), servers


def _join(clients: list[Redis], ports: list[int]) -> None:
    for number, client in enumerate(clients):
        client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
        if number < 3:
            first, last = number * 16_384 // 3, (number + 1) * 16_384 // 3 - 1
            client.execute_command("CLUSTER ADDSLOTSRANGE", first, last)
        if number:
            client.execute_command("CLUSTER MEET", "127.0.0.1", ports[0])
    names = [client.execute_command("CLUSTER MYID") for client in clients]
    for number in range(3, 6):
        _until(lambda n=number: clients[n].execute_command("CLUSTER REPLICATE", names[n - 3]))
    for client in clients:
        _until(lambda c=client: _settled(c))


def _settled(client: Redis) -> bool:
    info = client.execute_command("CLUSTER INFO")
    state = info if isinstance(info, dict) else dict(line.split(":") for line in info.decode().split())
    if state["cluster_state"] != "ok" or int(state["cluster_known_nodes"]) != 6:
        return False
    role = client.info("replication")
    return (role["role"] == "master" and role["connected_slaves"] == 1) or role.get("master_link_status") == "up"


def _until(done: object) -> None:
    for _ in range(1000):
        try:
            if done():  # type: ignore[operator]
                return
        except RedisError:
            pass
        time.sleep(0.02)
    raise AssertionError("the Cluster did not come up")


@contextmanager
def sentinel_set(
    folder: Path, replicas: int = 2, *, password: str | None = None, silent_ms: int = 1000
) -> Iterator[tuple[str, dict[int, subprocess.Popen[bytes]]]]:
    """The URL of a primary watched by three Sentinels, and the data servers' processes by port, the primary first.

    A primary that is silent for `silent_ms` is given up. With a `password`, only a user of our own may enter the
    servers, and Sentinels ask for one too.
    """
    binary = server_binary()
    user = {"username": "cue", "password": password} if password else {}
    guarded = ("--masteruser", "cue", "--masterauth", password) if password else ()
    with ExitStack() as stack:
        servers: dict[int, subprocess.Popen[bytes]] = {}
        for number in range(1 + replicas):
            port = free_port()
            follow = ("--replicaof", f"127.0.0.1 {next(iter(servers))}") if servers else ()
            options = ("--bind", "127.0.0.1", "--port", str(port), "--repl-diskless-sync-delay", "0", *follow)
            options += ("--appendonly", "yes", "--shutdown-timeout", "0", *guarded)
            servers[port] = stack.enter_context(process(binary, folder / str(number), *options))
            answering(host="127.0.0.1", port=port).close()
            if password:
                _lock(port, password)
        primary = Redis(port=next(iter(servers)), **user)
        _until(lambda: primary.info("replication")["connected_slaves"] == replicas)
        _until(lambda: primary.wait(replicas, 100) == replicas)
        watchers = []
        for number in range(3):
            port = free_port()
            settings = _watch_settings(port, next(iter(servers)), password, silent_ms)
            stack.enter_context(_sentinel(binary, folder / f"s{number}", settings))
            watchers.append(answering(host="127.0.0.1", port=port, password=password))
        for watcher in watchers:
            _until(lambda w=watcher: _sees_all(w, replicas))
        for client in (primary, *watchers):
            client.close()
        hosts = ",".join(f"127.0.0.1:{w.get_connection_kwargs()['port']}" for w in watchers)
        if password:
            yield f"redis+sentinel://cue:{password}@{hosts}/main?sentinel_password={password}", servers
        else:
            yield f"redis+sentinel://{hosts}/main", servers


def _lock(port: int, password: str) -> None:
    """Let in nobody but a user of our own."""
    with Redis(port=port) as admin:
        admin.execute_command("ACL", "SETUSER", "cue", "on", f">{password}", "~*", "&*", "+@all")
        admin.execute_command("ACL", "SETUSER", "default", "off")


def _watch_settings(port: int, primary: int, password: str | None, silent_ms: int) -> str:
    text = (
        f"port {port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {primary} 2\n"
        f"sentinel down-after-milliseconds main {silent_ms}\nsentinel failover-timeout main 4000\n"
    )
    if password:
        text += f"sentinel auth-user main cue\nsentinel auth-pass main {password}\n"
        text += f"requirepass {password}\nsentinel sentinel-pass {password}\n"
    return text


@contextmanager
def _sentinel(binary: str, folder: Path, text: str) -> Iterator[None]:
    folder.mkdir(parents=True)
    settings = folder / "conf"  # a Sentinel writes what it learns back into it
    settings.write_text(f"dir {folder}\nlogfile {folder / 'log'}\n{text}")
    server = subprocess.Popen(
        [binary, str(settings), "--sentinel"],
        preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl call; nothing else is touched
        stdin=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        server.kill()
        server.wait()


def _sees_all(watcher: Redis, replicas: int) -> bool:
    found = watcher.sentinel_master("main")
    return int(found["num-other-sentinels"]) == 2 and int(found["num-slaves"]) == replicas


def replicated(port: int) -> None:
    """Wait until the replicas of a primary on this port hold all that it holds."""
    client = Redis(port=port)
    if client.info("replication")["role"] == "master":
        _until(lambda: client.wait(1, 1000) >= 1)
    client.close()
