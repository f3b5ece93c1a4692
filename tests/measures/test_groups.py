"""Calls in a group to which nobody says a word: whom they count to (codebook, section 1)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.episodes.coded import Said, talk

from attunement.core.analysis import Analysis
from attunement.core.codebook import VERDICTS
from attunement.core.estimate import Estimate
from attunement.measures.base import MeasureOptions, measure_all, ordered_pairs, sparse_pairs
from attunement.measures.chronicity import Chronicity
from attunement.reports.html import render_html
from attunement.reports.view import Book, directions

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def ignored_every_other_day(*extra: Said) -> Analysis:
    """Ana opens 24 days with a feeling, Ben answers 12 of them and writes once more; others say what they say."""
    lines = [Said("Ana", "feeling", day * DAY) for day in range(24)]
    lines += [Said("Ben", "warmth", day * DAY + timedelta(minutes=3)) for day in range(1, 24, 2)]
    lines += [Said("Ben", "", 30 * DAY), *extra]
    return analysed(sorted(lines, key=lambda line: line.after))


def analysed(lines: list[Said]) -> Analysis:
    """Make the analysis of a talk, with all four probabilities where there are any."""
    made = talk(lines)
    none = dict.fromkeys(VERDICTS, 0.0)
    exchanges = tuple(replace(e, probabilities=e.probabilities and none | e.probabilities) for e in made.exchanges)
    return Analysis(made.record, made.turns, made.sessions, made.codings, exchanges, made.episodes, ())


def measured(analysis: Analysis, name: str, replier: str = "Ben", family: str = "responsiveness") -> Estimate:
    """Return one estimate about calls of Ana."""
    options = MeasureOptions(families=(family,), resamples=200)
    found = [e for e in measure_all(analysis, options) if (e.measure, e.from_, e.to) == (name, replier, "Ana")]
    assert len(found) == 1
    return found[0]


def test_a_word_of_a_third_person_moves_no_figure_of_two() -> None:
    """12 of 24 missed have Wilson's interval [.314, .686], whoever says hello ten days later."""
    for analysis in (ignored_every_other_day(), ignored_every_other_day(Said("Cy", "", 40 * DAY))):
        missed = measured(analysis, "responsiveness.missed")
        assert (missed.hits, missed.count) == (12, 24)
        assert (missed.low, missed.high) == (pytest.approx(0.3143, abs=1e-4), pytest.approx(0.6857, abs=1e-4))
        assert measured(analysis, "responsiveness.calls").value == 24.0
        assert measured(analysis, "turn_taking.not_replied", family="turn_taking").hits == 12
        assert not any(exchange.left_out for exchange in analysis.exchanges)


@pytest.mark.parametrize(
    "hellos",
    [
        (-10 * DAY,),
        (12 * DAY + 9 * HOUR,),
        (11 * DAY + timedelta(minutes=30),),
        (-10 * DAY, 40 * DAY),
        (-10 * DAY, 12 * DAY + 9 * HOUR, 40 * DAY),
    ],
)
def test_hellos_of_a_third_person_touch_the_days_beside_them_alone(hellos: tuple[timedelta, ...]) -> None:
    """Some three calls of 24 cannot be told; the rate stays within their bounds and the bounds hold one half."""
    analysis = ignored_every_other_day(*(Said("Cy", "", when) for when in hellos))
    missed = measured(analysis, "responsiveness.missed")
    bounds = measured(analysis, "responsiveness.missed.bounds")
    unknown = [e for e in analysis.exchanges if e.left_out == "addressee unknown"]
    assert 1 <= len(unknown) <= 2
    assert all(e.addressees == ("Cy", "Ben") or e.addressees == ("Ben", "Cy") for e in unknown)
    assert missed.count == 24 - len(unknown)
    assert measured(analysis, "responsiveness.calls").value == 24.0
    assert missed.value == pytest.approx(0.5, abs=0.05)
    assert (bounds.low, bounds.high) == ((12 - len(unknown)) / 24, 12 / 24)


def test_in_a_group_of_three_what_nobody_answers_is_missing_and_counted() -> None:
    """Ben and Cy write every day, Ana is not answered: it is missing to both, and the record does not end before."""
    lines: list[Said] = []
    for day in range(20):
        lines.append(Said("Ana", "feeling", day * DAY))
        lines.append(Said("Ben", "", day * DAY + 9 * HOUR))
        lines.append(Said("Cy", "", day * DAY + 9 * HOUR + timedelta(minutes=1)))
        if day < 10:
            lines.insert(-2, Said("Ben", "warmth", day * DAY + timedelta(minutes=5)))
    analysis = analysed(lines)
    unanswered = [e for e in analysis.exchanges if e.reply is None]
    assert {(e.left_out, e.replier, e.addressees) for e in unanswered} == {("addressee unknown", "", ("Ben", "Cy"))}
    assert measured(analysis, "responsiveness.calls").value == 20.0
    assert measured(analysis, "responsiveness.calls").note == "left out: addressee unknown 10"
    assert measured(analysis, "responsiveness.calls", "Cy").value == 10.0
    bounds = measured(analysis, "responsiveness.missed.bounds")
    assert (bounds.low, bounds.value, bounds.high) == (0.0, 0.0, 0.5)
    unscored = measured(analysis, "responsiveness.unscored")
    assert (unscored.hits, unscored.count) == (10, 20)
    assert measured(analysis, "responsiveness.replied").count == 10, "who was not called did not fail to reply"


