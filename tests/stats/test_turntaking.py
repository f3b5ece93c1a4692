"""Turn taking, checked against an independent computation (reference/turn_taking) and a 10 ms grid."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import UsageError
from attunement.stats.turntaking import floor_transfers, floor_use


@pytest.mark.data
def test_six_conversations_equal_the_reference(shared: Path) -> None:
    """Every offset, every summary and the use of the floor agree."""
    want = json.loads((shared / "reference" / "turn_taking" / "turn_taking_expected.json").read_text("utf-8"))
    talks: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (shared / "reference" / "style_matching" / "transcripts.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            talks[row["conversation"]].append(row)
    for name, turns in talks.items():
        start, end = ([float(turn[key]) for turn in turns] for key in ("start", "end"))
        who = np.array(["AB".index(turn["speaker"]) for turn in turns])
        expected = want[name]
        got = floor_transfers(start, end, who)
        listed = [(step["from_turn"] - 1, step["to_turn"] - 1) for step in expected["fto_list"]]
        assert list(zip(got.before.tolist(), got.after.tolist(), strict=True)) == listed
        np.testing.assert_allclose(got.offset, [step["fto_s"] for step in expected["fto_list"]], atol=1e-6)
        assert got.offset.mean() == pytest.approx(expected["fto_mean_s"], abs=1e-6)
        assert got.offset.std(ddof=1) == pytest.approx(expected["fto_sd_s"], abs=1e-6)
        assert (got.offset < 0).mean() == pytest.approx(expected["prop_overlapped_transfers"], abs=1e-9)
        to_b = who[got.after] == 1
        assert got.offset[to_b].mean() == pytest.approx(expected["fto_A_to_B_mean"], abs=1e-6)
        use = floor_use(start, end, who)
        assert use.talk.tolist() == pytest.approx([expected["talk_s"]["A"], expected["talk_s"]["B"]], abs=1e-6)
        assert use.share[0] == pytest.approx(expected["talk_share_A"], abs=1e-9)
        assert use.balance == pytest.approx(expected["talk_balance_min_over_max"], abs=1e-9)
        assert use.entropy == pytest.approx(expected["talk_entropy_bits"], abs=1e-9)
        assert use.several == pytest.approx(expected["both_speaking_s"], abs=0.02)
        assert use.silence == pytest.approx(expected["silence_s"], abs=0.02)
        assert use.total == pytest.approx(expected["total_s"], abs=1e-6)


def test_a_backchannel_inside_a_long_turn_is_no_wrong_gap() -> None:
    """With the other's last end the turn after a backchannel is measured against the long turn."""
    start, end, who = [0.0, 4.0, 10.5], [10.0, 4.5, 12.0], [0, 1, 1]
    got = floor_transfers(start, end, who)
    assert got.offset.tolist() == [-6.0]
    assert got.is_within.tolist() == [True]
    start, end, who = [0.0, 4.0, 5.0, 10.5], [10.0, 4.5, 6.0, 12.0], [0, 1, 0, 1]
    assert floor_transfers(start, end, who).offset.tolist() == [-6.0, 0.5, 4.5]
    assert floor_transfers(start, end, who, since="other").offset.tolist() == [-6.0, 0.5, 0.5]

    floor = floor_transfers(start, end, who, since="floor")
    assert list(zip(floor.before.tolist(), floor.after.tolist(), strict=True)) == [(0, 1), (2, 3)]
    assert floor.is_within.tolist() == [True, False]
    assert floor.offset.tolist() == [-6.0, 0.5]


stretches = st.lists(st.integers(0, 200), min_size=2, max_size=16, unique=True).map(sorted)


