"""A desk's line to the service, for tests: one hook, deliveries on it, and what became of the chat."""

from __future__ import annotations

import json
import secrets as random
from datetime import datetime
from typing import Any

import pytest
from tests.conftest import api_for, fresh, now
from tests.desks.samples import AGENT, IP, SAMPLES, Sample
from werkzeug.test import TestResponse

from cuelight.app import Service
from cuelight.core.chat import ChatKey
from cuelight.core.hooks import Hook
from cuelight.core.ports import StoredChat
from cuelight.desks.notes import desk_name

SECRET, OLD = "the-secret-of-this-hook", "the-secret-before"
each = pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.desk)


class Line:
    """A desk's line to the service: one hook, deliveries on it, and what became of the chat."""

    def __init__(self, service: Service, sample: Sample, **options: str) -> None:
        self.service, self.sample = service, sample
        hook_id = random.token_hex(8)
        self.url = f"/desks/{sample.desk}/{hook_id}"
        self.hook = Hook(hook_id, sample.desk, sample.account, now(), (SECRET, OLD), now(),
                         {**sample.all_options, "desk": fresh("own"), **options})  # fmt: skip
        service.stores.hooks.put(self.hook)

    def send(self, at: datetime | None = None, payload: Any = None, secret: str = SECRET, **more: Any) -> TestResponse:
        at = at or now()
        told = self.told(at) if payload is None else payload
        delivery = self.sample.delivery(secret, at, told, **more)
        return self.post(delivery.body, delivery.headers)

    def post(self, body: bytes, headers: dict[str, str]) -> TestResponse:
        client = api_for(self.service).client
        return client.post(self.url, data=body, headers=headers, content_type="application/json")

    chat_id = ""

    def told(self, at: datetime, **facts: Any) -> Any:
        """The sample with a chat id nobody else uses (and other facts by their text)."""
        if not self.chat_id:
            self.chat_id = _like(self.sample.chat_id)
        text = json.dumps(self.sample.payload(at)).replace(self.sample.chat_id, self.chat_id)
        for old, new in facts.items():
            text = text.replace({"ip": IP, "customer": "u-1001", "agent": AGENT}[old], new)
        return json.loads(text)

    @property
    def key(self) -> ChatKey:
        return ChatKey(desk_name(self.hook), self.hook.account, self.chat_id)

    @property
    def stored(self) -> StoredChat | None:
        return self.service.stores.customers.find(self.key)


def _like(chat_id: str) -> str:
    """An id of the same form: digits stay digits."""
    if chat_id.isdigit():
        return str(10**12 + random.randbelow(10**12))
    return chat_id[:-12] + random.token_hex(6) if len(chat_id) > 20 else "C" + random.token_hex(6)


def empty(answer: TestResponse, status: int = 200) -> bool:
    return (answer.status_code, answer.data) == (status, b"")


def refused(answer: TestResponse) -> bool:
    problem = answer.get_json(force=True)
    assert (answer.status_code, problem["code"]) == (401, "webhook_refused"), answer.text
    assert "cuelight hooks rotate" in problem["detail"]
    return True
