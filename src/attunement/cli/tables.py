"""Tables of an analysis as CSV on stdout or as a Parquet file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from attunement.cli.output import one_form, require_place, write_data
from attunement.core.analysis import Analysis
from attunement.core.frames import table_columns, to_frame
from attunement.core.tables import table
from attunement.core.whole_file import write_whole
from attunement.errors import AttunementError, MissingExtraError

__all__ = ["require_table", "write_csv", "write_parquet"]

_AT_ONCE = 1 << 20
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def require_table(name: str, path: Path | None) -> None:
    """Refuse a table that could not be written, before the time that coding takes; raises as the two below.

    Parameters
    ----------
    name : str
        Of the table.
    path : Path or None
        Where a Parquet file is to lie.
    """
    table(name)
    if path is not None:
        if find_spec("pyarrow") is None:
            raise MissingExtraError("A Parquet file", extra="corpus")
        require_place(path)


def write_csv(analyses: Sequence[Analysis], table: str) -> None:
    """Write a table to stdout as CSV (UTF-8, RFC 4180).

    A text cell that a spreadsheet would take for a formula gets an apostrophe before it; JSON and Parquet are exact.

    Raises
    ------
    UsageError
        If there is no table of that name.
    """
    columns = table_columns(analyses, table)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in zip(*map(_written, columns.values()), strict=True):
        writer.writerow(row)
        if text.tell() > _AT_ONCE:
            _hand_over(text)
    _hand_over(text)


def _hand_over(text: io.StringIO) -> None:
    write_data(text.getvalue().encode("utf-8", "replace"))
    text.seek(0)
    text.truncate()


def _written(cells: Sequence[Any]) -> Iterator[Any]:
    form = one_form(cell for cell in cells if isinstance(cell, datetime))
    return (cell.isoformat(timespec=form) if isinstance(cell, datetime) else _cell(cell) for cell in cells)


def _cell(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def write_parquet(analyses: Sequence[Analysis], table: str, path: Path) -> None:
    """Write a table as a Parquet file, each column with its meaning and unit.

    Raises
    ------
    UsageError
        If there is no table of that name.
    MissingExtraError
        If the extra "corpus" (pyarrow) is not installed.
    AttunementError
        If the file cannot be written.
    """
    frame = to_frame(analyses, table)
    try:
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtraError("A Parquet file", extra="corpus") from error
    try:
        # pyarrow itself would remove an earlier table when the disk is full.
        held = io.BytesIO()
        parquet.write_table(frame, held)
        write_whole(path, held.getvalue())
    except OSError as error:
        raise AttunementError(f"The table could not be written to {path.name!r}: {error.strerror}.") from error
