"""What every `OperatorStore` and every `SessionStore` promises."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.stores import world

from cuelight.core.errors import Conflict
from cuelight.core.operators import IDLE_LIFE, Operator, Session, invited, wait_s
from cuelight.core.roles import Role
from cuelight.stores import Stores, keys


def operator() -> Operator:
    roles = frozenset({Role.ANALYST, Role.APPROVER})
    return Operator(f"zoe-{secrets.token_hex(4)}", roles, world.at(), world.at())


def test_an_operator_comes_back_exactly_at_every_step(stores: Stores) -> None:
    made = operator()
    stores.operators.add(made)
    asked = invited(made, secrets.token_hex(32), world.at(1))
    ready = replace(asked, password="$argon2id$…", totp_secret=secrets.token_bytes(20), totp_step=7, invitation=None)
    for before, after in ((made, asked), (asked, ready)):
        assert stores.operators.change(before, after)
        assert stores.operators.read(made.name) == after
        assert after in stores.operators.list()
    assert not stores.operators.change(made, asked)
    with pytest.raises(Conflict):
        stores.operators.add(made)
    assert not stores.operators.remove(made)
    assert stores.operators.remove(ready)
    assert stores.operators.read(made.name) is None


def test_a_one_time_code_is_spent_by_one_of_many(stores: Stores) -> None:
    made = replace(operator(), totp_secret=b"x" * 20)
    stores.operators.add(made)
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: stores.operators.change(made, replace(made, totp_step=9)), range(8)))
    assert done.count(True) == 1
    assert stores.operators.remove(replace(made, totp_step=9))


def test_a_session_comes_back_and_ends(stores: Stores) -> None:
    digest = secrets.token_hex(32)
    now = world.at()
    session = Session("zoe", "oidc", frozenset({Role.ADMIN}), now, now, now, "token", ("Done — ✓",))
    stores.sessions.put(digest, session, now)
    assert stores.sessions.get(digest) == session
    if stores.link is not None:
        assert stores.link.call("TTL", keys.session(digest)) == pytest.approx(IDLE_LIFE.total_seconds(), abs=30)
    stores.sessions.remove(digest)
    assert stores.sessions.get(digest) is None
    stores.sessions.put(digest, session, now)
    stores.sessions.put("0" * 64, session, now)
    assert stores.sessions.end_all() == 2
    assert stores.sessions.get(digest) is None


def test_attempts_are_counted_under_every_name_and_waited_for(stores: Stores) -> None:
    account, one, other = (secrets.token_hex(6) for _ in range(3))
    now = world.at()
    for _ in range(5):
        assert stores.sessions.attempt([account, one], now) == 0
    assert stores.sessions.attempt([account, other], now) == 2
    assert stores.sessions.attempt([secrets.token_hex(6), one], now) == 2
    later = now + timedelta(seconds=2)
    assert stores.sessions.attempt([account, other], later) == 0
    assert stores.sessions.attempt([account, other], later) == 4
    stores.sessions.succeed(account)
    assert stores.sessions.attempt([account, other], later) == 0


def test_guesses_made_at_once_are_not_all_the_first(stores: Stores) -> None:
    name, now = secrets.token_hex(6), world.at()
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: stores.sessions.attempt([name], now), range(40)))
    assert waits.count(0) == 5


def test_waits_grow_and_are_bounded() -> None:
    assert [wait_s(n) for n in (0, 4, 5, 6, 7, 100, 5000)] == [0, 0, 2, 4, 8, 900, 900]
