"""What the readers of model training data share: conversations a line or in one list, and roles."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar, cast

import msgspec

from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.ai_answers import CALLS, NAMELESS, with_wordless_answers
from attunement.readers.assemble import clean_name
from attunement.readers.chat import with_unique_ids
from attunement.readers.json_input import JsonInput, Mender, PlaceNeededError, broken_characters

__all__ = ["ASIDES", "ROLES", "Casts", "Conversation", "Turn", "decode_all", "read_conversations"]

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

ASIDES = frozenset(
    "system developer tool tools function functions function_call function-call function_response function-response "  # noqa: SIM905
    "tool_call tool_calls tool_response tool_result tool_results observation environment ipython context "
    "instruction instructions".split()
)
"""Words for instructions, tools and their answers, which are nobody's; any other unknown word is told."""

_PLAIN = msgspec.json.Decoder()
_STRETCH = 65_536
"""Bytes of lines that are decoded at once."""
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
        Place among the conversations of the file, from 1; what cannot be read counts, too.
    broken : int
        How many broken characters were replaced in it.
    """

    def __init__(self, source: JsonInput, plain: Any, number: int, line: int | None) -> None:
        self.source = source
        self.plain = plain
        self.number = number
        self.line = line
        self.offset: int | None = None
        self.broken = 0

    def problem(self, kind: str, message: str, *, remark: bool = False) -> None:
        """Note a problem of this conversation at its line, or with its number where the file has no lines."""
        if self.line is None:
            message = f"Conversation {self.number:,}: {message}"
        self.source.problem(kind, message, self.offset, remark=remark)

    def unknown_role(self, number: int, word: str) -> None:
        """Note a word for who speaks that is neither a person's, a model's nor a tool's."""
        text = (
            f"the word for who speaks in message {number:,} ({word[:40]!r}) is not known: it was kept as a system line."
        )
        self.problem("unknown role", text, remark=True)


_NAMELESS = Speaker(NAMELESS, "assistant")


class Turn(Protocol):
    """A turn of a sound conversation, as it is decoded."""

    @property
    def who(self) -> str:
        """The word for who speaks."""
        ...

    @property
    def text(self) -> str:
        """What is said."""
        ...


class Casts:
    """Makes records of sound conversations, on the fast path: each word for who speaks is looked into once.

    Parameters
    ----------
    format : str
        The reader's name.
    """

    def __init__(self, format: str) -> None:  # noqa: A002
        self._format = format
        # A word to a name, None for instructions and tools; a plain dict, as its look-up is what every turn needs.
        self._names: dict[str, str | None] = {}
        self._speakers: dict[str, Speaker] = {}
        self._has_asides = False
        self._pairs: dict[tuple[str | None, str | None], tuple[Speaker, ...]] = {}

    def _learn(self, turns: Sequence[Turn]) -> None:
        for turn in turns:
            word = turn.who
            if word in self._names:
                continue
            if not word or clean_name(word) != word:
                raise PlaceNeededError
            role = ROLES.get(word.lower())
            self._names[word] = None if role is None else word
            if role is None and word.lower() not in ASIDES:
                raise PlaceNeededError
            if role is None:
                self._has_asides = True
            else:
                self._speakers[word] = Speaker(word, role)
        known = tuple(self._speakers.values())
        # While there are but two in all, two different ones at the start are everybody.
        both = [known, known[::-1]] if len(known) == 2 else []
        self._pairs = {(pair[0].name, pair[1].name): pair for pair in both}

    def record(self, id: str, turns: Sequence[Turn], meta: dict[str, Any]) -> Record:  # noqa: A002
        """Make the record of a conversation: instructions and tools are system lines.

        Raises
        ------
        PlaceNeededError
            If a word for a speaker has to be cleaned first, or is not known.
        """
        names = self._names
        try:
            messages = [Message(index, names[turn.who], turn.text) for index, turn in enumerate(turns)]
        except KeyError:
            self._learn(turns)
            messages = [Message(index, names[turn.who], turn.text) for index, turn in enumerate(turns)]
        spoken = messages
        own: dict[int, str] = {}
        if self._has_asides:
            spoken = [message for message in messages if message.speaker is not None]
            if len(spoken) < len(messages):
                for index, turn in enumerate(turns):
                    if names[turn.who] is None:
                        labels = {"action": turn.who}
                        messages[index] = Message(index, None, turn.text, kind="system", labels=labels)
                        if turn.who.lower() in CALLS:
                            own[index] = ""
                if own:
                    messages = with_wordless_answers(messages, own, self._role_of)
                    spoken = [message for message in messages if message.speaker is not None]
        cast = self._pairs.get((spoken[0].speaker, spoken[1].speaker)) if len(spoken) > 1 and not own else None
        if cast is None:
            names_in_order = dict.fromkeys(message.speaker for message in spoken if message.speaker is not None)
            cast = tuple([self._speakers.get(name) or _NAMELESS for name in names_in_order])
        return Record(id, tuple(messages), cast, "transcript", None, self._format, meta=meta)

    def _role_of(self, name: str) -> str | None:
        return self._speakers[name].role if name in self._speakers else None


