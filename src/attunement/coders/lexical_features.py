"""What the weights see: the cues that fire in a turn, its shape, and what it answers."""

from __future__ import annotations

import re
from itertools import compress
from typing import NamedTuple

import msgspec

from attunement.coders.lexical_reading import Reading
from attunement.coders.lexical_scan import ENDS
from attunement.coders.lexical_sheet import Sheet
from attunement.coders.lexical_spelling import words_of

__all__ = [
    "CALL_VALUES",
    "GOOD_NEWS",
    "CallFeatures",
    "Shape",
    "call_features",
    "feature_names",
    "features_of",
    "pair_features",
    "shape_of",
]

_LENGTHS = ("1", "2", "3-4", "5-8", "9-15", "16-30", "31-60", "61+")
_TRAITS = (
    "question",
    "ends_question",
    "many_questions",
    "exclaims",
    "first_person",
    "second_person",
    "third_person",
    "says_we",
    "starts_first",
    "starts_second",
    "starts_wh",
    "starts_no",
    "starts_yes",
    "stretched_or_caps",
    "several_sentences",
    "number",
)
_TRAIT_NUMBERS = range(len(_TRAITS))
_PAIR_TRAITS = ("echo_1", "echo_2", "echo_4", "call_asks", "call_asks_last", "call_long", "call_short", "call_advice")
# What the call is, as continuous values that the weights multiply.
CALL_VALUES = (
    "feeling",
    "need",
    "disclosure",
    "good_news",
    "bid",
    "check_in",
    "monitoring",
    "i_statement",
    "blame",
    "honest_account",
    "heavy",
    "valence",
    "intensity",
    "risk",
)

GOOD_NEWS = 0.35
"""From this probability on a call is answered as good news; it is rare, so that one half would miss most of it."""
_NUMBER = re.compile(r" \d")
_FIRST = words_of(
    """
    i me my mine myself
    """
)
_SECOND = words_of(
    """
    you your yours yourself
    """
)
_THIRD = words_of(
    """
    he she they him her them his their it
    """
)
_WH = words_of(
    """
    what how why who where when which
    """
)
_YES = words_of(
    """
    yes yeah ok sure yep right
    """
)
_NO = words_of(
    """
    no nope not never
    """
)
# Words that two turns share without sharing a subject.
_EMPTY = words_of(
    """
    i you he she it we they me him her us them my your his its our their a an the and or but so if then than
    that this these those is am are was were be been being do does did have has had will would can could
    should may might must not no yes of in on at to for from with by about as into out up down over just
    really very too all some any what how why who where when which there here yeah ok oh well like know think
    get got go going . ? !
    """
)


class Shape(msgspec.Struct, frozen=True):
    """The shape of a turn: which of the traits hold, and its words that carry content."""

    length: int
    traits: tuple[int, ...]
    content: frozenset[str]


class CallFeatures(NamedTuple):
    """What a call lends to every turn that answers it.

    Attributes
    ----------
    first : int
        Number of the first feature of pairs.
    features : tuple of int
        Features that hold whatever the answer.
    by_length : tuple of int
        Features that go by the answer's length: the first number of each.
    """

    first: int
    features: tuple[int, ...]
    by_length: tuple[int, ...]


def shape_of(text: str, reading: Reading) -> Shape:
    """Take the shape of a turn."""
    scan = reading.scan
    words = scan.words
    vocabulary = scan.vocabulary
    questions = words.count("?") if "?" in vocabulary else 0
    marks = questions + (words.count(".") if "." in vocabulary else 0) + (words.count("!") if "!" in vocabulary else 0)
    count = len(words) - marks
    length = 0 if count <= 1 else 1 if count == 2 else 2 if count <= 4 else 3 if count <= 8 else 4
    if count > 15:
        length = 5 if count <= 30 else 6 if count <= 60 else 7
    first, last = (words[0], words[-1]) if words else ("", "")
    held = (
        questions > 0,
        last == "?",
        questions > 1,
        "!" in vocabulary,
        not _FIRST.isdisjoint(vocabulary),
        not _SECOND.isdisjoint(vocabulary),
        not _THIRD.isdisjoint(vocabulary),
        "we" in vocabulary or "us" in vocabulary,
        first in _FIRST,
        first in _SECOND,
        first in _WH,
        first in _NO,
        first in _YES,
        len(text) > 3 and text.isupper(),
        marks > (last in ENDS),  # a sentence ends before the last word: there is more than one
        _NUMBER.search(scan.text) is not None,
    )
    return Shape(length, tuple(compress(_TRAIT_NUMBERS, held)), vocabulary - _EMPTY)


def feature_names(sheet: Sheet) -> list[str]:
    """Name every feature, in the order of their numbers: cues, lengths, traits, pair traits, length by call."""
    return [
        *(cue.id for cue in sheet.cues),
        *(f"length {name}" for name in _LENGTHS),
        *(f"trait {name}" for name in _TRAITS),
        *(f"pair {name}" for name in _PAIR_TRAITS),
        *(f"length {length} to {call}" for call in ("heavy", "good_news") for length in _LENGTHS),
    ]


def features_of(reading: Reading, shape: Shape, sheet: Sheet) -> list[int]:
    """Give the numbers of the features of a turn by itself."""
    base = len(sheet.cues)
    traits = base + len(_LENGTHS)
    return [*reading.hits, base + shape.length, *[traits + trait for trait in shape.traits]]


def call_features(call: Shape, sheet: Sheet, *, advice: bool, heavy: bool, good_news: bool) -> CallFeatures:
    """Give the numbers of the features that a call lends to every turn that answers it."""
    first = len(sheet.cues) + len(_LENGTHS) + len(_TRAITS)
    found: list[int] = []
    if 0 in call.traits:
        found.append(first + 3)
        if 1 in call.traits:
            found.append(first + 4)
    if call.length >= 6:
        found.append(first + 5)
    elif call.length <= 2:
        found.append(first + 6)
    if advice:
        found.append(first + 7)
    lengths = first + len(_PAIR_TRAITS)
    by_length: list[int] = []
    if heavy:
        by_length.append(lengths)
    if good_news:
        by_length.append(lengths + len(_LENGTHS))
    return CallFeatures(first, tuple(found), tuple(by_length))


def pair_features(reply: Shape, call: CallFeatures, content: frozenset[str]) -> list[int]:
    """Give the numbers of the features of a turn as the answer to a call with such words of content."""
    found = list(call.features)
    if shared := len(reply.content & content):
        found.append(call.first)
        if shared > 1:
            found.append(call.first + 1)
            if shared > 3:
                found.append(call.first + 2)
    if call.by_length:
        found += [start + reply.length for start in call.by_length]
    return found
