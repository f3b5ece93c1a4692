"""A reply that is nothing but a refusal: to a need or a bid it is `missed` (codebook, section 3, on the verdict)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from attunement.coders.lexical_scan import plain_text
from attunement.core.codebook import Verdict

__all__ = ["LIGHT_CODES", "is_bare_refusal", "missed_for"]

LIGHT_CODES = frozenset({"engagement", "acknowledgement"})
"""What a bare refusal is taken for by its form."""
_LONGEST = 60
_OPENING = r"(?:(?:mm|hm|hmm|um|uh|er|oh|ah|no|nah|nope|well|actually) )*"
_REFUSAL = (
    r"(?:(?:maybe|perhaps|some) (?:later|tomorrow|another (?:time|day|night)|next time|other (?:time|day|night))"
    r"|another time|not (?:now|right now|tonight|today|this time|really in the mood|in the mood|interested|up for it)"
    r"|(?:i |there is |i have |have |got )?no(?: (?:time|energy))(?: for (?:that|this))?"
    r"|(?:i )?can not (?:now|right now|be bothered|today|tonight)"
    r"|(?:i )?(?:do not|would not) (?:want to|feel like it|fancy it)"
    r"|(?:i would |would )?rather not|hard pass|pass)(?: (?:today|tonight|now|then))?"
)
# What is an answer to another question, and a refusal of what was asked for or invited to.
_STATE = (
    r"(?:no|nah|nope|later|tomorrow|(?:i )?can not|(?:i am |i have |have |got |have got )?"
    r"(?:(?:kind of |a bit |too |so |really |quite )?(?:busy|tired|knackered)|working|plans|other plans))"
    r"(?: (?:today|tonight|now|then))?"
)
_REFUSES = re.compile(f"{_OPENING}{_REFUSAL}(?: (?:because )?(?:{_REFUSAL}|{_STATE})){{0,2}}")
_STATES = re.compile(f"{_OPENING}{_STATE}(?: (?:because )?(?:{_REFUSAL}|{_STATE})){{0,2}}")
_INVITES = re.compile(
    r" (?:want to|fancy|feel like|shall we|let us|come|join|(?:will|would|can|could) (?:you|we)|please|how about) "
)


def is_bare_refusal(reply: str, call: str) -> bool:
    """Tell whether a reply refuses and says nothing else.

    Parameters
    ----------
    reply, call : str
        The reply and the turn that it answers. "No" or "busy" by itself refuses only what was asked for or invited to;
        to another question it is an answer.

    Examples
    --------
    >>> is_bare_refusal("Mm. Not now.", "come sit with me"), is_bare_refusal("not now love, at six", "come sit with me")
    (True, False)
    >>> is_bare_refusal("nah", "wanna watch a film?"), is_bare_refusal("nah", "do you like olives?")
    (True, False)
    """
    if len(reply) > _LONGEST or "?" in reply:
        return False
    words = " ".join(word for word in plain_text(reply).split() if word not in ".!")
    if _REFUSES.fullmatch(words):
        return True
    return _STATES.fullmatch(words) is not None and _INVITES.search(plain_text(call)) is not None


def missed_for(verdict: Mapping[Verdict, float], p: float) -> dict[Verdict, float]:
    """Give what was held for met to missed, as far as the call is a need or a bid.

    Parameters
    ----------
    verdict : mapping of str to float
        Probabilities of the four verdicts.
    p : float
        Probability that the call is a need or a bid.

    Returns
    -------
    dict of str to float
        The four, which still sum to 1.

    Examples
    --------
    >>> missed_for({"attuned": 0.5, "partial": 0.25, "missed": 0.25, "misattuned": 0.0}, 0.8)
    {'attuned': 0.1, 'partial': 0.05, 'missed': 0.85, 'misattuned': 0.0}
    """
    attuned, partial = (round(verdict[name] * (1.0 - p), 4) for name in ("attuned", "partial"))
    missed = round(1.0 - attuned - partial - verdict["misattuned"], 5)
    return {"attuned": attuned, "partial": partial, "missed": missed, "misattuned": verdict["misattuned"]}
