"""Why a store did not answer, in words that say what to do. They name no host, no key and nobody: they go into logs."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from redis import exceptions as driver
from redis.sentinel import MasterNotFoundError

from cuelight.core.errors import Rekeyed, StoreUnavailable
from cuelight.stores import epochs

_URL = "CUELIGHT_REDIS_URL"
_REFUSED = f"it refused the user or the password in {_URL}"
_NAMELESS = "a Sentinel refused its own password: name it as ?sentinel_password="
_STRANGE = "its certificate is by no authority that is trusted here: name the authority's file as ?ca="
_MISNAMED = f"its certificate is for another name than {_URL} has"
_OURS = "Does it ask for a certificate of ours (?cert= and &key=)?"
_HUNG_UP = f"it hung up: did it restart, or does it expect TLS? {_OURS}"
_UNTRUSTED = "its certificate was refused"
_CERTIFICATES = {
    9: "its certificate is not valid yet (or this machine's clock is wrong)",
    10: "its certificate has expired (or this machine's clock is wrong)",
    62: _MISNAMED,
    64: _MISNAMED,
    **dict.fromkeys((2, 18, 19, 20, 21), _STRANGE),
}
"""By OpenSSL's numbers of what its check of a certificate finds."""
_SAYINGS = (
    ("MISCONF", "it cannot write to its disk and takes no writes until it can"),
    ("NOREPLICAS", "it has fewer replicas than it is set to need (min-replicas-to-write)"),
    ("DB index is out of range", f"it has no database of the number in {_URL}"),
    ("SELECT is not allowed in cluster mode", "a Cluster has no databases: leave the number away"),
    ("cluster support disabled", "it is no Cluster: write redis:// (or rediss://)"),
    ("unknown command 'SENTINEL'", "what answers there is no Sentinel"),
)
"""What a server says, in part, and what it means."""
_KINDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (driver.ReadOnlyError, "it is a replica, or became one, and takes no writes"),
    (driver.OutOfMemoryError, "its memory is full (maxmemory): it takes no writes"),
    (driver.BusyLoadingError, "it is still loading its data"),
    (driver.ClusterCrossSlotError, "it is a part of a Cluster: write redis+cluster://"),
    (driver.MovedError, "it is a part of a Cluster, and another part holds this: write redis+cluster://"),
    (driver.ClusterDownError, "its Cluster is down: too few nodes reach each other"),
    (driver.MaxConnectionsError, "all connections of this process are in use"),
    (socket.gaierror, "the name of its host is not known"),
    ((ConnectionResetError, BrokenPipeError), _HUNG_UP),
    (ConnectionRefusedError, "nothing listens there"),
    (FileNotFoundError, "there is no such socket"),
    (PermissionError, "this user may not use its socket"),
    ((driver.TimeoutError, TimeoutError), "it took too long"),
)


@contextmanager
def answers() -> Iterator[None]:
    """Turns every error of the driver into `StoreUnavailable`, or `Rekeyed`."""
    try:
        yield
    except (driver.RedisError, driver.RedisClusterException, OSError) as error:
        if "EPOCH" in str(error):
            raise StoreUnavailable(epochs.NOT_OURS) from None
        if "REKEYED" in str(error):
            raise Rekeyed("this customer is kept under a newer hash key than this process has") from None
        raise StoreUnavailable(f"the store did not answer: {explained(error)}") from error


def explained(error: BaseException) -> str:
    """The most telling of an error and what led to it; the kind of error where nothing is known of it."""
    chain = list(_chain(error))
    for explain in (_of_tls, _of_rights, _of_sentinels, _of_server):
        for one in chain:
            if text := explain(one):
                return text
    return f"{type(error).__name__}; the store's own log may say why, and {_URL} where it is looked for"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _of_tls(error: BaseException) -> str | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATES.get(error.verify_code, _UNTRUSTED)
    if isinstance(error, ssl.SSLError):
        reason = str(error.reason or "")
        if "CERTIFICATE_REQUIRED" in reason:
            return "it asks for a certificate of ours: name its files as ?cert= and &key="
        return f"TLS failed ({reason or type(error).__name__}): does it speak TLS there? {_OURS}"
    if "handshake operation timed out" in str(error):
        return "no TLS handshake came about: does it speak TLS at that port?"
    return None


def _of_rights(error: BaseException) -> str | None:
    text = str(error)
    if isinstance(error, MasterNotFoundError) and isinstance(error.__cause__, driver.AuthenticationError):
        return _NAMELESS
    if isinstance(error, driver.AuthenticationError):
        return f"it asks for a password, and {_URL} has none" if "required" in text else _REFUSED
    if isinstance(error, driver.NoPermissionError) or "ACL failure" in text:
        command = re.search(r"the '([a-z0-9|_-]{1,40})' command", text)
        return f"its user may not {f'run {command[1]}' if command else 'use the keys that begin with cl:'}"
    return None


def _of_sentinels(error: BaseException) -> str | None:
    """Where a Sentinel failed in a way that says more, that was told before."""
    if not isinstance(error, MasterNotFoundError):
        return None
    if error.__cause__ is not None:
        return "its Sentinels cannot be reached, or know no working primary of that name"
    return f"its Sentinels know no working primary of the name in {_URL}"


def _of_server(error: BaseException) -> str | None:
    text = str(error)
    if isinstance(error, driver.ConnectionError) and "closed by server" in text:
        return _HUNG_UP
    if isinstance(error, driver.ResponseError):
        for part, meaning in _SAYINGS:
            if part in text:
                return meaning
    return next((meaning for kind, meaning in _KINDS if isinstance(error, kind)), None)
