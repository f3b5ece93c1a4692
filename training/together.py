"""Several processes that train one network: each takes its share of the batches, and the gradients are averaged.

Start with ``torchrun --nproc-per-node 2 -m training.train RUN ...`` (one process a core, OMP_NUM_THREADS=1); a step
then sees twice `--batch` examples. Without torchrun there is one process, and nothing here does anything.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import torch
from torch import distributed

__all__ = ["average_gradients", "join"]


def join() -> tuple[int, int]:
    """Join the other processes; return which this one is, from 0, and how many there are."""
    ranks = int(os.environ.get("WORLD_SIZE", "1"))
    if ranks > 1:
        distributed.init_process_group("gloo")
    return int(os.environ.get("RANK", "0")), ranks


def average_gradients(parameters: Sequence[torch.nn.Parameter], ranks: int) -> None:
    """Replace every gradient by the mean over the processes; one that is missing somewhere counts as zero there."""
    if ranks == 1:
        return
    flat = torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).reshape(-1) for p in parameters])
    distributed.all_reduce(flat)
    flat /= ranks
    place = 0
    for parameter in parameters:
        size = parameter.numel()
        parameter.grad = flat[place : place + size].view_as(parameter)
        place += size
