"""Simulations of the intervals that are no plain share: curves, medians, means, correlations, coordination, growth."""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from attunement.core.analysis import Analysis
from attunement.core.codebook import VERDICTS, Verdict
from attunement.core.coding import Coding, TurnCoding
from attunement.core.episode import Exchange
from attunement.core.record import Record
from attunement.core.turn import Session, Turn
from attunement.measures.arrays import Arrays, arrays_of
from attunement.measures.base import MeasureOptions
from attunement.measures.dealt import DealtVerdicts
from attunement.measures.quantities import correlation_estimate, mean_estimate, median_estimate
from attunement.measures.sequences import Sequences
from attunement.measures.shares import ShareSheet
from attunement.stats.coordination import coordination
from attunement.stats.distributions import t_quantile
from attunement.stats.mixed import RandomTerm, fit_mixed
from attunement.stats.surrogates import compare_with_null
from attunement.stats.survival import clustered_band, kaplan_meier

__all__ = [
    "coordinated",
    "curve",
    "grown",
    "median",
    "median_wait",
    "paired",
    "rank_correlation",
    "receptive",
    "verdicts_take_no_notice",
    "words",
    "yules_q",
]

_RESAMPLES = 400
_PAIR = ("a", "b")
Generator = np.random.Generator


def _seed(generator: Generator) -> int:
    return int(generator.integers(2**31))


def _between(low: float | None, truth: float, high: float | None) -> bool | None:
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return None
    return bool(low <= truth <= high)


def curve(generator: Generator, sessions: int) -> bool | None:
    """Hold the share repaired within 4 turns where half of the sessions repair at once and half hardly ever."""
    pace = generator.choice([0.1, 0.5], sessions)
    session = np.repeat(np.arange(sessions), 5)
    waits = 2.0 * generator.geometric(pace[session])
    watched = generator.integers(3, 13, session.size).astype(np.float64)
    times, ended = np.minimum(waits, watched), waits <= watched
    found = clustered_band(
        kaplan_meier(times, ended), times, ended, session, total=sessions, resamples=_RESAMPLES, seed=_seed(generator)
    )
    _, low, high = found.at(4.0)
    return _between(low, 0.5 * (0.9**2 + 0.5**2), high)


def median_wait(generator: Generator) -> bool | None:
    """Hold the median time to repair of one session, a third of it censored."""
    waits, watched = generator.exponential(10.0, 60), generator.exponential(20.0, 60)
    value, low, high = kaplan_meier(np.minimum(waits, watched), waits <= watched).quantile()
    return None if math.isinf(value) else bool(low <= 10.0 * math.log(2.0) <= high)


def words(generator: Generator, sessions: int) -> bool | None:
    """Hold a mean without bounds (words of a disclosure), alike within sessions."""
    session = np.repeat(np.arange(sessions), generator.poisson(6.0, sessions) + 1)
    values = np.exp(generator.normal(size=session.size) * 0.6 + 0.2 * generator.normal(size=sessions)[session])
    sheet = ShareSheet(session, MeasureOptions(resamples=_RESAMPLES, seed=_seed(generator)))
    everything = np.ones(session.size, dtype=np.bool_)
    sheet.mean("x.words", _PAIR, of=everything, values=values, is_bounded=False)
    one = sheet.estimates()[0]
    return _between(one.low, math.exp((0.36 + 0.04) / 2.0), one.high)


def receptive(generator: Generator, sessions: int) -> bool | None:
    """Hold a mean with a t interval over sessions (receptiveness, offsets)."""
    session = np.repeat(np.arange(sessions), 6)
    values = generator.normal(size=session.size) + 0.4 * generator.normal(size=sessions)[session]
    one = mean_estimate(
        "x.mean", _PAIR, values=values, items=np.arange(session.size), sessions=session, options=MeasureOptions(),
        unit="z", what="mean", noun="replies",
    )  # fmt: skip
    return _between(one.low, 0.0, one.high)


