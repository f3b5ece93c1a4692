"""Agreement is of the same turns: what was cut otherwise, or said by others or in other words, is not compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attunement.cli.agree import agree as command
from attunement.cli.arguments import Coding
from attunement.cli.code import code
from attunement.errors import InputError
from attunement.evaluation.agree import agree, read_coded

CHAT = """25/04/2024, 18:00 - Ana: I feel so alone today
25/04/2024, 18:01 - Ben: That sounds hard
25/04/2024, 18:10 - Ben: ok
25/04/2024, 18:11 - Ana: ok
25/04/2024, 18:12 - Ben: I am here for you
25/04/2024, 18:13 - Ana: Thank you
"""


def coded(path: Path, *turns: tuple[str, str, list[str]], name: str = "r") -> Path:
    """Write turns (speaker, words, codes) as `attune code --json` does."""
    rows = (
        {"record": name, "index": index, "speaker": speaker, "text": text, "present": present, "abstained": {}}
        for index, (speaker, text, present) in enumerate(turns)
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def rows_of(capsys: pytest.CaptureFixture[str], *files: Path) -> tuple[dict[Any, dict[str, Any]], str]:
    """Run the command; its rows by family and code, and what it told."""
    command(*files, json=True)
    out, err = capsys.readouterr()
    return {(row["family"], row["code"]): row for row in map(json.loads, out.splitlines())}, err


def test_one_chat_cut_into_other_turns_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same coder on the same chat with another gap between turns: index 2 is another turn, so no kappa is given."""
    (tmp_path / "apr.txt").write_text(CHAT, encoding="utf-8")
    files: list[Path] = []
    for gap in (60.0, 3600.0):
        code((tmp_path / "apr.txt",), coding=Coding(coder="lexical", turn_gap=gap), json=True)
        files.append(tmp_path / f"{gap:g}.jsonl")
        files[-1].write_text(capsys.readouterr().out, encoding="utf-8")
    assert [len(file.read_text().splitlines()) for file in files] == [6, 5]
    with pytest.raises(InputError, match=r"6 turns, the other 5.*first differ at turn 1") as raised:
        agree(read_coded(files[0]), read_coded(files[1]))
    assert "alone" not in str(raised.value)


def test_turns_with_other_words_are_left_out_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two models' answers under one id: only what the person says is the same turn in both."""
    one = coded(tmp_path / "a.jsonl", ("me", "I am sad", ["feeling"]), ("bot", "Oh no", ["warmth"]), ("me", "x", []))
    two = coded(tmp_path / "b.jsonl", ("me", "I am sad", ["feeling"]), ("bot", "Cheer up", []), ("me", "x", []))
    rows, told = rows_of(capsys, one, two)
    assert (rows["expression", "feeling"]["n"], rows["expression", "feeling"]["both"]) == (2, 1)
    assert ("stance", "warmth") not in rows
    left_out = "1 turn left out: the words or speakers are not the same in a.jsonl and b.jsonl.\n"
    assert told == f"{left_out}Without a code in either file: after, risk.\n"


def test_other_speakers_are_other_turns_but_other_names_are_not(tmp_path: Path) -> None:
    """A pseudonym kept throughout is the same person; who takes the turn of another is not."""
    words = [("sad", ["feeling"]), ("ok", []), ("ok", []), ("ok", [])]
    one, alias, mixed = (
        read_coded(coded(tmp_path / f"{name}.jsonl", *((who, *rest) for who, rest in zip(name, words, strict=True))))
        for name in ("ABAB", "PQPQ", "ABBA")
    )
    assert [row["n"] for row in agree(one, alias)] == [4]
    assert [row["n"] for row in agree(one, mixed)] == [2]


def test_no_turn_the_same_is_an_error(tmp_path: Path) -> None:
    """Where nothing is left there is no agreement to give."""
    one, two = (read_coded(coded(tmp_path / f"{x}.jsonl", ("A", x, ["feeling"]))) for x in ("x", "y"))
    with pytest.raises(InputError, match="No turn has the same words"):
        agree(one, two)


def test_spaces_missing_rows_and_files_without_words_are_no_other_turns(tmp_path: Path) -> None:
    """People's labels meet what a coder wrote of the same entries; a file cut short is compared as far as it goes."""
    entries = [
        {"speaker": "A", "text": "I  am sad ", "labels": {"expression": ["feeling"]}},
        {"speaker": "B", "text": "<photo>", "kind": "media", "labels": {"expression": []}},
        {"speaker": "A", "text": "caf\u0065\u0301", "labels": {"expression": []}},
    ]
    native = tmp_path / "people.jsonl"
    native.write_text(json.dumps({"id": "r", "turns": entries}) + "\n", encoding="utf-8")
    machine = coded(tmp_path / "m.jsonl", ("A", "I am sad", ["feeling"]), ("B", "", []), ("A", "caf\u00e9", []))
    assert [row["n"] for row in agree(read_coded(native), read_coded(machine))] == [3]
    machine.write_text("".join(machine.read_text(encoding="utf-8").splitlines(keepends=True)[:2]), encoding="utf-8")
    assert [row["n"] for row in agree(read_coded(native), read_coded(machine))] == [2]
    bare = tmp_path / "bare.jsonl"
    bare.write_text('{"record": "r", "index": 0, "present": ["feeling"]}\n{"record": "r", "index": 1, "present": []}\n')
    assert [row["n"] for row in agree(read_coded(native), read_coded(bare))] == [2]


def test_every_row_has_every_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a row has no figure for is null; a kappa of nought is 0.0 and no rest of adding up."""
    turns = [
        {"speaker": "AB"[i % 2], "text": "x",
         "labels": {"expression": ["feeling"][i:], "emotion": ["joy", "fear"][i % 2], "verdict": "missed"}}
        for i in range(10)
    ]  # fmt: skip
    one, two = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    one.write_text(json.dumps({"id": "r", "turns": turns}) + "\n")
    for turn in turns[:1]:
        turn["labels"] = {**turn["labels"], "expression": []}  # type: ignore[dict-item]
    two.write_text(json.dumps({"id": "r", "turns": turns}) + "\n")
    rows, _ = rows_of(capsys, one, two)
    keys = set(rows["expression", "feeling"])
    assert {"both", "only_first", "only_second", "kappa_low", "ac1_high", "level"} <= keys
    for family in ("emotion", "verdict"):
        assert set(rows[family, None]) == keys
        assert [rows[family, None][name] for name in ("both", "only_first", "only_second")] == [None] * 3
    assert rows["expression", "feeling"]["only_first"] == 1
    assert str(rows["expression", "feeling"]["kappa"]) == "0.0"
