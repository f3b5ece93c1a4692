"""WhatsApp exports put together from parts: of two phones, two orders of dates, overlapping; and lines by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.inputs import Input
from attunement.readers.whatsapp import WhatsAppReader

ANDROID = "{d:%d/%m/%Y, %H:%M} - "
AMERICAN = "{d.month}/{d.day}/{d:%y}, {h}:{d:%M} {d:%p} - "
AMERICAN_24 = "{d:%m/%d/%Y, %H:%M} - "
IPHONE = "[{d:%d.%m.%y, %H:%M:%S}] "
AMERICAN_IPHONE = "[{d.month}/{d.day}/{d:%y}, {h}:{d:%M:%S} {d:%p}] "
SWEDISH = "{d:%Y-%m-%d %H:%M} - "
START = datetime(2024, 3, 1, 10)


def part(head: str, first: int, count: int, names: tuple[str, ...] = ("Ana", "Ben"), hours: int = 3) -> str:
    """Write the messages of a part, one every few hours, each with its number as words."""
    lines: list[str] = []
    for number in range(first, first + count):
        at = START + timedelta(hours=hours * number)
        lines.append(f"{head.format(d=at, h=at.hour % 12 or 12)}{names[number % len(names)]}: message {number}\n")
    return "".join(lines)


def read(text: str, **options: str) -> Record:
    """Read a file, its format found by content."""
    (record,) = read_source(text.encode(), ReadOptions(**options))
    assert record.format == "whatsapp"
    return record


def kinds(record: Record) -> list[tuple[str, int | None, bool]]:
    """Kind, line and remark of each problem."""
    return [(problem.kind, problem.source.line, problem.remark) for problem in record.problems]


def holds(record: Record, count: int, hours: int = 3) -> bool:
    """Whether every message is there, whole, with its time, once and in order."""
    times = [START + timedelta(hours=hours * number) for number in range(count)]
    return [(record.at(m.start), m.text) for m in record.messages] == [
        (at, f"message {number}") for number, at in enumerate(times)
    ]


@pytest.mark.parametrize(
    ("one", "other", "first", "second"),
    [
        (ANDROID, IPHONE, 2000, 400),
        (ANDROID, IPHONE, 100, 20),
        (ANDROID, IPHONE, 100, 5),
        (IPHONE, ANDROID, 100, 20),
        (IPHONE, ANDROID, 20, 100),
        (IPHONE, ANDROID, 8, 100),
        (IPHONE, AMERICAN_IPHONE, 60, 60),
        (ANDROID, AMERICAN, 60, 60),
        (AMERICAN, ANDROID, 60, 60),
        (ANDROID, AMERICAN, 100, 10),
        (ANDROID, AMERICAN, 200, 200),
        (AMERICAN_IPHONE, ANDROID, 100, 40),
    ],
)
def test_parts_of_two_phones_are_read_whole(one: str, other: str, first: int, second: int) -> None:
    """However short a part is at either end, and in whatever order its dates are, no message is swallowed or moved."""
    assert holds(read(part(one, 0, first) + part(other, first, second)), first + second)


@settings(deadline=None, max_examples=150)
@given(
    st.permutations([ANDROID, AMERICAN, IPHONE, AMERICAN_IPHONE, SWEDISH]),
    st.datetimes(datetime(2024, 1, 1), datetime(2025, 1, 1)),
    st.tuples(st.sampled_from([5, 30, 120]), st.sampled_from([5, 30, 120])),
    st.sampled_from([1, 5, 13]),
)
def test_two_parts_are_right_or_asked_about(
    heads: list[str], start: datetime, counts: tuple[int, int], hours: int
) -> None:
    """Whatever two phones write and whenever, every message has its time, or the order of dates is asked."""
    begin = start.replace(second=0, microsecond=0)
    times = [begin + timedelta(hours=hours * number) for number in range(sum(counts))]
    lines = [
        f"{heads[number >= counts[0]].format(d=at, h=at.hour % 12 or 12)}{'Ana' if number % 2 else 'Ben'}: {number}"
        for number, at in enumerate(times)
    ]
    (record,) = WhatsAppReader().read(Input("chat.txt", "\n".join(lines).encode()), ReadOptions())
    if not record.questions:
        assert [(record.at(m.start), m.text) for m in record.messages] == [(at, str(n)) for n, at in enumerate(times)]


def test_a_change_of_order_is_told() -> None:
    """The line where day and month change places is a remark, and the orders stand in the meta."""
    record = read(part(ANDROID, 0, 60) + part(AMERICAN, 60, 50))
    assert kinds(record) == [("date order changes", 61, True)]
    assert record.meta["date_order"] == "dmy"
    assert record.meta["date_orders"] == [{"line": 1, "date_order": "dmy"}, {"line": 61, "date_order": "mdy"}]
    assert "date_orders" not in read(part(ANDROID, 0, 60) + part(IPHONE, 60, 50)).meta


def test_names_may_differ_between_phones() -> None:
    """What goes on in time at the end is a part, whoever speaks in it: address books differ."""
    record = read(part(ANDROID, 0, 100) + part(IPHONE, 100, 20, ("Ana Ruiz", "B.")))
    assert holds(record, 120)
    assert {speaker.name for speaker in record.speakers} == {"Ana", "Ben", "Ana Ruiz", "B."}


def test_an_open_part_is_asked_about_and_the_answer_taken() -> None:
    """A part of one day after 8 March may be of 9 March or of 3 September; the answer is for that part alone."""
    text = part(ANDROID, 0, 60) + part(AMERICAN, 191, 5, hours=1)
    asked = read(text)
    assert asked.messages == ()
    (question,) = asked.questions
    assert question.source.line == 61
    assert [choice.meaning for choice in question.choices] == [
        "day, month, year: all on 3 September 2024",
        "month, day, year: all on 9 March 2024",
    ]
    for order, day in (("dmy", datetime(2024, 9, 3, 9)), ("mdy", datetime(2024, 3, 9, 9))):
        record = read(text, date_order=order)
        assert record.epoch == START
        assert record.at(record.messages[60].start) == day


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("true", ["dmy", "mdy"])
def test_a_part_that_differs_in_brackets_alone_is_no_proof_of_its_order(true: str, first: bool) -> None:
    """An American iPhone writes dates as a British Android phone does, but for what stands in front: it is asked."""
    head = "[{d:%d/%m/%Y, %H:%M:%S}] " if true == "dmy" else "[{d:%m/%d/%Y, %H:%M:%S}] "
    text = part(head, 35 * 8, 12) + part(ANDROID, 100 * 8, 60) if first else part(ANDROID, 0, 60) + part(head, 280, 12)
    asked = read(text)
    assert asked.messages == ()
    (question,) = asked.questions
    line = 1 if first else 61
    assert question.source.line == line
    assert question.text.startswith(f"Every date of the part that begins on line {line} fits more than one order")
    record = read(text, date_order=true)
    small, big = (record.messages[:12], record.messages[12:]) if first else (record.messages[60:], record.messages[:60])
    assert [record.at(m.start) for m in small] == [START + timedelta(hours=3 * n) for n in range(280, 292)]
    assert record.at(big[0].start) == START + timedelta(hours=2400 if first else 0)


def test_where_a_part_stands_tells_its_order() -> None:
    """Dates that lie between their neighbours in one order are of that order, whatever the bigger part writes."""
    text = part(ANDROID, 30 * 8, 60) + part("[{d:%m/%d/%Y, %H:%M:%S}] ", 300, 40) + part(ANDROID, 340, 60)
    record = read(text)
    assert not record.questions
    assert [record.at(m.start) for m in record.messages] == [START + timedelta(hours=3 * n) for n in range(240, 400)]
    assert kinds(record) == [("date order changes", 61, True), ("date order changes", 101, True)]


def test_two_orders_in_one_form_are_refused() -> None:
    """Nothing tells such parts apart, and no answer would read them: the line of the change is said."""
    text = part(ANDROID, 0, 200) + part(AMERICAN_24, 200, 200)
    with pytest.raises(InputError, match="from line 201 on"):
        read(text)
    assert len(read(text, date_order="dmy").messages) == 400


def test_one_odd_date_is_no_second_order() -> None:
    """A date that fits another order alone leaves the question, which an answer settles."""
    text = part(ANDROID, 120, 4, hours=24) + "10/13/2024, 10:00 - Ana: odd\n"
    assert read(text).questions
    assert read(text, date_order="dmy").problem_counts() == {"bad time": 1}


@pytest.mark.parametrize("where", [30, 60])
@pytest.mark.parametrize("form", [IPHONE, AMERICAN_IPHONE])
def test_quoted_lines_of_another_form_are_told(where: int, form: str) -> None:
    """What was copied out of another chat is older than where it stands: it stays words, and a remark says so."""
    lines = part(ANDROID, 0, 60).splitlines(keepends=True)
    text = "".join(lines[:where]) + part(form, 10, 4, ("Zed", "Kim")) + "".join(lines[where:])
    record = read(text)
    assert len(record.messages) == 60
    assert record.messages[where - 1].text.count("\n") == 4
    assert kinds(record) == [("kept as words", where + 1, True)]


def test_parts_that_overlap_are_read_once() -> None:
    """Two exports of one chat share messages; each is counted once, and a remark tells how many were left out."""
    record = read(part(ANDROID, 0, 45) + part(ANDROID, 15, 45))
    assert holds(record, 60)
    assert kinds(record) == [("repeated messages", 46, True)]
    assert "30 messages" in record.problems[0].message
    assert [message.line for message in record.messages][44:46] == [45, 76]


def test_overlap_of_two_phones() -> None:
    """The same minute and words are the same message, though one phone writes seconds and other names."""
    record = read(part(ANDROID, 0, 45) + part(IPHONE, 15, 45, ("Ana Ruiz", "B.")))
    assert holds(record, 60)


def test_what_a_second_part_holds_besides_is_kept() -> None:
    """A message of the common time that stands in the second part alone is not left out with its neighbours."""
    lines = part(ANDROID, 0, 60).splitlines(keepends=True)
    record = read("".join(lines[:20] + lines[21:45] + lines[15:]))
    assert sorted(message.text for message in record.messages) == sorted(f"message {n}" for n in range(60))


@pytest.mark.parametrize("said", [["<Media omitted>"] * 4, ["Happy new year!", "🎉", "love you all"]])
def test_two_people_saying_the_same_in_one_minute_are_two(said: list[str]) -> None:
    """Messages that came late are not those of somebody else with the same words, nor pictures of one minute."""
    lines = ["31/12/2024, 23:58 - Ben: soon"]
    lines += [f"31/12/2024, 23:59 - Ana: {words}" for words in said]
    lines += ["01/01/2025, 00:00 - Ana: there!"]
    lines += [f"31/12/2024, 23:59 - Ben: {words}" for words in said]
    lines += ["01/01/2025, 00:01 - Ana: see you", "01/01/2025, 00:02 - Ben: bye"]
    record = read("\n".join(lines))
    assert len(record.messages) == len(lines)
    assert "repeated messages" not in {problem.kind for problem in record.problems}


def test_one_persons_pictures_of_one_minute_all_stay() -> None:
    """What comes late of one person has the same words where it has none."""
    clocks = ["21:00", *["21:02"] * 4, "21:03", *["21:02"] * 4, "21:03"]
    lines = [f"13/03/2024, {clock} - Ana: <Media omitted>" for clock in clocks]
    assert len(read("\n".join([*lines, "13/03/2024, 21:05 - Ben: nice"])).messages) == len(lines) + 1


def test_late_messages_of_a_busy_chat_stay() -> None:
    """Twenty messages a minute, some out of order by seconds, and half of them "ok"."""
    lines = [
        f"[{START + timedelta(seconds=3 * n - 9 * (n % 7 == 3)):%d.%m.%y, %H:%M:%S}] {'Ana' if n % 2 else 'Ben'}: "
        + ("ok" if n % 4 < 2 else f"no {n}")
        for n in range(3000)
    ]
    assert len(read("\n".join(lines), date_order="dmy").messages) == 3000


def test_late_messages_and_repeated_words_stay() -> None:
    """On Android a message may come late, and people say the same twice in a minute: nothing is left out."""
    text = (
        "13/10/2024, 21:58 - Mia: ok\n13/10/2024, 21:58 - Mia: ok\n13/10/2024, 21:59 - Ola: hi\n"
        "13/10/2024, 21:58 - Mia: ok\n13/10/2024, 22:01 - Ola: so\n"
    )
    record = read(text)
    assert len(record.messages) == 5
    assert record.problems == ()


HANDS = (
    "{d:%d.%m.%Y %H:%M} ",
    "{d:%d/%m/%Y, %H:%M} ",
    "{d:%d.%m.%y %H:%M:%S} ",
    "{d:%d.%m.%Y, %H:%M} Uhr ",
    "{d.month}/{d.day}/{d:%Y} {h}:{d:%M} {d:%p} ",
    "{d:%m/%d/%Y}, {h}:{d:%M} {d:%p}, ",
)


@pytest.mark.parametrize("head", HANDS)
@pytest.mark.parametrize(
    "names", [("Ana", "Ben"), ("Ana Ruiz", "Ben Oak"), ("Ana", "Ben", "Cleo", "Dan", "Eva"), ("P1", "Speaker 2")]
)
@pytest.mark.parametrize("count", [6, 60])
def test_lines_by_hand_keep_their_names(head: str, names: tuple[str, ...], count: int) -> None:
    """A name behind a bare date and time is who speaks, and not a word of the clock."""
    text, order = part(head, 30, count, names), "mdy" if "%p" in head else "dmy"
    record = read(text, date_order=order)
    assert [m.speaker for m in record.messages] == [names[n % len(names)] for n in range(30, 30 + count)]
    assert [m.text for m in record.messages] == [f"message {n}" for n in range(30, 30 + count)]
    assert all(later.start - earlier.start == 3 * 3600 for earlier, later in pairwise(record.messages))


def test_four_lines_by_hand() -> None:
    """Few lines are enough."""
    lines = (
        "13.03.2024 21:05 Ana: hello",
        "13.03.2024 21:06 Ben: hi",
        "14.03.2024 08:00 Ana: so",
        "14.03.2024 08:01 Ben: eh",
    )
    text = "\n".join(lines)
    record = read(text)
    assert [(m.speaker, m.kind) for m in record.messages] == [("Ana", "text"), ("Ben", "text")] * 2
    assert record.epoch == datetime(2024, 3, 13, 21, 5)


def test_halves_of_the_day_in_an_unknown_language_are_no_names() -> None:
    """Where a name follows the colon, the word behind the clock is the clock's."""
    text = "".join(f"13.10.24, 9:5{n}:00 {half}: Mia: one\n" for n, half in enumerate(("qwe", "rty", "qwe", "rty")))
    record = read(text, format="whatsapp")
    assert {message.speaker for message in record.messages} == {"Mia"}
    assert {message.start for message in record.messages} == {None}


