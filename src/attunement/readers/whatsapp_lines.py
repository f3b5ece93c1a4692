"""Heads and texts of a WhatsApp export to messages, with the kinds that only the whole file can settle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from attunement.core.message import Message, Speaker
from attunement.readers.whatsapp_body import FIRST_LETTERS, LAST_LETTERS, Body, read_body, strip_marks
from attunement.readers.whatsapp_calls import is_missed_at
from attunement.readers.whatsapp_header import MARKS, Scan
from attunement.readers.whatsapp_marks import OPENING_LENGTH, load_marks
from attunement.readers.whatsapp_names import Names

__all__ = ["Lines", "make_lines"]

_MARKS_OF_MEDIA = ("\u200e", "\u200f")
_UNKNOWN_MEDIA_TIMES = 3
_LONGEST_EVENT = 300
_SHORT = 40
_EVENTS_OF_AN_OWNER = 3
"""How many lines must all be events, where nothing but a notice stood under the same name and none names another."""
_NOBODY = frozenset(
    ("system", "système", "sistema", "systeem", "система", "системное сообщение", "whatsapp", "系统消息")
)
_DROP = dict.fromkeys(map(ord, MARKS))


@dataclass(slots=True)
class Lines:
    """Messages and who said them.

    Attributes
    ----------
    messages : list of Message
        In the order of the file.
    speakers : list of Speaker
        In order of first appearance.
    language : str or None
        Of WhatsApp's own lines.
    """

    messages: list[Message] = field(default_factory=list[Message])
    speakers: list[Speaker] = field(default_factory=list[Speaker])
    language: str | None = None


@dataclass(slots=True)
class _Doubts:
    """What is settled when every line has been seen.

    `phrases` are texts in angle brackets with the messages that hold them; `nulls` messages that say "null"; `owners`
    the names under which WhatsApp's own lines stood, and whether one of them was more than a notice; `seen` what short
    texts turned out to be.
    """

    phrases: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    nulls: list[int] = field(default_factory=list[int])
    owners: dict[str, bool] = field(default_factory=dict[str, bool])
    votes: Counter[str] = field(default_factory=Counter[str])
    seen: dict[tuple[str, bool, bool], Body] = field(default_factory=dict[tuple[str, bool, bool], Body])


def make_lines(scan: Scan, names: Names, seconds: Sequence[float | None], base: float) -> Lines:
    """Make messages.

    Parameters
    ----------
    scan : Scan
        The heads.
    names : Names
        Name and text of each.
    seconds : sequence of float or None
        When each was sent.
    base : float
        What is time 0.
    """
    lines, doubts = Lines(), _Doubts()
    first, last = FIRST_LETTERS, LAST_LETTERS
    starts, may_hold = load_marks().starts, load_marks().may_hold
    spoken = {raw: speaker.name for raw, speaker in names.speakers.items()}
    add = lines.messages.append
    columns = zip(names.raw, names.texts, seconds, scan.lines, scan.heads, strict=True)
    for index, (raw, text, at, line, head) in enumerate(columns):
        start = None if at is None else at - base
        # Nearly every message is words and nothing else, and this tells so quickly.
        if (
            raw is not None
            and text
            and text[0] not in first
            and text[-1] not in last
            and (text[:OPENING_LENGTH] not in starts or not may_hold(text))
            and ")\n" not in text
            and text != "null"
            and not text.startswith(raw)
            and (text.isascii() or ("\u200e" not in text and "\u200f" not in text))
        ):
            add(Message(index, spoken[raw], text, start, None, "text", False, False, None, line))
            continue
        body = _look(raw, text, head[0], spoken, doubts)
        speaker = spoken[raw] if raw is not None and body.kind != "system" else None
        if body.guess:
            _doubt(doubts, body.guess, index)
        end, labels = _length(body, start)
        add(
            Message(
                index, speaker, body.text, start, end, body.kind, body.edited, body.media, None, line, labels=labels
            )
        )
    lines.language = max(doubts.votes, key=lambda each: doubts.votes[each]) if doubts.votes else None
    _settle(lines, doubts, names, spoken)
    named = dict.fromkeys(message.speaker for message in lines.messages)
    by_name = {speaker.name: speaker for speaker in names.speakers.values()}
    lines.speakers = [by_name[name] for name in named if name is not None]
    return lines


def _look(raw: str | None, text: str, lead: str, spoken: dict[str, str], doubts: _Doubts) -> Body:
    is_bracketed = "[" in lead
    has_media_mark = is_bracketed and lead.partition("[")[0].endswith(_MARKS_OF_MEDIA)
    # "<Media omitted>" and its like come thousands of times in one chat.
    key = (text, has_media_mark, is_bracketed)
    body = doubts.seen.get(key)
    if body is None:
        body = read_body(text, has_media_mark=has_media_mark, is_bracketed=is_bracketed)
        if len(text) <= _SHORT:
            doubts.seen[key] = body
    if body.language:
        doubts.votes[body.language] += 1
    if raw is None:
        # Nobody's line: a call keeps its kind, whatever else it looks like is WhatsApp speaking.
        if body.kind == "call" or is_missed_at(bare := strip_marks(text).translate(_DROP)):
            return body._replace(kind="call", text="")
        return Body("system", bare)
    if body.kind == "system":
        # Notices have a language of the table. In a chat of two iPhones the other one "says" that it is encrypted.
        # What tells of the one under whose name it stands ("Ana left") is under a person's.
        if not strip_marks(text).startswith(spoken[raw]):
            doubts.owners[raw] = doubts.owners.get(raw, False) or not body.language
    elif is_bracketed and body.kind == "text" and not body.media and _begins_with_own_name(text, spoken[raw], raw):
        return Body("system", strip_marks(text).translate(_DROP))
    return body


def _length(body: Body, start: float | None) -> tuple[float | None, dict[str, Any] | None]:
    """Return when a call ended and its label; nothing where its length is not told."""
    if body.seconds is None:
        return None, None
    return None if start is None else start + body.seconds, {"call": {"seconds": body.seconds}}


def _begins_with_own_name(text: str, name: str, raw: str) -> bool:
    """Whether a line is of the kind "Ana left", "Ana added Ben": people who speak of themselves so say more."""
    bare = strip_marks(text).translate(_DROP)
    own = next((own for own in (name, strip_marks(raw)) if bare.startswith(own)), None)
    event = load_marks().event.search(bare) if own is not None and "\n" not in bare else None
    if own is None or event is None:
        return False
    # "created group" is of groups alone; "left" and "added" are of keys and sugar, too.
    is_brief = len(bare[len(own) :].split()) <= 2
    return is_brief or len(event.group().split()) > 1 or text[0] in _MARKS_OF_MEDIA


def _doubt(doubts: _Doubts, guess: str, index: int) -> None:
    if guess == "null":
        doubts.nulls.append(index)
    else:
        doubts.phrases.setdefault(guess, []).append(index)


_NULL_IS_A_WORD = frozenset(("de", "da", "nb"))


def _settle(lines: Lines, doubts: _Doubts, names: Names, spoken: dict[str, str]) -> None:
    media = [
        number for numbers in doubts.phrases.values() if len(numbers) >= _UNKNOWN_MEDIA_TIMES for number in numbers
    ]
    if lines.language not in _NULL_IS_A_WORD:
        media += doubts.nulls
    for number in media:
        old = lines.messages[number]
        lines.messages[number] = Message(
            number, old.speaker, "", old.start, None, "media", old.edited, True, None, old.line
        )
    for number in _events_of_nobody(lines.messages, doubts, names, spoken):
        old = lines.messages[number]
        lines.messages[number] = Message(
            number, None, old.text, old.start, None, "system", False, False, None, old.line
        )


def _events_of_nobody(
    messages: Sequence[Message], doubts: _Doubts, names: Names, spoken: dict[str, str]
) -> Iterator[int]:
    """Find the lines that a group's own name is put before, and those of somebody called System."""
    nobody = {raw for raw, name in spoken.items() if name.casefold() in _NOBODY}
    owners = doubts.owners.keys() | nobody
    if not owners:
        return
    said: dict[str, list[int]] = {raw: [] for raw in owners}
    for number, raw in enumerate(names.raw):
        if raw in said and messages[number].speaker is not None:
            said[raw].append(number)
    for raw, numbers in said.items():
        others = tuple(name for name in spoken.values() if name != spoken[raw])
        is_enough = raw in nobody or doubts.owners[raw] or len(numbers) >= _EVENTS_OF_AN_OWNER
        is_enough = is_enough or all(messages[number].text.startswith(others) for number in numbers)
        if is_enough and all(_is_event(messages[number]) for number in numbers):
            yield from numbers


def _is_event(message: Message) -> bool:
    text = message.text
    if message.kind != "text" or message.media or "\n" in text or len(text) > _LONGEST_EVENT:
        return False
    return load_marks().event.search(" " + text) is not None
