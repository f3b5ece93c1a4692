"""iMessage as the imessage-exporter tool writes it to text: one file a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.chat import People, chat_record, epoch_before, reaction
from attunement.readers.imessage_parts import (
    ANNOUNCEMENT,
    DELETED_HERE,
    EFFECT,
    STAMP,
    TAPBACK,
    UNSENT,
    emoji_of,
    is_attachment_path,
    read_stamp,
)
from attunement.readers.inputs import Input, Sample

__all__ = ["ImessageTxtReader"]

_RESPONDED = "This message responded to an earlier message."
_LISTS = ("Tapbacks:", "Reactions:")
_INDENT = "    "


class ImessageTxtReader:
    """Reads one conversation's file: one record, named after the file.

    Times are the local wall clock of the computer that made the export. Replies are written twice, below what they
    answer and where they were said: they count once, with what they reply to. Of an edited message the last version is
    read. The tool's lines about links (page title, summary) cannot be told from words and stay with the message.
    """

    name = "imessage-txt"
    title = "iMessage (imessage-exporter, text)"
    endings = (".txt",)
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for the tool's times on lines of their own with a name below."""
        lines = sample.lines
        found = sum(_header(line) is not None for line in lines)
        if not found:
            return 0.0
        first = next((index for index, line in enumerate(lines) if line.strip()), 0)
        stands_first = STAMP.match(lines[first]) is not None
        return 0.95 if stands_first else 0.3 if found > 2 else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read the conversation.

        Raises
        ------
        InputError
            If it is not text.
        """
        decoded = source.decode()
        page = _Page(source.name)
        if decoded.assumed:
            page.problems.append(encoding_problem(source, decoded.encoding))
        page.parse(decoded.text)
        return [page.record(source.stem)]


def _header(line: str) -> datetime | None:
    """Read a line that begins a message: a time, and perhaps when it was read."""
    match = STAMP.match(line)
    if match is None:
        return None
    rest = line[match.end() :].strip()
    return read_stamp(match) if not rest or (rest.startswith("(Read by ") and rest.endswith(")")) else None


@dataclass(slots=True)
class _Entry:
    """A message as the file has it."""

    line: int
    time: datetime
    sender: str
    body: list[str] = field(default_factory=list[str])
    replies: list[_Entry] = field(default_factory=list["_Entry"])

    def key(self) -> tuple[datetime, str, str]:
        """Return what a reply and its second writing have in common."""
        return self.time, self.sender, next((line.strip() for line in self.body if line.strip()), "")


class _Page:
    """One file on its way to a record."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.people = People()
        self.problems: list[Problem] = []
        self.entries: list[_Entry | tuple[int, datetime | None, str]] = []
        self.waiting: dict[tuple[datetime, str, str], int] = {}

    def parse(self, text: str) -> None:
        lines = text.replace("\r\n", "\n").split("\n")
        current: _Entry | None = None
        nested: _Entry | None = None
        index, count = 0, len(lines)
        while index < count:
            line = lines[index]
            time = _header(line) if line[:1] not in ("", " ") else None
            if time is not None and index + 1 < count and lines[index + 1].strip():
                current, nested = _Entry(index + 1, time, lines[index + 1].strip()), None
                self.entries.append(current)
                index += 2
                continue
            below = _header(line[4:]) if current is not None and line.startswith(_INDENT) else None
            if current is not None and below is not None and index + 1 < count:
                nested = _Entry(index + 1, below, lines[index + 1].strip())
                current.replies.append(nested)
                index += 2
                continue
            if self._announced(lines, index):
                current = nested = None
            elif nested is not None and (line.startswith(_INDENT) or not line.strip()):
                nested.body.append(line[4:])
            elif current is not None:
                nested = None
                current.body.append(line)
            elif line.strip():
                where = Source(self.name, index + 1)
                self.problems.append(Problem("unreadable line", "The line belongs to no message.", where))
            index += 1

    def _announced(self, lines: list[str], index: int) -> bool:
        """Take up a line of its own about the group: a time and what somebody did."""
        match = STAMP.match(lines[index])
        if match is None or (index and lines[index - 1].strip()):
            return False
        rest = lines[index][match.end() :].strip()
        if not ANNOUNCEMENT.fullmatch(rest) and not UNSENT.fullmatch(rest):
            return False
        self.entries.append((index + 1, read_stamp(match), rest))
        return True

    def record(self, title: str) -> Record:
        times = [entry.time if isinstance(entry, _Entry) else entry[1] for entry in self.entries]
        epoch = epoch_before(time for time in times if time is not None)
        messages: list[Message] = []
        for index, (entry, time) in enumerate(zip(self.entries, times, strict=True)):
            start = None if time is None or epoch is None else (time - epoch).total_seconds()
            if isinstance(entry, _Entry):
                messages.append(self._message(index, entry, start))
            else:
                messages.append(Message(index, None, entry[2], start, kind="system", line=entry[0]))
        return chat_record(
            title,
            messages,
            self.people,
            format=ImessageTxtReader.name,
            epoch=epoch,
            problems=self.problems,
            meta={"title": title},
        )

    def _message(self, index: int, entry: _Entry, start: float | None) -> Message:
        speaker = self.people.name(entry.sender, entry.sender, nameless="Unknown")
        for reply in entry.replies:
            self.waiting.setdefault(reply.key(), index)
        body, is_reply = _without_note(entry.body)
        reply_to = self.waiting.get(_Entry(0, entry.time, entry.sender, body).key()) if is_reply else None
        labels: dict[str, Any] = {}
        words, media, is_unsent = _sort_out(body, labels)
        text, is_edited = _last_version(words)
        if is_unsent and not text and not media:
            return Message(
                index, speaker, "", start, kind="deleted", reply_to=reply_to, line=entry.line, labels=labels or None
            )
        if media:
            labels["media"] = "attachment"
        return Message(
            index,
            speaker,
            text,
            start,
            None,
            "text" if text or not media else "media",
            is_edited,
            media,
            reply_to if reply_to is None or reply_to < index else None,
            entry.line,
            None,
            labels or None,
        )


