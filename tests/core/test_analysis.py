"""An analysis hands out its estimates by name."""

from __future__ import annotations

from attunement.core.analysis import Analysis
from attunement.core.estimate import Estimate
from attunement.core.record import Record


def figures(*named: tuple[str, str, str]) -> Analysis:
    """Make an analysis that holds these estimates (measure, period, replier) and nothing else."""
    estimates = tuple(
        Estimate(measure, who, None, None, None, None, None, 0, "share", "by hand", period=period)
        for measure, period, who in named
    )
    return Analysis(Record("talk", (), (), medium="chat"), (), (), (), (), (), estimates)


FOUND = figures(
    ("responsiveness.attuned.bounds", "", "Ada"),
    ("responsiveness.attuned", "", "Ada"),
    ("responsiveness.attuned.weighted", "", "Ada"),
    ("responsiveness.attuned", "", "Ben"),
    ("responsiveness_of_a_plugin.attuned", "", "Ada"),
    ("chronicity.missed.week", "2024-W01", "Ada"),
    ("chronicity.missed.week", "2024-W02", "Ada"),
)


def test_a_measure_is_one_estimate_a_direction() -> None:
    """What is made of a measure (bounds, weighted shares) has a name of its own and is not mixed in."""
    assert [(e.measure, e.from_) for e in FOUND.estimates_of("responsiveness.attuned")] == [
        ("responsiveness.attuned", "Ada"), ("responsiveness.attuned", "Ben"),
    ]  # fmt: skip


def test_a_name_without_a_dot_is_a_family() -> None:
    """All of it, and nothing of a family whose name only begins alike."""
    assert [e.measure for e in FOUND.estimates_of("responsiveness")] == [
        "responsiveness.attuned.bounds", "responsiveness.attuned", "responsiveness.attuned.weighted",
        "responsiveness.attuned",
    ]  # fmt: skip


def test_a_series_is_all_its_periods() -> None:
    """One estimate a period; what was not computed yields nothing."""
    assert [e.period for e in FOUND.estimates_of("chronicity.missed.week")] == ["2024-W01", "2024-W02"]
    assert not list(FOUND.estimates_of("chronicity.missed"))
