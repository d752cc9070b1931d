"""Collectors: which chat pages may send facts, and what proves who is signed in there. Secrets are shown once."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from cuelight.core.collectors import Algorithm, Collector
from cuelight.core.errors import InvalidInput, NotFound
from cuelight.core.hooks import OVERLAP
from cuelight.desks import DESKS
from cuelight.web.console.session import signed_in
from cuelight.web.console.shell import Page, as_csv, wants_csv
from cuelight.web.console.state import outside
from cuelight.web.new_collector import new_collector, tag, with_token_key
from cuelight.web.parts import parts

page = Page("collectors", "Collectors", "Installation", reads="collectors.read")


@page.get()
def show() -> ResponseReturnValue:
    found, now = parts().collecting.store.list(), parts().clock()
    if wants_csv():
        heads = ("key", "desk", "account", "origins", "made", "token keys")
        rows = [(c.key, c.desk, c.account, " ".join(c.origins), c.created_at, _signed(c)) for c in found]
        return as_csv("collectors", heads, rows)
    return page.render("collectors.html", collectors=found, desks=DESKS, now=now)


@page.post("/add", does="collectors.change")
def add() -> ResponseReturnValue:
    desk, account = (request.form.get(name, "").strip() for name in ("desk", "account"))
    has = parts()
    made = new_collector(desk, account, request.form.get("origins", "").split(), has.clock())
    _note("collector.add", made, f"{made.desk}, {made.account}: {' '.join(made.origins)}")
    has.collecting.store.put(made)
    return page.back("The key is made. Paste the tag below into the page.", "one", key=made.key)


@page.get("/<key>")
def one(key: str) -> ResponseReturnValue:
    """A collector's tag, what the page's content policy needs, and the ids of its token keys."""
    found = _find(key)
    if wants_csv():
        rows = [(each.kid, each.algorithm, each.added_at) for each in found.token_keys]
        return as_csv("token-keys", ("kid", "signed with", "set"), rows)
    return _one(found)


@page.post("/<key>/secret", does="collectors.change")
def secret(key: str) -> ResponseReturnValue:
    """One more key for identity tokens: a secret made here and shown once, or a secret or public key somebody has."""
    found = _find(key)
    own, public = (request.form.get(name, "").strip() for name in ("secret", "public_key"))
    if own and public:
        raise InvalidInput("public_key", "takes the place of a secret: fill in one of them")
    if "own" in request.form and not (own or public):
        raise InvalidInput("secret", "is empty, and so is the public key: fill in one, or have a secret made")
    algorithm: Algorithm = "ES256" if public else "HS256"
    has = parts()
    changed = with_token_key(found, algorithm, public or own or None, has.clock())
    made = changed.token_keys[0]
    _note("collector.secret", found, f"{algorithm}, kid {made.kid}")
    has.collecting.store.put(changed)
    if not (own or public):
        return _one(changed, secret=made.value)
    before = "; the one before stays good for seven days" if found.token_keys else ""
    return page.back(f"Identity tokens are checked with it ({algorithm}, kid {made.kid}){before}.", "one", key=key)


@page.post("/<key>/remove", does="collectors.change")
def remove(key: str) -> ResponseReturnValue:
    found = _find(key)
    _note("collector.remove", found)
    parts().collecting.store.remove(key)
    return page.back("The key is removed: what pages send with it is refused within five seconds.")


def _one(found: Collector, **shown: Any) -> str:
    base = outside()
    return page.render(
        "collector.html",
        title=f"Collector of {found.desk}, {found.account}",
        collector=found,
        token_keys=found.live_token_keys(parts().clock()),
        overlap=OVERLAP,
        tag=tag(found, base),
        base=base,
        **{"secret": None, **shown},
    )


def _signed(collector: Collector) -> str:
    """The ids of its token keys, never their values."""
    return ", ".join(f"{key.algorithm} {key.kid}" for key in collector.live_token_keys(parts().clock()))


def _note(action: str, collector: Collector, note: str = "") -> None:
    parts().audit.append(by=signed_in().by, action=action, target=f"collector:{collector.key}", note=note)


def _find(key: str) -> Collector:
    found = parts().collecting.store.get(key)
    if found is None:
        raise NotFound("there is no such key any more")
    return found
