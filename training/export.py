"""A trained network as the files that the package ships: ONNX, int8, checked against torch.

    python -m training.export CHECKPOINT OUT_FOLDER --name open --version 1

Weights are int8 per channel and so are the word vectors. Activations are quantised with fixed scales, measured once on
calibration text, not with scales taken from each batch: then a turn's result does not depend on what it is batched
with. `training.graph` lays the graph anew for speed. Opset 17, IR 8, so that the oldest onnxruntime that a platform
still gets loads it.
"""

from __future__ import annotations

import argparse
import json
import random
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from attunement.coders.wordpiece import WordPiece
from training import corpora
from training.batches import Item, collate, cut
from training.graph import lay
from training.heads import HEADS, LEVELS, SPAN_CODES
from training.model import Network, load
from training.vocabulary import count_pieces

SHIPPED = [
    "expression",
    "stance",
    "after",
    "risk",
    "emotion",
    "verdict",
    "intensity",
    "valence",
    "heavy",
    "prompted",
    "call_heavy",
    "goemotions",
    "offmychest",
    "uptake",
    "intimacy",
    "abuse",
    "politeness",
    "sarcasm",
    "emotional_reactions",
    "interpretations",
    "explorations",
]
RESEARCH_SHIPPED = [*SHIPPED, "strategy", "main_behaviour", "talk_type", "miti"]
_OPSET = 17


