"""What was not read because of its language is said, and never shows as nothing."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence

import msgspec
import pytest
from report_samples import CODER, Said, analysis_of, couple, words_of
from rich.console import Console

from attunement import pipeline
from attunement.coders.corrections import apply_corrections
from attunement.core.analysis import Analysis
from attunement.core.codebook import Family
from attunement.core.coding import TurnCoding
from attunement.core.correction import Correction
from attunement.reports.html import render_html
from attunement.reports.markdown import render_markdown
from attunement.reports.options import ReportOptions
from attunement.reports.page import make_page
from attunement.reports.safety import UNREAD, assess_safety
from attunement.reports.terminal import render_summary

FAMILIES: Sequence[Family] = ("expression", "emotion", "stance", "after", "risk")


def unread(analysis: Analysis, turns: Collection[int]) -> Analysis:
    """Return an analysis of which some turns were not read because of their language."""
    codings = tuple(
        TurnCoding(coding.turn, abstained=dict.fromkeys(FAMILIES, "language")) if coding.turn in turns else coding
        for coding in analysis.codings
    )
    return pipeline.measure(analysis.record, analysis.turns, analysis.sessions, codings, coder_name=CODER)


def replies_of(analysis: Analysis, name: str) -> list[int]:
    """Return the turns in which somebody replies to a call."""
    return [e.reply for e in analysis.exchanges if e.reply is not None and e.replier == name]


def test_the_opening_and_the_limits_say_what_was_not_read_and_whose_it_was() -> None:
    """Turns are counted by who said them, in the page, in the notes and in the terminal."""
    whole = couple(14)
    turns = replies_of(whole, "Tom")[:5]
    analysis = unread(whole, turns)
    told = (
        f"{len(turns)} of {len(analysis.turns)} turns with words are not in a language that the coder reads: Tom (5)."
    )
    page = make_page(analysis, ReportOptions())
    assert told in page.view.story[1]
    assert told in page.view.basis.unread
    assert render_html(analysis).count(told) == 2
    assert "5 of" in render_markdown(analysis)
    file = io.StringIO()
    Console(file=file, width=200).print(render_summary(analysis))
    assert "coder reads: Tom (5)" in " ".join(file.getvalue().split())
    own = make_page(analysis, ReportOptions(only_me="Mara"))
    assert "Tom" not in own.view.basis.unread
    assert not make_page(whole, ReportOptions()).view.basis.unread


def test_language_is_told_apart_from_no_ground_to_judge() -> None:
    """A reply that was not read is left out for its language, in the directions, the counts, the cards and the data."""
    whole = couple(14)
    turns = replies_of(whole, "Tom")[:5]
    analysis = unread(whole, turns)
    page = make_page(analysis, ReportOptions())
    reasons = {direction.replier: direction.left_out for direction in page.view.directions}
    assert reasons[analysis.speakers.index("Tom")] == {"language": 5}
    assert page.words.name_of("left_out", "language") in {fact.name for fact in page.view.basis.left_out}
    assert words_of(render_html(analysis))["reasons"] == ["language"]


def test_a_record_that_was_not_read_is_no_record_without_calls() -> None:
    """That nothing was read is said before that nothing was read as a call."""
    analysis = unread(couple(3), range(100))
    story = make_page(analysis, ReportOptions()).view.story
    assert "not in a language that the coder reads" in story[0]
    assert "Nothing in this record was read as a call" in story[1]


@pytest.mark.parametrize("language", ["en", "de"])
def test_help_stands_near_the_top_where_risk_could_not_be_looked_for(language: str) -> None:
    """Help comes right after the opening, once, and nothing is said to have been found."""
    analysis = unread(couple(8), range(20))
    options = ReportOptions(language=language, country="DE")
    page = render_html(analysis, options)
    assert page.index('id="story"') < page.index('id="help"') < page.index('id="directions"')
    assert page.count('id="help"') == 1
    safety = assess_safety(analysis)
    assert safety.is_unread
    assert not safety.is_found
    words = make_page(analysis, options).words
    assert words.text("help.relational") not in page
    assert words.count("help.unread", 20, total=len(analysis.turns)) in page
    notes = render_markdown(analysis, options)
    assert "0800 111 0 111" in notes
    assert notes.index("0800 111 0 111") < notes.index("## ")


def test_a_few_borrowed_phrases_move_nothing() -> None:
    """Under the bar the lines stay at the end; where risk was found the panel is the one that says so."""
    whole = couple(8)
    few = int(UNREAD * len(whole.turns)) - 1
    assert not assess_safety(unread(whole, range(few))).is_unread
    threat = couple(8, extra=[Said("Tom", 30_000, "made-up words", {"violence": ""})])
    mixed = unread(threat, range(20))
    assert assess_safety(mixed).is_found
    assert not assess_safety(mixed).is_unread
    fewer = msgspec.structs.replace(assess_safety(whole), unread=0, with_words=0)
    assert not fewer.is_unread


def test_turns_without_words_are_in_no_language() -> None:
    """A voice note cannot be in another language: never more turns are unread than there are with words."""
    said = [
        Said("Lea", 0, "ich bin traurig"),
        Said("Jan", 5, ""),
        Said("Lea", 10, ""),
        Said("Jan", 15, "es tut mir leid"),
    ]
    analysis = unread(analysis_of(said), range(4))
    assert (
        "2 of 2 turns with words are not in a language that the coder reads: Lea (1) and Jan (1)."
        in make_page(analysis, ReportOptions()).view.story[0]
    )
    safety = assess_safety(analysis)
    assert (safety.unread, safety.with_words) == (2, 2)
    # Three photos and a phrase are a phrase.
    photos = analysis_of([*said, *(Said("Jan" if n % 2 else "Lea", 20 + 5 * n, f"so it is {n}") for n in range(9))])
    assert not assess_safety(unread(photos, range(3))).is_unread


@pytest.mark.parametrize(
    ("judged", "told"), [(2, "A person coded 2 of them; the rest was not read"), (5, "Tom (5). A person coded them.")]
)
def test_what_people_coded_in_unread_turns_is_not_said_to_be_missing(judged: int, told: str) -> None:
    """Five replies were not read; those that a person judged show."""
    whole = couple(14)
    turns = replies_of(whole, "Tom")[:5]
    analysis = unread(whole, turns)
    fixes = [
        Correction(turn=index, first=turn.first, length=len(turn.text), family="verdict", code="attuned")
        for index, turn in ((index, whole.turns[index]) for index in turns[:judged])
    ]
    codings = apply_corrections(analysis.turns, analysis.codings, fixes)
    fixed = pipeline.measure(analysis.record, analysis.turns, analysis.sessions, codings, coder_name=CODER)
    assert told in make_page(fixed, ReportOptions()).view.story[1]
