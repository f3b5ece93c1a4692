"""Language style matching of two people: over all their words, and inside sessions against the partner's other ones."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from attunement.core.estimate import Estimate, Evidence
from attunement.measures.arrays import Bools, Floats, Ints
from attunement.measures.base import MeasureOptions
from attunement.measures.nulls import above_chance, with_null
from attunement.stats.bootstrap import FEWEST_CLUSTERS, bootstrap_sums
from attunement.stats.distributions import t_quantile
from attunement.stats.repetition import Bags, pair_scores, stretches
from attunement.stats.rotation import rotation_groups, within_group_rotations
from attunement.stats.style import category_matching, style_matching

__all__ = ["FEWEST_WORDS", "StyleRates", "style_estimates"]

FEWEST_WORDS = 50
"""Words that each of the two must have said; below that the percents are noise (Ireland and Pennebaker 2010)."""

_FEWEST_SESSIONS = 3
_UNIT = "score from 0 to 1"
_OTHER_SESSIONS = "the sessions of one shifted in a circle against those of the other, in stretches of at most 16"


class StyleRates:
    """How often each turn, and each speaker in each session, uses each category of words.

    Parameters
    ----------
    bags : Bags
        The words of every turn.
    members : ndarray of bool, shape (words, categories)
        Which word of the vocabulary is in which category.
    speaker, session : ndarray of int, shape (turns,)
        Who takes each turn, and when.

    Attributes
    ----------
    sizes : ndarray of int, shape (turns,)
        Words of each turn.
    counts : ndarray of float, shape (turns, categories)
        Words of each category in each turn.
    """

    def __init__(self, bags: Bags, members: Bools, speaker: Ints, session: Ints) -> None:
        self.speaker, self.session = speaker, session
        self.sizes = bags.sizes
        turn = np.repeat(np.arange(len(self.sizes)), self.sizes)
        self.counts = np.empty((len(self.sizes), members.shape[1]))
        for column in range(members.shape[1]):
            here = turn[members[:, column][bags.types]]
            self.counts[:, column] = np.bincount(here, minlength=len(self.sizes))

    @cached_property
    def has(self) -> Bools:
        """Whether each turn uses each category at all; shape (turns, categories)."""
        return self.counts > 0

    @cached_property
    def percents(self) -> Floats:
        """Percent of each turn's words in each category; nan where it has no words."""
        sizes = self.sizes[:, None].astype(np.float64)
        return np.where(sizes > 0, 100.0 * self.counts / np.maximum(sizes, 1.0), np.nan)

    @cached_property
    def sessions(self) -> tuple[Ints, Ints]:
        """The sessions that have turns, and the place of each turn's among them."""
        kept, place = np.unique(self.session, return_inverse=True)
        return kept, place

    @cached_property
    def _by_speaker(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.speaker, kind="stable")
        return order, np.searchsorted(self.speaker[order], np.arange(int(self.speaker.max(initial=-1)) + 2))

    def turns_of(self, speaker: int) -> Ints:
        """Return the turns of one speaker, ascending; a group of a thousand would else be searched for each pair."""
        order, begin = self._by_speaker
        return order[begin[speaker] : begin[speaker + 1]] if speaker + 1 < len(begin) else order[:0]

    def sums(self, speaker: int, groups: Ints, many: int) -> Floats:
        """Add up one speaker's words and words in each category by group; shape (groups, 1 + categories)."""
        mine = self.turns_of(speaker)
        columns = [self.sizes[mine].astype(np.float64), *self.counts[mine].T]
        sums = [np.bincount(groups[mine], column, minlength=many) for column in columns]
        return np.column_stack(sums).astype(np.float64)


