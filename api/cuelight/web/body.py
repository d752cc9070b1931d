"""Reads and validates request bodies and paths; every refusal says which field and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from cuelight.core.chat import ChatKey
from cuelight.core.errors import InvalidInput
from cuelight.web import strict_json
from cuelight.web.models import ChatPath, CustomerPath
from cuelight.web.problems import FieldError, Problem, too_large
from cuelight.web.said import said

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

MAX_BODY_BYTES = 16 * 1024
MAX_BULK_BYTES = 1024 * 1024
MAX_LINES = 5000
_MAX_ERRORS = 20

_RUN_TOGETHER = re.compile(rb"\}\s*\{")
_LINE_ENDS = "; several objects stand on one line: were its line ends lost? curl keeps them with --data-binary @file"

_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}")
_UTF8 = frozenset({"utf-8", "utf8"})


def read(model: type[M], limit_bytes: int = MAX_BODY_BYTES) -> M:
    """The JSON body as `model`. Raises `Problem`: 400, 413, 415 or 422."""
    _check_headers("application/json")
    value = _loads(raw(limit_bytes))
    return _validated(model, value)


def read_lines(model: type[M], finish: Callable[[M], T], most: int = MAX_LINES) -> list[T]:
    """The body as one JSON object or as NDJSON, one object a line, `most` of them; each finished by `finish`.

    All or nothing: one bad line refuses the request, and the answer names every bad line (up to 20).
    """
    media_type = _check_headers("application/json", "application/x-ndjson")
    sent = raw(MAX_BULK_BYTES)
    if media_type == "application/json":
        if len(sent) > MAX_BODY_BYTES:
            raise too_large(MAX_BODY_BYTES)
        return [finish(_validated(model, _loads(sent)))]
    return _lines(sent, model, finish, most)


def chat_key(desk: str, account: str, chat_id: str) -> ChatKey:
    """A chat's name from the path, validated as strictly as in a body."""
    path = _validated(ChatPath, {"desk": desk, "account": account, "chat_id": chat_id})
    return ChatKey(path.desk, path.account, path.chat_id)


def customer_id(text: str) -> str:
    """A customer's id from the path, validated as strictly as in a body."""
    return _validated(CustomerPath, {"customer_id": text}).customer_id


def path(model: type[M], **parts: str) -> M:
    """What a path names, validated as strictly as a body."""
    return _validated(model, parts)


def query(model: type[M]) -> M:
    """The query as `model`. Raises `Problem` for a name it does not have, and for one that is given twice."""
    given = request.args.to_dict(flat=False)
    twice = [FieldError(name, "is given twice") for name, values in given.items() if len(values) > 1]
    if twice:
        raise invalid(twice)
    return _validated(model, {name: values[0] for name, values in given.items()})


def _lines(raw: bytes, model: type[M], finish: Callable[[M], T], most: int) -> list[T]:
    lines = [(number, line) for number, line in enumerate(raw.split(b"\n"), 1) if line.strip()]
    if not lines:
        raise Problem("malformed_json", "The body is empty: send one JSON object a line.")
    if len(lines) > most:
        raise Problem("body_too_large", f"More than {most} lines. Send several requests.")
    finished: list[T] = []
    errors: list[FieldError] = []
    for number, line in lines:
        try:
            if len(line) > MAX_BODY_BYTES:
                raise InvalidInput("(line)", f"is over {MAX_BODY_BYTES // 1024} KiB")
            finished.append(finish(model.model_validate(strict_json.loads(line))))
        except strict_json.MalformedJson as error:
            # `curl -d @file` leaves line ends out, and asks for no more than one letter to be put right.
            run_together = len(lines) == 1 and _RUN_TOGETHER.search(line) is not None
            errors.append(FieldError("(line)", f"is not JSON: {error}{_LINE_ENDS if run_together else ''}", number))
        except InvalidInput as error:
            errors.append(FieldError(error.field, error.problem, number))
        except ValidationError as error:
            errors += [FieldError(e.field, e.problem, number) for e in field_errors(error)]
        if len(errors) >= _MAX_ERRORS:
            break
    if errors:
        raise invalid(errors)
    return finished


def _check_headers(*accepted: str) -> str:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Problem("unsupported_media_type", "Send the body without Content-Encoding.")
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype not in accepted or charset not in _UTF8:
        raise Problem("unsupported_media_type", f"Send Content-Type: {' or '.join(accepted)}, in UTF-8.")
    check_idempotency_key()
    return request.mimetype


def check_idempotency_key() -> None:
    """`Idempotency-Key` is accepted on every write, and bounded. Nothing needs to be stored for it: each write
    is idempotent by its content, so a repeated request has the same effect and the same answer anyway."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _IDEMPOTENCY_KEY.fullmatch(key):
        raise Problem("bad_request", "Idempotency-Key: send 1 to 255 visible ASCII characters.")


def raw(limit_bytes: int) -> bytes:
    """The body as it came. Raises `Problem`: 400 for half of one, 413 for one over the limit."""
    # One byte more than allowed: werkzeug cuts a chunked body off at its maximum without a word, and half a body
    # must never pass for a whole one. For the same reason a body shorter than announced is refused.
    request.max_content_length = limit_bytes + 1
    try:
        sent = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise too_large(limit_bytes) from None
    if len(sent) > limit_bytes:
        raise too_large(limit_bytes)
    if request.content_length is not None and len(sent) != request.content_length:
        raise Problem("bad_request", "The body is shorter than its Content-Length. Send it again, whole.")
    return sent


def _loads(raw: bytes) -> object:
    try:
        return strict_json.loads(raw)
    except strict_json.MalformedJson as error:
        raise Problem("malformed_json", f"The body is not acceptable JSON: {error}.") from None


def _validated(model: type[M], value: object) -> M:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(field_errors(error)) from None


def invalid(errors: Sequence[FieldError]) -> Problem:
    shown = list(errors[:_MAX_ERRORS])
    first = shown[0]
    where = first.field if first.line is None else f"line {first.line}, {first.field}"
    more = f" (and {len(shown) - 1} more)" if len(shown) > 1 else ""
    return Problem("invalid_input", f"{where}: {first.problem}{more}.", errors=shown)


def field_errors(error: ValidationError) -> list[FieldError]:
    """pydantic's errors in our words, without the values: what was sent may be personal."""
    return [
        FieldError(_dotted(e["loc"]), said(e["type"], e["msg"], e.get("ctx", {})))
        for e in error.errors(include_url=False, include_input=False)[:_MAX_ERRORS]
    ]


def _dotted(loc: Iterable[object]) -> str:
    # pydantic marks an error in a dictionary's key with "[key]"; the name before it says enough.
    names = [str(part) if isinstance(part, int) else strict_json.safe_name(part) for part in loc if part != "[key]"]
    return ".".join(names) or "(body)"
