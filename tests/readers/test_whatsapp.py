"""Tests of reading WhatsApp exports: samples of forty locales, and everything that a line can be."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.inputs import Input
from attunement.readers.whatsapp import WhatsAppReader

SAMPLES = Path(__file__).resolve().parent.parent / "data" / "whatsapp"
EXPECTED: list[dict[str, Any]] = [
    json.loads(line) for line in (SAMPLES / "expected.jsonl").read_text(encoding="utf-8").splitlines()
]


def read(text: str, **options: Any) -> Record:
    """Read a chat from its text."""
    (record,) = WhatsAppReader().read(Input("chat.txt", text.encode()), ReadOptions(**options))
    return record


def rows(record: Record) -> list[list[Any]]:
    """Put messages into the form in which the samples' expectations are written."""
    found: list[list[Any]] = []
    for message in record.messages:
        at = record.at(message.start)
        flags = ["edited"] * message.edited + ["media"] * (message.media and message.kind == "text")
        row = [None if at is None else at.isoformat(" "), message.speaker, message.kind, message.text]
        found.append(row + ([" ".join(flags)] if flags else []))
    return found


@pytest.mark.parametrize("expected", EXPECTED, ids=[each["file"] for each in EXPECTED])
def test_samples_are_read_message_by_message(expected: dict[str, Any]) -> None:
    """Time, speaker, kind and words of every message are as a person read them; format found by content."""
    (record,) = read_source(SAMPLES / expected["file"], ReadOptions())
    assert record.format == "whatsapp"
    assert record.medium == "chat"
    assert rows(record) == expected["messages"]
    assert record.meta.get("date_order") == expected.get("order")
    assert record.meta.get("language") == expected.get("language")
    assert [choice.value for question in record.questions for choice in question.choices] == expected.get("asks", [])
    assert [[problem.kind, problem.source.line] for problem in record.problems] == expected.get("problems", [])


def test_every_sample_has_its_expectation() -> None:
    """No sample lies about unread."""
    assert {each["file"] for each in EXPECTED} == {path.name for path in SAMPLES.glob("*.txt")}


def test_an_open_order_is_asked_and_the_answer_taken() -> None:
    """Two readings give a question and no messages; each answer gives its reading."""
    text = (SAMPLES / "ambiguous.txt").read_text(encoding="utf-8")
    asked = read(text)
    assert asked.messages == ()
    assert asked.questions[0].key == "date_order"
    assert asked.questions[0].source.line == 1
    assert read(text, date_order="dmy").epoch == datetime(2024, 4, 3, 21, 58)
    assert read(text, date_order="mdy").epoch == datetime(2024, 3, 4, 21, 58)
    assert read(text, date_order="mdy").questions == ()


def test_an_answer_that_does_not_fit_is_said() -> None:
    """Nothing is lost and nothing bent where the given order makes a date impossible."""
    record = read("13/10/2024, 21:58 - Mia: one\n05/11/2024, 21:58 - Ola: two", date_order="mdy")
    assert [message.start is None for message in record.messages] == [True, False]
    assert [(problem.kind, problem.source.line) for problem in record.problems] == [("bad time", 1)]


def test_the_year_first_is_never_turned_round() -> None:
    """2024/12/10 is the tenth of December: the known tools make it the twelfth of October."""
    record = read("2024/12/10, 14:30 - Mia: hello\n2024/12/10, 14:31 - Ola: hi")
    assert record.epoch == datetime(2024, 12, 10, 14, 30)


def test_lines_before_the_first_message_are_located() -> None:
    """What stands before the first message is counted and shown; what follows one belongs to it."""
    record = read(
        "exported by me\n\n13/10/2024, 21:58 - Mia: one\nstill one\n\nand still\n13/10/2024, 21:59 - Ola: two"
    )
    assert [(problem.kind, problem.source.line) for problem in record.problems] == [("unreadable line", 1)]
    assert [message.text for message in record.messages] == ["one\nstill one\n\nand still", "two"]
    assert [message.line for message in record.messages] == [3, 7]


def test_many_lines_before_the_first_message_are_summed_up() -> None:
    """A thousand problems are enough to look at; the rest is counted in one."""
    record = read("x\n" * 1500 + "13/10/2024, 21:58 - Mia: one")
    assert len(record.problems) == 1001
    assert "500" in record.problems[-1].message


