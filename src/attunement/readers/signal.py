"""Signal as the signal-export tool writes it: a folder a chat with `data.json` (a message a line) and `chat.md`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import repeat
from pathlib import PurePosixPath
from typing import Any

import msgspec

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.errors import InputError
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.chat import People, chat_record, epoch_before, reaction, with_unique_ids
from attunement.readers.inputs import Input, Member, Sample
from attunement.readers.json_input import JsonInput, convert_loosely
from attunement.readers.signal_markdown import HEADER, Entry, parse_markdown

__all__ = ["SignalReader"]


class _Named(msgspec.Struct):
    name: str | None = None


class _Sticker(msgspec.Struct):
    emoji: str | None = None


class _Line(msgspec.Struct, gc=False):
    date: datetime | None = None
    sender: str | None = None
    body: str | None = None
    quote: str | None = None
    sticker: _Sticker | str | None = None
    reactions: list[tuple[str | None, str | None] | dict[str, Any]] | None = None
    attachments: list[_Named] | None = None
    deleted: bool | None = None
    call: bool | None = None
    missed: bool | None = None
    edits: list[Any] | None = None


_LINE = msgspec.json.Decoder(_Line)
_JSON_NAME, _MARKDOWN_NAME, _STICKERS = "data.json", "chat.md", "exported_stickers"


class SignalReader:
    """Reads an export folder or one chat's file: one record a chat, the owner as "Me", as the tool has it.

    Times are the local wall clock of the computer that made the export. A reply is resolved where exactly one earlier
    message has the words that it quotes.
    """

    name = "signal"
    title = "Signal (signal-export)"
    endings = (".json", ".md", ".zip")
    reads_bundle = True
    reads_file = True

    def sniff(self, sample: Sample) -> float:
        """Look for lines with date, sender and body; for chats in a bundle; for the tool's Markdown."""
        if sample.members:
            names = {PurePosixPath(name).name for name in sample.members}
            return 0.95 if _MARKDOWN_NAME in names and (_JSON_NAME in names or "index.html" in names) else 0.0
        text = sample.text
        first = text.lstrip()[:2000]
        if first.startswith("{") and '"sender"' in first and '"body"' in first and '"date"' in first:
            return 0.9 if '"reactions"' in text and '"attachments"' in text else 0.5
        return _sniff_markdown(sample)

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every chat.

        Raises
        ------
        InputError
            If a bundle holds no chat, or a file is not text.
        """
        if not source.members:
            return [_read_file(source, source.stem)]
        chats: dict[str, Member] = {}
        for member in source.members:
            path = PurePosixPath(member.name)
            folder = str(path.parent)
            if _STICKERS in path.parts:
                continue  # packs of stickers have a data.json of their own
            # The Markdown says less than the lines; it counts where they were not written.
            if path.name == _JSON_NAME or (path.name == _MARKDOWN_NAME and folder not in chats):
                chats[folder] = member
        if not chats:
            raise InputError(f"{source.name} holds no chat.", hint="Expected folders with data.json or chat.md.")
        records = [
            _read_file(opened, PurePosixPath(folder).name or source.stem)
            for folder, member in chats.items()
            if (opened := member.open()).data.strip()
        ]
        return with_unique_ids(records, nameless=source.stem)


def _sniff_markdown(sample: Sample) -> float:
    lines = sample.lines
    headers = [index for index, line in enumerate(lines) if HEADER.match(line)]
    if not headers or headers[0] > 2:
        return 0.0
    apart = sum(index == headers[0] or not lines[index - 1].strip() for index in headers)
    marked = sum(line.endswith("  ") for line in lines)
    # WhatsApp, too, has dates in brackets; the tool's own signs are a blank line and two spaces after each message.
    return 0.99 if 2 * apart > len(headers) and 2 * marked >= len(headers) else 0.0


def _read_file(source: Input, title: str) -> Record:
    problems: list[Problem] = []
    if source.data.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \r\n\t")[:1] == b"{":
        found, numbers = _json_lines(source, problems)
    else:
        decoded = source.decode()
        if decoded.assumed:
            problems.append(encoding_problem(source, decoded.encoding))
        entries = list(parse_markdown(decoded.text, source.name, problems))
        found, numbers = list(map(_from_entry, entries)), [entry.line for entry in entries]
    return _Chat(source.name, problems).record(found, numbers, title)


def _from_entry(entry: Entry) -> _Line:
    return _Line(
        date=entry.date,
        sender=entry.sender,
        body=entry.body,
        quote=entry.quote,
        sticker=None if entry.sticker is None else _Sticker(entry.sticker),
        reactions=entry.reactions,
        attachments=[_Named(name) for name in entry.attachments],
        deleted=entry.is_deleted,
    )


def _json_lines(source: Input, problems: list[Problem]) -> tuple[list[_Line], Sequence[int]]:
    json_input = JsonInput(source)
    try:
        whole = _LINE.decode_lines(json_input.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        whole = []
    if len(whole) == json_input.data.count(b"\n") + 1:
        return whole, range(1, len(whole) + 1)
    found: list[_Line] = []
    numbers: list[int] = []
    plain = msgspec.json.Decoder()
    for number, raw in enumerate(json_input.data.split(b"\n"), 1):
        if not raw.strip():
            continue
        try:
            found.append(_LINE.decode(raw))
            numbers.append(number)
            continue
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        where = Source(source.name, number)
        line = JsonInput(Input(source.name, raw))
        try:
            value = line.decode(plain)
        except InputError:
            value = None
        problems += [Problem(problem.kind, problem.message, where, problem.remark) for problem in line.problems]
        converted, dropped = convert_loosely(value, _Line) if isinstance(value, dict) else (None, [])  # pyright: ignore[reportUnknownArgumentType]
        for name in dropped:
            problems.append(Problem("unreadable field", f"The field {name!r} was passed over.", where))
        if converted is None:
            problems.append(Problem("unreadable line", "The line holds no message and was passed over.", where))
        else:
            found.append(converted)
            numbers.append(number)
    return found, numbers


class _Chat:
    """One chat on its way to a record."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.name = name
        self.problems = problems
        self.people = People()
        # Index of the one message with these words, or -1 where there are several.
        self.said: dict[str, int] = {}

    def record(self, found: Sequence[_Line], numbers: Sequence[int], title: str) -> Record:
        starts, epoch = _starts([line.date for line in found])
        speakers = self._speakers([line.sender for line in found])
        texts = [(line.body or "").strip() for line in found]
        messages = list(
            map(
                Message, range(len(found)), speakers, texts, starts, repeat(None), repeat("text"), repeat(False),
                repeat(False), repeat(None), numbers,
            )
        )  # fmt: skip
        unplain = self._unplain(found, speakers, texts, starts)
        has_quotes = any(found[index].quote for index in unplain)
        told = 0
        for index in unplain:
            if has_quotes:
                self._hear(messages[told:index])
                told = index
            if starts[index] is None:
                self._tell("bad time", "A message has no date that can be read.", numbers[index])
            messages[index] = self._message(index, found[index], texts[index], starts[index], numbers[index])
        return chat_record(
            title,
            messages,
            self.people,
            format=SignalReader.name,
            epoch=epoch,
            problems=self.problems,
            meta={"title": title},
        )

    def _unplain(
        self,
        found: Sequence[_Line],
        speakers: Sequence[str | None],
        texts: Sequence[str],
        starts: Sequence[float | None],
    ) -> list[int]:
        """Find the messages that are more or less than somebody's words at a time."""
        places = [
            index
            for index, line in enumerate(found)
            if line.call is not False
            or line.quote
            or line.reactions
            or line.attachments
            or line.deleted
            or line.edits
            or _is_sticker(line)
        ]
        for column, nothing in ((texts, ""), (starts, None), (speakers, None)):
            if nothing in column:
                places += [index for index, value in enumerate(column) if value is None or value == nothing]
        return sorted(set(places))

    def _hear(self, messages: Sequence[Message]) -> None:
        """Note who said what, for the quotes of later messages."""
        for message in messages:
            if message.text:
                self.said[message.text] = message.index if message.text not in self.said else -1

    def _speakers(self, senders: Sequence[str | None]) -> list[str | None]:
        names: dict[str | None, str | None] = {}
        for sender in dict.fromkeys(senders):
            shown = (sender or "").strip()
            is_nobody = shown in ("", "No-Sender")
            names[sender] = None if is_nobody else self.people.name(shown, shown, nameless="Unknown")
        return list(map(names.__getitem__, senders))

    def _tell(self, kind: str, message: str, line: int) -> None:
        self.problems.append(Problem(kind, message, Source(self.name, line)))

    def _message(self, index: int, line: _Line, text: str, start: float | None, number: int) -> Message:
        shown = (line.sender or "").strip()
        is_nobody = shown in ("", "No-Sender")
        labels: dict[str, Any] = {}
        by = [pair for item in line.reactions or () if (pair := _reaction(item)) is not None]
        if by:
            labels["reactions"] = by
        media = "sticker" if _is_sticker(line) else "attachment" if line.attachments else None
        if media is not None:
            labels["media"] = media
        emoji = line.sticker.emoji if isinstance(line.sticker, _Sticker) else line.sticker
        if emoji:
            labels["emoji"] = emoji
        if not text and media is None and not line.deleted and not line.call:
            # Signal's own notices (new safety number, timer, name) come out of the tool without any words.
            named = {} if is_nobody else {"by": shown}
            return Message(index, None, "", start, kind="system", line=number, labels={"action": "notice", **named})
        speaker = None if is_nobody else self.people.name(shown, shown, nameless="Unknown")
        if speaker is None:
            self._tell("missing speaker", "A message does not say who wrote it.", number)
        if line.deleted:
            return Message(index, speaker, "", start, kind="deleted", line=number, labels=labels or None)
        call: dict[str, Any] | None = None
        if line.call is not False:
            call = _call(text) or ({} if line.call else None)
        if call is not None and speaker is not None:
            if line.missed:
                call = {**call, "ended": "missed"}
            seconds = call.get("seconds", 0)
            end = start + seconds if start is not None and seconds else None
            return Message(index, speaker, "", start, end, "call", line=number, labels={**labels, "call": call})
        quoted = (line.quote or "").strip()
        reply_to = self.said.get(_unquoted(quoted), -1) if quoted else -1
        return Message(
            index,
            speaker,
            text,
            start,
            None,
            "text" if text else "media",
            bool(line.edits),
            media is not None,
            reply_to if reply_to >= 0 else None,
            number,
            None,
            labels or None,
        )


