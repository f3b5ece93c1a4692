"""Mixed models where the answer is known in closed form: balanced data, with and without differences between groups."""

from __future__ import annotations

import numpy as np
import pytest

from attunement.stats.mixed import RandomTerm, fit_mixed

GROUPS, EACH = 10, 6


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("between", [0.0, 0.3, 0.6, 3.0])
def test_balanced_data_have_the_variances_of_their_mean_squares(between: float, seed: int) -> None:
    """REML equals the analysis of variance of group means about their line; below 0 it is 0, and never else."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(GROUPS), EACH)
    time = group - group.mean()
    y = 0.05 * group + between * rng.normal(size=GROUPS)[group] + rng.normal(size=group.size)
    model = fit_mixed(y, {"time": time}, [RandomTerm("group", group)])
    means = y.reshape(GROUPS, EACH).mean(axis=1)
    x = np.unique(time)
    slope = float(x @ means / (x @ x))
    left = means - means.mean() - slope * x
    among, within = EACH * float(left @ left) / (GROUPS - 2), float(((y - means[group]) ** 2).sum()) / (50.0)
    assert model.fixed["time"].value == pytest.approx(slope, abs=1e-8)
    assert model.is_singular == (among <= within)
    if among > within:
        assert model.variances["group"] == pytest.approx((among - within) / EACH, rel=1e-3, abs=1e-5)
        assert model.residual_variance == pytest.approx(within, rel=1e-4)
        assert model.fixed["time"].se == pytest.approx((among / EACH / float(x @ x)) ** 0.5, rel=1e-4)
        assert model.fixed["time"].df == pytest.approx(GROUPS - 2, rel=1e-3)
    else:
        assert model.variances["group"] == 0.0
        pooled = float(((y - y.mean() - slope * time) ** 2).sum()) / (group.size - 2)
        assert model.residual_variance == pytest.approx(pooled, rel=1e-6)
