"""How calls find their replies and misses their repairs."""

from __future__ import annotations

import msgspec

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
        A reply that breaks off within this many words is left out of the score (codebook, section 3).
    """

    repair_window: int = 8
    after_turns: int = 2
    within_session: bool = False
    silence_waking_seconds: float = 6 * 3600.0
    late_percentile: float = 95.0
    late_floor_seconds: float = 3600.0
    late_min_replies: int = 20
    cut_off_words: int = 3
