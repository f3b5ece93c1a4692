"""The words that a coder marks against the words that people marked: token-level F1 and IOU-F1.

The figures are those by which Sharma, Miner, Atkins and Althoff (2020, EPITOME, arXiv 2009.08441) measure rationales,
after DeYoung et al. (2020, ERASER, arXiv 1911.03429): F1 over tokens, and F1 over spans of which one counts as found
where the two share at least half of the tokens that either covers. Tokens here are ours, not those of a network: each
run of letters and digits and each other mark is one (`tokens`), and it is marked where a span touches it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.core.coding import CharSpan
from attunement.evaluation.scoring import intervals, resampled, rounded

__all__ = ["Marked", "score_rationales", "tokens"]

Floats = NDArray[np.float64]

_TOKEN = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
_SHARED = 0.5
# What is counted of each reply; the figures are made of the sums.
_COUNTS = (
    "replies", "tokens", "both", "coder", "people", "own_f1", "spans_found", "spans_coder", "spans_people", "own_iou",
    "whole_f1", "clear",
)  # fmt: skip


class Marked(NamedTuple):
    """A reply with the words that people marked in it and those that the coder did."""

    text: str
    people: Sequence[CharSpan]
    coder: Sequence[CharSpan]


def score_rationales(replies: Sequence[Marked], clusters: Sequence[str], *, seed: int = 0) -> dict[str, Any]:
    """Score marked words.

    Parameters
    ----------
    replies : sequence of Marked
        The replies; a reply in which people marked nothing has no spans of theirs.
    clusters : sequence of str
        What each reply belongs to; intervals draw clusters.
    seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        `n` (replies); pooled over their tokens `precision`, `recall`, `token_f1` (of the marked tokens) and `macro_f1`
        (the mean of the F1 of marked and of other tokens); `mean_f1`, the mean of the replies' own F1 as in ERASER,
        where a reply that neither marked counts 1 and one that only one of them marked counts 0; `iou_f1`, pooled over
        spans, and `mean_iou_f1`, the mean of the replies' own with the same rule; `published_f1`, the mean as the
        authors' own code takes it: a reply without a mark counts there as marked from end to end, for people and
        coder alike; `interval` of each. `marked` holds the same for the replies in which people marked something;
        `unmarked` for the others `n`, `clear` (the share in which the coder marked nothing either), `share` (of
        their tokens that it marked). None where nothing could be counted.
    """
    rows = np.array([_counted(reply) for reply in replies], dtype=np.float64).reshape(len(replies), len(_COUNTS))
    names = np.array(clusters, dtype=object)
    has = rows[:, _COUNTS.index("people")] > 0
    return {
        **_group(rows, clusters, _figures, seed),
        "marked": _group(rows[has], names[has].tolist(), _figures, seed),
        "unmarked": _group(rows[~has], names[~has].tolist(), _restraint, seed),
    }


def tokens(text: str) -> list[CharSpan]:
    """Cut a text into words and single marks.

    Examples
    --------
    >>> text = "I'm sorry, really..."
    >>> [text[t.start : t.end] for t in tokens(text)]
    ["I'm", 'sorry', ',', 'really', '.', '.', '.']
    """
    return [CharSpan(found.start(), found.end()) for found in _TOKEN.finditer(text)]


def _group(rows: Floats, clusters: Sequence[str], figures: Any, seed: int) -> dict[str, Any]:
    if not len(rows):
        return {"n": 0}
    sums, draws = resampled(rows, clusters, seed)
    value = figures(dict(zip(_COUNTS, sums[:, np.newaxis], strict=True)))
    spread = figures(dict(zip(_COUNTS, draws.T, strict=True)))
    return {
        "n": len(rows),
        **{name: rounded(float(one[0])) for name, one in value.items()},
        "interval": intervals(spread, len(set(clusters))),
    }


def _figures(sums: dict[str, Floats]) -> dict[str, Floats]:
    neither = sums["tokens"] - sums["coder"] - sums["people"] + sums["both"]
    token_f1 = _ratio(2.0 * sums["both"], sums["coder"] + sums["people"])
    other_f1 = _ratio(2.0 * neither, 2.0 * sums["tokens"] - sums["coder"] - sums["people"])
    return {
        "precision": _ratio(sums["both"], sums["coder"]),
        "recall": _ratio(sums["both"], sums["people"]),
        "token_f1": token_f1,
        "mean_f1": _ratio(sums["own_f1"], sums["replies"]),
        "macro_f1": (token_f1 + other_f1) / 2.0,
        "iou_f1": _ratio(2.0 * sums["spans_found"], sums["spans_coder"] + sums["spans_people"]),
        "mean_iou_f1": _ratio(sums["own_iou"], sums["replies"]),
        "published_f1": _ratio(sums["whole_f1"], sums["replies"]),
    }


def _restraint(sums: dict[str, Floats]) -> dict[str, Floats]:
    return {"clear": _ratio(sums["clear"], sums["replies"]), "share": _ratio(sums["coder"], sums["tokens"])}


def _ratio(above: Floats, below: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0, above / below, np.nan)


def _counted(reply: Marked) -> list[float]:
    cut = tokens(reply.text)
    people, coder = _runs(cut, reply.people), _runs(cut, reply.coder)
    size = len(cut)
    by_people, by_coder = _members(people), _members(coder)
    both = len(by_people & by_coder)
    found = sum(any(_overlap(one, other) >= _SHARED for other in coder) for one in people)
    # Without a mark the authors' code takes the whole reply as marked.
    whole_people, whole_coder = len(by_people) or size, len(by_coder) or size
    whole_both = both if by_people and by_coder else min(whole_people, whole_coder)
    return [
        1.0,
        size,
        both,
        len(by_coder),
        len(by_people),
        _f1(both, len(by_coder), len(by_people)),
        found,
        len(coder),
        len(people),
        _f1(found, len(coder), len(people)),
        _f1(whole_both, whole_coder, whole_people),
        float(not by_coder),
    ]


def _f1(both: int, coder: int, people: int) -> float:
    return 2.0 * both / (coder + people) if coder + people else 1.0


def _runs(cut: Sequence[CharSpan], spans: Sequence[CharSpan]) -> list[range]:
    """Return the tokens that each span touches; what touches the same token or the next one is one span."""
    runs: list[range] = []
    for span in sorted(spans, key=lambda one: one.start):
        touched = [i for i, token in enumerate(cut) if token.start < span.end and token.end > span.start]
        if not touched:
            continue
        first, last = touched[0], touched[-1] + 1
        if runs and first <= runs[-1].stop:
            runs[-1] = range(runs[-1].start, max(runs[-1].stop, last))
        else:
            runs.append(range(first, last))
    return runs


def _members(runs: Sequence[range]) -> set[int]:
    return {i for run in runs for i in run}


def _overlap(one: range, other: range) -> float:
    shared = max(0, min(one.stop, other.stop) - max(one.start, other.start))
    return shared / (len(one) + len(other) - shared)
