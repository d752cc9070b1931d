"""Live and Overview: what the archive has is listed, a chat's points add up to its score, sums are of the rows."""

from __future__ import annotations

import csv
import io
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.conftest import settings_for
from tests.web.console.browsing import Browser, archived, installation, signed_in, with_month

from cuelight.app import Service
from cuelight.archive import Listed, Wanted
from cuelight.core.decision import Cue
from cuelight.core.disclosure import Disclosure, Kind
from cuelight.core.history import Outcome
from cuelight.core.roles import Role
from cuelight.replays import Replays

RECORDS = 160


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with installation() as (opened, settings):
        nobody = signed_in(opened, Role.VIEWER)
        assert "No chats are listed yet" in nobody.get("/console/live")
        assert "Nothing to look back on yet" in nobody.get("/console/overview")
        archived(opened, settings)
        assert "No chat has come yet" in nobody.get("/console/live")
        assert with_month(opened, settings, RECORDS) > 60
        yield opened


@pytest.fixture
def viewer(service: Service) -> Browser:
    return signed_in(service, Role.VIEWER)


ALL = Wanted()


def listed(service: Service, wanted: Wanted = ALL) -> list[Listed]:
    return list(service.app.extensions["cuelight"].archive.listed(wanted, 10_000))


def names(page: str) -> list[str]:
    return re.findall(r'href="/console/live/([^"]+)"', page)


def name(chat: Listed) -> str:
    return f"{chat.key.desk}/{chat.key.account}/{chat.key.chat_id}"


def test_chats_are_listed_newest_first_and_page_by_page(service: Service, viewer: Browser) -> None:
    wanted = [name(chat) for chat in listed(service)]
    page, seen = "/console/live", []
    for _ in range(len(wanted)):
        shown = viewer.get(page)
        seen += names(shown)
        older = re.search(r'href="(/console/live\?[^"]*after=[^"]*)">Older', shown)
        if older is None:
            break
        page = older[1]
    assert seen == wanted


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("cue=red", lambda c: c.cue is Cue.RED),
        ("network=mobile", lambda c: c.network is not None and c.network.value == "mobile"),
        ("outcome=impersonation", lambda c: c.outcome is Outcome.IMPERSONATION),
        ("outcome=none&identity=verified", lambda c: c.outcome is None and c.identity.value == "verified"),
        ("customer=new&desk=zendesk", lambda c: c.customer == "new" and c.key.desk == "zendesk"),
    ],
)
def test_lists_are_narrowed_on_the_page_and_in_the_file(service: Service, viewer: Browser, query: str, fits) -> None:
    wanted = [chat for chat in listed(service) if fits(chat)]
    assert names(viewer.get(f"/console/live?{query}")) == [name(chat) for chat in wanted][:50]
    rows = list(csv.DictReader(io.StringIO(viewer.get(f"/console/live?{query}&format=csv"))))
    assert [row["chat_id"] for row in rows] == [chat.key.chat_id for chat in wanted]
    assert [row["cue"] for row in rows] == [chat.cue.value for chat in wanted]


def test_what_cannot_be_chosen_is_named(viewer: Browser) -> None:
    assert "use one of red, amber, green, grey" in viewer.get("/console/live?cue=purple", 422)
    assert "no longer kept" in viewer.get("/console/live/zendesk/lamplight/none", 404)
    assert names(viewer.get("/console/live?after=<b>"))


def test_a_chats_points_add_up_to_what_is_shown(service: Service, viewer: Browser) -> None:
    chosen = {chat.cue: chat for chat in listed(service) if chat.score is not None}
    assert {Cue.GREEN, Cue.RED, Cue.GREY} <= set(chosen)
    for chat in chosen.values():
        shown = viewer.get(f"/console/live/{name(chat)}")
        assert f"Why {chat.cue.value}: score {chat.score:.1f}" in shown
        rows = csv.DictReader(io.StringIO(viewer.get(f"/console/live/{name(chat)}?format=csv")))
        prior = service.policies.now.live().prior_log_odds
        assert prior + sum(float(row["points"].lstrip("'")) for row in rows) == pytest.approx(chat.log_odds, abs=1e-6)
        assert chat.policy_version in shown
        assert "GeoIP data: " in shown
        assert "Facts used" in shown
        assert "Not assessed" in shown


