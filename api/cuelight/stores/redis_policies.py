"""Policies in Redis: a hash with the book, one of heads, one of documents; all in one slot, so that one script may
change them together. What a shadow says lies beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cuelight.core.chat import ChatKey
from cuelight.core.policy_book import PolicyBook, PolicyDocument, PolicyHead
from cuelight.core.ports import Announcement
from cuelight.core.retention import Retention
from cuelight.core.shadow import LINES_KEPT, Crossing, ShadowLine, ShadowReport
from cuelight.stores import bounds, codec_outbox, keys
from cuelight.stores import codec_policies as codec
from cuelight.stores.link import EPOCH_PREFIX, Argument, Link

_EMPTY = PolicyBook()


class RedisPolicyStore:
    """A `PolicyStore`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def revision(self) -> int:
        return int(self._field(keys.POLICY_BOOK, "#") or 0)

    def book(self) -> PolicyBook:
        found = self._field(keys.POLICY_BOOK, "=")
        return codec.unpack_book(found) if found else _EMPTY

    def change(
        self,
        before: PolicyBook,
        after: PolicyBook,
        *,
        add: Sequence[PolicyDocument] = (),
        drop: Sequence[str] = (),
        announce: Sequence[Announcement] = (),
    ) -> bool:
        tag = keys.POLICY_TAG
        names = [keys.POLICY_BOOK, keys.POLICY_HEADS, keys.POLICY_DOCUMENTS, self._link.outbox_key(tag)]
        old = b"" if before == _EMPTY else codec.pack_book(before)
        args: list[Argument] = [EPOCH_PREFIX, old, codec.pack_book(after), after.revision, keys.OUTBOX_KEPT, len(add)]
        for made in add:
            args += [made.version, codec.pack_head(made), codec.pack_document(made)]
        args += [len(drop), *drop]
        args += [len(announce), *(codec_outbox.pack_announcement(one, "") for one in announce)]
        done = bool(self._link.run("policy_change", [self._link.epoch_key(tag), *names], args))
        if done and announce:
            self._link.ring(tag)
        return done

    def get(self, version: str) -> PolicyDocument | None:
        found = self._field(keys.POLICY_DOCUMENTS, version)
        return codec.unpack_document(found) if found else None

    def heads(self) -> Sequence[PolicyHead]:
        names = [self._link.epoch_key(keys.POLICY_TAG), keys.POLICY_HEADS]
        flat = self._link.run("api_key", names, [EPOCH_PREFIX])
        return sorted(map(codec.unpack_head, flat[1::2]), key=lambda h: (h.created_at, h.version), reverse=True)

    def _field(self, name: str, field: str) -> bytes | None:
        found: bytes | None = self._link.run(
            "api_key", [self._link.epoch_key(keys.POLICY_TAG), name], [EPOCH_PREFIX, field]
        )
        return found


class RedisShadowStore:
    """A `ShadowStore`."""

    def __init__(self, link: Link, retention: Retention | None = None) -> None:
        self._link = link
        self._kept = retention or Retention()

    def add(self, version: str, counts: Mapping[Crossing, int], lines: Sequence[ShadowLine]) -> None:
        args: list[Argument] = ["add", _millis(), self._kept.decisions_s, LINES_KEPT, keys.CROSSINGS_KEPT, len(counts)]
        for crossing, count in counts.items():
            args += [codec.crossing_field(version, crossing), count]
        for line in lines:
            args += [codec.chat_mark(line.chat), codec.pack_line(version, line)]
        self._run(*args)

    def report(self, version: str) -> ShadowReport:
        flat, lines = self._run("read")
        pairs = zip(map(codec.read_crossing, flat[::2]), map(int, flat[1::2]), strict=True)
        return ShadowReport(
            {crossing: count for (of, crossing), count in pairs if of == version},
            [line for of, line in map(codec.unpack_line, lines) if of == version],
        )

    def forget(self, chats: Iterable[ChatKey]) -> int:
        marks = [codec.chat_mark(chat) for chat in chats]
        return int(self._run("forget", _millis(), keys.SHADOW_FORGOTTEN_MS, *marks)) if marks else 0

    def _run(self, *args: Argument) -> Any:
        names = [keys.SHADOW_COUNTS, keys.SHADOW_LINES, keys.SHADOW_FORGOTTEN]
        return self._link.run("policy_shadow", [self._link.epoch_key(keys.POLICY_TAG), *names], [EPOCH_PREFIX, *args])


def _millis() -> int:
    """The marks of forgotten chats end by the clock of whoever asks; they live for a minute."""
    return bounds.micros(datetime.now(UTC)) // 1000
