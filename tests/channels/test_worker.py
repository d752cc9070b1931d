"""The worker with a clock of its own, stores in memory and real receivers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pytest
from standardwebhooks import Webhook
from structlog.testing import capture_logs
from tests.channels.conftest import LOOPBACK, PATIENT_S, Bench
from tests.clock import Clock
from tests.receiver import Answer, Got, Receiver

from cuelight.channels.deliver import Deliverer
from cuelight.channels.worker import GIVEN_UP_AFTER, hold_s, retry_s
from cuelight.stores import memory_stores


def told(receiver: Receiver) -> list[str]:
    """The chats of all single alerts, in the order they came."""
    return [got.json["data"]["chats"][0].rpartition("/")[2] for got in receiver.got if "chats" in got.json["data"]]


def test_an_alert_reaches_every_channel_that_wants_it(bench: Bench, receive: Callable[..., Receiver]) -> None:
    all_of_it, incidents, other_desk = receive(), receive(), receive()
    bench.channel(all_of_it.url)
    bench.channel(incidents.url, kinds=["incident.opened"])
    bench.channel(other_desk.url, desks=["crisp"])
    bench.announce(1)
    bench.announce(2, kind="incident.opened", incident_id="i_1")
    bench.work()
    assert sorted(got.json["type"] for got in all_of_it.got) == ["cue.red", "incident.opened"]
    assert [got.json["type"] for got in incidents.got] == ["incident.opened"]
    assert not other_desk.got
    state = bench.stores.outbox.state([channel.channel_id for channel in bench.stores.channels.list()])
    assert state.waiting == 0
    assert not any(queue.waiting for queue in state.queues.values())


def test_without_channels_announcements_are_done(bench: Bench, receive: Callable[..., Receiver]) -> None:
    bench.announce(1)
    bench.work()
    assert bench.stores.outbox.state([]).waiting == 0
    receiver = receive()
    bench.channel(receiver.url)
    bench.work()
    assert not receiver.got, "a channel hears what happens after it was made"


def test_a_receiver_down_for_a_day_gets_everything_once_it_is_back(
    bench: Bench, clock: Clock, receive: Callable[..., Receiver]
) -> None:
    receiver = receive(up=False)
    channel = bench.channel(receiver.url)
    number = 0
    for minute in range(24 * 60):
        if minute % 10 == 0:
            for _ in range(2):
                number += 1
                bench.announce(number, tag=f"customer{number % 12}")
        bench.work()
        clock.pass_by(minutes=1)
    state = bench.stores.outbox.state([channel.channel_id]).queues[channel.channel_id]
    assert (state.waiting, state.dead) == (number, 0)
    assert state.failures > 50
    assert {line.result for line in bench.stores.outbox.lines(channel.channel_id)} == {"connection"}

    order: dict[str, list[int]] = defaultdict(list)
    verifier = Webhook(channel.secrets["signing"])

    def verify(got: Got) -> Answer:
        signed = verifier.sign(got.headers["webhook-id"], clock.at, got.body.decode())
        assert got.headers["webhook-signature"] == signed
        chat = int(got.json["data"]["chats"][0].rpartition("/")[2])
        order[f"customer{chat % 12}"].append(chat)
        return Answer(200)

    receiver.answer = verify
    receiver.open()
    for _ in range(11):
        clock.pass_by(minutes=1)
        bench.work(rounds=500)
    assert len(receiver.got) == number
    assert len({got.headers["webhook-id"] for got in receiver.got}) == number
    assert all(chats == sorted(chats) for chats in order.values())
    assert sum(map(len, order.values())) == number
    after = bench.stores.outbox.state([channel.channel_id]).queues[channel.channel_id]
    assert (after.waiting, after.dead, after.failures) == (0, 0, 0)


def test_signatures_verify_with_the_specifications_library(receive: Callable[..., Receiver]) -> None:
    real = Bench(memory_stores(), Clock(), Deliverer(LOOPBACK, timeout_s=PATIENT_S))
    receiver = receive()
    channel = real.channel(receiver.url)
    real.announce(1)
    real.work()
    got = receiver.got[0]
    assert Webhook(channel.secrets["signing"]).verify(got.body, got.headers)["type"] == "cue.red"


def test_one_alert_that_is_refused_holds_up_its_customer_only(
    bench: Bench, clock: Clock, receive: Callable[..., Receiver]
) -> None:
    refuse = {"1"}
    receiver = receive(lambda got: Answer(400 if told_of(got) in refuse else 200))
    channel = bench.channel(receiver.url)
    bench.announce(1, tag="one")
    bench.announce(2, tag="one")
    bench.announce(3, tag="two")
    bench.work()
    assert told(receiver) == ["1", "3"]
    clock.pass_by(seconds=5)
    bench.work()
    assert told(receiver) == ["1", "3", "1"]
    refuse.clear()
    clock.pass_by(seconds=15)
    bench.work()
    assert told(receiver) == ["1", "3", "1", "1", "2"]
    lines = bench.stores.outbox.lines(channel.channel_id)
    assert [(line.attempt, line.result) for line in lines][::-1] == [
        (1, "400"), (1, "200"), (2, "400"), (3, "200"), (1, "200"),
    ]  # fmt: skip


def told_of(got: Got) -> str:
    return str(got.json["data"]["chats"][0].rpartition("/")[2])


def test_after_three_days_an_alert_is_a_dead_letter_and_can_be_sent_again(
    bench: Bench, clock: Clock, receive: Callable[..., Receiver]
) -> None:
    refuse = {"1"}
    receiver = receive(lambda got: Answer(404 if told_of(got) in refuse else 200))
    channel = bench.channel(receiver.url)
    bench.announce(1, tag="one")
    bench.announce(2, tag="one")
    start = clock.at
    while clock.at - start < GIVEN_UP_AFTER * 2:
        bench.work()
        clock.pass_by(hours=1)
    dead = bench.stores.outbox.dead(channel.channel_id)
    assert [(one.alert.body["chat_id"], one.why) for one in dead] == [("1", "404")]
    assert 10 < dead[0].attempts < 25
    assert GIVEN_UP_AFTER <= dead[0].at - start < GIVEN_UP_AFTER * 1.5
    assert told(receiver)[-1] == "2", "what waited behind it goes on"
    refuse.clear()
    assert bench.stores.outbox.revive(channel.channel_id, [], clock.at) == 1
    bench.work()
    assert told(receiver)[-1] == "1"


def test_a_burst_is_put_together_and_nothing_is_left_out(
    bench: Bench, clock: Clock, receive: Callable[..., Receiver]
) -> None:
    receiver = receive()
    bench.channel(receiver.url, per_minute=5)
    for number in range(3):
        bench.announce(number)
    bench.work()
    for number in range(3, 60):
        bench.announce(number)
    bench.work()
    bench.announce(60)
    bench.work()
    singles = [got for got in receiver.got if got.json["type"] == "cue.red"]
    summaries = [got for got in receiver.got if got.json["type"] == "alerts.summary"]
    assert (len(singles), len(summaries)) == (4, 1)
    assert summaries[0].json["data"]["count"] == 57
    for number in range(61, 70):
        bench.announce(number)
    bench.work()
    assert len(receiver.got) <= 6
    clock.pass_by(seconds=61)
    bench.work()
    seen = {told_of(got) for got in receiver.got if got.json["type"] == "cue.red"}
    for got in receiver.got:
        if got.json["type"] == "alerts.summary":
            seen |= {one["data"]["chats"][0].rpartition("/")[2] for one in got.json["data"]["alerts"]}
    assert seen == {str(number) for number in range(70)}


def test_a_receiver_that_asks_for_time_gets_it(bench: Bench, clock: Clock, receive: Callable[..., Receiver]) -> None:
    receiver = receive(lambda _: Answer(429, {"Retry-After": "600"}))
    bench.channel(receiver.url)
    for number in range(5):
        bench.announce(number)
    bench.work()
    assert len(receiver.got) == 1, "all others of this channel wait, too"
    clock.pass_by(seconds=599)
    bench.work()
    assert len(receiver.got) == 1
    receiver.answer = lambda _: Answer(200)
    clock.pass_by(seconds=1)
    bench.work()
    assert len(receiver.got) == 6


def test_log_lines_hold_no_target_no_secret_no_chat(
    bench: Bench, receive: Callable[..., Receiver], capsys: pytest.CaptureFixture[str]
) -> None:
    receiver = receive(lambda _: Answer(500))
    channel = bench.channel(receiver.url + "/T0/B1/very-secret-path")
    bench.announce(4711, tag="tokenofthecustomer")
    bench.work()
    shown = capsys.readouterr()
    for text in (shown.out, shown.err):
        assert "very-secret" not in text
        assert channel.secrets["signing"] not in text
        assert "4711" not in text
        assert "tokenofthecustomer" not in text
    assert "alert_later" in shown.out + shown.err


@pytest.mark.parametrize(
    ("attempt", "longest_s"), [(1, 5), (2, 15), (3, 45), (9, 32_805), (10, 43_200), (50, 43_200), (10_000, 43_200)]
)
def test_pauses_grow_to_half_a_day(attempt: int, longest_s: float) -> None:
    assert retry_s(attempt, 0.0) == longest_s
    assert retry_s(attempt, 0.999) == pytest.approx(longest_s / 2, rel=0.01)


def test_what_a_paused_channel_kept_for_a_month_goes(bench: Bench, clock: Clock) -> None:
    channel = bench.channel("https://127.0.0.1:9/never")
    for days in (31, 0):
        bench.announce(days)
        bench.worker.spread()
        clock.pass_by(days=days)
    with capture_logs() as lines:
        bench.worker.sweep([channel])
        bench.worker.sweep([channel])
    assert [(line["event"], line["alerts"]) for line in lines] == [("alerts_expired", 1)]
    state = bench.stores.outbox.state([channel.channel_id]).queues[channel.channel_id]
    assert (state.waiting, state.lost) == (1, 1)


def test_a_receiver_out_of_reach_is_tried_at_least_every_ten_minutes() -> None:
    assert [hold_s(n, 0.0) for n in (0, 1, 2, 7, 1000)] == [5, 10, 20, 600, 600]
