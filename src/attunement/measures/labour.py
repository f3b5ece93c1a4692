"""Who carries the emotional labour: asking, soothing, repairing, starting and checking, as countable acts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from attunement.core.analysis import Analysis
from attunement.core.estimate import Estimate, Evidence
from attunement.measures.arrays import Arrays, Bools, Ints, arrays_of
from attunement.measures.base import MeasureOptions, ordered_pairs, sparse_pairs
from attunement.measures.shares import ShareSheet, too_few
from attunement.stats.bootstrap import FEWEST_CLUSTERS
from attunement.stats.rates import RateShare, rate_share
from attunement.stats.surrogates import compare_with_null
from attunement.stats.two_groups import LONGEST_STRETCH, difference_null

__all__ = ["ACTS", "Labour"]

_ASKS_EXPRESSION, _ASKS_STANCE = ("check_in",), ("exploration",)
_SOOTHES = ("reflection", "validation", "warmth", "offer")
_CHECKS = ("monitoring",)

ACTS = ("asks", "soothes", "repairs", "care", "checks", "starts")


class Labour:
    """Acts of care and their balance; from the one who does them to the other.

    A turn counts once for each act, whatever the number of codes:

    - ``asks``: `check_in`, or `exploration` of what the other said.
    - ``soothes``: `reflection`, `validation`, `warmth` or `offer`.
    - ``repairs``: an attempt to repair a miss of one's own.
    - ``care``: any of the three.
    - ``starts``: the first turn of a session.
    - ``checks``: `monitoring` of the other's whereabouts, company or honesty; never a part of care.

    For each act X, in both directions (``starts`` has a share only: it is per session and needs no adjusting):

    - ``labour.X.rate``: acts per 100 own turns.
    - ``labour.X.share``: share of the acts of the two; for ``starts``, of their sessions.
    - ``labour.X.adjusted``: the share if both took equally many turns, r1 / (r1 + r2) with r acts per turn.
    - ``labour.X.imbalance``: twice the adjusted share less 1: 0 even, 1 all mine, -1 all the other's. Its null deals
      the acts of each session out to the turns of that session by chance, and sets the difference of the two rates
      beside its scatter over stretches: acts come in bursts.
    """

    name = "labour"

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute the family; see the class for the names."""
        arrays = arrays_of(analysis)
        acts = _acts(arrays)
        sparse = sparse_pairs(analysis, options)
        sheet = ShareSheet(arrays.turns.session, options, total=arrays.sessions, kind="turns", sparse=sparse)
        balances: list[Estimate] = []
        shares: dict[tuple[str, str, str], tuple[RateShare, float | None]] = {}
        starts = _starts_sheet(arrays, options)
        first = _first_turns(arrays)
        for doer, other in ordered_pairs(analysis):
            pair = (doer, other)
            one, two = arrays.position(doer), arrays.position(other)
            said = _Sides(arrays.said_to(one, two), arrays.said_to(two, one))
            tried = _Sides(_tries(arrays, one, two), _tries(arrays, two, one))
            for act, (done, known) in acts.items():
                mine, theirs = said
                if act in ("repairs", "care"):
                    # Between two of a group a try may follow a third person's word: it is still for who was missed.
                    mine, theirs = mine | tried.mine, theirs | tried.theirs
                    done = done | tried.mine | tried.theirs
                turns = _Sides(mine & known, theirs & known)
                sheet.share(
                    f"labour.{act}.rate", pair,
                    of=turns.mine, hit=done, noun="turns", what="acts per 100 own turns",
                    unit="per 100 turns", scale=100.0,
                )  # fmt: skip
                uncoded = arrays.uncoded_side(one, two, known)
                sheet.share(
                    f"labour.{act}.share", pair,
                    of=(turns.mine | turns.theirs) & done & (uncoded == 0), hit=turns.mine, noun="acts",
                    what="share of the acts of the two", note=f"turns not coded: {uncoded}" if uncoded else "",
                )  # fmt: skip
                balances.extend(_balance(arrays, act, done, turns, pair, shares, options))
            speaker = arrays.turns.speaker
            starts.share(
                "labour.starts.share", pair,
                of=first & ((speaker == one) | (speaker == two)), hit=speaker == one,
                noun="sessions", what="share of the sessions of the two",
            )  # fmt: skip
        return (*sheet.estimates(), *balances, *starts.estimates())


class _Sides(NamedTuple):
    mine: Bools
    theirs: Bools


