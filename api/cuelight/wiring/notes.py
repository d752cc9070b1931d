"""The note writer's half of `app`: looks a chat's cue up and tells the desk, without the application that serves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from cuelight.assess import Corridor
from cuelight.core.chat import ChatKey
from cuelight.core.policy import Policy
from cuelight.customers.rekeyed import keyed
from cuelight.desks.notekeeper import NoteWriter
from cuelight.desks.notes import compose
from cuelight.settings import Settings
from cuelight.stores import Stores
from cuelight.web import wording
from cuelight.wiring.desk_api import desk_api
from cuelight.wiring.opening import audit_of, locator_of, policies_of

Look = Callable[[ChatKey], tuple[str, datetime] | None]


def looker(corridor: Corridor, words: wording.Wording, policy: Callable[[], Policy] | None = None) -> Look:
    """What a chat's note says now, and since when: its cue, reasons and advice in words, the policy's own if it has."""

    def look(key: ChatKey) -> tuple[str, datetime] | None:
        seen = corridor.cue(key)
        if seen.decision is None:
            return None
        made = seen.decision
        said = words.advised(policy().advice) if policy else words
        reasons = [said.reason(reason.code, reason.params) for reason in made.reasons]
        return compose(seen.cue.value, reasons, [said.advise(code) for code in made.advice]), made.scored_at

    return look


@contextmanager
def writing_notes(settings: Settings, stores: Stores) -> Iterator[NoteWriter]:
    """A note writer in a thread of its own, as long as the block lasts. Errors: as `open_service`."""

    def clock() -> datetime:
        return datetime.now(UTC)

    locator = locator_of(settings)
    audit = audit_of(settings, stores.audit, locator.keys, clock)
    live = policies_of(settings, stores.policies, audit, clock).now.live
    has = keyed(locator, stores.customers, stores.crowd)
    corridor = Corridor(has.locator, has.customers, has.crowd, live, clock)
    words = wording.load(settings.data_dir / "wording" / "en.json")
    writer = NoteWriter(stores.hooks, desk_api(settings, 10.0), looker(corridor, words, live), clock)
    thread = threading.Thread(target=writer.run, name="notes", daemon=True)
    thread.start()
    try:
        yield writer
    finally:
        writer.stop()
        thread.join(12)
