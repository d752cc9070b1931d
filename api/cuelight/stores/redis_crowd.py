"""The crowd in Redis: counters across customers, outside their slots, best effort.

A failure gives an empty answer: scoring then knows less, which can hide a spray but never makes a chat safer
than its own evidence does. One log line when it starts failing and one when it is over, not one a chat.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import structlog

from cuelight.core.chat import ChatKey, Token
from cuelight.core.crowd import Crowd, Trait, TraitStats
from cuelight.core.errors import StoreUnavailable
from cuelight.stores import keys
from cuelight.stores.bounds import MAX_SHARES, MAX_SPRAY, REPORT_SPAN, SPRAY_SPAN, micros
from cuelight.stores.codec_values import from_micros
from cuelight.stores.link import EPOCH_PREFIX, Command, Link

_DAY = timedelta(days=1)
_TOTAL = "="
"""Field of the sum; values are stored as `v` and a hash, so none can be mistaken for it."""
_SAMPLE = 16
_SENT_AT_ONCE = 500

log = structlog.get_logger("cuelight.stores.crowd")


class RedisCrowdStore:
    """A `CrowdStore`. `prior` and `prior_weight` come from the policy."""

    def __init__(
        self, link: Link, prior: Mapping[str, Mapping[str, float]] | None = None, prior_weight: float = 50.0
    ) -> None:
        self._link = link
        self._prior = prior or {}
        self._prior_weight = prior_weight
        self._lock = Lock()
        self._failed = 0

    def read(self, customer: Token | None, traits: Iterable[Trait], now: datetime) -> Crowd:
        wanted = tuple(dict.fromkeys(traits))
        names = tuple(dict.fromkeys(name for name, _ in wanted))
        until, week, quarter = micros(now), micros(now - SPRAY_SPAN), micros(now - REPORT_SPAN)
        commands: list[Command] = [("PFCOUNT", *(keys.contacts(now - n * _DAY) for n in range(7)))]
        commands += [("HGET", keys.shares(name), _TOTAL) for name in names]
        for trait in wanted:
            commands += [
                ("HGET", keys.shares(trait[0]), keys.share_field(trait)),
                ("ZRANGE", keys.spray(trait), week, until, "BYSCORE", "WITHSCORES"),
                ("ZCOUNT", keys.reports(trait), quarter, until),
            ]
        found = self._many(commands)
        if found is None:
            return Crowd(prior=self._prior, prior_weight=self._prior_weight)
        answers = iter(found)
        contacts = int(next(answers))
        totals = {name: float(total) for name in names if (total := next(answers)) is not None}
        own = None if customer is None else _member(customer)
        stats = {}
        for trait in wanted:
            share, spray, reported = next(answers), next(answers), next(answers)
            stats[trait] = _stats(share, spray, reported, own, micros(now - _DAY))
        return Crowd(stats, totals, self._prior, self._prior_weight, contacts)

    def contact(self, customer: Token, traits: Iterable[Trait], at: datetime, counted_as: Token | None = None) -> None:
        member, day = _member(customer), keys.contacts(at)
        commands: list[Command] = [
            ("PFADD", day, _member(counted_as or customer)),
            ("EXPIRE", day, keys.CONTACTS_TTL_S),
        ]
        for trait in traits:
            key = keys.spray(trait)
            commands += [
                ("ZADD", key, "GT", micros(at), member),
                ("ZREMRANGEBYRANK", key, 0, -MAX_SPRAY - 1),
                ("EXPIRE", key, keys.SPRAY_TTL_S),
            ]
        self._many(commands)

    def first_today(self, trait: Trait) -> bool:
        found = self._many([("SET", keys.campaign(trait), "1", "NX", "EX", keys.DAY_S)])
        return bool(found and found[0])

    def learn(self, traits: Iterable[Trait]) -> None:
        learnt = tuple(traits)
        commands: list[Command] = []
        for trait in learnt:
            key = keys.shares(trait[0])
            commands += [
                ("HINCRBY", key, keys.share_field(trait), 1),
                ("HINCRBY", key, _TOTAL, 1),
                ("HLEN", key),
            ]
        found = self._many(commands) if commands else None
        if found is not None:
            full = {trait[0] for trait, size in zip(learnt, found[2::3], strict=True) if size > MAX_SHARES + 1}
            for name in full:
                self._make_room(name)

    def _make_room(self, name: str) -> None:
        """Drop the rarest of a random sample, so that what many customers bear is kept."""
        key = keys.shares(name)
        found = self._many([("HRANDFIELD", key, _SAMPLE, "WITHVALUES")])
        if found:
            sample = _pairs(found[0])
            rarest = min((pair for pair in sample if pair[0] != _TOTAL.encode()), key=lambda p: int(p[1]))
            self._many([("HDEL", key, rarest[0])])

    def report(self, traits: Iterable[Trait], key: ChatKey, at: datetime) -> None:
        member = keys.hashed(keys.chat_name(key).hex())
        commands: list[Command] = []
        for trait in traits:
            name = keys.reports(trait)
            commands += [
                ("ZADD", name, micros(at), member),
                ("ZREMRANGEBYRANK", name, 0, -MAX_SPRAY - 1),
                ("EXPIRE", name, keys.REPORT_TTL_S),
            ]
        if commands:
            self._many(commands)

    def withdraw(self, traits: Iterable[Trait], key: ChatKey) -> None:
        member = keys.hashed(keys.chat_name(key).hex())
        if commands := [("ZREM", keys.reports(trait), member) for trait in traits]:
            self._many(commands)

    def carry(self, renamed: Iterable[tuple[Trait, Trait]], customer: tuple[Token, Token] | None = None) -> None:
        pairs = [(old, new) for old, new in dict.fromkeys(renamed) if old != new]
        try:
            self._carry(pairs, customer)
        except StoreUnavailable as error:
            # Found again, and tried again, with the next chat that bears them.
            log.warning("crowd_not_carried", why=str(error))

    def _carry(self, pairs: Sequence[tuple[Trait, Trait]], customer: tuple[Token, Token] | None) -> None:
        asked: list[Command] = []
        for old, _ in pairs:
            asked.append(("HEXISTS", keys.shares(old[0]), keys.share_field(old)))
            asked += [("ZRANGE", name, 0, -1, "WITHSCORES") for name in (keys.spray(old), keys.reports(old))]
        found = iter(self._send(asked))
        shares: defaultdict[str, list[str]] = defaultdict(list)
        commands: list[Command] = []
        for old, new in pairs:
            if next(found):
                shares[keys.shares(old[0])] += [keys.share_field(old), keys.share_field(new)]
            for place, ttl_s in ((keys.spray, keys.SPRAY_TTL_S), (keys.reports, keys.REPORT_TTL_S)):
                members = _pairs(next(found))
                commands += [("ZADD", place(new), "GT", at, who) for who, at in members]
                if members:
                    commands += [("EXPIRE", place(new), ttl_s), ("DEL", place(old))]
        for name, fields in shares.items():
            self._link.run("carry", [self._link.epoch_key(name), name], [EPOCH_PREFIX, *fields])
        self._send(commands)
        if customer is not None:
            self._rename([keys.spray(new) for _, new in pairs], *map(_member, customer))

    def _rename(self, names: Sequence[str], old: str, new: str) -> None:
        commands: list[Command] = []
        for name, at in zip(names, self._send([("ZSCORE", name, old) for name in names]), strict=True):
            if at is not None:
                commands += [("ZADD", name, "GT", at, new), ("ZREM", name, old)]
        self._send(commands)

    def forget(
        self,
        customer: Token,
        traits: Iterable[Trait],
        *,
        learnt: Iterable[Trait] = (),
        reports: Iterable[tuple[ChatKey, Iterable[Trait]]] = (),
    ) -> None:
        commands: list[Command] = [("ZREM", keys.spray(trait), _member(customer)) for trait in traits]
        marks = [(keys.reports(t), keys.hashed(keys.chat_name(key).hex())) for key, marked in reports for t in marked]
        commands += [("ZSCORE", name, member) for name, member in marks]
        found = self._send(commands)[len(commands) - len(marks) :]
        commands = []
        for (name, member), at in zip(marks, found, strict=True):
            if at is not None:
                commands += [("ZADD", name, at, secrets.token_urlsafe(9)), ("ZREM", name, member)]
        self._send(commands)
        borne = [(keys.shares(trait[0]), keys.share_field(trait)) for trait in learnt]
        left = self._send([("HGET", *place) for place in borne])
        commands = []
        for (name, field), count in zip(borne, left, strict=True):
            if count is not None:
                commands.append(("HINCRBY", name, _TOTAL, -1))
                commands.append(("HDEL", name, field) if int(count) <= 1 else ("HINCRBY", name, field, -1))
        self._send(commands)

    def _send(self, commands: Sequence[Command]) -> list[Any]:
        """In parts, so that no script of many commands holds up a chat. Raises `StoreUnavailable`."""
        found: list[Any] = []
        for start in range(0, len(commands), _SENT_AT_ONCE):
            found += self._link.many(commands[start : start + _SENT_AT_ONCE])
        return found

    def _many(self, commands: Sequence[Command]) -> list[Any] | None:
        try:
            found = self._link.many(commands)
        except StoreUnavailable as error:
            with self._lock:
                self._failed += 1
                first = self._failed == 1
            if first:
                log.warning("crowd_unavailable", why=str(error))
            return None
        if self._failed:
            with self._lock:
                missed, self._failed = self._failed, 0
            if missed:
                log.info("crowd_available_again", missed=missed)
        return found


def _stats(share: bytes | None, spray: list[bytes], reported: int, own: str | None, day: int) -> TraitStats:
    times = [int(float(score)) for who, score in _pairs(spray) if own is None or who != own.encode()]
    return TraitStats(
        customers=float(share or 0),
        others_1d=sum(t >= day for t in times),
        others_7d=len(times),
        reported=int(reported),
        since=from_micros(min(times)) if times else None,
    )


def _pairs(flat: Sequence[Any]) -> list[tuple[bytes, bytes]]:
    """Pairs from a flat list, or as they are where the driver paired them already."""
    if flat and isinstance(flat[0], list | tuple):
        return [(a, b) for a, b in flat]
    return list(zip(flat[::2], flat[1::2], strict=True))


def _member(customer: Token) -> str:
    """Not the customer's token itself: an erased customer leaves nothing here that leads to them."""
    return keys.hashed(customer, 8)
