"""Train the network on all corpora and all heads at once.

    python -m training.train RUN --stage first|second|... [--from CHECKPOINT] [--epochs N] [--research] ...

Every run writes `runs/RUN/log.jsonl` and `runs/RUN/last.pt`; a run that was cut off goes on from the last checkpoint
with `--resume`. Seeds are fixed. One process, one or two threads, in bfloat16 where the
processor has tiles for it (`model.quicken`); or several, with torchrun (`together.py`).
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from attunement.coders.wordpiece import WordPiece
from training import corpora, scores
from training.batches import Item, Noise, batches, blur, casual, collate, cut
from training.corpora import OPEN, RESEARCH, ROOT, Example, is_calibration
from training.genders import other_genders
from training.heads import HEADS, SPAN_CODES
from training.marks import mark_loss
from training.model import Network, fresh, load, loosen, quicken
from training.shares import GROUPS, SHARES, as_given
from training.similar import SIMILAR, Similarity
from training.swaps import BELONGS, swapped, swapped_kin
from training.together import average_gradients, join

RUNS = ROOT / "out" / "runs"
# Corpora in which a turn answers another, and in which `--swapped-kin` gives it to somebody else.
REAL_TALK = frozenset({"attunement_coded_open", "casino", "convabuse", "edos", "persuasion_for_good", "uptake"})


def balance(items: list[Item]) -> dict[str, torch.Tensor]:
    """Weigh rare codes up: the square root of how much rarer they are, within bounds."""
    weights: dict[str, torch.Tensor] = {}
    for name, head in HEADS.items():
        values = [item.example.labels[name] for item in items if name in item.example.labels]
        if not values or head.kind == "number":
            continue
        if head.kind == "many":
            array = np.asarray(values, dtype=float).reshape(len(values), -1)
            positive = array.sum(axis=0) + 1.0
            weights[name] = torch.tensor(np.clip(np.sqrt((len(values) + 1.0) / positive - 1.0), 1.0, 6.0)).float()
        elif not isinstance(values[0], list):
            counts = np.bincount([v for v in values if v >= 0], minlength=len(head.codes)) + 5.0
            raw = (counts.mean() / counts) ** 0.4
            weights[name] = torch.tensor(np.clip(raw, 0.4, 3.0)).float()
    return weights


def loss_of(
    out: dict[str, torch.Tensor],
    attention: torch.Tensor,
    batch: list[Item],
    balances: dict[str, torch.Tensor],
    weighed: dict[str, float],
    *,
    focal: float = 0.0,
    ranked: float = 0.0,
) -> torch.Tensor:
    """Sum the losses of the heads that somebody labelled in this batch; `weighed` holds weights other than usual.

    With `focal` what is told already counts less, by (1 - p) to that power (Lin et al. 2017, arXiv 1708.02002); with
    `ranked` every reply that meets shall score above every one in the batch that does not.
    """
    total = torch.zeros(())
    size = len(batch)
    for name, head in HEADS.items():
        rows = [row for row, item in enumerate(batch) if name in item.example.labels]
        if not rows:
            continue
        values = [batch[row].example.labels[name] for row in rows]
        weights = torch.tensor([batch[row].example.weight for row in rows])
        raw = out[name][rows]
        if head.kind == "many":
            target = torch.tensor(values, dtype=torch.float).reshape(len(rows), -1)
            each = functional.binary_cross_entropy_with_logits(
                raw, target * 0.96 + 0.01, pos_weight=balances.get(name), reduction="none"
            )
            if focal:
                each = each * (torch.sigmoid(raw) - target).abs() ** focal
            each = each.sum(dim=1) / math.sqrt(each.shape[1])
        elif head.kind == "one":
            if isinstance(values[0], list):
                each = -(torch.tensor(values) * functional.log_softmax(raw, dim=1)).sum(dim=1)
            else:
                target = torch.tensor(values)
                keep = target >= 0
                if not keep.any():
                    continue
                raw, target, weights = raw[keep], target[keep], weights[keep]
                each = functional.cross_entropy(
                    raw, target, weight=balances.get(name), reduction="none", label_smoothing=0.05
                )
                if focal:
                    each = each * (1.0 - torch.softmax(raw, dim=1)[torch.arange(len(raw)), target]) ** focal
                if ranked and name == "verdict":
                    score = raw[:, :2].logsumexp(dim=1) - raw[:, 2:].logsumexp(dim=1)
                    meets = target < 2
                    if meets.any() and not meets.all():
                        apart = score[meets][:, None] - score[~meets][None, :]
                        total = total + ranked * functional.softplus(-apart).mean() * len(raw) / size
        else:
            target = torch.tensor(values, dtype=torch.float).reshape(-1, 1)
            each = functional.smooth_l1_loss(raw, target, reduction="none", beta=0.3).mean(dim=1) * 3.0
        total = total + weighed.get(name, head.weight) * (each * weights).sum() / size
    rows = [row for row, item in enumerate(batch) if BELONGS in item.example.labels]
    if rows:
        target = torch.tensor([batch[row].example.labels[BELONGS] for row in rows])
        each = functional.binary_cross_entropy_with_logits(out[BELONGS][rows, 0], target, reduction="sum")
        total = total + weighed.get(BELONGS, 0.5) * each / size
    rows = [row for row, item in enumerate(batch) if SIMILAR in item.example.labels]
    if rows:
        target = torch.tensor([batch[row].example.labels[SIMILAR] for row in rows])
        each = functional.mse_loss(out[SIMILAR][rows, 0], 5.0 * target, reduction="sum")
        total = total + weighed.get(SIMILAR, 0.2) * each / size
    spans = _span_loss(attention, batch)
    return total if spans is None else total + 0.15 * spans / size


def _says_something(example: Example) -> bool:
    labels = example.labels
    if "expression" not in labels:
        return True
    return any(max(labels.get(name, [0.0])) > 0 for name in ("expression", "stance", "after", "risk"))


def _span_loss(attention: torch.Tensor, batch: list[Item]) -> torch.Tensor | None:
    """Push each code's attention onto the words that people marked for it."""
    parts: list[torch.Tensor] = []
    for row, item in enumerate(batch):
        for code, start, end in item.example.spans:
            if code not in _SPAN_INDEX:
                continue
            inside = [1 + i for i, (a, b) in enumerate(item.places) if a < end and b > start]
            if not inside:
                continue
            column = attention[row, :, _SPAN_INDEX[code]]
            parts.append(-torch.log(column[inside].sum().clamp(min=1e-4)))
    return torch.stack(parts).sum() if parts else None


