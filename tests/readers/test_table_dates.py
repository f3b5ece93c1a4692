"""Headings and forms in which tables hold days and clocks."""

from __future__ import annotations

import pytest

from attunement.core.record import Record
from attunement.readers.base import ReadOptions, read_source


def read(table: str) -> Record:
    """Read a table by way of the choice between all readers."""
    (record,) = read_source(table.encode(), ReadOptions(), name="study.csv")
    return record


def clocks(record: Record) -> list[str]:
    """The wall clock of every message."""
    return [str(record.at(m.start)) for m in record.messages]


@pytest.mark.parametrize(
    "heading",
    ["Datum/Uhrzeit", "Datum & Uhrzeit", "Date et heure", "Fecha y hora", "Data e hora", "Data e ora", "Datum en tijd",
     "Data i godzina", "Date and time", "Date Sent", "Sent Date", "Tarih ve saat", "Дата и время", "Sent On",
     "MessageTime", "CreationDate", "Message Sent"],
)  # fmt: skip
def test_a_column_for_day_and_clock_in_one_is_the_time(heading: str) -> None:
    """Its times are read; they were kept as a label, and nothing was said."""
    record = read(f"{heading};Sender;Message\n31.01.2024 23:58;Ana;hi\n01.02.2024 00:05;Ben;ho\n")
    assert clocks(record) == ["2024-01-31 23:58:00", "2024-02-01 00:05:00"]


def test_a_timecode_is_a_time() -> None:
    """So Trint and NVivo name it."""
    record = read("Timecode,Speaker,Utterance\n00:00:05,Ana,hi\n00:01:10,Ben,ho\n")
    assert [m.start for m in record.messages] == [5, 70]


@pytest.mark.parametrize("heading", ["Timestamp", "Date and time"])
@pytest.mark.parametrize("day", ["2024-01-31", "31/01/2024"])
def test_a_day_that_stands_twice_is_no_harm(heading: str, day: str) -> None:
    """A column of days beside one that holds day and clock: the two were joined to no time at all."""
    record = read(f"Date,{heading},Speaker,Text\n{day},{day} 10:00:00,Ana,hi\n{day},{day} 12:01:00,Ben,ho\n")
    assert clocks(record) == ["2024-01-31 10:00:00", "2024-01-31 12:01:00"]
    assert not record.problems


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('"Jan 31, 2024, 11:58:07 PM"', '"Feb 1, 2024, 12:05:07 AM"'), ("31 Jan 2024 23:58:07", "1 Feb 2024 00:05:07"),
        ("31. Januar 2024 23:58:07", "1. Februar 2024 00:05:07"),
        ("31 janvier 2024 à 23:58:07", "1 février 2024 à 00:05:07"), ("31-Jan-24 11:58:07 PM", "1-Feb-24 12:05:07 AM"),
    ],
)  # fmt: skip
def test_months_in_words_are_read(first: str, second: str) -> None:
    """In the languages in which apps write them; noon and midnight as AM and PM say."""
    record = read(f"Sent at,Sender,Content\n{first},Ana,hi\n{second},Ben,ho\n")
    assert clocks(record) == ["2024-01-31 23:58:07", "2024-02-01 00:05:07"]


def test_a_month_in_words_with_a_column_of_clocks() -> None:
    """The two are one time."""
    record = read("Date,Time,Sender,Content\nJan 31 2024,10:00 PM,Ana,hi\n1 Feb 2024,12:01 AM,Ben,ho\n")
    assert clocks(record) == ["2024-01-31 22:00:00", "2024-02-01 00:01:00"]


def test_the_clock_of_a_place_that_changes_is_the_one_on_the_wall() -> None:
    """As in native lines: in summer nobody's evening moves by an hour."""
    lines = ["timestamp,author,content"]
    for day in ("2024-03-29T20:00:00+01:00", "2024-04-02T20:00:00+02:00", "2024-04-03T20:00:00+02:00"):
        lines += [f"{day},Ana,hi", f"{day.replace('20:00', '20:01')},Ben,ho"]
    assert {at[11:] for at in clocks(read("\n".join(lines)))} == {"20:00:00", "20:01:00"}


def test_clocks_with_seconds_run_over_midnight() -> None:
    """As those without seconds do; a recording that begins again at nought stays where it is."""
    record = read("start,end,speaker,text\n23:58:00,23:58:05,Ana,a\n23:59:59,00:00:02,Ben,b\n00:01:00,00:01:05,Ana,c\n")
    assert [m.start for m in record.messages] == [86280, 86399, 86460]
    assert [m.end for m in record.messages] == [86285, 86402, 86465]
    parts = read("start,speaker,text\n00:58:00,Ana,a\n01:02:00,Ben,b\n00:00:05,Ana,c\n00:01:00,Ben,d\n")
    assert [m.start for m in parts.messages] == [3480, 3720, 5, 60]


TABLE = "Date,Time,Speaker,Message\n2024-01-31,10:00,Ana,hi there\n2024-01-31,10:01,Ben,ho\n2024-01-31,10:02,Ana,bye\n"


