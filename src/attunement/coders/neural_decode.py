"""What the network puts out as codings: calibrated probabilities, decisions, spans, the verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from attunement.coders.neural_weights import Head, Manifest
from attunement.core.codebook import VERDICTS, Family, Verdict
from attunement.core.coding import CharSpan, Coding
from attunement.core.verdict import verdict_probabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Decoder", "Outputs", "Read", "Said", "clauses", "probabilities", "rounded_shares", "verdict_of_outputs"]

_LISTED = 0.02
_DIGITS = 4
_CLAUSE = re.compile(r"[^.!?;:,…\n]+[.!?;:,…\n]*|[.!?;:,…\n]+")
_FEWEST_LETTERS = 12
_ORDER: tuple[Family, ...] = ("expression", "emotion", "after", "risk", "stance")
_TOLD = frozenset({"disclosure", "honest_account"})

Floats: TypeAlias = "NDArray[np.float64]"

Outputs: TypeAlias = "dict[str, Floats]"
"""Head name to the calibrated values of its codes, for one turn."""


class Decoder:
    """Turns the network's values for many turns into codings at once.

    Parameters
    ----------
    manifest : Manifest
        Of the weights.
    coder : str
        "name/version", written into every coding.
    spanned : float
        From this probability on a code is given its words, decided on or not.
    below : float
        Stance and verdict are withheld where the verdict's largest probability is lower.
    """

    def __init__(self, manifest: Manifest, coder: str, *, spanned: float, below: float) -> None:
        self._manifest, self._coder, self._below = manifest, coder, below
        self._calibration = _Calibration(manifest)
        place = self._calibration.places
        heads = {head.name: head for head in manifest.heads}
        self._stance = heads["stance"].codes
        self._stance_at, self._verdict_at = place["stance"], place["verdict"]
        self._call_heavy_at = place["call_heavy"].start
        self._mix = np.array(manifest.verdict_mix)
        self._columns: list[int] = []
        self._codes: list[tuple[str, Family]] = []
        cuts: list[float] = []
        for family in _ORDER:
            head = heads[family]
            self._columns += range(place[family].start, place[family].stop)
            self._codes.extend((code, family) for code in head.codes)
            # The one emotion is the likeliest, whatever its probability.
            cuts += head.thresholds if head.kind == "many" else (2.0,) * len(head.codes)
        self._cuts = np.array(cuts)
        self._spanned = np.minimum(self._cuts, spanned)
        self._emotions = [i for i, (_, family) in enumerate(self._codes) if family == "emotion"]
        self._replies = [i for i, (_, family) in enumerate(self._codes) if family == "stance"]
        known = {code: i for i, code in enumerate(manifest.span_codes)}
        self._attended = [-1 if family == "emotion" else known.get(code, -1) for code, family in self._codes]
        self._told = [i for i, (code, _) in enumerate(self._codes) if code in _TOLD]
        self._numbers = [place[name].start for name in ("intensity", "valence", "prompted")]
        risks = range(place["risk"].start, place["risk"].stop)
        self._heavy = [place["heavy"].start, *risks] if "heavy" in place else []

    def decode(self, values: NDArray[np.float32], attention: NDArray[np.float32], read: Sequence[Read]) -> list[Said]:
        """Decode one batch.

        Parameters
        ----------
        values : ndarray, shape (turns, outputs)
            The heads' raw outputs.
        attention : ndarray, shape (turns, length, span codes)
            How each code weighs the pieces.
        read : sequence of Read
            What was read, a row each.

        Returns
        -------
        list of Said
            A row each.
        """
        calibrated = self._calibration(values)
        chosen = calibrated[:, self._columns]
        rounded = np.round(chosen, _DIGITS)
        present: NDArray[np.bool_] = rounded >= self._cuts
        emotions = chosen[:, self._emotions]
        present[np.arange(len(read)), np.array(self._emotions)[emotions.argmax(axis=1)]] = True
        listed: NDArray[np.bool_] = present | (rounded >= _LISTED)
        wanted: NDArray[np.bool_] = present | (chosen >= self._spanned)
        verdicts = self._verdicts(calibrated, read)
        unanswered = [row for row, verdict in enumerate(verdicts) if verdict is None]
        silent = np.ix_(unanswered, self._replies)
        listed[silent] = False
        wanted[silent] = False
        numbers = calibrated[:, self._numbers]
        intensity = np.round(np.clip(3.0 * numbers[:, 0], 0.0, 3.0), 3).tolist()
        valence = np.round(np.clip(numbers[:, 1], -1.0, 1.0), 3).tolist()
        heavy: list[float | None] = [None] * len(read)
        if self._heavy:
            heaviest: Floats = calibrated[:, self._heavy].max(axis=1)
            heavy = np.round(heaviest, _DIGITS).tolist()
        asked = [p >= 0.5 for p in numbers[:, 2].tolist()]
        tells = set(np.nonzero(present[:, self._told])[0].tolist())
        codings = self._codings(rounded, present, listed, wanted, attention, read)
        return [
            Said(tuple(row), intensity[i], valence[i], asked[i] if i in tells else None, verdicts[i], heavy[i])
            for i, row in enumerate(codings)
        ]

    def _codings(
        self,
        rounded: Floats,
        present: NDArray[np.bool_],
        listed: NDArray[np.bool_],
        wanted: NDArray[np.bool_],
        attention: NDArray[np.float32],
        read: Sequence[Read],
    ) -> list[list[Coding]]:
        found: list[list[Coding]] = [[] for _ in read]
        spans = [_Spans(one, attention[row], self._manifest.span_share) for row, one in enumerate(read)]
        rows, columns = np.nonzero(listed)
        for row, column, p, is_present, is_wanted in zip(
            rows.tolist(),
            columns.tolist(),
            rounded[listed].tolist(),
            present[listed].tolist(),
            wanted[listed].tolist(),
            strict=True,
        ):
            code, family = self._codes[column]
            words: tuple[CharSpan, ...] = ()
            if family == "emotion":
                # What a turn is taken to show is shown by all of it; what it may show besides points to nothing.
                words = spans[row].whole if is_present else ()
            elif is_wanted:
                words = spans[row].of(self._attended[column])
            found[row].append(Coding(code, family, p, is_present, words, self._coder))
        return found

    def _verdicts(self, calibrated: Floats, read: Sequence[Read]) -> list[dict[Verdict, float] | None]:
        found: list[dict[Verdict, float] | None] = [None] * len(read)
        rows = [row for row, one in enumerate(read) if one.answers]
        if not rows:
            return found
        stance = calibrated[rows, self._stance_at].tolist()
        heavy = calibrated[rows, self._call_heavy_at].tolist()
        rules = [
            list(verdict_probabilities(dict(zip(self._stance, row, strict=True)), heavy=own).values())
            for row, own in zip(stance, heavy, strict=True)
        ]
        heads = np.concatenate([calibrated[rows, self._verdict_at], np.array(rules)], axis=1)
        said = np.log(np.maximum(heads, 1e-4))
        shares = _mixed(self._mix, said)
        for row, share in zip(rows, shares, strict=True):
            found[row] = rounded_shares(share, _DIGITS) if float(share.max()) >= self._below else None
        return found


class Read(NamedTuple):
    """What was read of a turn: its text, where its pieces stand in it, and whether it answers a call."""

    text: str
    places: Sequence[tuple[int, int]]
    answers: bool


class Said(NamedTuple):
    """What the network says of a turn, in the words of `attunement.core.coding.TurnCoding`."""

    codings: tuple[Coding, ...]
    intensity: float
    valence: float
    prompted: bool | None
    verdict: dict[Verdict, float] | None
    heavy: float | None


class _Calibration:
    """Raw values, shape (turns, outputs), to calibrated ones; `places` says where each head's lie."""

    def __init__(self, manifest: Manifest) -> None:
        self.places: dict[str, slice] = {}
        self._many: list[int] = []
        self._one: list[slice] = []
        slopes: list[float] = []
        offsets: list[float] = []
        for head in manifest.heads:
            place = self.places[head.name] = slice(len(slopes), len(slopes) + len(head.codes))
            slopes += head.slopes
            offsets += head.offsets
            if head.kind == "many":
                self._many += range(place.start, place.stop)
            elif head.kind == "one":
                self._one.append(place)
        self._slopes, self._offsets = np.array(slopes), np.array(offsets)

    def __call__(self, values: NDArray[np.float32]) -> Floats:
        calibrated: Floats = values.astype(np.float64) * self._slopes + self._offsets
        calibrated[:, self._many] = 1.0 / (1.0 + np.exp(-np.clip(calibrated[:, self._many], -30.0, 30.0)))
        for place in self._one:
            own = calibrated[:, place]
            powers = np.exp(own - own.max(axis=1, keepdims=True))
            calibrated[:, place] = powers / powers.sum(axis=1, keepdims=True)
        return calibrated


