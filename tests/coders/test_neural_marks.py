"""Marked words: pieces to stretches of text, levels that close the gate, weights that mark nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from attunement.coders import neural_weights
from attunement.coders.base import Query
from attunement.coders.neural import NeuralCoder
from attunement.coders.neural_decode import Read
from attunement.coders.neural_marks import Marker, by_clause, stretches
from attunement.coders.neural_weights import Manifest, Marks, Weights, load_weights
from attunement.core.coding import CharSpan
from attunement.core.turn import Turn
from attunement.evaluation.gold import RationaleCoder

LEVELS = ("emotional_reactions", "interpretations", "explorations")
TEXT = "I'm so sorry. Have you slept?"
# I ' m so sorry . Have you sle ##pt ?
PLACES = [(0, 1), (1, 2), (2, 3), (4, 6), (7, 12), (12, 13), (14, 18), (19, 22), (23, 26), (26, 28), (28, 29)]


def words(spans: tuple[CharSpan, ...], text: str = TEXT) -> list[str]:
    """The text that spans point to."""
    return [text[span.start : span.end] for span in spans]


def odds(*chosen: int) -> np.ndarray:
    """Log odds of pieces: high for the chosen, low for the others."""
    return np.array([3.0 if i in chosen else -3.0 for i in range(len(PLACES))])


def manifest(**marks: Any) -> Manifest:
    """A manifest of three level heads and what marks their words."""
    settings = {"clause": (0.0,) * 3, "thresholds": (0.5,) * 3, "above": (0.5,) * 3} | marks
    return msgspec.structs.replace(
        load_weights("open").manifest,
        heads=tuple(
            neural_weights.Head(name=name, kind="one", codes=("0", "1", "2"), slopes=(1.0,) * 3, offsets=(0.0,) * 3)
            for name in LEVELS
        ),
        marks=Marks(heads=LEVELS, **settings),
    )


def marked(own: np.ndarray, level: float, **marks: Any) -> list[str]:
    """What is marked for the first mechanism, with log odds `level` that its level is above 0."""
    values = np.array([[0.0, level, -9.0, 9.0, 0.0, 0.0, 9.0, 0.0, 0.0]], dtype=np.float32)
    every = np.full((1, len(PLACES) + 4, 3), 9.0, dtype=np.float32)
    every[0, 1 : 1 + len(PLACES), 0] = own
    found = Marker(manifest(**marks)).mark(values, every, [Read(TEXT, PLACES, answers=True)])
    assert found[0]["interpretations"] == found[0]["explorations"] == ()
    return words(found[0]["emotional_reactions"])


def test_neighbours_are_joined_and_words_are_whole() -> None:
    """Chosen pieces side by side are one stretch; one piece of a word takes the word; a gap parts."""
    assert words(stretches(TEXT, PLACES, [True] * 5 + [False] * 6)) == ["I'm so sorry"]
    assert words(stretches(TEXT, PLACES, [False] * 9 + [True, False])) == ["slept"]
    assert words(stretches(TEXT, PLACES, [i in (4, 6) for i in range(11)])) == ["sorry", "Have"]
    assert words(stretches(TEXT, PLACES, [i in (8, 9) for i in range(11)])) == ["slept"]
    assert stretches(TEXT, PLACES, [False] * 11) == ()


def test_what_was_not_read_is_not_marked() -> None:
    """A long turn is read at head and tail: marks on both sides of the rest do not run through it."""
    text = "so sorry, and then a great deal more, so sorry"
    places = [(0, 2), (3, 8), (8, 9), (38, 40), (41, 46)]
    assert words(stretches(text, places, [True] * 5), text) == ["so sorry,", "so sorry"]


def test_a_clause_weighs_as_much_as_it_is_told() -> None:
    """On their own only the chosen pieces are marked; by clause the whole one that holds most of them."""
    means = by_clause(np.array([[float(i in (3, 4))] for i in range(11)]), TEXT, PLACES)[:, 0]
    assert means.round(3).tolist() == [round(2 / 6, 3)] * 6 + [0.0] * 5
    chosen = odds(0, 1, 2, 4)
    assert marked(chosen, 3.0) == ["I'm", "sorry"]
    assert marked(chosen, 3.0, clause=(1.0, 0.0, 0.0)) == ["I'm so sorry."]
    assert marked(odds(4), 3.0, clause=(1.0, 0.0, 0.0)) == []


def test_nothing_is_marked_at_level_nought() -> None:
    """Where the level is probably 0 the pieces are not asked; a gate of 0 lets all through."""
    assert marked(odds(6, 7, 8, 9), -2.0) == []
    assert marked(odds(6, 7, 8, 9), -2.0, above=(0.0, 0.5, 0.5)) == ["Have you slept"]


def test_an_old_manifest_has_no_marks() -> None:
    """Weights from before there were marks load, ask the network for two outputs, and mark nothing."""
    coder = NeuralCoder(load_weights("open", threads=1))
    assert isinstance(coder, RationaleCoder)
    assert coder.rationale_families == ()
    turn = Turn(0, 0, "a", TEXT, None, None, 0, 0)
    assert coder.rationales([Query(turn, ())]) == [{}]
    plain = msgspec.to_builtins(load_weights("open").manifest)
    del plain["marks"]
    assert msgspec.convert(plain, Manifest).marks is None


class Network:
    """Stands for onnxruntime's session: level 2 of the first mechanism, marks on every second piece."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def run(self, outputs: list[str], given: dict[str, Any]) -> list[Any]:
        """Give what is asked for."""
        self.asked.append(outputs)
        batch, length = given["numbers"].shape
        marks = np.full((batch, length, 3), -4.0, dtype=np.float32)
        marks[:, 1::2] = 4.0
        values = np.tile(np.array([0.0, 0.0, 5.0] * 3, dtype=np.float32), (batch, 1))
        made = {"values": values, "attention": np.zeros((batch, length, 45), np.float32), "marks": marks}
        return [made[name] for name in outputs]


def test_weights_with_marks_are_asked_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The third output is read where the manifest names it, and comes out under the corpus's own names."""
    network = Network()
    monkeypatch.setattr(neural_weights, "_session", lambda model: network)
    pieces = load_weights("open").pieces
    both = Weights(manifest(), pieces, b"")
    values, _, marks = both.run(*[np.zeros((2, 5), dtype=np.int64)] * 3)
    assert (values.shape, marks.shape) == ((2, 9), (2, 5, 3))
    assert network.asked == [["values", "attention", "marks"]]
    without = Weights(msgspec.structs.replace(manifest(), marks=None), pieces, b"")
    assert without.run(*[np.zeros((2, 5), dtype=np.int64)] * 3)[2] is None
    assert network.asked[1] == ["values", "attention"]
