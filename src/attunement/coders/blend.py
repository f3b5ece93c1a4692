"""The blend of the neural and the lexical coder: each is weighed by what it proved worth on text kept out of training.

The network reads what the cues miss; the cues see what the network has met too seldom to learn (threats, name-calling,
fixed phrases) and point to the exact words; where both decide on a code, its words are the network's clauses that hold
a cue. For every code the two probabilities are joined on the logit scale; the verdict is joined from both coders'
verdicts and the codebook's rule on the joined stance. Risk is the exception: there what either sees stands, also where
the network abstains. The weights of the blend lie beside the network's (`blend.json`) and are checked with them.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec
import numpy as np

from attunement.coders.base import CodeOptions, Query
from attunement.coders.lexical import LexicalCoder
from attunement.coders.made import Made
from attunement.coders.neural import NeuralCoder
from attunement.coders.neural_cache import CodingCache, Keys, cache_folder
from attunement.coders.neural_checks import blend_misfit
from attunement.coders.neural_decode import rounded_shares
from attunement.coders.neural_weights import SAME_VERSION, load_blend, load_weights, runtime
from attunement.coders.people import people_of
from attunement.core.codebook import EMOTIONS, VERDICTS, Family, Verdict
from attunement.core.coding import CharSpan, Coding, TurnCoding
from attunement.core.verdict import verdict_probabilities
from attunement.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Blend", "BlendCoder", "BlendFamily", "blend_features", "logit"]

_FLOOR = 0.004
_LISTED = 0.02
_DIGITS = 4
_HEAVY_SHARE = 0.4
_TOLD = frozenset({"disclosure", "honest_account"})
_JOINED: tuple[Family, ...] = ("expression", "stance", "after", "risk")


class BlendFamily(msgspec.Struct, frozen=True, kw_only=True):
    """How one family is joined.

    Attributes
    ----------
    codes : tuple of str
        The codes.
    neural, lexical, offsets : tuple of float
        For each code the weight of either coder's logit, and a constant.
    thresholds : tuple of float
        The probability from which a code is decided on.
    """

    codes: tuple[str, ...]
    neural: tuple[float, ...]
    lexical: tuple[float, ...]
    offsets: tuple[float, ...]
    thresholds: tuple[float, ...]


class Blend(msgspec.Struct, frozen=True, kw_only=True):
    """The weights of a blend.

    Attributes
    ----------
    version : str
        Its version.
    families : dict of str to BlendFamily
        How each family is joined.
    verdict : tuple of tuple of float
        Four rows of thirteen: the verdict's logits from the log probabilities of the neural verdict (4), the lexical
        verdict (4), the rule on the joined stance (4), and a constant.
    abstain_below : float
        Stance and verdict are withheld where the verdict's largest probability is lower.
    """

    version: str
    families: dict[Family, BlendFamily]
    verdict: tuple[tuple[float, ...], ...]
    abstain_below: float


class BlendCoder:
    """Code turns with both coders.

    Parameters
    ----------
    neural, lexical : NeuralCoder, LexicalCoder
        The two; the neural one must not withhold verdicts of its own (`NeuralCoder(withholds=False)`).
    blend : Blend
        The weights.
    cache : Path, optional
        Folder of the cache of codings; None codes everything anew.

    Attributes
    ----------
    name, version, families, reach
        See `attunement.coders.base.Coder`.
    weights : str
        Name of the set of weights.
    kin_families : tuple of (str, str)
        Label sets of other people's that the network has heads for.
    rationale_families : tuple of (str, str)
        Those of them whose words it marks.
    """

    def __init__(self, neural: NeuralCoder, lexical: LexicalCoder, blend: Blend, *, cache: Path | None = None) -> None:
        self._neural, self._lexical = neural, lexical
        self.name = "blend"
        self.version = f"{blend.version}-{neural.version}+{lexical.version}"
        self.families = neural.families
        self.reach = max(neural.reach, lexical.reach)
        self.weights = neural.weights
        self.kin_families = neural.kin_families
        self.rationale_families = neural.rationale_families
        label = f"{self.name}/{self.version}"
        self._joiner = _Joiner(blend, self.families, label)
        told = hashlib.blake2b(msgspec.json.encode(blend), digest_size=16).hexdigest()
        self._cache = None if cache is None else CodingCache(cache, label)
        self._keys = Keys(f"{label} {neural.digest} {told} {'' if cache is None else runtime()}", self.reach)
        self._options: CodeOptions | None = None

    @classmethod
    def from_options(cls, options: CodeOptions) -> Self:
        """Make the coder that the options describe."""
        # What is kept is the two joined: neither coder is asked again.
        cache = cache_folder() if options.cache else None
        neural = NeuralCoder(load_weights(options.weights), withholds=False)
        blend = load_blend(options.weights, Blend)
        if blend_misfit(blend):
            raise InputError(
                f"blend.json of the weights {neural.weights!r} does not fit this version.", hint=SAME_VERSION
            )
        coder = cls(neural, LexicalCoder(), blend, cache=cache)
        coder._options = options
        return coder

    def __reduce__(self) -> str | tuple[object, ...]:
        """Go to another process as the options that it was made from; a network that is loaded cannot travel."""
        return super().__reduce__() if self._options is None else (type(self).from_options, (self._options,))

    def code(self, queries: Sequence[Query]) -> list[TurnCoding]:
        """Code a batch; see `attunement.coders.base.Coder.code`."""
        found: list[TurnCoding | None] = [None] * len(queries)
        keys: list[bytes] = []
        if self._cache is not None:
            keys = self._keys.of(queries)
            found = self._cache.get(keys, [query.turn.index for query in queries])
        missing = [place for place, coding in enumerate(found) if coding is None]
        if missing:
            asked = [queries[place] for place in missing]
            # The network reads on other threads while the cues are looked for on this one.
            finish = self._neural.start([_within(query, self._neural.reach) for query in asked])
            others = self._lexical.code([_uncued(_within(query, self._lexical.reach)) for query in asked])
            symbols = [self._lexical.symbol_emotions(query.turn.text) for query in asked]
            for place, coding in zip(missing, self._joiner.join(finish(), others, symbols), strict=True):
                found[place] = coding
            if self._cache is not None:
                fresh = {keys[place]: coding for place in missing if (coding := found[place]) is not None}
                self._cache.put(fresh)
        return [coding for coding in found if coding is not None]

    def kin(self, queries: Sequence[Query]) -> list[dict[tuple[str, str], dict[str, tuple[float, bool]]]]:
        """Answer for other people's label sets as the network does."""
        return self._neural.kin([_within(query, self._neural.reach) for query in queries])

    def rationales(self, queries: Sequence[Query]) -> list[dict[tuple[str, str], tuple[CharSpan, ...]]]:
        """Mark the words that carry other people's levels as the network does."""
        return self._neural.rationales([_within(query, self._neural.reach) for query in queries])


