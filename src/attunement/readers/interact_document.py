"""The `.xiact` document of Mangold INTERACT, in its text form: brought to the rows that its text export has.

A first line names the system, the frame rate and the columns, parted by ``<BR>``; after ``[INDVAR]`` follows a table of
level, onset, offset, memo and the classes. Levels are 1 (group), 2 (set) and 3 (event); times count in ten-millionths
of a second.
"""

from __future__ import annotations

import re

__all__ = ["document_rows", "is_document"]

_MARK = "[INDVAR]"
_HEADER = re.compile(r"^Level\tOnset\tOffset\t", re.IGNORECASE | re.MULTILINE)
_SYSTEM = re.compile(r"(?:^|<BR>)(?:DEFINE|COLUMN|SYSTEM): ?", re.IGNORECASE)
_LEVELS = {"1": "group", "2": "set", "3": "event"}
_TICKS = 10_000_000
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)


def is_document(text: str) -> bool:
    """Say by its beginning whether a text is such a document."""
    head = text.lstrip("\ufeff \r\n")
    return _SYSTEM.match(head) is not None and _MARK in head and _HEADER.search(head) is not None


def document_rows(text: str) -> list[tuple[int, list[str]]]:
    """Return the rows of the table with their lines, the header first; levels in words, times in seconds.

    A set is named by its memo, or by the codes that stand in its row.
    """
    match = _HEADER.search(text, max(0, text.find(_MARK)))
    if match is None:
        return []
    first_line = text.count("\n", 0, match.start()) + 1
    rows: list[tuple[int, list[str]]] = []
    for number, line in enumerate(text[match.start() :].split("\n"), first_line):
        cells = [cell.strip() for cell in line.rstrip("\r").split("\t")]
        if not any(cells):
            continue
        if cells[0].startswith("[") and len(cells) == 1:
            break  # another section: settings, not events
        if rows and len(cells) > 3:
            cells[0] = _LEVELS.get(cells[0], cells[0])
            cells[1:3] = map(_seconds, cells[1:3])
            if cells[0] != "event" and not cells[3]:
                cells[3] = " ".join(cell for cell in cells[4:] if cell)
        elif not rows:
            cells[3:4] = ["description" if cell.casefold() == "memo" else cell for cell in cells[3:4]]
        rows.append((number, cells))
    return rows


def _seconds(cell: str) -> str:
    return repr(int(cell) / _TICKS) if _WHOLE.fullmatch(cell) else cell
