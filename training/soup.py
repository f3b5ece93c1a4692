"""Average the weights of runs that went on from the same checkpoint: one network that errs less than each.

    python -m training.soup OUT CHECKPOINT[:WEIGHT] CHECKPOINT[:WEIGHT] ...

Wortsman and others, "Model soups" (2022): runs that share their start lie in one valley, and the mean of their weights
lies lower. It costs nothing when the network is used. What only some of them have (a head that came later) is the mean
of those; everything else of a checkpoint is the last one's.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch


def main() -> None:
    """Average."""
    out, *parts = sys.argv[1:]
    total: dict[str, torch.Tensor] = {}
    state: dict[str, object] = {}
    whole: dict[str, float] = {}
    for part in parts:
        path, _, weight = part.partition(":")
        share = float(weight or 1.0)
        state = torch.load(path, map_location="cpu", weights_only=True)
        network: dict[str, torch.Tensor] = state["network"]  # pyright: ignore[reportAssignmentType]
        for name, value in network.items():
            if value.is_floating_point():
                total[name] = total.get(name, torch.zeros_like(value)) + share * value
                whole[name] = whole.get(name, 0.0) + share
            else:
                total[name] = value
    mean = {name: value / whole[name] if name in whole else value for name, value in total.items()}
    torch.save({**state, "network": mean}, Path(out))


if __name__ == "__main__":
    main()
