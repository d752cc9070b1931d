"""What lately happened to the account, where the company sends it.

Fires on changed contact details, resets, failed sign-ins, and on the owner being active somewhere else (or right
here) at the same time, shortly before or after the chat began. What was changed after that is left out: an agent may
have done it in this very chat. Not assessed when the company sent no account events. Known false alarm: a customer who
has just moved house and changed everything.
"""

from __future__ import annotations

from datetime import timedelta

from cuelight.core.evidence import Evidence, NotAssessed
from cuelight.core.history import AccountEvent, AccountEventKind
from cuelight.signals.question import Question, Signal

_CHANGES = frozenset(
    {AccountEventKind.CONTACT_CHANGED, AccountEventKind.PASSWORD_RESET, AccountEventKind.ORDER_ADDRESS_CHANGED}
)


def ask(q: Question) -> Evidence | NotAssessed | None:
    """The owner's whereabouts first: nothing else is as telling."""
    at = q.chat.at
    known = [e for e in q.history.events if e.at < at or (_is_sign_in(e) and e.at <= q.now)]
    if not known:
        return NotAssessed("account", "no_account_events")
    origin, span = q.chat.origin, timedelta(minutes=q.constant("active_min"))
    active = [e for e in known if _is_sign_in(e) and abs(at - e.at) <= span]
    events = [e for e in known if e.at < at]
    if origin is not None and any(e.address == origin.address for e in active):
        return Evidence("account.owner_here", q.constant("owner_here_points"))
    if origin is not None and any(e.address is not None for e in active):
        return Evidence("account.owner_elsewhere", q.constant("owner_elsewhere_points"))
    changed = [e for e in events if e.kind in _CHANGES and _days_ago(q, e) <= q.constant("changed_d")]
    failed = sum(e.kind is AccountEventKind.SIGN_IN_FAILED and _days_ago(q, e) <= 1.0 for e in events)
    points = 0.0
    if changed:
        points += q.constant("changed_points")
    if failed >= q.constant("failed_least"):
        points += q.constant("failed_points")
    if not points:
        return None
    return Evidence("account.changed" if changed else "account.sign_in_failed", points)


def _days_ago(q: Question, e: AccountEvent) -> float:
    return (q.chat.at - e.at).total_seconds() / 86_400


def _is_sign_in(e: AccountEvent) -> bool:
    return e.kind is AccountEventKind.SIGNED_IN


SIGNAL = Signal(
    "account",
    ask,
    codes=("account.owner_here", "account.owner_elsewhere", "account.changed", "account.sign_in_failed"),
    whys=("no_account_events",),
    constants=(
        "active_min",
        "owner_here_points",
        "owner_elsewhere_points",
        "changed_d",
        "changed_points",
        "failed_least",
        "failed_points",
    ),
)