def style_estimates(
    rates: StyleRates,
    categories: tuple[str, ...],
    pair: tuple[str, str],
    places: tuple[int, int],
    foreign: str,
    options: MeasureOptions,
) -> Iterator[Estimate]:
    """Yield the style matching of two people, overall, by category and by session.

    Parameters
    ----------
    rates : StyleRates
        Of all turns.
    categories : tuple of str
        Their names.
    pair : tuple of two str
        The estimates' `from_` and `to`.
    places : tuple of two int
        The positions of the two among the speakers.
    foreign : str
        Why nothing can be said ("" where it can).
    options : MeasureOptions
        Level, resamples, surrogates and seed.
    """
    theirs = np.sort(np.concatenate([rates.turns_of(place) for place in places]))
    theirs = theirs[rates.sizes[theirs] > 0]
    kept, number = rates.sessions
    by_session = (rates.sums(places[0], number, len(kept)), rates.sums(places[1], number, len(kept)))
    totals = np.concatenate([side.sum(axis=0) for side in by_session])
    matching = _by_category(totals[None, :])[0]
    width = len(totals) // 2
    words = (int(totals[0]), int(totals[width]))
    why = foreign or ("" if min(words) >= FEWEST_WORDS else f"counts only: fewer than {FEWEST_WORDS} words of one")
    errors = np.full(len(categories) + 1, np.nan)
    # Of a group's sessions only those in which one of the two says something are any evidence.
    many, name = np.count_nonzero(by_session[0][:, 0] + by_session[1][:, 0]), "sessions"
    drawn = by_session
    if not why and many < FEWEST_CLUSTERS:
        # Ten turns hold both voices; thirty stretches are enough to estimate a spread.
        groups = np.zeros(len(number), dtype=np.int64)
        groups[theirs] = stretches(number[theirs], longest=max(10, len(theirs) // 30))
        many, name = int(groups.max(initial=-1)) + 1, "stretches of talk"
        drawn = (rates.sums(places[0], groups, many), rates.sums(places[1], groups, many))
    if not why and many >= FEWEST_CLUSTERS:
        sums = bootstrap_sums(np.column_stack(drawn), resamples=options.resamples, seed=options.seed)
        # A draw of clusters in which one of the two says nothing has no score.
        sums = sums[(sums[:, 0] > 0) & (sums[:, width] > 0)]
        draws = _by_category(sums)
        errors = np.append(draws.std(axis=0, ddof=1), draws.mean(axis=1).std(ddof=1)) if len(draws) > 1 else errors
    evidence = Evidence("turns", tuple(theirs.tolist()))
    values = np.append(matching, matching.mean()) if matching.size else np.full(1, np.nan)
    names = ["language.style_matching", *(f"language.style_matching.{category}" for category in categories)]
    for measure, at in zip(names, (len(categories), *range(len(categories))), strict=True):
        half = t_quantile(0.5 + options.level / 2, many - 1) * errors[at] if many > 1 else np.nan
        bounded = not why and bool(np.isfinite(half))
        yield Estimate(
            measure, *pair,
            value=None if why else float(values[at]),
            low=max(0.0, float(values[at] - half)) if bounded else None,
            high=min(1.0, float(values[at] + half)) if bounded else None,
            level=options.level if bounded else None,
            count=sum(words), unit=_UNIT,
            method="1 - |a - b| / (a + b + 0.0001) of the percents"
            + (", mean over categories" if at == len(categories) else "")
            + (f"; t interval, standard error by bootstrap over {many} {name} ({options.resamples} resamples)"
               if bounded else "; too few stretches of talk for an interval" if not why else ""),
            seed=options.seed if bounded else None,
            note=why, evidence=evidence,
        )  # fmt: skip
    yield from _by_session(by_session, kept, pair, foreign, options)


def _by_category(sums: Floats) -> Floats:
    """Return the matching of rows of sums (words and categories of one, then of the other); (rows, categories)."""
    width = sums.shape[1] // 2
    one, other = sums[:, :width], sums[:, width:]
    percents = [100.0 * side[:, 1:] / np.maximum(side[:, :1], 1.0) for side in (one, other)]
    return category_matching(percents[0], percents[1])


def _by_session(
    by_session: tuple[Floats, Floats], kept: Ints, pair: tuple[str, str], foreign: str, options: MeasureOptions
) -> Iterator[Estimate]:
    first, second = by_session
    enough = np.flatnonzero((first[:, 0] >= FEWEST_WORDS) & (second[:, 0] >= FEWEST_WORDS))
    percents = [100.0 * side[enough, 1:] / np.maximum(side[enough, :1], 1.0) for side in (first, second)]
    values = style_matching(percents[0], percents[1])
    n = len(enough)
    stated = not foreign and n >= _FEWEST_SESSIONS
    half = t_quantile(0.5 + options.level / 2, n - 1) * float(values.std(ddof=1)) / n**0.5 if stated else 0.0
    mean = float(values.mean()) if n else 0.0
    few = f"counts only: fewer than {_FEWEST_SESSIONS} sessions with {FEWEST_WORDS} words of each"
    estimate = Estimate(
        "language.style_matching.by_session", *pair,
        value=mean if stated else None,
        low=max(0.0, mean - half) if stated else None, high=min(1.0, mean + half) if stated else None,
        level=options.level if stated else None,
        count=n, unit=_UNIT, method="mean over sessions of the style matching of each; t interval over sessions",
        note="" if stated else foreign or few, evidence=Evidence("sessions", tuple(kept[enough].tolist())),
    )  # fmt: skip
    if not options.surrogates:
        yield estimate
        return
    surrogates = np.full(0, np.nan)
    if stated:
        everything = np.ones((n, 1), dtype=np.bool_)
        groups = rotation_groups(np.zeros(n, dtype=np.int64))

        def matching(here: Ints) -> Floats:
            return style_matching(percents[0][here, None], percents[1][None, here])[:, :, None]

        table = pair_scores(groups, everything, everything, matching)
        orders = within_group_rotations(groups, options.surrogates, seed=options.seed)
        surrogates = np.array([means[0] for means in table.shuffled_means(orders)])
    yield with_null(estimate, surrogates, null=_OTHER_SESSIONS, options=options)
    yield above_chance(estimate, surrogates, null=_OTHER_SESSIONS, options=options)
