"""The cache of codings never stands in the way: without a home, beside a process that stopped, after a failed write."""

from __future__ import annotations

import importlib.metadata
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from attunement.coders.base import CodeOptions, Query, load_coder
from attunement.coders.neural_cache import CodingCache, cache_folder
from attunement.coders.neural_weights import Weights
from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn


def test_a_user_without_a_home_is_coded_without_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container the user may stand in no list of users; Python then cannot tell the home folder."""

    def home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", home)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    assert cache_folder() is None
    turn = Turn(
        index=0, session=0, speaker="a", text="I am so sad.", start=None, end=None, first=0, last=0, answers=None
    )
    for name in ("neural", "blend"):
        assert load_coder(CodeOptions(coder=name)).code([Query(turn)])[0].codings


def test_a_busy_file_is_hardly_waited_for(tmp_path: Path) -> None:
    """A process that was stopped while it wrote would cost every other one the whole wait at every batch."""
    cache = CodingCache(tmp_path, "x/1")
    other = sqlite3.connect(next(tmp_path.glob("*.sqlite")), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    for _ in range(3):
        cache.put({b"a": TurnCoding(0)})
    assert time.monotonic() - begun < 1.5
    other.execute("ROLLBACK")
    cache.put({b"a": TurnCoding(0)})
    assert cache.get([b"a"], [0]) == [TurnCoding(0)]
    other.close()
    cache.close()


def test_a_failed_write_leaves_the_file_free(tmp_path: Path) -> None:
    """An open transaction would shut out every other process until this one ends."""
    cache = CodingCache(tmp_path, "x/1")
    other = sqlite3.connect(next(tmp_path.glob("*.sqlite")), isolation_level=None, timeout=0.05)
    other.execute("CREATE TRIGGER full BEFORE INSERT ON codings BEGIN SELECT RAISE(FAIL, 'disk full'); END")
    cache.put({b"a": TurnCoding(0)})
    other.execute("DROP TRIGGER full")
    cache.put({b"a": TurnCoding(0)})
    assert cache.get([b"a"], [0]) == [TurnCoding(0)]
    other.close()
    cache.close()


@pytest.mark.parametrize("name", ["neural", "blend"])
def test_another_onnxruntime_is_asked_itself(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 400 turns 39 had other digits and 4 another code under 1.23 than under 1.31: none is given for the other's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    query = Query(Turn(0, 0, "a", "i'm so scared of it", None, None, 0, 0))
    ran: list[str] = []
    installed = ""
    run = Weights.run

    def counted(self: Weights, *given: Any) -> Any:
        ran.append(installed)
        return run(self, *given)

    monkeypatch.setattr(Weights, "run", counted)
    monkeypatch.setattr(importlib.metadata, "version", lambda package: installed)
    for version in ("1.23.0", "1.23.0", "1.31.1", "1.31.1", "1.23.0"):
        installed = version
        load_coder(CodeOptions(coder=name)).code([query])
    assert ran == ["1.23.0", "1.31.1"]
