"""Android's SMS backup: contacts joined over spellings, MMS, calls, the phone's clock, and hostile XML."""

from __future__ import annotations

import time

import pytest
from chat_checks import DATA, clock, kinds, read_bytes, read_path, rows, sniffs, spoiled_bytes, survive
from hypothesis import given
from hypothesis import strategies as st

from attunement.core.message import Speaker
from attunement.errors import InputError
from attunement.readers.inputs import Input
from attunement.readers.local_times import local_times
from attunement.readers.sms import SmsReader

READER = SmsReader()
SAMPLE = (DATA / "sms/sms-backup.xml").read_bytes()


def wrap(*elements: str) -> str:
    """A backup of the given elements."""
    return "<smses count='1'>" + "".join(elements) + "</smses>"


def test_a_contact_is_one_conversation() -> None:
    """Two spellings of a number are one person; texts and MMS stand in the order of their time."""
    priya, info, group, tom = read_path(READER, "sms/sms-backup.xml")
    assert [r.id for r in (priya, info, group, tom)] == ["Priya Nair", "INFO", "Priya Nair, Tom Ashe", "Tom Ashe"]
    assert rows(priya) == [
        ("Priya Nair", "are you home 🙂 yet?\nhello", "text"),
        ("Priya Nair", "look", "text"),
        ("Me", "nearly & tired \ufffd \ufffd", "text"),
        ("Me", "did not go out", "text"),
    ]
    assert priya.messages[1].media
    assert priya.messages[3].labels == {"status": "failed"}
    assert kinds(priya) == ["unsent draft"]
    assert priya.speakers[0] == Speaker("Priya Nair", None, ("+44 7700 900101", "+447700900101"))


def text(address: str, contact: str, body: str) -> str:
    """A text of somebody."""
    return f"<sms address='{address}' date='1714550400000' type='1' body='{body}' contact_name='{contact}'/>"


def conversations(*texts: str) -> dict[str, list[str]]:
    """Read texts: words by the name of the record."""
    records = read_bytes(READER, wrap(*texts), "x.xml")
    return {record.id: [message.text for message in record.messages] for record in records}


def test_numbers_of_two_areas_are_two_people() -> None:
    """Ten digits that differ in the first alone are two numbers, with names, without, and without their country."""
    for one, other in (("+12125550142", "+13125550142"), ("(212) 555-0142", "312-555-0142")):
        assert conversations(text(one, "Rent", "due"), text(other, "Mia", "hi")) == {"Rent": ["due"], "Mia": ["hi"]}
        assert conversations(text(one, "(Unknown)", "due"), text(other, "Mia", "hi")) == {one: ["due"], "Mia": ["hi"]}
        assert len(conversations(text(one, "", "due"), text(other, "", "hi"))) == 2


def test_spellings_of_one_number() -> None:
    """With country, with two zeros, with the zero of the country, with spaces: one person, whatever comes first."""
    forms = ["+44 7700 900101", "00447700900101", "07700 900 101", "447700900101", "+44 (0)7700 900101"]
    for spellings in (forms, forms[::-1]):
        assert conversations(*(text(form, "", form) for form in spellings)) == {spellings[0]: spellings}
    assert len(conversations(text("+525512345678", "Mia", "a"), text("+5215512345678", "Mia", "b"))) == 1
    assert len(conversations(text("+525512345678", "", "a"), text("+5215512345678", "", "b"))) == 2


def test_a_number_without_area_is_given_to_nobody_else() -> None:
    """Seven digits that end two whole numbers are neither; a contact of another name is another person."""
    both = (text("+12125550142", "", "a"), text("+13125550142", "", "b"))
    assert len(conversations(*both, text("555-0142", "", "c"))) == 3
    assert conversations(both[0], text("555-0142", "", "c")) == {"+12125550142": ["a", "c"]}
    assert len(conversations(text("+12125550142", "Rent", "a"), text("2125550142", "Mia", "c"))) == 2


def test_groups_know_who_wrote() -> None:
    """The sender of a group's MMS is the one that the addresses name, called as in the contacts."""
    _, _, group, _ = read_path(READER, "sms/sms-backup.xml")
    assert rows(group) == [("Tom Ashe", "dinner at mine", "text"), ("Me", "", "media")]
    assert group.messages[1].labels == {"media": "audio"}


def test_the_phones_clock_is_found_from_the_words() -> None:
    """Unix time and local words together give the zone: the record's clock is the wall's."""
    priya, info, _, _ = read_path(READER, "sms/sms-backup.xml")
    assert clock(priya, 0) == "2024-05-01 09:00:00"
    assert clock(info, 0) == "2024-05-01 09:01:40"
    assert "clock" not in priya.meta
    (record,) = read_bytes(READER, wrap("<sms address='1' date='1714550400000' type='1' body='x'/>"), "x.xml")
    assert record.meta["clock"] == "UTC"
    assert clock(record, 0) == "2024-05-01 08:00:00"


