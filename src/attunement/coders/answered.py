"""What a turn answers: in talk with pauses one reply may answer several turns in a row."""

from __future__ import annotations

from collections.abc import Sequence

from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn, run_of
from attunement.core.verdict import is_heavy

__all__ = ["answered_turns", "answers_heavy"]


def answered_turns(turn: Turn, turns: Sequence[Turn]) -> range:
    """Return the indexes of the turns that a turn answers.

    Parameters
    ----------
    turn : Turn
        The one that answers.
    turns : sequence of Turn
        Of its record.

    Returns
    -------
    range
        `Turn.answers` with the turns right before and after it that the same person says in the same session, answering
        the same turn; empty where it answers nothing.
    """
    if turn.answers is None:
        return range(0)
    return run_of(turn.answers, turns, before=turn.index)


def answers_heavy(turn: Turn, turns: Sequence[Turn], codings: Sequence[TurnCoding]) -> bool:
    """Tell whether any of the turns that a turn answers is heavy: its one verdict is that of the heaviest call.

    Parameters
    ----------
    turn : Turn
        The one that answers.
    turns, codings : sequences
        Of its record, at least up to the turn.

    Returns
    -------
    bool
        By the codebook's rule (`core.verdict.is_heavy`).
    """
    calls = (codings[index] for index in answered_turns(turn, turns))
    return any(is_heavy(call.intensity, call.valence, bool(call.present("risk")), call.heavy) for call in calls)
