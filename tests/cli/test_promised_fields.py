"""What ``--json`` writes is what the pages promise, no more and no less."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import msgspec

from attunement.cli import code, measure
from attunement.core.codebook import CODEBOOK
from attunement.core.coding import TurnCoding
from attunement.core.estimate import Estimate
from attunement.core.turn import Turn
from attunement.measures.plan import Plan

PLANNING = Path(__file__).resolve().parents[2] / "docs" / "measures" / "planning.md"


def promised(command: object) -> list[str]:
    """Return the fields that a command's docstring lists, what is inside them left out."""
    fields = re.search(r"\{(record.*)\}\.", inspect.getdoc(command) or "", re.DOTALL)
    assert fields is not None
    inner = re.sub(r":\s+(?:\[\{[^}]*\}\]|\[[^\]]*\]|\{[^}]*\}|\w+)", "", fields[1])
    return [name.strip() for name in inner.split(",")]


def test_fields_of_code() -> None:
    """Every key of a coded turn is in the docstring, from which the page is made."""
    row = code.coded_row("talk", Turn(0, 0, "Ana", "hi", None, None, 0, 0), TurnCoding(0, ()), "toy/1")
    assert set(promised(code.code)) == set(row)
    assert row["codebook"] == CODEBOOK.version, "CODEBOOK.md: its version is written into every coded record"


def test_fields_of_measure() -> None:
    """So is every key of an estimate."""
    row = measure.estimate_row("talk", Estimate("a.b", None, None, None, None, None, None, 0, "share", "by hand"))
    assert set(promised(measure.measure)) == set(row)


def test_fields_of_a_plan() -> None:
    """The page of planning names every key that a plan has when it is written, in the written form."""
    told = re.search(r"With `--json` .*", PLANNING.read_text("utf-8"))
    assert told is not None
    names = {field.encode_name for field in msgspec.structs.fields(Plan)}
    assert set(re.findall(r"`([a-z_]+)`", told[0])) == {"record", *names}