@pytest.mark.parametrize("above", ["Export,,,\nMade 2024-02-01,,,\n,,,\n", "Export of talk\nMade 2024-02-01\n\n"])
def test_titles_may_stand_above_the_header(above: str) -> None:
    """As in a workbook: saved as CSV it was taken for a transcript in which nobody speaks."""
    record = read(above + TABLE)
    assert record.format == "table"
    assert [(m.speaker, m.text) for m in record.messages] == [("Ana", "hi there"), ("Ben", "ho"), ("Ana", "bye")]
    assert [m.line for m in record.messages] == [at + above.count("\n") for at in (2, 3, 4)]


def test_columns_are_found_by_their_names_below_titles() -> None:
    """Where the user names them; numbers count in a table whose first row holds words as before."""
    options = ReadOptions(columns={"speaker": "Wer war es", "text": "Was"})
    table = "Titel;;\n\nWer war es;Was;x\nAna;hi;1\nBen;ho;2\n"
    (record,) = read_source(table.encode(), options, name="study.csv")
    assert [(m.speaker, m.text) for m in record.messages] == [("Ana", "hi"), ("Ben", "ho")]
    titled = b"Titel;;\n\nspeaker;text;when\nAna;hi;3\nBen;ho;4\n"
    (record,) = read_source(titled, ReadOptions(columns={"time": "3"}), name="study.csv")
    assert [(m.speaker, m.start) for m in record.messages] == [("Ana", 3), ("Ben", 4)]
    bare = b"assistant;hi\nuser;ho\nassistant;well\n"
    (record,) = read_source(bare, ReadOptions(columns={"speaker": "1"}, format="table"), name="study.csv")
    assert record.questions or len(record.messages) == 3
    by_number = ReadOptions(columns={"speaker": "1", "text": "2"}, format="table")
    (record,) = read_source(b"Ana;hi;x\nBen;ho;y\nspeaker;text;z\n", by_number, name="study.csv")
    assert [m.speaker for m in record.messages] == ["Ana", "Ben", "speaker"]


def test_the_line_that_markdown_draws_is_nobody() -> None:
    """It stands under the names of columns."""
    record = read("| Speaker | Text |\n|:---|---|\n| Ana | hi |\n| Ben | -- |\n")
    assert [(m.speaker, m.text) for m in record.messages] == [("Ana", "hi"), ("Ben", "--")]


def test_days_without_a_clock_are_told() -> None:
    """Every pause within a day would be nought; where a clock stands, or no day comes twice, nothing is said."""
    days = "date,speaker,text\n31/01/2024,Ana,hi\n31/01/2024,Ben,ho\n01/02/2024,Ana,x\n"
    assert [(p.kind, p.remark) for p in read(days).problems] == [("days only", True)]
    assert not read(days.replace("31/01/2024,Ben", "30/01/2024,Ben")).problems
    assert not read(TABLE).problems


@pytest.mark.parametrize(
    ("form", "first", "second"),
    [("ss.msec", "0.5", "1.5"), ("hh:mm:ss.ms", "00:00:00.500", "00:00:01.500"), ("msec", "500", "1500")],
)
def test_times_of_elans_export_are_read_in_their_form(form: str, first: str, second: str) -> None:
    """They were labels; given by name, seconds with a fraction were taken for milliseconds."""
    header = f"Tier\tParticipant\tBegin Time - {form}\tEnd Time - {form}\tAnnotation"
    table = f"{header}\nA\tAna\t{first}\t{second}\thi\nB\tBen\t{second}\t{second}\tho\n"
    for columns in ({}, {"time": f"Begin Time - {form}", "end": f"End Time - {form}"}):
        (record,) = read_source(table.encode(), ReadOptions(columns=columns), name="talk.txt")
        assert [(m.speaker, m.start, m.end) for m in record.messages] == [("Ana", 0.5, 1.5), ("Ben", 1.5, 1.5)]


def test_excels_own_days_are_read() -> None:
    """31-Jan-24 is what a cell of days looks like there; a clock may stand in brackets beside it."""
    record = read("Date,Time,Speaker,Text\n31-Jan-24,[23:58:07],Ana,hi\n1-Feb-24,[00:05:07],Ben,ho\n")
    assert clocks(record) == ["2024-01-31 23:58:07", "2024-02-01 00:05:07"]
    days = read("Date,Speaker,Text\n31-Jan-24,Ana,hi\n1-Feb-24,Ben,ho\n")
    assert clocks(days) == ["2024-01-31 00:00:00", "2024-02-01 00:00:00"]


@pytest.mark.parametrize("heading", ["Date of birth", "Read Date", "Response time", "Time of day", "Session time"])
def test_other_times_are_labels(heading: str) -> None:
    """What does not say when it was said is kept beside the words."""
    record = read(f"Speaker,Text,{heading}\nAna,hi,12:30\nBen,ho,12:31\n")
    assert [(m.start, m.labels) for m in record.messages] == [(None, {heading: "12:30"}), (None, {heading: "12:31"})]
