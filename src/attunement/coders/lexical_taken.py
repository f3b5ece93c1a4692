"""What the lexical coder keeps of a text: read once, scored once, and seen as what a reply answers."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from attunement.coders.lexical_features import CallFeatures, Shape
from attunement.coders.lexical_language import Language
from attunement.coders.lexical_reading import Reading
from attunement.core.coding import CharSpan, Coding

__all__ = ["CallKind", "Gates", "Taken"]


class Gates(NamedTuple):
    """Of the cues that depend on the call, those that count for one call and those that do not."""

    opened: frozenset[int]
    shut: frozenset[int]


class CallKind(NamedTuple):
    """What many calls have in common: which cues count, also after meeting came, and what features that lends."""

    gates: Gates
    gates_after: Gates
    features: CallFeatures


class Taken(msgspec.Struct):
    """One text, read; what follows on `values` is there when the batch is summed.

    `text` is the speaker's own (`own_words`), as long as what was typed. `values` are what weights multiply where the
    text is a call (`CALL_VALUES`), `held` what holds of it then, a bit each; `listed` are its own codings as if none
    were present, `shown` the places of those that are. When they are first asked for: `codings` (all but stance, with
    their words), whether it `is_ironic` and `tells` something of the speaker's own, the cues that fire by code and
    their `spans`, and of what `kind` it is as a call. Features of cues that depend on the call are `gated`, the others
    `free`.
    """

    text: str
    reading: Reading
    shape: Shape
    features: list[int]
    free: list[int]
    gated: frozenset[int]
    language: Language
    is_wordless: bool
    values: list[float] | None
    held: int = 0
    heavy: float = 0.0
    intensity: float = 0.0
    valence: float = 0.0
    listed: list[Coding] = []
    shown: list[int] = []
    codings: tuple[Coding, ...] | None = None
    is_ironic: bool = False
    tells: bool = False
    cues_of: dict[str, tuple[int, ...]] | None = None
    spans: dict[tuple[int, ...], tuple[CharSpan, ...]] = {}
    kind: CallKind | None = None

    @property
    def whole(self) -> tuple[CharSpan, ...]:
        """The turn without the white space around it: what carries a code that no cue found."""
        text = self.text
        start = len(text) - len(text.lstrip())
        return (CharSpan(start, max(len(text.rstrip()), start)),)
