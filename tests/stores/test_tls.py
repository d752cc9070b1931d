"""`rediss://`: a store behind TLS, trusted by the authority that is named and by no other."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import trustme
from tests.stores import world

from cuelight.core.errors import StoreUnavailable
from cuelight.stores import open_stores
from cuelight.stores.client import connector

# A busy machine may need longer for a handshake than a chat would wait.
PATIENT = "socket_timeout=5&socket_connect_timeout=5"


@contextmanager
def behind_tls(path: str, authority: trustme.CA, *names: str) -> Iterator[int]:
    """A port of this machine that speaks TLS with a certificate for `names`, and hands on to a server's socket."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=_accept, args=(listener, context, path), daemon=True).start()
        yield listener.getsockname()[1]


def _accept(listener: socket.socket, context: ssl.SSLContext, path: str) -> None:
    while True:
        try:
            outer, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(outer, context, path), daemon=True).start()


def _serve(outer: socket.socket, context: ssl.SSLContext, path: str) -> None:
    """One connection: requests and answers in turn, as the driver sends them."""
    try:
        with context.wrap_socket(outer, server_side=True) as secure, socket.socket(socket.AF_UNIX) as inner:
            inner.connect(path)
            answers = threading.Thread(target=_pump, args=(inner, secure), daemon=True)
            answers.start()
            _pump(secure, inner)
            inner.shutdown(socket.SHUT_RDWR)
            answers.join(5)
    except OSError:
        pass  # a client that does not trust us hangs up


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while part := source.recv(65_536):
            target.sendall(part)
    except OSError:
        pass


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def test_a_store_behind_tls(embedded_url: str, authority: trustme.CA, room: Path, tmp_path: Path) -> None:
    trusted = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(trusted)
    with behind_tls(embedded_url.removeprefix("unix://"), authority, "localhost") as port:
        stores = open_stores(f"rediss://localhost:{port}/0?ssl_ca_certs={trusted}&{PATIENT}", room)
        chat = world.chat(world.customer())
        decision = stores.customers.record(chat, world.decision(chat), world.entry(chat))
        found = stores.customers.find(chat.key)
        assert found is not None
        assert found.decision == decision
        stores.close()


def test_what_tls_sends_after_its_handshake_is_not_taken_for_an_answer(
    embedded_url: str, authority: trustme.CA, tmp_path: Path
) -> None:
    """Session tickets arrive when the handshake is over: unread, the driver takes the connection for a used one."""
    trusted = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(trusted)
    with behind_tls(embedded_url.removeprefix("unix://"), authority, "localhost") as port:
        connect, _ = connector(f"rediss://localhost:{port}/0?ssl_ca_certs={trusted}&{PATIENT}")
        pool = connect().connection_pool
        for _ in range(5):
            connection = pool.make_connection()
            connection.connect()
            time.sleep(0.05)  # the tickets have come by now, if they come
            assert not connection.can_read()
            connection.disconnect()


@pytest.mark.parametrize("names", [("elsewhere.example",), ("localhost",)])
def test_a_certificate_of_another_name_or_authority_is_refused(
    embedded_url: str, authority: trustme.CA, room: Path, tmp_path: Path, names: tuple[str, ...]
) -> None:
    """The right authority for another name, or the right name by somebody else's authority."""
    trusted = tmp_path / "ca.pem"
    (authority if names != ("localhost",) else trustme.CA()).cert_pem.write_to_path(trusted)
    with behind_tls(embedded_url.removeprefix("unix://"), authority, *names) as port:
        stores = open_stores(f"rediss://localhost:{port}/0?ssl_ca_certs={trusted}&{PATIENT}", room)
        with pytest.raises(StoreUnavailable):
            stores.customers.ping()
        stores.close()
