"""Circular shifts of one timeline against another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.stats.shifted import Timeline, shifted_transfers
from attunement.stats.turntaking import floor_transfers

lengths = st.lists(st.tuples(st.floats(0.1, 20), st.floats(0.1, 20)), min_size=2, max_size=12)


def timeline(turns: list[tuple[float, float]], *, start: float, sessions: int) -> Timeline:
    """Lay pauses and turns one after the other, in a few sessions."""
    times = np.cumsum(np.array(turns).ravel()) + start
    n = len(turns)
    return Timeline(times[0::2], times[1::2], np.arange(n) * sessions // n)


@given(lengths, lengths, st.integers(1, 3), st.integers(0, 99), st.booleans())
def test_offsets_are_those_of_the_shifted_turns(
    one: list[tuple[float, float]], other: list[tuple[float, float]], sessions: int, seed: int, floor: bool
) -> None:
    """Each surrogate equals finding the transfers of the turns that were really moved."""
    fixed, moved = timeline(one, start=0.0, sessions=sessions), timeline(other, start=0.05, sessions=sessions)
    generator = np.random.default_rng(seed)
    for to_moved, to_fixed in shifted_transfers(fixed, moved, surrogates=2, seed=seed, floor=floor):
        shared = np.intersect1d(fixed.session, moved.session)
        shares = generator.uniform(0.1, 0.9, len(shared))
        starts, ends, who, session = [], [], [], []
        for number, (name, share) in enumerate(zip(shared, shares, strict=True)):
            a, b = fixed.session == name, moved.session == name
            first = min(fixed.start[a].min(), moved.start[b].min())
            span = max(fixed.end[a].max(), moved.end[b].max()) - first
            moved_start = first + (moved.start[b] - first + share * span) % span
            starts += [*fixed.start[a], *moved_start]
            ends += [*fixed.end[a], *(moved_start + (moved.end[b] - moved.start[b]))]
            who += [0] * a.sum() + [1] * b.sum()
            session += [number] * (a.sum() + b.sum())
        want = floor_transfers(starts, ends, who, sessions=session, since="floor" if floor else "previous")
        to = np.where(floor & want.is_within, -1, np.array(who)[want.after])
        assert sorted(to_moved) == pytest.approx(sorted(want.offset[to == 1]), abs=1e-6)
        assert sorted(to_fixed) == pytest.approx(sorted(want.offset[to == 0]), abs=1e-6)


def test_a_seed_gives_the_same_shifts_and_nobody_shared_gives_none() -> None:
    """The same seed gives the same surrogates; timelines without a common session have no transfer."""
    a, b = Timeline([0, 10], [5, 15], [0, 0]), Timeline([6, 16], [9, 19], [0, 0])
    one, again = (list(shifted_transfers(a, b, surrogates=3, seed=4)) for _ in range(2))
    for left, right in zip(one, again, strict=True):
        np.testing.assert_array_equal(left[0], right[0])
    elsewhere = Timeline([6.0], [9.0], [1])
    (there, back) = next(shifted_transfers(a, elsewhere, surrogates=1, seed=1))
    assert there.size == back.size == 0
