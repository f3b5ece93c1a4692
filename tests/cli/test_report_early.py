"""`attune report` says what it cannot do before the time that coding takes, and names its page so that it can be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import attunement.cli.report as command
from attunement.cli.main import run

CHAT = "\n".join(
    f"Ana: I was so sad about day {day}\nBen: oh no, tell me about day {day}" for day in range(6)
)  # fmt: skip


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A short transcript, in the folder that the command runs in."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "talk.txt"
    path.write_text(CHAT, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--only-me", "Nobody"], 2, "There is no speaker 'Nobody'"),
        (["--language", "xx"], 2, "xx"),
        (["--country", "XX"], 2, "no help lines for the country 'XX'"),
        (["-o", "nodir/page.html"], 1, "there is no such folder"),
        (["--markdown", "nodir/notes.md"], 1, "there is no such folder"),
        (["-o", "."], 1, "a folder lies there"),
        (["--markdown", "."], 1, "a folder lies there"),
        (["--export", "talk.txt"], 1, "it is a file, and --export takes a folder"),
        (["--export", "talk.txt/figures"], 1, "could not be written: nothing may be written in"),
        (["--speakers", "0"], 2, "--speakers takes how many there should be, 1 or more; got 0."),
        (["--speakers", "-3"], 2, "--speakers takes how many there should be, 1 or more; got -3."),
        (["--export", "figures", "--export-format", "gif"], 2, "not written as 'gif'"),
        (["--export-format", "csv"], 2, "--export"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_coded_or_written(
    arguments: list[str], status: int, said: str, chat: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Neither a turn is coded nor a file written."""

    def coded(*_: object, **__: object) -> None:
        raise AssertionError("coded before the options were looked at")

    monkeypatch.setattr(command, "analyze", coded)
    with pytest.raises(SystemExit) as left:
        run(["report", chat.name, "--coder", "lexical", *arguments])
    assert left.value.code == status
    assert said in capsys.readouterr().err
    assert [path.name for path in chat.parent.iterdir()] == ["talk.txt"]


@pytest.mark.parametrize("title", ["A" * 300, "..", "what/is: this?", "ü" * 200])
def test_any_title_makes_a_page(title: str, chat: Path) -> None:
    """A conversation's title may be too long for a file's name, hidden, or none at all."""
    line = {"id": title, "turns": [{"speaker": "Ana", "text": "I am so sad"}, {"speaker": "Ben", "text": "oh no"}]}
    chat.with_name("in.jsonl").write_text(json.dumps(line), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "attunement", "report", "in.jsonl", "--coder", "lexical"],
        cwd=chat.parent, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    pages = [path.name for path in chat.parent.glob("*.html")]
    assert done.returncode == 0, done.stderr.decode()
    assert len(pages) == 1
    assert not pages[0].startswith(".")


def pages_of(folder: Path, *arguments: str) -> set[str]:
    """Run the command; the names of the pages that lie in the folder then."""
    done = subprocess.run(
        [sys.executable, "-m", "attunement", "report", *arguments, "--coder", "lexical"],
        cwd=folder, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return {path.name for path in folder.glob("*.html")}


def test_a_page_without_a_name_of_its_own_costs_no_file(chat: Path) -> None:
    """What lies there and is none of our pages stays, whatever it is; an earlier page of ours is written anew."""
    notes, folder = chat.with_name("talk.html"), chat.with_name("talk report.html")
    notes.write_text("my own notes", encoding="utf-8")
    folder.mkdir()
    assert pages_of(chat.parent, "talk.txt") == {"talk.html", "talk report.html", "talk report 2.html"}
    page = chat.with_name("talk report 2.html")
    first = page.read_bytes()
    page.write_bytes(first[:5000])
    assert pages_of(chat.parent, "talk.txt") == {"talk.html", "talk report.html", "talk report 2.html"}
    assert page.read_bytes() == first
    assert notes.read_text(encoding="utf-8") == "my own notes"
    pages_of(chat.parent, "talk.txt", "-o", "talk.html")
    assert notes.read_bytes() == first


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_a_link_that_leads_nowhere_is_not_written_through(chat: Path) -> None:
    """A folder from somebody may hold a link to where a file is to appear."""
    chat.with_name("talk.html").symlink_to(chat.parent / "elsewhere")
    pages_of(chat.parent, "talk.txt")
    assert not (chat.parent / "elsewhere").exists()
    assert chat.with_name("talk report.html").is_file()


def test_a_redacted_page_bears_no_name_in_its_own(chat: Path) -> None:
    """The file's name is seen by whoever gets the page; the letters are those of the page."""
    source = chat.rename(chat.with_name("Chat of Ana with Ben +49 170 5550123.txt"))
    assert pages_of(chat.parent, source.name, "--redact") == {"Chat of Person A with Person B [phone].html"}
    assert "Person A" in chat.with_name("Chat of Person A with Person B [phone].html").read_text(encoding="utf-8")
    later = chat.with_name("later.txt")
    later.write_text(CHAT.replace("Ana", "Cem"), encoding="utf-8")
    found = pages_of(chat.parent, source.name, later.name, "--redact")
    assert not [name for name in found if "Ana" in name or "Ben" in name]
