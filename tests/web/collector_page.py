"""A chat page's line to `POST /collect`, and the company's backend that signs for it."""

from __future__ import annotations

import json
import secrets
from typing import Any

from tests.conftest import CHROME_ON_MAC, HOME_IP, client_of, fresh, now
from tests.web import tokens
from werkzeug.test import TestResponse

from cuelight.app import Service
from cuelight.core.chat import ChatKey
from cuelight.core.collectors import Collector, TokenKey
from cuelight.core.ports import StoredChat

ORIGIN = "https://shop.example"
SECRET = "the-secret-the-shop-shares-with-us"
COMPONENTS = {"timezone": "Europe/London", "languages": ["en-GB", "en"], "screen": "1512x982", "cores": 10}


class Page:
    """One collector's page; each has an own account, so that chats keep apart."""

    def __init__(self, service: Service, *, origin: str = ORIGIN) -> None:
        self.service, self.origin = service, origin
        self.account = fresh("acme")
        self.collector = Collector(
            "pk_" + secrets.token_hex(12),
            "helpdesk",
            self.account,
            (origin,),
            now(),
            (TokenKey("k1", "HS256", SECRET, now()),),
        )
        service.stores.collectors.put(self.collector)

    def body(self, **more: Any) -> dict[str, Any]:
        told = {"key": self.collector.key, "chat_id": "7431", "components": COMPONENTS, **more}
        return {name: value for name, value in told.items() if value is not ...}

    def send(
        self, body: Any = None, *, ip: str = HOME_IP, headers: dict[str, str] | None = None, **more: Any
    ) -> TestResponse:
        sent = {"Origin": self.origin, "User-Agent": CHROME_ON_MAC, **(headers or {})}
        return client_of(self.service).post(
            "/collect",
            data=json.dumps(self.body(**more) if body is None else body),
            content_type="application/json",
            headers={name: value for name, value in sent.items() if value},
            environ_base={"REMOTE_ADDR": ip},
        )

    def preflight(self, origin: str | None = None) -> TestResponse:
        headers = {"Origin": origin or self.origin, "Access-Control-Request-Method": "POST"}
        return client_of(self.service).options("/collect", headers=headers)

    def token(self, customer_id: str, *, secret: str = SECRET, **more: Any) -> str:
        now_s = int(now().timestamp())
        told = {"aud": self.collector.audience, "sub": customer_id, "iat": now_s, "exp": now_s + 300, **more}
        return tokens.hs({name: value for name, value in told.items() if value is not ...}, secret)

    def key(self, chat_id: str = "7431") -> ChatKey:
        return ChatKey("helpdesk", self.account, chat_id)

    def stored(self, chat_id: str = "7431") -> StoredChat | None:
        return self.service.stores.customers.find(self.key(chat_id))