def decode_all(
    json_input: JsonInput, whole: msgspec.json.Decoder[list[T]], line: msgspec.json.Decoder[T]
) -> Iterator[T]:
    """Decode a list of conversations at once, or one a line, a stretch of the file at a time.

    Raises
    ------
    PlaceNeededError
        If anything is not as it should be, at whatever place.
    """
    data = json_input.data
    try:
        if data[:1] == b"[":
            decoded = whole.decode(data)
            decoded.reverse()  # so that what was used is let go, and its memory used again
            while decoded:
                yield decoded.pop()
            return
        # What is decoded is used up and its memory used again before there is more: that is a good deal faster.
        start, stretch = 0, _STRETCH
        while start < len(data):
            end = data.find(b"\n", start + stretch) + 1 or len(data)
            try:
                found = line.decode_lines(data[start:end])
            except msgspec.DecodeError as error:
                if isinstance(error, msgspec.ValidationError) or end == len(data):
                    raise
                stretch *= 2  # perhaps the end of the stretch is not the end of a conversation
                continue
            yield from found
            start = end
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PlaceNeededError from error


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
        If not a single line is JSON, or nothing that stands there is a conversation.
    """
    stem = json_input.name.rsplit(".", 1)[0]
    records: list[Record] = []
    refused = 0
    for conversation in _conversations(json_input, is_one):
        before = len(json_input.problems)
        if conversation.broken:
            conversation.problem("broken character", broken_characters(conversation.broken))
        record = make(conversation)
        if record is None:
            text = "what stands here is no conversation of this format and was passed over."
            conversation.problem("unreadable conversation", text)
            refused += 1
            continue
        told = json_input.problems[before:]
        del json_input.problems[before:]
        records.append(msgspec.structs.replace(record, problems=tuple(told)))
    if refused and not records:
        raise InputError(
            f"{json_input.name} holds no conversation of the form {format!r} (JSON values looked at: {refused:,}).",
            hint="Expected one conversation a line, or a list of them; --format names another form.",
        )
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
            plain, is_read, broken = _decode_line(raw)
            if is_read:
                found.append(Conversation(json_input, plain, len(found) + unread + 1, line))
                found[-1].offset, found[-1].broken = offset, broken
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


def _decode_line(raw: bytes) -> tuple[Any, bool, int]:
    """Decode a line, whether it could be read, and how many broken characters were replaced in it."""
    try:
        return _PLAIN.decode(raw), True, 0
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    text = raw.decode("utf-8", "replace")
    mender = Mender()
    try:
        plain = mender.mend(json.loads(text, strict=False))
        broken = mender.count + text.count("\ufffd") - raw.count("\ufffd".encode())
        return msgspec.json.decode(msgspec.json.encode(plain)), True, broken
    except (ValueError, RecursionError, msgspec.DecodeError):
        return None, False, 0
