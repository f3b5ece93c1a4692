"""Times as media write them: hours, minutes and seconds since the start of a recording."""

from __future__ import annotations

import re

__all__ = ["CLOCK", "format_clock", "parse_clock"]

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
