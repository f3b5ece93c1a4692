"""How figures were made, in the language of the page."""

from __future__ import annotations

import re

import msgspec
import pytest
from report_samples import CODER, Said, analysis_of, couple
from test_report_language import unread

from attunement.core.analysis import Analysis
from attunement.measures.base import MeasureOptions, measure_all
from attunement.reports.methods import phrases, word_method
from attunement.reports.options import ReportOptions
from attunement.reports.page import make_page
from attunement.reports.strings import languages, load_words

# The same word in both languages.
SAME = {"z", "Kaplan-Meier"}


def group() -> Analysis:
    """Three who call on each other, too rarely to say how often."""
    names = ("Ana", "Ben", "Cem")
    said = [
        Said(names[i % 3], 11.0 * i, "oh dear" if i % 2 else "I am sad", {"flat": ""} if i % 2 else {"feeling": ""})
        for i in range(40)
    ]
    return analysis_of(said, medium="transcript", epoch=None)


@pytest.mark.parametrize("language", languages())
def test_languages_have_the_same_phrases_and_fields(language: str) -> None:
    """A translation words every phrase and every noun that English words, with the same fields."""
    english, other = phrases("en"), phrases(language)
    for section in ("phrase", "noun"):
        assert other[section].keys() == english[section].keys()
        for key, phrase in english[section].items():
            assert set(re.findall(r"\{(\w+)\}", phrase)) == set(re.findall(r"\{(\w+)\}", other[section][key])), key


@pytest.mark.parametrize("make", [lambda: couple(60), group, lambda: unread(couple(20), range(9))])
def test_no_method_and_no_note_of_a_german_page_is_english(make: object) -> None:
    """Every phrase that the measures say of these records has its translation."""
    assert callable(make)
    analysis = make()
    assert isinstance(analysis, Analysis)
    assert analysis.versions["coder"] == CODER
    words = load_words("de")
    said = {phrase for e in analysis.estimates for text in (e.method, e.note) for phrase in text.split("; ") if phrase}
    assert len(said) > 10
    assert {phrase for phrase in said if word_method(phrase, words) == phrase} <= SAME
    page = make_page(analysis, ReportOptions(language="de"))
    told = " ".join(f"{row.method} {row.note}" for row in page.view.basis.figures) + page.view.basis.methods
    for english in ("share of", "interval on", "counts only", "fewer than", "left out", " over ", "acts per"):
        assert english not in told


def test_no_null_of_a_german_page_is_english() -> None:
    """What was shifted to make a null, and why one has no p, has its translation too."""
    alone = couple(110)
    with_p = msgspec.structs.replace(alone, estimates=measure_all(alone, MeasureOptions(surrogates=19, resamples=50)))
    words = load_words("de")
    texts = {text for e in with_p.estimates for text in (e.method, e.note)}
    said = {phrase for text in texts for phrase in text.split("; ") if phrase}
    told = {phrase for phrase in said if "surrogates" in phrase or "shifted" in phrase or phrase.startswith("p ")}
    assert len(told) > 10
    assert any("other orders of the sessions" in phrase for phrase in told)
    told.add("no p: one session has no other order")
    assert not [phrase for phrase in told if word_method(phrase, words) == phrase]
    worded = " ".join(word_method(phrase, words) for phrase in told)
    assert not re.findall(r"shifted|surrogate|session|against|turn|replies", worded)


def test_numbers_nouns_and_reasons_inside_a_phrase_are_worded_too() -> None:
    """A phrase keeps its numbers, in the marks of the language, and what stands inside it is translated as well."""
    words = load_words("de")
    for english, german in (
        ("left out: night 2, not addressed 1", "nicht mitgezählt: vor einer Antwort kam die Nacht 2, jemand anderes"),
        ("exact Poisson interval widened for scatter of 1.6", "erweitert für eine Streuung von 1,6"),
        ("counts only: fewer than 10 turns of the other", "weniger als 10 Beiträge des anderen"),
        ("share followed by own disclosure within 4 turns, minus that otherwise", "Anvertrauen folgt, minus den sonst"),
        ("share; what nobody has worded", "Anteil; what nobody has worded"),
    ):
        assert german in word_method(english, words)
        assert word_method(english, load_words("en")) == english