class _Joiner:
    """Joins two coders' codings of many turns at once."""

    def __init__(self, blend: Blend, families: Sequence[Family], label: str) -> None:
        self._coding = Made(label).coding
        self._families = frozenset(families)
        weights: list[tuple[Family, BlendFamily]] = [(family, blend.families[family]) for family in _JOINED]
        self._codes: list[tuple[str, Family]] = []
        for family, own in weights:
            self._codes.extend((code, family) for code in own.codes)
        self._column = {code: column for column, (code, _) in enumerate(self._codes)}
        self._neural = np.array([value for _, own in weights for value in own.neural])
        self._lexical = np.array([value for _, own in weights for value in own.lexical])
        self._offsets = np.array([value for _, own in weights for value in own.offsets])
        self._cuts = np.array([value for _, own in weights for value in own.thresholds])
        self._risks = [column for column, (_, family) in enumerate(self._codes) if family == "risk"]
        self._replies = [column for column, (_, family) in enumerate(self._codes) if family == "stance"]
        self._verdict = blend.verdict
        self._below = blend.abstain_below

    def join(
        self,
        ones: Sequence[TurnCoding],
        others: Sequence[TurnCoding],
        symbols: Sequence[dict[str, float]] | None = None,
    ) -> list[TurnCoding]:
        """Join the network's codings with the lexical coder's, turn by turn.

        `symbols` are the emotions that each turn shows by emoji alone (`LexicalCoder.symbol_emotions`).
        """
        if symbols is not None:
            ones = [_with_symbols(one, shown) if shown else one for one, shown in zip(ones, symbols, strict=True)]
        found = [self._alone(one, other) for one, other in zip(ones, others, strict=True)]
        rows = [row for row, one in enumerate(ones) if not one.abstained.keys() >= self._families]
        if not rows:
            return found
        ones, others = [ones[row] for row in rows], [others[row] for row in rows]
        first, second = self._probabilities(ones), self._probabilities(others)
        joined = _squashed(first, second, self._neural, self._lexical, self._offsets)
        verdicts = [
            None if one.verdict is None else self._verdict_of(one, other, stance)
            for one, other, stance in zip(ones, others, joined[:, self._replies].tolist(), strict=True)
        ]
        decided = joined >= self._cuts
        # Safety before all: what either coder sees of risk is not voted down by the other.
        joined[:, self._risks] = np.maximum(joined[:, self._risks], second[:, self._risks])
        listed: NDArray[np.bool_] = decided | (joined >= _LISTED)
        for row, other in enumerate(others):
            for coding in other.codings:
                if coding.present and coding.family == "risk":
                    listed[row, self._column[coding.code]] = True
        silent = [row for row, verdict in enumerate(verdicts) if verdict is None]
        listed[np.ix_(silent, self._replies)] = False
        columns = self._columns(listed, joined, decided)
        for row, one, other, verdict, codes in zip(rows, ones, others, verdicts, columns, strict=True):
            found[row] = self._turn(one, other, verdict, codes)
        return found

    def _alone(self, one: TurnCoding, other: TurnCoding) -> TurnCoding:
        """Give a turn on which the network abstains: what the cues see of risk in it stands."""
        seen = tuple(
            self._coding(c.code, c.family, c.probability, c.present, c.spans)
            for c in other.codings
            if c.family == "risk" and (c.present or c.probability >= _LISTED)
        )
        if not seen:
            return one
        abstained: dict[Family, str] = {family: why for family, why in one.abstained.items() if family != "risk"}
        return TurnCoding(one.turn, seen, abstained=abstained, language=one.language)

    def _probabilities(self, codings: Sequence[TurnCoding]) -> NDArray[np.float64]:
        column = self._column
        places: list[int] = []
        values: list[float] = []
        for row, coding in enumerate(codings):
            start = row * len(column)
            for c in coding.codings:
                place = column.get(c.code)
                if place is not None:
                    places.append(start + place)
                    values.append(c.probability)
        found = np.zeros(len(codings) * len(column))
        found[places] = values
        return found.reshape(len(codings), len(column))

    def _columns(
        self, listed: NDArray[np.bool_], joined: NDArray[np.float64], decided: NDArray[np.bool_]
    ) -> list[list[tuple[int, float, bool]]]:
        """Give for each turn the codes that may be listed, each with its probability and whether it is decided on."""
        found: list[list[tuple[int, float, bool]]] = [[] for _ in range(len(listed))]
        rows, columns = np.nonzero(listed)
        chosen = zip(rows.tolist(), columns.tolist(), joined[listed].tolist(), decided[listed].tolist(), strict=True)
        for row, column, p, is_decided in chosen:
            found[row].append((column, p, is_decided))
        return found

    def _verdict_of(self, one: TurnCoding, other: TurnCoding, stance: list[float]) -> dict[Verdict, float] | None:
        names = [self._codes[column][0] for column in self._replies]
        verdict = _softmax(self._verdict, blend_features(one, other, dict(zip(names, stance, strict=True))))
        return verdict if max(verdict.values()) >= self._below else None

    def _turn(
        self,
        one: TurnCoding,
        other: TurnCoding,
        verdict: dict[Verdict, float] | None,
        codes: list[tuple[int, float, bool]],
    ) -> TurnCoding:
        make = self._coding
        # Several codes point to the same words: those are kept once.
        same: dict[tuple[CharSpan, ...], tuple[CharSpan, ...]] = {}
        codings: list[Coding] = []
        spans_of: dict[str, tuple[CharSpan, ...]] = {}
        sure: set[str] = set()
        for c in one.codings:
            if c.family == "emotion":
                codings.append(make(c.code, c.family, c.probability, c.present, same.setdefault(c.spans, c.spans)))
            if c.spans:
                spans_of[c.code] = c.spans
                if c.present:
                    sure.add(c.code)
        seen: set[str] = set()
        for c in other.codings:
            if c.present:
                if c.spans:
                    spans_of[c.code] = _evidence(spans_of[c.code], c.spans) if c.code in sure else c.spans
                if c.family == "risk":
                    seen.add(c.code)
        tells = False
        for column, p, is_decided in codes:
            code, family = self._codes[column]
            spans = spans_of.get(code, ())
            # A code without words to point to is not decided on.
            present = (is_decided and bool(spans)) or code in seen
            if present or p >= _LISTED:
                spans = same.setdefault(spans, spans)
                codings.append(make(code, family, round(p, _DIGITS), present, spans))
                tells = tells or (present and code in _TOLD)
        abstained = dict(one.abstained)
        if verdict is None and one.verdict is not None:
            abstained["stance"] = "unsure"
        return TurnCoding(
            one.turn,
            tuple(codings),
            one.intensity,
            one.valence,
            (one.prompted if one.prompted is not None else False) if tells else None,
            verdict,
            abstained,
            one.language,
            None if one.heavy is None else max([one.heavy, *(c.probability for c in codings if c.family == "risk")]),
        )


