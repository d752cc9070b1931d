"""create_app(settings): the only place where things are wired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask, request

from cuelight.assess import Corridor
from cuelight.core.errors import CuelightError
from cuelight.customers.casebook import Casebook
from cuelight.customers.dossier import Dossier
from cuelight.customers.rekeyed import keyed
from cuelight.customers.rekeying import Mover
from cuelight.customers.snoozes import KnownSnoozes, Snoozes
from cuelight.deciding import all_of
from cuelight.desks.notekeeper import NotesDue
from cuelight.incidents.campaigns import Campaigns
from cuelight.incidents.changing import Incidents
from cuelight.incidents.timeline import Cases
from cuelight.incidents.viewing import Viewing
from cuelight.policies.book import Policies
from cuelight.policies.shadowing import Shadow
from cuelight.replays import Replays
from cuelight.sense import user_agent
from cuelight.sense.forwarding import read_proxies
from cuelight.sense.geo import GeoStatus
from cuelight.sense.locator import SenseLocator
from cuelight.settings import Settings
from cuelight.stores import Stores, open_stores, patience
from cuelight.stores.embedded import die_with_parent
from cuelight.stores.erasure_register import ErasureRegister
from cuelight.web import (
    chats,
    collect,
    cues,
    customers,
    desk_hooks,
    disclosures,
    docs,
    enrolments,
    every_request,
    health,
    logs,
    metrics,
    notice_pages,
    problems,
    score,
    sightings,
    wording,
)
from cuelight.web import incidents as incidents_pages
from cuelight.web import policies as policies_pages
from cuelight.web import replays as replays_pages
from cuelight.web.auth import Keyring
from cuelight.web.body import MAX_BODY_BYTES
from cuelight.web.collect_parts import Collecting
from cuelight.web.hook_parts import DeskHooks
from cuelight.web.json_provider import Json
from cuelight.web.parts import Parts, plug
from cuelight.wiring.archive import open_archive
from cuelight.wiring.console import add_console
from cuelight.wiring.desk_api import desk_api
from cuelight.wiring.notices import noticing
from cuelight.wiring.opening import audit_of, locator_of, policies_of, read_policy, store_url

_RESOURCES = (
    score,
    collect,
    cues,
    chats,
    customers,
    desk_hooks,
    disclosures,
    enrolments,
    incidents_pages,
    notice_pages,
    sightings,
    policies_pages,
    replays_pages,
    health,
    metrics,
    docs,
)
"""In the order the API's description lists them."""


@dataclass(frozen=True, slots=True)
class Service:
    """Everything wired: the application, and the parts that commands use without it."""

    app: Flask
    corridor: Corridor
    locator: SenseLocator
    stores: Stores
    policies: Policies
    shadow: Shadow
    dossier: Dossier
    mover: Mover

    def start_over(self, customer_id: str) -> None:
        """Empty a sample customer. Unlike an erasure it refuses nothing that is told of an earlier time."""
        self.stores.customers.erase(self.locator.customer(customer_id), datetime.fromtimestamp(0, UTC))

    def close(self) -> None:
        """Let go of the store; an embedded server started here ends."""
        self.stores.close()


def wsgi() -> Flask:
    """The application as a server's worker loads it (`granian --interface wsgi --factory cuelight.app:wsgi`)."""
    # A worker whose server was killed would go on answering beside the server that takes its place.
    die_with_parent()
    try:
        settings = Settings()
        logs.configure(settings.log_level)
        return create_app(settings)
    except CuelightError as error:
        # One line for a person: a traceback is for bugs.
        raise SystemExit(f"cannot serve: {error}") from None


def create_app(settings: Settings, clock: Callable[[], datetime] | None = None) -> Flask:
    """The application alone, for a server that keeps it until the process ends. See `open_service`."""
    user_agent.warm()
    return open_service(settings, clock).app


