"""Truth and bias, and the mixed models under it, checked against lme4 and nlme (reference/truth_and_bias)."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attunement.errors import UsageError
from attunement.stats.apim import actor_partner
from attunement.stats.mixed import MixedModel, RandomTerm, fit_mixed
from attunement.stats.truth_bias import truth_bias_scores, within_between


def expected(shared: Path) -> dict[str, Any]:
    """Read the reference numbers."""
    path = shared / "reference" / "truth_and_bias" / "truth_bias_expected.json"
    return json.loads(path.read_text(encoding="utf-8"))


def check(
    model: MixedModel, want: dict[str, Any], names: dict[str, str], variances: dict[str, tuple[str, str]]
) -> None:
    """Compare effects, errors, variances and likelihood within the reference's tolerances."""
    for ours, theirs in names.items():
        assert model.fixed[ours].value == pytest.approx(want["coef"][theirs]["b"], abs=1e-5)
        assert model.fixed[ours].se == pytest.approx(want["coef"][theirs]["se"], abs=1e-4)
        if not want["singular"]:
            assert model.fixed[ours].df == pytest.approx(want["coef"][theirs]["df_satterthwaite"], rel=2e-3)
        if "p" in want["coef"][theirs]:
            assert model.fixed[ours].p == pytest.approx(want["coef"][theirs]["p"], rel=0.02)
    assert model.log_likelihood == pytest.approx(want["logLik"], abs=1e-4)
    assert model.n == want["n"]
    listed = {(row["group"].split(".")[0], row["term"]): row["vcov"] for row in want["varcomp"]}
    for ours, key in variances.items():
        got = model.residual_variance if ours == "residual" else model.variances[ours]
        assert got == pytest.approx(listed[key], rel=1e-3)


