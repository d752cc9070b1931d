"""The Incidents page: opened, read, extended, closed by two people, as a file, and only by who may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.conftest import Api, api_for, as_impostor, fresh, settings_for
from tests.web.console.browsing import signed_in

from cuelight.app import Service, open_service
from cuelight.core.roles import Role


@pytest.fixture(scope="module")
def console() -> Iterator[Service]:
    with TemporaryDirectory(prefix="cue") as folder, closing(open_service(settings_for(Path(folder)))) as service:
        yield service


@pytest.fixture(scope="module")
def desk(console: Service) -> Api:
    return api_for(console)


def incident_of(page: str) -> str:
    found = re.search(r"i_[0-9a-f]{18}", page)
    assert found, page
    return found[0]


def test_an_incident_from_the_complaint_to_the_second_person(console: Service, desk: Api) -> None:
    one, other, viewer = (signed_in(console, r) for r in (Role.ANALYST, Role.APPROVER, Role.VIEWER))
    assert "No incidents" in one.get("/console/incidents")
    customer_id, chat_id = desk.settled_customer(), fresh("c")
    desk.score(chat_id=chat_id, **as_impostor(customer_id))
    chat = f"api/default/{chat_id}"
    case = one.done("/console/incidents/open", customer_id=customer_id, reason="complaint", chat=chat, days="120")
    assert desk.cue(chat_id)["reasons"][0]["code"] == "incident.reported"
    incident_id = incident_of(case)
    for text in (f"Incident opened</strong> by {one.name}: the customer complained", "Un-learnt", chat, "reported"):
        assert text in case
    assert customer_id not in case
    assert f"/console/incidents/{incident_id}" in viewer.get("/console/incidents")
    assert "Open an incident" not in viewer.get("/console/incidents")

    refused = one.post(f"/console/incidents/{incident_id}/extend", days="30")
    assert refused.status_code == 422
    assert "Extended" in one.done(f"/console/incidents/{incident_id}/extend", days="200")

    asked = one.done(f"/console/incidents/{incident_id}/close", reason="secured")
    assert "A second person has to confirm" in asked
    assert "Confirm: close it" not in asked
    again = one.post(f"/console/incidents/{incident_id}/close", reason="secured")
    assert again.status_code == 409
    assert "second person" in again.text
    assert "Confirm: close it" in other.get(f"/console/incidents/{incident_id}")
    assert viewer.post(f"/console/incidents/{incident_id}/close", reason="secured").status_code == 403
    closed = other.done(f"/console/incidents/{incident_id}/close", reason="secured")
    assert f"Closed</strong>, confirmed by {other.name}" in closed
    assert desk.cue(chat_id)["reasons"][0]["code"] != "incident.open"
    steps = [e.action for e in console.app.extensions["cuelight"].audit.read() if e.target.endswith(incident_id)]
    assert set(steps) == {"incident.extended", "incident.close_asked", "incident.closed"}


def test_a_request_to_close_is_withdrawn(console: Service) -> None:
    one = signed_in(console, Role.ANALYST)
    incident_id = incident_of(one.done("/console/incidents/open", customer_id=fresh("u"), reason="takeover"))
    one.done(f"/console/incidents/{incident_id}/close", reason="other")
    assert "stays open" in one.done(f"/console/incidents/{incident_id}/keep")


def test_list_and_timeline_are_files_too(console: Service) -> None:
    one = signed_in(console, Role.ADMIN)
    incident_id = incident_of(one.done("/console/incidents/open", customer_id=fresh("u"), reason="leak"))
    listed = one.open("/console/incidents?state=open&by=console&format=csv")
    assert listed.mimetype == "text/csv"
    assert f"{incident_id},open," in listed.text
    case = one.open(f"/console/incidents/{incident_id}?format=csv").text
    assert f"opened,,,,{one.name},reason leak; ends_at 2" in case
    assert "No incident fits" in one.get("/console/incidents?by=owner")


@pytest.mark.parametrize(
    "form",
    [{"customer_id": ""}, {"customer_id": "u", "reason": "because"}, {"customer_id": "u", "days": "-1"},
     {"customer_id": "u", "chat": "7431"}, {"customer_id": "u", "chat": "a/b/<script>"}],
)  # fmt: skip
def test_what_cannot_be_is_told_as_a_page(console: Service, form: dict[str, str]) -> None:
    answer = signed_in(console, Role.ANALYST).post("/console/incidents/open", **{"reason": "other", **form})
    assert answer.status_code == 422
    assert "<script>" not in answer.text


def test_of_an_incident_there_is_not_there_is_no_page(console: Service) -> None:
    one = signed_in(console, Role.ADMIN)
    assert one.open("/console/incidents/i_000000000000000000").status_code == 404
    assert one.open("/console/incidents/else").status_code == 422
