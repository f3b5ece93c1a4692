"""What a command must not do to its user: write over what is read, show a name that was to go, phone home."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import attunement as at
from attunement.coders.base import CodeOptions
from attunement.readers.select import SelectOptions
from attunement.reports.options import ReportOptions

DATA = Path(__file__).resolve().parents[1] / "data"
CHAT = (
    "13/05/2024, 21:00 - Mia Stone: I feel so sad today\n13/05/2024, 21:01 - Tom Hale: oh no, tell me\n"
    "13/05/2024, 21:02 - Mia Stone: mum is ill, +49 170 1234567\n13/05/2024, 21:03 - Tom Hale: that is hard\n"
)
LATER = CHAT.replace("13/05", "23/06").replace("Mia Stone: I feel so sad today", "Tom Hale: I feel so low")


def attune(*arguments: str | Path, cwd: Path, home: Path | None = None) -> tuple[int, str, str]:
    """Run a command line in a process of its own: exit status, stdout, stderr."""
    environment = {**os.environ, "PYTHONUTF8": "1"}
    if home is not None:
        environment = {
            key: value for key, value in environment.items() if not key.startswith(("XDG_", "ATTUNEMENT", "ORT_"))
        }
        environment["HOME"] = str(home)
    done = subprocess.run(
        [sys.executable, "-m", "attunement", *map(str, arguments)],
        cwd=cwd, capture_output=True, timeout=120, env=environment, check=False,
    )  # fmt: skip
    err = done.stderr.decode()
    assert "Traceback" not in err
    return done.returncode, done.stdout.decode(), err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two chats of the same two people."""
    (tmp_path / "one.txt").write_text(CHAT, encoding="utf-8")
    (tmp_path / "two.txt").write_text(LATER, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "one.txt", "--coder", "lexical", "-o", "one.txt"),
        ("report", "one.txt", "--coder", "lexical", "-o", "x.html", "--markdown", "one.txt"),
        ("report", "one.txt", "--coder", "lexical", "-o", "x.html", "--markdown", "x.html"),
        ("report", "one.txt", "two.txt", "--coder", "lexical", "-o", "./two.txt"),
        ("measure", "one.txt", "--coder", "lexical", "--parquet", "one.txt"),
    ],
)
def test_what_is_read_is_never_written_over(folder: Path, arguments: tuple[str, ...]) -> None:
    """An output that is an input, or two outputs in one file, are refused before anything is written."""
    status, _, err = attune(*arguments, cwd=folder)
    assert (status, (folder / "one.txt").read_text(encoding="utf-8")) == (2, CHAT)
    assert (folder / "two.txt").read_text(encoding="utf-8") == LATER
    assert "lost" in err or "two outputs" in err
    assert not (folder / "x.html").exists()


def test_a_page_that_is_read_keeps_its_name(tmp_path: Path) -> None:
    """The page is named after its input, which may be a page itself."""
    source = DATA / "imessage" / "page.html"
    copy = tmp_path / "Mira.html"
    copy.write_bytes(source.read_bytes())
    status, _, err = attune("report", "Mira.html", "--coder", "lexical", cwd=tmp_path)
    assert status == 0, err
    assert copy.read_bytes() == source.read_bytes()
    assert len(list(tmp_path.glob("*.html"))) == 2


def test_one_person_has_one_pseudonym_in_both_periods(folder: Path) -> None:
    """Who writes first is another one in the second file."""
    status, _, err = attune(
        "report",
        "one.txt",
        "two.txt",
        "--coder",
        "lexical",
        "--alias",
        "-o",
        "x.html",
        "--markdown",
        "x.md",
        cwd=folder,
    )
    assert status == 0, err
    page = (folder / "x.html").read_text(encoding="utf-8")
    assert "Mia" not in page
    assert "Stone" not in page
    pair = at.read_all(folder / "two.txt", select=SelectOptions(alias=True))
    assert [m.speaker for m in pair[0].messages][:2] == ["A", "A"]  # alone, the other way round


def test_a_conversation_is_taken_by_its_number(folder: Path) -> None:
    """As the message that lists them offers."""
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        for name in ("one.txt", "two.txt"):
            archive.write(folder / name, name)
    status, _, err = attune("report", "all.zip", "--record", "2", "--coder", "lexical", "-o", "x.html", cwd=folder)
    assert status == 0, err


def test_a_format_can_be_given_to_a_report(folder: Path) -> None:
    """The format of the input, as for every other command."""
    status, _, err = attune("report", "one.txt", "--format", "nope", "--coder", "lexical", cwd=folder)
    assert status == 2
    assert "nope" in err


def test_a_name_is_hidden_or_the_command_refuses(folder: Path) -> None:
    """Without --alias nothing would be hidden."""
    status, _, err = attune("report", "one.txt", "--hide", "Mia", "--coder", "lexical", cwd=folder)
    assert status == 2
    assert "--alias" in err


def test_an_open_question_of_one_chat_does_not_lay_another_bare(folder: Path) -> None:
    """Names are replaced in every conversation that can be read."""
    (folder / "mix").mkdir()
    (folder / "mix" / "clear.txt").write_text(CHAT, encoding="utf-8")
    (folder / "mix" / "open.txt").write_bytes((DATA / "whatsapp" / "ambiguous.txt").read_bytes())
    status, out, err = attune("read", "mix", "--alias", "--record", "clear", "--json", cwd=folder)
    assert status == 0, err
    assert '"speaker":"A"' in out
    assert "Mia" not in out
    assert "1234567" not in out


