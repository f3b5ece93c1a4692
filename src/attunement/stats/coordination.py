"""Linguistic coordination: does a marker in what you say make it likelier in my reply than it is anyway.

References
----------
Danescu-Niculescu-Mizil, Lee, Pang & Kleinberg (2012), Echoes of power, WWW '12. The three ways to aggregate are those
of the module Coordination of ConvoKit, which gives neither an interval nor a null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError
from attunement.stats.distributions import t_quantile

__all__ = [
    "AggregateCoordination",
    "Coordination",
    "aggregate_coordination",
    "coordination",
    "coordination_surrogates",
    "shuffled_coordination",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_MOST_BITS = 12


@dataclass(frozen=True, slots=True)
class Coordination:
    """How one speaker's replies coordinate towards one target.

    Attributes
    ----------
    by_marker : ndarray of float, shape (markers,)
        P(reply has it | target's turn has it) - P(reply has it), in [-1, 1]; nan where the target used it too seldom.
    prompts, joint, replies : ndarray of int, shape (markers,)
        Target turns with the marker, those of them whose reply has it too, and replies with it.
    mean : float
        Mean over the markers that are defined; nan where none is.
    se, low, high : float
        Linearised standard error of the mean over clusters (or exchanges) and Student's t interval; nan below two.
    level : float
        Coverage.
    exchanges, clusters : int
        Pairs of turn and reply; clusters that the error rests on.
    """

    by_marker: Floats
    prompts: Ints
    joint: Ints
    replies: Ints
    mean: float
    se: float
    low: float
    high: float
    level: float
    exchanges: int
    clusters: int


@dataclass(frozen=True, slots=True)
class AggregateCoordination:
    """Coordination over a group of speakers, three ways to treat markers that some lack.

    Attributes
    ----------
    complete : float
        Mean over the speakers that have every marker (aggregate 1).
    filled : float
        Missing markers take the group's mean of that marker (aggregate 2).
    available : float
        Mean over speakers of the mean over the markers they have (aggregate 3).
    by_marker : ndarray of float, shape (markers,)
        Mean over the speakers that have the marker.
    speakers, complete_speakers : int
        Speakers with at least one marker, and with all.
    """

    complete: float
    filled: float
    available: float
    by_marker: Floats
    speakers: int
    complete_speakers: int


def coordination(
    targets: ArrayLike,
    replies: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    threshold: int = 3,
    level: float = 0.95,
) -> Coordination:
    """Measure how one speaker's replies follow the markers of the turns they reply to.

    Parameters
    ----------
    targets, replies : array_like of bool, shape (exchanges, markers)
        Whether the target's turn, and the reply to it, hold each marker.
    clusters : array_like of int, shape (exchanges,), optional
        Sessions; None takes each exchange for itself.
    threshold : int
        A marker is left out where fewer target turns than this hold it.
    level : float
        Coverage of the interval.

    Raises
    ------
    UsageError
        If the shapes differ.
    """
    a, b = _checked(targets, replies)
    n = len(a)
    prompts, joint, answered = a.sum(axis=0), (a & b).sum(axis=0), b.sum(axis=0)
    scores = _scores(joint, prompts, answered, n, threshold)
    kept = ~np.isnan(scores)
    nan = float("nan")
    mean = float(scores[kept].mean()) if kept.any() else nan
    groups = np.arange(n) if clusters is None else np.unique(np.asarray(clusters), return_inverse=True)[1]
    many = int(groups.max()) + 1 if n else 0
    se = low = high = nan
    if kept.any() and many > 1:
        given = joint[kept] / prompts[kept]
        share = answered[kept] / n
        influence = a[:, kept] * (b[:, kept] - given) * (n / prompts[kept]) - (b[:, kept] - share)
        by_cluster = np.bincount(groups, weights=influence.mean(axis=1), minlength=many)
        se = float(np.sqrt((by_cluster**2).sum() * many / (many - 1))) / n
        half = t_quantile(0.5 + level / 2, many - 1) * se
        low, high = mean - half, mean + half
    return Coordination(
        scores, prompts.astype(np.int64), joint.astype(np.int64), answered.astype(np.int64),
        mean, se, low, high, level, n, many,
    )  # fmt: skip


def coordination_surrogates(
    targets: ArrayLike, replies: ArrayLike, orders: Iterable[Ints], *, threshold: int = 3
) -> Floats:
    """Compute the coordination of every marker after each shuffle of the replies.

    Parameters
    ----------
    targets, replies, threshold
        As in `coordination`.
    orders : iterable of ndarray of int, shape (exchanges,)
        From `surrogates.within_group_permutations`: which reply stands behind each target turn. How often each side
        uses each marker stays as it is, so that the same markers are kept.

    Returns
    -------
    ndarray of float, shape (orders, markers)
        nan for markers that are left out; the mean of a row over the others is the surrogate of `Coordination.mean`.
    """
    score = shuffled_coordination(targets, replies, threshold=threshold)
    return np.array([score(order) for order in orders], dtype=np.float64).reshape(-1, np.shape(targets)[1])


def shuffled_coordination(targets: ArrayLike, replies: ArrayLike, *, threshold: int = 3) -> Callable[[Ints], Floats]:
    """Return what scores one shuffle of the replies: from an order to a row of `coordination_surrogates`."""
    a, b = _checked(targets, replies)
    n = len(a)
    prompts, answered = a.sum(axis=0), b.sum(axis=0)
    kept = np.flatnonzero(prompts >= max(threshold, 1))
    share = answered[kept] / max(n, 1)
    count_joint = _joint_counter(a[:, kept], b[:, kept])

    def score(order: Ints) -> Floats:
        row = np.full(a.shape[1], np.nan)
        row[kept] = count_joint(order) / prompts[kept] - share
        return row

    return score


def _joint_counter(a: Bools, b: Bools) -> Callable[[Ints], Floats]:
    """Return what counts, for an order of the replies, how often turn and reply share each marker."""
    markers = a.shape[1]
    if markers > _MOST_BITS:
        columns = [(np.ascontiguousarray(a[:, m]), np.ascontiguousarray(b[:, m])) for m in range(markers)]
        return lambda order: np.array([np.count_nonzero(x & y[order]) for x, y in columns], dtype=np.float64)
    # Few markers fit into the bits of a number: one look-up and one count serve them all.
    bits: Ints = 2 ** np.arange(markers, dtype=np.int64)
    of_turn, of_reply = ((side * bits).sum(axis=1).astype(np.uint16) for side in (a, b))
    patterns: Ints = np.arange(2**markers, dtype=np.int64)
    holds = np.asarray((patterns[:, None] & bits) > 0, dtype=np.float64)
    return lambda order: np.bincount(of_turn & of_reply[order], minlength=patterns.size) @ holds


def aggregate_coordination(scores: ArrayLike) -> AggregateCoordination:
    """Average the coordination of several speakers.

    Parameters
    ----------
    scores : array_like of float, shape (speakers, markers)
        `Coordination.by_marker` of each speaker (towards one target or a pool of them); nan where not defined.
    """
    table = np.asarray(scores, dtype=np.float64)
    table = table[~np.isnan(table).all(axis=1)]
    nan = float("nan")
    if not table.size:
        return AggregateCoordination(nan, nan, nan, np.full(int(table.shape[1]), np.nan), 0, 0)
    defined = ~np.isnan(table)
    filled_in = np.where(defined, table, 0.0)
    counts = defined.sum(axis=0)
    by_marker = np.where(counts > 0, filled_in.sum(axis=0) / np.maximum(counts, 1), np.nan)
    complete = defined.all(axis=1)
    # A marker that nobody has cannot be filled and counts for nobody.
    known = counts > 0
    filled = np.where(defined, table, by_marker)[:, known].mean(axis=1)
    return AggregateCoordination(
        complete=float(table[complete].mean()) if complete.any() else nan,
        filled=float(filled.mean()),
        available=float((filled_in.sum(axis=1) / defined.sum(axis=1)).mean()),
        by_marker=by_marker,
        speakers=len(table),
        complete_speakers=int(complete.sum()),
    )


def _checked(targets: ArrayLike, replies: ArrayLike) -> tuple[Bools, Bools]:
    a, b = np.asarray(targets, dtype=np.bool_), np.asarray(replies, dtype=np.bool_)
    if a.ndim != 2 or a.shape != b.shape:
        raise UsageError(f"Expected two tables of exchanges by markers; got shapes {a.shape} and {b.shape}.")
    return a, b


def _scores(joint: Ints, prompts: Ints, answered: Ints, n: int, threshold: int) -> Floats:
    kept = prompts >= max(threshold, 1)
    return np.where(kept, joint / np.maximum(prompts, 1) - answered / max(n, 1), np.nan)
