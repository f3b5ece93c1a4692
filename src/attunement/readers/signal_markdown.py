"""The Markdown of the signal-export tool: `[2024-05-01 12:03:04] Ana: words`, a blank line between messages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from attunement.core.source import Problem, Source
from attunement.readers.assemble import INVISIBLE

__all__ = ["HEADER", "Entry", "parse_markdown"]

HEADER = re.compile(
    rf"[{INVISIBLE}]*"
    r"\[(\d{4})-(\d{2})-(\d{2}),? (\d{2}):(\d{2})(?::(\d{2}))?\] ([^\n]{1,200}?):(?: |$)(.*)"
)
"""The first line of a message."""

_REACTIONS = re.compile(r"\(- (.{1,2000}) -\)\s*$")
_STICKER = re.compile(r"\(\( (.{1,60}) \)\)\s*$")
_LINKED = re.compile(
    r"!?\[([^\[\]\n]{0,300})\]"
    r"\(((?:\./media/|\.\./exported_stickers/)[^()\n]{0,600}(?:\([^()\n]{0,100}\)[^()\n]{0,300})*)\)"
)
_NOT_EXPORTED = re.compile(r"\((media|attachment|image|video|audio) not exported\)")
_DELETED = "(This message was deleted)"


@dataclass(slots=True)
class Entry:
    """A message as the Markdown has it.

    Attributes
    ----------
    line : int
        From 1.
    date : datetime or None
        Local wall clock; None where there is no such day.
    sender, body, quote : str
        As written; the quote without its marks.
    sticker : str or None
        The sticker's label.
    reactions : list
        Objects with name and emoji.
    attachments : list of str
        Names of what came along.
    is_deleted : bool
        Whether the message was deleted.
    """

    line: int
    date: datetime | None
    sender: str
    body: str = ""
    quote: str = ""
    sticker: str | None = None
    reactions: list[tuple[str | None, str | None] | dict[str, Any]] = field(
        default_factory=list[tuple[str | None, str | None] | dict[str, Any]]
    )
    attachments: list[str] = field(default_factory=list[str])
    is_deleted: bool = False


def parse_markdown(text: str, name: str, problems: list[Problem]) -> list[Entry]:
    """Take a chat apart.

    Parameters
    ----------
    text : str
        The file.
    name : str
        Its name, for problems.
    problems : list of Problem
        Lines before the first message are noted here.
    """
    entries: list[Entry] = []
    bodies: list[list[str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        match = HEADER.match(line)
        if match is not None:
            entries.append(Entry(number, _date(match), match[7]))
            bodies.append([match[8]])
        elif entries:
            bodies[-1].append(line.rstrip("\r"))
        elif line.strip():
            problems.append(Problem("unreadable line", "The line belongs to no message.", Source(name, number)))
    for entry, body in zip(entries, bodies, strict=True):
        _fill(entry, "\n".join(body).rstrip())
    return entries


def _date(match: re.Match[str]) -> datetime | None:
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def _fill(entry: Entry, body: str) -> None:
    if body.strip() == _DELETED:
        entry.is_deleted = True
        return
    stripped = body.lstrip("\n ")
    if stripped.startswith("> ") and body.startswith(("\n", " ")):
        lines = stripped.split("\n")
        end = next((index for index, line in enumerate(lines) if not line.startswith(">")), len(lines))
        entry.quote = "\n".join(line[1:].lstrip() for line in lines[:end])
        body = "\n".join(lines[end:])
    body = _LINKED.sub(lambda match: _attach(entry, match), body)
    body = _NOT_EXPORTED.sub(lambda match: entry.attachments.append(match[1]) or "", body).rstrip()
    sticker = _STICKER.search(body)
    if sticker is not None:
        entry.sticker = sticker[1]
        body = body[: sticker.start()].rstrip()
    reactions = _REACTIONS.search(body)
    if reactions is not None and (found := _pairs(reactions[1])):
        entry.reactions = found
        body = body[: reactions.start()].rstrip()
    entry.body = "\n".join(line.rstrip() for line in body.strip().split("\n"))


def _attach(entry: Entry, match: re.Match[str]) -> str:
    if match[2].startswith("../exported_stickers/"):
        entry.sticker = match[1]
    else:
        entry.attachments.append(match[1])
    return ""


def _pairs(text: str) -> list[tuple[str | None, str | None] | dict[str, Any]]:
    found: list[tuple[str | None, str | None] | dict[str, Any]] = []
    for part in text.split(", "):
        name, colon, emoji = part.rpartition(": ")
        if not colon:
            return []
        found.append((name, emoji.strip()))
    return found
