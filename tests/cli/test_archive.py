"""`cuelight archive`, and who keeps it: made on demand, followed by the worker, taken over when its keeper ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.conftest import ROOT, api_for, as_impostor, fresh, now
from tests.waiting import until
from tests.web.console.browsing import installation

from cuelight.app import Service
from cuelight.archive import Wanted
from cuelight.cli import main
from cuelight.core.errors import DataFileInvalid
from cuelight.replay import ChatRecord, OutcomeRecord, ReplayClock
from cuelight.settings import Settings
from cuelight.wiring.archive import archive_path, following, open_archive, opened_follower
from cuelight.wiring.month import load, read

PATIENCE_S = 60


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Service, Settings]]:
    with installation() as (service, settings):
        yield service, settings


def cuelight(service: Service, settings: Settings, *args: str) -> str:
    assert service.stores.server is not None
    environment = {"CUELIGHT_VAR_DIR": str(settings.var_dir), "CUELIGHT_REDIS_URL": service.stores.server.url}
    done = CliRunner().invoke(main, ["archive", *args], env=environment)
    assert done.exit_code == 0, done.output
    return done.output


def chats(settings: Settings) -> set[str]:
    return {one.key.chat_id for one in open_archive(settings).listed(Wanted(), 1000)}


def score(service: Service) -> str:
    chat_id = fresh("c")
    api_for(service).score(chat_id=chat_id, **as_impostor(fresh("u")))
    return chat_id


def test_it_is_made_and_told_of(place: tuple[Service, Settings]) -> None:
    service, settings = place
    assert "not made yet" in cuelight(service, settings, "status")
    first = score(service)
    assert "up to date" in cuelight(service, settings, "rebuild")
    assert chats(settings) == {first}
    told = json.loads(cuelight(service, settings, "status", "--json"))
    assert (told["state"], told["chats"], told["unreplayable"], told["unreadable"]) == ("current", 1, 0, 0)
    assert 0 <= told["age_s"] < 3600
    assert "1 chats" in cuelight(service, settings, "status")
    assert oct(archive_path(settings).stat().st_mode)[-3:] == "600"


def test_a_worker_follows_and_another_takes_over(
    place: tuple[Service, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, settings = place
    monkeypatch.setattr("cuelight.wiring.archive._WAIT_S", 0.1)
    with following(settings, service.stores):
        before = score(service)
        until(lambda: before in chats(settings), PATIENCE_S)
        with opened_follower(settings, service.stores) as second:
            assert second is None
        # Asked for while a worker has it: the worker does it.
        path = archive_path(settings)
        old = open_archive(settings).changes()
        assert "a worker has the archive" in cuelight(service, settings, "rebuild")
        until(
            lambda: open_archive(settings).changes() > old and open_archive(settings).status().state == "current",
            PATIENCE_S,
        )
    with following(settings, service.stores), following(settings, service.stores):
        after = score(service)
        until(lambda: {before, after} <= chats(settings), PATIENCE_S)
    assert path.exists()


def test_the_sample_month_is_loaded_once(place: tuple[Service, Settings]) -> None:
    service, _ = place
    clock = ReplayClock()
    clock.now = now()
    records = read(ROOT / "data" / "samples" / "month.json", clock.now)
    kinds = [record for record in records if isinstance(record, ChatRecord)]
    assert len(kinds) > 300
    assert all(record.at < clock.now for record in records)
    assert sum(isinstance(r, OutcomeRecord) and r.outcome.value == "impersonation" for r in records) > 10
    last = {kinds[-1].facts.key.chat_id}
    few = [r for r in records[-40:] if not isinstance(r, OutcomeRecord) or r.chat_id in last]
    corridor = service.corridor
    wanted = sum(isinstance(record, ChatRecord) for record in few)
    assert load(few, corridor, clock, lambda: True) == wanted
    assert load(few, corridor, clock, lambda: True) == 0


def test_a_month_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "month.json").write_text('{"records": [["chat", 5]]}')
    with pytest.raises(DataFileInvalid, match="no sample month"):
        read(tmp_path / "month.json", now())
    with pytest.raises(DataFileInvalid, match="cannot be read"):
        read(tmp_path / "none.json", now())
