"""Heads that say "today" or "yesterday" in place of a date, as they are copied out of a window of Discord."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

__all__ = ["with_clocks"]

_TODAY = (
    r"today at|heute um|aujourd['’]hui à|hoy a las?|hoje às?|oggi alle|vandaag om",
    r"yesterday at|gestern um|hier à|ayer a las?|ontem às?|ieri alle|gisteren om",
)
_HEAD = re.compile(
    r"\s*(?P<name>[^\n:]{0,60}?)(?P<dash>\s*[—–-])?\s*"
    rf"(?:(?P<today>{_TODAY[0]})|(?P<yesterday>{_TODAY[1]}))\s+"
    r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:\s*(?P<half>[ap])\.?\s?m\.?|\s*Uhr)?\s*",
    re.IGNORECASE,
)
_LONGEST_NAME, _LONGEST_HEAD = 40, 120
_SHARE_OF_NAMES = 0.5


def with_clocks(lines: Sequence[str]) -> Sequence[str]:
    """Write heads like "Mira — Today at 5:03 PM" as "Mira — 17:03:00", with the name on one line with its time.

    Where both words stand, the clock counts from the midnight before yesterday. A sentence that ends like a head is
    none, as its beginning does not come again. Lines keep their numbers.

    Parameters
    ----------
    lines : sequence of str
        The whole text.
    """
    found = {
        at: match
        for at, line in enumerate(lines)
        if len(line) <= _LONGEST_HEAD and any(map(str.isdigit, line[-10:])) and (match := _HEAD.fullmatch(line))
    }
    if len(found) < 2:
        return lines
    names: dict[int, tuple[str, int]] = {}
    for at, match in found.items():
        if name := match["name"].strip(" \t\u200e\u200f\u2068\u2069"):
            names[at] = name, at
        elif at and 0 < len(above := lines[at - 1].strip()) <= _LONGEST_NAME and at - 1 not in found:
            names[at] = above, at - 1
    counts = Counter(name for name, _ in names.values())
    again = sum(count for count in counts.values() if count > 1)
    if again < _SHARE_OF_NAMES * len(found):
        return lines
    has_yesterday = any(match["yesterday"] for match in found.values())
    given = list(lines)
    for at, (name, where) in names.items():
        match = found[at]
        if counts[name] < 2 and where == at and not match["dash"]:
            continue
        hour, half = int(match["hour"]), (match["half"] or "").lower()
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
        hour += 24 if has_yesterday and match["today"] else 0
        given[at] = ""
        given[where] = f"{name} — {hour:02d}:{match['minute']}:00"
    return given