def open_service(settings: Settings, clock: Callable[[], datetime] | None = None, *, patient: bool = False) -> Service:
    """Wire one service; `clock` is for replays; `patient`: for a command, which waits longer for the store.

    Raises `PolicyInvalid`, `DataFileInvalid`, `InvalidInput` (a setting) or, for an embedded store that does not
    start, `StoreUnavailable`: rather no service than half of one. A named store that is down is no reason not to
    start: calls answer 503 until it is up.
    """
    clock = clock or _now
    default = read_policy(settings.policy)
    words = wording.load_all(settings.data_dir / "wording")
    locator = locator_of(settings)
    prior = default.crowd_prior, default.crowd_prior_weight
    kept = settings.retention, settings.durability
    stores = open_stores(
        store_url(settings), settings.var_dir, *prior, *kept, threads=settings.threads, patient=patient
    )
    register = ErasureRegister(settings.var_dir / "erased", settings.retention)
    has = keyed(locator, stores.customers, stores.crowd)
    audit = audit_of(settings, stores.audit, locator.keys, clock)
    policies = policies_of(settings, stores.policies, audit, clock)
    live = policies.now.live
    left = stores.outbox, stores.shadows, stores.notices, stores.snoozes
    dossier = Dossier(has.locator, has.customers, has.crowd, *left, register, live, clock)
    shadow = Shadow(policies.now.shadow, stores.shadows)
    notes = NotesDue(stores.hooks, clock)
    campaigns = Campaigns(has.crowd, stores.outbox, live, clock)
    asking = noticing(settings, stores, has, locator.keys, clock)
    told = all_of(notes, shadow), all_of(campaigns.decided, asking.offers.decided)
    known = KnownSnoozes(stores.snoozes, has.locator, clock)
    corridor = Corridor(has.locator, has.customers, has.crowd, live, clock, *told, known, policies.now.live_since)
    incidents = Incidents(has.locator, has.customers, corridor, corridor.decider, audit, live, clock)
    archive = open_archive(settings)
    app = _application(
        Parts(
            corridor=corridor,
            keyring=Keyring(stores.keys, enrolments=stores.enrolments),
            catalogues=words,
            policy=live,
            ping=stores.customers.ping,
            durability=lambda: stores.promise().as_json(),
            geo=lambda: geo_state(locator.geo.status),
            clock=clock,
            max_age=settings.max_age,
            casebook=Casebook(has.customers, live, clock),
            enrolments=stores.enrolments,
            console_url=settings.console_url,
            dossier=dossier,
            retention=settings.retention,
            desk_hooks=DeskHooks(stores.hooks, desk_api(settings)),
            collecting=Collecting(
                stores.collectors,
                has.locator.customer,
                lambda sender: locator.keys.present().of("sender", sender),
                read_proxies(settings.proxies, settings.proxy_header),
                settings.collect_per_minute,
            ),
            audit=audit,
            policies=policies,
            shadows=stores.shadows,
            archive=archive,
            replays=Replays(archive, live),
            incidents=incidents,
            snoozes=Snoozes(stores.snoozes, has.locator, known, corridor.decider, audit, clock),
            networks=lambda: locator.networks.status,
            queues=lambda: metrics.queue_counts(stores.channels, stores.outbox),
            cases=Cases(has.customers, stores.notices, live, clock),
            notice_pages=asking.pages(incidents),
            viewing=Viewing(has.customers, clock),
        )
    )
    add_console(app, settings, stores, locator.keys, words.best([]))
    service = Service(app, corridor, locator, stores, policies, shadow, dossier, has.mover)
    if settings.demo:
        from cuelight.wiring.samples import show_samples  # noqa: PLC0415 - a company's own service loads no shop

        try:
            show_samples(
                app,
                corridor,
                stores,
                settings,
                key=locator.keys.ring.keys[0].key,
                clock=clock,
                forget=service.start_over,
            )
        except BaseException:
            service.close()
            raise
    return service


def geo_state(status: GeoStatus) -> dict[str, object]:
    """The GeoIP data in use, for `/readyz`: `missing` (nothing is located), `degraded` (a file was refused) or
    `ok`; each file with its type and build date."""
    state = "missing" if not status.available else "degraded" if status.errors else "ok"
    return {
        "status": state,
        "files": [
            {"name": name, "type": kind, "built_at": built_at.isoformat(timespec="seconds"), "kept": kept}
            for name, kind, built_at, kept in status.files
        ],
        "refused": [name for name, _ in status.errors],
        "attribution": status.attribution,
    }


def _application(parts: Parts) -> Flask:
    app = Flask("cuelight.web", static_folder=None)
    app.json = Json(app)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    # A path with a double slash is a mistake to report, not a place to be redirected from.
    app.url_map.merge_slashes = False
    plug(app, parts)
    every_request.register(app)
    app.before_request(_hurry)
    app.teardown_request(lambda _: patience.end())
    problems.register(app)
    for resource in _RESOURCES:
        app.register_blueprint(resource.bp)
    return app


def _hurry() -> None:
    """Somebody looks at the screen meanwhile; imports and outcomes take as many calls as they need."""
    if request.endpoint in {"score.create", "cues.show"}:
        patience.begin()


def _now() -> datetime:
    return datetime.now(UTC)