class Wrapped(nn.Module):
    """The network with its shipped heads side by side in one output."""

    def __init__(self, network: Network, heads: list[str], *, marks: bool = False) -> None:
        super().__init__()
        self.network = network
        self.heads = heads
        self.marks = marks

    def forward(self, numbers: torch.Tensor, segments: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return (batch, all codes), (batch, length, span codes) and, if asked for, (batch, length, mechanisms)."""
        out, attention, marks = self.network(numbers, segments, mask)
        values = torch.cat([out[name] for name in self.heads], dim=1)
        return (values, attention, marks) if self.marks else (values, attention)


def export(
    network: Network, folder: Path, heads: list[str], vocabulary: list[str], *, marks: bool = False
) -> dict[str, Any]:
    """Write `model.onnx` (int8) and `vocabulary.txt`; return how far it is from torch.

    With `marks` there is a third output, which marks the words that carry EPITOME's levels.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network.eval()
    network.encoder.config._attn_implementation = "eager"
    wrapped = Wrapped(network, heads, marks=marks).eval()
    outputs = ["values", "attention", *(["marks"] if marks else [])]
    pieces = WordPiece(vocabulary)
    items = _samples(pieces)
    numbers, segments, mask = collate(items[:4])
    full = folder / "full.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            wrapped,
            (numbers, segments, mask),
            str(full),
            input_names=["numbers", "segments", "mask"],
            output_names=outputs,
            dynamic_axes={name: {0: "batch", 1: "length"} for name in ("numbers", "segments", "mask", *outputs[1:])}
            | {"values": {0: "batch"}},
            opset_version=_OPSET,
            dynamo=False,
        )
    dynamic = folder / "dynamic.onnx"
    quantize_dynamic(str(full), str(dynamic), per_channel=True, weight_type=QuantType.QInt8)
    scaled = folder / "scaled.onnx"
    fixed = _fix_scales(onnx.load(str(dynamic)), items[:400])
    fixed.ir_version = min(fixed.ir_version, 8)
    onnx.save(fixed, str(scaled))
    laid = lay(
        fixed,
        [(name, len(HEADS[name].codes)) for name in heads],
        spans=[name for name, head in HEADS.items() if head.spans],
    )
    onnx.save(laid, str(folder / "model.onnx"))
    report = {
        "bytes": (folder / "model.onnx").stat().st_size,
        "full_bytes": full.stat().st_size,
        **_compare(
            wrapped,
            {"fp32": full, "dynamic": dynamic, "scaled": scaled, "int8": folder / "model.onnx"},
            items[400:640],
        ),
    }
    full.unlink()
    dynamic.unlink()
    scaled.unlink()
    (folder / "vocabulary.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    return report


def slim(network: Network, vocabulary: list[str], *, size: int, positions: int = 288) -> list[str]:
    """Drop the rarest pieces and the positions that no sequence reaches; return the vocabulary that is left."""
    counts = count_pieces(vocabulary)
    spare = [
        number
        for number, piece in enumerate(vocabulary)
        if len(piece.removeprefix("##")) > 1 and not piece.startswith("[")
    ]
    rarest = sorted(spare, key=lambda number: (counts[number], -number))[: max(0, len(vocabulary) - size)]
    kept = sorted(set(range(len(vocabulary))) - set(rarest))
    embeddings = network.encoder.embeddings
    words = nn.Embedding(len(kept), embeddings.word_embeddings.embedding_dim, padding_idx=0)
    words.weight.data.copy_(embeddings.word_embeddings.weight.data[kept])
    embeddings.word_embeddings = words
    places = nn.Embedding(positions, embeddings.position_embeddings.embedding_dim)
    places.weight.data.copy_(embeddings.position_embeddings.weight.data[:positions])
    embeddings.position_embeddings = places
    embeddings.register_buffer("position_ids", torch.arange(positions).expand((1, -1)), persistent=False)
    embeddings.register_buffer("token_type_ids", torch.zeros((1, positions), dtype=torch.long), persistent=False)
    return [vocabulary[number] for number in kept]


def _samples(pieces: WordPiece) -> list[Item]:
    examples = corpora.examples("attunement_authored", "train") + corpora.examples("attunement_coded_open", "train")
    random.Random(5).shuffle(examples)
    return cut(examples[:1000], pieces)


def _run(session: ort.InferenceSession, items: list[Item], outputs: list[str] | None = None) -> list[np.ndarray]:
    numbers, segments, mask = (t.numpy() for t in collate(items))
    return session.run(outputs, {"numbers": numbers, "segments": segments, "mask": mask})


def _fix_scales(model: onnx.ModelProto, items: list[Item]) -> onnx.ModelProto:
    """Replace every scale taken from the batch by one measured on calibration text."""
    graph = model.graph
    nodes = [node for node in graph.node if node.op_type == "DynamicQuantizeLinear"]
    watched = sorted({node.input[0] for node in nodes})
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    probe.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in watched)
    session = ort.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])
    lows: dict[str, list[float]] = {name: [] for name in watched}
    highs: dict[str, list[float]] = {name: [] for name in watched}
    for begin in range(0, len(items), 8):
        batch = items[begin : begin + 8]
        kept = collate(batch)[2].numpy().astype(bool)
        for name, value in zip(watched, _run(session, batch, watched), strict=True):
            real = value[kept] if value.shape[:2] == kept.shape else value
            lows[name].append(float(real.min()))
            highs[name].append(float(real.max()))
    for node in nodes:
        name = node.input[0]
        # The mean of the batches' extremes between their middle and their largest: rare outliers are cut.
        low = min(0.0, float(np.quantile(lows[name], 0.05)))
        high = max(0.0, float(np.quantile(highs[name], 0.95)))
        scale = max((high - low) / 255.0, 1e-8)
        zero = int(np.clip(round(-low / scale), 0, 255))
        quantised, scale_name, zero_name = node.output
        graph.initializer.append(numpy_helper.from_array(np.array(scale, dtype=np.float32), scale_name))
        graph.initializer.append(numpy_helper.from_array(np.array(zero, dtype=np.uint8), zero_name))
        node.op_type = "QuantizeLinear"
        del node.input[:]
        node.input.extend([name, scale_name, zero_name])
        del node.output[:]
        node.output.append(quantised)
    del graph.value_info[:]
    _fuse(model)
    return model