def _starts(dates: Sequence[datetime | None]) -> tuple[list[float | None], datetime | None]:
    """Bring dates to seconds since the whole second of the earliest."""
    known = [date for date in dates if date is not None]
    if {date.tzinfo for date in known} - {None}:
        known = [date.replace(tzinfo=None) for date in known]
    epoch = epoch_before(known)
    if epoch is None:
        return [None] * len(dates), None
    seconds: list[float | None] = [(date - epoch).total_seconds() for date in known]
    if len(known) == len(dates):
        return seconds, epoch
    later = iter(seconds)
    return [None if date is None else next(later) for date in dates], epoch


def _reaction(item: tuple[str | None, str | None] | dict[str, Any]) -> dict[str, Any] | None:
    """Read a reaction: a pair of name and emoji, or an object with the two."""
    name, emoji = (item.get("name"), item.get("emoji")) if isinstance(item, dict) else item
    if not isinstance(emoji, str):
        return None
    return reaction(emoji, [name] if isinstance(name, str) and name else [])


def _is_sticker(line: _Line) -> bool:
    """Whether a sticker came; older versions of the tool write its emoji, or nothing, instead of an object."""
    return line.sticker is not None and line.sticker != ""


def _unquoted(quote: str) -> str:
    return "\n".join(line.removeprefix("> ").removeprefix(">") for line in quote.split("\n")).strip()


_CALL = re.compile(
    r"(?:(?P<missed>Missed)|Incoming|Outgoing)(?: (?:voice|video|group|adhoc))? call"
    r"(?: \((?P<how>[a-z ]{2,40}?)(?:, (?:(?P<minutes>\d{1,5})m )?(?P<seconds>\d{1,2})s)?\))?"
)


def _call(text: str) -> dict[str, Any] | None:
    """Read the tool's line about a call; None where the text is no such line."""
    match = _CALL.fullmatch(text)
    if match is None:
        return None
    call: dict[str, Any] = {}
    if match["seconds"]:
        call["seconds"] = int(match["minutes"] or 0) * 60 + int(match["seconds"])
    if match["missed"] or match["how"] not in (None, "accepted"):
        call["ended"] = "missed" if match["missed"] else match["how"]
    return call
