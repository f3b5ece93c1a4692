"""Examples cut to pieces, padded to batches, and what is hidden from the network while it trains."""

from __future__ import annotations

import random
import re
from bisect import bisect_left
from dataclasses import dataclass, replace

import torch

from attunement.coders.neural_input import OWN, sequence
from attunement.coders.wordpiece import WordPiece
from training.corpora import Example

__all__ = ["Item", "Noise", "batches", "blur", "casual", "collate", "cut"]


@dataclass(slots=True)
class Item:
    """One example, cut to pieces."""

    example: Example
    numbers: list[int]
    segments: list[int]
    places: list[tuple[int, int]]


def casual(example: Example) -> Example:
    """Write an example as people type it on a phone: no apostrophes, and no full stop at the end of a turn.

    Most of our scenes are spelled as a book is; a network that has read "I'll tell her" alone takes "ill tell her" for
    something else. Marked words are found again.
    """

    def plain(text: str) -> str:
        text = _APOSTROPHE.sub("", text)
        return text[:-1] if text.endswith(".") and not text.endswith("..") else text

    gone = [found.start() for found in _APOSTROPHE.finditer(example.text)]
    spans = [(code, a - bisect_left(gone, a), b - bisect_left(gone, b)) for code, a, b in example.spans]
    return replace(
        example,
        text=plain(example.text) or example.text,
        call=None if example.call is None else plain(example.call) or example.call,
        others=[(plain(text) or text, is_own) for text, is_own in example.others],
        spans=spans,
    )


# Between letters only: a quotation stays one.
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")


def cut(examples: list[Example], pieces: WordPiece) -> list[Item]:
    """Cut examples to pieces."""
    items: list[Item] = []
    for example in examples:
        laid = sequence(pieces, example.text, example.call, example.others)
        items.append(Item(example, laid.numbers, laid.segments, laid.places))
    return items


def collate(items: list[Item]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pad a batch."""
    width = max(len(item.numbers) for item in items)
    numbers = torch.zeros(len(items), width, dtype=torch.long)
    segments = torch.zeros(len(items), width, dtype=torch.long)
    mask = torch.zeros(len(items), width, dtype=torch.long)
    for row, item in enumerate(items):
        length = len(item.numbers)
        numbers[row, :length] = torch.tensor(item.numbers)
        segments[row, :length] = torch.tensor(item.segments)
        mask[row, :length] = 1
    return numbers, segments, mask


@dataclass(frozen=True, slots=True)
class Noise:
    """What is hidden from the network while it trains, so that it cannot learn our replies by heart.

    `words` is the share of pieces read as unknown, `context` the share of examples that lose the turns before the call.
    """

    words: float
    context: float
    unknown: int
    keep: frozenset[int]
    rng: torch.Generator


def blur(batch: list[Item], noise: Noise) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pad a batch, with part of its pieces made unknown and the context of part of its examples left out."""
    numbers, segments, mask = collate(batch)
    alone = torch.rand(len(batch), 1, generator=noise.rng) < noise.context
    mask = mask.masked_fill(alone & (segments >= OWN), 0)
    hidden = torch.rand(numbers.shape, generator=noise.rng) < noise.words
    for number in noise.keep:
        hidden &= numbers != number
    return numbers.masked_fill(hidden, noise.unknown), segments, mask


def batches(items: list[Item], size: int, rng: random.Random, ranks: int = 1) -> list[list[Item]]:
    """Shuffle, then sort by length within stretches, so that batches waste little and yet differ each epoch.

    Batches that several processes take at the same time are alike in length: none waits for the other.
    """
    order = items[:]
    rng.shuffle(order)
    out: list[list[Item]] = []
    stretch = size * 40
    for begin in range(0, len(order), stretch):
        part = sorted(order[begin : begin + stretch], key=lambda item: len(item.numbers))
        out += [part[i : i + size] for i in range(0, len(part), size)]
    steps = [out[i : i + ranks] for i in range(0, len(out), ranks)]
    rng.shuffle(steps)
    return [batch for step in steps if len(step) == ranks for batch in step]