def _acts(arrays: Arrays) -> dict[str, tuple[Bools, Bools]]:
    """For each act, on which turns it is done (tries at repair apart), and on which the coder could tell."""
    turns = arrays.turns
    expression, stance = turns.coded["expression"], turns.coded["stance"]
    asks = turns.expression.any_of(_ASKS_EXPRESSION) | turns.stance.any_of(_ASKS_STANCE)
    soothes = turns.stance.any_of(_SOOTHES)
    return {
        "asks": (asks, expression & stance),
        "soothes": (soothes, stance),
        "repairs": (np.zeros_like(stance), stance),  # of whom is told for each two
        "care": (asks | soothes, expression & stance),
        "checks": (turns.expression.any_of(_CHECKS), expression),
    }


def _tries(arrays: Arrays, doer: int, other: int) -> Bools:
    """Tell which turns of one try to repair a miss of another."""
    episodes = arrays.episodes
    attempts = episodes.attempts
    tries: Bools = np.zeros(arrays.turns.session.shape, dtype=np.bool_)
    tries[attempts.turn[(attempts.by == doer) & (episodes.missed_one[attempts.episode] == other)]] = True
    return tries


def _balance(
    arrays: Arrays,
    act: str,
    done: Bools,
    turns: _Sides,
    pair: tuple[str, str],
    shares: dict[tuple[str, str, str], tuple[RateShare, float | None]],
    options: MeasureOptions,
) -> Iterator[Estimate]:
    session, size = arrays.turns.session, arrays.sessions

    def per_session(which: Bools) -> Ints:
        return np.bincount(session[which], minlength=size)

    exposure = np.column_stack([per_session(side) for side in turns])
    events = np.column_stack([per_session(side & done) for side in turns])
    total = int(events.sum())
    # Shares of rates have no numerator of their own: that of the plain share is in ``labour.X.share``.
    evidence = Evidence("turns", tuple(np.flatnonzero((turns.mine | turns.theirs) & done).tolist()))
    few = ""
    if min(exposure.sum(axis=0).tolist(), default=0) < options.min_calls:
        few = too_few(options, "turns of one of the two")
    if total < max(1, options.min_calls):
        few = too_few(options, "acts")
    known = shares.get((act, *pair))
    if known is None:
        share = rate_share(
            events, exposure, fewest_clusters=FEWEST_CLUSTERS,
            level=options.level, resamples=options.resamples, seed=options.seed,
        )  # fmt: skip
        p = None if few or not options.surrogates else _p_of_deal(done, turns, session, options)
        # The other direction is the mirror image, to the last digit.
        mirrored = share._replace(value=1.0 - share.value, low=1.0 - share.high, high=1.0 - share.low)
        shares[act, pair[1], pair[0]] = mirrored, p
    else:
        share, p = known
    stated = not few and math.isfinite(share.value)
    note = "" if stated else few or too_few(options, "acts")
    for name, unit, scale, offset, what in (
        ("adjusted", "share", 1.0, 0.0, "share of the acts of the two if both took equally many turns"),
        ("imbalance", "index from -1 to 1", 2.0, -1.0, "twice the adjusted share less 1"),
    ):
        seed, method = share.seed, f"{what}; {share.method}" if stated else what
        has_null = stated and name == "imbalance" and p is not None
        if has_null:
            seed = options.seed
            method += (
                f"; p against {options.surrogates} deals of each session's acts to its turns, in stretches of at most "
                f"{LONGEST_STRETCH}, the difference beside its scatter over stretches"
            )
        yield Estimate(
            f"labour.{act}.{name}", *pair,
            value=scale * share.value + offset if stated else None, low=scale * share.low + offset if stated else None,
            high=scale * share.high + offset if stated else None, level=options.level if stated else None,
            count=total, unit=unit, method=method, seed=seed if stated else None,
            p=p if has_null else None, note=note, evidence=evidence,
        )  # fmt: skip


def _p_of_deal(done: Bools, turns: _Sides, session: Ints, options: MeasureOptions) -> float | None:
    at = np.flatnonzero(turns.mine | turns.theirs)
    acts, mine = done[at, np.newaxis].astype(np.float64), turns.mine[at]
    null = difference_null(
        acts, np.ones(acts.shape), mine, session[at], surrogates=options.surrogates, seed=options.seed
    )
    p = compare_with_null(float(acts[mine].mean() - acts[~mine].mean()), null, slack=1e-9).p
    return p if math.isfinite(p) else None


def _starts_sheet(arrays: Arrays, options: MeasureOptions) -> ShareSheet:
    # Each session is started once, so that starts are independent as items of one session are taken to be.
    return ShareSheet(np.zeros_like(arrays.turns.session), options, total=1, kind="turns")


def _first_turns(arrays: Arrays) -> Bools:
    first: Bools = np.zeros(arrays.turns.session.shape, dtype=np.bool_)
    first[np.unique(arrays.turns.session, return_index=True)[1]] = True
    return first
