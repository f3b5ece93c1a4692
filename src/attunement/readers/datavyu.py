"""Datavyu spreadsheets (.opf): every cell of every column, with its codes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.assemble import Assembly, clean_name
from attunement.readers.base import ReadOptions
from attunement.readers.coded import Event, say_events
from attunement.readers.inputs import Input, Sample
from attunement.readers.tabular import guess_columns

__all__ = ["DatavyuReader"]

_COLUMN = re.compile(
    r"(?P<name>.+?)\s*\((?P<kind>MATRIX|NOMINAL|TEXT),(?P<visible>true|false),(?P<comment>.*?)\)-?(?P<codes>.*)"
)
_CELL = re.compile(r"(\d+:\d{1,2}:\d{1,2}:\d{1,3}),(\d+:\d{1,2}:\d{1,2}:\d{1,3}),(.*)", re.DOTALL)
_CODE = re.compile(r"(?P<name>(?:\\.|[^|,\\])*)\|(?:NOMINAL|TEXT|INTEGER|FLOAT|MATRIX)", re.IGNORECASE)
_DATABASE = "db"


class DatavyuReader:
    """Read .opf: one record a file; the speaker is a code named so, else the column."""

    name = "datavyu"
    title = "Datavyu spreadsheet"
    endings = (".opf",)
    reads_bundle = True
    reads_file = True

    def sniff(self, sample: Sample) -> float:
        """Look for the two members of every .opf, or for the table inside when it comes alone."""
        if sample.members:
            names = {name.rpartition("/")[2] for name in sample.members}
            return 0.95 if _DATABASE in names and "project" in names and len(sample.members) < 12 else 0.0
        lines = sample.lines[:3]
        is_database = len(lines) > 1 and lines[0].startswith("#") and _COLUMN.fullmatch(lines[1].strip()) is not None
        return 0.95 if is_database else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every cell in the order of its onset.

        Raises
        ------
        InputError
            If there is no spreadsheet in it.
        """
        inner = source
        if source.members:
            member = next((m for m in source.members if m.name.rpartition("/")[2] == _DATABASE), None)
            if member is None:
                raise InputError(f"{source.name} is no Datavyu file.", hint="Expected an .opf with a member called db.")
            inner = member.open()
        assembly = Assembly(source.name)
        columns: list[str] = []
        events = list(_events(inner.decode().text, columns, assembly))
        if not columns:
            raise InputError(f"{source.name} holds no column.", hint="Expected a spreadsheet saved by Datavyu.")
        say_events(events, assembly)
        return [assembly.record(source.stem, format=self.name, meta={"columns": columns})]


def _events(text: str, columns: list[str], assembly: Assembly) -> Iterator[Event]:
    column = ""
    codes: list[str] = []
    for number, line in enumerate(_logical_lines(text), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        cell = _CELL.fullmatch(stripped)
        if cell is None:
            match = _COLUMN.fullmatch(stripped)
            if match is None:
                assembly.problem("unreadable line", "This is neither a column nor a cell.", line=number)
                continue
            column = clean_name(_unescape(match["name"]))
            codes = [_unescape(code["name"]) for code in _CODE.finditer(match["codes"])]
            columns.append(column)
            continue
        if not column:
            assembly.problem("unreadable line", "A cell stands before any column.", line=number)
            continue
        start, end = _seconds(cell[1]), _seconds(cell[2])
        values = _values(cell[3])
        named = dict(zip(codes, values, strict=False)) if codes else {}
        for extra, value in enumerate(values[len(codes) :], len(codes) + 1):
            named[f"code{extra:02d}"] = value
        labels: dict[str, Any] = {name: value for name, value in named.items() if value}
        if not labels:
            assembly.problem("empty cell", "This cell holds no code.", line=number, remark=True)
            continue
        speaker, words = _speaker_and_words(column, named)
        if end < start:
            # Datavyu gives a cell that was never closed an offset of zero.
            if end > 0:
                assembly.problem("bad time", "This cell ends before it starts; the end was left out.", line=number)
            stop = None
        else:
            stop = end
        labels["code"] = words or column
        if speaker != column:
            labels["column"] = column
        yield Event(start=start, end=stop, speaker=speaker, text=words, line=number, labels=labels)


def _logical_lines(text: str) -> Iterator[str]:
    """Yield lines; a line break inside a value is escaped by a backslash at the end of the line."""
    yield from text.replace("\r\n", "\n").replace("\\\n", "\\n").split("\n")


def _seconds(stamp: str) -> float:
    hours, minutes, seconds, milliseconds = (int(part) for part in stamp.split(":"))
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000


def _values(text: str) -> list[str]:
    """Split the values of a cell at commas that are not escaped."""
    text = text.strip()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    return [_unescape(part).strip() for part in re.split(r"(?<!\\),", text)]


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], text)


def _speaker_and_words(column: str, named: dict[str, str]) -> tuple[str, str]:
    """Say whose cell it is and what it says: codes that are named for it, else the column and all its codes."""
    names = list(named)
    guessed = guess_columns(names)
    speaker_at, words_at = guessed.get("speaker"), guessed.get("text")
    speaker = clean_name(named[names[speaker_at]]) if speaker_at is not None else ""
    if words_at is not None and speaker_at is not None:
        return speaker or column, named[names[words_at]]
    rest = [value for index, value in enumerate(named.values()) if value and index != speaker_at]
    return speaker or column, " ".join(rest)
