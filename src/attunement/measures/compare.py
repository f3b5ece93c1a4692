"""Two periods side by side: the difference of every estimate that both have, with its interval."""

from __future__ import annotations

import math

from attunement.core.analysis import Analysis
from attunement.core.estimate import Estimate

__all__ = ["compare"]


def compare(before: Analysis, after: Analysis) -> tuple[Estimate, ...]:
    """Compute after minus before for every estimate that stands in both, and the ratio for odds ratios.

    Two periods are independent samples, each with an interval of its own, so that the interval of the difference
    follows from the two (MOVER: the method of variance estimates recovery)::

        d - sqrt((p2 - l2)**2 + (u1 - p1)**2),  d + sqrt((u2 - p2)**2 + (p1 - l1)**2),  d = p2 - p1

    with (l, p, u) of the period before (1) and after (2). For two Wilson intervals this is Newcombe's. Odds ratios have
    no difference but a ratio: the same on logs, ``exp(log p2 - log p1)``.

    Parameters
    ----------
    before, after : Analysis
        Of the same people under the same names, coded by the same coder with the same options.

    Returns
    -------
    tuple of Estimate
        Named as the estimate with ``change.`` before it; `value` is None where either period has none, or the two are
        in different units (per 30 days, per session), and `note` says why. `count` is the smaller of the two counts.
        Estimates of a single stretch of time (`period`), bounds, and those that only one period has are left out.

    References
    ----------
    Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.
    """
    later = {(e.measure, e.from_, e.to): e for e in after.estimates if not e.period}
    return tuple(
        _difference(earlier, later[key])
        for earlier in before.estimates
        if not earlier.period
        and not earlier.measure.endswith(".bounds")
        and (key := (earlier.measure, earlier.from_, earlier.to)) in later
    )


def _difference(before: Estimate, after: Estimate) -> Estimate:
    notes = [
        f"{name}: {estimate.note or 'no value'}"
        for name, estimate in (("before", before), ("after", after))
        if estimate.value is None
    ]
    is_ratio = before.unit.startswith("odds ratio")
    value = low = high = None
    if before.unit != after.unit and not notes:
        notes.append(f"before in {before.unit}, after in {after.unit}: there is no difference of the two")
    elif before.value is not None and after.value is not None:
        scale, back = (math.log, math.exp) if is_ratio else (float, float)
        p1, p2 = scale(before.value), scale(after.value)
        value = back(p2 - p1)
        ends = (before.low, before.high, after.low, after.high)
        if before.level == after.level and None not in ends:
            l1, u1, l2, u2 = (scale(end) for end in ends if end is not None)
            low = back(p2 - p1 - math.hypot(p2 - l2, u1 - p1))
            high = back(p2 - p1 + math.hypot(u2 - p2, p1 - l1))
        else:
            notes.append("no interval: one of the two has none")
    unit = before.unit if before.unit.startswith("difference") else f"difference of {_plural(before.unit)}"
    if is_ratio:
        unit = f"ratio of {before.unit.replace('odds ratio', 'odds ratios', 1)}"
    return Estimate(
        measure=f"change.{before.measure}",
        from_=before.from_,
        to=before.to,
        value=value,
        low=low,
        high=high,
        level=before.level if low is not None else None,
        count=min(before.count, after.count),
        unit=unit,
        method=f"after {'over' if is_ratio else 'minus'} before; interval from the two (MOVER{', logs' * is_ratio})",
        seed=before.seed,
        note="; ".join(notes),
    )


def _plural(unit: str) -> str:
    return "shares" if unit == "share" else unit
