"""What the readers of model training data share: conversations a line or in one list, and roles."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.assemble import clean_name
from attunement.readers.chat import with_unique_ids
from attunement.readers.json_input import JsonInput

__all__ = ["ROLES", "Casts", "Conversation", "decode_all", "read_conversations"]

ROLES = {
    "human": "user",
    "user": "user",
    "prompter": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "assistant": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "bing": "assistant",
    "bard": "assistant",
}
"""Who speaks under which word: the word stays the speaker's name, this is the role."""

_PLAIN = msgspec.json.Decoder()
_LONGEST_KEPT = 200
"""Turns: longer conversations take them in ways of their own."""
T = TypeVar("T")


class Conversation:
    """A conversation as it stands in the file: plain data with its place.

    Attributes
    ----------
    plain : object
        What was decoded.
    line : int or None
        Line of the file, from 1, for files of lines.
    number : int
        Place among the conversations of the file, from 1.
    """

    def __init__(self, source: JsonInput, plain: Any, number: int, line: int | None) -> None:
        self.source = source
        self.plain = plain
        self.number = number
        self.line = line
        self.offset: int | None = None

    def problem(self, kind: str, message: str) -> None:
        """Note a problem of this conversation at its line, or with its number where the file has no lines."""
        if self.line is None:
            message = f"Conversation {self.number:,}: {message}"
        self.source.problem(kind, message, self.offset)


class _Cast(NamedTuple):
    """Who speaks in a conversation.

    Attributes
    ----------
    names : tuple of str or None
        Turn by turn; None for instructions and tools.
    speakers : tuple of Speaker
        In order of first appearance.
    has_asides : bool
        Whether any turn is nobody's.
    """

    names: tuple[str | None, ...]
    speakers: tuple[Speaker, ...]
    has_asides: bool


class Casts(dict[tuple[str, ...], _Cast]):
    """Who speaks, by the words for the speakers turn by turn: each of the few ways to take turns is looked up once.

    For the fast path; words that need cleaning raise KeyError.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, Speaker | None] = {}

    def __missing__(self, words: tuple[str, ...]) -> _Cast:
        said = [self._speaker(word) for word in words]
        names = tuple([None if speaker is None else speaker.name for speaker in said])
        speakers = tuple(dict.fromkeys(speaker for speaker in said if speaker is not None))
        found = _Cast(names, speakers, None in names)
        if len(words) <= _LONGEST_KEPT:
            self[words] = found
        return found

    def _speaker(self, word: str) -> Speaker | None:
        try:
            return self._said[word]
        except KeyError:
            if not word or clean_name(word) != word:
                raise
        role = ROLES.get(word.lower())
        speaker = self._said[word] = None if role is None else Speaker(word, role)
        return speaker

    def record(self, id: str, words: tuple[str, ...], texts: list[str], format: str) -> Record:  # noqa: A002
        """Make the record of a conversation: instructions and tools are system lines."""
        names, speakers, has_asides = self[words]
        if not has_asides:
            messages = tuple(map(Message, range(len(texts)), names, texts))
            return Record(id, messages, speakers, "transcript", None, format)
        messages = tuple(
            [
                Message(index, None, text, kind="system", labels={"action": word})
                if name is None
                else Message(index, name, text)
                for index, (name, word, text) in enumerate(zip(names, words, texts, strict=True))
            ]
        )
        return Record(id, messages, speakers, "transcript", None, format)


def decode_all(
    json_input: JsonInput, whole: msgspec.json.Decoder[list[T]], line: msgspec.json.Decoder[T]
) -> list[T] | None:
    """Decode a list of conversations, or one a line, in one go; None where anything is not as it should be."""
    data = json_input.data
    try:
        return whole.decode(data) if data[:1] == b"[" else line.decode_lines(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def read_conversations(
    json_input: JsonInput,
    make: Callable[[Conversation], Record | None],
    is_one: Callable[[Any], bool],
    *,
    format: str,  # noqa: A002
) -> list[Record]:
    """Read a file that is one conversation, a list of them, or one a line.

    Parameters
    ----------
    json_input : JsonInput
        The file.
    make : callable
        A conversation to its record, or to None where it is none (a problem then).
    is_one : callable
        Whether plain data is one conversation rather than a list of them.
    format : str
        The reader's name.

    Raises
    ------
    InputError
        If not a single line is JSON.
    """
    stem = json_input.name.rsplit(".", 1)[0]
    records: list[Record] = []
    for conversation in _conversations(json_input, is_one):
        before = len(json_input.problems)
        record = make(conversation)
        if record is None:
            text = "what stands here is no conversation of this format and was passed over."
            conversation.problem("unreadable conversation", text)
            continue
        told = json_input.problems[before:]
        del json_input.problems[before:]
        records.append(msgspec.structs.replace(record, problems=tuple(told)))
    if not records:
        json_input.problem("no messages", "There are no conversations in the file.")
        records = [Record(stem, format=format)]
    first = msgspec.structs.replace(records[0], problems=(*json_input.problems, *records[0].problems))
    return with_unique_ids([first, *records[1:]], nameless=stem)


def _conversations(json_input: JsonInput, is_one: Callable[[Any], bool]) -> list[Conversation]:
    data = json_input.data
    try:
        plain = _PLAIN.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _lines(json_input)
    if isinstance(plain, list) and not is_one(cast("list[Any]", plain)):
        items = cast("list[Any]", plain)
        return [Conversation(json_input, item, number, None) for number, item in enumerate(items, 1)]
    return [Conversation(json_input, plain, 1, None)]


def _lines(json_input: JsonInput) -> list[Conversation]:
    found: list[Conversation] = []
    offset, unread = 0, 0
    for line, raw in enumerate(json_input.data.split(b"\n"), 1):
        if raw.strip():
            plain, is_read = _decode_line(raw)
            if is_read:
                found.append(Conversation(json_input, plain, len(found) + 1, line))
                found[-1].offset = offset
            else:
                unread += 1
                json_input.problem("unreadable line", "The line is no JSON and was passed over.", offset)
        offset += len(raw) + 1
    if not found:
        json_input.problems.clear()
        whole = json_input.decode(_PLAIN)  # raises, saying where, or mends what JSON refuses
        if whole is None:
            raise InputError(f"{json_input.name} holds no JSON.", hint="Expected one conversation a line, or a list.")
        return [Conversation(json_input, item, n, None) for n, item in enumerate(_as_list(whole), 1)]
    return found


def _as_list(whole: Any) -> list[Any]:
    return cast("list[Any]", whole) if isinstance(whole, list) else [whole]


def _decode_line(raw: bytes) -> tuple[Any, bool]:
    try:
        return _PLAIN.decode(raw), True
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        plain = json.loads(raw.decode("utf-8", "replace"), strict=False)
        return msgspec.json.decode(msgspec.json.encode(plain)), True
    except (ValueError, RecursionError, msgspec.DecodeError):
        return None, False
