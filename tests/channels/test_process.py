"""`cuelight worker` as a process over a real store: killed in the middle, stopped, beside others; and the command."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from standardwebhooks import Webhook
from tests.channels.conftest import red
from tests.conftest import ROOT
from tests.receiver import Answer, Got, Receiver
from tests.waiting import until

from cuelight.channels.new import new_channel
from cuelight.cli import main
from cuelight.core.outbox import Channel
from cuelight.core.ports import Announcement
from cuelight.stores import Stores, open_stores
from cuelight.stores.embedded import EmbeddedServer

CLAIM = (timedelta(seconds=1), 50, 0)
LONG_S = 100.0
"""For processes that start on a busy machine."""
pytestmark = pytest.mark.timeout(300)
MAIN = [sys.executable, "-c", "from cuelight.cli import main; main()"]


class House:
    """A store of its own, and commands that find it."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedServer(folder / "var")
        self._server.start()
        # The test's own questions are patient: one asked again after a time-out would announce twice.
        self.stores: Stores = open_stores(self._server.url + "?socket_timeout=30", folder)
        self.env = {
            **os.environ,
            "CUELIGHT_REDIS_URL": self._server.url,
            "CUELIGHT_VAR_DIR": str(folder / "var"),
            "CUELIGHT_ALLOW_PRIVATE_TARGETS": "127.0.0.1",
            "PYTHONPATH": str(ROOT / "api"),
        }
        self.log = folder / "worker.log"
        self._workers: list[subprocess.Popen[bytes]] = []

    def worker(self, timeout_s: float = 2) -> subprocess.Popen[bytes]:
        """A time-out of two seconds makes a lease of twelve: what a killed worker held is soon free."""
        with self.log.open("ab") as log:
            started = subprocess.Popen(
                [*MAIN, "worker", "--timeout", str(timeout_s)], env=self.env, stdout=log, stderr=log
            )
        self._workers.append(started)
        return started

    def run(self, *command: str, given: str = "") -> Result:
        """The command in this process: starting thirteen would take longer than all they do."""
        return CliRunner().invoke(main, command, input=given, env=self.env)

    def channel(self, url: str) -> Channel:
        made = new_channel("webhook", url, datetime.now(UTC))
        self.stores.channels.add(made)
        return made

    def announce(self, numbers: range) -> None:
        for number in numbers:
            told = Announcement("cue.red", datetime.now(UTC), red(number))
            self.stores.outbox.announce(told, customer_of(number))

    def close(self) -> None:
        for one in self._workers:
            if one.poll() is None:
                one.kill()
            one.wait()
        self.stores.close()
        self._server.close()


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    made = House(folder)
    yield made
    made.close()


def customer_of(number: int) -> str:
    """Ten customers with six chats each for every sixty: what one killed worker holds leaves the next ten alone."""
    return f"customer{number // 60}-{number % 10}"


def chat_of(got: Got) -> int:
    return int(got.json["data"]["chats"][0].rpartition("/")[2])


def test_workers_killed_in_mid_delivery_lose_nothing(house: House, receive: Callable[..., Receiver]) -> None:
    """Two at a time; whichever was started first dies as soon as something new is on its way."""
    each, kills = 60, 4
    in_hand = threading.Event()

    def slow(_: Got) -> Answer:
        in_hand.set()
        time.sleep(0.01)
        return Answer(200)

    receiver = receive(slow)
    channel = house.channel(receiver.url)
    running = [house.worker(), house.worker()]
    for kill in range(kills):
        in_hand.clear()
        house.announce(range(kill * each, (kill + 1) * each))
        assert in_hand.wait(LONG_S), house.log.read_text()
        oldest = running.pop(0)
        os.kill(oldest.pid, signal.SIGKILL)
        oldest.wait()
        running.append(house.worker())
    total = kills * each
    until(lambda: len({chat_of(got) for got in receiver.got}) == total, LONG_S)
    until(lambda: house.stores.outbox.state([channel.channel_id]).queues[channel.channel_id].waiting == 0, LONG_S)
    seen = Counter(got.headers["webhook-id"] for got in receiver.got)
    assert len(seen) == total, "a repetition has the same id"
    assert sum(seen.values()) < 2 * total, "what came twice was in a worker's hand"
    order: dict[str, list[int]] = {}
    for chat in dict.fromkeys(chat_of(got) for got in receiver.got):
        order.setdefault(customer_of(chat), []).append(chat)
    assert len(order) == total // 6
    assert all(chats == sorted(chats) for chats in order.values())
    verifier = Webhook(channel.secrets["signing"])
    for got in receiver.got[-5:]:
        assert verifier.verify(got.body, got.headers)["type"] == "cue.red"
    state = house.stores.outbox.state([])
    assert (state.waiting, state.lost) == (0, 0)


