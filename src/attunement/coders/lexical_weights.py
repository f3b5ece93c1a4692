"""How evidence adds up: log-odds per feature, fitted on training corpora, from a machine-written data file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from attunement.coders.lexical_features import CALL_VALUES, feature_names
from attunement.coders.lexical_sheet import Sheet
from attunement.core.codebook import MEETING, MISSING, VERDICTS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Head", "WeightData", "Weights", "load_weights", "verdict_features"]

# The codebook's rule (section 3): what earns partial at most on a heavy call, and what makes a miss mild.
LIGHT_MEETS = frozenset({"acknowledgement", "engagement"})
MILD_MISSES = frozenset({"flat", "topic_change", "silence", "self_focus", "premature_advice", "silver_lining"})


class Head(msgspec.Struct, frozen=True):
    """Weights of one group of outputs.

    Attributes
    ----------
    outputs : tuple of str
        What is scored: codes, or "heavy", "intensity", "valence", "prompted".
    bias : tuple of float
        Log-odds (or value) of each output where nothing is known.
    weights : dict of str to dict of str to float
        Feature name to what it adds to each output.
    """

    outputs: tuple[str, ...]
    bias: tuple[float, ...]
    weights: dict[str, dict[str, float]]


class WeightData(msgspec.Struct, frozen=True):
    """What `training/calibrate_lexical.py` writes and the coder reads.

    Attributes
    ----------
    version : str
        Changes with every fit; part of the coder's version.
    text, stance : Head
        Scores of a turn by itself, and of a turn as the reply to another.
    verdict : Head
        From what `verdict_features` gives to the verdict.
    thresholds : dict of str to float
        Probability from which a code counts as present.
    precision : dict of str to tuple of (float, int)
        Of each cue, how often it was right where it fired on the training corpora, and how often it fired.
    """

    version: str
    text: Head
    stance: Head
    verdict: Head
    thresholds: dict[str, float]
    precision: dict[str, tuple[float, int]]


class Weights:
    """Weights as arrays, in the order of the features.

    Attributes
    ----------
    text : ndarray of shape (features, text outputs)
    stance : ndarray of shape (features + call values, stance codes)
    """

    def __init__(self, data: WeightData, sheet: Sheet) -> None:
        self.data = data
        names = feature_names(sheet)
        self.text, self.text_bias = _dense(data.text, names)
        self.stance, self.stance_bias = _dense(data.stance, [*names, *CALL_VALUES])
        self._codes = data.stance.outputs
        self.verdict, self.verdict_bias = _dense(data.verdict, [*VERDICTS, "nothing"])

    def score_text(self, features: Sequence[Sequence[int]]) -> NDArray[np.float64]:
        """Sum the evidence of turns by themselves: shape (turns, text outputs)."""
        return _sum_rows(self.text, features) + self.text_bias

    def score_stance(self, features: Sequence[Sequence[int]], values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum the evidence of replies: features and call values of shape (replies, call values) in, log-odds out."""
        return _sum_rows(self.stance, features, values) + self.stance_bias

    def score_verdict(self, stance: NDArray[np.float64], heavy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the calibrated verdict of replies: shape (replies, 4), rows that sum to 1."""
        import numpy as np

        features = verdict_features(stance, heavy, self._codes)
        logits = np.repeat(self.verdict_bias[None, :], len(features), axis=0)
        for column in range(features.shape[1]):
            logits += features[:, column, None] * self.verdict[column]
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def verdict_features(
    stance: NDArray[np.float64], heavy: NDArray[np.float64], codes: Sequence[str]
) -> NDArray[np.float64]:
    """Apply the codebook's rule to probabilities, many replies at once.

    Parameters
    ----------
    stance : ndarray of shape (replies, codes)
        Probability of each stance code.
    heavy : ndarray of shape (replies,)
        Probability that the call is heavy.
    codes : sequence of str
        The codes of the columns.

    Returns
    -------
    ndarray of shape (replies, 5)
        Logarithms of the four verdicts' probabilities as `attunement.core.verdict.verdict_probabilities` gives them,
        and of the probability that the reply carries no code at all; 0.0001 is added to each before.
    """
    import numpy as np

    def none_of(wanted: frozenset[str]) -> NDArray[np.float64]:
        product = np.ones(len(stance))
        for column, code in enumerate(codes):
            if code in wanted:
                product *= 1.0 - stance[:, column]
        return product

    meets = frozenset(code.name for code in MEETING)
    misses = frozenset(code.name for code in MISSING)
    no_full, no_light = none_of(meets - LIGHT_MEETS), none_of(LIGHT_MEETS)
    no_mild, no_hard = none_of(misses & MILD_MISSES), none_of(misses - MILD_MISSES)
    no_meet, no_miss = no_full * no_light, no_mild * no_hard
    only_light = no_full * (1.0 - no_light)
    rule = (
        no_miss * ((1.0 - no_full) + only_light * (1.0 - heavy)),
        (1.0 - no_meet) * (1.0 - no_miss) + no_miss * only_light * heavy,
        no_meet * no_hard,
        no_meet * (1.0 - no_hard),
        no_meet * no_miss,
    )
    return np.log(np.stack(rule, axis=1) + 1e-4)


def _dense(head: Head, names: list[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import numpy as np

    columns = {name: column for column, name in enumerate(head.outputs)}
    matrix = np.zeros((len(names), len(columns)))
    for row, name in enumerate(names):
        for output, weight in head.weights.get(name, {}).items():
            matrix[row, columns[output]] = weight
    return matrix, np.asarray(head.bias, dtype=np.float64)


def _sum_rows(
    matrix: NDArray[np.float64], features: Sequence[Sequence[int]], values: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Add up the weights of every row's features; no row names a feature twice. Values multiply the last weights."""
    import numpy as np

    lengths = np.fromiter(map(len, features), dtype=np.intp, count=len(features))
    columns = np.fromiter(chain.from_iterable(features), dtype=np.intp, count=int(lengths.sum()))
    holds = np.zeros((len(features), len(matrix)))
    holds[np.repeat(np.arange(len(features)), lengths), columns] = 1.0
    if values is not None:
        holds[:, len(matrix) - values.shape[1] :] = values
    return holds @ matrix


@cache
def load_weights() -> WeightData:
    """Load the fitted weights of the package; once a process."""
    raw = (files("attunement.coders") / "cues" / "weights.json").read_bytes()
    return msgspec.json.decode(raw, type=WeightData)