_SPAN_INDEX = {code: i for i, code in enumerate(SPAN_CODES)}


@torch.no_grad()
def predict(network: Network, items: list[Item], *, size: int = 64) -> dict[str, np.ndarray]:
    """Return every head's raw values for the items, in order."""
    network.eval()
    order = sorted(range(len(items)), key=lambda i: len(items[i].numbers))
    found: dict[str, np.ndarray] = {}
    for begin in range(0, len(order), size):
        chosen = order[begin : begin + size]
        out = network(*collate([items[i] for i in chosen]))[0]
        for name, value in out.items():
            if name not in found:
                found[name] = np.zeros((len(items), value.shape[1]), dtype=np.float32)
            found[name][chosen] = value.float().numpy()
    return found


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run")
    parser.add_argument("--stage", choices=sorted(SHARES), required=True)
    parser.add_argument("--from", dest="start", type=Path)
    parser.add_argument("--encoder", type=Path)
    parser.add_argument("--vocabulary", type=Path, default=ROOT / "training" / "vocabulary.txt")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--without", default="", help="files of training/authored and training/coded to leave out")
    parser.add_argument("--as-given", action="store_true", help="let coded replies turn out as the given ones do")
    parser.add_argument("--average", type=float, default=0.998, help="decay of the running mean of the weights")
    parser.add_argument("--weigh", default="", help="heads whose loss counts other than usual, as risk=1.0,marks=1.0")
    parser.add_argument("--focal", type=float, default=0.0, help="power by which what is told already counts less")
    parser.add_argument("--ranked", type=float, default=0.0, help="weight of: who meets scores above who does not")
    parser.add_argument("--length-power", type=float, default=0.0, help="how a reply's length counts for its marks")
    parser.add_argument("--words", type=float, default=0.12, help="share of pieces hidden in training")
    parser.add_argument("--context", type=float, default=0.3, help="share of examples that lose the turns before")
    parser.add_argument("--dropout", type=float, default=0.1, help="inside the encoder")
    parser.add_argument("--casual", type=float, default=0.0, help="share of examples without apostrophes")
    parser.add_argument("--genders", type=float, default=0.0, help="share of examples with he and she swapped")
    parser.add_argument("--swapped", type=float, default=0.0, help="share of replies shown under another call as well")
    parser.add_argument("--swapped-kin", action="store_true", help="the same with turns of real talk")
    parser.add_argument("--similar", action="store_true", help="ask how near a reply is to its call (needs --encoder)")
    parser.add_argument("--plain", action="store_true", help="float32 even where the processor has bfloat16 tiles")
    parser.add_argument("--research", action="store_true")
    parser.add_argument("--steps", type=int, help="how many batches the rate falls over; all epochs unless given")
    parser.add_argument("--stop", type=int, help="end after so many batches, wherever the rate is by then")
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    if not corpora.DATA.is_dir():
        raise SystemExit("No corpora: ATTUNEMENT_DATA names the folder in which `data` lies")
    rank, ranks = join()
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    folder = RUNS / options.run
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = [p for p in options.vocabulary.read_text(encoding="utf-8").split("\n") if p]
    pieces = WordPiece(vocabulary)
    names = RESEARCH if options.research else OPEN
    shares = SHARES[options.stage]
    without = tuple(name for name in options.without.split(",") if name)
    train, held = _read(names, shares, pieces, without)
    if options.casual:
        for name, items in train.items():
            drawn = [casual(i.example) if rng.random() < options.casual else i.example for i in items]
            train[name] = cut(drawn, pieces)
    if options.genders:
        for name, items in train.items():
            drawn = [other_genders(i.example) if rng.random() < options.genders else i.example for i in items]
            train[name] = cut(drawn, pieces)
    if options.as_given:
        as_given([item.example for item in train.get("attunement_coded", ())])
    if options.swapped:
        examples = {name: [item.example for item in items] for name, items in train.items()}
        train["swapped"] = cut(swapped(examples["own"], options.swapped, rng), pieces)
        shares = {**shares, "swapped": shares["own"]}
        if options.swapped_kin:
            for name in sorted(REAL_TALK & set(train)):
                train[f"swapped {name}"] = cut(swapped_kin(examples[name], options.swapped, rng), pieces)
                shares[f"swapped {name}"] = min(1.0, shares[name])
    held += cut(corpora.examples("attunement_coded_open", "dev"), pieces)
    watch = cut(corpora.examples("attunement_coded", "dev"), pieces)
    say = tell if rank == 0 else hush
    say(folder, {"sizes": {k: len(v) for k, v in train.items()}, "held": len(held), "options": vars(options)})
    resumed: dict[str, Any] = {}
    last = folder / "last.pt"
    if options.resume and last.exists():
        network, resumed = load(last)
    elif options.start:
        network, _ = load(options.start)
    else:
        network = fresh(options.encoder, vocabulary)
    say(folder, {"bfloat16": not options.plain and quicken(network)})
    network.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    similarity = Similarity(options.encoder) if options.similar else None
    balances = balance([item for items in train.values() for item in items])
    body = [p for n, p in network.named_parameters() if p.requires_grad and n.startswith("encoder.")]
    top = [p for n, p in network.named_parameters() if p.requires_grad and not n.startswith("encoder.")]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": options.rate}, {"params": top, "lr": options.rate * 10}], weight_decay=0.01, fused=True
    )
    per_epoch = 1 + int(
        sum(
            sum(1.0 if _says_something(item.example) else 0.5 for item in items) * shares[name]
            for name, items in train.items()
        )
        / (options.batch * ranks)
    )
    total = options.steps or per_epoch * options.epochs
    warm = max(50, total // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, max(0.02, (total - step) / max(1, total - warm)))
    )
    loosen(network, options.dropout)
    if ranks > 1:
        torch.manual_seed(options.seed + rank)
    weighed = {name: float(value) for name, _, value in (w.partition("=") for w in options.weigh.split(",") if w)}
    noise = Noise(
        options.words,
        options.context,
        pieces.unknown,
        frozenset({pieces.pad, pieces.first, pieces.separator}),
        torch.Generator().manual_seed(options.seed + 1000 * rank),
    )
    average = {n: p.detach().clone() for n, p in network.named_parameters() if p.requires_grad}
    step = 0
    first_epoch = int(resumed.get("epoch", -1)) + 1 if resumed else 0
    for _ in range(first_epoch * per_epoch):
        optimiser.step()
        schedule.step()
        step += 1
    for epoch in range(first_epoch, options.epochs):
        chosen: list[Item] = []
        for name, items in train.items():
            # Turns on which nobody found anything teach little more once half of them are seen.
            items = [i for i in items if _says_something(i.example) or rng.random() < 0.5]
            whole, part = divmod(shares[name], 1.0)
            chosen += items * int(whole) + rng.sample(items, int(len(items) * part))
        order = batches(chosen, options.batch, rng, ranks)[rank::ranks]
        if similarity:
            similarity.label([item.example for batch in order for item in batch])
        running, since = 0.0, time.monotonic()
        network.train()
        for number, batch in enumerate(order):
            out, attention, marks = network(*blur(batch, noise))
            loss = loss_of(out, attention, batch, balances, weighed, focal=options.focal, ranked=options.ranked)
            if "marks" in weighed:
                read = [(i.example, i.places) for i in batch]
                loss = loss + weighed["marks"] * mark_loss(marks, read, length_power=options.length_power)
            optimiser.zero_grad()
            loss.backward()
            average_gradients([*body, *top], ranks)
            torch.nn.utils.clip_grad_norm_([*body, *top], 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            decay = min(options.average, step / (step + 20))
            for n, p in network.named_parameters():
                if p.requires_grad:
                    average[n].lerp_(p.detach(), 1.0 - decay)
            running = 0.98 * running + 0.02 * float(loss.detach())
            if number % 300 == 299 and rank == 0:
                save_checkpoint(folder, network, {"epoch": epoch - 1, "partial": number + 1}, vocabulary, average)
            if step >= min(total, options.stop or total):
                break
            if number % 100 == 99:
                done = time.monotonic() - since
                say(
                    folder,
                    {
                        "epoch": epoch,
                        "batch": number + 1,
                        "of": per_epoch,
                        "loss": round(running, 4),
                        "seconds": round(done),
                    },
                )
        if rank:
            continue
        kept = {n: p.detach().clone() for n, p in network.named_parameters() if p.requires_grad}
        _fill(network, average)
        save_checkpoint(folder, network, {"epoch": epoch}, vocabulary, average)
        report = {"epoch": epoch, "seconds": round(time.monotonic() - since)}
        report["held"] = scores.summary(predict(network, held), [i.example for i in held])
        report["watch"] = scores.summary(predict(network, watch), [i.example for i in watch])
        say(folder, report)
        _fill(network, kept)


def save_checkpoint(
    folder: Path, network: Network, where: dict[str, int], vocabulary: list[str], average: dict[str, torch.Tensor]
) -> None:
    """Write the averaged weights so far; a run that is cut off loses little."""
    state = {
        "config": _plain(network.encoder.config.to_dict()),
        "network": {**network.state_dict(), **average},
        "vocabulary": "\n".join(vocabulary),
        **where,
    }
    torch.save(state, folder / "last.tmp")
    (folder / "last.tmp").replace(folder / "last.pt")


def _read(
    names: tuple[str, ...],
    shares: dict[str, float],
    pieces: WordPiece,
    without: tuple[str, ...] = (),
) -> tuple[dict[str, list[Item]], list[Item]]:
    """Read the corpora: what is trained on, by corpus, and what is kept out."""
    train: dict[str, list[Item]] = {}
    held: list[Item] = []
    for name in names:
        if name not in shares:
            continue
        examples = corpora.examples(name, "train", without)
        if name in ("attunement_coded_open", "attunement_coded"):
            examples += corpora.coded_here(closed=name == "attunement_coded", without=without)
        held += cut([e for e in examples if is_calibration(e)], pieces)
        kept = [e for e in examples if not is_calibration(e)]
        train[name] = cut([e for e in kept if not e.id.startswith("own-")], pieces)
        if name == "attunement_authored":
            own = [e for e in kept if e.id.startswith("own-")]
            for group, files in GROUPS.items():
                if group in shares:
                    begins = tuple(f"own-{file}" for file in files)
                    train[group] = cut([e for e in own if e.id.startswith(begins)], pieces)
                    own = [e for e in own if not e.id.startswith(begins)]
            train["own"] = cut(own, pieces)
    return train, held


def _fill(network: Network, values: dict[str, torch.Tensor]) -> None:
    with torch.no_grad():
        for n, p in network.named_parameters():
            if n in values:
                p.copy_(values[n])


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    keys = (
        "vocab_size hidden_size num_hidden_layers num_attention_heads intermediate_size hidden_act "
        "hidden_dropout_prob attention_probs_dropout_prob max_position_embeddings type_vocab_size layer_norm_eps "
        "pad_token_id"
    )
    return {key: config[key] for key in keys.split()}


def hush(folder: Path, what: dict[str, Any]) -> None:
    """Say nothing: the first process says it."""


def tell(folder: Path, what: dict[str, Any]) -> None:
    """Print what a run says, and write it to its log."""
    line = json.dumps(what, default=str)
    print(line, flush=True)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(line + "\n")


if __name__ == "__main__":
    main()
