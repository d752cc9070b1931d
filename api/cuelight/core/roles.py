"""Who may do what in the console: one table from actions to roles. PURE.

Every action of the console is named here, reading included; a page cannot be registered with an action that is not.
Roles do not contain each other: somebody may bear several.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """`viewer` sees cues and figures; `analyst` works on customers and incidents; `policy_editor` drafts; `approver`
    publishes; `admin` runs the installation, and may do everything."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    POLICY_EDITOR = "policy_editor"
    APPROVER = "approver"
    ADMIN = "admin"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Action:
    """`fresh`: only within five minutes after the operator proved who they are."""

    roles: frozenset[Role]
    fresh: bool = False


_ALL = frozenset(Role)
_ADMIN = frozenset({Role.ADMIN})
_CASES = frozenset({Role.ANALYST, Role.ADMIN})
_POLICY = frozenset({Role.POLICY_EDITOR, Role.ADMIN})
_APPROVAL = frozenset({Role.APPROVER, Role.ADMIN})

ACTIONS: dict[str, Action] = {
    "overview.read": Action(_ALL),
    "live.read": Action(_ALL),
    "incidents.read": Action(_ALL),
    "incidents.work": Action(_CASES),
    "incidents.approve": Action(frozenset({Role.APPROVER, Role.ANALYST, Role.ADMIN})),
    "lists.read": Action(_ALL),
    "lists.change": Action(frozenset({Role.ANALYST, Role.POLICY_EDITOR, Role.ADMIN})),
    "policies.read": Action(_ALL),
    "policies.draft": Action(_POLICY),
    "policies.ask": Action(_POLICY),
    "policies.publish": Action(_APPROVAL, fresh=True),
    "tune.read": Action(_ALL),
    "tune.save": Action(_POLICY),
    "customers.look_up": Action(_CASES),
    "customers.export": Action(_CASES),
    "customers.lock": Action(_CASES),
    "customers.erase": Action(_ADMIN, fresh=True),
    "operators.read": Action(_ADMIN),
    "operators.change": Action(_ADMIN, fresh=True),
    "access.read": Action(_ADMIN),
    "agents.change": Action(_ADMIN),
    "keys.change": Action(_ADMIN, fresh=True),
    "desks.read": Action(_ADMIN),
    "desks.change": Action(_ADMIN, fresh=True),
    "collectors.read": Action(_ADMIN),
    "collectors.change": Action(_ADMIN, fresh=True),
    "channels.read": Action(_ADMIN),
    "channels.change": Action(_ADMIN),
    "audit.read": Action(_ADMIN),
    "audit.verify": Action(_ADMIN),
    "health.read": Action(_ALL),
}


def may(roles: Iterable[Role], action: str) -> bool:
    """Whether one of these roles may do it. Raises `KeyError` for an action that is not in the table."""
    return not ACTIONS[action].roles.isdisjoint(roles)


def read_roles(names: Iterable[str]) -> frozenset[Role]:
    """The roles of these names; `policy editor` is taken for `policy_editor`. Raises `ValueError` for others."""
    return frozenset(Role(name.strip().lower().replace(" ", "_").replace("-", "_")) for name in names)
