"""An answer whose words the record does not hold is no silence and no miss: a heart, what was said on the phone."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from attunement import analyze, read
from attunement.coders.base import CodeOptions
from attunement.core.episode import Exchange
from attunement.pipeline import Options

FEELING = {"expression": ["feeling"], "emotion": "sadness", "intensity": 2, "valence": -0.7}
TAKEN: dict[str, Any] = {"call": {"seconds": 1800}}


def said(speaker: str, minutes: int, text: str, kind: str = "text", **labels: Any) -> dict[str, Any]:
    """Make one turn of a native line."""
    at = datetime(2024, 5, 6, 9) + timedelta(minutes=minutes)
    return {"speaker": speaker, "text": text, "time": at.isoformat(), "kind": kind, "labels": labels}


def first_exchange(*turns: dict[str, Any]) -> Exchange:
    """Read a native line with codes by people and return its first exchange."""
    record = read(json.dumps({"id": "t", "turns": turns}).encode())
    return analyze(record, Options(code=CodeOptions(coder="human"))).exchanges[0]


@pytest.mark.parametrize(
    ("by", "left_out"),
    [(["Ben"], "wordless"), ([], "wordless"), (["Ana"], ""), (["Cem"], ""), ("Ben", "wordless"), ("Ana", "")],
    ids=["by the other", "by nobody who is named", "by the caller", "by one who does not write", "a name", "another"],
)
def test_a_heart_is_no_silence(by: list[str] | str, left_out: str) -> None:
    """Ben answers with a heart and writes again two days later."""
    heart = [{"emoji": "❤", "by": by, "count": 1}]
    one = first_exchange(
        said("Ana", 0, "I failed the exam", **FEELING, reactions=heart), said("Ben", 2880, "morning", expression=[])
    )
    assert (one.left_out, one.verdict, one.stance) == (
        left_out,
        None if left_out else "missed",
        () if left_out else ("silence",),
    )


def test_a_heart_in_telegrams_form_is_no_silence() -> None:
    """The reader's labels are those that are looked at."""
    turn = {"type": "message", "from_id": "user1", "from": "Ana", "text": "i feel so sad and lonely today"}
    heart = {"type": "emoji", "count": 1, "emoji": "❤", "recent": [{"from": "Ben", "from_id": "user2"}]}
    days = [("2024-05-06T09:00:00", turn), ("2024-05-08T09:00:00", {**turn, "text": "i feel so sad again"})]
    messages = [{"id": number, "date": date, **one} for number, (date, one) in enumerate(days)]
    hello = {**turn, "from_id": "user2", "from": "Ben", "text": "the bus is here", "text_entities": []}
    messages.append({"id": 9, "date": "2024-05-11T09:00:00", **hello})
    messages[0]["reactions"] = [heart]
    data = json.dumps({"name": "Ben", "type": "personal_chat", "id": 1, "messages": messages}).encode()
    exchanges = analyze(read(data), Options(code=CodeOptions(coder="lexical"))).exchanges
    assert [(one.left_out, one.stance) for one in exchanges[:2]] == [("wordless", ()), ("", ("silence",))]


def test_in_a_group_a_heart_counts_from_whom_was_called() -> None:
    """A call to Ben that Cem puts a heart to was answered by nobody who was called."""

    def after(by: str) -> str:
        heart = [{"emoji": "❤", "by": [by], "count": 1}]
        turns = [said("Cem", 0, "hi", expression=[]), said("Ben", 1, "how are you", expression=["check_in"])]
        turns += [said("Ana", 2, "low", **FEELING, reactions=heart), said("Cem", 2880, "hi", expression=[])]
        record = read(json.dumps({"id": "t", "turns": turns}).encode())
        found = analyze(record, Options(code=CodeOptions(coder="human"))).exchanges
        return next(one.left_out for one in found if one.call == 2)

    assert (after("Ben"), after("Cem")) == ("wordless", "")


@pytest.mark.parametrize(
    ("phoned", "left_out"),
    [(TAKEN, "wordless"), ({"call": {"seconds": 0, "missed": True}}, ""), ({"call": {}}, ""), ({}, "")],
    ids=["taken", "missed", "not told", "no labels"],
)
@pytest.mark.parametrize("minutes", [5, 30], ids=["in the same turn", "in a turn of its own"])
@pytest.mark.parametrize("replied", [90, 2880], ids=["a word that night", "no word"])
def test_who_was_phoned_may_have_answered_on_the_phone(
    phoned: dict[str, Any], left_out: str, minutes: int, replied: int
) -> None:
    """A call in words, then half an hour on the phone: neither "night" nor no word at all is the whole answer."""
    one = first_exchange(
        said("Ana", 0, "I failed the exam", **FEELING),
        said("Ana", minutes, "", "call", **phoned),
        said("Ben", replied, "night", expression=[], stance=[]),
    )
    # A reply in which people found no stance is missed, unless the rule left it out.
    assert one.left_out == left_out
    assert one.verdict == (None if left_out else "missed")


def test_what_people_saw_after_a_phone_call_stands() -> None:
    """Who coded the reply knew what came before it."""
    one = first_exchange(
        said("Ana", 0, "I failed the exam", **FEELING),
        said("Ana", 5, "", "call", **TAKEN),
        said("Ben", 60, "well, you did not study", expression=[], stance=["criticism"]),
    )
    assert (one.left_out, one.verdict) == ("", "misattuned")


def test_what_is_said_after_the_phone_call_is_a_call_of_its_own() -> None:
    """Words that follow the phone call were not answered on the phone."""
    one = first_exchange(
        said("Ana", 0, "", "call", **TAKEN),
        said("Ana", 35, "I failed the exam", **FEELING),
        said("Ben", 2880, "morning", expression=[]),
    )
    assert (one.left_out, one.stance) == ("", ("silence",))


@pytest.mark.parametrize(
    ("phoned", "left_out"),
    [(TAKEN, "wordless"), ({"call": {"seconds": 20}}, ""), ({"call": {}}, "")],
    ids=["taken", "rang in vain", "not told"],
)
@pytest.mark.parametrize("words", [3, 30], ids=["within a turn", "in a turn of its own"])
def test_who_phones_and_then_writes_may_have_answered_on_the_phone(
    phoned: dict[str, Any], left_out: str, words: int
) -> None:
    """Ben phones for half an hour; whether he writes at once or later, his line is not the whole answer."""
    one = first_exchange(
        said("Ana", 0, "I failed the exam", **FEELING),
        said("Ben", 5, "", "call", **phoned),
        said("Ben", 5 + words, "and buy milk on the way home please", expression=[], stance=[]),
    )
    # A reply in a turn behind a phone call of its own is not the next turn: the phone call is, and it has no words.
    assert one.left_out == ("wordless" if words > 10 else left_out)


def test_what_is_written_before_the_phone_call_is_the_reply() -> None:
    """Words first, then the phone: the words are judged."""
    one = first_exchange(
        said("Ana", 0, "I failed the exam", **FEELING),
        said("Ben", 5, "oh no, that is so unfair, calling you", expression=[], stance=["validation"]),
        said("Ben", 6, "", "call", **TAKEN),
    )
    assert (one.left_out, one.verdict) == ("", "attuned")
