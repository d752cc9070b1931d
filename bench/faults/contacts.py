"""The chats that are sent: few facts, so that the machine's time goes into faults; three kinds of customers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

CHATS_A_CUSTOMER = 16
"""Sent at about the same time by as many connections: what collides in one history is tried, too."""

_HOME = {
    "ip": "81.2.69.142",
    "user_agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36",
}
_ABROAD = {
    "ip": "89.160.20.112",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
}


def customer(number: int) -> str:
    return f"c-{number // CHATS_A_CUSTOMER}"


def is_warned(number: int) -> bool:
    """Whether this chat's customer has an open incident: every chat is red then, whatever the policy weighs."""
    return (number // CHATS_A_CUSTOMER) % 16 == 0


def is_settled(number: int) -> bool:
    """Whether this chat's customer has a history of sign-ins and writes from home: green."""
    return (number // CHATS_A_CUSTOMER) % 16 == 1


def chat(number: int) -> dict[str, Any]:
    """The facts of a chat, the same for the same number."""
    return {
        "chat_id": f"n-{number}",
        "customer_id": customer(number),
        **(_HOME if is_settled(number) else _ABROAD if is_warned(number) else {"ip": _own_address(number)}),
    }


def _own_address(number: int) -> str:
    """One for each customer, far apart: many customers behind one address would be a spray, and red."""
    spread = (number // CHATS_A_CUSTOMER) * 40_503 % 65_536
    return f"89.{spread >> 8}.{spread & 255}.7"


def sign_ins(customer_id: str) -> list[dict[str, Any]]:
    """A month of the customer's own sign-ins, from home."""
    now = datetime.now(UTC)
    return [
        {"customer_id": customer_id, **_HOME, "occurred_at": (now - timedelta(days=days)).isoformat()}
        for days in (2, 9, 16, 23, 29)
    ]
