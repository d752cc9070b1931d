"""The Lua scripts by name, each whole with the parts it shares, and by the hash under which a server knows it."""

from __future__ import annotations

from functools import cache
from hashlib import sha1
from importlib.resources import files

_READS = frozenset({"recall", "fetch", "listed", "api_key", "many", "point", "swap", "ledger", "carry", "rewrite"})
"""Scripts that stand alone, as `outbox_*`, `hook_*`, `audit_*` and `operator_*` do; others are loaded behind
`channel.lua` or `history.lua`."""


@cache
def script(name: str) -> str:
    folder = files("cuelight.stores") / "lua"
    text = (folder / f"{name}.lua").read_text("utf-8")
    if name in _READS or name.startswith(("outbox_", "hook_", "audit_", "operator_")):
        return text
    shared = ("channel.lua",) if name.startswith("channel_") else ("layout.lua", "writing.lua", "history.lua")
    return "".join((folder / part).read_text("utf-8") for part in shared) + text


@cache
def script_sha(name: str) -> str:
    """Redis names scripts by SHA-1; nothing is protected by it."""
    return sha1(script(name).encode(), usedforsecurity=False).hexdigest()