@pytest.mark.parametrize(
    ("line", "speaker", "text"),
    [
        ("Mia: a: b: c", "Mia", "a: b: c"),
        ("Mia:hello", "Mia", "hello"),
        ("Mia: https://example.org/a", "Mia", "https://example.org/a"),
        ("~\u202fMia: hello", "Mia", "hello"),
        ("\u202a+44\u00a07700\u00a0900123\u202c: hello", "+44 7700 900123", "hello"),
        ("Mia (work) 🌱: hello", "Mia (work) 🌱", "hello"),
        ("\u200e: hello", "(unnamed)", "hello"),
        ("Mia:  spaced  ", "Mia", "spaced"),
        ("Mia: 👨\u200d👩\u200d👧", "Mia", "👨\u200d👩\u200d👧"),
        ("Mia: <3", "Mia", "<3"),
        ("Mia: a <b> c", "Mia", "a <b> c"),
        ("Mia: Video call?", "Mia", "Video call?"),
        ("Mia: Voice call, please", "Mia", "Voice call, please"),
        ("Mia: location: https://example.org", "Mia", "location: https://example.org"),
        ("Mia: report.pdf (page 3)", "Mia", "report.pdf (page 3)"),
        ("Mia: You deleted this message? why", "Mia", "You deleted this message? why"),
        ("Mia: Ola left", "Mia", "Ola left"),
        ("Mia: null and void", "Mia", "null and void"),
    ],
)
def test_names_and_words(line: str, speaker: str, text: str) -> None:
    """Names end where they end, and words that look like WhatsApp's own stay words."""
    record = read(f"13/10/2024, 21:58 - {line}\n13/10/2024, 21:59 - Ola: yes")
    message = record.messages[0]
    assert (message.speaker, message.kind, message.text) == (speaker, "text", text)


@pytest.mark.parametrize("line", ["Mia:", "Mia: ", "Mia: \u200e"])
def test_a_message_without_words_is_media(line: str) -> None:
    """A name with nothing behind it is what was shown once, or what the export has no words for."""
    message = read(f"13/10/2024, 21:58 - {line}\n13/10/2024, 21:59 - Ola: yes").messages[0]
    assert (message.speaker, message.kind, message.text) == ("Mia", "media", "")


def test_late_messages_are_no_quotations() -> None:
    """In Android's form a line out of order has come late, also from somebody who says nothing else."""
    lines = (
        "10/13/24, 5:16 AM - +44 7700 900123 joined using this group's invite link",
        "10/12/24, 10:53 PM - +44 7700 900123: good evening",
        "10/13/24, 5:17 AM - Mia: welcome",
        "10/11/24, 9:23 AM - +44 7700 900456: who is here?",
        "10/13/24, 5:18 AM - Ola: hi",
    )
    record = read("\n".join(lines))
    assert [(m.speaker, m.text) for m in record.messages[1:]] == [
        ("+44 7700 900123", "good evening"),
        ("Mia", "welcome"),
        ("+44 7700 900456", "who is here?"),
        ("Ola", "hi"),
    ]


def test_copied_messages_in_brackets_stay_in_the_message() -> None:
    """On an iPhone copied messages look like the export's; nothing can have been pasted into WhatsApp's own lines."""
    text = (
        "[13.10.24, 05:16:00] Mia: look\n[12.09.24, 22:53:01] Zed: stop it\n[12.09.24, 22:54:01] Zed: now\n"
        "[13.10.24, 05:17:00] Ola: oh\n[13.10.24, 05:18:00] Group: \u200eOla added Kim\n"
        "[13.10.24, 02:10:00] Kim: hello\n[13.10.24, 05:19:00] Mia: hi"
    )
    messages = read(text).messages
    assert [message.speaker for message in messages] == ["Mia", "Ola", None, "Kim", "Mia"]
    assert messages[0].text.count("\n") == 2


def test_two_marks_before_words_are_words() -> None:
    """A changed security code has two marks before it and one inside; words with two marks are still words."""
    text = (
        "[13.10.24, 05:16:00] Mia: \u200e\u200eall right then\n"
        "[13.10.24, 05:17:00] Mia: \u200e\u200eUw kode met Ola is anders. \u200eTik voor meer.\n"
        "[13.10.24, 05:18:00] Ola: fine"
    )
    assert [(m.kind, m.speaker) for m in read(text).messages] == [("text", "Mia"), ("system", None), ("text", "Ola")]


