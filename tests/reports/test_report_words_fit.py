"""Sentences and labels of the page say what the number beside them is, and no more."""

from __future__ import annotations

import re

import msgspec
import pytest
from report_samples import Said, analysis_of, couple

from attunement.core.analysis import Analysis
from attunement.pipeline import earlier
from attunement.reports.html import render_html
from attunement.reports.markdown import render_markdown
from attunement.reports.options import ReportOptions
from attunement.reports.page import make_page
from attunement.reports.strings import load_words


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    """Two months of a couple."""
    return couple(60)


def test_a_session_of_what_is_left_out_is_told() -> None:
    """The label of a strip without a verdict ended after its colon."""
    analysis = analysis_of([Said("Ana", 0, "I'm so sad", {"feeling": ""}), Said("Ben", 2, "")])
    assert re.search(r'aria-label="Session of [^:]*: 1 left out of the score"', render_html(analysis))


def test_a_call_that_nobody_answered_had_no_reply() -> None:
    """In a group nobody took up a word to all: there is no reply that could not be judged."""
    said = [
        Said("Ana", 0, "hi all"),
        Said("Ben", 1, "hi"),
        Said("Cleo", 2, "hi"),
        Said("Ana", 600, "I'm so sad", {"feeling": ""}),
        Said("Ben", 1200, "who has the keys?"),
        Said("Cleo", 1201, "me"),
        Said("Ana", 1800, "look", {"bid": ""}),
        Said("Ben", 1801, "wow", {"engagement": ""}),
        Said("Cleo", 4000, "bye"),
        Said("Ben", 6000, "bye"),
    ]
    analysis = analysis_of(said)
    sad = msgspec.structs.replace(analysis.exchanges[0], reply=None, left_out="addressee unknown", verdict=None)
    changed = msgspec.structs.replace(analysis, exchanges=(sad, *analysis.exchanges[1:]))
    story = " ".join(make_page(changed, ReportOptions()).view.story)
    assert "had a reply that could not be judged" not in story


def test_kinds_that_add_up_to_more_say_why() -> None:
    """Four kinds of three calls are no error of counting; where each has one kind nothing is said."""
    both = {"feeling": "", "need": ""}
    said = [Said("Ana", 0, "I'm so sad, hold me", both), Said("Ben", 2, "oh love", {"warmth": ""})]
    assert "A call may be of several kinds" in render_html(analysis_of(said))
    one = [Said("Ana", 0, "I'm so sad", {"feeling": ""}), said[1]]
    assert "A call may be of several kinds" not in render_html(analysis_of(one))


def test_how_shares_are_made_is_said_once(analysis: Analysis) -> None:
    """Two directions with other numbers of sessions have one method; a number that differs is a range."""
    methods = make_page(analysis, ReportOptions()).view.basis.methods
    estimates = [e for e in analysis.estimates if e.measure == "responsiveness.attuned" and not e.period]
    assert len({re.sub(r"\d+", "", e.method) for e in estimates}) == 1
    assert methods.count("share of decided verdicts") == 1
    other = msgspec.structs.replace(estimates[0], method=re.sub(r"\d+(?= sessions)", "17", estimates[0].method))
    changed = tuple(other if e is estimates[0] else e for e in analysis.estimates)
    told = make_page(msgspec.structs.replace(analysis, estimates=changed), ReportOptions()).view.basis.methods
    assert told.count("share of decided verdicts") == 1
    assert re.search(r"17–\d+ sessions", told)


def test_counts_are_whole_and_nothing_has_no_sign(analysis: Analysis) -> None:
    """One call is 1 and not 1.00; a difference that rounds to nothing is not minus nothing."""
    words = load_words("en")
    assert (words.number(-0.001, 2), words.number(-0.01, 2), words.number(0.0)) == ("0.00", "-0.01", "0")
    counted = next(e for e in analysis.estimates if e.method == "count")
    one = msgspec.structs.replace(counted, value=1.0, count=1)
    changed = tuple(one if e is counted else e for e in analysis.estimates)
    page = make_page(msgspec.structs.replace(analysis, estimates=changed), ReportOptions())
    row = next(row for row in page.view.basis.figures if row.measure == one.measure and row.count == 1)
    assert row.value == "1"


@pytest.mark.parametrize(("language", "said"), [("en", "with 2 corrections by"), ("de", "mit 2 Korrekturen von")])
def test_notes_say_who_coded_and_what_is_left_out(language: str, said: str) -> None:
    """A summary that is kept for years tells the coder and what a person corrected; a reason is one of leaving out."""
    short = analysis_of([Said("Ana", 0, "I'm so sad", {"feeling": ""}), Said("Ben", 2, "")])
    made = msgspec.structs.replace(short, versions={**short.versions, "corrections": "2"})
    notes = render_markdown(made, ReportOptions(language=language))
    assert f"hand/1 {said}" in notes
    left_out = load_words(language).text("basis.left_out")
    assert len([line for line in notes.splitlines() if line.startswith(f"- {left_out}, ")]) == 1


def test_one_half_is_one_direction(analysis: Analysis) -> None:
    """Where one direction stands, no heading speaks of two."""
    own = ReportOptions(only_me="Mara")
    for text in (render_html(analysis, own), render_markdown(analysis, own)):
        assert "Two directions" not in text
        assert "One direction" in text


