"""ConvoKit corpora: folders and zips, old and new names, replies as a tree, order of time."""

from __future__ import annotations

import json
import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from attunement.errors import InputError
from attunement.readers.base import ReadOptions, read_source


def utterance(
    name: str, conversation: str, text: str, speaker: str, reply: str | None, time: float | None
) -> dict[str, Any]:
    """Word one utterance as ConvoKit writes it."""
    return {
        "id": name, "conversation_id": conversation, "text": text, "speaker": speaker,
        "meta": {"code": "feeling"} if name == "u1" else {}, "reply-to": reply, "timestamp": time, "vectors": [],
    }  # fmt: skip


NEW = [
    utterance("u2", "u1", "since when?", "ben", "u1", 1700000100),
    utterance("u1", "u1", "I can't sleep", "ana", None, 1700000000),
    utterance("u3", "u1", "me neither", "cy", "u1", 1700000200.5),
    utterance("v1", "v1", "hello", "ana", "gone", None),
]
BESIDE = {
    "speakers.json": {"ana": {"meta": {"age": 30}, "vectors": []}, "ben": {"meta": {}, "vectors": []}},
    "conversations.json": {"u1": {"meta": {"topic": "nights"}, "vectors": []}},
    "corpus.json": {"name": "made up"},
    "index.json": {"version": 1},
}


def write(folder: Path, utterances: str, beside: dict[str, Any] = BESIDE) -> None:
    """Write a corpus."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "utterances.jsonl").write_text(utterances)
    for name, value in beside.items():
        (folder / name).write_text(json.dumps(value))


def lines(utterances: list[dict[str, Any]]) -> str:
    """Write JSON lines."""
    return "\n".join(json.dumps(utterance) for utterance in utterances) + "\n"


@pytest.mark.parametrize("is_zip", [False, True])
def test_folder_and_zip(tmp_path: Path, is_zip: bool) -> None:
    """A record a conversation in the order of time, replies by the tree, metas where they belong."""
    write(tmp_path / "corpus", lines(NEW))
    source: Any = tmp_path / "corpus"
    if is_zip:
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for path in source.iterdir():
                archive.write(path, f"made-up-corpus/{path.name}")
        source = buffer.getvalue()
    first, second = read_source(source, ReadOptions())
    assert (first.format, first.id, first.medium) == ("convokit", "u1", "chat")
    assert first.epoch == datetime(1970, 1, 1)
    assert [(m.id, m.speaker, m.reply_to, m.start, m.line) for m in first.messages] == [
        ("u1", "ana", None, 1700000000.0, 2),
        ("u2", "ben", 0, 1700000100.0, 1),
        ("u3", "cy", 0, 1700000200.5, 3),
    ]
    assert first.messages[0].labels == {"code": "feeling"}
    assert first.meta == {"topic": "nights", "speaker_meta": {"ana": {"age": 30}}, "corpus": {"name": "made up"}}
    assert (second.medium, second.epoch, second.problem_counts()) == ("transcript", None, {"bad reply": 1})


def test_a_corpus_in_a_folder_of_other_things(tmp_path: Path) -> None:
    """A folder that holds a corpus among many other conversations is read file by file."""
    write(tmp_path / "corpus", lines(NEW))
    for at in range(12):
        (tmp_path / f"talk{at}.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ana>hi\n")
    formats = [record.format for record in read_source(tmp_path, ReadOptions())]
    assert formats.count("webvtt") == 12
    assert formats.count("convokit") == 2


def test_old_names_and_loose_values() -> None:
    """Corpora of the first years (user, root, reply_to), numbers for ids and speakers as objects are read."""
    old = [
        {"id": 1, "root": 1, "text": "a", "user": {"id": "ana"}, "reply_to": None, "timestamp": "12"},
        {"id": 2, "root": 1, "text": None, "user": "ben", "reply_to": 1, "timestamp": "13.5", "meta": []},
        {"text": "nobody"},
    ]
    (record,) = read_source((lines(old) + "{broken\n").encode(), ReadOptions())
    assert record.format == "convokit"
    assert [(m.id, m.speaker, m.text, m.reply_to, m.start) for m in record.messages] == [
        ("1", "ana", "a", None, 12.0), ("2", "ben", "", 0, 13.5),
    ]  # fmt: skip
    assert [(p.kind, p.source.line) for p in record.problems] == [("unreadable line", 3), ("unreadable line", 4)]


def test_one_list_of_utterances(tmp_path: Path) -> None:
    """utterances.json, a list, reads like the lines."""
    (tmp_path / "utterances.json").write_text(json.dumps(NEW, indent=1))
    (tmp_path / "users.json").write_text(json.dumps({"ana": {"age": 30}}))
    first, _ = read_source(tmp_path, ReadOptions())
    assert [m.id for m in first.messages] == ["u1", "u2", "u3"]
    assert first.meta["speaker_meta"] == {"ana": {"age": 30}}


def test_no_utterance_is_an_error() -> None:
    """A corpus without words is refused."""
    with pytest.raises(InputError, match="no utterance"):
        read_source(b"{}\n", ReadOptions(format="convokit"))
