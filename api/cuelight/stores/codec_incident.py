"""Incidents, locks and who saw a cue, as bytes.

An incident is version · time it ended or ends (8 bytes, for scripts to compare) · time it opened · closed · end ·
chats, and behind that what older versions neither wrote nor read: whose word opened it, and its steps. That part is
left out where there is nothing in it, so that an old incident packs to the bytes it was read from.
"""

from __future__ import annotations

from cuelight.core.chat import ChatKey
from cuelight.core.decision import Cue
from cuelight.core.history import Lock
from cuelight.core.incident import Incident, Opener, Step, StepKind
from cuelight.core.incident_store import View
from cuelight.stores import keys
from cuelight.stores.codec import VERSION, Corrupt, Reader, Writer, reading
from cuelight.stores.codec_record import CUES, check_version

OPENERS = tuple(Opener)
STEPS = tuple(StepKind)
"""Both stored by position: they may grow at their end only."""

_ENDS = 128


def pack_incident(incident: Incident) -> bytes:
    w = Writer()
    w.byte(VERSION)
    w.time(incident.closed_at or incident.ends_at)
    w.time(incident.opened_at)
    w.byte(incident.closed_at is not None)
    w.time(incident.ends_at)
    w.varint(len(incident.chats))
    for key in incident.chats:
        for part in (key.desk, key.account, key.chat_id):
            w.text(part)
    if incident.steps or incident.opened_by is not Opener.AGENT:
        w.byte(OPENERS.index(incident.opened_by))
        w.varint(len(incident.steps))
        for step in incident.steps:
            w.byte(STEPS.index(step.kind) | (_ENDS if step.ends_at is not None else 0))
            w.time(step.at)
            w.text(step.by)
            w.text(step.reason)
            if step.ends_at is not None:
                w.time(step.ends_at)
    return bytes(w.out)


FIRST = b"-"
"""In an incident's place (which begins with its version, a small number): nothing else may be open."""


def pack_before(was: Incident | None, *, first: bool) -> bytes:
    """What a script has to find before it writes an incident; empty: whatever it finds."""
    if first:
        return FIRST
    return pack_incident(was) if was else b""


@reading
def unpack_incident(incident_id: str, data: bytes) -> Incident:
    check_version(data)
    r = Reader(data, 1)
    ended, opened, closed, ends = r.time(), r.time(), r.byte(), r.time()
    chats = tuple(ChatKey(r.text(), r.text(), r.text()) for _ in range(r.varint()))
    found = Incident(incident_id, opened, ends, chats, ended if closed else None)
    if r.at >= len(data):
        return found
    opener = r.byte()
    steps = tuple(_read_step(r) for _ in range(r.varint()))
    return Incident(incident_id, opened, ends, chats, found.closed_at, OPENERS[opener], steps)


def _read_step(r: Reader) -> Step:
    head = r.byte()
    if head & ~_ENDS >= len(STEPS):
        raise Corrupt("a stored incident has a step this version does not know")
    at, by, reason = r.time(), r.text(), r.text()
    return Step(STEPS[head & ~_ENDS], at, by, reason, r.time() if head & _ENDS else None)


def pack_lock(lock: Lock) -> bytes:
    """The time behind the version, where a script looks for it."""
    w = Writer()
    w.byte(VERSION)
    w.time(lock.at)
    w.text(lock.by)
    return bytes(w.out)


@reading
def unpack_lock(data: bytes) -> Lock:
    check_version(data)
    r = Reader(data, 1)
    return Lock(r.time(), r.text())


def pack_view(view: View) -> tuple[bytes, bytes]:
    """Its name among the customer's views (an agent and a chat, so that the first time counts), and the rest."""
    name = Writer()
    name.text(view.by)
    name.out += keys.chat_name(view.key)
    w = Writer()
    w.byte(VERSION)
    w.time(view.at)
    w.byte(CUES.index(view.cue))
    return bytes(name.out), bytes(w.out)


@reading
def unpack_view(name: bytes, data: bytes) -> View:
    check_version(data)
    of, r = Reader(name), Reader(data, 1)
    by = of.text()
    at, cue = r.time(), r.byte()
    return View(keys.read_chat_name(name[of.at :]), by, at, Cue(CUES[cue]))