def _without_note(body: list[str]) -> tuple[list[str], bool]:
    kept = [line for line in body if line.strip() != _RESPONDED]
    return kept, len(kept) < len(body)


def _sort_out(body: list[str], labels: dict[str, Any]) -> tuple[list[str], bool, bool]:
    """Tell words from the tool's own lines; what was tapped back goes into the labels."""
    words: list[str] = []
    media = is_unsent = in_list = False
    found: dict[str, list[str]] = {}
    for number, line in enumerate(body):
        bare = line.strip()
        if bare in _LISTS:
            in_list = True
            continue
        if in_list:
            match = TAPBACK.fullmatch(bare)
            if match is not None and not bare.startswith("Sticker from"):
                found.setdefault(emoji_of(match["what"]), []).append(match["who"])
                continue
            if bare.startswith("Sticker from") or not bare:
                continue
            in_list = False
        if bare == DELETED_HERE and number == 0:
            labels["deleted_here"] = True
        elif UNSENT.fullmatch(bare):
            is_unsent = True
        elif is_attachment_path(bare):
            media = True
        elif media and bare.startswith("Transcription: "):
            labels["transcription"] = bare.removeprefix("Transcription: ")
        elif EFFECT.fullmatch(bare):
            labels["effect"] = bare.removeprefix("Sent with ")
        else:
            words.append(line)
    if found:
        labels["reactions"] = [reaction(emoji, who) for emoji, who in found.items()]
    return words, media, is_unsent


def _last_version(words: list[str]) -> tuple[str, bool]:
    """Return the text, of an edited message the last of its versions."""
    last: list[str] = []
    is_edited = False
    is_dated = bool(words) and STAMP.match(words[0].strip()) is not None
    for number, line in enumerate(words):
        if is_dated and number == 0:
            match = STAMP.match(line.strip())
            last = [line.strip()[match.end() :].strip() if match is not None else line]
            continue
        head, colon, rest = line.strip().partition(" later: ")
        if is_dated and colon and head.startswith("Edited "):
            is_edited = True
            last = [rest]
            continue
        last.append(line)
    if is_dated and not is_edited:
        return "\n".join(words).strip(), False
    return "\n".join(last).strip(), is_edited
