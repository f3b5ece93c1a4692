"""What other people's labels are called in the codebook, corpus by corpus.

Few corpora speak the codebook's language. A `Kin` says how one label set of a corpus is read off its records and which
of our codes stand nearest to each of its labels. A coder that has a head of its own for a label set is asked that head
instead (`attunement.evaluation.gold.KinCoder`); for the others the nearest codes answer, and the figure says how far
that carries.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal

import msgspec

from attunement.core.codebook import CODEBOOK
from attunement.core.coding import TurnCoding
from attunement.core.verdict import score_verdict
from attunement.evaluation.emotions import EMOTION_FOLDS, EMOTION_NAMES, EMOTION_SPELLINGS
from attunement.evaluation.values import Read, flags, folded, judged, label, labels, number, yes

__all__ = ["KIN", "Kin", "families_of"]


class Kin(msgspec.Struct, frozen=True, kw_only=True):
    """One label set of a corpus.

    Attributes
    ----------
    family : str
        Name of the figure.
    kind : {"one", "many", "number"}
        One of several labels, any of several labels, or a number.
    read : callable
        From a unit's labels to its gold: a label, a tuple of labels, a number; None where nobody labelled it.
    codes : dict of str to tuple of str
        For each label the codes whose presence speaks for it.
    rest : str
        For "one", the label that holds where no code speaks for another; "" where there is none.
    number : callable or None
        For "number", what a coded turn says.
    on : {"turn", "reply", "record"}
        Whether the labels stand on turns, on a pair's reply, or on the whole record.
    judged : callable or None
        For "many", which of the labels people were asked about in a unit; None where it is always all of them.
    """

    family: str
    kind: Literal["one", "many", "number"]
    read: Read
    codes: dict[str, tuple[str, ...]] = {}
    rest: str = ""
    number: Callable[[TurnCoding], float | None] | None = None
    on: Literal["turn", "reply", "record"] = "turn"
    judged: Read | None = None


_EKMAN: dict[str, tuple[str, ...]] = {
    "joy": ("joy", "love", "gratitude", "pride", "relief", "hope", "amusement"),
    "surprise": ("surprise", "confusion", "curiosity"),
    "anger": ("anger", "annoyance", "jealousy"),
    "sadness": ("sadness", "grief", "loneliness", "disappointment", "hurt", "guilt", "shame", "embarrassment"),
    "fear": ("fear", "worry"),
    "disgust": ("disgust",),
    "neutral": ("neutral",),
}
_HAPPINESS = {("happiness" if k == "joy" else k): v for k, v in _EKMAN.items()}
_GOEMOTIONS: dict[str, tuple[str, ...]] = {
    "admiration": (),
    "amusement": ("amusement",),
    "anger": ("anger",),
    "annoyance": ("annoyance",),
    "approval": (),
    "caring": ("warmth", "offer"),
    "confusion": ("confusion",),
    "curiosity": ("curiosity",),
    "desire": (),
    "disappointment": ("disappointment",),
    "disapproval": (),
    "disgust": ("disgust",),
    "embarrassment": ("embarrassment", "shame"),
    "excitement": ("good_news", "celebration"),
    "fear": ("fear",),
    "gratitude": ("gratitude",),
    "grief": ("grief",),
    "joy": ("joy",),
    "love": ("love",),
    "nervousness": ("worry",),
    "optimism": ("hope",),
    "pride": ("pride",),
    "realization": (),
    "relief": ("relief",),
    "remorse": ("guilt",),
    "sadness": ("sadness", "loneliness"),
    "surprise": ("surprise",),
    "neutral": ("neutral",),
}
_HARSH = ("criticism", "contempt", "threat", "blame", "invalidation")
_UNKIND = (*_HARSH, "defensiveness", "assumption", "interrogation", "suppression", "withdrawal")


def _score(coding: TurnCoding) -> float | None:
    return None if coding.verdict is None else score_verdict(coding.verdict)


@cache
def families_of(codes: tuple[str, ...]) -> frozenset[str]:
    """Return the families of the codebook that codes are of."""
    return frozenset(CODEBOOK[code].family for code in codes)


def _any_of(*codes: str, sign: float = 1.0) -> Callable[[TurnCoding], float | None]:
    needed = families_of(codes)

    def number(coding: TurnCoding) -> float | None:
        # A sum of which a part was not coded would be too low.
        return None if needed & coding.abstained.keys() else sign * sum(coding.probability(code) for code in codes)

    return number


def _intensity(coding: TurnCoding) -> float | None:
    return coding.intensity


_BY_NAME = {name: (name,) for name in EMOTION_NAMES}
_LEVEL_CODES = {
    "emotional_reactions": {"1": ("warmth",)},
    "interpretations": {"2": ("reflection", "validation", "shared_experience")},
    "explorations": {"2": ("exploration",)},
}
_INTENTS: dict[str, tuple[str, ...]] = {
    "acknowledging": ("acknowledgement", "validation"),
    "questioning": ("exploration",),
    "agreeing": ("engagement",),
    "consoling": ("silver_lining",),
    "encouraging": ("celebration",),
    "suggesting": ("premature_advice",),
    "sympathizing": ("warmth",),
    "wishing": (),
    "sharing_experience": ("shared_experience", "self_focus"),
    "expressing_care_concern": ("offer",),
    "disapproving": ("criticism", "contempt"),
}
_CASINO: dict[str, tuple[str, ...]] = {
    "showing-empathy": ("warmth", "validation", "reflection"),
    "self-need": ("need",),
    "other-need": ("need",),
    "small-talk": ("bid", "check_in"),
    "elicit-pref": ("exploration",),
    "promote-coordination": ("offer",),
    "no-need": (),
    "uv-part": ("minimising", "invalidation"),
    "vouch-fair": (),
    "non-strategic": (),
}
# Rows from the shared task's test set carry neither "support" nor "general_support": nobody was asked there.
_OFFMYCHEST = (
    "emotional_disclosure", "information_disclosure", "support", "general_support", "info_support", "emo_support",
)  # fmt: skip
_UNHEALTHY = ("antagonize", "condescending", "dismissive", "hostile", "sarcastic")

KIN: dict[str, tuple[Kin, ...]] = {
    "goemotions": (Kin(family="emotion", kind="many", read=labels("emotions", _GOEMOTIONS), codes=_GOEMOTIONS),),
    "meld": (Kin(family="emotion", kind="one", read=label("emotion"), codes=_EKMAN, rest="neutral"),),
    "dailydialog": (
        Kin(
            family="emotion",
            kind="one",
            read=label("emotion"),
            codes={("no emotion" if k == "neutral" else k): v for k, v in _HAPPINESS.items()},
            rest="no emotion",
        ),
    ),
    "reccon": (
        Kin(
            family="emotion",
            kind="one",
            read=folded("emotion", EMOTION_SPELLINGS, keep=True),
            codes=_HAPPINESS,
            rest="neutral",
        ),
    ),
    "empathetic_dialogues": (
        Kin(
            family="emotion",
            kind="one",
            read=folded("emotion", EMOTION_FOLDS),
            codes=_BY_NAME,
            rest="neutral",
            on="record",
        ),
    ),
    "empathetic_conversations": (
        Kin(family="empathy", kind="number", read=number("empathy"), number=_score, on="record"),
    ),
    "edos": (
        Kin(family="emotion", kind="one", read=folded("label", EMOTION_FOLDS), codes=_BY_NAME, rest="neutral"),
        Kin(
            family="intent",
            kind="one",
            read=folded("label", {name: name for name in _INTENTS}),
            codes=_INTENTS,
        ),
    ),
    "empathetic_intents": (Kin(family="intent", kind="one", read=label("intent"), codes=_INTENTS, rest="agreeing"),),
    "epitome": tuple(
        Kin(family=name, kind="one", read=label(name), codes=codes, rest="0", on="reply")
        for name, codes in _LEVEL_CODES.items()
    ),
    "esconv": (
        Kin(
            family="strategy",
            kind="one",
            read=label("strategy"),
            codes={
                "Question": ("exploration", "interrogation"),
                "Restatement or Paraphrasing": (),
                "Reflection of feelings": ("reflection",),
                "Self-disclosure": ("shared_experience", "self_focus"),
                "Affirmation and Reassurance": ("validation", "silver_lining", "warmth"),
                "Providing Suggestions": ("premature_advice",),
                "Information": (),
                "Others": (),
            },
            rest="Others",
        ),
    ),
    "annomi": (
        Kin(
            family="main_behaviour",
            kind="one",
            read=label("main_behaviour"),
            codes={
                "reflection": ("reflection", "validation"),
                "question": ("exploration", "check_in", "interrogation"),
                "therapist_input": ("premature_advice",),
                "other": (),
            },
            rest="other",
        ),
        Kin(
            family="talk_type",
            kind="one",
            read=label("talk_type"),
            codes={"change": (), "sustain": (), "neutral": ()},
            rest="neutral",
        ),
    ),
    "mi_peer_support": (
        Kin(
            family="miti",
            kind="one",
            read=label("miti"),
            codes={
                "give information": (),
                "advise without permission": ("premature_advice",),
                "support": ("warmth", "validation"),
                "self-disclose": ("shared_experience", "self_focus"),
                "complex reflection": ("reflection",),
                "closed question": ("acknowledgement",),
                "affirm": ("celebration",),
                "other": (),
                "direct": ("suppression",),
                "open question": ("exploration",),
                "advise with permission": (),
                "simple reflection": (),
                "confront": ("criticism", "interrogation"),
                "emphasize autonomy": (),
                "warn": ("threat",),
            },
            rest="give information",
        ),
    ),
    "mentalmanip": (
        Kin(
            family="manipulative",
            kind="many",
            read=yes("manipulative", "manipulative"),
            codes={"manipulative": _UNKIND},
            on="record",
        ),
    ),
    "casino": (
        Kin(
            family="strategies",
            kind="many",
            read=labels("strategies", _CASINO),
            codes=_CASINO,
        ),
    ),
    "counsel_chat": (Kin(family="upvotes", kind="number", read=number("upvotes"), number=_score, on="reply"),),
    "pair": (Kin(family="quality", kind="number", read=number("quality"), number=_score, on="reply"),),
    "wassa23_conv": (
        Kin(
            family="empathy",
            kind="number",
            read=number("empathy"),
            number=_any_of("warmth", "validation", "reflection", "feeling"),
        ),
        Kin(family="intensity", kind="number", read=number("emotion_intensity"), number=_intensity),
    ),
    "offmychest": (
        Kin(
            family="support",
            kind="many",
            read=flags(*_OFFMYCHEST),
            judged=judged(*_OFFMYCHEST),
            codes={
                "emotional_disclosure": ("feeling",),
                "information_disclosure": ("disclosure",),
                "support": ("warmth", "validation", "offer", "premature_advice"),
                "general_support": ("silver_lining",),
                "info_support": ("premature_advice",),
                "emo_support": ("warmth", "validation"),
            },
        ),
    ),
    "mustard": (
        Kin(
            family="sarcasm",
            kind="many",
            read=yes("sarcasm", "sarcasm"),
            codes={"sarcasm": ("contempt",)},
        ),
    ),
    "persuasion_for_good": (
        Kin(
            family="acts",
            kind="many",
            read=labels("acts"),
            codes={
                "acknowledgement": ("acknowledgement",),
                "personal-related-inquiry": ("bid", "check_in", "exploration"),
                "personal-story": ("disclosure", "shared_experience"),
                "praise-user": ("bid",),
                "thank": (),
                "greeting": (),
            },
        ),
    ),
    "misunderstandings": (
        Kin(
            family="misunderstanding",
            kind="many",
            read=yes("misunderstanding", "misunderstanding"),
            codes={"misunderstanding": ("clarify",)},
        ),
    ),
    "stanford_politeness": (
        Kin(family="politeness", kind="number", read=number("politeness_z"), number=_any_of(*_UNKIND, sign=-1.0)),
    ),
    "swda": (
        Kin(
            family="act",
            kind="one",
            read=folded("act", {name: name for name in ("b", "ba", "bf", "qo", "fa", "by")}, rest="other"),
            codes={
                "b": ("acknowledgement", "flat"),
                "ba": ("celebration",),
                "bf": ("reflection",),
                "qo": ("exploration",),
                "fa": ("accountability",),
                "by": ("warmth",),
                "other": (),
            },
            rest="other",
        ),
    ),
    "iempathize": (
        Kin(
            family="direction",
            kind="one",
            read=label("direction"),
            codes={
                "seeking": ("need", "feeling"),
                "providing": ("warmth", "validation", "offer", "shared_experience"),
                "none": (),
            },
            rest="none",
        ),
    ),
    "empathic_reactions": (
        Kin(family="empathy", kind="number", read=number("empathy"), number=_any_of("warmth", "feeling")),
        Kin(family="distress", kind="number", read=number("distress"), number=_intensity),
    ),
    "uptake": (Kin(family="uptake", kind="number", read=number("uptake"), number=_score, on="reply"),),
    "unhealthy_comments": (
        Kin(
            family="unhealthy",
            kind="many",
            read=flags(*_UNHEALTHY),
            judged=judged(*_UNHEALTHY),
            codes={
                "antagonize": ("criticism", "interrogation", "blame"),
                "condescending": ("contempt",),
                "dismissive": ("invalidation", "minimising", "contempt"),
                "hostile": ("criticism", "threat"),
                "sarcastic": ("contempt",),
            },
        ),
    ),
    "convabuse": (Kin(family="abusive", kind="many", read=yes("abusive", "abusive"), codes={"abusive": _HARSH}),),
    "toxichat": (
        Kin(
            family="offence",
            kind="many",
            read=yes("offense", "offensive", {"offensive": True, "safe": False}),
            codes={"offensive": _HARSH},
        ),
    ),
    "question_intimacy": (
        Kin(
            family="intimacy",
            kind="number",
            read=number("intimacy"),
            number=_any_of("check_in", "exploration", "bid", "feeling"),
        ),
    ),
    "talkmoves": (
        Kin(
            family="teacher_move",
            kind="one",
            read=label("teacher_move"),
            codes={
                "revoicing": ("reflection",),
                "restating": (),
                "press for reasoning": ("exploration",),
                "press for accuracy": ("interrogation",),
                "keeping everyone together": (),
                "context": (),
                "getting students to relate": (),
                "none": (),
            },
            rest="none",
        ),
    ),
}
"""Corpus to its label sets."""
