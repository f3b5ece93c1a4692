"""RTTM: stretches alone, and joined to the transcript that lies beside them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.rttm import Stretch, join_speakers

DATA = Path(__file__).parent.parent / "data" / "rttm"


def test_alone_it_gives_events_without_words() -> None:
    """Each stretch is an event with a time and no words, in order; what is missing is said."""
    (record,) = read_source(DATA / "talk.rttm", ReadOptions())
    assert record.format == "rttm"
    assert [(m.speaker, m.kind, m.text, m.start) for m in record.messages] == [
        ("SPEAKER_00", "media", "", 0.5),
        ("SPEAKER_01", "media", "", 3.1),
        ("SPEAKER_00", "media", "", 3.2),
        ("SPEAKER_01", "media", "", 6.0),
    ]
    assert record.messages[0].end == pytest.approx(3.1)
    assert record.problem_counts() == {"unreadable line": 1, "no words": 1}


@pytest.mark.parametrize("is_zip", [False, True])
def test_beside_a_transcript_it_gives_speakers(is_zip: bool) -> None:
    """In a folder or a zip the words get the voice that speaks longest; silence and two voices are told."""
    source: object = DATA
    if is_zip:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for path in DATA.iterdir():
                archive.write(path, f"export/{path.name}")
        source = buffer.getvalue()
    (record,) = read_source(source, ReadOptions())  # type: ignore[arg-type]
    assert (record.format, record.meta["transcript_format"]) == ("rttm", "srt")
    assert [(m.speaker, m.text) for m in record.messages] == [
        ("SPEAKER_00", "Did you sleep?"),
        ("SPEAKER_01", "A little."),
        (None, "Mm."),
        ("SPEAKER_01", "And you?"),
    ]
    assert [s.name for s in record.speakers] == ["SPEAKER_00", "SPEAKER_01"]
    assert record.problem_counts() == {"unreadable line": 1, "mixed speakers": 1, "missing speaker": 1}
    assert record.meta["diarised"] == 2


_RTTM = "".join(
    f"SPEAKER {{file}} 1 {2 * n}.000 2.000 <NA> <NA> S{n} <NA> <NA>\n" for n in range(2)
)  # fmt: skip
_FORMS = {
    "json": '{"text": " a b", "language": "en", "segments": [{"id": 0, "start": 0.0, "end": 2.0, "text": " a"}, '
    '{"id": 1, "start": 2.0, "end": 4.0, "text": " b"}]}',
    "srt": "1\n00:00:00,000 --> 00:00:02,000\na\n\n2\n00:00:02,000 --> 00:00:04,000\nb\n",
    "tsv": "start\tend\ttext\n0\t2000\ta\n2000\t4000\tb\n",
    "txt": "a\nb\n",
    "vtt": "WEBVTT\n\n00:00.000 --> 00:02.000\na\n\n00:02.000 --> 00:04.000\nb\n",
}


@pytest.mark.parametrize("files", [["talk"], ["talk", "walk"], ["talk", "walk", "other"]])
def test_the_forms_that_whisper_writes_are_one_transcript(tmp_path: Path, files: list[str]) -> None:
    """All five beside an RTTM file of the same base name give one record with speakers, out of the JSON."""
    for file in files:
        for ending, text in _FORMS.items():
            (tmp_path / f"{file}.{ending}").write_text(text)
        if file != "other":
            (tmp_path / f"{file}.rttm").write_text(_RTTM.format(file=file))
        (tmp_path / f"{file}.wav").write_bytes(b"RIFF")
    records = {record.id: record for record in read_source(tmp_path, ReadOptions())}
    assert sorted(records) == sorted(files)
    for file in files:
        record = records[file]
        assert record.meta["transcript_format"] == "whisper"
        speakers = [None, None] if file == "other" else ["S0", "S1"]
        assert [(m.speaker, m.text) for m in record.messages] == list(zip(speakers, ["a", "b"], strict=True))
    told = [p for record in records.values() for p in record.problems if p.kind == "other forms"]
    assert len(told) == len(files)
    assert all(p.remark and ".vtt, .srt, .tsv, .txt" in p.message for p in told)


def test_a_form_that_nobody_knows_gives_way_to_the_next(tmp_path: Path) -> None:
    """JSON that is something else does not hide the subtitles beside it."""
    (tmp_path / "talk.json").write_text('{"made": "today"}')
    (tmp_path / "talk.srt").write_text(_FORMS["srt"])
    (tmp_path / "talk.rttm").write_text(_RTTM.format(file="talk"))
    (record,) = read_source(tmp_path, ReadOptions())
    assert [(m.speaker, m.text) for m in record.messages] == [("S0", "a"), ("S1", "b")]


def test_no_speaker_line_is_an_error() -> None:
    """A file with other lines only cannot be read as RTTM."""
    with pytest.raises(InputError, match="no SPEAKER line"):
        read_source(b"SPKR-INFO a 1\n", ReadOptions(format="rttm"))


TIMES = st.integers(0, 60).map(float)


@given(
    st.lists(st.tuples(TIMES, TIMES), max_size=8),
    st.lists(st.tuples(TIMES, TIMES, st.sampled_from("ABC")), max_size=8),
)
@settings(max_examples=200, deadline=None)
def test_join_takes_the_longest_share(
    spans: list[tuple[float, float]], stretches: list[tuple[float, float, str]]
) -> None:
    """The one-pass join agrees with adding up every overlap by hand."""
    messages = tuple(Message(i, None, "x", start, start + length) for i, (start, length) in enumerate(sorted(spans)))
    voices = sorted(Stretch(start, start + length, name) for start, length, name in stretches)
    joined = join_speakers(Record("r", messages), voices)
    for message in joined.messages:
        assert message.start is not None
        assert message.end is not None
        shares = {
            name: sum(
                max(0.0, min(message.end, v.end) - max(message.start, v.start)) for v in voices if v.speaker == name
            )
            for name in "ABC"
        }
        if message.end == message.start:
            assert message.speaker is None or any(v.start <= message.start < v.end for v in voices)
        elif max(shares.values()) == 0:
            assert message.speaker is None
        else:
            assert shares[message.speaker or ""] == max(shares.values())


def test_what_cannot_be_joined_is_told(tmp_path: Path) -> None:
    """A transcript of the folder that no reader knows is a problem and not merely missing."""
    for path in DATA.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "other.txt").write_text("So how was it?\n\nIt was fine.\n")
    (record,) = read_source(tmp_path, ReadOptions())
    assert ("unreadable file", "other.txt") in [(p.kind, p.source.name) for p in record.problems]
