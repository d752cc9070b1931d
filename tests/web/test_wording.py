"""The wording catalogue: safe to fill, whole, and honest where it is not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ROOT, Api

from cuelight.core.errors import DataFileInvalid
from cuelight.signals import SIGNALS
from cuelight.web import wording

ENGLISH = wording.load(ROOT / "data" / "wording" / "en.json")
WHOLE: dict[str, object] = {name: {} for name in ("reasons", "not_assessed", "advice", "would_be", "signals")}


def catalogue(folder: Path, **sections: object) -> Path:
    path = folder / "xx.json"
    path.write_text(json.dumps({**WHOLE, **sections}))
    return path


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_every_finding_and_every_gap_has_a_text(signal: object) -> None:
    from cuelight.signals.question import Signal

    assert isinstance(signal, Signal)
    assert signal.name in ENGLISH.signals
    for code in signal.codes:
        assert code in ENGLISH.reasons
    for why in signal.whys:
        assert why in ENGLISH.not_assessed


def test_what_the_api_itself_says_has_a_text() -> None:
    from cuelight.web.render import NO_CONTACT_DATA, UNKNOWN_ADVICE

    assert NO_CONTACT_DATA in ENGLISH.reasons
    assert set(UNKNOWN_ADVICE) <= set(ENGLISH.advice)
    assert {"signed_in", "one_time_code"} <= set(ENGLISH.would_be)


def test_places_are_filled_and_numbers_rounded(tmp_path: Path) -> None:
    words = wording.load(
        catalogue(
            tmp_path,
            reasons={"a.b": "{country}: {km} km in {hours} h, {sure}, {missing}"},
            names={"country": {"NL": "the Netherlands"}},
        )
    )
    said = words.reason("a.b", {"country": "NL", "km": 1234.56, "hours": 2.04, "sure": True})
    assert said == "the Netherlands: 1235 km in 2.0 h, yes, ?"


@given(st.text(), st.text(alphabet="{}%()a.b_c[]0!:"))
def test_whatever_a_value_holds_it_is_only_text(value: str, odd: str) -> None:
    words = wording.Wording("xx", {"a": "[{x}]"}, {}, {}, {}, {}, {})
    assert words.reason("a", {"x": value}) == f"[{value}]"
    assert words.reason("a", {"x": odd}) == f"[{odd}]"


def test_a_missing_text_is_the_code_and_a_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    from cuelight.web import logs

    logs.configure("INFO")
    assert ENGLISH.reason("network.unheard_of", {}) == "network.unheard_of"
    assert '"code":"network.unheard_of"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"reasons": []}, "reasons: must be an object"),
        ({"reasons": {"a.b": 1}}, "reasons.a.b: must be a text"),
        ({"advice": {"a": " "}}, "advice.a: must be a text"),
        ({"advice": {"a": "{0}"}}, "advice.a: has a brace"),
        ({"advice": {"a": "{x.__class__}"}}, "advice.a: has a brace"),
        ({"advice": {"a": "{x"}}, "advice.a: has a brace"),
        ({"names": {"country": "NL"}}, "names.country: must be an object"),
        ({"names": 1}, "names: must be an object"),
    ],
)
def test_a_broken_catalogue_is_refused_by_entry(tmp_path: Path, sections: dict[str, object], says: str) -> None:
    with pytest.raises(DataFileInvalid, match=f"xx.json: {says}"):
        wording.load(catalogue(tmp_path, **sections))


def test_a_catalogue_that_is_no_json_is_refused_by_line(tmp_path: Path) -> None:
    path = tmp_path / "xx.json"
    with pytest.raises(DataFileInvalid, match="cannot be read"):
        wording.load(path)
    path.write_text('{\n"reasons": {\n')
    with pytest.raises(DataFileInvalid, match="line"):
        wording.load(path)
    path.write_text("[]")
    with pytest.raises(DataFileInvalid, match="must be a JSON object"):
        wording.load(path)


LOCALES = sorted(path.stem for path in (ROOT / "data" / "wording").glob("*.json"))


def leaves(section: object, path: str = "") -> dict[str, str]:
    if isinstance(section, dict):
        return {name: text for key, part in section.items() for name, text in leaves(part, f"{path}/{key}").items()}
    return {path: str(section)}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_says_all_of_it_with_the_same_places(locale: str) -> None:
    english, other = (
        leaves(json.loads((ROOT / "data" / "wording" / f"{name}.json").read_text("utf-8"))) for name in ("en", locale)
    )
    assert other.keys() == english.keys()
    for name, text in english.items():
        assert sorted(re.findall(r"\{\w+\}", other[name])) == sorted(re.findall(r"\{\w+\}", text)), name


def test_there_are_four_languages() -> None:
    assert LOCALES == ["de", "en", "es", "fr"]


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        ("de", "fr", "de"),
        ("", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "it,fr;q=0.5,es;q=0.7", "es"),
        ("", "it", "en"),
        ("", "", "en"),
        ("xx", "fr-CA", "fr"),
        ("../../etc/passwd", "*", "en"),
        ("DE_de", "", "de"),
    ],
)
def test_an_answer_comes_in_the_language_that_was_asked_for(api: Api, asked: str, accepted: str, language: str) -> None:
    path = "/cues/api/default/nobody" + (f"?locale={asked}" if asked else "")
    answer = api.get(path, headers={"Accept-Language": accepted})
    expected = wording.load(ROOT / "data" / "wording" / f"{language}.json")
    assert answer.get_json()["reasons"][0]["text"] == expected.reasons["chat.no_contact_data"]


def test_a_folder_without_english_is_refused(tmp_path: Path) -> None:
    catalogue(tmp_path)
    with pytest.raises(DataFileInvalid, match=r"en\.json"):
        wording.load_all(tmp_path)
