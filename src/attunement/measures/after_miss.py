"""What follows a miss: what the missed one does, whether it is repaired, and how long that takes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import msgspec
import numpy as np

from attunement.core.analysis import Analysis
from attunement.core.estimate import Estimate, Evidence
from attunement.measures.arrays import AFTER_NAMES, Arrays, Bools, EpisodeColumns, Floats, Ints, arrays_of
from attunement.measures.base import MeasureOptions, ordered_pairs, sparse_pairs
from attunement.measures.dealt import DEALT_REACTIONS, beside, dealt_reactions
from attunement.measures.shares import ShareSheet, too_few
from attunement.stats.rates import exact_interval
from attunement.stats.survival import Survival, clustered_band, kaplan_meier

__all__ = ["CURVE_MINUTES", "CURVE_TURNS", "AfterMiss"]

# Where the curve is read off: the codebook's window is 8 turns, and a day of chat has round numbers of its own.
CURVE_TURNS = (1, 2, 3, 4, 6, 8)
CURVE_MINUTES = (1, 5, 15, 60, 360, 1440)

_KAPLAN_MEIER = "Kaplan-Meier"


class AfterMiss:
    """What follows a miss; for what the missed one does, from the caller to the one who missed, and else the reverse.

    From the one who was missed to the one who missed (`A` is an after-code of the codebook):

    - ``after_miss.says_more``: share of misses after which the caller speaks again, in the session or
      a later one (with `EpisodeOptions.within_session` only in it).
    - ``after_miss.A``: share of those in which the caller then does A. They may be several at once, or none.
    - ``after_miss.goes_on``: share of those in which the caller does none of these.

    From the one who missed to the one who was missed:

    - ``after_miss.misses``: how many misses were followed.
    - ``after_miss.tried``: share with at least one attempt at repair within the window.
    - ``after_miss.repaired``: share seen to be repaired within the window; what was cut short counts as not.
    - ``after_miss.attempts``: how many turns tried to repair; one that tried for two misses counts once.
    - ``after_miss.accepted``: share of the attempts that the caller answered which were accepted, not refused.
    - ``after_miss.repair_turns``, ``after_miss.repair_seconds``: median time to repair.
    - ``after_miss.repaired_within.turns.N``, ``after_miss.repaired_within.minutes.N``: the curve, share repaired by N.

    With surrogates, what the missed one does has the p value of a null in which what their turns of the session do is
    shifted in a circle among these. Repairs have none: they are defined by the miss that they follow.

    Times are censored data: where the session, the record or the window ended first, the miss was observed that long
    without repair, and counts as that (Kaplan and Meier 1958). Bands are clustered by session.
    """

    name = "after_miss"

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute the family; see the class for the names."""
        arrays = arrays_of(analysis)
        episodes = arrays.episodes
        sparse = sparse_pairs(analysis, options)
        sheet = ShareSheet(episodes.session, options, total=arrays.sessions, kind="episodes", sparse=sparse)
        observed = _could_look(analysis, arrays)
        others: list[Estimate] = []
        for misser, missed_one in ordered_pairs(analysis):
            here = (episodes.misser == arrays.position(misser)) & (episodes.missed_one == arrays.position(missed_one))
            back, forth = (missed_one, misser), (misser, missed_one)
            _add_reactions(sheet, episodes, back, here, observed)
            _add_repairs(sheet, episodes, forth, here)
            others.append(sheet.number("after_miss.misses", forth, of=here, unit="misses"))
            others.extend(_attempts(arrays, forth, here, options))
            others.extend(_times(arrays, forth, here, options))
        shares = sheet.estimates()
        if options.surrogates:
            shares = _with_nulls(analysis, shares, observed, options)
        return (*shares, *others)


def _with_nulls(analysis: Analysis, shares: list[Estimate], observed: Bools, options: MeasureOptions) -> list[Estimate]:
    """Set what the missed one does beside what the same turns of the session would show elsewhere in it."""
    arrays = arrays_of(analysis)
    episodes = arrays.episodes
    nulls: dict[tuple[str | None, str | None], dict[str, Floats]] = {}
    for missed_one, misser in ordered_pairs(analysis):
        place = arrays.position(missed_one)
        of = (episodes.missed_one == place) & (episodes.misser == arrays.position(misser)) & observed
        enough = np.count_nonzero(of) >= max(1, options.min_calls)
        nulls[missed_one, misser] = dealt_reactions(analysis, arrays, place, of, options) if enough else {}
    return [
        beside(one, nulls[one.from_, one.to].get(one.measure.removeprefix("after_miss.")), null=DEALT_REACTIONS,
               options=options)
        for one in shares
    ]  # fmt: skip


def _could_look(analysis: Analysis, arrays: Arrays) -> Bools:
    """Tell for which episodes at least one turn that was looked at was coded for what follows a miss."""
    coded = arrays.turns.coded["after"]
    return np.fromiter(
        (any(coded[turn] for turn in episode.after_turns) for episode in analysis.episodes), dtype=np.bool_
    )


def _add_reactions(
    sheet: ShareSheet, episodes: EpisodeColumns, pair: tuple[str, str], here: Bools, observed: Bools
) -> None:
    sheet.share(
        "after_miss.says_more", pair, of=here, hit=episodes.looked_at > 0, noun="misses", what="share of misses"
    )
    of = here & observed
    note = _unread_note(here & (episodes.looked_at > 0) & ~observed)
    what = "share of misses after which the caller spoke"
    for code in AFTER_NAMES:
        sheet.share(f"after_miss.{code}", pair, of=of, hit=episodes.after[code], noun="misses", what=what, note=note)
    nothing = ~episodes.after.any_of(AFTER_NAMES)
    sheet.share("after_miss.goes_on", pair, of=of, hit=nothing, noun="misses", what=what, note=note)


