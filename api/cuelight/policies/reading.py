"""Policy documents read as this version of Cuelight understands them: with its signals and their findings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from cuelight.core import policy_file, policy_schema
from cuelight.core.errors import PolicyInvalid
from cuelight.core.policy import Policy
from cuelight.core.policy_book import INSTALLED_BY, PolicyDocument
from cuelight.signals import SIGNALS

MAX_BYTES = 64 * 1024
_NEEDS = {signal.name: signal.constants for signal in SIGNALS}
_CODES = frozenset(code for signal in SIGNALS for code in signal.codes)


def read_document(document: object) -> Policy:
    """Checked for form and meaning. Raises `PolicyInvalid` naming the field."""
    return policy_file.parse(document, _NEEDS, _CODES)


def schema() -> dict[str, Any]:
    """The JSON Schema of a document; `data/policy.schema.json` is a copy."""
    return policy_schema.schema(_NEEDS, _CODES)


def load_document(path: Path) -> dict[str, Any]:
    """A document from a file, not yet checked. Raises `PolicyInvalid` naming file and line."""
    try:
        raw = path.read_bytes()
        document = orjson.loads(raw)
    except OSError as error:
        raise PolicyInvalid(f"{path.name}: cannot be read ({type(error).__name__})") from None
    except orjson.JSONDecodeError as error:
        raise PolicyInvalid(f"{path.name}: line {error.lineno}: {error.msg}") from None
    if len(raw) > MAX_BYTES:
        raise PolicyInvalid(f"{path.name}: is over {MAX_BYTES // 1024} KiB")
    if not isinstance(document, dict):
        raise PolicyInvalid("policy: must be an object")
    return document


def installed(path: Path) -> PolicyDocument:
    """The policy file of this installation as a version. Raises `PolicyInvalid`."""
    document = load_document(path)
    version = read_document(document).version
    written_at = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    return PolicyDocument(version, document, INSTALLED_BY, str(document.get("note", "")), written_at)


def merged(base: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON merge patch applied (RFC 7396): objects field by field, null removes, everything else replaces."""
    whole = dict(base)
    for name, value in patch.items():
        if value is None:
            whole.pop(name, None)
        elif isinstance(value, Mapping):
            old = whole.get(name)
            whole[name] = merged(old if isinstance(old, Mapping) else {}, value)
        else:
            whole[name] = value
    return whole
