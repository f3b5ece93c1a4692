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

__all__ = ["BELONGS", "swapped", "swapped_kin"]

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
        if verdict >= 0 and _is_of_use(example, times):
            groups[_scene(example).rsplit("-", 1)[0], verdict].append(example)
    return _swap(list(groups.values()), share, rng)


def swapped_kin(examples: list[Example], share: float, rng: random.Random) -> list[Example]:
    """Do the same with the turns of one corpus of real talk, where no verdict is known: any turn that answers another.

    Parameters and result as of `swapped`; only the length of a turn and its corpus make two alike.
    """
    times: dict[str, int] = defaultdict(int)
    for example in examples:
        times[example.text.lower()] += 1
    return _swap([[example for example in examples if _is_of_use(example, times)]], share, rng)


def _is_of_use(example: Example, times: dict[str, int]) -> bool:
    enough = len(example.text.split()) >= _FEWEST_WORDS
    return example.call is not None and enough and times[example.text.lower()] == 1


def _swap(groups: list[list[Example]], share: float, rng: random.Random) -> list[Example]:
    found: list[Example] = []
    for group in groups:
        for example in group:
            example.labels[BELONGS] = 1.0
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
    """Return the scene or conversation; the replies of a scene of ours differ in their last number."""
    conversation = example.id.split("/")[0]
    is_whole = "/" in example.id and not conversation.startswith("own-")
    return conversation if is_whole else conversation.rsplit("-", 1)[0]
