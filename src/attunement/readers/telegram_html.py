"""Telegram Desktop's HTML export: `messages.html`, `messages2.html`, ... of one chat or a whole account."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

import msgspec

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.errors import InputError
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.chat import People, chat_record, epoch_before, reaction, with_unique_ids
from attunement.readers.html_blocks import Element, iterate_blocks, page_text
from attunement.readers.inputs import Input, Sample

__all__ = ["TelegramHtmlReader"]

_SHARD = re.compile(r"(?:^|/)messages(\d{0,6})\.html$")
_DATE = re.compile(r"(\d{2})\.(\d{2})\.(\d{4}) (\d{2}):(\d{2}):(\d{2})")
_MESSAGE = frozenset({"message"})
_DATED, _DATE_CLASSES = '"pull_right date details"', frozenset({"pull_right", "date", "details"})
"""What every message has once: the hour beside it."""
_NOT_WORDS = frozenset({"media_wrap", "reactions", "bot_buttons_table", "signature", "reply_to", "userpic_wrap"})
_WRAPPED = frozenset({"forwarded"})
_DURATION = re.compile(r"\((\d{1,5}) seconds?\)|\((\d{1,4}):(\d{2})\)")
_MEDIA_CLASS = re.compile(
    r"(?:media_)?(photo|video_file|video|voice_message|audio_file|file|contact|location|live_location|venue|game|invoice"
    r"|poll|sticker|animated|call|todo_list|giveaway)(?:_wrap)?"
)


class TelegramHtmlReader:
    """Reads the pages of each chat, joined in order: one record a chat.

    The pages show less than `result.json`: no edits, no numbers of accounts, so two people of one name are one. Take
    the JSON where there is a choice. Times are the local wall clock of the export.
    """

    name = "telegram-html"
    title = "Telegram (HTML)"
    endings = (".html", ".zip")
    reads_bundle = True
    reads_file = True

    def sniff(self, sample: Sample) -> float:
        """Look for Telegram's pages; in a bundle for `messages.html` where no `result.json` is beside it."""
        if sample.members:
            pages = any(_SHARD.search(name) for name in sample.members)
            has_json = any(PurePosixPath(name).name == "result.json" for name in sample.members)
            return 0.8 if pages and not has_json else 0.0
        text = sample.text
        if 'class="page_wrap"' in text and ('class="history"' in text or 'class="message ' in text):
            return 0.95 if "elegram" in text or 'class="message default' in text else 0.6
        return 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every chat.

        Raises
        ------
        InputError
            If a page is not text, or no page is Telegram's.
        """
        chats: dict[str, list[tuple[int, Input]]] = {}
        if not source.members:
            chats[""] = [(1, source)]
        for member in source.members:
            match = _SHARD.search(member.name)
            if match is not None:
                chats.setdefault(str(PurePosixPath(member.name).parent), []).append((int(match[1] or 1), member.open()))
        records = [_read_chat(pages) for pages in chats.values()]
        if source.members and not any(record.messages for record in records):
            raise InputError(
                f"{source.name} has pages called messages.html, and none is Telegram's.",
                hint="Expected the folder that Telegram Desktop exports, whole.",
            )
        return with_unique_ids(records, nameless=source.stem)


def _read_chat(pages: list[tuple[int, Input]]) -> Record:
    chat = _Chat()
    title = None
    for _, page in sorted(pages, key=lambda numbered: numbered[0]):
        decoded = page.decode()
        if decoded.assumed:
            chat.problems.append(encoding_problem(page, decoded.encoding))
        title = title or page_text(decoded.text, "page_header")
        chat.add_page(page.name, decoded.text)
    return chat.record(title or pages[0][1].stem)


class _Chat:
    """One chat on its way to a record."""

    def __init__(self) -> None:
        self.people = People()
        self.problems: list[Problem] = []
        self.messages: list[Message] = []
        self.times: list[datetime | None] = []
        self.index_of: dict[str, int] = {}
        self.last_name: str | None = None

    def record(self, title: str) -> Record:
        epoch = epoch_before(time for time in self.times if time is not None)
        messages = [
            _at(message, None if time is None or epoch is None else (time - epoch).total_seconds())
            for message, time in zip(self.messages, self.times, strict=True)
        ]
        return chat_record(
            title,
            messages,
            self.people,
            format=TelegramHtmlReader.name,
            epoch=epoch,
            problems=self.problems,
            meta={"title": title},
        )

    def add_page(self, name: str, page: str) -> None:
        self.last_name = None
        line, counted, dated = 1, 0, 0
        for block in iterate_blocks(page, _MESSAGE, apart=True):
            line += page.count("\n", counted, block.offset)
            counted = block.offset
            self._add(block, Source(name, line))
            dated += sum(element.classes >= _DATE_CLASSES for element in block.walk())
        if (lost := page.count(_DATED) - dated) > 0:
            told = f"{lost:,} messages of this page stand in none of its blocks and were left out."
            self.problems.append(Problem("unreadable message", told, Source(name)))

    def _add(self, block: Element, where: Source) -> None:
        index = len(self.messages)
        number = block.attributes.get("id", "").removeprefix("message")
        if "service" in block.classes:
            body = block.find("body")
            text = (block if body is None else body).text(skip=_NOT_WORDS)
            if number.startswith("-") and _DAY_LINE.fullmatch(text):
                return  # the date between two days: no event of the chat
            self._append(Message(index, None, text, kind="system", line=where.line, id=number or None), None, number)
            return
        date = block.find("date")
        time = _time(date.attributes.get("title", "")) if date is not None else None
        if time is None:
            self.problems.append(Problem("bad time", "A message has no date that can be read.", where))
        speaker = self._speaker(block, where)
        self._append(self._message(index, block, speaker, where, number), time, number)

    def _append(self, message: Message, time: datetime | None, number: str) -> None:
        self.messages.append(message)
        self.times.append(time)
        if number:
            self.index_of[number] = message.index

    def _speaker(self, block: Element, where: Source) -> str | None:
        shown = block.find("from_name", skip=_WRAPPED)
        if shown is not None:
            name = _VIA.sub("", shown.text(skip=frozenset({"date"})))
            self.last_name = self.people.name(name, name, nameless="Deleted Account")
        elif "joined" not in block.classes:
            self.last_name = None
        if self.last_name is None:
            self.problems.append(Problem("missing speaker", "A message does not say who wrote it.", where))
        return self.last_name

    def _message(self, index: int, block: Element, speaker: str | None, where: Source, number: str) -> Message:
        labels: dict[str, Any] = {}
        media, wrap = _media(block)
        if media == "call" and speaker is not None and wrap is not None:
            status = wrap.find("status")
            words = status.text() if status is not None else ""
            match = _DURATION.search(words)
            seconds = (int(match[1]) if match[1] else int(match[2]) * 60 + int(match[3])) if match else None
            labels["call"] = {"seconds": seconds} if seconds is not None else {"ended": words.lower()}
            end = float(seconds) if seconds is not None else None
            return Message(index, speaker, "", None, end, "call", line=where.line, id=number or None, labels=labels)
        text_of = block.find("text")
        text = text_of.text() if text_of is not None else ""
        if media is not None:
            labels["media"] = media
        if block.find("forwarded") is not None:
            labels["forwarded"] = True
        reactions = block.find("reactions")
        if reactions is not None:
            labels["reactions"] = [_reaction(item) for item in reactions.find_all("reaction")]
        return Message(
            index,
            speaker,
            text,
            None,
            None,
            "text" if text or media is None else "media",
            False,
            media is not None,
            self._reply_to(block),
            where.line,
            number or None,
            labels or None,
        )

    def _reply_to(self, block: Element) -> int | None:
        reply = block.find("reply_to")
        if reply is None:
            return None
        for element in reply.walk():
            match = _GO_TO.search(element.attributes.get("href", ""))
            if match is not None:
                return self.index_of.get(match[1])
        return None


_DAY_LINE = re.compile(r"\d{1,2} \w+ \d{4}|\w+ \d{1,2}, \d{4}")
_VIA = re.compile(r" via @\w{1,64}\s*$")
_GO_TO = re.compile(r"#go_to_message(-?\d{1,20})")


def _at(message: Message, start: float | None) -> Message:
    """Set the start; the end of a call was kept as its length so far."""
    end = None if message.end is None or start is None else start + message.end
    return msgspec.structs.replace(message, start=start, end=end)


def _time(text: str) -> datetime | None:
    match = _DATE.search(text)
    if match is None:
        return None
    day, month, year, hour, minute, second = map(int, match.groups())
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def _media(block: Element) -> tuple[str | None, Element | None]:
    wrap = block.find("media_wrap")
    if wrap is None:
        return None, None
    for element in wrap.walk():
        for cls in element.classes:
            match = _MEDIA_CLASS.fullmatch(cls)
            if match is not None:
                return {"animated": "animation"}.get(match[1], match[1].replace("_", " ")), wrap
    return "media", wrap


def _reaction(item: Element) -> dict[str, Any]:
    emoji, count = item.find("emoji"), item.find("count")
    shown = [element.attributes.get("title") for element in item.find_all("initials")]
    number = count.text() if count is not None else ""
    counted = int(number) if re.fullmatch(r"[0-9]{1,8}", number) else None
    return reaction(emoji.text() if emoji is not None else "", [name for name in shown if name], counted)
