"""Measure a set of weights and write its model card from the figures.

    python -m training.card [--weights FOLDER] [--out docs/model-card.md] [--json FILE]

Figures come from `attunement.evaluation` on the dev parts; nothing in the card is typed by hand but the words.
"""

# ruff: noqa: E501, ISC004 - the lines of the card
from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import msgspec
from benchmarks import transfer

from attunement.coders.base import CodeOptions, Coder, load_coder
from attunement.coders.blend import BlendCoder
from attunement.coders.neural import NeuralCoder
from attunement.coders.neural_weights import Manifest, load_weights
from attunement.evaluation.evaluate import EvaluateOptions, evaluate
from training.contrasts import contrasts, fairness, risk_recall
from training.corpora import DATA, ROOT

_LICENCES = {
    "attunement_authored": "ours, with the scenes of `training/authored` beside it",
    "attunement_coded_open": "codes ours; text CC BY 4.0, MIT, Apache 2.0 (subtitle and scraped text with a caveat)",
    "goemotions": "CC BY 4.0",
    "offmychest": "CC BY 4.0",
    "uptake": "MIT",
    "casino": "CC BY 4.0",
    "question_intimacy": "MIT",
    "convabuse": "CC BY 4.0",
    "persuasion_for_good": "Apache 2.0",
    "stanford_politeness": "Apache 2.0",
    "empathic_reactions": "CC BY 4.0",
    "edos": "CC BY 4.0 on the annotation; subtitle lines of third parties",
    "mustard": "MIT; lines of third parties",
    "counsel_chat": "MIT; scraped",
}
# Codes with fewer units are in no macro-F1 (`attunement.evaluation.evaluate`).
_FEWEST = 8
_GOALS = {
    ("verdict", "kappa"): ".60 (not below .36)",
    ("verdict", "macro_f1"): ".65 (not below .47)",
    ("met", "kappa"): ".70",
    ("stance", "macro_f1"): ".58 (not below .42)",
    ("expression", "macro_f1"): ".65 (not below .50)",
}
# Two codings of the held-out exchanges, by the same kind of model: an upper bound, not the reliability between people.
_CEILING = {"verdict": "kappa .85", "met": "kappa .93", "stance": "codes mostly .75 to .95"}


def measure(weights: str) -> dict[str, Any]:
    """Evaluate neural, blend and lexical coders on everything that the card shows."""
    coders: dict[str, Coder] = {
        "blend": BlendCoder.from_options(CodeOptions(weights=weights, cache=False)),
        "neural": NeuralCoder(load_weights(weights)),
        "lexical": load_coder(CodeOptions(coder="lexical")),
    }
    found: dict[str, Any] = {}
    for name, coder in coders.items():
        found[name] = {
            "attunement_coded": evaluate(
                DATA / "attunement_coded" / "dev.jsonl.gz", EvaluateOptions(by="source"), coder=coder
            ),
            "attunement_authored": evaluate(
                DATA / "attunement_authored" / "dev.jsonl.gz", EvaluateOptions(by="setting"), coder=coder
            ),
            "contrasts": contrasts(coder),
        }
    found["neural"]["goemotions"] = evaluate(DATA / "goemotions" / "dev.jsonl.gz", coder=coders["neural"])
    found["neural"]["epitome"] = evaluate(DATA / "epitome" / "dev.jsonl.gz", coder=coders["neural"])
    found["blend"]["fairness"] = fairness(coders["blend"])
    for name, coder in coders.items():
        found[name]["risk"] = risk_recall(coder)
    if isinstance(coders["neural"], NeuralCoder) and coders["neural"].weights == "open":
        found["transfer"] = [msgspec.to_builtins(row) for row in transfer.measure(coders["neural"])]
        found["stars"] = transfer.stars(coders["blend"])
    return found


