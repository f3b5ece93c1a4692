"""Tables of talk, wherever their rows come from: the column map, conversations, replies, one record each."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from attunement.core.counted import counted
from attunement.core.record import Record
from attunement.core.source import Question, Source
from attunement.errors import InputError, UsageError, suggest
from attunement.readers.ai_roles import KIND, asides_among, asides_remark
from attunement.readers.assemble import Assembly, clean_name
from attunement.readers.base import ReadOptions
from attunement.readers.coded import coded_label
from attunement.readers.column_names import FIELDS, NAMES, Field, fold_header, is_moment
from attunement.readers.gaps import Gaps
from attunement.readers.names import NameTally, split_name
from attunement.readers.table_times import TableTimes

__all__ = ["Row", "Table", "guess_columns", "table_to_records"]


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row: its line (or number) in the source and its cells, text or values of the source's own types."""

    line: int
    cells: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as it was read.

    Attributes
    ----------
    name : str
        What problems call the source.
    stem : str
        The default id of its record.
    format : str
        Name of the reader.
    header : tuple of str
        The columns' names; empty where the table has none.
    rows : list of Row
        In the order of the source.
    joins_overflow : str or None
        The delimiter, where a row with too many cells is one whose words hold it unquoted.
    """

    name: str
    stem: str
    format: str
    header: tuple[str, ...]
    rows: list[Row]
    joins_overflow: str | None = None


def guess_columns(header: Sequence[str]) -> dict[Field, int]:
    """Guess from a header which column holds which of our fields.

    Parameters
    ----------
    header : sequence of str
        The columns' names, in any of the languages of `column_names`.

    Returns
    -------
    dict of str to int
        Field to position; fields that no column is named for are absent.
    """
    places: dict[str, int] = {}
    for index, name in enumerate(header):
        places.setdefault(fold_header(name), index)
    found: dict[Field, int] = {}
    for field in FIELDS:
        for name in NAMES[field]:
            if name in places and places[name] not in found.values():
                found[field] = places[name]
                break
    if "speaker" not in found and "role" in found:
        found["speaker"] = found["role"]
    if "time" not in found:
        used = set(found.values()) - {found.get("date")}
        moment = next((at for at, name in enumerate(header) if at not in used and is_moment(name)), None)
        if moment is not None:
            found["time"] = moment
    if "time" not in found and "date" in found:
        found["time"] = found.pop("date")
    return found


_HEADER_ROWS = 20
"""How far down the row with the columns' names may stand: titles may stand above it."""


def find_header(rows: Sequence[Row], given: Mapping[str, str] | None = None) -> int:
    """Return the place of the first row that names speaker and words; 0 where none does.

    Parameters
    ----------
    rows : sequence of Row
        From the first on.
    given : mapping of str to str, optional
        The columns that the user named: then the row that holds their names, and none where they are numbers.
    """
    names = {fold_header(name) for name in (given or {}).values() if not name.isdecimal()}
    wanted = {"speaker", "text"} - (given or {}).keys()
    if not names and len(wanted) < 2:
        return 0  # a single word as "user" may be the first thing in a row of talk
    for index, row in enumerate(rows[:_HEADER_ROWS]):
        cells = ["" if cell is None else str(cell) for cell in row.cells]
        if wanted <= guess_columns(cells).keys() and names <= {fold_header(cell) for cell in cells}:
            return index
    return 0


def table_to_records(table: Table, options: ReadOptions, assembly: Assembly) -> list[Record]:
    """Make records of a table: one, or one for each value of its conversation column.

    Parameters
    ----------
    table : Table
        What was read.
    options : ReadOptions
        `columns` overrides the guess; `date_order` and `clock` answer what dates and times leave open.
    assembly : Assembly
        Holds the problems met so far; they go to the first record.

    Returns
    -------
    list of Record
        A table whose speaker or words cannot be told, or whose dates fit two orders, gives one record with the
        question and no messages.

    Raises
    ------
    UsageError
        If `options.columns` names a field or a column that does not exist.
    InputError
        If it is a table of an observer's events, as BORIS exports them: its words are remarks of the observer.
    LimitError
        If most of the table would be gaps (`attunement.readers.gaps`).
    """
    if {fold_header(name) for name in table.header} >= _BORIS and "text" not in options.columns:
        raise InputError(
            f"{table.name} is a table of coded events, as BORIS exports them; nothing in it was said.",
            hint="Give BORIS's project file (.boris), or name the column of the words with --columns text=NAME.",
        )
    columns = _chosen_columns(table, options)
    if "speaker" not in columns and (spoken := _with_speakers(table, columns, options)) is not None:
        columns["speaker"] = len(table.header)
        table = spoken
    if "text" not in columns or "speaker" not in columns:
        return [assembly.record(table.stem, format=table.format, questions=[_ask_columns(table, columns)])]
    needed = max(columns.values()) + 1
    gaps = Gaps(table.name, options.max_bytes)
    rows = [_fit(row, table, needed, columns["text"], assembly, gaps) for row in table.rows]
    times = TableTimes.of(table.header, columns, [row.cells for row in rows], options.date_order, options.clock)
    if times.question is not None:
        question = msgspec.structs.replace(times.question, source=Source(table.name))
        return [assembly.record(table.stem, format=table.format, questions=[question])]
    if times.is_days_only:
        text = "Times are days without a clock: how long an answer took cannot be told from them."
        assembly.problem("days only", text, remark=True)
    asides = _note_asides(rows, columns, assembly)
    order = range(len(rows) - 1, -1, -1) if times.is_newest_first else range(len(rows))
    groups = _group(rows, order, columns.get("conversation"))
    records: list[Record] = []
    for key, members in groups.items():
        part = Assembly(table.name) if records else assembly
        _say_rows(part, [(rows[index], index) for index in members], table.header, columns, times, asides)
        part.note_speakers(unit="row", hint="Say which column holds the speaker with --columns speaker=NAME.")
        meta: dict[str, Any] = {"newest_first": True} if times.is_newest_first else {}
        records.append(
            part.record(
                table.stem if key is None else key,
                format=table.format,
                medium="transcript" if times.epoch is None else "chat",
                epoch=times.epoch,
                meta=meta,
            )
        )
    return records or [assembly.record(table.stem, format=table.format)]


