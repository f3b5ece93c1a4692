"""Chronicity: series, trends and changes on dyads whose true course is known."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest
from statsmodels.stats.rates import confint_poisson

from attunement.measures.base import MeasureOptions
from attunement.measures.chronicity import Chronicity
from attunement.testing import DyadPlan, make_dyad

STEADY = (0.6, 0.1, 0.2, 0.1)
WORSE = (0.3, 0.1, 0.3, 0.3)


def stepwise(replier: str, session: int) -> tuple[float, ...]:
    """Sam stays; Noor misses twice as often from session 60 on."""
    return WORSE if replier == "Noor" and session >= 60 else STEADY


@pytest.fixture(scope="module")
def analysis() -> Any:
    """A hundred and twenty sessions, one a day from Monday 1 January 2024."""
    return make_dyad(DyadPlan(sessions=120, turns=40, rates=stepwise), seed=1)


@pytest.fixture(scope="module")
def estimates(analysis: Any) -> list[Any]:
    """The family, with surrogates."""
    return list(Chronicity().measure(analysis, MeasureOptions(surrogates=99)))


def series(estimates: list[Any], measure: str, from_: str) -> dict[str, Any]:
    """Points of a series by period."""
    return {e.period: e for e in estimates if e.measure == measure and e.from_ == from_ and e.period}


def test_weeks_are_iso_weeks_and_hold_every_call(analysis: Any, estimates: list[Any]) -> None:
    """Each call counts in the ISO week of its day, once."""
    weeks = series(estimates, "chronicity.missed.week", "Noor")
    expected: dict[str, int] = {}
    for exchange in analysis.exchanges:
        if exchange.replier == "Noor" and exchange.is_scored:
            year, week, _ = analysis.record.at(analysis.turns[exchange.call].start).isocalendar()
            expected[f"{year}-W{week:02d}"] = expected.get(f"{year}-W{week:02d}", 0) + 1
    assert {period: one.count for period, one in weeks.items() if one.count} == expected
    assert list(weeks) == sorted(weeks)


def test_rolling_adds_four_weeks(estimates: list[Any]) -> None:
    """The rolling share in a week is hits over calls of it and the three before."""
    weeks = list(series(estimates, "chronicity.missed.week", "Sam").values())
    rolling = series(estimates, "chronicity.missed.rolling", "Sam")
    one = rolling[weeks[7].period]
    assert one.hits == sum(week.hits for week in weeks[4:8])
    assert one.count == sum(week.count for week in weeks[4:8])
    assert len(rolling) == len(weeks) - 3


def test_rate_per_week_of_contact(analysis: Any, estimates: list[Any], find: Any) -> None:
    """Misses over weeks of contact, at least as uncertain as statsmodels' exact Poisson interval."""
    one = find(estimates, "chronicity.misses_per_week", "Sam", "Noor")
    misses = sum(x.replier == "Sam" and x.is_scored and x.is_miss for x in analysis.exchanges)
    assert one.value == pytest.approx(misses / 18)
    low, high = confint_poisson(misses, 18, method="exact-c")
    assert one.low <= low + 1e-9
    assert one.high >= high - 1e-9
    assert one.note == "18 weeks of contact"


def test_the_step_is_found_where_it_was(estimates: list[Any], find: Any) -> None:
    """One break for the direction that changed, its interval of days holding the true day; none for the other."""
    changed = find(estimates, "chronicity.missed.breaks", "Noor", "Sam")
    assert (changed.value, changed.p) == (1.0, 0.01)
    (step,) = series(estimates, "chronicity.missed.break", "Noor").values()
    first, last = step.period.split("/")
    assert date.fromisoformat(first) <= date(2024, 3, 1) <= date.fromisoformat(last)
    assert step.low < 0.3 < step.high
    before, after = series(estimates, "chronicity.missed.segment", "Noor").values()
    assert before.low < 0.3 < before.high
    assert after.low < 0.6 < after.high
    steady = find(estimates, "chronicity.missed.breaks", "Sam", "Noor")
    assert steady.value == 0.0
    assert steady.p > 0.05


def test_getting_worse_is_an_estimate(estimates: list[Any], find: Any) -> None:
    """The later half misses more, the odds rise and the score falls, each with an interval that says so."""
    change = find(estimates, "chronicity.missed.change", "Noor", "Sam")
    assert change.low > 0.15
    trend = find(estimates, "chronicity.missed.trend", "Noor", "Sam")
    assert trend.low > 1.0
    assert trend.unit == "odds ratio per 30 days"
    assert find(estimates, "chronicity.score.trend", "Noor", "Sam").high < 0.0
    steady = find(estimates, "chronicity.missed.trend", "Sam", "Noor")
    assert steady.low < 1.0 < steady.high


def test_the_curve_follows(estimates: list[Any]) -> None:
    """The smooth curve is low before the step and high after it."""
    curve = list(series(estimates, "chronicity.missed.smooth", "Noor").values())
    assert all(point.low < point.value < point.high for point in curve)
    assert curve[2].value < 0.4
    assert curve[-3].value > 0.5


def test_mixed_growth_agrees_with_the_robust_slope(analysis: Any, find: Any) -> None:
    """The mixed model of the extra tells the same slope as the core's, within the errors."""
    estimates = list(Chronicity().measure(analysis, MeasureOptions(mixed_models=True)))
    mixed = find(estimates, "chronicity.score.growth", "Noor", "Sam")
    robust = find(estimates, "chronicity.score.trend", "Noor", "Sam")
    assert mixed.value == pytest.approx(robust.value, abs=0.01)
    assert mixed.low < robust.value < mixed.high


