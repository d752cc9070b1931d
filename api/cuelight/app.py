"""create_app(settings): the only place where things are wired."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
from flask import Flask, request

from cuelight.assess import Corridor
from cuelight.casebook import Casebook
from cuelight.core import policy_file
from cuelight.core.chat import Chat
from cuelight.core.crowd import Crowd
from cuelight.core.errors import Conflict, InvalidInput, PolicyInvalid
from cuelight.core.history import History
from cuelight.core.policy import Policy
from cuelight.core.ports import EnrolmentStore, KeyStore
from cuelight.desks.notekeeper import NotesDue
from cuelight.dossier import Dossier
from cuelight.rekeyed_customers import keyed
from cuelight.rekeying import Mover
from cuelight.sense.geo import GeoStatus
from cuelight.sense.hash_keys import HashKeys
from cuelight.sense.key_ring import parse
from cuelight.sense.locator import SenseLocator, open_locator
from cuelight.settings import Settings
from cuelight.signals import SIGNALS
from cuelight.stores import Stores, memory_stores, open_stores, patience
from cuelight.stores.embedded import die_with_parent
from cuelight.stores.erasure_register import ErasureRegister
from cuelight.web import (
    chats,
    cues,
    customers,
    demo,
    demo_data,
    desk_hooks,
    disclosures,
    docs,
    enrolments,
    every_request,
    health,
    logs,
    problems,
    score,
    sightings,
    wording,
)
from cuelight.web.auth import Keyring, mint
from cuelight.web.body import MAX_BODY_BYTES
from cuelight.web.hook_parts import DeskHooks
from cuelight.web.json_provider import Json
from cuelight.web.parts import Parts, plug


@dataclass(frozen=True, slots=True)
class Service:
    """Everything wired: the application, and the parts that commands use without it."""

    app: Flask
    corridor: Corridor
    locator: SenseLocator
    stores: Stores
    policy: Policy
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
    settings = Settings()
    logs.configure(settings.log_level)
    return create_app(settings)


def create_app(settings: Settings, clock: Callable[[], datetime] | None = None) -> Flask:
    """The application alone, for a server that keeps it until the process ends. See `open_service`."""
    return open_service(settings, clock).app


def open_service(settings: Settings, clock: Callable[[], datetime] | None = None) -> Service:
    """Wire one service; `clock` is for replays.

    Raises `PolicyInvalid`, `DataFileInvalid`, `InvalidInput` (a setting) or, for an embedded store that does not
    start, `StoreUnavailable`: rather no service than half of one. A named store that is down is no reason not to
    start: calls answer 503 until it is up.
    """
    clock = clock or _now
    policy = read_policy(settings.policy)
    words = wording.load_all(settings.data_dir / "wording")
    locator = _locator(settings)
    prior = policy.crowd_prior, policy.crowd_prior_weight
    kept = settings.retention, settings.durability
    stores = open_stores(_url(settings), settings.var_dir, *prior, *kept, threads=settings.threads)
    register = ErasureRegister(settings.var_dir / "erased", settings.retention)
    has = keyed(locator, stores.customers, stores.crowd)
    dossier = Dossier(has.locator, has.customers, has.crowd, stores.outbox, register, lambda: policy, clock)
    notes = NotesDue(stores.hooks, clock)
    corridor = Corridor(has.locator, has.customers, has.crowd, lambda: policy, clock, notes)
    app = _application(
        Parts(
            corridor=corridor,
            keyring=Keyring(stores.keys, enrolments=stores.enrolments),
            catalogues=words,
            policy=lambda: policy,
            ping=stores.customers.ping,
            durability=lambda: stores.promise().as_json(),
            geo=lambda: geo_state(locator.geo.status),
            clock=clock,
            max_age=settings.max_age,
            casebook=Casebook(has.customers, lambda: policy, clock),
            enrolments=stores.enrolments,
            console_url=settings.console_url,
            dossier=dossier,
            retention=settings.retention,
            desk_hooks=DeskHooks(stores.hooks),
        )
    )
    service = Service(app, corridor, locator, stores, policy, dossier, has.mover)
    if settings.demo:
        try:
            _show_samples(service, settings, locator.keys.ring.keys[0].key, clock)
        except BaseException:
            service.close()
            raise
    return service


def hash_keys(settings: Settings) -> HashKeys:
    """The keys of the keyed hashes: the setting, else this installation's own, the first made on first use."""
    if settings.hash_key is not None:
        return HashKeys.of(parse(settings.hash_key.get_secret_value()), _now)
    return HashKeys.in_file(settings.var_dir / "hash.key", _now)


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


