"""Whether a miss costs the next disclosure: how open somebody is after a miss, against after being met."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from attunement.core.analysis import Analysis
from attunement.core.estimate import Estimate, Evidence
from attunement.measures.arrays import Arrays, Bools, Floats, Ints, arrays_of
from attunement.measures.base import MeasureOptions, ordered_pairs
from attunement.measures.shares import too_few
from attunement.stats.matching import matched_difference, matched_null
from attunement.stats.repetition import stretches
from attunement.stats.surrogates import compare_with_null

__all__ = ["BASE_TURNS", "LONGEST_TURNED", "NEXT_TURNS", "OPEN_CODES", "DisclosureCost"]

OPEN_CODES = ("feeling", "disclosure")
NEXT_TURNS = 5
BASE_TURNS = 10
LONGEST_TURNED = 16
_FEWEST_BASE_TURNS = 4


class DisclosureCost:
    """How open the caller is after a miss, less how open after an attuned reply; from the replier to the caller.

    An open turn carries `feeling` or `disclosure`. Misses (missed or misattuned) are set beside attuned replies to
    calls before which the caller was as open: the share of open turns among the caller's last ten (from any session)
    puts each call into one of four strata, and differences are taken within them.

    - ``disclosure_cost.rate``: share of open turns among the caller's next five in the session, after a miss minus
      after an attuned reply; ``disclosure_cost.rate.after_miss`` and ``.after_attuned`` are the two shares.
    - ``disclosure_cost.depth``: the same for the mean intensity (0 to 3) of the feelings in those turns.
    - ``disclosure_cost.next_session``: the same for the share of open turns in the caller's next session, after
      sessions whose last scored reply missed against sessions whose last was attuned;
      ``disclosure_cost.next_session_depth`` the same for the mean intensity of the feelings there.

    A difference below 0 means less openness after a miss. It shows what came after, not what caused it.
    """

    name = "disclosure_cost"

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute the family; see the class for the names."""
        arrays = arrays_of(analysis)
        found: list[Estimate] = []
        for replier, caller in ordered_pairs(analysis):
            one, other = arrays.position(replier), arrays.position(caller)
            pair = (replier, caller)
            own = _OwnTurns.of(arrays, other)
            found.extend(_next_turns(arrays, own, pair, (one, other), options))
            found.extend(_next_session(arrays, own, pair, (one, other), options))
        return tuple(found)


class _OwnTurns(NamedTuple):
    """The coded turns of one speaker, and running sums over them."""

    at: Ints
    session: Ints
    opened: Floats  # running sums, one longer than the turns
    depth: Floats
    felt: Floats

    @classmethod
    def of(cls, arrays: Arrays, speaker: int) -> _OwnTurns:
        turns = arrays.turns
        at = np.flatnonzero((turns.speaker == speaker) & turns.coded["expression"])
        felt = turns.expression["feeling"][at] & ~np.isnan(turns.intensity[at])
        depth = np.where(felt, turns.intensity[at], 0.0)
        opened = turns.expression.any_of(OPEN_CODES)[at]
        return cls(at, turns.session[at], *(np.concatenate(([0.0], np.cumsum(x))) for x in (opened, depth, felt)))


class _Comparison(NamedTuple):
    """Two groups of items, with what is compared and what they are matched on."""

    above: Floats
    below: Floats
    missed: Bools
    strata: Ints
    session: Ints
    evidence_kind: str
    numbers: Ints
    noun: str
    what: str


def _base_strata(share: Floats) -> Ints:
    """Put shares into four strata: none, up to a fifth, up to two fifths, more; -1 where they are not known."""
    strata = np.searchsorted([0.0, 0.2, 0.4], np.nan_to_num(share), side="left")
    return np.where(np.isnan(share), -1, strata)


def _next_turns(
    arrays: Arrays, own: _OwnTurns, pair: tuple[str, str], direction: tuple[int, int], options: MeasureOptions
) -> Iterator[Estimate]:
    exchanges = arrays.exchanges
    attuned = exchanges.scored & (exchanges.verdict == 0)
    which = np.flatnonzero(exchanges.between(*direction) & (exchanges.missed | attuned) & (exchanges.reply >= 0))
    begin = np.searchsorted(own.at, exchanges.reply[which])
    session_end = np.searchsorted(own.session, exchanges.session[which], side="right")
    end = np.maximum(np.minimum(begin + NEXT_TURNS, session_end), begin)
    before = np.searchsorted(own.at, exchanges.call[which])
    base_begin = np.maximum(before - BASE_TURNS, 0)
    base_count = before - base_begin
    base = np.where(
        base_count >= _FEWEST_BASE_TURNS,
        (own.opened[before] - own.opened[base_begin]) / np.maximum(base_count, 1),
        np.nan,
    )
    opened = own.opened[end] - own.opened[begin]
    common = (exchanges.missed[which], _base_strata(base), exchanges.session[which], "exchanges", which, "replies")
    rate = _Comparison(
        opened, (end - begin).astype(np.float64), *common, f"open turns among the next {NEXT_TURNS} of the caller"
    )
    yield from _compare("rate", "difference of shares", rate, pair, arrays.sessions, options, with_sides=True)
    depth = _Comparison(
        own.depth[end] - own.depth[begin], own.felt[end] - own.felt[begin], *common,
        f"mean intensity of feelings in the next {NEXT_TURNS} turns of the caller",
    )  # fmt: skip
    yield from _compare("depth", "difference of intensities (0 to 3)", depth, pair, arrays.sessions, options)


