"""Instructions and tools of talk with a model are nobody's in tables and native records, too."""

from __future__ import annotations

import csv
import io
import json

import pytest

from attunement.coders.lexical import LexicalCoder
from attunement.core.record import Record
from attunement.pipeline import analyze
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.native import write_native
from attunement.turns import make_turns

TALK = (
    ("system", "You are a warm companion. You feel happy to listen."),
    ("user", "I am so sad today, my sister is ill"),
    ("assistant", "That sounds really hard. How are you holding up?"),
    ("tool", "search results: 12 pages"),
    ("user", "I feel so alone"),
    ("assistant", "I'm so sorry you feel that way."),
)
REMARK = "2 {} of instructions and tools (system, tool): kept as system lines, nobody's words."


def _read(data: str, name: str) -> tuple[Record, ...]:
    return read_source(data.encode(), ReadOptions(), name=name)


def _table(columns: str, *talks: tuple[tuple[str, str], ...]) -> str:
    out = io.StringIO()
    names = columns.split(",")
    table = csv.DictWriter(out, names)
    table.writeheader()
    for number, talk in enumerate(talks or (TALK,)):
        for who, text in talk:
            row = {"conversation_id": f"c{number}", "role": who, "content": text, "speaker": who, "text": text}
            table.writerow({name: row[name] for name in names})
    return out.getvalue()


def _native(*talks: tuple[tuple[str, str], ...], has_roles: bool = True) -> str:
    lines = [
        {
            "id": f"c{number}",
            "turns": [{"speaker": who, **({"role": who} if has_roles else {}), "text": text} for who, text in talk],
        }
        for number, talk in enumerate(talks or (TALK,))
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.mark.parametrize(
    ("data", "name", "unit"),
    [
        (_table("conversation_id,role,content"), "a.csv", "rows"),
        (_table("speaker,role,text"), "a.csv", "rows"),
        (_table("speaker,text"), "a.csv", "rows"),
        (_native(), "a.jsonl", "turns"),
        (_native(has_roles=False), "a.jsonl", "turns"),
    ],
)
def test_a_prompt_and_a_tool_are_system_lines_and_told(data: str, name: str, unit: str) -> None:
    """Two people are left, as in the form of OpenAI's API, and every call of the person is scored."""
    (record,) = _read(data, name)
    assert [(m.speaker, m.kind) for m in record.messages] == [
        (None if who in ("system", "tool") else who, "system" if who in ("system", "tool") else "text")
        for who, _ in TALK
    ]
    assert [m.text for m in record.messages] == [text for _, text in TALK]
    assert [speaker.name for speaker in record.speakers] == ["user", "assistant"]
    assert [(p.message, p.remark) for p in record.problems] == [(REMARK.format(unit), True)]
    assert record.messages[3].labels == {"action": "tool"}
    found = [one for one in analyze(record, coder=LexicalCoder()).exchanges if one.caller == "user"]
    assert [(one.replier, one.left_out) for one in found] == [("assistant", "")] * 2


@pytest.mark.parametrize("names", [("user", "system"), ("therapist", "client", "system"), ("Ana", "Ben", "tool")])
def test_where_no_person_and_model_stand_beside_them_the_words_are_names(names: tuple[str, ...]) -> None:
    """In older dialogue systems "system" is who answers, and a nickname is a nickname."""
    talk = tuple((name, "I am so sad") for name in names)
    for data, file in ((_table("role,content", talk), "a.csv"), (_native(talk), "a.jsonl")):
        (record,) = _read(data, file)
        assert [turn.speaker for turn in make_turns(record)[0]] == list(names)
        assert record.problems == ()


def test_many_conversations_tell_it_once() -> None:
    """One remark a file; a native record of it is written and read back as it is."""
    plain = TALK[1:3]
    records = _read(_native(plain, TALK, plain, TALK, TALK), "a.jsonl")
    assert [len(record.speakers) for record in records] == [2] * 5
    (problem,) = [problem for record in records for problem in record.problems]
    assert problem.message == REMARK.format("turns") + " So in 2 more conversations."
    assert problem.source.line == 2
    assert read_source(write_native(records[1]), ReadOptions(), name="b.jsonl") == (records[1],)
    records = _read(_table("conversation_id,role,content", TALK, TALK), "a.csv")
    assert [len(record.problems) for record in records] == [1, 0]


def test_who_played_the_tool_stays_known() -> None:
    """The role decides; the name beside it is kept, and so are the codes that people gave."""
    turns = [
        {"speaker": "Rules", "role": "system", "text": "Be kind.", "labels": {"seen": True}},
        {"speaker": "p1", "role": "user", "text": "I am so sad"},
        {"speaker": "m1", "role": "assistant", "text": "Oh no."},
    ]
    (record,) = _read(json.dumps({"id": "x", "turns": turns}), "a.jsonl")
    assert record.messages[0].labels == {"action": "system", "by": "Rules", "seen": True}
    assert [speaker.name for speaker in record.speakers] == ["p1", "m1"]
