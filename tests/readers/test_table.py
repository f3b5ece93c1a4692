"""Delimited tables: delimiter, header and columns by content, dates never guessed, nothing lost."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.core.message import Speaker
from attunement.core.record import Record
from attunement.errors import AttunementError, UsageError
from attunement.readers.assemble import clean_name
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.inputs import Input
from attunement.readers.native import NativeReader, write_native
from attunement.readers.table import TableReader
from attunement.readers.tabular import guess_columns


def read(text: str, *, encoding: str = "utf-8", **options: object) -> tuple[Record, ...]:
    """Read a table by way of the choice between all readers."""
    return read_source(text.encode(encoding), ReadOptions(**options), name="study.csv")  # type: ignore[arg-type]


def said(record: Record) -> list[tuple[str | None, str, float | None]]:
    """Who said what, when."""
    return [(m.speaker, m.text, m.start) for m in record.messages]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiter_is_found_by_content(delimiter: str, newline: str) -> None:
    """Commas, semicolons, tabs and bars are told apart, also where the words hold the others."""
    rows = [["speaker", "text", "time"], ["Ana", '"a, b; c|d"', "1"], ["Ben", '"two\nlines ""quoted"""', "2.5"]]
    (record,) = read(newline.join(delimiter.join(row) for row in rows))
    assert record.format == "table"
    assert said(record) == [("Ana", "a, b; c|d", 1.0), ("Ben", 'two\nlines "quoted"', 2.5)]
    assert [m.line for m in record.messages] == [2, 3]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["Sprecher", "Äußerung", "Beginn (ms)", "Ende (ms)"], {"speaker": 0, "text": 1, "time": 2, "end": 3}),
        (["Locuteur", "Énoncé", "Heure"], {"speaker": 0, "text": 1, "time": 2}),
        (["Remitente", "Mensaje", "Fecha", "Hora"], {"speaker": 0, "text": 1, "date": 2, "time": 3}),
        (["Отправитель", "Сообщение", "Дата"], {"speaker": 0, "text": 1, "time": 2}),
        (["話者", "発話", "開始", "終了"], {"speaker": 0, "text": 1, "time": 2, "end": 3}),
        (["gönderen", "mesaj", "tarih"], {"speaker": 0, "text": 1, "time": 2}),
        (["name", "Speaker", "utterance", "dialogue_id"], {"speaker": 1, "text": 2, "conversation": 3}),
        (["MsgID", "From", "To", "Body", "In-Reply-To"], {"id": 0, "speaker": 1, "text": 3, "reply_to": 4}),
        (["a", "b"], {}),
    ],
)
def test_columns_are_guessed_in_many_languages(header: list[str], expected: dict[str, int]) -> None:
    """A header in the reader's own tongue is understood, case, accents of form and units aside."""
    assert guess_columns(header) == expected


def test_unit_in_the_header_holds() -> None:
    """Milliseconds that the header names become seconds."""
    (record,) = read("speaker;text;onset_ms;duration_ms\nAna;hi;1500;500\nBen;ho;2000;250\n")
    assert [(m.start, m.end) for m in record.messages] == [(1.5, 2.0), (2.0, 2.25)]


def test_options_override_the_guess() -> None:
    """A column map given by the user wins, by name or by number, and frees what was guessed."""
    (record,) = read("name,note,text\nstudy 1,Ana,hi\n", columns={"speaker": "note"})
    assert said(record) == [("Ana", "hi", None)]
    assert record.messages[0].labels == {"name": "study 1"}
    (record,) = read("Ana\thi\nBen\tho\nAna\tso\n", columns={"speaker": "1", "text": "2"})
    assert [m.speaker for m in record.messages] == ["Ana", "Ben", "Ana"]


@pytest.mark.parametrize("columns", [{"spaeker": "a"}, {"text": "txet"}])
def test_unknown_field_or_column_is_a_usage_error(columns: dict[str, str]) -> None:
    """A slip in the map is told with the nearest right word."""
    with pytest.raises(UsageError, match=r"Did you mean|Allowed"):
        read("speaker,text\nAna,hi\nBen,ho\n", columns=columns)


