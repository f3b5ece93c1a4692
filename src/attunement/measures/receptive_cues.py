"""Counting the cues of conversational receptiveness: own word lists and own patterns, English only.

The published cues were counted with a dependency parser. Ours follow them closely over the 120 reference texts, which
were also what patterns and lists were tuned on: the score at r = .96, each cue at .9 or more. What the parser counts is
what the model's coefficients were fitted to, so that we count what it counts: "I disagree" and not "I would have to
disagree"; "I agree with you there, this does not make it better" as both agreement and disagreement.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import regex
from numpy.typing import NDArray

from attunement.measures.tokens import Tokens
from attunement.measures.words import WordLists, read_dic

__all__ = ["count_cues"]

_ADVERBS = (
    r"(?:(?:[a-z]+ly|can|do|also|would|really|still|just|could|too|both|very much|quite|sort of|kind of|have to|will"
    r"|must) )*+(?:(?!not|never|cannot)[a-z]+ )?"
)
_SAYS = (
    r"(?:(?:can|do|don't|do not|also|really|just|still|honestly|truly|definitely|personally|actually|firmly|strongly"
    r"|would|feel|have to|did|even|never|always) )*"
)
_SEES = r"(?:(?:can|do|completely|fully|really|totally|definitely|certainly|could|also|truly|absolutely) )*"

_DENIES = r"(?:do not|don't|can't|cannot|can not|would not|wouldn't|could not|couldn't)"
_JOINS = r"(?:but|and|or|so|because|which|who|that|as|if|when|while|though|although) "

# Each pattern stands with the words of which at least one is in every match: only such texts are searched.
_PATTERNS: dict[str, tuple[str, str]] = {
    "agreement": (
        r"(?<!and )\b(?:i|we)(?:'d| would| can| do|'ll)? " + _ADVERBS + r"(?:agree|concur)\b"
        r"|\byou(?:'re| are|r) (?:[a-z]+ly |very |so |also )?(?:right|correct)\b"
        r"|\b(?:is|'s) (?:[a-z]+ly )?correct\b"
        r"|\b(?:good|great|excellent|fair) points?\b"
        r"|\byeah\b"
        r"|(?<!n't mean )\b(?:it's|that's|it is|that is|this is) (?:[a-z]+ly )?true\b",
        "agree concur right correct point points yeah true",
    ),
    "disagreement": (
        r"\b(?:i|we) (?:[a-z]+ly )?" + _DENIES + r" (?:[a-z]+ly )?(?:agree|think)\b"
        r"|\b(?:i|we) (?:[a-z]+ly |do |must |still |also )*+disagree\b|\byou(?:'re| are) wrong\b"
        r"|\bnot true\b|n't mean it's true|\bincorrect\b|\b(?:is|are|was|were|'s|'re) (?:[a-z]+ly |often )wrong\b"
        # "I agree with you there, this does not make it better": agreement, and a denial as the main clause.
        r"|\b(?:i|we) (?:[a-z]+ly |do |can |would )*+agree\b[^.?!;]{0,300}?, (?!" + _JOINS + r")(?:[a-z']+ ){1,4}not\b",
        "agree think true incorrect wrong disagree",
    ),
    "reasoning": (r"\b(?:that|this)(?:'s| is) why\b", "why"),
    "acknowledgement": (
        r"\bi " + _SEES + r"(?:understand|see|get|acknowledge|hear|recognize|recognise|appreciate)\b",
        "understand see get acknowledge hear recognize recognise appreciate",
    ),
    "subjectivity": (
        r"\bi " + _SAYS + r"(?:think|believe|feel|thought|felt|suppose|guess|assume)\b"
        r"|\bin my (?:opinion|view|mind)\b|\bi'm (?:sure|not sure)\b|\bmy opinion\b",
        "think believe feel thought felt suppose guess assume opinion view mind sure",
    ),
}
_OPPOSITES = {"positive_emotion": "negative_emotion", "negative_emotion": "positive_emotion"}
_NEGATION_REACH = 4
_SPACES = regex.compile(r"\s+")


@cache
def _words() -> WordLists:
    return read_dic(
        (files("attunement.measures.words") / "receptiveness_en.dic").read_bytes(), name="receptiveness_en.dic"
    )


def _after_negation(is_negation: NDArray[np.bool_], of_text: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell for each word whether one of the few words before it in its text negates."""
    found = np.zeros(is_negation.size, dtype=np.bool_)
    for back in range(1, min(_NEGATION_REACH, found.size - 1) + 1):
        found[back:] |= is_negation[:-back] & (of_text[back:] == of_text[:-back])
    return found


def count_cues(texts: Sequence[str], tokens: Tokens) -> dict[str, NDArray[np.float64]]:
    """Count every cue of `attunement.stats.receptiveness.COEFFICIENTS` in each text.

    Parameters
    ----------
    texts : sequence of str
        The texts.
    tokens : Tokens
        Their words, from `attunement.measures.tokens.tokens_from`.

    Returns
    -------
    dict of str to ndarray of float, shape (texts,)
    """
    lists = _words()
    sizes = tokens.bags.sizes
    of_text = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    members = lists.members(tokens.vocabulary)
    negated = _after_negation(members[:, lists.categories.index("negation")][tokens.bags.types], of_text)
    counts: dict[str, NDArray[np.float64]] = {}
    for column, name in enumerate(lists.categories):
        chosen = members[:, column][tokens.bags.types]
        if name in _OPPOSITES:
            # "Not good" is a bad word, and "not bad" a good one.
            other = members[:, lists.categories.index(_OPPOSITES[name])][tokens.bags.types]
            chosen = np.where(negated, other, chosen)
        here = of_text[chosen]
        counts[name] = np.bincount(here, minlength=len(sizes)).astype(np.float64)
    place = {word: number for number, word in enumerate(tokens.vocabulary)}
    for name, (pattern, words) in _PATTERNS.items():
        find = regex.compile(pattern)
        triggers = np.zeros(len(tokens.vocabulary), dtype=np.bool_)
        triggers[[place[word] for word in words.split() if word in place]] = True
        found = np.zeros(len(sizes))
        for text in map(int, np.unique(of_text[triggers[tokens.bags.types]])):
            said: str = texts[text]
            plain = _SPACES.sub(" ", said.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
            found[text] = sum(1 for _ in find.finditer(plain))
        counts[name] = counts.get(name, 0.0) + found
    return counts
