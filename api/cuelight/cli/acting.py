"""Who works at the command line, and the audit log it goes into."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cuelight.core.errors import InvalidInput

if TYPE_CHECKING:
    from cuelight.auditing import AuditLog
    from cuelight.settings import Settings
    from cuelight.stores import Stores


@dataclass(frozen=True, slots=True)
class Acting:
    """The installation's stores, and its audit log in the name of whoever typed the command."""

    stores: Stores
    audit: AuditLog

    def note(self, action: str, target: str, note: str = "") -> None:
        """Write what is about to be done. Raises `StoreUnavailable`: then it is not to be done."""
        self.audit.append(by=actor(), action=action, target=target, note=note)


@contextmanager
def acting(settings: Settings | None = None) -> Iterator[Acting]:
    """The running service's stores, or embedded ones for the moment. Errors: as `open_service`."""
    from cuelight.settings import Settings as FromEnvironment
    from cuelight.wiring.opening import audit_of, open_own_stores

    settings = settings or FromEnvironment()
    with open_own_stores(settings) as stores:
        yield Acting(stores, audit_of(settings, stores.audit))


def actor() -> str:
    """The account of this machine, as the audit log names it."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli"  # a container may run under a number that has no name


def reached_at(url: str | None) -> str:
    """Where the outside reaches the service: what was typed, else `CUELIGHT_PUBLIC_URL`. Raises `InvalidInput`."""
    from cuelight.settings import Settings as FromEnvironment

    if (found := url or FromEnvironment().public_url) is None:
        raise InvalidInput("url", "is needed: --url https://cue.example.com, or CUELIGHT_PUBLIC_URL")
    return found
