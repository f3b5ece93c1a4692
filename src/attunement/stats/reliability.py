"""Intraclass correlations: how much of the spread of ratings lies between what is rated, by coders who differ.

References
----------
Shrout & Fleiss (1979), Psychological Bulletin 86; McGraw & Wong (1996), Psychological Methods 1, tables 4, 7 and 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from attunement.errors import UsageError, suggest
from attunement.stats.distributions import f_quantile, f_tail

__all__ = ["FORMS", "Form", "IntraclassCorrelation", "intraclass_correlation", "intraclass_correlations"]

Form = Literal["ICC(1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)"]
FORMS: tuple[Form, ...] = ("ICC(1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)")
"""By the names of McGraw and Wong: 1 for coders who differ from unit to unit, A for absolute agreement, C for
consistency (a coder who is always one point higher does no harm); 1 for a single rating, k for the mean of all coders.
Shrout and Fleiss call them ICC(1,1), ICC(2,1), ICC(3,1), ICC(1,k), ICC(2,k), ICC(3,k)."""


@dataclass(frozen=True, slots=True)
class IntraclassCorrelation:
    """An intraclass correlation with its interval.

    Attributes
    ----------
    form : str
        Which of the six (`FORMS`).
    value : float
        At most 1; may be negative where units differ less than ratings within them; nan where nothing varies.
    low, high : float
        Exact interval from the F distribution; for absolute agreement with Satterthwaite's degrees of freedom.
    level : float
        Coverage of the interval.
    f, df1, df2, p : float
        The F test of "no spread between units".
    units, coders : int
        Units that every coder rated; coders.
    """

    form: Form
    value: float
    low: float
    high: float
    level: float
    f: float
    df1: int
    df2: int
    p: float
    units: int
    coders: int


def intraclass_correlation(ratings: ArrayLike, form: Form, *, level: float = 0.95) -> IntraclassCorrelation:
    """Compute one form of the intraclass correlation.

    Parameters
    ----------
    ratings : array_like of float, shape (units, coders)
        nan where a coder did not rate; such units are left out (`units` says how many stay).
    form : {"ICC(1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)"}
        Which of the six; there is no default, because they answer different questions.
    level : float
        Coverage of the interval.

    Returns
    -------
    IntraclassCorrelation
        With two-way mean squares between units (MSR), coders (MSC), residual (MSE), and MSW within units:
        ICC(1) = (MSR - MSW) / (MSR + (k-1) MSW), ICC(C,1) = (MSR - MSE) / (MSR + (k-1) MSE),
        ICC(A,1) = (MSR - MSE) / (MSR + (k-1) MSE + k (MSC - MSE) / n), and with k ratings averaged
        ICC(1,k) = (MSR - MSW) / MSR, ICC(C,k) = (MSR - MSE) / MSR, ICC(A,k) = (MSR - MSE) / (MSR + (MSC - MSE) / n).

    Raises
    ------
    UsageError
        If there is no such form, or fewer than 2 coders or 2 complete units.
    """
    if form not in FORMS:
        raise UsageError(f"There is no form {form!r}.", hint=suggest(form, FORMS))
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2:
        raise UsageError(f"Expected ratings of units by coders, got shape {table.shape}.")
    table = table[~np.isnan(table).any(axis=1)]
    n, k = table.shape
    if n < 2 or k < 2:
        raise UsageError(f"Expected at least 2 complete units and 2 coders, got {n} and {k}.")
    grand = float(table.mean())
    between = k * float(((table.mean(axis=1) - grand) ** 2).sum())
    coders = n * float(((table.mean(axis=0) - grand) ** 2).sum())
    total = float(((table - grand) ** 2).sum())
    msr, msc = between / (n - 1), coders / (k - 1)
    msw = (total - between) / (n * (k - 1))
    # Rounding may leave a residual of -1e-17 where coders differ by a constant only.
    mse = max(0.0, (total - between - coders) / ((n - 1) * (k - 1)))
    if form in ("ICC(1)", "ICC(1,k)"):
        df2, f = n * (k - 1), _ratio(msr, msw)
    else:
        df2, f = (n - 1) * (k - 1), _ratio(msr, mse)
    single = _single(form, f, n, k, msr, msc, mse)
    low, high = _bounds(form, f, n, k, msr, msc, mse, single, level)
    value = single if form.endswith("1)") else _averaged(form, f, n, msr, msc, mse)
    return IntraclassCorrelation(form, value, low, high, level, f, n - 1, df2, f_tail(f, n - 1, df2), n, k)


def intraclass_correlations(ratings: ArrayLike, *, level: float = 0.95) -> tuple[IntraclassCorrelation, ...]:
    """Compute all six forms, in the order of `FORMS`; raises as `intraclass_correlation` does."""
    return tuple(intraclass_correlation(ratings, form, level=level) for form in FORMS)


def _ratio(above: float, below: float) -> float:
    if below > 0:
        return above / below
    return float("inf") if above > 0 else float("nan")


def _from_f(f: float, k: int) -> float:
    """Return (F - 1) / (F + k - 1), which tends to 1."""
    return 1.0 if f == float("inf") else _ratio_signed(f - 1.0, f + k - 1.0)


def _ratio_signed(above: float, below: float) -> float:
    return above / below if below else float("nan")


def _single(form: Form, f: float, n: int, k: int, msr: float, msc: float, mse: float) -> float:
    if "A" in form:
        return _ratio_signed(msr - mse, msr + (k - 1) * mse + k * (msc - mse) / n)
    return _from_f(f, k)


def _averaged(form: Form, f: float, n: int, msr: float, msc: float, mse: float) -> float:
    if "A" in form:
        return _ratio_signed(msr - mse, msr + (msc - mse) / n)
    return 1.0 - _ratio_signed(1.0, f)


def _bounds(
    form: Form, f: float, n: int, k: int, msr: float, msc: float, mse: float, single: float, level: float
) -> tuple[float, float]:
    tail = 0.5 + level / 2.0
    if "A" not in form:
        df2 = n * (k - 1) if form in ("ICC(1)", "ICC(1,k)") else (n - 1) * (k - 1)
        f_low, f_high = f / f_quantile(tail, n - 1, df2), f * f_quantile(tail, df2, n - 1)
        if form.endswith("1)"):
            return _from_f(f_low, k), _from_f(f_high, k)
        return 1.0 - _ratio_signed(1.0, f_low), 1.0 - _ratio_signed(1.0, f_high)
    coder_f = _ratio(msc, mse)
    if not np.isfinite(coder_f) or np.isnan(single):
        return float("nan"), float("nan")
    spread = n * (1.0 + (k - 1) * single) - k * single
    above = (k - 1) * (n - 1) * (k * single * coder_f + spread) ** 2
    below = (n - 1) * k**2 * single**2 * coder_f**2 + spread**2
    df = above / below
    f_up, f_down = f_quantile(tail, n - 1, df), f_quantile(tail, df, n - 1)
    pooled = k * msc + (k * n - k - n) * mse
    low = n * (msr - f_up * mse) / (f_up * pooled + n * msr)
    high = n * (f_down * msr - mse) / (pooled + n * f_down * msr)
    if form == "ICC(A,1)":
        return low, high
    return low * k / (1.0 + low * (k - 1)), high * k / (1.0 + high * (k - 1))
