"""Names in the labels of a message: replaced like anywhere else, but for the codes that people gave.

A speaker may be called what a code is called ("joy"); the code that stands in a label is no name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from attunement.core.codebook import CODEBOOK, VERDICTS, Family

__all__ = ["with_names_replaced"]

_FAMILIES: tuple[Family, ...] = ("expression", "emotion", "stance", "after", "risk")
_CODES: dict[str, frozenset[str]] = {
    **{family: frozenset(CODEBOOK.names(family)) for family in _FAMILIES},
    "verdict": frozenset(VERDICTS),
}
_EVERY_CODE = frozenset(code for codes in _CODES.values() for code in codes)


def with_names_replaced(
    labels: Mapping[str, Any], plain: Callable[[Any], Any], text: Callable[[str], str]
) -> dict[str, Any]:
    """Replace names in the labels of a message.

    Parameters
    ----------
    labels : mapping
        `Message.labels`.
    plain : callable
        Replaces the names in plain data.
    text : callable
        What was done to the text of the message: the words of ``spans`` must still be found in it.

    Returns
    -------
    dict
        Under ``expression``, ``emotion``, ``stance``, ``after``, ``risk``, ``verdict`` and ``spans`` the codes of the
        codebook as they were, and everything else replaced.
    """
    replaced: dict[str, Any] = {}
    for key, value in labels.items():
        codes = _CODES.get(key)
        if codes is not None:
            replaced[key] = _but_codes(value, codes, plain)
        elif key == "spans" and isinstance(value, list | tuple):
            replaced[key] = [_pair(pair, plain, text) for pair in cast("list[Any]", value)]
        else:
            replaced |= plain({key: value})
    return replaced


def _but_codes(value: Any, codes: frozenset[str], plain: Callable[[Any], Any]) -> Any:
    if isinstance(value, list | tuple):
        return [_but_codes(inner, codes, plain) for inner in cast("list[Any]", value)]
    return value if isinstance(value, str) and value.strip().casefold() in codes else plain(value)


def _pair(pair: Any, plain: Callable[[Any], Any], text: Callable[[str], str]) -> Any:
    parts = cast("list[Any]", pair) if isinstance(pair, list | tuple) else []
    if len(parts) != 2 or not all(isinstance(part, str) for part in parts):
        return plain(pair)
    return [_but_codes(parts[0], _EVERY_CODE, plain), text(parts[1])]
