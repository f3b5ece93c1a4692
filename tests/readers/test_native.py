"""The native reader and writer: the promised form, everything kept, nothing guessed."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.core.message import KINDS, Message, Speaker
from attunement.core.record import Record
from attunement.core.source import Choice, Problem, Question, Source
from attunement.errors import InputError, WireError
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.inputs import Input
from attunement.readers.native import NativeReader, write_native

OPTIONS = ReadOptions()


def read(*lines: object, name: str = "talk.jsonl") -> tuple[Record, ...]:
    """Read lines of plain data."""
    data = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode()
    return tuple(NativeReader().read(Input(name, data), OPTIONS))


def turns(*given: dict[str, object], **top: object) -> dict[str, object]:
    """Word one conversation."""
    return {"id": "c1", "turns": list(given), **top}


def test_promised_form_is_read() -> None:
    """Speakers, words, times, roles, labels and meta of the promise arrive as they stand."""
    (record,) = read(
        turns(
            {"speaker": "Ana", "text": "I miss you", "time": 1.5, "role": "client", "labels": {"expression": ["need"]}},
            {"speaker": "Ben", "text": "k", "time": 4},
            meta={"study": 7},
        )
    )
    assert record.id == "c1"
    assert record.format == "native"
    assert [(m.index, m.speaker, m.text, m.start, m.line) for m in record.messages] == [
        (0, "Ana", "I miss you", 1.5, 1),
        (1, "Ben", "k", 4.0, 1),
    ]
    assert record.messages[0].labels == {"expression": ["need"]}
    assert record.speakers == (Speaker("Ana", "client"), Speaker("Ben"))
    assert record.meta == {"study": 7}
    assert (record.medium, record.epoch, record.problems) == ("transcript", None, ())


@pytest.mark.parametrize(
    ("times", "epoch", "starts"),
    [
        (["2025-02-10T07:01:00", "2025-02-10T07:02:30"], datetime(2025, 2, 10, 7, 1), [0.0, 90.0]),
        (["2025-03-30T01:59:00+01:00", "2025-03-30T03:01:00+02:00"], datetime(2025, 3, 30, 1, 59), [0.0, 120.0]),
        (["00:00:07", "00:01:00.250"], None, [7.0, 60.25]),
        ([12, 13.5], None, [12.0, 13.5]),
        ([1700000000, 1700000060], datetime(1970, 1, 1), [1700000000.0, 1700000060.0]),
    ],
)
def test_times(times: list[object], epoch: datetime | None, starts: list[float]) -> None:
    """ISO times give an epoch and a chat, clock times and seconds a transcript, Unix seconds a chat."""
    (record,) = read(turns(*({"speaker": "a", "text": "x", "time": time} for time in times)))
    assert record.epoch == epoch
    assert [m.start for m in record.messages] == starts
    assert record.medium == ("transcript" if epoch is None else "chat")


def test_offsets_of_a_clock_change_keep_the_hours_that_people_lived_by() -> None:
    """A year in Berlin: half past nine in the evening stays that in July; and every time is told again as it stood."""
    written = [f"2024-{month:02d}-15T21:30:00{'+02:00' if 3 < month < 11 else '+01:00'}" for month in range(1, 13)]
    (record,) = read(turns(*({"speaker": "ab"[i % 2], "text": "x", "time": time} for i, time in enumerate(written))))
    local = [record.at(message.start) for message in record.messages]
    assert [f"{time:%Y-%m-%dT%H:%M:%S}" for time in local if time] == [time[:19] for time in written]


def test_two_people_in_two_zones_are_an_hour_apart_on_the_wall_and_not_in_time() -> None:
    """London and Paris write on and on; and a move of many hours is no clock change."""
    pairs = [
        ("london", f"2024-01-{day:02d}T20:00:00+00:00", "paris", f"2024-01-{day:02d}T21:05:00+01:00")
        for day in range(1, 9)
    ]
    said = [{"speaker": who, "text": "x", "time": time} for a, x, b, y in pairs for who, time in ((a, x), (b, y))]
    (record,) = read(turns(*said))
    starts = [message.start for message in record.messages]
    assert [b - a for a, b in zip(starts[::2], starts[1::2], strict=True)] == [300.0] * 8
    (moved,) = read(
        turns(
            {"speaker": "a", "text": "x", "time": "2024-01-01T20:00:00+00:00"},
            {"speaker": "a", "text": "x", "time": "2024-06-01T20:00:00+09:00"},
        )
    )
    assert moved.messages[1].start == (152 * 24 - 9) * 3600.0


def test_bad_times_are_told_and_left_out() -> None:
    """A time that cannot be read, one of another kind, and an end before its start are problems, never guesses."""
    (record,) = read(
        turns(
            {"speaker": "a", "text": "x", "time": "2025-02-10T07:01:00"},
            {"speaker": "a", "text": "x", "time": "some day"},
            {"speaker": "a", "text": "x", "time": 5},
            {"speaker": "a", "text": "x", "time": "2025-02-10T07:03:00", "end": "2025-02-10T07:02:00"},
        )
    )
    assert [m.start for m in record.messages] == [0.0, None, None, 120.0]
    assert record.messages[3].end is None
    assert record.problem_counts() == {"bad time": 3}


def test_other_keys_are_kept() -> None:
    """Nothing is lost: keys of a line go to meta, those of a turn to its turn_fields, people's labels stay apart."""
    (record,) = read(
        turns(
            {"speaker": "a", "text": "x", "labels": {"act": "sv"}, "machine": {"act": "b"}},
            {"speaker": "b", "text": "y", "masked_duplicate": True, "labels": {}},
            corpus="demo",
            labels={"outcome": 2},
            meta={"corpus": "other"},
        )
    )
    assert record.messages[0].labels == {"act": "sv"}
    assert record.messages[1].labels == {}
    assert record.meta == {
        "corpus": "other",
        "record_corpus": "demo",
        "labels": {"outcome": 2},
        "turn_fields": {"machine": {"0": {"act": "b"}}, "masked_duplicate": {"1": True}},
    }


