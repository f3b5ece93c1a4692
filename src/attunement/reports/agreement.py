"""How far a coder agrees with held-out codes, beside how far careful codings agree with each other."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from attunement.reports.strings import Words

__all__ = ["Agreement", "Kappa", "agreement_of", "is_by_people", "load_agreements", "word_agreement", "word_caution"]


_PEOPLE = "human"


class Kappa(msgspec.Struct, frozen=True):
    """Cohen's kappa with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


class Agreement(msgspec.Struct, frozen=True):
    """What a coder reaches on codes that it had not learnt from; written by ``python -m benchmarks.agreement``.

    Attributes
    ----------
    coder : str
        Name and version of the coder; another version has other errors and is not covered.
    data : str
        The codes that it was held against.
    n : int
        How many exchanges.
    verdict, met : Kappa
        Agreement on the four verdicts, and on met against missed.
    ceiling_verdict, ceiling_met : float
        Kappa of two codings of such exchanges, an upper bound.
    """

    coder: str
    data: str
    n: int
    verdict: Kappa
    met: Kappa
    ceiling_verdict: float
    ceiling_met: float


@cache
def load_agreements() -> dict[str, Agreement]:
    """Load what was measured, by the coder's name and version."""
    data = files("attunement.reports").joinpath("data/agreement.json").read_bytes()
    return {each.coder: each for each in msgspec.json.decode(data, type=list[Agreement])}


def agreement_of(coder: str) -> Agreement | None:
    """Return what was measured of a coder: of this version, else of another one of the same name, else None."""
    known = load_agreements()
    name = coder.partition("/")[0]
    same = [each for each in known.values() if each.coder.partition("/")[0] == name]
    return known.get(coder) or (same[0] if same else None)


def is_by_people(coder: str) -> bool:
    """Tell whether the codes were given by people."""
    return coder.partition("/")[0] == _PEOPLE


def word_caution(coder: str, words: Words) -> str:
    """Word, for the opening of a page, that a program read the words; empty where people did."""
    if is_by_people(coder):
        return ""
    found = agreement_of(coder)
    if found is None:
        return words.text("story.caution_unknown")
    return words.text("story.caution", value=words.number(found.verdict.value, 2))


def word_agreement(coder: str, words: Words) -> tuple[str, str]:
    """Word a coder's agreement and what to hold it against; the second is empty where nothing was measured."""
    if is_by_people(coder):
        return words.text("basis.accuracy_people"), ""
    found = agreement_of(coder)
    if found is None:
        return words.text("basis.accuracy_none"), ""
    items = [
        words.text(
            "basis.accuracy_item",
            family=words.name_of("family", family),
            value=words.number(kappa.value, 2),
            low=words.number(kappa.low, 2),
            high=words.number(kappa.high, 2),
        )
        for family, kappa in (("verdict", found.verdict), ("met", found.met))
    ]
    told = words.join(items)
    accuracy = words.text("basis.accuracy_text", n=found.n, data=found.data, coder=found.coder, list=told)
    verdict, met = words.number(found.ceiling_verdict, 2), words.number(found.ceiling_met, 2)
    return accuracy, words.text("basis.accuracy_human", verdict=verdict, met=met)
