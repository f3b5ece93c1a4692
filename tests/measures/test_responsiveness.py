"""Responsiveness: counts worked out by hand, the choice of interval, and what is missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from attunement.measures.base import MeasureOptions
from attunement.measures.responsiveness import Responsiveness
from attunement.testing import DyadPlan, make_dyad

ROWS: list[tuple[Any, ...]] = [
    *[("Ada", "attuned", "feeling", 0, ("validation",))] * 7,
    *[("Ada", "partial", "need", 0, ("validation", "premature_advice"))] * 2,
    *[("Ada", "missed", "feeling", 0, ("flat",))] * 3,
    *[("Ada", "misattuned", "need", 0, ("criticism",))] * 8,
    *[("Ada", None, "bid", 0, ())] * 5,
    *[("Ben", "attuned", "bid", 0, ("engagement",))] * 4,
]


def measured(analysis: Any, **options: Any) -> list[Any]:
    """Compute the family."""
    return list(Responsiveness().measure(analysis, MeasureOptions(**options)))


def test_rates_of_one_session_are_wilson(build: Any, find: Any) -> None:
    """In one session each rate is hits over scored exchanges with statsmodels' Wilson interval."""
    estimates = measured(build(ROWS))
    for name, hits in (("attuned", 7), ("partial", 2), ("missed", 3), ("misattuned", 8), ("met", 9)):
        one = find(estimates, f"responsiveness.{name}", "Ben", "Ada")
        assert (one.value, one.hits, one.count, one.level) == (hits / 20, hits, 20, 0.95)
        np.testing.assert_allclose((one.low, one.high), proportion_confint(hits, 20, method="wilson"))
        assert one.method == "share of decided verdicts; Wilson interval"
        assert one.seed is None


def test_evidence_leads_to_the_exchanges(build: Any, find: Any) -> None:
    """Denominator and numerator are listed, exchange by exchange."""
    one = find(measured(build(ROWS)), "responsiveness.missed", "Ben", "Ada")
    assert one.evidence.kind == "exchanges"
    assert one.evidence.indexes == tuple(range(20))
    assert one.evidence.hits == (9, 10, 11)


def test_few_calls_are_counts(build: Any, find: Any) -> None:
    """Four calls give no rate, only the counts and the reason; the same with a lower minimum gives the rate."""
    one = find(measured(build(ROWS)), "responsiveness.attuned", "Ada", "Ben")
    assert (one.value, one.low, one.high, one.level) == (None, None, None, None)
    assert (one.hits, one.count, one.note) == (4, 4, "counts only: fewer than 10 calls")
    assert find(measured(build(ROWS), min_calls=4), "responsiveness.attuned", "Ada", "Ben").value == 1.0


def test_kinds_of_calls_and_of_misses(build: Any, find: Any) -> None:
    """Rates by kind rest on calls of that kind; kinds of misses on the misses."""
    estimates = measured(build(ROWS))
    feeling = find(estimates, "responsiveness.attuned.feeling", "Ben", "Ada")
    assert (feeling.value, feeling.count) == (0.7, 10)
    need = find(estimates, "responsiveness.met.need", "Ben", "Ada")
    assert (need.value, need.count) == (0.2, 10)
    criticism = find(estimates, "responsiveness.miss.criticism", "Ben", "Ada")
    assert (criticism.hits, criticism.count, criticism.value) == (8, 11, 8 / 11)
    advice = find(estimates, "responsiveness.miss.premature_advice", "Ben", "Ada")
    assert advice.hits == 0, "advice in a partial reply is no miss"


def test_what_is_not_scored_is_missing_with_bounds(build: Any, find: Any) -> None:
    """Five abstentions are no zero: they are counted, and the worst and best case are stated."""
    estimates = measured(build(ROWS))
    calls = find(estimates, "responsiveness.calls", "Ben", "Ada")
    assert (calls.value, calls.note) == (25.0, "left out: abstained 5")
    unscored = find(estimates, "responsiveness.unscored", "Ben", "Ada")
    assert (unscored.hits, unscored.count) == (5, 25)
    bounds = find(estimates, "responsiveness.met.bounds", "Ben", "Ada")
    assert (bounds.value, bounds.low, bounds.high, bounds.level) == (9 / 20, 9 / 25, 14 / 25, None)


