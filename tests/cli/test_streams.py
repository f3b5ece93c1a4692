"""A standard stream that the caller closed, and names that no encoding holds, cost no work and give no traceback."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHAT = b"2024-04-05, 18:02 - Ana: i feel sad\n2024-04-05, 18:03 - Ben: oh no, why?\n"
BY_SHELL = pytest.mark.skipif(os.name == "nt", reason="streams are closed by a POSIX shell")


def by_shell(folder: Path, line: str, **variables: str) -> tuple[int, bytes, str]:
    """Run a command line by a shell; its status, what it gave and what it told."""
    (folder / "apr.txt").write_bytes(CHAT)
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m attunement {line}', sys.executable],
        cwd=folder, capture_output=True, timeout=120, env={**os.environ, "PYTHONUTF8": "1", **variables},
    )  # fmt: skip
    assert b"Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr.decode()


@BY_SHELL
@pytest.mark.parametrize("line", ["read apr.txt >&-", "info >&-", "measure apr.txt --coder lexical --csv <&- >&-"])
def test_data_that_has_nowhere_to_go_is_told_in_a_line(line: str, tmp_path: Path) -> None:
    """Status 1 and one line, as `cat` does."""
    status, _, err = by_shell(tmp_path, line)
    assert (status, err) == (1, "attune: the output could not be written: standard output is closed.\n")


@BY_SHELL
def test_work_is_done_where_nobody_can_be_told(tmp_path: Path) -> None:
    """Without stderr the data and the page come as with it; a page needs no stdout either."""
    status, out, _ = by_shell(tmp_path, "code apr.txt --coder lexical 2>&-")
    assert (status, len(out.splitlines())) == (0, 2)
    assert by_shell(tmp_path, "report apr.txt --coder lexical -o page.html <&- >&- 2>&-")[0] == 0
    assert (tmp_path / "page.html").read_bytes().lower().startswith(b"<!doctype html>")


@BY_SHELL
@pytest.mark.parametrize("end", ["pipe", "disk"])
def test_work_is_done_where_what_is_told_goes_nowhere(end: str, tmp_path: Path) -> None:
    """A pipe whose reader is gone, or a full disk under a log: the data comes, and an error has its own status.

    With the first notice the command ended, with status 0 and nothing written.
    """
    turns = r'[{"speaker": "Ana", "text": "half \ud83d"}, {"speaker": "Ben", "text": "oh"}]'
    (tmp_path / "odd.jsonl").write_text(f'{{"id": "t", "turns": {turns}}}\n', "utf-8")
    if end == "pipe":
        ours, theirs = os.pipe()
        os.close(ours)
    elif Path("/dev/full").exists():
        theirs = os.open("/dev/full", os.O_WRONLY)
    else:
        pytest.skip("no device that is always full here")
    try:
        for line, expected in (("code odd.jsonl --coder lexical", (0, 2)), ("read nowhere.txt", (4, 0))):
            done = subprocess.run(
                [sys.executable, "-m", "attunement", *line.split()],
                cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs, timeout=120, check=False,
            )  # fmt: skip
            assert (done.returncode, len(done.stdout.splitlines())) == expected
    finally:
        os.close(theirs)


@BY_SHELL
def test_the_file_comes_where_nobody_reads_the_rows(tmp_path: Path) -> None:
    """``--csv --parquet turns.parquet | head -1`` ended with status 0 before the file was written."""
    pytest.importorskip("pyarrow")
    (tmp_path / "apr.txt").write_bytes(CHAT)
    line = "measure apr.txt --coder lexical --table turns --csv --parquet turns.parquet"
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "attunement", *line.split()],
            cwd=tmp_path, stdout=theirs, stderr=subprocess.PIPE, timeout=120, check=False,
        )  # fmt: skip
    finally:
        os.close(theirs)
    assert (done.returncode, (tmp_path / "turns.parquet").is_file()) == (0, True)


@BY_SHELL
def test_closed_standard_input_cannot_be_read(tmp_path: Path) -> None:
    """It is unreadable input; where a file is read, it does not matter."""
    status, _, err = by_shell(tmp_path, "read - <&-")
    assert (status, "Standard input is closed" in err) == (4, True)
    assert by_shell(tmp_path, "read apr.txt <&-")[0] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every file name is Unicode")
def test_a_file_name_that_is_no_utf_8(tmp_path: Path) -> None:
    """Its conversation has the readable name with U+FFFD in it, in JSON and as the page's; in a folder, too."""
    path = tmp_path / "inner" / os.fsdecode(b"caf\xe9.txt")
    path.parent.mkdir()
    path.write_bytes(CHAT)
    for line in ("read", "code --coder lexical", "measure --coder lexical --family balance"):
        for given in ("inner/caf*", "inner"):
            status, out, _ = by_shell(tmp_path, f"{line} {given}")
            assert (status, {json.loads(row)["record"] for row in out.splitlines()}) == (0, {"caf\ufffd"})
    assert by_shell(tmp_path, "report --coder lexical inner/caf*")[0] == 0
    assert (tmp_path / "caf\ufffd.html").is_file()


