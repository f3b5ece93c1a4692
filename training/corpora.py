"""The corpora as training examples: a turn, what it answers, what came before, and what people said of it."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training import scenes
from training.heads import GOEMOTIONS, HEADS, LEVELS, MITI, STRATEGIES

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("ATTUNEMENT_DATA") or ROOT.parent / "shared") / "data"

OPEN = (
    "attunement_authored",
    "attunement_coded_open",
    "goemotions",
    "offmychest",
    "uptake",
    "casino",
    "question_intimacy",
    "convabuse",
    "persuasion_for_good",
    "stanford_politeness",
    "empathic_reactions",
    "edos",
    "mustard",
)
SCENES = tuple(f"own-{path.name.split('.')[0]}-" for path in (ROOT / "training" / "authored").glob("*.scenes.txt"))
RESEARCH_ONLY = ("attunement_coded", "epitome", "esconv", "annomi", "mi_peer_support")
RESEARCH = (*OPEN, *RESEARCH_ONLY)
_MAY_BE_OPEN = {*OPEN, "counsel_chat"}


@dataclass(slots=True)
class Example:
    """One labelled turn; `labels` maps a head to its value, heads that nobody labelled are absent."""

    id: str
    source: str
    text: str
    call: str | None
    others: list[tuple[str, bool]]
    labels: dict[str, Any]
    spans: list[tuple[str, int, int]] = field(default_factory=list)
    weight: float = 1.0


def is_calibration(example: Example) -> bool:
    """Tell whether an example of a train part is kept out of training, for calibration and choice."""
    if example.id.startswith("own-"):
        # Scenes keep one part in twelve for it, all replies to a call together; other additions are left out by name.
        scene = example.id.split("/")[0].rsplit("-", 1)[0]
        return scene.startswith(SCENES) and in_share("cal:" + scene, 1 / 12)
    if example.source == "attunement_authored":
        return in_share("cal:" + example.id.split("/")[0], 0.07)
    if example.source in ("attunement_coded_open", "attunement_coded"):
        return in_share("cal:" + example.id.split("/")[0], 0.12)
    return example.source in RESEARCH_ONLY and in_share("cal:" + example.id.split("/")[0], 0.06)


def is_turned(name: str) -> bool:
    """Tell whether the id is of a scene whose reply stands under several calls, where words tell less than in talk.

    Nothing that decides is fitted on those: codes and verdicts go with other words there than they do outside.
    """
    return name.removeprefix("own-").startswith("same_")


def read_records(corpus: str, split: str, without: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield the records of one file of the shared corpora, and of `training/authored/` for our own additions.

    `without` names files of `training/authored/` that are left out.
    """
    path = DATA / corpus / f"{split}.jsonl.gz"
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)
    if corpus == "attunement_authored" and split == "train":
        for extra in sorted((ROOT / "training" / "authored").glob("*.jsonl")):
            if extra.stem in without:
                continue
            with extra.open(encoding="utf-8") as lines:
                for line in lines:
                    if line.strip():
                        record = json.loads(line)
                        yield dict(record, id=f"own-{record['id']}", own=True)
        for path in sorted((ROOT / "training" / "authored").glob("*.scenes.txt")):
            for record in scenes.read(path) if path.name.split(".")[0] not in without else ():
                yield dict(record, id=f"own-{record['id']}", own=True)