def _with_symbols(coding: TurnCoding, shown: dict[str, float]) -> TurnCoding:
    """Mix into the emotions of a turn without words what its emoji show.

    The network reads an emoji by its name in Unicode, which seldom says what people mean by it.
    """
    found = coding.probabilities("emotion")
    if not found:
        return coding
    rest = 1.0 - sum(shown.values())
    mixed = {code.name: rest * found.get(code.name, 0.0) + shown.get(code.name, 0.0) for code in EMOTIONS}
    likeliest = max(mixed, key=lambda code: mixed[code])
    first = next(c for c in coding.codings if c.family == "emotion")
    words = next(c.spans for c in coding.codings if c.family == "emotion" and c.present)
    emotions = [
        Coding(code, "emotion", round(p, _DIGITS), code == likeliest, words if code == likeliest else (), first.coder)
        for code, p in mixed.items()
        if p >= _LISTED
    ]
    others = [c for c in coding.codings if c.family != "emotion"]
    return msgspec.structs.replace(coding, codings=(*emotions, *others))


def _evidence(clauses: tuple[CharSpan, ...], cues: tuple[CharSpan, ...]) -> tuple[CharSpan, ...]:
    """Choose the words that carry a code that both coders decided on.

    A cue may be only what a code is often spoken of with ("husband"): it does not stand alone where the network points
    to clauses. The clauses that a cue lies in are the evidence; where it lies in none, all of them.
    """
    return tuple(c for c in clauses if any(cue.start < c.end and c.start < cue.end for cue in cues)) or clauses


