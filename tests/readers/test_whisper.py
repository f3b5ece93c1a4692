"""Whisper JSON in all its dialects: speakers that are missing, times that overlap, words that were made up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.inputs import Input
from attunement.readers.whisper import WhisperReader

DATA = Path(__file__).parent.parent / "data" / "whisper"


def read(name: str) -> Record:
    """Read a sample by way of the choice between all readers."""
    (record,) = read_source(DATA / name, ReadOptions())
    assert record.format == "whisper"
    return record


def said(record: Record) -> list[tuple[str | None, str, float | None, float | None]]:
    """Who said what, from when to when."""
    return [(m.speaker, m.text, m.start, m.end) for m in record.messages]


def test_whisperx_with_gaps_and_overlap() -> None:
    """Overlap stays, a segment without a voice is nobody's, two voices in one are told, NaN is no time."""
    record = read("whisperx.json")
    assert said(record) == [
        ("SPEAKER_00", "Did you sleep at all?", 0.5, 3.1),
        ("SPEAKER_01", "A little. And you?", 2.9, 4.0),
        (None, "Mm.", 4.0, 5.0),
        ("SPEAKER_00", "backwards", 5.0, None),
        ("SPEAKER_00", "no time", None, None),
    ]
    assert record.meta == {"language": "en"}
    assert record.problem_counts() == {
        "mixed speakers": 1, "bad time": 1, "missing time": 1, "empty segment": 1, "missing speaker": 1,
    }  # fmt: skip


def test_whisper_marks_what_it_may_have_made_up() -> None:
    """Repeats, circles and words in silence are kept and marked; without any voices one problem says so."""
    record = read("whisper.json")
    assert len(record.messages) == 6
    assert record.messages[0].id == "0"
    assert record.problem_counts() == {"repeated words": 2, "doubtful words": 1, "no speakers": 1}


def test_whisper_cpp() -> None:
    """Offsets in milliseconds become seconds; the language is where that program puts it."""
    record = read("whisper_cpp.json")
    assert said(record) == [(None, "Du warst nicht da.", 0.0, 2.48), (None, "Ich weiß.", 2.48, 4.0)]
    assert record.meta == {"language": "de"}


def test_diarising_pipeline() -> None:
    """Of two lists of the same words the one with voices is taken; an open end stays open."""
    assert said(read("pipeline.json")) == [
        ("SPEAKER_01", "You came.", 0.0, 1.5),
        ("SPEAKER_00", "Of course.", 1.5, None),
    ]


def test_segments_that_do_not_fit_are_told() -> None:
    """One damaged segment costs itself only; numbers written as words are read."""
    data = {"segments": [{"start": "1.5", "end": 2, "text": "a", "speaker": 3}, 7, {"start": [], "text": "b"}]}
    (record,) = WhisperReader().read(Input("x.json", json.dumps(data).encode()), ReadOptions())
    assert said(record) == [("3", "a", 1.5, 2.0)]
    assert record.problem_counts() == {"unreadable segment": 2}


@pytest.mark.parametrize("data", [b"{}", b'{"text": "x"}', b"[]", b'{"segments": ', b'{"segments":' + b"[" * 100_000])
def test_nothing_to_read_is_an_error(data: bytes) -> None:
    """No segments, broken or bottomless JSON is refused."""
    with pytest.raises(InputError):
        WhisperReader().read(Input("x.json", data), ReadOptions())


def test_long_text_before_the_segments() -> None:
    """Whisper's own file is recognised though the whole text comes first and is long."""
    data = {"text": "word " * 20_000, "segments": [{"start": 0, "end": 1, "text": "word"}], "language": "en"}
    (record,) = read_source(json.dumps(data).encode(), ReadOptions())
    assert record.format == "whisper"


SEGMENT = st.fixed_dictionaries(
    {},
    optional={
        "start": st.none() | st.floats(),
        "end": st.none() | st.floats(),
        "text": st.none() | st.text(max_size=8),
        "speaker": st.none() | st.text(max_size=4) | st.integers(),
        "words": st.none() | st.lists(st.fixed_dictionaries({}, optional={"speaker": st.text(max_size=2)}), max_size=3),
    },
)


@given(st.lists(SEGMENT, max_size=8))
@settings(max_examples=150, deadline=None)
def test_any_segments_are_read(segments: list[dict[str, object]]) -> None:
    """Every segment with words is a message, in order, and no message ends before it starts."""
    data = json.dumps({"segments": segments}).encode()
    (record,) = WhisperReader().read(Input("x.json", data), ReadOptions())
    expected = [str(segment.get("text") or "").strip() for segment in segments]
    assert [m.text for m in record.messages] == [text for text in expected if text]
    assert all(m.end is None or m.start is None or m.end >= m.start for m in record.messages)