@pytest.mark.data
def test_couples_equal_gls(shared: Path) -> None:
    """Directional bias, truth and bias force of the couples agree, together and by role."""
    want = expected(shared)
    by_couple: dict[str, dict[str, dict[str, str]]] = {}
    with (shared / "reference" / "apim" / "acitelli_pairwise.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            by_couple.setdefault(row["couple"], {})[row["gender"]] = row

    def table(name: str) -> np.ndarray[Any, Any]:
        return np.array([[float(pair[who][name]) for who in ("Wife", "Husband")] for pair in by_couple.values()])

    scores = truth_bias_scores(table("other_pos"), table("self_pos_partner"), table("self_pos"))
    case = want["acitelli_indistinguishable"]
    assert scores.truth_mean == pytest.approx(case["truth_mean"], abs=1e-9)
    assert scores.bias_mean == pytest.approx(case["bias_mean"], abs=1e-9)
    predictors = {"truth": scores.truth, "bias": scores.bias}
    model = actor_partner(scores.judgment, predictors, partner_effects=False)
    for ours, theirs in {"intercept": "(Intercept)", "truth": "Tc", "bias": "B1"}.items():
        assert model.coefficients[ours].value == pytest.approx(case["coef"][theirs]["b"], abs=1e-6)
        assert model.coefficients[ours].se == pytest.approx(case["coef"][theirs]["se"], abs=1e-5)
    assert model.correlation == pytest.approx(case["rho"], rel=1e-4)
    assert model.log_likelihood == pytest.approx(case["logLik"], abs=1e-5)
    case = want["acitelli_by_gender"]
    model = actor_partner(scores.judgment, predictors, partner_effects=False, roles="interaction")
    names = {"truth": "Tc", "bias": "B1", "role": "g", "truth:role": "Tc:g", "bias:role": "B1:g"}
    for ours, theirs in names.items():
        assert model.coefficients[ours].value == pytest.approx(case["coef"][theirs]["b"], abs=1e-6)
    assert model.log_likelihood == pytest.approx(case["logLik"], abs=1e-5)


@pytest.mark.data
def test_diary_equals_lme4(shared: Path) -> None:
    """Six models of the diary agree: intercepts, slopes, both likelihoods, centring and within-between."""
    want = expected(shared)["diary"]
    with (shared / "reference" / "truth_and_bias" / "diary.csv").open(encoding="utf-8") as handle:
        rows = [row for row in csv.DictReader(handle) if all(row[key] not in ("", "NA") for key in row)]
    columns = [[float(row[key]) for row in rows] for key in ("judgment", "truth", "own")]
    scores = truth_bias_scores(*columns)
    assert scores.truth_mean == pytest.approx(want["truth_mean"], abs=1e-9)
    assert scores.bias_mean == pytest.approx(want["bias_mean"], abs=1e-9)
    perceiver, dyad = ([row[key] for row in rows] for key in ("perceiver", "dyad"))
    by_perceiver, by_dyad = RandomTerm("perceiver", perceiver), RandomTerm("dyad", dyad)
    predictors = {"truth": scores.truth, "bias": scores.bias}
    names = {"intercept": "(Intercept)", "truth": "Tc", "bias": "B"}
    both = {"perceiver": ("perceiver", "(Intercept)"), "dyad": ("dyad", "(Intercept)"), "residual": ("Residual", "")}
    for method in ("reml", "ml"):
        model = fit_mixed(scores.judgment, predictors, [by_perceiver, by_dyad], method=method)  # type: ignore[arg-type]
        check(model, want[f"random_intercepts_{method}"], names, both)
    one = fit_mixed(scores.judgment, predictors, [by_perceiver])
    check(one, want["single_random_intercept_reml"], names, {"perceiver": ("perceiver", "(Intercept)")})
    slopes = [
        by_perceiver, RandomTerm("truth", perceiver, scores.truth), RandomTerm("bias", perceiver, scores.bias),
    ]  # fmt: skip
    listed = {row["group"] for row in want["random_slopes_uncorrelated_reml"]["varcomp"]}
    if "dyad" in listed:
        slopes.append(by_dyad)
    terms = {"perceiver": ("perceiver", "(Intercept)"), "truth": ("perceiver", "Tc"), "bias": ("perceiver", "B")}
    check(fit_mixed(scores.judgment, predictors, slopes), want["random_slopes_uncorrelated_reml"], names, terms)
    shifted = truth_bias_scores(*columns, bias_on_truth_mean=True)
    model = fit_mixed(shifted.judgment, {"truth": shifted.truth, "bias": shifted.bias}, [by_perceiver, by_dyad])
    check(
        model, want["bias_centred_on_truth_mean_reml"], {"intercept": "(Intercept)", "truth": "Tc", "bias": "B_T"}, {}
    )
    t, b = (within_between(side, perceiver) for side in (columns[1], columns[2]))
    case = want["within_between_reml"]
    parts = {"Tw": t.within, "Bw": b.within, "Tb": t.between, "Bb": b.between}
    random = [
        RandomTerm(f"{row['group']} {row['term']}", dyad if row["group"].startswith("dyad") else perceiver,
                   None if row["term"] == "(Intercept)" else parts[row["term"]])
        for row in case["varcomp"] if row["group"] != "Residual"
    ]  # fmt: skip
    check(fit_mixed(scores.judgment, parts, random), case, {name: name for name in parts}, {})


@pytest.mark.data
def test_social_accuracy_model_equals_lme4(shared: Path) -> None:
    """Crossed perceivers and targets agree in the fixed effects; without targets also in the variances."""
    folder = shared / "reference" / "profile_accuracy"
    want = json.loads((folder / "profile_expected.json").read_text(encoding="utf-8"))["social_accuracy_model"]
    tables = []
    for name in ("sam_ratings", "sam_self", "sam_normative"):
        with (folder / f"{name}.csv").open(encoding="utf-8") as handle:
            tables.append(list(csv.DictReader(handle)))
    norm = {row["item"]: float(row["normative"]) for row in tables[2]}
    centre = np.mean(list(norm.values()))
    own = {(row["target"], row["item"]): float(row["self"]) for row in tables[1]}
    rating = [float(row["rating"]) for row in tables[0]]
    dist = np.array([own[row["target"], row["item"]] - norm[row["item"]] for row in tables[0]])
    common = np.array([norm[row["item"]] - centre for row in tables[0]])
    perceiver, target = ([row[key] for row in tables[0]] for key in ("perceiver", "target"))
    names = {"intercept": "(Intercept)", "dist": "dist", "norm": "norm"}
    predictors = {"dist": dist, "norm": common}
    by_perceiver = [
        RandomTerm("perceiver", perceiver),
        RandomTerm("p dist", perceiver, dist),
        RandomTerm("p norm", perceiver, common),
    ]
    variances = {
        "perceiver": ("perceiver", "(Intercept)"),
        "p dist": ("perceiver", "dist"),
        "p norm": ("perceiver", "norm"),
    }
    check(fit_mixed(rating, predictors, by_perceiver), want["perceiver_only_reml"], names, variances)
    by_target = [
        RandomTerm("target", target), RandomTerm("t dist", target, dist), RandomTerm("t norm", target, common),
    ]  # fmt: skip
    crossed = fit_mixed(rating, predictors, [*by_perceiver, *by_target])
    check(crossed, want["crossed_reml"], names, {})
    assert crossed.is_singular


def test_planted_effects_are_found() -> None:
    """In a made-up diary the forces and the spread of persons come out."""
    rng = np.random.default_rng(1)
    who = np.repeat(np.arange(80), 20)
    truth, own = rng.normal(4, 1, who.size), rng.normal(4, 1, who.size)
    lean = rng.normal(0, 0.5, 80)
    judgment = 4 - 0.3 + 0.5 * (truth - 4) + 0.2 * (own - 4) + lean[who] + rng.normal(0, 0.7, who.size)
    scores = truth_bias_scores(judgment, truth, own)
    model = fit_mixed(scores.judgment, {"t": scores.truth, "b": scores.bias}, [RandomTerm("person", who)])
    assert model.fixed["t"].value == pytest.approx(0.5, abs=0.05)
    assert model.fixed["b"].value == pytest.approx(0.2, abs=0.05)
    assert model.fixed["intercept"].value == pytest.approx(-0.3, abs=0.15)
    assert model.variances["person"] == pytest.approx(0.25, rel=0.3)


def test_wrong_input_is_a_usage_error() -> None:
    """Shapes, gaps and designs that cannot be fitted are named."""
    with pytest.raises(UsageError, match="one shape"):
        truth_bias_scores([1.0], [1.0, 2.0], [1.0])
    with pytest.raises(UsageError, match="Not one row"):
        truth_bias_scores([np.nan], [1.0], [1.0])
    with pytest.raises(UsageError, match="a person"):
        within_between([1.0], [1, 2])
    y, who = np.arange(6.0), [0, 0, 1, 1, 2, 2]
    with pytest.raises(UsageError, match="at least one random"):
        fit_mixed(y, {}, [])
    with pytest.raises(UsageError, match="told apart"):
        fit_mixed(y, {"x": np.ones(6)}, [RandomTerm("who", who)])
    with pytest.raises(UsageError, match="a level"):
        fit_mixed(y, {}, [RandomTerm("who", [1])])
    with pytest.raises(UsageError, match="complete"):
        fit_mixed([1.0, np.nan, 2.0], {}, [RandomTerm("who", [0, 1, 2])])
    with pytest.raises(UsageError, match="no method"):
        fit_mixed(y, {}, [RandomTerm("who", who)], method="bayes")  # type: ignore[arg-type]
