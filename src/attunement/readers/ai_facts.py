"""What stands beside the messages of talk with a model: which model, which arm of a study, how it was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec

from attunement.readers.ai_lines import decode_all
from attunement.readers.json_input import JsonInput

__all__ = ["facts_beside", "facts_of", "take_id"]

_WORDS = frozenset(
    "answer choices content function functions input instruction instructions output prompt response system text "  # noqa: SIM905
    "tools".split()
)
"""Keys for what somebody says, and for instructions and tools, where they hold a plain text."""
_LONGEST = 200
"""Characters of a text above which it is no fact."""
_OURS = ("clock", "other_answers")
_ALL_RAW = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_RAW_LINE = msgspec.json.Decoder(dict[str, msgspec.Raw])


def facts_of(fields: Mapping[str, Any], ids: Sequence[str] = ()) -> dict[str, Any]:
    """Return the facts among the fields of a conversation: short plain values, and `metadata` whole.

    Parameters
    ----------
    fields : mapping
        As they were decoded.
    ids : sequence of str
        Keys whose value may be the conversation's id, however long.

    Returns
    -------
    dict
        For `Record.meta`; a key that the readers use themselves has "record_" before it.
    """
    facts: dict[str, Any] = {}
    for key, value in fields.items():
        is_fact = isinstance(value, str | int | float) and key not in _WORDS
        if isinstance(value, str) and len(value) > _LONGEST:
            is_fact = key in ids
        if is_fact or (key == "metadata" and isinstance(value, dict)):
            facts[f"record_{key}" if key in _OURS else key] = value
    return facts


def facts_beside(json_input: JsonInput, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Find the facts of each conversation of a file, as `facts_of` does, without decoding the messages.

    Raises
    ------
    PlaceNeededError
        If anything is not as it should be, at whatever place.
    """
    for raw in decode_all(json_input, _ALL_RAW, _RAW_LINE):
        fields = {
            key: msgspec.json.decode(value)
            for key, value in raw.items()
            if memoryview(value)[0] not in b"[{" or key == "metadata"
        }
        yield facts_of(fields, ids)


def take_id(facts: dict[str, Any], ids: Sequence[str], otherwise: str) -> str:
    """Take the id out of the facts: the value of the first of those keys that is there, else `otherwise`."""
    for key in ids:
        if isinstance(facts.get(key), str | int):
            return str(cast("str | int", facts.pop(key)))
    return otherwise
