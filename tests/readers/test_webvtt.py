"""WebVTT: every voice, Zoom and Teams names, captions that roll or grow, all the optional parts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.core.record import Record
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.inputs import Input
from attunement.readers.native import NativeReader, write_native
from attunement.readers.webvtt import WebvttReader

DATA = Path(__file__).parent.parent / "data" / "webvtt"
ANA, BEN = "Marta Oliveira", "Jonas"


def read(name: str) -> Record:
    """Read a sample by way of the choice between all readers."""
    (record,) = read_source(DATA / name, ReadOptions())
    assert record.format == "webvtt"
    assert record.epoch is None
    assert record.medium == "transcript"
    return record


def parse(text: str) -> Record:
    """Read text."""
    (record,) = WebvttReader().read(Input("x.vtt", text.encode()), ReadOptions())
    return record


def said(record: Record) -> list[tuple[str | None, str, float | None, float | None]]:
    """Who said what, from when to when."""
    return [(m.speaker, m.text, m.start, m.end) for m in record.messages]


def test_zoom_names_stand_before_a_colon() -> None:
    """Names are taken off the words, a colon inside the words is left, a cue without a name is told and nobody's."""
    record = read("zoom.vtt")
    assert said(record) == [
        (ANA, "I thought about what you said on Sunday.", 2.1, 5.4),
        (BEN, "Mm.", 5.9, 7.0),
        (ANA, "One thing stays: I felt alone at your mother's.", 7.2, 11.0),
        (ANA, "That's all.", 11.1, 12.0),
        (None, "okay", 12.5, 14.0),
        (BEN, "I hear that.", 3614.5, 3616.25),
    ]
    assert [(p.kind, p.source.line) for p in record.problems] == [("missing speaker", 20)]
    assert record.messages[0].line == 4


def test_teams_voices_are_all_kept() -> None:
    """Each voice of a cue is a message of its own, in order, with overlapping times as they stand."""
    record = read("teams.vtt")
    other = "Jonas Q. & Co"
    assert said(record) == [
        (ANA, "So the week was long, and the nights longer.", 3.49, 6.13),
        (other, "Tell me <more>.", 5.9, 8.0),
        (ANA, "It is", 8.1, 10.0),
        (other, "Yes?", 8.1, 10.0),
        (ANA, "nothing.", 8.1, 10.0),
    ]
    assert record.messages[0].id == "8f1c2a0e-77aa-4b1e-9a55-0f9a4c1d2e3f/17-0"
    assert [s.name for s in record.speakers] == [ANA, other]
    assert record.problems == ()


def test_optional_parts_and_bad_times() -> None:
    """Header, NOTE, STYLE and REGION are no words; hours may be left out; a bad time and stray words are located."""
    record = read("traps.vtt")
    assert said(record) == [("Ana", "hello you", 1.0, 4.0), ("Ben", "backwards", 3.5, None), ("Ben", "late", 7.0, 8.0)]
    assert record.messages[0].id == "intro"
    assert record.meta == {
        "title": "couple session 4",
        "header": {"kind": "captions", "language": "en"},
        "empty_cues": 1,
    }
    assert [(p.kind, p.source.line) for p in record.problems] == [("unreadable line", 26), ("bad time", 18)]


def test_rolling_captions_are_said_once() -> None:
    """Lines that roll up through several cues are one message each, with the time at which they came up."""
    record = read("rolling.vtt")
    assert [(m.text, m.start) for m in record.messages] == [
        ("are you asleep", 0.0),
        ("not yet", 2.01),
        ("me neither", 4.01),
    ]
    assert record.meta["folded_cues"] == 5
    assert record.problem_counts() == {"no speakers": 1}


def test_growing_captions_are_said_once() -> None:
    """A caption that grows word by word is one message; the same word said twice stays two."""
    record = read("growing.vtt")
    assert said(record)[0] == ("Ana", "I was so tired.", 0.0, 4.0)
    assert [m.speaker for m in record.messages] in (["Ana", "Ben"], ["Ana", "Ben", "Ben"])
    assert record.meta["folded_cues"] >= 3


def test_repeats_are_not_rolling() -> None:
    """Somebody who says the same word in three cues says it three times."""
    cues = "".join(
        f"00:0{i}.000 --> 00:0{i + 1}.000\n<v Ana>no\n\n00:0{i + 1}.000 --> 00:0{i + 1}.500\n<v Ben>yes\n\n"
        for i in (1, 3, 5)
    )
    record = parse("WEBVTT\n\n" + cues)
    assert [m.text for m in record.messages] == ["no", "yes"] * 3
    assert "folded_cues" not in record.meta


def test_made_up_repeats_are_told() -> None:
    """Four cues and more of the same words in a row are marked as a recogniser's."""
    cues = "".join(f"00:0{i}.000 --> 00:0{i}.900\n<v Ana>thank you for watching\n\n" for i in range(1, 7))
    record = parse("WEBVTT\n\n" + cues)
    assert len(record.messages) == 6
    assert [(p.kind, p.source.line) for p in record.problems] == [("repeated words", 3)]


def test_speaker_carries_on_only_where_names_mark_changes() -> None:
    """Where no name ever follows itself, the nameless cues between are the last one named's, and a problem says so."""
    cues = ["Ana: a", "b", "Ben: c", "d", "Ana: e", "f", "Ben: g"]
    text = "WEBVTT\n\n" + "\n\n".join(f"00:{i:02d}.000 --> 00:{i:02d}.900\n{cue}" for i, cue in enumerate(cues))
    record = parse(text)
    assert [m.speaker for m in record.messages] == ["Ana", "Ana", "Ben", "Ben", "Ana", "Ana", "Ben"]
    assert record.problem_counts() == {"speaker carried on": 1}


def test_a_colon_seen_once_makes_no_name() -> None:
    """In a long file without names, a word before a colon is a word; a file without words says so."""
    cues = ["I said", "Listen: no", *["words"] * 3, *["more"] * 3, *["and more"] * 3, "end"]
    text = "WEBVTT\n\n" + "\n\n".join(f"00:{i:02d}.000 --> 00:{i:02d}.900\n{cue}" for i, cue in enumerate(cues))
    record = parse(text)
    assert record.messages[1].text == "Listen: no"
    assert record.problem_counts() == {"no speakers": 1}
    assert parse("WEBVTT\n").problem_counts() == {"no words": 1}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_newlines_and_encodings(newline: str, encoding: str) -> None:
    """Every newline and encoding gives the same record."""
    text = newline.join(["WEBVTT", "", "00:01.000 --> 00:02.000", "<v Ána>שלום", ""])
    (record,) = read_source(text.encode(encoding), ReadOptions())
    assert said(record) == [("Ána", "שלום", 1.0, 2.0)]


def test_hostile_sizes_are_bounded() -> None:
    """Long lines and many tags cost time in proportion to their length."""
    big = "<v Ana>" * 20_000 + "<" * 50_000 + "a:" * 50_000 + "{\\" * 20_000
    record = parse(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{big}\n\n" + "00:01.000 --> 00:02.000 x\n" * 20_000)
    assert record.meta["empty_cues"] == 20_000


@given(st.text(alphabet="WEBVT\n:0.1->< /vcAn{}\\&;\x00\u200f-", max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_and_travels(text: str) -> None:
    """Whatever stands under the header, a record comes out and the native form carries it."""
    record = parse("WEBVTT\n" + text)
    assert list(NativeReader().read(Input("x", write_native(record)), ReadOptions())) == [record]
