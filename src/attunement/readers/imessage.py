"""iMessage's own database: `chat.db` of a Mac, or `sms.db` of an iPhone's backup, read without ever writing to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.errors import InputError
from attunement.readers.base import ReadOptions
from attunement.readers.chat import People, chat_record, from_unix, reaction, with_unique_ids
from attunement.readers.imessage_db import ChatFacts, Row, open_database, read_chats, read_rows
from attunement.readers.inputs import Input, Sample
from attunement.readers.typedstream import read_typedstream_text

__all__ = ["REACTIONS", "ImessageReader"]

_ME = "Me"
_SQLITE = b"SQLite format 3\x00"
_2001 = 978_307_200
REACTIONS = {0: "❤️", 1: "👍", 2: "👎", 3: "😂", 4: "‼️", 5: "❓"}
"""The tapbacks by the last digit of their number: love, like, dislike, laugh, emphasis, question."""
_ADDED, _REMOVED = range(2000, 2008), range(3000, 3008)
_STICKER = range(1000, 1001)
_TARGET = re.compile(r"^(?:p:\d+/|bp:)?(.+)$")
_GROUP_EVENTS = {1: "participants changed", 2: "group renamed", 3: "somebody left or the photo changed", 4: "location"}
# Where an attachment or an app stands in the text.
_NOT_TEXT: dict[int, None] = {0xFFFC: None, 0xFFFD: None}


class ImessageReader:
    """Reads every conversation of the database: one record each, the owner of the Mac as "Me".

    Others are known by their number or address: the database has no names. Times are UTC, which is all it states.
    Messages that were unsent are events without words; tapbacks stand in the labels.
    """

    name = "imessage"
    title = "iMessage (chat.db)"
    endings = (".db",)
    reads_bundle = True
    reads_file = True

    def sniff(self, sample: Sample) -> float:
        """Look for a SQLite database with iMessage's tables; in a bundle, for `chat.db`."""
        if sample.members:
            return 0.9 if any(PurePosixPath(name).name in ("chat.db", "sms.db") for name in sample.members) else 0.0
        if not sample.head.startswith(_SQLITE):
            return 0.0
        return 0.95 if b"chat_message_join" in sample.head or b"attributedBody" in sample.head else 0.25

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every conversation.

        Raises
        ------
        InputError
            If it is no database, or not this one.
        """
        data, journal = _files(source)
        if not data.data.startswith(_SQLITE):
            raise InputError(f"{data.name} is no SQLite database.", hint="Expected chat.db of a Mac.")
        with open_database(data.name, data.data, journal) as database:
            chats = read_chats(database)
            rows = read_rows(database)
        conversations: dict[str, list[Row]] = {}
        for row in rows:
            facts = chats.get(row.chat_id) if row.chat_id is not None else None
            conversations.setdefault(facts.identifier if facts is not None else "", []).append(row)
        facts_of = {facts.identifier: facts for facts in chats.values()}
        records = [_Conversation(data.name, facts_of.get(key), found).record() for key, found in conversations.items()]
        if not records:
            problem = Problem("no messages", "The database holds no messages.", Source(data.name))
            records = [Record(data.name, medium="chat", format=self.name, problems=(problem,))]
        return with_unique_ids(records, nameless=source.stem)


def _files(source: Input) -> tuple[Input, bytes]:
    """Find the database and the journal beside it, which holds the newest messages until Messages is closed."""
    if not source.members:
        return source, b""
    for member in source.members:
        path = PurePosixPath(member.name)
        if path.name in ("chat.db", "sms.db"):
            journal = next((other for other in source.members if other.name == member.name + "-wal"), None)
            return member.open(), b"" if journal is None else journal.open().data
    raise InputError(f"{source.name} holds no chat.db.", hint="Give the folder ~/Library/Messages or the file itself.")


class _Conversation:
    """One conversation on its way to a record."""

    def __init__(self, name: str, facts: ChatFacts | None, rows: list[Row]) -> None:
        self.name = name
        self.facts = facts
        self.people = People()
        self.problems: list[Problem] = []
        self.reactions: dict[str, dict[tuple[str, str], None]] = {}
        self.rows = [row for row in rows if not self._take_reaction(row)]

    def record(self) -> Record:
        times = [_seconds(row.date) for row in self.rows]
        first = min((time for time in times if time is not None), default=None)
        index_of: dict[str, int] = {}
        messages: list[Message] = []
        for index, (row, time) in enumerate(zip(self.rows, times, strict=True)):
            start = None
            if time is None or first is None:
                self._tell("bad time", "A message has no time that can be read.", row)
            else:
                start = round(time - first // 1, 6)
            reply_to = index_of.get(row.thread_guid) if row.thread_guid else None
            messages.append(self._message(index, row, start, reply_to))
            if row.guid:
                index_of.setdefault(row.guid, index)
        facts = self.facts
        title = (
            (facts.shown or ", ".join(facts.people) or facts.identifier) if facts is not None else "Orphaned messages"
        )
        meta = {
            "title": facts.shown or None if facts is not None else None,
            "participants": [_ME, *facts.people] if facts is not None and facts.people else None,
            "clock": "UTC",
        }
        return chat_record(
            title,
            messages,
            self.people,
            format=ImessageReader.name,
            epoch=None if first is None else from_unix(first // 1),
            problems=self.problems,
            meta=meta,
        )

    def _tell(self, kind: str, message: str, row: Row) -> None:
        self.problems.append(Problem(kind, f"{message} (row {row.number:,})", Source(self.name)))

    def _speaker(self, row: Row) -> str | None:
        if row.is_from_me:
            return self.people.name(_ME, _ME, nameless=_ME)
        if row.handle is None:
            return None
        return self.people.name("handle " + row.handle, row.handle, nameless="Unknown")

    def _take_reaction(self, row: Row) -> bool:
        """Take up a tapback on another message; it is no message of its own."""
        kind = row.associated_type
        if kind not in _ADDED and kind not in _REMOVED and kind not in _STICKER:
            return False
        match = _TARGET.match(row.associated_guid or "")
        if match is None:
            return False
        emoji = row.associated_emoji or REACTIONS.get(kind % 1000, "sticker")
        if kind in _STICKER:
            emoji = "sticker"
        given = self.reactions.setdefault(match[1], {})
        mark = (self._speaker(row) or "Unknown", emoji)
        if kind in _REMOVED:
            given.pop(mark, None)
        else:
            given[mark] = None
        return True

    def _message(self, index: int, row: Row, start: float | None, reply_to: int | None) -> Message:
        speaker = self._speaker(row)
        text = row.text or ""
        if not text and row.body:
            found = read_typedstream_text(row.body)
            if found is None:
                self._tell("unreadable text", "The text of a message is in a form that is not known.", row)
            text = found or ""
        parts = (part.translate(_NOT_TEXT).strip() for part in (row.subject or "", text))
        text = "\n".join(part for part in parts if part)  # the subject stands above the words, in bold
        number = row.guid
        if row.item_type:
            action = _GROUP_EVENTS.get(row.item_type, "event")
            words = f"{action}: {row.group_title}" if row.group_title else action
            labels = {"action": action} if speaker is None else {"action": action, "by": speaker}
            return Message(index, None, words, start, kind="system", id=number, labels=labels)
        if speaker is None:
            self._tell("missing speaker", "A message does not say who wrote it.", row)
        labels: dict[str, Any] = {}
        given = self.reactions.get(row.guid or "")
        if given:
            by: dict[str, list[str]] = {}
            for who, emoji in given:
                by.setdefault(emoji, []).append(who)
            labels["reactions"] = [reaction(emoji, who) for emoji, who in by.items()]
        media = "voice message" if row.is_audio else "attachment" if row.attachments else None
        if media is None and row.balloon and not text:
            media = "app"
        if (row.is_retracted or row.is_edited) and not text and media is None:
            return Message(
                index, speaker, "", start, kind="deleted", reply_to=reply_to, id=number, labels=labels or None
            )
        if media is not None:
            labels["media"] = media
        return Message(
            index,
            speaker,
            text,
            start,
            None,
            "text" if text or media is None else "media",
            row.is_edited,
            media is not None,
            reply_to,
            None,
            number,
            labels or None,
        )


def _seconds(date: int | None) -> float | None:
    """Turn Apple's time into unix time: nanoseconds since 2001, or seconds in databases from before 2017."""
    if date is None or date == 0:
        return None
    seconds = date / 1e9 if abs(date) > 100_000_000_000 else float(date)
    return seconds + _2001 if from_unix(seconds + _2001) is not None else None
