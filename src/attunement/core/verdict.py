"""The codebook's rule from stance codes to a verdict, and the same rule on probabilities."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from attunement.core.codebook import MEETING, MISSING, VERDICTS, Verdict

__all__ = [
    "HEAVY_INTENSITY",
    "HEAVY_VALENCE",
    "PARTIAL_WEIGHT",
    "decide_verdict",
    "is_heavy",
    "score_verdict",
    "verdict_of",
    "verdict_probabilities",
]

HEAVY_INTENSITY = 2.0
HEAVY_VALENCE = -0.3
# How much `partial` counts against `attuned` when a verdict is decided (`docs/decisions/0007-deciding-a-verdict.md`).
PARTIAL_WEIGHT = 1.5

_MEETS = frozenset(code.name for code in MEETING)
_MISSES = frozenset(code.name for code in MISSING)
_LIGHT_MEETS = frozenset({"acknowledgement", "engagement"})
_MILD_MISSES = frozenset({"flat", "topic_change", "silence", "self_focus", "premature_advice", "silver_lining"})


def is_heavy(
    intensity: float | None, valence: float | None, has_risk: bool = False, probability: float | None = None
) -> bool:
    """Tell whether a call is heavy: intensity 2 or 3 with valence -0.3 or lower, or any risk (codebook, section 3).

    A coder that predicts intensity and valence shrinks both towards their means, so that few calls pass both bounds.
    Where it says itself how probable it is that the call is heavy (`TurnCoding.heavy`), that decides, from one half on.
    """
    if has_risk:
        return True
    if probability is not None:
        return probability >= 0.5
    if intensity is None or valence is None:
        return False
    return intensity >= HEAVY_INTENSITY and valence <= HEAVY_VALENCE


def verdict_of(stance: Collection[str], *, heavy: bool) -> Verdict:
    """Apply the codebook's rule (section 3, "The verdict on an exchange").

    Parameters
    ----------
    stance : collection of str
        The stance codes that the reply carries.
    heavy : bool
        Whether the call is heavy (`is_heavy`).

    Returns
    -------
    {"attuned", "partial", "missed", "misattuned"}
        The verdict. A reply with no stance code at all is `missed`.
    """
    codes = set(stance)
    meets, misses = codes & _MEETS, codes & _MISSES
    if meets and misses:
        return "partial"
    if meets:
        return "partial" if heavy and meets <= _LIGHT_MEETS else "attuned"
    return "missed" if misses <= _MILD_MISSES else "misattuned"


def verdict_probabilities(stance: Mapping[str, float], *, heavy: float) -> dict[Verdict, float]:
    """Carry the rule through probabilities, taking the codes as independent given the reply.

    With P(no code of a set) the product of ``1 - p`` over the set, the four verdicts follow exactly:
    P(attuned) = P(no miss) * (P(some full meeting code) + P(only light ones) * (1 - heavy)), and so on.

    Parameters
    ----------
    stance : mapping of str to float
        Stance code to probability in [0, 1]; codes not listed count as 0.
    heavy : float
        Probability in [0, 1] that the call is heavy.

    Returns
    -------
    dict of str to float
        The four verdicts, in [0, 1], summing to 1.
    """

    def none_of(codes: frozenset[str]) -> float:
        product = 1.0
        for code in codes:
            p = stance.get(code)
            if p:
                product *= 1.0 - p
        return product

    no_full = none_of(_MEETS - _LIGHT_MEETS)
    no_light = none_of(_LIGHT_MEETS)
    no_mild = none_of(_MILD_MISSES)
    no_hard = none_of(_MISSES - _MILD_MISSES)
    no_meet, no_miss = no_full * no_light, no_mild * no_hard
    only_light = no_full * (1.0 - no_light)
    attuned = no_miss * ((1.0 - no_full) + only_light * (1.0 - heavy))
    partial = (1.0 - no_meet) * (1.0 - no_miss) + no_miss * only_light * heavy
    missed = no_meet * no_hard
    misattuned = no_meet * (1.0 - no_hard)
    return dict(zip(VERDICTS, (attuned, partial, missed, misattuned), strict=True))


def decide_verdict(probabilities: Mapping[Verdict, float]) -> Verdict:
    """Decide on one verdict: met or missed first, then which of the two.

    The reply met the call where P(attuned) + P(partial) is at least the rest, so that the decided verdict and the
    two-way question never disagree. A met call is `partial` where P(partial) times `PARTIAL_WEIGHT` is more than
    P(attuned): partial replies are the rarer, and the most probable verdict alone would find one in five of them.
    A missed one is `misattuned` where that is the likelier. What is sure stays as it is.

    Parameters
    ----------
    probabilities : mapping of str to float
        Verdict to probability in [0, 1]; verdicts not listed count as 0.

    Returns
    -------
    {"attuned", "partial", "missed", "misattuned"}
        The decided verdict.
    """
    attuned, partial, missed, misattuned = (probabilities.get(verdict, 0.0) for verdict in VERDICTS)
    if attuned + partial >= missed + misattuned:
        return "partial" if PARTIAL_WEIGHT * partial > attuned else "attuned"
    return "misattuned" if misattuned > missed else "missed"


def score_verdict(probabilities: Mapping[Verdict, float]) -> float:
    """Return the score of an exchange, P(attuned) + 0.5 P(partial), in [0, 1]."""
    return probabilities.get("attuned", 0.0) + 0.5 * probabilities.get("partial", 0.0)
