"""How many speakers there should be, and what is said where there are fewer."""

from __future__ import annotations

from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.readers.speakers import speaker_problems


def test_two_of_three_are_not_called_nobody() -> None:
    """Those who are named are not said to be nobody."""
    names = ("Ana", "Ben")
    record = Record("talk", tuple(Message(n, name, "hi") for n, name in enumerate(names)), tuple(map(Speaker, names)))
    (problem,) = speaker_problems(record, 3)
    assert problem.kind == "too few speakers"
    assert problem.message == "2 speakers found where 3 were expected: two may pass for one."
    assert not speaker_problems(record, 2)
