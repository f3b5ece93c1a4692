"""Times as media write them, since the start of a recording, and what times of two numbers are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from attunement.core.source import Choice, Question, Source

__all__ = ["CLOCK", "ClockUnit", "clock_question", "format_clock", "parse_clock", "settle_clock"]

ClockUnit = Literal["mm:ss", "hh:mm"]
"""What times of two numbers are: minutes and seconds of a recording, or hours and minutes of the day."""

CLOCK = r"(?:\d{1,3}:\d{1,2}:\d{1,2}|\d{1,3}:\d{2})(?:[.,]\d{1,9})?"
"""A clock time inside a larger pattern: ``1:02:03``, ``02:03``, ``00:01:02,500``."""

_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,9}))?", re.ASCII)


def parse_clock(text: str) -> float | None:
    """Read ``[H:]MM:SS[.fff]``, with a point or a comma, as seconds.

    Parameters
    ----------
    text : str
        The time alone; white space around it is passed over.

    Returns
    -------
    float or None
        Seconds, never below 0; None where it is no such time (seconds over 59, minutes over 59 beside hours).

    Examples
    --------
    >>> parse_clock("01:02:03,5")
    3723.5
    >>> parse_clock("75:10")
    4510.0
    """
    if len(text) == 8 and text[2] == ":" == text[5]:
        # By far the most common form, at a third of the cost.
        hours, minutes, seconds = text[:2], text[3:5], text[6:]
        if hours.isdigit() and minutes.isdigit() and seconds.isdigit() and text.isascii():
            is_clock = minutes < "60" and seconds < "60"
            return float(int(hours) * 3600 + int(minutes) * 60 + int(seconds)) if is_clock else None
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds, fraction = match.groups()
    if int(seconds) > 59 or (hours is not None and int(minutes) > 59):
        return None
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + int(fraction) / 10 ** len(fraction) if fraction else float(whole)


def format_clock(seconds: float) -> str:
    """Write seconds as ``H:MM:SS``, for messages about a place in a recording."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


_SHORT = re.compile(r"(\d{1,3}):(\d{2})", re.ASCII)
_LATE_START = 5
_LAST_HOUR = 23
_FASTEST_SPEECH = 10.0
"""Words a second over a whole recording; auctioneers and readers against the clock stay below it."""


def settle_clock(stamps: Sequence[str], *, words: int) -> tuple[ClockUnit, ...]:
    """Say what times of two numbers ("12:34") can be, from all of them in the order of the source.

    They are minutes and seconds where the first number passes 23 or begins low, as recordings begin at nought, and
    hours and minutes where they run back over midnight or nobody could say so many words in so few seconds.

    Parameters
    ----------
    stamps : sequence of str
        Every time; of any other form than two numbers, there is nothing to settle.
    words : int
        How many words stand between the first of them and the last.

    Returns
    -------
    tuple of {"mm:ss", "hh:mm"}
        What survives: one or both; none where the times are of another form.

    Examples
    --------
    >>> settle_clock(["00:05", "01:10"], words=90)
    ('mm:ss',)
    >>> settle_clock(["21:40", "21:41"], words=12)
    ('mm:ss', 'hh:mm')
    >>> settle_clock(["23:58", "00:03"], words=12)
    ('hh:mm',)
    """
    read = [match for stamp in stamps if (match := _SHORT.fullmatch(stamp.strip()))]
    if not stamps or len(read) < len(stamps):
        return ()
    numbers = [(int(match[1]), int(match[2])) for match in read]
    firsts = [first for first, _ in numbers]
    if firsts[0] < _LATE_START or max(firsts) > _LAST_HOUR:
        return ("mm:ss",)
    seconds = [60 * first + second for first, second in numbers]
    is_past_midnight = any(a // 60 > 18 and b // 60 < 6 for a, b in pairwise(seconds))
    if is_past_midnight or words > _FASTEST_SPEECH * max(max(seconds) - seconds[0], 10):
        return ("hh:mm",)
    return ("mm:ss", "hh:mm")


def clock_question(stamps: Sequence[str], source: Source) -> Question:
    """Word the question that `settle_clock` leaves open; its choices show what the times would mean.

    Parameters
    ----------
    stamps : sequence of str
        Every time of the source.
    source : Source
        Where they stand.
    """
    first, last = stamps[0].strip(), stamps[-1].strip()
    minutes = " to ".join(":".join((f"{part:0>2}") for part in stamp.split(":")) for stamp in (first, last))
    return Question(
        "clock",
        "Every time of this file has two numbers, like 12:34: are they minutes and seconds, or hours and minutes?",
        (
            Choice("mm:ss", f"minutes and seconds of a recording, {minutes}"),
            Choice("hh:mm", f"hours and minutes of the day, {minutes} o'clock"),
        ),
        source,
    )