def logit(p: float) -> float:
    """Return the log odds, of a probability kept within .004 and .996."""
    held = min(1.0 - _FLOOR, max(_FLOOR, p))
    return math.log(held / (1.0 - held))


def join(weights: BlendFamily, family: Family, one: TurnCoding, other: TurnCoding) -> dict[str, float]:
    """Join two coders' probabilities of a family's codes."""
    first, second = (
        np.array([said.get(code, 0.0) for code in weights.codes])
        for said in (one.probabilities(family), other.probabilities(family))
    )
    neural, lexical, offsets = (np.array(own) for own in (weights.neural, weights.lexical, weights.offsets))
    return dict(zip(weights.codes, _squashed(first, second, neural, lexical, offsets).tolist(), strict=True))


def _squashed(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    neural: NDArray[np.float64],
    lexical: NDArray[np.float64],
    offsets: NDArray[np.float64],
) -> NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-(neural * _logits(first) + lexical * _logits(second) + offsets)))


def _logits(p: NDArray[np.float64]) -> NDArray[np.float64]:
    held = np.clip(p, _FLOOR, 1.0 - _FLOOR)
    return np.log(held / (1.0 - held))


def blend_features(one: TurnCoding, other: TurnCoding, stance: dict[str, float]) -> list[float]:
    """Return the thirteen numbers that the verdict is blended from.

    Whether the call is heavy is in the network's own verdict; the rule here takes the share of heavy calls in training.
    """
    rule = verdict_probabilities(stance, heavy=_HEAVY_SHARE)
    flat: dict[Verdict, float] = dict.fromkeys(VERDICTS, 0.25)
    first, second = one.verdict or flat, other.verdict or flat
    said = [math.log(max(source[name], 1e-3)) for source in (first, second, rule) for name in VERDICTS]
    return [*said, 1.0]


def _softmax(matrix: Sequence[Sequence[float]], features: Sequence[float]) -> dict[Verdict, float]:
    logits = np.array(matrix) @ np.array(features)
    powers = np.exp(logits - logits.max())
    return rounded_shares(powers / powers.sum(), _DIGITS)


def _within(query: Query, reach: int) -> Query:
    return query if len(query.before) <= reach else Query(query.turn, query.before[-reach:], query.people)


def _uncued(query: Query) -> Query:
    people = people_of(query.people)
    if people is None or not any(people.places(turn.text) for turn in (query.turn, *query.before)):
        return query
    turn, *before = [
        turn if (text := people.uncued(turn.text)) == turn.text else msgspec.structs.replace(turn, text=text)
        for turn in (query.turn, *query.before)
    ]
    return Query(turn, tuple(before), query.people)
