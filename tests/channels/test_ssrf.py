"""Nobody can make this server knock at its neighbours' doors: real look-ups overridden, real listeners that count."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import pytest
from tests.channels.conftest import NOW, PATIENT_S
from tests.receiver import Answer, Receiver

from cuelight.channels.deliver import Deliverer
from cuelight.channels.model import HttpMessage, LogMessage, MailMessage, Message
from cuelight.channels.new import new_channel
from cuelight.channels.target import AllowedPrivate, is_public, parse_target
from cuelight.core.errors import InvalidInput

PUBLIC = "93.184.215.14"
NAMES: dict[str, list[str]] = {
    "loopback.example": ["127.0.0.1"],
    "loopback-far.example": ["127.255.255.254"],
    "loopback6.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "mapped-private.example": ["::ffff:10.0.0.1"],
    "compatible.example": ["::127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "nat64-local.example": ["64:ff9b:1::7f00:1"],
    "six-to-four.example": ["2002:7f00:1::1"],
    "teredo.example": ["2001:0:53aa:64c:0:fbff:80ff:fffe"],
    "isatap.example": ["2a00:1450::5efe:7f00:1"],
    "private10.example": ["10.0.0.1"],
    "private172.example": ["172.16.0.1"],
    "private192.example": ["192.168.1.1"],
    "shared.example": ["100.64.0.1"],
    "link-local.example": ["169.254.169.254"],
    "link-local6.example": ["fe80::1"],
    "unique-local.example": ["fd00::1"],
    "site-local.example": ["fec0::1"],
    "unspecified.example": ["0.0.0.0"],
    "unspecified6.example": ["::"],
    "this-network.example": ["0.1.2.3"],
    "multicast.example": ["224.0.0.1"],
    "multicast6.example": ["ff02::1"],
    "broadcast.example": ["255.255.255.255"],
    "reserved.example": ["240.0.0.1"],
    "documentation.example": ["192.0.2.1"],
    "benchmark.example": ["198.18.0.1"],
    "relay.example": ["192.88.99.1"],
    "mixed.example": [PUBLIC, "127.0.0.1"],
    "mixed-late.example": [PUBLIC, PUBLIC, "10.0.0.1"],
    "mixed6.example": [PUBLIC, "::1"],
    "nowhere.example": [],
}
URLS = [
    *(f"https://{name}:{{port}}/hook" for name in NAMES),
    "https://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/",
    "https://[::1]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[64:ff9b::127.0.0.1]:{port}/",
    "https://[2002:7f00:1::]:{port}/",
    "https://[::1%25lo]:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://0x7f.0.0.1:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://017700000001:{port}/",
    "https://127.1:{port}/",
    "https://127.0.1:{port}/",
    "https://0:{port}/",
    "https://0.0.0.0:{port}/",
    "https://127.0.0.1.:{port}/",
    "https://1\u20e37.0.0.1:{port}/",
    "https://\u2460\u2461\u2466.0.0.1:{port}/",
    "https://127\u30020\u30020\u30021:{port}/",
    "https://public.example@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}@public.example/",
    "https://127.0.0.1:{port}\\@public.example/",
    "https://public.example:{port}\\.127.0.0.1/",
    "https://public.example%2f@127.0.0.1:{port}/",
    "https://127.0.0.1%23.public.example:{port}/",
    "https://127.0.0.1\t:{port}/",
    "https://127.0.0.1\r\nHost: x:{port}/",
    "https://127.0.0.1:{port}#@public.example/",
    "HTTPS://127.0.0.1:{port}/",
    "https:127.0.0.1:{port}/",
    "https:///127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_x",
    "unix://127.0.0.1:{port}/",
    "https://localhost:{port}/",
]


class Lookup:
    """A resolver of names we own; everything else is unknown. Each answer of a list of lists is given once."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.asked: list[str] = []
        self._answers = answers

    def __call__(self, host: str, limit_s: float) -> Sequence[str]:
        self.asked.append(host)
        if host in self._answers:
            given = self._answers[host]
            return given.pop(0) if len(given) > 1 else given[0]
        if host == "localhost":
            return ["127.0.0.1"]
        if host not in NAMES:
            raise socket.gaierror("unknown")
        return NAMES[host]


