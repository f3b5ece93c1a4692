"""Delimited tables (CSV, TSV and kin): delimiter and header found by content, columns by name or by option."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.assemble import Assembly
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.inputs import SAMPLE_BYTES, Input, Sample
from attunement.readers.tabular import Row, Table, find_header, guess_columns, table_to_records
from attunement.readers.talk import are_of_a_log

__all__ = ["TableReader"]

_DELIMITERS = ",;\t|"
_EXAMINED_LINES = 200
_MOST = 2**31 - 1
_TITLE_ROWS = 20
_RULE = re.compile(r"\s*:?-{2,}:?\s*")
"""A cell of the line that Markdown draws under the names of columns."""


class TableReader:
    """Read CSV, TSV and kin: one record, or one for each value of a conversation column."""

    name = "table"
    title = "Delimited table (CSV, TSV)"
    endings = (".csv", ".tsv", ".tab", ".txt")
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Ask whether one delimiter splits the lines evenly and the first one names speaker and words."""
        lines = sample.lines
        if not lines or sample.text.lstrip()[:1] in ("{", "[", "<"):
            return 0.0
        delimiter, share = _find_delimiter(sample.text, is_cut=len(sample.head) >= SAMPLE_BYTES)
        if delimiter is None:
            return 0.0
        first = _read_rows(sample.text, delimiter, most=_TITLE_ROWS)
        columns = guess_columns([str(cell) for cell in first[find_header(first)].cells] if first else [])
        if "text" in columns and "speaker" in columns:
            return 0.9 if share > 0.5 or len(lines) < 3 else 0.6
        if "text" in columns and share > 0.8:
            return 0.6
        # Commas with a space behind them are prose; a table that names nothing must look like one all through.
        is_prose = f"{delimiter} " in sample.text
        return 0.22 if share > 0.95 and len(lines) >= 3 and not is_prose and not are_of_a_log(lines) else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:
        """Read every row; see `table_to_records` for columns, questions and errors.

        Raises
        ------
        InputError
            If nothing splits the lines into columns.
        UsageError
            If `options.columns` names a field or a column that does not exist.
        """
        decoded = source.decode()
        assembly = Assembly(source.name)
        if decoded.assumed:
            assembly.problems.append(encoding_problem(source, decoded.encoding))
        delimiter, _ = _find_delimiter(decoded.text)
        if delimiter is None:
            raise InputError(
                f"{source.name} is no table: no comma, semicolon, tab or bar splits its lines.",
                hint="Export it as CSV with a header line.",
            )
        rows = _read_rows(decoded.text, delimiter)
        rows = rows[find_header(rows, options.columns) :]
        rows = [row for row in rows if not all(_RULE.fullmatch(cell) for cell in row.cells if cell.strip())]
        has_header = bool(rows) and _is_header(rows[0], options)
        header = tuple(str(cell).strip() for cell in rows[0].cells) if has_header else ()
        table = Table(
            name=source.name,
            stem=source.stem,
            format=self.name,
            header=header,
            rows=rows[1:] if has_header else rows,
            joins_overflow=delimiter,
        )
        return table_to_records(table, options, assembly)


def _is_header(first: Row, options: ReadOptions) -> bool:
    """Whether the first row names the columns: always, unless the user gave columns by number and it does not."""
    cells = [str(cell).strip() for cell in first.cells]
    by_number = bool(options.columns) and all(name.isdecimal() for name in options.columns.values())
    return not by_number or any(name in cells for name in options.columns.values()) or len(guess_columns(cells)) > 1


def _body(text: str) -> str:
    """Leave out the line "sep=;" that Excel writes for itself, without changing the count of lines.

    Lines may end in U+0085 or U+2028 where nothing else ends one, as mainframes and some editors have it.
    """
    if "\n" not in text and "\r" not in text:
        text = text.replace("\x85", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    first, newline, rest = text.partition("\n")
    return newline + rest if first.strip().strip('"').casefold() in [f"sep={mark}" for mark in _DELIMITERS] else text


def _find_delimiter(text: str, *, is_cut: bool = False) -> tuple[str | None, float]:
    """Find what splits the lines: most evenly, into columns that name our fields, into most columns.

    Returns
    -------
    delimiter : str or None
    share : float
        Of the rows examined, those with as many columns as the first.
    """
    first = text[:20].partition("\n")[0].strip().strip('"').casefold()
    if first.startswith("sep=") and first[4:] in _DELIMITERS and first[4:]:
        return first[4:], 1.0
    head = text[:65_536]
    best: tuple[tuple[int, float, int], str, float] | None = None
    for delimiter in _DELIMITERS:
        if delimiter not in head:
            continue
        rows = _read_rows(head, delimiter, most=_EXAMINED_LINES)
        if (is_cut or len(head) < len(text)) and len(rows) > 1:
            rows = rows[:-1]
        rows = rows[find_header(rows) :]
        if not rows or len(rows[0].cells) < 2:
            continue
        width = len(rows[0].cells)
        share = Counter(len(row.cells) for row in rows)[width] / len(rows)
        named = len({"text", "speaker"} & guess_columns([str(cell) for cell in rows[0].cells]).keys())
        if share < 0.3 and named < 2:
            continue
        rank = (named, share, width)
        if best is None or rank > best[0]:
            best = (rank, delimiter, share)
    return (None, 0.0) if best is None else (best[1], best[2])


def _read_rows(text: str, delimiter: str, *, most: int = _MOST) -> list[Row]:
    """Split into rows that are not empty, each with the line on which it begins."""
    lines = io.StringIO(_body(text), newline="")
    # The module's bound on a field is one for the whole process and lies at 131,072 characters.
    bound = csv.field_size_limit(_MOST)
    try:
        reader = csv.reader(lines, delimiter=delimiter)
        rows: list[Row] = []
        line = 1
        for cells in reader:
            if any(cell and not cell.isspace() for cell in cells):
                rows.append(Row(line, tuple(cells)))
                if len(rows) >= most:
                    break
            line = reader.line_num + 1
        return rows
    finally:
        csv.field_size_limit(bound)
