"""Parquet tables, with the extra ``corpus``."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast

from attunement.core.record import Record
from attunement.errors import InputError, LimitError, MissingExtraError
from attunement.readers.assemble import Assembly
from attunement.readers.base import ReadOptions
from attunement.readers.inputs import Input, Sample
from attunement.readers.tabular import Row, Table, table_to_records

__all__ = ["ParquetReader"]


class ParquetReader:
    """Read Parquet: one record, or one for each value of a conversation column."""

    name = "parquet"
    title = "Parquet table (extra corpus)"
    endings = (".parquet",)
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for the four bytes that open every such file."""
        return 0.97 if sample.head.startswith(b"PAR1") else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:
        """Read every row; see `table_to_records` for columns, questions and errors.

        Raises
        ------
        MissingExtraError
            If pyarrow is not installed.
        InputError
            If it is damaged.
        LimitError
            If it unpacks to more than `options.max_bytes`.
        UsageError
            If `options.columns` names a field or a column that does not exist.
        """
        if find_spec("pyarrow") is None:
            raise MissingExtraError("A Parquet table", extra="corpus")
        arrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
        try:
            file = parquet.ParquetFile(arrow.BufferReader(source.data))
            about = file.metadata
            unpacked = sum(about.row_group(index).total_byte_size for index in range(about.num_row_groups))
            # Repeated values are stored once: a small file may hold any number of rows.
            _check_size(max(unpacked, about.num_rows * about.num_columns * 8), source, options)
            table = file.read()
            _check_size(table.nbytes, source, options)
            names = [str(name) for name in table.column_names]
            columns = [cast("list[Any]", table.column(index).to_pylist()) for index in range(len(names))]
        except (arrow.ArrowException, OSError, ValueError, OverflowError) as error:
            raise InputError(f"{source.name} is a damaged Parquet file.", hint="Write it again.") from error
        rows = [Row(number, cells) for number, cells in enumerate(zip(*columns, strict=True), 1)]
        given = Table(name=source.name, stem=source.stem, format=self.name, header=tuple(names), rows=rows)
        return table_to_records(given, options, Assembly(source.name))


def _check_size(size: int, source: Input, options: ReadOptions) -> None:
    if size > options.max_bytes:
        raise LimitError(
            f"{source.name} unpacks to {size / 1e6:,.0f} MB; at most {options.max_bytes / 1e6:,.0f} MB are read.",
            hint="Raise it with --max-bytes if the file is what you think it is.",
        )
