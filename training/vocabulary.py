"""The pieces that the network knows: BERT's uncased vocabulary, cut down to what people in talk use.

    python -m training.vocabulary BERT_VOCAB.txt OUT.txt [SIZE]

Pieces are counted over the text of every corpus, which is far more than the training text; single characters stay.
"""

from __future__ import annotations

import collections
import sys
from pathlib import Path

from attunement.coders.wordpiece import CLS, PAD, SEP, UNK, WordPiece
from training.corpora import DATA, read_records


def count_pieces(vocabulary: list[str]) -> collections.Counter[int]:
    """Count every piece of the vocabulary over every train file."""
    pieces = WordPiece(vocabulary)
    words: collections.Counter[str] = collections.Counter()
    for folder in sorted(DATA.iterdir()):
        if not folder.is_dir():
            continue
        for record in read_records(folder.name, "train"):
            texts = [record["post"], record["reply"]] if "post" in record else [t["text"] for t in record["turns"]]
            for text in texts:
                words.update((text or "").split())
    counts: collections.Counter[int] = collections.Counter()
    for word, count in words.items():
        for number in pieces.encode(word)[0]:
            counts[number] += count
    return counts


def main() -> None:
    """Write the cut vocabulary."""
    full = Path(sys.argv[1]).read_text(encoding="utf-8").split("\n")
    full = [piece for piece in full if piece]
    size = int(sys.argv[3]) if len(sys.argv) > 3 else 12000
    counts = count_pieces(full)
    always = {
        number
        for number, piece in enumerate(full)
        if piece in (PAD, UNK, CLS, SEP)
        or (len(piece.removeprefix("##")) == 1 and (ord(piece[-1]) < 0x250 or counts[number] >= 3))
    }
    ranked = [number for number, count in counts.most_common() if count >= 3 and number not in always]
    kept = sorted(always | set(ranked[: size - len(always)]))
    Path(sys.argv[2]).write_text("\n".join(full[number] for number in kept) + "\n", encoding="utf-8")
    covered = sum(counts[number] for number in kept) / sum(counts.values())
    print(f"{len(kept)} pieces of {len(full)}, {covered:.5f} of all occurrences")


if __name__ == "__main__":
    main()
