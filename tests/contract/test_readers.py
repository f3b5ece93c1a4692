"""Every installed reader keeps the contract."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.core.source import Choice, Problem, Question, Source
from attunement.errors import AttunementError, UnknownFormatError, UsageError
from attunement.readers.base import Reader, ReadOptions, choose_reader, read_input, reader_registry
from attunement.readers.inputs import Input, Limits, Sample, open_input
from attunement.readers.whatsapp import WhatsAppReader
from attunement.testing import check_reader, check_record

DATA = Path(__file__).resolve().parent.parent / "data"
AT_MOST = 20


def samples_of(name: str) -> list[Input]:
    """Open what lies in the folder of a format and is recognised as being of it (expectations lie there, too)."""
    folder = DATA / name.replace("-", "_")
    found: list[Input] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        try:
            source = open_input(path, limits=Limits())
            if choose_reader(source, ReadOptions()).name == name:
                found.append(source)
        except AttunementError:
            continue
    return found[:AT_MOST]


@pytest.mark.parametrize("name", list(reader_registry()))
def test_installed_reader_keeps_the_contract(name: str) -> None:
    """What `check_reader` asks of plug-ins holds for every reader that is installed here."""
    reader = reader_registry()[name]
    assert isinstance(reader, Reader)
    check_reader(reader, samples_of(name))


@pytest.mark.parametrize("path", sorted((DATA / "fuzz").iterdir()), ids=lambda path: path.name)
def test_what_fuzzing_found_stays_mended(path: Path) -> None:
    """Inputs that once broke a reader are read or refused by every one of them."""
    data = path.read_bytes()
    for name in reader_registry():
        read_or_refuse(name, data)


FRAGMENTS = [
    *"\n\t\x00\x15\ufeff\u200e[]{}<>,;:'", '"', " - ", "-->", "&x;", "<?xml?>", "<a>", "1e999",
    "00:00:01.000 --> 00:00:02.000\n", "13/10/2024, 21:58 - Mia: ", "[13/10/2024, 21:58:00] ", "Mia: hello\n",
    "*MOT:\thello .\n", "@Begin\n", "WEBVTT\n\n", '{"messages": [', '{"id": "a", "turns": [{"speaker": "a", "text": "',
    '"}]}', "speaker,text,time\n", "a,b,c\n", "SPEAKER a 1 0.0 1.0 <NA> <NA> b <NA> <NA>\n", "[Script Info]\n",
    "Dialogue: 0,0:00:01.00,0:00:02.00,,a,,,,,hello\n",
]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS).map(str.encode) | st.binary(max_size=6), max_size=25).map(b"".join))
def test_no_input_breaks_any_reader(data: bytes) -> None:
    """Whatever stands in a file, every reader gives sound records or refuses it with an error of ours."""
    for name in reader_registry():
        read_or_refuse(name, data)


def read_or_refuse(name: str, data: bytes) -> None:
    """Read by a given reader; let pass nothing but sound records and errors of ours."""
    try:
        source = open_input(data, limits=Limits(max_bytes=1 << 22), name="fuzz")
        reader = reader_registry()[name]
        reader.sniff(source.sample())
        for record in read_input(source, ReadOptions(format=name)):
            check_record(record, format=name, where="fuzz")
    except AttunementError:
        pass


def test_unknown_formats_are_refused_with_the_names_that_exist() -> None:
    """A slip in the name gives the nearest name; a file that nobody knows gives all of them."""
    source = Input("x.bin", b"\x00\x01\x02\x03" * 100)
    with pytest.raises(UsageError, match="whatsapp"):
        choose_reader(source, ReadOptions(format="whatsap"))
    with pytest.raises(UnknownFormatError, match="whatsapp"):
        read_input(source, ReadOptions())


CHAT = Input("chat.txt", b"13/10/2024, 21:58 - Mia: hello\n13/10/2024, 21:59 - Ola: a longer text than any word\n")


class _Spoiled:
    """The WhatsApp reader with one thing broken."""

    name, title, endings, reads_bundle = "whatsapp", "WhatsApp", (".txt",), False

    def __init__(self) -> None:
        self.inner = WhatsAppReader()
        self.calls = 0

    def sniff(self, sample: Sample) -> float:
        return self.inner.sniff(sample)

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:
        self.calls += 1
        return [self.spoil(record) for record in self.inner.read(source, options)]

    def spoil(self, record: Record) -> Record:
        return record

    @staticmethod
    def with_message(record: Record, at: int, **changes: Any) -> Record:
        messages = list(record.messages)
        messages[at] = msgspec.structs.replace(messages[at], **changes)
        return msgspec.structs.replace(record, messages=tuple(messages))


class _Raises(_Spoiled):
    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:
        raise KeyError("x")


class _RaisesWhileSniffing(_Spoiled):
    def sniff(self, sample: Sample) -> float:
        return float(sample.text.index("Mia"))


class _TooSure(_Spoiled):
    def sniff(self, sample: Sample) -> float:
        return 2.0


class _Stranger(_Spoiled):
    def sniff(self, sample: Sample) -> float:
        return 0.0


class _Moody(_Spoiled):
    def spoil(self, record: Record) -> Record:
        return msgspec.structs.replace(record, id=f"{record.id}{self.calls}")


class _Misnumbered(_Spoiled):
    def spoil(self, record: Record) -> Record:
        return self.with_message(record, 0, index=7)


class _SpeakingSystem(_Spoiled):
    def spoil(self, record: Record) -> Record:
        return self.with_message(record, 0, kind="system")


class _WordyPhoto(_Spoiled):
    def spoil(self, record: Record) -> Record:
        return self.with_message(record, 0, kind="media")


class _Timeless(_Spoiled):
    def spoil(self, record: Record) -> Record:
        return self.with_message(record, 0, start=float("nan"))


class _Speakerless(_Spoiled):
    def spoil(self, record: Record) -> Record:
        return msgspec.structs.replace(record, speakers=())


class _Guesses(_Spoiled):
    def spoil(self, record: Record) -> Record:
        asked = Question("date_order", "Which?", (Choice("dmy", ""), Choice("mdy", "")), Source("chat.txt"))
        return msgspec.structs.replace(record, questions=(asked,))


class _AsksWithOneAnswer(_Spoiled):
    def spoil(self, record: Record) -> Record:
        asked = Question("date_order", "Which?", (Choice("dmy", ""),), Source("chat.txt"))
        return msgspec.structs.replace(record, questions=(asked,), messages=(), speakers=())


class _Chatty(_Spoiled):
    def spoil(self, record: Record) -> Record:
        told = Problem("odd", "Odd: a longer text than any word", Source("chat.txt", 2))
        return msgspec.structs.replace(record, problems=(told,))


class _TellsPaths(_Spoiled):
    def spoil(self, record: Record) -> Record:
        return msgspec.structs.replace(record, problems=(Problem("odd", "Odd.", Source("/home/mia/chat.txt", 2)),))


class _AnswersItself(_Spoiled):
    def spoil(self, record: Record) -> Record:
        return self.with_message(record, 1, reply_to=1)


class _Untravelled(_Spoiled):
    def spoil(self, record: Record) -> Record:
        return msgspec.structs.replace(record, meta={"when": (1, 2)})


class _Loud(_Spoiled):
    name = "Whats App"


@pytest.mark.parametrize(
    ("reader", "complaint"),
    [
        (_Raises, "raises KeyError"),
        (_RaisesWhileSniffing, "sniffing raises ValueError"),
        (_TooSure, "outside"),
        (_Stranger, "does not know its own sample"),
        (_Moody, "twice gives two results"),
        (_Misnumbered, "numbered in the order"),
        (_SpeakingSystem, "system lines are nobody's"),
        (_WordyPhoto, "without words has no text"),
        (_Timeless, "times are numbers"),
        (_Speakerless, "speakers are those whom messages name"),
        (_Guesses, "nothing is guessed"),
        (_AsksWithOneAnswer, "one answer"),
        (_Chatty, "quotes what was said"),
        (_TellsPaths, "without the path"),
        (_AnswersItself, "does not reply to itself"),
        (_Untravelled, "does not come back equal"),
        (_Loud, "lower case"),
    ],
)
def test_what_is_broken_is_named(reader: type[_Spoiled], complaint: str) -> None:
    """Each thing that the contract asks for is noticed when it is missing, and named."""
    with pytest.raises(AssertionError, match=complaint):
        check_reader(reader(), [CHAT])


def test_the_wrapper_itself_is_sound() -> None:
    """The spoiled readers fail for what is spoiled in them and for nothing else."""
    check_reader(_Spoiled(), [CHAT])
    assert isinstance(CHAT.data, bytes)
    assert Message(0, "Mia", "hello").kind == "text"
