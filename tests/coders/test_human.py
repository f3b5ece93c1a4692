"""Codes by people are taken as they stand, or refused: what cannot be read is never a code that nobody gave."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec
import pytest

import attunement as at
from attunement.coders.base import CodeOptions
from attunement.coders.human import human_codings
from attunement.core.coding import CharSpan, TurnCoding
from attunement.core.message import Kind, Message, Speaker
from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.base import ReadOptions, read_source
from attunement.turns import make_turns


def codings(*messages: Message) -> tuple[TurnCoding, ...]:
    """Read the codes of a transcript."""
    names = dict.fromkeys(message.speaker or "" for message in messages)
    record = Record("talk", messages, tuple(Speaker(name) for name in names if name), medium="transcript")
    return human_codings(record, make_turns(record)[0])


def reply(**labels: Any) -> TurnCoding:
    """Read the codes of a reply to a light call."""
    called = Message(0, "Ana", "look at this sky", labels={"expression": ["bid"], "intensity": 1, "valence": 0.5})
    return codings(called, Message(1, "Ben", "oh lovely", labels=labels))[1]


def test_what_people_coded_stands() -> None:
    """Codes with probability 1, the verdict by the codebook's rule."""
    found = reply(stance=["warmth"], expression=[], intensity=2, valence=-0.5, prompted=True, emotion="joy")
    assert (found.present("stance"), found.present("expression")) == (("warmth",), ())
    assert (found.intensity, found.valence, found.prompted, found.present("emotion")) == (2.0, -0.5, True, ("joy",))
    assert found.verdict is not None
    assert found.verdict["attuned"] == 1.0
    assert found.abstained == {"after": "not coded", "risk": "not coded"}


def test_two_verdicts_in_one_turn_leave_it_to_the_rule() -> None:
    """A flat line and a warm one are one reply: by the codebook a meeting code and a missing code make it partial."""
    called = Message(0, "Ana", "I was sad", labels={"expression": ["feeling"]})
    lines = (
        Message(1, "Ben", "k", labels={"stance": ["flat"], "verdict": "missed"}),
        Message(2, "Ben", "oh love", labels={"stance": ["warmth"], "verdict": "attuned"}),
    )
    assert codings(called, *lines)[1].verdict == {"attuned": 0.0, "partial": 1.0, "missed": 0.0, "misattuned": 0.0}
    without = (
        Message(1, "Ben", "k", labels={"verdict": "missed"}),
        Message(2, "Ben", "oh", labels={"verdict": "attuned"}),
    )
    assert codings(called, *without)[1].verdict is None


def test_null_is_not_coded() -> None:
    """Null is no empty list: the family is missing, and no verdict follows from it."""
    found = reply(stance=None, intensity=None, valence=None, prompted=None, verdict=None, spans=None, emotion=None)
    assert "stance" in found.abstained
    assert (found.verdict, found.intensity, found.valence, found.prompted) == (None, None, None, None)


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("stance", "warm"),
        ("stance", ["warm"]),
        ("stance", [["warmth"]]),
        ("stance", ["blame"]),
        ("expression", 5),
        ("expression", {"feeling": 0.2}),
        ("risk", False),
        ("intensity", 99),
        ("intensity", "strong"),
        ("intensity", True),
        ("valence", -2),
        ("valence", float("nan")),
        ("prompted", "perhaps"),
        ("verdict", "great"),
        ("verdict", ["attuned"]),
        ("spans", "flat"),
        ("spans", {"warmth": "oh"}),
        ("spans", [["warmth", 0, 2]]),
    ],
)
def test_a_label_of_another_form_is_refused(label: str, value: Any) -> None:
    """A typo is no miss. The message says which turn and label, and not what stands there."""
    with pytest.raises(InputError, match=re.escape(f"talk, turn 1: the label {label!r}")) as raised:
        reply(**{label: value})
    for said in ("99", "strong", "great", "0.2", "lovely"):
        assert said not in str(raised.value)


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("warmth", ("warmth",)),
        ("warmth validation", ("warmth", "validation")),
        ("warmth; validation", ("warmth", "validation")),
        ('["warmth", "validation"]', ("warmth", "validation")),
        ("none", ()),
        ("-", ()),
        ("[]", ()),
    ],
)
def test_codes_in_a_cell_are_those_of_a_list(cell: str, codes: tuple[str, ...]) -> None:
    """Tables and tiers hold text: the codes that our own tables write with a space between are read again."""
    found = reply(stance=cell)
    assert found.present("stance") == codes
    assert "stance" not in found.abstained
    assert "stance" in reply(stance=" ").abstained