@pytest.mark.parametrize("head", [ANDROID, AMERICAN, IPHONE, AMERICAN_IPHONE, SWEDISH])
@pytest.mark.parametrize("every", [9, 15, 29])
def test_appointments_in_words_are_no_part_of_another_phone(head: str, every: int) -> None:
    """Lines that begin with a date and a time stand in messages, and nothing is asked about their dates."""
    lines = part(head, 0, 60).splitlines()
    dates = ("2024", "24")[head is ANDROID]
    told = [f"{line}\n5/3/{dates} at 10:30 - dentist" if n % every == 8 else line for n, line in enumerate(lines)]
    record = read("\n".join(told))
    assert not record.questions
    assert len(record.messages) == 60
    assert [record.at(m.start) for m in record.messages] == [START + timedelta(hours=3 * n) for n in range(60)]
    assert sum("dentist" in m.text for m in record.messages) == len(range(8, 60, every))


@pytest.mark.parametrize(
    ("head", "line"),
    [
        (ANDROID, "5/3/24 at 05:30 - be there"),
        (ANDROID, "05/03/2024 at 05:30 - be there"),
        (ANDROID, "5/3/24 at 05:30 - Dentist: bring the card"),
        (AMERICAN, "3/5/24 at 5:30 AM - be there"),
        (AMERICAN, "3/5/24, 5:30 - be there"),
        (IPHONE, "[05.03.24 um 05:30] Treffpunkt"),
        (SWEDISH, "2024-03-05, 05:30 - be there"),
    ],
)
@pytest.mark.parametrize("where", [30, 59])
def test_an_appointment_that_fits_in_time_is_words(head: str, line: str, where: int) -> None:
    """No message of the file is written so: it stays in its message, and a remark says where."""
    lines = part(head, 0, 60).splitlines()
    lines[where] += f"\n{line}"
    record = read("\n".join(lines))
    assert [m.kind for m in record.messages] == ["text"] * 60
    assert record.messages[where].text == f"message {where}\n{line}"
    assert kinds(record) == [("kept as words", where + 2, True)]