def in_share(key: str, share: float) -> bool:
    """Tell whether a key falls into a fixed pseudo-random share; the same on every machine."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32 < share


def examples(corpus: str, split: str, without: Collection[str] = ()) -> list[Example]:
    """Read a corpus as examples; `without` names files of `training/authored/` that are left out."""
    make = {"attunement_authored": _authored, "attunement_coded_open": _coded, "attunement_coded": _coded}.get(
        corpus, _kin
    )
    return [example for record in read_records(corpus, split, without) for example in make(record)]


def around(turns: list[dict[str, Any]], index: int) -> tuple[str | None, list[tuple[str, bool]]]:
    """Find what a turn answers and the other turns before it, as the neural coder does."""
    speaker = turns[index]["speaker"]
    call_index = None
    for j in range(index - 1, max(-1, index - 9), -1):
        if turns[j]["speaker"] != speaker:
            call_index = j
            break
    others = [
        (turns[j]["text"], turns[j]["speaker"] == speaker)
        for j in range(index - 1, max(-1, index - 5), -1)
        if j != call_index and turns[j]["text"]
    ][:3]
    return (turns[call_index]["text"] or None) if call_index is not None else None, others


def codebook_labels(labels: dict[str, Any], *, has_call: bool) -> dict[str, Any]:
    """Turn one turn's codebook labels into the heads' values."""
    out: dict[str, Any] = {}
    if labels.get("expression") is not None:
        out["expression"] = _many("expression", labels["expression"])
        if labels.get("emotion"):
            out["emotion"] = _one("emotion", labels["emotion"])
        if labels.get("intensity") is not None:
            out["intensity"] = float(labels["intensity"]) / 3.0
            out["valence"] = float(labels["valence"])
            out["heavy"] = float(float(labels["intensity"]) >= 2 and float(labels["valence"]) <= -0.3)
    if has_call and labels.get("stance") is not None:
        out["stance"] = _many("stance", labels["stance"])
        if labels.get("verdict"):
            out["verdict"] = _one("verdict", labels["verdict"])
    if labels.get("after") is not None:
        out["after"] = _many("after", labels["after"])
    if labels.get("risk") is not None:
        out["risk"] = _many("risk", labels["risk"])
    if labels.get("prompted") is not None:
        out["prompted"] = float(bool(labels["prompted"]))
    return out


def _authored(record: dict[str, Any]) -> Iterator[Example]:
    turns = record["turns"]
    for index, turn in enumerate(turns):
        labels = turn.get("labels") or {}
        if not turn["text"].strip() or not labels:
            continue
        if record["meta"].get("call_again") and "expression" in labels and "stance" not in labels:
            continue
        call, others = around(turns, index)
        previous = (turns[index - 1].get("labels") or {}) if index else {}
        out = codebook_labels(labels, has_call=call is not None)
        # A turn's stance is towards the other's previous turn; where that was no call and the turn has none, it says
        # nothing about how a call would have been met.
        if out.get("stance") is not None and not labels.get("stance") and not previous.get("expression"):
            out.pop("stance")
        if previous.get("intensity") is not None and call is not None and turns[index - 1]["text"] == call:
            out["call_heavy"] = float(float(previous["intensity"]) >= 2 and float(previous["valence"]) <= -0.3)
            out["call_is"] = _many("expression", previous.get("expression") or [])
        if not labels.get("after") and not (index >= 2 and previous.get("verdict") in _MISS):
            out.pop("after", None)
        meta = record.get("meta", {})
        if index == 1 and "er" in meta and len(turns) >= 2:
            out |= {
                "emotional_reactions": int(meta["er"]),
                "interpretations": int(meta["ip"]),
                "explorations": int(meta["ex"]),
            }
        if labels.get("mi") in MITI:
            out["miti"] = _one("miti", MITI[labels["mi"]])
        spans: list[tuple[str, int, int]] = []
        for code, words in labels.get("spans") or []:
            start = turn["text"].find(words)
            if start >= 0 and words:
                spans.append((code, start, start + len(words)))
        weight = 1.0 if "corpus" in record and not record.get("own") else 1.5
        yield Example(f"{record['id']}/{index}", "attunement_authored", turn["text"], call, others, out, spans, weight)


_MISS = ("missed", "misattuned", "partial")


def _coded(record: dict[str, Any]) -> Iterator[Example]:
    turns, meta = record["turns"], record["meta"]
    call_index, reply_index = meta["call"], meta["reply"]
    source = record["corpus"]
    for index, turn in enumerate(turns):
        labels = turn.get("labels") or {}
        if not labels or not turn["text"].strip():
            continue
        call, others = around(turns, index)
        if index == reply_index:
            call = turns[call_index]["text"] or None
            others = [o for o in others if o[0] != call]
        out = codebook_labels(labels, has_call=index == reply_index)
        weight = (0.6, 1.0, 1.2)[labels.get("sure", 1)] if index == reply_index else 1.0
        spans: list[tuple[str, int, int]] = []
        if index == reply_index:
            call_labels = turns[call_index].get("labels") or {}
            if call_labels.get("intensity") is not None:
                out["call_heavy"] = float(
                    float(call_labels["intensity"]) >= 2 and float(call_labels["valence"]) <= -0.3
                )
                out["call_is"] = _many("expression", call_labels.get("expression") or [])
            quote = labels.get("quote") or ""
            start = turn["text"].find(quote) if quote else -1
            if start >= 0 and len(labels.get("stance") or []) == 1:
                spans.append((labels["stance"][0], start, start + len(quote)))
            if not labels.get("stance") and not call_labels.get("expression"):
                out.pop("stance", None)
        yield Example(f"{record['id']}/{index}", source, turn["text"], call, others, out, spans, weight)


def _kin(record: dict[str, Any]) -> Iterator[Example]:
    corpus = record["corpus"]
    if record.get("meta", {}).get("show") == "FRIENDS":
        return  # MELD, on which we are measured, is made of the same show
    if "post" in record:
        labels = _kin_labels(corpus, record.get("labels") or {})
        if labels:
            spans = [
                (name, *r["span"])
                for name, rationales in (record.get("rationales") or {}).items()
                for r in rationales
                if r.get("span")
            ]
            yield Example(record["id"], corpus, record["reply"], record["post"] or None, [], labels, spans)
        return
    turns = record["turns"]
    if corpus == "edos":
        turns = [dict(turn, text=tidy(turn["text"])) for turn in turns]
    for index, turn in enumerate(turns):
        labels = _kin_labels(corpus, turn.get("labels") or {})
        if labels and turn["text"].strip():
            call, others = around(turns, index)
            yield Example(f"{record['id']}/{index}", corpus, turn["text"], call, others, labels)


def _kin_labels(corpus: str, labels: dict[str, Any]) -> dict[str, Any]:
    """Map one unit's labels of another corpus to the heads."""
    out: dict[str, Any] = {}
    if corpus == "goemotions" and labels.get("emotions"):
        out["goemotions"] = [float(name in labels["emotions"]) for name in GOEMOTIONS]
    elif corpus == "edos" and labels.get("annotators"):
        names = HEADS["edos"].codes
        votes = [a for a in labels["annotators"] if a in names]
        if votes:
            out["edos"] = [votes.count(name) / len(votes) for name in names]
    elif corpus == "offmychest" and labels.get("emotional_disclosure") is not None:
        out["offmychest"] = [float(labels.get(name) or 0) for name in HEADS["offmychest"].codes]
        # `support` is missing in part of the rows; its kinds stand for it there.
    elif corpus == "uptake" and labels.get("uptake") is not None:
        out["uptake"] = float(labels["uptake"]) / 2.0
    elif corpus == "casino" and labels.get("strategies"):
        out["casino"] = _many("casino", labels["strategies"])
    elif corpus == "question_intimacy" and labels.get("intimacy") is not None:
        out["intimacy"] = float(labels["intimacy"])
    elif corpus == "convabuse" and labels.get("abuse_mean") is not None:
        out["abuse"] = min(1.0, max(0.0, (1.0 - float(labels["abuse_mean"])) / 4.0))
    elif corpus == "persuasion_for_good" and labels.get("acts"):
        out["acts"] = _many("acts", labels["acts"])
    elif corpus == "stanford_politeness" and labels.get("politeness_z") is not None:
        out["politeness"] = max(-1.0, min(1.0, float(labels["politeness_z"]) / 2.0))
    elif corpus == "empathic_reactions" and labels.get("empathy_bin") is not None:
        out["reactions"] = [float(labels["empathy_bin"]), float(labels["distress_bin"])]
    elif corpus == "mustard" and labels.get("sarcasm") is not None:
        out["sarcasm"] = float(bool(labels["sarcasm"]))
    elif corpus == "epitome":
        out |= {name: int(labels[name]) for name in LEVELS}
    elif corpus == "esconv" and labels.get("strategy") in STRATEGIES:
        out["strategy"] = _one("strategy", labels["strategy"])
    elif corpus == "annomi":
        if labels.get("main_behaviour"):
            out["main_behaviour"] = _one("main_behaviour", labels["main_behaviour"])
        if labels.get("talk_type"):
            out["talk_type"] = _one("talk_type", labels["talk_type"])
    elif corpus == "mi_peer_support" and labels.get("miti") in HEADS["miti"].codes:
        out["miti"] = _one("miti", labels["miti"])
    return out