def _chosen_columns(table: Table, options: ReadOptions) -> dict[Field, int]:
    width = max((len(row.cells) for row in table.rows[:100]), default=len(table.header))
    names = table.header or tuple(str(number) for number in range(1, width + 1))
    columns = guess_columns(table.header)
    folded = {fold_header(name): index for index, name in reversed(list(enumerate(names)))}
    for field, name in options.columns.items():
        if field not in FIELDS:
            raise UsageError(f"There is no field {field!r} to give a column for.", hint=suggest(field, FIELDS))
        place = names.index(name) if name in names else folded.get(fold_header(name))
        if place is None and name.isdecimal() and 1 <= int(name) <= len(names):
            place = int(name) - 1
        if place is None:
            hint = suggest(name, names) if _is_header(table.header) else f"{_count_columns(table)}."
            raise UsageError(f"{table.name} has no column {name!r} for {field!r}.", hint=hint)
        for other in FIELDS:
            if columns.get(other) == place and other not in options.columns:
                del columns[other]
        columns[field] = place
    return columns


_BORIS = frozenset(map(fold_header, ("Observation id", "Subject", "Behavior", "Behavior type")))
_NAMED_SHARE = 0.8
_SURE_FIELDS = 2
_ODD_ENDS = re.compile(r"[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""What may end lines somewhere, and stands in no name of a column."""
_WHISPER = ("start", "end", "text")


def _with_speakers(table: Table, columns: Mapping[Field, int], options: ReadOptions) -> Table | None:
    """Add a column of speakers where none is named: names before the words ("Ana: hi"), or nobody for Whisper's TSV."""
    if "text" not in columns:
        return None
    place = columns["text"]
    texts = [_word(row.cells[place]) if place < len(row.cells) else "" for row in table.rows]
    named = [split_name(text) for text in texts]
    tally = NameTally([name for name in named if name is not None], lines=len(texts))
    is_in = [name is not None and name.name in tally for name in named]
    header = table.header
    if tuple(name.casefold() for name in header) == _WHISPER:
        # Whisper writes whole milliseconds there, as no other table of these columns does.
        if all(len(row.cells) > 1 and _word(row.cells[at]).isdecimal() for row in table.rows for at in (0, 1)):
            header = ("start_ms", "end_ms", "text")
    elif not texts or sum(is_in) < _NAMED_SHARE * len(texts) or len(tally) < 2:
        return None
    width = len(header)
    rows: list[Row] = []
    gaps = Gaps(table.name, options.max_bytes)
    for row, name, known in zip(table.rows, named, is_in, strict=True):
        gaps.add(given=len(row.cells), empty=width - len(row.cells))
        cells = (*row.cells, *(None,) * (width - len(row.cells)))[:width]
        words = name.text if name is not None and known else cells[place]
        speaker = tally.spelling(name.name) if name is not None and known else None
        rows.append(Row(row.line, (*cells[:place], words, *cells[place + 1 :], speaker)))
    return dataclasses.replace(table, header=(*header, "speaker"), rows=rows)


def _is_header(header: Sequence[str]) -> bool:
    """Tell whether a header is surely one, so that it may be shown: else it may be the first thing that was said.

    A name of a column of speakers is not enough alone: somebody may be called "User" or "Client". A name of several
    lines is none: the table's lines end in a way that nobody knows, and what was said stands in it.
    """
    if any(len(name.splitlines()) > 2 or _ODD_ENDS.search(name) for name in header):
        return False
    found = guess_columns(header)
    return "text" in found or len(set(found.values())) >= _SURE_FIELDS


def _count_columns(table: Table) -> str:
    columns = counted(len(table.header or table.rows[0].cells), "column")
    return f"It has {columns}; give the header's names, or numbers from 1"


def _ask_columns(table: Table, columns: Mapping[Field, int]) -> Question:
    missing = [what for field, what in (("speaker", "who speaks"), ("text", "the words")) if field not in columns]
    if _is_header(table.header):
        known = f"Its columns are {', '.join(repr(name[:40]) for name in table.header[:20])}"
    else:
        known = _count_columns(table)
    return Question(
        "columns",
        f"Which column of {table.name} holds {' and which '.join(missing)}? {known}; "
        "answer as speaker=COLUMN,text=COLUMN.",
        (),
        Source(table.name, table.rows[0].line if table.rows else None),
    )


def _fit(row: Row, table: Table, needed: int, text_at: int, assembly: Assembly, gaps: Gaps) -> Row:
    """Make a row reach every column that is read, and hold no more cells than the header."""
    width = len(table.header) or max(needed, len(row.cells))
    extra = len(row.cells) - width
    if extra == 0:
        return row
    if extra < 0:
        missing = needed - len(row.cells)
        if missing <= 0:
            return row
        gaps.add(given=len(row.cells), empty=missing)
        return Row(row.line, row.cells + (None,) * missing)
    if table.joins_overflow is None or all(cell in (None, "") for cell in row.cells[width:]):
        return Row(row.line, row.cells[:width])
    cells = row.cells
    joined = table.joins_overflow.join(str(cell) for cell in cells[text_at : text_at + extra + 1])
    assembly.problem(
        "extra columns",
        f"This row has {len(cells)} cells where the header has {width}; the surplus was read as part of the words.",
        line=row.line,
        remark=True,
    )
    return Row(row.line, (*cells[:text_at], joined, *cells[text_at + extra + 1 :]))


def _group(rows: Sequence[Row], order: Iterable[int], column: int | None) -> dict[str | None, list[int]]:
    if column is None:
        return {None: list(order)} if rows else {}
    groups: dict[str | None, list[int]] = {}
    for index in order:
        groups.setdefault(_word(rows[index].cells[column]) or None, []).append(index)
    return groups


def _note_asides(rows: Sequence[Row], columns: Mapping[Field, int], assembly: Assembly) -> frozenset[str]:
    """Find the words for instructions and tools in talk with a model; they are told once for the table."""
    places = [columns[field] for field in ("role", "speaker") if field in columns]
    who = [next((word for place in places if (word := _word(row.cells[place]))), "") for row in rows]
    asides = asides_among(set(who))
    if asides:
        count = sum(word in asides for word in who)
        what = counted(count, "row")
        assembly.problem(KIND, asides_remark(what, asides), remark=True)
    return asides


def _word(cell: Any) -> str:
    """Write a cell as text: whole floats without their fraction, as spreadsheets hold ids."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return str(cell).strip()


def _is_missing(cell: Any) -> bool:
    """Whether a cell says nothing; programs write NaN for a number that is missing."""
    return cell is None or (isinstance(cell, str) and not cell) or cell != cell


def _say_rows(
    assembly: Assembly,
    rows: Sequence[tuple[Row, int]],
    header: Sequence[str],
    columns: Mapping[Field, int],
    times: TableTimes,
    asides: frozenset[str],
) -> None:
    used = set(columns.values())
    others = {index: name for index, name in enumerate(header) if index not in used and name.strip()}
    # "Stance" is what codes are read from, unless there is a "stance".
    others = {at: name if (label := coded_label(name)) in header else label for at, name in others.items()}
    index_of: dict[str, int] = {}
    if "id" in columns:
        for at, (row, _) in enumerate(rows):
            index_of.setdefault(_word(row.cells[columns["id"]]), at)
    for row, index in rows:
        cells, line = row.cells, row.line
        texts = {field: _word(cells[place]) for field, place in columns.items()}
        speaker = clean_name(texts["speaker"]) or None
        text = texts["text"]
        if not text and speaker is None:
            assembly.problem("empty row", "This row has neither speaker nor words.", line=line, remark=True)
            continue
        start, end = times.starts[index], times.ends[index]
        if times.is_bad(index):
            assembly.problem("bad time", "The time of this row could not be read.", line=line)
        who = texts.get("role") or texts["speaker"]
        if not text and who not in asides:
            assembly.problem("missing text", "This row has a speaker and no words.", line=line)
        if speaker is not None and texts.get("role") and who not in asides:
            assembly.roles.setdefault(speaker, texts["role"])
        labels = {others[at]: cell for at, cell in enumerate(cells) if at in others and not _is_missing(cell)}
        answered = texts.get("reply_to")
        reply_to = index_of.get(answered) if answered else None
        if answered and (reply_to is None or reply_to == len(assembly.messages)):
            assembly.problem("bad reply", "This row replies to a row that is not there.", line=line)
            reply_to = None
        if who in asides:
            labels = {"action": who, **({"by": speaker} if speaker not in (None, who) else {}), **labels}
        assembly.say(
            None if who in asides else speaker,
            text,
            start=start,
            end=end,
            kind="system" if who in asides else "text",
            line=line,
            id=texts.get("id") or None,
            reply_to=reply_to,
            labels=labels,
        )
