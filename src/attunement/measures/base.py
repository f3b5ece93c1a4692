"""The contract of a measure, its options, and the loop over every family.

A family is one file in this folder and one line under ``attunement.measures`` in the package's entry points; plug-ins
come in by the same door. Arithmetic lives in `attunement.stats`; a measure picks the turns and names the result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from itertools import permutations
from typing import Protocol, runtime_checkable

import msgspec

from attunement.core.analysis import Analysis
from attunement.core.estimate import Estimate
from attunement.core.plugins import load_all, load_one
from attunement.errors import MissingExtraError, UsageError, require_kind, suggest

__all__ = [
    "Measure",
    "MeasureOptions",
    "load_measures",
    "measure_all",
    "measure_names",
    "ordered_pairs",
    "sparse_pairs",
]

_GROWTH = "chronicity"
"""The family that fits growth by mixed models."""


class MeasureOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How figures are made.

    Attributes
    ----------
    families : tuple of str
        Families to compute; empty for all that are installed.
    level : float
        Coverage of intervals, in (0, 1).
    min_calls : int
        Below this many calls a rate is not stated; the counts are (codebook, section 5). At least 1; a mean is never
        stated of fewer than 2, for one value does not scatter.
    resamples : int
        Bootstrap resamples.
    surrogates : int
        Surrogates of each null; 0 computes none.
    seed : int
        Seed of every resampling; written into each estimate that used it.
    mixed_models : bool
        Fit growth by mixed models too; needs the extra `stats` and takes seconds to load.
    words : dict of str to tuple of str, or None
        Word lists by category for the measures of language, from `attunement.measures.words.read_dic`; None takes our
        own English ones.
    """

    families: tuple[str, ...] = ()
    level: float = 0.95
    min_calls: int = 10
    resamples: int = 2000
    surrogates: int = 0
    seed: int = 20261122
    mixed_models: bool = False
    words: dict[str, tuple[str, ...]] | None = None

    def checked(self) -> MeasureOptions:
        """Return the options if they make sense.

        Raises
        ------
        UsageError
            If the level does not lie between 0 and 1, a count is no whole number or too small, one is of another kind,
            or there is no family of a name; names it.
        MissingExtraError
            If mixed models are asked for and the extra "stats" is not installed.
        """
        require_kind(self.families, (tuple, list), "families", hint="For one family: families=('balance',).")
        require_kind(self.level, (int, float), "level")
        require_kind(self.mixed_models, bool, "mixed_models")
        if self.words is not None:
            require_kind(self.words, dict, "words")
            for forms in self.words.values():
                require_kind(forms, (tuple, list), "A category of words")
        if not 0 < self.level < 1:
            raise UsageError(f"The level lies between 0 and 1; got {self.level!r}.", hint="The usual one is 0.95.")
        for name, least in (("min_calls", 1), ("resamples", 1), ("surrogates", 0), ("seed", 0)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise UsageError(f"{name} is a whole number, {least} or more; got {value!r}.")
        # Said before the turns are coded, which may take hours.
        for name in self.families:
            if name not in _points():
                raise UsageError(f"There is no measure {name!r}.", hint=suggest(name, measure_names()))
        if self.mixed_models and _GROWTH in (self.families or (_GROWTH,)) and find_spec("statsmodels") is None:
            raise MissingExtraError("A mixed model", extra="stats")
        return self


@runtime_checkable
class Measure(Protocol):
    """What a family of measures has to supply; the name may be a plain attribute."""

    @property
    def name(self) -> str:
        """The family; every estimate's `measure` starts with it and a dot."""
        ...

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute the family's estimates from the turns, codings, exchanges and episodes of an analysis.

        Both directions are always given, with the same words; what cannot be said is an estimate without a value and
        with a note, never left out. Of two of a group who hardly talk to each other (`sparse_pairs`) `measure_all`
        leaves out what rests on nothing, and a family need not make it.
        """
        ...


@cache
def _points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group="attunement.measures")}


def measure_names() -> tuple[str, ...]:
    """Return the names of every family that is installed: ours and plug-ins'."""
    return tuple(sorted(_points()))


def load_measures(options: MeasureOptions) -> tuple[Measure, ...]:
    """Make the families that the options name, or all; of all, one that cannot be loaded is left out with a warning.

    Raises
    ------
    UsageError
        If there is none of a name (`MeasureOptions.checked`), or one that is named cannot be loaded.
    """
    options.checked()
    if options.families:
        return tuple(load_one(_points()[name], "measure")() for name in dict.fromkeys(options.families))
    return tuple(make() for make in load_all((_points()[name] for name in measure_names()), "measure"))


def measure_all(analysis: Analysis, options: MeasureOptions) -> tuple[Estimate, ...]:
    """Compute every family that the options name, in the order of their names.

    Of `sparse_pairs` only what has a value or a count is listed: in a large group nearly all their rows say nothing.

    Raises
    ------
    UsageError
        If the options make no sense (`MeasureOptions.checked`), or name a family that there is not.
    """
    from attunement.stats.bootstrap import forget_draws

    options.checked()
    sparse = sparse_pairs(analysis, options)
    try:
        return tuple(
            estimate
            for family in load_measures(options)
            for estimate in family.measure(analysis, options)
            if estimate.count or estimate.value is not None or (estimate.from_, estimate.to) not in sparse
        )
    finally:
        forget_draws()


def ordered_pairs(analysis: Analysis) -> Iterator[tuple[str, str]]:
    """Yield every ordered pair of speakers, in order of first appearance; in a group only pairs that exchange."""
    speakers = analysis.speakers
    if len(speakers) <= 2:
        yield from permutations(speakers, 2)
        return
    place = {name: number for number, name in enumerate(speakers)}
    calls = {(place[one], place[other]) for one, other in _calls(analysis) if one in place and other in place}
    # Sorted, not looked up: a thousand people make a million pairs, of whom few exchange.
    for one, other in sorted(calls | {(other, one) for one, other in calls}):
        if one != other:
            yield speakers[one], speakers[other]


def sparse_pairs(analysis: Analysis, options: MeasureOptions) -> frozenset[tuple[str | None, str | None]]:
    """Return the ordered pairs of a group who hardly talk to each other: no rate can be stated of what they say.

    In neither direction are there `min_calls` calls, or as many turns that answer the other. A pair is in it both ways
    or not at all; where at most two speak there is none.
    """
    if len(analysis.speakers) <= 2:
        return frozenset()
    turns, calls = analysis.turns, _calls(analysis)
    said = Counter((turn.speaker, turns[turn.answers].speaker) for turn in turns if turn.answers is not None)
    few = {pair for pair in ordered_pairs(analysis) if max(calls[pair], said[pair]) < options.min_calls}
    return frozenset((one, other) for one, other in few if (other, one) in few)


def _calls(analysis: Analysis) -> Counter[tuple[str, str]]:
    """Count the calls of each ordered pair: who was called, or may have been, and who called."""
    return Counter((name, exchange.caller) for exchange in analysis.exchanges for name in exchange.called)
