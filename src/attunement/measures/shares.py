"""Shares, means and differences of a family, with one rule for their intervals.

A family adds what it wants to state and takes all estimates at the end, so that one bootstrap serves the whole family.

The rule, the same everywhere and written into each estimate's `method`:

1. All items lie in one session: Wilson's interval (for means of values in [0, 1], Wilson's on the effective count, the
   variance taken over items). Where there are at least forty, eight stretches of them stand for sessions, as in 2:
   moods last for some replies, and neighbours are alike.
2. Several sessions, but fewer than 20 with items, or fewer than 20 hits or 20 others: Wilson's interval on the
   effective count (Rao and Scott 1992). Where the variance over sessions exceeds that over items by more than chance
   would in one of three cases, it is taken, with Student's t for the number of sessions; so sessions can widen an
   interval and never narrow it.
3. Otherwise: bootstrap by session, percentile interval widened for the number of sessions (Hesterberg 2015).

Twenty is `attunement.stats.bootstrap.FEWEST_CLUSTERS`: percentile intervals of fewer clusters are too short. With few
hits percentiles reach too far down and not far enough up, whatever the number of sessions. Points of
a series take rule 2 however many sessions they rest on: there may be hundreds of points. `benchmarks/coverage.py` shows
how often each interval holds the truth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attunement.core.estimate import Estimate, Evidence
from attunement.measures.arrays import Bools, Floats, Ints
from attunement.measures.base import MeasureOptions
from attunement.measures.ratio import STRETCHES, Ratio, Shape, make_ratio
from attunement.stats.bootstrap import bootstrap_sums, percentile_interval
from attunement.stats.distributions import t_quantile
from attunement.stats.rates import clustered_interval, newcombe_interval, wilson_interval

__all__ = ["ShareSheet", "too_few"]


_FEWEST_OF_A_MEAN = 2


def too_few(options: MeasureOptions, noun: str = "calls", *, least: int = 1) -> str:
    """Word the note of a figure that rests on too little to be a rate; `least` holds whatever the options say."""
    return f"counts only: fewer than {max(least, options.min_calls)} {noun}"


Pair = tuple[str | None, str | None]
"""An estimate's `from_` and `to`."""


@dataclass(frozen=True, slots=True)
class _Row:
    measure: str
    pair: Pair
    sides: tuple[Ratio, ...]  # one, or two for a difference (first minus second)
    unit: str
    noun: str
    note: str
    what: str
    period: str = ""
    scale: float = 1.0


