"""How much talk is needed to see a difference or to have a narrow interval, and what can be seen with what there is."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from attunement.errors import UsageError
from attunement.stats.distributions import normal_quantile, t_quantile
from attunement.stats.rates import cluster_variance, wilson_interval

__all__ = ["calls_for_difference", "calls_for_width", "design_effect", "detectable_difference", "power_of_difference"]

_MOST_CALLS = 10_000_000


def power_of_difference(
    first: float,
    second: float,
    calls: tuple[float, float],
    *,
    level: float = 0.95,
    effect: float = 1.0,
    per_session: float | None = None,
) -> float:
    """Return the chance that two shares are told apart.

    For the two-sided test with the pooled share under no difference, counts divided by the design effect::

        P = Phi((d - z sqrt(p q (1/n1 + 1/n2))) / sqrt(p1 q1 / n1 + p2 q2 / n2)),  p = (n1 p1 + n2 p2) / (n1 + n2)

    Parameters
    ----------
    first, second : float
        The true shares, in [0, 1].
    calls : tuple of two floats
        How many calls each rests on, above 0.
    level : float
        1 less the chance of seeing a difference where there is none.
    effect : float
        Design effect: by what factor replies of one session resemble each other (`design_effect`); 1 for not at all.
    per_session : float, optional
        Calls in a session. Where they resemble each other, sessions are what a difference is told from: with S on both
        sides together z is Student's t for S - 2, and three sessions tell next to nothing however long they are.

    Returns
    -------
    float
        In [0, 1]; the far tail is not counted, as in R's ``power.prop.test``.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, 3rd ed., section 4.3.
    """
    n1, n2 = (n / effect for n in calls)
    pooled = (n1 * first + n2 * second) / (n1 + n2)
    z = normal_quantile(0.5 + level / 2.0)
    if per_session is not None and effect > 1.0:
        degrees = sum(calls) / per_session - 2.0
        if degrees < 1.0:
            return 0.0
        z = t_quantile(0.5 + level / 2.0, degrees)
    spread = math.sqrt(first * (1.0 - first) / n1 + second * (1.0 - second) / n2)
    reach = abs(first - second) - z * math.sqrt(pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2))
    if spread == 0.0:
        return float(reach > 0.0)
    return 0.5 * math.erfc(-reach / spread / math.sqrt(2.0))


def calls_for_difference(
    first: float,
    second: float,
    *,
    power: float = 0.8,
    level: float = 0.95,
    effect: float = 1.0,
    per_session: float | None = None,
) -> int:
    """Return how many calls each of two shares must rest on for their difference to be seen.

    Parameters
    ----------
    first, second : float
        The true shares, in [0, 1]; different.
    power : float
        Wanted chance of seeing the difference, in (0, 1).
    level, effect, per_session : float
        As in `power_of_difference`.

    Returns
    -------
    int
        Calls on each side.

    Raises
    ------
    UsageError
        If the shares are equal or lie outside [0, 1], or more than ten million calls would not be enough.
    """
    if first == second or not (0.0 <= first <= 1.0 and 0.0 <= second <= 1.0):
        raise UsageError(f"Expected two different shares between 0 and 1, got {first:g} and {second:g}.")
    if not 0.0 < power < 1.0:
        raise UsageError(f"Power lies between 0 and 1, got {power:g}.", hint="The usual one is 0.8.")
    return _fewest(
        lambda n: (
            power_of_difference(first, second, (n, n), level=level, effect=effect, per_session=per_session) >= power
        )
    )


def calls_for_width(share: float, half_width: float, *, level: float = 0.95, effect: float = 1.0) -> int:
    """Return how many calls a share must rest on for its Wilson interval to reach no further than wanted.

    Parameters
    ----------
    share : float
        The share that is expected, in [0, 1].
    half_width : float
        Half the length of the interval, in (0, 0.5).
    level, effect : float
        As in `power_of_difference`.
    """
    if not 0.0 < half_width < 0.5:
        raise UsageError(f"Half the width of an interval lies between 0 and 0.5, got {half_width:g}.")

    def is_enough(n: float) -> bool:
        low, high = wilson_interval(share * n / effect, n / effect, level=level)
        return float(high - low) <= 2.0 * half_width

    return _fewest(is_enough)


def detectable_difference(
    share: float,
    calls: tuple[float, float],
    *,
    power: float = 0.8,
    level: float = 0.95,
    effect: float = 1.0,
    per_session: float | None = None,
) -> float | None:
    """Return the smallest difference from a share that is seen with the calls there are.

    Parameters
    ----------
    share : float
        The first share, in [0, 1].
    calls : tuple of two floats
        Calls of the first and of the second share.
    power, level, effect, per_session : float
        As in `calls_for_difference`.

    Returns
    -------
    float or None
        Towards the side with more room; None where even the largest difference would not be seen.
    """
    sign = 1.0 if share <= 0.5 else -1.0
    room = max(share, 1.0 - share)

    def is_seen(difference: float) -> bool:
        second = min(1.0, max(0.0, share + sign * difference))
        found = power_of_difference(share, second, calls, level=level, effect=effect, per_session=per_session)
        return found >= power

    if min(calls) <= 0 or not is_seen(room):
        return None
    low, high = 0.0, room
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (low, middle) if is_seen(middle) else (middle, high)
    return high


def design_effect(hits: ArrayLike, counts: ArrayLike) -> float:
    """Estimate by what factor the variance of a share exceeds that of independent answers.

    Variance of the share over clusters (`rates.cluster_variance`) over ``p (1 - p) / n``; at least 1.

    Parameters
    ----------
    hits, counts : array_like, shape (clusters,)
        Numerator and denominator of each session.

    Returns
    -------
    float
        1 with fewer than two sessions, or where all answers are alike.

    References
    ----------
    Kish (1965), Survey Sampling, section 8.2.
    """
    y, n = np.asarray(hits, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    total = float(n.sum())
    share = float(y.sum()) / total if total else 0.0
    plain = share * (1.0 - share) / total if total else 0.0
    variance = float(cluster_variance(y, n)) if total else math.nan
    return max(1.0, variance / plain) if plain > 0.0 and math.isfinite(variance) else 1.0


def _fewest(is_enough: Callable[[float], bool]) -> int:
    high = 2
    while not is_enough(float(high)):
        high *= 2
        if high > _MOST_CALLS:
            raise UsageError("More than ten million calls would be needed.", hint="Ask for a larger difference.")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(float(middle)) else (middle, high)
    return high
