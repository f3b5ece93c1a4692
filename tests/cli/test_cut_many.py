"""`attune measure --cut` over many conversations: those on one side are named and left out, the others measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attunement.cli.arguments import Coding
from attunement.cli.measure import measure
from attunement.errors import UsageError

SAID = (("Ana", "I feel so sad"), ("Ben", "That sounds hard"), ("Ana", "I am so lonely"), ("Ben", "I am here for you"))


def talk(name: str, *days: str, people: tuple[str, str] = ("Ana", "Ben")) -> str:
    """Write one conversation, the same words on each of these days."""
    names = dict(zip(("Ana", "Ben"), people, strict=True))
    turns = [
        {"speaker": names[who], "text": text, "time": f"{day}T18:{minute:02}:00"}
        for day in days
        for minute, (who, text) in enumerate(SAID)
    ]
    return json.dumps({"id": name, "turns": turns})


def cut(path: Path, *lines: str, csv: bool = False) -> None:
    """Run the command on a file of these conversations."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    measure((path,), coding=Coding(coder="lexical"), family=("balance",), cut="2024-05-01", csv=csv, json=not csv)


@pytest.mark.parametrize("csv", [False, True])
def test_conversations_on_one_side_are_left_out_and_named(
    csv: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of five conversations two span the cut: both are measured, wherever they stand in the file."""
    undated = json.dumps(
        {"id": "undated", "turns": [{"speaker": "Ana", "text": "hi"}, {"speaker": "Ben", "text": "hi"}]}
    )
    cut(
        tmp_path / "talk.jsonl",
        talk("april", "2024-04-02"),
        talk("one", "2024-04-02", "2024-05-02"),
        talk("june", "2024-06-02"),
        undated,
        talk("two", "2024-03-02", "2024-07-02"),
        csv=csv,
    )
    out, err = capsys.readouterr()
    rows = out.splitlines()
    ids = [row.split(",")[0] for row in rows[1:]] if csv else [json.loads(row)["record"] for row in rows]
    assert list(dict.fromkeys(ids)) == ["one", "two"]
    assert err == "Left out, because --cut leaves no two sides to compare: april, june, undated.\n"


def test_people_of_one_side_only_have_no_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A conversation that other people went on with is left out as well."""
    first, second = (json.loads(talk("mixed", day, people=who))["turns"] for day, who in
                     (("2024-04-02", ("Ana", "Ben")), ("2024-06-02", ("Cem", "Dana"))))  # fmt: skip
    mixed = json.dumps({"id": "mixed", "turns": first + second})
    cut(tmp_path / "talk.jsonl", mixed, talk("one", "2024-04-02", "2024-05-02"))
    assert capsys.readouterr().err.endswith(": mixed.\n")


def test_where_none_is_left_it_is_an_error(tmp_path: Path) -> None:
    """One conversation is told by its name; of several, the first and how many there are."""
    with pytest.raises(UsageError, match=r"^april: nothing was said from 2024-05-01"):
        cut(tmp_path / "one.jsonl", talk("april", "2024-04-02"))
    with pytest.raises(UsageError, match=r"None of the 2 conversations .* april: nothing was said from"):
        cut(tmp_path / "two.jsonl", talk("april", "2024-04-02"), talk("june", "2024-06-02"))
