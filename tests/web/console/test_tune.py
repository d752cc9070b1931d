"""The Tune page: what it shows is what the replay says, with and without JavaScript; a draft is what was typed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from tests.web.console.browsing import Browser, installation, signed_in, with_month

from cuelight.app import Service
from cuelight.core.decision import Cue
from cuelight.core.replay_row import CUES
from cuelight.core.roles import Role
from cuelight.policies.reading import read_document
from cuelight.replay.decided import Columns, rejudge
from cuelight.replay.effect import effect
from cuelight.replays import Replays, StillReading

CHATS = 150


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with installation() as (opened, settings):
        empty = signed_in(opened, Role.VIEWER).get("/console/tune")
        assert "No decisions to try it on yet" in empty
        assert "<dl" not in empty
        assert with_month(opened, settings, CHATS) > CHATS / 3
        cold = unescape(signed_in(opened, Role.VIEWER).open("/console/tune").text)
        assert ("Reading the last month's decisions" in cold) is not ("What the live policy does" in cold)
        opened.app.extensions["cuelight"].replays.columns()  # read, however long that takes here
        yield opened


@pytest.fixture
def editor(service: Service) -> Browser:
    return signed_in(service, Role.POLICY_EDITOR)


def judged(service: Service, **thresholds: float):
    """What the replay itself says of thresholds."""
    document = dict(service.policies.read("live").document or {})
    draft = read_document({**document, "version": "draft", "thresholds": {**document["thresholds"], **thresholds}})
    replays = service.app.extensions["cuelight"].replays
    return effect(replays.columns(), service.policies.now.live(), draft)


def test_the_live_policy_is_shown_with_what_it_does(service: Service, editor: Browser) -> None:
    shown = editor.get("/console/tune")
    found = judged(service)
    assert f"{found.chats} chats from" in shown
    assert f"of {found.impersonations.chats}</small>" in shown
    assert "What the live policy does" in shown
    assert shown.count('<rect class="chats"') == sum(
        1 for a, b in zip(found.scores, found.scores_of_impersonations, strict=True) if a > b
    )
    assert shown.count('name="weight.') == 14
    assert not re.search(r"style=|<script(?! src)", shown)


def test_the_live_policy_replays_to_what_the_corridor_recorded(service: Service) -> None:
    """To the last digit: each chat as it was decided, or as it was before anything was found out about it."""
    has = service.app.extensions["cuelight"]
    columns = has.replays.columns()
    again = rejudge(columns, service.policies.now.live())
    chats = has.archive.at_places([int(place) for place in columns.ids])
    kept = {"found out since": 0, "as decided": 0}
    for row, place in enumerate(columns.ids):
        stored = service.stores.customers.find(chats[int(place)].key)
        assert stored is not None
        if stored.decision.first is not None:
            kept["found out since"] += 1
            assert CUES[again.cue[row]] is stored.decision.first.cue
            continue
        kept["as decided"] += 1
        assert CUES[again.cue[row]] is stored.decision.cue
        assert again.log_odds[row] / 1000 == stored.decision.log_odds
        assert stored.decision.score is None or again.score[row] == stored.decision.score
    assert min(kept.values()) > 3


def test_while_the_month_is_read_the_page_says_so_and_asks_again(
    service: Service, editor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Reading(Replays):
        def columns(self, within_s: float | None = None) -> Columns:
            assert within_s is not None, "no page waits for it"
            raise StillReading("not yet")

    has = service.app.extensions["cuelight"]
    slow = replace(has, replays=Reading(has.archive, service.policies.now.live))
    monkeypatch.setitem(service.app.extensions, "cuelight", slow)
    shown = editor.get("/console/tune")
    assert "Reading the last month's decisions" in shown
    assert 'value="40"' in shown
    assert '<a href="/console/tune">look again</a>' in shown
    again = editor.post("/console/tune/effect", htmx=True, amber="12").text
    assert re.search(r'hx-post="/console/tune/effect"[^>]*hx-trigger="load delay:', again)
    version = next(one.version for one in service.policies.overview().versions)
    found = editor.get(f"/console/policies/{version}/effect")
    assert f'hx-get="/console/policies/{version}/effect"' in found
    assert "Reading the last month's decisions" in found


@pytest.mark.parametrize("htmx", [True, False])
def test_moving_a_threshold_shows_what_it_would_have_done(service: Service, editor: Browser, htmx: bool) -> None:
    answer = editor.post("/console/tune/effect", htmx=htmx, amber="12", red="45.5", shift="60")
    shown, found = unescape(answer.text), judged(service, amber=12.0, red=45.5)
    assert answer.status_code == 200
    assert ("<!doctype html>" in shown) is not htmx
    assert found.changed > 0
    assert f"{found.changed} chats get another cue" in shown
    assert f"of {found.impersonations.chats}</small>" in shown
    assert f"{found.red_per_100[1]:.2f}" in shown
    assert f"{0.6 * found.red_per_100[1]:.1f}" in shown
    assert "a shift of 60" in shown
    assert 'value="12"' in shown or htmx
    assert ('hx-swap-oob="true"' in shown) is htmx
    now, then = found.total.now, found.total.then
    assert f"{now[0]} red, {now[1]} amber, {now[2]} green, {now[3]} grey; then {', '.join(map(str, then))}" in shown


def test_what_must_not_be_overlooked_is_said(service: Service, editor: Browser) -> None:
    loud = editor.post("/console/tune/effect", htmx=True, amber="2", red="3").text
    assert "above the budget of 0.5" in loud
    blind = unescape(editor.post("/console/tune/effect", htmx=True, amber="99", red="100").text)
    assert judged(service, amber=99.0, red=100.0).impersonations.lost > 0
    assert "would no longer warn the agent" in blind
    later = unescape(editor.post("/console/tune/effect", htmx=True, incident_days="10").text)
    assert "cannot judge 1 of the changes" in later
    assert "incident_days" in later


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"amber": "80", "red": "60"}, "thresholds.amber: must be below thresholds.red"),
        ({"weight.network": "eleven"}, "signals.network.weight: must be a number"),
        ({"weight.network": "11"}, "signals.network.weight: must be a number from 0 to 10"),
        ({"floor.network.new_country": "purple"}, "floors.network.new_country: must be amber or red"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_typed_is_lost(editor: Browser, typed: dict[str, str], told: str) -> None:
    for path in ("effect", "save"):
        answer = editor.post(f"/console/tune/{path}", **typed)
        assert answer.status_code == 422
        shown = unescape(answer.text)
        assert told in shown
        assert f'value="{next(iter(typed.values()))}"' in shown or "purple" in typed.values()


def test_the_chats_that_change_can_be_kept_as_a_file(service: Service, editor: Browser) -> None:
    answer = editor.post("/console/tune/changes", amber="12", red="45.5")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    found = judged(service, amber=12.0, red=45.5)
    assert len(rows) == found.changed
    assert {row["now"] for row in rows} <= set(Cue)
    assert all(row["now"] != row["then"] and row["desk"] in ("zendesk", "intercom") for row in rows)
    assert [row["outcome"] for row in rows][:1] == [found.changes[0].outcome or ""]


def test_a_draft_is_what_was_typed_and_nothing_else(service: Service, editor: Browser) -> None:
    before = service.policies.read("live")
    typed = {
        "amber": "37.5",
        "weight.device": "1.25",
        "floor.travel.impossible": "amber",
        "floor.incident.reported": "",
        "step_up_ceiling": "",
        "stakes.card": "12",
        "note": "louder devices",
    }
    answer = editor.post("/console/tune/save", **typed)
    assert answer.status_code == 303, answer.text
    version = answer.headers["Location"].rpartition("/")[2]
    made, old = service.policies.read(version), before.document or {}
    assert (made.author, made.note, made.state.value) == (editor.name, "louder devices", "draft")
    document = dict(made.document or {})
    assert document.pop("version") == version
    floors = {**old["floors"], "travel.impossible": "amber"}
    del floors["incident.reported"]
    expected = {
        **{name: value for name, value in old.items() if name not in ("version", "note")},
        "thresholds": {"amber": 37.5, "red": 70.0},
        "signals": {**old["signals"], "device": {**old["signals"]["device"], "weight": 1.25}},
        "floors": floors,
        "step_up_ceiling": None,
        "stakes": {**old["stakes"], "card": 12.0},
    }
    assert document == expected
    assert service.policies.read("live").version == before.version
    # From the version's page one goes on where one was.
    again = editor.get(f"/console/tune?base={version}")
    assert 'value="37.5"' in again
    assert 'value="1.25"' in again
    audit = service.app.extensions["cuelight"].audit.read(limit=1)[0]
    assert (audit.action, audit.target, audit.by) == ("policy.draft", f"policy/{version}", editor.name)


def test_who_may_not_draft_can_still_look_and_try(service: Service) -> None:
    viewer = signed_in(service, Role.VIEWER)
    assert "Save as draft" not in viewer.get("/console/tune")
    assert viewer.post("/console/tune/effect", amber="20").status_code == 200
    assert viewer.post("/console/tune/save", amber="20").status_code == 403
