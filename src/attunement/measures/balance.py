"""The balance between two people: who calls, who is met, and by how much the two directions differ."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np

from attunement.core.analysis import Analysis
from attunement.core.codebook import VERDICTS
from attunement.core.estimate import Estimate
from attunement.measures.arrays import Floats, arrays_of
from attunement.measures.base import MeasureOptions, ordered_pairs, sparse_pairs
from attunement.measures.dealt import DEALT_DIRECTIONS, beside, dealt_directions
from attunement.measures.shares import ShareSheet

__all__ = ["Balance"]


class Balance:
    """Shares of what passes between two people, and differences of their rates; both directions, mirror images.

    Estimates, each from one person to the other:

    - ``balance.calls``: share of the calls between the two that the first makes to the second; missing where of one
      of them nothing was coded, who then makes none.
    - ``balance.turns``, ``balance.words``: share of the turns and of the words of the two that are the first's.
    - ``balance.attuned|partial|missed|misattuned|met``: share of the first's replies to the second minus the share
      of the second's replies to the first.
    - ``balance.score``: the same for the mean score.

    A difference above 0 means that the first's replies are so more often than the second's. With surrogates,
    differences have the p value of a null in which who replied is dealt anew inside each session.
    """

    name = "balance"

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute the family; see the class for the names."""
        arrays = arrays_of(analysis)
        exchanges, turns = arrays.exchanges, arrays.turns
        sparse = sparse_pairs(analysis, options)
        by_exchange = ShareSheet(exchanges.session, options, total=arrays.sessions, sparse=sparse)
        by_turn = ShareSheet(turns.session, options, total=arrays.sessions, kind="turns", sparse=sparse)
        one_word = np.ones(turns.words.shape)
        for first, second in ordered_pairs(analysis):
            one, other = arrays.position(first), arrays.position(second)
            pair = (first, second)
            replies, calls = exchanges.between(one, other), exchanges.between(other, one)
            uncoded = arrays.uncoded_side(one, other, turns.coded["expression"])
            by_exchange.share(
                "balance.calls", pair, of=(replies | calls) & (uncoded == 0), hit=calls,
                what="share of the calls of the two", note=f"turns not coded: {uncoded}" if uncoded else "",
            )  # fmt: skip
            scored = (replies & exchanges.scored, calls & exchanges.scored)
            for number, name in enumerate(VERDICTS):
                by_exchange.share_difference(f"balance.{name}", pair, of=scored, hit=exchanges.verdict == number)
            by_exchange.share_difference("balance.met", pair, of=scored, hit=exchanges.met)
            by_exchange.mean_difference(
                "balance.score", pair,
                of=scored, values=exchanges.score, weights=exchanges.weight,
                what="difference of mean P(attuned) + 0.5 P(partial)", unit="difference of scores",
            )  # fmt: skip
            theirs = (turns.speaker == one) | (turns.speaker == other)
            mine = turns.speaker == one
            by_turn.share(
                "balance.turns", pair, of=theirs, hit=mine, noun="turns", what="share of the turns of the two"
            )
            by_turn.mean(
                "balance.words", pair,
                of=theirs & (turns.words > 0), values=np.where(mine, one_word, 0.0),
                weights=turns.words.astype(np.float64), noun="turns", what="share of the words of the two",
            )  # fmt: skip
        compared = by_exchange.estimates()
        if options.surrogates:
            compared = _with_nulls(analysis, compared, options)
        return (*compared, *by_turn.estimates())


def _with_nulls(analysis: Analysis, compared: list[Estimate], options: MeasureOptions) -> list[Estimate]:
    """Set every difference beside those of a session in which it made no difference who replied."""
    arrays = arrays_of(analysis)
    exchanges = arrays.exchanges
    nulls: dict[tuple[str | None, str | None], dict[str, Floats]] = {}
    for first, second in ordered_pairs(analysis):
        if (second, first) in nulls:
            # The other direction is the mirror image, to the last digit.
            nulls[first, second] = {name: -values for name, values in nulls[second, first].items()}
            continue
        one, other = arrays.position(first), arrays.position(second)
        scored = (exchanges.between(one, other) & exchanges.scored, exchanges.between(other, one) & exchanges.scored)
        # Of fewer calls no difference is stated that p could stand beside.
        is_stated = min(np.count_nonzero(side) for side in scored) >= max(1, options.min_calls)
        nulls[first, second] = dealt_directions(arrays, *scored, options) if is_stated else {}
    found: list[Estimate] = []
    mirrored: dict[tuple[str, str | None, str | None], float | None] = {}
    for one in compared:
        surrogates = nulls[one.from_, one.to].get(one.measure.removeprefix("balance."))
        other = beside(one, surrogates, null=DEALT_DIRECTIONS, options=options)
        if (one.measure, one.to, one.from_) in mirrored:
            other = msgspec.structs.replace(other, p=mirrored[one.measure, one.to, one.from_])
        mirrored[one.measure, one.from_, one.to] = other.p
        found.append(other)
    return found
