"""Greetings, farewells and thanks in set words are no calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from attunement.coders.base import CodeOptions, Query, load_coder
from attunement.coders.by_rote import is_by_rote
from attunement.core.turn import Turn
from attunement.evaluation.gold import read_labelled

ROTE = (
    "hi how are you", "Hello there!", "See you!", "see you Thursday", "thanks x", "You're welcome! Have a great day!",
    "good morning", "ok, talk to you tomorrow", "no worries", "Thank you. Bye!",
)  # fmt: skip
MORE = (
    "how are you?", "good night, my love", "thank you so much for staying", "hey you", "see you never", "morning 😘",
    "no worries at all, I was scared too", "have a day off with me", "hi. I miss you",
)  # fmt: skip


@pytest.mark.parametrize("text", ROTE)
def test_set_words(text: str) -> None:
    """However they are spelt and joined."""
    assert is_by_rote(text)


@pytest.mark.parametrize("text", MORE)
def test_more_than_set_words(text: str) -> None:
    """A pet name, an emoji, a reason: something of one's own."""
    assert not is_by_rote(text)


@pytest.mark.parametrize("coder", ["blend", "neural"])
def test_they_call_for_nothing(coder: str) -> None:
    """The default coder and the network give them no expression code; the same words with more in them may have one."""
    turns = [Turn(0, 0, "a", text, None, None, 0, 0) for text in (*ROTE, "hi. I miss you so much it hurts")]
    codings = load_coder(CodeOptions(coder=coder, cache=False)).code([Query(turn) for turn in turns])
    assert [coding.present("expression") for coding in codings[:-1]] == [()] * len(ROTE)
    assert "feeling" in codings[-1].present("expression")


def test_people_seldom_gave_such_a_turn_an_expression_code(shared: Path) -> None:
    """What is said by rote puts next to nothing on the table: the figure that the docstring tells."""
    found: list[bool] = []
    for corpus in ("attunement_authored", "attunement_coded_open"):
        for record in read_labelled(shared / "data" / corpus / "train.jsonl.gz"):
            found += [
                bool(gold.value)
                for gold in record.gold
                if gold.family == "expression" and gold.turn is not None and is_by_rote(record.turns[gold.turn].text)
            ]
    assert (len(found), sum(found)) == (31, 1)
