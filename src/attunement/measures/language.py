"""Language coordination: how alike two people speak, and how far each takes up the other's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import numpy as np

from attunement.core.analysis import Analysis
from attunement.core.estimate import Estimate, Evidence
from attunement.measures.arrays import Arrays, Bools, Floats, Ints, arrays_of
from attunement.measures.base import MeasureOptions, ordered_pairs, sparse_pairs
from attunement.measures.nulls import SHIFTED_REPLIES, Replies, above_chance, with_null
from attunement.measures.quantities import mean_estimate
from attunement.measures.receptive_cues import count_cues
from attunement.measures.shares import ShareSheet, too_few
from attunement.measures.style import StyleRates, style_estimates
from attunement.measures.tokens import Tokens, tokens_of
from attunement.measures.words import WordLists, style_categories, style_words
from attunement.measures.words.meaning import word_vectors
from attunement.stats.coordination import coordination, shuffled_coordination
from attunement.stats.meaning import Meanings
from attunement.stats.receptiveness import receptiveness_score
from attunement.stats.repetition import (
    REPETITION_FIELDS,
    Bags,
    bigrams,
    inverse_frequency,
    pair_scores,
    repetition,
    repetition_scores,
    scoreable,
)
from attunement.stats.style import style_matching

__all__ = ["Language"]

_COORDINATION_THRESHOLD = 3
_LEAST_KNOWN = 0.2
_ENOUGH_WORDS = 200
_SCORE = "score from 0 to 1"

_REPETITION = {
    "repetition": ("share", "share", "mean share of a reply's words that were in the turn it answers"),
    "repetition.cosine": ("cosine", _SCORE, "mean cosine of the word counts of reply and turn"),
    "repetition.bigram_cosine": ("bigram_cosine", _SCORE, "mean cosine of the counts of word pairs"),
    "repetition.rare_cosine": ("rare_cosine", _SCORE, "mean cosine of the word counts, weighted by how rare words are"),
    "repetition.jaccard": ("jaccard", _SCORE, "mean share of distinct words in both over those in either"),
}
_SEMANTIC = (
    "mean cosine of the word vectors of reply and turn, each word by how rare it is, the turn's own words taken out"
)


@dataclass(frozen=True, slots=True)
class _Direction:
    """One replier towards one other: the replies, and what each figure is of."""

    pair: tuple[str, str]
    replies: Replies
    repetition: dict[str, Floats]
    semantic: Floats
    reciprocal: Floats


class _Words(NamedTuple):
    """The words of all turns, their neighbouring pairs, how rare each word is, and what the turns mean."""

    bags: Bags
    doubles: Bags
    rarity: Floats
    meanings: Meanings
    covered: str  # for how many of the content words there is a vector
    foreign: str  # why there are no meanings


class _Null(NamedTuple):
    """What every rotation of the replies of one direction gives."""

    means: dict[str, Floats]
    coordination: Floats  # shape (surrogates, categories)


class Language:
    """Figures of how two people's words go together; from the one who replies to the one who is replied to.

    - ``language.style_matching``: language style matching (LSM) of all words of the two; the same both ways.
      ``language.style_matching.<category>`` for each category of function words.
    - ``language.style_matching.by_session``: mean over sessions of the LSM inside the session; its null pairs one
      person's session with the other's words of another session.
    - ``language.reciprocal_style_matching``: mean LSM of a reply and the turn it answers (rLSM).
    - ``language.repetition``, ``.cosine``, ``.rare_cosine``, ``.bigram_cosine``, ``.jaccard``: words of the turn that
      come again in the reply; of these ``.rare_cosine`` weighs words by how rare they are in the record.
    - ``language.semantic_repetition``: how near in meaning the reply's other words are to the turn.
    - ``language.coordination``: how much likelier a category is in a reply when the turn had it, mean over
      categories; ``language.coordination.<category>`` for each.

    - ``language.receptiveness``: mean score of the replies in the published model of receptiveness; for English talk
      in disagreement, and without an absolute scale.

    With surrogates, every figure of how replies follow turns has the p value of a null in which the replier's own
    replies of the session are shifted in a circle, and ``<measure>.above_chance`` says how far it lies above that null.
    """

    name = "language"

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute the family; see the class for the names."""
        turns, tokens = arrays_of(analysis).turns, tokens_of(analysis)
        lists = _lists(options)
        members = lists.members(tokens.vocabulary)
        rates = StyleRates(tokens.bags, members, turns.speaker, turns.session)
        # Our lists are English; a user's are for whatever language the user says they are.
        foreign = _why_foreign(tokens.bags, members) if options.words is None else ""
        english = foreign
        if options.words is not None:
            english = _why_foreign(tokens.bags, style_words().members(tokens.vocabulary))
        words = _words(tokens, english)
        directions = [self._direction(analysis, pair, words, rates, options) for pair in ordered_pairs(analysis)]
        matched: dict[tuple[str, str], list[Estimate]] = {}
        for direction in directions:
            one, other = direction.pair
            # Style matching is the same both ways.
            if (other, one) in matched:
                yield from (msgspec.structs.replace(found, from_=one, to=other) for found in matched[other, one])
                continue
            places = (arrays_of(analysis).position(one), arrays_of(analysis).position(other))
            matched[one, other] = list(style_estimates(rates, lists.categories, (one, other), places, foreign, options))
            yield from matched[one, other]
        sparse = sparse_pairs(analysis, options)
        directions = [one for one in directions if len(one.replies) or one.pair not in sparse]
        nulls = {direction.pair: _shuffled(direction.replies, words, rates, options) for direction in directions}
        yield from self._of_replies(directions, arrays_of(analysis), nulls, words, foreign, options)
        for direction in directions:
            yield from _coordination(direction, lists, rates, nulls[direction.pair].coordination, foreign, options)
        scores = np.full(len(analysis.turns), np.nan)
        if not english:
            scores = receptiveness_score(count_cues([turn.text for turn in analysis.turns], tokens))
        for direction in directions:
            yield mean_estimate(
                "language.receptiveness", direction.pair,
                values=scores[direction.replies.replies], items=direction.replies.replies,
                sessions=direction.replies.sessions, options=options, unit="z of the training sample",
                what="mean receptiveness of replies (Yeomans and others 2020)", noun="replies", note=english,
            )  # fmt: skip

    def _direction(
        self,
        analysis: Analysis,
        pair: tuple[str, str],
        words: _Words,
        rates: StyleRates,
        options: MeasureOptions,
    ) -> _Direction:
        arrays = arrays_of(analysis)
        turns = arrays.turns
        place = (arrays.position(pair[0]), arrays.position(pair[1]))
        replies = Replies.between(turns.speaker, turns.answers, turns.session, place, words.bags.sizes > 0, options)
        found = repetition(words.bags, replies.priors, replies.replies, doubles=words.doubles, rarity=words.rarity)
        percents = rates.percents
        return _Direction(
            pair,
            replies,
            {field: getattr(found, field) for field, _, _ in _REPETITION.values()},
            words.meanings.cosines(replies.priors, replies.replies),
            style_matching(percents[replies.replies], percents[replies.priors]),
        )

    def _of_replies(
        self,
        directions: list[_Direction],
        arrays: Arrays,
        nulls: dict[tuple[str, str], _Null],
        words: _Words,
        foreign: str,
        options: MeasureOptions,
    ) -> Iterator[Estimate]:
        """State the means over replies, all on one sheet so that one bootstrap serves them."""
        turns = arrays.turns
        sheet = ShareSheet(turns.session, options, total=arrays.sessions, kind="turns")
        plan: list[tuple[_Direction, str]] = []
        for direction in directions:
            mask = direction.replies.mask
            for measure, (field, unit, what) in _REPETITION.items():
                values = direction.replies.spread(direction.repetition[field])
                sheet.mean(f"language.{measure}", direction.pair, of=mask, values=values, noun="replies", what=what,
                           unit=unit)  # fmt: skip
                plan.append((direction, field))
            none = np.zeros(len(turns.session), dtype=np.bool_)
            sheet.mean(
                "language.semantic_repetition", direction.pair,
                of=none if words.foreign else mask, values=direction.replies.spread(direction.semantic),
                noun="replies", note=words.foreign, what=f"{_SEMANTIC}; {words.covered}", unit="cosine from -1 to 1",
                is_bounded=False,
            )  # fmt: skip
            plan.append((direction, "semantic"))
            sheet.mean(
                "language.reciprocal_style_matching", direction.pair,
                of=none if foreign else mask, values=direction.replies.spread(direction.reciprocal),
                noun="replies", note=foreign, what="mean style matching of reply and turn", unit=_SCORE,
            )  # fmt: skip
            plan.append((direction, "reciprocal"))
        for (direction, field), estimate in zip(plan, sheet.estimates(), strict=True):
            if not options.surrogates:
                yield estimate
                continue
            surrogates = nulls[direction.pair].means[field]
            yield with_null(estimate, surrogates, null=SHIFTED_REPLIES, options=options)
            yield above_chance(estimate, surrogates, null=SHIFTED_REPLIES, options=options)


