"""How replies meet calls: rates of each verdict by direction and by kind of call, and the kinds of misses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np

from attunement.core.analysis import Analysis
from attunement.core.codebook import VERDICTS
from attunement.core.estimate import Estimate
from attunement.measures.arrays import (
    EXPRESSION_NAMES,
    MISSING_NAMES,
    Arrays,
    Bools,
    ExchangeColumns,
    Floats,
    arrays_of,
)
from attunement.measures.base import MeasureOptions, ordered_pairs, sparse_pairs
from attunement.measures.dealt import DEALT_VERDICTS, DealtVerdicts, beside
from attunement.measures.shares import ShareSheet

__all__ = ["Responsiveness"]

_BY_DECISION = "share of decided verdicts"
_BY_PROBABILITY = "mean probability, weighted by that of the call"
_BY_SCORE = "mean of P(attuned) + 0.5 P(partial), weighted by the probability of the call"


class Responsiveness:
    """Rates of attuned, partial, missed and misattuned replies; from the replier to the caller.

    Estimates, each for every direction (`K` is a kind of call, `C` a missing code of the codebook):

    - ``responsiveness.calls``: how many calls were addressed to the replier, or in a group may have been; none where
      no turn of the caller was coded for what it puts out, and the note counts turns that were not.
    - ``responsiveness.replied``: share of the calls that could be answered which got a reply in the session.
    - ``responsiveness.attuned|partial|missed|misattuned``: shares of the scored exchanges, by decision.
    - ``responsiveness.met``: attuned or partial.
    - ``responsiveness.<verdict>.weighted`` and ``responsiveness.met.weighted``: the same from probabilities.
    - ``responsiveness.score``: mean of P(attuned) + 0.5 P(partial), weighted by P(call).
    - ``responsiveness.<verdict>.K``, ``responsiveness.met.K``, ``responsiveness.score.K`` and ``.K.weighted``: for one
      kind of call.
    - ``responsiveness.unscored``: share of calls on which the coder abstained, whose reply had no words, or that nobody
      answered and of which it cannot be told to whom of a group they were addressed.
    - ``responsiveness.met.bounds`` and ``responsiveness.<verdict>.bounds``: worst and best case of what is missing.
    - ``responsiveness.miss.C``: share of the misses in which the reply carries the code.

    With surrogates, verdicts and scores have the p value of a null in which the replier's replies of the session fall
    on calls as they fall on everything else.
    """

    name = "responsiveness"

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute the family; see the class for the names."""
        arrays = arrays_of(analysis)
        exchanges = arrays.exchanges
        sparse = sparse_pairs(analysis, options)
        sheet = ShareSheet(exchanges.session, options, total=arrays.sessions, sparse=sparse)
        verdicts = tuple(_verdicts(exchanges))
        stance_known = _stance_known(arrays) if analysis.codings else np.ones_like(exchanges.scored)
        counted: list[Estimate] = []
        for replier, caller in ordered_pairs(analysis):
            places = arrays.position(replier), arrays.position(caller)
            here, perhaps = exchanges.between(*places), exchanges.perhaps_between(*places)
            pair = (replier, caller)
            uncoded = _uncoded(arrays, places) if analysis.codings else (0, 0)
            counted.extend(_counts(sheet, exchanges, verdicts, pair, here | perhaps, uncoded))
            kinds = [kind for kind in EXPRESSION_NAMES if pair not in sparse or (here & exchanges.kinds[kind]).any()]
            _add_rates(sheet, exchanges, verdicts, pair, here, perhaps, kinds)
            _add_misses(sheet, exchanges, pair, here, stance_known)
        rates = sheet.estimates()
        return (*counted, *(_with_nulls(analysis, rates, options) if options.surrogates else rates))


def _with_nulls(analysis: Analysis, rates: list[Estimate], options: MeasureOptions) -> Iterator[Estimate]:
    """Set every rate and mean beside the replies of the session shifted to other turns."""
    arrays = arrays_of(analysis)
    exchanges = arrays.exchanges
    nulls: dict[tuple[str | None, str | None], dict[str, Floats]] = {}
    for replier, caller in ordered_pairs(analysis):
        places = arrays.position(replier), arrays.position(caller)
        scored = exchanges.between(*places) & exchanges.scored
        rows = {"": scored, **{f".{kind}": scored & exchanges.kinds[kind] for kind in EXPRESSION_NAMES}}
        rows = {kind: of for kind, of in rows.items() if np.count_nonzero(of) >= max(1, options.min_calls)}
        nulls[replier, caller] = DealtVerdicts(analysis, arrays, *places, options).means(rows) if rows else {}
    for one in rates:
        surrogates = nulls[one.from_, one.to].get(one.measure.removeprefix("responsiveness."))
        yield beside(one, surrogates, null=DEALT_VERDICTS, options=options)


_Verdicts = Sequence[tuple[str, Bools]]


