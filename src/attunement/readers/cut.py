"""A record cut in two at a moment."""

from __future__ import annotations

from datetime import datetime

from attunement.core.record import Record
from attunement.errors import UsageError, require_kind
from attunement.readers.answers import require_answers
from attunement.readers.select import SelectOptions, select_records

__all__ = ["cut"]


def cut(record: Record, moment: datetime) -> tuple[Record, Record]:
    """Cut a record at a moment: what was said before it, and what was said from it on.

    Parameters
    ----------
    record : Record
        With times of the day (a chat).
    moment : datetime
        Naive local wall clock.

    Raises
    ------
    UsageError
        If the moment is no datetime or has a zone, the record has no such times, or nothing was said on one side.
    UnansweredError
        If the record leaves something open.
    """
    require_kind(record, Record, "record")
    require_kind(moment, datetime, "moment", hint="A day begins at datetime(2024, 5, 10).")
    if moment.tzinfo is not None:
        raise UsageError("The moment is local wall clock time, without a zone.", hint="moment.replace(tzinfo=None).")
    require_answers(record)
    if not record.messages:
        raise UsageError(f"{record.id} is empty: there is nothing to cut.")
    before = select_records((record,), SelectOptions(until=moment))[0]
    after = select_records((record,), SelectOptions(since=moment))[0]
    for part, where in ((before, "before"), (after, "from")):
        if not part.speakers:
            known = [time for message in record.messages if (time := record.at(message.start)) is not None]
            spans = f" The record runs from {min(known):%Y-%m-%d} to {max(known):%Y-%m-%d}." if known else ""
            side = f"{where} {moment:%Y-%m-%d %H:%M}"
            raise UsageError(f"{record.id}: nothing was said {side}.{spans}", hint="Cut between the two.")
    return before, after
