"""Stores one may wait for: a machine busy with other tests must not look like a store that is down.

How soon a store that is slow counts as one that is down is asked in `tests/stores/test_outage.py`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cuelight.app import Service
from cuelight.stores import client, patience


@contextmanager
def unhurried() -> Iterator[None]:
    """For services and stores that are opened within the block, and for questions of agents asked within it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "SOCKET_TIMEOUT_S", 10.0)
        patch.setattr(client, "CONNECT_TIMEOUT_S", 10.0)
        patch.setattr(patience, "BEGIN_S", 60.0)
        yield


def nobody_waits(service: Service) -> Service:
    """Let questions of agents, too, take as long as they take; before the service is asked its first."""
    service.app.before_request(patience.end)
    return service