def _fuse(model: onnx.ModelProto) -> None:
    """Join each integer product with the cast and the scales after it; with fixed scales onnxruntime does not."""
    graph = model.graph
    users: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    made = {name: node for node in graph.node for name in node.output}
    gone: set[int] = set()
    for node in graph.node:
        if node.op_type != "MatMulInteger":
            continue
        cast = users[node.output[0]][0]
        scaled = users[cast.output[0]][0]
        other = scaled.input[1] if scaled.input[0] == cast.output[0] else scaled.input[0]
        scales = made[other]
        if cast.op_type != "Cast" or scaled.op_type != "Mul" or scales.op_type != "Mul":
            raise ValueError("an integer product is not followed by its cast and its scales")
        left, right, left_zero, right_zero = node.input
        left_scale, right_scale = scales.input
        node.op_type = "MatMulIntegerToFloat"
        node.domain = "com.microsoft"
        del node.input[:]
        node.input.extend([left, right, left_scale, right_scale, left_zero, right_zero])
        node.output[0] = scaled.output[0]
        gone |= {id(cast), id(scaled), id(scales)}
    kept = [node for node in graph.node if id(node) not in gone]
    del graph.node[:]
    graph.node.extend(kept)
    if not any(o.domain == "com.microsoft" for o in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


def _compare(wrapped: Wrapped, exports: dict[str, Path], items: list[Item]) -> dict[str, float]:
    """Measure mean and largest difference of probabilities between torch and each export, and flipped verdicts."""
    report: dict[str, float] = {}
    with torch.no_grad():
        truth = np.concatenate([wrapped(*collate(items[i : i + 8]))[0].numpy() for i in range(0, len(items), 8)])
    for name, path in exports.items():
        session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        found = np.concatenate([_run(session, items[i : i + 8])[0] for i in range(0, len(items), 8)])
        gap = np.abs(1 / (1 + np.exp(-found)) - 1 / (1 + np.exp(-truth)))
        report[f"{name}_mean_difference"] = round(float(gap.mean()), 5)
        report[f"{name}_largest_difference"] = round(float(gap.max()), 4)
        place = sum(len(HEADS[h].codes) for h in wrapped.heads[: wrapped.heads.index("verdict")])
        same = found[:, place : place + 4].argmax(1) == truth[:, place : place + 4].argmax(1)
        report[f"{name}_same_verdict"] = round(float(same.mean()), 4)
        if wrapped.marks:
            report[f"{name}_marks_mean_difference"] = round(_marks_gap(wrapped, session, items[:80]), 5)
    return report


def _marks_gap(wrapped: Wrapped, session: ort.InferenceSession, items: list[Item]) -> float:
    """Measure the mean difference of the marks' probabilities over the turns' own pieces."""
    gaps: list[np.ndarray] = []
    with torch.no_grad():
        for begin in range(0, len(items), 8):
            batch = items[begin : begin + 8]
            truth, found = wrapped(*collate(batch))[2].numpy(), _run(session, batch, ["marks"])[0]
            for row, item in enumerate(batch):
                own = slice(1, 1 + len(item.places))
                gaps.append(np.abs(1 / (1 + np.exp(-found[row, own])) - 1 / (1 + np.exp(-truth[row, own]))))
    return float(np.concatenate(gaps).mean())


def main() -> None:
    """Export a checkpoint; calibration and manifest are made by `training.calibrate`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--research", action="store_true")
    parser.add_argument("--size", type=int, default=11_200, help="pieces that ship")
    options = parser.parse_args()
    torch.set_num_threads(1)
    network, state = load(options.checkpoint)
    vocabulary = slim(network, str(state["vocabulary"]).split("\n"), size=options.size)
    heads = RESEARCH_SHIPPED if options.research else SHIPPED
    report = export(network, options.folder, heads, vocabulary, marks=options.research)
    shape = {
        "heads": [[h, HEADS[h].kind, list(HEADS[h].codes)] for h in heads],
        "spans": list(SPAN_CODES),
        "marks": list(LEVELS) if options.research else [],
    }
    (options.folder / "shape.json").write_text(json.dumps(shape), encoding="utf-8")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
