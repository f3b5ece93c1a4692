"""What this project coded on corpora of others (`training/coded`): codes and places, no words, by the codebook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attunement.core.codebook import CODEBOOK, EMOTIONS, MEETING, MISSING, VERDICTS

FILES = sorted((Path(__file__).resolve().parents[2] / "training" / "coded").glob("*.jsonl"))
# Corpora whose licence lets weights be shipped; the others may feed the research weights only.
MAY_SHIP = {"edos", "counsel_chat", "casino", "convabuse", "persuasion_for_good", "uptake", "mustard"}
LIGHT = {"acknowledgement", "engagement"}
MILD = {"flat", "topic_change", "silence", "self_focus", "premature_advice", "silver_lining"}


def coded(path: Path) -> list[dict[str, Any]]:
    """Read a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_there_are_files() -> None:
    """The files are found: the other tests are not empty."""
    assert len(FILES) >= 3


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_rows_hold_codes_and_places_and_no_words(path: Path) -> None:
    """Every row names a record, two places in it and codes of the codebook, nothing else."""
    for row in coded(path):
        assert row.keys() == {"corpus", "id", "call", "reply", "codes"}
        call, reply = row["codes"]["call"], row["codes"]["reply"]
        assert call.keys() == {"expression", "emotion", "valence", "intensity", "risk"}
        assert reply.keys() - {"at"} == {"stance", "verdict", "risk", "sure", "expression"}
        assert 0 <= row["call"] < row["reply"]
        assert call["emotion"] in {code.name for code in EMOTIONS}
        assert -1 <= call["valence"] <= 1
        assert call["intensity"] in (0, 1, 2, 3)
        assert set(call["expression"]) | set(reply["expression"]) <= set(CODEBOOK.names("expression"))
        assert set(call["risk"]) | set(reply["risk"]) <= set(CODEBOOK.names("risk"))
        assert set(reply["stance"]) <= set(CODEBOOK.names("stance"))
        assert reply["verdict"] in (None, *VERDICTS)
        assert (reply["verdict"] is None) == (not call["expression"])
        if "at" in reply:
            start, end = reply["at"]
            assert 0 <= start <= end


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_may_not_ship_feeds_the_research_weights_only(path: Path) -> None:
    """Files that feed the open weights name only corpora whose licence allows it."""
    corpora = {row["corpus"] for row in coded(path)}
    if path.stem.startswith("research"):
        assert not corpora & MAY_SHIP
    else:
        assert corpora <= MAY_SHIP


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_exchange_is_coded_twice(path: Path) -> None:
    """A call and its reply stand in a file once."""
    keys = [(row["corpus"], row["id"], row["call"], row["reply"]) for row in coded(path)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_verdicts_follow_the_codebook_nearly_always(path: Path) -> None:
    """Section 3 gives the verdict from the codes; coders may leave it where a code answers the smaller part."""
    meets, misses = {code.name for code in MEETING}, {code.name for code in MISSING}
    rows = [row for row in coded(path) if row["codes"]["reply"]["verdict"]]
    agree = 0
    for row in rows:
        call, reply = row["codes"]["call"], row["codes"]["reply"]
        met, missed = set(reply["stance"]) & meets, set(reply["stance"]) & misses
        is_heavy = (call["intensity"] >= 2 and call["valence"] <= -0.3) or bool(call["risk"])
        if missed - MILD and not met:
            rule = "misattuned"
        elif met and (missed or (is_heavy and met <= LIGHT)):
            rule = "partial"
        elif met:
            rule = "attuned"
        else:
            rule = "missed"
        agree += rule == reply["verdict"]
    assert agree >= 0.95 * len(rows)
