"""Why a message did not arrive, in words for people: one list for the command and the console."""

from __future__ import annotations

_WHY = {
    "target_refused": "the target is not a public address, or http. If it is meant to be reached, list its host or "
    "network in CUELIGHT_ALLOW_PRIVATE_TARGETS",
    "dns": "its name has no address",
    "timeout": "no answer in time",
    "connection": "no connection",
    "tls": "its certificate was not accepted",
    "no_tls": "it offers no TLS",
    "no_auth": "it takes no user name, or only over TLS",
    "not_rendered": "the message could not be made; this is a mistake in Cuelight, please report it",
}


def told(what: str) -> str:
    """`what` is a `deliver.Result`'s, a log line's or a dead letter's: a kind of error, or the receiver's status."""
    return _WHY.get(what, f"the receiver said {what}")
