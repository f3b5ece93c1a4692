"""Coded events (states and points) on their way to messages: one event a message, its code for words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from attunement.core.codebook import CODEBOOK
from attunement.readers.assemble import Assembly

__all__ = ["CODED_LABELS", "Event", "coded_label", "say_events"]

CODED_LABELS = frozenset({code.family for code in CODEBOOK.codes} | {"verdict", "intensity", "valence", "prompted"})
"""The labels that hold codes of the codebook (`attunement.coders.human`)."""


def coded_label(name: str) -> str:
    """Return the label of codes that a column or tier names in whatever case ("Stance"); else the name as it is."""
    folded = name.strip().casefold()
    return folded if folded in CODED_LABELS else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that a coder marked in a recording.

    Attributes
    ----------
    start, end : float or None
        Seconds; a point has no end.
    speaker : str or None
        Whose behaviour it is: the coder's subject, else the stream that the code belongs to.
    text : str
        The words where the coding holds speech, else the code; "" is an event without words.
    is_code : bool
        The text is the code's name, and nobody said it.
    line : int or None
        Line of the source.
    labels : dict
        The code, and whatever else the coder noted.
    id : str or None
        The source's own identifier.
    """

    start: float | None
    end: float | None
    speaker: str | None
    text: str
    is_code: bool = False
    line: int | None = None
    labels: dict[str, Any] = field(default_factory=dict[str, Any])
    id: str | None = None


def say_events(events: Iterable[Event], assembly: Assembly) -> None:
    """Make messages of events, in the order of their start; those without a time stay behind the one before them."""
    keyed: list[tuple[float, int, Event]] = []
    last = float("-inf")
    codes = 0
    for index, event in enumerate(events):
        codes += event.is_code and bool(event.text)
        if event.start is not None and event.start == event.start:
            last = event.start
        keyed.append((last, index, event))
    for _, _, event in sorted(keyed, key=lambda item: item[:2]):
        assembly.say(
            event.speaker,
            event.text,
            start=event.start,
            end=event.end,
            kind="code" if event.text and event.is_code else "text" if event.text else "media",
            media=not event.text,
            line=event.line,
            id=event.id,
            labels=event.labels,
        )
    if codes:
        said = "1 event is a code" if codes == 1 else f"{codes:,} events are codes"
        assembly.problem(
            "codes", f"{said} of an observer, no words: programs that read words pass over them.", remark=True
        )
