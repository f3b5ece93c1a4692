"""SRT: names that mark changes, dashes, styles, times of every hand, missing blank lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.core.record import Record
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.inputs import Input
from attunement.readers.srt import SrtReader

DATA = Path(__file__).parent.parent / "data" / "srt"


def read(name: str) -> Record:
    """Read a sample by way of the choice between all readers."""
    (record,) = read_source(DATA / name, ReadOptions())
    assert record.format == "srt"
    return record


def test_names_that_mark_changes() -> None:
    """Style is taken off, a missing blank line is mended, and who goes on speaking is told."""
    record = read("names.srt")
    assert [(m.speaker, m.text, m.start, m.end) for m in record.messages] == [
        ("ANA", "You came late again.", 1.0, 2.5),
        ("ANA", "I waited an hour.", 2.6, 4.0),
        ("BEN", "I know.", 4.1, 5.0),
        ("BEN", "I'm sorry, I should have called.", 5.1, 7.0),
        ("ANA", "Yes.", 7.1, 8.0),
        ("BEN", "Yes.", 8.1, 9.0),
    ]
    assert [m.line for m in record.messages] == [2, 6, 10, 14, 18, 22]
    assert record.problem_counts() == {"speaker carried on": 1}


def test_dashes_are_two_people_nobody_names() -> None:
    """Two dashes in a cue are two messages; positions, points for commas and short arrows are read."""
    record = read("dashes.srt")
    assert [(m.speaker, m.text, m.start) for m in record.messages] == [
        (None, "Did you eat?", 1.0),
        (None, "Not yet.", 1.0),
        (None, "Come on, then.", 3.0),
        (None, "♪ music ♪", 5.0),
    ]
    assert record.problem_counts() == {"no speakers": 1}


@pytest.mark.parametrize("text", ["WEBVTT\n\n00:01.000 --> 00:02.000\nx", "Ana: hi\nBen: -> ho", "", "1\n2\n3"])
def test_other_text_is_not_srt(text: str) -> None:
    """WebVTT and prose are left to other readers."""
    assert SrtReader().sniff(Input("x.srt", text.encode()).sample()) == 0.0


def test_empty_cues_and_stray_words() -> None:
    """A cue without words is counted; words without a cue are located."""
    text = "0\n00:00:00,000 --> 00:00:01,000\n\n\nstray\n\n2\n00:00:02,000 --> 00:00:03,000\nAna: hi\n"
    (record,) = SrtReader().read(Input("x.srt", text.encode()), ReadOptions())
    assert record.meta == {"empty_cues": 1}
    assert ("unreadable line", 5) in [(p.kind, p.source.line) for p in record.problems]


@given(st.binary(max_size=200) | st.text(alphabet="0123:,.->\n Ana", max_size=200).map(str.encode))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Whatever comes, the reader answers with a record or an error of ours."""
    from attunement.errors import InputError

    source = Input("x", data)
    assert 0.0 <= SrtReader().sniff(source.sample()) <= 1.0
    try:
        assert len(SrtReader().read(source, ReadOptions())) == 1
    except InputError:
        return


def test_numbered_cues_with_words_on_the_line_of_the_times_are_captions() -> None:
    """Their numbers are no words, as they would be in a plain transcript."""
    cues = ["00:00:01,000 --> 00:00:02,000 Ana: Hi", "00:00:03,000 --> 00:00:04,500 Ben: Yo\nand more"]
    cues += ["00:00:05,000 --> 00:00:06,000 Ana: Fine"]
    text = "".join(f"{number}\n{cue}\n\n" for number, cue in enumerate(cues, 1))
    (record,) = read_source(text.encode(), ReadOptions())
    assert record.format == "srt"
    assert [(m.speaker, m.text, m.start) for m in record.messages] == [
        ("Ana", "Hi", 1.0),
        ("Ben", "Yo and more", 3.0),
        ("Ana", "Fine", 5.0),
    ]
