"""From analyses to tables: plain columns for anybody, an Arrow table for pandas, Polars, R and databases."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from attunement.core.analysis import Analysis
from attunement.core.tables import Column, ColumnType, Table, table
from attunement.core.turn import Turn
from attunement.core.turn_fields import conversation_meta, turn_fields
from attunement.errors import MissingExtraError, require_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["table_columns", "table_layout", "to_frame"]


def to_frame(analyses: Analysis | Iterable[Analysis], name: str) -> Any:
    """Return a table of one analysis or of many, as an Arrow table.

    Parameters
    ----------
    analyses : Analysis or iterable of Analysis
        What was found; many give one table with the rows of all, told apart by the column `record`,
        provided that no two records that were read apart have one id.
    name : {"turns", "codings", "exchanges", "episodes", "estimates", "evidence", "pairs"}
        What a row is. The columns of each, with units, stand in `attunement.core.tables.TABLES` and in
        ``docs/reference/tables.md``. Whatever `Record.meta` says of the conversation is carried along as columns
        ``meta_...``, what it says of its turns (``turn_fields``) as columns ``turn_...`` of "turns" alone.
        "pairs" has a row for each ordered pair of each record and three columns for each measure: the value from
        `from` to `to` (``responsiveness_attuned``), its count (``..._count``), and the value of the other direction
        (``partner_...``); measures of the record as a whole stand on every row of it.

    Returns
    -------
    pyarrow.Table
        Each field's metadata says what it means and its unit. ``.to_pandas()`` gives a data frame,
        ``polars.from_arrow`` takes it as it is, ``pyarrow.parquet.write_table`` and ``pyarrow.csv.write_csv`` write
        it: no column is nested.

    Raises
    ------
    UsageError
        If there is no table of that name, or what came is no analysis.
    MissingExtraError
        If the extra "corpus" (pyarrow) is not installed.
    """
    found = table(name)
    many = _as_sequence(analyses)
    try:
        arrow: Any = import_module("pyarrow")
    except ImportError as error:
        raise MissingExtraError("A table", extra="corpus") from error
    types = {
        "text": arrow.string(),
        "whole": arrow.int64(),
        "real": arrow.float64(),
        "flag": arrow.bool_(),
        "time": arrow.timestamp("us"),
    }
    layout = _layout(found, many)
    cells = _cells(found, layout, many)
    fields = [
        arrow.field(column.name, types[column.type], metadata={"meaning": column.meaning, "unit": column.unit})
        for column in layout
    ]
    arrays = [_array(arrow, cells[field.name], field.type) for field in fields]
    return arrow.Table.from_arrays(arrays, schema=arrow.schema(fields, metadata={"table": name, "row": found.row}))


def _array(arrow: Any, cells: list[Any], kind: Any) -> Any:
    try:
        return arrow.array(cells, type=kind)
    except UnicodeEncodeError:
        # A lone surrogate (half an emoji, cut by an exporter) has no UTF-8 form; the rest of the text must not be lost.
        kept = [cell.encode("utf-8", "replace").decode() if isinstance(cell, str) else cell for cell in cells]
        return arrow.array(kept, type=kind)


def table_columns(analyses: Analysis | Iterable[Analysis], name: str) -> dict[str, list[Any]]:
    """Return a table as plain columns, for those who do without Arrow.

    Parameters
    ----------
    analyses, name
        As in `to_frame`.

    Returns
    -------
    dict of str to list
        Column name to cells, in the order of the table; a missing cell is None, a time a naive `datetime`.

    Raises
    ------
    UsageError
        If there is no table of that name, or what came is no analysis.
    """
    found = table(name)
    many = _as_sequence(analyses)
    return _cells(found, _layout(found, many), many)


def table_layout(analyses: Analysis | Iterable[Analysis], name: str) -> tuple[Column, ...]:
    """Return the columns that `to_frame` gives for these analyses, with their types, units and meanings.

    Raises
    ------
    UsageError
        If there is no table of that name, or what came is no analysis.
    """
    return _layout(table(name), _as_sequence(analyses))


def _as_sequence(analyses: Analysis | Iterable[Analysis]) -> Sequence[Analysis]:
    if isinstance(analyses, Analysis):
        return (analyses,)
    # A record stands where its analysis is due more often than anything else.
    hint = "analyze(record) makes one."
    if not isinstance(analyses, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        require_kind(analyses, (Analysis, Iterable), "analyses", hint=hint)
    many = tuple(analyses)
    for analysis in many:
        require_kind(analysis, Analysis, "Each of the analyses", hint=hint)
    return many


def _layout(found: Table, many: Sequence[Analysis]) -> tuple[Column, ...]:
    measures = _measure_columns(many) if found.name == "pairs" else ()
    of_turns = _turn_columns(many) if found.name == "turns" else ()
    return (*found.columns, *measures, *of_turns, *_meta_columns(many))


def _cells(found: Table, layout: tuple[Column, ...], many: Sequence[Analysis]) -> dict[str, list[Any]]:
    cells: dict[str, list[Any]] = {column.name: [] for column in layout}
    for analysis in many:
        items = tuple(found.items(analysis))
        for column in layout:
            value = column.value
            cells[column.name].extend([value(analysis, item) for item in items])
    return cells


def _meta_columns(many: Sequence[Analysis]) -> tuple[Column, ...]:
    # What is said of the turns would stand on every row of every table, which grows with the square.
    metas = {id(analysis): conversation_meta(analysis.record.meta) for analysis in many}
    keys = dict.fromkeys(key for meta in metas.values() for key in meta)
    columns: list[Column] = []
    for key in keys:
        kind = _common_type([value for meta in metas.values() if (value := meta.get(key)) is not None])
        meaning = f"What the source says of the record as {key!r}."
        columns.append(Column(f"meta_{key}", kind, meaning, _meta(metas, key, kind)))
    return tuple(columns)


def _turn_columns(many: Sequence[Analysis]) -> tuple[Column, ...]:
    """Make a column of every field that a source gives its turns; a cell is what it says of the turn's messages."""
    fields = {id(analysis): _of_turns(analysis) for analysis in many}
    keys = dict.fromkeys(key for found in fields.values() for key in found)
    columns: list[Column] = []
    for key in keys:
        cells = (cell for found in fields.values() for cell in found.get(key, {}).values())
        kind = _common_type([value[0] if len(value) == 1 else "" for value in cells])
        meaning = f"What the source says of the turn as {key!r}; different values with a semicolon between."
        columns.append(Column(f"turn_{key}", kind, meaning, _turn_field(fields, key, kind)))
    return tuple(columns)


