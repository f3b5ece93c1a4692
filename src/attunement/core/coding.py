"""What a coder says about a turn: codes, how probable each is, and the words that carry it."""

from __future__ import annotations

from typing import Literal

import msgspec

from attunement.core.codebook import Family, Verdict

__all__ = ["CharSpan", "Coding", "TurnCoding"]


class CharSpan(msgspec.Struct, frozen=True, order=True, gc=False, array_like=True):
    """A stretch of characters of a turn's text, half open, counted in Unicode code points from 0."""

    start: int
    end: int


class Coding(msgspec.Struct, frozen=True, gc=False):
    """One code on one turn.

    Attributes
    ----------
    code : str
        A name of the codebook.
    family : {"expression", "emotion", "stance", "after", "risk"}
        The code's family.
    probability : float
        Calibrated probability that the code holds, in [0, 1].
    present : bool
        The coder's decision at its own threshold for this code; figures by decision count these.
    spans : tuple of CharSpan
        The words that carry it, inside the turn's text, in order, without overlap. Never empty for a present code of
        a coder that gives spans.
    coder : str
        Name and version of the coder, as "name/version".
    """

    code: str
    family: Family
    probability: float
    present: bool
    spans: tuple[CharSpan, ...]
    coder: str


class TurnCoding(msgspec.Struct, frozen=True, gc=False):
    """Everything that one coder says about one turn.

    A code that is not listed has a probability so near 0 that the coder does not report it. A family in `abstained`
    was not scored at all: it is missing, never zero.

    Attributes
    ----------
    turn : int
        Index of the turn.
    codings : tuple of Coding
        At most one a code.
    intensity : float or None
        Of the feeling shown, 0 none, 1 mild, 2 clear, 3 strong; None where not scored.
    valence : float or None
        Of the feeling shown, in [-1, 1]; None where not scored.
    prompted : bool or None
        For `disclosure` and `honest_account`, whether the other's previous turn asked for it; False where nobody
        else has spoken, None where neither code holds.
    verdict : dict of str to float or None
        Probabilities of attuned, partial, missed and misattuned, which sum to 1, of this turn as the reply to the turn
        it answers *taken as a call*. None where there is nothing to answer or the coder abstains.
    abstained : dict of str to str
        Family name to the reason, a short stable word ("language", "irony", "wordless"). A turn on which the coder
        abstains altogether lists every family that it codes. What it never codes, or people did not, is "not coded".
    language : str or None
        The turn's language as far as the coder could tell, as an ISO 639-1 code.
    heavy : float or None
        Probability in [0, 1] that the turn, taken as a call, is heavy (codebook, section 3), any risk included. None
        where the coder does not say; there the rule on intensity and valence stands
        (`attunement.core.verdict.is_heavy`).
    verdict_source : {"coder", "rule", "person"}
        Who says the verdict: the coder, the codebook's rule on codes that a person put right, or a person. The last two
        knew the reply, also where it has no words.
    """

    turn: int
    codings: tuple[Coding, ...] = ()
    intensity: float | None = None
    valence: float | None = None
    prompted: bool | None = None
    verdict: dict[Verdict, float] | None = None
    abstained: dict[Family, str] = {}
    language: str | None = None
    heavy: float | None = None
    verdict_source: Literal["coder", "rule", "person"] = "coder"

    def present(self, family: Family) -> tuple[str, ...]:
        """Return the names of the codes of a family that the coder decided are there."""
        return tuple(c.code for c in self.codings if c.present and c.family == family)

    def probability(self, code: str) -> float:
        """Return the probability of a code; 0.0 where it is not listed."""
        for coding in self.codings:
            if coding.code == code:
                return coding.probability
        return 0.0

    def probabilities(self, family: Family) -> dict[str, float]:
        """Return code to probability for the listed codes of a family."""
        return {c.code: c.probability for c in self.codings if c.family == family}
