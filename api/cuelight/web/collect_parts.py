"""What the collector needs besides the corridor, and which page may use which key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from cuelight.core.chat import Token
from cuelight.core.collectors import KEY_PER_MIN, Collector, CollectorStore
from cuelight.sense.forwarding import Proxies

TTL_S = 5.0
"""How long collectors found in the store are remembered: as long as API keys."""


class Pages:
    """The collectors, read from the store and remembered for five seconds. Safe for threads.

    All at once: there are few, and a preflight names the page only, not the key. What is removed works until then.
    """

    def __init__(self, store: CollectorStore, ttl_s: float = TTL_S) -> None:
        self._store = store
        self._ttl_s = ttl_s
        self._until_s = 0.0
        self._known: dict[str, Collector] = {}

    def of(self, key: str) -> Collector | None:
        """The collector of a key. One that is not known here may have been made just now."""
        return self._known_for(lambda known: known.get(key))

    def any_allows(self, origin: str) -> bool:
        """Whether a page of this origin has a key at all."""
        found = self._known_for(lambda known: next((c for c in known.values() if c.allows(origin)), None))
        return found is not None

    def _known_for(self, look: Callable[[dict[str, Collector]], Collector | None]) -> Collector | None:
        found = look(self._known) if monotonic() < self._until_s else None
        if found is None:
            known = {collector.key: collector for collector in self._store.list()}
            self._known, self._until_s = known, monotonic() + self._ttl_s
            found = look(known)
        return found


@dataclass(frozen=True, slots=True)
class Collecting:
    """`customer` and `sender` make the keyed hashes of a customer's id and of whoever sent a message, for counting.
    `per_minute`: messages that are taken with one key."""

    store: CollectorStore
    customer: Callable[[str], Token]
    sender: Callable[[bytes], Token]
    proxies: Proxies = field(default_factory=Proxies)
    per_minute: int = KEY_PER_MIN
    pages: Pages = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pages", Pages(self.store))
