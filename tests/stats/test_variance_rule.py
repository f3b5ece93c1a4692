"""When a variance over clusters is taken for more than chance."""

from __future__ import annotations

import numpy as np
import pytest

from attunement.stats.rates import exceeds_chance


@pytest.mark.parametrize("clusters", [2, 6, 30])
def test_independent_clusters_exceed_in_a_third(clusters: int) -> None:
    """Of variances of independent normal values, one in three exceeds the true one."""
    values = np.random.default_rng(clusters).normal(size=(6000, clusters))
    exceed = [exceeds_chance(float(row.var(ddof=1)), 1.0, clusters) for row in values]
    assert np.mean(exceed) == pytest.approx(1 / 3, abs=0.03)


def test_edges() -> None:
    """Equal variances do not exceed; one that is not known does, so that the caution is taken."""
    assert not exceeds_chance(1.0, 1.0, 5)
    assert exceeds_chance(float("nan"), 1.0, 5)
