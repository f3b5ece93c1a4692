"""Turn taking where both ends of each turn are known: floor transfers, overlap, silence, who holds the floor.

References
----------
Heldner & Edlund (2010), Journal of Phonetics 38 (gaps, overlaps between and within speakers).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError

__all__ = ["FloorTransfers", "FloorUse", "Since", "floor_transfers", "floor_use"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Since = Literal["previous", "other", "floor"]


@dataclass(frozen=True, slots=True)
class FloorTransfers:
    """Every change of speaker, in order of the start of the new turn.

    With ``since="floor"`` also every turn that lies inside somebody else's, which changes nothing: `is_within` tells
    the two apart.

    Attributes
    ----------
    before, after : ndarray of int, shape (transfers,)
        Positions, in the input, of the turn before and of the new turn.
    offset : ndarray of float, shape (transfers,)
        Seconds from the end of the other's turn to the start of the new one; negative where they overlap.
    is_within : ndarray of bool, shape (transfers,)
        The new turn also ends before the other's: it never took the floor (a backchannel, or a try that failed).
    """

    before: Ints
    after: Ints
    offset: Floats
    is_within: Bools


class FloorUse(NamedTuple):
    """How the time between the first start and the last end is used.

    Attributes
    ----------
    talk : ndarray of float, shape (speakers,)
        Sum of each speaker's turn lengths, in seconds.
    share : ndarray of float, shape (speakers,)
        Of all talk.
    balance : float
        Least talk over most talk, in [0, 1].
    entropy : float
        Of the shares, in bits; log2 of the number of speakers where all talk alike.
    several, silence, total : float
        Seconds in which at least two speak, nobody speaks, and altogether.
    """

    talk: Floats
    share: Floats
    balance: float
    entropy: float
    several: float
    silence: float
    total: float


def floor_transfers(
    start: ArrayLike,
    end: ArrayLike,
    speakers: ArrayLike,
    *,
    sessions: ArrayLike | None = None,
    since: Since = "previous",
) -> FloorTransfers:
    """Find every change of speaker and its floor transfer offset.

    Parameters
    ----------
    start, end : array_like of float, shape (turns,)
        Seconds; turns with nan in either are left out.
    speakers : array_like of int, shape (turns,)
        Who takes each turn.
    sessions : array_like of int, shape (turns,), optional
        Transfers never bridge sessions.
    since : {"previous", "other", "floor"}
        Offset from the end of the turn before in order of start ("previous"), or from the latest end of anybody else
        so far in the session ("other"). With "floor" a turn that lies inside somebody else's takes no floor, so that
        what comes after it follows on the turn around it (Heldner & Edlund 2010: a gap is a silence between two
        speakers, and overlap inside one speaker's talk is no change of speakers).

    Raises
    ------
    UsageError
        If the lengths differ or a turn ends before it starts.
    """
    begins, ends, who, borders = _checked(start, end, speakers, sessions)
    order = np.flatnonzero(~(np.isnan(begins) | np.isnan(ends)))
    # Of turns that start together the longest comes first: the others may lie inside it.
    order = order[np.lexsort((-ends[order], begins[order], borders[order]))]
    begins, ends, who, borders = begins[order], ends[order], who[order], borders[order]
    if since == "floor":
        return _floor_changes(order, begins, ends, who, borders)
    changes = np.flatnonzero((who[1:] != who[:-1]) & (borders[1:] == borders[:-1])) + 1
    offset = begins[changes] - ends[changes - 1]
    other_end = ends[changes - 1]
    if since == "other" and changes.size:
        other_end = _latest_of_others(ends, who, borders)[0][changes]
        offset = begins[changes] - other_end
    return FloorTransfers(order[changes - 1], order[changes], offset, ends[changes] <= other_end)


def _floor_changes(order: Ints, begins: Floats, ends: Floats, who: Ints, borders: Ints) -> FloorTransfers:
    latest, holder = _latest_of_others(ends, who, borders)
    is_within = ends <= latest
    standing = np.flatnonzero(~is_within)
    follows = (who[standing[1:]] != who[standing[:-1]]) & (borders[standing[1:]] == borders[standing[:-1]])
    inside = np.flatnonzero(is_within)
    after = np.concatenate((standing[1:][follows], inside))
    before = np.concatenate((standing[:-1][follows], holder[inside]))
    sorting = np.argsort(after)
    after, before = after[sorting], before[sorting]
    return FloorTransfers(order[before], order[after], begins[after] - latest[after], is_within[after])


def _latest_of_others(ends: Floats, who: Ints, borders: Ints) -> tuple[Floats, Ints]:
    """Return, for each turn, the latest end of an earlier turn of anybody else in its session, and which turn that is.

    -inf and -1 where there is none. Of several that end together it is the last to start.
    """
    latest, holder = np.full(len(ends), -np.inf), np.full(len(ends), -1)
    edges = np.flatnonzero(borders[1:] != borders[:-1]) + 1
    for part in np.split(np.arange(len(ends)), edges):
        for speaker in np.unique(who[part]):
            own = np.where(who[part] == speaker, ends[part], -np.inf)
            theirs = np.maximum.accumulate(own)
            which = np.maximum.accumulate(np.where((own == theirs) & (own > -np.inf), part, -1))
            so_far, by = np.concatenate(([-np.inf], theirs[:-1])), np.concatenate(([-1], which[:-1]))
            later = (who[part] != speaker) & (
                (so_far > latest[part]) | ((so_far == latest[part]) & (by > holder[part]))
            )
            latest[part[later]], holder[part[later]] = so_far[later], by[later]
    return latest, holder


def floor_use(start: ArrayLike, end: ArrayLike, speakers: ArrayLike, *, n_speakers: int | None = None) -> FloorUse:
    """Measure talk, overlap and silence by an exact sweep over the ends of turns.

    Parameters
    ----------
    start, end : array_like of float, shape (turns,)
        Seconds; turns with nan in either are left out.
    speakers : array_like of int, shape (turns,)
        From 0.
    n_speakers : int, optional
        None takes one more than the largest.

    Raises
    ------
    UsageError
        As `floor_transfers`.
    """
    begins, ends, who, _ = _checked(start, end, speakers, None)
    timed = ~(np.isnan(begins) | np.isnan(ends))
    begins, ends, who = begins[timed], ends[timed], who[timed]
    many = n_speakers if n_speakers is not None else int(who.max(initial=-1)) + 1
    talk = np.bincount(who, weights=ends - begins, minlength=many).astype(np.float64)
    total_talk = float(talk.sum())
    nan = float("nan")
    if not begins.size or not total_talk:
        return FloorUse(talk, np.full(many, np.nan), nan, nan, 0.0, 0.0, 0.0)
    share = talk / total_talk
    used = share[share > 0]
    edges = np.unique(np.concatenate((begins, ends)))
    lengths = np.diff(edges)
    speaking = np.zeros((many, len(edges)), dtype=np.int64)
    np.add.at(speaking, (who, np.searchsorted(edges, begins)), 1)
    np.add.at(speaking, (who, np.searchsorted(edges, ends)), -1)
    # One who overlaps with himself (two cues of one voice) is still one voice.
    voices = (np.cumsum(speaking, axis=1)[:, :-1] > 0).sum(axis=0)
    return FloorUse(
        talk=talk,
        share=share,
        balance=float(talk.min() / talk.max()),
        entropy=float(-(used * np.log2(used)).sum()),
        several=float(lengths[voices >= 2].sum()),
        silence=float(lengths[voices == 0].sum()),
        total=float(edges[-1] - edges[0]),
    )


def _checked(
    start: ArrayLike, end: ArrayLike, speakers: ArrayLike, sessions: ArrayLike | None
) -> tuple[Floats, Floats, Ints, Ints]:
    begins, ends = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    who = np.asarray(speakers, dtype=np.int64)
    borders = np.zeros(len(who), dtype=np.int64) if sessions is None else np.asarray(sessions, dtype=np.int64)
    if not begins.shape == ends.shape == who.shape == borders.shape or begins.ndim != 1:
        raise UsageError(f"Expected a start, end and speaker for each turn; got {begins.shape} and {who.shape}.")
    if (ends < begins).any():
        raise UsageError("A turn ends at or after its start.", hint="Are start and end swapped?")
    return begins, ends, who, borders
