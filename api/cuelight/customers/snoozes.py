"""Snoozes: set, listed, ended, and asked for with every chat."""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Protocol

import structlog

from cuelight.core.audit import customer_target
from cuelight.core.chat import Chat, Token
from cuelight.core.errors import InvalidInput, StoreUnavailable
from cuelight.core.facts import ContactFacts
from cuelight.core.ports import Locator
from cuelight.core.snooze import MOST, MOST_DAYS, About, Snooze, SnoozeStore
from cuelight.deciding import Decider
from cuelight.signals import SIGNALS

SNOOZABLE = tuple(s.name for s in SIGNALS if s.name not in ("incident", "lock"))
"""A complaint and a customer's own wish are not to be slept through."""

KNOWN_S = 5.0
_REASON_CHARS = 200
_WIDTHS = {4: (24, 20, 16), 6: (64, 56, 48, 32)}
"""As addresses are kept: a hash of the address and of these prefixes."""
_AS = re.compile(r"AS([1-9][0-9]{0,9})", re.IGNORECASE)
_log = structlog.get_logger("cuelight.customers.snoozes")


class Audit(Protocol):
    """Where changes are told before they are made."""

    def append(self, *, by: str, action: str, target: str, note: str = "") -> object: ...


class KnownSnoozes:
    """What is snoozed, looked up every few seconds. An unreachable store: as last known, at first nothing, so that
    every signal is asked."""

    def __init__(self, store: SnoozeStore, locator: Locator, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._locator = locator
        self._clock = clock
        self._known: tuple[Snooze, ...] = ()
        self._until_s = 0.0
        self._changes = 0

    def __call__(self, chat: Chat) -> frozenset[str]:
        """The signals to set aside for this chat."""
        known = self._current()
        if not known:
            return frozenset()
        now = self._clock()
        return frozenset(each.signal for each in known if each.covers(chat, now))

    def forget(self) -> None:
        """Ask the store again: something was just changed here."""
        self._changes += 1
        self._until_s = 0.0

    def _current(self) -> tuple[Snooze, ...]:
        if monotonic() >= self._until_s:
            # First the time: while one request asks, the others go on with what is known.
            self._until_s = monotonic() + KNOWN_S
            changes = self._changes
            try:
                found, now = self._store.list(), self._clock()
                known = tuple(present(each, self._locator) for each in found if each.until > now)
                if changes != self._changes:
                    return known  # changed while we asked: the next one asks again, and is not to find this
                self._known = known
                for over in (each for each in found if each.until <= now):
                    self._store.remove(over.snooze_id)
            except StoreUnavailable as error:
                _log.warning("snoozes_unknown", why=str(error))
        return self._known


def present(snooze: Snooze, locator: Locator) -> Snooze:
    """With its customer's token under the present hash key. A network's ends with the key it was made under."""
    if snooze.about is not About.CUSTOMER:
        return snooze
    return replace(snooze, target=locator.present_customer(snooze.target))


def forget(store: SnoozeStore, locator: Locator, customer: Token) -> None:
    """Remove those about an erased customer."""
    for each in about_customer(store, locator, customer):
        store.remove(each.snooze_id)


def about_customer(store: SnoozeStore, locator: Locator, customer: Token) -> Sequence[Snooze]:
    named = [each for each in store.list() if each.about is About.CUSTOMER]
    return [each for each in named if present(each, locator).target == customer]


class Snoozes:
    """Sets and ends snoozes. Raises `StoreUnavailable`; `InvalidInput` for what cannot be snoozed."""

    def __init__(
        self,
        store: SnoozeStore,
        locator: Locator,
        known: KnownSnoozes,
        decider: Decider,
        audit: Audit,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._locator = locator
        self._known = known
        self._decider = decider
        self._audit = audit
        self._clock = clock

    def list(self) -> Sequence[Snooze]:
        """Those that last, the ones set last first."""
        now = self._clock()
        return [present(each, self._locator) for each in self._store.list() if each.until > now]

    def for_customer(self, customer_id: str, signal: str, days: int, by: str, reason: str) -> Snooze:
        """The customer's recent chats are scored again."""
        customer = self._locator.customer(customer_id)
        made = self._made(signal, About.CUSTOMER, customer, "a customer", days, by, reason)
        self._add(made)
        self._decider.look_back(customer)
        return made

    def for_network(self, network: str, label: str, signal: str, days: int, by: str, reason: str) -> Snooze:
        """`network` is an AS number, an address, or a network of one of the widths that are kept; `label` is what
        people call it. Only the AS number is kept as it is, of the others a hash. Holds for chats scored from now."""
        network = network.strip()
        if (match := _AS.fullmatch(network)) is not None:
            about, target, shown = About.PROVIDER, match[1], f"AS{match[1]}"
        else:
            about, target, shown = About.NETWORK, self._network(network), ""
        label = label.strip()
        if not shown and not label:
            raise InvalidInput("label", "say what this network is (Berlin office): the address itself is not kept")
        if len(label) > 60 or not label.isprintable():
            raise InvalidInput("label", "up to 60 printable characters")
        made = self._made(signal, about, target, ", ".join(filter(None, (shown, label))), days, by, reason)
        self._add(made)
        return made

    def end(self, snooze_id: str, by: str) -> bool:
        """False if there is none (any more)."""
        found = next((each for each in self._store.list() if each.snooze_id == snooze_id), None)
        if found is None:
            return False
        self._audit.append(by=by, action="snooze.ended", target=_audited(found), note=found.signal)
        self._store.remove(snooze_id)
        self._known.forget()
        if found.about is About.CUSTOMER:
            self._decider.look_back(self._locator.present_customer(found.target))
        return True

    def _made(self, signal: str, about: About, target: str, label: str, days: int, by: str, reason: str) -> Snooze:
        if signal not in SNOOZABLE:
            raise InvalidInput("signal", "is one of " + ", ".join(SNOOZABLE))
        if not 1 <= days <= MOST_DAYS:
            raise InvalidInput("days", f"is a whole number from 1 to {MOST_DAYS}")
        reason = reason.strip()
        if not reason or len(reason) > _REASON_CHARS or not reason.isprintable():
            raise InvalidInput("reason", f"say why, in 1 to {_REASON_CHARS} printable characters")
        now = self._clock()
        until = now + timedelta(days=days)
        return Snooze("z_" + secrets.token_hex(6), signal, about, target, label, until, now, by, reason)

    def _add(self, made: Snooze) -> None:
        if len(self.list()) >= MOST:
            raise InvalidInput("signal", f"there are {MOST} snoozes already; end some, or change the policy")
        note = f"{made.signal} until {made.until:%Y-%m-%d}: {made.reason}"
        self._audit.append(by=made.by, action="snooze.set", target=_audited(made), note=note)
        self._store.add(made)
        self._known.forget()

    def _network(self, text: str) -> Token:
        address, _, width = text.partition("/")
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            parsed = None
        if parsed is None or "%" in address:
            raise InvalidInput("network", "is an AS number (AS64500), an address, or a network (203.0.113.0/24)")
        widths = _WIDTHS[parsed.version]
        origin = self._locator.sighting(ContactFacts(at=self._clock(), ip=address)).origin
        if origin is None:
            raise InvalidInput("network", "is not a public address")
        if not width:
            return origin.address
        if not width.isdigit() or int(width[:3]) not in widths:
            raise InvalidInput("network", "has to be as wide as one of " + ", ".join(f"/{w}" for w in widths))
        return origin.prefixes[widths.index(int(width))]


def _audited(snooze: Snooze) -> str:
    """How the audit log names whom or what it is about."""
    return customer_target(snooze.target) if snooze.about is About.CUSTOMER else f"network:{snooze.label}"
