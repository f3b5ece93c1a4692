"""A coder against the labels of a file: `attune evaluate`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from attunement.coders import human
from attunement.coders.base import CodeOptions, Coder, Query, code_queries, load_coder
from attunement.core.codebook import CODEBOOK, VERDICTS, Family
from attunement.core.coding import CharSpan, TurnCoding
from attunement.core.sound_text import sound_text
from attunement.core.turn import Turn
from attunement.core.verdict import decide_verdict
from attunement.errors import InputError, UsageError
from attunement.evaluation.gold import Gold, KinCoder, Labelled, RationaleCoder, read_labelled
from attunement.evaluation.kin import KIN, Kin, families_of
from attunement.evaluation.rationales import Marked, score_rationales
from attunement.evaluation.scoring import score_many, score_number, score_one
from attunement.evaluation.values import is_missing, plain

__all__ = ["EvaluateOptions", "evaluate"]

_MANY: dict[str, tuple[str, ...]] = {
    "expression": CODEBOOK.names("expression"),
    "stance": tuple(name for name in CODEBOOK.names("stance") if name != "silence"),
    "after": CODEBOOK.names("after"),
    "risk": CODEBOOK.names("risk"),
}
_ONE: dict[str, tuple[str, ...]] = {
    "verdict": VERDICTS,
    "met": ("met", "missed"),
    "emotion": CODEBOOK.names("emotion"),
}
_ASKS: dict[str, Family] = {
    "verdict": "stance",
    "met": "stance",
    "intensity": "emotion",
    "valence": "emotion",
}
# A record may be one reply or a lesson of a thousand turns: what is coded at once is bounded by both.
_RECORDS_AT_ONCE = 512
_TURNS_AT_ONCE = 8192
_CORPUS_OF = {id(kin): corpus for corpus, kins in KIN.items() for kin in kins}
_STANCES = frozenset(CODEBOOK.names("stance"))

Answer = dict[str, tuple[float, bool]]


class EvaluateOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a coder is held against labels.

    Attributes
    ----------
    code : CodeOptions
        The coder.
    by : str or None
        A key of the records' `meta` ("source", "setting", "relation") by which the main figures are also given.
    limit : int or None
        Only so many records, from the start; 1 or more.
    seed : int
        Of the bootstrap.
    """

    code: CodeOptions = msgspec.field(default_factory=CodeOptions)
    by: str | None = None
    limit: int | None = None
    seed: int = 0

    def checked(self) -> EvaluateOptions:
        """Return the options if they make sense.

        Raises
        ------
        UsageError
            If the limit is below 1, or the coder is "human": those codes are what a coder is held against.
        """
        if self.code.coder == human.NAME:
            raise UsageError(
                "A coder is held against codes by people; 'human' is those codes themselves.",
                hint="'attune agree' sets two people side by side.",
            )
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"The limit is a number of records, 1 or more; got {self.limit!r}.")
        return self


class _Unit(msgspec.Struct, frozen=True):
    """One gold with what the coder said and, for a label with words, marked; None where it abstained."""

    gold: Gold
    answer: Answer | None
    cluster: str
    group: str
    text: str = ""
    words: tuple[CharSpan, ...] | None = None


