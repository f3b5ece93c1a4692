"""The contract test of a reader: ours and plug-in authors' readers run the same checks."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterable, Iterator, Sequence

from attunement.core import wire
from attunement.core.message import KINDS, Message
from attunement.core.record import Record
from attunement.core.source import Problem, Question, Source
from attunement.errors import AttunementError
from attunement.readers.base import Reader, ReadOptions
from attunement.readers.inputs import Input, Member
from attunement.readers.native import NativeReader, write_native

__all__ = ["check_reader", "check_record", "damaged", "harsh_inputs"]

_SECRET = "zqxjkvbp"  # noqa: S105 - no password
"""Stands in every harsh input; no error, problem or question may repeat it."""

_LONGEST_QUOTE = 24
"""Words of a message that a problem may share with it by chance, in letters."""


def harsh_inputs() -> Iterator[tuple[str, bytes]]:
    """Yield named inputs that no reader likes: empty, binary, cut off, deep, bombs, strange encodings."""
    secret = _SECRET.encode()
    noise = random.Random(7)  # noqa: S311 - made-up bytes, the same every time
    yield "white space", b" \r\n\t\n" * 20
    yield "zero bytes", b"\x00" * 5000
    yield "noise", noise.randbytes(4000) + secret
    yield "a picture", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + noise.randbytes(500) + secret
    yield "a broken mark", b"\xef\xbb\xbf\xff\xfe" + secret
    yield "half of UTF-16", ("\ufeff" + _SECRET + ": hello").encode("utf-16-le")[:-1]
    yield "lone surrogates", b'{"a": "\\ud800", "b": "' + secret + b'"}'
    yield "cp1252", f"{_SECRET}: señor müller\n".encode("cp1252") * 20
    yield "one long line", (secret + b" ") * 100_000
    yield "many short lines", secret + b"\n" + b"a\n" * 20_000
    yield "control characters", b"\x1b[31m" + secret + b"\x07\x08\x15\x0b\x0c\x1c\x85\n" * 20
    yield "direction marks", f"\u202e\u200f{_SECRET}\u200e: \u2067hi\n".encode() * 20
    yield "deep brackets", b"[" * 100_000 + secret
    yield "deep braces", b'{"a":' * 100_000 + secret
    yield "cut-off JSON", b'{"messages": [{"from": "' + secret
    yield "JSON of other shapes", b'[1, null, {"messages": 3, "turns": {"x": []}, "mapping": "' + secret + b'"}]'
    yield (
        "numbers beyond bounds",
        b'{"messages": [{"date": 1e999, "text": "' + secret + b'", "id": 99999999999999999}]}',
    )
    yield (
        "an XML bomb",
        (
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "'
            + secret * 10
            + b'"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
            b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>'
        ),
    )
    yield "an outer entity", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;' + secret + b"</a>"
    yield "deep XML", b"<a>" * 20_000 + secret
    yield "a table with quotes left open", b'speaker,text\n"' + secret + b',"""\n' * 50
    yield "times beyond bounds", b"99:99:99,999 --> 00:00:00,000\n" + secret + b"\n\n" * 20
    yield "a pasted header", b"[14:03, 12/10/2024] " + secret + b": hello\n"


