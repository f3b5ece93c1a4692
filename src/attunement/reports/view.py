"""From an analysis to what a page shows: one pass over the exchanges, figures by name from the estimates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from attunement.core.analysis import Analysis
from attunement.core.codebook import AFTER, EXPRESSION, MEETING, MISSING, VERDICTS, Family, Verdict
from attunement.core.coding import TurnCoding
from attunement.core.episode import Episode, Exchange
from attunement.core.estimate import Estimate
from attunement.core.turn import Turn
from attunement.reports.model import AfterView, CodeCount, Direction, KindRow, Labour, Rate
from attunement.reports.safety import UNTOLD
from attunement.reports.strings import Words

__all__ = [
    "Book", "after_views", "coded_unread", "coder_of", "directions", "has_aliases", "interval_level",
    "is_followed_within_session",
    "labour", "least_calls", "uncoded_people", "unread_turns", "why_left_out", "window_turns",
]  # fmt: skip

_Plain = TypeVar("_Plain", bool, int, float)

# What a coder that does not read a language abstains on in every turn, also one that answers nothing.
_UNREAD: tuple[Family, ...] = ("expression", "emotion")
_MOST_OF_A_YEAR = 300 * 86400.0
_EXPRESSION = tuple(code.name for code in EXPRESSION)
_MEETING = tuple(code.name for code in MEETING)
_MISSING = tuple(code.name for code in MISSING if code.name not in UNTOLD)
_ACTS = {
    "talk": "balance.turns",
    "opens": "balance.calls",
    **{act: f"labour.{act}.share" for act in ("asks", "soothes", "repairs", "starts", "checks")},
}
_AFTER = tuple(code.name for code in AFTER)


class Book:
    """An analysis with what a page looks up in it.

    Parameters
    ----------
    analysis : Analysis
        What a run found.
    only_me : str or None
        The speaker whose replies alone are shown.
    is_held : bool
        Whether how replies met the calls, what came after misses and who does what are held back (see
        `attunement.reports.safety`): then there are no directions, no timeline and no episodes, and a card has the
        words of an exchange without a verdict.
    """

    def __init__(self, analysis: Analysis, *, only_me: str | None = None, is_held: bool = False) -> None:
        self.analysis = analysis
        self.only_me = only_me
        self.is_held = is_held
        self.speakers = analysis.speakers
        self.position = {name: place for place, name in enumerate(self.speakers)}
        self.estimates: dict[tuple[str, str | None, str | None], Estimate] = {
            (each.measure, each.from_, each.to): each for each in analysis.estimates if not each.period
        }
        self.exchanges: tuple[Exchange, ...] = tuple(
            exchange for exchange in analysis.exchanges if only_me is None or only_me in exchange.called
        )
        episodes = () if is_held else analysis.episodes
        self.episode_of: dict[int, Episode] = {episode.exchange: episode for episode in episodes}
        self.least = least_calls(analysis)
        self.window = window_turns(analysis)
        self.after_turns = _option(analysis.options, ("episodes", "after_turns"), 2)
        self.level = interval_level(analysis)
        self.is_within_session = is_followed_within_session(analysis)
        starts = [session.start for session in analysis.sessions if session.start is not None]
        self.is_within_a_year = bool(starts) and max(starts) - min(starts) < _MOST_OF_A_YEAR

    def rate(self, measure: str, from_: str, to: str | None, *, hits: int, count: int) -> Rate:
        """Return a share with the interval of its estimate; counts alone where there is none or there are too few."""
        found = self.estimates.get((measure, from_, to))
        if found is None or found.value is None or count < self.least or found.count != count:
            return Rate(hits, count)
        return Rate(hits, count, found.value, found.low, found.high, found.level)

    def rate_of(self, measure: str, from_: str, to: str | None) -> Rate | None:
        """Return a share as its estimate states it, or None where nothing was measured."""
        found = self.estimates.get((measure, from_, to))
        if found is None or not found.count:
            return None
        return Rate(found.hits or 0, found.count, found.value, found.low, found.high, found.level)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return caller and replier of every direction: both ways for two, in a group the most judged calls first."""
        if len(self.speakers) == 2:
            one, other = self.speakers
            return tuple(p for p in ((one, other), (other, one)) if self.only_me in (None, p[1]))
        # A direction never stands without its mirror image.
        judged, calls = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for exchange in self.exchanges:
            for other in exchange.called:
                one = exchange.caller
                both = min((one, other), (other, one), key=self._order)
                calls[both] += 1
                judged[both] += exchange.is_scored
        pairs: list[tuple[str, str]] = []
        for one, other in sorted(calls, key=lambda both: (-judged[both], -calls[both], self._order(both))):
            pairs.extend(p for p in ((one, other), (other, one)) if self.only_me in (None, p[1]))
        return tuple(pairs)

    def _order(self, pair: tuple[str, str]) -> tuple[int, int]:
        return self.position[pair[0]], self.position[pair[1]]


