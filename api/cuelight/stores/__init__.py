"""Where what we know is kept: customers, the crowd and API keys; in memory or in Redis, one contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cuelight.core.ports import CrowdStore, CustomerStore, KeyStore
from cuelight.stores.memory import MemoryCustomerStore, MemoryKeyStore
from cuelight.stores.memory_crowd import MemoryCrowdStore

Prior = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Stores:
    """The three stores `app` plugs in."""

    customers: CustomerStore
    crowd: CrowdStore
    keys: KeyStore


def memory_stores(prior: Prior | None = None, prior_weight: float = 50.0) -> Stores:
    """Stores that forget everything when the process ends: for tests and replays, never for a desk."""
    return Stores(MemoryCustomerStore(), MemoryCrowdStore(prior, prior_weight), MemoryKeyStore())
