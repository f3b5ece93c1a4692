"""Tables whose lines end in nothing that usually ends a line."""

from __future__ import annotations

import pytest

from attunement.readers.base import ReadOptions, read_source


@pytest.mark.parametrize("end", ["\x85", "\u2028", "\u2029"])
def test_other_ends_of_lines_end_rows(end: str) -> None:
    """A table out of a mainframe (NEL) or an editor (U+2028) is read row by row, as with any other end."""
    table = end.join(["speaker,text,mood", "Ana,hello there,1", "Ben,hi,2", ""])
    (record,) = read_source(table.encode(), ReadOptions(), name="study.csv")
    assert [(m.speaker, m.text, m.line) for m in record.messages] == [("Ana", "hello there", 2), ("Ben", "hi", 3)]


@pytest.mark.parametrize("end", ["\x0b", "\x0c", "\x1e", "\x85", "\u2028"])
@pytest.mark.parametrize("header", ["text,who was it,note", 'text,who was it,"note'])
def test_a_question_quotes_no_words(end: str, header: str) -> None:
    """Where everything lies in one row, the names of its columns are what was said, and are not shown."""
    table = end.join([header, "I lost the baby,Ana,x", "oh no,Ben,y", "I am so sad,Ana,z"])
    (record,) = read_source(table.encode(), ReadOptions(format="table"), name="study.csv")
    shown = " ".join([*(q.text for q in record.questions), *(p.message for p in record.problems)])
    assert record.questions
    assert not any(words in shown for words in ("lost", "oh no", "sad", "Ana", "Ben"))
