"""`POST /replays`: a document that is not kept is tried on what was recorded; the same figures as everywhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conftest import Api, api_for
from tests.web.console.browsing import archived, installation, with_month

from cuelight.app import Service
from cuelight.policies.reading import read_document


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with installation() as (opened, settings):
        assert api_for(opened).post("/replays", {"base": "live", "document": {}}).status_code == 404
        archived(opened, settings)
        with_month(opened, settings, 60)
        yield opened


@pytest.fixture
def api(service: Service) -> Api:
    return api_for(service)


def test_a_change_of_the_live_policy_is_tried_and_not_kept(service: Service, api: Api) -> None:
    change = {"thresholds": {"amber": 5.0, "red": 60.0}}
    answer = api.post("/replays", {"base": "live", "document": change, "chats": 3})
    assert answer.status_code == 200, answer.text
    found = answer.json
    document = service.policies.based_on("live", change)
    told = service.app.extensions["cuelight"].replays.report(read_document({"version": "draft", **document})).effect
    assert (found["chats"], found["changed"], found["draft"]) == (told.chats, told.changed, "draft")
    assert found["total"]["then"]["amber"] == told.total.then[1] > told.total.now[1]
    assert len(found["changes"]) == 3
    assert all(one["chat"]["chat_id"] and one["now"] != one["then"] for one in found["changes"])
    assert len(service.policies.overview().versions) == 1


def test_what_is_wrong_is_named(api: Api) -> None:
    wrong = api.post("/replays", {"base": "live", "document": {"thresholds": {"amber": 90}}})
    assert (wrong.status_code, wrong.json["code"]) == (422, "policy_invalid")
    assert "thresholds.amber" in wrong.text
    assert api.post("/replays", {"document": {}, "chats": 501}).status_code == 422
    assert api.post("/replays", {"base": "none", "document": {}}).status_code == 404
