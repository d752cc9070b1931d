"""Two operators for `make run`: one to look around and change things, a second to publish what the first asks for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cuelight.core.errors import StoreUnavailable
from cuelight.core.operators import Operator
from cuelight.core.roles import Role

if TYPE_CHECKING:
    from cuelight.core.operators import OperatorStore
    from cuelight.settings import Settings

_OPERATORS = (("demo-admin", Role.ADMIN), ("demo-approver", Role.APPROVER))
_WORDS = "amber beacon cedar delta ember fjord grove harbor island juniper kettle lantern meadow north orchard pebble"


@dataclass(frozen=True, slots=True)
class Entrance:
    """Paths to sign in by, once each, and the password that is asked for again before something grave."""

    admin: str
    approver: str
    password: str


def make_entrance(settings: Settings) -> Entrance:
    """New links and a new password at every start; the accounts work in a demonstration only."""
    from cuelight.cli.acting import acting
    from cuelight.web.console.proving import hashed

    password = "-".join(secrets.choice(_WORDS.split()) for _ in range(4))
    kept = hashed(password)
    with acting(settings) as has:
        links = []
        for name, role in _OPERATORS:
            has.note("operator.link", f"operator:{name}", "start of the demonstration")
            links.append(f"/console/enter/{_link(has.stores.operators, name, role, kept)}")
    return Entrance(links[0], links[1], password)


def _link(operators: OperatorStore, name: str, role: Role, password: str) -> str:
    from cuelight.web.console.sign_in import link_of

    now = datetime.now(UTC)
    before = operators.read(name)
    base = before or Operator(name, frozenset({role}), now, now, demo=True)
    after, token = link_of(replace(base, password=password), now)
    if before is None:
        operators.add(after)
    elif not operators.change(before, after):
        raise StoreUnavailable("the demonstration is being started twice")
    return token