def test_a_notice_that_is_written_otherwise_is_still_one() -> None:
    """What the app is known to write is nobody's words, however its date is written, and so is what looks usual."""
    lines = part(ANDROID, 0, 60).splitlines()
    lines.insert(31, "5/3/24, 05:30 - Ana changed the group description")
    lines.insert(40, "06/03/2024, 04:30 - Qwe rtz uiop")
    record = read("\n".join(lines))
    assert [m.index for m in record.messages if m.kind == "system"] == [31, 40]
    assert not record.problems


@pytest.mark.parametrize(("head", "other"), [(ANDROID, AMERICAN), (AMERICAN, ANDROID), (SWEDISH, AMERICAN)])
@pytest.mark.parametrize("count", [1, 4, 12])
def test_an_older_stretch_of_another_chat_in_another_form_is_words(head: str, other: str, count: int) -> None:
    """What somebody pasted out of another chat stays in the message: dates of one phone are not written in two ways."""
    before, pasted, after = part(head, 160, 60), part(other, 110, count, ("Zoe", "Yan")), part(head, 220, 60)
    record = read(before + pasted + after)
    assert not record.questions
    assert len(record.messages) == 120
    assert {message.speaker for message in record.messages} == {"Ana", "Ben"}
    assert record.messages[59].text == f"message 219\n{pasted.strip()}"