def _next_session(
    arrays: Arrays, own: _OwnTurns, pair: tuple[str, str], direction: tuple[int, int], options: MeasureOptions
) -> Iterator[Estimate]:
    exchanges = arrays.exchanges
    scored = np.flatnonzero(exchanges.scored & exchanges.between(*direction))
    last = scored[np.diff(exchanges.session[scored], append=-1) != 0]
    last = last[exchanges.missed[last] | (exchanges.verdict[last] == 0)]
    sessions, first = np.unique(own.session, return_index=True)
    edges = np.append(first, own.session.size)
    opened = np.diff(own.opened[edges]) if sessions.size else np.zeros(0)
    turns = np.diff(edges).astype(np.float64)
    # The caller's own session of each last reply, where there is a next one.
    place = np.searchsorted(sessions, exchanges.session[last])
    is_there = (place + 1 < sessions.size) & np.isin(exchanges.session[last], sessions)
    last, place = last[is_there], place[is_there]
    base = opened[place] / turns[place]
    common = (
        exchanges.missed[last], _base_strata(base), exchanges.session[last], "exchanges", last, "sessions",
    )  # fmt: skip
    where = "in the caller's next session, after sessions that ended on a miss"
    rate = _Comparison(opened[place + 1], turns[place + 1], *common, f"open turns {where}")
    yield from _compare("next_session", "difference of shares", rate, pair, arrays.sessions, options)
    depth, felt = (np.diff(sums[edges]) if sessions.size else opened for sums in (own.depth, own.felt))
    deep = _Comparison(depth[place + 1], felt[place + 1], *common, f"mean intensity of feelings {where}")
    unit = "difference of intensities (0 to 3)"
    yield from _compare("next_session_depth", unit, deep, pair, arrays.sessions, options)


def _compare(
    name: str,
    unit: str,
    comparison: _Comparison,
    pair: tuple[str, str],
    total: int,
    options: MeasureOptions,
    *,
    with_sides: bool = False,
) -> Iterator[Estimate]:
    parts = comparison[:5]
    matched = matched_difference(
        *parts, total=total, level=options.level, resamples=options.resamples, seed=options.seed
    )
    what = f"{comparison.what}, minus after attuned ones, matched on openness before"
    used = comparison.numbers[matched.used]
    evidence = Evidence(comparison.evidence_kind, tuple(used.tolist()))
    stated = min(matched.counts) >= max(1, options.min_calls) and math.isfinite(matched.low)
    note = "" if stated else too_few(options, f"{comparison.noun} of either kind")
    p = None
    method, seed = f"{what}; {matched.method}", matched.seed
    if stated and options.surrogates:
        # Sessions that are items themselves are compared with each other. Long stretches would take for an effect what
        # moves both in the course of an evening or a year.
        is_session = comparison.noun == "sessions"
        within = np.zeros_like(comparison.session) if is_session else comparison.session
        within = stretches(within, longest=LONGEST_TURNED)
        observed, null = matched_null(*parts[:4], within, surrogates=options.surrogates, seed=options.seed)
        p = compare_with_null(observed, null).p if null.size else None
        place = "stratum" if is_session else "session and stratum"
        method += f"; p against {options.surrogates} rotations within {place}, in stretches of at most {LONGEST_TURNED}"
        seed = options.seed
    count = sum(matched.counts)
    yield Estimate(
        f"disclosure_cost.{name}", *pair,
        value=matched.value if stated else None, low=matched.low if stated else None,
        high=matched.high if stated else None, level=options.level if stated else None, count=count, unit=unit,
        method=method if stated else what, seed=seed if stated else None, p=p, note=note, evidence=evidence,
    )  # fmt: skip
    if with_sides:
        sides = (matched.used & comparison.missed, matched.used & ~comparison.missed)
        for side, value, of in zip(
            ("after_miss", "after_attuned"), (matched.first, matched.second), sides, strict=True
        ):
            here = Evidence(comparison.evidence_kind, tuple(comparison.numbers[of].tolist()))
            yield Estimate(
                f"disclosure_cost.{name}.{side}", *pair, value=value if stated else None, low=None, high=None,
                level=None, count=len(here.indexes), unit="share",
                method=f"{comparison.what}, weighted as misses are", note=note, evidence=here,
            )  # fmt: skip
