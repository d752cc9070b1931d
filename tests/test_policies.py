"""The policy in force: what it takes to change it, who follows when, and what never takes effect."""

from __future__ import annotations

import copy
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT

from cuelight.core.errors import Conflict, InvalidInput, NotFound, PolicyInvalid, SecondPersonNeeded, StoreUnavailable
from cuelight.core.policy_book import PolicyDocument, PolicyStore, State, digest
from cuelight.policies import now as policy_now
from cuelight.policies.book import Policies
from cuelight.policies.reading import installed
from cuelight.stores import memory_stores

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
INSTALLED = installed(ROOT / "data" / "policy.json")


class Recorder:
    """Who did what, as the audit log is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str, str]] = []

    def append(self, *, by: str, action: str, target: str, note: str = "") -> None:
        self.lines.append((by, action, target, note))


class Shaky:
    """A store that can be switched off."""

    def __init__(self, store: PolicyStore) -> None:
        self.store, self.down, self.asked = store, False, 0

    def __getattr__(self, name: str) -> Any:
        self.asked += 1
        if self.down:
            raise StoreUnavailable("down")
        return getattr(self.store, name)


def policies(store: Any = None, *, two: bool = False, audit: Recorder | None = None) -> Policies:
    return Policies(store or memory_stores().policies, INSTALLED, audit or Recorder(), lambda: NOW, lambda: two)


def drafted(of: Policies, amber: float = 45, by: str = "Sam") -> str:
    return of.draft(of.based_on("installed", {"thresholds": {"amber": amber}}), by, f"amber {amber}").version


def past_the_look(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    start = policy_now.monotonic()
    monkeypatch.setattr(policy_now, "monotonic", lambda: start + seconds)


def test_the_installed_file_is_in_force_until_something_is_published() -> None:
    has = policies()
    assert has.now.live().version == INSTALLED.version
    assert has.read(INSTALLED.version).state is State.LIVE
    version = drafted(has)
    assert (version, has.read(version).state, has.now.live().amber) == ("2026-11-25.1", State.DRAFT, 40)
    has.publish(version, "Sam", "quieter")
    assert (has.now.live().version, has.now.live().amber) == (version, 45)
    assert has.read(INSTALLED.version).state is State.PAST
    assert has.roll_back("Kim").version == INSTALLED.version
    assert has.now.live().amber == 40
    assert has.read(version).state is State.PAST


def test_a_newer_file_shows_as_available_and_changes_nothing() -> None:
    store = memory_stores().policies
    before = policies(store)
    before.publish(drafted(before), "Sam")
    newer = PolicyDocument("2027-01-01.1", {**INSTALLED.document, "version": "2027-01-01.1"}, "installed", "", NOW)
    after = Policies(store, newer, Recorder(), lambda: NOW)
    assert after.now.live().amber == 45
    assert {one.version: one.state for one in after.overview().versions} == {
        newer.version: State.AVAILABLE,
        "2026-11-25.1": State.LIVE,
        INSTALLED.version: State.PAST,
    }
    after.publish(newer.version, "Sam")
    assert after.now.live().version == newer.version
    assert policies(store).read(newer.version).document == newer.document


def test_every_change_is_in_the_audit_log_with_what_exactly_was_meant() -> None:
    audit = Recorder()
    has = policies(audit=audit)
    version = drafted(has)
    has.start_shadow(version, "Sam")
    has.stop_shadow("Sam")
    has.publish(version, "Sam", "quieter")
    has.publish(version, "Sam", "again")
    has.roll_back("Kim", "too quiet")
    named = digest(has.read(version).document or {})
    assert [(by, action, target) for by, action, target, _ in audit.lines] == [
        ("Sam", "policy.draft", f"policy/{version}"),
        ("Sam", "policy.shadow", f"policy/{version}"),
        ("Sam", "policy.shadow_end", f"policy/{version}"),
        ("Sam", "policy.publish", f"policy/{version}"),
        ("Kim", "policy.roll_back", f"policy/{INSTALLED.version}"),
    ]
    assert audit.lines[3][3] == f"sha256 {named} quieter"


def test_nothing_is_done_that_the_audit_log_cannot_be_told() -> None:
    class Full:
        def append(self, *, by: str, action: str, target: str, note: str = "") -> None:
            raise StoreUnavailable("no")

    store = memory_stores().policies
    version = drafted(policies(store))
    has = Policies(store, INSTALLED, Full(), lambda: NOW)
    with pytest.raises(StoreUnavailable):
        has.publish(version, "Sam")
    assert store.book().live is None


def test_where_publishing_takes_two_one_asks_and_another_approves() -> None:
    has = policies(two=True)
    version = drafted(has)
    assert has.publish(version, "Sam", "please").request is not None
    assert has.publish(version, "Kim").request == has.read(version).request
    assert has.now.live().version == INSTALLED.version
    with pytest.raises(SecondPersonNeeded):
        has.approve(version, "Sam")
    made = has.approve(version, "Kim").published
    assert made is not None
    assert (made.by, made.approved_by, made.note) == ("Sam", "Kim", "please")
    assert has.now.live().version == version
    assert has.roll_back("Kim").version == INSTALLED.version
    with pytest.raises(Conflict):
        has.approve(version, "Kim")
    has.publish(version, "Sam")
    has.take_back(version, "Kim")
    with pytest.raises(Conflict):
        has.approve(version, "Kim")


def test_a_draft_sent_twice_is_one_draft_and_a_name_is_taken_once() -> None:
    has = policies()
    assert drafted(has) == drafted(has) == "2026-11-25.1"
    assert drafted(has, 46) == "2026-11-25.2"
    whole = {**INSTALLED.document, "version": "ours"}
    assert has.draft(whole, "Sam", "").version == has.draft(copy.deepcopy(whole), "Kim", "").version == "ours"
    for version in ("ours", INSTALLED.version):
        with pytest.raises(Conflict):
            has.draft({**INSTALLED.document, "version": version, "incident_days": 30}, "Sam", "")
    with pytest.raises(PolicyInvalid, match=r"^thresholds\.amber"):
        drafted(has, 99)
    with pytest.raises(InvalidInput):
        has.draft(whole, "Sam", "x" * 301)
    with pytest.raises(NotFound):
        has.publish("never", "Sam")


def test_of_publications_at_once_none_is_lost_unseen() -> None:
    store = memory_stores().policies
    versions = [drafted(policies(store), 45 + number) for number in range(6)]

    def go(version: str) -> str | None:
        try:
            return policies(store).publish(version, version).version
        except Conflict:
            return None

    with ThreadPoolExecutor(6) as pool:
        done = [version for version in pool.map(go, versions) if version]
    book = store.book()
    assert done
    assert sorted(one.version for one in book.log) == sorted([*done, INSTALLED.version])
    assert book.live is not None
    assert book.live.version in done


class Tampered:
    """A store in which somebody has changed a document behind our back."""

    def __init__(self, store: PolicyStore) -> None:
        self.store = store
        self.documents: dict[str, dict[str, Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def get(self, version: str) -> PolicyDocument | None:
        kept = self.store.get(version)
        changed = self.documents.get(version)
        return kept if kept is None or changed is None else PolicyDocument(version, changed, kept.author, "", NOW)


def test_a_tampered_policy_never_takes_effect_and_the_last_good_one_stays(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Tampered(memory_stores().policies)
    here, there = policies(store), policies(store)
    good, bad = drafted(here, 45), drafted(here, 46)
    here.publish(good, "Sam")
    assert there.now.live().version == good
    here.publish(bad, "Sam")
    # Well-formed, so only its digest tells.
    store.documents[bad] = {**(here.read(bad).document or {}), "thresholds": {"amber": 99.0, "red": 99.5}}
    capsys.readouterr()
    for seconds in (3, 6, 9):
        past_the_look(monkeypatch, seconds)
        state = there.now.state()
        assert (state.policy.version, state.policy.amber) == (good, 45)
        assert state.refused is not None
        assert state.refused.startswith("document: is not what was published")
    assert capsys.readouterr().out.count("policy_refused") == 1
    fresh = policies(store).now.state()
    assert (fresh.policy.version, fresh.refused) == (good, state.refused)
    assert policies(store).overview().refused == state.refused
    store.documents[good] = {"version": good}
    with pytest.raises(PolicyInvalid):
        policies(store).roll_back("Sam")
    assert policies(store).now.live().version == INSTALLED.version
    store.documents.clear()
    past_the_look(monkeypatch, 12)
    assert there.now.live().version == bad
    assert there.now.state().refused is None


def test_what_goes_live_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    stores = memory_stores()
    has = policies(stores.policies)
    version = drafted(has)
    has.publish(version, "Sam")
    has.roll_back("Sam")
    told = [(t.alert.kind, t.alert.body["policy_version"], t.alert.body["rolled_back"]) for t in stores.outbox.take(9)]
    assert told == [("policy.published", version, False), ("policy.published", INSTALLED.version, True)]


def test_the_files_time_is_when_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(INSTALLED.document))
    made = installed(path)
    assert made.digest == INSTALLED.digest
    assert abs(made.created_at - datetime.now(UTC)) < timedelta(minutes=5)
