"""Trends and curves against statsmodels, SciPy and the reference case `change`."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.interpolate import BSpline
from scipy.optimize import minimize

from attunement.errors import MissingExtraError, UsageError
from attunement.stats.growth import fit_growth, reliable_change
from attunement.stats.trend import (
    bspline_basis,
    cluster_covariance,
    fit,
    linear_trend,
    poisson_trend,
    share_trend,
    smooth_share,
)


@pytest.mark.data
def test_reference_change_poisson_trend(shared: Path) -> None:
    """Slope, error, z, p, deviance and dispersion equal R's glm on the reference sessions."""
    folder = shared / "reference" / "change"
    with (folder / "rates.csv").open() as file:
        rows = np.array(
            [[float(row[name]) for name in ("session", "minutes", "events")] for row in csv.DictReader(file)]
        )
    expected = json.loads((folder / "change_expected.json").read_text())["rates"]
    trend = expected["poisson_trend"]
    got = poisson_trend(rows[:, 0] - 1.0, rows[:, 2], rows[:, 1])  # R's run counted sessions from 0
    assert got.slope == pytest.approx(trend["b"], abs=1e-8)
    assert got.standard_error == pytest.approx(trend["se"], abs=1e-8)
    assert got.statistic == pytest.approx(trend["z"], abs=1e-6)
    assert got.p == pytest.approx(trend["p"], rel=1e-5)
    assert got.intercept == pytest.approx(trend["intercept"], abs=1e-7)
    assert got.deviance == pytest.approx(trend["deviance"], abs=1e-7)
    assert got.dispersion == pytest.approx(expected["quasipoisson_dispersion"], abs=1e-6)
    assert got.standard_error * got.dispersion**0.5 == pytest.approx(expected["quasi_se"], abs=1e-7)


@pytest.mark.data
@pytest.mark.parametrize(
    ("case", "slope", "reml"),
    [("random_slope_reml", True, True), ("random_slope_ml", True, False), ("random_intercept_reml", False, True)],
)
def test_reference_change_growth(shared: Path, case: str, slope: bool, reml: bool) -> None:
    """Fixed effects to 1e-5, errors to 1e-4, variances to 1e-3 relative, log likelihood to 1e-4 of lme4's."""
    folder = shared / "reference" / "change"
    with (folder / "growth.csv").open() as file:
        rows = [(row["dyad"], float(row["session"]), float(row["score"])) for row in csv.DictReader(file)]
    expected = json.loads((folder / "change_expected.json").read_text())["growth"][case]
    dyads, time, scores = zip(*rows, strict=True)
    got = fit_growth(scores, time, dyads, random_slope=slope, reml=reml)
    coef = expected["coef"]
    assert got.intercept == pytest.approx(coef["(Intercept)"]["b"], abs=1e-5)
    assert got.slope == pytest.approx(coef["session"]["b"], abs=1e-5)
    assert got.intercept_error == pytest.approx(coef["(Intercept)"]["se"], abs=1e-4)
    assert got.slope_error == pytest.approx(coef["session"]["se"], abs=1e-4)
    parts = {row["term"]: row for row in expected["varcomp"]}
    assert got.intercept_variance == pytest.approx(parts["(Intercept)"]["vcov"], rel=1e-3)
    assert got.residual_variance == pytest.approx(parts[""]["vcov"], rel=1e-3)
    if slope:
        assert got.slope_variance == pytest.approx(parts["session"]["vcov"], rel=1e-3)
        assert got.correlation == pytest.approx(parts["(Intercept) x session"]["sdcor"], rel=1e-3)
    assert got.log_likelihood == pytest.approx(expected["logLik"], abs=1e-4)
    assert got.scores == expected["n"]


def test_growth_survives_what_stops_one_optimiser() -> None:
    """Sessions that differ a little, on which L-BFGS ends at an infinite likelihood, give lme4's kind of answer."""
    generator = np.random.default_rng(12)
    session = np.repeat(np.arange(60), 8)
    scores = 0.5 - 0.01 * session + np.repeat(generator.normal(0, 0.05, 60), 8) + generator.normal(0, 0.3, 480)
    got = fit_growth(scores, session, session, random_slope=False)
    assert np.isfinite(got.log_likelihood)
    assert abs(got.slope + 0.01) < 4 * got.slope_error < 0.02
    flat = fit_growth(generator.normal(0, 0.3, 480), session, session, random_slope=False)
    assert flat.intercept_variance < 0.01


