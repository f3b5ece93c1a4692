"""A damaged cache gives no coding rather than a wrong one, and does not stay damaged."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from attunement.coders import neural_cache
from attunement.coders.neural_cache import CodingCache
from attunement.core.coding import CharSpan, Coding, TurnCoding

_CHANCE = random.Random(11)
_CODINGS = {
    hashlib.blake2b(str(i).encode(), digest_size=16).digest(): TurnCoding(
        0,
        (
            Coding("need", "expression", round(_CHANCE.random(), 4), True, (CharSpan(0, 5 + i),), "x/1"),
            Coding("validation", "stance", round(_CHANCE.random(), 4), False, (), "x/1"),
        ),
        intensity=round(_CHANCE.random(), 3),
        verdict={"attuned": 0.7, "partial": 0.1, "missed": 0.1, "misattuned": 0.1},
        language="en",
    )
    for i in range(60)
}


def _kept(folder: Path) -> tuple[Path, bytes]:
    cache = CodingCache(folder, "x/1")
    cache.put(_CODINGS)
    cache.close()
    (file,) = folder.glob("turns-*.sqlite")
    return file, file.read_bytes()


def _given(folder: Path) -> list[TurnCoding | None]:
    cache = CodingCache(folder, "x/1")
    try:
        return cache.get(list(_CODINGS), [0] * len(_CODINGS))
    finally:
        cache.close()


def test_a_changed_bit_never_gives_another_coding(tmp_path: Path) -> None:
    """Nobody can tell a wrong probability from a right one: a disk, or a copy of a home folder, may change any bit."""
    file, content = _kept(tmp_path)
    for _ in range(200):
        changed = bytearray(content)
        changed[_CHANCE.randrange(len(changed))] ^= 1 << _CHANCE.randrange(8)
        file.write_bytes(changed)
        for given, put in zip(_given(tmp_path), _CODINGS.values(), strict=True):
            assert given is None or given == put


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.6])
def test_a_file_cut_short_or_overwritten_is_begun_anew(kept: float, tmp_path: Path) -> None:
    """Else every later run would code everything again, and nobody would know why."""
    file, content = _kept(tmp_path)
    left = int(kept * len(content))
    for damaged in (content[:left], content[:left] + b"not a database" * 300):
        file.write_bytes(damaged)
        assert all(given in (None, put) for given, put in zip(_given(tmp_path), _CODINGS.values(), strict=True))
        cache = CodingCache(tmp_path, "x/1")
        cache.put(_CODINGS)
        cache.close()
        assert _given(tmp_path) == list(_CODINGS.values())


def test_a_file_that_is_too_large_is_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept goes, what is new stays, and the file grows no more (docs/security.md, Bounds)."""
    file, content = _kept(tmp_path)
    monkeypatch.setattr(neural_cache, "_MOST_BYTES", len(content) // 2)
    cache = CodingCache(tmp_path, "x/1")
    cache.put({b"new": TurnCoding(0)})
    assert cache.get([b"new", *_CODINGS], range(1 + len(_CODINGS))) == [TurnCoding(0), *[None] * len(_CODINGS)]
    cache.close()
    assert file.stat().st_size <= len(content)
