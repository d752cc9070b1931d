"""A real HTTP server on loopback that keeps what it got, and can be told what to answer: a receiver, a desk's API."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Got:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Receiver:
    """`got` has a request before it is answered: whoever has the answer finds it there. `connections` counts what
    reached it at all. `answer` decides what a request gets; what it raises is raised by `close`.

    With `up=False` its port is its own and nobody is let in until `open`.
    """

    def __init__(
        self,
        answer: Callable[[Got], Answer] = lambda _: Answer(),
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
        up: bool = True,
    ) -> None:
        self.got: list[Got] = []
        self.connections = 0
        self.answer = answer
        self._faults: list[BaseException] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._server = _Server(self, (host, 0))
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.origin = f"{'https' if tls else 'http'}://{host}:{self.port}"
        self.url = f"{self.origin}/hook"
        if up:
            self.open()

    def open(self) -> None:
        self._server.server_activate()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        if self._faults:
            raise self._faults[0]

    def connected(self) -> None:
        with self._lock:
            self.connections += 1

    def take(self, got: Got) -> Answer:
        with self._lock:
            self.got.append(got)
        try:
            return self.answer(got)
        except BaseException as fault:
            self._faults.append(fault)
            return Answer(500)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self, receiver: Receiver, address: tuple[str, int]) -> None:
        self.receiver = receiver
        super().__init__(address, _Handler, bind_and_activate=False)
        self.server_bind()

    def server_bind(self) -> None:
        """Without the base's look-up of the machine's name, which may take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]

    def verify_request(self, *_: object) -> bool:
        self.receiver.connected()
        return True

    def handle_error(self, *_: object) -> None:
        """A caller that went away."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def handle_one(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.receiver.take(Got(self.command, self.path, headers, self.rfile.read(length)))
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_PATCH = handle_one  # noqa: N815 - the names the base class looks for

    def log_message(self, *_: object) -> None:
        """Quiet."""