def median(generator: Generator, sessions: int) -> bool | None:
    """Hold a median latency (Woodruff), alike within sessions where there are several."""
    session = np.repeat(np.arange(sessions), 60 // sessions)
    alike = 0.3 * generator.normal(size=sessions)[session] if sessions > 1 else 0.0
    values = np.exp(generator.normal(size=session.size) + alike)
    one = median_estimate(
        "x.median", _PAIR, values=values, items=np.arange(session.size), sessions=session, options=MeasureOptions(),
        unit="seconds", what="median", noun="replies",
    )  # fmt: skip
    return _between(one.low, 1.0, one.high)


def rank_correlation(generator: Generator) -> bool | None:
    """Hold a rank correlation (Fisher), of normal series that correlate at 0.4."""
    one = generator.normal(size=60)
    other = 0.4 * one + math.sqrt(1.0 - 0.16) * generator.normal(size=60)
    ranks = [np.argsort(np.argsort(side)).astype(np.float64) for side in (one, other)]
    found = correlation_estimate(
        "x.correlation", _PAIR, correlation=float(np.corrcoef(ranks[0], ranks[1])[0, 1]), items=np.arange(60),
        options=MeasureOptions(), what="rank correlation", noun="replies",
    )  # fmt: skip
    return _between(found.low, 6.0 / math.pi * math.asin(0.2), found.high)


def paired(generator: Generator, sessions: int, alike: float) -> bool | None:
    """Hold a difference of mean probabilities (Newcombe on the effective count, or bootstrap)."""
    session = np.repeat(np.arange(sessions), 14)
    first = np.tile(np.arange(14) < 7, sessions)
    truth = np.where(first, 0.5, 0.3)
    rates = truth
    if alike:
        scale = (1.0 - alike) / alike
        drawn = [generator.beta(share * scale, (1.0 - share) * scale, sessions)[session] for share in (0.5, 0.3)]
        rates = np.where(first, *drawn)
    values: NDArray[np.float64] = generator.beta(2.0 * rates + 1e-9, 2.0 * (1.0 - rates) + 1e-9)
    sheet = ShareSheet(session, MeasureOptions(resamples=_RESAMPLES, seed=_seed(generator)))
    sheet.mean_difference("x.difference", _PAIR, of=(first, ~first), values=values)
    one = sheet.estimates()[0]
    return _between(one.low, 0.2, one.high)


def coordinated(generator: Generator, sessions: int) -> bool | None:
    """Hold a coordination of 0.1 in each of three categories."""
    session = np.repeat(np.arange(sessions), 15)
    turns = generator.random((session.size, 3)) < 0.4
    replies = generator.random(turns.shape) < np.where(turns, 0.3 + 0.1 / 0.6, 0.3)
    found = coordination(turns, replies, clusters=session)
    # P(reply | turn) - P(reply): 0.1 / 0.6 more where the turn has it, which is 0.6 of that above the mean.
    return _between(found.low, 0.1, found.high)


def grown(generator: Generator, sessions: int) -> bool | None:
    """Hold the slope of a score by a mixed model with an intercept for each session."""
    session = np.repeat(np.arange(sessions), 6)
    score = 0.05 * session + 0.5 * generator.normal(size=sessions)[session] + generator.normal(size=session.size)
    slope = fit_mixed(score, {"time": session - session.mean()}, [RandomTerm("session", session)]).fixed["time"]
    reach = t_quantile(0.975, slope.df) * slope.se
    return bool(slope.value - reach <= 0.05 <= slope.value + reach)


class _Coded(NamedTuple):
    """A talk of two people who take turns, with a code a turn and who misses and calls."""

    analysis: Analysis
    arrays: Arrays


def _talk(calls: NDArray[np.bool_], met: NDArray[np.bool_], per_session: int) -> _Coded:
    """Make a talk in which Ada speaks and Ben replies: which of Ada's turns call, and which of Ben's replies meet."""
    turns: list[Turn] = []
    codings: list[TurnCoding] = []
    exchanges: list[Exchange] = []
    sessions: list[Session] = []
    for step in range(len(calls)):
        at, number = 2 * step, step // per_session
        first = step % per_session == 0
        turns.append(Turn(at, number, "Ada", "word", float(at), float(at), at, at, None if first else at - 1))
        turns.append(Turn(at + 1, number, "Ben", "word", float(at), float(at), at + 1, at + 1, at))
        verdict: Verdict = "attuned" if met[step] else "missed"
        sure: dict[Verdict, float] = {name: float(name == verdict) for name in VERDICTS}
        reply = msgspec.structs.replace(_coding(at + 1, present=bool(met[step])), verdict=sure)
        codings += [_coding(at, present=bool(calls[step])), reply]
        if calls[step]:
            exchanges.append(
                Exchange(
                    len(exchanges),
                    number,
                    at,
                    at + 1,
                    "Ada",
                    "Ben",
                    ("feeling",),
                    verdict=verdict,
                    probabilities=sure,
                    score=float(met[step]),
                )
            )
        if first:
            sessions.append(Session(number, at, at + 2 * per_session - 1))
    analysis = Analysis(Record(id="made-up"), tuple(turns), tuple(sessions), tuple(codings), tuple(exchanges), (), ())
    return _Coded(analysis, arrays_of(analysis))


def _coding(turn: int, *, present: bool) -> TurnCoding:
    return TurnCoding(turn, (Coding("validation", "stance", 1.0, True, (), "made-up/1"),) if present else ())


def yules_q(generator: Generator, sessions: int) -> bool | None:
    """Hold Yule's Q of a reply that meets in 6 of 10 after one state and in 4 of 10 after the other."""
    before = generator.random(12 * sessions) < 0.5
    after = generator.random(before.size) < np.where(before, 0.6, 0.4)
    talk = _talk(before, after, 12)
    options = MeasureOptions(resamples=100, seed=_seed(generator))
    for one in Sequences().measure(talk.analysis, options):
        if one.measure == "sequences.met_after_met" and one.from_ == "Ben":
            return _between(one.low, (1.5**2 - 1.0) / (1.5**2 + 1.0), one.high)
    return None


def verdicts_take_no_notice(generator: Generator) -> bool | None:
    """Reject that replies fall on calls as on everything else, where they do and sessions differ in mood."""
    calls = generator.random(120) < 0.5
    met = generator.random(120) < np.repeat(generator.uniform(0.2, 0.8, 12), 10)
    talk = _talk(calls, met, 10)
    options = MeasureOptions(surrogates=199, seed=_seed(generator))
    arrays = talk.arrays
    dealt = DealtVerdicts(talk.analysis, arrays, arrays.position("Ben"), arrays.position("Ada"), options)
    null = dealt.means({"": arrays.exchanges.scored})["attuned"]
    observed = float((met & calls).sum() / calls.sum())
    return bool(compare_with_null(observed, null, slack=1e-6).p <= 0.05)
