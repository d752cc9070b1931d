"""What is opened without the application that serves: stores, hash keys, the locator, the policy's file, a replay."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from cuelight.assess import Corridor
from cuelight.auditing import AuditLog
from cuelight.core.audit import AuditStore
from cuelight.core.errors import InvalidInput
from cuelight.core.policy import Policy
from cuelight.core.policy_book import PolicyStore
from cuelight.core.ports import EnrolmentStore, KeyStore
from cuelight.deciding import Watch
from cuelight.policies.book import Policies
from cuelight.policies.reading import installed, load_document, read_document
from cuelight.sense.hash_keys import HashKeys
from cuelight.sense.key_ring import parse
from cuelight.sense.locator import SenseLocator, open_locator
from cuelight.settings import Settings
from cuelight.stores import Stores, memory_stores, open_stores
from cuelight.stores.audit_anchors import AnchorFile


def hash_keys(settings: Settings) -> HashKeys:
    """The keys of the keyed hashes: the setting, else this installation's own, the first made on first use."""
    if settings.hash_key is not None:
        return HashKeys.of(parse(settings.hash_key.get_secret_value()), _now)
    return HashKeys.in_file(settings.var_dir / "hash.key", _now)


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
    """The stores of this installation for a command, without the rest of the service. Errors: as `open_service`."""
    kept = settings.retention, settings.durability
    with closing(open_stores(store_url(settings), settings.var_dir, None, 50.0, *kept, patient=True)) as stores:
        yield stores


@contextmanager
def replay_corridor(
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    real_store: bool = False,
    off: Collection[str] = (),
    watch: Watch = lambda *_: None,
) -> Iterator[tuple[Corridor, Policy]]:
    """The whole corridor over an empty store that ends with it: in memory, or a real one in a temporary folder.

    `off` names signals that are to weigh nothing; `watch`: see `Corridor`. Raises `InvalidInput` for a signal there
    is not.
    """
    policy = _without(read_policy(settings.policy), off)
    locator = locator_of(settings)
    with TemporaryDirectory(prefix="cuelight-replay-") as folder:
        prior = policy.crowd_prior, policy.crowd_prior_weight
        stores = open_stores(None, Path(folder), *prior, patient=True) if real_store else memory_stores(*prior)
        with closing(stores):
            yield Corridor(locator, stores.customers, stores.crowd, lambda: policy, clock, watch), policy


def _without(policy: Policy, off: Collection[str]) -> Policy:
    if unknown := set(off) - set(policy.signals):
        raise InvalidInput("off", f"no such signal: {', '.join(sorted(unknown))}")
    silent = {name: replace(policy.of(name), weight=0.0, min_points=0.0, max_points=0.0) for name in off}
    return replace(policy, signals={**policy.signals, **silent})


def audit_of(
    settings: Settings, store: AuditStore, keys: HashKeys | None = None, clock: Callable[[], datetime] | None = None
) -> AuditLog:
    """The audit log over a store. Its keys are made of the installation's hash keys, so that every machine has them;
    each entry goes on being checked with the key that was in use when it was written."""
    keys = keys or hash_keys(settings)

    def sealing() -> dict[int, bytes]:
        return {number: _audit_key(each.key) for number, each in enumerate(keys.ring.keys, 1)}

    anchors = AnchorFile(settings.var_dir / "audit.anchors")
    kept = timedelta(days=settings.retention_audit_days)
    return AuditLog(store, anchors, sealing, lambda: keys.present().number, kept, clock or _now)


@contextmanager
def open_audit(settings: Settings) -> Iterator[AuditLog]:
    """The audit log of this installation, without the rest of the service. Errors: as `open_service`."""
    with open_own_stores(settings) as stores:
        yield audit_of(settings, stores.audit)


def _audit_key(hash_key: bytes) -> bytes:
    """A key of its own purpose: what seals the log is no token of anything, and no token is a seal."""
    return hmac.new(hash_key, b"cuelight/audit", sha256).digest()


def locator_of(settings: Settings) -> SenseLocator:
    """Facts to pseudonymous ones. Raises `DataFileInvalid`, or `InvalidInput` (a setting)."""
    return open_locator(
        data_dir=settings.data_dir,
        geo_dir=settings.geo,
        networks_dir=settings.networks,
        keys=hash_keys(settings),
    )


def store_url(settings: Settings) -> str | None:
    """The named store, or None for the embedded one."""
    return settings.redis_url.get_secret_value() if settings.redis_url else None


def read_policy(path: Path) -> Policy:
    """The policy in a file. Raises `PolicyInvalid` naming the field."""
    return read_document(load_document(path))


def policies_of(
    settings: Settings, store: PolicyStore, audit: AuditLog, clock: Callable[[], datetime] | None = None
) -> Policies:
    """The policies of this installation over a store. Raises `PolicyInvalid` for the file's."""
    return Policies(store, installed(settings.policy), audit, clock or _now, lambda: settings.two_person_publishing)


@contextmanager
def open_policies(settings: Settings) -> Iterator[tuple[Policies, Stores]]:
    """The policies of this installation, without the rest of the service. Errors: as `open_service`."""
    with open_own_stores(settings) as stores:
        yield policies_of(settings, stores.policies, audit_of(settings, stores.audit)), stores


def _now() -> datetime:
    return datetime.now(UTC)
