"""The heads of the network: what each predicts, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from attunement.core.codebook import AFTER, EMOTIONS, EXPRESSION, MEETING, MISSING, RISK, VERDICTS

Kind = Literal["many", "one", "number"]


@dataclass(frozen=True, slots=True)
class Head:
    """One head: several yes-or-no codes ("many"), one of several ("one"), or a number."""

    name: str
    kind: Kind
    codes: tuple[str, ...]
    reads: Literal["turn", "pair"] = "turn"
    weight: float = 0.3
    spans: bool = False


GOEMOTIONS = [
    "admiration",
    "amusement",
    "anger",
    "annoyance",
    "approval",
    "caring",
    "confusion",
    "curiosity",
    "desire",
    "disappointment",
    "disapproval",
    "disgust",
    "embarrassment",
    "excitement",
    "fear",
    "gratitude",
    "grief",
    "joy",
    "love",
    "nervousness",
    "optimism",
    "pride",
    "realization",
    "relief",
    "remorse",
    "sadness",
    "surprise",
    "neutral",
]
STRATEGIES = (
    "Question",
    "Restatement or Paraphrasing",
    "Reflection of feelings",
    "Self-disclosure",
    "Affirmation and Reassurance",
    "Providing Suggestions",
    "Information",
    "Others",
)
LEVELS = ("emotional_reactions", "interpretations", "explorations")
_EDOS = [
    "afraid",
    "angry",
    "annoyed",
    "anticipating",
    "anxious",
    "apprehensive",
    "ashamed",
    "caring",
    "confident",
    "content",
    "devastated",
    "disappointed",
    "disgusted",
    "embarrassed",
    "excited",
    "faithful",
    "furious",
    "grateful",
    "guilty",
    "hopeful",
    "impressed",
    "jealous",
    "joyful",
    "lonely",
    "nostalgic",
    "prepared",
    "proud",
    "sad",
    "sentimental",
    "surprised",
    "terrified",
    "trusting",
    "questioning",
    "agreeing",
    "acknowledging",
    "sympathizing",
    "encouraging",
    "consoling",
    "suggesting",
    "wishing",
    "neutral",
]
_ACTS = [
    "greeting",
    "task-related-inquiry",
    "personal-related-inquiry",
    "source-related-inquiry",
    "positive-to-inquiry",
    "negative-to-inquiry",
    "neutral-to-inquiry",
    "logical-appeal",
    "emotion-appeal",
    "credibility-appeal",
    "personal-story",
    "self-modeling",
    "foot-in-the-door",
    "donation-information",
    "proposition-of-donation",
    "provide-donation-amount",
    "agree-donation",
    "disagree-donation",
    "disagree-donation-more",
    "ask-org-info",
    "ask-donation-procedure",
    "thank",
    "praise-user",
    "acknowledgement",
    "comment-partner",
    "you-are-welcome",
    "closing",
    "positive-reaction-to-donation",
    "negative-reaction-to-donation",
    "neutral-reaction-to-donation",
    "other",
]
MITI = {
    "advice_with_permission": "advise with permission",
    "advice_without_permission": "advise without permission",
    "affirm": "affirm",
    "confront": "confront",
    "direct": "direct",
    "emphasise_autonomy": "emphasize autonomy",
    "facilitate": "facilitate",
    "information": "give information",
    "other": "other",
    "question_closed": "closed question",
    "question_open": "open question",
    "reflection_complex": "complex reflection",
    "reflection_simple": "simple reflection",
    "structure": "structure",
    "support": "support",
    "self_disclose": "self-disclose",
    "warn": "warn",
}
STANCE_CODES = tuple(code.name for code in (*MEETING, *MISSING) if code.name != "silence")
EXPRESSION_CODES = tuple(code.name for code in EXPRESSION)

_ALL = (
    Head("expression", "many", EXPRESSION_CODES, weight=1.0, spans=True),
    Head("stance", "many", STANCE_CODES, reads="pair", weight=2.0, spans=True),
    Head("after", "many", tuple(code.name for code in AFTER), reads="pair", weight=0.5, spans=True),
    Head("risk", "many", tuple(code.name for code in RISK), weight=0.5, spans=True),
    Head("emotion", "one", tuple(code.name for code in EMOTIONS), weight=0.5),
    Head("verdict", "one", tuple(VERDICTS), reads="pair", weight=1.0),
    Head("intensity", "number", ("intensity",), weight=1.0),
    Head("valence", "number", ("valence",), weight=1.0),
    Head("heavy", "many", ("heavy",), weight=0.3),
    Head("prompted", "many", ("prompted",), reads="pair", weight=0.2),
    Head("call_heavy", "many", ("call_heavy",), reads="pair", weight=0.3),
    Head("call_is", "many", EXPRESSION_CODES, reads="pair", weight=0.3),
    Head("goemotions", "many", tuple(GOEMOTIONS), weight=0.8),
    Head("edos", "one", tuple(_EDOS), weight=0.3),
    Head(
        "offmychest",
        "many",
        (
            "emotional_disclosure",
            "information_disclosure",
            "support",
            "general_support",
            "info_support",
            "emo_support",
        ),
        weight=0.3,
    ),
    Head("uptake", "number", ("uptake",), reads="pair", weight=0.5),
    Head(
        "casino",
        "many",
        (
            "small-talk",
            "self-need",
            "promote-coordination",
            "vouch-fair",
            "other-need",
            "elicit-pref",
            "showing-empathy",
            "no-need",
            "uv-part",
            "non-strategic",
        ),
        weight=0.3,
    ),
    Head("intimacy", "number", ("intimacy",), weight=0.5),
    Head("abuse", "number", ("abuse",), weight=0.5),
    Head("acts", "many", tuple(_ACTS), reads="pair", weight=0.3),
    Head("politeness", "number", ("politeness",), weight=0.3),
    Head("reactions", "many", ("empathy", "distress"), weight=0.1),
    Head("sarcasm", "many", ("sarcasm",), reads="pair", weight=0.3),
    *(Head(name, "one", ("0", "1", "2"), reads="pair", weight=0.5) for name in LEVELS),
    Head("strategy", "one", STRATEGIES, reads="pair", weight=0.7),
    Head("main_behaviour", "one", ("question", "therapist_input", "reflection", "other"), reads="pair", weight=0.7),
    Head("talk_type", "one", ("change", "neutral", "sustain"), reads="pair", weight=0.3),
    Head("miti", "one", tuple(MITI.values()), reads="pair", weight=0.5),
)
HEADS: dict[str, Head] = {head.name: head for head in _ALL}
SPAN_CODES: tuple[str, ...] = tuple(code for head in _ALL if head.spans for code in head.codes)
