"""Datavyu spreadsheets (.opf): every cell of every column, with its codes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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
    r"(?P<name>.+?)\s*\((?P<kind>MATRIX|NOMINAL|TEXT|INTEGER|FLOAT|PREDICATE)(?:,(?:true|false),(?:.*?))?\)-?(?P<codes>.*)"
)
_CELL = re.compile(r"(\d+:\d{1,2}:\d{1,2}:\d{1,3}),(\d+:\d{1,2}:\d{1,2}:\d{1,3}),(.*)", re.DOTALL)
_CODE = re.compile(
    r"(?P<name>(?:\\.|[^|,\\])*)\|(?:NOMINAL|TEXT|INTEGER|FLOAT|MATRIX|QUOTE_STRING|PREDICATE|TIMESTAMP)",
    re.IGNORECASE,
)
_DEFINITION = re.compile(r"\d+:(?P<name>[^-]+)-(?P<codes>.*\|.*)")
"""What a predicate of the first versions is made of: ``0:smiles-at|NOMINAL,how|TEXT``."""
_PREDICATE = re.compile(r"(?P<name>[^()]+)\((?P<values>.*)\)", re.DOTALL)
_QUOTED = re.compile(r'\s*"((?:\\.|[^"\\])*)"\s*(?:,|$)', re.DOTALL)
_PLAIN = re.compile(r"((?:\\.|[^,\\])*)(?:,|$)", re.DOTALL)
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
        lines = [line.strip() for line in sample.lines[:20]]
        if not lines:
            return 0.0
        if not lines[0].startswith("#"):
            # The first version had no number.
            is_first = (
                len(lines) > 1 and _COLUMN.fullmatch(lines[0]) is not None and _CELL.fullmatch(lines[1]) is not None
            )
            return 0.9 if is_first else 0.0
        column = next((line for line in lines[1:] if _DEFINITION.fullmatch(line) is None), "")
        return 0.95 if _COLUMN.fullmatch(column) is not None else 0.0

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
    column = kind = ""
    has_quotes = False
    codes: list[str] = []
    predicates: dict[str, list[str]] = {}
    for number, line in enumerate(_logical_lines(text), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        cell = _CELL.fullmatch(stripped)
        if cell is None:
            match = _COLUMN.fullmatch(stripped)
            if match is not None:
                column, kind = clean_name(_unescape(match["name"])), match["kind"]
                codes, has_quotes = _code_names(match["codes"]), "|QUOTE_STRING" in match["codes"]
                columns.append(column)
            elif not columns and (defined := _DEFINITION.fullmatch(stripped)) is not None:
                predicates[defined["name"]] = _code_names(defined["codes"])
            else:
                assembly.problem("unreadable line", "This is neither a column nor a cell.", line=number)
            continue
        if not column:
            assembly.problem("unreadable line", "A cell stands before any column.", line=number)
            continue
        start, end = _seconds(cell[1]), _seconds(cell[2])
        named = _named_values(cell[3].strip(), kind, codes, predicates, has_quotes=has_quotes)
        labels: dict[str, Any] = {name: value for name, value in named.items() if value}
        if not labels:
            assembly.problem("empty cell", "This cell holds no code.", line=number, remark=True)
            continue
        speaker, words, is_code = _speaker_and_words(column, named)
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
        yield Event(start=start, end=stop, speaker=speaker, text=words, is_code=is_code, line=number, labels=labels)


def _code_names(text: str) -> list[str]:
    return [_unescape(code["name"]) for code in _CODE.finditer(text)]


def _named_values(
    text: str, kind: str, codes: Sequence[str], predicates: Mapping[str, Sequence[str]], *, has_quotes: bool
) -> dict[str, str]:
    """Return the values of a cell under the names of their codes."""
    named: dict[str, str] = {}
    if kind == "PREDICATE" and (match := _PREDICATE.fullmatch(text)) is not None:
        named["predicate"] = _unescape(match["name"]).strip()
        values, codes = _values(match["values"], has_quotes=True), predicates.get(match["name"], ())
    elif kind in ("MATRIX", "PREDICATE") or codes:
        inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text
        values = _values(inner, has_quotes=has_quotes)
    else:
        values = [_unescape(text)]  # one value: a comma in it is a comma
    named.update(zip(codes, values, strict=False))
    for extra, value in enumerate(values[len(codes) :], len(codes) + 1):
        named[f"code{extra:02d}"] = value
    return named


_LINE_BREAK = re.compile(r"((?<!\\)(?:\\\\)*)\\\n")


def _logical_lines(text: str) -> Iterator[str]:
    """Yield lines; a line break inside a value is escaped by a backslash, which is not escaped itself."""
    yield from _LINE_BREAK.sub(r"\1\\n", text.replace("\r\n", "\n")).split("\n")


def _seconds(stamp: str) -> float:
    hours, minutes, seconds, milliseconds = (int(part) for part in stamp.split(":"))
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000


def _values(text: str, *, has_quotes: bool) -> list[str]:
    """Split the values of a cell at commas that are not escaped, nor in the quotation marks of the first versions."""
    values: list[str] = []
    at, is_open = 0, True
    while is_open:
        match = (_QUOTED.match(text, at) if has_quotes else None) or _PLAIN.match(text, at)
        if match is None:  # a backslash at the very end
            values.append(_unescape(text[at:]).strip())
            break
        values.append(_unescape(match[1]).strip())
        at, is_open = match.end(), match[0].endswith(",")
    return values


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], text)


def _speaker_and_words(column: str, named: dict[str, str]) -> tuple[str, str, bool]:
    """Say whose cell it is, what it says, and whether that is codes: nothing in it is named for words."""
    names = list(named)
    guessed = guess_columns(names)
    speaker_at, words_at = guessed.get("speaker"), guessed.get("text")
    speaker = clean_name(named[names[speaker_at]]) if speaker_at is not None else ""
    if words_at is not None and speaker_at is not None:
        return speaker or column, named[names[words_at]], False
    rest = [value for index, value in enumerate(named.values()) if value and index != speaker_at]
    return speaker or column, " ".join(rest), words_at is None
