"""Tails and quantiles of the normal, t, F and chi-squared distributions, in the standard library alone.

SciPy is an extra, and every interval and p value of the core needs one of these. Each is tested against SciPy to a
relative error of 1e-10, far into the tails.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

__all__ = [
    "beta_quantile",
    "chi2_quantile",
    "chi2_tail",
    "f_quantile",
    "f_tail",
    "incomplete_beta",
    "incomplete_gamma_tail",
    "normal_quantile",
    "normal_two_sided",
    "t_quantile",
    "t_two_sided",
]

_EPSILON = 2.0**-52
_TINY = 1e-300
_MAX_TERMS = 20_000


def normal_two_sided(z: float) -> float:
    """Return P(abs(Z) >= abs(z)) of a standard normal; keeps its relative precision far into the tail."""
    return math.erfc(abs(z) / math.sqrt(2.0))


def normal_quantile(p: float) -> float:
    """Return the z below which a share p in (0, 1) of a standard normal lies."""
    return NormalDist().inv_cdf(p)


def t_two_sided(t: float, df: float) -> float:
    """Return P(abs(T) >= abs(t)) of Student's t; nan where t or df is not a number or df is not positive."""
    if math.isnan(t) or not df > 0:
        return math.nan
    if math.isinf(t):
        return 0.0
    if math.isinf(df):
        return normal_two_sided(t)
    return incomplete_beta(df / 2.0, 0.5, df / (df + t * t), complement=t * t / (df + t * t))


@lru_cache(maxsize=1024)
def t_quantile(p: float, df: float) -> float:
    """Return the t below which a share p in (0, 1) of Student's t lies; nan where df is not positive."""
    if not df > 0:
        return math.nan
    if math.isinf(df):
        return normal_quantile(p)
    if p == 0.5:
        return 0.0
    tail = 2.0 * min(p, 1.0 - p)
    root = _solve(lambda t: t_two_sided(t, df) - tail)
    return root if p > 0.5 else -root


def f_tail(f: float, df1: float, df2: float) -> float:
    """Return P(F >= f); nan where f or a df is not a number or a df is not positive."""
    if math.isnan(f) or not (df1 > 0 and df2 > 0):
        return math.nan
    if f <= 0:
        return 1.0
    if math.isinf(f):
        return 0.0
    whole = df2 + df1 * f
    return incomplete_beta(df2 / 2.0, df1 / 2.0, df2 / whole, complement=df1 * f / whole)


def f_quantile(p: float, df1: float, df2: float) -> float:
    """Return the f below which a share p in (0, 1) of the F distribution lies; nan where a df is not positive."""
    if not (df1 > 0 and df2 > 0):
        return math.nan
    return _solve(lambda f: f_tail(f, df1, df2) - (1.0 - p))


def chi2_tail(x: float, df: float) -> float:
    """Return P(X >= x) of the chi-squared distribution; nan where x or df is not a number or df is not positive."""
    if math.isnan(x) or not df > 0:
        return math.nan
    return 1.0 if x <= 0 else incomplete_gamma_tail(df / 2.0, x / 2.0)


def chi2_quantile(p: float, df: float) -> float:
    """Return the x below which a share p in [0, 1) of the chi-squared distribution lies; nan where df <= 0."""
    if not df > 0:
        return math.nan
    return 0.0 if p <= 0.0 else _solve(lambda x: chi2_tail(x, df) - (1.0 - p))


def beta_quantile(p: float, a: float, b: float) -> float:
    """Return the x in [0, 1] below which a share p of the beta distribution with shapes a and b lies."""
    if p <= 0.0 or p >= 1.0:
        return 0.0 if p <= 0.0 else 1.0
    f = f_quantile(p, 2.0 * a, 2.0 * b)
    return a * f / (a * f + b)


def incomplete_beta(a: float, b: float, x: float, *, complement: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b).

    Continued fraction 8.17.22 of the NIST Digital Library of Mathematical Functions, by Lentz's method, on the side of
    the mean where it converges fast.

    Parameters
    ----------
    a, b : float
        Positive shapes.
    x, complement : float
        In [0, 1], with x + complement = 1; both, because taking one from 1 would lose the digits of a small one.
    """
    if x <= 0.0:
        return 0.0
    if complement <= 0.0:
        return 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - incomplete_beta(b, a, complement, complement=x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(complement)
    return math.exp(log_front) * _beta_fraction(a, b, x) / a


def _beta_fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _MAX_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        step = 1.0
        for term in (even, odd):
            d = 1.0 / _away_from_zero(1.0 + term * d)
            c = _away_from_zero(1.0 + term / c)
            step = c * d
            value *= step
        if abs(step - 1.0) < _EPSILON:
            break
    return value


def incomplete_gamma_tail(a: float, x: float) -> float:
    """Return the regularised upper incomplete gamma function Q(a, x), for a > 0 and x >= 0."""
    if x <= 0.0:
        return 1.0
    if math.isinf(x):
        return 0.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1.0:
        term = total = 1.0 / a
        n = a
        while abs(term) > abs(total) * _EPSILON:
            n += 1.0
            term *= x / n
            total += term
        return 1.0 - front * total
    b = x + 1.0 - a
    c, d = 1.0 / _TINY, 1.0 / b
    value = d
    for i in range(1, _MAX_TERMS):
        term = -i * (i - a)
        b += 2.0
        d = 1.0 / _away_from_zero(term * d + b)
        c = _away_from_zero(b + term / c)
        value *= c * d
        if abs(c * d - 1.0) < _EPSILON:
            break
    return front * value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _solve(falling: Callable[[float], float]) -> float:
    """Return the positive root of a falling function, to the last digits.

    Bracketed by doubling; then Ridders' steps (1979, IEEE Transactions on Circuits and Systems 26), which at least
    halve the bracket each time and near the root double the number of right digits.
    """
    low, high = 0.0, 1.0
    above, below = math.nan, falling(high)
    while below > 0.0:
        low, high, above = high, high * 2.0, below
        if math.isinf(high):
            return math.inf
        below = falling(high)
    if math.isnan(above):
        above = falling(low)
    root = high
    while high - low > _EPSILON * high:
        middle = low + (high - low) / 2.0
        if middle in (low, high):
            return middle
        at_middle = falling(middle)
        spread = math.sqrt(at_middle * at_middle - above * below)
        guess = middle + (middle - low) * at_middle / spread if spread > 0.0 else middle
        at_guess = falling(guess)
        if abs(guess - root) <= 2.0 * _EPSILON * guess or at_guess == 0.0:
            return guess
        root = guess
        ends = sorted(((low, above), (middle, at_middle), (guess, at_guess), (high, below)))
        falls = next(place for place, (_, value) in enumerate(ends) if value <= 0.0)
        (low, above), (high, below) = ends[falls - 1], ends[falls]
    return low + (high - low) / 2.0
