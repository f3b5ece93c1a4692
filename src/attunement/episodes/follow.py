"""What happens after a miss: what the caller does, and whether it is repaired (codebook, section 4)."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import islice

import regex

from attunement.core.codebook import AFTER, MEETING, MISSING
from attunement.core.coding import TurnCoding
from attunement.core.episode import Censoring, Episode, Exchange, Repair
from attunement.core.turn import Session, Turn, run_of
from attunement.core.verdict import verdict_of
from attunement.episodes.options import EpisodeOptions

__all__ = ["make_episodes"]

_MEETS = frozenset(code.name for code in MEETING)
_MISSES = frozenset(code.name for code in MISSING)
_HARD_MISSES = frozenset(code for code in _MISSES if verdict_of((code,), heavy=False) == "misattuned")
_OF_THE_MATTER = frozenset({"reflection", "validation", "shared_experience", "celebration"})
"""What by its definition speaks of what was said; warmth, a question or an offer may open any day."""
_DAY_SECONDS = 86_400.0

_REACTIONS = frozenset({"clarify", "fight", "withdraw", "fawn", "freeze"})
_THANKS = frozenset({"gratitude", "love"})
_HOLDS_BACK = frozenset({"fawn", "freeze"})
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

    A turn of the one who missed tries to repair when its codes would have met the call in full: a meeting code beyond
    `acknowledgement` and `engagement`, and no missing code; a turn that itself misses a call is no try. It must be on
    the same matter: it answers a turn in which the caller reacts to this miss (`clarify`, `fight`, `withdraw`, `fawn`,
    `freeze`), or the source says that it replies to the call or to such a turn (`Turn.reply_to`), or it shares a
    content word with the call, or with what the caller said of it since. What somebody says in several turns in a row
    is answered, and resumed, by one turn (`core.turn.run_of`). `accountability` needs no more than to stand in the
    same session; in a later one it must share such a word, or one with the reply that it owns.

    A later session may be opened by the one who missed (`Turn.resumes`). `accountability` that takes up the session of
    the miss within a day needs no such word either. Where the last words before were the call or a reaction to this
    miss, a code that speaks of what was said (`reflection`, `validation`, `shared_experience`, `celebration`) is on the
    same matter. Warmth alone is not: a kind good morning may pass over what happened.

    In a group a try may also follow a third person's word (a therapist's) in the talk of the two, where the caller is
    the next to speak and so takes it up.

    A reaction is one of the caller's next turns (`EpisodeOptions.after_turns`) in the same session, or one that shares
    a word with the call, and belongs to the last miss before it. A try is refused when the caller's next turn in the
    session fights, withdraws, blames or carries a missing code of the kind that makes a reply `misattuned`; it is
    accepted when that turn softens, thanks or goes on disclosing, without giving in (`fawn`), going blank (`freeze`) or
    turning away. Where a turn both withdraws and is warm or thanks, what is more probable holds, and nothing can be
    told where both are equally so. The first try that is not refused is the repair.

    The window is counted in turns, as in the codebook, so that a repair on the next morning is seen; with
    `EpisodeOptions.within_session` nothing is followed beyond the session and the episode is censored there. Where no
    repair is seen and a turn of the one who missed has words whose stance was not scored, it might have been one: the
    episode is censored before it.

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
    misses = _Misses(exchanges)
    return tuple(
        _follow(number, exchange, turns, codings, words, misses, ends[exchange.session], options)
        for number, exchange in enumerate(missed)
    )


def _follow(
    number: int,
    exchange: Exchange,
    turns: Sequence[Turn],
    codings: Sequence[TurnCoding],
    words: _Words,
    misses: _Misses,
    last: int,
    options: EpisodeOptions,
) -> Episode:
    miss = exchange.call if exchange.reply is None else exchange.reply
    window_end = min(miss + options.repair_window, last)
    own = (index for index in range(miss + 1, last + 1) if turns[index].speaker == exchange.caller)
    after_turns = tuple(islice(own, options.after_turns))
    seen = {code for index in after_turns for code in codings[index].present("after")}
    attempts = _attempts(exchange, range(miss + 1, window_end + 1), after_turns, turns, codings, words, misses)
    repair = next((attempt for attempt in attempts if attempt.accepted is not False), None)
    censored: Censoring | None = None
    unseen = None
    if repair is None:
        unseen = _unseen_from(exchange, range(miss + 1, window_end + 1), turns, codings, misses)
    if unseen is not None:
        censored, window_end = "not coded", unseen
    elif repair is None:
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


def _unseen_from(
    exchange: Exchange, window: range, turns: Sequence[Turn], codings: Sequence[TurnCoding], misses: _Misses
) -> int | None:
    """Return the last turn before one that may be a repair for all that is known; the miss where nothing was seen.

    What has no words (a photo), or answers what has none, is passed over, unless it is all that the one who missed says
    in the window.
    """
    miss = window.start - 1
    is_seen = is_unseen = False
    for index in window:
        turn = turns[index]
        if turn.speaker != exchange.replier or not _is_to_caller(turn, exchange, turns):
            continue
        why = codings[index].abstained.get("stance")
        if index in misses or why is None:
            is_seen = True
            continue
        is_unseen = True
        if why != "wordless" and not turn.is_wordless:
            return index - 1 if is_seen else miss
    return miss if is_unseen and not is_seen else None


def _attempts(
    exchange: Exchange,
    window: range,
    after_turns: Sequence[int],
    turns: Sequence[Turn],
    codings: Sequence[TurnCoding],
    words: _Words,
    misses: _Misses,
) -> tuple[Repair, ...]:
    attempts: list[Repair] = []
    miss = window.start - 1
    matter = words[exchange.call]
    own_part = matter if exchange.reply is None else matter | words[exchange.reply]
    reactions: set[int] = set()
    for index in window:
        turn, coding = turns[index], codings[index]
        if turn.speaker == exchange.caller:
            is_linked = not matter.isdisjoint(words[index])
            if (
                index in after_turns
                and not _REACTIONS.isdisjoint(coding.present("after"))
                and misses.last_before(index, exchange) == miss
                and (is_linked or turn.session == turns[miss].session)
            ):
                reactions.add(index)
            if is_linked or index in reactions:
                matter |= words[index]
                own_part |= words[index]
            continue
        stance = coding.present("stance")
        if turn.speaker != exchange.replier or index in misses or not _would_mend(stance):
            continue
        if not _is_to_caller(turn, exchange, turns):
            continue
        is_same = not matter.isdisjoint(words[index]) or not reactions.isdisjoint(_taken_up(turn.answers, turn, turns))
        is_same |= turn.reply_to is not None and (turn.reply_to in reactions or turn.reply_to == exchange.call)
        resumed = _taken_up(turn.resumes, turn, turns)
        if exchange.call in resumed or not reactions.isdisjoint(resumed):
            is_same |= not _OF_THE_MATTER.isdisjoint(stance)
        is_owned = "accountability" in stance and (
            turns[miss].session == _session_taken_up(turn, turns) or not own_part.isdisjoint(words[index])
        )
        if is_same or is_owned:
            attempts.append(
                Repair(
                    turn=index,
                    by=turn.speaker,
                    codes=tuple(code for code in stance if code in _MEETS),
                    turns=index - miss,
                    seconds=_seconds_between(turns[miss], turn),
                    accepted=_is_accepted(exchange.caller, index, turns, codings),
                )
            )
    return tuple(attempts)


def _taken_up(index: int | None, turn: Turn, turns: Sequence[Turn]) -> range:
    """Return the turns in a row that a turn answers or resumes with the one at an index; none where there is none."""
    return range(0) if index is None else run_of(index, turns, before=turn.index)


def _is_to_caller(turn: Turn, exchange: Exchange, turns: Sequence[Turn]) -> bool:
    """Whether a turn of the one who missed is said to the caller, if only past a third person's word."""
    towards = turn.resumes if turn.answers is None else turn.answers
    if towards is None or turns[towards].speaker == exchange.caller:
        return True
    before, after = turn.index - 2, turn.index + 1
    return (
        towards == turn.index - 1
        and before >= 0
        and turns[before].session == turn.session
        and turns[before].speaker in (exchange.caller, exchange.replier)
        and after < len(turns)
        and turns[after].answers == turn.index
        and turns[after].speaker == exchange.caller
    )


