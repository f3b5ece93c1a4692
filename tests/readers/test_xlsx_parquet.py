"""Workbooks and Parquet: the same columns, dates by cell formats, sheets, bombs."""

from __future__ import annotations

import io
import math
import zipfile
from datetime import datetime
from typing import Any

import pytest

from attunement.core.record import Record
from attunement.errors import InputError, LimitError, MissingExtraError
from attunement.readers.base import ReadOptions, read_source

SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
STYLES = (
    f'<styleSheet {SPACE}><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy\\ hh:mm"/>'
    '<numFmt numFmtId="165" formatCode="[h]:mm:ss"/>'
    '<numFmt numFmtId="166" formatCode="&quot;day&quot; 0.00"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="14"/>'
    "</cellXfs>"
    "</styleSheet>"
)


def workbook(*sheets: tuple[str, str], strings: str = "", extra: str = "") -> bytes:
    """Make a workbook of named sheets, each given as rows of XML."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        listed = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="rId{i}"/>' for i, (n, _) in enumerate(sheets, 1))
        archive.writestr(
            "xl/workbook.xml", f"<workbook {SPACE} {RELATIONS}>{extra}<sheets>{listed}</sheets></workbook>"
        )
        targets = "".join(
            f'<Relationship Id="rId{i}" Target="worksheets/s{i}.xml"/>' for i in range(1, len(sheets) + 1)
        )
        archive.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{targets}</Relationships>")
        archive.writestr("xl/styles.xml", STYLES)
        if strings:
            archive.writestr("xl/sharedStrings.xml", f"<sst {SPACE}>{strings}</sst>")
        for i, (_, rows) in enumerate(sheets, 1):
            archive.writestr(f"xl/worksheets/s{i}.xml", f"<worksheet {SPACE}><sheetData>{rows}</sheetData></worksheet>")
    return buffer.getvalue()


def row(number: int, *cells: tuple[str, Any, str]) -> str:
    """Make a row of (column, value, attributes)."""
    made = ""
    for column, value, attributes in cells:
        inner = f"<is><t>{value}</t></is>" if "inlineStr" in attributes else f"<v>{value}</v>"
        made += f'<c r="{column}{number}" {attributes}>{inner}</c>'
    return f'<row r="{number}">{made}</row>'


IN = 't="inlineStr"'
HEADER = row(2, ("A", "Wann", IN), ("B", "Sprecher", IN), ("D", "Nachricht", IN), ("E", "Code", IN))


def read(data: bytes, **options: Any) -> tuple[Record, ...]:
    """Read by way of the choice between all readers."""
    return read_source(data, ReadOptions(**options), name="couples.xlsx")


def test_sheet_with_title_gaps_and_dates() -> None:
    """A title above the header, empty columns, shared and rich strings, dates by their format."""
    strings = '<si><t>Ana</t></si><si><r><t>schön, </t></r><r><t>dass</t></r><rPh sb="0" eb="1"><t>x</t></rPh></si>'
    rows = (
        row(1, ("A", "Study 1", IN))
        + HEADER.replace("Wann", "Zeit")
        + row(3, ("A", 45415.4166666667, 's="1"'), ("B", 0, 't="s"'), ("D", 1, 't="s"'), ("E", 3, ""))
        + row(5, ("A", 45415.4173611111, 's="1"'), ("B", "Ben", 't="str"'), ("D", "ja", 't="str"'), ("E", 2.5, 's="3"'))
    )
    (record,) = read(workbook(("Tabelle1", rows), strings=strings))
    assert (record.format, record.id) == ("xlsx", "couples")
    assert record.epoch == datetime(2024, 5, 3, 10)
    assert [(m.speaker, m.text, m.start, m.line) for m in record.messages] == [
        ("Ana", "schön, dass", 0.0, 3),
        ("Ben", "ja", 60.0, 5),
    ]
    assert [m.labels for m in record.messages] == [{"Code": 3}, {"Code": 2.5}]


def test_clock_formats_and_1904() -> None:
    """A cell that shows hours, minutes and seconds is a place in a recording; the other calendar is heeded."""
    rows = row(1, ("A", "time", IN), ("B", "speaker", IN), ("C", "text", IN)) + row(
        2, ("A", 62.5 / 86400, 's="2"'), ("B", "Ana", IN), ("C", "hi", IN)
    )
    (record,) = read(workbook(("a", rows)))
    assert (record.epoch, record.messages[0].start) == (None, 62.5)
    dated = rows.replace('s="2"', 's="4"').replace(str(62.5 / 86400), "43953")
    (record,) = read(workbook(("a", dated), extra='<workbookPr date1904="1"/>'))
    assert record.epoch == datetime(2024, 5, 3)


def test_every_sheet_that_names_its_columns() -> None:
    """Two sheets of talk are two records, a sheet of notes none; without any, the first one's columns are asked for."""
    talk = HEADER + row(3, ("B", "Ana", IN), ("D", "hi", IN))
    notes = row(1, ("A", "note", IN), ("B", "value", IN)) + row(2, ("A", "x", IN), ("B", 1, ""))
    records = read(workbook(("one", talk), ("notes", notes), ("two", talk)))
    assert [record.id for record in records] == ["couples-one", "couples-two"]
    (record,) = read(workbook(("notes", notes)))
    assert [question.key for question in record.questions] == ["columns"]
    (record,) = read(workbook(("notes", notes)), columns={"speaker": "note", "text": "value"})
    assert [(m.speaker, m.text) for m in record.messages] == [("x", "1")]


