"""Waking time of many stretches at once: the same as one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.stats.rhythm import DEFAULT_WAKING, waking_between, waking_seconds

times = st.floats(-2e5, 5e6)


@given(st.lists(st.tuples(times, times), min_size=1, max_size=20), st.lists(st.booleans(), min_size=24, max_size=24))
def test_many_stretches_equal_one_by_one(stretches: list[tuple[float, float]], hours: list[bool]) -> None:
    """Each stretch gets the waking seconds that the function for one stretch gives."""
    waking = np.array(hours)
    start, end = (np.array(side) for side in zip(*stretches, strict=True))
    want = [waking_seconds(one, other, waking) for one, other in stretches]
    np.testing.assert_allclose(waking_between(start, end, waking), want, atol=1e-6)


def test_a_night_counts_for_nothing_and_an_unknown_time_is_unknown() -> None:
    """From 22:30 to 07:30 an hour is awake by default; a missing time stays missing."""
    got = waking_between(np.array([81_000.0, np.nan]), np.array([113_400.0, 1.0]), DEFAULT_WAKING)
    assert got[0] == pytest.approx(3600.0)
    assert np.isnan(got[1])
