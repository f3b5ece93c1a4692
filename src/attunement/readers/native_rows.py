"""The messages that ``attune read --json`` writes, one a line, read back as the records that they were."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

import msgspec

from attunement.core.counted import counted
from attunement.core.message import Kind, Message
from attunement.core.record import Medium, Record
from attunement.core.source import Problem, Source
from attunement.errors import InputError
from attunement.readers.assemble import speakers_of
from attunement.readers.base import encoding_problem
from attunement.readers.inputs import Input
from attunement.readers.native_turns import NativeTurn, Place, check_ends, settle_kinds
from attunement.readers.record_ids import SAME_ID, same_id_told, with_own_ids

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
    medium: Medium | None = None


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

    Lines may have been left out: messages are numbered anew, and replies to those that are not there are told. Lines of
    several readings may stand one after another: two chats called "_chat" are two records, as their clocks begin
    elsewhere or their numbers come again.

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
    found: list[_Group] = []
    last: dict[str, _Group] = {}
    problems = [encoding_problem(source, decoded.encoding)] if decoded.assumed else []
    for number, line in enumerate(decoded.text.split("\n"), 1):
        if not line or line.isspace():
            continue
        try:
            row = _ROW.decode(line)
        except (msgspec.DecodeError, UnicodeEncodeError):
            problems.append(Problem("unreadable line", "This line is no message.", Source(source.name, number)))
            continue
        group = _group_of(row, found, last.get(row.record))
        group.add(row)
        last[row.record] = group
    if not found:
        raise InputError(f"{source.name} holds no message that could be read.", hint="Write it again.")
    records, numbered = with_own_ids(
        _record(group.name or "unnamed", group, Place(source.name, None), format) for group in found
    )
    if numbered:
        problems.append(Problem(SAME_ID, same_id_told(numbered, len(records)), Source(source.name), remark=True))
    if problems:
        records[0] = msgspec.structs.replace(records[0], problems=(*problems, *records[0].problems))
    return records


@dataclass(slots=True)
class _Group:
    """The rows of one record; where the clock of its times begins is not known before a row has both."""

    name: str
    rows: list[_Row] = field(default_factory=list[_Row])
    indexes: set[int] = field(default_factory=set[int])
    epoch: datetime | None = None

    def add(self, row: _Row) -> None:
        """Take one more row."""
        self.rows.append(row)
        self.indexes.add(row.index)
        self.epoch = self.epoch or _epoch(row)

    def may_hold(self, row: _Row, epoch: datetime | None) -> bool:
        """Whether a row may be of this record: of the same clock, and not there yet."""
        is_same = epoch is None or self.epoch is None or abs(epoch - self.epoch) < _SAME_CLOCK
        return is_same and row.index not in self.indexes


_SAME_CLOCK = timedelta(milliseconds=10)


def _group_of(row: _Row, found: list[_Group], last: _Group | None) -> _Group:
    """Find the record of a row: the last of its name, an earlier one, else a new one, which is added."""
    epoch = _epoch(row)
    if last is not None and last.may_hold(row, epoch):
        return last
    if last is not None and epoch is not None:
        for group in found:
            if group.name == row.record and group.epoch is not None and group.may_hold(row, epoch):
                return group
    found.append(_Group(row.record))
    return found[-1]


def _epoch(row: _Row) -> datetime | None:
    """Return the wall clock at which times are 0; None where the row does not tell it."""
    if row.at is None or row.start is None:
        return None
    try:
        return row.at.replace(tzinfo=None) - timedelta(seconds=row.start)
    except OverflowError:
        return None


def _is_time(seconds: float | None, epoch: datetime | None) -> bool:
    """Whether a time is one that the calendar has."""
    if seconds is None or epoch is None:
        return True
    try:
        return epoch + timedelta(seconds=seconds) >= datetime.min
    except OverflowError:
        return False


def _record(id: str, group: _Group, place: Place, format: str) -> Record:  # noqa: A002
    rows, epoch = group.rows, group.epoch
    meta: dict[str, Any] = {}
    turns = [NativeTurn(row.speaker, row.text, kind=row.kind, media=row.media) for row in rows]
    settle_kinds(turns, meta, place)
    starts = [row.start if _is_time(row.start, epoch) else None for row in rows]
    if lost := sum(row.start is not None and start is None for row, start in zip(rows, starts, strict=True)):
        place.problem(
            "bad time", counted(lost, "message has", "messages have") + " a time that no calendar has; it was left out."
        )
    position = {row.index: number for number, row in enumerate(rows)}
    replies = [None if row.reply_to is None else position.get(row.reply_to) for row in rows]
    replies = [None if to == at else to for at, to in enumerate(replies)]
    if gone := sum(row.reply_to is not None and to is None for row, to in zip(rows, replies, strict=True)):
        place.problem("bad reply", counted(gone, "message replies", "messages reply") + " to one that is not there.")
    messages = tuple(
        map(
            Message, range(len(rows)), [turn.speaker for turn in turns], [turn.text for turn in turns], starts,
            check_ends(starts, [row.end for row in rows], place), [turn.kind for turn in turns],
            [row.edited for row in rows], [turn.media for turn in turns],
            replies, [None if row.line is None or row.line < 1 else row.line for row in rows], [row.id for row in rows],
            repeat(None),
        )
    )  # fmt: skip
    medium: Medium = (rows[0].medium or "transcript") if epoch is None else "chat"
    return Record(id, messages, speakers_of(messages), medium, epoch, format, tuple(place.problems), (), meta)