def test_a_worker_told_to_stop_finishes_what_it_sends(house: House, receive: Callable[..., Receiver]) -> None:
    begun, finish = threading.Event(), threading.Event()

    def hold(_: Got) -> Answer:
        begun.set()
        finish.wait(0.3)
        return Answer(200)

    receiver = receive(hold)
    channel = house.channel(receiver.url)
    house.announce(range(30))
    worker = house.worker(timeout_s=10)
    assert begun.wait(LONG_S)
    worker.terminate()
    assert worker.wait(LONG_S) == 0, house.log.read_text()
    lines = house.stores.outbox.lines(channel.channel_id)
    waiting = house.stores.outbox.state([channel.channel_id]).queues[channel.channel_id].waiting
    assert [line.result for line in lines] == ["200"] * len(receiver.got)
    assert waiting == 30 - len(receiver.got)
    assert len(house.stores.outbox.claim(channel.channel_id, datetime.now(UTC), *CLAIM).claims) == min(10, waiting)
    text = house.log.read_text()
    assert "Traceback" not in text
    assert str(receiver.port) not in text
    assert channel.secrets["signing"] not in text


def test_a_worker_told_to_stop_while_it_starts_ends_in_order(house: House) -> None:
    """Notes may be under way before the last of its parts is up: a signal that ends it as it stands would cut them."""
    code = """
import os, signal
from contextlib import contextmanager
from cuelight.wiring import notes
writing = notes.writing_notes

@contextmanager
def told_meanwhile(*args):
    with writing(*args) as writer:
        os.kill(os.getpid(), signal.SIGTERM)
        yield writer

notes.writing_notes = told_meanwhile
from cuelight.cli import main
main(["worker"])
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], env=house.env, capture_output=True, text=True, timeout=LONG_S, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_a_supervised_worker_is_started_again_and_ends_with_its_parent(
    house: House, receive: Callable[..., Receiver], folder: Path
) -> None:
    receiver = receive()
    house.channel(receiver.url)
    code = "import time\nfrom cuelight.cli.worker import kept_worker\nwith kept_worker():\n    time.sleep(1000)\n"
    with ExitStack() as stack:
        log = stack.enter_context(house.log.open("ab"))
        parent = subprocess.Popen([sys.executable, "-c", code], env=house.env, stdout=log, stderr=log)
        stack.callback(parent.wait)
        stack.callback(parent.kill)
        until(lambda: bool(children(parent.pid)), LONG_S)
        house.announce(range(1))
        until(lambda: len(receiver.got) == 1, LONG_S)
        first = children(parent.pid)[0]
        os.kill(first, signal.SIGKILL)
        until(lambda: children(parent.pid) not in ([], [first]), LONG_S)
        house.announce(range(1, 2))
        until(lambda: len(receiver.got) == 2, LONG_S)
        second = children(parent.pid)[0]
        parent.kill()
        until(lambda: not alive(second), LONG_S)


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has ended meanwhile
            found += [int(child) for child in task.read_text().split()]
    return [child for child in found if alive(child)]


def alive(pid: int) -> bool:
    try:
        return not re.search(r"^State:\s+Z", Path(f"/proc/{pid}/status").read_text(), re.M)
    except OSError:
        return False


def test_the_command_from_adding_to_removing(house: House, receive: Callable[..., Receiver]) -> None:
    receiver = receive()
    wanted = ["--events", "cue.red, incident.opened", "--name", "SOC"]
    added = house.run("channels", "add", "webhook", "--url", "-", *wanted, given=receiver.url + "\n")
    assert added.exit_code == 0, added.stderr
    secret = added.stdout.strip()
    assert secret.startswith("whsec_")
    channel_id = house.stores.channels.list()[0].channel_id
    tested = house.run("channels", "test", channel_id)
    assert tested.stdout == "delivered (204)\n", tested.stderr
    assert Webhook(secret).verify(receiver.got[0].body, receiver.got[0].headers)["type"] == "channel.test"
    assert house.run("channels", "pause", channel_id).exit_code == 0
    assert house.stores.channels.list()[0].paused
    shown = house.run("channels", "list").stdout
    assert re.search(rf"{channel_id}\s+webhook\s+0 waiting\s+SOC\s+\[cue.red,incident.opened\]\s+paused", shown)
    assert house.run("channels", "resume", channel_id).exit_code == 0
    log = house.run("channels", "log", channel_id)
    assert re.search(r"channel\.test\s+t_\w+\s+attempt 1\s+204", log.stdout)
    receiver.answer = lambda _: Answer(403)
    failed = house.run("channels", "test", channel_id)
    assert failed.exit_code == 1
    assert "the receiver said 403" in failed.stderr
    for text in (shown, log.stdout, failed.stderr, tested.stdout):
        assert secret not in text
        assert receiver.url not in text
    assert house.run("channels", "retry", channel_id, "a_none").exit_code == 1
    assert "1 channels" in house.run("doctor").stdout
    assert house.run("channels", "remove", channel_id).exit_code == 0
    gone = house.run("channels", "test", channel_id)
    assert (gone.exit_code, gone.stderr.strip()) == (
        1, f"Error: no channel {channel_id}; `cuelight channels list` shows them"
    )  # fmt: skip
    assert "no channels" in house.run("doctor").stdout
