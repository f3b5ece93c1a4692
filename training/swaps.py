"""Replies that were given to another call: whether a reply belongs to its call is known without anybody's coding.

A scene has several replies to one call, so that a network may judge a reply by its own words and hardly look at what it
answers (shuffled calls cost the open weights of version 4 a fifth of their agreement, and people nearly all). Part of
the examples are shown once more under the call of another scene, as near as can be had by file, verdict and length, and
the network tells the one from the other.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace

from training.corpora import Example

__all__ = ["BELONGS", "swapped"]

BELONGS = "belongs"
_FEWEST_WORDS = 4


def swapped(examples: list[Example], share: float, rng: random.Random) -> list[Example]:
    """Mark replies as given to their call, and give a share of them once more under the call of another scene.

    Parameters
    ----------
    examples : list of Example
        Replies with a verdict and a call are used; `labels["belongs"] = 1.0` is written into those of four words or
        more whose words stand under one call only.
    share : float
        Of the replies used, in [0, 1].
    rng : random.Random
        Draws.

    Returns
    -------
    list of Example
        The swapped ones, with the label `belongs` 0.0 alone.
    """
    times: dict[str, int] = defaultdict(int)
    for example in examples:
        times[example.text.lower()] += 1
    groups: dict[tuple[str, int], list[Example]] = defaultdict(list)
    for example in examples:
        verdict = example.labels.get("verdict", -1)
        if example.call is None or verdict < 0 or times[example.text.lower()] > 1:
            continue
        if len(example.text.split()) < _FEWEST_WORDS:
            continue
        example.labels[BELONGS] = 1.0
        groups[_scene(example).rsplit("-", 1)[0], verdict].append(example)
    found: list[Example] = []
    for group in groups.values():
        group.sort(key=lambda example: (len(example.text), example.id))
        for place, example in enumerate(group):
            if rng.random() >= share:
                continue
            near = group[max(0, place - 12) : place + 13]
            others = [other for other in near if _scene(other) != _scene(example)]
            if others:
                other = rng.choice(others)
                swap = replace(example, call=other.call, others=other.others, labels={BELONGS: 0.0}, spans=[])
                found.append(swap)
    return found


def _scene(example: Example) -> str:
    return example.id.split("/")[0].rsplit("-", 1)[0]
