"""Whether a set of weights fits this version of the package, asked before anything is coded with it.

The digests say that the files are those which the manifest names; they do not say that the manifest is one that this
version can read. Weights may be of an earlier codebook, of a later version, or somebody's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attunement.core.codebook import CODEBOOK, VERDICTS

if TYPE_CHECKING:
    from attunement.coders.blend import Blend
    from attunement.coders.neural_weights import Head, Manifest

__all__ = ["blend_misfit", "manifest_misfit"]

_UNANSWERED = "silence"  # a stance that no words show: no network is asked for it
_KINDS = {
    **dict.fromkeys(("expression", "stance", "after", "risk", "prompted", "call_heavy"), "many"),
    **dict.fromkeys(("emotion", "verdict"), "one"),
    **dict.fromkeys(("intensity", "valence"), "number"),
}
"""The heads that a coding is made of, and the kind of each."""
_JOINED = ("expression", "stance", "after", "risk")
_VERDICT_INPUTS, _BLEND_INPUTS = 9, 13


def manifest_misfit(manifest: Manifest) -> str | None:
    """Say what of a manifest does not fit this version; None where all does.

    Parameters
    ----------
    manifest : Manifest
        Of the right format.

    Returns
    -------
    str or None
        The end of a sentence that begins with the weights' name.
    """
    heads = {head.name: head for head in manifest.heads}
    if len(heads) < len(manifest.heads):
        return "have two heads of one name"
    for name, kind in _KINDS.items():
        if name not in heads or heads[name].kind != kind:
            return f"have no head {name!r} of the kind {kind!r}"
    for head in manifest.heads:
        if not _is_even(head):
            return f"do not have as many numbers as codes in the head {head.name!r}"
    for name in (*_JOINED, "emotion"):
        # In any order: it is that of the outputs.
        if sorted(heads[name].codes) != sorted(_codes_of(name)):
            return (
                f"do not have the codes of {name!r} of the codebook {CODEBOOK.version}; theirs is {manifest.codebook}"
            )
    if heads["verdict"].codes != VERDICTS:
        return "do not have the verdicts in the order of the codebook"
    if {code for name in _JOINED for code in heads[name].codes} != set(manifest.span_codes):
        return "do not have attention for every code"
    if [len(row) for row in manifest.verdict_mix] != [_VERDICT_INPUTS] * len(VERDICTS):
        return "mix the verdict from other inputs"
    marks = manifest.marks
    if marks is not None:
        columns = {len(marks.heads), len(marks.clause), len(marks.thresholds), len(marks.above)}
        if len(columns) > 1 or not set(marks.heads) <= set(heads):
            return "mark words for heads that they do not have"
    return None


def blend_misfit(blend: Blend) -> bool:
    """Tell whether the weights of a blend leave out or add anything."""
    if set(blend.families) != set(_JOINED) or [len(row) for row in blend.verdict] != [_BLEND_INPUTS] * len(VERDICTS):
        return True
    return any(
        sorted(own.codes) != sorted(_codes_of(family))
        or {len(own.neural), len(own.lexical), len(own.offsets), len(own.thresholds)} != {len(own.codes)}
        for family, own in blend.families.items()
    )


def _is_even(head: Head) -> bool:
    cuts = len(head.thresholds) == len(head.codes) or head.kind != "many"
    return cuts and len(head.codes) == len(head.slopes) == len(head.offsets)


def _codes_of(family: str) -> list[str]:
    return [code.name for code in CODEBOOK.codes if code.family == family and code.name != _UNANSWERED]
