"""Speed of the neural coder: single turns, pairs with context, cold start, memory; beside it what else could be used.

Floors on 2 free cores: 1,500 single turns and 400 pairs a second, cold start under 300 ms, memory under 300 MB. Where
torch and transformers are installed (the training environment), a RoBERTa-base with random weights runs in the same
process, for the ratio; where scikit-learn is, TF-IDF with a regression a code.
"""

from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import cycle, islice
from typing import Any

from attunement.coders.base import CodeOptions, Query, load_coder
from attunement.coders.neural import NeuralCoder
from attunement.coders.neural_weights import load_weights
from attunement.core.turn import Turn

SINGLE_PER_SECOND, PAIRS_PER_SECOND = 1_500.0, 400.0
COLD_SECONDS, MEMORY_MB = 0.3, 300.0

_SAID = (
    "i'm so tired today and i don't know why", "oh no, that sounds hard, what was the worst part?", "ok",
    "guess who i ran into at the market", "haha who was it", "you never listen to me when i say this",
    "did you pay the rent", "yes i paid it yesterday on the way home, it took a while", "i was so scared of it",
    "love you too", "i just wanted you to sit with me for a bit, not to fix it", "come on, it was one meeting",
)  # fmt: skip


def queries(count: int, *, context: bool) -> list[Query]:
    """Make queries of made-up talk, single or with what came before."""
    turns = [
        Turn(i, 0, "ab"[i % 2], f"{text} {i}", None, None, i, i, answers=i - 1 if i and context else None)
        for i, text in enumerate(islice(cycle(_SAID), count))
    ]
    return [Query(turn, tuple(turns[max(0, i - 8) : i]) if context else ()) for i, turn in enumerate(turns)]


def rate(work: Callable[[], object], count: int) -> float:
    """Return how many a second, of the best of three runs."""
    best = float("inf")
    for _ in range(3):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return count / best


def cold_seconds() -> float:
    """Return the time from nothing to the first coded turn, in a process of its own, without Python's own start."""
    code = (
        "import time; t=time.perf_counter()\n"
        "from attunement.coders.base import Query\n"
        "from attunement.coders.neural import NeuralCoder\n"
        "from attunement.core.turn import Turn\n"
        "NeuralCoder().code([Query(Turn(0, 0, 'a', 'hello there', None, None, 0, 0))])\n"
        "print(time.perf_counter() - t)"
    )
    return min(
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    )


def roberta(texts: list[str]) -> float | None:
    """Return turns a second of a RoBERTa-base with random weights, fp32, or None where it cannot be run."""
    if not all(importlib.util.find_spec(name) for name in ("torch", "transformers")):
        return None
    torch: Any = importlib.import_module("torch")
    transformers: Any = importlib.import_module("transformers")
    model = transformers.RobertaModel(transformers.RobertaConfig(), add_pooling_layer=False).eval()
    numbers = torch.randint(5, 50_000, (32, 16))
    with torch.no_grad():
        return rate(lambda: [model(numbers) for _ in range(max(1, len(texts) // 32))], max(1, len(texts) // 32) * 32)


def main() -> None:
    """Print the figures beside their floors."""
    coder = NeuralCoder(load_weights("open"))
    single, pairs = queries(3_000, context=False), queries(1_000, context=True)
    coder.code(single[:64])
    one = rate(lambda: coder.code(single), len(single))
    two = rate(lambda: coder.code(pairs), len(pairs))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"single turns        {one:8.0f}/s   floor {SINGLE_PER_SECOND:.0f}")
    print(f"pairs with context  {two:8.0f}/s   floor {PAIRS_PER_SECOND:.0f}")
    print(f"cold start          {cold_seconds() * 1000:8.0f} ms  floor {COLD_SECONDS * 1000:.0f}")
    print(f"memory              {peak:8.0f} MB  floor {MEMORY_MB:.0f}")
    lexical = load_coder(CodeOptions(coder="lexical"))
    lexical.code(pairs[:64])
    print(f"lexical, pairs      {rate(lambda: lexical.code(pairs), len(pairs)):8.0f}/s")
    large = roberta([query.turn.text for query in single[:96]])
    print(
        "RoBERTa-base: torch is not installed here"
        if large is None
        else f"RoBERTa-base fp32   {large:8.1f}/s   ratio {one / large:.0f}"
    )


if __name__ == "__main__":
    main()
