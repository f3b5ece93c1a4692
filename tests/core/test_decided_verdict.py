"""How one verdict is decided from four probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.core.codebook import VERDICTS
from attunement.core.verdict import decide_verdict, is_heavy
from attunement.measures.dealt import _decided

weights = st.lists(st.floats(0.001, 1.0), min_size=4, max_size=4)


def spread(values):
    """Scale weights to probabilities."""
    return {name: value / sum(values) for name, value in zip(VERDICTS, values, strict=True)}


@pytest.mark.parametrize("name", VERDICTS)
def test_what_is_sure_stays(name):
    """A verdict that people gave is the one decided."""
    assert decide_verdict({name: 1.0}) == name


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        # Missed is the most probable of the four, yet met is likelier than not.
        ((0.35, 0.17, 0.48, 0.00), "attuned"),
        ((0.30, 0.18, 0.26, 0.26), "missed"),
        ((0.45, 0.31, 0.14, 0.10), "partial"),
        ((0.45, 0.29, 0.16, 0.10), "attuned"),
        ((0.10, 0.10, 0.39, 0.41), "misattuned"),
        ((0.25, 0.25, 0.25, 0.25), "partial"),
    ],
)
def test_met_or_missed_comes_first(probabilities, expected):
    """Worked by hand from the rule of decision 7."""
    assert decide_verdict(dict(zip(VERDICTS, probabilities, strict=True))) == expected


@given(weights)
def test_the_decision_never_disagrees_with_met_or_missed(values):
    """Attuned and partial are decided where met is the likelier, and only there."""
    said = spread(values)
    met = said["attuned"] + said["partial"]
    if abs(met - 0.5) > 1e-9:
        assert (decide_verdict(said) in ("attuned", "partial")) == (met > 0.5)


@given(weights)
def test_more_of_a_verdict_never_takes_it_away(values):
    """Raising the decided verdict's own share keeps the decision."""
    chosen = decide_verdict(spread(values))
    more = [value * (2.0 if name == chosen else 1.0) for name, value in zip(VERDICTS, values, strict=True)]
    assert decide_verdict(spread(more)) == chosen


@given(st.lists(weights, min_size=1, max_size=20))
def test_many_are_decided_as_one_is(rows):
    """The dealt null decides whole arrays by the same rule."""
    said = [spread(values) for values in rows]
    table = np.array([[one[name] for name in VERDICTS] for one in said])
    assert [VERDICTS[place] for place in _decided(table)] == [decide_verdict(one) for one in said]


def test_heavy_is_what_the_coder_says_where_it_says_so():
    """From one half on, whatever intensity and valence are; any risk is heavy; without a word the rule stands."""
    assert is_heavy(1.0, 0.0, probability=0.5)
    assert not is_heavy(3.0, -0.9, probability=0.49)
    assert is_heavy(None, None, True, 0.0)
    assert is_heavy(2.0, -0.3)
    assert not is_heavy(2.0, None)
