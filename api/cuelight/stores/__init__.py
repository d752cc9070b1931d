"""Where what we know is kept: customers, the crowd and API keys; in memory or in Redis, one contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cuelight.core.audit import AuditStore
from cuelight.core.collectors import CollectorStore
from cuelight.core.hooks import HookStore
from cuelight.core.journal import Journal
from cuelight.core.notice import NoticeStore
from cuelight.core.operators import OperatorStore, SessionStore
from cuelight.core.outbox import ChannelStore, Outbox
from cuelight.core.policy_book import PolicyStore
from cuelight.core.ports import CrowdStore, CustomerStore, EnrolmentStore, KeyStore
from cuelight.core.retention import Retention
from cuelight.core.shadow import ShadowStore
from cuelight.core.snooze import SnoozeStore
from cuelight.stores.durability import Durability, Promise
from cuelight.stores.embedded import EmbeddedServer, embedded_url
from cuelight.stores.link import Link
from cuelight.stores.memory import MemoryCustomerStore
from cuelight.stores.memory_audit import MemoryAuditStore
from cuelight.stores.memory_channels import MemoryChannelStore
from cuelight.stores.memory_collectors import MemoryCollectorStore
from cuelight.stores.memory_crowd import MemoryCrowdStore
from cuelight.stores.memory_enrolments import MemoryEnrolmentStore
from cuelight.stores.memory_hooks import MemoryHookStore
from cuelight.stores.memory_keys import MemoryKeyStore
from cuelight.stores.memory_notices import MemoryNoticeStore
from cuelight.stores.memory_operators import MemoryOperatorStore, MemorySessionStore
from cuelight.stores.memory_outbox import MemoryOutbox
from cuelight.stores.memory_policies import MemoryPolicyStore, MemoryShadowStore
from cuelight.stores.memory_snoozes import MemorySnoozeStore
from cuelight.stores.redis_audit import RedisAuditStore
from cuelight.stores.redis_channels import RedisChannelStore
from cuelight.stores.redis_collectors import RedisCollectorStore
from cuelight.stores.redis_crowd import RedisCrowdStore
from cuelight.stores.redis_customers import RedisCustomerStore
from cuelight.stores.redis_enrolments import RedisEnrolmentStore
from cuelight.stores.redis_hooks import RedisHookStore
from cuelight.stores.redis_journal import RedisJournal
from cuelight.stores.redis_keys import RedisKeyStore
from cuelight.stores.redis_notices import RedisNoticeStore
from cuelight.stores.redis_operators import RedisOperatorStore, RedisSessionStore
from cuelight.stores.redis_outbox import RedisOutbox
from cuelight.stores.redis_policies import RedisPolicyStore, RedisShadowStore
from cuelight.stores.redis_snoozes import RedisSnoozeStore

Prior = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores `app` plugs in. `link` is None in memory, `server` unless embedded and opened here."""

    customers: CustomerStore
    crowd: CrowdStore
    keys: KeyStore
    enrolments: EnrolmentStore
    channels: ChannelStore
    outbox: Outbox
    hooks: HookStore
    audit: AuditStore
    collectors: CollectorStore
    operators: OperatorStore
    sessions: SessionStore
    policies: PolicyStore
    shadows: ShadowStore
    notices: NoticeStore
    snoozes: SnoozeStore
    link: Link | None = None
    server: EmbeddedServer | None = None
    embedded: bool = False

    @property
    def journal(self) -> Journal | None:
        """What changed, for the archive; nothing in memory, which no other process could follow."""
        return None if self.link is None else RedisJournal(self.link)

    def claim(self) -> None:
        """Make a fresh store ours; nothing on one that is ours already. Raises `StoreUnavailable`."""
        if self.link is not None:
            self.link.claim()

    def promise(self) -> Promise:
        """What becomes of acknowledged writes. Raises `StoreUnavailable`."""
        if self.link is None:
            return Promise("standard", False, "kept in memory: gone when the process ends")
        return self.link.promise(embedded=self.embedded)

    def close(self) -> None:
        """Let go of the store; an embedded server that was started here ends."""
        if self.link is not None:
            self.link.close()
        if self.server is not None:
            self.server.close()


def open_stores(
    url: str | None,
    var_dir: Path,
    prior: Prior | None = None,
    prior_weight: float = 50.0,
    retention: Retention | None = None,
    durability: Durability = "standard",
    threads: int | None = None,
    *,
    patient: bool = False,
) -> Stores:
    """The stores a URL names; None: the embedded server under `var_dir`, started if it does not run yet.

    A store named by URL is connected to at the first call, so one that is down is no reason not to start.
    `prior` and `prior_weight` are the policy's; `threads`: how many of this process ask at once; `patient`: for a
    command, which a busy machine may keep waiting as no agent would wait. Raises `InvalidInput` for a URL that names
    no store and `StoreUnavailable` if the embedded server does not start.
    """
    server = None
    if url is None:
        server = EmbeddedServer(var_dir, durability)
        server.start()
        url = server.url
    link = Link(url, durability, threads, patient=patient)
    crowd = RedisCrowdStore(link, prior, prior_weight)
    return Stores(
        customers=RedisCustomerStore(link, retention),
        crowd=crowd,
        keys=RedisKeyStore(link),
        enrolments=RedisEnrolmentStore(link),
        channels=RedisChannelStore(link),
        outbox=RedisOutbox(link, retention),
        hooks=RedisHookStore(link, retention),
        collectors=RedisCollectorStore(link),
        audit=RedisAuditStore(link),
        operators=RedisOperatorStore(link),
        sessions=RedisSessionStore(link),
        policies=RedisPolicyStore(link),
        shadows=RedisShadowStore(link, retention),
        notices=RedisNoticeStore(link),
        snoozes=RedisSnoozeStore(link),
        link=link,
        server=server,
        embedded=server is not None or url == embedded_url(var_dir),
    )


def memory_stores(prior: Prior | None = None, prior_weight: float = 50.0) -> Stores:
    """Stores that forget everything when the process ends: for tests and replays, never for a desk."""
    outbox = MemoryOutbox()
    return Stores(
        customers=MemoryCustomerStore(outbox),
        crowd=MemoryCrowdStore(prior, prior_weight),
        keys=MemoryKeyStore(),
        enrolments=MemoryEnrolmentStore(),
        channels=MemoryChannelStore(outbox),
        outbox=outbox,
        hooks=MemoryHookStore(),
        collectors=MemoryCollectorStore(),
        audit=MemoryAuditStore(),
        operators=MemoryOperatorStore(),
        sessions=MemorySessionStore(),
        policies=MemoryPolicyStore(outbox),
        shadows=MemoryShadowStore(),
        notices=MemoryNoticeStore(),
        snoozes=MemorySnoozeStore(),
    )
