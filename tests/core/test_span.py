"""Spans of time are half open and behave like intervals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.core.span import Span

times = st.floats(-1e9, 1e9, allow_nan=False)
spans = st.tuples(times, times).map(lambda pair: Span(min(pair), max(pair)))


@given(spans, spans)
def test_overlap_is_symmetric_and_bounded(one: Span, other: Span) -> None:
    """Two spans share the same time seen from either, never more than the shorter lasts."""
    assert one.overlap(other) == other.overlap(one)
    assert 0 <= one.overlap(other) <= min(one.duration, other.duration) + 1e-6


@given(st.lists(spans, min_size=1))
def test_hull_holds_every_span(many: list[Span]) -> None:
    """The hull begins with the first and ends with the last."""
    hull = Span.hull(many)
    assert all(hull.start <= span.start and span.end <= hull.end for span in many)
    assert {hull.start, hull.end} <= {edge for span in many for edge in (span.start, span.end)}


def test_the_end_is_outside() -> None:
    """The start belongs to the span and the end does not."""
    assert 1.0 in Span(1.0, 2.0)
    assert 2.0 not in Span(1.0, 2.0)


def test_a_gap_is_negative_where_they_overlap() -> None:
    """A reply that begins before the call ends has a negative offset."""
    assert Span(0.0, 5.0).gap(Span(4.0, 6.0)) == -1.0


@pytest.mark.parametrize("edges", [(2.0, 1.0), (float("nan"), 1.0), (0.0, float("nan"))])
def test_backwards_and_undefined_are_refused(edges: tuple[float, float]) -> None:
    """A span that ends before it starts is an error that names both ends."""
    with pytest.raises(ValueError, match="ends at or after its start"):
        Span(*edges)


def test_hull_of_nothing_is_refused() -> None:
    """No spans have no hull."""
    with pytest.raises(ValueError, match="at least one"):
        Span.hull([])
