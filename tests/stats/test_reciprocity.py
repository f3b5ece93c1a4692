"""What follows within a few turns, and what would if acts fell by chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from attunement.stats.reciprocity import dealt_shares, followed_within, reciprocity_null


def test_followed_within_by_hand() -> None:
    """An act two turns on is found within two turns, not within one, and never across sessions."""
    session = [0, 0, 0, 0, 1, 1]
    acts = [False, False, True, False, True, False]
    assert followed_within(session, acts, turns=1).tolist() == [False, True, False, False, False, False]
    assert followed_within(session, acts, turns=2).tolist() == [True, True, False, False, False, False]
    assert followed_within([0], [True], turns=4).tolist() == [False]


def test_null_of_even_acts_is_where_they_are() -> None:
    """Where every own turn is an act, turning them changes nothing: every surrogate is the observed value, 0."""
    session = np.repeat(np.arange(6), 10)
    own = np.arange(60) % 2 == 1
    groups = (~own & (np.arange(60) % 4 == 0), ~own & (np.arange(60) % 4 == 2))
    null = reciprocity_null(session, own, own, groups, turns=2, surrogates=20, seed=1)
    np.testing.assert_allclose(null, 0.0, atol=1e-12)


def test_null_keeps_how_many_and_loses_where() -> None:
    """Own acts right after the other's are found in the data and scattered in the surrogates."""
    session = np.repeat(np.arange(30), 20)
    own = np.arange(600) % 2 == 1
    opening = ~own & (np.arange(600) % 10 == 0)
    acts = own & (np.arange(600) % 10 == 1)
    plain = ~own & ~opening
    followed = followed_within(session, acts, turns=1)
    assert followed[opening].mean() - followed[plain].mean() == 1.0
    null = reciprocity_null(session, own, acts, (opening, plain), turns=1, surrogates=400, seed=2)
    # A fifth of the own turns are acts, wherever the circle stops.
    assert null.mean() == pytest.approx(0.0, abs=0.03)
    assert null.max() < 0.8


def test_dealt_shares_have_the_hypergeometric_spread() -> None:
    """With equal turns the share dealt is the first person's acts over all: mean a half, hypergeometric variance."""
    shares = dealt_shares([[5, 1]] * 4, [[10, 10]] * 4, surrogates=20_000, seed=3)
    acts = stats.hypergeom(20, 10, 6)
    assert shares.mean() == pytest.approx(0.5, abs=0.005)
    assert shares.var() == pytest.approx(4 * acts.var() / 24**2, rel=0.05)


def test_no_acts_have_no_share() -> None:
    """Nothing to deal out gives nan, which the comparison leaves out."""
    assert np.isnan(dealt_shares([[0, 0]], [[3, 4]], surrogates=5, seed=1)).all()
