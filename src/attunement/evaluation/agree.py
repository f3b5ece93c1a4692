"""Agreement between two coders of the same turns: people, machines, or one of each."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np

from attunement.coders.labels import labelled_codes, labelled_emotion, labelled_verdict, says_nothing
from attunement.core.codebook import CODEBOOK, VERDICTS, Family, Verdict
from attunement.core.counted import counted
from attunement.core.verdict import decide_verdict
from attunement.errors import InputError
from attunement.evaluation.same_turns import Key, Said, differing_turns, said
from attunement.readers.archives import Limits, is_gzip, unpack_gzip
from attunement.stats.agreement import Agreement, cohen_kappa, gwet_ac, krippendorff_alpha, percent_agreement
from attunement.stats.bootstrap import bootstrap_sums, percentile_interval
from attunement.stats.rates import exact_interval

__all__ = ["Coded", "agree", "not_compared", "read_coded"]

_LISTED: tuple[Family, ...] = ("expression", "stance", "after", "risk")
_MIN_UNITS = 2
# The intervals rest on the spread between units: of fewer it says nothing, and is naught where all agree.
_MIN_FOR_INTERVAL = 10
_RESAMPLES, _SEED = 2000, 17
_NO_WIDTH = 1e-9
_DIGITS = 12


class Coded(dict[Key, dict[str, Any]]):
    """Record id and turn index to the codes, with what must be known to set two files side by side.

    Attributes
    ----------
    turns : dict of str to int
        For each record that a coder's rows are of, how many turns it has.
    entries : dict of str to int
        For each native record in which entries may join to one turn (somebody speaks twice in a row, or nobody
        speaks), how many entries it has.
    said : dict of (str, int) to Said
        Who speaks in every turn and what is said there, as far as the file tells.
    doubled : int
        Turns left out because their record id and index had been there: a file holds two conversations under one id.
    foreign : int
        Turns whose emotion is no name of the codebook: left out of the agreement on emotion, and of nothing else.
    """

    def __init__(self) -> None:
        super().__init__()
        self.turns: dict[str, int] = {}
        self.entries: dict[str, int] = {}
        self.said: dict[Key, Said] = {}
        self.doubled = 0
        self.foreign = 0


class _Row(msgspec.Struct):
    """What is needed of a row that ``attune code --json`` writes."""

    record: str | int
    index: int
    present: list[str]
    speaker: Any = None
    text: Any = None
    abstained: dict[str, str] | None = None
    emotion: dict[str, float] | None = None
    verdict: dict[str, float] | None = None


class _Entry(msgspec.Struct):
    speaker: Any = None
    text: Any = None
    kind: Any = None
    labels: dict[str, Any] | None = None


class _Native(msgspec.Struct):
    turns: list[_Entry]
    id: str | int | None = None


def read_coded(path: Path) -> Coded:
    """Read coded turns: what ``attune code --json`` writes, or native JSON lines with ``labels`` on the turns.

    Where a file holds two conversations under one id, the first is kept and the turns of the others are counted.

    Parameters
    ----------
    path : Path
        JSON lines, gzipped or not.

    Returns
    -------
    Coded
        Record id and turn index to ``{family: set of codes, "emotion": code, "verdict": verdict}``; a family that was
        not coded is absent.

    Raises
    ------
    InputError
        If it cannot be read, holds no coded turns, or a label cannot be read as a code.
    LimitError
        If it is gzipped and unpacks to more than is read of any input, in bytes or in ratio.
    """
    coded = Coded()
    closed: set[str] = set()
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            row = msgspec.json.decode(line, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InputError(f"{where} is not JSON.", hint="Expected JSON lines of coded turns.") from error
        try:
            if "present" in row and "record" in row:
                _add_row(coded, msgspec.convert(row, _Row), closed)
            elif "turns" in row:
                _add_native(coded, msgspec.convert(row, _Native), number, where)
        except msgspec.ValidationError as error:
            raise InputError(
                f"{where} is no coded turn: {error}.", hint="Expected what 'attune code --json' writes, or native JSON."
            ) from error
    if not coded:
        raise InputError(
            f"{path.name} holds no coded turns.",
            hint="Expected what 'attune code --json' writes, or native JSON lines with labels.",
        )
    return coded


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file; one that is gzipped is unpacked within the bounds of every input."""
    try:
        with path.open("rb") as file:
            if is_gzip(file.peek(3)):
                yield from io.BytesIO(unpack_gzip(file.read(), path.name, Limits()))
            else:
                yield from file
    except OSError as error:
        raise InputError(f"{path.name} could not be read: {error.strerror or 'damaged'}.") from error


