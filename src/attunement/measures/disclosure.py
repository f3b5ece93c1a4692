"""Disclosure and honesty: how often, of whose accord, how deep, and whether one's opens the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
import numpy as np

from attunement.core.analysis import Analysis
from attunement.core.estimate import Estimate
from attunement.measures.arrays import Arrays, Bools, Floats, Ints, arrays_of
from attunement.measures.base import MeasureOptions, ordered_pairs
from attunement.measures.shares import ShareSheet
from attunement.stats.rotation import rotation_sums
from attunement.stats.surrogates import compare_with_null

__all__ = ["WITHIN_TURNS", "Disclosure"]

WITHIN_TURNS = 4
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
      ``.otherwise`` are the two shares. The null turns one's own disclosures in a circle within each session.
    """

    name = "disclosure"

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute the family; see the class for the names."""
        arrays = arrays_of(analysis)
        turns = arrays.turns
        sheet = ShareSheet(turns.session, options, total=arrays.sessions, kind="turns")
        coded = turns.coded["expression"]
        tells = turns.expression.any_of(_TELLS)
        found: list[Estimate] = []
        for one, other in ordered_pairs(analysis):
            pair = (one, other)
            mine = arrays.said_to(arrays.position(one), arrays.position(other)) & coded
            theirs = arrays.said_to(arrays.position(other), arrays.position(one)) & coded
            _add_rates(sheet, arrays, pair, mine)
            sheet.share(
                "disclosure.share", pair,
                of=(mine | theirs) & tells, hit=mine, noun="disclosures", what="share of the disclosures of the two",
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
    followed, can_follow = _followed(session, mine, mine & tells)
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
        difference = _with_null(difference, session, mine, tells, (opening, plain), options)
    yield difference
    yield from sides


def _followed(session: Ints, own: Bools, own_telling: Bools) -> tuple[Bools, Bools]:
    """Tell for each turn whether an own disclosing turn, and any own turn, comes within the next few of the session."""
    told: Bools = np.zeros(session.shape, dtype=np.bool_)
    spoken: Bools = np.zeros(session.shape, dtype=np.bool_)
    for step in range(1, min(WITHIN_TURNS, session.size - 1) + 1):
        same = session[step:] == session[:-step]
        told[:-step] |= same & own_telling[step:]
        spoken[:-step] |= same & own[step:]
    return told, spoken


def _with_null(
    difference: Estimate,
    session: Ints,
    mine: Bools,
    tells: Bools,
    groups: tuple[Bools, Bools],
    options: MeasureOptions,
) -> Estimate:
    null = _turned(session, mine, tells, groups, options)
    assert difference.value is not None
    return msgspec.structs.replace(
        difference,
        p=compare_with_null(difference.value, null).p,
        seed=options.seed,
        method=f"{difference.method}; p against {options.surrogates} rotations of own disclosures within sessions",
    )


def _turned(session: Ints, mine: Bools, tells: Bools, groups: tuple[Bools, Bools], options: MeasureOptions) -> Floats:
    """Return the difference with one's own disclosures turned in a circle within each session, again and again."""
    own = np.flatnonzero(mine)
    numbers, cell, size = np.unique(session[own], return_inverse=True, return_counts=True)
    begin = np.cumsum(size) - size
    place = np.arange(own.size) - begin[cell]
    label = tells[own]
    # Only turns of sessions in which one speaks can be followed by an own disclosure.
    opening, plain = (np.flatnonzero(group) for group in groups)
    weight = np.r_[np.full(opening.size, 1.0 / opening.size), np.full(plain.size, -1.0 / plain.size)]
    judged = np.r_[opening, plain]
    judged_cell = np.searchsorted(numbers, session[judged])
    telling: Bools = np.zeros(session.shape, dtype=np.bool_)

    def turned(by: Ints) -> Floats:
        telling[own] = label[begin[cell] + (place + by[cell]) % size[cell]]
        followed, _ = _followed(session, mine, telling)
        summed = np.bincount(judged_cell, followed[judged] * weight, minlength=size.size)
        return np.asarray(summed, dtype=np.float64)

    return rotation_sums(turned, size, surrogates=options.surrogates, seed=options.seed)
