"""The actor-partner model, checked against nlme's gls and lme4 (numbers kept in reference/apim)."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attunement.errors import UsageError
from attunement.stats.apim import ActorPartner, actor_partner, distinguishability_test
from attunement.stats.mixed import RandomTerm, fit_mixed

TOGETHER = {"intercept": "(Intercept)", "other_pos": "other_pos", "other_pos_partner": "other_pos_partner"}
INTERACTION = {
    "intercept": "(Intercept)", "other_pos": "co", "other_pos_partner": "cp", "role": "g",
    "other_pos:role": "co:g", "other_pos_partner:role": "cp:g",
}  # fmt: skip
SEPARATE = {
    "first:intercept": "wife", "second:intercept": "husband", "first:other_pos": "wife:co",
    "second:other_pos": "husband:co", "first:other_pos_partner": "wife:cp", "second:other_pos_partner": "husband:cp",
}  # fmt: skip


def couples(shared: Path) -> tuple[dict[str, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Read the couples, wife first: expected numbers, satisfaction and positivity."""
    folder = shared / "reference" / "apim"
    want = json.loads((folder / "apim_expected.json").read_text(encoding="utf-8"))
    by_couple: dict[str, dict[str, dict[str, str]]] = {}
    with (folder / "acitelli_pairwise.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            by_couple.setdefault(row["couple"], {})[row["gender"]] = row

    def table(name: str) -> np.ndarray[Any, Any]:
        return np.array([[float(pair[who][name]) for who in ("Wife", "Husband")] for pair in by_couple.values()])

    return want, table("satisfaction"), table("other_pos")


def check(model: ActorPartner, want: dict[str, Any], names: dict[str, str]) -> None:
    """Compare every effect, error and variance with the reference, within its tolerances."""
    for ours, theirs in names.items():
        got, expected = model.coefficients[ours], want["coef"][theirs]
        assert got.value == pytest.approx(expected["b"], abs=1e-6)
        assert got.se == pytest.approx(expected["se"], abs=1e-5)
        assert got.p == pytest.approx(expected["p"], abs=1e-6)
    assert model.sigma == pytest.approx(want["sigma"], rel=1e-5)
    assert model.correlation == pytest.approx(want["rho"], rel=1e-4)
    assert model.log_likelihood == pytest.approx(want["logLik"], abs=1e-5)
    assert model.n == want["n"]


@pytest.mark.data
def test_members_alike_equal_gls(shared: Path) -> None:
    """Compound symmetry by REML and by ML, pseudo R2 and the ratio k agree."""
    want, y, x = couples(shared)
    model = actor_partner(y, {"other_pos": x})
    check(model, want["indistinguishable_reml"], TOGETHER)
    assert model.pseudo_r2 == pytest.approx(want["pseudo_r2"], abs=1e-6)
    assert model.partner_ratio("other_pos") == pytest.approx(want["k_ratio_partner_over_actor"], abs=1e-6)
    check(actor_partner(y, {"other_pos": x}, method="ml"), want["indistinguishable_ml"], TOGETHER)


@pytest.mark.data
def test_members_told_apart_equal_gls(shared: Path) -> None:
    """Both forms, the ratio of standard deviations and the test of distinguishability agree."""
    want, y, x = couples(shared)
    centred = x - want["centering_mean_other_pos"]
    model = actor_partner(y, {"other_pos": centred}, roles="interaction")
    check(model, want["distinguishable_interaction_reml"], INTERACTION)
    assert model.sd_ratio == pytest.approx(want["distinguishable_sd_ratio"]["-1"], rel=1e-4)
    separate = actor_partner(y, {"other_pos": centred}, roles="separate")
    check(separate, want["distinguishable_two_intercept_reml"], SEPARATE)
    test = distinguishability_test(y, {"other_pos": centred})
    assert test.chi2 == pytest.approx(want["distinguishability_lr_test"]["chi2"], abs=1e-5)
    assert test.df == want["distinguishability_lr_test"]["df"]
    assert test.p == pytest.approx(want["distinguishability_lr_test"]["p"], abs=1e-6)


@pytest.mark.data
def test_a_random_intercept_in_statsmodels_says_the_same(shared: Path) -> None:
    """MixedLM agrees in effects, errors and intraclass correlation."""
    sm = pytest.importorskip("statsmodels.api")
    want, y, x = couples(shared)
    design = np.column_stack([np.ones(y.size), x.ravel(), x[:, ::-1].ravel()])
    mixed = sm.MixedLM(y.ravel(), design, groups=np.repeat(np.arange(len(y)), 2)).fit(reml=True)
    model = actor_partner(y, {"x": x})
    values = [model.coefficients[name].value for name in ("intercept", "x", "x_partner")]
    assert values == pytest.approx(list(mixed.fe_params), abs=1e-5)
    assert model.correlation == pytest.approx(want["random_intercept_lmer"]["icc"], abs=1e-5)


@pytest.mark.data
def test_a_random_intercept_equals_lmer(shared: Path) -> None:
    """Our own mixed model has lmer's effects, errors, variances, degrees of freedom and p values."""
    want, y, x = couples(shared)
    want = want["random_intercept_lmer"]
    couple = np.repeat(np.arange(len(y)), 2)
    model = fit_mixed(y.ravel(), {"x": x.ravel(), "xp": x[:, ::-1].ravel()}, [RandomTerm("couple", couple)])
    for ours, theirs in {"intercept": "(Intercept)", "x": "other_pos", "xp": "other_pos_partner"}.items():
        got, expected = model.fixed[ours], want["coef"][theirs]
        assert got.value == pytest.approx(expected["b"], abs=1e-6)
        assert got.se == pytest.approx(expected["se"], abs=1e-5)
        assert got.df == pytest.approx(expected["df_satterthwaite"], rel=1e-3)
        assert got.p == pytest.approx(expected["p"], rel=1e-3)
    assert model.variances["couple"] == pytest.approx(want["var_couple"], rel=1e-4)
    assert model.residual_variance == pytest.approx(want["var_resid"], rel=1e-4)


def test_a_negative_correlation_is_found() -> None:
    """Members whose residuals push each other apart have a correlation below zero, as no random intercept could."""
    rng = np.random.default_rng(1)
    push = rng.normal(size=400)
    y = np.column_stack([push, -push]) + rng.normal(scale=0.5, size=(400, 2))
    model = actor_partner(y, {"x": rng.normal(size=(400, 2))})
    assert model.correlation == pytest.approx(-0.8, abs=0.05)


def test_intervals_cover_the_planted_effects() -> None:
    """In made-up dyads the 95 % intervals hold the true partner effect in about 95 of 100."""
    covered = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(40, 2)) + rng.normal(size=(40, 1))
        y = 0.3 * x + 0.5 * x[:, ::-1] + rng.normal(size=(40, 1)) + rng.normal(size=(40, 2))
        effect = actor_partner(y, {"x": x}).coefficients["x_partner"]
        covered += effect.low <= 0.5 <= effect.high
    assert 135 <= covered <= 149