class Doors:
    """Listeners on 127.0.0.1 and ::1 at one port. `knocks` counts connections to them; `tried` is every address this
    thread tried to connect to, as the interpreter itself reports it."""

    def __init__(self) -> None:
        self.knocks = 0
        self.tried: list[object] = []
        self._watched = threading.get_ident()
        self._knocked = threading.Event()
        first = socket.create_server(("127.0.0.1", 0))
        self.port = first.getsockname()[1]
        self._servers = [first]
        with suppress(OSError):  # a machine without IPv6 has no such door
            self._servers.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        for server in self._servers:
            threading.Thread(target=self._open, args=(server,), daemon=True).start()
        self.on = True
        sys.addaudithook(self._seen)

    def _seen(self, event: str, args: tuple[object, ...]) -> None:
        if self.on and event in ("socket.connect", "socket.sendto") and threading.get_ident() == self._watched:
            self.tried.append(args[1])

    def _open(self, server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            self.knocks += 1
            self._knocked.set()
            connection.close()

    def wait_knock(self) -> int:
        """How many there were, as soon as there is one: a connection is there before a listener knows of it."""
        self._knocked.wait(PATIENT_S)
        return self.knocks

    def forget(self) -> None:
        self.knocks = 0
        self.tried.clear()
        self._knocked.clear()

    def close(self) -> None:
        self.on = False
        for server in self._servers:
            server.shutdown(socket.SHUT_RDWR)
            server.close()


@pytest.fixture(scope="module")
def all_doors() -> Iterator[Doors]:
    """Once: what listens to the interpreter listens for good."""
    opened = Doors()
    yield opened
    opened.close()


@pytest.fixture
def doors(all_doors: Doors) -> Doors:
    all_doors.forget()
    return all_doors


def post(url: str) -> HttpMessage:
    return HttpMessage(url, {"Content-Type": "application/json"}, b"{}")


def test_there_are_sixty_targets() -> None:
    assert len(set(URLS)) >= 60


@pytest.mark.parametrize("url", URLS)
def test_no_inside_address_is_reached(doors: Doors, url: str) -> None:
    result = Deliverer(resolve=Lookup(), timeout_s=2).send(post(url.replace("{port}", str(doors.port))))
    assert not result.ok
    assert result.what in ("target_refused", "dns", "connection")
    assert doors.tried == []
    assert doors.knocks == 0


def test_the_doors_do_count(doors: Doors) -> None:
    """What the suite above would look like if it failed."""
    Deliverer(AllowedPrivate.parse("127.0.0.1"), timeout_s=PATIENT_S).send(post(f"http://127.0.0.1:{doors.port}/"))
    assert doors.tried == [("127.0.0.1", doors.port)]
    assert doors.wait_knock() == 1


@pytest.mark.parametrize("url", ["smtps://mapped.example:{port}", "smtp://loopback.example:{port}"])
def test_mail_servers_are_targets_too(doors: Doors, url: str) -> None:
    message = MailMessage(url.replace("{port}", str(doors.port)), "", "a@b.example", ("c@d.example",), "<1@x>", NOW,
                          "s", "t", "h")  # fmt: skip
    refused(doors, message)


@pytest.mark.parametrize("scheme", ["syslog+tls", "syslog+tcp", "syslog+udp"])
def test_log_collectors_are_targets_too(doors: Doors, scheme: str) -> None:
    refused(doors, LogMessage(f"{scheme}://mixed.example:{doors.port}", b"<108>1 - - - - - -"))


def refused(doors: Doors, message: Message) -> None:
    assert Deliverer(resolve=Lookup(), timeout_s=2).send(message).what == "target_refused"
    assert (doors.tried, doors.knocks) == ([], 0)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_not_a_way(doors: Doors, receive: Callable[..., Receiver], status: int) -> None:
    away = f"http://127.0.0.1:{doors.port}/"
    receiver = receive(lambda _: Answer(status, {"Location": away}), host="127.0.0.2")
    result = Deliverer(AllowedPrivate.parse("127.0.0.2"), timeout_s=PATIENT_S).send(post(receiver.url))
    assert (result.ok, result.what, result.reached) == (False, str(status), True)
    assert (receiver.connections, doors.knocks) == (1, 0)


def test_an_answer_that_changes_after_the_look_up_changes_nothing(
    doors: Doors, receive: Callable[..., Receiver]
) -> None:
    receiver = receive(host="127.0.0.2")
    lookup = Lookup(**{"rebind.example": [["127.0.0.2"], ["127.0.0.1"]]})
    deliverer = Deliverer(AllowedPrivate.parse("127.0.0.2"), lookup, PATIENT_S)
    result = deliverer.send(post(f"http://rebind.example:{receiver.port}/hook"))
    assert (result.ok, lookup.asked) == (True, ["rebind.example"])
    assert doors.tried == [("127.0.0.2", receiver.port)]
    assert receiver.got[0].headers["host"] == f"rebind.example:{receiver.port}"
    assert deliverer.send(post(f"http://rebind.example:{doors.port}/hook")).what == "target_refused"
    assert doors.knocks == 0


def test_proxies_of_the_environment_are_not_asked(
    doors: Doors, receive: Callable[..., Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{doors.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    receiver = receive(host="127.0.0.2")
    assert Deliverer(AllowedPrivate.parse("127.0.0.2"), timeout_s=PATIENT_S).send(post(receiver.url)).ok
    assert (receiver.connections, doors.knocks) == (1, 0)


def test_a_listed_name_may_be_private_and_no_other(receive: Callable[..., Receiver]) -> None:
    receiver = receive()
    lookup = Lookup(**{"siem.internal": [["127.0.0.1"]], "other.internal": [["127.0.0.1"]]})
    deliverer = Deliverer(AllowedPrivate.parse("siem.internal"), lookup, PATIENT_S)
    assert deliverer.send(post(f"http://siem.internal:{receiver.port}/")).ok
    assert deliverer.send(post(f"http://other.internal:{receiver.port}/")).what == "target_refused"


def test_plain_http_is_for_this_machine_only() -> None:
    lookup = Lookup(**{"inside.internal": [["10.1.2.3"]], "outside.example": [[PUBLIC]]})
    deliverer = Deliverer(AllowedPrivate.parse("10.0.0.0/8"), lookup, 2)
    assert deliverer.send(post("http://inside.internal/")).what == "target_refused"
    assert deliverer.send(post("http://outside.example/")).what == "target_refused"


@pytest.mark.parametrize("url", [url for url in URLS if "example:" not in url and "localhost" not in url])
def test_other_spellings_are_refused_when_the_channel_is_made(url: str) -> None:
    target = url.replace("{port}", "8443")
    try:
        new_channel("webhook", target, NOW)
    except InvalidInput as error:
        assert target not in str(error)  # noqa: PT017 - either is right, and neither may repeat the URL
    else:
        assert parse_target(target, ("https", "http")).address is not None, "a plain address waits for the deliverer"


@pytest.mark.parametrize("address", [PUBLIC, "2a00:1450:4001:80b::200e", "1.1.1.1"])
def test_public_addresses_are_public(address: str) -> None:
    from ipaddress import ip_address

    assert is_public(ip_address(address))


@pytest.mark.parametrize("text", ["10.0.0.0/33", "http://x", "a b", "127.1", "*"])
def test_the_list_of_allowed_is_checked(text: str) -> None:
    with pytest.raises(InvalidInput):
        AllowedPrivate.parse(text)