def test_a_coded_table_goes_the_whole_way() -> None:
    """A sheet with a row a turn, as a researcher has it: numbers with a comma, yes and no, empty cells."""
    sheet = (
        "speaker,text,time,expression,stance,verdict,intensity,prompted\n"
        'Ana,I felt so alone this week,1,"feeling, need",,,"1,5",\n'
        "Ben,it was one week come on,3,none,minimising,missed,,no\n"
        "Ana,ok it still hurts,5,feeling,,,2,\n"
        "Ben,that must have been hard,7,,validation warmth,,,\n"
    )
    (record,) = read_source(sheet.encode(), ReadOptions())
    turns, _ = make_turns(record)
    found = human_codings(record, turns)
    assert [coding.present("expression") for coding in found] == [("feeling", "need"), (), ("feeling",), ()]
    assert [coding.intensity for coding in found] == [1.5, None, 2.0, None]
    assert found[1].prompted is False
    assert [max(coding.verdict, key=coding.verdict.__getitem__) for coding in found if coding.verdict] == [
        "missed",
        "attuned",
    ]


def test_a_near_miss_is_helped() -> None:
    """The hint names the code of the codebook that is nearest."""
    with pytest.raises(InputError, match="'validation'"):
        reply(stance=["validaton"])


def test_spans_point_at_the_words_of_their_own_message() -> None:
    """In a turn of two messages that say the same, the second one's words lie behind the first's."""
    found = codings(
        Message(0, "Ana", "x sad"),
        Message(1, None, "Ana changed the picture", kind="system"),
        Message(2, "Ana", "", kind="media", media=True),
        Message(3, "Ana", "sad", labels={"expression": ["feeling"], "spans": [["feeling", "sad"]]}),
    )[0]
    assert found.codings[0].spans == (CharSpan(6, 9),)


def test_spans_that_overlap_are_joined() -> None:
    """A coding's spans are in order and without overlap."""
    marked = [["feeling", "sad and lost"], ["feeling", "so sad"], ["feeling", "today"], ["feeling", "sad"]]
    words = "I am so sad and lost today"
    found = codings(Message(0, "Ana", words, labels={"expression": ["feeling"], "spans": marked}))[0]
    assert found.codings[0].spans == (CharSpan(5, 20), CharSpan(21, 26))


def after_call(call: dict[str, Any], **labels: Any) -> TurnCoding:
    """Read the codes of a reply to a turn with these labels."""
    return codings(Message(0, "Ana", "the bus is late", labels=call), Message(1, "Ben", "ok", labels=labels))[1]


def test_a_reply_to_small_talk_has_no_verdict() -> None:
    """Where the turn before is no call, or nobody coded whether it is, there is nothing to miss."""
    assert after_call({"expression": []}, stance=[]).verdict is None
    assert after_call({"stance": []}, stance=["flat"]).verdict is None
    missed = after_call({"expression": ["bid"]}, stance=[]).verdict
    assert missed is not None
    assert missed["missed"] == 1.0
    said = after_call({"expression": []}, stance=[], verdict="attuned").verdict
    assert said is not None, "what people said stands"


def test_a_verdict_of_null_is_not_judged() -> None:
    """Null is missing here, too: people coded the stance and did not judge."""
    assert after_call({"expression": ["bid"]}, stance=["warmth"], verdict=None).verdict is None


