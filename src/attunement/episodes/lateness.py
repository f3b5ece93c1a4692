"""Silence: no reply, or one so late that it is none (codebook, section 3)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attunement.core.record import Record
from attunement.core.turn import Turn
from attunement.episodes.options import EpisodeOptions
from attunement.stats.rhythm import DEFAULT_WAKING, waking_hours, waking_seconds

__all__ = ["Lateness"]

_DAY_SECONDS = 86_400.0
_REPEATED_HOUR_SECONDS = 3600.0
"""As far back as a clock change sets a clock."""
_BLOCK_HOURS = 6
"""Hours of the day are told apart in four blocks: night, morning, afternoon, evening."""


class Lateness:
    """What counts as silence in one record.

    Only a chat with times has silences of its own: in a transcript the sitting ends, and whoever had the last word was
    not left without an answer.

    Parameters
    ----------
    record : Record
        What was read.
    turns : sequence of Turn
        Its turns.
    exchanges : sequence of (int, int or None)
        Index of each call and of its reply.
    options : EpisodeOptions
        Percentile, floor and minimum count.
    """

    def __init__(
        self,
        record: Record,
        turns: Sequence[Turn],
        exchanges: Sequence[tuple[int, int | None]],
        options: EpisodeOptions,
    ) -> None:
        self._turns = turns
        self._floor = options.late_floor_seconds
        self._silence = options.silence_waking_seconds
        self._is_chat = record.medium == "chat" and record.epoch is not None
        self._midnight = 0.0
        self._weekday = 0
        if record.epoch is not None:
            epoch = record.epoch
            self._midnight = epoch.hour * 3600.0 + epoch.minute * 60.0 + epoch.second
            self._weekday = epoch.weekday()
        self._record_end = max((turn.end for turn in turns if turn.end is not None), default=0.0)
        self._waking: dict[str, NDArray[np.bool_]] = {}
        self._indexes: dict[str, list[int]] = defaultdict(list)
        self._behind = _clocks_behind(turns)
        if self._is_chat:
            for turn in turns:
                if turn.start is not None:
                    self._indexes[turn.speaker].append(turn.index)
            for speaker, indexes in self._indexes.items():
                seconds = np.array([turns[index].start or 0.0 for index in indexes]) + self._midnight
                self._waking[speaker] = waking_hours(seconds % _DAY_SECONDS)
        self._limits = self._late_limits(exchanges, options) if self._is_chat else {}

    def why_unanswered(self, call: Turn, addressees: Sequence[str]) -> str:
        """Say why a call without a reply in its session is no silence; "" where it is one.

        The wait goes on to the next word of the person addressed, or to the end of the record where none comes. Where
        it cannot be told which of several was addressed, the call is silence for some and not for others, or for all:
        it is "addressee unknown" where it is silence for one of them.
        """
        reasons = {self._why_unanswered(call, addressed) for addressed in addressees}
        if len(addressees) > 1 and "" in reasons:
            return "addressee unknown"
        return next((reason for reason in ("", "night") if reason in reasons), "no reply yet")

    def _why_unanswered(self, call: Turn, addressed: str) -> str:
        if not self._is_chat or call.end is None:
            return "no reply yet"
        following = self._next_turn(call.index, addressed)
        until = self._record_end if following is None or following.start is None else following.start
        if self._waking_wait(call.end, until, addressed) > self._silence:
            return ""
        return "no reply yet" if following is None else "night"

    def seconds_between(self, call: Turn, reply: Turn) -> float | None:
        """Return the time from the end of a call to its reply; None where a time is missing or plainly wrong."""
        if call.end is None or reply.start is None or not self._is_measured(call, reply):
            return None
        return max(0.0, reply.start - call.end)

    def _is_measured(self, call: Turn, reply: Turn) -> bool:
        """Tell whether one clock timed both: not where the call's ran far behind and the reply's no longer does."""
        latest = self._behind.get(call.index)
        return latest is None or reply.start is None or reply.start < latest

    def is_late(self, call: Turn, reply: Turn) -> bool:
        """Tell whether a reply in the session came later than the replier's own late limit, in waking time."""
        if not self._is_chat or call.end is None or reply.start is None or reply.speaker not in self._waking:
            return False
        limit = self._limits.get((reply.speaker, *self._stratum(call.end)))
        if limit is None or not self._is_measured(call, reply):
            return False
        return self._waking_wait(call.end, reply.start, reply.speaker) > max(limit, self._floor)

    def _waking_wait(self, start: float, end: float, speaker: str) -> float:
        waking = self._waking.get(speaker, DEFAULT_WAKING)
        return waking_seconds(start + self._midnight, end + self._midnight, waking)

    def _next_turn(self, index: int, speaker: str) -> Turn | None:
        indexes = self._indexes.get(speaker, [])
        position = bisect_right(indexes, index)
        return self._turns[indexes[position]] if position < len(indexes) else None

    def _stratum(self, seconds: float) -> tuple[int, bool]:
        days, of_day = divmod(seconds + self._midnight, _DAY_SECONDS)
        return int(of_day // 3600) // _BLOCK_HOURS, (self._weekday + int(days)) % 7 >= 5

    def _late_limits(
        self, exchanges: Sequence[tuple[int, int | None]], options: EpisodeOptions
    ) -> dict[tuple[str, int, bool], float | None]:
        """Percentile of each replier's waking latencies by stratum; too few are pooled over hours, then weekdays."""
        waits: dict[tuple[str, int | None, bool | None], list[float]] = defaultdict(list)
        repliers: set[str] = set()
        for call_index, reply_index in exchanges:
            if reply_index is None:
                continue
            call, reply = self._turns[call_index], self._turns[reply_index]
            if call.end is None or reply.start is None or not self._is_measured(call, reply):
                continue
            waited = self._waking_wait(call.end, reply.start, reply.speaker)
            block, weekend = self._stratum(call.end)
            repliers.add(reply.speaker)
            for key in ((block, weekend), (None, weekend), (None, None)):
                waits[reply.speaker, *key].append(waited)
        limits: dict[tuple[str, int, bool], float | None] = {}
        for speaker in repliers:
            for block in range(24 // _BLOCK_HOURS):
                for weekend in (False, True):
                    limits[speaker, block, weekend] = next(
                        (
                            float(np.percentile(found, options.late_percentile))
                            for key in ((block, weekend), (None, weekend), (None, None))
                            if len(found := waits[speaker, *key]) >= options.late_min_replies
                        ),
                        None,
                    )
        return limits


def _clocks_behind(turns: Sequence[Turn]) -> dict[int, float]:
    """Find the turns further behind the latest start of their session than a clock change sets a clock.

    Returns that latest start by the turn's index.
    """
    behind: dict[int, float] = {}
    session, latest = -1, float("-inf")
    for turn in turns:
        if turn.session != session:
            session, latest = turn.session, float("-inf")
        if turn.end is not None and turn.end < latest - _REPEATED_HOUR_SECONDS:
            behind[turn.index] = latest
        if turn.start is not None:
            latest = max(latest, turn.start)
    return behind