def test_earlier_contacts_are_shown_in_the_viewers_time_and_a_file_too(service: Service, viewer: Browser) -> None:
    chats = listed(service)
    for chat in chats:
        shown = viewer.get(f"/console/live/{name(chat)}").partition("Earlier contacts about this customer")[2]
        if "<tbody>" in shown:
            break
    assert re.search(r'<td><time datetime="[^"]+Z" title="[^"]+ UTC">', shown)
    found = list(csv.DictReader(io.StringIO(viewer.get(f"/console/live/{name(chat)}?format=csv&table=contacts"))))
    assert found
    assert {row["cue"] for row in found} <= {*Cue, ""}


def test_what_was_decided_before_it_was_found_out_is_told(service: Service, viewer: Browser) -> None:
    missed = [chat for chat in listed(service, Wanted(outcome=Outcome.IMPERSONATION)) if chat.first_cue is not Cue.RED]
    assert missed
    shown = viewer.get(f"/console/live/{name(missed[0])}")
    assert "When it came:" in shown
    assert f"cue-{missed[0].first_cue.value}" in shown.partition("When it came:")[2][:60]


def test_the_overview_counts_what_is_listed(service: Service, viewer: Browser) -> None:
    chats = listed(service)
    shown = viewer.get("/console/overview")
    legit = Counter(chat.first_cue for chat in chats if chat.outcome is not Outcome.IMPERSONATION)
    found = Counter(chat.first_cue for chat in chats if chat.outcome is Outcome.IMPERSONATION)
    assert f"<dd>{len(chats)}</dd>" in shown
    assert f"<dd>{100 * legit[Cue.RED] / sum(legit.values()):.2f}</dd>" in shown
    assert f"<dd>{found[Cue.RED] + found[Cue.AMBER]} <small>of {sum(found.values())} found out" in shown
    days = list(csv.DictReader(io.StringIO(viewer.get("/console/overview?format=csv"))))
    assert len(days) == 30
    assert sum(int(day["chats"]) for day in days) == len(chats)
    assert sum(int(day["grey"]) for day in days) == legit[Cue.GREY] + found[Cue.GREY]
    assert not re.search(r"style=|<script(?! src)", shown)


def test_desks_and_teams_are_files_too(service: Service, viewer: Browser) -> None:
    chats = listed(service)
    desks = list(csv.DictReader(io.StringIO(viewer.get("/console/overview?format=csv&table=desks"))))
    wanted = Counter(chat.key.desk for chat in chats)
    assert {row["desk"]: int(row["chats"]) for row in desks} == wanted
    who = next(chat for chat in chats if chat.first_cue is Cue.RED)
    stored = service.stores.customers.find(who.key)
    assert stored is not None
    line = Disclosure(who.key, Kind.ADDRESS, who.at, "Sam", team="=returns")
    service.stores.customers.ledger(stored.chat.customer, who.key, [line])
    archived(service, settings_for(service.app.extensions["cuelight"].archive.path.parent.parent))
    shown = viewer.get("/console/overview")
    assert "Given out under red, by team" in shown
    assert '<th scope="row">=returns</th><td class="number">1</td>' in shown
    assert viewer.get("/console/overview?format=csv&table=teams").splitlines()[1:] == ["'=returns,1"]
    assert "Sam" not in shown


@pytest.mark.parametrize("first", ["overview", "live"])
def test_who_looks_at_the_first_page_finds_tune_prepared(
    service: Service, viewer: Browser, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    cold = Replays(service.app.extensions["cuelight"].archive, service.policies.now.live)
    monkeypatch.setitem(service.app.extensions, "cuelight", replace(service.app.extensions["cuelight"], replays=cold))
    viewer.get(f"/console/{first}")
    deadline = time.monotonic() + 30
    while cold._month is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert cold.report(within_s=0.0).effect.chats == len(listed(service))