def test_those_left_out_of_a_dyad_are_not_named(tmp_path: Path) -> None:
    """The two go on speaking of the third."""
    chat = "".join(
        f"13/05/2024, 21:0{n} - {who}: {words}\n"
        for n, (who, words) in enumerate(
            [
                ("Ann", "hi"),
                ("Bob", "hello all"),
                ("Cat", "hey"),
                ("Ann", "so sad, Bob forgot my birthday"),
                ("Cat", "oh"),
            ]
        )
    )
    record = at.read(chat.encode(), select=SelectOptions(alias=True, between=("Ann", "Cat")), name="chat.txt")
    assert "Bob" not in " ".join(message.text for message in record.messages)


def test_a_page_is_made_as_the_analysis_was(folder: Path) -> None:
    """Own half and redaction asked for with the analysis hold for its page."""
    options = at.Options(code=CodeOptions(coder="lexical"), report=ReportOptions(only_me="Mia Stone"))
    analysis = at.analyze(at.read(folder / "one.txt"), options)
    page = at.report(analysis, folder / "x.html").read_text(encoding="utf-8")
    assert "that is hard" not in page


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full here")
def test_a_full_device_is_told(folder: Path) -> None:
    """A message and an exit status, as for any other trouble."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "attunement", "read", "one.txt", "--json"],
            cwd=folder, stdout=full, stderr=subprocess.PIPE, timeout=120, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"could not be written" in done.stderr


@pytest.mark.parametrize("coder", ["blend", "lexical"])
def test_coding_leaves_nothing_behind_and_asks_nobody(folder: Path, coder: str) -> None:
    """A home without anything in it stays so: no number for the machine, no queue of events to send."""
    home = folder / "home"
    home.mkdir()
    status, _, err = attune("code", "one.txt", "--json", "--no-cache", "--coder", coder, cwd=folder, home=home)
    assert status == 0, err
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_two_conversations_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """Two files that are called alike, in two folders."""
    for name, chat in (("a", CHAT), ("b", LATER)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "chat.txt").write_text(chat, encoding="utf-8")
    status, out, err = attune("code", "a/chat.txt", "b/chat.txt", "--coder", "lexical", "--json", cwd=tmp_path)
    assert status == 0, err
    assert {json.loads(line)["record"] for line in out.splitlines()} == {"chat", "chat (2)"}
    assert "b/chat.txt: 1 of 1 conversations has the id of one that was read before; a number was added." in err


@pytest.mark.parametrize("more", [(), ("--alias",)], ids=["names", "pseudonyms"])
def test_tables_say_from_which_file_a_row_comes(tmp_path: Path, more: tuple[str, ...]) -> None:
    """The ids depend on the order of the files, the column does not."""
    for name, who in (("a", "Ana"), ("b", "Ben")):
        turns = [{"speaker": who, "text": "I am so sad"}, {"speaker": "Cem", "text": "Oh no."}]
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": "k", "turns": turns}), encoding="utf-8")
    for files in (("a.jsonl", "b.jsonl"), ("b.jsonl", "a.jsonl")):
        status, out, err = attune(
            "measure", *files, *more, "--coder", "lexical", "--csv", "--table", "turns", cwd=tmp_path
        )
        assert status == 0, err
        rows = list(csv.DictReader(io.StringIO(out)))
        assert [(row["record"], row["meta_source_file"]) for row in rows[::2]] == [("k", files[0]), ("k (2)", files[1])]
        assert "has the id of one that was read before" in err


def test_one_person_has_one_pseudonym_in_all_inputs(folder: Path) -> None:
    """Who writes first in the second file is B in both."""
    status, out, err = attune("code", "one.txt", "two.txt", "--coder", "lexical", "--alias", "--json", cwd=folder)
    assert status == 0, err
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["speaker"] for row in rows if row["record"] == rows[0]["record"]][:2] == ["A", "B"]
    assert next(row["speaker"] for row in rows if row["record"] != rows[0]["record"]) == "B"


def test_those_left_out_of_a_dyad_are_not_named_in_two_periods(tmp_path: Path) -> None:
    """As in one."""
    said = [("Ann", "hi"), ("Bob", "hello all"), ("Cat", "hey"), ("Ann", "so sad, Bob forgot me"), ("Cat", "oh")]
    for day in (13, 14):
        text = "".join(f"{day}/05/2024, 21:0{n} - {who}: {words}\n" for n, (who, words) in enumerate(said))
        (tmp_path / f"{day}.txt").write_text(text, encoding="utf-8")
    status, _, err = attune(
        "report", "13.txt", "14.txt", "--alias", "--between", "Ann", "Cat", "--coder", "lexical", "-o", "x.html",
        cwd=tmp_path,
    )  # fmt: skip
    assert status == 0, err
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "Bob" not in page
    assert "forgot me" in page


def test_a_record_that_nobody_coded_ends_no_batch(tmp_path: Path) -> None:
    """Of three conversations the second has no codes: the others are measured, and it is named."""
    said = {"speaker": "Mia", "text": "I feel low"}, {"speaker": "Tom", "text": "oh no"}
    coded = [{**one, "labels": {"expression": [], "stance": []}} for one in said]
    records = {"one": coded, "two": said, "three": coded}
    lines = [json.dumps({"id": name, "turns": turns}) for name, turns in records.items()]
    (tmp_path / "three.jsonl").write_text("\n".join(lines) + "\n")
    status, out, err = attune("code", "three.jsonl", "--coder", "human", "--json", cwd=tmp_path)
    assert (status, {json.loads(line)["record"] for line in out.splitlines()}) == (0, {"one", "three"})
    assert "two" in err
    (tmp_path / "bare.jsonl").write_text(lines[1] + "\n")
    assert attune("measure", "bare.jsonl", "--coder", "human", cwd=tmp_path)[0] == 4
