"""What the tests of chat readers share: reading samples, what every record must keep, and spoiling samples."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from attunement.core.message import KINDS
from attunement.core.record import Record
from attunement.errors import AttunementError
from attunement.readers.base import Reader, ReadOptions
from attunement.readers.inputs import Input, Limits, open_input
from attunement.readers.native import NativeReader, write_native

DATA = Path(__file__).resolve().parent.parent / "data"


def read_bytes(reader: Reader, data: bytes | str, name: str = "sample.json") -> list[Record]:
    """Read bytes with a reader and check what every record must keep."""
    raw = data.encode() if isinstance(data, str) else data
    records = list(reader.read(Input(name, raw), ReadOptions()))
    check_sound(records)
    return records


def read_plain(reader: Reader, plain: Any, name: str = "sample.json") -> list[Record]:
    """Read plain data, written as JSON."""
    return read_bytes(reader, json.dumps(plain), name)


def read_path(reader: Reader, path: str) -> list[Record]:
    """Read a sample file or folder under tests/data."""
    records = list(reader.read(open_input(DATA / path, limits=Limits()), ReadOptions()))
    check_sound(records)
    return records


def sniffs(reader: Reader, path: str) -> float:
    """How sure a reader is of a sample file or folder under tests/data."""
    return reader.sniff(open_input(DATA / path, limits=Limits()).sample())


def check_sound(records: Sequence[Record]) -> None:
    """Indexes, replies, speakers, kinds and times fit together, and native JSON lines give the record back."""
    for record in records:
        assert [m.index for m in record.messages] == list(range(len(record.messages)))
        names = [s.name for s in record.speakers]
        assert len(set(names)) == len(names)
        assert {m.speaker for m in record.messages} - {None} == set(names)
        assert all(name == " ".join(name.split()) and name for name in names)
        for message in record.messages:
            assert message.kind in KINDS
            assert message.kind in ("text", "system") or not message.text
            assert message.kind != "system" or message.speaker is None
            assert message.reply_to is None or 0 <= message.reply_to < message.index
            assert message.start is None or (record.epoch is not None and message.start >= 0)
            assert message.end is None or (message.start is not None and message.end >= message.start)
        assert all(problem.kind and problem.message and problem.source.name for problem in record.problems)
        (again,) = NativeReader().read(Input("again.jsonl", write_native(record)), ReadOptions())
        assert again == record
    ids = [record.id for record in records]
    assert len(set(ids)) == len(ids)


def rows(record: Record) -> list[tuple[str | None, str, str]]:
    """Speaker, text and kind of each message."""
    return [(m.speaker, m.text, m.kind) for m in record.messages]


def clock(record: Record, index: int) -> str:
    """The wall clock of a message."""
    return str(record.at(record.messages[index].start))


def kinds(record: Record) -> list[str]:
    """Kinds of the record's problems."""
    return [problem.kind for problem in record.problems]


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.sampled_from(["", "\x00", "\u202e", "9" * 400, "2024-13-45T99:99:99", "<b>", "a\ud83d", "1e400", "-1", "null"]),
    st.just([]),
    st.just({}),
    st.lists(st.none() | st.integers() | st.text(max_size=3), max_size=3),
    st.dictionaries(st.sampled_from(["id", "text", "type", "from", "name", "x"]), st.none() | st.text(max_size=3)),
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += _paths(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            found += _paths(inner, (*path, number))
    return found


@st.composite
def spoiled(draw: Callable[..., Any], plain: Any) -> Any:
    """Plain data with a few values replaced by junk, taken out or doubled."""
    value = copy.deepcopy(plain)
    for _ in range(draw(st.integers(1, 6))):
        paths = _paths(value)
        if not paths:
            break
        *above, last = draw(st.sampled_from(paths))
        inner = value
        for key in above:
            inner = inner[key]
        act = draw(st.sampled_from(["replace", "remove", "double"]))
        if act == "replace":
            inner[last] = draw(JUNK)
        elif act == "remove":
            del inner[last]
        elif isinstance(inner, list):
            inner.insert(last, copy.deepcopy(inner[last]))
    return value


@st.composite
def spoiled_bytes(draw: Callable[..., Any], data: bytes) -> bytes:
    """Bytes with a few of them changed, cut or put in."""
    raw = bytearray(data)
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, max(0, len(raw) - 1)))
        act = draw(st.sampled_from(["change", "cut", "insert", "end"]))
        if act == "change" and raw:
            raw[at] = draw(st.integers(0, 255))
        elif act == "cut":
            del raw[at : at + draw(st.integers(1, 20))]
        elif act == "insert":
            raw[at:at] = draw(st.sampled_from([b"\x00", b"\xff\xfe", b"{", b"]", b'"', b"\\ud800", b"<", b"\xe2\x80"]))
        elif draw(st.integers(0, 9)) == 0:
            del raw[at:]
    return bytes(raw)


def survive(reader: Reader, source: Input) -> None:
    """Read whatever comes: a sound record or an error of ours, nothing else; sniffing never raises."""
    assert 0.0 <= reader.sniff(source.sample()) <= 1.0
    try:
        records = list(reader.read(source, ReadOptions()))
    except AttunementError:
        return
    check_sound(records)


def as_bytes(plain: Any) -> bytes:
    """Plain data as JSON; lone surrogates as escapes, as bad exports write them."""
    return json.dumps(plain).encode()


def encode(record: Record) -> bytes:
    """A record as bytes, to compare two readings at once."""
    return msgspec.json.encode(record)
