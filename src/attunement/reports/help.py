"""The words of a help panel that page, notes and terminal share."""

from __future__ import annotations

from attunement.reports.safety import Safety
from attunement.reports.strings import Words

__all__ = ["word_held"]


def word_held(safety: Safety, words: Words) -> str:
    """Word what is left out where risk was found, wherever it is shown; "" where nothing is.

    Parameters
    ----------
    safety : Safety
        What was found.
    words : Words
        The wording.
    """
    if safety.holds_back_comparison:
        return words.text("help.held")
    return words.text("help.held_self_harm") if safety.holds_back_coaching else ""