@pytest.mark.parametrize(("level", "said"), [(0.95, "about 95 hold it"), (0.999, "about 99.9 hold it")])
def test_the_level_of_the_intervals_is_said(analysis: Analysis, level: float, said: str) -> None:
    """An interval without its level says nothing; that of the page is the one of the run, and no certainty."""
    options = {**analysis.options, "measure": {**analysis.options["measure"], "level": level}}
    page = render_html(msgspec.structs.replace(analysis, options=options))
    assert said in page
    assert "somewhere between" not in page


@pytest.mark.parametrize(("turns", "said"), [(1, "in the next own turn<"), (3, "in the next 3 own turns<")])
def test_how_far_a_caller_was_followed_is_that_of_the_run(analysis: Analysis, turns: int, said: str) -> None:
    """The page said two turns, however many the run was told to look at."""
    options = {**analysis.options, "episodes": {**analysis.options["episodes"], "after_turns": turns}}
    assert said in render_html(msgspec.structs.replace(analysis, options=options))


def test_context_of_one_turn_is_not_called_two() -> None:
    """Where a session begins with a call, fewer than two turns stand around it."""
    said = [Said("Ben", 0, "hi"), Said("Ana", 2, "I'm so sad", {"feeling": ""}), Said("Ben", 3, "ok", {"flat": ""})]
    assert "two turns before" not in render_html(analysis_of(said))


def test_notes_of_two_periods_say_which_they_are_about() -> None:
    """Everything but the comparison is of the later period: who keeps the notes must know."""
    before, after = couple(12), couple(14)
    assert "What follows is about the later period" in render_markdown(after, before=earlier(before, after))
    assert "What follows is about the later period" not in render_markdown(after)


def test_no_call_is_not_a_call_that_could_not_be_judged() -> None:
    """Ben puts nothing on the table: that is not said as if there had been calls that nobody could judge."""
    said = [Said("Ana", 0, "I'm so sad", {"feeling": ""}), Said("Ben", 2, "ok", {"flat": ""})]
    page = render_html(analysis_of(said))
    assert page.count("No turn in this direction was read as a call.") == 2
    assert "No call in this direction could be judged" not in page
    silent = analysis_of([Said("Ana", 0, "I'm so sad", {"feeling": ""}), Said("Ben", 2, "")])
    assert "None of the calls could be judged" in render_html(silent)
    assert "The reply to this one call could not be judged." in render_html(silent)
    assert "1 of 1 calls" not in render_html(silent)


def _circle(people: int) -> Analysis:
    """Everybody of a group calls and is answered by the next, all in one evening."""
    said: list[Said] = []
    for n in range(people):
        one, other = f"P{n:02d}", f"P{(n + 1) % people:02d}"
        said.append(Said(other, 60 * n, "hi"))
        said.append(Said(one, 60 * n + 1, "I'm so sad", {"feeling": ""}))
        said.append(Said(other, 60 * n + 2, "oh love", {"warmth": ""}))
    return analysis_of(said)


def test_who_called_adds_up_in_a_large_group() -> None:
    """Of nine who called five are named; the four others are counted, so that the list is the whole."""
    told = make_page(_circle(9), ReportOptions()).view.story[0]
    assert "9 times: " in told
    assert "P04 1 time and 4 other people 4 times." in told
    assert "other people" not in make_page(_circle(6), ReportOptions()).view.story[0]


def test_directions_without_room_are_counted() -> None:
    """Of two periods of a large group twelve directions are compared; how many more there are is said."""
    before, after = _circle(9), _circle(9)
    page = make_page(after, ReportOptions(), before=earlier(before, after))
    assert page.view.changes is not None
    assert page.view.changes.more == len(page.view.directions) - 12 > 0
    more = f"{page.view.changes.more} more directions, with fewer judged calls"
    assert more in render_html(after, before=earlier(before, after)).split('id="directions"')[0]


def test_places_of_problems_that_are_not_listed_are_told() -> None:
    """Five places stand there; that there are more is not left to be counted."""
    found = [
        make_page(analysis_of([Said("Ana", 0, "hi")], problems=n), ReportOptions()).view.basis.problems[0][2]
        for n in (5, 6)
    ]
    assert [each.endswith(", …") for each in found] == [False, True]


def test_a_figure_of_two_directions_of_many_is_not_of_both(analysis: Analysis) -> None:
    """In a group 'both directions' were two of four; of two people they are all there are."""
    said: list[Said] = []
    for day in range(36):
        one, other = (("Ana", "Ben"), ("Ben", "Ana"), ("Ana", "Cleo"))[day % 3]
        at = 1440.0 * day
        said.append(Said(other, at, "hi"))
        said.append(Said(one, at + 1, "I'm so sad, hold me", {"feeling": "I'm so sad", "need": "hold me"}))
        said.append(Said(other, at + 2, "oh love", {"warmth": ""} if day % 2 else {"flat": ""}))
    group = {figure.name: figure for figure in make_page(analysis_of(said), ReportOptions()).figures}
    assert "both directions" not in f"{group['by_kind'].title} {group['by_kind'].description}".lower()
    of_two = {figure.name: figure for figure in make_page(analysis, ReportOptions()).figures}
    assert of_two["by_kind"].title == "Both directions on one scale"
