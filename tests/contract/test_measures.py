"""Every family that is installed keeps the contract of a measure, and the contract catches those that do not."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pytest

from attunement.core.analysis import Analysis
from attunement.core.estimate import Estimate
from attunement.measures.base import Measure, MeasureOptions, load_measures, measure_names
from attunement.measures.responsiveness import Responsiveness
from attunement.testing import check_measure


@pytest.mark.parametrize("name", measure_names())
def test_every_family_keeps_the_contract(name: str) -> None:
    """Names, directions, intervals, evidence, minimum, determinism and blindness to names hold."""
    (family,) = load_measures(MeasureOptions(families=(name,)))
    assert isinstance(family, Measure)
    assert family.name == name
    check_measure(family)


class Broken:
    """A family that spoils one field of each estimate."""

    name = "responsiveness"

    def __init__(self, **changes: object) -> None:
        self.changes = changes

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute responsiveness and spoil it."""
        for estimate in Responsiveness().measure(analysis, options):
            yield msgspec.structs.replace(estimate, **self.changes)


class OneSided:
    """A family that forgets one direction."""

    name = "responsiveness"

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute responsiveness for whoever speaks first."""
        for estimate in Responsiveness().measure(analysis, options):
            if analysis.speakers and estimate.from_ == analysis.speakers[0]:
                yield estimate


class Alphabetical:
    """A family that favours whoever comes first in the alphabet."""

    name = "responsiveness"

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute responsiveness and add a call for one of the two."""
        for estimate in Responsiveness().measure(analysis, options):
            more = estimate.hits is None and estimate.from_ == min(analysis.speakers)
            yield msgspec.structs.replace(estimate, count=estimate.count + more)


class Unsteady:
    """A family that never gives the same again."""

    name = "responsiveness"
    asked = 0

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute responsiveness and count how often it was asked."""
        self.asked += 1
        for estimate in Responsiveness().measure(analysis, options):
            yield msgspec.structs.replace(estimate, note=f"asked {self.asked} times")


@pytest.mark.parametrize(
    ("family", "complaint"),
    [
        (Broken(measure="other.thing"), "family's name"),
        (Broken(measure="responsiveness.same"), "twice"),
        (Broken(unit=""), "no unit"),
        (Broken(count=-1), "negative count"),
        (Broken(value=None, note=""), "does not say why"),
        (Broken(value=float("nan")), "not finite"),
        (Broken(value=2.0, low=None, high=None, level=None), "outside"),
        (Broken(value=0.5, low=0.6, high=0.7), "below its interval"),
        (Broken(value=0.5, low=0.0, high=0.4), "above its interval"),
        (Broken(value=0.5, low=0.4, high=0.6, level=0.95), "too few calls"),
        (OneSided(), "not the other way"),
        (Alphabetical(), "under other names"),
        (Unsteady(), "asked again"),
    ],
)
def test_the_contract_catches(family: Measure, complaint: str) -> None:
    """Each way to break the contract is told in plain words."""
    with pytest.raises(AssertionError, match=complaint):
        check_measure(family)