def probabilities(manifest: Manifest, values: NDArray[np.float32]) -> list[Outputs]:
    """Turn raw values, shape (turns, codes), into calibrated ones, a dictionary a turn."""
    calibration = _Calibration(manifest)
    calibrated = calibration(values)
    return [{name: row[place] for name, place in calibration.places.items()} for row in calibrated]


def verdict_of_outputs(
    manifest: Manifest, outputs: Outputs, stance: Head, *, below: float = 0.0
) -> dict[Verdict, float] | None:
    """Blend the verdict head with the codebook's rule on the stance probabilities; None where none reaches `below`."""
    rule = verdict_probabilities(
        dict(zip(stance.codes, outputs["stance"].tolist(), strict=True)), heavy=float(outputs["call_heavy"][0])
    )
    said = np.log(np.maximum([*outputs["verdict"].tolist(), *rule.values()], 1e-4))
    share = _mixed(np.array(manifest.verdict_mix), said[None, :])[0]
    return rounded_shares(share, _DIGITS) if share.max() >= below else None


def _mixed(mix: Floats, said: Floats) -> Floats:
    """Mix log probabilities, shape (turns, inputs), to the four verdicts, shape (turns, 4)."""
    # Summed one by one, so that what a turn is batched with changes nothing.
    logits = np.repeat(mix[None, :, -1], len(said), axis=0)
    for column in range(said.shape[1]):
        logits += said[:, column, None] * mix[:, column]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def rounded_shares(share: Floats, digits: int) -> dict[Verdict, float]:
    """Round the four so that they still sum to 1: what rounding took or gave goes to the largest."""
    rounded = [round(p, digits) for p in share.tolist()]
    largest = int(share.argmax())
    rounded[largest] = round(rounded[largest] + 1.0 - sum(rounded), digits)
    return dict(zip(VERDICTS, rounded, strict=True))


