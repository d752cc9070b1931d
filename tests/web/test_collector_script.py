"""`GET /collector.js`: small, cached, and to be included from anywhere."""

from __future__ import annotations

import gzip
import re

from tests.conftest import ROOT, Api

from cuelight.sense.fingerprint import KNOWN

SCRIPT = ROOT / "api" / "cuelight" / "web" / "static" / "collector.js"
MAX_GZIP_BYTES = 12 * 1024


def test_it_is_small() -> None:
    assert len(gzip.compress(SCRIPT.read_bytes(), 9)) <= MAX_GZIP_BYTES // 2


def test_it_names_the_components_as_they_are_compared_here() -> None:
    found = re.search(r"const COMPONENTS = \{(.*?)\n  \};", SCRIPT.read_text("utf-8"), re.S)
    assert found is not None
    assert tuple(re.findall(r"^    (\w+)(?::|,)", found[1], re.M)) == KNOWN


def test_it_keeps_and_evaluates_nothing() -> None:
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", SCRIPT.read_text("utf-8"), flags=re.S)
    for word in ("cookie", "localStorage", "sessionStorage", "indexedDB", "eval", "innerHTML", "Function(", "console"):
        assert word not in code, word


def test_pages_of_any_origin_may_include_it_and_keep_it(api: Api) -> None:
    answer = api.client.get("/collector.js")
    assert answer.status_code == 200
    assert answer.data == SCRIPT.read_bytes()
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "max-age=3600" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    again = api.client.get("/collector.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == answer.headers["Cache-Control"]