def test_old_exports_may_begin_with_lines_of_nobody() -> None:
    """The form without brackets and dash is told by most of its heads, as the first may have no name."""
    text = "7/1/16, 4:56:55 PM: \u200eMia created this group\n" + "".join(
        f"7/1/16, 5:0{minute}:36 PM: {name}: see you: at {minute}\n"
        for minute in range(1, 9)
        for name in ("Mia", "Ola")
    )
    (record,) = read_source(text.encode(), ReadOptions(date_order="mdy"))
    assert (record.format, record.messages[0].speaker, len(record.messages)) == ("whatsapp", None, 17)


def test_a_stranger_keeps_the_tilde_where_a_contact_has_the_name() -> None:
    """A lone "~ Ana" is Ana; beside an "Ana" it may be somebody else and stays as it is written."""
    alone = read("13/10/2024, 21:58 - ~ Ana: hi\n13/10/2024, 21:59 - Bo: hi")
    assert [(each.name, each.aliases) for each in alone.speakers] == [("Ana", ("~ Ana",)), ("Bo", ())]
    both = read("13/10/2024, 21:58 - ~ Ana: hi\n13/10/2024, 21:59 - Ana: hi")
    assert [each.name for each in both.speakers] == ["~ Ana", "Ana"]


@pytest.mark.parametrize(
    "line",
    [
        'Ana changed the subject from "Tea: at four" to "Tea: at five"',
        "Ana added Bo",
        "You're now an admin",
        "Ana hat den Gruppennamen von „A: b“ zu „C: d“ geändert.",
        "Messages and calls are end-to-end encrypted. Note: tap to learn more.",
        "آنا created group “x: y”",
        "some words in a language nobody knows",
    ],
)
def test_lines_without_a_name_are_nobodys(line: str) -> None:
    """What WhatsApp writes on Android without a name has no speaker, colons or not."""
    record = read(f"13/10/2024, 21:58 - {line}\n13/10/2024, 21:59 - Ola: yes")
    assert (record.messages[0].speaker, record.messages[0].kind) == (None, "system")
    assert [each.name for each in record.speakers] == ["Ola"]


def test_events_under_a_name_are_nobodys() -> None:
    """An iPhone puts a name before lines about the group; copies lose the marks, and they are still nobody's."""
    record = read(
        "[14.08.2024, 21:00:10] Walkers: Messages and calls are end-to-end encrypted.\n"
        "[14.08.2024, 21:00:10] Boris: Boris created group “Walkers”\n"
        "[14.08.2024, 21:00:11] Walkers: Boris added you\n"
        "[14.08.2024, 21:00:12] Boris: Boris changed this group's icon\n"
        "[14.08.2024, 21:00:13] System: Ana hat die Gruppe verlassen\n"
        "[14.08.2024, 21:00:14] Boris: Boris is a silly name\n"
    )
    assert [message.kind for message in record.messages] == ["system"] * 5 + ["text"]
    assert [each.name for each in record.speakers] == ["Boris"]


def test_marks_of_media_work_in_any_language() -> None:
    """An iPhone's mark before the head tells media where the words are not known; so does repetition on Android."""
    record = read(
        "[13/10/2024, 21:58:00] Mia: hello\n"
        "\u200e[13/10/2024, 21:59:00] Ola: \u200eqhia tsis tau\n"
        "\u200e[13/10/2024, 22:00:00] Ola: the garden \u200eqhia tsis tau"
    )
    assert [(message.kind, message.text, message.media) for message in record.messages] == [
        ("text", "hello", False),
        ("media", "", True),
        ("text", "the garden", True),
    ]
    android = read("".join(f"13/10/2024, 21:5{n} - Mia: <qhia tsis tau>\n" for n in range(3)))
    assert [message.kind for message in android.messages] == ["media"] * 3
    assert read("13/10/2024, 21:58 - Mia: <qhia tsis tau>").messages[0].kind == "text"


def test_an_unknown_half_of_the_day_is_not_guessed() -> None:
    """Where the words for before and after noon are not known, the time is left out and located."""
    record = read("13/10/2024, 9:58 qwe - Mia: one\n13/10/2024, 9:58 rty - Ola: two\n14/10/2024, 1:00 qwe - Mia: three")
    assert [message.start for message in record.messages] == [None, None, None]
    assert [message.text for message in record.messages] == ["one", "two", "three"]
    assert record.problem_counts() == {"bad time": 3}


