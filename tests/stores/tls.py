"""Ports of this machine that speak TLS, before servers that do not."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import trustme

_HANDSHAKE = 0x16
"""The first byte of a TLS connection; no command of Redis begins with it."""
Inner = Callable[[], socket.socket]


def context_of(authority: trustme.CA, *names: str, clients: trustme.CA | None = None) -> ssl.SSLContext:
    """A certificate for `names`. `clients`: only who has one by this authority may enter."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    if clients is not None:
        clients.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@contextmanager
def behind_tls(path: str, context: ssl.SSLContext) -> Iterator[int]:
    """A port that speaks TLS, before a server's socket."""

    def inner() -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        made.connect(path)
        return made

    with socket.create_server(("127.0.0.1", 0)) as listener:
        _listen(listener, context, inner)
        yield listener.getsockname()[1]


@contextmanager
def before(port: int, inner_port: int, context: ssl.SSLContext) -> Iterator[None]:
    """On `port`: TLS for those who begin with it (clients), plain for the rest (servers among themselves)."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        _listen(listener, context, lambda: socket.create_connection(("127.0.0.1", inner_port)))
        yield


def _listen(listener: socket.socket, context: ssl.SSLContext, inner: Inner) -> None:
    threading.Thread(target=_accept, args=(listener, context, inner), daemon=True).start()


def _accept(listener: socket.socket, context: ssl.SSLContext, inner: Inner) -> None:
    while True:
        try:
            outer, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(outer, context, inner), daemon=True).start()


def _serve(outer: socket.socket, context: ssl.SSLContext, inner: Inner) -> None:
    """One connection, both ways, in one thread: two may not use one TLS connection at once."""
    client = outer
    try:
        with closing(inner()) as server:
            first = outer.recv(1, socket.MSG_PEEK)
            if first and first[0] == _HANDSHAKE:
                client = context.wrap_socket(outer, server_side=True)
            while True:
                held = isinstance(client, ssl.SSLSocket) and client.pending()
                ready = [client] if held else select.select([client, server], [], [])[0]
                for one in ready:
                    if not (part := one.recv(65_536)):
                        return
                    (server if one is client else client).sendall(part)
    except OSError:
        pass  # a client that does not trust us hangs up
    finally:
        client.close()
