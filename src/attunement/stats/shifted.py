"""Floor transfers of two timelines of which one is shifted in a circle: timing as if neither heard the other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Timeline", "shifted_transfers"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NONE: Ints = np.zeros(1, dtype=np.int64)


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
    fixed: Timeline, moved: Timeline, *, surrogates: int, seed: int, least: float = 0.1, floor: bool = False
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
    floor : bool
        Whether a turn that lies inside one of the other takes no floor (`floor_transfers` with ``since="floor"``);
        turns of one speaker must then not overlap.

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
    b_edge = b.session * room
    generator = np.random.default_rng(seed)
    for _ in range(surrogates):
        time = b_time + np.take(generator.uniform(least, 1.0 - least, many) * span, b.session)
        wraps = time >= b_span
        time = np.where(wraps, time - b_span, time)
        wrapped = np.add.reduceat(wraps, b_first, dtype=np.int64) if many else _NONE
        # The last of each session came round to its start; all else keeps its order.
        turned = rank - np.take(wrapped, b.session)
        order = np.take(b_first, b.session) + turned + np.where(turned < 0, np.take(b_many, b.session), 0)
        b_key: Floats = np.asarray(b_edge + np.take(time, order), dtype=np.float64)
        b_end = b_key + b_length[order]
        if not floor:
            yield _transfers((a_key, a_end, a.session), (b_key, b_end, b.session))
            continue
        a_stands, b_stands = ~_inside(a_key, a_end, b_key, b_end), ~_inside(b_key, b_end, a_key, a_end)
        yield _transfers(
            (a_key[a_stands], a_end[a_stands], a.session[a_stands]),
            (b_key[b_stands], b_end[b_stands], b.session[b_stands]),
        )


def _transfers(fixed: tuple[Floats, Floats, Ints], moved: tuple[Floats, Floats, Ints]) -> tuple[Floats, Floats]:
    """Return the offsets of two timelines of keys, ends and sessions: to the second, and to the first."""
    (a_key, a_end, a_session), (b_key, b_end, b_session) = fixed, moved
    if not a_key.size or not b_key.size:
        return np.zeros(0), np.zeros(0)
    # Two sorted runs, which a stable sort only merges: how many of the fixed turns stand before each moved one says
    # who follows whom.
    merged = np.argsort(np.concatenate((a_key, b_key)), kind="stable")
    place = np.flatnonzero(merged >= a_key.size) - np.arange(b_key.size)
    to_moved = np.flatnonzero(place > np.concatenate((_NONE, place[:-1])))
    before = place[to_moved] - 1
    same = a_session[before] == b_session[to_moved]
    to_moved, before = to_moved[same], before[same]
    from_moved = np.flatnonzero(np.append(place[1:], a_key.size) > place)
    after = place[from_moved]
    same = a_session[after] == b_session[from_moved]
    from_moved, after = from_moved[same], after[same]
    return b_key[to_moved] - a_end[before], a_key[after] - b_end[from_moved]


def _inside(key: Floats, end: Floats, other_key: Floats, other_end: Floats) -> NDArray[np.bool_]:
    """Tell which turns lie inside one of the other, whose turns do not overlap."""
    if not other_key.size:
        return np.zeros(key.size, dtype=np.bool_)
    at = np.searchsorted(other_key, key, side="right") - 1
    return (at >= 0) & (other_end[np.maximum(at, 0)] >= end)


def _only(timeline: Timeline, sessions: Ints) -> Timeline:
    kept = np.isin(timeline.session, sessions)
    return Timeline(timeline.start[kept], timeline.end[kept], np.searchsorted(sessions, timeline.session[kept]))
