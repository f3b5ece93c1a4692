"""Names of emotions in other corpora, folded to the codebook's."""

from __future__ import annotations

from attunement.core.codebook import EMOTIONS

__all__ = ["EMOTION_FOLDS", "EMOTION_NAMES", "EMOTION_SPELLINGS"]

EMOTION_NAMES = tuple(code.name for code in EMOTIONS)

EMOTION_FOLDS: dict[str, str] = {
    **{name: name for name in EMOTION_NAMES},
    "afraid": "fear",
    "terrified": "fear",
    "angry": "anger",
    "furious": "anger",
    "annoyed": "annoyance",
    "anticipating": "hope",
    "hopeful": "hope",
    "prepared": "hope",
    "anxious": "worry",
    "apprehensive": "worry",
    "ashamed": "shame",
    "caring": "love",
    "faithful": "love",
    "sentimental": "love",
    "trusting": "love",
    "confident": "pride",
    "proud": "pride",
    "content": "joy",
    "excited": "joy",
    "joyful": "joy",
    "devastated": "grief",
    "disappointed": "disappointment",
    "disgusted": "disgust",
    "embarrassed": "embarrassment",
    "grateful": "gratitude",
    "guilty": "guilt",
    "impressed": "surprise",
    "surprised": "surprise",
    "jealous": "jealousy",
    "lonely": "loneliness",
    "nostalgic": "sadness",
    "sad": "sadness",
}
"""The labels of EmpatheticDialogues and EDOS, folded to the codebook's emotions."""

EMOTION_SPELLINGS: dict[str, str] = {
    "happy": "happiness",
    "happines": "happiness",
    "excited": "happiness",
    "sad": "sadness",
    "angry": "anger",
    "surprised": "surprise",
}
"""Words for one emotion that stand in a few turns of RECCON beside its own seven labels."""