def test_unclear_columns_are_asked_for() -> None:
    """Where no column is named for the speaker, the answer is the user's; no cell of a headerless table is shown."""
    (record,) = read("x\ty\tz\n1\t2\t3\n4\t5\t6\n7\t8\t9\n")
    assert record.messages == ()
    assert record.questions[0].key == "columns"
    (record,) = read("Ana\tsecret words\nBen\tmore\nAna\tand more\n")
    assert "secret" not in record.questions[0].text
    (record,) = read("whom,text\nAna,hi\nBen,ho\nAna,hm\n")
    assert "'whom'" in record.questions[0].text


@pytest.mark.parametrize("speaker", ["Ana", "User", "Client"])
@pytest.mark.parametrize("columns", [{"speaker": "Who"}, {"speaker": "1", "text": "Said"}, {"speaker": "1"}])
def test_the_first_row_of_a_table_without_header_is_not_repeated(speaker: str, columns: dict[str, str]) -> None:
    """A slip in an answer, or half an answer, brings the number of columns and not what was said."""
    text = f"{speaker},I am scared of you,2024-01-13\nBen,calm down,2024-01-13\n{speaker},no,2024-01-14\n"
    try:
        told = " ".join(question.text for record in read(text, columns=columns) for question in record.questions)
    except UsageError as error:
        told = str(error)
    assert "scared" not in told
    assert "2024" not in told
    assert "It has 3 columns; give the header's names, or numbers from 1" in told


def test_a_header_that_is_one_is_listed() -> None:
    """Where columns are known by name, the others are named, so that the typing error can be seen."""
    with pytest.raises(
        UsageError, match=r"no column 'whom' for 'speaker'\. Did you mean 'who'\? Allowed: said, text, who"
    ):
        read("who,text,said\nAna,hi,x\nBen,ho,y\nAna,hm,z\n", columns={"speaker": "whom"})


def test_speakers_inside_the_words() -> None:
    """Where no column is for speakers and nearly every text opens with a name that the file confirms, that is who."""
    rows = "".join(f"{at},{'Ana' if at % 2 else 'Ben'}: words {at}\n" for at in range(1, 9))
    (record,) = read("time,text\n" + rows)
    assert said(record)[:2] == [("Ana", "words 1", 1.0), ("Ben", "words 2", 2.0)]
    (record,) = read("time,text\n1,hello there\n2,listen: no\n3,well\n")
    assert [question.key for question in record.questions] == ["columns"]


def test_whisper_tsv() -> None:
    """Whisper's own table tells nobody and counts in milliseconds: it is read so, and the lack is told."""
    (record,) = read("start\tend\ttext\n0\t1500\tare you there\n1500\t2250\tyes\n")
    assert [(m.speaker, m.text, m.start, m.end) for m in record.messages] == [
        (None, "are you there", 0.0, 1.5), (None, "yes", 1.5, 2.25),
    ]  # fmt: skip
    assert record.problem_counts() == {"no speakers": 1}


def test_date_order_is_asked_for_or_inferred() -> None:
    """Dates that fit two orders are asked about; one day above twelve settles the whole file; the user may answer."""
    two = "Date,Sender,Message\n03/04/2024 10:00,Ana,hi\n04/04/2024 22:05,Ben,ho\n"
    (record,) = read(two)
    assert record.messages == ()
    assert [(q.key, [c.value for c in q.choices]) for q in record.questions] == [("date_order", ["dmy", "mdy"])]
    (record,) = read(two, date_order="mdy")
    assert record.epoch == datetime(2024, 3, 4, 10, 0)
    (record,) = read(two + "25/04/2024 08:00,Ana,hm\n")
    assert record.epoch == datetime(2024, 4, 3, 10, 0)
    assert record.medium == "chat"
    assert record.messages[1].start == 36 * 3600 + 300