def evaluate(
    path: Path,
    options: EvaluateOptions | None = None,
    *,
    coder: Coder | None = None,
    on_progress: Callable[[str, int, int], object] | None = None,
) -> dict[str, Any]:
    """Hold a coder against the labels that people gave in a file.

    Verdict and met are scored over exchanges that people coded as calls; stance over those and over replies to which
    people gave a stance code; `after` where a miss went before. A unit on which the coder abstained is left out of its
    figures and counted in `abstained`. Where people marked the words that carry a label (EPITOME's rationales) and the
    coder marks some too, the label's figures gain `rationales` (`attunement.evaluation.rationales`); a reply above the
    lowest level whose marked words the file does not have is left out of those.

    Parameters
    ----------
    path : Path
        JSON lines in the form of the corpora, gzipped or not.
    options : EvaluateOptions, optional
        Which coder, and how.
    coder : Coder, optional
        A coder made by the caller; None makes the one that the options name.
    on_progress : callable, optional
        Called with "coding", the number of records done and the number there are (0 while unknown).

    Returns
    -------
    dict
        Plain data: `format`, `data`, `corpus`, `n` (records), `turns`, `coder`, `weights`, `codebook`, `level`,
        `families` (name to figures), and `by` where asked for.

    Raises
    ------
    InputError
        If the file cannot be read or holds no label that can be scored.
    UsageError
        If `options.by` names nothing that the records know, or `options.limit` is below 1.
    """
    options = (options or EvaluateOptions()).checked()
    coder = load_coder(options.code) if coder is None else coder
    units: list[_Unit] = []
    records = turns = 0
    corpora: dict[str, None] = {}
    for batch in _batched(read_labelled(path), options.limit):
        records += len(batch)
        turns += sum(len(labelled.turns) for labelled in batch)
        corpora |= dict.fromkeys(labelled.corpus for labelled in batch)
        units += _code(batch, coder, options)
        if on_progress is not None:
            on_progress("coding", records, 0)
    if not units:
        raise InputError(
            f"{path.name} holds no label that can be scored.", hint="Is it one of the corpora's own files, unchanged?"
        )
    names = _names(units)
    families = _families(units, names, options.seed)
    result: dict[str, Any] = {
        "format": "attunement.evaluation/1",
        "data": sound_text(path.name),
        "corpus": ", ".join(corpora),
        "n": records,
        "turns": turns,
        "coder": f"{coder.name}/{coder.version}",
        "weights": getattr(coder, "weights", None),
        "codebook": CODEBOOK.version,
        "level": 0.95,
        "families": families,
    }
    if options.by is not None:
        groups = sorted({unit.group for unit in units})
        if groups == [""]:
            raise UsageError(f"No record's meta has {options.by!r}.", hint="Try source, setting or relation.")
        result["by"] = {
            group: _families([unit for unit in units if unit.group == group], names, options.seed) for group in groups
        }
    return result


def _batched(records: Iterator[Labelled], limit: int | None) -> Iterator[list[Labelled]]:
    batch: list[Labelled] = []
    turns = 0
    for labelled in islice(records, limit):
        batch.append(labelled)
        turns += len(labelled.turns)
        if len(batch) == _RECORDS_AT_ONCE or turns >= _TURNS_AT_ONCE:
            yield batch
            batch, turns = [], 0
    if batch:
        yield batch


def _code(batch: Sequence[Labelled], coder: Coder, options: EvaluateOptions) -> Iterator[_Unit]:
    """Code every turn of a batch that somebody labelled, and pair gold with answer."""
    queries: list[Query] = []
    places: dict[tuple[int, int], int] = {}
    for number, labelled in enumerate(batch):
        wanted = {gold.turn for gold in labelled.gold}
        people = tuple(sorted({turn.speaker for turn in labelled.turns}))
        for index, turn in enumerate(labelled.turns):
            if index in wanted or None in wanted:
                places[number, index] = len(queries)
                queries.append(Query(turn, labelled.turns[max(0, index - coder.reach) : index], people))
    codings = code_queries(queries, coder) if queries else []
    kin_of = coder.kin_families if isinstance(coder, KinCoder) else ()
    marks = coder.rationale_families if isinstance(coder, RationaleCoder) else ()
    # Only what people labelled by another set is also read by the heads for that set.
    asked: dict[int, None] = {}
    marked: dict[int, None] = {}
    for number, labelled in enumerate(batch):
        for gold in labelled.gold:
            if gold.turn is not None and _kin_key(labelled.form, gold) in kin_of:
                asked[places[number, gold.turn]] = None
            if gold.turn is not None and gold.words is not None and _kin_key(labelled.form, gold) in marks:
                marked[places[number, gold.turn]] = None
    kin: dict[int, Any] = {}
    if asked and isinstance(coder, KinCoder):
        kin = dict(zip(asked, coder.kin([queries[place] for place in asked]), strict=True))
    rationales: dict[int, Any] = {}
    if marked and isinstance(coder, RationaleCoder):
        rationales = dict(zip(marked, coder.rationales([queries[place] for place in marked]), strict=True))
    for number, labelled in enumerate(batch):
        said = labelled.meta.get(options.by) if options.by else None
        group = "" if is_missing(said) else plain(said)
        for gold in labelled.gold:
            if gold.turn is None:
                rows = [codings[places[number, index]] for index in range(len(labelled.turns))]
                answer = _record_answer(gold, rows, labelled.turns)
                yield _Unit(gold, answer, labelled.cluster, group)
            else:
                place = places[number, gold.turn]
                key = _kin_key(labelled.form, gold)
                turn = labelled.turns[gold.turn]
                answer = kin[place].get(key) if place in kin and key in kin_of else None
                if key not in kin_of:
                    answer = _answer(gold, codings[place], coder, turn)
                words = rationales[place].get(key) if place in rationales and gold.words is not None else None
                yield _Unit(gold, answer, labelled.cluster, group, "" if words is None else turn.text, words)