def test_an_unknown_word_between_date_and_time_is_passed_over() -> None:
    """A word that stands in every head and beside hours after noon says nothing about the half of the day."""
    record = read("13/10/2024 qwe 09:58 - Mia: one\n13/10/2024 qwe 21:58 - Ola: two")
    assert [record.at(message.start) for message in record.messages] == [
        datetime(2024, 10, 13, 9, 58),
        datetime(2024, 10, 13, 21, 58),
    ]


def test_month_names_of_old_exports() -> None:
    """Before 2015 months had names; the last year has no number and is the one after the last that is written."""
    record = read("21:58, 28 Dec 2013 - Mia: one\n22:01, 28 Dec 2013 - Ola: two\n09:30, 3 Jan - Mia: three")
    assert [record.at(message.start) for message in record.messages] == [
        datetime(2013, 12, 28, 21, 58),
        datetime(2013, 12, 28, 22, 1),
        datetime(2014, 1, 3, 9, 30),
    ]
    assert [(problem.kind, problem.source.line) for problem in record.problems] == [("missing year", 3)]
    yearless = read("Mar 5, 8:11 PM - Mia: one\nMar 6, 8:11 AM - Ola: two")
    assert yearless.epoch is None
    assert [message.start for message in yearless.messages] == [0.0, 12 * 3600.0]
    assert [problem.kind for problem in yearless.problems] == ["missing year"]


@pytest.mark.parametrize(
    ("head", "month"),
    [
        ("18 Mar 2014 12:14 - ", 3),
        ("12:14, 18 mai 2014 - ", 5),
        ("12:14, 18 de ago. de 2014 - ", 8),
        ("18. Dez. 2014, 12:14 - ", 12),
        ("12:14, 18 juil. 2014 - ", 7),
        ("12:14, 18 juin 2014 - ", 6),
        ("Oct 18, 2014, 12:14 PM - ", 10),
    ],
)
def test_month_names_of_several_languages(head: str, month: int) -> None:
    """Months are told by their first letters."""
    record = read(f"{head}Mia: hello\n{head}Ola: hi")
    assert record.epoch == datetime(2014, month, 18, 12, 14)
    assert [message.speaker for message in record.messages] == ["Mia", "Ola"]


