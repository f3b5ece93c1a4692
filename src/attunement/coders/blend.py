"""The blend of the neural and the lexical coder: each is weighed by what it proved worth on text kept out of training.

The network reads what the cues miss; the cues see what the network has met too seldom to learn (threats, name-calling,
fixed phrases) and point to the exact words. For every code the two probabilities are joined on the logit scale; the
verdict is joined from both coders' verdicts and the codebook's rule on the joined stance. Risk is the exception: there
what either sees stands. The weights of the blend lie beside the network's (`blend.json`) and are checked with them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Self

import msgspec
import numpy as np

from attunement.coders.base import CodeOptions, Query
from attunement.coders.lexical import LexicalCoder
from attunement.coders.neural import NeuralCoder
from attunement.coders.neural_cache import cache_folder
from attunement.coders.neural_weights import load_blend, load_weights
from attunement.core.codebook import VERDICTS, Family, Verdict
from attunement.core.coding import CharSpan, Coding, TurnCoding
from attunement.core.verdict import verdict_probabilities

__all__ = ["Blend", "BlendCoder", "BlendFamily", "blend_features", "logit"]

_FLOOR = 0.004
_LISTED = 0.02
_DIGITS = 4
_HEAVY_SHARE = 0.4
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

    Attributes
    ----------
    name, version, families, reach
        See `attunement.coders.base.Coder`.
    weights : str
        Name of the set of weights.
    kin_families : tuple of (str, str)
        Label sets of other people's that the network has heads for.
    """

    def __init__(self, neural: NeuralCoder, lexical: LexicalCoder, blend: Blend) -> None:
        self._neural, self._lexical, self._blend = neural, lexical, blend
        self.name = "blend"
        self.version = f"{blend.version}-{neural.version}+{lexical.version}"
        self.families = neural.families
        self.reach = max(neural.reach, lexical.reach)
        self.weights = neural.weights
        self.kin_families = neural.kin_families
        self._label = f"{self.name}/{self.version}"

    @classmethod
    def from_options(cls, options: CodeOptions) -> Self:
        """Make the coder that the options describe."""
        cache = cache_folder() if options.cache else None
        neural = NeuralCoder(load_weights(options.weights), cache=cache, withholds=False)
        return cls(neural, LexicalCoder(), load_blend(options.weights, Blend))

    def code(self, queries: Sequence[Query]) -> list[TurnCoding]:
        """Code a batch; see `attunement.coders.base.Coder.code`."""
        return [
            self._join(one, other)
            for one, other in zip(
                self._neural.code([_within(query, self._neural.reach) for query in queries]),
                self._lexical.code([_within(query, self._lexical.reach) for query in queries]),
                strict=True,
            )
        ]

    def kin(self, queries: Sequence[Query]) -> list[dict[tuple[str, str], dict[str, tuple[float, bool]]]]:
        """Answer for other people's label sets as the network does."""
        return self._neural.kin([_within(query, self._neural.reach) for query in queries])

    def _join(self, one: TurnCoding, other: TurnCoding) -> TurnCoding:
        if set(one.abstained) >= set(self.families):
            return one
        codings = [
            Coding(c.code, c.family, c.probability, c.present, c.spans, self._label)
            for c in one.codings
            if c.family == "emotion"
        ]
        abstained = dict(one.abstained)
        verdict: dict[Verdict, float] | None = None
        joined = {family: join(self._blend.families[family], family, one, other) for family in _JOINED}
        if one.verdict is not None:
            features = blend_features(one, other, joined["stance"])
            verdict = _softmax(self._blend.verdict, features)
            if max(verdict.values()) < self._blend.abstain_below:
                verdict = None
                abstained["stance"] = "unsure"
        for family in _JOINED:
            if family == "stance" and verdict is None:
                continue
            codings += self._codings(family, joined[family], one, other)
        expressed = {c.code for c in codings if c.present}
        prompted = one.prompted if one.prompted is not None else False
        return TurnCoding(
            one.turn,
            tuple(codings),
            intensity=one.intensity,
            valence=one.valence,
            prompted=prompted if expressed & {"disclosure", "honest_account"} else None,
            verdict=verdict,
            abstained=abstained,
            language=one.language,
        )

    def _codings(self, family: Family, joined: dict[str, float], one: TurnCoding, other: TurnCoding) -> list[Coding]:
        spans_of = {c.code: c.spans for c in one.codings if c.spans} | {
            c.code: c.spans for c in other.codings if c.spans and c.present
        }
        cuts = dict(zip(self._blend.families[family].codes, self._blend.families[family].thresholds, strict=True))
        found: list[Coding] = []
        for code, p in joined.items():
            spans: tuple[CharSpan, ...] = spans_of.get(code, ())
            # A code without words to point to is not decided on.
            present = p >= cuts[code] and bool(spans)
            if family == "risk":
                # Safety before all: what either coder sees is not voted down by the other.
                p = max(p, other.probability(code))
                present = present or code in other.present("risk")
            if p >= _LISTED or present:
                found.append(Coding(code, family, round(p, _DIGITS), present, spans, self._label))
        return found


def logit(p: float) -> float:
    """Return the log odds, of a probability kept within .004 and .996."""
    held = min(1.0 - _FLOOR, max(_FLOOR, p))
    return math.log(held / (1.0 - held))


def join(weights: BlendFamily, family: Family, one: TurnCoding, other: TurnCoding) -> dict[str, float]:
    """Join two coders' probabilities of a family's codes."""
    first, second = one.probabilities(family), other.probabilities(family)
    rows = zip(weights.codes, weights.neural, weights.lexical, weights.offsets, strict=True)
    return {
        code: 1.0 / (1.0 + math.exp(-(a * logit(first.get(code, 0.0)) + b * logit(second.get(code, 0.0)) + c)))
        for code, a, b, c in rows
    }


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
    rounded = [round(float(p), _DIGITS) for p in powers / powers.sum()]
    largest = max(range(len(rounded)), key=rounded.__getitem__)
    rounded[largest] = round(rounded[largest] + 1.0 - sum(rounded), _DIGITS)
    return dict(zip(VERDICTS, rounded, strict=True))


def _within(query: Query, reach: int) -> Query:
    return query if len(query.before) <= reach else Query(query.turn, query.before[-reach:])