def _session_taken_up(turn: Turn, turns: Sequence[Turn]) -> int:
    """Return the session that a turn goes on with: within a day the one that it resumes, else its own."""
    if turn.resumes is None:
        return turn.session
    since = _seconds_between(turns[turn.resumes], turn)
    return turns[turn.resumes].session if since is not None and since <= _DAY_SECONDS else turn.session


def _would_mend(stance: Collection[str]) -> bool:
    """Whether these codes would have met the missed call in full, taken as heavy (codebook, "The verdict")."""
    return verdict_of(stance, heavy=True) == "attuned"


def _is_accepted(caller: str, repair: int, turns: Sequence[Turn], codings: Sequence[TurnCoding]) -> bool | None:
    """Whether the caller then softens, thanks or goes on disclosing; None where that cannot be told."""
    following = next((index for index in range(repair + 1, len(turns)) if turns[index].speaker == caller), None)
    if following is None or turns[following].session != turns[repair].session:
        return None
    coding = codings[following]
    expression, stance = set(coding.present("expression")), set(coding.present("stance"))
    after = coding.present("after")
    if "blame" in expression or stance & _HARD_MISSES or "fight" in after:
        return False
    if "withdraw" in after:
        left = coding.probabilities("after")["withdraw"] - _warmth_or_thanks(coding)
        if left >= 0.0:
            return None if left == 0.0 else False
    if stance & _MISSES or not _HOLDS_BACK.isdisjoint(after):
        return None
    softens = _SOFT_EMOTIONS.intersection(coding.present("emotion")) or stance & _MEETS
    return True if softens or expression & _OPEN_CODES else None


def _warmth_or_thanks(coding: TurnCoding) -> float:
    """Return the probability of the surest of warmth and thanks that were decided on; 0 where neither was."""
    kind = ("warmth", *_THANKS)
    return max((code.probability for code in coding.codings if code.present and code.code in kind), default=0.0)


class _Misses:
    """Where misses stand: who was missed there, and by whom."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self._replies = {e.reply for e in exchanges if e.is_scored and e.is_miss and e.reply is not None}
        self._places: dict[tuple[str, str], list[int]] = defaultdict(list)
        for exchange in exchanges:
            if exchange.is_scored and exchange.is_miss:
                place = exchange.call if exchange.reply is None else exchange.reply
                self._places[exchange.caller, exchange.replier].append(place)
        for places in self._places.values():
            places.sort()

    def __contains__(self, turn: int) -> bool:
        """Whether a turn is itself a reply that missed."""
        return turn in self._replies

    def last_before(self, turn: int, exchange: Exchange) -> int:
        """Return the last miss of the same two people in the same direction before a turn."""
        places = self._places[exchange.caller, exchange.replier]
        return places[bisect_left(places, turn) - 1]


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