def _add_row(coded: Coded, row: _Row, closed: set[str]) -> None:
    record = str(row.record)
    key = record, row.index
    if key in coded:
        closed.add(record)
    if record in closed:
        # Further turns of the second conversation would continue the first.
        coded.doubled += 1
        return
    coded[key] = _of_machine(row)
    coded.said[key] = said(row.speaker, row.text)
    coded.turns[record] = max(coded.turns.get(record, 0), row.index + 1)


def _add_native(coded: Coded, native: _Native, number: int, where: str) -> None:
    record = str(number if native.id is None else native.id)
    found = {
        (record, index): _of_people(entry.labels, f"{where}, turn {index}")
        for index, entry in enumerate(native.turns)
        if entry.labels
    }
    if any(name == record for name, _ in coded):
        coded.doubled += len(found)
        return
    coded.update(found)
    for index, entry in enumerate(native.turns):
        # What is written for media or a deleted message is no words of the turn.
        coded.said[record, index] = said(entry.speaker, entry.text if entry.kind in (None, "text") else None)
    emotions = (entry.labels.get("emotion") for entry in native.turns if entry.labels)
    coded.foreign += sum(not says_nothing(emotion) and labelled_emotion(emotion) is None for emotion in emotions)
    speakers = [None if entry.kind == "system" else entry.speaker for entry in native.turns]
    if None in speakers or any(one == other for one, other in pairwise(speakers)):
        coded.entries[record] = len(native.turns)


def _of_machine(row: _Row) -> dict[str, Any]:
    present, abstained = set(row.present), row.abstained or {}
    found: dict[str, Any] = {
        family: present & set(CODEBOOK.names(family)) for family in _LISTED if family not in abstained
    }
    emotions = present & set(CODEBOOK.names("emotion"))
    if "emotion" not in abstained and emotions:
        probabilities = row.emotion or {}
        found["emotion"] = max(sorted(emotions), key=lambda code: probabilities.get(code, 0.0))
    if verdict := row.verdict:
        found["verdict"] = decide_verdict(cast("dict[Verdict, float]", verdict))
    return found


def _of_people(labels: Mapping[str, Any], where: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        family: set(codes) for family in _LISTED if (codes := labelled_codes(labels, family, where)) is not None
    }
    if (emotion := labelled_emotion(labels.get("emotion"))) is not None:
        found["emotion"] = emotion
    if (verdict := labelled_verdict(labels, where)) is not None:
        found["verdict"] = verdict
    return found


def _require_alike(first: Coded, second: Coded) -> None:
    """Refuse to set entries of a native file beside turns where one turn joins several entries."""
    for people, machine in ((first, second), (second, first)):
        for record, entries in people.entries.items():
            # A coder writes a row for every turn: as many as entries, and none was joined.
            if machine.turns.get(record, entries) != entries:
                raise InputError(
                    f"{record}: one file has {counted(entries, 'entry', 'entries')}, the other "
                    f"{counted(machine.turns[record], 'turn that joins', 'turns that join')} what somebody says "
                    "in a row: their indexes do not mean the same turns.",
                    hint="Make turns of the labels first: 'attune code --coder human --json'.",
                )


