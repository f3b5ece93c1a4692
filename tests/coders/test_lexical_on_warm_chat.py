"""Ordinary warm talk is not taken for contempt or danger: the first page that a newcomer sees must not frighten."""

from __future__ import annotations

from importlib.resources import files

import pytest

from attunement.coders.base import CodeOptions, code_turns, load_coder
from attunement.core.message import Message
from attunement.core.record import Record
from attunement.pipeline import Options, analyze, read
from attunement.reports.safety import assess_safety
from attunement.turns import make_turns


@pytest.mark.parametrize(
    "reply", ["haha you're the receptionist now", "wow 😂", "😂", "😂 what onions", "yes 😂 yes please"]
)
def test_laughing_along_is_no_contempt(reply: str) -> None:
    """A laugh, an emoji of laughter, play that both share: none of it is contempt."""
    record = Record("r", (Message(0, "Ana", "I've said hello to the lift forty times today"), Message(1, "Ben", reply)))
    turns, _ = make_turns(record)
    coding = code_turns(turns, load_coder(CodeOptions(coder="lexical")))[1]
    assert "contempt" not in coding.present("stance")


@pytest.mark.parametrize("text", ["YES!!! oh I could jump", "I could jump for joy", "the report is killing me lol"])
def test_idioms_are_no_risk(text: str) -> None:
    """Joy and idioms do not open the page with help lines."""
    turns, _ = make_turns(Record("r", (Message(0, "Ana", text),)))
    assert code_turns(turns, load_coder(CodeOptions(coder="lexical")))[0].present("risk") == ()


def test_the_demo_couple_is_not_in_danger() -> None:
    """The made-up couple misses and repairs: no help panel opens, and contempt is found in one exchange at most."""
    data = files("attunement").joinpath("data", "demo", "WhatsApp Chat with Mira.txt").read_bytes()
    analysis = analyze(read(data, name="demo"), Options(code=CodeOptions(coder="lexical")))
    assert not assess_safety(analysis).is_found
    contempt = [e for e in analysis.exchanges if "contempt" in e.stance]
    assert len(contempt) <= 1
