"""The cue sheets: their own examples are the tests."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import msgspec
import pytest

from attunement.coders import lexical_sheet
from attunement.coders.base import Query
from attunement.coders.lexical import LexicalCoder
from attunement.coders.lexical_sheet import Cue, SheetData, load_sheet, load_sheet_data, read_sheets
from attunement.core.codebook import CODEBOOK
from attunement.core.turn import Turn

CUES = load_sheet().cues


@cache
def coder() -> LexicalCoder:
    """One coder for the module."""
    return LexicalCoder()


def query(example: str) -> Query:
    """Make the query of an example: "call >> reply", or a turn that answers nothing."""
    texts = [text.strip() for text in example.split(">>")]
    turns = [Turn(i, 0, "ab"[i % 2], t, None, None, i, i, i - 1 if i else None) for i, t in enumerate(texts)]
    return Query(turns[-1], tuple(turns[:-1]))


def fires(cue: Cue, example: str) -> bool:
    """Whether a cue fires on an example."""
    found = coder().explain(query(example))
    return any(identifier == cue.id for places in found.values() for identifier, _ in places)


@pytest.mark.parametrize("cue", CUES, ids=lambda cue: cue.id)
def test_cue_fires_on_its_examples_and_not_on_its_counterexamples(cue: Cue) -> None:
    """Every cue carries the turns that show what it is for."""
    assert [example for example in cue.yes if not fires(cue, example)] == []
    assert [example for example in cue.no if fires(cue, example)] == []


def test_every_code_has_cues() -> None:
    """Every code of the codebook but silence (which has no words) and neutral (no cue) has at least one cue."""
    with_cues = {cue.code for cue in CUES}
    assert {code.name for code in CODEBOOK.codes} - with_cues == {"silence", "neutral"}


def test_every_cue_of_a_code_has_examples_for_and_against() -> None:
    """A cue without examples is not understood."""
    assert [cue.id for cue in CUES if cue.family != "marker" and not (cue.yes and cue.no)] == []


def test_index_is_made_of_the_sheets() -> None:
    """`cues/index.json` is what `training/build_cues.py` makes of the sheets as they stand."""
    built = msgspec.json.decode(msgspec.json.encode(read_sheets()), type=SheetData)
    assert built.cues == CUES
    assert built == load_sheet_data()


def test_cue_numbers_run_in_order() -> None:
    """Weights and features refer to cues by number."""
    assert all(later.index == cue.index + 1 for cue, later in pairwise(CUES))


def test_a_changed_cue_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codings are kept by the coder's version: cues that changed must not be taken for those of before."""
    before, index = LexicalCoder().version, lexical_sheet._index()
    changed = index.replace(CUES[0].id.encode(), b"another.name", 1)
    assert changed != index
    monkeypatch.setattr(lexical_sheet, "_index", lambda: changed)
    lexical_sheet.sheet_digest.cache_clear()
    try:
        assert lexical_sheet.sheet_digest() not in before
    finally:
        monkeypatch.undo()
        lexical_sheet.sheet_digest.cache_clear()
    assert LexicalCoder().version == before
