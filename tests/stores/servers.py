"""Servers for the stores' tests and the fault suite, on loopback: one alone, a Cluster of three primaries and three
replicas, a primary with replicas that three Sentinels watch."""

from __future__ import annotations

import random
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from tests import waiting
from tests.stores.tls import before

from cuelight.core.errors import StoreUnavailable
from cuelight.stores.durability import online_replicas
from cuelight.stores.embedded import die_with_parent, server_binary

DOCS = Path(__file__).resolve().parents[2] / "docs" / "stores.md"
DEBIAN_REDIS = shutil.which("redis-server")
PATIENCE_S = 60.0
"""How long to wait for what must come, on a machine busy with other things."""
_given: set[int] = set()


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
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
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
    """A port whose neighbour 10,000 above (the Cluster's bus) is free as well. Never the same twice.

    Both lie below the ports that outgoing connections are given (Linux: from 32,768 on): one of those would be taken
    by anybody between here and the server's start.
    """
    while True:
        port = random.SystemRandom().randrange(11_000, 22_000)
        if port in _given:
            continue
        with socket.socket() as one, socket.socket() as two:
            try:
                one.bind(("127.0.0.1", port))
                two.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
        _given.add(port)
        return port


@contextmanager
def cluster(
    folder: Path, *, password: str | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[tuple[str, dict[int, subprocess.Popen[bytes]]]]:
    """The URL of a running Cluster, and its processes by port. `password`, `tls`: as for a Sentinel set."""
    binary = server_binary()
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--repl-diskless-sync-delay", "0")
    options += ("--masteruser", "cue", "--masterauth", password) if password else ()
    with ExitStack() as stack:
        servers: dict[int, subprocess.Popen[bytes]] = {}
        inner = []
        for number in range(6):
            port, own = _ports(stack, tls)
            named = ("--bind", "127.0.0.1", "--port", str(own), "--cluster-announce-port", str(port))
            named += ("--cluster-announce-bus-port", str(own + 10_000))
            servers[port] = stack.enter_context(process(binary, folder / str(number), *named, *options))
            inner.append(own)
        clients = [_entering(port, password) for port in inner]
        _join(clients, inner)
        for client in clients:
            client.close()
        hosts = ",".join(f"127.0.0.1:{port}" for port in servers)
        yield f"{_scheme('cluster', tls)}://{f'desk:{password}@' if password else ''}{hosts}", servers


def rights() -> list[str]:
    """What a user needs to be allowed, as the documentation says it."""
    (line,) = re.findall(r"^ACL SETUSER cuelight on >PASSWORD (.+)$", DOCS.read_text("utf-8"), re.MULTILINE)
    return str(line).split()


def _ports(stack: ExitStack, tls: ssl.SSLContext | None) -> tuple[int, int]:
    """The port clients are told of, and the server's own: another one where TLS stands before it."""
    port = free_port()
    if tls is None:
        return port, port
    own = free_port()
    stack.enter_context(before(port, own, tls))
    return port, own


def _entering(port: int, password: str | None) -> Redis:
    """A client of a server that just started. With a password, nobody may enter any more but `cue`, who may do all,
    and `desk`, who may do what docs/stores.md asks for."""
    client = answering(host="127.0.0.1", port=port)
    if password is None:
        return client
    with client as admin:
        admin.execute_command("ACL", "SETUSER", "cue", "on", f">{password}", "~*", "&*", "+@all")
        admin.execute_command("ACL", "SETUSER", "desk", "on", f">{password}", *rights())
        admin.execute_command("ACL", "SETUSER", "default", "off")
    return answering(host="127.0.0.1", port=port, username="cue", password=password)


def _scheme(kind: str, tls: ssl.SSLContext | None) -> str:
    return f"redis{'s' if tls else ''}+{kind}"


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
        until(lambda n=number: clients[n].execute_command("CLUSTER REPLICATE", names[n - 3]))
    for client in clients:
        until(lambda c=client: _settled(c))


def _settled(client: Redis) -> bool:
    info = client.execute_command("CLUSTER INFO")
    state = info if isinstance(info, dict) else dict(line.split(":") for line in info.decode().split())
    if state["cluster_state"] != "ok" or int(state["cluster_known_nodes"]) != 6:
        return False
    role = client.info("replication")
    return (role["role"] == "master" and role["connected_slaves"] == 1) or role.get("master_link_status") == "up"


def until(done: Callable[[], object]) -> None:
    """Ask again until it is so, also while the store is unavailable or a server does not answer."""

    def is_done() -> object:
        try:
            return done()
        except (RedisError, StoreUnavailable):
            return False

    waiting.until(is_done, PATIENCE_S, pause_s=0.02)


@contextmanager
def sentinel_set(
    folder: Path,
    replicas: int = 2,
    *,
    password: str | None = None,
    silent_ms: int = 1000,
    tls: ssl.SSLContext | None = None,
) -> Iterator[tuple[str, dict[int, subprocess.Popen[bytes]]]]:
    """The URL of a primary watched by three Sentinels, and the data servers' processes by port, the primary first.

    A primary that is silent for `silent_ms` is given up. With a `password`, only a user of our own may enter the
    servers, and Sentinels ask for one too. `tls`: clients are told of ports that speak TLS.
    """
    binary = server_binary()
    guarded = ("--masteruser", "cue", "--masterauth", password) if password else ()
    with ExitStack() as stack:
        servers: dict[int, subprocess.Popen[bytes]] = {}
        clients = []
        for number in range(1 + replicas):
            port, own = _ports(stack, tls)
            follow = ("--replicaof", f"127.0.0.1 {next(iter(servers))}") if servers else ()
            options = ("--bind", "127.0.0.1", "--port", str(own), "--repl-diskless-sync-delay", "0", *follow)
            options += ("--replica-announce-ip", "127.0.0.1", "--replica-announce-port", str(port))
            options += ("--appendonly", "yes", "--shutdown-timeout", "0", *guarded)
            servers[port] = stack.enter_context(process(binary, folder / str(number), *options))
            clients.append(_entering(own, password))
        primary = clients[0]
        until(lambda: online_replicas(primary.info("replication")) == replicas)
        watchers, hosts = [], []
        for number in range(3):
            port, own = _ports(stack, tls)
            settings = _watch_settings(own, next(iter(servers)), password, silent_ms)
            stack.enter_context(_sentinel(binary, folder / f"s{number}", settings))
            watchers.append(answering(host="127.0.0.1", port=own, password=password))
            hosts.append(f"127.0.0.1:{port}")
        for watcher in watchers:
            until(lambda w=watcher: _sees_all(w, replicas))
        for client in (*clients, *watchers):
            client.close()
        guard = f"desk:{password}@" if password else ""
        asked = f"?sentinel_password={password}" if password else ""
        yield f"{_scheme('sentinel', tls)}://{guard}{','.join(hosts)}/main{asked}", servers


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


def replicated(ports: Collection[int], **user: str) -> None:
    """Wait until the replicas among these hold all that their primaries hold now.

    Not with `WAIT`: on a connection that wrote nothing it waits for nothing.
    """
    with ExitStack() as stack:
        clients = [stack.enter_context(Redis(port=port, **user)) for port in ports]
        found = [client.info("replication") for client in clients]
        written = {port: one["master_repl_offset"] for port, one in zip(ports, found, strict=True)}
        for client, one in zip(clients, found, strict=True):
            if one["role"] == "slave":
                wanted = written[one["master_port"]]
                until(lambda c=client, w=wanted: c.info("replication")["slave_repl_offset"] >= w)