def card(manifest: Manifest, found: dict[str, Any]) -> str:
    """Write the card."""
    lines = [
        "# Model card",
        "",
        "Made by `training/card.py` from measured figures; do not edit by hand.",
        "",
        f"Measured with {found['blend']['attunement_coded']['coder']} and {found['lexical']['attunement_coded']['coder']}.",
        "",
        f"Weights `{manifest.name}`, version {manifest.version}, codebook {manifest.codebook}, licence {manifest.licence}.",
        f"A 6-layer, 384-wide transformer (MiniLM, Apache 2.0) with {len(manifest.heads)} heads, int8 ONNX, opset 17.",
        "It reads a turn, what it answers and up to two more turns before, in English.",
        "",
        "## Data",
        "",
        "| corpus | licence |",
        "| --- | --- |",
        *(f"| {name} | {_LICENCES.get(name, 'see the corpus')} |" for name in manifest.data),
        "",
        "Text was kept out of training for calibration, thresholds and the blend; `attunement_coded` was never trained on.",
        "Four numbers were read off its train part: the factor on the blend's thresholds of expression and stance,",
        "how far the verdict and the emotion are believed (a temperature each), and how much partial weighs (decision 7).",
        "Authors of our scenes saw, of the same part, where version 2 erred; no text of it was copied.",
        "Its codes and those of the training exchanges were given by large language models, not by people.",
        "",
        "## Real dialogues (`attunement_coded`, dev)",
        "",
        "Intervals are bootstrap intervals of 95 % by conversation; macro figures are over codes with a support of 8 or more.",
        "The ceiling is the agreement of two codings by the same kind of model, an upper bound.",
        "Stance is judged in replies to calls and where a person gave a code, not in small talk (`docs/reference/evaluation.md`).",
        "",
        "| what | figure | blend | neural | lexical | goal | ceiling | abstained (blend) |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for family, figure in (
        ("verdict", "kappa"),
        ("verdict", "macro_f1"),
        ("met", "kappa"),
        ("stance", "macro_f1"),
        ("expression", "macro_f1"),
        ("emotion", "macro_f1"),
        ("after", "macro_f1"),
        ("risk", "macro_f1"),
    ):
        cells = [_cell(found[name]["attunement_coded"], family, figure) for name in ("blend", "neural", "lexical")]
        away = found["blend"]["attunement_coded"]["families"][family]["abstained"]
        lines.append(
            f"| {family} | {figure} | {' | '.join(cells)} | {_GOALS.get((family, figure), '-')} | {_CEILING.get(family, '-')} "
            f"| {away:.1%} |"
        )
    lines += ["", "Calibration (expected calibration error, blend):", ""]
    families = found["blend"]["attunement_coded"]["families"]
    lines += [f"- {name}: {value['ece']:.3f}" for name, value in families.items() if value.get("ece") is not None]
    for family in ("verdict", "stance", "expression"):
        lines += ["", f"### {family}, by code", "", "| code | F1 blend | F1 neural | F1 lexical | support |"]
        lines += ["| --- | --- | --- | --- | --- |"]
        by = {
            name: found[name]["attunement_coded"]["families"][family]["per_code"]
            for name in ("blend", "neural", "lexical")
        }
        for code, of in by["blend"].items():
            cells = [_two(by[name].get(code, {}).get("f1")) for name in ("blend", "neural", "lexical")]
            lines.append(f"| {code} | {' | '.join(cells)} | {of['support']} |")
    lines += [
        "",
        "### Verdict by source (blend)",
        "",
        "Macro-F1 is over verdicts with a support of eight or more there.",
        "",
    ]
    lines += ["| source | n | kappa | macro-F1 | over verdicts |", "| --- | --- | --- | --- | --- |"]
    for source, of in found["blend"]["attunement_coded"]["by"].items():
        v = of.get("verdict")
        if v and v["kappa"] is not None:
            often = sum(code["support"] >= _FEWEST for code in v["per_code"].values())
            lines.append(f"| {source} | {v['n']} | {_two(v['kappa'])} | {_two(v['macro_f1'])} | {often} |")
    lines += [
        "",
        "## Our own conversations (`attunement_authored`, dev)",
        "",
        "| what | figure | blend | neural | lexical |",
        "| --- | --- | --- | --- | --- |",
    ]
    for family, figure in (
        ("verdict", "kappa"),
        ("met", "kappa"),
        ("stance", "macro_f1"),
        ("expression", "macro_f1"),
        ("risk", "macro_f1"),
    ):
        cells = [_cell(found[name]["attunement_authored"], family, figure) for name in ("blend", "neural", "lexical")]
        lines.append(f"| {family} | {figure} | {' | '.join(cells)} |")
    lines += ["", "Verdict by register (blend):", "", "| setting | n | kappa |", "| --- | --- | --- |"]
    for setting, of in found["blend"]["attunement_authored"]["by"].items():
        v = of.get("verdict")
        if v and v["kappa"] is not None and v["n"] >= 20:
            lines.append(f"| {setting} | {v['n']} | {_two(v['kappa'])} |")
    lines += [
        "",
        "## Kin labels",
        "",
        f"- GoEmotions, 28 labels, dev: macro-F1 {_cell(found['neural']['goemotions'], 'emotion', 'macro_f1')} (best published .493).",
    ]
    for name, figures in found["neural"]["epitome"]["families"].items():
        lines.append(
            f"- EPITOME {name}, dev, never trained on: macro-F1 {_two(figures['macro_f1'])}, kappa {_two(figures['kappa'])}."
        )
    lines += _transfer(found)
    lines += [
        "",
        "## Contrast pairs",
        "",
        "The share of pairs in which the reply that meets scores above the one that misses; majority would have .50.",
        "",
        "| kind | blend | neural | lexical |",
        "| --- | --- | --- | --- |",
    ]
    for kind in found["blend"]["contrasts"]["ordered"]:
        cells = [_two(found[name]["contrasts"]["ordered"][kind]) for name in ("blend", "neural", "lexical")]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    cells = [_two(found[name]["contrasts"]["all_ordered"]) for name in ("blend", "neural", "lexical")]
    lines.append(f"| all | {' | '.join(cells)} |")
    risk = {name: found[name]["contrasts"]["risk_recall_at_5_percent"] for name in ("blend", "neural", "lexical")}
    lines += [
        "",
        "Risk recall at 5 % false alarms on the contrast pairs: "
        + ", ".join(f"{name} {_two(value)}" for name, value in risk.items())
        + " (goal .90).",
        f"On our own dev conversations ({found['blend']['risk']['risky']} risky of {found['blend']['risk']['turns']} turns): "
        + ", ".join(
            f"{name} {_two(found[name]['risk']['recall'])} "
            f"({_two(found[name]['risk']['interval'][0])} to {_two(found[name]['risk']['interval'][1])})"
            for name in ("blend", "neural", "lexical")
        )
        + " (goal .90).",
        "",
        "## Fairness",
        "",
    ]
    fair = found["blend"]["fairness"]
    lines += [
        f"In the turns of our own dev conversations names, roles and dialect were swapped, {fair['turns']} times in all.",
        f"The decided codes stayed the same in {fair['same_decisions']:.1%}; the score of an exchange moved by "
        f"{fair['mean_shift_of_score']:.3f} on average.",
        "",
        "| swap | n | same decisions |",
        "| --- | --- | --- |",
        *(f"| {name} | {of['n']} | {of['same']:.1%} |" for name, of in fair["by_swap"].items()),
        "",
        "## Thresholds",
        "",
        f"Stance and verdict are withheld where the largest verdict probability is below {_threshold(found, manifest)}.",
        "The threshold of each code is in `manifest.json` and `blend.json`.",
        "",
        "## Blind spots",
        "",
        "- English only; other languages are detected and left unscored.",
        "- It learnt on turns of up to 152 pieces, some 700 characters. A longer one is read in windows, and what any "
        "window finds is found; beyond some 8,000 characters only the end is read besides, and how well windows agree "
        "with people has not been measured. The cues read to 200,000 characters.",
        '- Links, lines quoted with ">" and blocks of code between "```" are not read.',
        "- Real film and sitcom talk is read far worse than our own conversations: the figures above say how far.",
        "- Partial verdicts, assumption, withdrawal, criticism and irony are the weakest.",
        "- Another version of onnxruntime, or another kind of processor, rounds otherwise: probabilities may move by a hundredth, and seldom a code.",
        "- Tone of voice, shared history and what happens outside the text are not seen.",
        "- Risk codes find part of what a person would find: their absence says nothing. In the blend, what either coder sees stands.",
        "- The network reads the names of those who talk as one, other names as one of four, a wife like a husband, a father like a mother, some dialect and "
        "phone spelling like print (`coders/given_names.txt`, `coders/read_as.txt`). He and she are read as they stand, "
        "and names in small letters that the file does not hold: see the swaps above.",
        "",
        "## Not to be used for",
        "",
        "Judging a person, deciding who is right, diagnosis, custody, employment, or any decision about somebody who has not agreed.",
        "",
    ]
    return "\n".join(lines)