@pytest.mark.parametrize(
    ("cells", "epoch", "starts"),
    [
        (["2024-05-03 10:00:00", "2024-05-03T10:00:30"], datetime(2024, 5, 3, 10), [0.0, 30.0]),
        (["2024/05/03 10:00", "2024/05/03 10:01"], datetime(2024, 5, 3, 10), [0.0, 60.0]),
        (["2024-03-31T01:59:00+01:00", "2024-03-31T03:01:00+02:00"], datetime(2024, 3, 31, 1, 59), [0.0, 120.0]),
        (["13.5.24 9:05 PM", "13.5.24 9:06 PM"], datetime(2024, 5, 13, 21, 5), [0.0, 60.0]),
        (["1700000000", "1700000060"], datetime(2023, 11, 14, 22, 13, 20), [0.0, 60.0]),
        (["1700000000000", "1700000060500"], datetime(2023, 11, 14, 22, 13, 20), [0.0, 60.5]),
        (["00:00:07", "00:01:00.25"], None, [7.0, 60.25]),
        (["12,5", "13"], None, [12.5, 13.0]),
    ],
)
def test_times(cells: list[str], epoch: datetime | None, starts: list[float]) -> None:
    """ISO, dates with clocks, Unix stamps, clocks and seconds are told apart by the whole column."""
    (record,) = read("speaker;time;text\n" + "".join(f"Ana;{cell};x\n" for cell in cells))
    assert (record.epoch, [m.start for m in record.messages]) == (epoch, starts)


def test_date_and_time_in_two_columns() -> None:
    """A date and a clock in columns of their own are one time; 10:02 is then hours and minutes."""
    (record,) = read("date,time,sender,text\n2024-05-03,10:00,Ana,hi\n2024-05-03,10:02,Ben,ho\n")
    assert (record.epoch, record.messages[1].start) == (datetime(2024, 5, 3, 10), 120.0)


def test_newest_first_is_turned_round() -> None:
    """A dated table that runs backwards throughout is read from its end, and says so."""
    (record,) = read("time,speaker,text\n2024-05-03,A,c\n2024-05-02,B,b\n2024-05-01,A,a\n")
    assert [m.text for m in record.messages] == ["a", "b", "c"]
    assert [m.line for m in record.messages] == [4, 3, 2]
    assert record.messages[0].start == 0.0
    assert record.meta == {"newest_first": True}


def test_conversations_replies_and_other_columns() -> None:
    """A conversation column gives a record each; replies become indexes; codes in other columns become labels."""
    first, second = read(
        "dialog_id,id,reply_to,speaker,role,text,stance\n"
        "k1,m1,,Ana,caller,hi,\nk2,m2,,Cy,,yo,\nk1,m3,m1,Ben,listener,ho,warmth\nk2,m4,gone,Dan,,hm,flat\n"
    )
    assert (first.id, second.id) == ("k1", "k2")
    assert first.messages[1].reply_to == 0
    assert first.messages[1].labels == {"stance": "warmth"}
    assert first.speakers == (Speaker("Ana", "caller"), Speaker("Ben", "listener"))
    assert second.problem_counts() == {"bad reply": 1}


def test_unquoted_delimiter_in_the_words() -> None:
    """Surplus cells go back into the words, and a problem says where."""
    (record,) = read("time,speaker,text\n1,Ana,hi\n2,Ben,well, yes, no\n3,Ana,so\n")
    assert record.messages[1].text == "well, yes, no"
    assert [(p.kind, p.source.line) for p in record.problems] == [("extra columns", 3)]


def test_gaps_are_told() -> None:
    """Rows without words, speaker or readable time are counted and located; empty lines are not rows."""
    (record,) = read("speaker,text,time\nAna,,1\n,lost,2\n\nBen,x,soon\n,,9\nAna,y,4\n")
    kinds = {(p.kind, p.source.line) for p in record.problems}
    assert kinds == {("missing text", 2), ("missing speaker", 3), ("bad time", 5), ("empty row", 6)}
    assert len(record.messages) == 4