def clauses(text: str) -> list[CharSpan]:
    """Cut a text into clauses without the white space around them; a short one joins the next.

    Examples
    --------
    >>> [text[c.start : c.end] for text in ["oh no. I really missed you"] for c in clauses(text)]
    ['oh no. I really missed you']
    """
    found: list[CharSpan] = []
    begin: int | None = None
    for match in _CLAUSE.finditer(text):
        begin = match.start() if begin is None else begin
        if match.end() - begin >= _FEWEST_LETTERS:
            found.append(CharSpan(begin, match.end()))
            begin = None
    if begin is not None:
        if found and len(text) - begin < _FEWEST_LETTERS:
            found[-1] = CharSpan(found[-1].start, len(text))
        else:
            found.append(CharSpan(begin, len(text)))
    return [span for span in (_trimmed(text, span) for span in found) if span.end > span.start]


def _trimmed(text: str, span: CharSpan) -> CharSpan:
    words = text[span.start : span.end]
    lead = len(words) - len(words.lstrip())
    return CharSpan(span.start + lead, span.start + max(lead, len(words.rstrip())))


class _Spans:
    """Says which clauses of a turn carry a code: those that hold a share of its attention, and the heaviest always."""

    __slots__ = ("_attention", "_clauses", "_found", "_mass", "_read", "_share")

    def __init__(self, read: Read, attention: NDArray[np.float32], share: float) -> None:
        self._read, self._attention, self._share = read, attention, share
        self._clauses: list[CharSpan] | None = None
        self._mass: list[list[float]] = []
        self._found: dict[int, tuple[CharSpan, ...]] = {}

    @property
    def whole(self) -> tuple[CharSpan, ...]:
        """The turn's words, for what has no attention of its own."""
        text = self._read.text
        lead = len(text) - len(text.lstrip())
        return (CharSpan(lead, max(lead, len(text.rstrip()))),)

    def of(self, column: int) -> tuple[CharSpan, ...]:
        """Give the clauses that carry the code of a column of the attention, in order, touching ones joined."""
        if column < 0:
            return ()
        known = self._found.get(column)
        if known is not None:
            return known
        if self._clauses is None:
            self._weigh()
        cut = self._clauses or []
        if len(cut) < 2 or not self._read.places:
            found = tuple(cut) if self._read.places else ()
        else:
            mass = [row[column] for row in self._mass]
            least = self._share * sum(mass)
            heaviest = mass.index(max(mass))
            joined: list[CharSpan] = []
            previous = -2
            for i, own in enumerate(mass):
                if (own >= least and least > 0) or i == heaviest:
                    if i == previous + 1:
                        joined[-1] = CharSpan(joined[-1].start, cut[i].end)
                    else:
                        joined.append(cut[i])
                    previous = i
            found = tuple(joined)
        self._found[column] = found
        return found

    def _weigh(self) -> None:
        cut = self._clauses = clauses(self._read.text)
        places = self._read.places
        if len(cut) < 2 or not places:
            return
        ends = [span.end for span in cut]
        last = len(cut) - 1
        own = self._attention[1 : 1 + len(places)].astype(np.float64)
        mass = np.zeros((len(cut), own.shape[1]))
        begin, at = 0, 0
        for i, (start, _) in enumerate(places):
            clause = at
            while clause < last and start >= ends[clause]:
                clause += 1
            if clause != at:
                mass[at] += own[begin:i].sum(axis=0)
                begin, at = i, clause
        mass[at] += own[begin:].sum(axis=0)
        self._mass = mass.tolist()
