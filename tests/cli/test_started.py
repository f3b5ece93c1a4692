"""What happens before a command runs: nothing of the folder one works in is loaded, and a stop is no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import attunement
from attunement import __main__ as start
from attunement.cli import read as read_command
from attunement.cli.main import run

CHAT = "2024-04-05, 18:02 - Ana: i feel sad\n2024-04-05, 18:03 - Ben: oh no, why?\n"
INSTALLED = Path(attunement.__file__).parents[1]


@pytest.mark.parametrize("name", ["json", "typing", "csv", "numpy", "msgspec"])
def test_a_module_among_the_chats_is_not_run(name: str, tmp_path: Path) -> None:
    """``python -m attunement`` looks for no module in the folder that it is started in."""
    (tmp_path / f"{name}.py").write_text("raise SystemExit('run from the folder')\n", "utf-8")
    (tmp_path / "chat.txt").write_text(CHAT, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "attunement", "read", "chat.txt"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(INSTALLED)},
    )  # fmt: skip
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 2)


@pytest.mark.skipif(os.name == "nt", reason="a signal of POSIX")
def test_a_stop_while_the_commands_are_loaded_is_told_in_a_line(tmp_path: Path) -> None:
    """Where Ctrl-C comes before any command runs, the status is that of every stop."""
    slow = "import time\nprint('loading', flush=True)\ntime.sleep(30)\n"
    (tmp_path / "cyclopts.py").write_text(slow, "utf-8")
    # A module that takes its time stands for a machine that does.
    paths = os.pathsep.join((str(tmp_path), str(INSTALLED)))
    running = subprocess.Popen(
        [sys.executable, "-m", "attunement", "info"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert running.stdout is not None
    assert running.stdout.readline() == "loading\n"
    time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (130, "attune: stopped.\n")


def test_a_stop_while_a_command_runs_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It was silent: whoever had started a script did not see which command had been stopped."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(read_command, "open_records", stop)
    with pytest.raises(SystemExit) as left:
        run(["read", str(tmp_path / "chat.txt")])
    assert (left.value.code, capsys.readouterr().err) == (130, "attune: stopped.\n")


def test_the_command_starts_where_a_stop_is_caught() -> None:
    """`attune` and ``python -m attunement`` start at one place."""
    script = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text("utf-8")
    assert 'attune = "attunement.__main__:main"' in script
    assert callable(start.main)


def test_a_plug_in_that_cannot_be_loaded_is_told_in_a_line(tmp_path: Path) -> None:
    """Not with a line of our own source, as Python shows a warning; the command does its work."""
    (tmp_path / "bad-1.0.dist-info").mkdir()
    (tmp_path / "bad-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: bad\nVersion: 1.0\n", "utf-8"
    )
    points = "[attunement.readers]\nbroken = no_such_module:Reader\n"
    (tmp_path / "bad-1.0.dist-info" / "entry_points.txt").write_text(points, "utf-8")
    (tmp_path / "chat.txt").write_text(CHAT, "utf-8")
    paths = os.pathsep.join((str(tmp_path), str(INSTALLED)))
    done = subprocess.run(
        [sys.executable, "-m", "attunement", "read", str(tmp_path / "chat.txt")],
        capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
    assert done.stderr == (
        "attune: The reader 'broken' of the package 'bad' cannot be loaded: ModuleNotFoundError: No module named "
        "'no_such_module'. It is left out.\n"
    )
