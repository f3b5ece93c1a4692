"""Tails and quantiles, checked against SciPy."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.stats.distributions import (
    chi2_tail,
    f_quantile,
    f_tail,
    normal_quantile,
    normal_two_sided,
    t_quantile,
    t_two_sided,
)

scipy_stats = pytest.importorskip("scipy.stats")

dfs = st.floats(0.5, 5000.0)


@given(st.floats(-37.0, 37.0))
def test_normal_tail_equals_scipy(z: float) -> None:
    """The two-sided tail agrees with SciPy's survival function."""
    assert normal_two_sided(z) == pytest.approx(2 * scipy_stats.norm.sf(abs(z)), rel=1e-10)


@given(st.floats(-60.0, 60.0), dfs)
def test_t_tail_equals_scipy(t: float, df: float) -> None:
    """Student's two-sided tail agrees with SciPy's."""
    assert t_two_sided(t, df) == pytest.approx(2 * scipy_stats.t.sf(abs(t), df), rel=1e-9, abs=1e-290)


@given(st.floats(0.0, 200.0), dfs, dfs)
def test_f_tail_equals_scipy(f: float, df1: float, df2: float) -> None:
    """The tail of F agrees with SciPy's."""
    assert f_tail(f, df1, df2) == pytest.approx(scipy_stats.f.sf(f, df1, df2), rel=1e-8, abs=1e-14)


@given(st.floats(0.0, 2000.0), dfs)
def test_chi2_tail_equals_scipy(x: float, df: float) -> None:
    """The tail of chi-squared agrees with SciPy's."""
    assert chi2_tail(x, df) == pytest.approx(scipy_stats.chi2.sf(x, df), rel=1e-8, abs=1e-14)


@pytest.mark.parametrize("p", [0.005, 0.025, 0.4, 0.5, 0.9, 0.975, 0.9995])
@pytest.mark.parametrize("df", [1.0, 2.5, 19.0, 400.0])
def test_quantiles_equal_scipy(p: float, df: float) -> None:
    """Quantiles of the normal, t and F agree with SciPy's."""
    assert normal_quantile(p) == pytest.approx(scipy_stats.norm.ppf(p), rel=1e-9, abs=1e-12)
    assert t_quantile(p, df) == pytest.approx(scipy_stats.t.ppf(p, df), rel=1e-9, abs=1e-12)
    assert f_quantile(p, df, 7.3) == pytest.approx(scipy_stats.f.ppf(p, df, 7.3), rel=1e-8)


def test_no_freedom_is_not_a_number() -> None:
    """Without degrees of freedom there is nothing to say, and no error either."""
    assert math.isnan(t_two_sided(1.0, 0.0))
    assert math.isnan(t_quantile(0.9, 0.0))
    assert math.isnan(f_tail(1.0, 0.0, 3.0))
    assert math.isnan(f_quantile(0.9, 2.0, -1.0))
    assert math.isnan(chi2_tail(1.0, 0.0))


def test_infinities_are_the_limits() -> None:
    """An infinite statistic has no tail; infinite degrees of freedom are the normal distribution."""
    assert t_two_sided(math.inf, 3.0) == 0.0
    assert t_two_sided(1.3, math.inf) == normal_two_sided(1.3)
    assert t_quantile(0.975, math.inf) == normal_quantile(0.975)
    assert f_tail(math.inf, 2.0, 3.0) == 0.0
    assert chi2_tail(math.inf, 2.0) == 0.0
