"""The messages that ``attune read --json`` writes, one a line, read back as the records that they were."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

import msgspec

from attunement.core.message import Kind, Message
from attunement.core.record import Medium, Record
from attunement.core.source import Problem, Source
from attunement.errors import InputError
from attunement.readers.assemble import speakers_of
from attunement.readers.base import encoding_problem
from attunement.readers.inputs import Input
from attunement.readers.native_turns import NativeTurn, Place, check_ends, settle_kinds

__all__ = ["are_rows", "read_rows"]


class _Row(msgspec.Struct, gc=False):
    record: str
    index: int
    speaker: str | None
    text: str
    kind: Kind
    at: datetime | None = None
    start: float | None = None
    end: float | None = None
    edited: bool = False
    media: bool = False
    reply_to: int | None = None
    line: int | None = None
    id: str | None = None


_ROW = msgspec.json.Decoder(_Row)


_OPENING = re.compile(
    r'\{"record": ?"(?:[^"\\]|\\.)*", ?"index": ?\d+, ?"speaker": ?(?:null|"(?:[^"\\]|\\.)*"), ?"at": ?'
)
"""How a first line begins that is longer than what is looked at."""


def are_rows(text: str) -> bool:
    """Tell by its first line whether a text is messages as ``attune read --json`` writes them."""
    first = text.lstrip().partition("\n")[0]
    if not first.startswith("{") or '"record"' not in first:
        return False
    try:
        _ROW.decode(first)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return _OPENING.match(first) is not None
    return True


def read_rows(source: Input, *, format: str) -> list[Record]:  # noqa: A002
    """Read every line: one record for each that the lines name, in the order in which they appear.

    Lines may have been left out: messages are numbered anew, and replies to those that are not there are told.

    Parameters
    ----------
    source : Input
        JSON lines.
    format : str
        As in `Record`.

    Returns
    -------
    list of Record
        A line that is none of these is a problem of the first.

    Raises
    ------
    InputError
        If no line is a message.
    """
    decoded = source.decode()
    found: dict[str, list[_Row]] = {}
    problems = [encoding_problem(source, decoded.encoding)] if decoded.assumed else []
    for number, line in enumerate(decoded.text.split("\n"), 1):
        if not line or line.isspace():
            continue
        try:
            row = _ROW.decode(line)
        except (msgspec.DecodeError, UnicodeEncodeError):
            problems.append(Problem("unreadable line", "This line is no message.", Source(source.name, number)))
            continue
        found.setdefault(row.record, []).append(row)
    if not found:
        raise InputError(f"{source.name} holds no message that could be read.", hint="Write it again.")
    records = [_record(name or "unnamed", rows, Place(source.name, None), format) for name, rows in found.items()]
    if problems:
        records[0] = msgspec.structs.replace(records[0], problems=(*problems, *records[0].problems))
    return records


def _epoch(rows: list[_Row]) -> datetime | None:
    """Return the wall clock at which times are 0; None where no message has both."""
    for row in rows:
        if row.at is not None and row.start is not None:
            try:
                return row.at.replace(tzinfo=None) - timedelta(seconds=row.start)
            except OverflowError:
                continue
    return None


def _is_time(seconds: float | None, epoch: datetime | None) -> bool:
    """Whether a time is one that the calendar has."""
    if seconds is None or epoch is None:
        return True
    try:
        return epoch + timedelta(seconds=seconds) >= datetime.min
    except OverflowError:
        return False


def _record(id: str, rows: list[_Row], place: Place, format: str) -> Record:  # noqa: A002
    epoch = _epoch(rows)
    meta: dict[str, Any] = {}
    turns = [NativeTurn(row.speaker, row.text, kind=row.kind, media=row.media) for row in rows]
    settle_kinds(turns, meta, place)
    starts = [row.start if _is_time(row.start, epoch) else None for row in rows]
    if lost := sum(row.start is not None and start is None for row, start in zip(rows, starts, strict=True)):
        place.problem("bad time", f"{lost:,} messages have a time that no calendar has; it was left out.")
    position = {row.index: number for number, row in enumerate(rows)}
    replies = [None if row.reply_to is None else position.get(row.reply_to) for row in rows]
    replies = [None if to == at else to for at, to in enumerate(replies)]
    if gone := sum(row.reply_to is not None and to is None for row, to in zip(rows, replies, strict=True)):
        place.problem("bad reply", f"{gone:,} messages reply to one that is not there.")
    messages = tuple(
        map(
            Message, range(len(rows)), [turn.speaker for turn in turns], [turn.text for turn in turns], starts,
            check_ends(starts, [row.end for row in rows], place), [turn.kind for turn in turns],
            [row.edited for row in rows], [turn.media for turn in turns],
            replies, [None if row.line is None or row.line < 1 else row.line for row in rows], [row.id for row in rows],
            repeat(None),
        )
    )  # fmt: skip
    medium: Medium = "transcript" if epoch is None else "chat"
    return Record(id, messages, speakers_of(messages), medium, epoch, format, tuple(place.problems), (), meta)
