"""Agreement between two coders of the same turns: people, machines, or one of each."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np

from attunement.core.codebook import CODEBOOK, VERDICTS, Family
from attunement.errors import InputError
from attunement.stats.agreement import Agreement, cohen_kappa, gwet_ac, krippendorff_alpha, percent_agreement

__all__ = ["agree", "read_coded"]

Key = tuple[str, int]
_LISTED: tuple[Family, ...] = ("expression", "stance", "after", "risk")
_MIN_UNITS = 2


def read_coded(path: Path) -> dict[Key, dict[str, Any]]:
    """Read coded turns: what ``attune code --json`` writes, or native JSON lines with ``labels`` on the turns.

    Parameters
    ----------
    path : Path
        JSON lines, gzipped or not.

    Returns
    -------
    dict of (str, int) to dict
        Record id and turn index to ``{family: set of codes, "emotion": code, "verdict": verdict}``; a family that was
        not coded is absent.

    Raises
    ------
    InputError
        If it cannot be read or holds no coded turns.
    """
    coded: dict[Key, dict[str, Any]] = {}
    try:
        data = path.read_bytes()
        lines = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).splitlines()
    except OSError as error:
        raise InputError(f"{path.name} could not be read: {error.strerror or 'damaged'}.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise InputError(
                f"{path.name}:{number} is not JSON.", hint="Expected JSON lines of coded turns."
            ) from error
        if "present" in row and "record" in row and isinstance(row.get("index"), int):
            coded[str(row["record"]), row["index"]] = _of_machine(row)
        elif isinstance(row.get("turns"), list):
            for index, turn in enumerate(cast("list[dict[str, Any]]", row["turns"])):
                labels = turn.get("labels")
                if isinstance(labels, dict) and labels:
                    coded[str(row.get("id", number)), index] = _of_people(cast("dict[str, Any]", labels))
    if not coded:
        raise InputError(
            f"{path.name} holds no coded turns.",
            hint="Expected what 'attune code --json' writes, or native JSON lines with labels.",
        )
    return coded


def _of_machine(row: Mapping[str, Any]) -> dict[str, Any]:
    present = set(cast("Iterable[str]", row["present"]))
    abstained = cast("Mapping[str, str]", row.get("abstained") or {})
    found: dict[str, Any] = {
        family: present & set(CODEBOOK.names(family)) for family in _LISTED if family not in abstained
    }
    emotions = present & set(CODEBOOK.names("emotion"))
    if "emotion" not in abstained and emotions:
        probabilities = cast("Mapping[str, float]", row.get("emotion") or {})
        found["emotion"] = max(sorted(emotions), key=lambda code: probabilities.get(code, 0.0))
    verdict = cast("Mapping[str, float]", row.get("verdict") or {})
    if verdict:
        found["verdict"] = max(VERDICTS, key=lambda name: verdict.get(name, 0.0))
    return found


def _of_people(labels: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        family: set(cast("Iterable[str]", labels[family] or ())) for family in _LISTED if family in labels
    }
    if labels.get("emotion"):
        found["emotion"] = str(labels["emotion"])
    if labels.get("verdict") in VERDICTS:
        found["verdict"] = str(labels["verdict"])
    return found


def agree(
    first: Mapping[Key, Mapping[str, Any]], second: Mapping[Key, Mapping[str, Any]], *, level: float = 0.95
) -> list[dict[str, Any]]:
    """Compute the agreement of two coders on the turns that both coded.

    Parameters
    ----------
    first, second : mapping
        From `read_coded`.
    level : float
        Coverage of the intervals.

    Returns
    -------
    list of dict
        A row for each code of expression, stance, after and risk (there or not) that either coder used, and one each
        for emotion and verdict (one of several): ``{family, code, n, both, only_first, only_second, percent,
        kappa, kappa_low, kappa_high, alpha, alpha_low, alpha_high, ac1, ac1_low, ac1_high, level}``. A coefficient is
        None where it is undefined (neither or both used one category only).

    Raises
    ------
    InputError
        If they share no turns.
    """
    shared = sorted(first.keys() & second.keys())
    if not shared:
        raise InputError("The two files share no turns.", hint="Record ids and turn indexes must be the same in both.")
    rows: list[dict[str, Any]] = []
    for family in _LISTED:
        units = [key for key in shared if family in first[key] and family in second[key]]
        for code in CODEBOOK.names(family):
            a = np.array([code in first[key][family] for key in units], dtype=float)
            b = np.array([code in second[key][family] for key in units], dtype=float)
            if a.any() or b.any():
                rows.append(_row(family, code, a, b, [0.0, 1.0], level))
    for family, names in (("emotion", CODEBOOK.names("emotion")), ("verdict", VERDICTS)):
        rank = {name: float(number) for number, name in enumerate(names)}
        units = [key for key in shared if first[key].get(family) in rank and second[key].get(family) in rank]
        if units:
            a = np.array([rank[first[key][family]] for key in units])
            b = np.array([rank[second[key][family]] for key in units])
            used = sorted({*a.tolist(), *b.tolist()})
            rows.append(_row(family, "", a, b, used, level))
    return rows


def _row(
    family: str,
    code: str,
    a: np.ndarray[Any, np.dtype[np.float64]],
    b: np.ndarray[Any, np.dtype[np.float64]],
    categories: list[float],
    level: float,
) -> dict[str, Any]:
    ratings = np.column_stack([a, b])
    row: dict[str, Any] = {"family": family, "code": code or None, "n": len(a)}
    if code:
        row |= {
            "both": int((a * b).sum()),
            "only_first": int((a * (1 - b)).sum()),
            "only_second": int(((1 - a) * b).sum()),
        }
    enough = len(a) >= _MIN_UNITS
    row["percent"] = _number(percent_agreement(ratings, level=level).value) if enough else None
    for name, made in (
        ("kappa", lambda: cohen_kappa(a, b, categories=categories, level=level)),
        ("alpha", lambda: krippendorff_alpha(ratings, level=level)),
        ("ac1", lambda: gwet_ac(ratings, categories=categories, level=level)),
    ):
        found: Agreement | None = made() if enough else None
        for suffix, attribute in (("", "value"), ("_low", "low"), ("_high", "high")):
            row[name + suffix] = None if found is None else _number(getattr(found, attribute))
    row["level"] = level
    return row


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
