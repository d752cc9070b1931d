"""Customers: looked up by the company's own id, seen as the scoring sees them, exported, locked, erased.

An id is personal data, so it travels in forms only: never in an address, a log line or the audit log. Each look-up is
audited, by the keyed hash of the id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import orjson
import structlog
from flask import Response, request
from flask.typing import ResponseReturnValue

from cuelight.core.chat import Device, Sighting
from cuelight.core.erasure import Rewrite
from cuelight.core.errors import InvalidInput
from cuelight.core.history import PastSighting
from cuelight.customers.dossier import Kept
from cuelight.web import body, render_customer
from cuelight.web.console.session import signed_in
from cuelight.web.console.shell import Page, as_csv
from cuelight.web.parts import parts

page = Page("customers", "Customers", "Watch", reads="customers.look_up")
_log = structlog.get_logger("cuelight.web")

_SHOWN = 100
_USUAL = 5


@dataclass(frozen=True, slots=True)
class Habit:
    """One value this customer is seen with, and its share of the history's trust, 0 to 1."""

    value: str
    share: float
    seen: int


@page.get()
def show() -> ResponseReturnValue:
    return page.render("customers.html", customer_id=None)


@page.post("/look-up", does="customers.look_up")
def look_up() -> ResponseReturnValue:
    customer_id = _asked()
    _note("customer.look_up", customer_id)
    return _page(customer_id)


@page.post("/export", does="customers.export")
def export() -> ResponseReturnValue:
    """Everything kept, as JSON: what the customer may be given."""
    customer_id = _asked()
    _note("customer.export", customer_id)
    kept = parts().dossier.export(customer_id)
    document = render_customer.export(customer_id, kept, parts().retention)
    answer = Response(orjson.dumps(document, option=orjson.OPT_INDENT_2), content_type="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="cuelight-customer.json"'
    return answer


@page.post("/sightings", does="customers.export")
def sightings() -> ResponseReturnValue:
    """The table of sightings as a file."""
    customer_id = _asked()
    _note("customer.export", customer_id)
    kept = parts().dossier.export(customer_id)
    heads = ("at", "from", "trust", "proof", "country", "asn", "network", "device", "reported")
    return as_csv("sightings", heads, [_row(past, trust) for past, trust in _trusted(kept)])


@page.post("/lock", does="customers.lock")
def lock() -> ResponseReturnValue:
    customer_id = _asked()
    parts().incidents.lock(customer_id, signed_in().by)
    return _page(customer_id, said="Locked: nothing is to be given out by chat until this customer is signed in.")


@page.post("/unlock", does="customers.lock")
def unlock() -> ResponseReturnValue:
    customer_id = _asked()
    done = parts().incidents.unlock(customer_id, signed_in().by)
    return _page(customer_id, said="The lock is taken away." if done else "There was no lock.")


@page.post("/erase", does="customers.erase")
def erase() -> ResponseReturnValue:
    customer_id = _asked()
    if request.form.get("typed") != customer_id:
        raise InvalidInput("typed", "is not this customer's id; nothing was erased")
    _note("customer.erase", customer_id)
    dossier = parts().dossier
    done = dossier.erase(customer_id)
    rewrite = dossier.rewrite()
    if rewrite in (Rewrite.BUSY, Rewrite.REFUSED):
        _log.warning("append_only_file_holds_erased_values", state=rewrite.value)
    shown = render_customer.erased(done, rewrite)
    return page.render("customers.html", customer_id=None, erased=shown)


def _page(customer_id: str, said: str = "") -> str:
    kept = parts().dossier.export(customer_id)
    trusted = _trusted(kept)
    return page.render(
        "customers.html",
        customer_id=customer_id,
        kept=kept,
        said=said,
        now=parts().clock(),
        sightings=[(p, trust, place(p.sighting), device(p.sighting.device)) for p, trust in trusted[:_SHOWN]],
        more=max(0, len(trusted) - _SHOWN),
        habits=_habits(trusted),
        not_kept=render_customer.NOT_KEPT,
    )


def _asked() -> str:
    return body.customer_id(request.form.get("customer_id", "").strip())


def _note(action: str, customer_id: str) -> None:
    has = parts()
    has.audit.append(by=signed_in().by, action=action, target=has.dossier.target(customer_id))


def _trusted(kept: Kept) -> list[tuple[PastSighting, float]]:
    return list(zip(kept.history.sightings, kept.trust, strict=True))


def _habits(trusted: Iterable[tuple[PastSighting, float]]) -> list[tuple[str, list[Habit]]]:
    """What is usual: by country, network, kind of network and device, the trust each value bears."""
    named: list[tuple[str, Callable[[Sighting], str | None]]] = [
        ("Countries", lambda s: country(s.origin.country) if s.origin else None),
        ("Networks", lambda s: f"AS{s.origin.asn}" if s.origin and s.origin.asn else None),
        ("Kinds of network", lambda s: s.origin.kind.value if s.origin else None),
        ("Devices", lambda s: device(s.device) or None),
    ]
    found = []
    for title, of in named:
        weight: defaultdict[str, float] = defaultdict(float)
        seen: defaultdict[str, int] = defaultdict(int)
        for past, trust in trusted:
            if (value := of(past.sighting)) is not None:
                weight[value] += trust
                seen[value] += 1
        total = sum(weight.values())
        habits = [Habit(value, w / total if total else 0.0, seen[value]) for value, w in weight.items()]
        found.append((title, sorted(habits, key=lambda h: (-h.share, -h.seen, h.value))[:_USUAL]))
    return found


def place(seen: Sighting) -> str:
    """Country, network and its kind, in one line."""
    origin = seen.origin
    if origin is None:
        return ""
    parts_of = [
        country(origin.country) or "country unknown",
        f"AS{origin.asn}" if origin.asn else "",
        origin.kind.value,
    ]
    return ", ".join(part for part in parts_of if part)


def country(code: str | None) -> str | None:
    """A country by its name, as reasons tell it."""
    return None if code is None else parts().wording.name("country", code)


def device(found: Device | None) -> str:
    """Browser and system, without what only a hash is kept of."""
    if found is None:
        return ""
    names = [software.family for software in (found.browser, found.os) if software is not None]
    return " on ".join(names)


def _row(past: PastSighting, trust: float) -> tuple[object, ...]:
    origin = past.sighting.origin
    return (
        past.at,
        str(past.chat) if past.chat else "sign-in",
        round(trust, 3),
        past.proof.value,
        origin.country if origin else None,
        origin.asn if origin else None,
        origin.kind.value if origin else None,
        device(past.sighting.device),
        "reported" if past.reported else "",
    )
