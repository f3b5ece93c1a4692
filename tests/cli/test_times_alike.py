"""Times of one output have one form: programs read a column by the form of its first cell."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from attunement.cli.main import run

SAID = [("ab"[n % 2], f"I feel sad, {n}") for n in range(4)]
WHOLE = [f"2024-01-01T10:00:0{n}" for n in range(4)]
BROKEN = [*WHOLE[:3], "2024-01-01T10:00:03.5"]


def output(capsysbinary: pytest.CaptureFixture[bytes], path: Path, times: Sequence[str], *words: str) -> str:
    """Write a record with these times; what a command gives of it."""
    turns = [{"speaker": who, "text": text, "time": time} for (who, text), time in zip(SAID, times, strict=True)]
    path.write_text(json.dumps({"id": "t", "turns": turns}) + "\n", encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        run([words[0], str(path), *words[1:]])
    assert left.value.code == 0
    return capsysbinary.readouterr().out.decode()


@pytest.mark.parametrize("table", ["turns", "exchanges"])
def test_times_of_a_table(table: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """One fraction of a second gives every cell of the column its digits; without one none has them."""
    words = ("measure", "--coder", "lexical", "--csv", "--table", table)
    for times, length in ((BROKEN, 26), (WHOLE, 19)):
        told = output(capsysbinary, tmp_path / "t.jsonl", times, *words)
        cells = [row["at"] for row in csv.DictReader(io.StringIO(told))]
        assert {len(cell) for cell in cells} == {length}
    pandas = pytest.importorskip("pandas")
    told = output(
        capsysbinary, tmp_path / "t.jsonl", BROKEN, "measure", "--coder", "lexical", "--csv", "--table", "turns"
    )
    read = pandas.read_csv(io.StringIO(told), parse_dates=["at"])
    assert read["at"].dtype.kind == "M"


def test_times_of_messages(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """So it is in the messages that `attune read` writes."""
    for times, length in ((BROKEN, 26), (WHOLE, 19)):
        told = output(capsysbinary, tmp_path / "t.jsonl", times, "read")
        assert {len(json.loads(line)["at"]) for line in told.splitlines()} == {length}
