"""The sample desk at `/demo/desk`: a small support desk on which the extension's own files draw real cues.

`create_app` registers `blueprint(…)` only where `settings.demo` is set; without it every path here is a 404. It also
calls `demo_data.load(corridor, samples_dir, now)` once the store is up, and hands over a key with the scopes `cue` and
`outcome`: the page needs one to ask the API like the extension does. Never serve this to people you do not know.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path, PurePosixPath

import orjson
from flask import Blueprint, Response, jsonify, redirect, render_template, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from cuelight.assess import Corridor
from cuelight.core.errors import DataFileInvalid
from cuelight.web import demo_data
from cuelight.web.attribution import linked
from cuelight.web.auth import needs
from cuelight.web.parts import parts
from cuelight.web.problems import Problem

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FOLDERS = frozenset({"content", "background", "panel", "desks", "guard", "icons", "_locales"})
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
"""Set here rather than guessed: a machine's MIME table may call JavaScript plain text, and browsers then refuse it."""


def blueprint(
    corridor: Corridor,
    *,
    demo_key: str,
    extension_dir: Path,
    samples_dir: Path,
    clock: Callable[[], datetime],
    forget: Callable[[str], object],
    also: Callable[[], object],
) -> Blueprint:
    """The sample desk's routes, all under `/demo`.

    `forget` erases a customer by their id (for "start over"), `also` what was written in the sample shop.
    """
    bp = Blueprint("demo", __name__, url_prefix="/demo", static_folder="static/demo", static_url_path="/static")

    @bp.get("/")
    def start() -> ResponseReturnValue:
        return redirect(url_for("demo.desk"), 303)

    @bp.get("/desk")
    def desk() -> ResponseReturnValue:
        """The page. Its words come from `/demo/desk.json`, its cues from the API."""
        html = render_template(
            "demo/desk.html",
            content_scripts=_content_scripts(extension_dir),
            attribution=linked(parts().geo().get("attribution")),
        )
        answer = Response(html, content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = _POLICY
        return answer

    @bp.get("/desk.json")
    def words() -> ResponseReturnValue:
        """Names, orders, conversations, and the key. Unreadable from other origins: nothing here allows CORS."""
        return jsonify({**demo_data.shown(demo_data.read(samples_dir)), "key": demo_key})

    @bp.get("/extension/<path:path>")
    def extension(path: str) -> ResponseReturnValue:
        """The extension's files that draw: nothing else of its folder, and nothing outside it."""
        folder, _, name = path.partition("/")
        kind = _TYPES.get(PurePosixPath(name).suffix)
        if kind is None or folder not in _FOLDERS:
            raise Problem("not_found", "The sample desk lends no such file.")
        # From the one folder, not from the extension's: `content/../manifest.json` must not get out of `content`.
        answer = send_from_directory(extension_dir.resolve() / folder, name, conditional=True)
        answer.headers["Content-Type"] = kind
        return answer

    @bp.post("/start-over")
    @needs("outcome")
    def start_over() -> ResponseReturnValue:
        """Forget what was played and load the samples again. The bearer key keeps other pages from asking this."""
        demo_data.start_over(corridor, samples_dir, clock(), forget)
        also()
        return Response(status=204)

    return bp


def _content_scripts(extension_dir: Path) -> list[str]:
    """The content scripts' names in the manifest's order, without the one that only works inside the extension."""
    path = extension_dir / "manifest.json"
    try:
        listed = orjson.loads(path.read_bytes())["content_scripts"][0]["js"]
    except (OSError, ValueError, LookupError) as error:
        raise DataFileInvalid(f"{path.name}: cannot be read; is the extension folder complete?") from error
    names = [PurePosixPath(name).name for name in listed]
    return [name for name in names if name != "transport.js"]
