"""How many calls are needed to see a difference of a stated size, from the rates that a record shows."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from attunement.core.analysis import Analysis
from attunement.errors import UsageError
from attunement.measures.arrays import arrays_of
from attunement.measures.base import MeasureOptions, ordered_pairs
from attunement.measures.timeline import make_timeline
from attunement.stats.power import calls_for_difference, design_effect, detectable_difference

__all__ = ["Plan", "plan_difference", "require_plan"]

_ASSUMED_SHARE = 0.5


class Plan(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """What it takes to see that the share of missed calls of one direction has changed, or differs from another.

    Attributes
    ----------
    from_, to : str
        The direction: who replies and who calls.
    difference : float
        The difference of shares that is planned for: as asked, or the largest that there can be from `share`.
    share : float
        The share missed that the plan starts from: the record's own, or 0.5 where it has too few calls to tell.
    is_assumed : bool
        Whether the share was assumed.
    design_effect : float
        By what factor replies of one session resemble each other; 1 where that cannot be told.
    calls_needed : int
        Scored calls on each side of the comparison (before and after, this direction and that).
    calls_seen : int
        Scored calls of this direction that the record holds.
    calls_a_week : float or None
        Scored calls per week in which one of the two wrote or spoke; None without a calendar.
    weeks_needed : float or None
        Weeks of contact on each side at that pace.
    seen_now : float or None
        The smallest difference between the two halves of the record that its own calls can show; None where they show
        none at all.
    power, level : float
        The chance to see it if it is there, and 1 less the chance to see it if it is not.
    """

    from_: str
    to: str
    difference: float
    share: float
    is_assumed: bool
    design_effect: float
    calls_needed: int
    calls_seen: int
    calls_a_week: float | None
    weeks_needed: float | None
    seen_now: float | None
    power: float
    level: float

    def row(self) -> dict[str, Any]:
        """Return the plan as plain data."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def require_plan(difference: float, power: float) -> None:
    """Refuse what no plan can be made for.

    Raises
    ------
    UsageError
        If the difference or the power does not lie between 0 and 1.
    """
    if not 0.0 < difference < 1.0:
        raise UsageError(
            f"The difference lies between 0 and 1, got {difference:g}.", hint="0.15 means 15 in 100 calls."
        )
    if not 0.0 < power < 1.0:
        raise UsageError(f"Power lies between 0 and 1, got {power:g}.", hint="The usual one is 0.8.")


def plan_difference(
    analysis: Analysis, difference: float, *, power: float = 0.8, options: MeasureOptions | None = None
) -> tuple[Plan, ...]:
    """Plan how many calls show a difference in the share missed, for every direction of a record.

    Parameters
    ----------
    analysis : Analysis
        What is known so far; its rates and how alike replies of one session are carry the plan.
    difference : float
        The difference of shares that matters, in (0, 1).
    power : float
        Wanted chance to see it, in (0, 1).
    options : MeasureOptions, optional
        `level` and `min_calls`.

    Returns
    -------
    tuple of Plan
        One a direction. The share may rise or fall by the difference; the plan takes the side that needs more calls,
        where both lie between 0 and 1. A difference that neither way can be is cut to the largest that can.

    Raises
    ------
    UsageError
        As `require_plan`.
    """
    require_plan(difference, power)
    options = options or MeasureOptions()
    arrays = arrays_of(analysis)
    exchanges = arrays.exchanges
    timeline = make_timeline(analysis, arrays)
    plans: list[Plan] = []
    for replier, caller in ordered_pairs(analysis):
        scored = exchanges.scored & exchanges.between(arrays.position(replier), arrays.position(caller))
        seen = int(np.count_nonzero(scored))
        counts = np.bincount(exchanges.session[scored])
        hits = np.bincount(exchanges.session[scored & exchanges.missed], minlength=counts.size)
        is_assumed = seen < options.min_calls
        share = _ASSUMED_SHARE if is_assumed else float(hits.sum() / seen)
        effect = 1.0 if is_assumed else design_effect(hits, counts)
        per_session = seen / max(1, np.count_nonzero(counts))
        possible = min(difference, max(share, 1.0 - share))
        # Shares may rise or fall; the side that needs more calls is planned for.
        others = [other for other in (share + possible, share - possible) if -1e-12 <= other <= 1.0 + 1e-12]
        needed = max(
            calls_for_difference(
                share,
                min(1.0, max(0.0, other)),
                power=power,
                level=options.level,
                effect=effect,
                per_session=per_session,
            )
            for other in others
        )
        of_two = np.isin(arrays.turns.speaker, (arrays.position(replier), arrays.position(caller)))
        weeks = np.unique(timeline.period[of_two]).size if timeline.unit == "week" else 0
        pace = seen / weeks if weeks and seen else None
        plans.append(
            Plan(
                replier, caller, possible, share, is_assumed, effect, needed, seen, pace,
                None if pace is None else needed / pace,
                detectable_difference(
                    share, (seen / 2.0, seen / 2.0),
                    power=power, level=options.level, effect=effect, per_session=per_session,
                ),
                power, options.level,
            )
        )  # fmt: skip
    return tuple(plans)