def _many(head: str, names: list[str]) -> list[float]:
    return [float(code in names) for code in HEADS[head].codes]


def _one(head: str, name: str) -> int:
    codes = HEADS[head].codes
    return codes.index(name) if name in codes else -1


def coded_here(*, closed: bool = False, without: Collection[str] = ()) -> list[Example]:
    """Read the exchanges that this project coded itself as examples (see `coded_records`)."""
    return [example for record in coded_records(closed=closed, without=without) for example in _coded(record)]


def coded_records(*, closed: bool = False, without: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """Read the exchanges that this project coded itself (`training/coded/*.jsonl`).

    These files hold no text: they name a record, the places of call and reply in it, and the codes; the text comes from
    the corpus. Joined, they have the form of `attunement_coded_open`; or, where `closed`, that of `attunement_coded`:
    those of corpora whose licence allows research only, in the files `research*.jsonl`. `without` names files that are
    left out.

    Raises
    ------
    ValueError
        If a file that feeds the open weights names a corpus that may not.
    """
    wanted: dict[str, list[dict[str, Any]]] = {}
    for path in sorted((ROOT / "training" / "coded").glob("*.jsonl")):
        if path.stem in without or path.stem.startswith("research") is not closed:
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                coded = json.loads(line)
                wanted.setdefault(coded["corpus"], []).append(coded)
    if not closed and (wrong := wanted.keys() - _MAY_BE_OPEN):
        raise ValueError(f"{', '.join(sorted(wrong))}: the licence does not allow it in the open weights")
    for corpus, codings in sorted(wanted.items()):
        by_id = {record["id"]: record for record in read_records(corpus, "train")}
        for coded in codings:
            record = by_id.get(coded["id"])
            if record is not None:
                yield joined(record, coded, "attunement_coded" if closed else "attunement_coded_open")


def joined(record: dict[str, Any], coded: dict[str, Any], corpus: str) -> dict[str, Any]:
    """Join codes of ours with the text of the record that they were given to, as a record of `corpus`."""
    if "post" in record:
        turns = [{"speaker": "a", "text": record["post"]}, {"speaker": "b", "text": record["reply"]}]
    else:
        turns = [{"speaker": t["speaker"], "text": tidy(t["text"])} for t in record["turns"]]
    turns = [dict(turn, labels={}) for turn in turns[: coded["reply"] + 1]]
    turns[coded["call"]]["labels"] = dict(coded["codes"]["call"])
    labels = dict(coded["codes"]["reply"])
    start, end = labels.pop("at", (0, 0))
    turns[coded["reply"]]["labels"] = labels | {"quote": turns[coded["reply"]]["text"][start:end]}
    meta = {"source": record["corpus"], "call": coded["call"], "reply": coded["reply"]}
    return {"id": f"here-{record['id']}", "corpus": corpus, "meta": meta, "turns": turns}


def tidy(text: str) -> str:
    """Undo the tokenising of subtitle text ("right , Mom ?")."""
    text = re.sub(r"\s+([,.!?;:…])", r"\1", text)
    return re.sub(r"\s+", " ", text).strip()


def digest(path: Path) -> str:
    """Return a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
