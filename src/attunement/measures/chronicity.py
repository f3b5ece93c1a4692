"""Whether misses are many and lasting: rates by week, how they move, where they changed, and whether it gets better."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
import numpy as np

from attunement.core.analysis import Analysis
from attunement.core.estimate import Estimate, Evidence
from attunement.errors import MissingExtraError, UsageError
from attunement.measures.arrays import Arrays, Bools, ExchangeColumns, Floats, Ints, arrays_of
from attunement.measures.base import MeasureOptions, ordered_pairs, sparse_pairs
from attunement.measures.shares import ShareSheet, too_few
from attunement.measures.timeline import Timeline, make_timeline
from attunement.stats.distributions import normal_quantile, t_quantile, t_two_sided
from attunement.stats.growth import fit_growth
from attunement.stats.rates import exceeds_chance, poisson_interval
from attunement.stats.segments import break_interval, segment, sup_f
from attunement.stats.surrogates import compare_with_null, shuffled_runs
from attunement.stats.trend import linear_trend, share_trend, smooth_share

__all__ = ["BLOCK_CALLS", "ROLLING_PERIODS", "SHORTEST_SEGMENT_BLOCKS", "Chronicity"]

ROLLING_PERIODS = 4
BLOCK_CALLS = 10
SHORTEST_SEGMENT_BLOCKS = 5
_MOST_BLOCKS = 400
_MOST_BREAKS = 5
_FEWEST_PERIODS_FOR_CURVE = 4
# Below this no record could tell a share from 0: the fit of the curve found no maximum.
_PARTED = "all misses lie on one side of all other replies in time: no odds ratio fits best"
_STEEP = "the trend is too steep for its error to be known"
_NO_SHARE = 1e-5


class Chronicity:
    """Misses per call and per week of contact over time; from the one who missed to the one who called.

    A period (`P`) is an ISO week where the record has a calendar, else a session. Points of a series carry theirs in
    `Estimate.period`. A week of contact is one in which at least one of the two wrote or spoke.

    - ``chronicity.unrepaired``: share of the scored calls that were missed and not seen to be repaired.
    - ``chronicity.misses_per_P``, ``chronicity.calls_per_P``: how often, per period of contact.
    - ``chronicity.missed.P``: share missed in each period.
    - ``chronicity.missed.rolling``: share missed in each period and the three before it.
    - ``chronicity.missed.smooth``: a smooth curve through the shares, read off at each period.
    - ``chronicity.missed.change``: share missed in the later half of the periods minus that in the earlier half.
    - ``chronicity.missed.trend``: factor by which the odds of a miss change in 30 days (or from session to session).
    - ``chronicity.score.trend``: how much the score changes in that time.
    - ``chronicity.score.growth``: the same by a mixed model, where the options ask for it.
    - ``chronicity.missed.breaks``: number of changes of the level of misses; ``chronicity.missed.segment``: share
      missed in each stretch between them; ``chronicity.missed.break``: each step, with the days it may have come on.
    """

    name = "chronicity"

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute the family; see the class for the names."""
        arrays = arrays_of(analysis)
        timeline = make_timeline(analysis, arrays)
        sparse = sparse_pairs(analysis, options)
        found: list[Estimate] = []
        for replier, caller in ordered_pairs(analysis):
            one = _Direction.of(arrays, timeline, replier, caller)
            if one.pair in sparse and not one.calls.any():
                continue
            sheet = ShareSheet(arrays.exchanges.session, options, total=arrays.sessions, sparse=sparse)
            found.extend(_rates(one, sheet, options))
            # Rows that rest on nothing are left out of two who hardly talk (`measure_all`): in a group they are most.
            is_sparse = one.pair in sparse
            _add_series(one, sheet, is_sparse=is_sparse)
            found.extend(sheet.estimates())
            found.extend(_smooth(one, options, is_sparse=is_sparse))
            found.extend(_trends(one, options))
            found.extend(_breaks(one, options))
        return tuple(found)