def test_pairs_are_two_turns() -> None:
    """A post and its reply are two turns; labels of the pair stay with the record."""
    (record,) = read({"id": "p", "post": "I can't sleep", "reply": "since when?", "labels": {"er": 1}})
    assert [(m.speaker, m.text) for m in record.messages] == [("seeker", "I can't sleep"), ("replier", "since when?")]
    assert record.meta == {"labels": {"er": 1}}


def test_replies_are_resolved() -> None:
    """A reply names a turn by index or by id; one that points nowhere is a problem."""
    (record,) = read(
        turns(
            {"speaker": "a", "text": "x", "id": "m1"},
            {"speaker": "b", "text": "y", "id": "m2", "reply_to": 0},
            {"speaker": "c", "text": "z", "id": "m3", "reply_to": "m1"},
            {"speaker": "c", "text": "z", "reply_to": 9},
        )
    )
    assert [m.reply_to for m in record.messages] == [None, 0, 0, None]
    assert record.problem_counts() == {"bad reply": 1}
    assert "turn_fields" not in record.meta


def test_kinds_and_speakers_are_brought_together() -> None:
    """System lines and blank names are nobody's, a caption is text with media; names are kept beside."""
    (record,) = read(
        turns(
            {"speaker": "Bot", "text": "joined", "kind": "system"},
            {"speaker": " ", "text": "x"},
            {"speaker": "a", "text": "look", "kind": "media"},
            {"speaker": "a", "text": "", "kind": "deleted"},
        )
    )
    assert [(m.speaker, m.kind, m.media) for m in record.messages] == [
        (None, "system", False), (None, "text", False), ("a", "text", True), ("a", "deleted", False),
    ]  # fmt: skip
    assert record.meta["turn_fields"]["speaker"] == {"0": "Bot"}
    assert record.problem_counts() == {"missing speaker": 1}