@BY_SHELL
def test_a_new_name_that_is_no_text(tmp_path: Path) -> None:
    """It could be written nowhere: it is refused before anything is read."""
    status, out, err = by_shell(tmp_path, """code apr.txt --speaker "$(printf 'Ana=\\351')" """)
    assert (status, out, "takes OLD=NEW" in err) == (2, b"", True)


@BY_SHELL
def test_a_terminal_that_is_not_utf_8_shows_plain_characters(tmp_path: Path) -> None:
    """An arrow, and a name in other letters, are shown by as many characters that the terminal has."""
    (tmp_path / "talk.jsonl").write_text(
        '{"id": "t", "turns": [{"speaker": "Оля", "text": "мне"}, {"speaker": "Ben", "text": "Oh no, why?"}]}\n',
        encoding="utf-8",
    )
    for line, encoding in (("read", "iso8859-1"), ("measure --coder lexical --family balance", "cp1252")):
        status, shown = by_terminal(tmp_path, f"{line} talk.jsonl", encoding)
        assert (status, "Traceback" in shown) == (0, False), shown
        assert "???" in shown
        assert "Ben" in shown
    assert re.search(r"Ben > \?\?\?\s", shown)


@BY_SHELL
def test_the_bars_of_a_summary_keep_their_width_and_fill(tmp_path: Path) -> None:
    """The summary goes to standard error: a bar of forty characters is no line of two hundred and forty there."""
    status, shown = by_terminal(tmp_path, "demo --no-open", "iso8859-1")
    assert (status, "\\u" in shown) == (0, False)
    assert re.search(r"^\x1b?[^\n]*#{10,30}=*:+\.+", shown, re.MULTILINE)
    assert "# 56 attuned  = 2 partial  : 20 missed  . 11 misattuned" in shown


@BY_SHELL
def test_a_file_name_is_told_by_escapes_where_its_letters_lack(tmp_path: Path) -> None:
    """Two files whose names were question marks alone could not be told apart."""
    (tmp_path / "мне.txt").write_bytes(b"")
    status, shown = by_terminal(tmp_path, "read мне.txt", "iso8859-1")
    assert (status, "\\u043c\\u043d\\u0435.txt" in shown) == (4, True)


@BY_SHELL
def test_what_is_piped_stays_utf_8_whatever_the_terminal_has(tmp_path: Path) -> None:
    """Nothing is replaced in data."""
    (tmp_path / "talk.jsonl").write_text(
        '{"id": "t", "turns": [{"speaker": "Оля", "text": "мне"}, {"speaker": "Ben", "text": "Oh no, why?"}]}\n',
        encoding="utf-8",
    )
    line = "measure talk.jsonl --coder lexical --family balance --csv"
    status, out, _ = by_shell(tmp_path, line, PYTHONUTF8="0", PYTHONIOENCODING="cp1252")
    assert status == 0
    assert "Оля" in out.decode("utf-8")


def by_terminal(folder: Path, line: str, encoding: str) -> tuple[int, str]:
    """Run a command line in a terminal of an encoding, wide enough that nothing is folded; status and what it shows."""
    import pty

    above, below = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "attunement", *line.split()],
        cwd=folder, stdin=below, stdout=below, stderr=below,
        env={**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding, "COLUMNS": "200", "TERM": "dumb"},
    )  # fmt: skip
    os.close(below)
    shown = b""
    # A terminal whose other side has gone is at its end, or by Linux's word an error.
    with contextlib.suppress(OSError):
        while part := os.read(above, 65536):
            shown += part
    os.close(above)
    return done.wait(timeout=120), shown.decode(encoding)


@BY_SHELL
@pytest.mark.parametrize("line", ["read long.txt", "measure long.txt --coder lexical --csv --table turns"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_data_that_does_not_fit_is_told_in_a_line(line: str, unbuffered: str, tmp_path: Path) -> None:
    """A disk that fills up ends with status 1, also where Python buffers nothing and a write takes but a part."""
    talk = (f"2024-04-05, 18:{i // 60:02}:{i % 60:02} - {'Ana' if i % 2 else 'Ben'}: line {i}\n" for i in range(300))
    (tmp_path / "long.txt").write_text("".join(talk), "utf-8")
    status, _, err = by_shell(tmp_path, f"{line} > whole")
    whole = (tmp_path / "whole").read_bytes()
    assert (status, err, len(whole) > 8192) == (0, "", True)
    # The bound lies inside the last piece that is written: a bound of so many blocks stands for the disk.
    limited = f"ulimit -f {len(whole) // 512}; PYTHONUNBUFFERED={unbuffered} exec"
    done = subprocess.run(
        ["sh", "-c", f'{limited} "$0" -m attunement {line} > part', sys.executable],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "attune: the output could not be written: File too large.\n")
    assert whole.startswith((tmp_path / "part").read_bytes())
