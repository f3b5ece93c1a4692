"""What happens after a miss: what the caller does, and whether it is repaired (codebook, section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import regex

from attunement.core.codebook import AFTER, MEETING
from attunement.core.coding import TurnCoding
from attunement.core.episode import Censoring, Episode, Exchange, Repair
from attunement.core.turn import Session, Turn
from attunement.episodes.options import EpisodeOptions

__all__ = ["make_episodes"]

_MEETS = frozenset(code.name for code in MEETING)
_ATTACKS = frozenset({"minimising", "invalidation", "suppression", "criticism", "contempt", "defensiveness", "threat"})
_REACTIONS = frozenset({"clarify", "fight", "withdraw", "fawn", "freeze"})
_SOFT_EMOTIONS = frozenset({"gratitude", "love", "relief", "joy", "hope", "amusement"})
_OPEN_CODES = frozenset({"feeling", "disclosure", "need", "i_statement", "honest_account", "bid", "good_news"})

_WORD = regex.compile(r"\p{L}[\p{L}\p{M}']{3,}")
_MATTER_CHARACTERS = 20_000
"""As much of a turn as its matter is taken from: bounded work on a turn of any length."""

_COMMON = frozenset(
    "that this with have just what when your about them they there then than from were been will would could should "  # noqa: SIM905
    "really very some more much like know think want need going gonna because here over even only also still into "
    "don't didn't can't won't isn't wasn't it's that's you're i've dont didnt cant thats youre okay yeah sorry please "
    "love thing things something anything nothing everything well good right mean said says tell told feel feeling "
    "felt make made come came back time today tomorrow tonight night".split()
)


def make_episodes(
    turns: Sequence[Turn],
    sessions: Sequence[Session],
    codings: Sequence[TurnCoding],
    exchanges: Sequence[Exchange],
    options: EpisodeOptions | None = None,
) -> tuple[Episode, ...]:
    """Follow every scored exchange that misses.

    A turn of the one who missed tries to repair when it carries `accountability`, or another meeting code on the same
    matter, and no attack. The matter is the same where the turn answers one in which the caller still reacts to the
    miss (`clarify`, `fight`, `withdraw`, `fawn`, `freeze`), or where it shares a content word with the call, or with
    what the caller said since. A try is refused when the caller answers it with `fight`, `withdraw`, blame or an
    attack; the first try that is not refused is the repair. The window is counted in turns, as in the codebook, so that
    a repair on the next morning is seen; with `EpisodeOptions.within_session` nothing is followed beyond the session
    and the episode is censored there.

    Parameters
    ----------
    turns, sessions, codings, exchanges : sequences
        Of one record.
    options : EpisodeOptions, optional
        None takes the codebook's defaults.

    Returns
    -------
    tuple of Episode
        One a miss, in the order of the exchanges.

    Raises
    ------
    UsageError
        If an option lies outside what it can be.
    """
    options = (options or EpisodeOptions()).checked()
    if not turns:
        return ()
    record_last = turns[-1].index
    words = _Words(turns)
    ends = {session.index: session.last if options.within_session else record_last for session in sessions}
    missed = (exchange for exchange in exchanges if exchange.is_scored and exchange.is_miss)
    return tuple(
        _follow(number, exchange, turns, codings, words, ends[exchange.session], options)
        for number, exchange in enumerate(missed)
    )


def _follow(
    number: int,
    exchange: Exchange,
    turns: Sequence[Turn],
    codings: Sequence[TurnCoding],
    words: _Words,
    last: int,
    options: EpisodeOptions,
) -> Episode:
    miss = exchange.call if exchange.reply is None else exchange.reply
    window_end = min(miss + options.repair_window, last)
    own = (index for index in range(miss + 1, last + 1) if turns[index].speaker == exchange.caller)
    after_turns = tuple(islice(own, options.after_turns))
    seen = {code for index in after_turns for code in codings[index].present("after")}
    attempts = _attempts(exchange, range(miss + 1, window_end + 1), last, turns, codings, words)
    repair = next((attempt for attempt in attempts if attempt.accepted is not False), None)
    censored: Censoring | None = None
    if repair is None:
        is_whole = miss + options.repair_window <= last
        censored = "window" if is_whole else "record" if last == turns[-1].index else "session"
    observed_to = window_end if repair is None else repair.turn
    return Episode(
        index=number,
        exchange=exchange.index,
        after=tuple(code.name for code in AFTER if code.name in seen),
        after_turns=after_turns,
        repair=repair,
        observed_turns=observed_to - miss,
        observed_seconds=_seconds_between(turns[miss], turns[observed_to]) if repair is None else repair.seconds,
        censored=censored,
        attempts=attempts,
    )


def _attempts(
    exchange: Exchange,
    window: range,
    last: int,
    turns: Sequence[Turn],
    codings: Sequence[TurnCoding],
    words: _Words,
) -> tuple[Repair, ...]:
    attempts: list[Repair] = []
    miss = window.start - 1
    matter = words[exchange.call]
    is_reacting = False
    for index in window:
        turn, coding = turns[index], codings[index]
        if turn.speaker == exchange.caller:
            is_reacting = not _REACTIONS.isdisjoint(coding.present("after"))
            if is_reacting or not matter.isdisjoint(words[index]):
                matter |= words[index]
            continue
        if turn.speaker != exchange.replier:
            continue
        stance = coding.present("stance")
        meets = tuple(code for code in stance if code in _MEETS)
        if not meets or _ATTACKS.intersection(stance):
            continue
        if "accountability" in meets or is_reacting or not matter.isdisjoint(words[index]):
            attempts.append(
                Repair(
                    turn=index,
                    by=turn.speaker,
                    codes=meets,
                    turns=index - miss,
                    seconds=_seconds_between(turns[miss], turn),
                    accepted=_is_accepted(exchange.caller, index, last, turns, codings),
                )
            )
    return tuple(attempts)


def _is_accepted(
    caller: str, repair: int, last: int, turns: Sequence[Turn], codings: Sequence[TurnCoding]
) -> bool | None:
    """Whether the caller then softens, thanks or goes on disclosing; None where that cannot be told."""
    following = next((index for index in range(repair + 1, last + 1) if turns[index].speaker == caller), None)
    if following is None:
        return None
    coding = codings[following]
    expression, stance = set(coding.present("expression")), set(coding.present("stance"))
    if "blame" in expression or stance & _ATTACKS or {"fight", "withdraw"}.intersection(coding.present("after")):
        return False
    softens = _SOFT_EMOTIONS.intersection(coding.present("emotion")) or stance & _MEETS
    return True if softens or expression & _OPEN_CODES else None


class _Words:
    """Content words of each turn, lower case, without the plainest ending, so that "meetings" finds "meeting"."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = turns
        self._known: dict[int, frozenset[str]] = {}

    def __getitem__(self, index: int) -> frozenset[str]:
        known = self._known.get(index)
        if known is None:
            text = self._turns[index].text[:_MATTER_CHARACTERS].lower().replace("’", "'")
            found = (word for word in _WORD.findall(text) if word not in _COMMON)
            known = frozenset(word.removesuffix("'s").removesuffix("s") for word in found)
            self._known[index] = known
        return known


def _seconds_between(earlier: Turn, later: Turn) -> float | None:
    if earlier.end is None or later.start is None:
        return None
    return max(0.0, later.start - earlier.end)
