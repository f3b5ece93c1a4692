"""Weights of another codebook, of another version or of somebody's own are refused in a sentence, before any coding."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import attunement
from attunement.coders.base import CodeOptions, Query, load_coder
from attunement.core.turn import Turn
from attunement.errors import InputError

WEIGHTS = Path(attunement.__file__).parent / "weights" / "open"
FILES = ("model.onnx", "vocabulary.txt", "blend.json")
QUERY = Query(Turn(0, 0, "a", "i'm so scared of it", None, None, 0, 0))


def _code(
    folder: Path, changed: Callable[[dict[str, Any]], object] | None = None, files: dict[str, bytes] | None = None
) -> None:
    """Code with a set whose manifest was changed, and whose files are others, with the digests that they have."""
    folder.mkdir()
    files = files or {}
    manifest = json.loads((WEIGHTS / "manifest.json").read_text(encoding="utf-8"))
    for name in FILES:
        key = name.split(".")[0]
        if key in files:
            (folder / name).write_bytes(files[key])
            manifest["digests"][name] = hashlib.sha256(files[key]).hexdigest()
        else:
            shutil.copyfile(WEIGHTS / name, folder / name)
    if changed is not None:
        changed(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    load_coder(CodeOptions(weights=str(folder), cache=False)).code([QUERY])


def _head(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    return next(head for head in manifest["heads"] if head["name"] == name)


def _without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda manifest: manifest["heads"].remove(_head(manifest, name))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (_without("call_heavy"), "no head 'call_heavy'"),
        (_without("heavy"), "something else than the manifest says"),
        (lambda m: _head(m, "expression")["slopes"].pop(), "'expression'"),
        (lambda m: _head(m, "stance").update(thresholds=[]), "'stance'"),
        (lambda m: _head(m, "expression")["codes"].__setitem__(0, "feelings"), "'expression' of the codebook"),
        (lambda m: _head(m, "emotion")["codes"].__setitem__(0, "bliss"), "'emotion' of the codebook"),
        (lambda m: _head(m, "verdict")["codes"].reverse(), "order of the codebook"),
        (lambda m: m["heads"].append(m["heads"][0]), "two heads"),
        (lambda m: m["span_codes"].pop(), "attention"),
        (lambda m: m["verdict_mix"].pop(), "mix the verdict"),
        (
            lambda m: m.update(marks={"heads": ["none"], "clause": [0.5], "thresholds": [0.5], "above": [0.5]}),
            "mark words",
        ),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    changed: Callable[[dict[str, Any]], object], told: str, tmp_path: Path
) -> None:
    """With digests in order: they say which files belong together, not that this version can read them."""
    with pytest.raises(InputError, match=f"The weights 'open', version .*{told}"):
        _code(tmp_path / "w", changed)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"model": b""}, "onnxruntime cannot load"),
        ({"model": b"PK\x03\x04 something else"}, "onnxruntime cannot load"),
        ({"vocabulary": b"[UNK]\n[CLS]\n[SEP]\nso"}, "vocabulary"),
        ({"vocabulary": b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n\xff"}, "vocabulary"),
        ({"blend": b'{"version": "1", "families": {}, "verdict": [], "abstain_below": 0.1}'}, "blend"),
    ],
)
def test_files_that_do_not_fit_are_refused(files: dict[str, bytes], told: str, tmp_path: Path) -> None:
    """A network of another kind, a vocabulary without the marks, a blend without its codes."""
    with pytest.raises(InputError, match=told):
        _code(tmp_path / "w", files=files)


def test_a_vocabulary_longer_than_the_network_is_told(tmp_path: Path) -> None:
    """The vocabulary of one set and the network of another."""
    words = (WEIGHTS / "vocabulary.txt").read_text(encoding="utf-8").replace("\nscared\n", "\nsquared-away\n")
    longer = "\n".join([words.rstrip("\n"), *(f"more{i}" for i in range(900)), "scared"]).encode()
    with pytest.raises(InputError, match="does not run here"):
        _code(tmp_path / "w", files={"vocabulary": longer})


def test_the_set_itself_fits(tmp_path: Path) -> None:
    """What the tests change is right before."""
    _code(tmp_path / "w")
