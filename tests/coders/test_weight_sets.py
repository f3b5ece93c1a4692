"""Sets of weights: where a name is looked for, and what tells one set from another."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

import attunement
from attunement.coders.base import Query
from attunement.coders.blend import Blend, BlendCoder
from attunement.coders.lexical import LexicalCoder
from attunement.coders.neural import NeuralCoder
from attunement.coders.neural_weights import load_blend, load_weights
from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn
from attunement.errors import UsageError

WEIGHTS = Path(attunement.__file__).parent / "weights" / "open"
QUERY = Query(Turn(0, 0, "a", "I feel sad and the day was the worst", None, None, 0, 0))


def _other_words(folder: Path) -> None:
    """Make the set of weights in a folder another one: two words of its vocabulary change places."""
    vocabulary = (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
    one, two = vocabulary.index("sad"), vocabulary.index("the")
    vocabulary[one], vocabulary[two] = "the", "sad"
    data = "\n".join(vocabulary).encode()
    (folder / "vocabulary.txt").write_bytes(data)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["digests"]["vocabulary.txt"] = hashlib.sha256(data).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_a_folder_in_the_working_directory_takes_no_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare name is never a folder that lies where one works, which may be an export; a path is."""
    shutil.copytree(WEIGHTS, tmp_path / "open")
    _other_words(tmp_path / "open")
    shutil.copytree(tmp_path / "open", tmp_path / "mine")
    shipped = load_weights("open", threads=1)
    blend = load_blend("open", Blend)
    monkeypatch.chdir(tmp_path)
    assert load_weights("open", threads=1) is shipped
    for path in ("./open", "open/", str(tmp_path / "open")):
        assert load_weights(path, threads=1).digest != shipped.digest
    with pytest.raises(UsageError, match=r"There are no weights 'mine'.*\./mine"):
        load_weights("mine")
    monkeypatch.chdir(tmp_path / "mine")
    with pytest.raises(UsageError, match="no weights"):
        load_weights("")
    assert load_weights(".", threads=1).digest != shipped.digest
    (tmp_path / "open" / "blend.json").write_text("{}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_blend("open", Blend) == blend
    with pytest.raises(UsageError, match="no weights in the folder"):
        load_weights("./nowhere")


@pytest.mark.parametrize("changed", ["vocabulary", "calibration", "thresholds"])
@pytest.mark.parametrize("kind", ["neural", "blend"])
def test_the_cache_tells_sets_of_weights_apart(changed: str, kind: str, tmp_path: Path) -> None:
    """What one set coded is not given for another of the same name, version and network."""
    folder = tmp_path / "mine"
    shutil.copytree(WEIGHTS, folder)
    if changed == "vocabulary":
        _other_words(folder)
    else:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        head = next(head for head in manifest["heads"] if head["name"] == "expression")
        if changed == "calibration":
            head["offsets"] = [value - 6 for value in head["offsets"]]
        else:
            head["thresholds"] = [0.999] * len(head["thresholds"])
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    def coded(name: str, cache: Path | None) -> list[TurnCoding]:
        weights = load_weights(name, threads=1)
        if kind == "neural":
            return NeuralCoder(weights, cache=cache).code([QUERY])
        neural = NeuralCoder(weights, withholds=False)
        return BlendCoder(neural, LexicalCoder(), load_blend(name, Blend), cache=cache).code([QUERY])

    first = coded("open", tmp_path / "cache")
    fresh = coded(str(folder), None)
    # A blend decides by thresholds of its own.
    assert fresh != first or (kind, changed) == ("blend", "thresholds")
    assert coded(str(folder), tmp_path / "cache") == fresh
    assert coded("open", tmp_path / "cache") == first
