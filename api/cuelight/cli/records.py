"""Record files: one JSON object a line, in the fields of the API. Bad lines are told, good ones are used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from cuelight.core.errors import InvalidInput
from cuelight.core.history import STEP_UPS, AccountEventKind, Outcome, Proof
from cuelight.replay import AccountEventRecord, ChatRecord, OutcomeRecord, Record, SightingRecord
from cuelight.web.body import field_errors
from cuelight.web.facts import chat_facts, contact_facts
from cuelight.web.models import Account, ChatId, CustomerId, Desk, Ip, ScoreRequest, SightingRequest, Timestamp, Wire
from cuelight.web.strict_json import MalformedJson, loads, safe_name

MAX_LINE = 64 * 1024
_NO_BOUND = timedelta(days=36_500)


class _Lenient(Wire):
    """Recordings carry fields of their own: those are left alone, and counted so that a typo shows."""

    model_config = ConfigDict(extra="ignore")


class ChatLine(ScoreRequest, _Lenient):
    kind: Literal["chat"]
    occurred_at: Timestamp
    label: Annotated[str, Field(max_length=64)] | None = None


class SightingLine(SightingRequest, _Lenient):
    kind: Literal["sighting"]


class OutcomeLine(_Lenient):
    kind: Literal["outcome"]
    occurred_at: Timestamp
    chat_id: ChatId
    desk: Desk | None = None
    account: Account | None = None
    customer_id: CustomerId | None = None
    outcome: Annotated[Outcome, Field(strict=False)]
    method: Annotated[Proof, Field(strict=False)] | None = None
    by: str | None = None


class AccountEventLine(_Lenient):
    kind: Literal["account_event"]
    occurred_at: Timestamp
    customer_id: CustomerId
    event: Annotated[AccountEventKind, Field(strict=False)]
    ip: Ip | None = None


_Line = Annotated[ChatLine | SightingLine | OutcomeLine | AccountEventLine, Field(discriminator="kind")]
_LINE: TypeAdapter[ChatLine | SightingLine | OutcomeLine | AccountEventLine] = TypeAdapter(_Line)
_KNOWN = {
    "chat": set(ChatLine.model_fields),
    "sighting": set(SightingLine.model_fields),
    "outcome": set(OutcomeLine.model_fields),
    "account_event": set(AccountEventLine.model_fields),
}


class BadLine(ValueError):
    """A line that cannot be used; the message says why without repeating what stood there."""


class RecordFile:
    """Reads a file of records. `bad` collects (line number, reason), `ignored` counts unknown fields."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.bad: list[tuple[int, str]] = []
        self.ignored: Counter[str] = Counter()
        self.last_line_bytes = 0
        self._lines: dict[int, int] = {}

    @property
    def bad_count(self) -> int:
        return len(self.bad)

    def line_of(self, record: Record) -> int:
        """Where a record that was read from this file stood; the record must still be the same object."""
        return self._lines[id(record)]

    def __iter__(self) -> Iterator[Record]:
        with self._path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    record = self._parse(line)
                except BadLine as error:
                    self.bad.append((number, str(error)))
                else:
                    self._lines[id(record)] = number
                    self.last_line_bytes = len(line)
                    yield record

    def _parse(self, line: bytes) -> Record:
        if len(line) > MAX_LINE:
            raise BadLine(f"longer than {MAX_LINE // 1024} KiB")
        try:
            value = loads(line)
        except MalformedJson as error:
            raise BadLine(f"not valid JSON: {error}") from None
        if not isinstance(value, dict):
            raise BadLine("not a JSON object")
        try:
            wire = _LINE.validate_python(value)
            record = _record(wire)
        except ValidationError as error:
            raise BadLine("; ".join(f"{e.field}: {e.problem}" for e in field_errors(error))) from None
        except InvalidInput as error:
            raise BadLine(str(error)) from None
        self._count_ignored(value)
        return record

    def _count_ignored(self, value: dict[str, Any]) -> None:
        unknown = value.keys() - _KNOWN[value["kind"]]
        self.ignored.update(safe_name(name) for name in unknown)


def _record(wire: ChatLine | SightingLine | OutcomeLine | AccountEventLine) -> Record:
    match wire:
        case ChatLine():
            return ChatRecord(chat_facts(wire, wire.occurred_at, _NO_BOUND), wire.label)
        case SightingLine():
            return SightingRecord(wire.customer_id, contact_facts(wire, wire.occurred_at), wire.proof)
        case OutcomeLine():
            if wire.method is not None and wire.method not in STEP_UPS:
                raise InvalidInput("method", "use signed_in, one_time_code or call_back")
            return OutcomeRecord(wire.occurred_at, wire.chat_id, wire.outcome, wire.method, wire.desk, wire.account)
        case AccountEventLine():
            return AccountEventRecord(wire.occurred_at, wire.customer_id, wire.event, wire.ip)
