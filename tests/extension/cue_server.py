"""A small HTTP server that speaks docs/wire.md and fails in every way a network can: what a protocol fault looks like.

It stands in for a *faulty* server only. How the extension works with the real API is told in tests/journeys/.
"""

from __future__ import annotations

import hashlib
import json
import random
import socket
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

KEY = "test-key-0123456789"
CHATS = {"1001": "green", "1002": "amber", "1003": "red", "1004": "grey", "1005": "red", "1006": "green"}


def body_for(chat_id: str, cue: str, **changes: Any) -> dict[str, Any]:
    """An answer as docs/wire.md has it; its first reason names the chat, so that a wrong one is recognised."""
    points = {"red": 3.1, "amber": 1.2, "green": -2.0, "grey": 0.0}[cue]
    return {
        "chat": {"desk": "sample", "account": "demo", "chat_id": chat_id},
        "cue": cue,
        "score": None if cue == "grey" else 50.0,
        "decision_id": f"d_{chat_id}",
        "reasons": [{"code": "test.reason", "points": points, "params": {}, "text": f"Reason of chat {chat_id}."}],
        "not_assessed": [],
        "advice": [],
        "would_be": None,
        "incident": None,
        "outcome": None,
        "policy_version": "test",
        "scored_at": "2026-11-23T12:00:00Z",
        "expires_at": "2026-11-23T12:01:00Z",
        "ttl_s": 60,
        **changes,
    }


def cue_of(name: str) -> str:
    """The cue of a fake desk's chat, `account/chat_id`: any, but always the same."""
    return ("green", "amber", "red", "green", "grey")[sum(name.encode()) % 5]


KINDS = {"address": "Address", "orders": "Orders", "phone": "Phone number", "other": "Something else"}


def details_for(chat: dict[str, str], **changes: Any) -> dict[str, Any]:
    """A background as docs/wire.md has it, with nothing in it."""
    return {
        "chat": chat,
        "habits": [],
        "contacts": [],
        "contact_days": 90,
        "disclosures": [],
        "notice": None,
        "kinds": [{"code": code, "text": text} for code, text in KINDS.items()],
        "console_url": None,
        **changes,
    }


