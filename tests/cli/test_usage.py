"""What a command is asked for and cannot mean is a usage error that says what it takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import attunement as at
from attunement.coders.base import CodeOptions

APRIL = "2024-04-05, 18:02 - Ana: i feel sad\n2024-04-05, 18:03 - Ben: oh no, why?\n2024-04-06, 18:03 - Ana: thanks\n"
FILES = {
    "apr.txt": APRIL,
    "mar.txt": APRIL.replace("2024-04", "2024-03"),
    "labelled.jsonl": '{"id": "a", "corpus": "epitome", "post": "x", "reply": "y", "labels": {"explorations": 0}}\n',
}


def attune(folder: Path, line: str) -> tuple[int, str]:
    """Run a command line among the files; its status and what it told."""
    return attune_words(folder, line.split())


def attune_words(folder: Path, words: list[str]) -> tuple[int, str]:
    """Do so for words that hold spaces, or nothing."""
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "attunement", *words],
        cwd=folder, capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("measure apr.txt --power 0.9", "--plan"),
        ("measure apr.txt --plan 0.2 --csv", "--plan gives rows"),
        ("measure apr.txt --table turns", "--csv"),
        ("evaluate labelled.jsonl --limit 0", "1 or more; got 0"),
        ("evaluate labelled.jsonl --limit -1", "1 or more; got -1"),
        ("read apr.txt --max-bytes -10", "1 or more; got -10"),
        ("report apr.txt -o -", "written to a file"),
        ("report apr.txt --since 2025-01-01 --coder lexical", "no message lies between"),
        ("report apr.txt mar.txt --coder lexical", "earlier record first"),
        ("code apr.txt --coder humans", "human"),
        ("evaluate labelled.jsonl --coder human", "held against codes by people"),
        ("evaluate labelled.jsonl --turn-gap 0", "--turn-gap"),
        ("measure apr.txt --csv --json", "Choose one"),
        ("measure apr.txt --cut 2024-04-06 --csv --table exchanges", "--table estimates or pairs"),
        ("measure apr.txt --cut 2024-04-06 --plan 0.2", "--plan is of a whole conversation"),
    ],
)
def test_what_cannot_be_meant_is_refused(line: str, told: str, tmp_path: Path) -> None:
    """Status 2, a sentence, and nothing is written."""
    status, err = attune(tmp_path, line)
    assert (status, told in err) == (2, True), err
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)


def test_two_periods_in_their_order_are_taken(tmp_path: Path) -> None:
    """March before April."""
    assert attune(tmp_path, "report mar.txt apr.txt --coder lexical -o page.html")[0] == 0


def test_data_that_cannot_be_read_is_worded_for_people(tmp_path: Path) -> None:
    """A torn archive or a folder is status 4, in words and not in the names of Python's errors."""
    (tmp_path / "torn.jsonl.gz").write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\x03torn")
    (tmp_path / "folder").mkdir()
    for name in ("torn.jsonl.gz", "folder"):
        status, err = attune(tmp_path, f"evaluate {name} --coder lexical")
        assert status == 4
        assert "Error" not in err


def test_an_encoding_that_exists_is_not_denied(tmp_path: Path) -> None:
    """UTF-16 is one; what is wrong is that the file is not in it."""
    status, err = attune(tmp_path, "read apr.txt --encoding utf-16")
    assert (status, "is not utf-16" in err) == (4, True), err


@pytest.mark.parametrize(
    "line",
    ["read @", "code apr.txt @", "report apr.txt @", "report apr.txt -o @", "measure apr.txt --parquet @", "agree @ @"],
)
def test_an_empty_path_is_not_the_current_folder(line: str, tmp_path: Path) -> None:
    """A variable that was not set ("$CHAT") must not read everything that lies here."""
    words = ["" if word == "@" else word for word in line.split()]
    status, err = attune_words(tmp_path, words)
    assert (status, "path that was given is empty" in err) == (2, True), err


def test_an_empty_path_is_none_in_python() -> None:
    """As on the command line; a dot is the folder."""
    with pytest.raises(at.AttunementError, match="path is empty"):
        at.read_all("")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("evaluate a.jsonl b.jsonl", "'b.jsonl' is more than 'attune evaluate' takes: it takes one file; run it once"),
        (
            "read apr.txt may.txt",
            "'may.txt' is more than 'attune read' takes: it takes one input; run it once for each",
        ),
        ("report a.txt b.txt c.txt", "'c.txt' is more than 'attune report' takes: it takes one record, or the earlier"),
        ("agree a b c d", "'c' 'd' is more than 'attune agree' takes: it takes two files."),
        ("info all", "'all' is more than 'attune info' takes: it takes no file."),
    ],
)
def test_a_file_too_many_is_told_in_words(line: str, told: str, tmp_path: Path) -> None:
    """What there is no place for, what the command takes instead, and where its help is."""
    status, err = attune(tmp_path, line)
    assert (status, told in err, "Unused Tokens" in err) == (2, True, False), err
    assert f"Try 'attune {line.split()[0]} --help'." in err


@pytest.mark.parametrize("line", ["code - -", "measure - apr.txt -", "report - -"])
def test_standard_input_is_read_once(line: str, tmp_path: Path) -> None:
    """The second time it was empty, which was told of the export, after the first had been coded."""
    status, err = attune(tmp_path, f"{line} --coder lexical")
    assert (status, "'-' is standard input, which can be read once." in err) == (2, True), err


def test_a_folder_of_labelled_files_names_them(tmp_path: Path) -> None:
    """Whoever gives the corpus's folder is told which files lie in it; a dot has a name, too."""
    folder = tmp_path / "meld"
    folder.mkdir()
    for name in ("train.jsonl.gz", "dev.jsonl.gz", "README.md"):
        (folder / name).write_bytes(b"")
    for name, where in (("meld", tmp_path), (".", folder)):
        status, err = attune_words(where, ["evaluate", name, "--coder", "lexical"])
        assert (status, err.splitlines()[0]) == (4, "attune: 'meld' is a folder; expected a file.")
        files = ", ".join(sorted(path.name for path in folder.glob("*.jsonl*")))
        assert err.splitlines()[1] == f"  Give one of its files: {files}."
    status, err = attune_words(folder, ["agree", ".", "."])
    assert (status, err.splitlines()[0]) == (4, "attune: 'meld' is a folder; expected a file.")


@pytest.mark.parametrize("coder", ["lexical", "human"])
def test_weights_of_a_coder_that_has_none_are_refused(coder: str, tmp_path: Path) -> None:
    """They were passed over in silence: the figures were not those of the weights that were asked for."""
    status, err = attune(tmp_path, f"code apr.txt --coder {coder} --weights research")
    assert (status, f"The coder '{coder}' has no weights to choose from." in err) == (2, True), err
    options = at.Options(code=CodeOptions(coder=coder, weights="./mine"))
    with pytest.raises(at.AttunementError, match="has no weights"):
        at.analyze(at.read(tmp_path / "apr.txt"), options)
