"""The lexical coder: a fast, readable cue grammar for the whole codebook.

Cues (`cues/*.toml`) find words; features describe a turn and what it answers; weights, fitted on training corpora
(`training/calibrate_lexical.py`), say how evidence adds up to a probability. Every code can be traced to the words that
carry it and to the cues that found them (`LexicalCoder.explain`). English is claimed; other languages are told apart
and not scored.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec

from attunement.coders.base import Query
from attunement.coders.lexical_features import (
    CALL_VALUES,
    GOOD_NEWS,
    CallFeatures,
    Shape,
    call_features,
    features_of,
    pair_features,
    shape_of,
)
from attunement.coders.lexical_language import ENGLISH, Language, language_of
from attunement.coders.lexical_reading import Reading, read_cues
from attunement.coders.lexical_sheet import load_sheet
from attunement.coders.lexical_weights import WeightData, Weights, load_weights
from attunement.core.codebook import CODEBOOK, EMOTIONS, VERDICTS, Family, Verdict
from attunement.core.coding import CharSpan, Coding, TurnCoding

__all__ = ["LexicalCoder"]

_FAMILIES: tuple[Family, ...] = ("expression", "emotion", "stance", "after", "risk")
_TOLD = frozenset({"disclosure", "honest_account"})
_LEAST = 0.05  # a code less probable than this is not listed
_REACH = 8
_MEMO = 16384  # texts remembered
_LONGEST_REMEMBERED = 2000
_AFTER_MEETING = frozenset({"after_meeting"})
_SURE_MEETING = 0.65  # cues of reflection and validation that make advice after them not premature
_IRONY_TAG = re.compile(r"(?:^|\s)/s(?:\W|$)")
# Families that irony turns round; risk is still looked for.
_IRONY_SPOILS: tuple[Family, ...] = ("expression", "emotion", "stance", "after")


class _AsCall(NamedTuple):
    """A text as what a reply answers: what holds of it in the words that cues use, its values, its features."""

    held: frozenset[str]
    values: list[float]
    heavy: float
    features: CallFeatures


class _Taken(msgspec.Struct):
    """One text, read; `scores` follow when the batch is summed, and which of the text's own codes are `listed`.

    When they are first asked for: `codings` (all but stance), whether it `tells` something of the speaker's own, the
    cues that fire by code and their `spans`, and what it is `as_call`. Features of cues that depend on the call are
    `gated`, the others `free`.
    """

    text: str
    reading: Reading
    shape: Shape
    features: list[int]
    free: list[int]
    gated: list[int]
    language: Language
    is_wordless: bool
    scores: list[float] | None
    listed: list[int] = []
    codings: tuple[Coding, ...] | None = None
    tells: bool = False
    cues_of: dict[str, tuple[int, ...]] | None = None
    spans: dict[tuple[int, ...], tuple[CharSpan, ...]] = {}
    as_call: _AsCall | None = None

    @property
    def whole(self) -> tuple[CharSpan, ...]:
        """The turn without the white space around it: what carries a code that no cue found."""
        text = self.text
        start = len(text) - len(text.lstrip())
        return (CharSpan(start, max(len(text.rstrip()), start)),)


class _Answer(NamedTuple):
    """A reply scored as the answer to its call: the features that counted, stance codes (column, p), the verdict."""

    features: list[int]
    stance: list[tuple[int, float]]
    verdict: dict[Verdict, float]


class LexicalCoder:
    """Code turns by cues.

    Parameters
    ----------
    weights : WeightData, optional
        Fitted weights; None takes the package's own.

    Attributes
    ----------
    name, version : str
        "lexical" and the version of the cues and weights.
    families : tuple of str
        All five.
    reach : int
        Eight turns: the call, earlier replies to it, and what the speaker's language was so far.
    """

    name = "lexical"
    families: tuple[Family, ...] = _FAMILIES
    reach = _REACH

    def __init__(self, weights: WeightData | None = None) -> None:
        self._sheet = load_sheet()
        data = weights or load_weights()
        self._weights = Weights(data, self._sheet)
        self.version = data.version
        self._stamp = f"{self.name}/{self.version}"
        self._memo: dict[str, _Taken] = {}
        sheet, outputs = self._sheet, data.text.outputs
        self._code_of = [cue.code or cue.id for cue in sheet.cues]
        self._column = {name: column for column, name in enumerate(outputs)}
        self._call_columns = [self._column[name] for name in CALL_VALUES if name != "risk"]
        self._risk_columns = [self._column[code] for code in CODEBOOK.names("risk")]
        # What is risk only as the answer to a question is no feature of the words by themselves.
        self._risk_of_pair = {cue.index for cue in sheet.cues if cue.family == "risk" and cue.call_needs}
        self._gated = {cue.index for cue in sheet.cues if cue.call_guards or cue.call_needs}
        self._meets_first = frozenset(
            cue.index for cue in sheet.cues if cue.code in ("reflection", "validation") and cue.p >= _SURE_MEETING
        )
        self._asks_advice = sheet.by_id["asks_advice"]
        self._asks_self_harm = sheet.by_id["asks_self_harm"]
        self._owns_self_harm = sheet.cues[sheet.by_id["self_harm.owned"]]
        # Family, code, where its score stands, from where it is decided, from where it is listed.
        self._text_codes: list[tuple[Family, str, int, float, float]] = []
        text_families: tuple[Family, ...] = ("expression", "after", "risk")
        for family in text_families:
            for code in CODEBOOK.names(family):
                threshold = data.thresholds.get(code, 0.5)
                self._text_codes.append((family, code, self._column[code], threshold, min(threshold, _LEAST)))
        self._listed_columns = [column for _, _, column, _, _ in self._text_codes]
        self._listed_least = [least for _, _, _, _, least in self._text_codes]
        self._irony = sheet.by_id["irony"]
        values = {"intensity": (0.0, 3.0), "valence": (-1.0, 1.0)}
        self._values = [self._column[name] for name in values]
        self._value_bounds = ([low for low, _ in values.values()], [high for _, high in values.values()])
        self._emotion_columns = [self._column[code.name] for code in EMOTIONS]
        self._odds = [c for c in range(len(outputs)) if c not in {*self._values, *self._emotion_columns}]
        self._emotions = [code.name for code in EMOTIONS]
        self._stance_codes = [(code, data.thresholds.get(code, 0.5)) for code in data.stance.outputs]
        self._stance_least = [min(threshold, _LEAST) for _, threshold in self._stance_codes]

    def code(self, queries: Sequence[Query]) -> list[TurnCoding]:
        """Code a batch of turns; see `attunement.coders.base.Coder.code`."""
        if not queries:
            return []
        taken = [self._take(query.turn.text) for query in queries]
        calls = [self._take(answered.text) if (answered := query.answered) else None for query in queries]
        self._score_texts([one for one in (*taken, *calls) if one is not None])
        languages = [self._language(query, one) for query, one in zip(queries, taken, strict=True)]
        pairs = [
            position
            for position, call in enumerate(calls)
            if call is not None and not call.is_wordless and call.language.code in (None, ENGLISH)
        ]
        stances = self._score_pairs([(queries[i], taken[i], call) for i in pairs if (call := calls[i]) is not None])
        stance_of = dict(zip(pairs, stances, strict=True))
        return [
            self._coding(query, one, call, language, stance_of.get(position))
            for position, (query, one, call, language) in enumerate(zip(queries, taken, calls, languages, strict=True))
        ]

    def explain(self, query: Query) -> dict[str, tuple[tuple[str, CharSpan], ...]]:
        """Tell which cues fire in a turn and where.

        Parameters
        ----------
        query : Query
            The turn and what came before it.

        Returns
        -------
        dict of str to tuple of (str, CharSpan)
            Code (or marker) to the cues that fire for it, each with every place.
        """
        one = self._take(query.turn.text)
        call = self._take(query.answered.text) if query.answered else None
        self._score_texts([one] if call is None else [one, call])
        fired = set(one.reading.hits) if call is None else set(self._gated_features(query, one, call)[0])
        if call is not None and self._asks_self_harm in call.reading.hits:
            fired |= self._risk_of_pair & one.reading.hits.keys()
        found: dict[str, list[tuple[str, CharSpan]]] = {}
        for cue in self._sheet.cues:
            if cue.index in fired:
                spans = one.reading.spans([cue.index])
                found.setdefault(cue.code or cue.id, []).extend((cue.id, span) for span in spans)
        return {code: tuple(places) for code, places in found.items()}

    # Reading -----------------------------------------------------------------------------------------------------

    def _take(self, text: str) -> _Taken:
        """Read a text, or remember it: a call is read again as what its reply answers."""
        found = self._memo.get(text)
        if found is None:
            reading = read_cues(text, self._sheet)
            shape = shape_of(text, reading)
            features = [f for f in features_of(reading, shape, self._sheet) if f not in self._risk_of_pair]
            is_wordless = not reading.scan.words or text.isspace()
            language = language_of(text, reading.scan.words)
            gated = [f for f in features if f in self._gated]
            free = [f for f in features if f not in self._gated] if gated else features
            found = _Taken(text, reading, shape, features, free, gated, language, is_wordless, None)
            if len(text) <= _LONGEST_REMEMBERED:
                if len(self._memo) >= _MEMO:
                    self._memo.clear()
                self._memo[text] = found
        return found

    def _score_texts(self, taken: Sequence[_Taken]) -> None:
        """Give every text that has none its scores by itself."""
        import numpy as np

        fresh = list({id(one): one for one in taken if one.scores is None}.values())
        if not fresh:
            return
        logits = self._weights.score_text([one.features for one in fresh])
        scores = np.empty_like(logits)
        odds, softmax, value = self._odds, self._emotion_columns, self._values
        scores[:, odds] = 1.0 / (1.0 + np.exp(-np.clip(logits[:, odds], -30, 30)))
        powers = np.exp(logits[:, softmax] - logits[:, softmax].max(axis=1, keepdims=True))
        total = np.zeros(len(fresh))
        for column in range(powers.shape[1]):
            total += powers[:, column]
        scores[:, softmax] = powers / total[:, None]
        scores[:, value] = np.clip(logits[:, value], self._value_bounds[0], self._value_bounds[1])
        scores = np.round(scores, 4)
        for one, row in zip(fresh, scores.tolist(), strict=True):
            one.scores = row
            one.listed = []
        # Codes that are listed, then the emotions that are, as places behind them.
        of_codes = scores[:, self._listed_columns] >= self._listed_least
        chosen = scores[:, softmax]
        of_emotions = chosen >= _LEAST
        of_emotions[np.arange(len(fresh)), chosen.argmax(axis=1)] = True
        rows, places = np.nonzero(np.concatenate([of_codes, of_emotions], axis=1))
        for row, place in zip(rows.tolist(), places.tolist(), strict=True):
            fresh[row].listed.append(place)

    def _language(self, query: Query, one: _Taken) -> str | None:
        """Tell a turn's language; where its words do not say, its speaker's so far."""
        own = one.language
        if own.is_sure:
            return own.code
        speaker = query.turn.speaker
        for turn in reversed(query.before):
            if turn.speaker == speaker:
                earlier = self._take(turn.text).language
                if earlier.is_sure:
                    return earlier.code
        return own.code

    # Pairs -------------------------------------------------------------------------------------------------------

    def _as_call(self, call: _Taken) -> _AsCall:
        """Tell what holds of a call, in the words that cues use for it, and the values that weights multiply."""
        if call.as_call is not None:
            return call.as_call
        scores, column = call.scores or [], self._column
        held: set[str] = set()
        if 0 in call.shape.traits:
            held.add("asked")
        asks_advice = self._asks_advice in call.reading.hits
        if asks_advice:
            held.add("asked_advice")
        heavy, good_news = scores[column["heavy"]], scores[column["good_news"]]
        if heavy >= 0.5:
            held.add("heavy")
        if good_news >= GOOD_NEWS:
            held.add("good_news")
        if heavy < 0.25 and good_news < 0.25:
            held.add("light")
        if scores[column["check_in"]] >= 0.5:
            held.add("checked_in")
        if scores[column["blame"]] + scores[column["i_statement"]] >= 0.4:
            held.add("blamed")
        if scores[column["honest_account"]] >= 0.5:
            held.add("confessed")
        if self._asks_self_harm in call.reading.hits:
            held.add("asked_self_harm")
        values = [scores[column] for column in self._call_columns]
        values.append(max(scores[column] for column in self._risk_columns))
        features = call_features(call.shape, self._sheet, advice=asks_advice, heavy=heavy, good_news=good_news)
        call.as_call = _AsCall(frozenset(held), values, heavy, features)
        return call.as_call

    def _meets_before(self, query: Query, one: _Taken) -> bool:
        """Tell whether reflection or validation comes in this reply or in an earlier one to the same call."""
        if not self._meets_first.isdisjoint(one.reading.hits):
            return True
        speaker, own = query.turn.speaker, 0
        for turn in reversed(query.before):
            if turn.speaker == speaker:
                if not self._meets_first.isdisjoint(self._take(turn.text).reading.hits):
                    return True
                own += 1
                if own == 2:
                    return False
        return False

    def features(self, text: str) -> list[int]:
        """Give the numbers of a text's features by itself (`lexical_features.feature_names`), for fitting weights."""
        return self._take(text).features

    def pair_features(self, query: Query, *, call_scores: list[float]) -> tuple[list[int], list[float]]:
        """Give the features of a reply, and the call's values, for fitting weights.

        Parameters
        ----------
        query : Query
            A turn that answers another.
        call_scores : list of float
            What the answered turn scores by itself, in the order of the text head's outputs.
        """
        assert query.answered is not None
        call = self._take(query.answered.text)
        return self._gated_features(
            query, self._take(query.turn.text), msgspec.structs.replace(call, scores=call_scores, as_call=None)
        )

    def _gated_features(self, query: Query, one: _Taken, call: _Taken) -> tuple[list[int], list[float]]:
        """Give a reply's features as the answer to its call, and the call's values."""
        known = self._as_call(call)
        features = pair_features(one.shape, known.features)
        if one.gated:
            held, cues = known.held, self._sheet.cues
            if self._meets_before(query, one):
                held |= _AFTER_MEETING
            for index in one.gated:
                cue = cues[index]
                if held.isdisjoint(cue.call_guards) and held.issuperset(cue.call_needs):
                    features.append(index)
        features += one.free
        return features, known.values

    def _score_pairs(self, pairs: Sequence[tuple[Query, _Taken, _Taken]]) -> list[_Answer]:
        """Score replies as the answers to their calls."""
        import numpy as np

        if not pairs:
            return []
        rows = [self._gated_features(query, one, call) for query, one, call in pairs]
        heavy = np.array([self._as_call(call).heavy for _, _, call in pairs])
        logits = self._weights.score_stance([row[0] for row in rows], np.array([row[1] for row in rows]))
        stance = np.round(1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30))), 4)
        verdicts = self._weights.score_verdict(stance, heavy)
        answers = [
            _Answer(row[0], [], dict(zip(VERDICTS, verdict, strict=True)))
            for row, verdict in zip(rows, np.round(verdicts, 5).tolist(), strict=True)
        ]
        listed = stance >= self._stance_least
        where, columns = np.nonzero(listed)
        for row, column, probability in zip(where.tolist(), columns.tolist(), stance[listed].tolist(), strict=True):
            answers[row].stance.append((column, probability))
        return answers

    # Codings -----------------------------------------------------------------------------------------------------

    def _coding(
        self,
        query: Query,
        one: _Taken,
        call: _Taken | None,
        language: str | None,
        answer: _Answer | None,
    ) -> TurnCoding:
        turn = query.turn
        if one.is_wordless:
            return TurnCoding(turn.index, abstained=dict.fromkeys(self.families, "wordless"), language=language)
        if language is not None and language != ENGLISH:
            return TurnCoding(turn.index, abstained=dict.fromkeys(self.families, "language"), language=language)
        is_ironic = self._irony in one.reading.hits or (
            ("/s" in turn.text) and _IRONY_TAG.search(turn.text) is not None
        )
        scores = one.scores or []
        if one.codings is None:
            one.codings = self._text_codings(one, is_ironic)
            one.tells = any(c.present and c.code in _TOLD for c in one.codings)
        codings = list(one.codings)
        if self._owns_self_harm.index in one.reading.hits and call is not None:
            self._own_self_harm(codings, one, call)
        abstained: dict[Family, str] = {}
        verdict: dict[Verdict, float] | None = None
        if is_ironic:
            abstained = dict.fromkeys(_IRONY_SPOILS, "irony")
        else:
            if answer is not None:
                self._add_stance(codings, one, answer)
                verdict = answer.verdict
            elif call is not None:
                abstained = {"stance": "wordless" if call.is_wordless else "language"}
        prompted: bool | None = None
        if one.tells and not is_ironic:
            prompted = call is not None and 0 in call.shape.traits
        column = self._column
        return TurnCoding(
            turn.index,
            codings=tuple(codings),
            intensity=None if is_ironic else scores[column["intensity"]],
            valence=None if is_ironic else scores[column["valence"]],
            prompted=prompted,
            verdict=verdict,
            abstained=abstained,
            language=language,
        )

    def _text_codings(self, one: _Taken, is_ironic: bool) -> tuple[Coding, ...]:
        """Code a text by itself."""
        scores = one.scores or []
        codings: list[Coding] = []
        hits: Collection[int] = one.reading.hits
        if self._owns_self_harm.index in hits:
            hits = one.reading.hits.keys() - self._risk_of_pair
        count = len(self._text_codes)
        of_emotions = [scores[column] for column in self._emotion_columns]
        decided = of_emotions.index(max(of_emotions))
        for place in one.listed:
            if place < count:
                family, code, column, threshold, _ = self._text_codes[place]
                if family == "risk" or not is_ironic:
                    probability = scores[column]
                    self._add(codings, code, family, probability, probability >= threshold, one, hits)
            elif not is_ironic:
                position = place - count
                code = self._emotions[position]
                self._add(codings, code, "emotion", of_emotions[position], position == decided, one, hits)
        return tuple(codings)

    def _own_self_harm(self, codings: list[Coding], one: _Taken, call: _Taken) -> None:
        """Count a yes to the question whether somebody thinks of harming themselves."""
        if self._asks_self_harm not in call.reading.hits:
            return
        order = [code for _, code, _, _, _ in self._text_codes]
        before = [c for c in codings if c.code in order and order.index(c.code) < order.index("self_harm")]
        rest = [c for c in codings[len(before) :] if c.code != "self_harm"]
        probability = max((one.scores or [])[self._column["self_harm"]], self._owns_self_harm.p)
        self._add(before, "self_harm", "risk", probability, True, one, one.reading.hits)
        codings[:] = [*before, *rest]

    def _add_stance(self, codings: list[Coding], one: _Taken, answer: _Answer) -> None:
        counted: frozenset[int] | None = None
        for column, probability in answer.stance:
            code, threshold = self._stance_codes[column]
            if probability < threshold:
                codings.append(Coding(code, "stance", probability, False, (), self._stamp))
            else:
                counted = frozenset(answer.features) if counted is None else counted
                self._add(codings, code, "stance", probability, True, one, counted)

    def _add(
        self,
        codings: list[Coding],
        code: str,
        family: Family,
        probability: float,
        present: bool,
        one: _Taken,
        counted: Collection[int],
    ) -> None:
        spans: tuple[CharSpan, ...] = ()
        if present:
            if one.cues_of is None:
                one.cues_of = self._by_code(one.reading.hits)
            cues = one.cues_of.get(code, ())
            if cues and counted is not one.reading.hits:
                cues = tuple(cue for cue in cues if cue in counted)
            spans = one.spans.get(cues, ())
            if not spans:
                spans = one.spans[cues] = one.reading.spans(cues) if cues else one.whole
        codings.append(Coding(code, family, probability, present, spans, self._stamp))

    def _by_code(self, hits: Collection[int]) -> dict[str, tuple[int, ...]]:
        found: dict[str, tuple[int, ...]] = {}
        for cue in hits:
            code = self._code_of[cue]
            found[code] = (*found.get(code, ()), cue)
        return found
