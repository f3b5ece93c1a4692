"""Words for who speaks in talk with a model, where a table or a native record holds it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from attunement.core.counted import counted
from attunement.core.record import Record
from attunement.readers.ai_lines import ASIDES, ROLES

__all__ = ["KIND", "asides_among", "asides_remark", "told_once"]

KIND = "instructions and tools"
"""The kind of remark that says that such lines were met."""


def asides_among(words: Iterable[str]) -> frozenset[str]:
    """Return those words, as they are written, that stand for instructions and tools.

    They are taken so only where a word for the person and one for the model stand beside them: in the records of older
    dialogue systems "system" is who answers.

    Examples
    --------
    >>> sorted(asides_among(["system", "User", "assistant", "tool"]))
    ['system', 'tool']
    >>> asides_among(["user", "system"])
    frozenset()
    """
    folded = {word: word.strip().lower() for word in words}
    if not {"user", "assistant"} <= {ROLES.get(word) for word in folded.values()}:
        return frozenset()
    return frozenset(word for word, plain in folded.items() if plain in ASIDES)


def asides_remark(what: str, words: Iterable[str]) -> str:
    """Word the remark; `what` says of what and how many there are."""
    named = ", ".join(sorted({word.strip().lower() for word in words}))
    return f"{what} of instructions and tools ({named}): kept as system lines, nobody's words."


def told_once(records: Sequence[Record]) -> list[Record]:
    """Leave the remark on the first record that has it, with the number of the others."""
    told = [index for index, record in enumerate(records) if any(p.kind == KIND for p in record.problems)]
    found = list(records)
    for index in told[1:]:
        kept = tuple(problem for problem in found[index].problems if problem.kind != KIND)
        found[index] = msgspec.structs.replace(found[index], problems=kept)
    if len(told) > 1:
        more = f" So in {counted(len(told) - 1, 'more conversation')}."
        problems = tuple(
            msgspec.structs.replace(problem, message=problem.message + more) if problem.kind == KIND else problem
            for problem in found[told[0]].problems
        )
        found[told[0]] = msgspec.structs.replace(found[told[0]], problems=problems)
    return found
