"""Read the talk itself before anybody's codes: guess hidden pieces, and tell a reply's own call from another's.

    python -m training.masked RUN --encoder FOLDER [--epochs N] [--stop N]

Devlin and others, "BERT" (2019), section 3.1, on the turns of every corpus whose licence allows it, laid out as the
coder reads them (reply, call, turns before); Gururangan and others, "Don't stop pretraining" (2020). A hidden piece is
read as the unknown one, which the cut vocabulary has in place of a mask. Writes `out/runs/RUN/last.pt`, from which
`training.train --from` goes on. With torchrun several processes share the batches.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from attunement.coders.wordpiece import WordPiece
from training.batches import Item, batches, collate, cut
from training.corpora import OPEN, ROOT, Example, around, in_share, read_records, tidy
from training.model import Network, fresh, loosen, quicken
from training.swaps import BELONGS, swapped_kin
from training.together import average_gradients, join
from training.train import REAL_TALK, hush, save_checkpoint, tell

RUNS = ROOT / "out" / "runs"
# Their text may train shipped weights, though nobody's labels of them do.
_TEXT_ONLY = ("counsel_chat",)
_HIDDEN = 0.15
_KEPT_OUT = 0.01
# A scene of ours gives its call with each of its replies.
_SHARES = {"own": 0.5, "stanford_politeness": 0.5}


def units(corpus: str) -> list[Example]:
    """Return every turn of a corpus's train part with what it answers, without labels."""
    found: list[Example] = []
    for record in read_records(corpus, "train"):
        if "post" in record:
            found.append(Example(record["id"], corpus, record["reply"], record["post"] or None, [], {}))
            continue
        turns = [dict(turn, text=tidy(turn["text"] or "")) for turn in record["turns"]]
        for index, turn in enumerate(turns):
            if turn["text"]:
                call, others = around(turns, index)
                found.append(Example(f"{record['id']}/{index}", corpus, turn["text"], call, others, {}))
    return found


class Guess(nn.Module):
    """The head that guesses a hidden piece: a layer, and the word vectors themselves (they stay as they are)."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        words = network.encoder.embeddings.word_embeddings.weight
        self.layer = nn.Sequential(nn.Linear(words.shape[1], words.shape[1]), nn.GELU(), nn.LayerNorm(words.shape[1]))
        self.bias = nn.Parameter(torch.zeros(words.shape[0]))

    def forward(self, hidden: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        """Return the raw value of every piece for each row of `hidden`, (rows, width)."""
        return self.layer(hidden) @ words.T + self.bias


def hide(
    numbers: torch.Tensor, keep: frozenset[int], unknown: int, rng: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Hide pieces: of those chosen four in five become unknown, one in ten another piece, one in ten stays."""
    chosen = torch.rand(numbers.shape, generator=rng) < _HIDDEN
    for number in keep:
        chosen &= numbers != number
    chosen &= numbers != unknown
    how = torch.rand(numbers.shape, generator=rng)
    other = torch.randint(int(numbers.max()) + 1, numbers.shape, generator=rng)
    shown = torch.where(chosen & (how < 0.8), unknown, numbers)
    return torch.where(chosen & (how >= 0.9), other, shown), chosen


