"""What the desks' webhooks need besides the corridor."""

from __future__ import annotations

from dataclasses import dataclass

from cuelight.core.hooks import HookStore
from cuelight.desks.calling import DeskApi


@dataclass(frozen=True, slots=True)
class DeskHooks:
    """The hooks, and a way to the desks' own APIs."""

    store: HookStore
    api: DeskApi
