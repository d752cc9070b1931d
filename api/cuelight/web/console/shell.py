"""The shell every page of the console stands in: registering pages and actions, rendering, tables as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ParamSpec

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from cuelight.core.roles import ACTIONS
from cuelight.web.attribution import linked
from cuelight.web.console import session
from cuelight.web.console.guard import SAFE, does
from cuelight.web.console.state import console
from cuelight.web.parts import parts

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]

GROUPS = ("Watch", "Decide", "Installation")
"""Parts of the menu, in this order."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No inline script or style. `data:` is for images only: Pico draws its marks and arrows with them."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way into a page, for the matrix of roles and actions: `path` may hold `<parameters>`."""

    endpoint: str
    method: str
    path: str
    action: str


@dataclass(slots=True)
class Page:
    """A page of the console: its name in the addresses (`/console/<name>`), its title in the menu, its group there.

    `reads` is the action that shows it; who may not do that does not see it in the menu either.
    """

    name: str
    title: str
    group: str
    reads: str
    routes: list[Route] = field(default_factory=list)
    bp: Blueprint = field(init=False)

    def __post_init__(self) -> None:
        if self.group not in GROUPS or self.reads not in ACTIONS:
            raise ValueError(f"page {self.name}: no such group or action")
        self.bp = Blueprint(self.name, __name__, url_prefix=f"/{self.name}")

    def get(self, path: str = "", *, does: str | None = None) -> Callable[[View[P]], View[P]]:
        """Register a view that only reads; `does` is `reads` if not given."""
        return self._route("GET", path, does or self.reads)

    def post(self, path: str, *, does: str) -> Callable[[View[P]], View[P]]:
        """Register a view that changes something. Origin, CSRF token, role and (`fresh`) proof are checked before."""
        return self._route("POST", path, does)

    def render(self, template: str, *, title: str | None = None, **values: object) -> str:
        return render(template, page=self, title=title or self.title, **values)

    def back(self, said: str = "", endpoint: str = "", **values: str | int) -> ResponseReturnValue:
        """Away from a form that did something: to this page (or another of its endpoints), with a message."""
        if said:
            session.say(said)
        made: dict[str, Any] = dict(values)
        return redirect(url_for(f"console.{self.name}.{endpoint or self.routes[0].endpoint}", **made), 303)

    def _route(self, method: str, path: str, action: str) -> Callable[[View[P]], View[P]]:
        guard = does(action)

        def register(view: View[P]) -> View[P]:
            name = view.__name__
            self.routes.append(Route(name, method, f"/console/{self.name}{path}", action))
            self.bp.add_url_rule(path, name, guard(view), methods=[method])
            return view

        return register


def render(template: str, *, page: Page | None = None, title: str, **values: object) -> str:
    """A template of `templates/console/`, with what every one of them may use: see `base.html`."""
    from cuelight.web.console import PAGES  # noqa: PLC0415 - the pages are registered with this module

    quiet = bool(values.get("request_id")) and page is None and _store_is_out()
    me = None if quiet else session.me()
    menu = [
        (group, [each for each in PAGES if each.group == group and me is not None and me.may(each.reads)])
        for group in GROUPS
    ]
    return render_template(
        f"console/{template}",
        page=page,
        title=title,
        me=me,
        menu=[(group, pages) for group, pages in menu if pages],
        csrf="" if quiet else session.csrf(),
        told=() if quiet else session.told(),
        theme=_theme(),
        attribution=linked(parts().geo().get("attribution")) if me else [],
        demo=console().demo,
        **values,
    )


def _store_is_out() -> bool:
    from flask import g  # noqa: PLC0415 - only asked while a problem is shown

    return bool(g.get("console_quiet"))


def _theme() -> str | None:
    chosen = request.cookies.get("cuelight-theme")
    return chosen if chosen in ("light", "dark") else None


def as_csv(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A table to keep. Cells that a spreadsheet would take for formulas get an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([_cell(value) for value in row] for row in rows)
    answer = Response(out.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="cuelight-{name}.csv"'
    return answer


def wants_csv() -> bool:
    """Whether the table of a page was asked for as a file: `?format=csv`, the link below every table."""
    return request.args.get("format") == "csv"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    text = str(value)
    risky = isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{text}" if risky else text


def show_time(at: datetime | str | None) -> str:
    """A `<time>`: in UTC as served; the console's script writes it in the viewer's zone and leaves UTC on hover."""
    if at is None:
        return Markup('<span class="none">never</span>')
    utc = (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(UTC)
    text = f"{utc:%Y-%m-%d %H:%M} UTC"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        utc.isoformat(timespec="seconds").replace("+00:00", "Z"), text, text
    )


def csv_address(table: str = "") -> str:
    """This page's address with its filters, as CSV; `table` where it has several."""
    view = {
        **(request.view_args or {}),
        **request.args.to_dict(),
        "format": "csv",
        **({"table": table} if table else {}),
    }
    return url_for(request.endpoint or "console.start", **view)


def register(app: Flask) -> None:
    app.jinja_env.filters["time"] = show_time
    app.jinja_env.globals["csv_address"] = csv_address


def finish(response: Response) -> Response:
    """Headers of everything under /console."""
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = POLICY
        # With `no-referrer`, as everywhere else, browsers would not say where a form comes from.
        response.headers["Referrer-Policy"] = "same-origin"
    if request.method in SAFE and (request.endpoint or "").endswith(".static"):
        response.headers["Cache-Control"] = "private, max-age=300"
    return session.write_cookies(response)
