"""A standard stream that the caller closed, and names that no encoding holds, cost no work and give no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHAT = b"2024-04-05, 18:02 - Ana: i feel sad\n2024-04-05, 18:03 - Ben: oh no, why?\n"
BY_SHELL = pytest.mark.skipif(os.name == "nt", reason="streams are closed by a POSIX shell")


def by_shell(folder: Path, line: str) -> tuple[int, bytes, str]:
    """Run a command line by a shell; its status, what it gave and what it told."""
    (folder / "apr.txt").write_bytes(CHAT)
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m attunement {line}', sys.executable],
        cwd=folder, capture_output=True, timeout=120, env={**os.environ, "PYTHONUTF8": "1"},
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
