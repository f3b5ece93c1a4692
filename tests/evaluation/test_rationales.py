"""Marked words: the figures against sums done by hand, the spans against people's, the files that have none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from attunement.coders.base import Query
from attunement.core.codebook import Family
from attunement.core.coding import CharSpan, TurnCoding
from attunement.evaluation.evaluate import evaluate
from attunement.evaluation.gold import read_labelled
from attunement.evaluation.rationales import Marked, score_rationales, tokens

TEN = "a b c d e f g h i j"


def at(first: int, last: int) -> CharSpan:
    """The letters of `TEN` from one number to another, both in."""
    return CharSpan(2 * first, 2 * last + 1)


def test_tokens_are_words_and_marks() -> None:
    """Words with an apostrophe stay whole; every other mark is one of its own; white space is none."""
    text = "  I'm so, so sorry!! it’s 3am"
    assert [text[t.start : t.end] for t in tokens(text)] == [
        "I'm", "so", ",", "so", "sorry", "!", "!", "it’s", "3am",
    ]  # fmt: skip


def test_figures_by_hand() -> None:
    """Three replies of ten words: one half found, one that nobody marked, one marked by the coder alone."""
    replies = [
        # People mark 4, the coder 6, 3 are both's; spans share 3 of 7: under one half.
        Marked(TEN, [at(0, 3)], [at(1, 6)]),
        Marked(TEN, [], []),
        Marked(TEN, [], [at(0, 1)]),
    ]
    found = score_rationales(replies, ["x", "y", "z"])
    assert found["n"] == 3
    assert found["precision"] == round(3 / 8, 4)
    assert found["recall"] == round(3 / 4, 4)
    assert found["token_f1"] == 0.5  # 2 * 3 / (8 + 4)
    # Unmarked words: 30 - 8 - 4 + 3 = 21 by both, 26 by people, 22 by the coder.
    assert found["macro_f1"] == round((0.5 + 42 / 48) / 2, 4)
    assert found["mean_f1"] == round((0.6 + 1.0 + 0.0) / 3, 4)
    assert found["iou_f1"] == 0.0
    assert found["mean_iou_f1"] == round(1 / 3, 4)
    # Without a mark the whole reply counts as marked: F1 of 2 of 10 words is 2 * 2 / 12.
    assert found["published_f1"] == round((0.6 + 1.0 + 1 / 3) / 3, 4)
    assert (found["marked"]["n"], found["marked"]["mean_f1"], found["marked"]["token_f1"]) == (1, 0.6, 0.6)
    assert found["unmarked"] | {"interval": {}} == {"n": 2, "clear": 0.5, "share": 0.1, "interval": {}}
    assert found["interval"]["mean_f1"] == [None, None]
    many = score_rationales(replies * 4, [str(i) for i in range(12)])
    low, high = many["interval"]["mean_f1"]
    assert 0.0 <= low < found["mean_f1"] < high <= 1.0


@pytest.mark.parametrize(
    ("people", "coder", "iou_f1"),
    [
        ([at(0, 3)], [at(0, 3)], 1.0),
        ([at(0, 3)], [at(0, 7)], 1.0),  # 4 of 8 is half
        ([at(0, 3)], [at(0, 8)], 0.0),  # 4 of 9 is less
        ([at(0, 1), at(4, 5)], [at(0, 1)], round(2 / 3, 4)),
        ([at(0, 1), at(2, 3)], [at(0, 3)], 1.0),  # side by side is one
        ([at(0, 9)], [], 0.0),
    ],
)
def test_a_span_counts_from_half_on(people: list[CharSpan], coder: list[CharSpan], iou_f1: float) -> None:
    """Shared tokens over those that either covers, from one half on; touching spans are one."""
    assert score_rationales([Marked(TEN, people, coder)], ["x"])["iou_f1"] == iou_f1


def test_a_span_that_cuts_a_word_marks_the_word() -> None:
    """What touches a token marks it; what touches none marks nothing."""
    text = "really sorry  "
    same = score_rationales([Marked(text, [CharSpan(7, 12)], [CharSpan(9, 10)])], ["x"])
    assert same["token_f1"] == 1.0
    none = score_rationales([Marked(text, [CharSpan(12, 14)], [])], ["x"])
    assert (none["token_f1"], none["mean_f1"], none["marked"], none["unmarked"]["clear"]) == (None, 1.0, {"n": 0}, 1.0)


class Marker:
    """A coder that marks what stands between asterisks, for one mechanism, and knows its levels."""

    name = "marker"
    version = "1"
    families: tuple[Family, ...] = ()
    reach = 4
    kin_families = (("epitome", "emotional_reactions"),)
    rationale_families = (("epitome", "emotional_reactions"),)

    def code(self, queries: Sequence[Query]) -> list[TurnCoding]:
        """Say nothing."""
        return [TurnCoding(query.turn.index) for query in queries]

    def kin(self, queries: Sequence[Query]) -> list[dict[tuple[str, str], dict[str, tuple[float, bool]]]]:
        """Give level 1 to what has asterisks."""
        return [
            {self.kin_families[0]: {"0": (0.9 - 0.8 * ("*" in q.turn.text), True), "1": (0.5, True)}} for q in queries
        ]

    def rationales(self, queries: Sequence[Query]) -> list[dict[tuple[str, str], tuple[CharSpan, ...]]]:
        """Mark from the first asterisk to the last; read nothing that begins with a hash."""
        found: list[dict[tuple[str, str], tuple[CharSpan, ...]]] = []
        for query in queries:
            text = query.turn.text
            first, last = text.find("*"), text.rfind("*")
            words = (CharSpan(first + 1, last),) if last > first else ()
            found.append({} if text.startswith("#") else {self.rationale_families[0]: words})
        return found


def pair(number: int, reply: str, level: int, *rationales: dict[str, Any]) -> dict[str, Any]:
    """A record in the form of EPITOME."""
    return {
        "id": f"pair-{number}",
        "corpus": "epitome",
        "split": "test",
        "meta": {"sp_id": f"post-{number // 2}", "rp_id": str(number)},
        "post": "it has been a long week",
        "reply": reply,
        "labels": {"emotional_reactions": level, "interpretations": 0, "explorations": 0},
        "rationales": {"emotional_reactions": list(rationales), "interpretations": [], "explorations": []},
    }


def test_evaluate_reports_rationales(tmp_path: Path) -> None:
    """Words that cannot be found again, and replies that the coder did not read, are left out."""
    records = [
        pair(0, "*so sorry* to hear", 1, {"text": "so sorry", "span": [1, 9]}),
        pair(1, "have you slept", 0),
        pair(2, "*oh no* poor you", 2, {"text": "poor you", "span": [8, 16]}),
        pair(3, "*hugs*", 1, {"text": "bear hugs", "span": None}),
        pair(4, "*hugs* again", 1),
        pair(5, "# so sorry", 1, {"text": "so sorry", "span": [2, 10]}),
    ]
    path = tmp_path / "unseen.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    gold = [g for labelled in read_labelled(path) for g in labelled.gold if g.family == "emotional_reactions"]
    assert [g.words for g in gold] == [(CharSpan(1, 9),), (), (CharSpan(8, 16),), None, None, (CharSpan(2, 10),)]
    families = evaluate(path, coder=Marker())["families"]
    found = families["emotional_reactions"]["rationales"]
    assert families["emotional_reactions"]["n"] == 6
    assert (found["n"], found["marked"]["n"], found["unmarked"]["n"]) == (3, 2, 1)
    assert found["token_f1"] == 0.5
    assert found["mean_f1"] == round(2 / 3, 4)
    assert "rationales" not in families["interpretations"]


def test_a_file_without_rationales_has_no_figures_for_them(tmp_path: Path) -> None:
    """Levels are scored as before."""
    record = pair(0, "*so sorry*", 1)
    del record["rationales"]
    path = tmp_path / "unseen.jsonl"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    assert "rationales" not in evaluate(path, coder=Marker())["families"]["emotional_reactions"]
