"""Offsets from Greenwich that differ because a place's clock was put forward or back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

__all__ = ["is_clock_change", "on_the_wall"]

_HOUR, _DAY, _YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)


def is_clock_change(moments: Sequence[float | datetime | None], speakers: Sequence[str | None]) -> bool:
    """Tell whether offsets differ because one place's clock was put forward or back.

    Then there are two, at most an hour apart, somebody has spoken under both, and they change twice a year at most. Of
    talk that is over within a day true seconds tell more than the hours of its second half.
    """
    aware = [
        (value, offset, speaker)
        for value, speaker in zip(moments, speakers, strict=True)
        if isinstance(value, datetime) and (offset := value.utcoffset()) is not None
    ]
    offsets = {offset for _, offset, _ in aware}
    if len(offsets) != 2 or max(offsets) - min(offsets) > _HOUR:
        return False
    if len({(offset, speaker) for _, offset, speaker in aware}) == len({speaker for _, _, speaker in aware}):
        return False
    aware.sort(key=lambda one: one[0])
    span = aware[-1][0] - aware[0][0]
    changes = sum(a[1] != b[1] for a, b in pairwise(aware))
    return span > _DAY and changes <= 1 + 2 * span / _YEAR


def on_the_wall(value: float | datetime | None, first: datetime) -> float | datetime | None:
    """Read a time as the wall clock says, whatever its offset, in the zone of the first."""
    return value.replace(tzinfo=first.tzinfo) if isinstance(value, datetime) and value.tzinfo is not None else value
