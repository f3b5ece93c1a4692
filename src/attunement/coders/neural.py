"""The neural coder: a small transformer, int8, that ships with the package and runs on a laptop's processor.

One pass a turn reads the turn, what it answers and what came before, and gives every family at once: probabilities
calibrated on text that was kept out of training, decisions at stated thresholds, and the clauses that carried each
code. A long turn takes several passes (`neural_windows`). English is claimed; a turn in another language is marked as
not scored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Self

import msgspec
import numpy as np

from attunement.coders.bare_refusal import LIGHT_CODES, is_bare_refusal, missed_for
from attunement.coders.base import CodeOptions, Query
from attunement.coders.by_rote import is_by_rote
from attunement.coders.lexical_language import ENGLISH, MOST_CHARS, Language, language_of, settled_language
from attunement.coders.lexical_scan import Scan
from attunement.coders.neural_cache import CodingCache, cache_folder, key_of
from attunement.coders.neural_decode import Decoder, Read, Said, probabilities
from attunement.coders.neural_input import REACH, Cutter, Sequenced, sequence, windows
from attunement.coders.neural_marks import Marker
from attunement.coders.neural_weights import Weights, load_weights, runtime
from attunement.coders.neural_windows import Window, WindowJoiner
from attunement.coders.own_words import own_words
from attunement.coders.people import people_of
from attunement.coders.wordpiece import WordPiece
from attunement.core.codebook import Family
from attunement.core.coding import CharSpan, Coding, TurnCoding
from attunement.core.turn import Turn

__all__ = ["NeuralCoder"]

_FAMILIES: tuple[Family, ...] = ("expression", "emotion", "stance", "after", "risk")
# Small batches stay in the processor's cache: half as fast again as batches of 4,096 pieces, measured.
_PIECES_AT_ONCE = 512
# From this probability on a code is given its words, decided on or not: a blend may decide otherwise.
_SPANNED = 0.1
# How often people gave an expression code to what is said by rote (`by_rote`).
_BY_ROTE = 0.03
_KIN: dict[str, tuple[str, str]] = {
    "goemotions": ("goemotions", "emotion"),
    "offmychest": ("offmychest", "support"),
    "uptake": ("uptake", "uptake"),
    "intimacy": ("question_intimacy", "intimacy"),
    "politeness": ("stanford_politeness", "politeness"),
    "sarcasm": ("mustard", "sarcasm"),
    "emotional_reactions": ("epitome", "emotional_reactions"),
    "interpretations": ("epitome", "interpretations"),
    "explorations": ("epitome", "explorations"),
    "strategy": ("esconv", "strategy"),
    "main_behaviour": ("annomi", "main_behaviour"),
    "talk_type": ("annomi", "talk_type"),
    "miti": ("mi_peer_support", "miti"),
}


class NeuralCoder:
    """Code turns with the network.

    Parameters
    ----------
    weights : Weights, optional
        A set of weights; None loads the one that ships as "open".
    cache : Path, optional
        Folder of the cache of codings; None codes everything anew.
    withholds : bool
        Whether stance and verdict are withheld where the verdict is too unsure; a blend decides that for itself.

    Attributes
    ----------
    name, version, families, reach
        See `attunement.coders.base.Coder`; the version is that of the weights.
    weights : str
        Name of the set of weights.
    digest : str
        Tells apart all that gives other codings: version, weights, options.
    kin_families : tuple of (str, str)
        Label sets of other people's that it has heads for.
    rationale_families : tuple of (str, str)
        Those of them whose words it marks.
    """

    def __init__(self, weights: Weights | None = None, *, cache: Path | None = None, withholds: bool = True) -> None:
        self._weights = load_weights() if weights is None else weights
        manifest = self._weights.manifest
        self.name = "neural"
        self.version = f"{manifest.version}-{manifest.name}"
        self.families = _FAMILIES
        self.reach = REACH
        self.weights = manifest.name
        self._heads = {head.name: head for head in manifest.heads}
        self.kin_families = tuple(_KIN[name] for name in self._heads if name in _KIN)
        self._marker = None if manifest.marks is None else Marker(manifest)
        self.rationale_families = tuple(_KIN[name] for name in (manifest.marks.heads if manifest.marks else ()))
        label = f"{self.name}/{self.version}"
        below = manifest.abstain_below if withholds else 0.0
        self._decoder = Decoder(manifest, label, spanned=_SPANNED, below=below)
        self._joiner = WindowJoiner(manifest)
        self.digest = f"{label} {self._weights.digest} {below}"
        self._cache = None if cache is None else CodingCache(cache, label)
        self._kept_under = "" if cache is None else f"{self.digest} {runtime()}"
        self._options: CodeOptions | None = None

    @classmethod
    def from_options(cls, options: CodeOptions) -> Self:
        """Make the coder that the options describe: `weights` chooses the set, `cache` whether codings are kept."""
        coder = cls(load_weights(options.weights), cache=cache_folder() if options.cache else None)
        coder._options = options
        return coder

    def __reduce__(self) -> str | tuple[object, ...]:
        """Go to another process as the options that it was made from; a network that is loaded cannot travel."""
        return super().__reduce__() if self._options is None else (type(self).from_options, (self._options,))

    def code(self, queries: Sequence[Query]) -> list[TurnCoding]:
        """Code a batch; see `attunement.coders.base.Coder.code`."""
        return self.start(queries)()

    def start(self, queries: Sequence[Query]) -> Callable[[], list[TurnCoding]]:
        """Begin to code a batch on threads of its own; what is returned waits for the codings and gives them.

        A blend uses the time in between for its other coder.
        """
        asked = [_Asked(query) for query in queries]
        found: list[TurnCoding | None] = [None] * len(asked)
        keys: list[bytes] = []
        if self._cache is not None:
            keys = [key_of(self._kept_under, one.parts()) for one in asked]
            found = self._cache.get(keys, [query.turn.index for query in queries])
        open_places: list[int] = []
        for place, one in enumerate(asked):
            if found[place] is None:
                found[place] = self._silent(one)
                if found[place] is None:
                    open_places.append(place)
        laid = self._lay([asked[place] for place in open_places])
        owners = open_places.copy()
        for place, first in zip(open_places, laid.copy(), strict=True):
            one = asked[place]
            more = windows(one.cutter(self._weights.pieces), one.text, first, one.call, one.others)
            laid += more
            owners += [place] * len(more)
        # What a bare refusal refuses is read by itself, under a number of its own.
        refusals = [place for place in open_places if asked[place].refuses]
        laid += [sequence(asked[place].cutter(self._weights.pieces), asked[place].call or "") for place in refusals]
        owners += [~place for place in refusals]
        late = {*owners[len(open_places) :], *refusals}
        reading = self._read(laid)

        def decode(places: Sequence[int], values: np.ndarray, attention: np.ndarray, own: Sequence[_Places]) -> None:
            read = [
                Read(asked[place].text, pieces, asked[place].call is not None)
                for place, pieces in zip(places, own, strict=True)
            ]
            for place, said in zip(places, self._decoder.decode(values, attention, read), strict=True):
                found[place] = _coding(asked[place], said)

        def finish() -> list[TurnCoding]:
            parts: dict[int, Window] = {}
            for chosen, group, values, attention, _ in reading:
                rows = list(range(len(chosen)))
                if late:
                    for row in [row for row in rows if owners[chosen[row]] in late]:
                        parts[chosen[row]] = Window(values[row], attention[row], group[row].places)
                        rows.remove(row)
                    values, attention = values[rows], attention[rows]
                if rows:
                    decode(
                        [owners[chosen[row]] for row in rows], values, attention, [group[row].places for row in rows]
                    )
            windows_of: dict[int, list[Window]] = {}
            for i in sorted(parts):  # the window with head and tail was laid first
                windows_of.setdefault(owners[i], []).append(parts[i])
            for place in sorted(place for place in late if place >= 0):
                joined = self._joiner.join(windows_of[place])
                decode([place], joined.values[None], joined.attention[None], [joined.places])
            for place in refusals:
                coding = found[place]
                assert coding is not None
                found[place] = self._refused(coding, windows_of[~place][0].values)
            if self._cache is not None:
                fresh = {keys[place]: coding for place in open_places if (coding := found[place]) is not None}
                self._cache.put(fresh)
            return [coding for coding in found if coding is not None]

        return finish

    def kin(self, queries: Sequence[Query]) -> list[dict[tuple[str, str], dict[str, tuple[float, bool]]]]:
        """Answer for other people's label sets (`attunement.evaluation.gold.KinCoder`)."""
        found: list[dict[tuple[str, str], dict[str, tuple[float, bool]]]] = []
        for outputs in self.outputs(queries):
            answers: dict[tuple[str, str], dict[str, tuple[float, bool]]] = {}
            for name, family in _KIN.items():
                head = self._heads.get(name)
                if head is None or not outputs:
                    continue
                values = outputs[name]
                if head.kind == "number":
                    answers[family] = {family[1]: (values[head.codes[0]], True)}
                    continue
                cuts = head.thresholds or (0.5,) * len(head.codes)
                answers[family] = {
                    code: (values[code], values[code] >= cut) for code, cut in zip(head.codes, cuts, strict=True)
                }
            found.append(answers)
        return found

    def rationales(self, queries: Sequence[Query]) -> list[dict[tuple[str, str], tuple[CharSpan, ...]]]:
        """Mark the words that carry a label set's level (`attunement.evaluation.gold.RationaleCoder`)."""
        asked = [_Asked(query) for query in queries]
        found: list[dict[tuple[str, str], tuple[CharSpan, ...]]] = [{} for _ in asked]
        if self._marker is None:
            return found
        places = [place for place, one in enumerate(asked) if self._silent(one) is None]
        for chosen, laid, values, _, marks in self._read(self._lay([asked[place] for place in places])):
            read = [
                Read(asked[places[i]].text, one.places, asked[places[i]].call is not None)
                for i, one in zip(chosen, laid, strict=True)
            ]
            for i, spans in zip(chosen, self._marker.mark(values, marks, read), strict=True):
                found[places[i]] = {_KIN[name]: words for name, words in spans.items()}
        return found

    def outputs(self, queries: Sequence[Query]) -> list[dict[str, dict[str, float]]]:
        """Return what every head of the network says, before anything is decided, withheld or joined.

        Parameters
        ----------
        queries : sequence of Query
            The turns. Heads that read a reply are answered also for a turn that answers nothing.

        Returns
        -------
        list of dict
            A dictionary a turn: head to code to calibrated probability (for heads of numbers, the number). Empty for a
            turn without words or in another language.
        """
        asked = [_Asked(query) for query in queries]
        found: list[dict[str, dict[str, float]]] = [{} for _ in asked]
        places = [place for place, one in enumerate(asked) if self._silent(one) is None]
        for chosen, _, values, _, _ in self._read(self._lay([asked[place] for place in places])):
            for i, outputs in zip(chosen, probabilities(self._weights.manifest, values), strict=True):
                found[places[i]] = {
                    head.name: dict(zip(head.codes, outputs[head.name].tolist(), strict=True))
                    for head in self._heads.values()
                }
        return found

    def _silent(self, one: _Asked) -> TurnCoding | None:
        """Abstain on a turn without words, or in another language."""
        if one.has_words and one.language in (None, ENGLISH):
            return None
        reason = "language" if one.has_words else "wordless"
        return TurnCoding(one.query.turn.index, abstained=dict.fromkeys(self.families, reason), language=one.language)

    def _refused(self, coding: TurnCoding, call: np.ndarray) -> TurnCoding:
        """Take what is held for met in a bare refusal for missed, as far as its call is a need or a bid."""
        said = probabilities(self._weights.manifest, call[None])[0]["expression"].tolist()
        is_call = dict(zip(self._heads["expression"].codes, said, strict=True))
        p = 1.0 - (1.0 - is_call["need"]) * (1.0 - is_call["bid"])
        cuts = dict(zip(self._heads["stance"].codes, self._heads["stance"].thresholds, strict=True))
        codings: list[Coding] = []
        for c in coding.codings:
            if c.code in LIGHT_CODES:
                left = round(c.probability * (1.0 - p), 4)
                codings.append(msgspec.structs.replace(c, probability=left, present=left >= cuts[c.code]))
            else:
                codings.append(c)
        verdict = None if coding.verdict is None else missed_for(coding.verdict, p)
        return msgspec.structs.replace(coding, codings=tuple(codings), verdict=verdict)

    def _lay(self, asked: Sequence[_Asked]) -> list[Sequenced]:
        return [sequence(one.cutter(self._weights.pieces), one.text, one.call, one.others) for one in asked]

    def _read(self, laid: Sequence[Sequenced]) -> Iterator[_Batch]:
        """Run the network over what was laid out, what is of like length together.

        Turns of one length are read together, so that none is padded (in steps of four an eighth would be), and
        the network's scales are fixed: what a turn is batched with changes nothing. The network begins at once; batches
        are given as they are done.
        """
        buckets: dict[int, list[int]] = {}
        for i, one in enumerate(laid):
            buckets.setdefault(len(one.numbers), []).append(i)
        groups: list[list[int]] = []
        batches: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        for width, members in sorted(buckets.items()):
            size = max(1, _PIECES_AT_ONCE // width)
            for begin in range(0, len(members), size):
                chosen = members[begin : begin + size]
                groups.append(chosen)
                batches.append(_padded([laid[i] for i in chosen], width, self._weights.pieces.pad))
        done = self._weights.run_all(batches)
        return (
            (chosen, [laid[i] for i in chosen], values, attention, marks)
            for chosen, (values, attention, marks) in zip(groups, done, strict=True)
        )


_Places = Sequence[tuple[int, int]]

_Batch = tuple[list[int], list[Sequenced], np.ndarray, np.ndarray, np.ndarray | None]
"""Which turns, what was read of them, the heads' values, the attention, the marks where the weights give some."""


class _Asked:
    """One query with what the network reads of it."""

    __slots__ = ("call", "call_is_foreign", "has_words", "language", "others", "people", "query", "refuses", "text")

    def __init__(self, query: Query) -> None:
        self.query = query
        turn, answered = query.turn, query.answered
        self.people = people_of(query.people)
        self.text = own_words(turn.text)
        self.has_words = any(not c.isspace() and c.isprintable() for c in self.text)
        self.language = _settled(turn, query.before)
        self.call_is_foreign = False
        self.call: str | None = None
        if answered is not None and (said := own_words(answered.text)).strip():
            told = _language(answered.text)
            self.call_is_foreign = told.is_sure and told.code not in (None, ENGLISH)
            self.call = None if self.call_is_foreign else said
        self.refuses = self.call is not None and is_bare_refusal(self.text, self.call)
        self.others = [
            (said, other.speaker == turn.speaker)
            for other in reversed(query.before[-4:])
            if (answered is None or other.index != answered.index) and (said := own_words(other.text)).strip()
        ][:2]

    def cutter(self, pieces: WordPiece) -> Cutter:
        """Return what cuts the words into pieces: every name of those who talk as one and the same."""
        return pieces if self.people is None else self.people.reader(pieces)

    @property
    def may_be_prompted(self) -> bool:
        """Whether anybody else's words came before: who speaks first was asked for nothing."""
        return self.call is not None or self.call_is_foreign or not all(is_own for _, is_own in self.others)

    def parts(self) -> list[str | None]:
        """Everything that the coding depends on."""
        told = [part for other, is_own in self.others for part in (other, str(is_own))]
        answers = str(self.query.answered is not None)
        read = [self.text, self.call or "", *(other for other, _ in self.others)]
        called = [] if self.people is None else [str(self.people.places(text)) for text in read]
        return [self.text, self.language, self.call, answers, str(self.call_is_foreign), *told, *called]


@lru_cache(maxsize=4096)
def _language(text: str) -> Language:
    typed = own_words(text)[:MOST_CHARS]
    return language_of(typed, Scan(typed).words)


def _settled(turn: Turn, before: Sequence[Turn]) -> str | None:
    """Tell a turn's language; where its own words do not say, what its speaker mostly used so far, or else others."""
    own = (_language(other.text) for other in reversed(before) if other.speaker == turn.speaker)
    others = (_language(other.text) for other in reversed(before) if other.speaker != turn.speaker)
    return settled_language(_language(turn.text), own, others)


def _padded(laid: Sequence[Sequenced], width: int, pad: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lay sequences beside each other: pieces, segments, and 1 where there is a piece; shape (sequences, width)."""
    numbers = np.full((len(laid), width), pad, dtype=np.int64)
    segments = np.zeros((len(laid), width), dtype=np.int64)
    mask = np.zeros((len(laid), width), dtype=np.int64)
    for row, one in enumerate(laid):
        length = len(one.numbers)
        numbers[row, :length] = one.numbers
        segments[row, :length] = one.segments
        mask[row, :length] = 1
    return numbers, segments, mask


def _coding(one: _Asked, said: Said) -> TurnCoding:
    abstained: dict[Family, str] = {}
    if one.call is not None:
        if said.verdict is None:
            abstained["stance"] = "unsure"
    elif one.query.answered is not None:
        abstained["stance"] = "language" if one.call_is_foreign else "wordless"
    return TurnCoding(
        one.query.turn.index,
        _without_expression(said.codings) if is_by_rote(one.text) else said.codings,
        said.intensity,
        said.valence,
        # Of a turn with nothing before it the head's answer is a guess.
        None if said.prompted is None else said.prompted and one.may_be_prompted,
        said.verdict,
        abstained,
        one.language,
        said.heavy,
    )


def _without_expression(codings: Sequence[Coding]) -> tuple[Coding, ...]:
    """Let set words put nothing on the table, whatever they are taken for by their form."""
    return tuple(
        Coding(c.code, c.family, min(c.probability, _BY_ROTE), present=False, spans=(), coder=c.coder)
        if c.family == "expression"
        else c
        for c in codings
    )
