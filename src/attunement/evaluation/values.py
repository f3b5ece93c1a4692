"""Read one label of a corpus from a record: a name, several names, yes or no, a number.

Files of one make differ in how they write a value: 1, 1.0, "1" and true are one yes, ["joy"] is the label joy, and what
a table left empty stands there as null, "" or NaN. These are read alike. What cannot be read is refused and never taken
for "not so", which would score as if people had said it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, cast

__all__ = [
    "LabelError", "Labels", "Read", "flags", "folded", "is_missing", "judged", "label", "labels", "number", "plain",
    "yes",
]  # fmt: skip

Labels = Mapping[str, Any]
Read = Callable[[Labels], Any]

_WORDS: dict[str, bool] = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_BETWEEN = re.compile(r"[,;|]")


class LabelError(ValueError):
    """A label that cannot be read; says which one and what was expected, never what stands there."""


def is_missing(value: object) -> bool:
    """Whether nothing stands there: null, an empty text, NaN."""
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def plain(value: Any) -> str:
    """Write a level alike however the file writes it: 1, 1.0 and "1" are "1"."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def label(key: str) -> Read:
    """Read one label of several."""

    def read(found: Labels) -> str | None:
        value = found.get(key)
        if isinstance(value, list):
            several = cast("list[Any]", value)
            if len(several) > 1:
                raise LabelError(f"the label {key!r} holds several; expected one")
            value = several[0] if several else None
        if is_missing(value):
            return None
        if isinstance(value, dict | list):
            raise LabelError(f"the label {key!r} is of another form; expected one label")
        return plain(value)

    return read


def folded(key: str, folds: Mapping[str, str], *, rest: str | None = None, keep: bool = False) -> Read:
    """Read one label of several and fold it to another name.

    A label that the folds do not name is `rest`; with `keep` it is itself.
    """
    own = label(key)

    def read(found: Labels) -> str | None:
        value = own(found)
        return None if value is None else folds.get(value, value if keep else rest)

    return read


def labels(key: str, known: Collection[str] | None = None) -> Read:
    """Read any labels of several; a text is a list with a comma, semicolon or bar between.

    Where `known` holds the whole set, another name is refused: it would count as if none had been given.
    """

    def read(found: Labels) -> tuple[str, ...] | None:
        value = found.get(key)
        if is_missing(value):
            return None
        if isinstance(value, str):
            value = [part for part in _BETWEEN.split(value) if part.strip()]
        if not isinstance(value, list | tuple) or any(isinstance(one, dict | list) for one in cast("list[Any]", value)):
            raise LabelError(f"the label {key!r} is of another form; expected a list of labels")
        names = tuple(dict.fromkeys(plain(one) for one in cast("list[Any]", value) if not is_missing(one)))
        if known is not None and any(name not in known for name in names):
            raise LabelError(f"the label {key!r} names one that its set does not have")
        return names

    return read


def flags(*keys: str) -> Read:
    """Read which of several yes-or-no labels hold; `judged` says which of them were asked about."""

    def read(found: Labels) -> tuple[str, ...] | None:
        said = {key: _truth(found.get(key), key, _WORDS) for key in keys}
        if all(value is None for value in said.values()):
            return None
        return tuple(key for key, value in said.items() if value)

    return read


def judged(*keys: str) -> Read:
    """Read which of several yes-or-no labels people decided on, either way."""
    return lambda found: tuple(key for key in keys if not is_missing(found.get(key)))


def yes(key: str, name: str, words: Mapping[str, bool] = _WORDS) -> Read:
    """Read a yes-or-no label, as the label that holds or none."""

    def read(found: Labels) -> tuple[str, ...] | None:
        value = _truth(found.get(key), key, words)
        return None if value is None else ((name,) if value else ())

    return read


def number(key: str) -> Read:
    """Read a number."""

    def read(found: Labels) -> float | None:
        said: Any = found.get(key)
        if is_missing(said):
            return None
        try:
            value = float(said)
        except (TypeError, ValueError):
            raise LabelError(f"the label {key!r} is no number") from None
        return value if math.isfinite(value) else None

    return read


def _truth(value: Any, key: str, words: Mapping[str, bool]) -> bool | None:
    if is_missing(value):
        return None
    if isinstance(value, bool):
        return value
    said = words.get(plain(value).casefold()) if isinstance(value, str | int | float) else None
    if said is None:
        raise LabelError(f"the label {key!r} is neither yes nor no")
    return said
