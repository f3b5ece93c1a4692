"""Whether one's acts follow the other's, and how acts would fall if they fell by chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.stats.rotation import rotation_sums

__all__ = ["dealt_shares", "followed_within", "reciprocity_null"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def followed_within(session: ArrayLike, acts: ArrayLike, *, turns: int) -> Bools:
    """Tell for each turn whether one of the acts comes within the next few turns of its session.

    Parameters
    ----------
    session : array_like of int, shape (turns,)
        The session of each turn, in order.
    acts : array_like of bool, shape (turns,)
        Which turns are the acts that may follow.
    turns : int
        How far to look.
    """
    sessions, act = np.asarray(session), np.asarray(acts, dtype=np.bool_)
    found: Bools = np.zeros(sessions.shape, dtype=np.bool_)
    for step in range(1, min(turns, sessions.size - 1) + 1):
        found[:-step] |= (sessions[step:] == sessions[:-step]) & act[step:]
    return found


def reciprocity_null(
    session: ArrayLike,
    own: ArrayLike,
    acts: ArrayLike,
    groups: tuple[ArrayLike, ArrayLike],
    *,
    turns: int,
    surrogates: int,
    seed: int,
) -> Floats:
    """Return how far the share followed would differ if one's acts lay elsewhere in their sessions.

    The statistic is the share of the first group of turns that is followed by an own act within a few turns, minus
    that of the second. Surrogates turn one's own acts in a circle among one's own turns of each session: as many, as
    bunched, but no longer where the other's are.

    Parameters
    ----------
    session : array_like of int, shape (turns,)
        The session of each turn, in order.
    own, acts : array_like of bool, shape (turns,)
        One's own turns, and which turns are acts.
    groups : tuple of two array_like of bool, shape (turns,)
        The other's turns that are compared; all in sessions in which one has a turn.
    turns : int
        How far to look.
    surrogates, seed : int
        How many, and of the generator.

    Returns
    -------
    ndarray of float, shape (surrogates,)
    """
    sessions = np.asarray(session)
    mine = np.flatnonzero(np.asarray(own))
    numbers, cell, size = np.unique(sessions[mine], return_inverse=True, return_counts=True)
    begin = np.cumsum(size) - size
    place = np.arange(mine.size) - begin[cell]
    label = np.asarray(acts, dtype=np.bool_)[mine]
    first, second = (np.flatnonzero(np.asarray(group)) for group in groups)
    weight = np.concatenate((np.full(first.size, 1.0 / first.size), np.full(second.size, -1.0 / second.size)))
    judged = np.concatenate((first, second))
    judged_cell = np.searchsorted(numbers, sessions[judged])
    acting: Bools = np.zeros(sessions.shape, dtype=np.bool_)

    def turned(by: Ints) -> Floats:
        acting[mine] = label[begin[cell] + (place + by[cell]) % size[cell]]
        followed = followed_within(sessions, acting, turns=turns)
        summed = np.bincount(judged_cell, followed[judged] * weight, minlength=size.size)
        return np.asarray(summed, dtype=np.float64)

    return rotation_sums(turned, size, surrogates=surrogates, seed=seed)


def dealt_shares(events: ArrayLike, exposure: ArrayLike, *, surrogates: int, seed: int) -> Floats:
    """Deal the acts of each session out to its turns by chance, and return the first person's adjusted share each time.

    At most one act falls on a turn, so that the first person's number of acts is hypergeometric in each session.

    Parameters
    ----------
    events, exposure : array_like of int, shape (sessions, 2)
        Acts and turns of the first and the second person.
    surrogates, seed : int
        How many, and of the generator.

    Returns
    -------
    ndarray of float, shape (surrogates,)
        ``r1 / (r1 + r2)`` with r acts per turn; nan where there are no acts.
    """
    acts, turns = np.asarray(events, dtype=np.int64).sum(axis=1), np.asarray(exposure, dtype=np.int64)
    generator = np.random.default_rng(seed)
    first = np.zeros(surrogates)
    for mine, theirs, dealt in zip(turns[:, 0].tolist(), turns[:, 1].tolist(), acts.tolist(), strict=True):
        if dealt:
            first += generator.hypergeometric(mine, theirs, dealt, size=surrogates)
    with np.errstate(invalid="ignore", divide="ignore"):
        one, other = first / turns[:, 0].sum(), (acts.sum() - first) / turns[:, 1].sum()
        return one / (one + other)