def agree(
    first: Mapping[Key, Mapping[str, Any]], second: Mapping[Key, Mapping[str, Any]], *, level: float = 0.95
) -> list[dict[str, Any]]:
    """Compute the agreement of two coders on the turns that both coded.

    Turns that have other words or another speaker in the one file than in the other are left out.

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
        None where it is undefined (neither or both used one category only); `both`, `only_first` and `only_second` are
        None for emotion and verdict, which have no single code. Intervals are by conversation (bootstrap
        of records) from ten records on; of fewer, turns are taken as independent, which makes them too short.

    Raises
    ------
    InputError
        If they share no turns, or their indexes do not mean the same turns: those of one are of turns and those of the
        other of what turns are joined from, or a record was cut into more turns in one than in the other.
    """
    differing: frozenset[Key] = frozenset()
    if isinstance(first, Coded) and isinstance(second, Coded):
        _require_alike(first, second)
        differing = differing_turns(first.said, second.said)
    shared = sorted(first.keys() & second.keys())
    if not shared:
        one, other = sorted({record for record, _ in first}), sorted({record for record, _ in second})
        hint = "Record ids and turn indexes must be the same in both."
        if set(one).isdisjoint(other):
            names = [f"{ids[0]!r}{' and others' if len(ids) > 1 else ''}" for ids in (one, other)]
            hint += (
                f" The first is of {names[0]}, the second of {names[1]}: a record without an id is called as its file, "
                "so give both coders files of the same name, in two folders."
            )
        raise InputError("The two files share no turns.", hint=hint)
    shared = [key for key in shared if key not in differing]
    if not shared:
        raise InputError(
            "No turn has the same words and speaker in the two files.", hint="Two codings of the same turns are due."
        )
    rows: list[dict[str, Any]] = []
    for family in _LISTED:
        units = [key for key in shared if family in first[key] and family in second[key]]
        for code in CODEBOOK.names(family):
            a = np.array([code in first[key][family] for key in units], dtype=float)
            b = np.array([code in second[key][family] for key in units], dtype=float)
            if a.any() or b.any():
                rows.append(_row(family, code, a, b, [0.0, 1.0], level, [record for record, _ in units]))
    for family, names in (("emotion", CODEBOOK.names("emotion")), ("verdict", VERDICTS)):
        rank = {name: float(number) for number, name in enumerate(names)}
        units = [key for key in shared if first[key].get(family) in rank and second[key].get(family) in rank]
        if units:
            a = np.array([rank[first[key][family]] for key in units])
            b = np.array([rank[second[key][family]] for key in units])
            # Expected agreement of AC1 depends on every category that could be chosen, not on those that were.
            rows.append(_row(family, "", a, b, sorted(rank.values()), level, [record for record, _ in units]))
    return rows


def not_compared(
    first: Mapping[Key, Mapping[str, Any]], second: Mapping[Key, Mapping[str, Any]], names: tuple[str, str]
) -> list[str]:
    """Say of which families no turn was coded in both codings, though in one, and where no code was used in either.

    Parameters
    ----------
    first, second : mapping
        From `read_coded`.
    names : tuple of two str
        What to call them.

    Returns
    -------
    list of str
        A sentence for each reason, with the families: `agree` has no row of these.
    """
    shared = first.keys() & second.keys()
    lacking: dict[str, list[str]] = {}
    for family in (*_LISTED, "emotion", "verdict"):
        coded = [{key for key in shared if family in coding[key]} for coding in (first, second)]
        both = coded[0] & coded[1]
        if any(coded) and not both:
            where = next((name for name, other in zip(names, coded[::-1], strict=True) if not other), "")
            why = f"Coded in {where} only" if where else "Coded on no turn in both files"
            lacking.setdefault(why, []).append(family)
        elif family in _LISTED and both and not any(first[key][family] or second[key][family] for key in both):
            lacking.setdefault("Without a code in either file", []).append(family)
    return [f"{why}: {', '.join(families)}." for why, families in lacking.items()]


def _row(
    family: str,
    code: str,
    a: np.ndarray[Any, np.dtype[np.float64]],
    b: np.ndarray[Any, np.dtype[np.float64]],
    categories: list[float],
    level: float,
    records: list[str],
) -> dict[str, Any]:
    ratings = np.column_stack([a, b])
    row: dict[str, Any] = {"family": family, "code": code or None, "n": len(a)}
    row |= dict.fromkeys(("both", "only_first", "only_second"))
    if code:
        row |= {
            "both": int((a * b).sum()),
            "only_first": int((a * (1 - b)).sum()),
            "only_second": int(((1 - a) * b).sum()),
        }
    enough = len(a) >= _MIN_UNITS
    by_record = _intervals_by_record(a, b, categories, records, level) if enough else {}
    row["percent"] = _number(percent_agreement(ratings, level=level).value) if enough else None
    for name, made in (
        ("kappa", lambda: cohen_kappa(a, b, categories=categories, level=level)),
        ("alpha", lambda: krippendorff_alpha(ratings, level=level)),
        ("ac1", lambda: gwet_ac(ratings, categories=categories, level=level)),
    ):
        found: Agreement | None = made() if enough else None
        row[name] = None if found is None else _number(found.value)
        ends = () if found is None else by_record.get(name, (found.low, found.high))
        for suffix, end in zip(("_low", "_high"), ends, strict=False):
            row[name + suffix] = _number(end) if len(a) >= _MIN_FOR_INTERVAL else None
        row |= {name + suffix: row.get(name + suffix) for suffix in ("_low", "_high")}
    row["level"] = level
    return row


