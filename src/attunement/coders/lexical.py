"""The lexical coder: a fast, readable cue grammar for the whole codebook.

Cues (`cues/*.toml`) find words; features describe a turn and what it answers; weights, fitted on training corpora
(`training/calibrate_lexical.py`), say how evidence adds up to a probability. Every code can be traced to the words that
carry it and to the cues that found them (`LexicalCoder.explain`). English is claimed; other languages are told apart
and not scored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain, repeat
from typing import TYPE_CHECKING

import msgspec

from attunement.coders.bare_refusal import LIGHT_CODES, is_bare_refusal, missed_for
from attunement.coders.base import Query
from attunement.coders.lexical_features import (
    CALL_VALUES,
    GOOD_NEWS,
    call_features,
    features_of,
    pair_features,
    shape_of,
)
from attunement.coders.lexical_language import ENGLISH, language_of, settled_language
from attunement.coders.lexical_reading import read_cues
from attunement.coders.lexical_sheet import load_sheet, sheet_digest
from attunement.coders.lexical_taken import CallKind, Gates, Taken
from attunement.coders.lexical_weights import WeightData, Weights, load_weights
from attunement.coders.own_words import own_words
from attunement.core.codebook import CODEBOOK, EMOTIONS, VERDICTS, Family, Verdict
from attunement.core.coding import CharSpan, Coding, TurnCoding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LexicalCoder"]

_FAMILIES: tuple[Family, ...] = ("expression", "emotion", "stance", "after", "risk")
_TOLD = frozenset({"disclosure", "honest_account"})
_LEAST = 0.05  # a code less probable than this is not listed
_REACH = 8
_MEMO = 16384  # texts remembered
_LONGEST_REMEMBERED = 2000
_SCORED = frozenset({None, ENGLISH})  # languages: what does not say is taken for English
_NOTHING: frozenset[int] = frozenset()
_AFTER_MEETING = frozenset({"after_meeting"})
# What may hold of a call, in the words that cues use for it, a bit each; the scores tell the first six.
_HELD = (
    "heavy", "good_news", "light", "checked_in", "blamed", "confessed", "asked", "asked_advice", "asked_self_harm",
)  # fmt: skip
_BITS = tuple(1 << place for place in range(6))
_ASKED, _ASKED_ADVICE, _ASKED_SELF_HARM = (1 << place for place in range(6, 9))
_NEED, _BID = CALL_VALUES.index("need"), CALL_VALUES.index("bid")
_SURE_MEETING = 0.65  # cues of reflection and validation that make advice after them not premature
_IRONY_TAG = re.compile(r"(?:^|\s)/s(?:\W|$)")
# Families that irony turns round; risk is still looked for.
_IRONY_SPOILS: tuple[Family, ...] = ("expression", "emotion", "stance", "after")

# A reply scored as the answer to its call: its stance and the verdict.
_Answer = tuple[list[Coding], dict[Verdict, float]]


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
        self.version = f"{data.version}.{sheet_digest()}"
        self._stamp = f"{self.name}/{self.version}"
        self._memo: dict[str, Taken] = {}
        sheet, outputs = self._sheet, data.text.outputs
        self._code_of = [cue.code for cue in sheet.cues]
        self._column = {name: column for column, name in enumerate(outputs)}
        self._call_columns = [self._column[name] for name in CALL_VALUES if name != "risk"]
        self._risk_columns = [self._column[code] for code in CODEBOOK.names("risk")]
        self._kinds: dict[tuple[int, int, bool], CallKind] = {}
        # What is risk only as the answer to a question is no feature of the words by themselves.
        self._risk_of_pair = frozenset(cue.index for cue in sheet.cues if cue.family == "risk" and cue.call_needs)
        self._gated = frozenset(cue.index for cue in sheet.cues if cue.call_guards or cue.call_needs)
        self._minds_meeting = frozenset(
            cue.index for cue in sheet.cues if "after_meeting" in cue.call_guards + cue.call_needs
        )
        self._meets_first = frozenset(
            cue.index for cue in sheet.cues if cue.code in ("reflection", "validation") and cue.p >= _SURE_MEETING
        )
        self._asks_advice = sheet.by_id["asks_advice"]
        self._asks_self_harm = sheet.by_id["asks_self_harm"]
        self._owns_self_harm = sheet.cues[sheet.by_id["self_harm.owned"]]
        # The codes of a text by itself, in the order in which they are listed: emotions come last.
        text_families: tuple[Family, ...] = ("expression", "after", "risk")
        codes = [code for family in text_families for code in CODEBOOK.names(family)]
        self._codes = [CODEBOOK[code] for code in codes] + list(EMOTIONS)
        self._named: list[tuple[str, Family]] = [(code.name, code.family) for code in self._codes]
        self._listed_columns = [self._column[code] for code in codes]
        self._thresholds = [data.thresholds.get(code, 0.5) for code in codes]
        self._listed_least = [min(threshold, _LEAST) for threshold in self._thresholds]
        self._irony = sheet.by_id["irony"]
        values = {"intensity": (0.0, 3.0), "valence": (-1.0, 1.0)}
        self._values = [self._column[name] for name in values]
        self._value_bounds = ([low for low, _ in values.values()], [high for _, high in values.values()])
        self._emotion_columns = [self._column[code.name] for code in EMOTIONS]
        self._odds = [c for c in range(len(outputs)) if c not in {*self._values, *self._emotion_columns}]
        self._stance_codes: list[tuple[str, Family]] = [(code, CODEBOOK[code].family) for code in data.stance.outputs]
        self._light = [place for place, (code, _) in enumerate(self._stance_codes) if code in LIGHT_CODES]
        self._stance_thresholds = [data.thresholds.get(code, 0.5) for code in data.stance.outputs]
        self._stance_least = [min(threshold, _LEAST) for threshold in self._stance_thresholds]

    def code(self, queries: Sequence[Query]) -> list[TurnCoding]:
        """Code a batch of turns; see `attunement.coders.base.Coder.code`."""
        if not queries:
            return []
        memo, take = self._memo, self._take
        texts = [query.turn.text for query in queries]
        taken = [memo.get(text) or take(text) for text in texts]
        said = [answered.text if (answered := query.answered) else None for query in queries]
        calls = [None if text is None else memo.get(text) or take(text) for text in said]
        self._score_texts([*taken, *(call for call in calls if call is not None)])
        languages = [
            one.language.code if one.language.is_sure else self._language(query, one)
            for query, one in zip(queries, taken, strict=True)
        ]
        answers: list[_Answer | None] = [None] * len(queries)
        pairs = [
            (position, one, call)
            for position, (one, call, language) in enumerate(zip(taken, calls, languages, strict=True))
            if call is not None
            and not (call.is_wordless or one.is_wordless)
            and call.language.code in _SCORED
            and language in _SCORED
        ]
        scored = self._score_pairs([(queries[position], one, call) for position, one, call in pairs])
        for (position, _, _), answer in zip(pairs, scored, strict=True):
            answers[position] = answer
        return [
            self._coding(query.turn.index, one, call, language, answer)
            for query, one, call, language, answer in zip(queries, taken, calls, languages, answers, strict=True)
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
        # A yes tells of self-harm only as the answer to the question for it.
        fired -= self._risk_of_pair
        if call is not None and self._asks_self_harm in call.reading.hits:
            fired |= self._risk_of_pair & one.reading.hits.keys()
        found: dict[str, list[tuple[str, CharSpan]]] = {}
        for cue in self._sheet.cues:
            if cue.index in fired:
                spans = one.reading.spans([cue.index])
                found.setdefault(cue.code or cue.id, []).extend((cue.id, span) for span in spans)
        return {code: tuple(places) for code, places in found.items()}

    def symbol_emotions(self, text: str) -> dict[str, float]:
        """Tell what a turn without a letter shows by its emoji.

        Parameters
        ----------
        text : str
            A turn.

        Returns
        -------
        dict of str to float
            Emotion to how often its cue is right, shared where several fire; empty for a turn with words, and where no
            cue fires.
        """
        cues = [self._sheet.cues[index] for index in self._take(text).reading.hits]
        shown = {cue.code: cue.p for cue in cues if cue.family == "emotion"}
        return {} if any(map(str.isalnum, text)) else {code: p / len(shown) for code, p in shown.items()}

    # Reading -----------------------------------------------------------------------------------------------------

    def _take(self, text: str) -> Taken:
        """Read a text, or remember it: a call is read again as what its reply answers."""
        found = self._memo.get(text)
        if found is None:
            own = own_words(text)
            reading = read_cues(own, self._sheet)
            shape = shape_of(own, reading)
            features = features_of(reading, shape, self._sheet)
            if not self._risk_of_pair.isdisjoint(reading.hits):
                features = [f for f in features if f not in self._risk_of_pair]
            is_wordless = not reading.scan.words or own.isspace()
            language = language_of(own, reading.scan.words)
            gated = self._gated.intersection(features)
            free = [feature for feature in features if feature not in gated] if gated else features
            found = Taken(own, reading, shape, features, free, gated, language, is_wordless, None)
            if len(text) <= _LONGEST_REMEMBERED:
                if len(self._memo) >= _MEMO:
                    self._memo.clear()
                self._memo[text] = found
        return found

    def _score_texts(self, taken: Sequence[Taken]) -> None:
        """Give every text that has none its scores by itself."""
        import numpy as np

        fresh = list({id(one): one for one in taken if one.values is None}.values())
        if not fresh:
            return
        logits = self._weights.score_text([one.features for one in fresh])
        scores = np.empty_like(logits)
        odds, softmax, value = self._odds, self._emotion_columns, self._values
        scores[:, odds] = 1.0 / (1.0 + np.exp(-np.maximum(logits[:, odds], -30.0)))
        powers = np.exp(logits[:, softmax] - logits[:, softmax].max(axis=1, keepdims=True))
        total = np.zeros(len(fresh))
        for column in range(powers.shape[1]):
            total += powers[:, column]
        scores[:, softmax] = powers / total[:, None]
        scores[:, value] = np.clip(logits[:, value], self._value_bounds[0], self._value_bounds[1])
        scores = np.round(scores, 4)
        chosen = scores[:, softmax]
        of_codes = scores[:, self._listed_columns]
        is_decided = np.zeros(chosen.shape, dtype=bool)
        is_decided[np.arange(len(fresh)), chosen.argmax(axis=1)] = True
        is_listed = np.concatenate([of_codes >= self._listed_least, (chosen >= _LEAST) | is_decided], axis=1)
        is_shown = np.concatenate([of_codes >= self._thresholds, is_decided], axis=1)
        rows, places = np.nonzero(is_listed)
        probabilities = np.concatenate([of_codes, chosen], axis=1)[is_listed].tolist()
        listed = self._unshown([self._named[place] for place in places.tolist()], probabilities)
        counts = is_listed.sum(axis=1)
        ends = np.cumsum(counts)
        begins = ends - counts
        for one, begin, end in zip(fresh, begins.tolist(), ends.tolist(), strict=True):
            one.listed, one.shown = listed[begin:end], []
        self._note_calls(fresh, scores)
        shown = np.flatnonzero(is_shown[is_listed])
        texts: list[int] = rows[shown].tolist()
        for row, place in zip(texts, (shown - begins[texts]).tolist(), strict=True):
            fresh[row].shown.append(place)

    def _note_calls(self, taken: Sequence[Taken], scores: NDArray[np.float64]) -> None:
        """Keep of each text's scores what matters where it is a call."""
        import numpy as np

        def of(name: str) -> NDArray[np.float64]:
            return scores[:, self._column[name]]

        heavy, good_news = of("heavy"), of("good_news")
        held = (
            np.stack(
                [
                    heavy >= 0.5,
                    good_news >= GOOD_NEWS,
                    (heavy < 0.25) & (good_news < 0.25),
                    of("check_in") >= 0.5,
                    of("blame") + of("i_statement") >= 0.4,
                    of("honest_account") >= 0.5,
                ],
                axis=1,
            )
            @ _BITS
        )
        values = np.column_stack([scores[:, self._call_columns], scores[:, self._risk_columns].max(axis=1)])
        kept = [each.tolist() for each in (values, held, heavy, of("intensity"), of("valence"))]
        for one, *noted in zip(taken, *kept, strict=True):
            one.values, one.held, one.heavy, one.intensity, one.valence = noted

    def _unshown(self, codes: Sequence[tuple[str, Family]], probabilities: Iterable[float]) -> list[Coding]:
        """Make codings of codes that are not present, a batch at once."""
        names, families = zip(*codes, strict=True) if codes else ((), ())
        return list(map(Coding, names, families, probabilities, repeat(False), repeat(()), repeat(self._stamp)))

    def _language(self, query: Query, one: Taken) -> str | None:
        """Tell a turn's language; where its words do not say, its speaker's so far, or else the others'."""
        speaker, before = query.turn.speaker, query.before[::-1]
        own = (self._take(turn.text).language for turn in before if turn.speaker == speaker)
        others = (self._take(turn.text).language for turn in before if turn.speaker != speaker)
        return settled_language(one.language, own, others)

    # Pairs -------------------------------------------------------------------------------------------------------

    def _kind(self, call: Taken) -> CallKind:
        """Tell which cues count for the answers to a call, and what it lends them; there are few different kinds."""
        hits, shape = call.reading.hits, call.shape
        held = call.held | (_ASKED if 0 in shape.traits else 0)
        if self._asks_advice in hits:
            held |= _ASKED_ADVICE
        if self._asks_self_harm in hits:
            held |= _ASKED_SELF_HARM
        key = held, shape.length, 1 in shape.traits
        kind = self._kinds.get(key)
        if kind is None:
            names = frozenset(name for place, name in enumerate(_HELD) if held >> place & 1)
            features = call_features(
                shape,
                self._sheet,
                advice="asked_advice" in names,
                heavy="heavy" in names,
                good_news="good_news" in names,
            )
            kind = self._kinds[key] = CallKind(self._gates(names), self._gates(_AFTER_MEETING | names), features)
        call.kind = kind
        return kind

    def _gates(self, held: frozenset[str]) -> Gates:
        """Tell which cues count where so much holds of the call."""
        cues = [self._sheet.cues[index] for index in self._gated]
        opened = frozenset(
            cue.index for cue in cues if held.isdisjoint(cue.call_guards) and held.issuperset(cue.call_needs)
        )
        return Gates(opened, self._gated - opened)

    def _meets_before(self, query: Query, one: Taken) -> bool:
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
        import numpy as np

        call = msgspec.structs.replace(self._take(query.answered.text), kind=None)
        self._note_calls([call], np.array([call_scores]))
        return self._gated_features(query, self._take(query.turn.text), call)[0], call.values or []

    def _gated_features(self, query: Query, one: Taken, call: Taken) -> tuple[list[int], frozenset[int]]:
        """Give a reply's features as the answer to its call, and the cues that do not count for it."""
        kind = call.kind or self._kind(call)
        features = pair_features(one.shape, kind.features, call.shape.content)
        gates = kind.gates
        if one.gated:
            if not self._minds_meeting.isdisjoint(one.gated) and self._meets_before(query, one):
                gates = kind.gates_after
            features += gates.opened.intersection(one.gated)
        features += one.free
        return features, gates.shut

    def _score_pairs(self, pairs: Sequence[tuple[Query, Taken, Taken]]) -> list[_Answer]:
        """Score replies as the answers to their calls."""
        import numpy as np

        if not pairs:
            return []
        rows = [self._gated_features(query, one, call) for query, one, call in pairs]
        heavy = np.array([call.heavy for _, _, call in pairs])
        values = np.fromiter(chain.from_iterable(call.values or () for _, _, call in pairs), float)
        logits = self._weights.score_stance([row[0] for row in rows], values.reshape(len(rows), -1))
        stance = np.round(1.0 / (1.0 + np.exp(-np.maximum(logits, -30.0))), 4)
        refused = {
            row: 1.0 - (1.0 - call.values[_NEED]) * (1.0 - call.values[_BID])
            for row, (_, one, call) in enumerate(pairs)
            if call.values and is_bare_refusal(one.text, call.text)
        }
        for row, p in refused.items():
            stance[row, self._light] = np.round(stance[row, self._light] * (1.0 - p), 4)
        verdicts = np.round(self._weights.score_verdict(stance, heavy), 5).tolist()
        is_listed = stance >= self._stance_least
        where, columns = np.nonzero(is_listed)
        codes = [self._stance_codes[column] for column in columns.tolist()]
        listed = self._unshown(codes, stance[is_listed].tolist())
        shown: list[int] = np.flatnonzero((stance >= self._stance_thresholds)[is_listed]).tolist()
        replies: list[int] = where[shown].tolist()
        for place, row in zip(shown, replies, strict=True):
            listed[place] = self._show(listed[place], pairs[row][1], rows[row][1])
        ends = np.cumsum(is_listed.sum(axis=1)).tolist()
        full, partial, missed, against = VERDICTS
        said: list[dict[Verdict, float]] = [{full: a, partial: b, missed: c, against: d} for a, b, c, d in verdicts]
        for row, p in refused.items():
            said[row] = missed_for(said[row], p)
        return [(listed[begin:end], own) for begin, end, own in zip([0, *ends[:-1]], ends, said, strict=True)]

    # Codings -----------------------------------------------------------------------------------------------------

    def _coding(
        self, index: int, one: Taken, call: Taken | None, language: str | None, answer: _Answer | None
    ) -> TurnCoding:
        if one.is_wordless or language not in _SCORED:
            reason = "wordless" if one.is_wordless else "language"
            return TurnCoding(index, abstained=dict.fromkeys(self.families, reason), language=language)
        codings = one.codings
        if codings is None:
            codings = one.codings = self._code_text(one)
        if call is not None and self._owns_self_harm.index in one.reading.hits:
            codings = self._own_self_harm(codings, one, call)
        if one.is_ironic:
            return TurnCoding(index, codings, abstained=dict.fromkeys(_IRONY_SPOILS, "irony"), language=language)
        abstained: dict[Family, str] = {}
        verdict: dict[Verdict, float] | None = None
        if answer is not None:
            stance, verdict = answer
            codings = (*codings, *stance)
        elif call is not None:
            abstained = {"stance": "wordless" if call.is_wordless else "language"}
        prompted = (call is not None and 0 in call.shape.traits) if one.tells else None
        # In the order of the fields: names would cost a tenth of all that is done for a turn that was met before.
        return TurnCoding(index, codings, one.intensity, one.valence, prompted, verdict, abstained, language)

    def _code_text(self, one: Taken) -> tuple[Coding, ...]:
        """Code a text by itself."""
        hits = one.reading.hits
        one.is_ironic = self._irony in hits or ("/s" in one.text and _IRONY_TAG.search(one.text) is not None)
        # What counts only as the answer to a question carries nothing yet.
        shut = self._risk_of_pair if self._owns_self_harm.index in hits else _NOTHING
        codings = one.listed.copy()
        for place in one.shown:
            coding = codings[place] = self._show(codings[place], one, shut)
            if coding.code in _TOLD:
                one.tells = True
        return tuple(c for c in codings if c.family == "risk") if one.is_ironic else tuple(codings)

    def _own_self_harm(self, codings: tuple[Coding, ...], one: Taken, call: Taken) -> tuple[Coding, ...]:
        """Count a yes to the question whether somebody thinks of harming themselves."""
        if self._asks_self_harm not in call.reading.hits:
            return codings
        order = [code.name for code in self._codes if code.family != "emotion"]
        before = [c for c in codings if c.code in order and order.index(c.code) < order.index("self_harm")]
        rest = [c for c in codings[len(before) :] if c.code != "self_harm"]
        found = [c.probability for c in codings if c.code == "self_harm"]
        probability = max(*found, self._owns_self_harm.p, 0.0)
        owned = Coding("self_harm", "risk", probability, False, (), self._stamp)
        return (*before, self._show(owned, one, _NOTHING), *rest)

    def _show(self, coding: Coding, one: Taken, shut: frozenset[int]) -> Coding:
        """Make a code present, with the words that carry it: where its cues fire, but for those that do not count."""
        if one.cues_of is None:
            one.cues_of = self._by_code(one.reading.hits)
        cues = one.cues_of.get(coding.code, ())
        if cues and not shut.isdisjoint(cues):
            cues = tuple(cue for cue in cues if cue not in shut)
        spans = one.spans.get(cues)
        if spans is None:
            spans = one.spans[cues] = (one.reading.spans(cues) if cues else ()) or one.whole
        return Coding(coding.code, coding.family, coding.probability, True, spans, coding.coder)

    def _by_code(self, hits: Iterable[int]) -> dict[str, tuple[int, ...]]:
        """Sort cues by their codes; markers have none."""
        found: dict[str, tuple[int, ...]] = {}
        code_of = self._code_of
        for cue in hits:
            if code := code_of[cue]:
                found[code] = (*found[code], cue) if code in found else (cue,)
        return found
