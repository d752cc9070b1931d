"""A POST by `requests`, to the one address that was checked: no proxy, no redirect, no second look-up."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.policy import HTTP
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from cuelight import __version__
from cuelight.channels.deliver import Line, Result
from cuelight.channels.model import HttpMessage

_READ_BYTES = 4096
_MAX_RETRY_AFTER_S = 3600.0


def post(message: HttpMessage, line: Line, ca_file: str | None) -> Result:
    headers = {
        **message.headers,
        "User-Agent": f"Cuelight/{__version__}",
        # Nothing to unpack, so nothing that unpacks to a gigabyte.
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    with session_by(line, ca_file) as session:
        try:
            with session.post(
                message.url,
                data=message.body,
                headers=headers,
                timeout=(line.timeout_s, line.timeout_s),
                allow_redirects=False,
                stream=True,
            ) as answer:
                status = answer.status_code
                answer.raw.read(_READ_BYTES, decode_content=False)
                retry_after_s = _retry_after_s(answer.headers.get("Retry-After"), answer.headers.get("Date"))
        except requests.exceptions.SSLError:
            return Result(False, "timeout" if line.watch.expired else "tls", False)
        except requests.exceptions.Timeout:
            return Result(False, "timeout", False)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            slow = line.watch.expired or isinstance(error, urllib3.exceptions.TimeoutError)
            return Result(False, "timeout" if slow else "connection", False)
    busy = status >= 500 or status in (408, 425, 429)
    return Result(200 <= status < 300, str(status), not busy, retry_after_s if busy else None)


@contextmanager
def session_by(line: Line, ca_file: str | None) -> Iterator[requests.Session]:
    """A session that connects to the line's address and no other, whatever the environment says of proxies."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = ca_file or True
        session.mount("https://", _Pinned(line))
        session.mount("http://", _Pinned(line))
        yield session


def _retry_after_s(value: str | None, date: str | None) -> float | None:
    """Seconds, or a time compared with the receiver's own clock; at most an hour."""
    if value is None:
        return None
    if value.strip().isdigit():
        return min(float(value.strip()[:6]), _MAX_RETRY_AFTER_S)
    then, now = _moment(value), _moment(date or "")
    if then is None or now is None:
        return None
    return min(max(0.0, (then - now).total_seconds()), _MAX_RETRY_AFTER_S)


def _moment(text: str) -> datetime | None:
    """An HTTP date; None for anything else."""
    try:
        found = HTTP.header_factory("Date", text).datetime
    except (ValueError, TypeError, IndexError):
        return None
    return found if isinstance(found, datetime) and found.tzinfo else None


class _Pinned(HTTPAdapter):
    """Connects to the line's address whatever the URL says; name and certificate are still checked by the URL."""

    def __init__(self, line: Line) -> None:
        self._line = line
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        line = self._line

        class Plain(HTTPConnection):
            def _new_conn(self) -> Any:
                return line.connect()

        class Secure(HTTPSConnection):
            def _new_conn(self) -> Any:
                return line.connect()

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        kwargs_ = self.poolmanager.connection_pool_kw
        kwargs_["ssl_minimum_version"] = ssl.TLSVersion.TLSv1_2
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
