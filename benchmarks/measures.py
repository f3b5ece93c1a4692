"""Every family of measures on a record of 100,000 turns: floors 5 s without nulls, 30 s with 1,000 surrogates, 500 MB.

Times are CPU seconds of one process with one thread, so that other work on the machine decides less; wall clock beside.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attunement.core.analysis import Analysis

TURNS, SESSIONS = 100_000, 2_000
FLOORS = {0: 5.0, 1000: 30.0}
FLOOR_MB = 500.0


def record() -> Analysis:
    """Make the analysis; in a function of its own, so that what it was made of is gone when memory is measured."""
    import msgspec
    import numpy as np

    from attunement.measures.words import style_words
    from attunement.measures.words.meaning import word_vectors
    from attunement.testing import DyadPlan, make_dyad

    analysis = make_dyad(DyadPlan(sessions=SESSIONS, turns=TURNS // SESSIONS), seed=1)
    rng = np.random.default_rng(1)
    small = sorted({word for words in style_words().words.values() for word in words if word.isalpha()})
    # As many small words as in talk, and content words that have a vector.
    words = np.array(small * 12 + sorted(word_vectors().place)[::4])
    lengths = rng.integers(1, 24, TURNS)
    said = words[rng.integers(0, len(words), int(lengths.sum()))].tolist()
    ends = np.cumsum(lengths).tolist()
    texts = [" ".join(said[end - length : end]) for end, length in zip(ends, lengths.tolist(), strict=True)]
    turns = tuple(msgspec.structs.replace(turn, text=text) for turn, text in zip(analysis.turns, texts, strict=True))
    return msgspec.structs.replace(analysis, turns=turns)


def child(surrogates: int) -> None:
    """Run every family on the record, and print one line of JSON."""
    from attunement.measures.base import MeasureOptions, load_measures

    analysis = record()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    families: dict[str, float] = {}
    begun = time.perf_counter()
    estimates = 0
    for family in load_measures(MeasureOptions()):
        cpu = time.process_time()
        estimates += len(tuple(family.measure(analysis, MeasureOptions(surrogates=surrogates))))
        families[family.name] = time.process_time() - cpu
    wall = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"families": families, "wall": wall, "peak": peak, "before": before, "estimates": estimates}))


def main() -> None:
    """Print the time of each family and the totals, with their floors."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    for surrogates, floor in FLOORS.items():
        run = subprocess.run(
            [sys.executable, "-m", "benchmarks.measures", str(surrogates)],
            check=True, stdout=subprocess.PIPE, env={**os.environ, **threads},
        )  # fmt: skip
        found = json.loads(run.stdout)
        total = sum(found["families"].values())
        print(f"{TURNS:,} turns, {surrogates:,} surrogates: {found['estimates']:,} estimates")
        for name, seconds in sorted(found["families"].items(), key=lambda item: -item[1]):
            print(f"  {name:<16} {seconds:6.2f} s")
        verdict = "met" if total < floor else "MISSED"
        print(f"  all              {total:6.2f} s CPU ({found['wall']:.1f} s wall)   floor {floor:.0f} s   {verdict}")
        verdict = "met" if found["peak"] < FLOOR_MB else "MISSED"
        memory = f"{found['peak']:6.0f} MB, record {found['before']:.0f} MB"
        print(f"  peak memory      {memory}   floor {FLOOR_MB:.0f} MB   {verdict}")


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1].isdigit():
        child(int(sys.argv[1]))
    else:
        main()