def _kin_key(form: str, gold: Gold) -> tuple[str, str]:
    """Name the label set for a coder's own heads; the board part of our own conversations is like EPITOME."""
    return (form if gold.kin is None else _CORPUS_OF.get(id(gold.kin), form), gold.family)


def _answer(gold: Gold, coding: TurnCoding, coder: Coder, turn: Turn) -> Answer | None:
    """Return what a coder said for one gold: label to probability and decision; None where it abstained."""
    if gold.kin is not None:
        return _kin_answer(gold.kin, coding, turn)
    family = gold.family
    asks = _ASKS.get(family, family)
    is_verdict = family in ("verdict", "met")
    if asks in coding.abstained or (asks not in coder.families and not is_verdict):
        return None
    if is_verdict:
        if coding.verdict is None:
            return None
        if family == "verdict":
            decided = decide_verdict(coding.verdict)
            return {name: (coding.verdict.get(name, 0.0), name == decided) for name in VERDICTS}
        met = coding.verdict.get("attuned", 0.0) + coding.verdict.get("partial", 0.0)
        return {"met": (met, True), "missed": (1.0 - met, True)}
    if family in ("intensity", "valence"):
        value = coding.intensity if family == "intensity" else coding.valence
        return None if value is None else {family: (value, True)}
    if family == "emotion":
        found = {c.code: (c.probability, c.present) for c in coding.codings if c.family == "emotion"}
        return found or {"neutral": (1.0, True)}
    return {c.code: (c.probability, c.present) for c in coding.codings if c.family == family}


def _kin_answer(kin: Kin, coding: TurnCoding, turn: Turn) -> Answer | None:
    """Answer for a label set of somebody else from the nearest codes; None where those are not coded in this turn."""
    if kin.kind == "number":
        value = None if kin.number is None else kin.number(coding)
        return None if value is None else {kin.family: (value, True)}
    nearest = {code for codes in kin.codes.values() for code in codes}
    # Nothing can be said where no code stands near, nor how a turn meets a call where it answers none, nor whether a
    # label holds of whose codes none was coded here.
    if not nearest or (nearest <= _STANCES and turn.answers is None):
        return None
    if any(codes and families_of(codes) <= coding.abstained.keys() for codes in kin.codes.values()):
        return None
    answer: Answer = {}
    none_of_them = 1.0
    for label, codes in kin.codes.items():
        absent, decided = 1.0, False
        for found in coding.codings:
            if found.code in codes:
                absent *= 1.0 - found.probability
                decided = decided or found.present
        answer[label] = (1.0 - absent, decided)
        none_of_them *= absent
    if kin.rest:
        held = answer.get(kin.rest, (0.0, False))[0]
        answer[kin.rest] = (max(held, none_of_them), True)
    if kin.kind == "one":
        total = sum(p for p, _ in answer.values())
        if total == 0:
            return None
        answer = {label: (p / total, decided) for label, (p, decided) in answer.items()}
    return answer


def _record_answer(gold: Gold, codings: Sequence[TurnCoding], turns: Sequence[Turn]) -> Answer | None:
    """Answer for a whole record: the mean over its turns, the strongest turn for a yes-or-no label.

    The situation of a record is told by the one who speaks first, so one-of-several labels are read from those turns.
    """
    kin = gold.kin
    if kin is None:
        return None
    chosen = list(zip(codings, turns, strict=True))
    if kin.kind == "one":
        chosen = [(coding, turn) for coding, turn in chosen if turn.speaker == turns[0].speaker]
    answers = [a for coding, turn in chosen if (a := _kin_answer(kin, coding, turn)) is not None]
    if not answers:
        return None
    labels = list(dict.fromkeys(label for a in answers for label in a))
    if kin.kind == "many":
        return {
            x: (max(a.get(x, (0.0, False))[0] for a in answers), any(a.get(x, (0, False))[1] for a in answers))
            for x in labels
        }
    return {x: (sum(a.get(x, (0.0, False))[0] for a in answers) / len(answers), True) for x in labels}


