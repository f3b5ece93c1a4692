"""Two periods side by side: differences with the interval that follows from the two."""

from __future__ import annotations

import math

import msgspec
import pytest

from attunement.coders.base import CodeOptions
from attunement.core.analysis import Analysis
from attunement.core.correction import Correction
from attunement.core.estimate import Estimate
from attunement.core.message import Message
from attunement.core.record import Record
from attunement.core.wire import decode, encode
from attunement.episodes.options import EpisodeOptions
from attunement.errors import UsageError
from attunement.measures.base import MeasureOptions
from attunement.measures.compare import compare
from attunement.pipeline import Options, analyze
from attunement.pipeline import compare as compare_analyses
from attunement.stats.rates import newcombe_interval, wilson_interval
from attunement.turns import TurnOptions


def share(hits: int, count: int, **changes: object) -> Estimate:
    """Make a share with its Wilson interval."""
    low, high = wilson_interval(hits, count)
    made = Estimate(
        "responsiveness.attuned", "Ben", "Ana", hits / count, float(low), float(high), 0.95, count, "share", "Wilson"
    )
    return msgspec.structs.replace(made, **changes)


def of(*estimates: Estimate) -> Analysis:
    """Make an analysis that has only estimates."""
    return Analysis(Record("r"), (), (), (), (), (), estimates)


def test_two_wilson_intervals_give_newcombes() -> None:
    """Newcombe (1998), table II, example (a): 56/70 against 48/80, difference .2000, interval .0524 to .3339."""
    (found,) = compare(of(share(48, 80)), of(share(56, 70)))
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))
    assert (found.low, found.high) == pytest.approx(newcombe_interval((56, 48), (70, 80)))
    assert (found.measure, found.from_, found.to) == ("change.responsiveness.attuned", "Ben", "Ana")
    assert (found.count, found.unit) == (70, "difference of shares")


def test_turning_the_periods_round_turns_the_sign() -> None:
    """After minus before is minus before minus after, ends and all."""
    one, other = of(share(5, 20)), of(share(15, 30))
    (there,), (back,) = compare(one, other), compare(other, one)
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))  # type: ignore[operator]


def test_too_few_on_one_side_is_said() -> None:
    """Counts without a rate give no difference, and the note says which period it was."""
    few = share(2, 5, value=None, low=None, high=None, level=None, note="counts only: fewer than 10 calls")
    (found,) = compare(of(few), of(share(15, 30)))
    assert (found.value, found.low, found.count) == (None, None, 5)
    assert found.note == "before: counts only: fewer than 10 calls"


def test_only_what_both_have_is_compared() -> None:
    """Other directions, single weeks and bounds are left out."""
    before = of(share(5, 20), share(5, 20, from_="Ana", to="Ben"), share(5, 20, period="2024-W01"))
    after = of(share(9, 20), share(9, 20, period="2024-W01"), share(9, 20, measure="responsiveness.attuned.bounds"))
    assert [(e.measure, e.from_) for e in compare(before, after)] == [("change.responsiveness.attuned", "Ben")]


def test_without_an_interval_there_is_none() -> None:
    """A value without an interval gives a difference without one, and says so."""
    (found,) = compare(of(share(5, 20, low=None, high=None, level=None)), of(share(9, 20)))
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.level) == (None, None)
    assert "no interval" in found.note


def test_two_units_are_not_taken_from_one_another() -> None:
    """A trend per 30 days and one per session have no difference, and the note says so."""
    before = of(share(5, 20, unit="odds ratio per 30 days"))
    (found,) = compare(before, of(share(9, 20, unit="odds ratio per session")))
    assert (found.value, found.low, found.high, found.level) == (None, None, None, None)
    assert "30 days" in found.note
    assert "session" in found.note


MESSAGES = (Message(0, "Ana", "i feel so sad"), Message(1, "Ben", "oh no, why?"), Message(2, "Ana", "thank you"))


def made(**changes: object) -> Analysis:
    """Analyse the same little talk with other options."""
    options = Options(code=CodeOptions(coder="lexical"), measure=MeasureOptions(families=("balance",)))
    return analyze(Record("r", MESSAGES), msgspec.structs.replace(options, **changes))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("turns.session_gap_seconds", {"turns": TurnOptions(session_gap_seconds=60)}),
        ("turns.turn_gap_seconds", {"turns": TurnOptions(turn_gap_seconds=60)}),
        ("episodes.repair_window", {"episodes": EpisodeOptions(repair_window=4)}),
        ("measure.min_calls", {"measure": MeasureOptions(families=("balance",), min_calls=3)}),
        ("measure.level", {"measure": MeasureOptions(families=("balance",), level=0.9)}),
    ],
)
def test_periods_made_with_other_options_are_refused(name: str, changes: dict[str, object]) -> None:
    """Any option that makes figures, and the message says which."""
    with pytest.raises(UsageError, match=f"differ: {name}"):
        compare_analyses(made(), made(**changes))


def test_what_makes_no_figure_may_differ() -> None:
    """How many turns are coded at once, or which families were computed, is no other way of making a figure."""
    other = made(code=CodeOptions(coder="lexical", batch=1), measure=MeasureOptions(families=("balance", "labour")))
    assert compare_analyses(made(), other)
    assert compare_analyses(made(), decode(encode(made()), Analysis))


def test_periods_with_unlike_numbers_of_corrections_are_compared() -> None:
    """Corrections are no coder and no option: what a person had to correct in each period differs as a rule."""
    options = Options(code=CodeOptions(coder="lexical"), measure=MeasureOptions(families=("balance",)))
    one = Correction(turn=0, first=0, length=len(MESSAGES[0].text), family="expression", code="feeling")
    two = (one, msgspec.structs.replace(one, turn=1, first=1, length=len(MESSAGES[1].text), code="bid"))
    periods = [analyze(Record("r", MESSAGES), options, corrections=made) for made in ((), (one,), two)]
    assert [period.versions.get("corrections") for period in periods] == [None, "1", "2"]
    assert len({period.versions["coder"] for period in periods}) == 1
    assert all(compare_analyses(before, after) for before in periods for after in periods)


def test_odds_ratios_are_divided() -> None:
    """3 over 1.5 is 2; with log intervals of the same width w the ends are 2 exp(-+ sqrt(2) w), both ways round."""
    unit, width = "odds ratio per 30 days", math.log(2.0)
    before = share(5, 20, unit=unit, value=1.5, low=0.75, high=3.0)
    after = share(9, 20, unit=unit, value=3.0, low=1.5, high=6.0)
    (found,), (back,) = compare(of(before), of(after)), compare(of(after), of(before))
    ends = 2.0 * math.exp(-math.sqrt(2.0) * width), 2.0 * math.exp(math.sqrt(2.0) * width)
    assert (found.value, found.low, found.high) == pytest.approx((2.0, *ends))
    assert found.unit == "ratio of odds ratios per 30 days"
    assert (back.value, back.low, back.high) == pytest.approx((0.5, 1.0 / ends[1], 1.0 / ends[0]))
