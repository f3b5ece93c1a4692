"""Damage and variation that real files have: whatever stands in the source is read, or told with its place.

Each test writes the same talk in many formats, changes it as phones, editors and people do, and holds what was read
against what stands in the file: every message of it carries a word of its own.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.core.record import Record
from attunement.errors import AttunementError
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.inputs import Input
from attunement.readers.native import NativeReader, write_native
from attunement.testing import check_record

START = datetime(2024, 5, 13, 21, 4)
NAMES = ("Ana Ruiz", "Ben Ode")
MARK = re.compile(r"kq\d{3}x")
COUNT = 7


def words(number: int) -> str:
    """Give what is said, with a word that nothing else holds."""
    return ("are you home yet", "I waited a whole hour", "sorry, the train was late")[number % 3] + f" kq{number:03d}x"


def at(number: int) -> datetime:
    """Give when it is said."""
    return START + timedelta(minutes=7 * number)


def lined(form: str) -> Callable[[Callable[[int], str]], str]:
    """Make a writer of a format in which a message is one piece of text."""
    return lambda say: "".join(
        form.format(
            n=n + 1, d=at(n), name=NAMES[n % 2], text=say(n), s=f"00:00:{5 * n:02d}", e=f"00:00:{5 * n + 4:02d}",
            h=at(n).hour % 12 or 12, ms=int(at(n).timestamp() * 1000),
        )
        for n in range(COUNT)
    )  # fmt: skip


def telegram_html(say: Callable[[int], str]) -> str:
    """Write a page as Telegram does."""
    form = (
        '<div class="message default clearfix" id="message{n}">\n<div class="body">\n'
        '<div class="pull_right date details" '
        'title="{d:%d.%m.%Y %H:%M:%S} UTC+02:00">\n21:04\n</div>\n<div class="from_name">\n{name}\n</div>\n'
        '<div class="text">\n{text}\n</div>\n</div>\n</div>\n'
    )
    return '<!DOCTYPE html><div class="page_wrap"><div class="history">\n' + lined(form)(say) + "</div></div>\n"


def telegram(say: Callable[[int], str]) -> str:
    """Write a chat as Telegram does."""
    messages = [
        {"id": n + 1, "type": "message", "date": at(n).isoformat(), "from": NAMES[n % 2], "from_id": f"user{n % 2}",
         "text": say(n)}
        for n in range(COUNT)
    ]  # fmt: skip
    return json.dumps({"name": "Ana", "type": "personal_chat", "id": 4, "messages": messages}, indent=1)


def textgrid(say: Callable[[int], str]) -> str:
    """Write tiers as Praat does."""
    text = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 60\ntiers? <exists>\nsize = 2\n'
    for tier in (0, 1):
        mine = range(tier, COUNT, 2)
        text += f'class = "IntervalTier"\nname = "{NAMES[tier]}"\nxmin = 0\nxmax = 60\nintervals: size = {len(mine)}\n'
        text += "".join(f'xmin = {5 * n}\nxmax = {5 * n + 4}\ntext = "{say(n)}"\n' for n in mine)
    return text


ASS_HEAD = (
    "[Script Info]\nTitle: x\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)
WRITERS: dict[str, Callable[[Callable[[int], str]], str]] = {
    "whatsapp": lined("{d:%d/%m/%Y, %H:%M} - {name}: {text}\n"),
    "whatsapp-ios": lined("[{d:%d.%m.%y, %H:%M:%S}] {name}: {text}\n"),
    "telegram": telegram,
    "telegram-html": telegram_html,
    "signal": lined("[{d:%Y-%m-%d %H:%M:%S}] {name}: {text}  \n\n"),
    "imessage-txt": lined("{d:%b %d, %Y} {h:2d}:{d:%M:%S %p}\n{name}\n{text}\n\n"),
    "transcript": lined("{name}: {text}\n\n"),
    "otter": lined("{name}  0:{n:02d}\n{text}\n\n"),
    "zoom-chat": lined("{d:%H:%M:%S}\t From  {name}  to  Everyone : {text}\n"),
    "stamped": lined("[{s}] {name}: {text}\n"),
    "srt": lined("{n}\n{s},000 --> {e},000\n{name}: {text}\n\n"),
    "webvtt": lambda say: "WEBVTT\n\n" + lined("{s}.000 --> {e}.000\n<v {name}>{text}</v>\n\n")(say),
    "ass": lambda say: (
        ASS_HEAD + lined("Dialogue: 0,0:{s},0:{e},Default,{name},0,0,0,,{text}\n")(say).replace("0:00:", "0:")
    ),
    "textgrid": textgrid,
    "table": lambda say: "Date,Sender,Message\n" + lined('{d:%Y-%m-%d %H:%M},{name},"{text}"\n')(say),
    "native": lambda say: json.dumps(
        {"id": "k", "turns": [{"speaker": NAMES[n % 2], "text": say(n), "time": n * 3.5} for n in range(COUNT)]}
    ),
}


def read(data: bytes) -> tuple[Record, ...] | None:
    """Read, and hold the records against the contract and against native JSON lines; None where it is refused."""
    refusal = ""
    try:
        records = read_source(data, ReadOptions(), name="file.x")
    except AttunementError as error:
        refusal = str(error)
        records = None
    if records is None:
        assert not MARK.search(refusal)
        return None
    for record in records:
        check_record(record, format=record.format, where="changed")
        told = [problem.message for problem in record.problems] + [question.text for question in record.questions]
        assert not MARK.search(" ".join(told))
        if not record.questions:
            (back,) = NativeReader().read(Input("native.jsonl", write_native(record)), ReadOptions())
            assert back == record
    return records


def marks(records: tuple[Record, ...]) -> list[str]:
    """Give the words that tell messages apart, in order of the record."""
    return [mark for record in records for message in record.messages for mark in MARK.findall(message.text)]


ALL = [f"kq{number:03d}x" for number in range(COUNT)]
INVISIBLE = ["\u200e", "\u200f", "\u202a", "\u202b", "\u2068", "\u2060", "\u061c", "\u200b", "\ufeff"]


@pytest.mark.parametrize(
    "name", [name for name in WRITERS if name not in ("native", "telegram", "telegram-html", "textgrid")]
)
@pytest.mark.parametrize("mark", ["\u200e", "\u200f", "\u202a", "\u2068", "\u2060", "\ufeff"])
def test_marks_that_nobody_sees_hide_no_message(name: str, mark: str) -> None:
    """Phones of people who write from right to left put them where lines begin: at every one, or at some."""
    text = WRITERS[name](words)
    for every in (1, 2):
        lines = [mark + line if line and not at % every else line for at, line in enumerate(text.split("\n"))]
        records = read("\n".join(lines).encode())
        if records is None or any(record.questions or record.problems for record in records):
            continue
        assert marks(records) == ALL
        assert [m.text.strip(mark) for r in records for m in r.messages if m.speaker] == [
            words(n) for n in range(COUNT)
        ]


@pytest.mark.parametrize("name", list(WRITERS))
@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\u0085", "\u00a0", "\u200f", "\u3000"])
def test_signs_between_words_end_no_message(name: str, sign: str) -> None:
    """Notes and Word put separators of lines and paragraphs between words: what is behind them is said, too."""
    records = read(WRITERS[name](lambda number: f"so{sign}well {words(number)}").encode())
    assert records is not None
    assert marks(records) == ALL
    assert sum(message.speaker is not None for record in records for message in record.messages) == COUNT


@pytest.mark.parametrize("at", range(20))
def test_a_page_that_was_cut_or_lost_an_end_of_a_part_loses_one_message_at_most(at: int) -> None:
    """Where a part of a page of Telegram does not end, the next message is one all the same; what is gone is told."""
    lines = telegram_html(words).split("\n")
    opening = [n for n, line in enumerate(lines) if line.startswith(("</div>", '<div class="message'))][at]
    records = read("\n".join([*lines[:opening], *lines[opening + 1 :]]).encode())
    assert records is not None
    lost = set(ALL) - set(marks(records))
    told = [problem.message for record in records for problem in record.problems]
    assert len(lost) <= 1
    assert bool(lost) == bool(told)


def _cut(text: str, at: int, other: int) -> str:
    return text[:at]


def _doubled(text: str, at: int, other: int) -> str:
    lines = text.split("\n")
    at %= len(lines)
    return "\n".join([*lines[: at + 1], *lines[at:]])


def _dropped(text: str, at: int, other: int) -> str:
    lines = text.split("\n")
    at %= len(lines)
    return "\n".join([*lines[:at], *lines[at + 1 :]])


def _swapped(text: str, at: int, other: int) -> str:
    lines = text.split("\n")
    at, other = at % len(lines), other % len(lines)
    lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines)


def _with_nul(text: str, at: int, other: int) -> str:
    return text[:at] + "\x00" * (1 + other % 3) + text[at:]


def _with_other_ends(text: str, at: int, other: int) -> str:
    return text.replace("\n", ("\r\n", "\r", "\n\n", "\r\n\r\n")[other % 4])


def _with_arabic_digits(text: str, at: int, other: int) -> str:
    table = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
    return re.sub(r"(?<!kq)(?<!\d)\d+(?!\d*x)", lambda match: match[0].translate(table), text)


def _with_odd_name(text: str, at: int, other: int) -> str:
    names = ("", "  ", "Ana: Ruiz", "[Ana]", "\u200e", "A" * 200, "0", "\U0001f600", "(Ana)", "Ана", "You", "@ana")
    return text.replace("Ana Ruiz", names[other % len(names)])


CHANGES = [
    _cut, _doubled, _dropped, _swapped, _with_nul, _with_other_ends, _with_arabic_digits, _with_odd_name,
]  # fmt: skip
_PASSES_IN_SILENCE = {
    # A name and a time of one message that lost its time, its name or its words say no more whose the words are.
    "imessage-txt": (_dropped, _swapped, _cut),
    # The heading of a transcript is kept in the meta.
    "transcript": (_with_odd_name,), "otter": (_dropped, _swapped, _with_odd_name),
    # The header of a table names its columns.
    "table": (_swapped, _dropped), "telegram": (_with_nul,),
    # A tag is no line of its own: what stood in it is in no part of the page.
    "telegram-html": (_with_nul, _dropped, _swapped), "native": (_with_nul,),
}  # fmt: skip


@settings(deadline=None, max_examples=400, derandomize=True)
@given(
    st.sampled_from(list(WRITERS)),
    st.lists(st.sampled_from(CHANGES), min_size=1, max_size=2),
    st.integers(0, 2000),
    st.integers(0, 60),
)
def test_what_stands_in_a_file_is_read_or_told(
    name: str, changes: list[Callable[[str, int, int], str]], at: int, other: int
) -> None:
    """Cut, doubled, mixed up, with other signs: each message is there, or a problem says that one is not."""
    text = WRITERS[name](words)
    for change in changes:
        text = change(text, at % (len(text) + 1), other)
    records = read(text.encode())
    if records is None or any(record.questions for record in records):
        return
    assert read(text.encode()) == records
    if any(change in _PASSES_IN_SILENCE.get(name, ()) for change in changes):
        return
    kept = set(marks(records)) | set(MARK.findall(json.dumps([record.meta for record in records], default=str)))
    if not any(record.problems for record in records):
        assert set(MARK.findall(text)) <= kept


@pytest.mark.parametrize("sign", ["\u00b2", "--5", "\u0663", "0", "-", "\u2460"])
def test_digits_that_are_no_numbers_are_no_traceback(sign: str) -> None:
    """A raised two is a digit to Unicode and no number to Python: a time, a row, a cell or a column of such is told."""
    eaf = (
        '<ANNOTATION_DOCUMENT FORMAT="3.0" VERSION="3.0"><HEADER TIME_UNITS="milliseconds"/><TIME_ORDER>'
        f'<TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="{sign}"/><TIME_SLOT TIME_SLOT_ID="t2" TIME_VALUE="900"/>'
        "</TIME_ORDER>"
        '<TIER LINGUISTIC_TYPE_REF="d" PARTICIPANT="Ana" TIER_ID="a"><ANNOTATION><ALIGNABLE_ANNOTATION '
        'ANNOTATION_ID="a1" TIME_SLOT_REF1="t1" TIME_SLOT_REF2="t2"><ANNOTATION_VALUE>kq000x</ANNOTATION_VALUE>'
        "</ALIGNABLE_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>"
    )
    records = read(eaf.encode())
    assert records is not None
    assert marks(records) == ["kq000x"]
    read(f"Timed on off;\non,{sign}-5 off,5-*{sign}/\nEvent a b;\na *{sign} b/".encode())
    table = b"Sender,Message\nAna,hello\nBen,hi\n"
    with contextlib.suppress(AttunementError):
        read_source(table, ReadOptions(columns={"speaker": sign, "text": "2"}), name="x.csv")
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    cells = [("speaker", "text"), ("Ana", "kq001x"), ("Ben", "kq002x")]
    rows = "".join(
        f'<row r="{sign}">' + "".join(f'<c t="inlineStr" s="{sign}"><is><t>{v}</t></is></c>' for v in line) + "</row>"
        for line in cells
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as book:
        book.writestr("xl/workbook.xml", f'<workbook {space}><sheets><sheet name="S" sheetId="1"/></sheets></workbook>')
        book.writestr("xl/worksheets/sheet1.xml", f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>")
    read(buffer.getvalue())
