"""The sample shop's routes: there in demo mode only, plain about what is pretended, and real behind it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.conftest import client_of
from tests.web.demo.test_demo_routes import key_of

from cuelight.app import Service
from cuelight.core.chat import ChatKey, Identity
from cuelight.web.demo_talks import MAX_LINES, MAX_TALKS, Talks

ORIGIN = {"Origin": "http://localhost:8000"}


@pytest.fixture
def client(demo: Service) -> FlaskClient:
    return client_of(demo)


def opened(client: FlaskClient, who: str = "u-1001") -> str:
    answer = client.post("/demo/shop/chats", json={"who": who, "text": "Hello, it is me"})
    assert answer.status_code == 201
    chat_id: str = answer.get_json()["chat_id"]
    return chat_id


def page_key(client: FlaskClient) -> str:
    found = re.search(r'data-key="(pk_[0-9a-f]{24})"', client.get("/demo/shop").text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("path", ["/demo/shop", "/demo/shop/chats", "/demo/shop/as/u-1001/home/collector.js"])
def test_without_demo_mode_there_is_no_shop(service: Service, path: str) -> None:
    assert client_of(service).get(path).status_code == 404
    assert client_of(service).post("/demo/shop/token", json={}).status_code == 404
    assert client_of(service).post("/demo/shop/as/u-1001/home/collect", json={}).status_code == 404


@pytest.mark.parametrize("query", ["", "?who=u-1004&from=vpn", "?who=nobody&from=crete", "?who=%3Cb%3E&from=%3Cb%3E"])
def test_the_page_loads_its_own_files_only_and_all_of_them(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/demo/shop{query}")
    assert answer.status_code == 200
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<b>", answer.text)
    files = re.findall(r'(?:src|href)="([^"#]+)"', answer.text)
    assert all(path.startswith("/demo/") for path in files)
    assert {path: client.get(path).status_code for path in files if client.get(path).status_code != 200} == {}


def test_the_page_tells_no_address(client: FlaskClient) -> None:
    html = client.get("/demo/shop?who=u-1001").text
    assert "their home line" in html
    assert not re.search(r"\d+\.\d+\.\d+\.\d+", html)


def test_facts_come_as_if_from_the_chosen_place(client: FlaskClient, demo: Service) -> None:
    key, chat_id = page_key(client), opened(client)
    body = {"key": key, "chat_id": chat_id, "components": {"screen": "800x600"}}
    for place, country in (("home", "GB"), ("datacentre", "NL")):
        answer = client.post(f"/demo/shop/as/u-1001/{place}/collect", json=body, headers=ORIGIN)
        assert (answer.status_code, answer.data) == (204, b"")
        stored = demo.stores.customers.find(ChatKey("sample", "demo", chat_id))
        assert stored is not None
        assert stored.chat.origin is not None
        assert stored.chat.origin.country == country
    assert client.post("/demo/shop/as/u-1001/moon/collect", json=body, headers=ORIGIN).status_code == 404
    assert client.post("/demo/shop/as/u-1001/home/collect", json=body).status_code == 403, "a real Origin is needed"


def test_signing_in_is_proof_for_one_chat(client: FlaskClient, demo: Service) -> None:
    chat_id = opened(client)
    token = client.post("/demo/shop/token", json={"who": "u-1001", "chat_id": chat_id}).get_json()["token"]
    for chat, proven in (("shop-other", Identity.ANONYMOUS), (chat_id, Identity.VERIFIED)):
        body = {"key": page_key(client), "chat_id": chat, "token": token}
        assert client.post("/demo/shop/as/u-1001/home/collect", json=body, headers=ORIGIN).status_code == 204
        stored = demo.stores.customers.find(ChatKey("sample", "demo", chat))
        assert stored is not None
        assert stored.chat.identity is proven
    assert client.post("/demo/shop/token", json={"who": "nobody", "chat_id": chat_id}).status_code == 404
    assert client.post("/demo/shop/token", json={"who": "u-1001", "chat_id": "shop-none"}).status_code == 404


def test_both_sides_see_what_is_written(client: FlaskClient, demo: Service) -> None:
    chat_id = opened(client, "nobody")
    path = f"/demo/shop/chats/{chat_id}"
    assert client.post(path, json={"text": "Anybody there? <b>"}).status_code == 204
    assert client.post(f"{path}/reply", json={"text": "Yes"}).status_code == 401
    auth = {"Authorization": f"Bearer {key_of(demo)}"}
    assert client.post(f"{path}/reply", json={"text": "Yes"}, headers=auth).status_code == 204
    lines = client.get(path).get_json()
    assert [(line["from"], line["text"]) for line in lines] == [
        ("contact", "Hello, it is me"),
        ("contact", "Anybody there? <b>"),
        ("agent", "Yes"),
    ]
    [listed] = [chat for chat in client.get("/demo/shop/chats").get_json() if chat["chat_id"] == chat_id]
    assert (listed["customer_id"], listed["identity"], listed["messages"]) == (None, "anonymous", lines)
    assert client.post("/demo/shop/chats/shop-none", json={"text": "x"}).status_code == 404
    assert client.get("/demo/shop/chats/shop-none").status_code == 404
    assert client.post(path, data="{}", content_type="text/plain").status_code == 415, "no other page's form may write"
    assert client.post("/demo/start-over", json={}, headers=auth).status_code == 204
    assert client.get(path).status_code == 404


def test_talks_are_bounded_and_outlive_a_broken_file(tmp_path: Path) -> None:
    talks = Talks(tmp_path / "var" / "talks.json")
    for number in range(MAX_TALKS + 5):
        talks.start(f"shop-{number}", None)
    assert [talk["chat_id"] for talk in talks.all()] == [f"shop-{n}" for n in range(MAX_TALKS + 4, 4, -1)]
    for number in range(MAX_LINES + 5):
        assert talks.say("shop-9", "contact", str(number))
    found = talks.find("shop-9")
    assert found is not None
    assert [line["text"] for line in found["lines"]] == [str(n) for n in range(5, MAX_LINES + 5)]
    (tmp_path / "var" / "talks.json").write_bytes(b'[{"cut of')
    assert talks.all() == []
    talks.start("shop-new", "u-1001")
    assert Talks(tmp_path / "var" / "talks.json").find("shop-new") is not None
