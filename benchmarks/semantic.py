"""What semantic repetition tells: our own paraphrases, and people's ratings of uptake and reflection beside it."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import numpy as np

from attunement.measures.tokens import tokens_from
from attunement.measures.words.meaning import word_vectors
from attunement.stats.meaning import Meanings
from attunement.stats.repetition import inverse_frequency, repetition

ROOT = Path(__file__).resolve().parent.parent
CORPORA = Path(os.environ.get("ATTUNEMENT_DATA", ROOT.parent / "shared")) / "data"


class Scored:
    """Turns and replies as one record, with their semantic and lexical repetition and their lengths."""

    def __init__(self, turns: list[str], replies: list[str]) -> None:
        tokens = tokens_from(turns + replies)
        vectors, known = word_vectors().of(tokens.vocabulary)
        self.rarity = inverse_frequency(tokens.bags)
        self.bags, self.many = tokens.bags, len(turns)
        self.meanings = Meanings(tokens.bags, vectors, np.where(known, self.rarity, 0.0))

    def pairs(self, turns: np.ndarray, replies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return semantic repetition and `rare_cosine` of turns and replies by their numbers."""
        after = replies + self.many
        lexical = repetition(self.bags, turns, after, rarity=self.rarity).rare_cosine
        return self.meanings.cosines(turns, after), lexical


def area(higher: np.ndarray, lower: np.ndarray) -> float:
    """Return the chance that one of the first lies above one of the second; nan do not count."""
    up, down = higher[~np.isnan(higher)], lower[~np.isnan(lower)]
    return float(np.mean(up[:, None] > down) + 0.5 * np.mean(up[:, None] == down))


def correlation(one: np.ndarray, other: np.ndarray, *given: np.ndarray) -> float:
    """Return the rank correlation, at equal ranks of what is given."""
    ranks = [np.argsort(np.argsort(side)).astype(float) for side in (one, other, *given)]
    known = np.column_stack((np.ones(len(one)), *ranks[2:]))
    left = [side - known @ np.linalg.lstsq(known, side, rcond=None)[0] for side in ranks[:2]]
    return float(np.corrcoef(left[0], left[1])[0, 1])


def own() -> None:
    """Print how well paraphrases are told from other replies."""
    path = ROOT / "tests" / "data" / "paraphrases.tsv"
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    turns, same, decoys = (list(column) for column in zip(*rows, strict=True))
    many, at = len(rows), np.arange(len(rows))
    one, other = (side.ravel() for side in np.meshgrid(at, at, indexing="ij"))
    tables = [table.reshape(many, many) for table in Scored(turns, same).pairs(one, other)]
    rest = ~np.eye(many, dtype=bool)
    nearest = np.abs(tables[1] - tables[1].diagonal()[:, None])
    nearest[~rest] = np.inf
    chosen = np.argsort(nearest, axis=1, kind="stable")[:, :5]
    matched = [np.take_along_axis(table, chosen, axis=1).ravel() for table in tables]
    both = Scored(turns, same + decoys)
    told, decoyed = both.pairs(at, at), both.pairs(at, at + many)
    for kind, name in enumerate(("semantic repetition", "rare_cosine")):
        own = tables[kind].diagonal()
        print(
            f"  {name:<20} paraphrases above random replies {area(own, tables[kind][rest]):.3f}, above equal overlap "
            f"{area(own, matched[kind]):.3f}, above decoys {area(told[kind], decoyed[kind]):.3f}"
        )


def rated(name: str, turns: list[str], replies: list[str], ratings: list[float]) -> None:
    """Print how semantic repetition goes with what people rated."""
    at = np.arange(len(turns))
    scored = Scored(turns, replies)
    semantic, lexical = scored.pairs(at, at)
    known = np.flatnonzero(~np.isnan(semantic) & ~np.isnan(lexical))
    rating = np.array(ratings)[known]
    semantic, lexical = semantic[known], lexical[known]
    lengths = scored.bags.sizes[known], scored.bags.sizes[known + len(turns)]
    print(
        f"  {name}, {len(known):,} replies: with the rating {correlation(semantic, rating):.3f} (rare_cosine "
        f"{correlation(lexical, rating):.3f}), at equal rare_cosine and lengths "
        f"{correlation(semantic, rating, lexical, *lengths):.3f}; with the reply's length "
        f"{correlation(semantic, lengths[1]):.3f}"
    )
    if set(ratings) == {0.0, 1.0}:
        high = rating > 0
        print(f"  chance that a rated reply lies above another: {area(semantic[high], semantic[~high]):.3f}")


def lines(corpus: str, parts: tuple[str, ...]) -> list[dict[str, object]]:
    """Read the records of a corpus."""
    found: list[dict[str, object]] = []
    for part in parts:
        with gzip.open(CORPORA / corpus / f"{part}.jsonl.gz", "rt", encoding="utf-8") as file:
            found += map(json.loads, file)
    return found


def main() -> None:
    """Print the figures of docs/measures/language.md."""
    own()
    if not CORPORA.is_dir():
        print("  no corpora here: the rest is left out")
        return
    uptake = [r for r in lines("uptake", ("train", "dev", "test")) if r["labels"].get("uptake_z") is not None]  # type: ignore[attr-defined]
    rated("uptake", *([r[key] for r in uptake] for key in ("post", "reply")), [r["labels"]["uptake_z"] for r in uptake])  # type: ignore[arg-type, index]
    steps = [
        (before["text"], after["text"], float(after["labels"]["reflection"]))
        for record in lines("annomi", ("train", "dev"))
        for before, after in zip(record["turns"], record["turns"][1:], strict=False)  # type: ignore[index, call-overload]
        if (before["role"], after["role"]) == ("client", "therapist") and "reflection" in after.get("labels", {})
    ]
    rated("reflections", *(list(column) for column in zip(*steps, strict=True)))


if __name__ == "__main__":
    main()