@given(stretches, stretches)
def test_changes_of_the_floor_equal_the_states_of_a_grid(one: list[int], other: list[int]) -> None:
    """Gaps and overlaps between and within speakers are those of Heldner and Edlund's joint states, cell by cell."""
    # Ends of the two never coincide: even against odd.
    ends = ([2 * x for x in one[: len(one) // 2 * 2]], [2 * x + 1 for x in other[: len(other) // 2 * 2]])
    cells = np.arange(0, 403) + 0.5
    speaks = [np.any([(a < cells) & (cells < b) for a, b in zip(e[::2], e[1::2], strict=True)], axis=0) for e in ends]
    states = speaks[0].astype(int) + 2 * speaks[1].astype(int)  # 0 nobody, 1 and 2 one alone, 3 both
    edges = np.flatnonzero(np.diff(states)) + 1
    runs = [(int(part[0]), len(part)) for part in np.split(states, edges)]
    want: list[tuple[int, bool]] = []
    for (before, _), (state, length), (after, _) in zip(runs, runs[1:], runs[2:], strict=False):
        if state == 0 and {before, after} == {1, 2}:
            want.append((length, False))
        if state == 3 and before in (1, 2) and after in (1, 2):
            want.append((-length, before == after))
    starts, stops = [*ends[0][::2], *ends[1][::2]], [*ends[0][1::2], *ends[1][1::2]]
    who = [0] * (len(ends[0]) // 2) + [1] * (len(ends[1]) // 2)
    got = floor_transfers(starts, stops, who, since="floor")
    length = (np.array(stops) - np.array(starts))[got.after]
    assert list(zip(np.where(got.is_within, -length, got.offset), got.is_within, strict=True)) == want


def test_transfers_do_not_bridge_sessions_or_missing_times() -> None:
    """A border or an unknown time makes no transfer; positions stay those of the input."""
    got = floor_transfers([0, 2, 4, np.nan, 8], [1, 3, 5, np.nan, 9], [0, 1, 0, 1, 1], sessions=[0, 0, 1, 1, 1])
    assert list(zip(got.before.tolist(), got.after.tolist(), strict=True)) == [(0, 1), (2, 4)]
    nothing = floor_transfers([], [], [])
    assert nothing.offset.size == 0
    assert floor_transfers([], [], [], since="other").offset.size == 0


turns = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60), st.integers(0, 2)), min_size=1, max_size=12)
events_of_two_sessions = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 8), st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=10
)


@given(events_of_two_sessions)
def test_a_turn_inside_lies_inside_the_one_before_it(events: list[tuple[int, int, int, int]]) -> None:
    """Whatever overlaps whatever, one's own turns too: what holds the floor is somebody else's, and of the session."""
    start, length, who, sessions = (np.array(column) for column in zip(*events, strict=True))
    end = start + length
    got = floor_transfers(start, end, who, sessions=sessions, since="floor")
    for before, after, offset, is_within in zip(got.before, got.after, got.offset, got.is_within, strict=True):
        assert who[before] != who[after]
        assert sessions[before] == sessions[after]
        assert start[before] <= start[after]
        others = (who != who[after]) & (sessions == sessions[after]) & (start <= start[after])
        assert (end[before] >= end[after]) == is_within
        if is_within:
            assert offset == start[after] - end[before]
            assert end[before] <= end[others].max()


@given(turns)
def test_floor_use_equals_a_grid(events: list[tuple[int, int, int]]) -> None:
    """Talk by several, silence and the whole agree with counting on a grid."""
    start, length, who = (np.array(column) for column in zip(*events, strict=True))
    end = start + length
    got = floor_use(start, end, who)
    grid = np.arange(start.min(), end.max()) + 0.5
    voices = sum(
        np.any([(s <= grid) & (grid < e) for s, e, w in zip(start, end, who, strict=True) if w == speaker], axis=0)
        for speaker in np.unique(who)
    )
    if length.sum() == 0:
        assert np.isnan(got.balance)
        return
    assert got.several == np.sum(voices >= 2)
    assert got.silence == np.sum(voices == 0)
    assert got.total == len(grid)


def test_wrong_input_is_a_usage_error() -> None:
    """Unequal lengths and turns that end before they start are named."""
    with pytest.raises(UsageError, match="each turn"):
        floor_transfers([0.0], [1.0], [0, 1])
    with pytest.raises(UsageError, match="swapped"):
        floor_use([2.0], [1.0], [0])