def _of_turns(analysis: Analysis) -> dict[str, dict[int, list[Any]]]:
    """Return key to turn to the values, each once, that the turn's messages have of it."""
    given = turn_fields(analysis.record.meta)
    found: dict[str, dict[int, list[Any]]] = {key: {} for key in given}
    for turn in analysis.turns if given else ():
        for message in analysis.record.messages[turn.first : turn.last + 1]:
            if message.speaker != turn.speaker or message.kind == "system":
                continue
            for key, values in given.items():
                value = values.get(message.index)
                if value is not None and value not in (cell := found[key].setdefault(turn.index, [])):
                    cell.append(value)
    return found


def _common_type(values: Sequence[Any]) -> ColumnType:
    if values and all(isinstance(value, bool) for value in values):
        return "flag"
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values) or not values:
        return "text"
    # Beyond 64 bits a whole number is a name, not a quantity.
    if all(isinstance(value, int) for value in values):
        return "whole" if all(-(2**63) <= value < 2**63 for value in values) else "text"
    return "real"


def _meta(metas: Mapping[int, Mapping[str, Any]], key: str, kind: ColumnType) -> Any:
    def value(analysis: Analysis, _: object) -> Any:
        return _typed(metas[id(analysis)].get(key), kind)

    return value


def _turn_field(fields: Mapping[int, Mapping[str, Mapping[int, list[Any]]]], key: str, kind: ColumnType) -> Any:
    def value(analysis: Analysis, turn: Turn) -> Any:
        cell = fields[id(analysis)].get(key, {}).get(turn.index, [])
        if len(cell) <= 1:
            return _typed(cell[0] if cell else None, kind)
        return "; ".join(_typed(one, "text") for one in cell)

    return value


def _typed(value: Any, kind: ColumnType) -> Any:
    if value is None or kind in ("flag", "whole"):
        return value
    if kind == "real":
        return float(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _measure_columns(many: Sequence[Analysis]) -> tuple[Column, ...]:
    measures = _measures_of(many)
    index = {id(analysis): _by_direction(analysis) for analysis in many}
    columns: list[Column] = []
    for measure, unit, name in measures:
        columns += [
            Column(
                name, "real", f"Value of {measure} from `from` to `to`.", _wide(index, measure, unit, "value"), unit
            ),
            Column(name + "_count", "whole", f"What {measure} rests on.", _wide(index, measure, unit, "count")),
            Column(
                "partner_" + name,
                "real",
                f"Value of {measure} from `to` to `from`.",
                _wide(index, measure, unit, "value", turned=True),
                unit,
            ),
        ]
    return tuple(columns)


def _measures_of(many: Sequence[Analysis]) -> list[tuple[str, str, str]]:
    """Return measure, unit and name of each column; a measure has one for every unit, so that no column mixes two.

    A trend is per 30 days where a record has a calendar and per session where it has none; the unit that came first has
    the measure's plain name, another one stands behind the name.
    """
    units: dict[str, dict[str, None]] = {}
    for analysis in many:
        for estimate in analysis.estimates:
            if not estimate.period:
                units.setdefault(estimate.measure, {})[estimate.unit] = None
    found: list[tuple[str, str, str]] = []
    for measure, those in units.items():
        name = measure.replace(".", "_")
        for number, unit in enumerate(those):
            found.append((measure, unit, f"{name}_{'_'.join(unit.split())}" if number else name))
    return found


def _by_direction(analysis: Analysis) -> dict[tuple[str, str | None, str | None], Any]:
    return {(e.measure, e.from_, e.to): e for e in analysis.estimates if not e.period}


def _wide(index: dict[int, dict[Any, Any]], measure: str, unit: str, field: str, *, turned: bool = False) -> Any:
    def value(analysis: Analysis, pair: tuple[str, str]) -> Any:
        actor, partner = reversed(pair) if turned else pair
        found = index[id(analysis)]
        for direction in ((actor, partner), (actor, None), (None, None)):
            estimate = found.get((measure, *direction))
            if estimate is not None and estimate.unit == unit:
                return getattr(estimate, field)
        return None

    return value
