"""The weights that ship with the package: found, checked against their digests, and loaded.

A set of weights is a folder: `model.onnx` (int8), `vocabulary.txt`, and `manifest.json`, which says what the outputs
are, how they were calibrated, where each code is decided, and the SHA-256 of the other two. Nothing is unpickled and
nothing is fetched.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from attunement.coders.neural_checks import manifest_misfit
from attunement.coders.wordpiece import MARKS, WordPiece
from attunement.errors import InputError, UsageError, suggest

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = [
    "SAME_VERSION",
    "Head",
    "Manifest",
    "Marks",
    "Weights",
    "load_blend",
    "load_weights",
    "runtime",
    "weight_sets",
]

_FORMAT = "attunement.weights/1"
_GROUP = "attunement.weights"  # other distributions name the package that holds a set of weights
_Kind = TypeVar("_Kind")
SAME_VERSION = "Install weights and package of the same version."
_SETS = Path(__file__).parents[1] / "weights"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """One head of the network.

    Attributes
    ----------
    name : str
        Its name.
    kind : {"many", "one", "number"}
        Yes or no for each of its codes, one of its codes, or a number.
    codes : tuple of str
        The codes, in the order of the outputs.
    slopes, offsets : tuple of float
        Calibration: a code's probability is the logistic function of ``slope * output + offset`` ("many"); the
        softmax of the same ("one"); a number is ``slope * output + offset``.
    thresholds : tuple of float
        For "many", the probability from which a code is decided on.
    """

    name: str
    kind: Literal["many", "one", "number"]
    codes: tuple[str, ...]
    slopes: tuple[float, ...]
    offsets: tuple[float, ...]
    thresholds: tuple[float, ...] = ()


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """The output that marks the words which carry a head's level.

    Attributes
    ----------
    heads : tuple of str
        The heads whose level above 0 it finds the words of, in the order of the output.
    clause : tuple of float
        For each, how much the mean probability of a piece's clause weighs beside its own, in [0, 1].
    thresholds : tuple of float
        For each, the probability from which a piece is marked.
    above : tuple of float
        For each, the probability of a level above 0 from which anything is marked.
    """

    heads: tuple[str, ...]
    clause: tuple[float, ...]
    thresholds: tuple[float, ...]
    above: tuple[float, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of weights is.

    Attributes
    ----------
    format : str
        "attunement.weights/1".
    name, version : str
        The set's name ("open", "research") and version; both are written into every coding.
    codebook : str
        Version of the codebook that it was trained with.
    licence : str
        Under which it may be used.
    data : tuple of str
        The corpora that it was trained on.
    digests : dict of str to str
        File name to SHA-256.
    heads : tuple of Head
        In the order of the outputs.
    span_codes : tuple of str
        The codes of the attention output, in order.
    span_share : float
        The least share of a code's attention that a clause holds to be given as its span.
    verdict_mix : tuple of tuple of float
        Four rows of nine: the verdict's logits from the log probabilities of the verdict head (4), those of the
        codebook's rule applied to the stance probabilities (4), and a constant.
    abstain_below : float
        The verdict is withheld where its largest probability is lower.
    measured : dict
        The figures of the model card.
    marks : Marks or None
        The third output, where there is one.
    reads_alike : bool
        Whether the network was calibrated on names, relatives and typed words read as one (`given_names`, `read_as`):
        it reads what it was calibrated on.
    """

    format: str
    name: str
    version: str
    codebook: str
    licence: str
    data: tuple[str, ...]
    digests: dict[str, str]
    heads: tuple[Head, ...]
    span_codes: tuple[str, ...]
    span_share: float
    verdict_mix: tuple[tuple[float, ...], ...]
    abstain_below: float
    measured: dict[str, Any] = {}
    marks: Marks | None = None
    reads_alike: bool = False


