"""A bound on how deep the plain data of a record is nested: what comes later walks it level by level."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from attunement.core.record import Record
from attunement.errors import InputError

__all__ = ["require_shallow", "too_deep"]

_DEEPEST = 100


def too_deep(name: str) -> InputError:
    """Word the error of an input that is nested without end, as files made to do harm are."""
    return InputError(f"{name} is nested deeper than any record of talk.", hint="Is it the right file?")


def require_shallow(records: Iterable[Record], name: str) -> None:
    """Refuse records whose labels or meta are nested more than 100 deep.

    Raises
    ------
    InputError
        If one is; names the input.
    """
    for record in records:
        if _is_deep(record.meta) or any(message.labels and _is_deep(message.labels) for message in record.messages):
            raise too_deep(name)


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterable[Any]:
    if isinstance(value, dict):
        return [each for each in cast("dict[Any, Any]", value).values() if isinstance(each, dict | list | tuple)]
    if isinstance(value, list | tuple):
        return [each for each in cast("list[Any]", value) if isinstance(each, dict | list | tuple)]
    return ()
