"""iMessage as the imessage-exporter tool writes it to HTML: one page a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.chat import People, chat_record, epoch_before, reaction
from attunement.readers.html_blocks import Element, iterate_blocks
from attunement.readers.imessage_parts import DELETED_HERE, STAMP, TAPBACK, emoji_of, read_stamp
from attunement.readers.inputs import Input, Sample

__all__ = ["ImessageHtmlReader"]

_BLOCKS = frozenset({"message", "announcement"})
_REPLIES = frozenset({"replies"})
_LISTS = frozenset({"reactions", "tapbacks", "replies"})
_MEDIA = {
    "attachment": "attachment",
    "attachment_error": "attachment",
    "sticker": "sticker",
    "app": "app",
    "app_error": "app",
}


class ImessageHtmlReader:
    """Reads one conversation's page: one record, named after the file.

    Times are the local wall clock of the computer that made the export. A reply counts once, with what it answers. Of
    an edited message the last version is read. Previews of links and cards of apps are no words.
    """

    name = "imessage-html"
    title = "iMessage (imessage-exporter, HTML)"
    endings = (".html",)
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for the tool's classes."""
        text = sample.text
        if 'class="timestamp"' not in text and 'class="message"' not in text:
            return 0.0
        is_ours = 'class="sent ' in text or 'class="received"' in text
        return 0.95 if is_ours and ("message_part" in text or 'class="sender"' in text) else 0.0

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


class _Page:
    """One page on its way to a record."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.people = People()
        self.problems: list[Problem] = []
        self.messages: list[Message] = []
        self.times: list[datetime | None] = []
        self.answered: dict[str, int] = {}

    def parse(self, page: str) -> None:
        line, counted = 1, 0
        for block in iterate_blocks(page, _BLOCKS):
            line += page.count("\n", counted, block.offset)
            counted = block.offset
            stamp = block.find("timestamp", skip=_REPLIES)
            shown = stamp.text() if stamp is not None else ""
            match = STAMP.match(shown)
            time = read_stamp(match) if match is not None else None
            if time is None:
                problem = Problem("bad time", "A message has no time that can be read.", Source(self.name, line))
                self.problems.append(problem)
            index = len(self.messages)
            if "announcement" in block.classes:
                words = block.text(skip=frozenset({"timestamp"}))
                self.messages.append(Message(index, None, words, kind="system", line=line))
            else:
                self.messages.append(self._message(index, block, line))
            self.times.append(time)

    def record(self, title: str) -> Record:
        epoch = epoch_before(time for time in self.times if time is not None)
        messages = [
            message if time is None or epoch is None
            else msgspec.structs.replace(message, start=(time - epoch).total_seconds())
            for message, time in zip(self.messages, self.times, strict=True)
        ]  # fmt: skip
        return chat_record(
            title,
            messages,
            self.people,
            format=ImessageHtmlReader.name,
            epoch=epoch,
            problems=self.problems,
            meta={"title": title},
        )

    def _message(self, index: int, block: Element, line: int) -> Message:
        sender = block.find("sender", skip=_REPLIES)
        shown = sender.text() if sender is not None else ""
        speaker = self.people.name(shown, shown, nameless="Unknown") if shown else None
        if speaker is None:
            text = "A message does not say who wrote it."
            self.problems.append(Problem("missing speaker", text, Source(self.name, line)))
        number = block.attributes.get("id", "").removeprefix("r-")
        for reply in block.find_all("reply"):
            self.answered.setdefault(reply.attributes.get("id", ""), index)
        reply_to = self.answered.get(number) if number else None
        if reply_to == index:  # a damaged page can nest a message in its own replies
            reply_to = None
        labels: dict[str, Any] = {}
        words: list[str] = []
        media: str | None = None
        is_edited = is_unsent = False
        for element in block.walk(skip=_LISTS):
            classes = element.classes
            if "bubble" in classes or "subject" in classes:
                words.append(element.text())
            elif "edited" in classes:
                last = _last_version(element)
                is_edited = is_edited or last is not None
                is_unsent = is_unsent or last is None
                words.append(last or "")
            elif "deleted" in classes and element.text() == DELETED_HERE:
                labels["deleted_here"] = True
            elif "unsent" in classes:
                is_unsent = True
            elif "expressive" in classes:
                labels["effect"] = element.text().removeprefix("Sent with ")
            elif (kind := next((_MEDIA[cls] for cls in classes if cls in _MEDIA), None)) is not None:
                media = media or kind
        text = "\n".join(word for word in words if word)
        reactions = _reactions(block)
        if reactions:
            labels["reactions"] = reactions
        if is_unsent and not text and media is None:
            return Message(
                index, speaker, "", None, None, "deleted", reply_to=reply_to, line=line, id=number or None,
                labels=labels or None,
            )  # fmt: skip
        if media is not None:
            labels["media"] = media
        return Message(
            index,
            speaker,
            text,
            None,
            None,
            "text" if text or media is None else "media",
            is_edited,
            media is not None,
            reply_to,
            line,
            number or None,
            labels or None,
        )


def _last_version(edited: Element) -> str | None:
    """Return the last row of the table of versions; None where the message was unsent instead."""
    rows = [element for element in edited.walk() if element.tag == "tr"]
    if not rows:
        return None
    cells = [element for element in rows[-1].walk() if element.tag == "td"]
    return cells[-1].text() if cells else None


def _reactions(block: Element) -> list[dict[str, Any]]:
    found: dict[str, list[str]] = {}
    for listed in (*block.find_all("reactions", skip=_REPLIES), *block.find_all("tapbacks", skip=_REPLIES)):
        for element in listed.walk():
            if element.tag == "span" and element.classes & {"reaction", "tapback"}:
                match = TAPBACK.fullmatch(element.text())
                if match is not None:
                    found.setdefault(emoji_of(match["what"]), []).append(match["who"])
    return [reaction(emoji, who) for emoji, who in found.items()]
