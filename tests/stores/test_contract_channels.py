"""What every `ChannelStore` promises, and which alerts a channel wants."""

from __future__ import annotations

import pytest
from tests.stores import world
from tests.stores.queues import NOW, channel, told

from cuelight.core.errors import Conflict, NotFound
from cuelight.core.outbox import Alert, Severity
from cuelight.stores import Stores


def test_channels_are_kept_replaced_and_removed(stores: Stores) -> None:
    made = channel(kinds=frozenset({"cue.red"}), desks=frozenset({"zendesk", "crisp"}), least=Severity.ALERT)
    stores.channels.add(made)
    assert made in stores.channels.list()
    with pytest.raises(Conflict):
        stores.channels.add(made)
    changed = channel(channel_id=made.channel_id, paused=True, per_minute=7)
    stores.channels.replace(changed)
    assert changed in stores.channels.list()
    stores.outbox.put(made.channel_id, [told(world.customer(), 1)], NOW)
    assert stores.channels.remove(made.channel_id)
    assert not stores.channels.remove(made.channel_id)
    assert stores.outbox.state([made.channel_id]).queues[made.channel_id].waiting == 0
    with pytest.raises(NotFound):
        stores.channels.replace(changed)


def test_a_channel_shows_no_secret() -> None:
    shown = repr(channel(target="https://hooks.example.com/T0/secret-part"))
    assert "secret-part" not in shown
    assert "whsec" not in shown


@pytest.mark.parametrize(
    ("parts", "kind", "body", "wanted"),
    [
        ({}, "cue.red", {"desk": "crisp"}, True),
        ({"kinds": frozenset({"incident.opened"})}, "cue.red", {}, False),
        ({"desks": frozenset({"zendesk"})}, "cue.red", {"desk": "crisp"}, False),
        ({"desks": frozenset({"zendesk"})}, "incident.opened", {"chats": ["zendesk/a/1", "crisp/a/2"]}, True),
        ({"desks": frozenset({"zendesk"})}, "policy.published", {}, True),
        ({"least": Severity.ALERT}, "cue.red", {}, False),
        ({"least": Severity.ALERT}, "incident.opened", {}, True),
        ({"least": Severity.WARNING}, "incident.closed", {}, False),
        ({}, "some.day", {}, True),
    ],
)
def test_filters(parts: dict[str, object], kind: str, body: dict[str, object], wanted: bool) -> None:
    assert channel(**parts).wants(Alert("a", kind, NOW, "g", body)) is wanted
