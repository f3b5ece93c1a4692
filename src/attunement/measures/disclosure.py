"""Disclosure and honesty: how often, of whose accord, how deep, and whether one's opens the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
import numpy as np

from attunement.core.analysis import Analysis
from attunement.core.estimate import Estimate
from attunement.measures.arrays import Arrays, Bools, Ints, arrays_of
from attunement.measures.base import MeasureOptions, ordered_pairs, sparse_pairs
from attunement.measures.shares import ShareSheet
from attunement.stats.reciprocity import followed_within, reciprocity_null
from attunement.stats.repetition import stretches
from attunement.stats.surrogates import compare_with_null

__all__ = ["LONGEST_TURNED", "WITHIN_TURNS", "Disclosure"]

WITHIN_TURNS = 4
LONGEST_TURNED = 32
_TELLS = ("disclosure", "honest_account")
_STRONG = 2.0


class Disclosure:
    """What each puts on the table; from the one who discloses to the other.

    - ``disclosure.rate``, ``disclosure.feeling_rate``, ``disclosure.honest_rate``: turns with `disclosure`, with
      `feeling`, with `honest_account`, per 100 own turns.
    - ``disclosure.share``: share of the disclosing turns (`disclosure` or `honest_account`) of the two.
    - ``disclosure.proactive``: share of them that the other had not asked for; ``disclosure.honest_proactive``: the
      same of honest accounts.
    - ``disclosure.with_feeling``: share of them in which a feeling is named or shown too.
    - ``disclosure.words``: mean number of words in them.
    - ``disclosure.intensity``: mean intensity of feelings, 0 to 3; ``disclosure.strong``: share of feelings that are
      clear or strong.
    - ``disclosure.reciprocity``: share of the other's disclosing turns that are followed within four turns by one of
      one's own, minus that of the other's turns that disclose nothing; ``disclosure.reciprocity.after`` and
      ``.otherwise`` are the two shares. The null turns one's own disclosures in a circle within each session, in
      stretches of at most 32 turns.
    """

    name = "disclosure"

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute the family; see the class for the names."""
        arrays = arrays_of(analysis)
        turns = arrays.turns
        sparse = sparse_pairs(analysis, options)
        sheet = ShareSheet(turns.session, options, total=arrays.sessions, kind="turns", sparse=sparse)
        coded = turns.coded["expression"]
        tells = turns.expression.any_of(_TELLS)
        found: list[Estimate] = []
        for one, other in ordered_pairs(analysis):
            pair = (one, other)
            mine = arrays.said_to(arrays.position(one), arrays.position(other)) & coded
            theirs = arrays.said_to(arrays.position(other), arrays.position(one)) & coded
            _add_rates(sheet, arrays, pair, mine)
            uncoded = arrays.uncoded_side(arrays.position(one), arrays.position(other), coded)
            sheet.share(
                "disclosure.share", pair, of=(mine | theirs) & tells & (uncoded == 0), hit=mine, noun="disclosures",
                what="share of the disclosures of the two", note=f"turns not coded: {uncoded}" if uncoded else "",
            )  # fmt: skip
            _add_kinds(sheet, arrays, pair, mine & tells, mine)
            found.extend(_reciprocity(arrays, pair, mine, theirs, tells, options))
        return (*sheet.estimates(), *found)


def _add_rates(sheet: ShareSheet, arrays: Arrays, pair: tuple[str, str], mine: Bools) -> None:
    expression = arrays.turns.expression
    for name, code in (("rate", "disclosure"), ("feeling_rate", "feeling"), ("honest_rate", "honest_account")):
        sheet.share(
            f"disclosure.{name}", pair,
            of=mine, hit=expression[code], noun="turns", what=f"own turns with {code}",
            unit="per 100 turns", scale=100.0,
        )  # fmt: skip