def test_a_verdict_goes_by_the_heaviest_call_that_the_reply_answers() -> None:
    """Ana says something heavy, then that the bus is late; a bare sign of having heard is partial to the first."""
    heavy = {"expression": ["feeling"], "intensity": 3, "valence": -0.9}
    messages = (
        Message(0, "Ana", "I feel so alone", 0.0, labels=heavy),
        Message(1, "Ana", "the bus is late", 1200.0, labels={"expression": [], "intensity": 0, "valence": 0}),
        Message(2, "Ben", "I hear you", 1260.0, labels={"stance": ["acknowledgement"]}),
        Message(3, "Ana", "thanks", 1300.0, labels={"expression": ["feeling"], "intensity": 1, "valence": 0.5}),
        Message(4, "Ben", "sure", 1360.0, labels={"stance": ["acknowledgement"]}),
    )
    record = Record("talk", messages, (Speaker("Ana"), Speaker("Ben")), medium="chat", epoch=datetime(2024, 5, 6, 9))
    found = human_codings(record, make_turns(record)[0])
    decided = [coding.verdict and max(coding.verdict, key=coding.verdict.__getitem__) for coding in found]
    assert decided == [None, None, "partial", None, "attuned"]


def test_the_feeling_of_a_turn_is_that_of_the_message_that_names_it() -> None:
    """A turn of two messages keeps what the second says where the first says nothing, or less."""
    sad = {"expression": ["feeling"], "emotion": "sadness", "valence": -0.8}
    found = codings(Message(0, "Ana", "hm.", labels={"expression": []}), Message(1, "Ana", "I am so sad", labels=sad))[
        0
    ]
    assert (found.present("emotion"), found.valence, found.intensity) == (("sadness",), -0.8, None)
    calm = {"emotion": "neutral", "valence": 0.0, "intensity": 0}
    for strength in (None, 2):
        told = (
            Message(0, "Ana", "hm.", labels=calm),
            Message(1, "Ana", "so sad", labels=sad | {"intensity": strength}),
        )
        found = codings(*told)[0]
        assert (found.present("emotion"), found.valence) == (("sadness",), -0.8)


def test_an_emotion_of_another_label_set_says_so() -> None:
    """It is missing and not uncoded; what stands there is not repeated."""
    found = codings(Message(0, "Ana", "yay", labels={"expression": [], "emotion": "happy"}))[0]
    assert (found.present("emotion"), found.abstained["emotion"]) == ((), "another label set")
    for emotion in (None, ""):
        found = codings(Message(0, "Ana", "yay", labels={"expression": [], "emotion": emotion}))[0]
        assert found.abstained["emotion"] == "not coded"


def test_an_observers_code_moves_no_span() -> None:
    """Its name is no word of the turn: the marked words are counted without it."""
    coding = codings(
        Message(0, "Ana", "look here"),
        Message(1, "Ana", "gaze at partner", kind="code"),
        Message(2, "Ana", "so sad", labels={"expression": ["feeling"], "spans": [["feeling", "sad"]]}),
    )[0]
    assert [code.spans for code in coding.codings] == [(CharSpan(13, 16),)]


@pytest.mark.parametrize("cell", ["", "none", "-"])
def test_no_emotion_in_a_cell_is_of_no_label_set(cell: str) -> None:
    """Who writes "none" in a table, as beside codes, names no emotion of another set."""
    assert reply(stance=["warmth"], emotion=cell).abstained["emotion"] == "not coded"


@pytest.mark.parametrize(
    ("labels", "judged"),
    [
        ({"verdict": "attuned"}, ("attuned", "")),
        ({"stance": ["warmth"]}, ("attuned", "")),
        ({"stance": []}, (None, "wordless")),
        ({}, (None, "wordless")),
    ],
)
@pytest.mark.parametrize("kind", ["media", "code"])
def test_what_people_saw_in_a_reply_without_words_counts(
    kind: Kind, labels: dict[str, Any], judged: tuple[str | None, str]
) -> None:
    """A nod, a photo, a hug on video: who coded it has judged it; where nobody found anything its words are missing."""
    called = Message(0, "Ana", "I was so sad", labels={"expression": ["feeling"]})
    answer = Message(1, "Ben", "nod" if kind == "code" else "", kind=kind, media=kind == "media", labels=labels)
    messages = (called, answer) if kind == "media" else (msgspec.structs.replace(called, kind="code"), answer)
    record = Record("talk", messages, (Speaker("Ana"), Speaker("Ben")), medium="transcript")
    (exchange,) = at.analyze(record, at.Options(code=CodeOptions(coder="human"))).exchanges
    assert (exchange.verdict, exchange.left_out) == judged
