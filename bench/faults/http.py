"""A small HTTP client over one kept-alive connection: an answer, or `Unanswered`; it never tries again by itself."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

import orjson


class Unanswered(Exception):
    """The connection broke or nothing came: whether the request was carried out is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, Any]


class Connection:
    """Not for threads. Connects when first used and after every failure."""

    def __init__(self, port: int, token: str, timeout_s: float = 5.0) -> None:
        self._port = port
        self._timeout_s = timeout_s
        self._head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        self._socket: socket.socket | None = None

    def post(self, path: str, body: bytes, kind: str = "application/json") -> Answer:
        head = f"POST {path} HTTP/1.1\r\n{self._head}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        return self._ask(head.encode() + body)

    def get(self, path: str) -> Answer:
        return self._ask(f"GET {path} HTTP/1.1\r\n{self._head}\r\n".encode())

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ask(self, request: bytes) -> Answer:
        try:
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self._port), self._timeout_s)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(request)
            return self._read(self._socket)
        except OSError as error:
            self.close()
            raise Unanswered(type(error).__name__) from None

    def _read(self, connection: socket.socket) -> Answer:
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more(connection)
        head = data[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        while len(data) < end + 4 + length:
            data += self._more(connection)
        if b"connection: close" in head:
            self.close()
        return Answer(int(head[9:12]), orjson.loads(data[end + 4 :]) if length else {})

    @staticmethod
    def _more(connection: socket.socket) -> bytes:
        if not (part := connection.recv(65_536)):
            raise ConnectionError("closed")
        return part