class CueServer:
    """`mode` is how it answers: ok, or the name of a fault; `write_mode` how it answers POST. `delay_s` is a range
    from which each delay is drawn; `failing` is the share of questions that meet a 503."""

    def __init__(self) -> None:
        self.mode = "ok"
        self.write_mode = "ok"
        self.delay_s = (0.0, 0.0)
        self.bodies = {chat_id: body_for(chat_id, cue) for chat_id, cue in CHATS.items()}
        self.ttl_s = 60.0
        self.failing = 0.0
        self.asked: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.outcomes: list[dict[str, Any]] = []
        self.details: dict[str, dict[str, Any]] = {}
        self.languages: Counter[str] = Counter()
        self.random = random.Random(7)
        self.server: ThreadingHTTPServer | None = None
        # Bound and never listened on: while the server is stopped, nobody else is given its port.
        self.place = socket.socket()
        self.place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.place.bind(("127.0.0.1", 0))
        self.port = int(self.place.getsockname()[1])
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"  # a stopped server must not live on in kept connections

            def do_GET(self) -> None:
                owner.answer(self)

            def do_POST(self) -> None:
                owner.answer(self)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def end(self) -> None:
        """Stops it and gives its port back."""
        self.stop()
        self.place.close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        time.sleep(self.random.uniform(*self.delay_s))
        parts = [unquote(part) for part in request.path.split("/")]
        self.languages[request.headers.get("Accept-Language", "")] += 1
        self.asked["/".join(parts[4:6]) if len(parts) > 4 and parts[-1] != "outcome" else request.path] += 1
        mode = self.write_mode if request.command == "POST" and self.write_mode != "ok" else self.mode
        fault = FAULTS.get(mode) or (FAULTS["503"] if self.random.random() < self.failing else None)
        if fault:
            status, content_type, text, extra = fault
            self.send(request, status, text.encode(), {"Content-Type": content_type, **extra})
        elif self.mode == "hang":
            time.sleep(4)
        elif self.mode == "drop":
            request.connection.shutdown(socket.SHUT_RDWR)
        elif request.headers.get("Authorization") != f"Bearer {KEY}":
            self.send(request, 401, b'{"code": "invalid_key"}', {"Content-Type": "application/problem+json"})
        else:
            self.answer_well(request, parts)

    def body_of(self, desk: str, account: str, chat_id: str) -> dict[str, Any]:
        """What is known of a chat. On every desk but the sample one, the cue follows from the chat's name."""
        if desk == "sample":
            return self.bodies.get(chat_id, body_for(chat_id, "grey"))
        name = f"{account}/{chat_id}"
        chat = {"desk": desk, "account": account, "chat_id": chat_id}
        return self.bodies.get(name, {**body_for(name, cue_of(name), ttl_s=self.ttl_s), "chat": chat})

    def details_of(self, desk: str, account: str, chat_id: str) -> dict[str, Any]:
        chat = {"desk": desk, "account": account, "chat_id": chat_id}
        return self.details.setdefault(chat_id, details_for(chat))

    def disclose(self, chat_id: str, told: dict[str, Any], details: dict[str, Any]) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        left = [line for line in details["disclosures"] if line["kind"] not in told["kinds"]]
        fresh = [{"kind": kind, "text": KINDS[kind], "at": now, "by": told["by"]} for kind in told["kinds"]]
        details["disclosures"] = left if told.get("mistaken") else [*fresh, *left]
        return {"chat": details["chat"], "disclosures": details["disclosures"]}

    def answer_well(self, request: BaseHTTPRequestHandler, parts: list[str]) -> None:
        chat_id = parts[4]
        body = self.body_of(*parts[2:5])
        if parts[5:] == ["details"]:
            text = json.dumps(self.details_of(*parts[2:5])).encode()
            return self.send(request, 200, text, {"Content-Type": "application/json"})
        if parts[5:] == ["disclosures"]:
            told = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
            text = json.dumps(self.disclose(chat_id, told, self.details_of(*parts[2:5]))).encode()
            return self.send(request, 200, text, {"Content-Type": "application/json"})
        if request.command == "POST":
            length = int(request.headers["Content-Length"])
            told = json.loads(request.rfile.read(length))
            self.outcomes.append({"chat_id": chat_id, **told})
            recorded = {
                "outcome": told["outcome"],
                "method": told.get("method"),
                "at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
                "by": told["by"],
            }
            body = self.bodies[chat_id] = {**body, "outcome": recorded}
        if self.mode == "wrong_chat":
            body = body_for("9999", "green")
        text = json.dumps(body).encode()
        etag = f'"{hashlib.sha256(text).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            return self.send(request, 304, b"", {"ETag": etag})
        return self.send(request, 200, text, {"Content-Type": "application/json", "ETag": etag})

    def send(self, request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.statuses[status] += 1
        try:
            request.send_response(status)
            for name, value in headers.items():
                request.send_header(name, value)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
        except OSError:
            """The other side gave up, as it should when we are slow."""


PROBLEM = "application/problem+json"
FAULTS: dict[str, tuple[int, str, str, dict[str, str]]] = {
    "401": (401, PROBLEM, '{"code": "invalid_key", "status": 401}', {}),
    "403": (403, PROBLEM, '{"code": "scope_missing", "status": 403}', {}),
    "404": (404, "text/html", "<h1>Not Found</h1>", {}),
    "422": (422, PROBLEM, '{"code": "invalid_input", "status": 422}', {}),
    "429": (429, PROBLEM, '{"code": "too_many_requests", "status": 429}', {"Retry-After": "1"}),
    "500": (500, "text/plain", "oops", {}),
    "503": (503, PROBLEM, '{"code": "store_unavailable", "status": 503}', {"Retry-After": "1"}),
    "html": (200, "text/html", "<!doctype html><title>Sign in to the wireless network</title>", {}),
    "garbage": (200, "application/json", '{"cue": "green", "ttl_s": ', {}),
    "other_shape": (200, "application/json", '{"cue": "green"}', {}),
    "no_life": (200, "application/json", json.dumps(body_for("1001", "green", ttl_s=0)), {}),
    "unknown_cue": (200, "application/json", json.dumps({**body_for("1001", "green"), "cue": "blue"}), {}),
    "redirect": (302, "text/html", "", {"Location": "/elsewhere"}),
}
"""Faults as whole answers: status, content type, body, further headers."""
