"""Word vectors for semantic repetition, out of the pretrained sentence encoder.

    PYTHONPATH=. .venvs/train/bin/python -m training.word_vectors

The word table of all-MiniLM-L6-v2 (Apache 2.0), which was trained so that sentences of one meaning lie together, for
the whole words of our vocabulary; turned to its main axes, of which `AXES` are kept, and rounded to int8. Writes
`src/attunement/measures/words/meaning_en.npz`; equal inputs give equal bytes.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from transformers import BertModel

from attunement.measures.words import style_words
from training.build import encoder

AXES = 64
ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "src" / "attunement" / "measures" / "words" / "meaning_en.npz"


def main() -> None:
    """Write the table."""
    folder = encoder()
    pieces = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    ours = set((ROOT / "src/attunement/weights/open/vocabulary.txt").read_text(encoding="utf-8").split("\n"))
    lists = style_words()
    words = [piece for piece in pieces if piece in ours and re.fullmatch("[a-z]{2,}", piece)]
    is_small = lists.members(words).any(axis=1)
    words = [word for word, small in zip(words, is_small.tolist(), strict=True) if not small]
    place = {piece: row for row, piece in enumerate(pieces)}
    model = BertModel.from_pretrained(folder, add_pooling_layer=False)
    table = model.embeddings.word_embeddings.weight.detach().numpy().astype(np.float64)
    table = table[[place[word] for word in words]]
    middle = table.mean(axis=0)
    _, axes = np.linalg.eigh((table - middle).T @ (table - middle))
    axes = axes[:, ::-1][:, :AXES]
    # Either sign is right; one is chosen.
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(AXES)])
    turned = table @ axes
    scale = np.abs(turned).max(axis=0) / 127.0
    np.savez_compressed(
        OUT,
        words=np.frombuffer("\n".join(words).encode("ascii"), dtype=np.uint8),
        vectors=np.rint(turned / scale).astype(np.int8),
        scale=scale.astype(np.float32),
    )
    print(f"{len(words):,} words, {AXES} axes, {OUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