def test_changed_record_of_ours_is_mended_and_told() -> None:
    """A speaker, an end or a reply that was changed by hand does not make an unsound record."""
    line = {
        "id": "x",
        "attunement": {"version": 1, "format": "srt", "speakers": [{"name": "Ana", "role": "m"}]},
        "turns": [{"speaker": "Ana", "text": "x", "time": 3, "end": 2}, {"speaker": "Eve", "text": "y", "reply_to": 7}],
    }
    (record,) = read(line)
    assert record.format == "srt"
    assert record.speakers == (Speaker("Ana", "m"), Speaker("Eve"))
    assert record.problem_counts() == {"bad time": 1, "bad reply": 1, "damaged record": 1}


def test_bad_lines_are_located() -> None:
    """A line that is no conversation is counted with its number and costs nothing else."""
    good = turns({"speaker": "a", "text": "x"})
    records = read(good, "{broken", "", {"id": 3}, good | {"id": "c2"})
    assert len(records) == 2
    assert [(p.kind, p.source.line) for p in records[0].problems] == [("unreadable line", 2), ("unreadable line", 4)]


def test_conversations_of_one_id_are_numbered_and_told() -> None:
    """Everybody who reads the file gets the same ids, and no two the same; other ids stay as they are written."""
    one = turns({"speaker": "a", "text": "x"})
    records = read(*[one | {"id": id_} for id_ in ("k", "a  b", "k", "k (2)", "k")])
    assert [record.id for record in records] == ["k", "a  b", "k (2)", "k (2) (2)", "k (3)"]
    assert [(p.kind, p.remark) for record in records for p in record.problems] == [("same id", True)]
    assert records[0].problems[0].message.startswith("3 of 5 conversations ")


def test_missing_parts_are_told() -> None:
    """No speaker and no text are problems; ids and names that are numbers are words."""
    (record,) = read({"id": 7, "turns": [{"text": "x"}, {"speaker": 2, "text": None}, 5]})
    assert record.id == "7"
    assert [m.speaker for m in record.messages] == [None, "2", None]
    assert record.problem_counts() == {"missing speaker": 2, "missing text": 2, "unreadable turn": 1}


def test_one_value_over_many_lines() -> None:
    """A pretty-printed conversation, or a list of them, is read too."""
    one = json.dumps(turns({"speaker": "a", "text": "x"}), indent=2)
    assert len(read(one)) == 1
    assert len(read(json.dumps([json.loads(one), json.loads(one)], indent=1))) == 2


@pytest.mark.parametrize("data", [b"{}", b"[1, 2]", b"not json", b"[" * 200_000, b'{"turns":' * 100_000])
def test_nothing_to_read_is_an_error(data: bytes) -> None:
    """A file without any conversation, or nested beyond reason, is refused with a hint."""
    with pytest.raises(InputError, match="no conversation"):
        NativeReader().read(Input("x.jsonl", data), OPTIONS)


def test_deep_labels_are_a_problem_not_a_crash() -> None:
    """One line nested beyond the recursion limit does not sink the file."""
    deep = '{"id":"d","turns":[{"speaker":"a","text":"x","labels":' + "[" * 50_000 + "]" * 50_000 + "}]}"
    (record,) = read(turns({"speaker": "a", "text": "x"}), deep)
    assert record.problem_counts() == {"unreadable line": 1}


def test_half_characters_are_mended() -> None:
    """An escaped half of a surrogate pair is read as U+FFFD; a whole pair as its character."""
    (record,) = read('{"id":"h","turns":[{"speaker":"a","text":"x\\ud83d"},{"speaker":"a","text":"\\ud83d\\ude00"}]}')
    assert [m.text for m in record.messages] == ["x\ufffd", "\U0001f600"]
    assert [p.message for p in record.problems] == ["1 broken character was replaced by U+FFFD."]