def test_encodings_and_excel_separator_line() -> None:
    """UTF-16, BOM, cp1252 and Excel's own first line are taken as they are; an assumed encoding is told."""
    text = "speaker;text\nJosé;niño\nZoë;schön\n"
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        (record,) = read(text, encoding=encoding)
        assert [m.speaker for m in record.messages] == ["José", "Zoë"]
        assert bool(record.problems) == (encoding == "cp1252")
    (record,) = read("sep=;\n" + text)
    assert [m.line for m in record.messages] == [3, 4]


def test_short_clock_without_date_is_asked() -> None:
    """Times like 10:03 may be hours and minutes: that is asked and can be answered, unless they start near zero."""
    text = "speaker,time,text\nAna,10:03,x\nBen,10:05,y\nAna,9:00,z\n"
    (record,) = read(text)
    assert (record.messages, [question.option for question in record.questions]) == ((), ["--clock"])
    for choice, starts in (("mm:ss", [603.0, 605.0, 540.0]), ("hh:mm", [36180.0, 36300.0, 32400.0])):
        (record,) = read(text, clock=choice)
        assert [message.start for message in record.messages] == starts
    (record,) = read("speaker,time,text\nAna,23:59,x\nBen,0:01,y\n")
    assert [message.start for message in record.messages] == [86340.0, 86460.0]
    (record,) = read("speaker,time,text\nAna,0:03,x\nBen,10:05,y\n")
    assert record.problems == ()


def test_long_fields_are_read() -> None:
    """A cell of a million characters is words like any other."""
    (record,) = read("speaker,text\nAna," + "x" * 1_000_000 + "\nBen,ho\n")
    assert len(record.messages[0].text) == 1_000_000


def test_prose_and_json_are_no_table() -> None:
    """Other text is left to other readers."""
    for text in ('{"a": 1, "b": 2}', "Dear all,\nwell, then\nbye", "<html>a,b</html>", ""):
        assert TableReader().sniff(Input("x", text.encode()).sample()) < 0.2


CELL = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6), st.sampled_from([",", ";", "\t", "|"]))
@settings(max_examples=150, deadline=None)
def test_quoted_cells_round_trip(rows: list[tuple[str, str]], delimiter: str) -> None:
    """Whatever stands in quoted cells arrives, and travels on through the native form."""
    quoted = [
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [("speaker", "text"), *rows]
    ]
    source = Input("x.csv", "\n".join(quoted).encode())
    (record,) = TableReader().read(source, ReadOptions())
    expected = [text.strip() for speaker, text in rows if text.strip() or clean_name(speaker)]
    assert [m.text.split() for m in record.messages] == [text.split() for text in expected]
    assert list(NativeReader().read(Input("x", write_native(record)), ReadOptions())) == [record]


@given(st.binary(max_size=200) | st.text(alphabet=',;\t|"\n\rspeakertx1:/-', max_size=200).map(str.encode))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Whatever comes, the reader answers with records or an error of ours."""
    source = Input("x", data)
    assert 0.0 <= TableReader().sniff(source.sample()) <= 1.0
    try:
        TableReader().read(source, ReadOptions())
    except AttunementError:
        return


@pytest.mark.parametrize("code", ["participant__code", "participant_code"])
def test_the_code_of_a_participant_goes_before_a_nickname(code: str) -> None:
    """Exports of oTree call everybody the same and give each a code: the code tells them apart."""
    data = f"session_code,{code},nickname,body,timestamp\ns,ab1,Player,hi,1600000000\ns,cd2,Player,hello,1600000001\n"
    (record,) = read_source(data.encode(), ReadOptions(), name="chat.csv")
    assert [message.speaker for message in record.messages] == ["ab1", "cd2"]