def _shuffled(replies: Replies, words: _Words, rates: StyleRates, options: MeasureOptions) -> _Null:
    """Compute every mean over replies, and the coordination, for every rotation of the replies."""
    names = (*REPETITION_FIELDS, "semantic", "is_semantic", "reciprocal")
    has = rates.has
    # Of fewer replies no figure is stated that p could stand beside.
    if not options.surrogates or len(replies) < max(1, options.min_calls):
        return _Null({name: np.full(0, np.nan) for name in names}, np.full((0, has.shape[1]), np.nan))
    percents = rates.percents
    repeated = repetition_scores(
        words.bags, replies.priors, replies.replies, doubles=words.doubles, rarity=words.rarity
    )
    meant = words.meanings.scores(replies.priors, replies.replies)
    enough = np.column_stack(
        (scoreable(words.bags, words.rarity), *(words.meanings.has,) * words.meanings.kinds, words.bags.sizes > 0)
    )

    def scores(here: Ints) -> Floats:
        matching = style_matching(percents[replies.priors[here], None], percents[None, replies.replies[here]])
        return np.concatenate((np.asarray(repeated(here)), np.asarray(meant(here)), matching[:, :, None]), axis=2)

    table = pair_scores(replies.groups, enough[replies.priors], enough[replies.replies], scores)
    coordinated = shuffled_coordination(has[replies.priors], has[replies.replies], threshold=_COORDINATION_THRESHOLD)
    rows: list[Floats] = []

    def scored() -> Iterator[Ints]:
        # Drawing an order costs about as much as scoring it: one draw serves both.
        for order in replies.orders():
            rows.append(coordinated(order))
            yield order

    means: dict[str, Floats] = dict(zip(names, np.array(list(table.shuffled_means(scored()))).T, strict=True))
    share = means.pop("is_semantic")
    means["semantic"] = np.where(share > 0.0, means["semantic"] / np.where(share > 0.0, share, 1.0), np.nan)
    return _Null(means, np.array(rows, dtype=np.float64))