def test_incomplete_dyads_are_left_out_and_counted() -> None:
    """A missing value of one member takes the dyad out, and the result says so."""
    rng = np.random.default_rng(3)
    y, x = rng.normal(size=(20, 2)), rng.normal(size=(20, 2))
    y[4, 1] = np.nan
    model = actor_partner(y, {"x": x})
    assert (model.dyads, model.left_out, model.n) == (19, 1, 38)
    kept = np.arange(20) != 4
    assert model.coefficients["x"].value == pytest.approx(
        actor_partner(y[kept], {"x": x[kept]}).coefficients["x"].value
    )


def test_wrong_input_is_a_usage_error() -> None:
    """Shapes, words and designs that cannot be fitted are named."""
    y = np.arange(12.0).reshape(6, 2)
    with pytest.raises(UsageError, match="2 members"):
        actor_partner([1.0], {})
    with pytest.raises(UsageError, match="'x'"):
        actor_partner(y, {"x": [1.0]})
    with pytest.raises(UsageError, match="told apart"):
        actor_partner(y, {"x": np.ones((6, 2))})
    with pytest.raises(UsageError, match="too few"):
        actor_partner(y[:2], {"x": y[:2] ** 2}, roles="separate")
    with pytest.raises(UsageError, match="no method"):
        actor_partner(y, {"x": y**2}, method="bayes")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no way"):
        actor_partner(y, {"x": y**2}, roles="both")  # type: ignore[arg-type]
