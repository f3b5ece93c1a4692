"""Simulations with known answers: how often an interval holds the truth, and how often a null is rejected.

Each scenario makes one data set from a generator and tells whether the interval held the truth (`COVERAGE`) or whether
the null that is true was rejected at 5 % (`NULLS`); None where the data allowed no statement.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.core.estimate import Estimate
from attunement.measures.base import MeasureOptions
from attunement.measures.shares import ShareSheet
from attunement.stats.bootstrap import FEWEST_CLUSTERS
from attunement.stats.matching import matched_difference, matched_null
from attunement.stats.rates import poisson_interval, rate_share
from attunement.stats.reciprocity import followed_within, reciprocity_null
from attunement.stats.surrogates import compare_with_null
from attunement.stats.survival import kaplan_meier
from attunement.stats.trend import share_trend
from attunement.stats.two_groups import difference_null
from attunement.testing import coverage_more as more

__all__ = ["COVERAGE", "NULLS", "Tally", "simulate"]

Scenario = Callable[[np.random.Generator], bool | None]
Floats = NDArray[np.float64]

_RESAMPLES = 400
_SURROGATES = 199
_PAIR = ("a", "b")


class Tally(NamedTuple):
    """How often something held over simulated data sets.

    Attributes
    ----------
    held, runs : int
        How often, and over how many data sets that allowed a statement.
    """

    held: int
    runs: int

    @property
    def share(self) -> float:
        """The share that held."""
        return self.held / self.runs


def simulate(scenario: Scenario, *, runs: int, seed: int) -> Tally:
    """Run a scenario again and again.

    Parameters
    ----------
    scenario : callable
        One of `COVERAGE` or `NULLS`.
    runs : int
        How many data sets.
    seed : int
        Of the generator.
    """
    generator = np.random.default_rng(seed)
    held = [outcome for outcome in (scenario(generator) for _ in range(runs)) if outcome is not None]
    return Tally(sum(held), len(held))


class _Calls(NamedTuple):
    """The calls of one direction: the session of each, and whether it was missed."""

    session: NDArray[np.int64]
    missed: NDArray[np.bool_]


def _calls(generator: np.random.Generator, sessions: int, per_session: float, share: float, alike: float) -> _Calls:
    counts = np.maximum(generator.poisson(per_session, sessions), 1)
    rates = np.full(sessions, share)
    if alike:
        scale = (1.0 - alike) / alike
        rates = generator.beta(share * scale, (1.0 - share) * scale, sessions)
    session = np.repeat(np.arange(sessions), counts)
    return _Calls(session, generator.random(session.size) < rates[session])


def _options(generator: np.random.Generator) -> MeasureOptions:
    return MeasureOptions(resamples=_RESAMPLES, seed=int(generator.integers(2**31)))


def _holds(estimate: Estimate, truth: float) -> bool | None:
    if estimate.low is None or estimate.high is None:
        return None
    return estimate.low <= truth <= estimate.high


def _share(sessions: int, per_session: float, share: float, alike: float) -> Scenario:
    def scenario(generator: np.random.Generator) -> bool | None:
        calls = _calls(generator, sessions, per_session, share, alike)
        sheet = ShareSheet(calls.session, _options(generator))
        sheet.share("x.share", _PAIR, of=np.ones_like(calls.missed), hit=calls.missed)
        return _holds(sheet.estimates()[0], share)

    return scenario


def _difference(sessions: int, per_session: float, shares: tuple[float, float], alike: float) -> Scenario:
    def scenario(generator: np.random.Generator) -> bool | None:
        one, other = (_calls(generator, sessions, per_session, share, alike) for share in shares)
        session = np.concatenate((one.session, other.session))
        missed = np.concatenate((one.missed, other.missed))
        first = np.arange(session.size) < one.session.size
        sheet = ShareSheet(session, _options(generator))
        sheet.share_difference("x.difference", _PAIR, of=(first, ~first), hit=missed)
        return _holds(sheet.estimates()[0], shares[0] - shares[1])

    return scenario


def _weighted(sessions: int, per_session: float) -> Scenario:
    def scenario(generator: np.random.Generator) -> bool | None:
        calls = _calls(generator, sessions, per_session, 0.3, 0.0)
        probabilities = generator.beta(0.6, 1.4, calls.session.size)  # mean 0.3
        sheet = ShareSheet(calls.session, _options(generator))
        sheet.mean(
            "x.mean", _PAIR, of=np.ones_like(calls.missed), values=probabilities,
            weights=generator.uniform(0.3, 1.0, calls.session.size),
        )  # fmt: skip
        return _holds(sheet.estimates()[0], 0.3)

    return scenario


def _weekly_rate(generator: np.random.Generator) -> bool | None:
    events = int(generator.poisson(2.5 * 12))
    low, high = poisson_interval(events, 12)
    return low <= 2.5 <= high


def _repaired(generator: np.random.Generator) -> bool | None:
    # A chance of 0.2 at each second turn, watched for 1 to 8 turns: sessions end when they end.
    waits = 2.0 * generator.geometric(0.2, 60)
    watched = generator.integers(1, 9, 60).astype(np.float64)
    curve = kaplan_meier(np.minimum(waits, watched), waits <= watched)
    share, low, high = curve.at(4.0)
    return None if np.isnan(low) or np.isnan(share) else bool(low <= 0.8**2 <= high)


def _trend(generator: np.random.Generator, slope: float) -> tuple[float, float, float]:
    session = np.repeat(np.arange(40), 8)
    time = session / 10.0
    alike = np.repeat(generator.normal(0, 0.3, 40), 8)
    missed = generator.random(320) < 1.0 / (1.0 + np.exp(0.8 - slope * time - alike))
    trend = share_trend(time, missed, np.ones(320), session)
    return trend.low, trend.high, trend.p


def _trend_slope(generator: np.random.Generator) -> bool | None:
    # The slope over sessions is a little flatter than within one (Zeger, Liang and Albert 1988): 0.4 / sqrt(1.03).
    low, high, _ = _trend(generator, 0.4)
    return low <= 0.4 / np.sqrt(1.0 + 0.346 * 0.09) <= high


def _trend_null(generator: np.random.Generator) -> bool | None:
    return _trend(generator, 0.0)[2] <= 0.05


def _labour(sessions: int) -> Scenario:
    def scenario(generator: np.random.Generator) -> bool | None:
        busy = generator.gamma(5.0, 0.2, (sessions, 1))
        events = generator.poisson(busy * np.array([2.0, 1.0]))
        got = rate_share(
            events, np.full((sessions, 2), 20.0), fewest_clusters=FEWEST_CLUSTERS, resamples=_RESAMPLES,
            seed=int(generator.integers(2**31)),
        )  # fmt: skip
        return None if np.isnan(got.low) else bool(got.low <= 2.0 / 3.0 <= got.high)

    return scenario


class _Replies(NamedTuple):
    above: Floats
    below: Floats
    missed: NDArray[np.bool_]
    strata: NDArray[np.int64]
    session: NDArray[np.int64]


def _replies(generator: np.random.Generator, sessions: int, *, bad_days: bool) -> _Replies:
    session = np.repeat(np.arange(sessions), 10)
    mood = np.repeat(generator.normal(size=sessions), 10) if bad_days else np.zeros(10 * sessions)
    strata = generator.integers(0, 3, session.size)
    missed = generator.random(session.size) < 1.0 / (1.0 + np.exp(0.3 * strata - mood))
    openness = np.clip(0.15 + 0.15 * strata - 0.08 * mood, 0.02, 0.98)
    return _Replies(generator.binomial(5, openness).astype(float), np.full(session.size, 5.0), missed, strata, session)


def _cost(sessions: int) -> Scenario:
    def scenario(generator: np.random.Generator) -> bool | None:
        replies = _replies(generator, sessions, bad_days=False)
        got = matched_difference(*replies, resamples=_RESAMPLES, seed=int(generator.integers(2**31)))
        return bool(got.low <= 0.0 <= got.high)

    return scenario


def _cost_null(generator: np.random.Generator) -> bool | None:
    replies = _replies(generator, 25, bad_days=True)
    observed, null = matched_null(*replies, surrogates=_SURROGATES, seed=int(generator.integers(2**31)))
    return bool(compare_with_null(observed, null).p <= 0.05)


def _deal_null(generator: np.random.Generator) -> bool | None:
    session = np.repeat(np.arange(20), 24)
    mine = np.arange(session.size) % 3 > 0
    chance = np.repeat(generator.beta(2.0, 8.0, 20), 24)  # sessions differ in how much is done
    return _differs(generator, generator.random(session.size) < chance, mine, session)


def _burst_null(generator: np.random.Generator) -> bool | None:
    """Who takes turns, and does what they do for some own turns on end, differs from the other by chance alone."""
    session, turns = np.repeat(np.arange(20), 24), 480
    acts = generator.random(turns) < 0.25
    for at in range(2, turns):
        if session[at - 2] == session[at] and generator.random() < 0.7:
            acts[at] = acts[at - 2]
    return _differs(generator, acts, np.arange(turns) % 2 == 0, session)


def _differs(
    generator: np.random.Generator, acts: NDArray[np.bool_], mine: NDArray[np.bool_], session: NDArray[np.int64]
) -> bool | None:
    done = acts[:, np.newaxis].astype(np.float64)
    seed = int(generator.integers(2**31))
    null = difference_null(done, np.ones(done.shape), mine, session, surrogates=_SURROGATES, seed=seed)
    return bool(compare_with_null(float(acts[mine].mean() - acts[~mine].mean()), null).p <= 0.05)


def _reciprocity_of_lively_sessions(generator: np.random.Generator) -> bool | None:
    session = np.repeat(np.arange(25), 20)
    lively = np.repeat(generator.uniform(0.05, 0.5, 25), 20)
    tells = generator.random(500) < lively
    mine = np.arange(500) % 2 == 1
    followed = followed_within(session, mine & tells, turns=4)
    theirs = ~mine & followed_within(session, mine, turns=4)
    groups = theirs & tells, theirs & ~tells
    null = reciprocity_null(
        session, mine, tells, groups, turns=4, surrogates=_SURROGATES, seed=int(generator.integers(2**31))
    )
    observed = followed[groups[0]].mean() - followed[groups[1]].mean()
    return bool(compare_with_null(float(observed), null).p <= 0.05)


COVERAGE: dict[str, Scenario] = {
    "share, 1 session of 60 calls": _share(1, 60, 0.3, 0.0),
    "share, 6 sessions, independent": _share(6, 12, 0.3, 0.0),
    "share, 6 sessions, alike 0.05": _share(6, 12, 0.3, 0.05),
    "share, 12 sessions, alike 0.1": _share(12, 12, 0.4, 0.1),
    "share, 30 sessions, independent": _share(30, 10, 0.3, 0.0),
    "share, 30 sessions, alike 0.1": _share(30, 10, 0.4, 0.1),
    "share, 80 sessions, alike 0.1": _share(80, 6, 0.2, 0.1),
    "rare share, 30 sessions": _share(30, 8, 0.03, 0.0),
    "mean probability, 1 session": _weighted(1, 60),
    "mean probability, 30 sessions": _weighted(30, 8),
    "difference, 1 session": _difference(1, 60, (0.5, 0.3), 0.0),
    "difference, 8 sessions": _difference(8, 12, (0.5, 0.3), 0.0),
    "difference, 30 sessions, alike 0.1": _difference(30, 8, (0.5, 0.3), 0.1),
    "misses per week": _weekly_rate,
    "repaired within 4 turns": _repaired,
    "trend of a share": _trend_slope,
    "labour, 8 sessions": _labour(8),
    "labour, 30 sessions": _labour(30),
    "cost of a miss, 12 sessions": _cost(12),
    "cost of a miss, 40 sessions": _cost(40),
    "difference, 8 sessions, alike 0.1": _difference(8, 12, (0.5, 0.3), 0.1),
    "difference of means, 8 sessions": partial(more.paired, sessions=8, alike=0.0),
    "difference of means, 30 sessions, alike 0.1": partial(more.paired, sessions=30, alike=0.1),
    "repaired within 4 turns, 10 unlike sessions": partial(more.curve, sessions=10),
    "repaired within 4 turns, 40 unlike sessions": partial(more.curve, sessions=40),
    "median time to repair": more.median_wait,
    "mean of words, 8 sessions": partial(more.words, sessions=8),
    "mean of words, 30 sessions": partial(more.words, sessions=30),
    "mean score of replies, 6 sessions": partial(more.receptive, sessions=6),
    "median latency, 1 session": partial(more.median, sessions=1),
    "median latency, 12 sessions": partial(more.median, sessions=12),
    "rank correlation": more.rank_correlation,
    "coordination, 12 sessions": partial(more.coordinated, sessions=12),
    "slope of a mixed model, 10 sessions": partial(more.grown, sessions=10),
    "Yule's Q, 12 sessions": partial(more.yules_q, sessions=12),
}
"""Intervals at 95 %."""

NULLS: dict[str, Scenario] = {
    "no trend of a share": _trend_null,
    "no cost of a miss, but bad days": _cost_null,
    "acts that fall on turns by chance": _deal_null,
    "acts of each in bursts of their own": _burst_null,
    "no reciprocity, but lively sessions": _reciprocity_of_lively_sessions,
    "verdicts that take no notice of calls": more.verdicts_take_no_notice,
}
"""Nulls that are true, at 5 %."""