def test_unrepaired_misses(analysis: Any, estimates: list[Any], find: Any) -> None:
    """Unrepaired are the misses without a repair, over the scored calls."""
    one = find(estimates, "chronicity.unrepaired", "Noor", "Sam")
    expected = sum(
        episode.repair is None and analysis.exchanges[episode.exchange].replier == "Noor"
        for episode in analysis.episodes
    )
    assert one.hits == expected


def test_without_a_calendar_sessions_are_the_axis(analysis: Any, find: Any) -> None:
    """Where the record has no calendar, periods are sessions and trends go from one to the next."""
    record = msgspec.structs.replace(analysis.record, epoch=None)
    estimates = list(Chronicity().measure(msgspec.structs.replace(analysis, record=record), MeasureOptions()))
    points = series(estimates, "chronicity.missed.session", "Noor")
    assert len(points) == 120
    assert "session 119" in points
    assert find(estimates, "chronicity.missed.trend", "Noor", "Sam").unit == "odds ratio per session"
    (step,) = series(estimates, "chronicity.missed.break", "Noor").values()
    assert all(part.startswith("session ") for part in step.period.split("/"))


def test_a_lost_time_leaves_the_calendar(analysis: Any, estimates: list[Any], find: Any) -> None:
    """One turn without a time lies where the one before it does: the trend stays per 30 days and what it was."""
    turns = tuple(msgspec.structs.replace(t, start=None) if t.index == 5 else t for t in analysis.turns)
    without = list(Chronicity().measure(msgspec.structs.replace(analysis, turns=turns), MeasureOptions()))
    trend = find(without, "chronicity.missed.trend", "Noor", "Sam")
    assert trend.unit == "odds ratio per 30 days"
    assert trend.value == pytest.approx(find(estimates, "chronicity.missed.trend", "Noor", "Sam").value, rel=1e-3)
    most = tuple(msgspec.structs.replace(t, start=None) if t.index % 5 else t for t in analysis.turns)
    rarely = list(Chronicity().measure(msgspec.structs.replace(analysis, turns=most), MeasureOptions()))
    assert find(rarely, "chronicity.missed.trend", "Noor", "Sam").unit == "odds ratio per session"


def test_one_session_has_no_trend(find: Any) -> None:
    """A single sitting says nothing of change, and says so."""
    estimates = list(Chronicity().measure(make_dyad(DyadPlan(sessions=1, turns=120), seed=2), MeasureOptions()))
    trend = find(estimates, "chronicity.missed.trend", "Noor", "Sam")
    assert (trend.value, trend.note) == (None, "a trend needs three sessions")


def test_steady_dyads_seldom_seem_to_change() -> None:
    """Over twenty steady dyads the interval of the change misses 0, and a break appears, in few."""
    surprised = breaks = 0
    for seed in range(20):
        analysis = make_dyad(DyadPlan(sessions=30, turns=36, alike=0.05), seed=seed)
        found = {
            e.measure: e for e in Chronicity().measure(analysis, MeasureOptions(resamples=400)) if e.from_ == "Sam"
        }
        change = found["chronicity.missed.change"]
        surprised += not change.low <= 0.0 <= change.high
        breaks += found["chronicity.missed.breaks"].value > 0
    assert surprised <= 4
    assert breaks <= 5


def test_a_curve_that_runs_away_is_not_stated() -> None:
    """Where no call was missed there is no curve to see, and the note says so."""
    analysis = make_dyad(DyadPlan(sessions=60, turns=12, rates=lambda *_: (1.0, 0.0, 0.0, 0.0)), seed=3)
    estimates = Chronicity().measure(analysis, MeasureOptions(resamples=50))
    smooth = [one for one in estimates if one.measure == "chronicity.missed.smooth"]
    assert len(smooth) > 8
    assert all(one.value is None and one.low is None and one.level is None for one in smooth)
    assert {one.note for one in smooth} == {"all calls were answered alike: there is no curve to see"}


def parted(misses: list[int]) -> Any:
    """Make one session a week of five calls each, the first of which were missed."""
    made = make_dyad(DyadPlan(sessions=len(misses), turns=40), seed=1)
    kept = [e for e in made.exchanges if e.replier == "Noor"]
    chosen: list[Any] = []
    for session, many in enumerate(misses):
        for place, one in enumerate([e for e in kept if e.session == session][:5]):
            verdict = "missed" if place < many else "attuned"
            sure = {name: float(name == verdict) for name in ("attuned", "partial", "missed", "misattuned")}
            changes = {"verdict": verdict, "probabilities": sure, "score": float(verdict == "attuned"), "left_out": ""}
            chosen.append(msgspec.structs.replace(one, index=len(chosen), **changes))
    return msgspec.structs.replace(made, exchanges=tuple(chosen), episodes=())


@pytest.mark.parametrize("misses", [[0] * 8 + [5] * 8, [0] * 7 + [1] + [5] * 8])
def test_the_clearest_change_is_not_called_chance(misses: list[int], find: Any) -> None:
    """Never missed, then always: no p of .4, no odds ratio of 9e15; the change and the score tell it."""
    estimates = list(Chronicity().measure(parted(misses), MeasureOptions()))
    trend = find(estimates, "chronicity.missed.trend", "Noor", "Sam")
    assert (trend.value, trend.low, trend.high, trend.level, trend.p) == (None,) * 5
    assert trend.note
    assert find(estimates, "chronicity.score.trend", "Noor", "Sam").p < 1e-6
