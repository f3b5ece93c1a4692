"""How many turns a second the lexical coder codes on one core: floor 20,000 on a chat; wordy turns beside it.

The chat is that of `benchmarks whole_report`: made-up people, short messages, many said before, as in life. The other
turns are those that this project wrote for training: no two the same, and as long as people write about what hurts.
Processor seconds are counted, so that other work on the machine matters less; a loop of plain Python stands beside
them, so that machines can be compared.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Iterator
from pathlib import Path

import attunement as at
from attunement.cli.main import CYCLES
from attunement.coders.base import CodeOptions, Coder, Query, load_coder
from attunement.core.turn import Turn
from attunement.turns import make_turns
from benchmarks.made_up import whatsapp_export

MESSAGES = 50_000
FLOOR = 20_000
BATCH = 2048
AUTHORED = Path(__file__).resolve().parent.parent / "training" / "authored"


def of_chat() -> list[Query]:
    """Give the turns of a made-up chat with what came before each."""
    turns = make_turns(at.read(whatsapp_export(MESSAGES).encode(), name="chat.txt"))[0]
    return [Query(turn, turns[max(0, i - 8) : i]) for i, turn in enumerate(turns)]


def of_scenes() -> list[Query]:
    """Give every different turn of our own scenes with what came before it."""
    queries: list[Query] = []
    seen: set[str] = set()
    for path in sorted(AUTHORED.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            turns = tuple(_turns(json.loads(line)["turns"]))
            for i, turn in enumerate(turns):
                if turn.text not in seen:
                    seen.add(turn.text)
                    queries.append(Query(turn, turns[max(0, i - 8) : i]))
    return queries


def _turns(said: list[dict[str, str]]) -> Iterator[Turn]:
    for i, one in enumerate(said):
        others = [j for j in range(i) if said[j]["speaker"] != one["speaker"]]
        yield Turn(i, 0, one["speaker"], one["text"], None, None, i, i, others[-1] if others else None)


def seconds(coder: Coder, queries: list[Query]) -> float:
    """Code everything once; give processor seconds."""
    begun = time.process_time()
    for start in range(0, len(queries), BATCH):
        coder.code(queries[start : start + BATCH])
    return time.process_time() - begun


def plain_loop() -> float:
    """Time a loop of plain Python over a million numbers; give processor seconds."""
    begun = time.process_time()
    total = 0
    for number in range(1_000_000):
        total += len(str(number))
    return time.process_time() - begun


def main() -> None:
    """Print turns and words a second for both inputs, the first pass and the next."""
    print(f"plain loop of a million steps: {min(plain_loop() for _ in range(3)):.2f} s")
    gc.set_threshold(*CYCLES)  # as the command line does
    for name, queries, floor in (("chat", of_chat(), FLOOR), ("distinct, wordy", of_scenes(), None)):
        coder = load_coder(CodeOptions(coder="lexical"))
        words = sum(len(query.turn.text.split()) for query in queries) / len(queries)
        for which in ("first pass", "best of 4, new coders"):
            if which == "first pass":
                took = seconds(coder, queries)
            else:
                took = min(seconds(load_coder(CodeOptions(coder="lexical")), queries) for _ in range(4))
            rate = len(queries) / took
            verdict = "" if floor is None else f"   floor {floor:,}   {'met' if rate >= floor else 'MISSED'}"
            print(
                f"{name:<16} {which:<22} {len(queries):>7,} turns of {words:.1f} words: {rate:8,.0f} a second{verdict}"
            )


if __name__ == "__main__":
    main()
