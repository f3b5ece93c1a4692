"""What reading names, relatives and phone spelling as one costs and brings: the shipped network on text kept out.

    python -m training.readings [--as-written] [--typed] [--also "he=she,him=her"]

`--as-written` reads them as they stand; `--typed` puts words back into the short forms of `read_as.txt`, four in five
by chance (seeded by the text), all in small letters; `--also` reads more words as others. Decisions are the network's
own (as calibrated, nothing withheld), without the cues. The last line tells how many swaps of names, relatives and
dialect keep the decided codes (`contrasts.fairness`), of the network alone again.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from importlib.resources import files
from typing import Any

import msgspec
import numpy as np

from attunement.coders import read_as
from attunement.coders.base import Query
from attunement.coders.neural import NeuralCoder
from attunement.coders.neural_weights import Weights, load_weights
from attunement.coders.wordpiece import WordPiece
from attunement.core.codebook import VERDICTS, Family
from attunement.core.coding import TurnCoding
from attunement.evaluation.gold import Labelled
from training.blend import _MANY, kept_out, strangers
from training.contrasts import fairness
from training.scores import f1, kappa

_FAMILIES: tuple[Family, ...] = ("expression", "stance", "risk")
_RELATIVES = frozenset({"partner", "mom", "moms", "mommy", "mother", "mothers", "sister", "sisters", "daughter"})
_PARTS = {3.0: "real exchanges kept out", 1.5: "own scenes kept out", 1.0: "own conversations kept out"}


def typing() -> dict[str, list[str]]:
    """Return for each reading the short forms in which people type it."""
    found: dict[str, list[str]] = {}
    for typed, reading in read_as.readings().items():
        if not _RELATIVES & set(reading.split()):
            found.setdefault(reading, []).append(typed)
    return found


def typed(text: str, forms: dict[str, list[str]], pattern: re.Pattern[str]) -> str:
    """Type a text as on a phone."""
    rng = random.Random(text)

    def short(match: re.Match[str]) -> str:
        return rng.choice(forms[match[0].lower()]) if rng.random() < 0.8 else match[0]

    return pattern.sub(short, text.replace("’", "'")).lower()


def retyped(records: list[tuple[Labelled, float]]) -> list[tuple[Labelled, float]]:
    """Type every turn of the records as on a phone."""
    forms = typing()
    words = "|".join(re.escape(reading) for reading in sorted(forms, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w'])(?:{words})(?![\w'])", re.IGNORECASE)
    found: list[tuple[Labelled, float]] = []
    for labelled, weight in records:
        turns = [msgspec.structs.replace(turn, text=typed(turn.text, forms, pattern)) for turn in labelled.turns]
        found.append((msgspec.structs.replace(labelled, turns=turns), weight))
    return found


def code(coder: NeuralCoder, records: list[tuple[Labelled, float]]) -> dict[tuple[int, int], TurnCoding]:
    """Code every labelled turn."""
    places = [
        (number, index)
        for number, (labelled, _) in enumerate(records)
        for index in sorted({gold.turn for gold in labelled.gold if gold.turn is not None})
    ]
    queries = [Query(records[n][0].turns[i], records[n][0].turns[max(0, i - 8) : i]) for n, i in places]
    return dict(zip(places, coder.code(queries), strict=True))


def scored(records: list[tuple[Labelled, float]], coded: dict[tuple[int, int], TurnCoding], weight: float) -> Any:
    """Score the records of one weight."""
    truth: list[int] = []
    guess: list[int] = []
    many: dict[Family, list[tuple[list[bool], list[bool]]]] = {family: [] for family in _FAMILIES}
    for number, (labelled, of) in enumerate(records):
        for gold in labelled.gold if of == weight else ():
            if gold.turn is None:
                continue
            coding = coded[number, gold.turn]
            if gold.family == "verdict" and coding.verdict is not None:
                truth.append(VERDICTS.index(gold.value))
                guess.append(int(np.argmax([coding.verdict[v] for v in VERDICTS])))
            elif gold.family in many:
                codes, present = _MANY[gold.family], coding.present(gold.family)
                many[gold.family].append(([c in gold.value for c in codes], [c in present for c in codes]))
    held, given = np.array(truth), np.array(guess)
    found: dict[str, Any] = {"n": len(truth), "verdict": kappa(given, held), "met": kappa(given < 2, held < 2)}
    for family, pairs in many.items():
        if pairs:
            wanted, decided = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
            often = np.flatnonzero(wanted.sum(axis=0) >= 8)
            found[family] = np.mean([f1(decided[:, c], wanted[:, c]) for c in often]) if len(often) else None
    return {name: round(float(v), 3) if isinstance(v, float) else v for name, v in found.items()}


def as_written() -> Weights:
    """Load the open weights anew, to read names, relatives and typed words as they stand."""
    folder = files("attunement") / "weights" / "open"
    found = load_weights("open", threads=1)
    vocabulary = (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
    manifest = msgspec.structs.replace(found.manifest, reads_alike=False)
    pieces = WordPiece([piece for piece in vocabulary if piece], alike=False)
    return Weights(manifest, pieces, (folder / "model.onnx").read_bytes())


def main() -> None:
    """Print the figures, a line a part."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--as-written", action="store_true")
    parser.add_argument("--typed", action="store_true")
    parser.add_argument("--also", default="")
    options = parser.parse_args()
    parts = [(strangers(research=False), {1.0: "attunement_coded, train part"}), (kept_out(), _PARTS)]
    if options.typed:
        parts = [(retyped(records), names) for records, names in parts]
    read_as.readings().update(pair.split("=") for pair in options.also.split(",") if pair)
    coder = NeuralCoder(as_written() if options.as_written else load_weights("open", threads=1), withholds=False)
    for records, names in parts:
        coded = code(coder, records)
        for weight, name in names.items():
            print(json.dumps({"part": name, **scored(records, coded, weight)}), flush=True)
    print(json.dumps({"part": "swaps", **fairness(coder)}))


if __name__ == "__main__":
    main()
