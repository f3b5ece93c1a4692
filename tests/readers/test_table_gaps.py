"""Tables that are almost all gaps: a small file asks for little memory, and for no more than it may."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest

from attunement.core.record import Record
from attunement.errors import LimitError
from attunement.readers.base import ReadOptions, read_source

SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
HEADER = '<row r="1"><c r="A1" t="str"><v>speaker</v></c><c r="B1" t="str"><v>text</v></c></row>'
TALK = '<row><c r="A2" t="str"><v>Ana</v></c><c r="B2" t="str"><v>hi</v></c>{0}</row>'


def workbook(rows: str, *, header: str = HEADER, sheets: int = 1) -> bytes:
    """Make a workbook of one sheet, named so many times."""
    listed = "".join(f'<sheet name="S{i}" sheetId="1" r:id="r1"/>' for i in range(sheets))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", f"<workbook {SPACE} {RELATIONS}><sheets>{listed}</sheets></workbook>")
        archive.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet {SPACE}><sheetData>{header}{rows}</sheetData></worksheet>"
        )
    return buffer.getvalue()


def read(data: bytes, name: str, *, form: str | None = None, **columns: str) -> tuple[tuple[Record, ...], int]:
    """Read, and tell how many bytes that took at most."""
    tracemalloc.start()
    try:
        return read_source(data, ReadOptions(columns=columns, format=form), name=name), tracemalloc.get_traced_memory()[
            1
        ]
    finally:
        tracemalloc.stop()


def test_a_workbook_of_rows_with_one_far_cell_hits_a_bound() -> None:
    """Three thousand cells in the last column, packed into a kilobyte, would be 49 million cells."""
    data = workbook('<row><c r="XFD1"><v>1</v></c></row>' * 3000)
    assert len(data) < 2000
    tracemalloc.start()
    try:
        with pytest.raises(LimitError, match="almost all gaps"):
            read_source(data, ReadOptions(), name="wide.xlsx")
        assert tracemalloc.get_traced_memory()[1] < 60e6
    finally:
        tracemalloc.stop()


def test_cells_with_a_format_and_no_value_are_no_gaps() -> None:
    """Sheets are often formatted far to the right: nothing stands there."""
    (record,), peak = read(workbook(TALK.format('<c r="XFD2" s="1"/>') * 500), "couple.xlsx")
    assert len(record.messages) == 500
    assert peak < 20e6


def test_a_few_far_cells_are_read() -> None:
    """One remark far to the right does not make a table one of gaps."""
    rows = TALK.format("") * 3 + TALK.format('<c r="XFD2" t="str"><v>remark</v></c>')
    (record,), _ = read(workbook(rows), "couple.xlsx")
    assert [message.text for message in record.messages] == ["hi"] * 4


def test_a_sheet_that_is_named_many_times_is_read_once() -> None:
    """A workbook that names one part a thousand times holds it once."""
    records, _ = read(workbook(TALK.format(""), sheets=1000), "couple.xlsx")
    assert len(records) == 1


def test_a_header_far_wider_than_its_rows_costs_no_more_than_it_is() -> None:
    """Short rows are not filled up to the width of the header, named or not."""
    for names in ("", "x"):
        header = "speaker,text," + ",".join([names] * 20_000)
        data = "\n".join([header, *["Ana,hi", "Ben,oh"] * 1500]).encode()
        (record,), peak = read(data, "wide.csv")
        assert len(record.messages) == 3000
        assert peak < 40e6


def test_rows_that_end_long_before_the_columns_hit_a_bound() -> None:
    """Where a column that is read stands far to the right of all that is there, a bound is told."""
    header = ",".join(["x"] * 20_000) + ",speaker,text"
    with pytest.raises(LimitError, match="almost all gaps"):
        read("\n".join([header, *["hi,x", "oh,x"] * 1500]).encode(), "wide.csv", form="table")
    rows = ["Ana: hi", "Ben: oh"] * 1500
    sheet = "".join(f'<row><c r="A2" t="str"><v>{text}</v></c></row>' for text in rows)
    wide = '<row r="1"><c r="A1" t="str"><v>text</v></c><c r="XFD1" t="str"><v>x</v></c></row>'
    with pytest.raises(LimitError, match="almost all gaps"):
        read(workbook(sheet, header=wide), "wide.xlsx")


def test_a_short_row_of_a_table_without_a_header_has_no_words() -> None:
    """It is told as a row without words, and the others are read."""
    data = b"Ana,hi,x\nBen\nAna,oh,y\n"
    (record,), _ = read(data, "bare.csv", form="table", speaker="1", text="2")
    assert [(m.speaker, m.text) for m in record.messages if m.text] == [("Ana", "hi"), ("Ana", "oh")]
    assert record.problem_counts() == {"missing text": 1}
