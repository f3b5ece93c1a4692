"""Options of the measures: what makes no sense is refused before any work, and a minimum of one call holds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from attunement import pipeline
from attunement.core.record import Record
from attunement.errors import UsageError
from attunement.measures.base import MeasureOptions, measure_all
from attunement.measures.shares import ShareSheet

NONSENSE: list[dict[str, Any]] = [
    {"level": 0}, {"level": 1.5}, {"level": math.nan}, {"seed": -1}, {"surrogates": -1}, {"surrogates": 2.5},
    {"min_calls": 0}, {"resamples": 0},
]  # fmt: skip


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_is_refused_by_every_door(nonsense: dict[str, Any], build: Any) -> None:
    """Measures and pipeline check what the command line checks."""
    options = MeasureOptions(**nonsense)
    with pytest.raises(UsageError):
        measure_all(build([("Ada", "attuned", "feeling", 0, ())]), options)
    with pytest.raises(UsageError):
        pipeline.analyze(Record(id="nobody"), pipeline.Options(measure=options))


def test_one_value_has_no_mean() -> None:
    """With a minimum of one call a share of one is stated and a mean of one is not: nobody knows how it scatters."""
    sheet = ShareSheet(np.zeros(1, dtype=np.int64), MeasureOptions(min_calls=1))
    one = np.ones(1, dtype=np.bool_)
    sheet.share("a.share", ("x", "y"), of=one, hit=one)
    sheet.mean("a.weighted", ("x", "y"), of=one, values=np.array([0.4]), weights=np.array([0.7]))
    sheet.mean("a.words", ("x", "y"), of=one, values=np.array([7.0]), is_bounded=False)
    share, weighted, words = sheet.estimates()
    assert share.value == 1.0
    for each in (weighted, words):
        assert (each.value, each.low, each.note) == (None, None, "counts only: fewer than 2 calls")


def test_bounds_of_nothing_say_why() -> None:
    """Without a scored call there is no share to bound, whatever the minimum."""
    sheet = ShareSheet(np.zeros(1, dtype=np.int64), MeasureOptions(min_calls=0))
    none, one = np.zeros(1, dtype=np.bool_), np.ones(1, dtype=np.bool_)
    bounds = sheet.bounds("a.bounds", ("x", "y"), of=none, hit=none, missing=one)
    assert bounds.value is None
    assert bounds.note


def test_a_family_that_is_named_twice_is_computed_once(build: Any) -> None:
    """Every row stood there twice, and twice in every table and mean made of them."""
    analysis = build([("Ada", "attuned", "feeling", 0, ())])
    once, twice = (measure_all(analysis, MeasureOptions(families=("balance",) * times)) for times in (1, 2))
    assert once == twice != ()
