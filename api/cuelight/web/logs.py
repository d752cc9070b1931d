"""JSON logs on stderr, for ours and for libraries' records; errors by class and place, never by value."""

from __future__ import annotations

import logging
import sys
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

from cuelight.web.problems import frames


def configure(level: str) -> None:
    """Set up logging for the process: one JSON object a line. `level` is a name of the standard library's."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _errors_without_values,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=_stderr,
        cache_logger_on_first_use=False,
    )
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_dumps),
            ],
        )
    )
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h, _Stderr)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(number)
    # urllib3 logs request URLs, which hold licence keys when GeoIP data is fetched.
    logging.getLogger("urllib3").setLevel(max(number, logging.WARNING))


class _Stderr(logging.Handler):
    """Writes to whatever stderr is at the moment, so that a redirected one gets the lines, too."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:
            self.handleError(record)


def _stderr(*_: object) -> structlog.WriteLogger:
    return structlog.WriteLogger(sys.stderr)


def _dumps(value: object, **_: object) -> str:
    return orjson.dumps(value, default=lambda odd: type(odd).__name__).decode()


def _errors_without_values(_: WrappedLogger, __: str, entry: EventDict) -> EventDict:
    """Replace a traceback by class names and places: messages and source lines may show an address."""
    found = entry.pop("exc_info", None)
    if record := entry.get("_record"):
        found = found or record.exc_info
        record.exc_info = record.exc_text = None
    error = found[1] if isinstance(found, tuple) else sys.exc_info()[1] if found is True else found
    if isinstance(error, BaseException):
        entry["exception"] = f"{type(error).__module__}.{type(error).__qualname__}"
        entry["frames"] = frames(error)
    return entry