def test_weighted_rates_are_means_of_probabilities(find: Any) -> None:
    """By probability the rate is the weighted mean, near the rate by decision for a calibrated coder."""
    analysis = make_dyad(DyadPlan(sessions=60, turns=40), seed=3)
    estimates = measured(analysis)
    here = [x for x in analysis.exchanges if x.replier == "Sam" and x.is_scored]
    weighted = find(estimates, "responsiveness.missed.weighted", "Sam", "Noor")
    assert weighted.value == pytest.approx(np.mean([x.probabilities["missed"] for x in here]))
    assert weighted.hits is None
    assert weighted.value == pytest.approx(find(estimates, "responsiveness.missed", "Sam", "Noor").value, abs=0.05)
    score = find(estimates, "responsiveness.score", "Sam", "Noor")
    assert score.value == pytest.approx(np.mean([x.score for x in here]))
    assert score.low < score.value < score.high


def test_calls_weigh_by_their_probability(build: Any, find: Any) -> None:
    """A call that is half likely to be one counts half in weighted figures and whole in decided ones."""
    import msgspec

    analysis = build(ROWS)
    doubtful = tuple(
        msgspec.structs.replace(x, probability=0.5) if x.verdict == "attuned" else x for x in analysis.exchanges
    )
    estimates = measured(msgspec.structs.replace(analysis, exchanges=doubtful))
    assert find(estimates, "responsiveness.attuned", "Ben", "Ada").value == 7 / 20
    assert find(estimates, "responsiveness.attuned.weighted", "Ben", "Ada").value == pytest.approx(3.5 / 16.5)


def test_few_sessions_take_the_effective_count(find: Any) -> None:
    """Below twenty sessions the interval is Wilson's on the effective count, never narrower than plain Wilson."""
    analysis = make_dyad(DyadPlan(sessions=6, turns=60, alike=0.3), seed=8)
    one = find(measured(analysis), "responsiveness.missed", "Sam", "Noor")
    assert one.method.endswith("Wilson interval on the effective count over 6 sessions")
    low, high = proportion_confint(one.hits, one.count, method="wilson")
    assert one.low <= low
    assert one.high >= high


def test_many_sessions_are_drawn(find: Any) -> None:
    """From twenty sessions on the interval is a bootstrap by session, with its seed, and moves with the seed."""
    analysis = make_dyad(DyadPlan(sessions=30, turns=40), seed=8)
    one = find(measured(analysis), "responsiveness.missed", "Sam", "Noor")
    assert one.method.endswith("bootstrap by session (30 sessions, 2000 resamples)")
    assert one.seed == MeasureOptions().seed
    other = find(measured(analysis, seed=1), "responsiveness.missed", "Sam", "Noor")
    assert other.seed == 1
    assert (other.low, other.high) != (one.low, one.high)
    assert other.low == pytest.approx(one.low, abs=0.01)


def test_rare_things_are_not_drawn(find: Any) -> None:
    """A code that never came has no bootstrap interval of zero width but Wilson's."""
    analysis = make_dyad(DyadPlan(sessions=30, turns=40), seed=8)
    one = find(measured(analysis), "responsiveness.miss.threat", "Sam", "Noor")
    assert one.value == 0.0
    assert one.high > 0.01
    assert "Wilson" in one.method


def test_silence_counts_as_no_reply(build: Any, find: Any) -> None:
    """A call that nobody answered is a miss where the verdict says so, and not a reply."""
    import msgspec

    analysis = build(ROWS)
    silent = tuple(
        msgspec.structs.replace(x, reply=None, stance=("silence",)) if x.stance == ("flat",) else x
        for x in analysis.exchanges
    )
    estimates = measured(msgspec.structs.replace(analysis, exchanges=silent))
    replied = find(estimates, "responsiveness.replied", "Ben", "Ada")
    assert (replied.hits, replied.count) == (22, 25)
    assert find(estimates, "responsiveness.miss.silence", "Ben", "Ada").hits == 3