def test_hostile_workbooks() -> None:
    """Entities are refused, far columns do not fill memory, references to strings that are not there are empty."""
    bomb = '<!DOCTYPE a [<!ENTITY x "ha">]>'
    data = workbook(("a", HEADER), strings="<si><t>&x;</t></si>")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/sharedStrings.xml"] = bomb.encode() + parts["xl/sharedStrings.xml"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    with pytest.raises(InputError, match="entities"):
        read(buffer.getvalue())
    rows = (
        HEADER + row(3, ("ZZZ", 1, ""), ("B", 99, 't="s"'), ("D", "x", IN)) + row(4, ("B", "Ana", IN), ("D", "y", IN))
    )
    (record,) = read(workbook(("a", rows)))
    assert [(m.speaker, m.text) for m in record.messages] == [(None, "x"), ("Ana", "y")]
    with pytest.raises(InputError, match="no rows"):
        read(workbook(("a", "")))


def test_a_sheet_that_is_named_twice_is_read_once() -> None:
    """A workbook may name one part as many sheets: it is one."""
    talk = HEADER + row(3, ("B", "Ana", IN), ("D", "hi", IN))
    data = workbook(("one", talk), extra='<sheets><sheet name="zero" sheetId="9" r:id="rId1"/></sheets>')
    (record,) = read(data)
    assert [(m.speaker, m.text) for m in record.messages] == [("Ana", "hi")]


def parquet(columns: dict[str, list[Any]]) -> bytes:
    """Write a table."""
    pyarrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pyarrow.table(columns), buffer)
    return buffer.getvalue()


def test_parquet() -> None:
    """Typed columns keep their values: moments, numbers, structures; conversations are parted."""
    data = parquet(
        {
            "conversation_id": ["a", "b", "a"],
            "speaker": ["Ana", "Cy", "Ben"],
            "text": ["hi, you", "yo", "ho"],
            "timestamp": [datetime(2024, 5, 3, 10), datetime(2024, 5, 3, 11), datetime(2024, 5, 3, 12)],
            "stance": [["warmth"], [], None],
        }
    )
    first, second = read_source(data, ReadOptions(), name="t.parquet")
    assert (first.format, first.id, second.id) == ("parquet", "a", "b")
    assert [(m.speaker, m.text, m.start, m.labels) for m in first.messages] == [
        ("Ana", "hi, you", 0.0, {"stance": ["warmth"]}),
        ("Ben", "ho", 7200.0, None),
    ]


def test_parquet_bounds_and_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that unpacks beyond the bound, a damaged one and a missing extra are errors of ours."""
    big = parquet({"speaker": ["a"] * 200_000, "text": ["x"] * 200_000})
    with pytest.raises(LimitError, match="unpacks"):
        read_source(big, ReadOptions(max_bytes=len(big) + 1000))
    with pytest.raises(InputError, match="damaged"):
        read_source(big[: len(big) // 2], ReadOptions())
    monkeypatch.setattr("attunement.readers.parquet.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="corpus"):
        read_source(big, ReadOptions())


def test_parquet_nan_is_a_label_that_is_missing() -> None:
    """A column of numbers in which some are missing holds NaN; it is no label, as it is null in native lines."""
    data = parquet(
        {"speaker": ["Ana", "Ben"], "text": ["hi", "oh"], "valence": [math.nan, -0.5], "intensity": [2.0, math.nan]}
    )
    (record,) = read_source(data, ReadOptions(), name="t.parquet")
    assert [message.labels for message in record.messages] == [{"intensity": 2.0}, {"valence": -0.5}]
