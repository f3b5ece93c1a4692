"""Three sentences in plain words: what was shared, how it was met, what happened after misses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from attunement.reports.model import AfterView, Direction
from attunement.reports.strings import Words
from attunement.reports.view import Book, coded_unread, uncoded_people, unread_turns, why_left_out
from attunement.reports.wording import Shown

__all__ = ["period_names", "period_of", "tell_story", "word_unread"]

_MOST_DIRECTIONS = 2
_MOST_KINDS = 3
_MOST_NAMES = 6
# Nobody replied at all: there is no reply of which it could be said that it could not be judged.
_NO_REPLY = frozenset({"addressee unknown", "ended", "night", "no reply yet"})


def period_of(book: Book, words: Words) -> tuple[str, str]:
    """Return the first and last day of the record, equal for one day, empty where it has no dates."""
    starts = [turn.start for turn in book.analysis.turns if turn.start is not None]
    record = book.analysis.record
    if not starts or record.epoch is None:
        return "", ""
    first, last = record.at(min(starts)), record.at(max(starts))
    if first is None or last is None:
        return "", ""
    return words.date(first), words.date(last)


def period_names(before: Book, after: Book, words: Words) -> tuple[str, str]:
    """Return what two periods are called: their days, or plainly the first and the second where these do not tell."""
    called: list[str] = []
    for book in (before, after):
        first, last = period_of(book, words)
        called.append(first if first == last else words.text("page.period", **{"from": first, "to": last}))
    if called[0] and called[1] and called[0] != called[1]:
        return called[0], called[1]
    return words.text("change.first"), words.text("change.second")


def tell_story(
    book: Book, shown: Shown, words: Words, found: Sequence[Direction], after: Sequence[AfterView]
) -> tuple[str, ...]:
    """Word the opening of a page: counts only, both directions in the same words, no rate and no verdict.

    Where it is held back, nothing of who called, how the calls were met and what came after: how many exchanges there
    are, and that no more is told.
    """
    # What was not read is not a record without calls: it is said before anything that would sound like that.
    told = word_unread(book, shown, words)
    unread = (told,) if told else ()
    if len(book.speakers) < 2:
        return (*unread, words.text("story.one_speaker"))
    names = [shown.name(name) for name in book.speakers]
    if not book.exchanges:
        if book.only_me is not None:
            return (*unread, words.text("story.no_calls_own", name=names[book.position[book.only_me]]))
        return (*unread, words.text("story.no_calls"))
    if book.is_held:
        return (_held(book, words, names), *unread, words.text("story.held"))
    sentences = [_shared(book, words, names, found), *unread, _met(words, names, found, book.least)]
    sentences.extend(_unjudged(book, words))
    if any(direction.judged for direction in found):
        sentences.append(_repaired(book, words, names, after))
    return tuple(sentences)


def word_unread(book: Book, shown: Shown, words: Words) -> str:
    """Word how many turns of whom were not read because of their language; "" where all were.

    Those that a person coded are not said to be missing. Of one half alone, nothing is said of who else spoke.
    """
    counted = unread_turns(book)
    if not counted:
        return ""
    turns = words.count("story.unread_turns", sum(not turn.is_wordless for turn in book.analysis.turns))
    n, coded = sum(counted.values()), coded_unread(book)
    if coded == n:
        rest = words.count("story.unread_all_coded", n)
    elif coded:
        rest = words.text("story.unread_some_coded", n=coded)
    else:
        rest = words.count("story.unread_rest", n)
    if book.only_me is not None:
        return words.count("story.unread_own", n, turns=turns, rest=rest)
    by_name = [(shown.name(name), own) for name, own in counted.items()]
    who = [words.text("story.kind_count", kind=name, n=own) for name, own in _most(by_name, words)]
    return words.count("story.unread", n, turns=turns, each=words.join(who), rest=rest)


def _most(counted: Sequence[tuple[str, int]], words: Words) -> list[tuple[str, int]]:
    """Name those with the most, and count the others together: what is listed adds up to what is told before."""
    if len(counted) <= _MOST_NAMES:
        return list(counted)
    rest = counted[_MOST_NAMES - 1 :]
    return [*counted[: _MOST_NAMES - 1], (words.count("story.others", len(rest)), sum(n for _, n in rest))]


def _held(book: Book, words: Words, names: Sequence[str]) -> str:
    when, n = _when(book, words), len(book.exchanges)
    if book.only_me is not None:
        me = names[book.position[book.only_me]]
        return _upper(words.text("story.own_shared", period=when, name=me, calls=words.count("story.own_calls", n)))
    together = words.join(names) if len(names) <= 3 else words.text("story.people_held", n=len(names))
    return _upper(words.count("story.shared_held", n, period=when, names=together))


def _when(book: Book, words: Words) -> str:
    first, last = period_of(book, words)
    if not first:
        return words.text("story.shared_plain")
    if first == last:
        return words.text("story.shared_on", **{"from": first})
    return words.text("story.shared_in", **{"from": first, "to": last})


def _shared(book: Book, words: Words, names: Sequence[str], found: Sequence[Direction]) -> str:
    # Once each: a call of which it cannot be told to whom it was is in several directions.
    calls = Counter({direction.caller: 0 for direction in found})
    calls.update(book.position[exchange.caller] for exchange in book.exchanges)
    when = _when(book, words)
    if book.only_me is not None:
        me = names[book.position[book.only_me]]
        total = sum(direction.calls for direction in found)
        return _upper(words.text("story.own_shared", period=when, name=me, calls=words.count("story.own_calls", total)))
    kinds = Counter(kind for exchange in book.exchanges for kind in exchange.kinds).most_common(_MOST_KINDS)
    unknown = uncoded_people(book)  # that they put nothing out is not known
    callers = sorted(
        ((who, n) for who, n in calls.items() if n or who not in unknown), key=lambda item: (-item[1], item[0])
    )
    each = [
        words.text("story.shared_each", name=name, times=words.count("story.times", n))
        for name, n in _most([(names[who], n) for who, n in callers], words)
    ]
    listed = words.join(
        words.text("story.kind_count", kind=words.name_of("kind_phrase", kind), n=n) for kind, n in kinds
    )
    named = [name for who, name in enumerate(names) if who not in unknown or calls[who]]
    together = words.join(named) if len(names) <= 3 else words.text("story.people", n=len(named))
    return _upper(
        words.text(
            "story.shared", period=when, names=together,
            total=words.count("story.times", sum(calls.values())), each=words.join(each), kinds=listed,
        )
    )  # fmt: skip


def _upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _met(words: Words, names: Sequence[str], found: Sequence[Direction], least: int) -> str:
    judged = [direction for direction in found if direction.judged]
    if not judged:
        return words.text("story.met_nothing")
    parts: list[str] = []
    for direction in judged[:_MOST_DIRECTIONS]:
        verdicts = direction.all.verdicts
        caller, replier = names[direction.caller], names[direction.replier]
        partial = words.text("story.met_partial", n=verdicts["partial"]) if verdicts["partial"] else ""
        # Of two people, a call is to the other; of more, it must be said to whom.
        calls = "story.calls" if len(names) == 2 else "story.calls_to"
        parts.append(
            words.text(
                "story.met_next" if parts else "story.met_first",
                calls=words.count(calls, direction.judged, caller=caller, replier=replier), replier=replier,
                met=verdicts["attuned"], partial=partial, missed=verdicts["missed"] + verdicts["misattuned"],
            )
        )  # fmt: skip
    sentence = words.raw("story.met_join").join(parts) + words.raw("story.met_end")
    if len(judged) > _MOST_DIRECTIONS:
        sentence += words.count("story.met_rest", len(judged) - _MOST_DIRECTIONS)
    if max(direction.judged for direction in judged) < least:
        sentence += " " + words.text("story.few_calls", least=least)
    return sentence


def _unjudged(book: Book, words: Words) -> tuple[str, ...]:
    """Word how many calls had a reply that could not be judged; in a group also what reads two people alone."""
    # Once each, as the first sentence counts them.
    reasons = Counter(why_left_out(book, exchange) for exchange in book.exchanges if not exchange.is_scored)
    n = sum(count for why, count in reasons.items() if why not in _NO_REPLY)
    if not n:
        return ()
    total = len(book.exchanges)
    told = words.text("story.unjudged_only") if total == 1 else words.count("story.unjudged", n, total=total)
    if len(book.speakers) > 2 and book.only_me is None and 2 * reasons["not addressed"] > n:
        told += " " + words.text("story.unjudged_group")
    return (told,)


def _repaired(book: Book, words: Words, names: Sequence[str], after: Sequence[AfterView]) -> str:
    misses = sum(each.misses for each in after)
    if not misses:
        return words.text("story.no_misses")
    told = words.count("story.misses", misses)
    repaired = [(each.replier, each.repaired.hits) for each in after if each.repaired.hits]
    total = sum(hits for _, hits in repaired)
    cut = sum(each.censored for each in after)
    if not total and any(each.tries for each in after):
        return _tried(book, words, names, after, told)
    if not total:
        if not cut:
            return _upper(words.text("story.repair_none", misses=told, window=book.window))
        which = words.text("story.cut_it") if misses == 1 else words.count("story.cut", cut)
        return _upper(words.text("story.repair_none_cut", misses=told, cut=which, window=book.window))
    by = Counter[int]()
    for who, hits in repaired:
        by[who] += hits
    if misses == 1:
        who = repaired[0][0]
        return words.text("story.repair_one", window=book.window, name=names[who])
    listed = words.join(
        words.text("story.repair_by", name=names[who], times=words.count("story.times", hits))
        for who, hits in sorted(by.items(), key=lambda item: (-item[1], item[0]))
    )
    repaired_count = words.count("story.repaired", total)
    sentence = _upper(words.text("story.repair", misses=told, repaired=repaired_count, window=book.window, by=listed))
    if cut:
        sentence += words.count("story.more_cut", cut)
    # Of one half, what the other did with a try is not told.
    refused = 0 if book.only_me is not None else sum(each.accepted.count - each.accepted.hits for each in after)
    return sentence + words.count("story.more_tries", refused) if refused else sentence


def _tried(book: Book, words: Words, names: Sequence[str], after: Sequence[AfterView], told: str) -> str:
    """Word misses of which none was repaired though somebody tried; of one half, not what the other did with it."""
    by = Counter[int]()
    for each in after:
        by[each.replier] += each.tries
    listed = words.join(
        words.text("story.repair_by", name=names[who], times=words.count("story.times", n))
        for who, n in sorted(by.items(), key=lambda item: (-item[1], item[0]))
        if n
    )
    key = "story.repair_tried" if book.only_me is None else "story.repair_tried_own"
    sentence = _upper(words.count(key, sum(by.values()), misses=told, window=book.window, by=listed))
    cut = sum(each.censored for each in after)
    which = words.count("story.tried_cut", cut) if cut else ""
    return sentence + which + " " + words.text("story.repair_elsewhere")