def test_who_came_back_after_a_night_was_not_silent() -> None:
    """Whoever of the two was called, little of their waking time had passed."""
    lines = [
        Said("Ben"), Said("Cy", "", HOUR / 60),
        Said("Ana", "feeling", 13 * HOUR),
        Said("Ben", "", 23 * HOUR), Said("Cy", "", 23 * HOUR + HOUR / 60),
    ]  # fmt: skip
    assert [e.left_out for e in talk(lines).exchanges] == ["night"]
    assert [e.left_out for e in talk(lines[:3]).exchanges] == ["no reply yet"]


def test_a_page_and_tables_of_such_a_group_are_made() -> None:
    """A call to nobody in particular has no place among the names, and counts in every direction it may be of."""
    analysis = ignored_every_other_day(Said("Cy", "", 12 * DAY + 9 * HOUR))
    assert "Cy" in render_html(analysis)
    found = {(each.caller, each.replier): each for each in directions(Book(analysis))}
    assert found[0, 1].left_out == found[0, 2].left_out == {"addressee unknown": 1}
    assert (found[0, 1].calls, found[0, 2].calls) == (24, 1)
    rows = analysis.to_frame("exchanges").to_pylist()
    assert [(row["replier"], row["addressees"]) for row in rows if row["left_out"]] == [(None, "Ben; Cy")]
    assert {row["from"] for row in analysis.to_frame("pairs").to_pylist()} == {"Ana", "Ben", "Cy"}


def test_two_of_a_group_who_hardly_talk_get_what_they_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cy answered two of Ana's calls: those are counted, and nothing is listed that rests on nothing."""
    lines = [Said("Ana", "feeling", day * DAY) for day in range(14)]
    lines += [Said("Ben" if day < 12 else "Cy", "warmth", day * DAY + timedelta(minutes=3)) for day in range(14)]
    analysis = analysed(sorted(lines, key=lambda line: line.after))
    options = MeasureOptions(resamples=50)
    assert sparse_pairs(analysis, options) == {("Ana", "Cy"), ("Cy", "Ana")}
    listed = measure_all(analysis, options)
    met = next(e for e in listed if (e.measure, e.from_, e.to) == ("responsiveness.met", "Cy", "Ana"))
    assert (met.value, met.hits, met.count) == (None, 2, 2)
    about = [e for e in listed if {e.from_, e.to} == {"Ana", "Cy"}]
    assert all(e.count or e.value is not None for e in about)
    assert {e.measure.split(".")[0] for e in about} >= {"responsiveness", "balance", "after_miss", "turn_taking"}
    # Whoever called often enough has every row, as two alone have.
    assert any(not e.count and e.value is None for e in listed if {e.from_, e.to} == {"Ana", "Ben"})
    # Nor is it made only to be left out: a series over time is the longest of all.
    assert ("Ana", "Cy") not in {(e.from_, e.to) for e in Chronicity().measure(analysis, options)}
    modules = ("responsiveness", "after_miss", "balance", "chronicity", "labour", "disclosure", "language", "sequences")
    for module in ("base", *modules):
        monkeypatch.setattr(f"attunement.measures.{module}.sparse_pairs", lambda *_: frozenset())
    everything = measure_all(analysis, options)
    assert len(everything) > len(listed) + 100
    assert [e for e in everything if e in about or {e.from_, e.to} != {"Ana", "Cy"}] == list(listed)
    assert all(e.count == 0 and e.value is None for e in everything if e not in listed)


def test_in_a_crowd_the_rows_grow_with_the_talk_and_not_with_the_pairs() -> None:
    """Thirty people who say four things each: a full set is over 380 rows for each of their pairs."""
    lines = [Said(f"P{(7 * n * n + n // 3) % 30}", "feeling" if n % 2 else "", n * HOUR / 4) for n in range(120)]
    analysis = analysed(lines)
    pairs = list(ordered_pairs(analysis))
    listed = measure_all(analysis, MeasureOptions(resamples=50))
    assert len(pairs) > 80
    assert len(listed) / len(pairs) < 100
