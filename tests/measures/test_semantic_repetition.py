"""Semantic repetition on pairs that people of the project wrote: a turn, a reply that says it in other words, a decoy.

The decoys share nearly all their words with the turn and are about something else.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from attunement.core.analysis import Analysis
from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.measures.base import MeasureOptions
from attunement.measures.language import Language
from attunement.measures.tokens import tokens_from
from attunement.measures.words.meaning import word_vectors
from attunement.stats.meaning import Meanings
from attunement.stats.repetition import inverse_frequency, repetition
from attunement.turns import make_turns

ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent.parent / "data" / "paraphrases.tsv").read_text(encoding="utf-8").splitlines()
]
TURNS, SAME, DECOYS = (list(column) for column in zip(*ROWS, strict=True))
MANY = len(ROWS)


def area(higher: np.ndarray, lower: np.ndarray) -> float:
    """Return the chance that one of the first lies above one of the second (area under the ROC curve)."""
    up, down = higher[~np.isnan(higher)], lower[~np.isnan(lower)]
    return float(np.mean(up[:, None] > down) + 0.5 * np.mean(up[:, None] == down))


def tables(texts: list[str], replies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return semantic and lexical scores of the first turns with the replies: rows turns, columns replies."""
    tokens = tokens_from(texts)
    vectors, known = word_vectors().of(tokens.vocabulary)
    rarity = inverse_frequency(tokens.bags)
    meanings = Meanings(tokens.bags, vectors, np.where(known, rarity, 0.0))
    prior, reply = (side.ravel() for side in np.meshgrid(np.arange(MANY), replies, indexing="ij"))
    semantic = meanings.cosines(prior, reply)
    lexical = repetition(tokens.bags, prior, reply, rarity=rarity).rare_cosine
    return semantic.reshape(MANY, -1), lexical.reshape(MANY, -1)


def test_paraphrases_rank_above_other_replies() -> None:
    """Paraphrases lie above random replies, and above those that share as many words; shared words cannot tell them."""
    semantic, lexical = tables(TURNS + SAME, np.arange(MANY, 2 * MANY))
    others = ~np.eye(MANY, dtype=bool)
    own = semantic.diagonal()
    assert area(own, semantic[others]) > 0.95
    nearest = [
        sorted(np.flatnonzero(others[row]), key=lambda at, row=row: abs(lexical[row, at] - lexical[row, row]))[:5]
        for row in range(MANY)
    ]
    assert area(own, np.take_along_axis(semantic, np.array(nearest), axis=1).ravel()) > 0.95
    assert area(lexical.diagonal(), lexical[others]) < 0.65


def test_shared_words_about_something_else_rank_below() -> None:
    """Replies that share nearly all words and mean something else lie below those that share hardly any."""
    replies = np.arange(MANY, 3 * MANY)
    semantic, lexical = tables(TURNS + SAME + DECOYS, replies)
    same, decoy = semantic[:, :MANY].diagonal(), semantic[:, MANY:].diagonal()
    assert area(same, decoy) > 0.85
    assert area(lexical[:, :MANY].diagonal(), lexical[:, MANY:].diagonal()) < 0.05


def talk(order: np.ndarray) -> Analysis:
    """Make a talk in which each turn is followed by a reply, in the order given."""
    texts = [text for turn, at in enumerate(order.tolist()) for text in (TURNS[turn], SAME[at])]
    messages = tuple(Message(n, "Ben" if n % 2 else "Ada", text, 60.0 * n) for n, text in enumerate(texts))
    record = Record("talk", messages, (Speaker("Ada"), Speaker("Ben")), medium="chat")
    turns, sessions = make_turns(record)
    return Analysis(record, turns, sessions, (), (), (), ())


@pytest.mark.parametrize("listens", [True, False])
def test_the_null_tells_listening_from_chance(listens: bool) -> None:
    """Who answers each turn in other words lies above the shuffled replies; the same replies elsewhere do not."""
    order = np.arange(MANY) if listens else np.random.default_rng(8).permutation(MANY)
    found = {e.measure: e for e in Language().measure(talk(order), MeasureOptions(surrogates=199)) if e.from_ == "Ben"}
    one, above = found["language.semantic_repetition"], found["language.semantic_repetition.above_chance"]
    assert one.p is not None
    assert above.low is not None
    assert above.high is not None
    assert one.seed == above.seed == MeasureOptions().seed
    assert "199 surrogates" in one.method
    assert (one.p < 0.02, above.low > 0.0) == (listens, listens)
    assert one.evidence.indexes
    assert "of the content words" in one.method


def test_nothing_is_said_of_other_languages() -> None:
    """Where the English lists do not know the words there is no figure, and the note says why."""
    texts = ["ich habe heute schlecht geschlafen und bin sehr müde", "das tut mir wirklich leid für dich"] * 30
    messages = tuple(Message(n, "Ben" if n % 2 else "Ada", text, 60.0 * n) for n, text in enumerate(texts))
    record = Record("talk", messages, (Speaker("Ada"), Speaker("Ben")), medium="chat")
    turns, sessions = make_turns(record)
    found = Language().measure(Analysis(record, turns, sessions, (), (), (), ()), MeasureOptions())
    for one in found:
        if one.measure == "language.semantic_repetition":
            assert one.value is None
            assert "English" in one.note


def test_vectors_are_of_content_words() -> None:
    """Near words lie nearer than far ones, possessives have the vector of their word, function words have none."""
    vectors, known = word_vectors().of(["mother", "mum", "engine", "mother's", "whether", "qqxz"])
    assert known.tolist() == [True, True, True, True, False, False]
    unit = vectors[:3] / np.linalg.norm(vectors[:3], axis=1, keepdims=True)
    assert unit[0] @ unit[1] > unit[0] @ unit[2] + 0.2
    np.testing.assert_array_equal(vectors[0], vectors[3])
