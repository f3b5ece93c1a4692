"""Text exports and documents of Mangold INTERACT: a row an event, a column a class of codes, a record a set."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from attunement.core.record import Record
from attunement.errors import InputError, UsageError
from attunement.readers.assemble import Assembly, clean_name
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.clock import parse_clock
from attunement.readers.coded import Event, say_events
from attunement.readers.column_names import fold_header
from attunement.readers.inputs import Input, Sample
from attunement.readers.interact_document import document_rows, is_document

__all__ = ["InteractReader"]

_ONSET = ("onsettime", "onset", "starttime", "eventstart", "begin")
_OFFSET = ("offsettime", "offset", "endtime", "eventend", "end")
_DURATION = ("durationtime", "duration", "eventduration")
_LEVEL = ("level", "type", "datatype")
_NAME = ("description", "eventname", "name", "transcription", "comment", "text")
_GROUP = ("datagroup", "group", "groupname", "datagroupname")
_SET = ("dataset", "set", "setname", "datasetname")
_NUMBER = ("number", "eventnumber", "no", "nr", "index")
_FRAMES = re.compile(r"(\d{1,3}):(\d{2}):(\d{2})[:;](\d{2,3})")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where each column stands; what is left over are classes of codes."""

    onset: int
    offset: int | None
    level: int | None
    name: int | None
    group: int | None
    set: int | None
    classes: tuple[tuple[int, str], ...]


class InteractReader:
    """Read an export, or a document as text, with onset and offset and one column for each class of codes."""

    name = "interact"
    title = "Mangold INTERACT text export and document"
    endings = (".txt", ".csv", ".tsv", ".xiact")
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for the columns that INTERACT writes before the classes."""
        if is_document(sample.text):
            return 0.97
        lines = sample.lines
        if not lines:
            return 0.0
        delimiter = _delimiter(lines[0])
        cells = [fold_header(cell.strip('" ')) for cell in lines[0].split(delimiter)]
        has_times = any(cell in _ONSET[:2] for cell in cells) and any(cell in _OFFSET[:2] for cell in cells)
        has_levels = (any(c in _LEVEL for c in cells) and any(c in _NUMBER for c in cells)) or (
            any(c in _GROUP[:1] for c in cells) and any(c in _SET[:1] for c in cells)
        )
        return 0.93 if has_times and has_levels else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:
        """Read every event of every set.

        Raises
        ------
        InputError
            If there is no column of onsets, or no class of codes.
        UsageError
            If the frame rate is no rate.
        """
        if options.frame_rate is not None and not options.frame_rate > 0:
            raise UsageError(f"Frames a second have to be more than 0; got {options.frame_rate!r}.")
        decoded = source.decode()
        rows = document_rows(decoded.text) if is_document(decoded.text) else _export_rows(decoded.text)
        columns = _find_columns(rows[0][1] if rows else [])
        if columns is None:
            raise InputError(
                f"{source.name} has no columns of onsets and of codes.",
                hint="In INTERACT export the events as text, with onset, offset and every class.",
            )
        records: list[Record] = []
        problems = Assembly(source.name)
        if decoded.assumed:
            problems.problems.append(encoding_problem(source, decoded.encoding))
        rate = options.frame_rate or _frame_rate(rows[1:], columns, problems)
        for name, members in _sets(rows[1:], columns):
            assembly = problems if not records else Assembly(source.name)
            say_events(_events(members, columns, rate, assembly), assembly)
            meta: dict[str, Any] = {"classes": [title for _, title in columns.classes]}
            if name:
                meta["set"] = name
            records.append(assembly.record(name or source.stem, format=self.name, meta=meta))
        return records or [problems.record(source.stem, format=self.name)]


def _export_rows(text: str) -> list[tuple[int, list[str]]]:
    bound = csv.field_size_limit(2**31 - 1)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text.partition("\n")[0]))
        return [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    finally:
        csv.field_size_limit(bound)


def _delimiter(line: str) -> str:
    return max("\t;,", key=line.count)


def _find_columns(header: Sequence[str]) -> _Columns | None:
    folded = [fold_header(cell) for cell in header]

    def place(names: Sequence[str]) -> int | None:
        return next((folded.index(name) for name in names if name in folded), None)

    onset, offset, duration = place(_ONSET), place(_OFFSET), place(_DURATION)
    level, name, group, set_, number = place(_LEVEL), place(_NAME), place(_GROUP), place(_SET), place(_NUMBER)
    taken = {onset, offset, duration, level, name, group, set_, number}
    classes = tuple((at, clean_name(title)) for at, title in enumerate(header) if at not in taken and title)
    if onset is None or not (classes or name is not None):
        return None
    return _Columns(onset, offset, level, name, group, set_, classes)


def _cell(row: Sequence[str], place: int | None) -> str:
    return row[place] if place is not None and place < len(row) else ""


def _sets(
    rows: Sequence[tuple[int, list[str]]], columns: _Columns
) -> Iterator[tuple[str, list[tuple[int, list[str]]]]]:
    """Part the rows by set: rows that head a group or a set, or columns that name them."""
    found: dict[str, list[tuple[int, list[str]]]] = {}
    group = name = ""
    for line, row in rows:
        if not any(row):
            continue
        level = _cell(row, columns.level).casefold()
        if level in ("group", "datagroup"):
            group, name = _cell(row, columns.name), ""
            continue
        if level in ("set", "dataset"):
            name = _cell(row, columns.name)
            continue
        own_group = _cell(row, columns.group) or group
        own_set = _cell(row, columns.set) or name
        found.setdefault("/".join(part for part in (own_group, own_set) if part), []).append((line, row))
    yield from found.items()


def _frame_rate(rows: Sequence[tuple[int, list[str]]], columns: _Columns, assembly: Assembly) -> float:
    """Infer frames a second where times end in frames: the files hold no rate, but no frame reaches it."""
    frames = [
        int(match[4])
        for _, row in rows
        for place in (columns.onset, columns.offset)
        if (match := _FRAMES.fullmatch(_cell(row, place)))
    ]
    if not frames:
        return 1.0
    highest = max(frames)
    rate = next((known for known in (25, 30, 50, 60, 100, 120, 1000) if highest < known), 1000)
    assembly.problem(
        "frame rate assumed",
        f"Times end in frames up to {highest}; {rate} frames a second were assumed. Say another with --frame-rate.",
        remark=True,
    )
    return float(rate)


def _seconds(text: str, rate: float) -> float | None:
    if match := _FRAMES.fullmatch(text):
        hours, minutes, seconds, frame = (int(part) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds + frame / rate
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return parse_clock(text)


def _events(
    rows: Sequence[tuple[int, list[str]]], columns: _Columns, rate: float, assembly: Assembly
) -> Iterator[Event]:
    for line, row in rows:
        onset, offset = _cell(row, columns.onset), _cell(row, columns.offset)
        start = _seconds(onset, rate) if onset else None
        end = _seconds(offset, rate) if offset else None
        if start is None or (offset and end is None):
            assembly.problem("bad time", "The time of this event could not be read.", line=line)
        codes = [(title, row[at]) for at, title in columns.classes if at < len(row) and row[at]]
        words = _cell(row, columns.name)
        if not codes:
            if words:
                yield Event(start=start, end=end, speaker=None, text=words, line=line)
            else:
                assembly.problem("empty row", "This event has no code.", line=line, remark=True)
        for title, code in codes:
            labels: dict[str, Any] = {"code": code}
            if words:
                labels["description"] = words
            yield Event(start=start, end=end, speaker=title, text=code, is_code=True, line=line, labels=labels)