def test_calls() -> None:
    """Calls have a length, missed ones say so; a caller without number and time is told."""
    priya, unknown = read_path(READER, "sms/calls.xml")
    assert rows(priya) == [("Me", "", "call"), ("Priya Nair", "", "call")]
    assert priya.messages[0].end - priya.messages[0].start == 65
    assert priya.messages[1].labels == {"call": {"seconds": 0, "ended": "missed"}}
    assert unknown.speakers == (Speaker("Unknown Number"),)
    assert kinds(priya) == ["bad time"]
    assert priya.problems[0].source.line == 5


def test_what_breaks_off_is_read_so_far_and_told() -> None:
    """A cut backup gives what it holds and the line where it ends."""
    cut = SAMPLE[: SAMPLE.index(b"<mms")]
    priya, _ = read_bytes(READER, cut, "x.xml")
    assert kinds(priya) == ["broken file", "unsent draft"]
    assert priya.problems[0].source.line == cut.count(b"\n") + 1


@pytest.mark.parametrize(
    "text",
    [
        "<?xml version='1.0'?><!DOCTYPE s [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><smses><sms body='&b;'/></smses>",
        "<!DOCTYPE s SYSTEM 'file:///etc/passwd'><smses/>",
        "<!DOCTYPE s [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><smses><sms body='&x;'/></smses>",
        "<html/>",
        "no xml",
        "<?xml version='1.0' encoding='nonsense'?><smses/>",
    ],
)
def test_hostile_and_foreign_xml_is_refused(text: str) -> None:
    """Entities, outside references, other XML and no XML are errors of ours."""
    with pytest.raises(InputError):
        READER.read(Input("x.xml", text.encode()), None)


def test_deep_xml_takes_bounded_time() -> None:
    """A hundred thousand nested elements are survived quickly."""
    began = time.perf_counter()
    survive(READER, Input("x.xml", b"<smses>" + b"<sms>" * 100_000))
    assert time.perf_counter() - began < 20


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_other_encodings(encoding: str) -> None:
    """The parser takes what the mark at the start says."""
    text = wrap("<sms address='1' date='1714550400000' type='1' body='né'/>")
    (record,) = read_bytes(READER, text.encode(encoding), "x.xml")
    assert record.messages[0].text == "né"


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("May 1, 2024 10:00:00 AM", 2),
        ("1 mai 2024 10:00:00", 2),
        ("01.05.2024 10:00:00", 2),
        ("2024-05-01 10:00:00", 2),
        ("May 1, 2024 12:30:00 AM", None),
        ("Apr 30, 2024 11:00:00 PM", -9),
        ("1 May 2024 1:45:00 p.m.", 5.75),
        ("1 May 2024 1:30:00 p.m.", 5.5),
        ("1. Mai 2024 10:00 Uhr", 2),
        ("2024年5月1日 下午10:00:00", 14),
        ("2024年5月1日 上午10:00:00", 2),
        ("1 maj 2024 10:00 odp.", None),
        ("1 maj 2024 3:00 odp.", None),
        ("30 kwi 2024 11:00 odp.", -9),
        ("1.5.2024 10.00", 2),
        ("", None),
        ("yesterday", None),
    ],
)
def test_local_times(words: str, hours: float | None) -> None:
    """The offset is found where hour, minute and day fit, in any language; else nothing is claimed."""
    found = local_times([1714550400.0], [words])
    assert found == (None if hours is None else [1714550400.0 + hours * 3600])


def test_quarter_hour_zones_and_gaps() -> None:
    """Nepal is found; messages without words take their neighbours' offset; a time that is none stays none."""
    times = [1714550300.0, 1714550400.0, None, 1714550500.0]
    found = local_times(times, ["", "1 May 2024 13:45:00", "", "rubbish 99:99"])
    shift = 5.75 * 3600
    assert found == [times[0] + shift, times[1] + shift, None, times[3] + shift]


@given(st.floats(-1e12, 1e13), st.text(alphabet="0123456789:.-/ apmAPM", max_size=30))
def test_any_words_are_survived(seconds: float, words: str) -> None:
    """No words and no time raise."""
    local_times([seconds, None], [words, words])


def test_it_knows_its_own() -> None:
    """Backups are recognised, other XML is not."""
    assert sniffs(READER, "sms/sms-backup.xml") > 0.9
    assert sniffs(READER, "sms/calls.xml") > 0.9
    assert sniffs(READER, "telegram_html/messages.html") == 0.0


@given(spoiled_bytes(SAMPLE))
def test_any_broken_byte_is_survived(data: bytes) -> None:
    """Whatever happens to the bytes, only sound records or errors of ours come out."""
    survive(READER, Input("x.xml", data))