def test_growth_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where statsmodels is not installed, the error names the extra."""
    monkeypatch.setitem(sys.modules, "statsmodels.regression.mixed_linear_model", None)
    with pytest.raises(MissingExtraError, match=r"attunement\[stats\]"):
        fit_growth([1.0, 2.0, 3.0, 4.0], [0, 1, 0, 1], ["a", "a", "b", "b"])


def test_growth_needs_groups() -> None:
    """One group says nothing of how groups differ."""
    with pytest.raises(UsageError, match="two groups"):
        fit_growth([1.0, 2.0, 3.0], [0, 1, 2], ["a", "a", "a"])


def test_reliable_change_equals_the_reference() -> None:
    """42 to 30 with SD 10 and reliability .88 is -2.4494897428 (reference case `change`)."""
    assert reliable_change(42, 30, deviation=10, reliability=0.88) == pytest.approx(-2.4494897428, abs=1e-9)
    with pytest.raises(UsageError, match="reliability"):
        reliable_change(1, 2, deviation=1, reliability=1.2)


@pytest.fixture
def sessions() -> tuple[np.ndarray, ...]:
    """Forty rows of eight sessions: time, hits, counts, session."""
    generator = np.random.default_rng(4)
    time = np.sort(generator.uniform(0, 10, 40))
    counts = generator.integers(1, 12, 40).astype(float)
    hits = generator.binomial(counts.astype(int), 1 / (1 + np.exp(1 - 0.2 * time))).astype(float)
    return time, hits, counts, np.repeat(np.arange(8), 5)


def test_share_trend_equals_statsmodels(sessions: tuple[np.ndarray, ...]) -> None:
    """Slope, deviance and sandwich error equal statsmodels' GLM with cov_type="cluster"."""
    time, hits, counts, session = sessions
    design = sm.add_constant(time)
    model = sm.GLM(np.column_stack((hits, counts - hits)), design, family=sm.families.Binomial())
    theirs = model.fit(cov_type="cluster", cov_kwds={"groups": session})
    got = share_trend(time, hits, counts, session)
    assert got.slope == pytest.approx(theirs.params[1], abs=1e-9)
    assert got.deviance == pytest.approx(theirs.deviance, abs=1e-9)
    assert got.dispersion == pytest.approx(theirs.pearson_chi2 / theirs.df_resid, abs=1e-9)
    fitted = fit(design, hits, counts, kind="binomial")
    sandwich = cluster_covariance(design, fitted, session, kind="sandwich")
    np.testing.assert_allclose(np.sqrt(np.diag(sandwich)), theirs.bse, atol=1e-9)
    assert got.standard_error > theirs.bse[1], "the jackknife is the wider of the two"


def test_linear_trend_equals_statsmodels(sessions: tuple[np.ndarray, ...]) -> None:
    """A straight line has OLS coefficients and statsmodels' clustered error."""
    time, hits, counts, session = sessions
    design = sm.add_constant(time)
    theirs = sm.OLS(hits / counts, design).fit(cov_type="cluster", cov_kwds={"groups": session})
    got = linear_trend(time, hits / counts, session)
    assert got.slope == pytest.approx(theirs.params[1], abs=1e-10)
    fitted = fit(design, hits / counts, kind="linear")
    sandwich = cluster_covariance(design, fitted, session, kind="sandwich")
    np.testing.assert_allclose(np.sqrt(np.diag(sandwich)), theirs.bse, atol=1e-10)


def test_jackknife_is_leaving_out_each_session(sessions: tuple[np.ndarray, ...]) -> None:
    """For a straight line the error is that of slopes refitted without each session, about the full one."""
    time, hits, counts, session = sessions
    values = hits / counts
    full = np.polyfit(time, values, 1)[0]
    without = [np.polyfit(time[session != one], values[session != one], 1)[0] for one in range(8)]
    expected = np.sqrt(7 / 8 * ((np.array(without) - full) ** 2).sum())
    assert linear_trend(time, values, session).standard_error == pytest.approx(expected, rel=1e-8)


def test_one_cluster_has_no_error(sessions: tuple[np.ndarray, ...]) -> None:
    """From one session nothing is known of how sessions differ."""
    time, hits, counts, _ = sessions
    design = np.column_stack((np.ones_like(time), time))
    fitted = fit(design, hits, counts, kind="binomial")
    assert np.isnan(cluster_covariance(design, fitted, np.zeros(40))).all()


def test_basis_equals_scipy() -> None:
    """The B-spline basis is SciPy's on the same knots, both ends included."""
    points = np.linspace(-1, 5, 61)
    step = 6 / 7
    knots = -1 + step * np.arange(-3, 11)
    theirs = np.column_stack([BSpline.basis_element(knots[i : i + 5], extrapolate=False)(points) for i in range(10)])
    ours = bspline_basis(points, low=-1, high=5, pieces=7)
    np.testing.assert_allclose(ours, np.nan_to_num(theirs), atol=1e-12)
    np.testing.assert_allclose(ours.sum(axis=1), 1.0)


