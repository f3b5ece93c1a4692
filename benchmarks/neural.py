"""Speed of the neural coder: single turns, pairs with context, cold start, memory; beside it what else could be used.

Floors on 2 free cores: 1,500 single turns and 400 pairs a second, cold start under 300 ms, memory under 300 MB. Where
torch and transformers are installed (the training environment), the same shape in fp32 and a RoBERTa-base, both with
random weights, run in the same process, for the ratio; where scikit-learn is, TF-IDF with a regression a code.
"""

from __future__ import annotations

import importlib.util
import os
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


def transformer(count: int, *, is_base: bool) -> float | None:
    """Return turns of 16 pieces a second of an encoder in torch, fp32, random weights; None where it cannot be run.

    Either the network's own shape (6 layers of 384) or RoBERTa-base's (12 of 768).
    """
    if not all(importlib.util.find_spec(name) for name in ("torch", "transformers")):
        return None
    torch: Any = importlib.import_module("torch")
    transformers: Any = importlib.import_module("transformers")
    if is_base:
        model = transformers.RobertaModel(transformers.RobertaConfig(), add_pooling_layer=False).eval()
    else:
        shape = transformers.BertConfig(
            vocab_size=11_200, hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536
        )
        model = transformers.BertModel(shape, add_pooling_layer=False).eval()
    numbers = torch.randint(5, 11_000, (32, 16))
    batches = max(1, count // 32)
    with torch.no_grad():
        return rate(lambda: [model(numbers) for _ in range(batches)], batches * 32)


def tf_idf(texts: list[str], *, codes: int = 45) -> float | None:
    """Return turns a second of TF-IDF with a regression a code, or None where scikit-learn is not installed."""
    if not importlib.util.find_spec("sklearn"):
        return None
    text: Any = importlib.import_module("sklearn.feature_extraction.text")
    linear: Any = importlib.import_module("sklearn.linear_model")
    words = text.TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    table = words.fit_transform(texts[:400])
    # What it learns is of no matter here, only that every code has a regression of its own.
    models = [
        linear.LogisticRegression(max_iter=20, tol=0.1).fit(table, [(i // 7 + code) % 3 == 0 for i in range(400)])
        for code in range(codes)
    ]

    def work() -> None:
        held = words.transform(texts)
        for model in models:
            model.predict_proba(held)

    return rate(work, len(texts))


def main() -> None:
    """Print the figures beside their floors."""
    coder = NeuralCoder(load_weights("open"))
    single, pairs = queries(3_000, context=False), queries(1_000, context=True)
    coder.code(single[:64])
    one = rate(lambda: coder.code(single), len(single))
    two = rate(lambda: coder.code(pairs), len(pairs))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} (floors hold on 2 free ones)")
    _print("single turns", one, "/s", SINGLE_PER_SECOND, is_met=one >= SINGLE_PER_SECOND)
    _print("pairs with context", two, "/s", PAIRS_PER_SECOND, is_met=two >= PAIRS_PER_SECOND)
    cold = cold_seconds() * 1000
    _print("cold start", cold, " ms", COLD_SECONDS * 1000, is_met=cold < COLD_SECONDS * 1000)
    _print("memory", peak, " MB", MEMORY_MB, is_met=peak < MEMORY_MB)
    for name in ("lexical", "blend"):
        other = load_coder(CodeOptions(coder=name, cache=False))
        other.code(pairs[:64])
        fresh = queries(1_000, context=True)
        print(f"{name + ', pairs':<32} {rate(lambda o=other, q=fresh: o.code(q), len(fresh)):8.0f}/s")
    beside = {
        "TF-IDF, single turns": tf_idf([query.turn.text for query in single]),
        "same shape, torch fp32": transformer(256, is_base=False),
        "RoBERTa-base, torch fp32": transformer(96, is_base=True),
    }
    for name, figure in beside.items():
        if figure is None:
            print(f"{name:<32} not installed here")
        else:
            print(f"{name:<32} {figure:8.0f}/s   single turns are {one / figure:.1f} times as fast")


def _print(name: str, figure: float, unit: str, floor: float, *, is_met: bool) -> None:
    print(f"{name:<32} {figure:8.0f}{unit:<4} floor {floor:.0f}   {'met' if is_met else 'MISSED'}")


if __name__ == "__main__":
    main()
