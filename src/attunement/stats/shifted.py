"""Floor transfers of two timelines of which one is shifted in a circle: timing as if neither heard the other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Timeline", "shifted_transfers"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Timeline:
    """The turns of one speaker, session by session.

    Parameters
    ----------
    start, end : array_like of float, shape (turns,)
        Seconds, without nan; ascending by start inside a session.
    session : array_like of int, shape (turns,)
        Ascending.
    """

    def __init__(self, start: ArrayLike, end: ArrayLike, session: ArrayLike) -> None:
        self.start = np.asarray(start, dtype=np.float64)
        self.end = np.asarray(end, dtype=np.float64)
        self.session = np.asarray(session, dtype=np.int64)


def shifted_transfers(
    fixed: Timeline, moved: Timeline, *, surrogates: int, seed: int, least: float = 0.1
) -> Iterator[tuple[Floats, Floats]]:
    """Yield the floor transfer offsets after circular shifts of one timeline against the other.

    In each session the second timeline is shifted by a random share of the time between the first start and the last
    end in it, at least `least` of it both ways; what falls out at the end comes in at the start. Each keeps its own
    rhythm and loses the other's.

    Parameters
    ----------
    fixed, moved : Timeline
        The two speakers; only sessions in which both speak take part.
    surrogates : int
        How many shifts.
    seed : int
        Of the shifts.
    least : float
        Smallest shift, as a share of the session, in (0, 0.5).

    Yields
    ------
    to_moved, to_fixed : ndarray of float
        Offsets in seconds of every transfer from the fixed to the moved speaker, and back; negative where they
        overlap.
    """
    shared = np.intersect1d(fixed.session, moved.session)
    a, b = (_only(timeline, shared) for timeline in (fixed, moved))
    many = len(shared)
    first = np.full(many, np.inf)
    last = np.full(many, -np.inf)
    for timeline in (a, b):
        np.minimum.at(first, timeline.session, timeline.start)
        np.maximum.at(last, timeline.session, timeline.end)
    span = np.maximum(last - first, 1e-9)
    # One key sorts by session and then by time; sessions lie too far apart to meet.
    room = 2.0 * float(span.max(initial=1.0)) + 1.0
    a_key = a.session * room + a.start - first[a.session]
    a_end = a_key + (a.end - a.start)
    b_first = np.searchsorted(b.session, np.arange(many))
    b_many = np.bincount(b.session, minlength=many)
    rank = np.arange(b.session.size) - b_first[b.session]
    b_time, b_length, b_span = b.start - first[b.session], b.end - b.start, span[b.session]
    session = np.concatenate((a.session, b.session))
    generator = np.random.default_rng(seed)
    for _ in range(surrogates):
        time = b_time + (generator.uniform(least, 1.0 - least, many) * span)[b.session]
        wraps = time >= b_span
        time = np.where(wraps, time - b_span, time)
        wrapped = np.bincount(b.session[wraps], minlength=many)
        # The last of each session came round to its start; all else keeps its order.
        order = b_first[b.session] + (rank - wrapped[b.session]) % b_many[b.session]
        b_key = b.session * room + time[order]
        key = np.concatenate((a_key, b_key))
        end = np.concatenate((a_end, b_key + b_length[order]))
        # Two sorted runs: a stable sort only merges them.
        by_time = np.argsort(key, kind="stable")
        is_moved = by_time >= a_key.size
        changes = np.flatnonzero(is_moved[1:] != is_moved[:-1])
        changes = changes[session[by_time[changes]] == session[by_time[changes + 1]]]
        offset = key[by_time[changes + 1]] - end[by_time[changes]]
        to_moved = is_moved[changes + 1]
        yield offset[to_moved], offset[~to_moved]


def _only(timeline: Timeline, sessions: Ints) -> Timeline:
    kept = np.isin(timeline.session, sessions)
    return Timeline(timeline.start[kept], timeline.end[kept], np.searchsorted(sessions, timeline.session[kept]))
