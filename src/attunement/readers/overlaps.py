"""Conversations of one folder or archive that hold the same messages: exports of one chat made in March and in June."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from attunement.core.counted import counted
from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.readers.record_ids import SOURCE_FILE

__all__ = ["tell_overlaps"]

_FEWEST = 3
"""How many different things that are said at the same time make an overlap, at the least."""
_SLACK = timedelta(minutes=1)


def tell_overlaps(records: Sequence[Record]) -> list[Record]:
    """Remark on each record that holds messages of another one by the same people: they are counted in both.

    Each chat is held against the one of these people that begins next before it, in whose time it begins; of
    transcripts without dates only those that are the same throughout are told.

    Parameters
    ----------
    records : sequence of Record
        Of one input.
    """
    told = list(records)
    dated: dict[frozenset[str], list[tuple[datetime, datetime, int]]] = {}
    whole: dict[int, int] = {}
    for number, record in enumerate(told):
        if record.sent < _FEWEST:
            continue
        starts = [message.start for message in record.messages if message.start is not None]
        if record.epoch is None or not starts:
            said = hash(tuple((message.speaker, message.text) for message in record.messages))
            first = whole.setdefault(said, number)
            if first != number and _is_same(record, told[first]):
                told[number] = _with_remark(record, told[first], record.sent)
            continue
        span = (record.epoch + timedelta(seconds=min(starts)), record.epoch + timedelta(seconds=max(starts)))
        dated.setdefault(frozenset(speaker.name for speaker in record.speakers), []).append((*span, number))
    for spans in dated.values():
        spans.sort()
        last_end, last = datetime.min, -1
        for begin, end, number in spans:
            if last >= 0 and begin <= last_end + _SLACK:
                count = _count_shared(told[number], told[last])
                if count:
                    told[number] = _with_remark(told[number], told[last], count)
            if end > last_end:
                last_end, last = end, number
    return told


def _is_same(record: Record, other: Record) -> bool:
    return [(m.speaker, m.text, m.start) for m in record.messages] == [
        (m.speaker, m.text, m.start) for m in other.messages
    ]


def _said(record: Record) -> list[tuple[datetime, str | None, str]]:
    return [
        (at.replace(microsecond=0), message.speaker, message.text)
        for message in record.messages
        if message.text and message.speaker is not None and (at := record.at(message.start)) is not None
    ]


def _count_shared(record: Record, other: Record) -> int:
    """Count the messages of a record that stand in another one at the same time; 0 where it is no overlap."""
    known = set(_said(other))
    shared = [each for each in _said(record) if each in known]
    return len(shared) if len({text for _, _, text in shared}) >= _FEWEST else 0


def _with_remark(record: Record, other: Record, count: int) -> Record:
    what = counted(count, "message stands", "messages stand")
    text = f"{what} in the conversation {other.id!r} as well, and each of the two counts them."
    where = record.meta.get(SOURCE_FILE)
    problem = Problem("repeated messages", text, Source(where if isinstance(where, str) else record.id), remark=True)
    return msgspec.structs.replace(record, problems=(*record.problems, problem))
