"""Where the stance of what followed a miss was not coded, a repair is missing, not absent."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from attunement import analyze, read
from attunement.coders.base import CodeOptions
from attunement.core.analysis import Analysis
from attunement.pipeline import Options

HUMAN = Options(code=CodeOptions(coder="human"))
CALL = {"expression": ["feeling"]}
MISS = {"stance": ["minimising"]}
REPAIR = {"stance": ["accountability"]}


def analysed(*turns: tuple[str, str, dict[str, Any] | None]) -> Analysis:
    """Read turns a minute apart, with the labels that people gave (None: not coded), and analyse them."""
    start = datetime(2024, 5, 6, 9)
    rows = [
        {
            "speaker": speaker,
            "text": text,
            "time": (start + timedelta(minutes=number)).isoformat(),
            **({} if text else {"kind": "media"}),
            **({} if labels is None else {"labels": labels}),
        }
        for number, (speaker, text, labels) in enumerate(turns)
    ]
    return analyze(read(json.dumps({"id": "t", "turns": rows}).encode()), HUMAN)


MISSED = (("Ana", "I failed", CALL), ("Ben", "come on", MISS), ("Ana", "it hurts", {"after": ["clarify"]}))


@pytest.mark.parametrize(
    ("then", "censored", "observed", "is_followed"),
    [
        ([("Ben", "I am sorry", None)], "not coded", 0, False),
        ([("Ben", "I am sorry", {"stance": []})], "record", 2, True),
        ([("Ben", "so", {"stance": []}), ("Ana", "yes", None), ("Ben", "sorry", None)], "not coded", 3, True),
        ([("Ben", "", None)], "not coded", 0, False),
        ([("Ben", "", None), ("Ana", "yes", None), ("Ben", "so", {"stance": []})], "record", 4, True),
        ([("Ben", "so", None), ("Ana", "yes", None), ("Ben", "I was unfair, sorry", REPAIR)], None, 4, True),
        ([], "record", 1, True),
    ],
    ids=["not coded", "coded", "coded, then not", "a photo", "a photo, then coded", "a repair after it", "nothing"],
)
def test_a_miss_is_watched_up_to_what_was_not_coded(
    then: list[tuple[str, str, dict[str, Any] | None]], censored: str | None, observed: int, is_followed: bool
) -> None:
    """Turns 1 and 2 are the miss and what Ana does; what Ben says then may be a repair for all that is known."""
    (episode,) = analysed(*MISSED, *then).episodes
    assert (episode.censored, episode.observed_turns, episode.is_followed) == (censored, observed, is_followed)
    assert (episode.repair is not None) == (censored is None)


def test_repairs_that_nobody_coded_are_not_none_of_twelve() -> None:
    """Only calls and the replies to them were coded, twelve times; of three more all was coded, and one repaired."""
    uncoded = (*MISSED, ("Ben", "I was unfair, sorry", None)) * 12
    none = (*MISSED, ("Ben", "right", {"stance": []}), ("Ana", "ok", None), ("Ben", "dinner?", {"stance": []})) * 2
    one = (*MISSED, ("Ben", "I was unfair, sorry", REPAIR))
    found = {(e.measure, e.from_): e for e in analysed(*uncoded).estimates}
    repaired = found["after_miss.repaired", "Ben"]
    assert (repaired.value, repaired.count) == (None, 0)
    assert repaired.note == "counts only: fewer than 10 misses; 12 more could not be coded"
    assert found["after_miss.repaired_within.turns.8", "Ben"].count == 0
    assert found["after_miss.attempts", "Ben"].value is None
    assert found["after_miss.attempts", "Ana"].value == 0.0, "Ana missed nothing"
    assert found["chronicity.unrepaired", "Ben"].value is None
    # What Ana does was coded, and how the calls were met.
    assert found["after_miss.clarify", "Ana"].value == found["responsiveness.misattuned", "Ben"].value == 1.0
    found = {(e.measure, e.from_): e for e in analysed(*one, *none, *uncoded).estimates}
    assert (found["after_miss.repaired", "Ben"].hits, found["after_miss.repaired", "Ben"].count) == (1, 3)
    assert found["after_miss.misses", "Ben"].value == 15.0
    assert found["chronicity.unrepaired", "Ben"].hits == 14


def test_a_reply_to_a_photo_is_passed_over_by_a_coder_that_reads_words() -> None:
    """It answers nothing that was said: the coder says "wordless" of its stance, and what comes after is watched."""
    start = datetime(2024, 5, 6, 9)
    said = ["I feel so sad and alone", "come on, it was nothing", "", "nice shoes", "ok", "see you at eight"]
    turns = [
        {
            "speaker": ("Ana", "Ben")[number % 2],
            "text": text,
            "time": (start + timedelta(minutes=number)).isoformat(),
            "kind": "text" if text else "media",
        }
        for number, text in enumerate(said)
    ]
    record = read(json.dumps({"id": "t", "turns": turns}).encode())
    found = analyze(record, Options(code=CodeOptions(coder="lexical")))
    assert found.codings[3].abstained["stance"] == "wordless"
    assert (found.episodes[0].censored, found.episodes[0].observed_turns) == ("record", 4)
