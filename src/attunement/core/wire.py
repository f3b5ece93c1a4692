"""Values to plain data and back, under a format version.

Plain data is what JSON can hold: dicts, lists, strings, numbers, booleans and None. Each value travels in an envelope::

    {"format": "attunement.record", "version": 1, "data": {...}}

A reader of the envelope knows what is inside without guessing, and a version that this package does not know is
refused instead of being half understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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

__all__ = ["VERSION", "decode", "encode", "from_plain", "plain_data", "to_plain", "without_value"]

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
    return {"format": _name_of(type(value)), "version": VERSION, "data": plain_data(value)}


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
        If the type does not travel, there is no envelope, another type is inside, the version is not known, or a field
        does not fit. Never repeats what stands inside.
    """
    expected = _name_of(kind)
    if not isinstance(plain, dict) or "format" not in plain or "version" not in plain:
        raise WireError("Expected a dict with 'format', 'version' and 'data'.", hint="Was it made by attunement?")
    envelope = cast("dict[str, Any]", plain)
    found, version = envelope["format"], envelope["version"]
    if found != expected:
        got = repr(found) if isinstance(found, str) and found in _TYPES else "one that is not ours"
        raise WireError(f"Expected the format {expected!r}, got {got}.")
    if type(version) is not int or version != VERSION:  # True and 1.0 are equal to 1
        named = f"Version {version}" if type(version) is int else "That version"
        raise WireError(
            f"{named} of {expected!r} is not known here; expected {VERSION}.",
            hint="It was made by another version of attunement: update, or make it anew.",
        )
    try:
        return msgspec.convert(envelope.get("data"), kind)
    except msgspec.ValidationError as error:
        # Without its cause, which repeats the value.
        raise WireError(f"The data of {expected!r} does not fit: {without_value(str(error))}.") from None
    except RecursionError:
        raise WireError(f"The data of {expected!r} is nested too deep.") from None


def encode(value: object) -> bytes:
    """Turn a value of `core` into one line of JSON (UTF-8, no newline at the end).

    Raises
    ------
    WireError
        If the value is of a type that does not travel, or holds what JSON cannot: half a surrogate pair, an object.
    """
    envelope = {"format": _name_of(type(value)), "version": VERSION, "data": value}
    try:
        return msgspec.json.encode(envelope)
    except UnicodeEncodeError:
        raise WireError(
            "A text holds half a surrogate pair, which UTF-8 cannot.",
            hint="attunement.readers.native.write_native writes such a record, with U+FFFD in its place.",
        ) from None
    except (TypeError, OverflowError, RecursionError) as error:
        raise WireError(f"The value holds what is not plain data ({type(error).__name__}).") from error


def decode(data: bytes | str, kind: type[T]) -> T:
    """Turn what `encode` gave back into a value; raises as `from_plain` does, and for what is not JSON."""
    try:
        plain = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError("Expected JSON; what came is not.") from error
    except RecursionError:
        raise WireError("Expected JSON of ours; what came is nested too deep.") from None
    return from_plain(plain, kind)


def plain_data(value: object) -> Any:
    """Turn structs and what they hold into plain data without an envelope: lists for tuples, too, as JSON has them."""
    return _listed(msgspec.to_builtins(value))


def without_value(told: str) -> str:
    """Take the value out of what msgspec says of a word that is none of those allowed; where it stands is kept."""
    return re.sub(r"^(Invalid (?:enum )?value) .*?((?: - at `[^`]*`)?)$", r"\1\2", told, flags=re.DOTALL)


def _name_of(kind: type) -> str:
    name = _NAMES.get(kind)
    if name is None:
        raise WireError(f"A value of type {kind.__name__!r} does not travel.", hint=suggest("", _TYPES))
    return name


def _listed(value: Any) -> Any:
    """Put lists for tuples, all through plain data."""
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_listed(item) for item in cast("Sequence[Any]", value)]
    return value
