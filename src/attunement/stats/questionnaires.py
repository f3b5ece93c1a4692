"""Scoring of questionnaires from their numbers alone: no item texts, screening figures and never diagnoses.

Keys, ranges and cut-offs follow the publications named beside each instrument. What is missing is not filled in unless
asked for, and a flag that a person must look at is raised whatever else is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from attunement.errors import UsageError, suggest

__all__ = ["INSTRUMENTS", "Instrument", "Score", "score"]

Answer = int | None
Value = int | float | bool | str | None
Rule = Callable[[Sequence[Answer]], dict[str, Value]]


@dataclass(frozen=True, slots=True)
class Instrument:
    """What scoring needs to know.

    Attributes
    ----------
    name : str
    items : int
        How many.
    least, most : int
        Range of an answer.
    most_of : dict of int to int
        Items (from 1) with another largest answer.
    source : str
        Who published it, and how free it is.
    rule : callable
        From answers (None where missing) to figures; a figure that needs a missing answer is None.
    """

    name: str
    items: int
    least: int
    most: int
    source: str
    rule: Rule
    most_of: dict[int, int] = field(default_factory=dict[int, int])


@dataclass(frozen=True, slots=True)
class Score:
    """Figures of one filled-in questionnaire.

    Attributes
    ----------
    instrument : str
    values : dict of str to number, truth value, text or None
        None where an answer that a figure needs is missing.
    answered : int
        How many items.
    prorated : bool
        Whether missing answers were filled in with the mean of the others.
    """

    instrument: str
    values: dict[str, Value]
    answered: int
    prorated: bool


def score(instrument: str, answers: Sequence[Answer], *, prorate: bool = False) -> Score:
    """Score one filled-in questionnaire.

    Parameters
    ----------
    instrument : str
        A name in `INSTRUMENTS`.
    answers : sequence of int or None
        In the order of the items; None where missing.
    prorate : bool
        Fill missing answers with the rounded mean of the answered ones, where at most a fifth is missing; totals then
        say more than was asked, and `Score.prorated` says so.

    Raises
    ------
    UsageError
        If there is no such instrument, the number of answers is wrong, or an answer is out of range.
    """
    known = INSTRUMENTS.get(instrument)
    if known is None:
        raise UsageError(f"There is no questionnaire {instrument!r}.", hint=suggest(instrument, INSTRUMENTS))
    if len(answers) != known.items:
        raise UsageError(f"{instrument} has {known.items} items, got {len(answers)} answers.")
    for place, answer in enumerate(answers, start=1):
        most = known.most_of.get(place, known.most)
        if answer is not None and not known.least <= answer <= most:
            raise UsageError(f"Item {place} of {instrument} runs from {known.least} to {most}; got {answer!r}.")
    given = [answer for answer in answers if answer is not None]
    missing = known.items - len(given)
    fills = prorate and 0 < missing <= known.items / 5
    used = list(answers)
    if fills:
        mean = round(sum(given) / len(given))
        used = [
            min(mean, known.most_of.get(place, known.most)) if answer is None else answer
            for place, answer in enumerate(answers, start=1)
        ]
    return Score(instrument, known.rule(used), len(given), fills)


def _sum(answers: Sequence[Answer], first: int = 1, last: int | None = None) -> int | None:
    """Sum items from `first` to `last`, both included and counted from 1; None where one is missing."""
    chosen = answers[first - 1 : last]
    return None if any(answer is None for answer in chosen) else sum(answer or 0 for answer in chosen)


def _mean_of(
    answers: Sequence[Answer], items: Sequence[int], *, reverse: Sequence[int] = (), turn: int = 0
) -> float | None:
    values: list[int] = []
    for item in items:
        answer = answers[item - 1]
        if answer is None:
            return None
        values.append(turn - answer if item in reverse else answer)
    return sum(values) / len(values)


def _band(total: float | None, bands: Sequence[tuple[float, str]]) -> str | None:
    """Return the name of the first band whose upper end the total does not pass."""
    if total is None:
        return None
    return next(name for upper, name in bands if total <= upper)


def _at_least(total: float | None, cut: float) -> bool | None:
    return None if total is None else total >= cut


def _below(total: float | None, cut: float) -> bool | None:
    return None if total is None else total < cut


_SEVERITY = ((4, "minimal"), (9, "mild"), (14, "moderate"))


def _phq9(answers: Sequence[Answer]) -> dict[str, Value]:
    total = _sum(answers)
    last = answers[8]
    algorithm: str | None = None
    if total is not None:
        present = [(answer or 0) >= 2 for answer in answers[:8]] + [(last or 0) >= 1]
        core, count = present[0] or present[1], sum(present)
        algorithm = "major" if core and count >= 5 else "other" if core and count >= 2 else "none"
    return {
        "total": total,
        "band": _band(total, (*_SEVERITY, (19, "moderately severe"), (27, "severe"))),
        "positive": _at_least(total, 10),
        "algorithm": algorithm,
        # Whatever the total, and also where other answers are missing: a person has to look at this.
        "item9_flag": None if last is None else last >= 1,
    }


def _gad7(answers: Sequence[Answer]) -> dict[str, Value]:
    total = _sum(answers)
    return {"total": total, "band": _band(total, (*_SEVERITY, (21, "severe"))), "positive": _at_least(total, 10)}


def _pcl5(answers: Sequence[Answer]) -> dict[str, Value]:
    clusters = {"B": (1, 5, 1), "C": (6, 7, 1), "D": (8, 14, 2), "E": (15, 20, 2)}
    total = _sum(answers)
    provisional = None
    if total is not None:
        provisional = all(
            sum((answer or 0) >= 2 for answer in answers[first - 1 : last]) >= needed
            for first, last, needed in clusters.values()
        )
    return {
        "total": total,
        **{f"cluster_{name}": _sum(answers, first, last) for name, (first, last, _) in clusters.items()},
        "provisional": provisional,
        "at_or_above_31": _at_least(total, 31),
        "at_or_above_33": _at_least(total, 33),
    }


def _itq(answers: Sequence[Answer]) -> dict[str, Value]:
    def either(*items: int) -> bool:
        return any((answers[item - 1] or 0) >= 2 for item in items)

    # Items 1-6 and 10-15 are symptoms, 7-9 and 16-18 what they get in the way of.
    halves: list[bool | None] = []
    for first in (1, 10):
        part = answers[first - 1 : first + 8]
        pairs = ((first, first + 1), (first + 2, first + 3), (first + 4, first + 5), (first + 6, first + 7, first + 8))
        halves.append(None if None in part else all(either(*pair) for pair in pairs))
    stress, self_organisation = halves
    diagnosis: str | None = None
    if stress is not None and self_organisation is not None:
        diagnosis = "CPTSD" if stress and self_organisation else "PTSD" if stress else "none"
    return {
        "ptsd_severity": _sum(answers, 1, 6),
        "dso_severity": _sum(answers, 10, 15),
        "ptsd_criteria": stress,
        "dso_criteria": self_organisation,
        "diagnosis": diagnosis,
    }


def _ecr_rs(answers: Sequence[Answer]) -> dict[str, Value]:
    return {
        "avoidance": _mean_of(answers, range(1, 7), reverse=(1, 2, 3, 4), turn=8),
        "anxiety": _mean_of(answers, range(7, 10)),
    }


def _scs_sf(answers: Sequence[Answer]) -> dict[str, Value]:
    pairs = {
        "self_kindness": (2, 6), "self_judgment": (11, 12), "common_humanity": (5, 10), "isolation": (4, 8),
        "mindfulness": (3, 7), "over_identification": (1, 9),
    }  # fmt: skip
    return {
        "total_mean": _mean_of(answers, range(1, 13), reverse=(1, 4, 8, 9, 11, 12), turn=6),
        **{name: _mean_of(answers, items) for name, items in pairs.items()},
    }


def _csi(cut: float) -> Rule:
    def rule(answers: Sequence[Answer]) -> dict[str, Value]:
        total = _sum(answers)
        return {"total": total, "distressed": _below(total, cut)}

    return rule


def _rdas(answers: Sequence[Answer]) -> dict[str, Value]:
    total = _sum(answers)
    return {
        "total": total,
        "consensus": _sum(answers, 1, 6),
        "satisfaction": _sum(answers, 7, 10),
        "cohesion": _sum(answers, 11, 14),
        # Sources disagree about 48 itself; Crane and others (2000) call it not distressed.
        "distressed": _below(total, 48),
    }


def _ios(answers: Sequence[Answer]) -> dict[str, Value]:
    return {"total": answers[0]}


def _pprs(answers: Sequence[Answer]) -> dict[str, Value]:
    return {"mean": _mean_of(answers, range(1, 13))}


INSTRUMENTS: dict[str, Instrument] = {
    one.name: one
    for one in (
        Instrument("PHQ-9", 9, 0, 3, "Kroenke, Spitzer & Williams (2001); free", _phq9),
        Instrument("GAD-7", 7, 0, 3, "Spitzer and others (2006); free", _gad7),
        Instrument("PCL-5", 20, 0, 4, "Weathers and others (2013); public domain", _pcl5),
        Instrument("ITQ", 18, 0, 4, "Cloitre and others (2018); free, cite", _itq),
        Instrument("ECR-RS", 9, 1, 7, "Fraley and others (2011); free for research", _ecr_rs),
        Instrument("SCS-SF", 12, 1, 5, "Raes and others (2011); free, cite", _scs_sf),
        Instrument("CSI-32", 32, 0, 5, "Funk & Rogge (2007); free", _csi(104.5), {1: 6}),
        Instrument("CSI-16", 16, 0, 5, "Funk & Rogge (2007); free", _csi(51.5), {1: 6}),
        Instrument("CSI-4", 4, 0, 5, "Funk & Rogge (2007); free", _csi(13.5), {1: 6}),
        Instrument(
            "RDAS", 14, 0, 5, "Busby and others (1995); rights of the items unclear: scoring only", _rdas, {11: 4}
        ),
        Instrument("IOS", 1, 1, 7, "Aron and others (1992); pictures are protected: scoring only", _ios),
        Instrument("PPRS-12", 12, 1, 9, "Reis and others; versions differ: check yours", _pprs),
    )
}
"""Every questionnaire that can be scored, by its name."""
