"""A file is written whole, or what lay there stays."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from attunement.core.whole_file import write_whole

POSIX = pytest.mark.skipif(os.name == "nt", reason="permissions, links and pipes of POSIX")


def test_a_new_file_and_one_that_is_there(tmp_path: Path) -> None:
    """Both hold what was given, and nothing else lies beside them."""
    path = tmp_path / "page.html"
    for data in (b"first, longer", b"second", b""):
        write_whole(path, data)
        assert path.read_bytes() == data
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]


@POSIX
def test_permissions_and_links_stay(tmp_path: Path) -> None:
    """A page that only its owner may read stays so; a link leads to the new words, and so does a second name."""
    page, link, name = tmp_path / "page.html", tmp_path / "link.html", tmp_path / "name.html"
    page.write_bytes(b"old")
    page.chmod(0o600)
    link.symlink_to(page.name)
    write_whole(link, b"new")
    assert (link.is_symlink(), page.read_bytes(), stat.S_IMODE(page.stat().st_mode)) == (True, b"new", 0o600)
    name.hardlink_to(page)
    write_whole(page, b"newer")
    assert name.read_bytes() == b"newer"


@POSIX
def test_what_the_mask_takes_a_new_file_does_not_give(tmp_path: Path) -> None:
    """A new file has the permissions of any other new file."""
    (tmp_path / "other").write_bytes(b"")
    write_whole(tmp_path / "page.html", b"x")
    assert (tmp_path / "page.html").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_stop_half_way_leaves_what_lay_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither half of the new words, nor a file of ours beside them."""
    path = tmp_path / "page.html"
    path.write_bytes(b"old")

    def stop(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"new")
    assert ([each.name for each in tmp_path.iterdir()], path.read_bytes()) == (["page.html"], b"old")


def test_an_error_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    """And not the one beside it."""
    path = tmp_path / "nowhere" / "page.html"
    with pytest.raises(OSError, match="No such file") as caught:
        write_whole(path, b"new")
    assert caught.value.filename == str(path)


@pytest.mark.skipif(sys.platform != "linux", reason="devices of Linux")
def test_a_device_is_written_to(tmp_path: Path) -> None:
    """A device is not replaced by a file, and a full one is told."""
    write_whole("/dev/null", b"new")
    assert not Path("/dev/null").is_file()
    with pytest.raises(OSError, match="No space"):
        write_whole("/dev/full", b"new")


@pytest.mark.skipif(sys.platform != "linux", reason="devices of Linux")
@pytest.mark.parametrize("leads_to", ["| cat > out", "> out"])
def test_standard_output_by_its_name(leads_to: str, tmp_path: Path) -> None:
    """A pipe behind ``/dev/stdout`` has no name of its own, beside which anything could lie."""
    program = "from attunement.core.whole_file import write_whole; write_whole('/dev/stdout', b'new')"
    done = subprocess.run(["sh", "-c", f'"$0" -c "{program}" {leads_to}', sys.executable], cwd=tmp_path, check=False)
    assert (done.returncode, (tmp_path / "out").read_bytes()) == (0, b"new")


@POSIX
def test_a_pipe_with_a_name_is_written_to(tmp_path: Path) -> None:
    """Whoever reads at its other end gets the words; it stays a pipe."""
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", "pipe"], cwd=tmp_path, stdout=subprocess.PIPE) as reader:
        write_whole(tmp_path / "pipe", b"new")
        assert reader.communicate(timeout=60)[0] == b"new"
    assert (tmp_path / "pipe").is_fifo()