def _unread_note(unread: Bools) -> str:
    many = int(np.count_nonzero(unread))
    return f"{many} more could not be coded" if many else ""


def _add_repairs(sheet: ShareSheet, episodes: EpisodeColumns, pair: tuple[str, str], here: Bools) -> None:
    of = here & (episodes.followed | episodes.tried)
    note = _unread_note(here & ~of)
    for name, hit in (("tried", episodes.tried), ("repaired", episodes.repaired)):
        sheet.share(f"after_miss.{name}", pair, of=of, hit=hit, noun="misses", what="share of misses", note=note)


def _attempts(arrays: Arrays, pair: tuple[str, str], here: Bools, options: MeasureOptions) -> Iterator[Estimate]:
    attempts = arrays.episodes.attempts
    sheet = ShareSheet(attempts.session, options, total=arrays.sessions, kind="turns", numbers=attempts.turn)
    tried = _once_each_turn(here[attempts.episode], attempts.turn)
    unseen = here & ~(arrays.episodes.followed | arrays.episodes.tried)
    counted = sheet.number("after_miss.attempts", pair, of=tried, unit="attempts", note=_unread_note(unseen))
    # Where nothing was seen of what followed any miss there are not no attempts.
    yield msgspec.structs.replace(counted, value=None) if here.any() and (unseen == here).all() else counted
    sheet.share(
        "after_miss.accepted", pair,
        of=tried & (attempts.accepted >= 0), hit=attempts.accepted == 1,
        noun="attempts", what="share of answered attempts at repair",
    )  # fmt: skip
    yield from sheet.estimates()


def _once_each_turn(which: Bools, turn: Ints) -> Bools:
    """Keep the first attempt of each turn: a turn may try to repair two misses, and is one try."""
    at = np.flatnonzero(which)
    kept: Bools = np.zeros_like(which)
    kept[at[np.unique(turn[at], return_index=True)[1]]] = True
    return kept


def _times(arrays: Arrays, pair: tuple[str, str], here: Bools, options: MeasureOptions) -> Iterator[Estimate]:
    episodes = arrays.episodes
    is_reached = True
    for unit, times in (("turns", episodes.turns), ("seconds", episodes.seconds)):
        of = here & episodes.followed & ~np.isnan(times)
        curve = clustered_band(
            kaplan_meier(times[of], episodes.repaired[of], level=options.level),
            times[of], episodes.repaired[of], episodes.session[of],
            total=arrays.sessions, resamples=options.resamples, seed=options.seed,
        )  # fmt: skip
        # A median and a point of the curve have no numerator: each miss counts for as long as it was watched.
        evidence = Evidence("episodes", tuple(np.flatnonzero(of).tolist()))
        # The window is so many turns long: what half of the misses did not reach in turns was not seen in seconds.
        is_reached &= math.isfinite(curve.quantile(0.5)[0])
        yield _median(curve, unit, pair, evidence, options, is_reached=is_reached)
        points: tuple[tuple[str, int, float], ...] = (
            tuple(("turns", n, float(n)) for n in CURVE_TURNS)
            if unit == "turns"
            else tuple(("minutes", n, 60.0 * n) for n in CURVE_MINUTES)
        )
        for word, number, at in points:
            yield _within(curve, f"{word}.{number}", at, times[of], pair, evidence, options)


def _median(
    curve: Survival, unit: str, pair: tuple[str, str], evidence: Evidence, options: MeasureOptions, *, is_reached: bool
) -> Estimate:
    few = curve.count < options.min_calls
    ends = (math.nan,) * 3 if few or not is_reached else curve.quantile(0.5)
    value, low, high = (_finite(number) for number in ends)
    note = ""
    if few:
        note = too_few(options, "misses")
    elif value is None:
        note = "fewer than half are repaired within what was observed"
    elif high is None:
        note = "the upper end lies beyond what was observed"
    return Estimate(
        f"after_miss.repair_{unit}", *pair, value=value, low=low, high=high,
        level=None if few or value is None else options.level, count=curve.count, unit=unit,
        method=f"median time to repair; {_KAPLAN_MEIER}; {curve.band}",
        note=note, evidence=evidence, seed=None if few else curve.seed,
    )  # fmt: skip


def _within(
    curve: Survival,
    name: str,
    at: float,
    times: Floats,
    pair: tuple[str, str],
    evidence: Evidence,
    options: MeasureOptions,
) -> Estimate:
    few = curve.count < options.min_calls
    waiting, waiting_low, waiting_high = (math.nan,) * 3 if few else curve.at(at)
    note, how, seed = "", f"{_KAPLAN_MEIER}; {curve.band}", None
    if few:
        note = too_few(options, "misses")
    elif math.isnan(waiting):
        note = "nothing was observed that long"
    elif waiting == 1.0:
        # Before the first repair the band has no width; what is known is that none of those at risk was repaired.
        reach = int(np.count_nonzero(times >= at))
        waiting_low, waiting_high = 1.0 - exact_interval(0, reach, level=options.level).high, 1.0
        how = f"exact interval of none in {reach}"
    else:
        seed = curve.seed
    return Estimate(
        f"after_miss.repaired_within.{name}", *pair,
        value=_finite(1.0 - waiting), low=_finite(1.0 - waiting_high), high=_finite(1.0 - waiting_low),
        level=options.level if math.isfinite(waiting_low) else None, count=curve.count, unit="share",
        method=f"share repaired by then; {how}", note=note, evidence=evidence, seed=seed,
    )  # fmt: skip


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
