"""What the resources need, handed over by `app.create_app` and found again on the running application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from flask import Flask, current_app, request

from cuelight.archive import Archive
from cuelight.assess import Corridor
from cuelight.auditing import AuditLog
from cuelight.core.policy import Policy
from cuelight.core.ports import EnrolmentStore
from cuelight.core.retention import Retention
from cuelight.core.shadow import ShadowStore
from cuelight.customers.casebook import Casebook
from cuelight.customers.dossier import Dossier
from cuelight.customers.snoozes import Snoozes
from cuelight.incidents.changing import Incidents
from cuelight.incidents.timeline import Cases
from cuelight.incidents.viewing import Viewing
from cuelight.policies.book import Policies
from cuelight.replays import Replays
from cuelight.sense.networks import NetworksStatus
from cuelight.web.auth import Keyring
from cuelight.web.collect_parts import Collecting
from cuelight.web.hook_parts import DeskHooks
from cuelight.web.notice_parts import NoticePages
from cuelight.web.wording import Catalogues, Wording

_NAME = "cuelight"


@dataclass(frozen=True, slots=True)
class Parts:
    """`ping` and `durability` (what becomes of acknowledged decisions) raise `StoreUnavailable`; `geo` describes the
    GeoIP data in use; `max_age` bounds `occurred_at`."""

    corridor: Corridor
    keyring: Keyring
    catalogues: Catalogues
    policy: Callable[[], Policy]
    ping: Callable[[], None]
    durability: Callable[[], Mapping[str, object]]
    geo: Callable[[], Mapping[str, object]]
    clock: Callable[[], datetime]
    max_age: timedelta
    casebook: Casebook
    enrolments: EnrolmentStore
    dossier: Dossier
    retention: Retention
    desk_hooks: DeskHooks
    collecting: Collecting
    audit: AuditLog
    policies: Policies
    shadows: ShadowStore
    archive: Archive
    replays: Replays
    incidents: Incidents
    snoozes: Snoozes
    networks: Callable[[], NetworksStatus]
    queues: Callable[[], Mapping[str, int]]
    cases: Cases
    viewing: Viewing
    notice_pages: NoticePages
    console_url: str | None = None

    @property
    def wording(self) -> Wording:
        """The catalogue of the request's language: `?locale=` if given, else the best of `Accept-Language`; with the
        live policy's own texts of advice."""
        asked = request.args.get("locale", "")[:35]
        words = self.catalogues.best([asked, *list(request.accept_languages.values())[:20]])
        return words.advised(self.policy().advice)


def plug(app: Flask, plugged: Parts) -> None:
    app.extensions[_NAME] = plugged


def parts() -> Parts:
    """The parts of the application that is handling the current request."""
    return cast(Parts, current_app.extensions[_NAME])
