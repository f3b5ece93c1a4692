"""Coordination beside ConvoKit's in the same run: same words, same numbers, at least 20 times as fast.

ConvoKit lives in an environment of its own, ``.venvs/convokit``, which this script makes on the first run (6 GB with
its dependencies). Both start from the same texts in memory and end with the score of every direction and category;
making ConvoKit's corpus is not counted. Times are CPU seconds, so that other work on the machine does not decide.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np

from attunement.measures.tokens import tokens_from
from attunement.measures.words import WordLists, style_words
from attunement.stats.coordination import aggregate_coordination, coordination

HOME = Path(__file__).resolve().parent.parent / ".venvs" / "convokit"
CONVERSATIONS, TURNS = 100, 1000
RATIO_FLOOR, TOLERANCE = 20.0, 1e-12
RUNS = 5
# ConvoKit averages over these eight and writes "preps".
CATEGORIES = ("article", "auxverb", "conj", "adverb", "ppron", "prep", "ipron", "quant")

PEER = """
import json, sys, time
from convokit import Corpus, Speaker, Utterance
from convokit.coordination.coordination import Coordination

task = json.load(open(sys.argv[1]))
speakers = {name: Speaker(id=name) for name in {row["speaker"] for row in task["turns"]}}
corpus = Corpus(utterances=[
    Utterance(id=row["id"], speaker=speakers[row["speaker"]], conversation_id=row["conversation"],
              reply_to=row["reply_to"], text=row["text"], timestamp=row["time"])
    for row in task["turns"]
])
coord = Coordination(target_thresh=3)
words = [(word + "#", category) for category, found in task["words"].items() for word in found]
coord._compute_liwc_reverse_dict = lambda: setattr(coord, "liwc_trie", Coordination.make_trie(words))
begun = time.process_time()
coord.fit(corpus)
annotated = time.process_time()
scores = coord.pairwise_scores(corpus, corpus.speaking_pairs())
ended = time.process_time()
summary = coord.summarize(corpus, summary_report=True)
json.dump({
    "fit": annotated - begun, "score": ended - annotated,
    "scores": {f"{one.id}>{other.id}": dict(found) for (one, other), found in scores.items()},
    "aggregates": [summary["agg1"], summary["agg2"], summary["agg3"]],
}, open(sys.argv[2], "w"))
"""


def word_lists() -> WordLists:
    """Return our lists as both understand them: no apostrophes, whose borders the two see differently."""
    own = style_words()
    plain = {name: tuple(word for word in own.words[name] if word.isalpha()) for name in CATEGORIES}
    return WordLists(CATEGORIES, plain)


def made_up(lists: WordLists, *, seed: int = 20261122) -> list[dict[str, object]]:
    """Make talks of two in which the second repeats a little of what the first said."""
    rng = np.random.default_rng(seed)
    small = sorted({word for words in lists.words.values() for word in words})
    words = np.array(small * 8 + [f"word{letter}{other}" for letter in "abcdefghij" for other in "klmnopqrst"] * 10)
    turns: list[dict[str, object]] = []
    for conversation in range(CONVERSATIONS):
        before = ""
        for turn in range(TURNS):
            said = words[rng.integers(0, len(words), rng.integers(1, 22))].tolist()
            if turn % 2 and rng.random() < 0.2:
                said += before.split()[:4]
            before = " ".join(said)
            turns.append({
                "id": f"{conversation}_{turn}", "conversation": f"{conversation}_0",
                "speaker": f"{conversation}_{'AB'[turn % 2]}", "text": before.capitalize() + ".", "time": turn,
                "reply_to": f"{conversation}_{turn - 1}" if turn else None,
            })  # fmt: skip
    return turns


def ours(turns: list[dict[str, object]], lists: WordLists) -> tuple[dict[str, dict[str, float]], list[float]]:
    """Score every direction from the texts."""
    tokens = tokens_from(str(turn["text"]) for turn in turns)
    members = lists.members(tokens.vocabulary)
    bits = (members.astype(np.int64) << np.arange(len(CATEGORIES))).sum(axis=1)
    found = np.bitwise_or.reduceat(bits[tokens.bags.types], tokens.bags.first[:-1])
    has = (found[:, None] >> np.arange(len(CATEGORIES)) & 1).astype(np.bool_)
    place = np.arange(len(turns))
    answers = place[place % TURNS > 0]
    direction = answers // TURNS * 2 + answers % 2
    order = np.argsort(direction, kind="stable")
    borders = np.searchsorted(direction[order], np.arange(2 * CONVERSATIONS + 1))
    scores: dict[str, dict[str, float]] = {}
    table = np.full((2 * CONVERSATIONS, len(CATEGORIES)), np.nan)
    for number in range(2 * CONVERSATIONS):
        replies = answers[order[borders[number] : borders[number + 1]]]
        table[number] = coordination(has[replies - 1], has[replies], threshold=3).by_marker
        one, other = (f"{number // 2}_{'AB'[side]}" for side in (number % 2, 1 - number % 2))
        kept = np.flatnonzero(~np.isnan(table[number]))
        scores[f"{one}>{other}"] = {CATEGORIES[c]: float(table[number, c]) for c in kept}
    totals = aggregate_coordination(table)
    return scores, [totals.complete, totals.filled, totals.available]


def peer(turns: list[dict[str, object]], lists: WordLists) -> dict[str, object]:
    """Score every direction with ConvoKit, in its own environment."""
    python = HOME / "bin" / "python"
    if not python.exists():
        print(f"making {HOME} (once, some minutes)")
        venv.create(HOME, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "convokit"], check=True)
    words = {"preps" if name == "prep" else name: found for name, found in lists.words.items()}
    with tempfile.TemporaryDirectory() as folder:
        task, result, script = (Path(folder) / name for name in ("task.json", "result.json", "peer.py"))
        task.write_text(json.dumps({"turns": turns, "words": words}), "utf-8")
        script.write_text(PEER, "utf-8")
        subprocess.run([python, script, task, result], check=True, cwd=folder, stdout=subprocess.DEVNULL)
        return json.loads(result.read_text("utf-8"))


def main() -> None:
    """Print both speeds, their ratio with its floor, and the largest difference of any number."""
    lists = word_lists()
    turns = made_up(lists)
    theirs = peer(turns, lists)
    their_seconds = float(theirs["fit"]) + float(theirs["score"])  # type: ignore[arg-type]
    times: list[float] = []
    for _ in range(RUNS):
        begun = time.process_time()
        scores, totals = ours(turns, lists)
        times.append(time.process_time() - begun)
    our_seconds = min(times)
    largest = 0.0
    for direction, want in theirs["scores"].items():  # type: ignore[attr-defined]
        got = {"preps" if name == "prep" else name: value for name, value in scores[direction].items()}
        if set(got) != set(want):
            sys.exit(f"{direction}: other categories are kept: {sorted(set(got) ^ set(want))}")
        largest = max([largest, *(abs(got[name] - want[name]) for name in want)])
    aggregates = zip(totals, theirs["aggregates"], strict=True)  # type: ignore[call-overload]
    largest = max([largest, *(abs(one - other) for one, other in aggregates)])
    n = len(turns)
    ratio = their_seconds / our_seconds
    print(
        f"ConvoKit    {n / their_seconds:12,.0f} utterances/s   {their_seconds:6.2f} s CPU, "
        f"{float(theirs['fit']):.2f} of them finding the words"  # type: ignore[arg-type]
    )
    print(f"attunement  {n / our_seconds:12,.0f} utterances/s   {our_seconds:6.2f} s CPU")
    print(f"ratio       {ratio:12.1f}   floor {RATIO_FLOOR:.0f}   {'met' if ratio >= RATIO_FLOOR else 'MISSED'}")
    print(
        f"same numbers: {2 * CONVERSATIONS} directions x {len(CATEGORIES)} categories and 3 aggregates, largest "
        f"difference {largest:.1e}   floor {TOLERANCE:.0e}   {'met' if largest <= TOLERANCE else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
