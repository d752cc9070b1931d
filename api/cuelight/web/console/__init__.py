"""The security team's console under `/console`.

To add a page:

1. `web/console/<name>.py` with `page = Page("<name>", "<title in the menu>", "<group>", reads="<action>")` and views
   registered by `@page.get()` and `@page.post("/<what>", does="<action>")`. `audit_log.py` is the example to follow.
2. A template `web/templates/console/<name>.html` that extends `console/base.html`; `page.render("<name>.html", …)`.
   Macros for what pages share (tables, empty states, forms, cues, confirmations) are in `macros.html`.
3. One line in `PAGES` below. Menu, guard and the tests over all pages (roles, axe, content policy) follow from it.

What a page may rely on, and must do:

- Actions are named in `core.roles.ACTIONS`; one with `fresh` asks for password and code again where five minutes have
  passed, and then goes on with the form that was sent. A view is only called once all of that is settled.
- `signed_in()` says who it is; `signed_in().by` is their name for the audit log. Append before you do:
  `parts().audit.append(by=signed_in().by, action="list.add", target="network:…", note=reason)`.
- Every form is a plain `POST` with `{{ csrf_field() }}`; answer with `page.back("What was done.")`, which redirects.
  Pages work without JavaScript. htmx (`hx-get`, `hx-target`, `hx-select`, `hx-trigger`) may make them smoother; a page
  that renews itself sends `X-Unattended`, so that an unwatched screen does not stay signed in.
- No inline script or style, no `style=` attribute, no `on…=`: the content policy refuses them. Own scripts go to
  `web/static/console/<name>.js`, loaded by `{% block scripts %}`; own styles to `console.css` or `<name>.css`
  (`{% block styles %}`).
- Times are shown by `{{ at|time }}`. Cues by `{{ ui.cue("red") }}`: shape, word and colour. Empty tables say what would
  stand there and how to get it: `{{ ui.empty(…) }}`.
- A table stands in `{% call ui.table("What it lists") %}…{% endcall %}` and offers `{{ ui.csv() }}`; its view answers
  `if wants_csv(): return as_csv(…)`.
- Errors are raised (`InvalidInput`, `NotFound`, `Conflict`, `Stop`), not returned: they become pages.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Flask, redirect, url_for
from flask.typing import ResponseReturnValue

from cuelight.web.console import (
    access,
    advice,
    audit_log,
    channels,
    collectors,
    customers,
    desks,
    errors,
    guard,
    health,
    incidents,
    lists,
    live,
    oidc,
    operators,
    overview,
    policies,
    session,
    shell,
    sign_in,
    state,
    tune,
)
from cuelight.web.console.shell import Page
from cuelight.web.console.state import Console

_STATIC = Path(__file__).resolve().parents[1] / "static"

PAGES: tuple[Page, ...] = (
    overview.page,
    live.page,
    incidents.page,
    tune.page,
    customers.page,
    policies.page,
    advice.page,
    lists.page,
    operators.page,
    access.page,
    desks.page,
    collectors.page,
    channels.page,
    audit_log.page,
    health.page,
)  # fmt: skip
"""In the order of the menu, within each group."""


def register(app: Flask, console: Console, icons_dir: Path) -> None:
    """Serve the console. As long as nobody could sign in, every path of it is one there is not."""
    state.plug(app, console)
    shell.register(app)
    app.register_blueprint(_blueprint(icons_dir))


def _blueprint(icons_dir: Path) -> Blueprint:
    bp = Blueprint("console", __name__, url_prefix="/console")
    bp.before_request(guard.admit)
    bp.after_request(shell.finish)
    errors.register(bp)
    bp.register_blueprint(sign_in.bp)
    bp.register_blueprint(oidc.bp)
    # The extension's own icons: one set for page, toolbar, panel and console.
    for name, folder in (("static", _STATIC / "console"), ("vendor", _STATIC / "vendor"), ("icons", icons_dir)):
        bp.register_blueprint(Blueprint(f"files_{name}", __name__, static_folder=folder, static_url_path=f"/{name}"))
    for page in PAGES:
        bp.register_blueprint(page.bp)

    @bp.get("/")
    def start() -> ResponseReturnValue:
        """To the first page of the menu."""
        me = session.me()
        if me is None:
            return guard.to_sign_in()
        first = next(page for page in PAGES if me.may(page.reads))
        return redirect(url_for(f"console.{first.name}.{first.routes[0].endpoint}"), 303)

    @bp.get("/<path:rest>")
    def nothing(rest: str) -> ResponseReturnValue:
        """A page there is not, told as one: also who is not signed in gets no other answer for any path."""
        if session.me() is None:
            return guard.to_sign_in()
        raise errors.Stop("not_found", 404, "There is no such page", "Check the address, or use the menu.")

    return bp
