"""Desks and hooks: where chats come from. A secret is shown once, within the steps for the desk's side."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from cuelight.core.errors import NotFound
from cuelight.core.hooks import Hook
from cuelight.desks import DESKS
from cuelight.desks.new import desk_named, new_hook, rotated, steps
from cuelight.web.console.session import signed_in
from cuelight.web.console.shell import Page, as_csv, wants_csv
from cuelight.web.console.state import outside
from cuelight.web.parts import parts

page = Page("desks", "Desks and hooks", "Installation", reads="desks.read")


@page.get()
def show() -> ResponseReturnValue:
    if wants_csv():
        heads = ("id", "desk", "account", "made", "rotated", "address", "notes")
        rows = [
            (h.hook_id, h.desk, h.account, h.created_at, h.rotated_at, h.options.get("url"), h.options.get("notes"))
            for h in _hooks()
        ]
        return as_csv("hooks", heads, rows)
    return _page()


@page.get("/new/<desk>", does="desks.change")
def ask(desk: str) -> ResponseReturnValue:
    """The form for one desk: each has settings of its own."""
    entry = desk_named(desk)
    return page.render("desk_new.html", title=f"Add {entry.title}", entry=entry, base=outside())


@page.post("/new/<desk>", does="desks.change")
def add(desk: str) -> ResponseReturnValue:
    form, entry = request.form, desk_named(desk)
    options = {name: form[f"option-{name}"].strip() for name in entry.options if form.get(f"option-{name}")}
    account, url, secret = (form.get(name, "").strip() or None for name in ("account", "url", "secret"))
    made = new_hook(entry, account, url or "", options, secret, parts().clock())
    note = f"{made.desk}, {made.account}"
    parts().audit.append(by=signed_in().by, action="desk.add", target=f"hook:{made.hook_id}", note=note)
    parts().desk_hooks.store.put(made)
    return _page(made=made, steps=steps(made), own_secret=secret is None and bool(made.secrets))


@page.post("/<hook_id>/rotate", does="desks.change")
def rotate(hook_id: str) -> ResponseReturnValue:
    found = _find(hook_id)
    own = request.form.get("secret", "").strip() or None
    changed = rotated(found, own, parts().clock())
    parts().audit.append(by=signed_in().by, action="desk.rotate", target=f"hook:{hook_id}")
    parts().desk_hooks.store.put(changed)
    if own:
        return page.back("The desk's secret is set; the one before stays good for seven days.")
    return _page(made=changed, secret=changed.secrets[0])


@page.post("/<hook_id>/remove", does="desks.change")
def remove(hook_id: str) -> ResponseReturnValue:
    found = _find(hook_id)
    note = f"{found.desk}, {found.account}"
    parts().audit.append(by=signed_in().by, action="desk.remove", target=f"hook:{hook_id}", note=note)
    parts().desk_hooks.store.remove(hook_id)
    return page.back("The webhook is removed: what the desk still sends there is refused.")


def _page(**shown: Any) -> str:
    values: dict[str, Any] = {"made": None, "steps": (), "own_secret": False, "secret": None, **shown}
    by_name = {desk.name: desk for desk in DESKS}
    return page.render("desks.html", hooks=_hooks(), desks=DESKS, by_name=by_name, now=parts().clock(), **values)


def _hooks() -> list[Hook]:
    return list(parts().desk_hooks.store.list())


def _find(hook_id: str) -> Hook:
    found = parts().desk_hooks.store.get(hook_id)
    if found is None:
        raise NotFound("there is no such webhook any more")
    return found
