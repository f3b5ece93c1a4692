"""Greetings, farewells and thanks by rote: they put nothing inner on the table (codebook, section 2, `check_in`)."""

from __future__ import annotations

import re

from attunement.coders.lexical_scan import plain_text

__all__ = ["is_by_rote"]

_LONGEST = 80
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_GREETING = (
    r"(?:hi|hey|hello|hiya|heya|yo|good (?:morning|evening|afternoon)|morning|evening)"
    r"(?: (?:there|all|everyone|everybody|guys|folks|mate|again))?"
)
# Only with a greeting before it: by itself "how are you" may ask how the other is inside.
_HOW = (
    r"(?:how are you(?: (?:doing|all|both))?(?: today)?|how (?:is|are) (?:it|things) going|how do you do|what is up"
    r"|(?:are )?you (?:ok|alright|all right))"
)
_FAREWELL = (
    r"(?:bye(?: bye)?|goodbye|(?:i will )?(?:see|catch|talk to|speak to) you|see ya|cya|talk (?:later|soon|tomorrow)"
    r"|take care|(?:have|enjoy) (?:a |your |the )?(?:(?:good|great|nice|lovely|safe) )?"
    r"(?:day|one|evening|weekend|night|trip|flight|rest of your day)|good night|night|ttyl)"
    r"(?: (?:soon|later|then|there|tomorrow|tonight|around|next week|in a bit"
    rf"|at (?:home|work)|on (?:{_DAYS})|{_DAYS}))?"
)
_COURTESY = (
    r"(?:you are (?:very )?welcome|no (?:worries|problem|bother|probs)|my pleasure|anytime|(?:many )?thanks|thank you"
    r"|cheers)"
)
_ROTE = re.compile(
    r"(?:(?:ok|okay|right|well|alright|oh|and|then|so) )*"
    rf"(?:{_GREETING}(?: {_HOW})?|{_FAREWELL}|{_COURTESY})(?: (?:{_FAREWELL}|{_COURTESY}))?(?: x+)?"
)


def is_by_rote(text: str) -> bool:
    """Tell whether a turn is nothing but a greeting, a farewell or a courtesy in set words.

    Of 31 such turns in the train parts of `attunement_authored` and `attunement_coded_open` people gave one an
    expression code (counted in `tests/coders/test_by_rote.py`).

    Parameters
    ----------
    text : str
        A turn. With an emoji, a pet name or anything else beside the set words it is not by rote.

    Examples
    --------
    >>> is_by_rote("Hi, how are you?"), is_by_rote("how are you?"), is_by_rote("good night, my love")
    (True, False, False)
    """
    if len(text) > _LONGEST:
        return False
    return _ROTE.fullmatch(" ".join(word for word in plain_text(text).split() if word not in ".!?,")) is not None
