"""Incidents, locks and views as bytes: they come back exactly, also from what older versions wrote."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stores import world
from tests.stores.test_codec import keys, moments, texts

from cuelight.core.decision import Cue
from cuelight.core.history import Lock
from cuelight.core.incident import Incident, Opener, Step, StepKind
from cuelight.core.incident_store import View
from cuelight.stores import codec_incident
from cuelight.stores.codec import Corrupt

steps = st.builds(Step, st.sampled_from(StepKind), moments, texts, texts, st.none() | moments)
incidents = st.builds(
    Incident, texts, moments, moments, st.lists(keys, max_size=3).map(tuple), st.none() | moments,
    st.sampled_from(Opener), st.lists(steps, max_size=4).map(tuple),
)  # fmt: skip


@given(incidents)
def test_an_incident_comes_back_exactly(incident: Incident) -> None:
    again = codec_incident.unpack_incident(incident.incident_id, codec_incident.pack_incident(incident))
    assert again == incident
    assert again.closed_at == incident.closed_at


@given(incidents)
def test_without_steps_it_is_what_older_versions_wrote(incident: Incident) -> None:
    """They stop reading behind the chats, so what comes after does not disturb them either."""
    old = codec_incident.pack_incident(replace(incident, opened_by=Opener.AGENT, steps=()))
    new = codec_incident.pack_incident(incident)
    assert new.startswith(old)
    assert codec_incident.unpack_incident("i", old).steps == ()


@given(incidents, st.integers(1, 200))
def test_a_cut_off_incident_is_no_answer_or_an_older_one(incident: Incident, cut: int) -> None:
    packed = codec_incident.pack_incident(incident)
    try:
        found = codec_incident.unpack_incident("i", packed[:-cut])
    except Corrupt:
        return
    assert (found.steps, found.opened_by, found.chats) == ((), Opener.AGENT, incident.chats)


@given(moments, texts, keys, st.sampled_from(Cue))
def test_locks_and_views_come_back_exactly(at, by, key, cue) -> None:
    assert codec_incident.unpack_lock(codec_incident.pack_lock(Lock(at, by))) == Lock(at, by)
    view = View(key, by, at, cue)
    assert codec_incident.unpack_view(*codec_incident.pack_view(view)) == view


def test_an_unknown_step_is_no_answer() -> None:
    made = world.incident()
    told = replace(made, steps=(Step(StepKind.OPENED, made.opened_at, "Kim"),))
    packed = bytearray(codec_incident.pack_incident(told))
    at = packed.index(b"Kim") - 10
    packed[at] = 126
    with pytest.raises(Corrupt, match="step"):
        codec_incident.unpack_incident("i", bytes(packed))


def test_stored_positions_never_move() -> None:
    assert [opener.value for opener in codec_incident.OPENERS] == ["agent", "owner", "company", "console"]
    known = ["opened", "reported", "extended", "close_asked", "close_cancelled", "closed", "taken_back"]
    assert [kind.value for kind in codec_incident.STEPS] == known
