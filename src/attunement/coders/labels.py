"""Labels that people wrote into a source, read as codes: what is of another form is refused, never guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from attunement.core.codebook import CODEBOOK, VERDICTS, Family, Verdict
from attunement.errors import InputError, suggest

__all__ = [
    "labelled_codes",
    "labelled_emotion",
    "labelled_flag",
    "labelled_number",
    "labelled_spans",
    "labelled_verdict",
    "says_nothing",
]


def labelled_codes(labels: Mapping[str, Any], family: Family, where: str) -> tuple[str, ...] | None:
    """Return the codes of a family that a label lists.

    Parameters
    ----------
    labels : mapping
        `Message.labels`.
    family : str
        A family of the codebook whose codes are listed.
    where : str
        The place, for messages.

    Returns
    -------
    tuple of str or None
        In the order of the label, each once, in whatever case it is written. None where the family is not labelled: it
        is missing, not empty. A text, as tables and tiers hold it, is a list of codes with a space, comma, semicolon or
        bar between; an empty text labels nothing, and ``none`` or ``-`` says that nothing was found.

    Raises
    ------
    InputError
        If the label is no list of codes of the family. The message says where and never what stands there.
    """
    said = labels.get(family)
    if isinstance(said, str):
        said = _listed(said)
    if said is None:
        return None
    if not isinstance(said, list | tuple):
        raise InputError(
            f"{where}: the label {family!r} is {_form(said)}; expected a list of codes.",
            hint='A list holds one code, too: ["…"]; nothing found is []. In a table: codes with a space between.',
        )
    allowed = CODEBOOK.names(family)
    for code in cast("list[Any]", said):
        if not isinstance(code, str):
            raise InputError(f"{where}: the label {family!r} holds {_form(code)}; expected names of codes.")
        if code.casefold() not in allowed:
            raise InputError(
                f"{where}: the label {family!r} names a code that the codebook does not have.",
                hint=suggest(code, allowed),
            )
    return tuple(dict.fromkeys(code.casefold() for code in cast("list[str]", said)))


_NOTHING = ("", "none", "-")
"""What stands in the cell of a table where nobody named one; that no emotion was shown is "neutral"."""


def says_nothing(said: object) -> bool:
    """Tell whether a label of which a turn has one, such as its emotion, says nothing."""
    return said is None or (isinstance(said, str) and said.strip().casefold() in _NOTHING)


def labelled_emotion(said: object) -> str | None:
    """Return the emotion of the codebook that a label names, whatever its case; None where it names none of them."""
    name = said.strip().casefold() if isinstance(said, str) else ""
    return name if name in CODEBOOK.names("emotion") else None


def _listed(said: str) -> list[str] | None:
    if not said.strip():
        return None
    names = [name for name in _BETWEEN.split(said.strip().strip("[]")) if name]
    return [] if [name.casefold() for name in names] in (["none"], ["-"], []) else names


_BETWEEN = re.compile(r"""[\s,;|"']+""")


def labelled_number(labels: Mapping[str, Any], key: str, low: float, high: float, where: str) -> float | None:
    """Return a number that a label gives, None where it gives none.

    Raises
    ------
    InputError
        If it is no number from `low` to `high`.
    """
    said: Any = labels.get(key)
    if isinstance(said, str):
        said = cast("Any", _number(said))
    if says_nothing(said):
        return None
    is_number = isinstance(said, int | float) and not isinstance(said, bool)
    if is_number and low <= said <= high:
        return float(said)
    what = "out of its range" if is_number else _form(said)
    raise InputError(f"{where}: the label {key!r} is {what}; expected a number from {low:g} to {high:g}.")


def _number(said: str) -> float | str | None:
    """Read a number from the text of a table's cell; None where the cell is empty."""
    try:
        return float(said.replace(",", ".")) if said.strip() else None
    except ValueError:
        return said


# "1.0" is what tables write of a column of flags in which some are missing.
_FLAGS = {
    **dict.fromkeys(("true", "yes", "1", "1.0"), True),
    **dict.fromkeys(("false", "no", "0", "0.0"), False),
}


def labelled_flag(labels: Mapping[str, Any], key: str, where: str) -> bool | None:
    """Return whether a label says yes, None where it says nothing; raises InputError where it is neither."""
    said = None if says_nothing(labels.get(key)) else labels[key]
    if isinstance(said, str | int | float):
        said = _FLAGS.get(str(said).strip().casefold(), said)
    if said is None or isinstance(said, bool):
        return said
    raise InputError(f"{where}: the label {key!r} is {_form(said)}; expected true or false.")


def labelled_verdict(labels: Mapping[str, Any], where: str) -> Verdict | None:
    """Return the verdict that a label gives, None where it gives none; raises InputError where it is no verdict."""
    said = labels.get("verdict")
    folded = said.strip().casefold() if isinstance(said, str) else said
    for verdict in VERDICTS:
        if folded == verdict:
            return verdict
    if says_nothing(said):
        return None
    raise InputError(f"{where}: the label 'verdict' is none of {', '.join(VERDICTS)}.")


def labelled_spans(labels: Mapping[str, Any], where: str) -> list[tuple[str, str]]:
    """Return pairs of a code and the words that carry it; raises InputError where a label holds anything else."""
    said = labels.get("spans")
    if said is None:
        return []
    found: list[tuple[str, str]] = []
    for pair in cast("list[Any]", said) if isinstance(said, list | tuple) else [None]:
        parts = cast("list[Any]", pair) if isinstance(pair, list | tuple) else []
        if len(parts) != 2 or not all(isinstance(part, str) for part in parts):
            raise InputError(
                f"{where}: the label 'spans' is no list of pairs.", hint='Expected [["code", "the words"], …].'
            )
        found.append((parts[0].strip().casefold(), parts[1]))
    return found


def _form(value: object) -> str:
    forms: dict[type, str] = {
        bool: "true or false",
        str: "a text",
        int: "a number",
        float: "a number",
        dict: "an object",
    }
    return next((name for form, name in forms.items() if isinstance(value, form)), "of another form")
