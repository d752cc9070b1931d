"""Sends what the adapters ask of a desk's API: bounded in time and size, over TLS, and never where it is redirected."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from cuelight.core.hooks import ApiRequest

if TYPE_CHECKING:
    import requests

TIMEOUT_S = 3.0
"""A webhook waits for this; desks give up after five to ten seconds."""
MAX_ANSWER_BYTES = 2 * 1024 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class DeskUnreachable(Exception):
    """The desk's API did not do it. `why` is a status or a kind of error: neither an address nor what it answered."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class DeskApi(Protocol):
    """Sends one request and gives the JSON it answered, or None for an answer that is none."""

    def send(self, request: ApiRequest) -> object: ...


@contextmanager
def plain_session(_: str) -> Iterator[requests.Session]:
    """Neither a proxy nor a password file of the machine has a say in where secrets go."""
    import requests  # noqa: PLC0415 - late, as below

    with requests.Session() as session:
        session.trust_env = False
        yield session


class HttpDeskApi:
    """By `requests`, over TLS; plain HTTP to this machine only. `session` opens one for a URL, and says which addresses
    may be reached: it raises `DeskUnreachable` or `OSError`."""

    def __init__(
        self,
        timeout_s: float = TIMEOUT_S,
        session: Callable[[str], AbstractContextManager[requests.Session]] = plain_session,
    ) -> None:
        self._timeout_s = timeout_s
        self._session = session

    def send(self, request: ApiRequest) -> object:
        parts = urlsplit(request.url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise DeskUnreachable("not_https")
        # Late: it takes a tenth of a second, which a service that calls no desk need not wait for.
        import requests  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        try:
            with (
                self._session(request.url) as session,
                session.request(
                    request.method,
                    request.url,
                    headers={"User-Agent": "Cuelight", "Accept": "application/json", **request.headers},
                    json=request.json,
                    data=request.form,
                    auth=request.auth,
                    timeout=self._timeout_s,
                    allow_redirects=False,
                    stream=True,
                ) as answer,
            ):
                if not 200 <= answer.status_code < 300:
                    raise DeskUnreachable(f"status_{answer.status_code}")
                body = answer.raw.read(MAX_ANSWER_BYTES + 1, decode_content=True)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            # `HTTPError`: reading the answer itself, an answer that breaks off is not wrapped.
            raise DeskUnreachable(type(error).__name__) from None
        if len(body) > MAX_ANSWER_BYTES:
            raise DeskUnreachable("answer_too_large")
        try:
            found: object = json.loads(body)
        except (ValueError, RecursionError):
            return None
        return found