def _verdicts(exchanges: ExchangeColumns) -> Iterator[tuple[str, Bools]]:
    for number, name in enumerate(VERDICTS):
        yield name, exchanges.scored & (exchanges.verdict == number)
    yield "met", exchanges.met


def _uncoded(arrays: Arrays, places: tuple[int, int]) -> tuple[int, int]:
    """Count the words of the caller to the replier, and those of which nobody knows whether they call; in turns."""
    turns = arrays.turns
    said = arrays.said_to(places[1], places[0]) & (turns.words > 0)
    return int(np.count_nonzero(said)), int(np.count_nonzero(said & ~turns.coded["expression"]))


def _counts(
    sheet: ShareSheet,
    exchanges: ExchangeColumns,
    verdicts: _Verdicts,
    pair: tuple[str, str],
    here: Bools,
    uncoded: tuple[int, int],
) -> Iterator[Estimate]:
    reasons, times = np.unique(exchanges.left_out[here & ~exchanges.scored], return_counts=True)
    left_out = ", ".join(f"{reason or 'no verdict'} {count}" for reason, count in zip(reasons, times, strict=True))
    said, unknown = uncoded
    notes = (f"left out: {left_out}" if left_out else "", f"turns not coded: {unknown}" if unknown else "")
    calls = sheet.number("responsiveness.calls", pair, of=here, note="; ".join(filter(None, notes)))
    # Where nobody looked for calls there are not none of them.
    yield msgspec.structs.replace(calls, value=None) if unknown and unknown == said and not calls.count else calls
    scored, missing = here & exchanges.scored, here & exchanges.unscored
    for name, hit in verdicts:
        yield sheet.bounds(f"responsiveness.{name}.bounds", pair, of=scored, hit=hit, missing=missing)


def _add_rates(
    sheet: ShareSheet,
    exchanges: ExchangeColumns,
    verdicts: _Verdicts,
    pair: tuple[str, str],
    here: Bools,
    perhaps: Bools,
    kinds: Sequence[str],
) -> None:
    scored = here & exchanges.scored
    # Who put a heart to a call, or was phoned, answered by no turn and yet perhaps answered.
    is_unheard = (exchanges.reply < 0) & (exchanges.left_out == "wordless")
    could_answer = here & (scored | exchanges.unscored | (exchanges.reply >= 0)) & ~is_unheard
    sheet.share("responsiveness.replied", pair, of=could_answer, hit=exchanges.reply >= 0)
    should_have_verdict = (here | perhaps) & (exchanges.scored | exchanges.unscored)
    sheet.share("responsiveness.unscored", pair, of=should_have_verdict, hit=exchanges.unscored)
    for name, hit in verdicts:
        sheet.share(f"responsiveness.{name}", pair, of=scored, hit=hit, what=_BY_DECISION)
    _add_weighted(sheet, exchanges, pair, scored, "")
    for kind in kinds:
        of = scored & exchanges.kinds[kind]
        for name, hit in verdicts:
            sheet.share(f"responsiveness.{name}.{kind}", pair, of=of, hit=hit, what=_BY_DECISION)
        _add_weighted(sheet, exchanges, pair, of, f".{kind}")


def _add_weighted(sheet: ShareSheet, exchanges: ExchangeColumns, pair: tuple[str, str], of: Bools, kind: str) -> None:
    """Add what rests on probabilities, for all calls or for those of one kind."""
    probabilities, weights = exchanges.probabilities, exchanges.weight
    by_name = {name: probabilities[:, number] for number, name in enumerate(VERDICTS)}
    by_name["met"] = probabilities[:, 0] + probabilities[:, 1]
    for name, values in by_name.items():
        sheet.mean(
            f"responsiveness.{name}{kind}.weighted", pair,
            of=of, values=values, weights=weights, what=_BY_PROBABILITY,
        )  # fmt: skip
    sheet.mean(
        f"responsiveness.score{kind}", pair,
        of=of, values=exchanges.score, weights=weights, what=_BY_SCORE,
        unit="score from 0 to 1",
    )  # fmt: skip


def _stance_known(arrays: Arrays) -> Bools:
    """Tell of which exchanges it is known what the reply does: who gave a verdict need not have said it."""
    reply = arrays.exchanges.reply
    known: Bools = np.ones(reply.shape, dtype=np.bool_)  # of silence nothing more is to be known
    known[reply >= 0] = arrays.turns.coded["stance"][reply[reply >= 0]]
    return known


def _add_misses(
    sheet: ShareSheet, exchanges: ExchangeColumns, pair: tuple[str, str], here: Bools, stance_known: Bools
) -> None:
    missed = here & exchanges.missed
    unknown = int(np.count_nonzero(missed & ~stance_known))
    for code in MISSING_NAMES:
        sheet.share(
            f"responsiveness.miss.{code}", pair,
            of=missed & stance_known, hit=exchanges.stance[code], noun="misses", what="share of misses",
            note=f"{unknown} more could not be coded" if unknown else "",
        )  # fmt: skip