def test_numbers_that_are_none_are_null() -> None:
    """What `json.dumps` writes for a missing number costs no conversation, wherever in it; damage still does."""
    said = {"speaker": "a", "text": "NaN", "time": float("nan"), "labels": {"intensity": float("inf")}}
    line = json.dumps({"id": 7, "turns": [said], "meta": {"age": float("nan"), "score": -float("inf")}})
    assert line.count("NaN") == 3
    for data in (line, json.dumps([json.loads(line)], indent=1)):
        (record,) = read(data)
        assert (record.id, record.problems) == ("7", ())
        (message,) = record.messages
        assert (message.text, message.start, message.labels) == ("NaN", None, {"intensity": None})
        assert record.meta == {"age": None, "score": None}
    (record,) = read(line, '{"id":"x","turns":[NaN')
    assert record.problem_counts() == {"unreadable line": 1}


def test_unknown_version_is_refused() -> None:
    """A record written by another version is not half understood."""
    with pytest.raises(WireError, match="Version '99'"):
        read({"id": "x", "attunement": {"version": 99, "novel": 1}, "turns": []})
    with pytest.raises(WireError, match="does not fit"):
        read({"id": "x", "attunement": {"version": 1, "medium": "my secret"}, "turns": []})
    with pytest.raises(WireError, match=r"^((?!secret).)*$"):
        read({"id": "x", "attunement": {"version": 1, "medium": "my secret"}, "turns": []})
    for version in (True, 1.0, "1"):
        with pytest.raises(WireError, match="not known here"):
            read({"id": "x", "attunement": {"version": version}, "turns": []})


def test_half_characters_are_written_as_promised() -> None:
    """A lone surrogate anywhere in a record, a speaker's name or alias among them, is written as U+FFFD."""
    half = "Ana \ud83d"
    record = Record("r", (Message(0, half, half, labels={"a": (half,)}),), (Speaker(half, aliases=(half,)),))
    (back,) = NativeReader().read(Input("x", write_native(record)), OPTIONS)
    assert back.speakers == (Speaker("Ana \ufffd", aliases=("Ana \ufffd",)),)
    assert back.messages[0].text == "Ana \ufffd"


def test_chosen_by_content_also_gzipped() -> None:
    """The reader is found whatever the file is called, also when gzipped or in UTF-16."""
    line = json.dumps(turns({"speaker": "Ána", "text": "x"}), ensure_ascii=False)
    for data in (line.encode(), gzip.compress(line.encode()), line.encode("utf-16"), b"\xef\xbb\xbf" + line.encode()):
        (record,) = read_source(data, OPTIONS, name="mystery.bin")
        assert record.format == "native"
        assert record.messages[0].speaker == "Ána"


def test_other_encodings_and_damage() -> None:
    """A file in cp1252 is read as such and told; one broken line in UTF-8 costs that line only."""
    good = json.dumps(turns({"speaker": "Zoë", "text": "schön"}), ensure_ascii=False)
    (record,) = NativeReader().read(Input("x", good.encode("cp1252")), OPTIONS)
    assert record.messages[0].speaker == "Zoë"
    assert record.problem_counts() == {"encoding assumed": 1}
    (record,) = NativeReader().read(Input("x", good.encode() + b"\n" + good.encode("cp1252")), OPTIONS)
    assert record.problem_counts() == {"unreadable line": 1}


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
SECONDS = st.none() | st.floats(-1e9, 1e9)
WORDS = st.text(max_size=20)
SOURCES = st.builds(Source, WORDS, st.none() | st.integers(1, 10**6), st.none() | st.integers(0, 10**9))