def _intervals_by_record(
    a: np.ndarray[Any, np.dtype[np.float64]],
    b: np.ndarray[Any, np.dtype[np.float64]],
    categories: list[float],
    records: list[str],
    level: float,
) -> dict[str, tuple[float, float]]:
    """Draw whole conversations, whose turns are coded alike for being of the same people; empty where they are too few.

    A draw is a table of the two codings, from which all three coefficients follow: kappa (Cohen 1960), alpha for names
    (Krippendorff 2004) and AC1 (Gwet 2008). Where nobody differs the draws have no width: the interval is that of full
    agreement in so many conversations (`attunement.stats.agreement`), so that turns are not counted there. Where draws
    have no width for another reason (all conversations are alike, one coder never used the code) nothing is said.
    """
    names = {name: number for number, name in enumerate(dict.fromkeys(records))}
    if len(names) < _MIN_FOR_INTERVAL:
        return {}
    if bool((a == b).all()):
        return _full_agreement(a, len(names), categories, level)
    size = len(categories)
    place = {value: number for number, value in enumerate(categories)}
    tables = np.zeros((len(names), size * size))
    for one, other, record in zip(a.tolist(), b.tolist(), records, strict=True):
        tables[names[record], place[one] * size + place[other]] += 1.0
    drawn = bootstrap_sums(tables, resamples=_RESAMPLES, seed=_SEED).reshape(-1, size, size)
    total = drawn.sum(axis=(1, 2))
    agreed = np.diagonal(drawn, axis1=1, axis2=2).sum(axis=1) / total
    first, second = drawn.sum(axis=2) / total[:, None], drawn.sum(axis=1) / total[:, None]
    both = (first + second) / 2.0
    paired = 2.0 * total
    expected = {
        "kappa": (first * second).sum(axis=1),
        "alpha": 1.0 - (1.0 - (both**2).sum(axis=1)) * paired / (paired - 1.0),
        "ac1": (both * (1.0 - both)).sum(axis=1) / (size - 1),
    }
    found: dict[str, tuple[float, float]] = {}
    for name, by_chance in expected.items():
        with np.errstate(invalid="ignore", divide="ignore"):
            draws = np.where(by_chance < 1.0, (agreed - by_chance) / (1.0 - by_chance), math.nan)
        low, high = percentile_interval(draws, clusters=len(names), level=level)
        found[name] = (float(low), float(high)) if high - low > _NO_WIDTH else (math.nan, math.nan)
    return found


def _full_agreement(
    a: np.ndarray[Any, np.dtype[np.float64]], conversations: int, categories: list[float], level: float
) -> dict[str, tuple[float, float]]:
    """Bound the coefficients where nobody differs, by the exact share of so many conversations that agree.

    The expected agreement is that of all turns; the lowest likely observed one that of the conversations alone.
    """
    least = exact_interval(conversations, conversations, level=level).low
    ratings = np.column_stack([a, a])
    expected = {
        "kappa": cohen_kappa(a, a, categories=categories, level=level).expected,
        "alpha": krippendorff_alpha(ratings, level=level).expected,
        "ac1": gwet_ac(ratings, categories=categories, level=level).expected,
    }
    return {
        name: (max(-1.0, (least - by_chance) / (1.0 - by_chance)), 1.0) if by_chance < 1.0 else (math.nan, math.nan)
        for name, by_chance in expected.items()
    }


def _number(value: float) -> float | None:
    # Beyond that the digits are of the order of adding up: the same figure would differ from file to file.
    return None if math.isnan(value) else round(value, _DIGITS) + 0.0
