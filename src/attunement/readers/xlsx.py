"""Excel workbooks (.xlsx): a table a sheet, dates and times by their cell formats."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.assemble import Assembly
from attunement.readers.base import ReadOptions
from attunement.readers.gaps import Gaps
from attunement.readers.inputs import Input, Member, Sample
from attunement.readers.tabular import Row, Table, find_header, guess_columns, table_to_records
from attunement.readers.xml_input import iterate_xml, local_name, parse_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["XlsxReader"]

_WORKBOOK = "xl/workbook.xml"
_MOST_COLUMNS = 16_384
# Formats that Excel has built in: dates, clocks, and dates with clocks.
_BUILTIN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_LITERALS = re.compile(r'"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|_.|\*.', re.IGNORECASE)
_DATE_LETTERS = re.compile(r"[dy]|[hs]|m", re.IGNORECASE)
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d+)")


class XlsxReader:
    """Read .xlsx: every sheet that has columns for speaker and words, else the first, with the question which."""

    name = "xlsx"
    title = "Excel workbook"
    endings = (".xlsx", ".xlsm")
    reads_bundle = True

    def sniff(self, sample: Sample) -> float:
        """Look for the part that every workbook has."""
        return 0.95 if _WORKBOOK in sample.members else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:
        """Read the sheets; see `table_to_records` for columns, questions and errors.

        Raises
        ------
        InputError
            If it is damaged or holds no rows.
        LimitError
            If most of a sheet is gaps (`attunement.readers.gaps`).
        UsageError
            If `options.columns` names a field or a column that does not exist.
        """
        members = {member.name: member for member in source.members}
        if _WORKBOOK not in members:
            raise InputError(f"{source.name} is no Excel workbook.", hint="Expected an .xlsx file.")
        workbook = parse_xml(members[_WORKBOOK].open().data, name=source.name)
        strings = _shared_strings(members.get("xl/sharedStrings.xml"), source.name)
        dates = _date_styles(members.get("xl/styles.xml"), source.name)
        first_day = datetime(1904, 1, 1) if _counts_from_1904(workbook) else datetime(1899, 12, 30)
        gaps = Gaps(source.name, options.max_bytes)
        tables: list[Table] = []
        for title, path in _sheets(workbook, members, source.name):
            rows = list(_rows(members[path].open().data, source.name, strings, dates, first_day, gaps))
            if rows:
                tables.append(_table(source, title, rows, options))
        if not tables:
            raise InputError(
                f"{source.name} holds no rows.", hint="Save the workbook with the sheet that holds the talk."
            )
        wanted = {"speaker", "text"} - options.columns.keys()
        known = [table for table in tables if wanted <= guess_columns(table.header).keys()] or tables[:1]
        records: list[Record] = []
        for table in known:
            named = table if len(known) > 1 else _renamed(table, source.stem)
            records += table_to_records(named, options, Assembly(source.name))
        return records


def _renamed(table: Table, stem: str) -> Table:
    return Table(name=table.name, stem=stem, format=table.format, header=table.header, rows=table.rows)


def _table(source: Input, title: str, rows: list[Row], options: ReadOptions) -> Table:
    """Take the first row that names speaker and words as the header: titles may stand above it."""
    at = find_header(rows, options.columns)
    header = tuple("" if cell is None else str(cell).strip() for cell in rows[at].cells)
    return Table(
        name=source.name, stem=f"{source.stem}-{title}", format=XlsxReader.name, header=header, rows=rows[at + 1 :]
    )


def _counts_from_1904(workbook: Element) -> bool:
    return any(
        local_name(element) == "workbookPr" and element.get("date1904") in ("1", "true") for element in workbook.iter()
    )


def _sheets(workbook: Element, members: Mapping[str, Member], name: str) -> Iterator[tuple[str, str]]:
    """Yield title and path of every sheet, in the order of the workbook; a path that several name, once."""
    seen: set[str] = set()
    targets: dict[str, str] = {}
    relations = members.get("xl/_rels/workbook.xml.rels")
    if relations is not None:
        for element in parse_xml(relations.open().data, name=name):
            target = element.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            targets[element.get("Id", "")] = path
    for element in workbook.iter():
        if local_name(element) != "sheet":
            continue
        relation = next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == "id"), "")
        path = targets.get(relation, f"xl/worksheets/sheet{element.get('sheetId', '1')}.xml")
        if path in members and path not in seen:
            seen.add(path)
            yield element.get("name", ""), path


def _shared_strings(member: Member | None, name: str) -> list[str]:
    if member is None:
        return []
    return [_rich_text(element) for element in iterate_xml(member.open().data, name=name, tag="si")]


def _rich_text(element: Element) -> str:
    """Join the runs of a string, without the reading aids (phonetic runs) of Japanese."""
    parts: list[str] = []
    for child in element:
        kind = local_name(child)
        if kind == "t":
            parts.append(child.text or "")
        elif kind == "r":
            parts += [run.text or "" for run in child if local_name(run) == "t"]
    return "".join(parts)


def _date_styles(member: Member | None, name: str) -> dict[int, str]:
    """Return the styles whose format is a date or a clock: index to "date" or "clock"."""
    if member is None:
        return {}
    root = parse_xml(member.open().data, name=name)
    formats = {
        element.get("numFmtId", ""): element.get("formatCode", "")
        for element in root.iter()
        if local_name(element) == "numFmt"
    }
    found: dict[int, str] = {}
    styles = next((element for element in root.iter() if local_name(element) == "cellXfs"), None)
    for index, style in enumerate(styles if styles is not None else ()):
        number = style.get("numFmtId", "0")
        kind = _kind_of(formats.get(number), int(number) if number.isdecimal() else 0)
        if kind:
            found[index] = kind
    return found


def _kind_of(code: str | None, number: int) -> str:
    if code is None:
        if number not in _BUILTIN_DATES:
            return ""
        return "clock" if number in (18, 19, 20, 21, 32, 33, 45, 46, 47) else "date"
    letters = {letter.lower() for letter in _DATE_LETTERS.findall(_LITERALS.sub("", code.split(";")[0]))}
    if letters & {"d", "y"}:
        return "date"
    return "clock" if letters & {"h", "s"} else "date" if letters == {"m"} else ""


def _rows(
    data: bytes, name: str, strings: Sequence[str], dates: Mapping[int, str], first_day: datetime, gaps: Gaps
) -> Iterator[Row]:
    number = 0
    for element in iterate_xml(data, name=name, tag="row"):
        given = element.get("r", "")
        number = int(given) if given.isdecimal() and len(given) < 9 and int(given) else number + 1
        cells: list[Any] = []
        at = -1
        for cell in element:
            if local_name(cell) != "c":
                continue
            at = _column(cell.get("r", ""), at + 1)
            value = _value(cell, strings, dates, first_day)
            # A cell that has a format and no value makes no row longer.
            if at >= _MOST_COLUMNS or (value is None and at >= len(cells)):
                continue
            if at >= len(cells):
                gaps.add(given=1, empty=at - len(cells))
                cells.extend([None] * (at + 1 - len(cells)))
            cells[at] = value
        if any(value not in (None, "") for value in cells):
            yield Row(number, tuple(cells))


def _column(reference: str, following: int) -> int:
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return following
    place = 0
    for letter in match[1]:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _value(cell: Element, strings: Sequence[str], dates: Mapping[int, str], first_day: datetime) -> Any:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(_rich_text(child) for child in cell if local_name(child) == "is")
    text = next((child.text or "" for child in cell if local_name(child) == "v"), "")
    if kind == "s":
        return strings[int(text)] if text.isdecimal() and int(text) < len(strings) else ""
    if kind in ("str", "d"):
        return text
    if kind == "b":
        return text == "1"
    if kind == "e" or not text:
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    style = cell.get("s", "")
    return _number(number, dates.get(int(style), "") if style.isdecimal() else "", first_day)


def _number(number: float, kind: str, first_day: datetime) -> Any:
    """Turn a day count into a moment, or into a stretch of time where the format shows a clock and no date."""
    if kind:
        milliseconds = round(number * 86_400_000) if abs(number) < 1e7 else None
        if milliseconds is not None:
            length = timedelta(milliseconds=milliseconds)
            try:
                return length if kind == "clock" and abs(number) < 10 else first_day + length
            except OverflowError:
                return number
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
