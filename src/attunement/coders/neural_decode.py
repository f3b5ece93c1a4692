"""What the network puts out as codings: calibrated probabilities, decisions, spans, the verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.coders.neural_weights import Head, Manifest
from attunement.core.codebook import VERDICTS, Family, Verdict
from attunement.core.coding import CharSpan, Coding
from attunement.core.verdict import verdict_probabilities

__all__ = ["Outputs", "clauses", "codings_of", "probabilities", "spans_of", "verdict_of_outputs"]

Floats = NDArray[np.float64]

_LISTED = 0.02
_DIGITS = 4
_CLAUSE = re.compile(r"[^.!?;:,…\n]+[.!?;:,…\n]*|[.!?;:,…\n]+")
_FEWEST_LETTERS = 12

Outputs = dict[str, Floats]
"""Head name to the calibrated values of its codes, for one turn."""


def probabilities(manifest: Manifest, values: NDArray[np.float32]) -> list[Outputs]:
    """Turn raw values, shape (turns, codes), into calibrated ones, a dictionary a turn."""
    found: list[Outputs] = [{} for _ in range(values.shape[0])]
    place = 0
    for head in manifest.heads:
        raw = values[:, place : place + len(head.codes)].astype(np.float64)
        place += len(head.codes)
        shifted = raw * np.array(head.slopes) + np.array(head.offsets)
        calibrated = _squash(head, shifted)
        for row, outputs in enumerate(found):
            outputs[head.name] = calibrated[row]
    return found


def _squash(head: Head, shifted: Floats) -> Floats:
    if head.kind == "many":
        return 1.0 / (1.0 + np.exp(-np.clip(shifted, -30.0, 30.0)))
    if head.kind == "one":
        powers = np.exp(shifted - shifted.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
    return shifted


def codings_of(
    head: Head,
    outputs: Outputs,
    family: Family,
    coder: str,
    spans: dict[str, tuple[CharSpan, ...]],
    whole: tuple[CharSpan, ...],
) -> list[Coding]:
    """List the codings of one head; codes of next to no probability are left out.

    Parameters
    ----------
    head : Head
        The head.
    outputs : Outputs
        The turn's calibrated values.
    family : str
        The codebook's family.
    coder : str
        "name/version".
    spans : dict of str to tuple of CharSpan
        The words that carry each code with attention of its own.
    whole : tuple of CharSpan
        The turn's words, for codes without.
    """
    values = outputs[head.name]
    found: list[Coding] = []
    best = int(values.argmax()) if head.kind == "one" else -1
    for i, code in enumerate(head.codes):
        p = round(float(values[i]), _DIGITS)
        present = i == best if head.kind == "one" else p >= head.thresholds[i]
        if p < _LISTED and not present:
            continue
        found.append(Coding(code, family, min(1.0, max(0.0, p)), present, spans.get(code, whole), coder))
    return found


def verdict_of_outputs(
    manifest: Manifest, outputs: Outputs, stance: Head, *, below: float = 0.0
) -> dict[Verdict, float] | None:
    """Blend the verdict head with the codebook's rule on the stance probabilities; None where none reaches `below`."""
    rule = verdict_probabilities(
        dict(zip(stance.codes, outputs["stance"].tolist(), strict=True)), heavy=float(outputs["call_heavy"][0])
    )
    said = [np.log(max(float(p), 1e-4)) for p in outputs["verdict"]]
    said += [np.log(max(rule[name], 1e-4)) for name in VERDICTS]
    logits = np.array(manifest.verdict_mix) @ np.array([*said, 1.0])
    powers = np.exp(logits - logits.max())
    share = powers / powers.sum()
    if float(share.max()) < below:
        return None
    rounded = [round(float(p), _DIGITS) for p in share]
    # What rounding took or gave goes to the largest, so that the four still sum to 1.
    rounded[int(share.argmax())] = round(rounded[int(share.argmax())] + 1.0 - sum(rounded), _DIGITS)
    return dict(zip(VERDICTS, rounded, strict=True))


def clauses(text: str) -> list[CharSpan]:
    """Cut a text into clauses without the white space around them; a short one joins the next.

    Examples
    --------
    >>> [text[c.start : c.end] for text in ["oh no. I really missed you"] for c in clauses(text)]
    ['oh no. I really missed you']
    """
    found: list[CharSpan] = []
    begin: int | None = None
    for match in _CLAUSE.finditer(text):
        begin = match.start() if begin is None else begin
        if match.end() - begin >= _FEWEST_LETTERS:
            found.append(CharSpan(begin, match.end()))
            begin = None
    if begin is not None:
        if found and len(text) - begin < _FEWEST_LETTERS:
            found[-1] = CharSpan(found[-1].start, len(text))
        else:
            found.append(CharSpan(begin, len(text)))
    return [span for span in (_trimmed(text, span) for span in found) if span.end > span.start]


def _trimmed(text: str, span: CharSpan) -> CharSpan:
    words = text[span.start : span.end]
    lead = len(words) - len(words.lstrip())
    return CharSpan(span.start + lead, span.start + max(lead, len(words.rstrip())))


def spans_of(
    text: str,
    places: Sequence[tuple[int, int]],
    attention: Any,
    codes: Sequence[str],
    wanted: Sequence[str],
    share: float,
) -> dict[str, tuple[CharSpan, ...]]:
    """Say which clauses carry each wanted code.

    Parameters
    ----------
    text : str
        The turn.
    places : sequence of (int, int)
        For each of its pieces the characters.
    attention : ndarray, shape (pieces, codes)
        How each code weighs each piece.
    codes : sequence of str
        The columns.
    wanted : sequence of str
        The codes to say it of.
    share : float
        The least share of the attention that a clause must hold; the heaviest clause is always given.

    Returns
    -------
    dict of str to tuple of CharSpan
        In order, touching clauses joined.
    """
    cut = clauses(text)
    if not cut or not places:
        return {}
    ends = np.array([span.end for span in cut])
    of_piece = np.minimum(np.searchsorted(ends, [start for start, _ in places], side="right"), len(cut) - 1)
    found: dict[str, tuple[CharSpan, ...]] = {}
    for code in wanted:
        column = attention[:, codes.index(code)]
        mass = np.bincount(of_piece, weights=column, minlength=len(cut))
        total = float(mass.sum())
        chosen = mass >= share * total if total > 0 else np.zeros(len(cut), dtype=bool)
        chosen[int(mass.argmax())] = True
        joined: list[CharSpan] = []
        previous = -2
        for i in np.flatnonzero(chosen).tolist():
            if i == previous + 1:
                joined[-1] = CharSpan(joined[-1].start, cut[i].end)
            else:
                joined.append(cut[i])
            previous = i
        found[code] = tuple(joined)
    return found
