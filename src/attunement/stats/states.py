"""Coded streams of two people: matching and mismatching states, how soon a mismatch is repaired, and contingency.

A stream is a list of half-open stretches of time, each in one state; what no stretch covers cannot be coded. All times
are in seconds and computed exactly, by sweeping over the ends of stretches.

References
----------
Tronick & Cohn (1989), Child Development 60; Weinberg, Beeghly, Olson & Tronick (2008) (matching, mismatch, repair).
Bakeman & Quera (2011), chapter 9 (windows of contingency). Lewis, Lamey & Douglas (1999) (state-space grids).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError
from attunement.stats.accuracy import pearson
from attunement.stats.survival import kaplan_meier

__all__ = [
    "Contingency",
    "StateMatching",
    "StateSpaceGrid",
    "Stream",
    "contingency",
    "joint_segments",
    "match_states",
    "state_space_grid",
    "synchrony",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Ends that differ by rounding only are one moment.
_SAME_MOMENT = 1e-9


class Stream:
    """One person's states over time.

    Parameters
    ----------
    onset, offset : array_like of float, shape (stretches,)
        Seconds, half open; in any order, without overlap.
    state : array_like of int, shape (stretches,)
        From 0; -1 for what cannot be coded.

    Raises
    ------
    UsageError
        If the lengths differ, a stretch ends before it begins, or two overlap.
    """

    def __init__(self, onset: ArrayLike, offset: ArrayLike, state: ArrayLike) -> None:
        begin, end = np.asarray(onset, dtype=np.float64), np.asarray(offset, dtype=np.float64)
        states = np.asarray(state, dtype=np.int64)
        if not begin.shape == end.shape == states.shape or begin.ndim != 1:
            raise UsageError(
                f"Expected an onset, offset and state each; got {begin.shape}, {end.shape}, {states.shape}."
            )
        if (end < begin).any():
            raise UsageError("A stretch ends at or after its onset.", hint="Are onset and offset swapped?")
        order = np.argsort(begin, kind="stable")
        self.onset, self.offset, self.state = begin[order], end[order], states[order]
        if (self.onset[1:] < self.offset[:-1] - _SAME_MOMENT).any():
            raise UsageError("Stretches of one person overlap.", hint="One state at a time, or one stream a modality.")

    def at(self, times: Floats) -> Ints:
        """Return the state at each time; -1 where nothing is coded."""
        if not self.onset.size:
            return np.full(times.shape, -1, dtype=np.int64)
        place = np.searchsorted(self.onset, times, side="right") - 1
        held = np.maximum(place, 0)
        return np.where((place >= 0) & (times < self.offset[held]), self.state[held], -1)


@dataclass(frozen=True, slots=True)
class StateMatching:
    """How often two people are in matching states, and how mismatches are repaired.

    Attributes
    ----------
    total, codable, uncodable, matched : float
        Seconds of the phase; of it, both codable, not both codable, and in equal states.
    match_share : float
        matched / codable; nan without codable time.
    chance_share : float
        What the two margins alone would give: the sum over states of the product of the two shares of codable time.
    match_share_by_state : ndarray of float, shape (states,)
        Of codable time.
    matches, mismatches : int
        Episodes: maximal runs of matching, and of mismatching, codable time.
    repairs : int
        Mismatches followed at once by a match. What is followed by uncodable time or by the end is censored.
    repairs_per_minute, repairs_per_phase_minute : float
        Over codable minutes, and over minutes of the phase.
    repaired_share : float
        Of mismatch episodes.
    latency_mean, latency_median : float
        Seconds of repaired mismatches; low, because the censored are left out.
    observed_latency_mean, observed : float, int
        Of repaired mismatches whose onset was seen (not at the start of the phase, not after uncodable time).
    censored : int
        Mismatches whose end as a repair was not seen.
    mismatch_mean : float
        Seconds of all mismatch episodes.
    latency_kaplan_meier : float
        Median with the censored kept; nan where fewer than half were seen to be repaired.
    latency_exponential : float
        Seconds of all mismatch over repairs: the mean latency if repair comes at a steady rate.
    """

    total: float
    codable: float
    uncodable: float
    matched: float
    match_share: float
    chance_share: float
    match_share_by_state: Floats
    matches: int
    mismatches: int
    repairs: int
    repairs_per_minute: float
    repairs_per_phase_minute: float
    repaired_share: float
    latency_mean: float
    latency_median: float
    observed_latency_mean: float
    observed: int
    censored: int
    mismatch_mean: float
    latency_kaplan_meier: float
    latency_exponential: float


@dataclass(frozen=True, slots=True)
class Contingency:
    """Whether a target begins more often in a window after something given; undefined figures are nan.

    Attributes
    ----------
    table : ndarray of int, shape (2, 2)
        Units in a window and not, by target onset and none.
    given, target : int
        Onsets of each in the phase.
    share_in_window, share_outside : float
        Of units that hold a target onset.
    odds_ratio, log_odds, yules_q, phi, residual : float
        Of the table; the residual is adjusted, a z value.
    """

    table: Ints
    given: int
    target: int
    share_in_window: float
    share_outside: float
    odds_ratio: float
    log_odds: float
    yules_q: float
    phi: float
    residual: float


@dataclass(frozen=True, slots=True)
class StateSpaceGrid:
    """How a trajectory moves over the grid of joint states.

    Attributes
    ----------
    duration : float
        Seconds of the trajectory.
    events, visits, states : int
        Stretches as they came, stretches with equal neighbours joined, and different cells.
    event_duration, visit_duration, state_duration : float
        Mean seconds of each.
    dispersion : float
        1 - (n sum (d_i / D)^2 - 1) / (n - 1) over the n cells of the grid: 0 in one cell, 1 spread evenly.
    """

    duration: float
    events: int
    visits: int
    states: int
    event_duration: float
    visit_duration: float
    state_duration: float
    dispersion: float


def joint_segments(first: Stream, second: Stream, *, start: float, end: float) -> tuple[Floats, Ints, Ints]:
    """Cut a phase where the state of either changes.

    Returns
    -------
    lengths : ndarray of float, shape (segments,)
        Seconds, none 0.
    one, other : ndarray of int, shape (segments,)
        The two states; -1 where not coded.
    """
    inside = np.concatenate([side for stream in (first, second) for side in (stream.onset, stream.offset)])
    edges = np.unique(np.concatenate(([start, end], inside[(inside > start) & (inside < end)])))
    edges = edges[np.append(True, np.diff(edges) > _SAME_MOMENT)]
    middles = (edges[:-1] + edges[1:]) / 2.0
    one, other = first.at(middles), second.at(middles)
    changes = np.append(True, (np.diff(one) != 0) | (np.diff(other) != 0))
    begins = edges[:-1][changes]
    return np.diff(np.append(begins, end)), one[changes], other[changes]


def match_states(first: Stream, second: Stream, *, start: float, end: float, states: int) -> StateMatching:
    """Measure matching, mismatch and repair in one phase.

    Parameters
    ----------
    first, second : Stream
        The two people, coded in the same states.
    start, end : float
        The phase, in seconds; stretches that cross its edges are cut.
    states : int
        How many states there are.

    Raises
    ------
    UsageError
        If the phase has no length.
    """
    if not end > start:
        raise UsageError(f"A phase has a length; got {start!r} to {end!r}.")
    lengths, one, other = joint_segments(first, second, start=start, end=end)
    both = (one >= 0) & (other >= 0)
    equal = both & (one == other)
    codable, matched = float(lengths[both].sum()), float(lengths[equal].sum())
    by_state = np.bincount(one[equal], lengths[equal], minlength=states)
    margins = [np.bincount(side[both], lengths[both], minlength=states) for side in (one, other)]
    kinds = np.where(~both, 2, np.where(equal, 0, 1))
    runs = np.flatnonzero(np.append(True, np.diff(kinds) != 0))
    # Equal durations that differ by rounding would be two times on the curve.
    kind = kinds[runs]
    duration = np.asarray(np.round(np.add.reduceat(lengths, runs), 9), dtype=np.float64)
    wrong = np.flatnonzero(kind == 1)
    followed = np.append(kind, 2)[wrong + 1] == 0
    seen = np.insert(kind, 0, 2)[wrong] == 0
    repaired, total_wrong = duration[wrong][followed], float(duration[wrong].sum())
    observed = duration[wrong][followed & seen]
    repairs = int(followed.sum())
    median = kaplan_meier(duration[wrong], followed).quantile()[0] if wrong.size else math.inf
    total = end - start
    return StateMatching(
        total=total,
        codable=codable,
        uncodable=total - codable,
        matched=matched,
        match_share=_ratio(matched, codable),
        chance_share=_ratio(float(margins[0] @ margins[1]), codable**2),
        match_share_by_state=by_state / codable if codable > 0 else np.full(states, np.nan),
        matches=int((kind == 0).sum()),
        mismatches=int(wrong.size),
        repairs=repairs,
        repairs_per_minute=_ratio(60.0 * repairs, codable),
        repairs_per_phase_minute=60.0 * repairs / total,
        repaired_share=_ratio(repairs, wrong.size),
        latency_mean=_mean(repaired),
        latency_median=float(np.median(repaired)) if repaired.size else float("nan"),
        observed_latency_mean=_mean(observed),
        observed=int(observed.size),
        censored=int(wrong.size) - repairs,
        mismatch_mean=_mean(duration[wrong]),
        latency_kaplan_meier=median if math.isfinite(median) else float("nan"),
        latency_exponential=_ratio(total_wrong, repairs),
    )


def synchrony(
    first: Stream, second: Stream, *, start: float, end: float, values: Sequence[float], bin_width: float = 1.0
) -> float:
    """Return Pearson's r of two streams read at the middle of each bin; bins that are not both codable are left out.

    Parameters
    ----------
    first, second, start, end
        As in `match_states`.
    values : sequence of float
        What each state stands for (negative -1, neutral 0, positive 1).
    bin_width : float
        Seconds.
    """
    many = math.floor((end - start) / bin_width + _SAME_MOMENT)
    middles: Floats = start + (np.arange(many, dtype=np.float64) + 0.5) * bin_width
    series: list[Floats] = []
    for stream in (first, second):
        state = stream.at(middles)
        meaning = np.append(np.asarray(values, dtype=np.float64), np.nan)
        series.append(meaning[state])  # -1 reads the nan at the end
    return pearson(series[0], series[1])


def contingency(
    given: ArrayLike, target: ArrayLike, *, start: float, end: float, window: int, unit: float = 1.0
) -> Contingency:
    """Test whether a target begins in the units after something given.

    A unit holds an onset at ``floor((onset - start) / unit)``; the window are the next `window` units after each given
    onset, joined where they overlap.

    Parameters
    ----------
    given, target : array_like of float, shape (onsets,)
        Seconds; those outside the phase are left out.
    start, end : float
        The phase.
    window : int
        Units, at least 1.
    unit : float
        Seconds.

    Raises
    ------
    UsageError
        If the window is below one unit.
    """
    if window < 1:
        raise UsageError(f"A window holds at least 1 unit, got {window}.")
    many = math.floor((end - start) / unit + _SAME_MOMENT)
    holds: list[NDArray[np.bool_]] = []
    counts: list[int] = []
    in_window = np.zeros(many, dtype=np.bool_)
    for place, onsets in enumerate((given, target)):
        at = np.asarray(onsets, dtype=np.float64)
        at = np.floor((at[(at >= start) & (at < end)] - start) / unit + _SAME_MOMENT).astype(np.int64)
        counts.append(int(at.size))
        mask = np.zeros(many, dtype=np.bool_)
        mask[at[at < many]] = True
        holds.append(mask)
        if place == 0:
            for step in range(1, window + 1):
                in_window[(at + step)[at + step < many]] = True
    a, b = int((in_window & holds[1]).sum()), int((in_window & ~holds[1]).sum())
    c, d = int((~in_window & holds[1]).sum()), int((~in_window & ~holds[1]).sum())
    n, row, column = a + b + c + d, a + b, a + c
    odds = _ratio(a * d, b * c)
    spread = math.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    expected = row * column / n if n else 0.0
    error = math.sqrt(expected * (1 - row / n) * (1 - column / n)) if n else 0.0
    return Contingency(
        table=np.array([[a, b], [c, d]]),
        given=counts[0],
        target=counts[1],
        share_in_window=_ratio(a, row),
        share_outside=_ratio(c, c + d),
        odds_ratio=odds,
        log_odds=math.log(odds) if odds > 0 else float("nan"),
        yules_q=_ratio(a * d - b * c, a * d + b * c),
        phi=_ratio(a * d - b * c, spread),
        residual=_ratio(a - expected, error),
    )


def state_space_grid(one: ArrayLike, other: ArrayLike, lengths: ArrayLike, *, cells: int) -> StateSpaceGrid:
    """Describe a trajectory over the grid of two persons' states.

    Parameters
    ----------
    one, other : array_like of int, shape (events,)
        The two states of each event, in order.
    lengths : array_like of float, shape (events,)
        Seconds of each event.
    cells : int
        Cells of the whole grid, at least 2.

    Raises
    ------
    UsageError
        If lengths differ, nothing has a length, or something is not coded.
    """
    x, y = np.asarray(one, dtype=np.int64), np.asarray(other, dtype=np.int64)
    seconds = np.asarray(lengths, dtype=np.float64)
    if not x.shape == y.shape == seconds.shape or not x.size or not seconds.sum() > 0:
        raise UsageError("A trajectory has two states and a length for each event.")
    if (x < 0).any() or (y < 0).any():
        raise UsageError("A grid has no place for what is not coded.", hint="Leave such phases out.")
    cell = x * (int(y.max()) + 1) + y
    duration = float(seconds.sum())
    visits = int((np.diff(cell) != 0).sum()) + 1
    _, place = np.unique(cell, return_inverse=True)
    shares = np.bincount(place, seconds) / duration
    return StateSpaceGrid(
        duration=duration,
        events=int(x.size),
        visits=visits,
        states=len(shares),
        event_duration=duration / x.size,
        visit_duration=duration / visits,
        state_duration=duration / len(shares),
        dispersion=1.0 - (cells * float((shares**2).sum()) - 1.0) / (cells - 1.0),
    )


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else float("nan")


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else float("nan")
