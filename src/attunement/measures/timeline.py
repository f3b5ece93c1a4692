"""The axis on which change is drawn: ISO weeks where a record has a calendar, sessions where it has none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from attunement.core.analysis import Analysis
from attunement.measures.arrays import Arrays, Floats, Ints

__all__ = ["Timeline", "make_timeline"]

_SECONDS_A_DAY = 86_400.0
# Ordinal day 1 of `date` is a Monday, so that (ordinal - 1) // 7 counts ISO weeks.
_FIRST_MONDAY = 1
_MOST_LOST = 0.1


@dataclass(frozen=True, slots=True)
class Timeline:
    """Where each turn lies in time.

    Attributes
    ----------
    unit : {"week", "session"}
        What a period is.
    period : ndarray of int, shape (turns,)
        The period of each turn: a running number of ISO weeks, or the session.
    position : ndarray of float, shape (turns,)
        Where the turn lies, in units of `step`: days, or sessions.
    step : str
        The word for the unit of a trend: "30 days" or "session".
    per_step : float
        How much of `position` a step is.
    """

    unit: Literal["week", "session"]
    period: Ints
    position: Floats
    step: str
    per_step: float

    def label(self, period: int) -> str:
        """Return the label of a period: "2024-W03" or "session 3"."""
        if self.unit == "session":
            return f"session {period}"
        year, week, _ = date.fromordinal(int(period) * 7 + _FIRST_MONDAY).isocalendar()
        return f"{year}-W{week:02d}"

    def stretch(self, first_turn: int, last_turn: int) -> str:
        """Return the label of a stretch of turns, both included."""
        ends = (self._point(first_turn), self._point(last_turn))
        return ends[0] if ends[0] == ends[1] else "/".join(ends)

    def _point(self, turn: int) -> str:
        if self.unit == "session":
            return f"session {int(self.period[turn])}"
        return date.fromordinal(int(self.position[turn])).isoformat()


def make_timeline(analysis: Analysis, arrays: Arrays) -> Timeline:
    """Place every turn in time: by week where the record has a calendar and its turns have times, else by session.

    Days are those of the record's own wall clock, unrounded: 3.5 is noon of the day with ordinal 3. A turn whose time
    got lost lies where the turn before it does, the first ones where the first known one does; where more than one turn
    in ten has none, the record goes by sessions.
    """
    turns = arrays.turns
    epoch = analysis.record.epoch
    lost = np.isnan(turns.start)
    if epoch is None or not turns.start.size or float(lost.mean()) > _MOST_LOST:
        return Timeline("session", turns.session, turns.session.astype(np.float64), "session", 1.0)
    known = np.flatnonzero(~lost)
    before = np.searchsorted(known, np.arange(turns.start.size), side="right") - 1
    start = turns.start[known[np.maximum(before, 0)]]
    into_day = epoch.hour * 3600.0 + epoch.minute * 60.0 + epoch.second
    days = epoch.toordinal() + (start + into_day) / _SECONDS_A_DAY
    weeks = (np.floor(days).astype(np.int64) - _FIRST_MONDAY) // 7
    return Timeline("week", weeks, days, "30 days", 30.0)
