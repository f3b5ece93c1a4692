"""Labels of messages that one turn joins and that say different things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from attunement.coders.labels import says_nothing
from attunement.core.record import Record
from attunement.core.turn import Turn

__all__ = ["Contradiction", "contradictions"]

_ONE_OF_A_TURN = ("emotion", "intensity", "valence", "prompted", "verdict")
"""Labels of which a turn takes one; codes of the other families are joined, so none is lost."""


class Contradiction(msgspec.Struct, frozen=True):
    """A label that the messages of one turn give different values.

    Attributes
    ----------
    label : str
        Which.
    turn : int
        The turn's index.
    messages : tuple of int
        Indexes of the messages that give it.
    lines : tuple of int
        Their lines in the source, where it has any.
    """

    label: str
    turn: int
    messages: tuple[int, ...]
    lines: tuple[int, ...]


def contradictions(record: Record, turns: Sequence[Turn]) -> list[Contradiction]:
    """Find the labels of which a turn takes one and its messages give several.

    Parameters
    ----------
    record : Record
        With labels on its messages.
    turns : sequence of Turn
        Its turns.

    Returns
    -------
    list of Contradiction
        In the order of the turns. Codes that are joined (expression, stance, after, risk) contradict nothing.
    """
    found: list[Contradiction] = []
    for turn in turns:
        if turn.first == turn.last:
            continue
        between = record.messages[turn.first : turn.last + 1]
        labelled = [m for m in between if m.speaker == turn.speaker and m.kind != "system" and m.labels]
        for label in _ONE_OF_A_TURN:
            said = [m for m in labelled if not says_nothing((m.labels or {}).get(label))]
            if len({_plain((m.labels or {})[label]) for m in said}) > 1:
                lines = dict.fromkeys(m.line for m in said if m.line is not None)
                found.append(Contradiction(label, turn.index, tuple(m.index for m in said), tuple(lines)))
    return found


def _plain(value: Any) -> str:
    """Return what a label says in one spelling: a table's "2" and 2,0 are the number 2."""
    text = str(value).strip().casefold()
    try:
        return str(float(text.replace(",", ".")))
    except ValueError:
        return {"yes": "true", "no": "false"}.get(text, text)
