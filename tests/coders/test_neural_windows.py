"""Long turns: read whole, in windows; short ones as before."""

from __future__ import annotations

import numpy as np
import pytest

from attunement.coders.base import Query
from attunement.coders.neural import NeuralCoder
from attunement.coders.neural_input import sequence, windows
from attunement.coders.neural_weights import load_weights
from attunement.coders.neural_windows import Window, WindowJoiner
from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn

PIECES = load_weights("open").pieces
DAY = (
    "We took the early train to the coast. The sea was flat and grey. There was a stall with apples by the station. "
    "My sister bought two bags of them. Later we walked to the lighthouse. The keeper showed us the lamp. "
)
DARK = "I really want to kill myself tonight, I took all my pills. "


@pytest.fixture(scope="module")
def coder() -> NeuralCoder:
    """The coder with the shipped weights, without a cache."""
    return NeuralCoder(load_weights("open", threads=1))


def code(coder: NeuralCoder, *texts: str) -> TurnCoding:
    """The coding of the last of some turns, each of which answers the one before."""
    turns = [Turn(i, 0, "ab"[i % 2], t, None, None, i, i, i - 1 if i else None) for i, t in enumerate(texts)]
    return coder.code([Query(turns[-1], tuple(turns[:-1]))])[0]


@pytest.mark.parametrize("repeats", [1, 2, 3, 4, 5, 9, 20, 40])
def test_every_piece_is_read(repeats: int) -> None:
    """Head, tail and windows hold all pieces of a turn; a turn that fits has no windows."""
    text = DAY * repeats
    first = sequence(PIECES, text, "hm?", [("so", True)])
    more = windows(PIECES, text, first, "hm?", [("so", True)])
    places = PIECES.encode(text)[1]
    assert {place for one in (first, *more) for place in one.places} == set(places)
    assert bool(more) == (len(places) > 152)
    assert all(len(one.places) <= 160 for one in more)
    for one in more:
        assert one.segments.count(1) == first.segments.count(1)
        assert len(one.numbers) == len(one.segments)


def test_blanks_do_not_hide_the_middle() -> None:
    """Head and tail of a very long text are cut by characters; what stands between is read all the same."""
    text = f"I am fine. {' ' * 1500} {DARK} {' ' * 1500} It was a nice day."
    first = sequence(PIECES, text)
    read = {place for one in (first, *windows(PIECES, text, first)) for place in one.places}
    assert read >= set(PIECES.encode(text)[1])


def test_blanks_do_not_hide_what_is_answered() -> None:
    """A long link, quote or block of code at the end of a call, or of a turn before it, leaves its words readable."""
    link = " " * 1200
    plain = sequence(PIECES, "oh no", f"{DARK} so I left", [("look at this", True)])
    for call in (f"{DARK} {link} so I left", f"{link}{DARK} so I left{link}", f"{DARK}{link} so I{link} left"):
        assert sequence(PIECES, "oh no", call, [(f"look at this {link}", True)]) == plain


def test_windows_are_few() -> None:
    """A book is not read to the end: sixteen windows behind its head."""
    text = DAY * 2000
    assert len(windows(PIECES, text, sequence(PIECES, text))) == 16


def test_the_middle_of_a_long_turn_is_coded(coder: NeuralCoder) -> None:
    """Risk in the middle is found, at the place where it stands, and makes the call heavy."""
    text = DAY * 3 + DARK + DAY * 3
    found, without = code(coder, text), code(coder, DAY * 6)
    assert "self_harm" in found.present("risk")
    assert not without.present("risk")
    assert found.heavy is not None
    assert found.heavy > 0.5
    spans = next(c.spans for c in found.codings if c.code == "self_harm")
    begin = text.index(DARK)
    assert all(begin <= span.start < span.end <= begin + len(DARK) for span in spans)


def test_the_middle_of_a_long_reply_counts_for_the_verdict(coder: NeuralCoder) -> None:
    """What meets the call in the middle, and there alone, is found."""
    call = "I feel so alone since my mum died"
    kind = "Oh love, I'm so sorry. Of course you feel alone, anyone would. I'm here. "
    found, without = code(coder, call, DAY * 3 + kind + DAY * 3), code(coder, call, DAY * 6)
    assert found.verdict is not None
    assert without.verdict is not None
    assert found.probability("warmth") > 0.5 > without.probability("warmth")
    assert found.verdict["attuned"] > without.verdict["attuned"]
    assert sum(found.verdict.values()) == pytest.approx(1.0)


def test_joined_windows_are_the_most_of_each() -> None:
    """Codes are taken where they are likeliest, pieces once and in order; one window alone is itself."""
    manifest = load_weights("open", threads=1).manifest
    joiner = WindowJoiner(manifest)
    size, codes = sum(len(head.codes) for head in manifest.heads), len(manifest.span_codes)
    rng = np.random.default_rng(1)
    one = Window(rng.normal(size=size).astype(np.float32), np.ones((4, codes), np.float32), [(0, 2), (9, 11)])
    two = Window(rng.normal(size=size).astype(np.float32), np.ones((5, codes), np.float32), [(0, 2), (3, 5), (6, 8)])
    joined = joiner.join([one, two])
    assert joined.places == [(0, 2), (3, 5), (6, 8), (9, 11)]
    assert joined.attention.shape == (5, codes)
    stance = slice(*_place(manifest.heads, "stance"))
    assert (joined.values[stance] == np.maximum(one.values[stance], two.values[stance])).all()
    about_call = slice(*_place(manifest.heads, "call_heavy"))
    assert (joined.values[about_call] == one.values[about_call]).all()
    assert (joiner.join([one]).values == one.values).all()


def _place(heads: tuple, name: str) -> tuple[int, int]:
    begin = 0
    for head in heads:
        if head.name == name:
            return begin, begin + len(head.codes)
        begin += len(head.codes)
    raise KeyError(name)