def _words(tokens: Tokens, foreign: str) -> _Words:
    """Gather what is known of the words; in another language than English none has a meaning."""
    rarity = inverse_frequency(tokens.bags)
    vectors, known = word_vectors().of(tokens.vocabulary)
    is_small = style_words().members(tokens.vocabulary).any(axis=1)
    said = np.bincount(tokens.bags.types, minlength=len(tokens.vocabulary))
    content = int(said[~is_small].sum())
    covered = f"vectors for {said[known & ~is_small].sum() / max(content, 1):.0%} of the content words"
    counts = known & ~is_small & (not foreign)
    weights = np.where(counts, rarity[: len(counts)], 0.0)
    meanings = Meanings(tokens.bags, vectors, weights)
    return _Words(tokens.bags, bigrams(tokens.bags), rarity, meanings, covered, foreign)


def _lists(options: MeasureOptions) -> WordLists:
    if options.words is None:
        return style_words()
    picked = style_categories(options.words)
    return WordLists(tuple(picked), picked)


def _why_foreign(bags: Bags, members: Bools) -> str:
    """Say why the English lists do not fit, "" where they may: in English far more than a third are function words."""
    in_a_list = np.logical_or.reduce(members, axis=1)
    known = float(in_a_list[bags.types].mean()) if bags.types.size else 1.0
    if bags.types.size < _ENOUGH_WORDS or known >= _LEAST_KNOWN:
        return ""
    return f"the English word lists know only {known:.0%} of the words; hand in a dictionary of the language"