def step_loss(
    network: Network, guess: Guess, batch: list[Item], keep: frozenset[int], unknown: int, rng: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Return the loss of the hidden pieces, that of what belongs together, and how many pieces were hidden."""
    numbers, segments, mask = collate(batch)
    shown, chosen = hide(numbers, keep, unknown, rng)
    with torch.autocast("cpu", torch.bfloat16, enabled=network.is_quick):
        hidden = network.encoder(input_ids=shown, token_type_ids=segments, attention_mask=mask).last_hidden_state
    hidden = hidden.float()
    # What a turn of another conversation says is no help to guess this one.
    own = torch.tensor([item.example.labels.get(BELONGS, 1.0) for item in batch])
    chosen &= own.unsqueeze(1) > 0
    raw = guess(hidden[chosen], network.encoder.embeddings.word_embeddings.weight)
    words = functional.cross_entropy(raw, numbers[chosen]) if chosen.any() else raw.sum()
    rows = [row for row, item in enumerate(batch) if BELONGS in item.example.labels]
    pairs = torch.zeros(())
    if rows:
        out = network.heads_of(hidden[rows], segments[rows], mask[rows])[0]
        pairs = functional.binary_cross_entropy_with_logits(out[BELONGS][:, 0], own[rows])
    return words, pairs, int(chosen.sum())


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run")
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--vocabulary", type=Path, default=ROOT / "training" / "vocabulary.txt")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--pairs", type=float, default=1.0, help="weight of telling a reply's own call from another's")
    parser.add_argument("--stop", type=int)
    options = parser.parse_args()
    rank, ranks = join()
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    folder = RUNS / options.run
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = [p for p in options.vocabulary.read_text(encoding="utf-8").split("\n") if p]
    pieces = WordPiece(vocabulary)
    keep = frozenset({pieces.pad, pieces.first, pieces.separator})
    say = tell if rank == 0 else hush
    read: list[Item] = []
    held: list[Item] = []
    for name in (*OPEN, *_TEXT_ONLY):
        turns = units(name)
        parts = {name: [e for e in turns if not e.id.startswith("own-")]}
        parts["own"] = [e for e in turns if e.id.startswith("own-")]
        for part, found in parts.items():
            found = [e for e in found if rng.random() < _SHARES.get(part, 1.0)]
            if part in REAL_TALK:
                found += swapped_kin(found, 0.3, rng)
            kept = [in_share("masked:" + e.id.split("/")[0], _KEPT_OUT) for e in found]
            items = cut(found, pieces)
            held += [item for item, is_kept in zip(items, kept, strict=True) if is_kept]
            read += [item for item, is_kept in zip(items, kept, strict=True) if not is_kept]
            if found:
                say(folder, {"corpus": part, "turns": len(found), "pieces": sum(len(i.numbers) for i in items)})
    network = fresh(options.encoder, vocabulary)
    quicken(network)
    network.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    guess = Guess(network)
    body = [
        p for n, p in network.named_parameters() if p.requires_grad and n.startswith(("encoder.", "pair.", "belongs."))
    ]
    top = list(guess.parameters())
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": options.rate}, {"params": top, "lr": options.rate * 3}], weight_decay=0.01, fused=True
    )
    total = options.stop or len(read) * options.epochs // (options.batch * ranks)
    warm = max(20, total // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, max(0.02, (total - step) / max(1, total - warm)))
    )
    loosen(network, 0.05)
    generator = torch.Generator().manual_seed(options.seed + 1000 * rank)
    step, since = 0, time.monotonic()
    seen = [0.0, 0.0]
    for _ in range(options.epochs):
        network.train()
        for batch in batches(read, options.batch, rng, ranks)[rank::ranks]:
            words, pairs, _count = step_loss(network, guess, batch, keep, pieces.unknown, generator)
            optimiser.zero_grad()
            (words + options.pairs * pairs).backward()
            average_gradients([*body, *top], ranks)
            torch.nn.utils.clip_grad_norm_([*body, *top], 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            seen = [0.98 * a + 0.02 * float(b.detach()) for a, b in zip(seen, (words, pairs), strict=True)]
            if step % 100 == 0:
                known = 1.0 - 0.98**step
                losses = [round(value / known, 3) for value in seen]
                say(folder, {"step": step, "of": total, "losses": losses, "seconds": round(time.monotonic() - since)})
            if step % 500 == 0 and rank == 0:
                save_checkpoint(folder, network, {"step": step}, vocabulary, {})
            if step >= total:
                break
    if rank == 0:
        say(folder, {"held": _held(network, guess, held, keep, pieces.unknown)})
        save_checkpoint(folder, network, {"step": step}, vocabulary, {})


@torch.no_grad()
def _held(network: Network, guess: Guess, items: list[Item], keep: frozenset[int], unknown: int) -> dict[str, float]:
    """Return the mean losses on what was kept out, and how many pieces were hidden there."""
    network.eval()
    rng = torch.Generator().manual_seed(1)
    words, pairs, count, rows = 0.0, 0.0, 0, 0
    for begin in range(0, len(items), 64):
        batch = items[begin : begin + 64]
        by_words, by_pairs, hidden = step_loss(network, guess, batch, keep, unknown, rng)
        asked = sum(BELONGS in item.example.labels for item in batch)
        words, count = words + float(by_words) * hidden, count + hidden
        pairs, rows = pairs + float(by_pairs) * asked, rows + asked
    return {"words": words / max(1, count), "pairs": pairs / max(1, rows), "hidden": count, "asked": rows}


if __name__ == "__main__":
    main()