def test_a_zip_is_named_after_itself() -> None:
    """The `_chat.txt` of an iPhone's archive gives a record with the archive's name; photos are passed over."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("00000001-PHOTO.jpg", b"\xff\xd8\xff\xe0")
        archive.writestr("_chat.txt", (SAMPLES / "de_ios.txt").read_bytes())
    (record,) = read_source(buffer.getvalue(), ReadOptions(), name="WhatsApp Chat - Till.zip")
    assert record.id == "WhatsApp Chat - Till"
    assert len(record.messages) == 6


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("feed", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_make_no_difference(encoding: str, feed: str) -> None:
    """The same chat in any encoding and with any line ends is the same record."""
    text = (SAMPLES / "zh_tw_android.txt").read_text(encoding="utf-8")
    (record,) = WhatsAppReader().read(Input("chat.txt", text.replace("\n", feed).encode(encoding)), ReadOptions())
    assert rows(record) == rows(read(text))
    assert record.problems == ()


def test_an_assumed_encoding_is_a_problem() -> None:
    """cp1252 is read and said."""
    text = "13/10/2024, 21:58 - José: mañana\n13/10/2024, 21:59 - Zoë: sí"
    (record,) = WhatsAppReader().read(Input("chat.txt", text.encode("cp1252")), ReadOptions())
    assert [message.speaker for message in record.messages] == ["José", "Zoë"]
    assert record.problem_counts() == {"encoding assumed": 1}


@pytest.mark.parametrize(
    "text", ["hello", "Mia: hello\nOla: hi", "99/99/2024, 21:58 - Mia: hi", "13/10/2024, 27:58 - M: x"]
)
def test_what_is_no_export_is_refused(text: str) -> None:
    """Asked for by name, the reader says clearly that this is no export; sniffing never claims it."""
    assert WhatsAppReader().sniff(Input("chat.txt", text.encode()).sample()) == 0
    with pytest.raises(InputError, match="no line that begins like a message"):
        read(text)


def test_one_long_line_is_read_in_bounded_time() -> None:
    """A line of many megabytes neither hangs nor breaks."""
    record = read("13/10/2024, 21:58 - Mia: " + "a" * 20_000_000 + "\n13/10/2024, 21:59 - Ola: hi")
    assert len(record.messages) == 2
    assert len(record.messages[0].text) == 20_000_000
    spaces = read("13/10/2024, 21:58 - Mia: hi\n13/10/2024" + " " * 5_000_000 + "\n13/10/2024, 21:59 - Ola: hi")
    assert len(spaces.messages) == 2


def test_messages_over_the_edge_of_blocks_are_whole() -> None:
    """Messages and line numbers do not depend on where the text is cut for decoding."""
    body = "\n".join(f"line {n} of a long letter" for n in range(60_000))
    record = read(f"13/10/2024, 21:58 - Mia: {body}\n13/10/2024, 21:59 - Ola: hi\n13/10/2024, 22:00 - Mia: so")
    assert [message.line for message in record.messages] == [1, 60_001, 60_002]
    assert record.messages[0].text == body


LAYOUTS = {
    "android": "{d:%d/%m/%Y, %H:%M} - ",
    "android us": "{d:%m/%d/%y, %I:%M\u202f%p} - ",
    "android de": "{d:%d.%m.%y, %H:%M} - ",
    "android fr": "{d:%d/%m/%Y à %H:%M} - ",
    "android nl": "{d:%d-%m-%Y %H:%M} – ",
    "android sv": "{d:%Y-%m-%d %H:%M} - ",
    "ios": "[{d:%d/%m/%Y, %H:%M:%S}] ",
    "ios us": "[{d:%m/%d/%y, %I:%M:%S %p}] ",
    "ios fi": "[{d:%d.%m.%Y klo %H.%M.%S}] ",
    "ios vi": "[{d:%H:%M:%S, %d/%m/%Y}] ",
    "old ios": "{d:%d.%m.%y, %H:%M:%S}: ",
}
WORDS = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zs", "Zl", "Zp"), exclude_characters="<>:"), min_size=1
).filter(lambda word: not word[0].isdigit())
BODIES = st.lists(st.lists(WORDS, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=3).map("\n".join)
NAMES = st.sampled_from(["Mia", "Ola Berg", "Dr. Kim", "+44 7700 900123", "Zoë 🌱", "小雨"])


@settings(deadline=None)
@given(
    st.sampled_from(sorted(LAYOUTS)),
    st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)),
    st.lists(st.tuples(st.integers(0, 90_000), NAMES, BODIES), min_size=1, max_size=12),
)
def test_what_is_written_is_read_back(layout: str, start: datetime, lines: list[tuple[int, str, str]]) -> None:
    """Whatever people say in any layout, time, speaker and words come back, or the order of dates is asked."""
    now = start.replace(microsecond=0)
    said: list[tuple[datetime, str, str]] = []
    for seconds, name, body in lines:
        now += timedelta(seconds=seconds)
        said.append((now, name, body))
    text = "".join(f"{LAYOUTS[layout].format(d=at)}{name}: {body}\n" for at, name, body in said)
    record = read(text)
    has_seconds = "%S" in LAYOUTS[layout]
    if record.questions:
        order = "mdy" if "%m/%d" in LAYOUTS[layout] else "ymd" if "%Y-" in LAYOUTS[layout] else "dmy"
        assert order in [choice.value for choice in record.questions[0].choices]
        record = read(text, date_order=order)
    assert [(record.at(each.start), each.speaker, each.text) for each in record.messages] == [
        (at if has_seconds else at.replace(second=0), name, body) for at, name, body in said
    ]


@settings(deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"13/10/2024, 21:58 - Mia: hi\n", "[٢٧/٣/٢٠٢٢، ٩:٤١:٣٥ م] ".encode()]),
)
def test_no_bytes_break_it(data: bytes, head: bytes) -> None:
    """Any bytes give a record or an error of ours."""
    source = Input("chat.txt", head + data)
    WhatsAppReader().sniff(source.sample())
    try:
        (record,) = WhatsAppReader().read(source, ReadOptions())
    except InputError:
        return
    assert [message.index for message in record.messages] == list(range(len(record.messages)))