def least_calls(analysis: Analysis) -> int:
    """Return below how many calls there is no rate, as the run was told; 10 by the codebook."""
    return _option(analysis.options, ("measure", "min_calls"), 10)


def window_turns(analysis: Analysis) -> int:
    """Return within how many turns a miss can be repaired, as the run was told; 8 by the codebook."""
    return _option(analysis.options, ("episodes", "repair_window"), 8)


def interval_level(analysis: Analysis) -> float:
    """Return the coverage of intervals, as the run was told; 0.95 where it does not say."""
    return _option(analysis.options, ("measure", "level"), 0.95)


def is_followed_within_session(analysis: Analysis) -> bool:
    """Tell whether misses were followed only to the end of their session, as the run was told; else beyond it."""
    return _option(analysis.options, ("episodes", "within_session"), default=False)


def has_aliases(analysis: Analysis) -> bool:
    """Tell whether names were replaced when the record was read, as the run was told."""
    chosen = analysis.options.get("select")
    if not isinstance(chosen, dict):
        return False
    select = cast("dict[str, Any]", chosen)
    return bool(select.get("alias") or select.get("aliases"))


def coder_of(analysis: Analysis, words: Words) -> str:
    """Return who coded: the coder's name and version, and how many corrections a person made."""
    coder, corrections = analysis.versions.get("coder", "–"), int(analysis.versions.get("corrections", "0"))
    return f"{coder} {words.count('basis.by_person', corrections)}" if corrections else coder


def _option(options: Mapping[str, Any], path: tuple[str, ...], default: _Plain) -> _Plain:
    value: Any = options
    for step in path:
        if not isinstance(value, dict):
            return default
        value = cast("dict[str, Any]", value).get(step)
    return value if isinstance(value, type(default)) else default


def why_left_out(book: Book, exchange: Exchange) -> str:
    """Return why an exchange is left out of the score, "language" told apart from "abstained"; "" where it is in."""
    if exchange.is_scored:
        return ""
    reason = exchange.left_out or "abstained"
    if reason == "abstained" and exchange.reply is not None:
        coding = book.analysis.codings[exchange.reply]
        if coding.abstained.get("stance") == "language":
            return "language"
    return reason


def unread_turns(book: Book) -> dict[str, int]:
    """Count the turns with words that the coder did not read because of their language, by who said them.

    Who said the most comes first. What people coded in such turns all the same is among them (`coded_unread`).
    """
    counted = Counter(turn.speaker for turn, _ in _unread(book))
    return dict(counted.most_common())


def uncoded_people(book: Book) -> frozenset[int]:
    """Return the positions of those who say something, of which nobody coded what it puts out."""
    said: dict[str, bool] = {}
    for turn, coding in zip(book.analysis.turns, book.analysis.codings, strict=True):
        if not turn.is_wordless:
            said[turn.speaker] = said.get(turn.speaker, False) or "expression" not in coding.abstained
    return frozenset(book.position[name] for name, is_coded in said.items() if not is_coded)


def coded_unread(book: Book) -> int:
    """Count those of `unread_turns` whose reply or call a person coded: these show."""
    return sum(
        coding.verdict is not None or any(code.family in ("expression", "stance") for code in coding.codings)
        for _, coding in _unread(book)
    )


def _unread(book: Book) -> Iterable[tuple[Turn, TurnCoding]]:
    analysis = book.analysis
    for turn, coding in zip(analysis.turns, analysis.codings, strict=True):
        # A correction lifts what it says out of what was abstained on; of emotion nobody is asked.
        if not turn.is_wordless and "language" in (coding.abstained.get(each) for each in _UNREAD):
            yield turn, coding


def directions(book: Book) -> tuple[Direction, ...]:
    """Count how each direction's calls were met; empty where that is held back."""
    if book.is_held:
        return ()
    grouped: dict[tuple[str, str], list[Exchange]] = {pair: [] for pair in book.pairs()}
    for exchange in book.exchanges:
        for replier in exchange.called:
            if book.only_me in (None, replier):
                grouped.setdefault((exchange.caller, replier), []).append(exchange)
    return tuple(_direction(book, caller, replier, found) for (caller, replier), found in grouped.items())