def _families(units: Sequence[_Unit], names: Mapping[int, str], seed: int) -> dict[str, Any]:
    """Give the figures of every label set; `names` are their keys (`_names`)."""
    grouped: dict[str, list[_Unit]] = {}
    for unit in units:
        name = names.get(id(unit.gold.kin), unit.gold.family)
        grouped.setdefault(name, []).append(unit)
    for family in ("verdict", "met"):
        every = grouped.get(family, [])
        clear = [unit for unit in every if not unit.gold.is_contested]
        if clear and len(clear) < len(every):
            grouped[f"{family}_uncontested"] = clear
    return {name: _score(found, seed) for name, found in grouped.items()}


def _names(units: Sequence[_Unit]) -> dict[int, str]:
    """Name the label sets of other people that share a family's name with another set by their corpora too.

    A file may join corpora: seven emotions of one and twenty-eight of another are not one figure.
    """
    sets: dict[str, dict[int, str]] = {}
    for unit in units:
        sets.setdefault(unit.gold.family, {})[id(unit.gold.kin)] = _CORPUS_OF.get(id(unit.gold.kin), "")
    return {
        kin: f"{family}_{corpus}"
        for family, corpora in sets.items()
        if len(corpora) > 1
        for kin, corpus in corpora.items()
        if corpus
    }


def _score(units: Sequence[_Unit], seed: int) -> dict[str, Any]:
    answered = [unit for unit in units if unit.answer is not None]
    head: dict[str, Any] = {
        "n": len(units),
        "answered": len(answered),
        "abstained": round(1.0 - len(answered) / len(units), 4),
    }
    marked = [
        (Marked(unit.text, unit.gold.words, unit.words), unit.cluster)
        for unit in units
        if unit.gold.words is not None and unit.words is not None
    ]
    if marked:
        head["rationales"] = score_rationales([one for one, _ in marked], [cluster for _, cluster in marked], seed=seed)
    empty: dict[str, Any] = {
        "accuracy": None,
        "macro_f1": None,
        "kappa": None,
        "ece": None,
        "interval": {},
        "per_code": {},
    }
    if not answered:
        return head | empty
    name = units[0].gold.family
    kin = units[0].gold.kin
    clusters = [unit.cluster for unit in answered]
    gold = [unit.gold.value for unit in answered]
    answers = [unit.answer or {} for unit in answered]
    if (kin is not None and kin.kind == "number") or name in ("intensity", "valence"):
        return head | empty | score_number(gold, [answer[name][0] for answer in answers], clusters, seed=seed)
    if (kin is not None and kin.kind == "one") or (kin is None and name in _ONE):
        labels = _ONE[name] if kin is None else tuple(dict.fromkeys((*kin.codes, *(x for a in answers for x in a))))
        probabilities, decided = _table(labels, answers)
        # A verdict is decided by a rule of its own; of other labels the most probable one is.
        chosen = decided.argmax(axis=1) if kin is None and name == "verdict" else None
        return head | score_one(labels, gold, probabilities, clusters, decided=chosen, seed=seed)
    labels = _MANY[name] if kin is None else tuple(kin.codes)
    probabilities, decided = _table(labels, answers)
    asked = None
    if any(unit.gold.judged is not None for unit in answered):
        of = [labels if unit.gold.judged is None else unit.gold.judged for unit in answered]
        asked = np.array([[label in known for label in labels] for known in of], dtype=np.bool_)
    return head | score_many(labels, gold, probabilities, decided, clusters, judged=asked, seed=seed)


def _table(labels: Sequence[str], answers: Sequence[Answer]) -> tuple[Any, Any]:
    probabilities = np.array([[a.get(label, (0.0, False))[0] for label in labels] for a in answers], dtype=np.float64)
    decided = np.array([[a.get(label, (0.0, False))[1] for label in labels] for a in answers], dtype=np.bool_)
    return probabilities, decided
