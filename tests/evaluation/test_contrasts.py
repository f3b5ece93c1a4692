"""The contrast pairs: readable, many, and the shipped coder puts the better reply first far more often than chance."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from attunement.coders.base import CodeOptions, Query, load_coder
from attunement.core.codebook import CODEBOOK
from attunement.core.turn import Turn
from attunement.core.verdict import score_verdict

PAIRS = [
    json.loads(line)
    for line in (Path(__file__).resolve().parents[1] / "data" / "contrasts.jsonl").read_text("utf-8").splitlines()
]


def test_there_are_three_hundred_of_many_kinds() -> None:
    """At least 300, at least eight of a kind, no pair twice, both halves there and different."""
    kinds = Counter(pair["kind"] for pair in PAIRS)
    assert len(PAIRS) >= 300
    assert min(kinds.values()) >= 8
    assert len(kinds) >= 15
    assert len({(pair["call"], pair["yes"], pair["no"]) for pair in PAIRS}) == len(PAIRS)
    assert len({pair["id"] for pair in PAIRS}) == len(PAIRS)
    for pair in PAIRS:
        assert pair["yes"] != pair["no"]
        assert (pair["call"] is None) == (pair["family"] == "risk")
        assert pair["family"] != "risk" or CODEBOOK[pair["code"]].family == "risk"


def test_no_pair_stands_in_our_training_text() -> None:
    """What measures must not train."""
    folder = Path(__file__).resolve().parents[2] / "training" / "authored"
    trained = {
        turn["text"].lower()
        for path in folder.glob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
        for turn in json.loads(line)["turns"]
    }
    both = [pair["id"] for pair in PAIRS if pair["call"] and pair["call"].lower() in trained and pair["yes"] in trained]
    assert both == []


def test_the_blend_puts_the_better_reply_first() -> None:
    """Seven in ten pairs at least, all kinds together; a coin would have five."""
    coder = load_coder(CodeOptions(coder="blend", cache=False))
    queries: list[Query] = []
    met = [pair for pair in PAIRS if pair["family"] == "met"]
    for pair in met:
        call = Turn(0, 0, "a", pair["call"], None, None, 0, 0)
        replies = (Turn(1, 0, "b", pair[side], None, None, 1, 1, answers=0) for side in ("yes", "no"))
        queries += [Query(reply, (call,)) for reply in replies]
    scores = [0.5 if coding.verdict is None else score_verdict(coding.verdict) for coding in coder.code(queries)]
    first = [(a > b) + 0.5 * (a == b) for a, b in zip(scores[::2], scores[1::2], strict=True)]
    assert sum(first) / len(first) >= 0.7
