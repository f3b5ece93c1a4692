"""What `attune read --json` writes is read again as the same messages, and every other command takes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attunement.cli.main import run
from attunement.core.record import Record
from attunement.errors import AttunementError, InputError
from attunement.readers.base import ReadOptions, read_source

DATA = Path(__file__).resolve().parent.parent / "data"
SAMPLES = [
    "whatsapp/group_ios.txt", "whatsapp/clock_change.txt", "telegram/result.json", "telegram/account.json",
    "discord", "signal", "slack", "sms/sms-backup.xml", "messenger", "native/corpus.jsonl",
    "openai/chats.jsonl", "claude/conversations.json", "srt/names.srt", "webvtt/teams.vtt", "eaf/session.eaf",
    "cha/table_talk.cha", "boris/play.boris", "textgrid/long.TextGrid", "whisper/whisperx.json", "docx/session.docx",
    "transcript/zoom_saved.txt", "xlsx/couples.xlsx", "gridware/dyad.trj",
]  # fmt: skip


def rows_of(path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> bytes:
    """Give what the command writes to stdout."""
    with pytest.raises(SystemExit) as ended:
        run(["read", str(path), "--json"])
    assert not ended.value.code
    return capfdbinary.readouterr().out


def said(record: Record) -> list[tuple[object, ...]]:
    """Give all of a record's messages that the command promises."""
    return [
        (m.speaker, m.text, m.start, m.end, m.kind, m.edited, m.media, m.reply_to, m.line, m.id)
        for m in record.messages
    ]  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_messages_come_back_as_they_were(name: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Every field, kind and time of every sample; written again, it is the same to the byte."""
    first = [record for record in read_source(DATA / name, ReadOptions()) if record.messages]
    written = rows_of(DATA / name, capfdbinary)
    (tmp_path / "rows.jsonl").write_bytes(written)
    again = read_source(tmp_path / "rows.jsonl", ReadOptions())
    assert [record.id for record in again] == [record.id for record in first]
    assert [said(record) for record in again] == [said(record) for record in first]
    for old, new in zip(first, again, strict=True):
        assert new.epoch == (old.epoch if any(m.start is not None for m in old.messages) else None)
        assert [s.name for s in new.speakers] == [s.name for s in old.speakers]
        assert not new.problems
    assert rows_of(tmp_path / "rows.jsonl", capfdbinary) == written


def row(index: int, **more: object) -> str:
    """Write a row as the command does."""
    given = {"record": "talk", "index": index, "speaker": "Ana", "at": None, "start": None, "end": None}
    return json.dumps({**given, "kind": "text", "text": f"words {index}", **more}) + "\n"


def test_rows_that_were_left_out_are_no_harm() -> None:
    """As after `grep` and `jq -S`: messages are numbered anew, replies follow, what is lost is told and counted."""
    text = row(3, speaker=None, kind="system") + row(5, id="a") + row(9, reply_to=5) + row(12, reply_to=4) + "broken\n"
    (record,) = read_source(text.encode(), ReadOptions(), name="rows.jsonl")
    assert [(m.index, m.kind, m.reply_to) for m in record.messages] == [
        (0, "system", None), (1, "text", None), (2, "text", 1), (3, "text", None),
    ]  # fmt: skip
    assert [(p.kind, p.source.line) for p in record.problems] == [("unreadable line", 5), ("bad reply", None)]
    ordered = "".join(json.dumps(json.loads(line), sort_keys=True) + "\n" for line in text.splitlines()[:4])
    (same,) = read_source(ordered.encode(), ReadOptions())
    assert same.messages == record.messages


def test_rows_with_a_long_first_message_and_strange_times() -> None:
    """A first line longer than what is looked at is known by its opening; a time beyond the calendar is told."""
    text = row(0, text="word " * 20_000, at="2024-05-01T10:00:00", start=0.0)
    text += row(1, at="2024-05-01T10:00:00", start=1e300)
    (record,) = read_source(text.encode(), ReadOptions())
    assert [len(m.text) for m in record.messages] == [100_000, 7]
    assert [m.start for m in record.messages] == [0.0, None]
    assert [p.kind for p in record.problems] == ["bad time"]
    assert record.medium == "chat"
    assert record.epoch is not None


def test_what_is_no_message_is_refused_without_its_words() -> None:
    """A file whose every line is damaged is refused; the rows of other commands are not taken for messages."""
    with pytest.raises(InputError) as refused:
        read_source(row(0).replace('"text": "words', '"text": secret words').encode(), ReadOptions(format="native"))
    assert "secret" not in str(refused.value)
    coded = b'{"record":"k","index":0,"speaker":"Ana","text":"hi","expression":{},"verdict":{}}\n'
    with pytest.raises(AttunementError):
        read_source(coded, ReadOptions())


def test_two_chats_of_one_name_stay_two(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Every WhatsApp zip holds a "_chat.txt": read one after the other into one file, each keeps its own times."""
    written = b""
    for year, name in ((2021, "Ana"), (2024, "Cem")):
        (tmp_path / "_chat.txt").write_text(
            f"[13/10/{year}, 21:58:00] {name}: hello\n[13/10/{year}, 21:59:30] Ben: hi\n"
            f"[14/10/{year}, 08:00:00] {name}: x\n"
        )
        written += rows_of(tmp_path / "_chat.txt", capfdbinary)
    first, second = read_source(written, ReadOptions(), name="all.jsonl")
    assert [first.id, second.id] == [json.loads(written.partition(b"\n")[0])["record"], first.id + " (2)"]
    assert [[s.name for s in record.speakers] for record in (first, second)] == [["Ana", "Ben"], ["Cem", "Ben"]]
    assert [str(r.at(m.start))[:16] for r in (first, second) for m in r.messages[1:]] == [
        "2021-10-13 21:59", "2021-10-14 08:00", "2024-10-13 21:59", "2024-10-14 08:00",
    ]  # fmt: skip
    assert [p.kind for p in first.problems] == ["same id"]
    mixed = written.splitlines(keepends=True)
    one, two = read_source(b"".join(mixed[::2] + mixed[1::2]), ReadOptions(), name="all.jsonl")
    assert (len(one.messages), len(two.messages)) == (3, 3)


def test_transcripts_of_one_name_stay_apart() -> None:
    """Without a date a number that comes again says that another reading begins."""
    text = row(0) + row(1) + row(0) + row(1) + row(2, reply_to=1)
    first, second = read_source(text.encode(), ReadOptions(), name="rows.jsonl")
    assert (len(first.messages), len(second.messages)) == (2, 3)
    assert second.messages[2].reply_to == 1


def test_a_chat_without_dates_stays_a_chat(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """WhatsApp's oldest exports say no year: read again, their pauses are still those of a chat."""
    (tmp_path / "old.txt").write_text("18 Mar 12:14 - Ana: hello\n18 Mar 12:20 - Ben: hi\n19 Mar 09:00 - Ana: x\n")
    (record,) = read_source(tmp_path / "old.txt", ReadOptions())
    assert (record.epoch, record.medium) == (None, "chat")
    (again,) = read_source(rows_of(tmp_path / "old.txt", capfdbinary), ReadOptions(), name="rows.jsonl")
    assert (again.epoch, again.medium, said(again)) == (None, "chat", said(record))
