"""Values to plain data and back, under a format version.

Plain data is what JSON can hold: dicts, lists, strings, numbers, booleans and None. Each value travels in an envelope::

    {"format": "attunement.record", "version": 1, "data": {...}}

A reader of the envelope knows what is inside without guessing, and a version that this package does not know is
refused instead of being half understood.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import msgspec

from attunement.core.analysis import Analysis
from attunement.core.coding import Coding, TurnCoding
from attunement.core.episode import Episode, Exchange
from attunement.core.estimate import Estimate
from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.core.source import Problem, Question
from attunement.core.span import Span
from attunement.core.turn import Session, Turn
from attunement.errors import WireError, suggest

__all__ = ["VERSION", "decode", "encode", "from_plain", "to_plain"]

VERSION = 1

_TYPES: dict[str, type] = {
    "attunement." + cls.__name__.lower(): cls
    for cls in (
        Analysis, Coding, Episode, Estimate, Exchange, Message, Problem, Question, Record, Session, Span, Speaker, Turn,
        TurnCoding,
    )
}  # fmt: skip
_NAMES: dict[type, str] = {cls: name for name, cls in _TYPES.items()}

T = TypeVar("T")


def to_plain(value: object) -> dict[str, Any]:
    """Turn a value of `core` into plain data in its envelope.

    Raises
    ------
    WireError
        If the value is of a type that does not travel.
    """
    name = _NAMES.get(type(value))
    if name is None:
        raise WireError(f"A value of type {type(value).__name__!r} does not travel.", hint=suggest("", _TYPES))
    return {"format": name, "version": VERSION, "data": msgspec.to_builtins(value)}


def from_plain(plain: object, kind: type[T]) -> T:
    """Turn plain data in its envelope back into a value.

    Parameters
    ----------
    plain : object
        What `to_plain` gave, possibly by way of JSON.
    kind : type
        The type that is expected inside.

    Raises
    ------
    WireError
        If there is no envelope, another type is inside, the version is not known, or a field does not fit.
    """
    if not isinstance(plain, dict) or "format" not in plain or "version" not in plain:
        raise WireError("Expected a dict with 'format', 'version' and 'data'.", hint="Was it made by attunement?")
    envelope = cast("dict[str, Any]", plain)
    expected = _NAMES.get(kind)
    if envelope["format"] != expected:
        raise WireError(f"Expected the format {expected!r}, got {str(envelope['format'])[:80]!r}.")
    if envelope["version"] != VERSION:
        raise WireError(
            f"Version {str(envelope['version'])[:20]!r} of {expected!r} is not known here; expected {VERSION}.",
            hint="It was made by another version of attunement: update, or make it anew.",
        )
    try:
        return msgspec.convert(envelope.get("data"), kind)
    except msgspec.ValidationError as error:
        raise WireError(f"The data of {expected!r} does not fit: {error}.") from error


def encode(value: object) -> bytes:
    """Turn a value of `core` into one line of JSON (UTF-8, no newline at the end)."""
    return msgspec.json.encode(to_plain(value))


def decode(data: bytes | str, kind: type[T]) -> T:
    """Turn what `encode` gave back into a value; raises as `from_plain` does, and for what is not JSON."""
    try:
        plain = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError("Expected JSON; what came is not.") from error
    return from_plain(plain, kind)
