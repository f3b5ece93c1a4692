"""``attune read``: what stands in a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from attunement.cli.arguments import Input, Reading, Selecting
from attunement.cli.output import open_records, wants_json, write_json_lines
from attunement.cli.screen import people
from attunement.core.record import Record

__all__ = ["read"]


def read(
    file: Input,
    *,
    reading: Reading | None = None,
    selecting: Selecting | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Read a chat export or transcript: on a terminal a table of what is in it, else messages as JSON lines.

    The format is found by content. What could not be read is counted and located on stderr; where two readings survive
    (is 03/04 in March or in April?) nothing is guessed: the command stops with exit status 3 and says which option
    answers.

    Parameters
    ----------
    file
        A chat export, transcript, archive or folder; '-' reads standard input.
    json
        Write JSON lines also when a person watches: {record, index, speaker, at, start, end, kind, text} and, where
        they hold, edited, media, reply_to, line, id; medium where a chat has no dates.
    """
    records = open_records(file, reading or Reading(), selecting or Selecting())
    if wants_json(json):
        write_json_lines(row for record in records for row in _rows(record))
    else:
        _show(records)


def _rows(record: Record) -> Iterator[dict[str, Any]]:
    for message in record.messages:
        at = record.at(message.start)
        row: dict[str, Any] = {
            "record": record.id,
            "index": message.index,
            "speaker": message.speaker,
            "at": None if at is None else at.isoformat(),
            "start": message.start,
            "end": message.end,
            "kind": message.kind,
            "text": message.text,
        }
        if record.epoch is None and record.medium == "chat":
            row["medium"] = record.medium  # times alone say so elsewhere
        if message.edited:
            row["edited"] = True
        if message.media:
            row["media"] = True
        for name in ("reply_to", "line", "id"):
            if (value := getattr(message, name)) is not None:
                row[name] = value
        yield row


def _show(records: tuple[Record, ...]) -> None:
    from rich.table import Table

    console = people(to_stdout=True)
    table = Table(box=None, pad_edge=False)
    for heading, justify in (("conversation", "left"), ("format", "left"), ("people", "left"), ("messages", "right"),
                             ("from", "left"), ("to", "left"), ("unread", "right"), ("remarks", "right")):  # fmt: skip
        # Names are folded, days stay whole.
        table.add_column(heading, justify=justify, overflow="fold", no_wrap=heading in ("from", "to"))  # pyright: ignore[reportArgumentType]
    for record in records:
        starts = [message.start for message in record.messages if message.start is not None]
        first, last = (record.at(min(starts)), record.at(max(starts))) if starts else (None, None)
        table.add_row(
            record.id,
            record.format,
            ", ".join(speaker.name for speaker in record.speakers[:4])
            + (f" and {len(record.speakers) - 4} more" if len(record.speakers) > 4 else ""),
            f"{record.sent:,}",
            "" if first is None else f"{first:%Y-%m-%d}",
            "" if last is None else f"{last:%Y-%m-%d}",
            f"{sum(record.problem_counts(remarks=False).values()):,}",
            f"{sum(record.problem_counts(remarks=True).values()):,}",
        )
    console.print(table)
    console.print(
        "The messages as JSON lines: add --json. Several conversations: choose one with --record.", style="dim"
    )
