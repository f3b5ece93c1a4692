"""The exported network laid anew: the same weights and the same arithmetic in half the time.

torch writes a graph that works out shapes in every layer, adds each bias apart, copies queries, keys and values into
another order and masks with numbers whose exponentials are too small for the processor's fast path. `lay` takes the
integer weights, the scales and the biases out of such a graph and lays a plain one: places first and sequences second,
so that attention reads its parts where they lie; biases inside the integer products; a mask of e to the minus 50th,
which is nothing beside the rounding; every head that reads the same vector in one product; and the evidence of a code
weighed per piece instead of per feature. Results differ from the exported graph's by rounding alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from training.heads import LEVELS

__all__ = ["lay"]

_MICROSOFT = "com.microsoft"
_ENCODER = "/network/encoder/"
_LAYER = _ENCODER + "encoder/layer.{}/"
_QUANTISED = "/MatMul_quant"
_HEAD = "/network/{}/Gemm_MatMul_quant"
_MARKS = "/network/marks/MatMul_quant"
_WIDTH_OF_HEAD = 32
_EPSILON = 1e-12
# What is masked weighs e to the minus 50th: nothing, yet no denormal number, which costs a processor twenty times more.
_MASKED = -50.0
_TURN, _CALL = 0, 1
_OPSET, _IR = 17, 8


def lay(model: onnx.ModelProto, heads: list[tuple[str, int]], *, spans: list[str]) -> onnx.ModelProto:
    """Lay a quantised network anew.

    Parameters
    ----------
    model : ModelProto
        From `training.export`: fixed scales, products of integers joined with their scales.
    heads : list of (str, int)
        The heads in the order of the outputs, each with how many codes it has.
    spans : list of str
        The heads whose codes have attention of their own, in the order of the attention's columns.

    Returns
    -------
    ModelProto
        With the same inputs and outputs; attention and marks reach only as far as turn and call do.

    Raises
    ------
    ValueError
        If the graph is not one that the exporter makes.
    """
    source = _Source(model)
    new = _New()
    hidden = _embed(source, new)
    _masks(new)
    layers: list[str] = []
    while source.has((name := _LAYER.format(len(layers))) + "attention/self/query" + _QUANTISED):
        layers.append(name)
    if not layers:
        raise ValueError("the graph has no layers under the names that the exporter gives them")
    for name in layers:
        hidden = _layer(source, new, hidden, name, is_last=name == layers[-1])
    _heads(source, new, hidden, dict(heads), spans)
    return new.model(model)


class _Source:
    """The exported graph, read by the names of its nodes."""

    def __init__(self, model: onnx.ModelProto) -> None:
        graph = model.graph
        self._nodes = {node.name: node for node in graph.node}
        self._constants = {one.name: one for one in graph.initializer}
        self._made = {name: node for node in graph.node for name in node.output}
        self._users: dict[str, list[onnx.NodeProto]] = {}
        for node in graph.node:
            for name in node.input:
                self._users.setdefault(name, []).append(node)

    def has(self, name: str) -> bool:
        return name in self._nodes

    def node(self, name: str) -> onnx.NodeProto:
        if name not in self._nodes:
            raise ValueError(f"the graph has no node {name}")
        return self._nodes[name]

    def constant(self, name: str) -> np.ndarray:
        if name not in self._constants:
            raise ValueError(f"{name} is no constant of the graph")
        return numpy_helper.to_array(self._constants[name])

    def scale_of(self, product: str) -> tuple[np.ndarray, np.ndarray]:
        """Return scale and zero point with which the input of a product is quantised."""
        quantise = self._made[self.node(product).input[0]]
        while quantise.op_type in ("Transpose", "Reshape"):
            quantise = self._made[quantise.input[0]]
        if quantise.op_type != "QuantizeLinear":
            raise ValueError(f"the input of {product} is not quantised with a fixed scale")
        return self.constant(quantise.input[1]), self.constant(quantise.input[2])

    def weights_of(self, product: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return integer weights, scales and bias of a product."""
        node = self.node(product)
        if node.op_type != "MatMulIntegerToFloat" or self.constant(node.input[5]).any():
            raise ValueError(f"{product} is not a product of integers with weights around 0")
        adds = [user for user in self._users[node.output[0]] if user.op_type == "Add"]
        biases = [name for add in adds for name in add.input if name in self._constants]
        if len(biases) != 1:
            raise ValueError(f"{product} has no bias")
        scales = self.constant(node.input[3])
        weights = self.constant(node.input[1])
        return weights, np.broadcast_to(scales, weights.shape[1:]), self.constant(biases[0])

    def table(self, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return an embedding's integers, scale and zero point."""
        gather = self.node(name + "/Gather")
        for user in self._users[gather.output[0]]:
            if user.op_type == "DequantizeLinear":
                return (self.constant(gather.input[0]), self.constant(user.input[1]), self.constant(user.input[2]))
        raise ValueError(f"{name} is not quantised")

    def heads_on(self, vector: str) -> list[str]:
        """Name the heads' products that read a vector."""
        found = [
            name
            for name, node in self._nodes.items()
            if node.op_type == "MatMulIntegerToFloat" and self._made[node.input[0]].input[0].startswith(vector)
        ]
        if not found:
            raise ValueError(f"no head reads {vector}")
        return found

    def norm(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        node = self.node(name + "/LayerNormalization")
        return self.constant(node.input[1]), self.constant(node.input[2])


class _New:
    """A graph in the making."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, values: Any, kind: Any = None) -> str:
        array = np.ascontiguousarray(values, dtype=kind)
        if array.ndim and np.ndim(values) == 0:
            array = array.reshape(())
        self._constants.setdefault(name, numpy_helper.from_array(array, name))
        return name

    def add(self, kind: str, inputs: list[str], output: str, *, domain: str = "", **settings: Any) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], name=f"{kind}.{output}", domain=domain, **settings))
        return output

    def quantise(self, what: str, scale: tuple[np.ndarray, np.ndarray], output: str) -> str:
        names = [self.constant(f"{output}.scale", scale[0]), self.constant(f"{output}.zero", scale[1])]
        return self.add("QuantizeLinear", [what, *names], output)

    def product(self, source: _Source, quantised: str, of: str, products: list[str], output: str) -> str:
        """Multiply what was quantised as `of` with the weights of one or more products side by side."""
        parts = [source.weights_of(name) for name in products]
        inputs = [
            quantised,
            self.constant(f"{output}.weights", np.concatenate([part[0] for part in parts], axis=1)),
            f"{of}.scale",
            self.constant(f"{output}.scales", np.concatenate([part[1] for part in parts])),
            f"{of}.zero",
            "",
            self.constant(f"{output}.bias", np.concatenate([part[2] for part in parts])),
        ]
        return self.add("MatMulIntegerToFloat", inputs, output, domain=_MICROSOFT)

    def norm(self, source: _Source, what: str, name: str, output: str) -> str:
        gain, bias = source.norm(name)
        inputs = [what, self.constant(f"{output}.gain", gain), self.constant(f"{output}.bias", bias)]
        return self.add("LayerNormalization", inputs, output, axis=-1, epsilon=_EPSILON)

    def model(self, old: onnx.ModelProto) -> onnx.ModelProto:
        graph = helper.make_graph(
            self._nodes, "network", list(old.graph.input), list(old.graph.output), list(self._constants.values())
        )
        imports = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
        made = helper.make_model(graph, opset_imports=imports, producer_name="attunement")
        made.ir_version = _IR
        onnx.checker.check_model(made, skip_opset_compatibility_check=True)
        return made


def _embed(source: _Source, new: _New) -> str:
    """Lay the word vectors, (length, batch, width)."""
    words, scale, zero = source.table(_ENCODER + "embeddings/word_embeddings")
    new.add("Transpose", ["numbers"], "numbers.turned", perm=[1, 0])
    new.add("Gather", [new.constant("words", words), "numbers.turned"], "words.integers")
    names = [new.constant("words.scale", scale), new.constant("words.zero", zero)]
    new.add("DequantizeLinear", ["words.integers", *names], "words.vectors")
    segments = _floats(*source.table(_ENCODER + "embeddings/token_type_embeddings"))
    new.add("Transpose", ["segments"], "segments.turned", perm=[1, 0])
    new.add("Gather", [new.constant("segments.table", segments), "segments.turned"], "segments.vectors")
    places = _floats(*source.table(_ENCODER + "embeddings/position_embeddings"))[:, None, :]
    new.add("Shape", ["numbers"], "length", start=1, end=2)
    first = new.constant("axis.0", [0], np.int64)
    new.add("Slice", [new.constant("places", places), first, "length", first], "places.vectors")
    new.add("Add", ["words.vectors", "segments.vectors"], "marked")
    new.add("Add", ["marked", "places.vectors"], "placed")
    return new.norm(source, "placed", _ENCODER + "embeddings/LayerNorm", "embedded")


def _masks(new: _New) -> None:
    """Lay what is turn and what is call, how far the two reach, and what is added where there is no piece.

    The heads read nothing behind turn and call ("near"), so that the last layer leaves the other turns out.
    """
    new.constant("axis.1", [1], np.int64)
    last, one = new.constant("axis.last", [-1], np.int64), new.constant("one", [1], np.int64)
    new.add("Cast", ["mask"], "there", to=TensorProto.FLOAT)
    new.add("Sub", ["there", new.constant("one.float", 1.0, np.float32)], "there.less")
    new.add("Mul", ["there.less", new.constant("masked", -_MASKED, np.float32)], "absent")
    new.add("Unsqueeze", ["absent", new.constant("axes.1.2", [1, 2], np.int64)], "absent.key")
    for part, segment in (("turn", _TURN), ("call", _CALL)):
        new.add("Equal", ["segments", new.constant(f"segment.{part}", segment, np.int64)], f"{part}.is")
        new.add("Cast", [f"{part}.is"], f"{part}.marked", to=TensorProto.FLOAT)
        new.add("Mul", [f"{part}.marked", "there"], f"{part}.whole")
        new.add("ReduceSum", [f"{part}.whole", last], f"{part}.count", keepdims=1)
    new.add("Add", ["turn.count", "call.count"], "both.count")
    new.add("ReduceMax", ["both.count"], "both.most", axes=[0, 1], keepdims=0)
    new.add("Cast", ["both.most"], "both.length", to=TensorProto.INT64)
    new.add("Reshape", ["both.length", one], "near")
    for length in ("length", "near"):
        new.add("Concat", [one, one, length, one], f"{length}.shape", axis=0)
        new.add("Expand", ["absent.key", f"{length}.shape"], f"{length}.absent")
    for part in ("turn", "call"):
        new.add("Slice", [f"{part}.whole", "axis.0", "near", "axis.1"], f"{part}.there")


def _floats(integers: np.ndarray, scale: np.ndarray, zero: np.ndarray) -> np.ndarray:
    return (integers.astype(np.float32) - zero.astype(np.float32)) * scale


def _layer(source: _Source, new: _New, hidden: str, old: str, *, is_last: bool) -> str:
    """Lay one layer over (length, batch, width); the last one answers for turn and call only."""
    name = old.removeprefix(_ENCODER).strip("/").split("/")[-1]
    attends = old + "attention/self/"
    width = source.weights_of(attends + "query" + _QUANTISED)[0].shape[1]
    parts = new.constant("parts", [0, 0, width // _WIDTH_OF_HEAD, _WIDTH_OF_HEAD], np.int64)
    whole = new.constant("whole", [0, 0, width], np.int64)
    read = new.quantise(hidden, source.scale_of(attends + "query" + _QUANTISED), f"{name}.read")
    asks = read
    if is_last:
        asks = new.add("Slice", [read, "axis.0", "near", "axis.0"], f"{name}.asks")
        hidden = new.add("Slice", [hidden, "axis.0", "near", "axis.0"], f"{name}.near")
    for part in ("query", "key", "value"):
        new.product(source, asks if part == "query" else read, read, [attends + part + _QUANTISED], f"{name}.{part}")
        new.add("Reshape", [f"{name}.{part}", parts], f"{name}.{part}.parts")
    new.add(
        "FusedMatMul", [f"{name}.query.parts", f"{name}.key.parts"], f"{name}.scores", domain=_MICROSOFT,
        transBatchA=1, transBatchB=1, transB=1, alpha=float(_WIDTH_OF_HEAD**-0.5),
    )  # fmt: skip
    new.add("Add", [f"{name}.scores", "near.absent" if is_last else "length.absent"], f"{name}.scored")
    new.add("Softmax", [f"{name}.scored"], f"{name}.shares", axis=-1)
    new.add(
        "FusedMatMul", [f"{name}.shares", f"{name}.value.parts"], f"{name}.gathered", domain=_MICROSOFT, transBatchB=1
    )
    output = old + "attention/output/"
    kept = new.quantise(f"{name}.gathered", source.scale_of(output + "dense" + _QUANTISED), f"{name}.kept")
    new.add("Transpose", [kept], f"{name}.kept.turned", perm=[2, 0, 1, 3])
    new.add("Reshape", [f"{name}.kept.turned", whole], f"{name}.kept.whole")
    new.product(source, f"{name}.kept.whole", kept, [output + "dense" + _QUANTISED], f"{name}.attended")
    new.add("Add", [f"{name}.attended", hidden], f"{name}.attended.sum")
    middle = new.norm(source, f"{name}.attended.sum", output + "LayerNorm", f"{name}.middle")
    wide, narrow = old + "intermediate/dense" + _QUANTISED, old + "output/dense" + _QUANTISED
    given = new.quantise(middle, source.scale_of(wide), f"{name}.given")
    new.product(source, given, given, [wide], f"{name}.wide")
    new.add("Gelu", [f"{name}.wide"], f"{name}.bent", domain=_MICROSOFT)
    bent = new.quantise(f"{name}.bent", source.scale_of(narrow), f"{name}.bent.integers")
    new.product(source, bent, bent, [narrow], f"{name}.narrow")
    new.add("Add", [f"{name}.narrow", middle], f"{name}.narrow.sum")
    return new.norm(source, f"{name}.narrow.sum", old + "output/LayerNorm", f"{name}.hidden")


def _heads(source: _Source, new: _New, hidden: str, heads: dict[str, int], spans: list[str]) -> None:
    """Lay what reads the last layer: means over turn and call, attention a code, every head, the verdict."""
    for part in ("turn", "call"):
        new.add("Max", [f"{part}.count", "one.float"], f"{part}.least")
        new.add("Div", [f"{part}.there", f"{part}.least"], f"{part}.share")
        new.add("Unsqueeze", [f"{part}.share", "axis.1"], f"{part}.row")
    new.add("Concat", ["turn.row", "call.row"], "rows", axis=1)
    new.add("FusedMatMul", ["rows", hidden], "means", domain=_MICROSOFT, transBatchB=1)
    for place, part in enumerate(("turn", "call")):
        new.add("Gather", ["means", new.constant(f"place.{part}", place, np.int64)], f"{part}.mean", axis=1)
    new.add("Gather", [hidden, new.constant("place.start", 0, np.int64)], "start", axis=0)
    words = _evidence(source, new, hidden)
    new.add("Mul", ["turn.mean", "call.mean"], "turn.call")
    vectors = {"turn": ["turn.mean", "start"], "pair": ["turn.mean", "call.mean", "turn.call", "start"]}
    order: list[str] = []
    for vector, parts in vectors.items():
        first = f"/network/{vector}/{vector}.0/Gemm_MatMul_quant"
        new.add("Concat", parts, f"{vector}.parts", axis=1)
        read = new.quantise(f"{vector}.parts", source.scale_of(first), f"{vector}.read")
        new.product(source, read, read, [first], f"{vector}.wide")
        new.add("Gelu", [f"{vector}.wide"], f"{vector}.vector", domain=_MICROSOFT)
        readers = source.heads_on(f"/network/{vector}/{vector}.1/")
        kept = new.quantise(f"{vector}.vector", source.scale_of(readers[0]), f"{vector}.kept")
        new.product(source, kept, kept, readers, f"{vector}.heads")
        order += [column for name in readers for column in _columns(source, name)]
    new.add("Concat", ["turn.heads", "pair.heads"], "heads.plain", axis=1)
    # Columns without evidence of their own take the zero behind the last.
    of_spans = [f"{head}/{i}" for head in spans for i in range(heads[head])]
    places = [of_spans.index(column) if column in of_spans else len(of_spans) for column in order]
    new.add("Pad", [words, new.constant("pad", [0, 0, 0, 1], np.int64)], "words.padded")
    new.add("Gather", ["words.padded", new.constant("words.places", places, np.int64)], "words.added", axis=1)
    new.add("Add", ["heads.plain", "words.added"], "heads.all")
    _verdict(source, new, order)
    order += _columns(source, _HEAD.format("verdict"))
    new.add("Concat", ["heads.all", "verdict.head"], "heads.whole", axis=1)
    chosen = [order.index(f"{head}/{i}") for head, size in heads.items() for i in range(size)]
    new.add("Gather", ["heads.whole", new.constant("chosen", chosen, np.int64)], "values", axis=1)
    if source.has(_MARKS):
        _marks(source, new, order)


def _marks(source: _Source, new: _New, order: list[str]) -> None:
    """Lay what marks the pieces that carry EPITOME's levels: each piece's own score and what the levels add."""
    new.product(source, "evidence.read", "evidence.read", [_MARKS], "marks.own")
    new.add("Transpose", ["marks.own"], "marks.turned", perm=[1, 0, 2])
    weights = source.constant("network.mark_levels")
    places = [order.index(f"{head}/{i}") for head in LEVELS for i in range(weights.shape[1])]
    new.add("Gather", ["heads.whole", new.constant("levels.places", places, np.int64)], "levels", axis=1)
    new.add("Reshape", ["levels", new.constant("levels.shape", [0, *weights.shape], np.int64)], "levels.parts")
    new.add("Mul", ["levels.parts", new.constant("levels.weights", weights)], "levels.weighed")
    new.add("ReduceSum", ["levels.weighed", "axis.last"], "levels.sums", keepdims=0)
    new.add("Unsqueeze", ["levels.sums", "axis.1"], "levels.row")
    new.add("Add", ["marks.turned", "levels.row"], "marks")


def _evidence(source: _Source, new: _New, hidden: str) -> str:
    """Lay each code's attention over the turn's pieces, and what it reads there."""
    product = "/network/evidence" + _QUANTISED
    read = new.quantise(hidden, source.scale_of(product), "evidence.read")
    new.product(source, read, read, [product], "evidence")
    new.add("Transpose", ["evidence"], "evidence.turned", perm=[1, 2, 0])
    new.add("Sub", ["turn.there", "one.float"], "turn.less")
    new.add("Mul", ["turn.less", "masked"], "turn.absent")
    new.add("Unsqueeze", ["turn.absent", "axis.1"], "turn.absent.row")
    new.add("Add", ["evidence.turned", "turn.absent.row"], "evidence.scored")
    new.add("Softmax", ["evidence.scored"], "evidence.shares", axis=-1)
    new.add("Transpose", ["evidence.shares"], "attention", perm=[0, 2, 1])
    weights = source.constant("network.code_weight")
    new.add("MatMul", [hidden, new.constant("code.weights", weights.T)], "code.values")
    # Every code's shares with every code's values, of which a code keeps its own: a sum over pieces would depend in its
    # last digit on where in memory a row begins, and so on what a turn is batched with. A sum of zeros and one not.
    new.add("FusedMatMul", ["evidence.shares", "code.values"], "code.pairs", domain=_MICROSOFT, transBatchB=1)
    new.add("Mul", ["code.pairs", new.constant("code.itself", np.eye(len(weights)), np.float32)], "code.own")
    return new.add("ReduceSum", ["code.own", "axis.last"], "code.sums", keepdims=0)


def _columns(source: _Source, product: str) -> list[str]:
    head = product.split("/")[2]
    return [f"{head}/{i}" for i in range(source.weights_of(product)[0].shape[1])]


def _verdict(source: _Source, new: _New, order: list[str]) -> None:
    """Lay the verdict, which reads the pair and what three heads say."""
    product = _HEAD.format("verdict")
    known = [i for head in ("stance", "call_heavy", "call_is") for i, c in enumerate(order) if c.split("/")[0] == head]
    new.add("Gather", ["heads.all", new.constant("known", known, np.int64)], "known.values", axis=1)
    new.add("Div", ["known.values", new.constant("four", 4.0, np.float32)], "known.quarter")
    new.add("Tanh", ["known.quarter"], "known.bent")
    new.add("Concat", ["pair.vector", "known.bent"], "verdict.parts", axis=1)
    read = new.quantise("verdict.parts", source.scale_of(product), "verdict.read")
    new.product(source, read, read, [product], "verdict.head")
