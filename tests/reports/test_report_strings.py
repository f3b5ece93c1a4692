"""The wording: the same keys and fields in every language, every key in use, and no word of blame."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path

import pytest
from report_samples import Said, analysis_of, couple

import attunement.reports
from attunement.core.codebook import AFTER, EXPRESSION, MEETING, MISSING, VERDICTS
from attunement.errors import UsageError
from attunement.reports.html import render_html
from attunement.reports.options import ReportOptions
from attunement.reports.strings import languages, load_words

REPORTS = Path(attunement.reports.__file__).parent
# Sections whose keys are words of a closed set and are looked up by them.
BY_WORD = {"meta", "verdict", "verdict_gloss", "left_out", "reason", "family", "code", "gloss", "kind_phrase", "hours"}
BY_WORD |= {"labour", "duration", "change_name", "change_short", "said_by", "problem"}


def fields(wording: str) -> set[str]:
    """Return the named fields of a wording."""
    return set(re.findall(r"\{(\w+)\}", wording))


@pytest.mark.parametrize("language", languages())
def test_languages_have_the_same_keys_and_fields(language: str) -> None:
    """A translation words everything that English words, with the same fields."""
    english, other = load_words("en"), load_words(language)
    assert other.keys() == english.keys()
    assert [key for key in sorted(english.keys()) if fields(english.raw(key)) != fields(other.raw(key))] == []


@pytest.mark.parametrize("language", languages())
def test_every_code_and_verdict_is_worded(language: str) -> None:
    """Each word of the codebook that a page shows has a name and a gloss."""
    words = load_words(language)
    for code in (*EXPRESSION, *MEETING, *MISSING, *AFTER):
        assert words.has(f"code.{code.name}")
        assert words.has(f"gloss.{code.name}")
    assert all(words.has(f"verdict.{verdict}") for verdict in VERDICTS)


def test_every_key_is_used() -> None:
    """No wording lies about that no page, script or summary shows."""
    sources = [
        *REPORTS.rglob("*.py"),
        *REPORTS.rglob("*.j2"),
        REPORTS / "templates/page.js",
        REPORTS / "templates/differ.js",
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    unused: list[str] = []
    for key in sorted(load_words("en").keys()):
        section, _, rest = re.sub(r"\.(one|other)$", "", key).partition(".")
        in_script = re.search(rf"(W\.{section}|F)\.{rest}\b|\"{rest}(\.one)?\"", text) is not None
        is_numbered = section in ("basis", "help") and rest.startswith(("limit_", "for_"))
        is_named = f'"{section}.{rest}"' in text or f"'{section}.{rest}'" in text
        is_in_script = in_script and section in ("exchanges", "differ")
        if section not in BY_WORD and not is_named and not is_in_script and not is_numbered:
            unused.append(key)
    assert unused == []


def test_no_wording_blames_grades_or_diagnoses() -> None:
    """English speaks of exchanges: no score of a person, no fault, no odds, no diagnosis."""
    words = load_words("en")
    for key in sorted(words.keys()):
        wording = words.raw(key)
        if key.split(".")[0] in ("basis", "gloss", "help"):
            continue
        for word in (
            "toxic",
            "narcissis",
            "abuser",
            "victim",
            "guilty",
            "grade",
            "compatib",
            "healthy",
            "fault",
            "should",
        ):
            assert word not in wording.lower(), key


def test_unknown_language_is_refused() -> None:
    """A language without wording is refused with those that there are."""
    with pytest.raises(UsageError, match="no wording"):
        load_words("xx")


@pytest.mark.parametrize(
    ("language", "number", "share", "day"),
    [("en", "12,345.60", "42%", "4 March 2024"), ("de", "12.345,60", "42\u00a0%", "4. März 2024")],
)
def test_numbers_and_days_follow_the_language(language: str, number: str, share: str, day: str) -> None:
    """Marks of numbers, the space before per cent and names of months are the language's."""
    words = load_words(language)
    assert words.number(12345.6, 2) == number
    assert words.percent(0.42) == share
    assert words.date(date(2024, 3, 4)) == day


def test_shares_near_the_ends_are_not_rounded_to_them() -> None:
    """Only nothing is 0 % and only all is 100 %."""
    words = load_words("en")
    assert [words.percent(share) for share in (0.0, 0.001, 0.999, 1.0)] == ["0%", "1%", "99%", "100%"]
    # One share, reached in two ways, is one number on the page.
    assert words.percent(13 / 40) == words.percent(0.32500000000000007) == "33%"


def test_german_page_is_german() -> None:
    """A page in German says so to the browser and holds no sentence of the English opening."""
    page = render_html(couple(14), ReportOptions(language="de"))
    assert '<html lang="de">' in page
    assert "etwas Eigenes auf den Tisch gelegt" in page
    assert "put something of their own" not in page
    assert "Beide Richtungen" in page


def _kinds_of_problems() -> set[str]:
    """Return the short words that our readers count problems by, as they stand in their sources."""
    found: set[str] = set()
    for path in (REPORTS.parent / "readers").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                given = node.args[:3] if name in ("Problem", "problem", "_problem", "tell", "_tell") else []
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("KIND", "SAME_ID"):
                given = [node.value]
            else:
                continue
            said = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            found.update(each for each in said if re.fullmatch(r"[a-z]+( [a-z]+){1,3}", each))
    return found


def test_kinds_of_problems_are_worded() -> None:
    """A German page says in German what could not be read; a kind that no language words stands as it is."""
    kinds = _kinds_of_problems()
    assert {"unreadable line", "bad time", "same id", "unsupported message"} <= kinds
    for language in languages():
        words = load_words(language)
        assert [kind for kind in sorted(kinds) if not words.has(f"problem.{kind}")] == []
    page = render_html(analysis_of([Said("Ana", 0, "hi")], problems=2), ReportOptions(language="de"))
    assert '<th scope="row">unlesbare Zeile</th><td class="num">2</td>' in page


@pytest.mark.parametrize(
    ("language", "one", "more"), [("en", "−1 point", "−2 points"), ("de", "−1 Punkt", "−2 Punkte")]
)
def test_one_point_is_one(language: str, one: str, more: str) -> None:
    """A difference of one point is in the singular."""
    words = load_words(language)
    assert (words.points(-0.01), words.points(-0.02)) == (one, more)
