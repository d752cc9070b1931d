"""The one deliverer: sends any message, to checked addresses only, within a bounded time."""

from __future__ import annotations

import contextlib
import select
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cuelight.channels.model import HttpMessage, LogMessage, MailMessage, Message
from cuelight.channels.target import (
    AllowedPrivate,
    Resolver,
    Target,
    TargetRefused,
    checked_address,
    parse_target,
    system_resolver,
)
from cuelight.core.errors import InvalidInput

if TYPE_CHECKING:
    import requests

TIMEOUT_S = 5.0
"""For the look-up, the connection and each answer; twice as long for all of it together."""
_LISTEN_S = 0.25
"""How long a log collector has to break a connection off."""


@dataclass(frozen=True, slots=True)
class Result:
    """How an attempt ended. `what`: the receiver's status (`200`), or a kind of error (`timeout`, `tls`, `dns` …).

    `reached`: the receiver answered for itself, so what it says is about this message. `retry_after_s`: when it asks
    to be left alone.
    """

    ok: bool
    what: str
    reached: bool
    retry_after_s: float | None = None


class NoTls(smtplib.SMTPNotSupportedError):
    """A mail server that would have been told everything in clear."""


class Watch:
    """Ends a connection that takes too long altogether: a receiver that sends a byte now and then never times out."""

    def __init__(self, limit_s: float) -> None:
        self._timer = threading.Timer(limit_s, self.end)
        self._timer.daemon = True
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self.expired = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for handle in self._sockets:
                handle.close()
            self._sockets.clear()

    def guard(self, connection: socket.socket) -> socket.socket:
        with self._lock:
            # Another handle: TLS takes the first one over.
            self._sockets.append(connection.dup())
            if self.expired:
                raise TimeoutError
        return connection

    def end(self) -> None:
        """Time is up."""
        with self._lock:
            self.expired = True
            for handle in self._sockets:
                with contextlib.suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class Line:
    """A way to one checked address, for one message."""

    target: Target
    address: str
    timeout_s: float
    watch: Watch
    make_tls: Callable[[], ssl.SSLContext]

    @property
    def tls(self) -> ssl.SSLContext:
        return self.make_tls()

    def connect(self) -> socket.socket:
        return self.watch.guard(socket.create_connection((self.address, self.target.port), self.timeout_s))

    def connect_tls(self) -> socket.socket:
        return self.tls.wrap_socket(self.connect(), server_hostname=self.target.host)


class Deliverer:
    """Safe for threads. `ca_file`: an authority of your own, instead of the usual ones."""

    def __init__(
        self,
        allowed: AllowedPrivate | None = None,
        resolve: Resolver = system_resolver,
        timeout_s: float = TIMEOUT_S,
        ca_file: str | None = None,
    ) -> None:
        self._allowed = allowed or AllowedPrivate()
        self._resolve = resolve
        self._timeout_s = timeout_s
        self._ca_file = ca_file
        self._context: ssl.SSLContext | None = None

    @property
    def limit_s(self) -> float:
        """What one message may take, at most."""
        return 3 * self._timeout_s

    def send(self, message: Message) -> Result:
        """Never raises for what a receiver does, or is not allowed to be."""
        with Watch(2 * self._timeout_s) as watch:
            try:
                return self._send(message, watch)
            except (TargetRefused, InvalidInput):
                return Result(False, "target_refused", False)
            except ssl.SSLError:
                return Result(False, "timeout" if watch.expired else "tls", False)
            except TimeoutError:
                return Result(False, "timeout", False)
            except socket.gaierror:
                return Result(False, "dns", False)
            except smtplib.SMTPException as error:
                return _smtp_result(error, watch.expired)
            except (OSError, ValueError):
                return Result(False, "timeout" if watch.expired else "connection", False)

    @contextlib.contextmanager
    def session(self, url: str) -> Iterator[requests.Session]:
        """For somebody else's question: it reaches the one address of this URL that was checked, and has the time of a
        message. Raises `TargetRefused`, `InvalidInput` and `OSError`."""
        from cuelight.channels import post  # noqa: PLC0415 - it needs what is above

        with (
            Watch(2 * self._timeout_s) as watch,
            self._line(url, ("https", "http"), watch) as line,
            post.session_by(line, self._ca_file) as session,
        ):
            yield session

    def _send(self, message: Message, watch: Watch) -> Result:
        from cuelight.channels import post, smtp  # noqa: PLC0415 - both need what is above

        match message:
            case HttpMessage():
                with self._line(message.url, ("https", "http"), watch) as line:
                    return post.post(message, line, self._ca_file)
            case MailMessage():
                with self._line(message.server, ("smtps", "smtp"), watch) as line:
                    return smtp.send(message, line)
            case LogMessage():
                with self._line(message.collector, ("syslog+tls", "syslog+tcp", "syslog+udp"), watch) as line:
                    return _write(message.line, line)

    def _tls(self) -> ssl.SSLContext:
        """Made once and when needed: reading all authorities takes 20 ms."""
        if self._context is None:
            context = ssl.create_default_context(cafile=self._ca_file)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            self._context = context
        return self._context

    @contextlib.contextmanager
    def _line(self, url: str, schemes: tuple[str, ...], watch: Watch) -> Iterator[Line]:
        target = parse_target(url, schemes)
        address = checked_address(target, self._allowed, self._resolve, self._timeout_s)
        yield Line(target, str(address), self._timeout_s, watch, self._tls)


def _write(data: bytes, line: Line) -> Result:
    """A syslog line. Nothing answers in this protocol: over UDP sent is all there is to know, over TCP and TLS that
    the collector took the bytes and did not break the connection off."""
    if line.target.scheme == "syslog+udp":
        family = socket.AF_INET6 if ":" in line.address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.settimeout(line.timeout_s)
            sender.connect((line.address, line.target.port))
            sender.send(data)
        return Result(True, "sent", True)
    with line.connect_tls() if line.target.scheme == "syslog+tls" else line.connect() as sender:
        sender.sendall(b"%d " % len(data) + data)
        if not isinstance(sender, ssl.SSLSocket):
            sender.shutdown(socket.SHUT_WR)
        _listen(sender, min(_LISTEN_S, line.timeout_s))
    return Result(True, "sent", True)


def _listen(sender: socket.socket, limit_s: float) -> None:
    """A reset raises; the collector's end, or a word of it, is well. What TLS has to say itself, such as a session's
    tickets, is neither."""
    sender.setblocking(False)
    until_s = time.monotonic() + limit_s
    while (left_s := until_s - time.monotonic()) > 0 and select.select([sender], [], [], left_s)[0]:
        try:
            sender.recv(256)
        except (ssl.SSLWantReadError, BlockingIOError):
            continue
        return


def _smtp_result(error: smtplib.SMTPException, expired: bool) -> Result:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        code = max(codes, default=550)
    elif isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        return Result(False, "no_tls" if isinstance(error, NoTls) else "no_auth", True)
    else:
        return Result(False, "timeout" if expired else "connection", False)
    return Result(False, str(code), code >= 500)