class Weights:
    """A set of weights, checked; the network itself is made when it is first run.

    A report on turns that were all coded before spares the time and the memory.

    Parameters
    ----------
    manifest, pieces, threads
        See below.
    model : bytes
        The network as ONNX.

    Attributes
    ----------
    manifest : Manifest
        What it is.
    pieces : WordPiece
        Its vocabulary.
    threads : int
        How many batches may be run at once.
    digest : str
        Tells it from every set that gives other codings: of the whole manifest, which holds the calibration, the
        thresholds and the digests of network, vocabulary and blend.
    """

    def __init__(self, manifest: Manifest, pieces: WordPiece, model: bytes, threads: int = 1) -> None:
        self.manifest = manifest
        self.pieces = pieces
        self.threads = threads
        self.digest = hashlib.sha256(msgspec.json.encode(manifest, order="deterministic")).hexdigest()
        self._model: bytes | None = model
        self._session: Any = None
        self._columns = (sum(len(head.codes) for head in manifest.heads), len(manifest.span_codes))
        self._making = Lock()

    def run_all(self, batches: Sequence[tuple[Any, Any, Any]]) -> Iterator[tuple[Any, Any, Any]]:
        """Run the network on batches, several at once where there are processors; in the order of the batches.

        The batches are small and each runs on one thread, so that no thread waits for another. They are begun at once,
        before the first is asked for.
        """
        if self.threads < 2 or len(batches) < 2:
            return (self.run(*batch) for batch in batches)
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(self.threads)
        begun = deque(pool.submit(self.run, *batch) for batch in batches)
        pool.shutdown(wait=False)
        return _in_order(begun)

    def run(self, numbers: Any, segments: Any, mask: Any) -> tuple[Any, Any, Any]:
        """Run the network.

        Parameters
        ----------
        numbers, segments, mask : ndarray of int64, shape (batch, length)
            The pieces, the segments, and 1 where there is a piece.

        Returns
        -------
        values : ndarray of float32, shape (batch, codes)
            Every head's outputs side by side.
        attention : ndarray of float32, shape (batch, length, span codes)
            For each code how it weighs the turn's pieces; sums to 1 over the length.
        marks : ndarray of float32, shape (batch, length, marking heads), or None
            Log odds that a piece carries a head's level; None where the manifest names no marks.

        Raises
        ------
        InputError
            If the network cannot be run, or gives something else than the manifest says.
        """
        outputs = ["values", "attention", *(["marks"] if self.manifest.marks is not None else [])]
        session = self._made()
        try:
            values, attention, *marks = session.run(outputs, {"numbers": numbers, "segments": segments, "mask": mask})
        except Exception as error:
            raise _misfit(self.manifest, f"have a network that does not run here: {type(error).__name__}") from None
        if (values.shape[1], attention.shape[2]) != self._columns:
            raise _misfit(self.manifest, "have a network that gives something else than the manifest says")
        return values, attention, marks[0] if marks else None

    def _made(self) -> Any:
        with self._making:
            if self._model is not None:
                try:
                    self._session, self._model = _session(self._model), None
                except ImportError:
                    raise
                except Exception as error:
                    why = f"have a network that onnxruntime cannot load: {type(error).__name__}"
                    raise _misfit(self.manifest, why) from None
            return self._session


def _in_order(begun: deque[Future[tuple[Any, Any, Any]]]) -> Iterator[tuple[Any, Any, Any]]:
    try:
        while begun:
            yield begun.popleft().result()
    finally:
        for future in begun:
            future.cancel()


def weight_sets() -> tuple[str, ...]:
    """Return the names of the sets that are installed."""
    from importlib.metadata import entry_points

    own = {folder.parent.name for folder in _SETS.glob("*/manifest.json")}
    return tuple(sorted(own | {point.name for point in entry_points(group=_GROUP)}))


def load_weights(name: str = "open", *, threads: int = 0) -> Weights:
    """Load a set of weights by name, or from a folder.

    Parameters
    ----------
    name : str
        A name of `weight_sets`, or the path of a folder that holds one. A path is what has a separator in it
        ("./mine"): a bare name is never looked for in the working directory, which may be an export from somebody.
    threads : int
        Threads of the network; 0 takes as many as there are processors, at most 4. Does not change results.

    Raises
    ------
    UsageError
        If there is no such set.
    InputError
        If a file is missing or is not the one that the manifest names.
    """
    return _load(_folder(name), threads)


