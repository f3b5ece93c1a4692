"""What a source says of its turns beyond the promise: ``Record.meta["turn_fields"][key][index of the message]``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

__all__ = ["conversation_meta", "turn_fields", "with_new_indexes"]

_NAME = "turn_fields"


def turn_fields(meta: Mapping[str, Any]) -> dict[str, dict[int, Any]]:
    """Return key to index of the message to value; empty where the source says nothing of its turns."""
    return _parted(meta)[0]


def conversation_meta(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a record's meta says of the conversation as a whole: all but the fields of its turns.

    A source's own key ``turn_fields`` of another form is kept.
    """
    fields, rest = _parted(meta)
    return _with(meta, rest) if fields else dict(meta)


def with_new_indexes(meta: Mapping[str, Any], new_index: Mapping[int, int]) -> dict[str, Any]:
    """Return the meta for a record of which some messages are kept: their fields under their new indexes.

    Parameters
    ----------
    meta : mapping
        Of the record before.
    new_index : mapping of int to int
        Old to new index of every message that is kept.
    """
    fields, rest = _parted(meta)
    if not fields:
        return dict(meta)
    for key, values in fields.items():
        kept = {str(new_index[index]): value for index, value in values.items() if index in new_index}
        if kept:
            rest[key] = kept
    return _with(meta, rest)


def _with(meta: Mapping[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    return {key: fields if key == _NAME else value for key, value in meta.items() if key != _NAME or fields}


def _parted(meta: Mapping[str, Any]) -> tuple[dict[str, dict[int, Any]], dict[str, Any]]:
    """Tell the fields of turns from whatever else stands under the key."""
    given = meta.get(_NAME)
    if not isinstance(given, dict):
        return {}, {}
    fields: dict[str, dict[int, Any]] = {}
    rest: dict[str, Any] = {}
    for key, values in cast("dict[str, Any]", given).items():
        by_index = _by_index(values)
        if by_index is None:
            rest[key] = values
        else:
            fields[key] = by_index
    return fields, rest


def _by_index(values: Any) -> dict[int, Any] | None:
    if not isinstance(values, dict) or not values:
        return None
    given = cast("dict[Any, Any]", values)
    if not all(isinstance(index, str) and index.isascii() and index.isdigit() for index in given):
        return None
    return {int(index): value for index, value in given.items()}
