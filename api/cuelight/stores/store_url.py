"""What `CUELIGHT_REDIS_URL` may say. All of it is read here: what is not understood is refused, never left out.

Schemes: `redis://host:port/0`, `unix:///path`, `redis+sentinel://host:port,host:port/master`,
`redis+cluster://host:port,host:port`; over TLS `rediss://`, `rediss+sentinel://`, `rediss+cluster://`, or `?tls=true`.
User and password as `//user:password@`. Options are told in `_OPTIONS`.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from cuelight.core.errors import InvalidInput

Kind = Literal["single", "sentinel", "cluster"]
_SCHEMES: dict[str, tuple[Kind, bool]] = {
    "redis": ("single", False),
    "rediss": ("single", True),
    "unix": ("single", False),
    "redis+sentinel": ("sentinel", False),
    "rediss+sentinel": ("sentinel", True),
    "redis+cluster": ("cluster", False),
    "rediss+cluster": ("cluster", True),
}
_OPTIONS = (
    *("db", "socket_timeout", "socket_connect_timeout"),
    *("tls", "ca", "cert", "key", "sentinel_username", "sentinel_password"),
)
_DRIVERS = {"ssl_ca_certs": "ca", "ssl_certfile": "cert", "ssl_keyfile": "key"}
"""Names that redis-py has for the same."""
_UNCHECKED = {"ssl_cert_reqs", "ssl_check_hostname"}
_PORTS = {"single": 6379, "sentinel": 26379, "cluster": 6379}


@dataclass(frozen=True, slots=True)
class StoreUrl:
    """A store's URL, read. The mappings are options of redis-py; `tls` is empty where there is none."""

    kind: Kind
    hosts: tuple[tuple[str, int], ...]
    path: str | None
    master: str
    database: int
    timing: Mapping[str, float]
    tls: Mapping[str, Any]
    credentials: Mapping[str, str | None] = field(repr=False)
    sentinel_credentials: Mapping[str, str] = field(repr=False)


def read(url: str) -> StoreUrl:
    """Raises `InvalidInput`; its message never repeats the URL, nor any part of it that may be a secret."""
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES:
        raise _wrong("must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://")
    if parts.fragment:
        raise _wrong("has a #, which ends a URL: write it as %23")
    kind, secure = _SCHEMES[parts.scheme]
    options = _options(parts)
    secure = _flag(options, secure)
    path = _socket(parts) if parts.scheme == "unix" else None
    if path is not None and secure:
        raise _wrong("asks for TLS on a socket of this machine, which has none")
    sentinel = {name.removeprefix("sentinel_"): text for name, text in options.items() if name.startswith("sentinel_")}
    if sentinel and kind != "sentinel":
        raise _wrong("names Sentinel's user or password, but no Sentinels: write redis+sentinel://")
    return StoreUrl(
        kind=kind,
        hosts=() if path is not None else _hosts(parts, kind),
        path=path,
        master=_master(parts) if kind == "sentinel" else "",
        database=_database(parts, kind, options),
        timing={name: _seconds(name, options[name]) for name in options if name.startswith("socket_")},
        tls=_tls(options, secure),
        credentials=_credentials(parts),
        sentinel_credentials=sentinel,
    )


def _wrong(problem: str) -> InvalidInput:
    return InvalidInput("CUELIGHT_REDIS_URL", problem)


def _options(parts: SplitResult) -> dict[str, str]:
    found = {_DRIVERS.get(name, name): text for name, text in parse_qsl(parts.query, keep_blank_values=True)}
    if _UNCHECKED & found.keys():
        raise _wrong("may not leave a certificate unchecked: name the file of its authority as ?ca=")
    if found.keys() - set(_OPTIONS):
        raise _wrong(f"has an option that is not known; known are {', '.join(_OPTIONS)}")
    return found


def _flag(options: Mapping[str, str], by_scheme: bool) -> bool:
    text = options.get("tls", str(by_scheme)).lower()
    if text not in {"1", "true", "yes", "0", "false", "no"}:
        raise _wrong("has a tls that is neither true nor false")
    wanted = text in {"1", "true", "yes"}
    if by_scheme and not wanted:
        raise _wrong("says rediss and tls=false")
    return wanted


def _socket(parts: SplitResult) -> str:
    if parts.netloc.rpartition("@")[2] or not parts.path.strip("/"):
        raise _wrong("names no socket; write unix:///path/to/socket with three slashes")
    return unquote(parts.path)


def _hosts(parts: SplitResult, kind: Kind) -> tuple[tuple[str, int], ...]:
    found = []
    for part in parts.netloc.rpartition("@")[2].split(","):
        host, colon, port = part.rpartition(":")
        if not colon or part.endswith("]"):
            host, port = part, str(_PORTS[kind])
        if not host or not port.isdigit() or not 0 < int(port) < 65_536:
            raise _wrong(
                "names hosts as host:port,host:port (in a password write / as %2F, ? as %3F, # as %23, @ as %40)"
            )
        found.append((host.strip("[]"), int(port)))
    if kind == "single" and len(found) > 1:
        raise _wrong("names several servers: write redis+sentinel:// or redis+cluster://")
    return tuple(found)


def _master(parts: SplitResult) -> str:
    master = unquote(parts.path.strip("/"))
    if not master or "/" in master:
        raise _wrong("names no master; write redis+sentinel://host:26379/master")
    return master


def _database(parts: SplitResult, kind: Kind, options: Mapping[str, str]) -> int:
    in_path = parts.path.strip("/") if parts.scheme in {"redis", "rediss"} or kind == "cluster" else ""
    text = options.get("db") or in_path or "0"
    if not text.isdigit() or (in_path and not in_path.isdigit()):
        raise _wrong("has a database that is no number; write for example redis://host:6379/0")
    if kind == "cluster" and int(text):
        raise _wrong("names a database, but a Cluster has only one: leave it away")
    return int(text)


def _seconds(name: str, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 3600:
        raise _wrong(f"has a {name} that is no number of seconds")
    return seconds


def _credentials(parts: SplitResult) -> dict[str, str | None]:
    told, at, _ = parts.netloc.rpartition("@")
    user, colon, password = told.partition(":")
    if at and not colon:
        raise _wrong("has a user without a password; write user:password@, or :password@ without a user")
    return {"username": unquote(user) or None, "password": unquote(password)} if password or user else {}


def _tls(options: Mapping[str, str], secure: bool) -> dict[str, Any]:
    """Tries the files, so that one that is missing is told at the start and not taken for a store that is down."""
    ca, cert, key = (options.get(name) for name in ("ca", "cert", "key"))
    if not secure:
        if ca is not None or cert is not None or key is not None:
            raise _wrong("names certificates but no TLS: write rediss:// or add tls=true")
        return {}
    if key is not None and cert is None:
        raise _wrong("names a key= without its cert=")
    try:
        context = ssl.create_default_context(cafile=ca)
    except OSError:
        raise _wrong("names a file as ca= that cannot be read as certificates (PEM)") from None
    try:
        if cert is not None:
            context.load_cert_chain(cert, key, password=lambda: "")
    except OSError:
        raise _wrong("names files as cert= and key= that cannot be read as a certificate and its key (PEM)") from None
    files = {"ssl_ca_certs": ca, "ssl_certfile": cert, "ssl_keyfile": key}
    return {"ssl": True, **{name: path for name, path in files.items() if path is not None}}
