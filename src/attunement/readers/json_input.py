"""JSON on its way in: any encoding, broken characters mended and told, every value with its place."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar, cast

import msgspec

from attunement.core.sound_text import is_sound, sound_text
from attunement.core.source import Problem, Source
from attunement.errors import InputError
from attunement.readers.decoding import broken_utf8
from attunement.readers.inputs import Input

__all__ = [
    "Batch",
    "JsonInput",
    "Mender",
    "Node",
    "PlaceNeededError",
    "broken_characters",
    "convert_loosely",
    "fast_then_careful",
    "iterate",
    "join_batches",
    "read_thread",
]

T = TypeVar("T")
M = TypeVar("M")

_SHAPE = "Expected JSON as the export writes it"


class PlaceNeededError(Exception):
    """A problem was met on the fast path, which knows no places: read again on the careful one.

    Never leaves a reader.
    """


class JsonInput:
    """The bytes of a JSON file as sound UTF-8.

    Parameters
    ----------
    source : Input
        The file.

    Attributes
    ----------
    name : str
        Its name, for problems.
    data : bytes
        UTF-8 without a byte order mark.
    problems : list of Problem
        What had to be mended.

    Raises
    ------
    InputError
        If it is not text.
    """

    def __init__(self, source: Input) -> None:
        self.name = source.name
        self.problems: list[Problem] = []
        self.data = self._as_utf8(source)
        self._counted = (self.data, 0, 0)
        self._searched = (self.data, b"\n" in self.data)

    def _as_utf8(self, source: Input) -> bytes:
        data = source.data
        if source.encoding is not None:
            decoded = source.decode()
            if decoded.assumed:
                count, line = broken_utf8(data)
                message = broken_characters(count, "the first on this line")
                self.problems.append(Problem("broken character", message, Source(self.name, line)))
            return decoded.text.encode("utf-8", "replace")
        if data.startswith(codecs.BOM_UTF8):
            data = data[3:]
        elif data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\x00" in data[:4]:
            return source.decode().text.encode("utf-8", "replace")
        return data.rstrip(b"\x00\x1a \r\n\t") or b"null"

    def decode(self, decoder: msgspec.json.Decoder[T]) -> T | None:
        """Decode in one go: None where the JSON is sound and its shape is not what the decoder expects.

        Raises
        ------
        InputError
            If it is no JSON, breaks off, or is nested too deep.
        """
        try:
            return decoder.decode(self.data)
        except msgspec.ValidationError:
            return None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._mend()
        try:
            return decoder.decode(self.data)
        except msgspec.ValidationError:
            return None
        except RecursionError as error:
            raise self._too_deep() from error

    def _mend(self) -> None:
        """Take what strict JSON refuses: broken characters, lone surrogates, control characters, NaN."""
        text = self._text()
        try:
            plain = json.loads(text, strict=False)
        except json.JSONDecodeError as error:
            line = text.count("\n", 0, error.pos) + 1
            broken = "breaks off" if error.pos >= len(text.rstrip()) - 1 else "is not sound JSON"
            raise InputError(
                f"{self.name} {broken} (line {line:,}, character {error.pos:,}).",
                hint="Was the export or the copy interrupted? Make it again.",
            ) from error
        except RecursionError as error:
            raise self._too_deep() from error
        except ValueError as error:  # a number of thousands of digits
            raise InputError(f"{self.name} holds a number that is no number.", hint="Export it again.") from error
        mender = Mender()
        try:
            mended = mender.mend(plain)
        except RecursionError as error:
            raise self._too_deep() from error
        if mender.count:
            self.problems.append(Problem("broken character", broken_characters(mender.count), Source(self.name)))
        self.data = msgspec.json.encode(mended)

    def _text(self) -> str:
        try:
            return self.data.decode("utf-8")
        except UnicodeDecodeError as error:
            first = error.start
        text = self.data.decode("utf-8", "replace")
        broken = text.count("\ufffd")
        if broken > sum(1 for char in text if char > "\x7f") // 2:
            encoding = "cp1252"
            message = f"The file is not UTF-8; it was read as {encoding}. Check accents and quotes."
            self.problems.append(Problem("encoding assumed", message, Source(self.name, offset=first), remark=True))
            return self.data.decode(encoding, "replace")
        message = broken_characters(broken, "the first at this byte")
        self.problems.append(Problem("broken character", message, Source(self.name, offset=first)))
        return text

    def _too_deep(self) -> InputError:
        return InputError(f"{self.name} is nested deeper than any chat export.", hint="Is it the right file?")

    def root(self) -> Node:
        """Return the whole as a node that knows its place; for the careful path.

        Raises
        ------
        InputError
            As `decode` does.
        """
        raw = self.decode(_RAW)
        return Node(self, raw if raw is not None else msgspec.Raw(b"null"), self._skip(0))

    def _skip(self, offset: int) -> int:
        match = _BLANK.match(self.data, offset)
        return match.end() if match else offset

    def line_at(self, offset: int) -> int:
        """Return the line, from 1, of a byte of `data`."""
        # Counting goes on from the last place: a file with many problems is gone through once, not once a problem.
        data, at, feeds = self._counted
        if data is not self.data or offset < at:
            at = feeds = 0
        feeds += self.data.count(b"\n", at, offset)
        self._counted = (self.data, offset, feeds)
        return feeds + 1

    def _has_lines(self) -> bool:
        # Asked once a problem, and a file of one line may be long and full of them.
        if self._searched[0] is not self.data:
            self._searched = (self.data, b"\n" in self.data)
        return self._searched[1]

    def problem(self, kind: str, message: str, offset: int | None = None, *, remark: bool = False) -> None:
        """Note a problem at a byte: by its line where the file has lines, else by the byte."""
        if offset is None:
            where = Source(self.name)
        elif self._has_lines():
            where = Source(self.name, line=self.line_at(offset), offset=offset)
        else:
            where = Source(self.name, offset=offset)
        self.problems.append(Problem(kind, message, where, remark))


_BLANK = re.compile(rb"[ \t\r\n]*")
_BETWEEN = re.compile(rb"[ \t\r\n,:]*")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_RAW = msgspec.json.Decoder(msgspec.Raw)
_RAWS = msgspec.json.Decoder(list[msgspec.Raw])
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PLAIN = msgspec.json.Decoder()


class Node:
    """A JSON value that knows where it stands."""

    def __init__(self, source: JsonInput, raw: msgspec.Raw, offset: int) -> None:
        self.source = source
        self.raw = bytes(raw)
        self.offset = offset

    def items(self) -> list[Node]:
        """Return the members of a list; none where it is no list."""
        try:
            raws = _RAWS.decode(self.raw)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return []
        data, offset = self.source.data, self.offset + 1
        nodes: list[Node] = []
        for raw in raws:
            offset = _after(_BETWEEN, data, offset)
            nodes.append(Node(self.source, raw, offset))
            offset += len(nodes[-1].raw)
        return nodes

    def listed(self, what: str) -> list[Node]:
        """Return the members of what has to be a list; where something else stands, that is a problem."""
        if not self.raw.lstrip().startswith((b"[", b"null")):
            self.problem("unreadable messages", f"{what} no list: what stands there was passed over.")
        return self.items()

    def fields(self) -> dict[str, Node]:
        """Return the fields of an object; none where it is no object."""
        try:
            raws = _FIELDS.decode(self.raw)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return {}
        data, offset = self.source.data, self.offset + 1
        nodes: dict[str, Node] = {}
        for key, raw in raws.items():
            offset = _after(_BETWEEN, data, _after(_STRING, data, _after(_BETWEEN, data, offset)))
            nodes[key] = Node(self.source, raw, offset)
            offset += len(nodes[key].raw)
        return nodes

    def get(self, *keys: str) -> Node:
        """Go down by field names; a value that is not there is null."""
        node = self
        for key in keys:
            node = node.fields().get(key) or Node(self.source, msgspec.Raw(b"null"), node.offset)
        return node

    def plain(self) -> Any:
        """Return the value as plain data; None where it cannot be decoded."""
        try:
            return _PLAIN.decode(self.raw)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return None

    def convert(self, kind: type[T], what: str) -> T | None:
        """Convert to a struct, leaving out fields that do not fit, each with a problem; None where it is no object."""
        plain = self.plain()
        if not isinstance(plain, dict):
            self.problem("unreadable message", f"{what} is no object and was passed over.")
            return None
        value, dropped = convert_loosely(cast("dict[str, Any]", plain), kind)
        for field in dropped:
            self.problem("unreadable field", f"{_SHAPE}: the field {field[:40]!r} of {what} was passed over.")
        return value

    def problem(self, kind: str, message: str, *, remark: bool = False) -> None:
        """Note a problem here."""
        self.source.problem(kind, message, self.offset, remark=remark)


def _after(pattern: re.Pattern[bytes], data: bytes, offset: int) -> int:
    match = pattern.match(data, offset)
    return match.end() if match else offset


_PATH = re.compile(r"at `\$\.([^.\[`]+)")


def convert_loosely(plain: dict[str, Any], kind: type[T]) -> tuple[T | None, list[str]]:
    """Convert plain data to a struct all of whose fields have defaults, leaving out fields that do not fit.

    Returns
    -------
    value : struct or None
        None where nothing of it fits.
    dropped : list of str
        Names of the fields that were left out.
    """
    rest = dict(plain)
    dropped: list[str] = []
    while True:
        try:
            return msgspec.convert(rest, kind, strict=False), dropped
        except msgspec.ValidationError as error:
            match = _PATH.search(str(error))
            field = match.group(1) if match else None
            if field is None or field not in rest:
                return None, dropped
            del rest[field]
            dropped.append(field)
        except (RecursionError, OverflowError):
            return None, dropped


class Mender:
    """Replaces what cannot be encoded: lone surrogates by U+FFFD; NaN and endless numbers, which say nothing, by null.

    Attributes
    ----------
    count : int
        How many surrogates were replaced so far.
    """

    def __init__(self) -> None:
        self.count = 0

    def mend(self, value: Any) -> Any:
        """Return plain data without them."""
        if isinstance(value, str):
            return value if is_sound(value) else self._joined(value)
        if isinstance(value, list | tuple):
            return [self.mend(inner) for inner in cast("list[Any]", value)]
        if isinstance(value, dict):
            return {self.mend(key): self.mend(inner) for key, inner in cast("dict[str, Any]", value).items()}
        if isinstance(value, float) and value - value != 0.0:
            return None
        return value

    def _joined(self, text: str) -> str:
        """Join surrogates that make a pair, replace those that stand alone."""
        joined = sound_text(text)
        self.count += joined.count("\ufffd") - text.count("\ufffd")
        return joined


def broken_characters(count: int, where: str = "") -> str:
    """Word the problem of broken characters.

    Examples
    --------
    >>> broken_characters(1)
    '1 broken character was replaced by U+FFFD.'
    """
    noun, verb = ("character", "was") if count == 1 else ("characters", "were")
    return f"{count:,} broken {noun}{where and f' ({where})'} {verb} replaced by U+FFFD."


def iterate(nodes: list[Node], kind: type[T], what: str) -> Iterator[tuple[int, T, Node]]:
    """Convert the members of a list one by one, numbered from 0; those that are no objects become problems."""
    for number, node in enumerate(nodes):
        value = node.convert(kind, f"{what} {number + 1:,}")
        if value is not None:
            yield number, value, node


class Batch(Generic[M]):
    """Messages in the order of the source and, on the careful path, the place of each.

    Parameters
    ----------
    messages : list
        What was decoded.
    places : list of Node, optional
        Where each stands; None on the fast path, where the first problem asks for the careful one.
    """

    def __init__(self, messages: list[M], places: list[Node] | None = None) -> None:
        self.messages = messages
        self.places = places

    def tell(self, index: int, kind: str, message: str) -> None:
        """Note a problem at a message.

        Raises
        ------
        PlaceNeededError
            On the fast path.
        """
        if self.places is None:
            raise PlaceNeededError
        self.places[index].problem(kind, message)

    def reversed(self) -> Batch[M]:
        """Return the messages from the last to the first."""
        return Batch(self.messages[::-1], None if self.places is None else self.places[::-1])

    def sorted(self, order: list[int]) -> Batch[M]:
        """Return the messages in another order."""
        places = self.places
        return Batch([self.messages[i] for i in order], None if places is None else [places[i] for i in order])


def join_batches(batches: Sequence[Batch[M]]) -> Batch[M]:
    """Put batches one after another: all of them fast or all of them careful."""
    messages = [message for batch in batches for message in batch.messages]
    if any(batch.places is None for batch in batches):
        return Batch(messages)
    return Batch(messages, [place for batch in batches for place in batch.places or []])


def read_thread(
    json_input: JsonInput,
    decoder: msgspec.json.Decoder[T],
    header: type[T],
    message: type[M],
    *,
    is_careful: bool,
    key: str = "messages",
) -> tuple[T | None, Batch[M]]:
    """Decode a file that is one object with a list of messages under a key.

    Returns
    -------
    header : struct or None
        The whole object; on the careful path without its messages. None where the file is no object of that shape.
    batch : Batch
        The messages.

    Raises
    ------
    InputError
        If the file is no JSON.
    PlaceNeededError
        If the fast path cannot take it.
    """
    if not is_careful:
        whole = json_input.decode(decoder)
        if whole is None:
            raise PlaceNeededError
        return whole, Batch(getattr(whole, key) or [])
    fields = json_input.root().fields()
    if not fields:
        json_input.problem("no messages", "The file holds no object with messages.")
        return None, Batch([], [])
    value, _ = convert_loosely({name: node.plain() for name, node in fields.items() if name != key}, header)
    nodes = fields[key].listed("The messages are") if key in fields else []
    read = list(iterate(nodes, message, "message"))
    return value, Batch([item for _, item, _ in read], [node for _, _, node in read])


def fast_then_careful(make: Callable[[bool], T]) -> T:
    """Read on the fast path and, where that meets a problem, once more on the careful one.

    Parameters
    ----------
    make : callable
        Reads, told whether to be careful; raises `PlaceNeededError` only where it is not.
    """
    try:
        return make(False)
    except PlaceNeededError:
        return make(True)
