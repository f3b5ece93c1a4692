"""A coder that codes one family only: the others are missing, never found absent; and what is no coder is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from attunement.cli.code import coded_row
from attunement.coders.base import Query
from attunement.core.coding import CharSpan, Coding, TurnCoding
from attunement.core.frames import table_columns
from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.core.verdict import verdict_probabilities
from attunement.errors import AttunementError, UsageError
from attunement.pipeline import analyze, report

RECORD = Record(
    "r",
    tuple(Message(i, "AB"[i % 2], text) for i, text in enumerate(("I feel sad", "So sorry", "", "ok", "I am afraid"))),
    (Speaker("A"), Speaker("B")),
)
NOT_CODED = {"expression": "not coded", "emotion": "not coded", "after": "not coded", "risk": "not coded"}


class Sorry:
    """Finds the word "sorry" and nothing else, as the coder of the how-to."""

    name, version, reach = "sorry", "1", 1
    families = ("stance",)

    def code(self, queries: Sequence[Query]) -> list[TurnCoding]:
        """Code each by itself."""
        return [self._one(query) for query in queries]

    def _one(self, query: Query) -> TurnCoding:
        index = query.turn.index
        if not query.turn.text.strip():
            return TurnCoding(index, abstained={"stance": "wordless"})
        if query.answered is None:
            return TurnCoding(index)
        word = re.search("sorry", query.turn.text)
        if word is None:
            return TurnCoding(index, abstained={"stance": "unclear"})
        found = Coding("accountability", "stance", 0.6, True, (CharSpan(*word.span()),), "sorry/1")
        return TurnCoding(index, (found,), verdict=verdict_probabilities({"accountability": 0.6}, heavy=0.0))


def test_a_family_that_is_not_coded_is_missing() -> None:
    """It is listed as such on every turn, beside what the coder abstains on itself."""
    analysis = analyze(RECORD, coder=Sorry())
    assert [coding.abstained for coding in analysis.codings] == [
        NOT_CODED,
        NOT_CODED,
        NOT_CODED | {"stance": "wordless"},
        NOT_CODED | {"stance": "unclear"},
        NOT_CODED | {"stance": "unclear"},
    ]
    assert analysis.codings[1].verdict is not None


def test_tables_and_rows_say_so() -> None:
    """In the table `turns` it is a missing cell and not an empty one; `attune code --json` lists it."""
    analysis = analyze(RECORD, coder=Sorry())
    columns = table_columns(analysis, "turns")
    assert columns["stance"] == ["", "accountability", None, None, None]
    for family in ("expression", "emotion", "risk"):
        assert columns[family] == [None] * 5
    row = coded_row("r", analysis.turns[0], analysis.codings[0], "sorry/1")
    assert row["abstained"] == NOT_CODED


class _Bare:
    name, version = "bare", "1"

    def code(self, queries: Sequence[Query]) -> Any:
        return None


class _Nothing(_Bare):
    families, reach = ("stance",), 1


@pytest.mark.parametrize(
    ("coder", "says"),
    [
        (Sorry, "the class Sorry"),
        (_Bare(), "no families and no reach"),
        (SimpleNamespace(name="n", version="1", families=(), reach=0, code=3), "no method code"),
        ("sorry", "got str"),
    ],
    ids=["class", "bare", "no method", "name"],
)
def test_what_is_no_coder_is_refused(coder: Any, says: str) -> None:
    """A class in place of a coder, one that lacks something, a name: each is told."""
    with pytest.raises(UsageError, match=says):
        analyze(RECORD, coder=coder)


def test_a_coder_that_gives_nothing_is_told() -> None:
    """None in place of codings is an error of ours that names the coder."""
    with pytest.raises(AttunementError, match="'bare' gave no list of TurnCoding"):
        analyze(RECORD, coder=_Nothing())


def test_what_is_no_analysis_or_path_is_refused() -> None:
    """A record in place of its analysis, a number in place of a path: no raw exception."""
    analysis = analyze(RECORD, coder=Sorry())
    for given in ([RECORD], 5):
        with pytest.raises(UsageError, match="Analysis"):
            table_columns(given, "turns")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="path is expected to be str or PathLike; got int"):
        report(analysis, 3)  # type: ignore[arg-type]


def test_a_key_that_is_no_text_names_its_column() -> None:
    """Plain data in Python may have numbers as keys."""
    record = Record("r", RECORD.messages, RECORD.speakers, meta={5: 6})  # type: ignore[dict-item]
    assert table_columns(analyze(record, coder=Sorry()), "turns")["meta_5"] == [6] * 5
