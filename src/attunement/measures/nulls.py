"""One way for every family to set a figure beside what would be seen if the two did not listen to each other."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec
import numpy as np

from attunement.core.estimate import Estimate
from attunement.measures.arrays import Bools, Floats, Ints
from attunement.measures.base import MeasureOptions
from attunement.stats.rotation import rotation_groups, within_group_rotations
from attunement.stats.surrogates import NullComparison, compare_with_null

__all__ = ["SHIFTED_REPLIES", "Replies", "above_chance", "with_null"]

SHIFTED_REPLIES = "the replier's replies shifted in a circle inside the session, in stretches of at most 16"
"""What `Replies.orders` does, for `Estimate.method`."""


class Replies:
    """The replies of one direction, and how to rotate them.

    Parameters
    ----------
    replies, priors : ndarray of int, shape (pairs,)
        Turns that reply, ascending, and the turns that they answer.
    sessions : ndarray of int, shape (turns,)
        The session of every turn.
    options : MeasureOptions
        How many surrogates, and the seed.
    """

    def __init__(self, replies: Ints, priors: Ints, sessions: Ints, options: MeasureOptions) -> None:
        self.replies = replies
        self.priors = priors
        self.sessions = sessions[replies]
        self._options = options
        self._turns = len(sessions)

    @classmethod
    def between(
        cls, speakers: Ints, answers: Ints, sessions: Ints, pair: tuple[int, int], of: Bools, options: MeasureOptions
    ) -> Replies:
        """Select the turns of the first speaker of a pair that answer a turn of the second, both among `of`."""
        replier, other = pair
        prior = np.where(answers >= 0, answers, 0)
        chosen = (speakers == replier) & (answers >= 0) & of
        if speakers.size:
            chosen &= (speakers[prior] == other) & of[prior]
        replies = np.flatnonzero(chosen)
        return cls(replies, answers[replies], sessions, options)

    def __len__(self) -> int:
        return len(self.replies)

    @cached_property
    def groups(self) -> Ints:
        """The stretch that each reply is shifted in, made where there are surrogates: a group has many pairs."""
        return rotation_groups(self.sessions)

    def orders(self) -> Iterator[Ints]:
        """Yield the orders; the same ones for every figure of this direction."""
        return within_group_rotations(self.groups, self._options.surrogates, seed=self._options.seed)

    def spread(self, values: Floats) -> Floats:
        """Put one value a reply into one value a turn; nan elsewhere."""
        table = np.full(self._turns, np.nan)
        table[self.replies] = values
        return table

    @property
    def mask(self) -> Bools:
        """Which turns are the replies."""
        table = np.zeros(self._turns, dtype=np.bool_)
        table[self.replies] = True
        return table


def with_null(
    estimate: Estimate, surrogates: Floats, *, null: str, options: MeasureOptions, slack: float = 1e-12
) -> Estimate:
    """Add the p value of a null to an estimate, with the range of the surrogates in its note.

    Parameters
    ----------
    estimate : Estimate
        Without p; returned as it is where it has no value or no surrogate is defined.
    surrogates : ndarray of float, shape (surrogates,)
        The same figure of every surrogate.
    null : str
        What was done to make them, for `method`.
    options : MeasureOptions
        The seed.
    slack : float
        How near to the figure a surrogate is equal to it (`compare_with_null`).
    """
    found = _compare(estimate, surrogates, slack)
    if found is None:
        return estimate
    # What is left of a difference of equal sums is no number to show.
    mean, low, high = (0.0 if abs(x) <= slack else x for x in (found.mean, found.low, found.high))
    range_ = f"by chance {mean:.3g}, 95 % of the surrogates from {low:.3g} to {high:.3g}"
    return msgspec.structs.replace(
        estimate,
        p=found.p,
        seed=options.seed,
        method=f"{estimate.method}; null: {null} ({found.n} surrogates)",
        note="; ".join(filter(None, (estimate.note, range_))),
    )


def above_chance(estimate: Estimate, surrogates: Floats, *, null: str, options: MeasureOptions) -> Estimate:
    """Return how far an estimate lies above the mean of its surrogates, under the name ``<measure>.above_chance``.

    The interval is that of the estimate, shifted; the mean of the surrogates is taken as known.
    """
    found = _compare(estimate, surrogates)
    unit = "difference of shares" if estimate.unit == "share" else "difference of scores"
    if found is None:
        why = estimate.note or "no surrogate is defined"
        return msgspec.structs.replace(
            estimate, measure=estimate.measure + ".above_chance", unit=unit, value=None, low=None, high=None,
            level=None, hits=None, note=why,
        )  # fmt: skip
    low, high = estimate.low, estimate.high
    return msgspec.structs.replace(
        estimate,
        measure=estimate.measure + ".above_chance",
        unit=unit,
        value=found.observed - found.mean,
        low=None if low is None else low - found.mean,
        high=None if high is None else high - found.mean,
        hits=None,
        p=found.p,
        seed=options.seed,
        method=f"{estimate.method}, minus the mean of {found.n} surrogates ({null})",
    )


def _compare(estimate: Estimate, surrogates: Floats, slack: float = 1e-12) -> NullComparison | None:
    if estimate.value is None:
        return None
    found = compare_with_null(estimate.value, surrogates, slack=slack)
    return found if found.n else None