def _transfer(found: dict[str, Any]) -> list[str]:
    """Write how the network does in corpora that it never saw, where it was measured."""
    if "transfer" not in found:
        return []
    lines = [
        "",
        "## Transfer: corpora that the network never saw",
        "",
        "`python -m benchmarks transfer`: area under the ROC curve of the nearest codes' probability, all four corpora left out at once.",
        "`beside` is what a question mark (open exploration, judged within turns with and without one) or the number of words gives.",
        "",
        "| what | corpus | n | of them | AUC | goal | beside |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row['target']} | {row['corpus']} | {row['n']} | {row['positive']} | {_two(row['auc'])} "
        f"({_two(row['low'])} to {_two(row['high'])}) | {_two(row['floor'])} | {_two(row['beside'])} |"
        for row in found["transfer"]
    ]
    value, low, high, conversations, stars = found["stars"]
    lines += [
        "",
        f"ESConv's seekers gave stars: the exchange score goes with them at {_two(value)} ({_two(low)} to {_two(high)}), rank correlation "
        f"within {conversations} conversations ({stars} stars). No promise is made on it.",
    ]
    return lines


def _cell(result: dict[str, Any], family: str, figure: str) -> str:
    of = result["families"].get(family)
    if of is None or of.get(figure) is None:
        return "-"
    low, high = of["interval"].get(figure, (None, None))
    return _two(of[figure]) + (f" ({_two(low)} to {_two(high)})" if low is not None else "")


def _two(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}".replace("0.", ".", 1)


def _threshold(found: dict[str, Any], manifest: Manifest) -> str:
    return f"{found.get('abstain_below', manifest.abstain_below):.2f}"


def main() -> None:
    """Measure, keep the figures, write the card."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", default=str(ROOT / "src" / "attunement" / "weights" / "open"))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--json", type=Path, default=ROOT / "out" / "measured.json")
    parser.add_argument("--measured", type=Path, help="figures measured before, instead of measuring anew")
    options = parser.parse_args()
    folder = Path(options.weights)
    manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
    if options.measured:
        found = json.loads(options.measured.read_text(encoding="utf-8"))
    else:
        found = measure(str(folder))
        found["abstain_below"] = json.loads((folder / "blend.json").read_text(encoding="utf-8"))["abstain_below"]
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found), encoding="utf-8")
    if options.out:
        options.out.write_text(card(manifest, found), encoding="utf-8")


if __name__ == "__main__":
    main()