class ShareSheet:
    """What a family of measures wants to state about one kind of item.

    Parameters
    ----------
    sessions : ndarray of int, shape (items,)
        The session of each item.
    options : MeasureOptions
        Level, resamples, seed, and the fewest calls for a rate.
    kind : str
        What the items are, for `Evidence`: "exchanges", "episodes" or "turns".
    numbers : ndarray of int, shape (items,), optional
        The items' indexes in the analysis; None where item i is number i.
    total : int, optional
        How many sessions the analysis has, so that every family draws the same ones (`Arrays.sessions`); None for
        those up to the last that has an item.
    sparse : frozenset of pairs
        Of whom what rests on no item is not added (`attunement.measures.base.sparse_pairs`).
    """

    def __init__(
        self,
        sessions: Ints,
        options: MeasureOptions,
        *,
        total: int | None = None,
        kind: str = "exchanges",
        numbers: Ints | None = None,
        sparse: frozenset[Pair] = frozenset(),
    ) -> None:
        self._sparse = sparse
        self._options = options
        self._kind = kind
        self._numbers = numbers
        self._cluster = sessions
        self._clusters = total or int(sessions.max(initial=-1)) + 1
        self._rows: list[_Row] = []
        self._indexes: dict[bytes, tuple[int, ...]] = {}

    def share(
        self,
        measure: str,
        pair: Pair,
        *,
        of: Bools,
        hit: Bools,
        noun: str = "calls",
        note: str = "",
        what: str = "share",
        unit: str = "share",
        scale: float = 1.0,
        period: str = "",
    ) -> None:
        """Add the share of some items for which something holds.

        Parameters
        ----------
        measure : str
            Dotted name.
        pair : tuple of two str or None
            The estimate's `from_` and `to`.
        of, hit : ndarray of bool, shape (items,)
            The denominator, and what holds; what holds outside the denominator does not count.
        noun : str
            What the denominator counts, for the note of a figure that rests on too few.
        note : str
            What a reader must know beside the number.
        what : str
            The first words of `method`.
        unit, scale : str, float
            The unit, and what a share of 1 is in it ("per 100 turns", 100).
        period : str
            As in `Estimate`.
        """
        if self._is_nothing(pair, of):
            return
        side = self._ratio(of, hit.astype(np.float64), None, "share")
        self._rows.append(_Row(measure, pair, (side,), unit, noun, note, what, period, scale))

    def mean(
        self,
        measure: str,
        pair: Pair,
        *,
        of: Bools,
        values: Floats,
        weights: Floats | None = None,
        noun: str = "calls",
        note: str = "",
        what: str = "mean",
        unit: str = "share",
        period: str = "",
        is_bounded: bool = True,
    ) -> None:
        """Add the mean of values, weighted or not; items whose value is nan do not count.

        `is_bounded` says that values lie in [0, 1], so that the interval does too; else it is a t interval.
        """
        if self._is_nothing(pair, of):
            return
        side = self._ratio(of & ~np.isnan(values), values, weights, "mean" if is_bounded else "amount")
        self._rows.append(_Row(measure, pair, (side,), unit, noun, note, what, period))

    def share_difference(
        self,
        measure: str,
        pair: Pair,
        *,
        of: tuple[Bools, Bools],
        hit: Bools,
        noun: str = "calls",
        note: str = "",
        what: str = "difference of shares",
        period: str = "",
    ) -> None:
        """Add the share in the first group minus the share in the second."""
        if self._is_nothing(pair, *of):
            return
        values = hit.astype(np.float64)
        sides = tuple(self._ratio(group, values, None, "share") for group in of)
        self._rows.append(_Row(measure, pair, sides, "difference of shares", noun, note, what, period))

    def mean_difference(
        self,
        measure: str,
        pair: Pair,
        *,
        of: tuple[Bools, Bools],
        values: Floats,
        weights: Floats | None = None,
        noun: str = "calls",
        note: str = "",
        what: str = "difference of means",
        unit: str = "difference of shares",
    ) -> None:
        """Add the mean of values in [0, 1] in the first group minus that in the second."""
        if self._is_nothing(pair, *of):
            return
        defined = ~np.isnan(values)
        sides = tuple(self._ratio(group & defined, values, weights, "mean") for group in of)
        self._rows.append(_Row(measure, pair, sides, unit, noun, note, what))

    def number(
        self, measure: str, pair: Pair, *, of: Bools, unit: str = "calls", note: str = "", period: str = ""
    ) -> Estimate:
        """Return how many items there are, as an estimate without an interval: it is a count, not a sample."""
        count = int(np.count_nonzero(of))
        return Estimate(
            measure, *pair, value=float(count), low=None, high=None, level=None, count=count, unit=unit, method="count",
            note=note, evidence=Evidence(self._kind, self._numbered(of)), period=period,
        )  # fmt: skip

    def bounds(
        self,
        measure: str,
        pair: Pair,
        *,
        of: Bools,
        hit: Bools,
        missing: Bools,
        noun: str = "calls",
    ) -> Estimate:
        """Return a share with what is missing counted against it and for it: the worst and the best case.

        The ends are no interval of chance: `level` is None. Where nothing is missing they equal the share.
        """
        count, gone = int(np.count_nonzero(of)), int(np.count_nonzero(missing))
        hits = int(np.count_nonzero(of & hit))
        everything = count + gone
        stated = count >= max(1, self._options.min_calls)
        return Estimate(
            measure, *pair,
            value=hits / count if stated and count else None,
            low=hits / everything if stated and everything else None,
            high=(hits + gone) / everything if stated and everything else None,
            level=None, count=count, unit="share", hits=hits,
            method="share; ends count every unscored call as not so, and as so",
            note="" if stated else too_few(self._options, noun),
            evidence=Evidence(self._kind, self._numbered(of), self._numbered(of & hit)),
        )  # fmt: skip

    def estimates(self) -> list[Estimate]:
        """Return everything that was added, in order."""
        draws = self._draw([side for row in self._rows if self._by_bootstrap(row) for side in row.sides])
        return [self._estimate(row, draws) for row in self._rows]

    def _is_nothing(self, pair: Pair, *of: Bools) -> bool:
        return pair in self._sparse and not any(group.any() for group in of)

    def _ratio(self, of: Bools, values: Floats, weights: Floats | None, shape: Shape) -> Ratio:
        return make_ratio(of, values, weights, self._cluster, shape=shape)

    def _is_stated(self, row: _Row) -> bool:
        return all(
            side.count >= self._options.min_calls and np.count_nonzero(side.below) >= _fewest(side)
            for side in row.sides
        )

    def _by_bootstrap(self, row: _Row) -> bool:
        return not row.period and self._is_stated(row) and all(side.is_dense for side in row.sides)

    def _draw(self, sides: Sequence[Ratio]) -> dict[int, Floats]:
        if not sides:
            return {}
        table = np.zeros((self._clusters, 2 * len(sides)))
        for column, side in enumerate(sides):
            table[side.cluster, 2 * column : 2 * column + 2] = side.by_session
        sums = bootstrap_sums(table, resamples=self._options.resamples, seed=self._options.seed)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratios = sums[:, 0::2] / sums[:, 1::2]
        return {id(side): ratios[:, column] for column, side in enumerate(sides)}

    def _estimate(self, row: _Row, draws: dict[int, Floats]) -> Estimate:
        side = row.sides[0]
        count = sum(s.count for s in row.sides)
        hits = round(side.hits) if side.shape == "share" and len(row.sides) == 1 else None
        value = low = high = level = seed = None
        note, method = row.note, row.what
        if not self._is_stated(row):
            note = "; ".join(filter(None, (too_few(self._options, row.noun, least=_fewest(side)), row.note)))
        else:
            level = self._options.level
            value = row.scale * (side.value if len(row.sides) == 1 else side.value - row.sides[1].value)
            if self._by_bootstrap(row):
                low, high, method = self._bootstrapped(row, draws)
                seed = self._options.seed
            else:
                low, high, method = self._closed(row)
            low, high = row.scale * low, row.scale * high
        everything = np.logical_or.reduce([s.of for s in row.sides])
        return Estimate(
            row.measure, *row.pair, value=value, low=low, high=high, level=level, count=count, unit=row.unit,
            method=method, seed=seed, hits=hits, note=note, period=row.period,
            evidence=Evidence(self._kind, self._numbered(everything), self._hit_numbers(row)),
        )  # fmt: skip

    def _bootstrapped(self, row: _Row, draws: dict[int, Floats]) -> tuple[float, float, str]:
        values = draws[id(row.sides[0])]
        if len(row.sides) == 2:
            values = values - draws[id(row.sides[1])]
        sessions = min(side.sessions for side in row.sides)
        low, high = percentile_interval(values, level=self._options.level, clusters=sessions)
        how = f"bootstrap by session ({sessions} sessions, {self._options.resamples} resamples)"
        return float(low), float(high), f"{row.what}; {how}"

    def _closed(self, row: _Row) -> tuple[float, float, str]:
        level = self._options.level
        side = row.sides[0]
        sessions = max(each.sessions for each in row.sides)
        over = f" over {sessions} sessions" if sessions > 1 else ""
        in_moods = sessions == 1 and any(each.is_in_moods for each in row.sides)
        if in_moods:
            over = f" over {STRETCHES} stretches of talk"
        if side.shape == "amount":
            variance, degrees = side.variance()
            reach = t_quantile(0.5 + level / 2.0, degrees) * math.sqrt(max(variance, 0.0))
            return side.value - reach, side.value + reach, f"{row.what}; t interval{over}"
        above, below, _ = zip(*(each.effective() for each in row.sides), strict=True)
        quantile = t_quantile(0.5 + level / 2.0, _joint_degrees(row.sides))
        if len(row.sides) == 1 and side.shape == "share":
            low, high = clustered_interval(
                *(side.by_session if side.by_stretch is None else side.by_stretch).T, level=level
            )
            name = "Wilson interval"
        elif len(row.sides) == 2:
            low, high = newcombe_interval((above[0], above[1]), (below[0], below[1]), level=level, quantile=quantile)
            name = "Newcombe interval"
        else:
            lows, highs = wilson_interval(above[0], below[0], level=level, quantile=quantile)
            low, high, name = float(lows), float(highs), "Wilson interval"
        if sessions > 1 or side.shape != "share" or in_moods:
            name += " on the effective count"
        return low, high, f"{row.what}; {name}{over}"

    def _hit_numbers(self, row: _Row) -> tuple[int, ...]:
        side = row.sides[0]
        if side.shape != "share":
            return ()
        hits: Bools = np.zeros(side.of.shape, dtype=np.bool_)
        for one in row.sides:
            hits[np.flatnonzero(one.of)[one.above > 0.0]] = True
        return self._numbered(hits)

    def _numbered(self, which: Bools) -> tuple[int, ...]:
        # Many figures share a denominator; one tuple serves them all, which keeps the evidence of a long chat small.
        key = np.packbits(which).tobytes()
        numbers = self._indexes.get(key)
        if numbers is None:
            at = np.flatnonzero(which)
            chosen = at if self._numbers is None else np.sort(self._numbers[at])
            numbers = self._indexes[key] = tuple(chosen.tolist())
        return numbers


def _fewest(side: Ratio) -> int:
    # One yes or no has Wilson's interval; the scatter of one value is not known.
    return 1 if side.shape == "share" else _FEWEST_OF_A_MEAN


def _joint_degrees(sides: Sequence[Ratio]) -> float:
    """Return the degrees of freedom of a variance, or of the sum of two (Welch 1947, Satterthwaite 1946)."""
    parts = [side.variance() for side in sides]
    spread = sum(variance**2 / degrees for variance, degrees in parts)
    return sum(variance for variance, _ in parts) ** 2 / spread if spread > 0.0 else math.inf