@st.composite
def any_record(draw: st.DrawFn) -> Record:
    """Draw a record that uses every field there is."""
    names = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
    count = draw(st.integers(0, 5))
    starts = [draw(SECONDS) for _ in range(count)]
    lengths = [draw(st.none() | st.floats(0, 1e6)) for _ in range(count)]
    messages = tuple(
        Message(
            index,
            draw(st.none() | st.sampled_from(names)),
            draw(st.text()),
            starts[index],
            None if lengths[index] is None else (starts[index] or 0.0) + (lengths[index] or 0.0),
            draw(st.sampled_from(KINDS)),
            draw(st.booleans()),
            draw(st.booleans()),
            draw(st.none() | st.sampled_from([other for other in range(count) if other != index] or [None])),
            draw(st.none() | st.integers(1, 10**6)),
            draw(st.none() | WORDS),
            draw(st.none() | st.dictionaries(st.text(), PLAIN, max_size=3)),
        )
        for index in range(count)
    )
    return Record(
        draw(WORDS.filter(bool)),
        messages,
        tuple(Speaker(name, draw(st.none() | WORDS), tuple(draw(st.lists(WORDS, max_size=2)))) for name in names),
        draw(st.sampled_from(["chat", "transcript"])),
        draw(st.none() | st.datetimes()),
        draw(WORDS),
        tuple(draw(st.lists(st.builds(Problem, WORDS, WORDS, SOURCES), max_size=2))),
        tuple(
            draw(
                st.lists(
                    st.builds(Question, WORDS, WORDS, st.tuples(st.builds(Choice, WORDS, WORDS)), SOURCES), max_size=2
                )
            )
        ),
        draw(st.dictionaries(st.text(), PLAIN, max_size=3)),
    )


@given(st.lists(any_record(), min_size=1, max_size=2, unique_by=lambda record: record.id))
@settings(max_examples=60, deadline=None)
def test_round_trip_is_equal(records: list[Record]) -> None:
    """Any records written and read again are equal, field by field."""
    data = b"".join(write_native(record) for record in records)
    assert NativeReader().sniff(Input("x", data).sample()) == 1.0
    assert list(NativeReader().read(Input("x", data), OPTIONS)) == records


@given(st.binary(max_size=300) | st.text(alphabet='{}[]":,turns idspeaktx\\u0', max_size=200).map(str.encode))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Whatever comes, the reader answers with records or an error of ours."""
    source = Input("x", data)
    assert 0.0 <= NativeReader().sniff(source.sample()) <= 1.0
    try:
        records = NativeReader().read(source, OPTIONS)
    except InputError:
        return
    assert records


@pytest.mark.data
def test_every_corpus_is_read_whole(shared: Path) -> None:
    """Each record, turn and label of the labelled corpora arrives, with no problem noted."""
    for path in sorted((shared / "data").glob("*/dev.jsonl.gz")):
        with gzip.open(path) as file:
            expected = [json.loads(line) for line in file]
        records = read_source(path, OPTIONS)
        assert len(records) == len(expected), path.parent.name
        for record, plain in zip(records, expected, strict=True):
            assert record.id == plain["id"]
            assert not record.problems, path.parent.name
            for key in plain.keys() - {"id", "turns", "meta", "post", "reply"}:
                assert record.meta[key] == plain[key]
            assert plain.get("meta", {}).items() <= record.meta.items()
            if "post" in plain:
                assert [m.text for m in record.messages] == [plain["post"], plain["reply"]]
                continue
            assert [(m.speaker, m.text, m.labels) for m in record.messages] == [
                (turn["speaker"], turn["text"], turn.get("labels")) for turn in plain["turns"]
            ]
            fields = record.meta.get("turn_fields", {})
            for index, turn in enumerate(plain["turns"]):
                assert ("time" in turn) == (record.messages[index].start is not None)
                for key in turn.keys() & {"machine", "masked_duplicate", "turn"}:
                    assert fields[key][str(index)] == turn[key]
        assert list(read_source(b"".join(map(write_native, records)), OPTIONS)) == list(records)


def test_turns_with_ends_alone() -> None:
    """Ends without starts are kept as they are; nothing dates the record."""
    line = b'{"id": "a", "turns": [{"speaker": "Ana", "text": "x", "end": 1.5}, {"speaker": "Ben", "text": "y"}]}'
    (record,) = NativeReader().read(Input("x", line), ReadOptions())
    assert [(m.start, m.end) for m in record.messages] == [(None, 1.5), (None, None)]
    assert record.epoch is None
