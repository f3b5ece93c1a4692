"""Style matching: how alike two people use the small words (pronouns, articles, prepositions, ...).

References
----------
Ireland & Pennebaker (2010), Journal of Personality and Social Psychology 99 (LSM). Mueller-Frommeyer, Frommeyer &
Kauffeld (2019), Behavior Research Methods 51 (reciprocal LSM). The "canberra" form is that of the R package lingmatch.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError

__all__ = ["BothAbsent", "Form", "category_matching", "run_means", "style_matching", "turn_style_matching"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Form = Literal["ireland_pennebaker", "canberra"]
BothAbsent = Literal["match", "skip"]

_CONSTANT = 1e-4


def category_matching(
    first: ArrayLike, second: ArrayLike, *, form: Form = "ireland_pennebaker", both_absent: BothAbsent = "match"
) -> Floats:
    """Compute how alike two rates are, category by category.

    ``1 - |a - b| / (a + b + 0.0001)`` (Ireland and Pennebaker) or ``1 - |a - b| / (a + b)`` (canberra). The constant
    was meant for percents; with shares in [0, 1] it moves the score by up to 3e-4.

    Parameters
    ----------
    first, second : array_like of float, shape (..., categories)
        Percent of words in each category, 0 or above; nan where there are no words. They broadcast.
    form : {"ireland_pennebaker", "canberra"}
        The formula.
    both_absent : {"match", "skip"}
        A category that neither uses counts as 1 (as published), or as nan.

    Returns
    -------
    ndarray of float, shape (..., categories)
        In [0, 1]; 1 is equal use.

    Raises
    ------
    UsageError
        If a rate is negative.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if (a < 0).any() or (b < 0).any():
        raise UsageError("Rates of word use are 0 or above; got a negative one.")
    total = a + b
    below = total + (_CONSTANT if form == "ireland_pennebaker" else 0.0)
    matching = 1.0 - np.abs(a - b) / np.where(below > 0, below, 1.0)
    return np.where(total > 0, matching, np.where(np.isnan(total) | (both_absent == "skip"), np.nan, 1.0))


def style_matching(
    first: ArrayLike, second: ArrayLike, *, form: Form = "ireland_pennebaker", both_absent: BothAbsent = "match"
) -> Floats:
    """Compute language style matching: the mean of `category_matching` over categories.

    Parameters and errors as in `category_matching`.

    Returns
    -------
    ndarray of float, shape (...)
        In [0, 1]; nan where no category is defined.
    """
    return _mean_over_categories(category_matching(first, second, form=form, both_absent=both_absent))


def run_means(rates: ArrayLike, speakers: ArrayLike, *, sessions: ArrayLike | None = None) -> tuple[Floats, Ints]:
    """Average the rates of each run of turns by one speaker.

    Parameters
    ----------
    rates : array_like of float, shape (turns, categories)
        nan rows (turns without words) are left out of their run's mean.
    speakers : array_like of int, shape (turns,)
        Who takes each turn.
    sessions : array_like of int, shape (turns,), optional
        A session ends a run.

    Returns
    -------
    means : ndarray of float, shape (runs, categories)
        nan for a run without words.
    first : ndarray of int, shape (runs,)
        Position of each run's first turn.
    """
    table, who = np.asarray(rates, dtype=np.float64), np.asarray(speakers, dtype=np.int64)
    if table.ndim != 2 or len(table) != len(who):
        raise UsageError(f"Expected rates of {len(who)} turns by categories, got shape {table.shape}.")
    starts = np.ones(len(who), dtype=np.bool_)
    starts[1:] = np.diff(who) != 0
    if sessions is not None:
        borders = np.asarray(sessions, dtype=np.int64)
        starts[1:] |= np.diff(borders) != 0
    first = np.flatnonzero(starts)
    if not first.size:
        return np.zeros((0, table.shape[1])), first
    worded = np.asarray(~np.isnan(table).any(axis=1))
    sums = np.add.reduceat(np.where(worded[:, None], table, 0.0), first, axis=0)
    counts = np.add.reduceat(worded.astype(np.float64), first)[:, None]
    return np.where(counts > 0, sums / np.where(counts > 0, counts, 1.0), np.nan), first


def turn_style_matching(
    rates: ArrayLike,
    speakers: ArrayLike,
    *,
    sessions: ArrayLike | None = None,
    form: Form = "canberra",
    both_absent: BothAbsent = "match",
) -> Floats:
    """Compare each run of turns with the next run, which is the other's.

    Parameters
    ----------
    rates, speakers, sessions
        As in `run_means`.
    form, both_absent
        As in `category_matching`.

    Returns
    -------
    ndarray of float, shape (runs - 1,)
        nan across sessions and where a run has no words.
    """
    means, first = run_means(rates, speakers, sessions=sessions)
    matching = style_matching(means[:-1], means[1:], form=form, both_absent=both_absent)
    if sessions is not None and len(first):
        of_run = np.asarray(sessions, dtype=np.int64)[first]
        matching = np.where(np.diff(of_run) == 0, matching, np.nan)
    return matching


def _mean_over_categories(matching: Floats) -> Floats:
    defined = ~np.isnan(matching)
    count = defined.sum(axis=-1)
    total = np.where(defined, matching, 0.0).sum(axis=-1)
    return np.where(count > 0, total / np.where(count > 0, count, 1), np.nan)
