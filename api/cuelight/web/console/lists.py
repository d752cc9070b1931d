"""Lists: which networks are of which kind, and the snoozes, signals set aside for a customer or a network."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from cuelight.core.audit import customer_target
from cuelight.core.errors import InvalidInput, NotFound
from cuelight.core.snooze import MOST_DAYS, About
from cuelight.customers.snoozes import SNOOZABLE
from cuelight.sense.networks import LISTS
from cuelight.web import body
from cuelight.web.console.session import signed_in
from cuelight.web.console.shell import Page, as_csv, wants_csv
from cuelight.web.parts import parts

page = Page("lists", "Lists", "Decide", reads="lists.read")

KINDS = {
    "tor.txt": "Tor exits",
    "vpn.txt": "VPN exits",
    "relay.txt": "privacy relays",
    "hosting.txt": "data centres",
    "mobile.txt": "mobile carriers",
    "business.txt": "company networks, your own offices among them",
}


@page.get()
def show() -> ResponseReturnValue:
    has = parts()
    snoozes = has.snoozes.list()
    if wants_csv() and request.args.get("table") == "networks":
        counts = has.networks().entries
        return as_csv("networks", ("file", "holds", "entries"), ((n, KINDS[n], counts.get(n)) for n in LISTS))
    if wants_csv():
        heads = ("snooze", "signal", "about", "name", "until", "set", "by", "reason")
        rows = [(s.snooze_id, s.signal, s.about.value, s.label, s.until, s.at, s.by, s.reason) for s in snoozes]
        return as_csv("snoozes", heads, rows)
    words = has.catalogues.best(["en"])
    status = has.networks()
    return page.render(
        "lists.html",
        snoozes=snoozes,
        signals={name: words.signals.get(name, name) for name in SNOOZABLE},
        files=[(name, KINDS[name], status.entries.get(name)) for name in LISTS],
        errors=status.errors,
        most_days=MOST_DAYS,
        customer=About.CUSTOMER,
        named=customer_target,
    )


@page.post("/snooze", does="lists.change")
def snooze() -> ResponseReturnValue:
    form = request.form
    signal, days, reason = form.get("signal", ""), _days(form.get("days", "")), form.get("reason", "")
    customer_id, network = form.get("customer_id", ""), form.get("network", "").strip()
    if bool(customer_id.strip()) == bool(network):
        raise InvalidInput("customer_id", "name either a customer or a network")
    snoozes, by = parts().snoozes, signed_in().by
    if network:
        made = snoozes.for_network(network, form.get("label", ""), signal, days, by, reason)
    else:
        made = snoozes.for_customer(body.customer_id(customer_id), signal, days, by, reason)
    return page.back(f"Snoozed until {made.until:%Y-%m-%d}. It holds everywhere within 5 seconds, and ends by itself.")


@page.post("/<snooze_id>/end", does="lists.change")
def end(snooze_id: str) -> ResponseReturnValue:
    if not parts().snoozes.end(snooze_id, signed_in().by):
        raise NotFound("there is no such snooze any more")
    return page.back("The signal is asked again: at once here, within 5 seconds everywhere.")


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise InvalidInput("days", f"is a whole number from 1 to {MOST_DAYS}")
    return int(text[:6])