def test_penalised_curve_is_the_maximum(sessions: tuple[np.ndarray, ...]) -> None:
    """SciPy finds no better coefficients for the penalised likelihood."""
    time, hits, counts, _ = sessions
    low, high = time.min(), time.max()
    basis = bspline_basis(time, low=low, high=high, pieces=6)
    differences = np.diff(np.eye(9), n=2, axis=0)

    def loss(coefficients: np.ndarray) -> float:
        predictor = basis @ coefficients
        likelihood = hits @ predictor - counts @ np.logaddexp(0, predictor)
        return -likelihood + 0.5 * 3.0 * ((differences @ coefficients) ** 2).sum()

    found = minimize(loss, np.zeros(9), method="BFGS", options={"gtol": 1e-8})
    curve = smooth_share(time, hits, counts, time, pieces=6, penalty=3.0)
    np.testing.assert_allclose(curve.share, 1 / (1 + np.exp(-(basis @ found.x))), atol=1e-5)
    assert (curve.low < curve.share).all()
    assert (curve.share < curve.high).all()


def test_heavy_penalty_is_a_straight_line(sessions: tuple[np.ndarray, ...]) -> None:
    """With an endless penalty the curve is the logistic line of statsmodels, with two terms."""
    time, hits, counts, _ = sessions
    family = sm.families.Binomial()
    theirs = sm.GLM(np.column_stack((hits, counts - hits)), sm.add_constant(time), family=family).fit()
    curve = smooth_share(time, hits, counts, time, penalty=1e9)
    np.testing.assert_allclose(curve.share, theirs.fittedvalues, atol=1e-4)
    assert curve.terms == pytest.approx(2.0, abs=1e-3)


def test_curve_follows_what_is_there() -> None:
    """A wave in the shares is followed, and no wave is made where there is none."""
    generator = np.random.default_rng(2)
    time = np.arange(80.0)
    truth = 0.5 + 0.35 * np.sin(time / 9)
    wave = smooth_share(time, generator.binomial(30, truth), np.full(80, 30), time)
    assert np.abs(wave.share - truth).max() < 0.12
    assert ((wave.low <= truth) & (truth <= wave.high)).mean() > 0.85
    flat = smooth_share(time, generator.binomial(30, np.full(80, 0.3)), np.full(80, 30), time)
    assert flat.terms < 4.0


def test_all_or_nothing_does_not_run_away() -> None:
    """A share of 1 throughout gives finite numbers."""
    curve = smooth_share(np.arange(10.0), np.full(10, 5), np.full(10, 5), np.arange(10.0))
    assert np.isfinite(curve.share).all()
    assert (curve.share > 0.9).all()


@pytest.mark.filterwarnings("error")
def test_hits_parted_in_time_run_to_the_ends_without_overflow() -> None:
    """None before a day and all after it: the share runs to 0 and to 1, and nothing overflows on the way."""
    time = np.arange(60.0)
    curve = smooth_share(time, 3.0 * (time >= 30), np.full(60, 3), time)
    assert curve.share.min() < 1e-5
    assert curve.share.max() > 1 - 1e-5
    assert np.isfinite([curve.share, curve.low, curve.high]).all()


def test_shapes_must_agree() -> None:
    """A design of another length is refused."""
    with pytest.raises(UsageError, match="row of the design"):
        fit(np.ones((3, 1)), [1.0, 2.0], kind="linear")


def test_a_share_that_turns_over_has_no_slope() -> None:
    """Where all hits lie after all else no maximum exists (Albert and Anderson 1984), also where the two touch."""
    clusters = np.arange(6)
    for hits, sign in (([0, 0, 0, 5, 5, 5], 1), ([5, 5, 3, 0, 0, 0], -1)):
        got = share_trend(clusters, hits, np.full(6, 5), clusters)
        assert got.slope == sign * np.inf
        assert np.isnan([got.low, got.high, got.p]).all()
    assert np.isfinite(share_trend(clusters, [0, 0, 1, 4, 5, 5], np.full(6, 5), clusters).slope)


def test_p_is_left_out_where_wald_turns_back() -> None:
    """From a half on, Wald's statistic of two equal groups falls beyond b sinh b = 6 + 2 cosh b: b 2.766, 94.1 %."""
    for hits, tells in ((90, True), (93, True), (95, False), (99, False)):
        shares = [4.0, 6.0] * 5 + [hits / 10 - 0.1, hits / 10 + 0.1] * 5
        got = share_trend(np.repeat([0.0, 1.0], 10), shares, np.full(20, 10), np.arange(20))
        assert np.isfinite(got.p) == tells