class _Direction(NamedTuple):
    """One direction of one pair on the axis of time."""

    pair: tuple[str, str]
    exchanges: ExchangeColumns
    timeline: Timeline
    scored: Bools  # of every exchange: in this direction, and with a verdict
    calls: Bools
    unrepaired: Bools
    could_follow: bool  # of one miss at least what followed was coded, or there is none
    period: Ints  # of every exchange
    contact: Ints  # the periods in which one of the two took a turn, ascending
    evidence: Evidence  # every scored call, and those that were missed
    sessions: int  # of the whole record

    @classmethod
    def of(cls, arrays: Arrays, timeline: Timeline, replier: str, caller: str) -> _Direction:
        exchanges, turns, episodes = arrays.exchanges, arrays.turns, arrays.episodes
        one, other = arrays.position(replier), arrays.position(caller)
        calls = exchanges.between(one, other)
        unrepaired = exchanges.missed.copy()
        unrepaired[episodes.exchange[episodes.repaired]] = False
        contact = np.unique(timeline.period[(turns.speaker == one) | (turns.speaker == other)])
        scored = calls & exchanges.scored
        hits = np.flatnonzero(scored & exchanges.missed)
        could_follow = not hits.size or bool(np.isin(hits, episodes.exchange[episodes.followed]).any())
        evidence = Evidence("exchanges", tuple(np.flatnonzero(scored).tolist()), tuple(hits.tolist()))
        return cls(
            (replier, caller), exchanges, timeline, scored, calls, unrepaired, could_follow,
            timeline.period[exchanges.call], contact, evidence, arrays.sessions,
        )  # fmt: skip

    def estimate(self, name: str, unit: str, method: str, **fields: Any) -> Estimate:
        """Make an estimate of this direction that rests on every scored call, unless the fields say otherwise."""
        blank = Estimate(
            f"chronicity.{name}", *self.pair, value=None, low=None, high=None, level=None,
            count=int(np.count_nonzero(self.scored)), unit=unit, method=method, evidence=self.evidence,
        )  # fmt: skip
        return msgspec.structs.replace(blank, **fields)

    def per_period(self, which: Bools) -> Ints:
        """Count exchanges in each period of contact."""
        return np.bincount(np.searchsorted(self.contact, self.period[which]), minlength=self.contact.size)


def _rates(one: _Direction, sheet: ShareSheet, options: MeasureOptions) -> Iterator[Estimate]:
    of = one.scored & one.could_follow
    note = "" if one.could_follow else f"{np.count_nonzero(one.scored)} more could not be coded"
    sheet.share("chronicity.unrepaired", one.pair, of=of, hit=one.unrepaired, what="share of scored calls", note=note)
    unit = one.timeline.unit
    for name, which in (("misses", one.scored & one.exchanges.missed), ("calls", one.calls)):
        yield _per_period(one, f"{name}_per_{unit}", name, which, options)


def _per_period(one: _Direction, name: str, noun: str, which: Bools, options: MeasureOptions) -> Estimate:
    events = one.per_period(which)
    unit = f"{noun} per {one.timeline.unit}"
    indexes = tuple(np.flatnonzero(which).tolist())
    evidence = Evidence("exchanges", indexes)
    periods, total = events.size, int(events.sum())
    method = f"per {one.timeline.unit} of contact"
    if int(np.count_nonzero(one.calls)) < options.min_calls or not periods:
        return one.estimate(name, unit, method, count=total, note=too_few(options), evidence=evidence)
    mean = total / periods
    # Misses come in flurries: where they scatter more than chance, events and exposure both shrink by that factor.
    spread = float(((events - mean) ** 2).sum() / mean / (periods - 1)) if periods > 1 and mean > 0 else 1.0
    scatter = 1.0
    if periods > 1 and exceeds_chance(spread, 1.0, periods):
        # A scatter that was taken over weeks is as uncertain as they are few.
        tail = 0.5 + options.level / 2.0
        scatter = spread * (t_quantile(tail, periods - 1.0) / normal_quantile(tail)) ** 2
    low, high = poisson_interval(total / scatter, periods / scatter, level=options.level)
    how = "exact Poisson interval" + (f" widened for scatter of {spread:.1f}" if scatter > 1.0 else "")
    return one.estimate(
        name, unit, f"{method}; {how}", value=mean, low=low, high=high, level=options.level, count=total,
        evidence=evidence, note=f"{periods} {one.timeline.unit}s of contact",
    )  # fmt: skip


