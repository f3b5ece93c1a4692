"""How calls find their replies and misses their repairs."""

from __future__ import annotations

import math

import msgspec

from attunement.errors import UsageError, require_kind

__all__ = ["EpisodeOptions"]


class EpisodeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of exchanges and episodes; the defaults are the codebook's.

    Attributes
    ----------
    repair_window : int
        Turns after a miss within which it can be repaired (codebook, section 1).
    after_turns : int
        How many of the caller's own next turns show what the caller does after a miss (codebook, section 4).
    within_session : bool
        Whether a miss is followed only to the end of its session. By default the window, which is counted in turns,
        reaches into the next one: many repairs come on the next morning.
    silence_waking_seconds : float
        A call without a reply in its session counts as `silence` where more of the replier's waking time than this
        passed before their next word; less is a night (codebook, section 3: not at night-time).
    late_percentile : float
        A reply later than this percentile of the replier's own replies to calls of that hour and weekday kind counts
        as `silence` (codebook, section 3).
    late_floor_seconds : float
        A reply sooner than this is never late, whatever the percentile: by its definition a percentile always finds
        somebody late, also where everybody answers within minutes.
    late_min_replies : int
        Replies that a percentile must rest on; below it the hours are pooled, then the weekdays, then nothing is late.
    cut_off_words : int
        A reply that breaks off within this many words is left out of the score (codebook, section 3), and so is one
        of no more words that comes with a voice message, a photo or a call.
    """

    repair_window: int = 8
    after_turns: int = 2
    within_session: bool = False
    silence_waking_seconds: float = 6 * 3600.0
    late_percentile: float = 95.0
    late_floor_seconds: float = 3600.0
    late_min_replies: int = 20
    cut_off_words: int = 3

    def checked(self) -> EpisodeOptions:
        """Return the options if they make sense.

        Raises
        ------
        UsageError
            If one lies outside what it can be; names it and its value.
        """
        for name, low, high in _BOUNDS:
            value = getattr(self, name)
            require_kind(value, (int,) if name in _WHOLE else (int, float), f"EpisodeOptions.{name}")
            if not low <= value <= high:  # nan is neither
                allowed = f"{low:g} or more" if high == math.inf else f"between {low:g} and {high:g}"
                raise UsageError(f"EpisodeOptions.{name} is {allowed}; got {value!r}.")
        return self


_WHOLE = frozenset({"repair_window", "after_turns", "late_min_replies", "cut_off_words"})
_BOUNDS = (
    ("repair_window", 0, math.inf),
    ("after_turns", 0, math.inf),
    ("silence_waking_seconds", 0, math.inf),
    ("late_percentile", 0, 100),
    ("late_floor_seconds", 0, math.inf),
    ("late_min_replies", 1, math.inf),
    ("cut_off_words", 0, math.inf),
)
