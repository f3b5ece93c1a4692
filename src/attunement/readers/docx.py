"""Word documents that hold a transcript: paragraphs, or a table of speakers and words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.assemble import Assembly
from attunement.readers.base import ReadOptions
from attunement.readers.inputs import Input, Sample
from attunement.readers.tabular import Row, Table, guess_columns, table_to_records
from attunement.readers.transcript import lines_to_record
from attunement.readers.xml_input import local_name, parse_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["DocxReader"]

_BODY = "word/document.xml"
# Deleted text and the second copy of a text box (for programs that know no first) are not what the document says.
_NOT_SAID = frozenset(
    ("del", "moveFrom", "Fallback", "instrText", "footnoteReference", "commentReference", "pPr", "rPr")
)


class DocxReader:
    """Read .docx transcripts by people, Otter, Rev, Teams and Word itself: one record a document."""

    name = "docx"
    title = "Word document with a transcript"
    endings = (".docx",)
    reads_bundle = True

    def sniff(self, sample: Sample) -> float:
        """Look for the part that every Word document has."""
        return 0.95 if _BODY in sample.members else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:
        """Read paragraphs as lines of a transcript, or the rows of a table that names its columns.

        Raises
        ------
        InputError
            If it is damaged, or no line names a speaker or a time.
        """
        member = next((member for member in source.members if member.name == _BODY), None)
        if member is None:
            raise InputError(f"{source.name} is no Word document.", hint="Expected a .docx file.")
        root = parse_xml(member.open().data, name=source.name)
        assembly = Assembly(source.name)
        tables = [rows for table in root.iter() if local_name(table) == "tbl" and (rows := _rows(table))]
        for rows in tables:
            header = tuple(rows[0].cells)
            if {"speaker", "text"} <= guess_columns(header).keys():
                table = Table(name=source.name, stem=source.stem, format=self.name, header=header, rows=rows[1:])
                return table_to_records(table, options, assembly)
        lines = [line for text in _paragraphs(root) for line in text.split("\n")]
        record = lines_to_record(lines, assembly, id=source.stem, format=self.name, options=options)
        if not record.messages and not record.questions:
            raise InputError(
                f"{source.name} holds no line that names a speaker or a time.",
                hint="Expected paragraphs like 'Name: words', or a table with columns for speaker and words.",
            )
        return [record]


def _rows(table: Element) -> list[Row]:
    rows: list[Row] = []
    number = 0
    for row in table:
        if local_name(row) == "tr":
            number += 1
            cells = tuple(_cell(cell) for cell in row if local_name(cell) == "tc")
            if any(cells):
                rows.append(Row(number, cells))
    return rows


def _cell(cell: Element) -> str:
    return "\n".join(text for text in _paragraphs(cell) if text).strip()


def _paragraphs(element: Element) -> Iterator[str]:
    """Yield the text of each paragraph; a table's row is one, with tabs between its cells."""
    stack = [iter(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            continue
        name = local_name(child)
        if name in _NOT_SAID:
            continue
        if name == "p":
            yield _text(child)
        elif name == "tr":
            cells = [_cell(cell) for cell in child if local_name(cell) == "tc"]
            yield _row_line(cells)
        else:
            stack.append(iter(child))


def _row_line(cells: list[str]) -> str:
    """Write a row as a line of a transcript: two cells are a name and words, a time may stand before or between."""
    given = [cell for cell in cells if cell]
    if len(given) < 2:
        return "".join(given)
    words, before = given[-1], given[:-1]
    is_time = [cell.replace(":", "").replace(".", "").isdigit() for cell in before]
    names = [cell for cell, timed in zip(before, is_time, strict=True) if not timed]
    times = [cell for cell, timed in zip(before, is_time, strict=True) if timed]
    stamp = f"[{times[0]}] " if times and ":" in times[0] else ""
    return f"{stamp}{' '.join(names).rstrip(':')}: {words}" if names else f"{stamp}{words}"


def _text(paragraph: Element) -> str:
    parts: list[str] = []
    stack = [iter(paragraph)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            continue
        name = local_name(child)
        if name in _NOT_SAID:
            continue
        if name == "t":
            parts.append(child.text or "")
        elif name == "tab":
            parts.append("\t")
        elif name in ("br", "cr"):
            parts.append("\n")
        elif name == "noBreakHyphen":
            parts.append("-")
        elif name != "p":
            stack.append(iter(child))
    return "".join(parts)