def _coordination(
    direction: _Direction, lists: WordLists, rates: StyleRates, table: Floats, foreign: str, options: MeasureOptions
) -> Iterator[Estimate]:
    replies = direction.replies
    has = rates.has
    targets, answers = has[replies.priors], has[replies.replies]
    clusters = replies.sessions if len(np.unique(replies.sessions)) > 1 else None
    found = coordination(targets, answers, clusters=clusters, threshold=_COORDINATION_THRESHOLD, level=options.level)
    stated = len(replies) >= options.min_calls and not foreign and not np.isnan(found.mean)
    why = "" if stated else foreign or too_few(options, "replies")
    if not stated and not why:
        why = f"no category in {_COORDINATION_THRESHOLD} or more turns"
    evidence = Evidence("turns", tuple(replies.replies.tolist()))
    over = f"{found.clusters} sessions" if clusters is not None else "replies"
    what = "mean over categories of P(reply has it, given the turn has it) - P(reply has it)"
    has_interval = stated and not np.isnan(found.se)
    overall = Estimate(
        "language.coordination", *direction.pair,
        value=found.mean if stated else None,
        low=found.low if has_interval else None, high=found.high if has_interval else None,
        level=options.level if has_interval else None,
        count=len(replies), unit="difference of shares",
        method=f"{what}; linearised t interval over {over}", note=why, evidence=evidence,
    )  # fmt: skip
    if not stated:
        table = table[:0]
    if options.surrogates:
        kept = ~np.isnan(found.by_marker)
        means = table[:, kept].mean(axis=1) if stated else np.full(0, np.nan)
        yield with_null(overall, means, null=SHIFTED_REPLIES, options=options)
        yield above_chance(overall, means, null=SHIFTED_REPLIES, options=options)
    else:
        yield overall
    for place, category in enumerate(lists.categories):
        one = coordination(
            targets[:, [place]], answers[:, [place]],
            clusters=clusters, threshold=_COORDINATION_THRESHOLD, level=options.level,
        )  # fmt: skip
        prompts = int(one.prompts[0]) if len(replies) else 0
        defined = not foreign and prompts >= options.min_calls and not np.isnan(one.mean)
        bounded = defined and not np.isnan(one.se)
        with_it = np.flatnonzero(targets[:, place])
        estimate = Estimate(
            f"language.coordination.{category}", *direction.pair,
            value=one.mean if defined else None,
            low=one.low if bounded else None, high=one.high if bounded else None,
            level=options.level if bounded else None,
            count=prompts, unit="difference of shares",
            method=f"P(reply has it, given the turn has it) - P(reply has it); linearised t interval over {over}",
            note="" if defined else foreign or too_few(options, "turns with it"),
            evidence=Evidence("turns", tuple(replies.replies[with_it].tolist())),
        )  # fmt: skip
        yield with_null(estimate, table[:, place], null=SHIFTED_REPLIES, options=options)