def _add_kinds(sheet: ShareSheet, arrays: Arrays, pair: tuple[str, str], told: Bools, mine: Bools) -> None:
    turns = arrays.turns
    noun, what = "disclosures", "share of own disclosures"
    known = turns.prompted >= 0
    of_own_accord = turns.prompted == 0
    sheet.share("disclosure.proactive", pair, of=told & known, hit=of_own_accord, noun=noun, what=what)
    honest = told & turns.expression["honest_account"] & known
    sheet.share(
        "disclosure.honest_proactive", pair,
        of=honest, hit=of_own_accord, noun="honest accounts", what="share of own honest accounts",
    )  # fmt: skip
    sheet.share("disclosure.with_feeling", pair, of=told, hit=turns.expression["feeling"], noun=noun, what=what)
    sheet.mean(
        "disclosure.words", pair,
        of=told & (turns.words > 0), values=turns.words.astype(np.float64), noun=noun, what="mean of own disclosures",
        unit="words", is_bounded=False,
    )  # fmt: skip
    felt = mine & turns.expression["feeling"] & ~np.isnan(turns.intensity)
    sheet.mean(
        "disclosure.intensity", pair,
        of=felt, values=turns.intensity, noun="feelings", what="mean of own feelings", unit="intensity (0 to 3)",
        is_bounded=False,
    )  # fmt: skip
    sheet.share(
        "disclosure.strong", pair,
        of=felt, hit=turns.intensity >= _STRONG, noun="feelings", what="share of own feelings that are clear or strong",
    )  # fmt: skip


def _reciprocity(
    arrays: Arrays, pair: tuple[str, str], mine: Bools, theirs: Bools, tells: Bools, options: MeasureOptions
) -> Iterator[Estimate]:
    session = arrays.turns.session
    followed = followed_within(session, mine & tells, turns=WITHIN_TURNS)
    # What nobody could answer is not left unanswered: the end of a session counts neither way.
    can_follow = followed_within(session, mine, turns=WITHIN_TURNS)
    opening, plain = theirs & tells & can_follow, theirs & ~tells & can_follow
    sheet = ShareSheet(session, options, total=arrays.sessions, kind="turns")
    what = f"share followed by own disclosure within {WITHIN_TURNS} turns"
    sheet.share_difference(
        "disclosure.reciprocity", pair,
        of=(opening, plain), hit=followed, noun="disclosures and other turns", what=f"{what}, minus that otherwise",
    )  # fmt: skip
    for name, of in (("after", opening), ("otherwise", plain)):
        sheet.share(f"disclosure.reciprocity.{name}", pair, of=of, hit=followed, noun="turns of the other", what=what)
    difference, *sides = sheet.estimates()
    if options.surrogates and difference.value is not None:
        difference = _with_null(difference, _stretches(session, mine | theirs), mine, theirs, tells, options)
    yield difference
    yield from sides


def _stretches(session: Ints, of_two: Bools) -> Ints:
    """Cut sessions where so many turns of the two are over; turns of others go with those before them."""
    at = np.flatnonzero(of_two)
    stretch = stretches(session[at], longest=LONGEST_TURNED)
    before = np.maximum(np.searchsorted(at, np.arange(session.size), side="right") - 1, 0)
    return session * (int(stretch.max(initial=0)) + 1) + stretch[before]


def _with_null(
    difference: Estimate, stretch: Ints, mine: Bools, theirs: Bools, tells: Bools, options: MeasureOptions
) -> Estimate:
    """Add p: the same difference inside stretches, so that an evening on which both open up is no answer to either."""
    can_follow = theirs & followed_within(stretch, mine, turns=WITHIN_TURNS)
    groups = can_follow & tells, can_follow & ~tells
    if not (groups[0].any() and groups[1].any()):
        return difference
    followed = followed_within(stretch, mine & tells, turns=WITHIN_TURNS)
    observed = float(followed[groups[0]].mean() - followed[groups[1]].mean())
    null = reciprocity_null(
        stretch, mine, tells, groups, turns=WITHIN_TURNS, surrogates=options.surrogates, seed=options.seed
    )
    return msgspec.structs.replace(
        difference,
        p=compare_with_null(observed, null).p,
        seed=options.seed,
        method=(
            f"{difference.method}; p against {options.surrogates} rotations of own disclosures within sessions, "
            f"in stretches of at most {LONGEST_TURNED} turns"
        ),
    )
