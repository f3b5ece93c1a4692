"""Turns that open a session: their stance towards what they resume, and nothing else of it."""

from __future__ import annotations

from collections.abc import Sequence

from attunement.coders.base import Query, code_turns
from attunement.coders.neural_cache import Keys
from attunement.core.coding import Coding, TurnCoding
from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.turns import make_turns

HOUR = 3600.0


class _Telling:
    """Codes what it is shown: a call by itself, a stance and a verdict towards something else."""

    name, version, reach = "telling", "1", 3
    families = ("expression", "stance")

    def code(self, queries: Sequence[Query]) -> list[TurnCoding]:
        return [self._one(query) for query in queries]

    def _one(self, query: Query) -> TurnCoding:
        label = "telling/1"
        if query.answered is None:
            return TurnCoding(query.turn.index, (Coding("bid", "expression", 0.9, True, (), label),))
        stance = Coding("accountability", "stance", 0.9, True, (), label)
        return TurnCoding(query.turn.index, (stance,), verdict={"attuned": 1.0})


def _record(*said: tuple[str, float]) -> Record:
    messages = tuple(Message(i, who, f"words {i}", at * HOUR) for i, (who, at) in enumerate(said))
    return Record("r", messages, tuple(Speaker(who) for who in dict.fromkeys(who for who, _ in said)), medium="chat")


def test_what_opens_a_session_has_a_stance_and_no_verdict() -> None:
    """Ben's first word of the next day is towards Ana's last of the day before; the call that it is stays one."""
    turns, _ = make_turns(_record(("Ana", 0), ("Ben", 1), ("Ana", 2), ("Ben", 20), ("Ana", 21)))
    assert [turn.answers for turn in turns] == [None, 0, 1, None, 3]
    assert [turn.resumes for turn in turns] == [None, None, None, 2, None]
    for batch in (1, 2, 100):
        codings = code_turns(turns, _Telling(), batch=batch)
        assert [c.present("stance") for c in codings] == [(), *[("accountability",)] * 4]
        assert [c.present("expression") for c in codings] == [("bid",), (), (), ("bid",), ()]
        assert [c.verdict is not None for c in codings] == [False, True, True, False, True]


def test_what_lies_out_of_reach_is_not_resumed() -> None:
    """A coder that looks three turns back is not asked about what lies four back."""
    turns, _ = make_turns(_record(("Ana", 0), ("Ben", 10), ("Ben", 20), ("Ben", 30), ("Ben", 40)))
    assert [turn.resumes for turn in turns] == [None, 0, 0, 0, 0]
    assert [bool(c.present("stance")) for c in code_turns(turns, _Telling())] == [False, True, True, True, False]


def test_a_resumed_turn_has_a_key_of_its_own() -> None:
    """What a coder said of a turn by itself is not taken for what it says of it towards another."""
    turns, _ = make_turns(_record(("Ana", 0), ("Ben", 20)))
    by_itself, resumed = Keys("telling/1", 3).of([Query(turns[1]), Query(turns[1], turns[:1])])
    assert by_itself != resumed