def _add_series(one: _Direction, sheet: ShareSheet, *, is_sparse: bool) -> None:
    unit = one.timeline.unit
    missed = one.exchanges.missed
    called = np.unique(one.period[one.scored])
    for at, period in enumerate(one.contact.tolist()):
        if is_sparse and not ((called > period - ROLLING_PERIODS) & (called <= period)).any():
            continue
        label = one.timeline.label(period)
        sheet.share(
            f"chronicity.missed.{unit}", one.pair, of=one.scored & (one.period == period), hit=missed, period=label
        )
        if at + 1 >= ROLLING_PERIODS:
            window = (one.period > period - ROLLING_PERIODS) & (one.period <= period)
            sheet.share(
                "chronicity.missed.rolling", one.pair, of=one.scored & window, hit=missed, period=label,
                what=f"share in this {unit} and the {ROLLING_PERIODS - 1} before",
            )  # fmt: skip
    middle = one.contact[one.contact.size // 2] if one.contact.size else 0
    sheet.share_difference(
        "chronicity.missed.change", one.pair,
        of=(one.scored & (one.period >= middle), one.scored & (one.period < middle)), hit=missed,
        what=f"share in the later half of the {unit}s of contact minus that in the earlier",
    )  # fmt: skip


def _smooth(one: _Direction, options: MeasureOptions, *, is_sparse: bool) -> Iterator[Estimate]:
    counts = one.per_period(one.scored)
    hits = one.per_period(one.scored & one.exchanges.missed)
    some = counts > 0
    unit = one.timeline.unit
    method = f"penalised spline on the logit scale through {unit}s; pointwise band"
    fewest_calls = 2 * options.min_calls
    ends: Floats = np.full((3, counts.size), np.nan)
    note = f"a curve needs {_FEWEST_PERIODS_FOR_CURVE} {unit}s and {fewest_calls} calls"
    is_enough = np.count_nonzero(some) >= _FEWEST_PERIODS_FOR_CURVE and counts.sum() >= fewest_calls
    if is_enough and hits.sum() in (0, counts.sum()):
        note = "all calls were answered alike: there is no curve to see"
    elif is_enough:
        time = one.contact.astype(np.float64)
        inside = (time >= time[some].min()) & (time <= time[some].max())
        pieces = min(20, max(4, int(np.count_nonzero(some)) // 2))
        curve = smooth_share(time[some], hits[some], counts[some], time[inside], pieces=pieces, level=options.level)
        ran_away = bool((np.minimum(curve.share, 1.0 - curve.share) < _NO_SHARE).any())
        if not ran_away:
            ends[:, inside] = curve.share, curve.low, curve.high
        note = "the curve runs away to 0 or 1" if ran_away else "no calls before or after"
    for at, number in enumerate(one.contact.tolist()):
        stated = not np.isnan(ends[0, at])
        if is_sparse and not stated and not counts[at]:
            continue
        indexes = np.flatnonzero(one.scored & (one.period == number))
        yield one.estimate(
            "missed.smooth", "share", method, period=one.timeline.label(number), count=int(counts[at]),
            value=float(ends[0, at]) if stated else None, low=float(ends[1, at]) if stated else None,
            high=float(ends[2, at]) if stated else None, level=options.level if stated else None,
            note="" if stated else note, evidence=Evidence("exchanges", tuple(indexes.tolist())),
        )  # fmt: skip


def _trends(one: _Direction, options: MeasureOptions) -> Iterator[Estimate]:
    exchanges, timeline = one.exchanges, one.timeline
    step = timeline.step
    session = exchanges.session[one.scored]
    time = timeline.position[exchanges.call[one.scored]] / timeline.per_step
    missed = exchanges.missed[one.scored].astype(np.float64)
    score = exchanges.score[one.scored]
    odds = f"odds ratio per {step}", "logistic trend; t interval by session"
    points = f"score per {step}", "linear trend; t interval by session"
    few = too_few(options) if missed.size < options.min_calls else ""
    if not few and (np.unique(session).size < 3 or time.max() == time.min()):
        few = "a trend needs three sessions"
    hits = int(missed.sum())
    if few or hits in (0, missed.size):
        note = few or "all calls were answered alike: there is no trend to see"
        yield one.estimate("missed.trend", *odds, hits=hits, note=note)
    else:
        # Times are centred, so that odds of long ago do not overflow; the slope is the same.
        trend = share_trend(time - time.mean(), missed, np.ones_like(missed), session, level=options.level)
        value, low, high = (_exp(x) for x in (trend.slope, trend.low, trend.high))
        if value is None or low is None or high is None:
            note = _PARTED if math.isinf(trend.slope) else _STEEP
            yield one.estimate("missed.trend", *odds, hits=hits, note=note)
        else:
            yield one.estimate(
                "missed.trend", *odds, value=value, low=low, high=high, level=options.level,
                hits=hits, p=_number(trend.p), note="" if math.isfinite(trend.p) else f"no p: {_STEEP}",
            )  # fmt: skip
    if few:
        yield one.estimate("score.trend", *points, note=few)
    else:
        line = linear_trend(time - time.mean(), score, session, level=options.level)
        yield one.estimate(
            "score.trend", *points,
            value=line.slope, low=_number(line.low), high=_number(line.high), level=options.level, p=_number(line.p),
        )  # fmt: skip
    if options.mixed_models:
        yield _growth(one, time, few, options)


def _growth(one: _Direction, time: Floats, few: str, options: MeasureOptions) -> Estimate:
    unit, method = (
        f"score per {one.timeline.step}",
        "mixed model, random intercept by session, REML; t interval over sessions",
    )
    if few:
        return one.estimate("score.growth", unit, method, note=few)
    session = one.exchanges.session[one.scored]
    try:
        growth = fit_growth(one.exchanges.score[one.scored], time - time.mean(), session, random_slope=False)
    except MissingExtraError:
        raise
    except UsageError as error:
        return one.estimate("score.growth", unit, method, note=error.message)
    # Time moves from session to session, so that sessions are what the slope rests on.
    degrees = growth.groups - 2.0
    if degrees < 1.0:
        return one.estimate("score.growth", unit, method, note="fewer than three sessions")
    reach = t_quantile(0.5 + options.level / 2.0, degrees) * growth.slope_error
    return one.estimate(
        "score.growth", unit, method, value=growth.slope, low=growth.slope - reach, high=growth.slope + reach,
        level=options.level, p=t_two_sided(growth.slope / growth.slope_error, degrees),
        note="the variance between sessions is estimated as 0" if growth.is_singular else "",
    )  # fmt: skip


def _breaks(one: _Direction, options: MeasureOptions) -> Iterator[Estimate]:
    where = np.flatnonzero(one.scored)
    size = max(BLOCK_CALLS, math.ceil(where.size / _MOST_BLOCKS))
    blocks = where.size // size
    fewest = 2 * SHORTEST_SEGMENT_BLOCKS
    method = (
        f"least-squares segmentation of the share missed in blocks of {size} calls, at least "
        f"{SHORTEST_SEGMENT_BLOCKS} blocks a segment, number of breaks by BIC"
    )
    if blocks < fewest:
        note = f"change points need {fewest * BLOCK_CALLS} scored calls"
        yield one.estimate("missed.breaks", "breaks", method, note=note)
        return
    missed, session = one.exchanges.missed[where], one.exchanges.session[where]
    series = _block_shares(missed, size)
    breaks = segment(series, least=SHORTEST_SEGMENT_BLOCKS, most_breaks=_MOST_BREAKS).chosen
    p, seed, note = None, None, ""
    if options.surrogates and session[0] == session[-1]:
        note = "no p: one session has no other order"
    elif options.surrogates:
        # Replies of one session resemble each other: shuffled one by one, or block by block, they would not.
        orders = shuffled_runs(session, options.surrogates, seed=options.seed)
        null = [sup_f(_block_shares(missed[order], size)) for order in orders]
        p, seed = _number(compare_with_null(sup_f(series), null).p_above), options.seed
        method += f"; p of at least one from the largest F against {options.surrogates} other orders of the sessions"
    yield one.estimate("missed.breaks", "breaks", method, value=float(len(breaks)), p=p, seed=seed, note=note)
    yield from _segments(one, where, series, breaks, size, options)


def _block_shares(missed: Bools, size: int) -> Floats:
    """Return the share missed in each block of so many calls; what is left over at the end is in none."""
    blocks = missed.size // size
    return missed[: blocks * size].reshape(blocks, size).mean(axis=1)


def _segments(
    one: _Direction, where: Ints, series: Floats, breaks: tuple[int, ...], size: int, options: MeasureOptions
) -> Iterator[Estimate]:
    sheet = ShareSheet(one.exchanges.session, options, total=one.sessions)
    call, missed = one.exchanges.call, one.exchanges.missed
    edges = [0, *(place * size for place in breaks), where.size]
    parts: list[Bools] = []
    labels: list[str] = []
    note = "the interval takes the breaks as given"
    for first, last in pairwise(edges):
        part: Bools = np.zeros(one.scored.shape, dtype=np.bool_)
        part[where[first:last]] = True
        parts.append(part)
        labels.append(one.timeline.stretch(int(call[where[first]]), int(call[where[last - 1]])))
        sheet.share("chronicity.missed.segment", one.pair, of=part, hit=missed, period=_unlike(labels), note=note)
    labels = []
    for number in range(len(breaks)):
        low, high = break_interval(series, breaks, number, level=options.level)
        first, last = (int(call[where[min(place * size, where.size - 1)]]) for place in (low, high))
        labels.append(one.timeline.stretch(first, last))
        sheet.share_difference(
            "chronicity.missed.break", one.pair, of=(parts[number + 1], parts[number]), hit=missed,
            what="share after the break minus that before", period=_unlike(labels),
            note=f"{note}; the period is the interval of its place",
        )  # fmt: skip
    yield from sheet.estimates()


def _unlike(labels: list[str]) -> str:
    """Return the last label, numbered where the same stands before: two breaks may share a day."""
    times = labels.count(labels[-1])
    return labels[-1] if times == 1 else f"{labels[-1]} ({times})"


def _exp(x: float) -> float | None:
    return math.exp(x) if abs(x) < 50.0 else None


def _number(x: float) -> float | None:
    return x if math.isfinite(x) else None
