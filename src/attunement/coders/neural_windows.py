"""A long turn, read in several windows, as one: what is found in any of them is found in the turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attunement.coders.neural_weights import Manifest

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Joined", "Window", "WindowJoiner"]

_FOUND = ("expression", "stance", "after", "risk")
_STRONGEST = ("emotion", "intensity", "valence")


class Window(NamedTuple):
    """One window as the network read it.

    Attributes
    ----------
    values : ndarray, shape (outputs,)
        The heads' raw outputs.
    attention : ndarray, shape (length, span codes)
        How each code weighs the pieces.
    places : sequence of (int, int)
        The characters of the turn's text that each of the turn's own pieces stands on.
    """

    values: NDArray[np.float32]
    attention: NDArray[np.float32]
    places: Sequence[tuple[int, int]]


class Joined(NamedTuple):
    """All windows of a turn as one reading, in the form in which one is decoded."""

    values: NDArray[np.float32]
    attention: NDArray[np.float32]
    places: list[tuple[int, int]]


class WindowJoiner:
    """Joins the windows of a turn.

    Codes are as probable as in the window where they are most so, and their words are weighed by how probable the code
    is there. Emotion, intensity and valence are those of the most intense window. The verdict's own head is averaged
    over the first window, which holds the turn's head and tail, and those of the others in which a stance code is
    decided on; the codebook's rule is then applied to the stance of them all. What is said of the call is the first
    window's.

    Parameters
    ----------
    manifest : Manifest
        Of the weights.
    """

    def __init__(self, manifest: Manifest) -> None:
        places: dict[str, slice] = {}
        column_of: dict[str, int] = {}
        slopes: list[float] = []
        offsets: list[float] = []
        cuts: list[float] = []
        for head in manifest.heads:
            places[head.name] = slice(len(slopes), len(slopes) + len(head.codes))
            if head.name in _FOUND:
                column_of.update((code, len(slopes) + i) for i, code in enumerate(head.codes))
            slopes += head.slopes
            offsets += head.offsets
            cuts += head.thresholds if head.kind == "many" else (2.0,) * len(head.codes)
        self._slopes, self._offsets, self._cuts = np.array(slopes), np.array(offsets), np.array(cuts)
        found = [name for name in (*_FOUND, "heavy") if name in places]
        self._found = [column for name in found for column in range(places[name].start, places[name].stop)]
        self._strongest = [column for name in _STRONGEST for column in range(places[name].start, places[name].stop)]
        self._intensity = places["intensity"].start
        self._stance, self._verdict = places["stance"], places["verdict"]
        self._spans = [column_of[code] for code in manifest.span_codes]

    def join(self, windows: Sequence[Window]) -> Joined:
        """Join windows, the one with the turn's head and tail first."""
        raw = np.array([window.values for window in windows])
        logits = np.clip(raw * self._slopes + self._offsets, -30.0, 30.0)
        likely = 1.0 / (1.0 + np.exp(-logits))
        values: NDArray[np.float32] = raw[0].copy()
        values[self._found] = raw[:, self._found].max(axis=0)
        strongest = int(raw[:, self._intensity].argmax())
        values[self._strongest] = raw[strongest, self._strongest]
        decided = likely[:, self._stance] >= self._cuts[self._stance]
        speaks = np.max(decided, axis=1, keepdims=True)[:, 0]
        speaks[0] = True
        values[self._verdict] = raw[speaks][:, self._verdict].mean(axis=0)
        weighed: dict[tuple[int, int], NDArray[np.float32]] = {}
        for window, own in zip(windows, likely[:, self._spans].astype(np.float32), strict=True):
            for place, row in zip(window.places, window.attention[1:], strict=False):
                weighed.setdefault(place, row * own)
        places = sorted(weighed)
        # A row before the first piece, where the mark at a turn's start is.
        attention = np.array([np.zeros(len(self._spans), np.float32), *(weighed[place] for place in places)])
        return Joined(values, attention, places)