def damaged(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a sample cut off, with bytes changed, with zero bytes and repeated; the same every time."""
    for share in (0.1, 0.5, 0.9):
        yield f"cut off at {share:.0%}", data[: int(len(data) * share)]
    noise = random.Random(len(data))  # noqa: S311
    for rate in (200, 20):
        changed = bytearray(data)
        for at in range(0, len(changed), rate):
            changed[min(at + noise.randrange(rate), len(changed) - 1)] = noise.randrange(256)
        yield f"one byte in {rate} changed", bytes(changed)
    middle = len(data) // 2
    yield "zero bytes inside", data[:middle] + b"\x00\x00\x00" + data[middle:]
    yield "twice in a row", data + data
    yield "line ends of another system", data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def check_reader(reader: Reader, samples: Sequence[Input] = (), *, seconds: float = 10.0) -> None:
    """Check that a reader keeps its contract.

    It knows its own samples and says so between 0 and 1; sniffing never raises; reading gives sound records
    (`check_record`), the same each time, that come back equal from native JSON lines; whatever it is handed, it raises
    nothing but `attunement.errors`, in bounded time, and no error, problem or question quotes what was said.

    Parameters
    ----------
    reader : Reader
        The reader.
    samples : sequence of Input
        Inputs of its format, as small as they can be and still hold its quirks.
    seconds : float
        Bound on the time of one reading.

    Raises
    ------
    AssertionError
        Naming what does not hold, and for which input. Never quotes a message.

    Examples
    --------
    >>> from attunement.readers.whatsapp import WhatsAppReader
    >>> check_reader(WhatsAppReader(), [Input("chat.txt", b"13/10/2024, 21:58 - Mia: hi")])
    """
    assert reader.name == reader.name.lower(), "a reader's name is lower case"
    assert reader.name, "a reader has a name"
    assert all(part.isalnum() for part in reader.name.split("-")), "a reader's name is letters, digits and hyphens"
    assert reader.title, "a reader has a title"
    assert all(reader.endings), "endings are words for people"
    assert isinstance(reader.reads_bundle, bool), "reads_bundle is True or False"
    for sample in samples:
        assert _sniff(reader, sample, sample.name) > 0.2, f"{sample.name}: it does not know its own sample"
        records = _read(reader, sample, sample.name, seconds)
        assert records is not None, f"{sample.name}: it cannot read its own sample"
        for record in records:
            _check_round_trip(record, sample.name)
        again = _read(reader, sample, sample.name, seconds)
        assert _encoded(records) == _encoded(again or ()), f"{sample.name}: reading twice gives two results"
        for what, broken in _broken(sample):
            _sniff(reader, broken, what)
            _read(reader, broken, what, seconds)
    for what, data in harsh_inputs():
        plain = Input("harsh.txt", data)
        bundle = Input("harsh.zip", members=(_member("harsh.txt", data),))
        for source in (plain, bundle):
            assert 0 <= _sniff(reader, source, what) <= 1, f"{what}: sureness lies outside [0, 1]"
        _read(reader, bundle if reader.reads_bundle else plain, what, seconds)


def check_record(record: Record, *, format: str, where: str) -> None:  # noqa: A002
    """Check that a record is sound.

    Parameters
    ----------
    record : Record
        What a reader made.
    format : str
        The reader's name.
    where : str
        Which input, for the message.

    Raises
    ------
    AssertionError
        Naming what does not hold, and at which message.
    """
    assert record.id, f"{where}: a record has an id"
    # Native lines keep the name of the reader that first made the record.
    assert record.format == format or format == "native", f"{where}: a record carries its reader's name"
    assert not (record.questions and record.messages), f"{where}: where a question stands open, nothing is guessed"
    # A native line gives back what somebody wrote, so there only what programs rely on is asked for.
    is_given = format == "native"
    for index, message in enumerate(record.messages):
        at = f"{where}, message {index}"
        _check_place(message, index, len(record.messages), at)
        if not is_given:
            _check_words(message, at)
    named = dict.fromkeys(message.speaker for message in record.messages if message.speaker is not None)
    speakers = [speaker.name for speaker in record.speakers]
    assert set(named) <= set(speakers), f"{where}: speakers are those whom messages name"
    if is_given:
        return
    assert speakers == list(named), f"{where}: speakers are those whom messages name, in order of first appearance"
    for problem in record.problems:
        _check_problem(problem, where)
    for question in record.questions:
        _check_question(question, where)
    _check_discreet(
        [problem.message for problem in record.problems] + [question.text for question in record.questions],
        record.messages,
        where,
    )


def _check_place(message: Message, index: int, count: int, where: str) -> None:
    assert message.index == index, f"{where}: messages are numbered in the order of the source"
    assert message.kind in KINDS, f"{where}: its kind is none of {KINDS}"
    for time_of in (message.start, message.end):
        assert time_of is None or math.isfinite(time_of), f"{where}: times are numbers"
    if message.start is not None and message.end is not None:
        assert message.end >= message.start, f"{where}: it does not end before it starts"
    if message.reply_to is not None:
        assert 0 <= message.reply_to < count, f"{where}: it replies to a message of the record"
        assert message.reply_to != index, f"{where}: it does not reply to itself"


def _check_words(message: Message, where: str) -> None:
    if message.kind == "system":
        assert message.speaker is None, f"{where}: system lines are nobody's"
    if message.kind in ("media", "call", "deleted"):
        assert not message.text, f"{where}: an event without words has no text"
    if message.speaker is not None:
        assert message.speaker.strip(), f"{where}: a speaker's name can be seen"
    assert message.line is None or message.line >= 1, f"{where}: lines are counted from 1"


def _check_problem(problem: Problem, where: str) -> None:
    assert problem.kind, f"{where}: a problem has a kind"
    assert problem.message, f"{where}: a problem says what it is"
    _check_source(problem.source, where)


def _check_question(question: Question, where: str) -> None:
    assert question.key, f"{where}: a question names the option that answers it"
    assert question.key in ReadOptions.__struct_fields__, f"{where}: {question.option} is an option of reading"
    assert question.text, f"{where}: a question asks something"
    assert len(question.choices) != 1, f"{where}: a question with one answer is none"
    values = [choice.value for choice in question.choices]
    assert len(values) == len(set(values)), f"{where}: the answers to a question differ"
    _check_source(question.source, where)


def _check_source(source: Source, where: str) -> None:
    assert source.name, f"{where}: a place names its input"
    assert not source.name.startswith("/"), f"{where}: a place is named without the path to it"
    assert source.line is None or source.line >= 1, f"{where}: lines are counted from 1"
    assert source.offset is None or source.offset >= 0, f"{where}: offsets are counted from 0"


def _check_discreet(words: Iterable[str], messages: Sequence[Message], where: str) -> None:
    shown = "\n".join(words)
    if not shown:
        return
    assert _SECRET not in shown, f"{where}: a problem or question quotes what was said"
    for message in messages:
        if len(message.text) > _LONGEST_QUOTE:
            assert message.text not in shown, f"{where}: a problem or question quotes what was said"


def _sniff(reader: Reader, source: Input, what: str) -> float:
    try:
        first = reader.sniff(source.sample())
        second = reader.sniff(source.sample())
    except Exception as error:
        raise AssertionError(f"{what}: sniffing raises {type(error).__name__}") from error
    assert first == second, f"{what}: sniffing twice gives two answers"
    return first


def _read(reader: Reader, source: Input, what: str, seconds: float) -> tuple[Record, ...] | None:
    begin = time.perf_counter()
    refusal = ""
    try:
        records = tuple(reader.read(source, ReadOptions(format=reader.name)))
    except AttunementError as error:
        records, refusal = None, str(error)
    except Exception as error:
        raise AssertionError(f"{what}: reading raises {type(error).__name__}, which is none of ours") from error
    assert _SECRET not in refusal, f"{what}: an error quotes what was said"
    taken = time.perf_counter() - begin
    assert taken < seconds, f"{what}: reading takes {taken:.0f} seconds"
    for record in records or ():
        check_record(record, format=reader.name, where=what)
    return records


def _encoded(records: Iterable[Record]) -> list[bytes]:
    return [wire.encode(record) for record in records]


def _check_round_trip(record: Record, where: str) -> None:
    line = write_native(record)
    back = tuple(NativeReader().read(Input("native.jsonl", line), ReadOptions()))
    assert back == (record,), f"{where}: it does not come back equal from native JSON lines"
    assert wire.decode(wire.encode(record), Record) == record, f"{where}: it does not come back equal from the wire"


def _member(name: str, data: bytes) -> Member:
    return Member(name, len(data), lambda: data)


def _broken(sample: Input) -> Iterator[tuple[str, Input]]:
    if not sample.members:
        for what, data in damaged(sample.data):
            yield f"{sample.name}, {what}", Input(sample.name, data)
        return
    loaded = [(member.name, member.open().data) for member in sample.members]
    for at, (name, data) in enumerate(loaded):
        for what, changed in damaged(data):
            members = [_member(*each) for each in loaded]
            members[at] = _member(name, changed)
            yield f"{sample.name}/{name}, {what}", Input(sample.name, members=tuple(members))