def load_blend(name: str, kind: type[_Kind]) -> _Kind:
    """Load the weights of a blend that lie beside a set of weights; the manifest's digest covers them.

    Raises
    ------
    UsageError
        If there is no such set, or it has no blend.
    InputError
        If the file is damaged.
    """
    folder = _folder(name)
    manifest = _manifest(folder)
    if "blend.json" not in manifest.digests:
        raise UsageError(f"The weights {manifest.name!r} come without a blend.", hint="Choose the coder 'neural'.")
    content = _checked(folder, manifest, "blend.json")
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError:
        raise InputError(
            f"blend.json of the weights {manifest.name!r} does not fit this version.", hint="Install the package again."
        ) from None


def runtime() -> str:
    """Name what runs the network, with its version: another one rounds otherwise, and a code may turn on it.

    Asked of the package's metadata, so that a report on turns that were all coded before need not load it.
    """
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"onnxruntime {version('onnxruntime')}"
    except PackageNotFoundError:  # it was put there by other means: built from source, vendored
        return "onnxruntime"


def _folder(name: str) -> Path:
    if _is_path(name):
        folder = Path(name)
        if (folder / "manifest.json").is_file():
            return folder.resolve()
        raise UsageError(f"There are no weights in the folder {name!r}.", hint="It has no manifest.json.")
    own = _SETS / name
    if (own / "manifest.json").is_file():
        return own.resolve()
    from importlib.metadata import entry_points
    from importlib.resources import files

    for point in entry_points(group=_GROUP, name=name):
        return Path(str(files(point.module))).resolve()
    hint = suggest(name, weight_sets())
    if (Path(name) / "manifest.json").is_file():
        hint = f"{hint} The folder of that name is ./{name}"
    raise UsageError(f"There are no weights {name!r}.", hint=hint)


def _is_path(name: str) -> bool:
    """Tell a path from a name: it has a separator, or a drive, or is the folder itself or the one above it."""
    return name == ".." or (bool(name) and Path(name).name != name)


@lru_cache(maxsize=2)
def _load(folder: Path, threads: int) -> Weights:
    manifest = _manifest(folder)
    model, vocabulary = (_checked(folder, manifest, file) for file in ("model.onnx", "vocabulary.txt"))
    try:
        pieces = WordPiece(
            [piece for piece in vocabulary.decode("utf-8").split("\n") if piece], alike=manifest.reads_alike
        )
    except (UnicodeDecodeError, KeyError):
        raise _misfit(manifest, f"have a vocabulary that is no UTF-8 or lacks one of {', '.join(MARKS)}") from None
    return Weights(manifest, pieces, model, threads or min(4, os.cpu_count() or 1))


def _checked(folder: Path, manifest: Manifest, file: str) -> bytes:
    """Read a file that the manifest names; what is loaded is what was checked."""
    try:
        content = (folder / file).read_bytes()
    except OSError:
        raise InputError(f"The weights {manifest.name!r} lack {file}.", hint="Install the package again.") from None
    found = hashlib.sha256(content).hexdigest()
    expected = manifest.digests.get(file, "")
    if found != expected:
        raise InputError(
            f"{file} of the weights {manifest.name!r} is not the file that the manifest names: expected SHA-256 "
            f"{expected[:12]}…, got {found[:12]}….",
            hint="The file is damaged or was changed. Install the package again.",
        )
    return content


def _manifest(folder: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(
            f"The manifest of the weights {folder.name!r} cannot be read: {type(error).__name__}.",
            hint="Install the package again.",
        ) from None
    if manifest.format != _FORMAT:
        raise InputError(
            f"The weights {folder.name!r} have the format {manifest.format!r}; this version reads {_FORMAT!r}.",
            hint=SAME_VERSION,
        )
    misfit = manifest_misfit(manifest)
    if misfit is not None:
        raise _misfit(manifest, misfit)
    return manifest


def _misfit(manifest: Manifest, why: str) -> InputError:
    return InputError(f"The weights {manifest.name!r}, version {manifest.version}, {why}.", hint=SAME_VERSION)


def _session(model: bytes) -> Any:
    import importlib

    # From 1.31 on onnxruntime reports its use to its makers unless it is told not to before it is loaded; the file with
    # a number for the machine and the queue of events would be there by the time that it can be asked to stop.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    # Untyped, so it is taken by name: what it gives is checked by the tests, not by the type checker.
    onnxruntime: Any = importlib.import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # The graph is laid by hand (training/graph.py); higher levels would look for what is not in it.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