@pytest.mark.parametrize(("head", "other"), [(IPHONE, AMERICAN), (SWEDISH, AMERICAN), (AMERICAN_IPHONE, ANDROID)])
def test_lines_pasted_time_and_again_do_not_make_dates_of_two_orders(head: str, other: str) -> None:
    """Five times some lines of another chat: they are words, and the file's own dates tell their order."""
    text = "".join(
        part(head, 40 + 20 * turn, 20, hours=24) + part(other, 14 + 20 * turn, 4, ("Zoe", "Yan"), hours=24)
        for turn in range(5)
    ) + part(head, 140, 20, hours=24)
    record = read(text)
    assert not record.questions
    assert len(record.messages) == 120
    assert {message.speaker for message in record.messages} == {"Ana", "Ben"}


def test_short_words_of_late_messages_are_not_read_before() -> None:
    """In quick talk the same few words come twice in a minute, and some messages late: none is left out."""
    words = ("ok", "haha", "yes", "no")
    clocks = [*range(40), *range(32, 80)]
    lines = [
        f"13/03/2024, 21:{minute // 4 + 5:02} - {('Ana', 'Ben')[(minute // 2) % 2]}: {words[minute % 4]}\n"
        for minute in clocks
    ]
    record = read("".join(lines))
    assert len(record.messages) == len(clocks)
    assert not kinds(record)