def _direction(book: Book, caller: str, replier: str, found: Sequence[Exchange]) -> Direction:
    every = Counter[Verdict]()
    by_kind: dict[str, Counter[Verdict]] = {}
    stance = Counter[str]()
    left_out = Counter[str]()
    for exchange in found:
        why = why_left_out(book, exchange)
        if why or exchange.verdict is None:
            left_out[why] += 1
            continue
        every[exchange.verdict] += 1
        stance.update(exchange.stance)
        for kind in exchange.kinds:
            by_kind.setdefault(kind, Counter())[exchange.verdict] += 1
    row = _kind_row(book, caller, replier, "", every)
    return Direction(
        caller=book.position[caller],
        replier=book.position[replier],
        calls=len(found),
        all=row,
        attuned=book.rate("responsiveness.attuned", replier, caller, hits=every["attuned"], count=row.judged),
        kinds=tuple(_kind_row(book, caller, replier, kind, by_kind[kind]) for kind in _EXPRESSION if kind in by_kind),
        meeting=_code_counts(stance, _MEETING),
        missing=_code_counts(stance, _MISSING),
        left_out=dict(left_out.most_common()),
    )


def _kind_row(book: Book, caller: str, replier: str, kind: str, counts: Counter[Verdict]) -> KindRow:
    verdicts: dict[Verdict, int] = {verdict: counts[verdict] for verdict in VERDICTS}
    measure = f"responsiveness.met.{kind}" if kind else "responsiveness.met"
    met = verdicts["attuned"] + verdicts["partial"]
    return KindRow(kind, verdicts, book.rate(measure, replier, caller, hits=met, count=sum(verdicts.values())))


def _code_counts(counts: Counter[str], names: Iterable[str]) -> tuple[CodeCount, ...]:
    found = [CodeCount(name, counts[name]) for name in names if counts[name]]
    return tuple(sorted(found, key=lambda each: -each.count))


def after_views(book: Book) -> tuple[AfterView, ...]:
    """Count what followed the misses of each direction; empty where that is held back, and where nothing was judged."""
    if book.is_held or not any(exchange.is_scored for exchange in book.exchanges):
        return ()
    grouped: dict[tuple[str, str], list[Episode]] = {pair: [] for pair in book.pairs()}
    calls, judged = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for exchange in book.exchanges:
        calls.update((exchange.caller, other) for other in exchange.called)
        judged[exchange.caller, exchange.replier] += exchange.is_scored
        episode = book.episode_of.get(exchange.index)
        if episode is not None:
            grouped.setdefault((exchange.caller, exchange.replier), []).append(episode)
    return tuple(_after(book, *pair, found, calls[pair], judged[pair]) for pair, found in grouped.items())


def _after(book: Book, caller: str, replier: str, found: Sequence[Episode], calls: int, judged: int) -> AfterView:
    did = Counter(code for episode in found for code in episode.after)
    repaired = [episode.repair for episode in found if episode.repair is not None]
    followed = sum(1 for episode in found if episode.is_followed or episode.attempts)
    # A turn may try to repair several misses, and is one try.
    tries = {attempt.turn: attempt.accepted for episode in found for attempt in episode.attempts}
    curve: list[tuple[int, Rate]] = []
    for turns in range(1, book.window + 1):
        rate = book.rate_of(f"after_miss.repaired_within.turns.{turns}", replier, caller)
        if rate is not None and rate.value is not None:
            curve.append((turns, rate))
    goes_on = book.rate_of("after_miss.goes_on", caller, replier)
    silent = sum(1 for episode in found if not episode.after)
    return AfterView(
        caller=book.position[caller],
        replier=book.position[replier],
        misses=len(found),
        did=tuple(
            CodeCount(code, did[code], book.rate_of(f"after_miss.{code}", caller, replier))
            for code in sorted((code for code in _AFTER if did[code]), key=lambda code: -did[code])
        ),
        goes_on=CodeCount("goes_on", silent, goes_on),
        repaired=book.rate("after_miss.repaired", replier, caller, hits=len(repaired), count=followed),
        accepted=Rate(sum(each is True for each in tries.values()), sum(each is not None for each in tries.values())),
        tries=len(tries),
        censored=sum(1 for e in found if e.repair is None and e.censored != "window"),
        curve=tuple(curve),
        calls=calls,
        judged=judged,
    )


def labour(book: Book) -> tuple[Labour, ...]:
    """Take what each of two people does, with its share of both; empty for any other number of people and where held.

    Meeting is not here: how often one can meet depends on how often the other calls, so it stands with its own
    denominator in `directions`.
    """
    if len(book.speakers) != 2 or book.only_me is not None or book.is_held:
        return ()
    pairs = (book.speakers, book.speakers[::-1])
    rows: list[Labour] = []
    for act, measure in _ACTS.items():
        rates = [book.rate_of(measure, one, other) for one, other in pairs]
        found = tuple(rate for rate in rates if rate is not None)
        if len(found) == len(pairs) and found[0].count:
            rows.append(Labour(act, found))
    return tuple(rows)