@contextmanager
def open_enrolment_store(settings: Settings) -> Iterator[EnrolmentStore]:
    """The enrolled browsers of this installation, without the rest of the service. Errors: as `open_service`."""
    with open_own_stores(settings) as stores:
        yield stores.enrolments


@contextmanager
def open_key_store(settings: Settings) -> Iterator[KeyStore]:
    """The API keys of this installation, without the rest of the service. Errors: as `open_service`."""
    with open_own_stores(settings) as stores:
        yield stores.keys


@contextmanager
def open_own_stores(settings: Settings) -> Iterator[Stores]:
    """The stores of this installation, without the rest of the service. Errors: as `open_service`."""
    kept = settings.retention, settings.durability
    with closing(open_stores(_url(settings), settings.var_dir, None, 50.0, *kept)) as stores:
        yield stores


@contextmanager
def replay_corridor(
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    real_store: bool = False,
    off: Collection[str] = (),
    watch: Callable[[Chat, History, Crowd], None] = lambda *_: None,
) -> Iterator[tuple[Corridor, Policy]]:
    """The whole corridor over an empty store that ends with it: in memory, or a real one in a temporary folder.

    `off` names signals that are to weigh nothing; `watch`: see `Corridor`. Raises `InvalidInput` for a signal there
    is not.
    """
    policy = _without(read_policy(settings.policy), off)
    locator = _locator(settings)
    with TemporaryDirectory(prefix="cuelight-replay-") as folder:
        prior = policy.crowd_prior, policy.crowd_prior_weight
        stores = open_stores(None, Path(folder), *prior) if real_store else memory_stores(*prior)
        with closing(stores):
            yield Corridor(locator, stores.customers, stores.crowd, lambda: policy, clock, watch), policy


def _without(policy: Policy, off: Collection[str]) -> Policy:
    if unknown := set(off) - set(policy.signals):
        raise InvalidInput("off", f"no such signal: {', '.join(sorted(unknown))}")
    silent = {name: replace(policy.of(name), weight=0.0, min_points=0.0, max_points=0.0) for name in off}
    return replace(policy, signals={**policy.signals, **silent})


def _locator(settings: Settings) -> SenseLocator:
    return open_locator(
        data_dir=settings.data_dir,
        geo_dir=settings.geo,
        networks_dir=settings.networks,
        keys=hash_keys(settings),
    )


def _url(settings: Settings) -> str | None:
    return settings.redis_url.get_secret_value() if settings.redis_url else None


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
    for resource in (score, cues, chats, customers, desk_hooks, disclosures, enrolments, sightings, health, docs):
        app.register_blueprint(resource.bp)
    return app


def _hurry() -> None:
    """Somebody looks at the screen meanwhile; imports and outcomes take as many calls as they need."""
    if request.endpoint in {"score.create", "cues.show"}:
        patience.begin()


def _show_samples(service: Service, settings: Settings, key: bytes, clock: Callable[[], datetime]) -> None:
    """The sample desk, its customers, and the key its page asks the API with."""
    samples_dir = settings.data_dir / "samples"
    # Made from the installation's own key: the same for every worker and after every start.
    secret = blake2b(key[:64], digest_size=32, person=b"cuelight/sample").digest()
    sample_key, token, digest = mint("sample desk", ["cue", "outcome"], clock(), secret=secret)
    if service.stores.keys.by_secret(digest) is None:
        with suppress(Conflict):  # another worker was first
            service.stores.keys.add(sample_key, digest)
    demo_data.load(service.corridor, samples_dir, clock())
    service.app.register_blueprint(
        demo.blueprint(
            service.corridor,
            demo_key=token,
            extension_dir=settings.extension_dir,
            samples_dir=samples_dir,
            clock=clock,
            forget=service.start_over,
        )
    )


def read_policy(path: Path) -> Policy:
    """The policy in a file. Raises `PolicyInvalid` naming the field."""
    try:
        document = orjson.loads(path.read_bytes())
    except OSError as error:
        raise PolicyInvalid(f"{path.name}: cannot be read ({type(error).__name__})") from None
    except orjson.JSONDecodeError as error:
        raise PolicyInvalid(f"{path.name}: line {error.lineno}: {error.msg}") from None
    needs = {signal.name: signal.constants for signal in SIGNALS}
    codes = frozenset(code for signal in SIGNALS for code in signal.codes)
    return policy_file.parse(document, needs, codes)


def _now() -> datetime:
    return datetime.now(UTC)
