"""ASS: the name field, commas in the words, layers, drawings, lines in any order."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.errors import InputError
from attunement.readers.ass import AssReader
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.inputs import Input

DATA = Path(__file__).parent.parent / "data" / "ass"


def test_sample() -> None:
    """Comments, drawings and shadow layers are no words; a line whose time is broken keeps its place and is told."""
    (record,) = read_source(DATA / "talk.ass", ReadOptions())
    assert record.format == "ass"
    assert [(m.speaker, m.text, m.start, m.end, m.line) for m in record.messages] == [
        ("Ben", "I was, honestly, afraid.", 5.5, 7.0, 13),
        ("Ana", "You said nothing at all.", 1.0, 3.25, 14),
        ("Ana", "Of what?", 8.0, 9.0, 17),
        ("Ben", "Of you.", None, 9.0, 18),
    ]
    assert record.meta == {"title": "kitchen table"}
    assert [(p.kind, p.source.line) for p in record.problems] == [("bad time", 18), ("unreadable line", 19)]


def test_lines_are_put_in_order_of_time() -> None:
    """Where every line has a time, the order is that of time."""
    text = (DATA / "talk.ass").read_text().replace("0x", "09")
    (record,) = AssReader().read(Input("x.ass", text.encode("utf-16")), ReadOptions())
    assert [m.start for m in record.messages] == [1.0, 5.5, 8.0, 9.0]


def test_nothing_in_braces_is_said() -> None:
    """Notes of whoever made the subtitles stand in braces, as overrides of style do; both are not shown."""
    text = (
        "[Events]\nFormat: Start, End, Name, Text\n"
        "Dialogue: 0:00:01.00,0:00:03.00,Ana,Hello{TL note: informal}, you\n"
        "Dialogue: 0:00:01.00,0:00:03.00,Ana,{\\blur2}Hello, you\n"
        "Dialogue: 0:00:03.00,0:00:05.00,Ben,{\\i1}He{\\k30}llo there\\Nand {you\n"
    )
    (record,) = AssReader().read(Input("x.ass", text.encode()), ReadOptions())
    assert [(m.speaker, m.text) for m in record.messages] == [
        ("Ana", "Hello, you"),
        ("Ben", "Hello there and {you"),
    ]


def test_no_events_is_an_error() -> None:
    """A file without dialogue cannot be read."""
    with pytest.raises(InputError, match="events"):
        AssReader().read(Input("x.ass", b"[Script Info]\nTitle: x\n"), ReadOptions())


@given(st.text(alphabet="Dialogue:,0.{\\Np1}Format\n[]Events x", max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_events_are_read(text: str) -> None:
    """Whatever stands under the events, one record comes out."""
    assert len(AssReader().read(Input("x.ass", f"[Events]\n{text}".encode()), ReadOptions())) == 1
