"""A rotation of the hash key loses no incident, lock or snooze: they are found under the customer's new name."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.clock import Clock
from tests.conftest import api_for, as_impostor, fresh, settings_for

from cuelight.app import open_service
from cuelight.core.incident import CloseReason, Opener, OpenReason
from cuelight.sense.key_ring import finish_file, rotate_file
from cuelight.stores.embedded import EmbeddedServer


def test_what_was_opened_before_a_rotation_is_there_after_it(folder: Path) -> None:
    clock = Clock(datetime(2026, 3, 2, 8, tzinfo=UTC))
    # Patient with its store: this is not about how soon it answers.
    with EmbeddedServer(folder / "var") as server:
        settings = settings_for(folder, redis_url=f"{server.url}?socket_timeout=30")
        with closing(open_service(settings, clock)) as service:
            has, api = service.app.extensions["cuelight"], api_for(service)
            customer_id, chat_id = fresh("u"), fresh("c")
            api.score(chat_id=chat_id, **as_impostor(customer_id))
            made = has.incidents.open_for(
                customer_id, opened_by=Opener.COMPANY, by="Kim", reason=OpenReason.COMPLAINT, days=200
            )
            has.incidents.lock(customer_id, "Kim")
            has.snoozes.for_customer(customer_id, "travel", 90, "Kim", "world tour")
            clock.at += timedelta(minutes=1)
            rotate_file(settings.var_dir / "hash.key", clock.at)
            service.locator.hasten()

            owner, found = has.incidents.find(made.incident_id)
            assert (owner, found) == (service.locator.customer(customer_id), made)
            assert [one.incident_id for one in has.incidents.list(5).incidents] == [made.incident_id]
            assert has.incidents.close(made.incident_id, "Kim", CloseReason.SECURED).close_asked is not None

            former = service.locator.former()
            assert former is not None
            for _ in service.mover.sweep(former):
                pass
            clock.at += timedelta(days=10)
            finish_file(settings.var_dir / "hash.key", datetime.now(UTC), early=True)
            service.locator.hasten()
            assert service.locator.former() is None
            assert api.get(f"/incidents/{made.incident_id}").get_json()["locked"]
            assert has.incidents.close(made.incident_id, "Lee", CloseReason.SECURED).closed_at == clock.at
            (snooze,) = has.snoozes.list()
            assert snooze.target == service.locator.customer(customer_id)
