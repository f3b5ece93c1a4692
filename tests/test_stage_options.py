"""Options: what lies outside is refused by name, in Python as on the command line, and nothing is shared."""

from __future__ import annotations

import math

import pytest

import attunement as at
from attunement.coders.base import CodeOptions
from attunement.core.message import Message
from attunement.core.record import Record
from attunement.episodes.options import EpisodeOptions
from attunement.errors import UsageError
from attunement.readers.base import ReadOptions
from attunement.turns import TurnOptions

RECORD = Record("r", (Message(0, "Ana", "i feel so sad today"), Message(1, "Ben", "oh no, tell me")))
LEXICAL = CodeOptions(coder="lexical")


def test_what_one_changes_is_not_anothers_default() -> None:
    """The dicts of one `Options` are its own."""
    changed = at.Options()
    changed.select.speakers["x"] = "y"
    changed.read.columns["x"] = "y"
    assert at.Options().select.speakers == {}
    assert at.Options().read.columns == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("repair_window", -1), ("after_turns", -1), ("late_min_replies", 0), ("late_percentile", 101.0),
        ("late_floor_seconds", math.nan), ("silence_waking_seconds", -1.0), ("cut_off_words", -1),
    ],
)  # fmt: skip
def test_options_of_episodes_are_looked_at(name: str, value: float) -> None:
    """The error names the option and what it got."""
    with pytest.raises(UsageError, match=rf"EpisodeOptions\.{name} is .*got {value}"):
        at.analyze(RECORD, at.Options(code=LEXICAL, episodes=EpisodeOptions(**{name: value})))


@pytest.mark.parametrize("name", ["turn_gap_seconds", "session_gap_seconds"])
@pytest.mark.parametrize("value", [-5.0, math.nan])
def test_gaps_are_looked_at(name: str, value: float) -> None:
    """A negative gap or no number is none; without a limit is one."""
    with pytest.raises(UsageError, match=rf"TurnOptions\.{name} .*got {value}"):
        at.analyze(RECORD, at.Options(code=LEXICAL, turns=TurnOptions(**{name: value})))
    assert TurnOptions(**{name: math.inf}).checked()


@pytest.mark.parametrize(
    ("name", "value"), [("date_order", "xyz"), ("clock", "ss"), ("frame_rate", -1.0), ("max_bytes", -10)]
)
def test_answers_are_looked_at(name: str, value: object) -> None:
    """An answer that is none is the caller's slip and says so, whatever the file is."""
    with pytest.raises(UsageError, match=rf"ReadOptions\.{name} .*{value}"):
        at.read(b"04/05/2024, 18:02 - Ana: hi\n04/05/2024, 18:03 - Ben: ho\n", ReadOptions(**{name: value}))
