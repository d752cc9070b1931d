"""What every store of snoozes promises."""

from __future__ import annotations

import secrets

from tests.stores import world

from cuelight.core.snooze import About, Snooze
from cuelight.stores import Stores


def snooze(hours: float, about: About = About.CUSTOMER) -> Snooze:
    name = "z_" + secrets.token_hex(6)
    return Snooze(
        name, "travel", about, world.token(), "Berlin office", world.at(hours + 24), world.at(hours), "Kim", "é"
    )


def test_a_snooze_is_kept_exactly_listed_newest_first_and_removed_once(stores: Stores) -> None:
    old, new = snooze(1, About.NETWORK), snooze(2)
    for each in (old, new):
        stores.snoozes.add(each)
    assert [each for each in stores.snoozes.list() if each in (old, new)] == [new, old]
    assert stores.snoozes.remove(old.snooze_id)
    assert not stores.snoozes.remove(old.snooze_id)
    assert old not in stores.snoozes.list()
    stores.snoozes.remove(new.snooze_id)
