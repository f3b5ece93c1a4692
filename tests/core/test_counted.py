"""One of a thing is not "1 things", wherever a count is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import attunement as at
from attunement.cli.main import run
from attunement.core.counted import counted
from attunement.measures.words import read_dic
from attunement.readers.record_ids import same_id_told


def test_a_count_and_its_noun() -> None:
    """Nothing and many take the plural; thousands are set apart."""
    assert [counted(n, "turn") for n in (0, 1, 2, 1234)] == ["0 turns", "1 turn", "2 turns", "1,234 turns"]
    assert counted(1, "entry is", "entries are") == "1 entry is"


def test_one_conversation_that_was_numbered() -> None:
    """The verb goes with the count."""
    assert same_id_told(1, 3) == "1 of 3 conversations has the id of another one and was numbered."
    assert same_id_told(2, 4) == "2 of 4 conversations have the id of another one and were numbered."


def test_one_place_that_could_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was "1 places could not be read as they stood"."""
    monkeypatch.chdir(tmp_path)
    turns = [{"speaker": "Ana", "text": "hello"}, {"speaker": "Ben", "text": "hello"}]
    Path("talk.jsonl").write_text(json.dumps({"id": "k1", "turns": turns}) + "\nno JSON\n", "utf-8")
    with pytest.raises(SystemExit) as left:
        run(["read", "talk.jsonl", "--strict"])
    assert left.value.code == 4
    assert "attune: 1 place could not be read as it stood.\n" in capsys.readouterr().err


def test_one_message_in_a_notebook() -> None:
    """The head of a record's and of an analysis's table."""
    record = at.read(b"Ana: I am so sad today\n", at.pipeline.ReadOptions(format="transcript"))
    assert ": 1 message, transcript" in record._repr_html_()
    code = at.pipeline.CodeOptions(coder="lexical")
    assert ": 1 turn, 1 session, 0 exchanges, 0 episodes" in at.analyze(record, at.Options(code=code))._repr_html_()


def test_one_speaker_where_one_was_expected() -> None:
    """It was "where 1 were expected"."""
    chosen = at.pipeline.SelectOptions(expected_speakers=1)
    record = at.read(b"Ana: hello\nBen: hello you\nAna: how are you?\n", select=chosen)
    assert "2 speakers found where 1 was expected: " in record.problems[-1].message


def test_one_entry_of_a_dictionary_that_is_passed_over() -> None:
    """Each of the three things that are said of a dictionary, for one entry."""
    lists = read_dic(b"%\n1\twe\n2\tthey\n%\nwe\t1\nkind of\t1\nlike\t(02)1/2\nthey\t2\t9\n", name="own.dic")
    assert lists.skipped[0] == "1 entry of several words is not used."
    assert lists.skipped[1] == "1 entry with a condition counts without it."
