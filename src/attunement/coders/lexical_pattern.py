"""The pattern language of the cues: words and short word-sequences, read into automata over words.

A pattern is read word by word, over text in plain spelling (`lexical_scan`):

========================  =====================================================================
``listen``                the word
``never|always``          one of these words
``(out of|up with)``      one of these sequences
``{sad}``                 one entry of the word list `sad`
``disappoint*``           a word that begins so
``really?``               the word or nothing; also after ``)`` and ``}``
``{so}?2``                none, one or two of them
``_``                     any one word
``..3``                   up to three words within the sentence
``START``, ``END``        the turn begins, ends here
``HEAD``, ``TAIL``        a sentence begins, ends here
``.``, ``?``, ``!``       the mark that ends a sentence
========================  =====================================================================

A pattern falls at its gaps (``..3``) into segments; a segment becomes nodes of one automaton that reads a turn's words
once for all cues (`lexical_match`). A node knows how many words led to it, so that where a segment ends tells where it
began.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import product

import msgspec

from attunement.errors import UsageError

__all__ = ["FIRST", "LAST", "MARKS", "Automaton", "Builder", "Node", "Pattern"]

FIRST, LAST = "^", "$"
"""What stands before the first and after the last word of a turn."""
MARKS = frozenset(".?!")

_PIECE = re.compile(r"\(|\)(?:\?\d?)?|\||\{\w+\}(?:\?\d?)?|[^\s()|{}]+")
_PLACES = {
    "START": frozenset({FIRST}),
    "END": frozenset({LAST}),
    "HEAD": MARKS | {FIRST},
    "TAIL": MARKS | {LAST},
}
_MOST_VARIANTS = 600


class Node(msgspec.Struct, frozen=True, array_like=True):
    """A place in a segment, so many words in.

    Attributes
    ----------
    words : tuple of (int, int)
        A class of words and the node that any of them leads to.
    starts : tuple of (str, int)
        The beginning of a word and the node that it leads to.
    others : tuple of int
        The nodes that any word leads to.
    ends : tuple of (int, int)
        The segments that end here, and how many words they took.
    """

    words: tuple[tuple[int, int], ...] = ()
    starts: tuple[tuple[str, int], ...] = ()
    others: tuple[int, ...] = ()
    ends: tuple[tuple[int, int], ...] = ()


class Pattern(msgspec.Struct, frozen=True, array_like=True):
    """A pattern as the segments between its gaps.

    Attributes
    ----------
    cue : int
        Index of the cue that it belongs to.
    segments : tuple of int
        What must be found, one after the other.
    gaps : tuple of int
        The most words between one segment and the next; one fewer than `segments`.
    tail : int
        How many words behind the last segment belong to it.
    """

    cue: int
    segments: tuple[int, ...]
    gaps: tuple[int, ...]
    tail: int


class Automaton(msgspec.Struct, frozen=True):
    """Every pattern of every cue.

    Attributes
    ----------
    classes : tuple of tuple of str
        Sets of words that lead on together.
    nodes : tuple of Node
        The first is the root.
    patterns : tuple of Pattern
        In the order of their cues.
    """

    classes: tuple[tuple[str, ...], ...]
    nodes: tuple[Node, ...]
    patterns: tuple[Pattern, ...]


class _Step(msgspec.Struct, frozen=True):
    """One word of a segment: any of `words`, a word that begins with one of `starts`, or any word."""

    words: frozenset[str] = frozenset()
    starts: frozenset[str] = frozenset()
    is_any: bool = False


class _Gap(msgspec.Struct, frozen=True):
    words: int


class _Choice(msgspec.Struct, frozen=True):
    """One of several sequences, up to `most` times; not at all where `is_optional`."""

    sequences: tuple[tuple[_Step | _Gap | _Choice, ...], ...]
    most: int = 1
    is_optional: bool = False


_Item = _Step | _Gap | _Choice
_Sequence = tuple[_Item, ...]


class Builder:
    """Reads patterns and gathers their automaton.

    Parameters
    ----------
    lists : mapping of str to sequence of str
        Word lists that ``{name}`` refers to, in plain spelling.
    """

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._lists = {name: _choice_of(entries) for name, entries in lists.items()}
        self._classes: dict[frozenset[str], int] = {}
        self._segments: dict[_Sequence, int] = {}
        self._words: list[list[tuple[int, int]]] = [[]]
        self._starts: list[list[tuple[str, int]]] = [[]]
        self._others: list[list[int]] = [[]]
        self._ends: list[set[tuple[int, int]]] = [set()]
        self._joins: dict[int, set[int]] = {}
        self._led: dict[tuple[tuple[tuple[int, int], ...], _Item], dict[int, int]] = {}
        self._patterns: dict[Pattern, None] = {}

    def add(self, cue: int, source: str) -> None:
        """Read one pattern of a cue.

        Raises
        ------
        UsageError
            If the pattern cannot be read, names a list that is not there, or has no word.
        """
        pieces = _PIECE.findall(source)
        sequence, rest = self._read(pieces, 0, source)
        if rest != len(pieces):
            raise UsageError(f"A bracket closes that never opened in the pattern {source!r}.")
        for variant in _without_inner_gaps(sequence, source):
            self._add_variant(cue, variant, source)

    def build(self) -> Automaton:
        """Give the automaton of all patterns read so far."""
        with_joined = [self._closure(node) for node in range(len(self._words))]
        nodes = [
            Node(
                tuple((number, to) for number, target in self._words[node] for to in with_joined[target]),
                tuple((start, to) for start, target in self._starts[node] for to in with_joined[target]),
                tuple(to for target in self._others[node] for to in with_joined[target]),
                tuple(sorted(self._ends[node])),
            )
            for node in range(len(self._words))
        ]
        # What can be left out at the beginning begins at the root.
        begin = [nodes[node] for node in with_joined[0]]
        nodes[0] = Node(
            tuple(word for node in begin for word in node.words),
            tuple(start for node in begin for start in node.starts),
            tuple(other for node in begin for other in node.others),
        )
        return Automaton(tuple(tuple(sorted(words)) for words in self._classes), tuple(nodes), tuple(self._patterns))

    # Reading the source ------------------------------------------------------------------------------------------

    def _read(self, pieces: list[str], position: int, source: str) -> tuple[_Sequence, int]:
        """Read a sequence up to a closing bracket or a bar of the bracket that it stands in."""
        items: list[_Item] = []
        while position < len(pieces):
            piece = pieces[position]
            if piece[0] == ")":
                break
            if piece == "|":
                if not items or position + 1 >= len(pieces):
                    raise UsageError(f"A bar with nothing on one side in the pattern {source!r}.")
                items[-1] = _either(items[-1], self._element(pieces[position + 1], source), source)
                position += 2
            elif piece == "(":
                item, position = self._read_bracket(pieces, position + 1, source)
                items.append(item)
            else:
                items.append(self._element(piece, source))
                position += 1
        return tuple(items), position

    def _read_bracket(self, pieces: list[str], position: int, source: str) -> tuple[_Item, int]:
        """Read the alternatives of a bracket."""
        alternatives: list[list[str]] = [[]]
        depth = 0
        while position < len(pieces):
            piece = pieces[position]
            if piece[0] == ")":
                if depth == 0:
                    sequences = tuple(self._read(alternative, 0, source)[0] for alternative in alternatives)
                    return _repeat(_simplify(sequences), piece[1:]), position + 1
                depth -= 1
            elif piece == "(":
                depth += 1
            if piece == "|" and depth == 0:
                alternatives.append([])
            else:
                alternatives[-1].append(piece)
            position += 1
        raise UsageError(f"A bracket never closes in the pattern {source!r}.")

    def _element(self, piece: str, source: str) -> _Item:
        """Read one piece that is no bracket."""
        if piece in _PLACES:
            return _Step(_PLACES[piece])
        if piece == "_":
            return _Step(is_any=True)
        if piece.startswith("..") and piece[2:].isdigit():
            return _Gap(int(piece[2:]))
        if piece in MARKS:
            return _Step(frozenset({piece}))
        body, mark, count = piece.rpartition("?")
        body, quantifier = (body, mark + count) if mark and body else (piece, "")
        if body[0] == "{":
            found = self._lists.get(body[1:-1])
            if found is None:
                raise UsageError(f"There is no word list {body[1:-1]!r}, which the pattern {source!r} names.")
            return _repeat(found, quantifier)
        if body.endswith("*"):
            return _repeat(_Step(starts=frozenset({body[:-1]})), quantifier)
        return _repeat(_Step(frozenset({body})), quantifier)

    # Building the automaton --------------------------------------------------------------------------------------

    def _add_variant(self, cue: int, sequence: _Sequence, source: str) -> None:
        """File a pattern whose gaps stand between its segments."""
        segments: list[_Sequence] = []
        gaps: list[int] = []
        current: list[_Item] = []
        waiting = 0
        for item in sequence:
            if isinstance(item, _Gap):
                if current:
                    segments.append(tuple(current))
                    current = []
                    waiting = item.words
                continue
            if segments and not current:
                gaps.append(waiting)
            current.append(item)
        tail = 0
        if current:
            segments.append(tuple(current))
        else:
            tail = waiting
        if not segments or any(_can_be_nothing(segment) for segment in segments):
            raise UsageError(f"The pattern {source!r} has no word that must be there.", hint="Add one, or a word list.")
        numbers = tuple(self._segment(segment) for segment in segments)
        self._patterns[Pattern(cue, numbers, tuple(gaps), tail)] = None

    def _segment(self, segment: _Sequence) -> int:
        number = self._segments.get(segment)
        if number is None:
            number = self._segments[segment] = len(self._segments)
            reached = {0: 0}
            for item in segment:
                reached = self._lead(reached, item)
            for length, node in reached.items():
                self._ends[node].add((number, length))
        return number

    def _lead(self, reached: dict[int, int], item: _Item) -> dict[int, int]:
        """Lead on from nodes, by the number of words so far; the same item from the same nodes leads to the same.

        There is one node for each number of words, so that a node knows how many words led to it.
        """
        key = (tuple(sorted(reached.items())), item)
        found = self._led.get(key)
        if found is None:
            found = self._led[key] = {}
            if isinstance(item, _Choice):
                self._lead_choice(reached, item, found)
            else:
                self._lead_sequence(reached, (item,), found)
        return found

    def _lead_choice(self, reached: dict[int, int], item: _Choice, found: dict[int, int]) -> None:
        passed = reached
        rounds: list[dict[int, int]] = [reached] if item.is_optional else []
        for _ in range(item.most):
            following: dict[int, int] = {}
            for sequence in item.sequences:
                self._lead_sequence(passed, sequence, following)
            rounds.append(following)
            passed = following
        # What can be left out and what was taken go on from one node: it takes over the ends of nothing else.
        for one in rounds:
            for depth, node in one.items():
                if depth not in found:
                    found[depth] = self._new()
                self._joins.setdefault(node, set()).add(found[depth])

    def _lead_sequence(self, reached: dict[int, int], sequence: _Sequence, found: dict[int, int]) -> None:
        """Lead through a sequence of steps, into the nodes that `found` holds for each number of words."""
        for item in sequence[:-1]:
            reached = self._lead(reached, item)
        last = sequence[-1]
        if isinstance(last, _Choice):
            for depth, node in self._lead(reached, last).items():
                if depth not in found:
                    found[depth] = self._new()
                self._joins.setdefault(node, set()).add(found[depth])
            return
        assert isinstance(last, _Step)
        for depth, node in reached.items():
            if depth + 1 not in found:
                found[depth + 1] = self._new()
            self._connect(node, last, found[depth + 1])

    def _connect(self, node: int, step: _Step, target: int) -> None:
        if step.is_any:
            self._others[node].append(target)
        if step.words:
            self._words[node].append((self._class(step.words), target))
        self._starts[node].extend((start, target) for start in sorted(step.starts))

    def _closure(self, node: int) -> list[int]:
        """Return a node and those that it goes on as without a word."""
        reached = {node}
        waiting = [node]
        while waiting:
            for joined in self._joins.get(waiting.pop(), ()):
                if joined not in reached:
                    reached.add(joined)
                    waiting.append(joined)
        return sorted(reached)

    def _class(self, words: frozenset[str]) -> int:
        return self._classes.setdefault(words, len(self._classes))

    def _new(self) -> int:
        self._words.append([])
        self._starts.append([])
        self._others.append([])
        self._ends.append(set())
        return len(self._words) - 1


def _choice_of(entries: Sequence[str]) -> _Item:
    """Read a word list: entries of one word are one step, longer ones are sequences."""
    sequences = tuple(tuple(_word(word) for word in entry.split()) for entry in entries)
    return _simplify(sequences)


def _word(word: str) -> _Step:
    return _Step(starts=frozenset({word[:-1]})) if word.endswith("*") else _Step(frozenset({word}))


def _simplify(sequences: tuple[_Sequence, ...]) -> _Item:
    """Join the alternatives that are one whole word to one step."""
    words: set[str] = set()
    longer: list[_Sequence] = []
    for sequence in sequences:
        match sequence:
            case (_Step(starts=starts, is_any=False) as step,) if not starts:
                words |= step.words
            case _:
                longer.append(sequence)
    if words:
        longer.insert(0, (_Step(frozenset(words)),))
    if len(longer) == 1 and len(longer[0]) == 1:
        return longer[0][0]
    return _Choice(tuple(longer))


def _either(one: _Item, other: _Item, source: str) -> _Item:
    if isinstance(one, _Gap) or isinstance(other, _Gap):
        raise UsageError(f"A gap stands beside a bar in the pattern {source!r}.")
    return _simplify(((one,), (other,)))


def _repeat(item: _Item, quantifier: str) -> _Item:
    if not quantifier:
        return item
    sequences = item.sequences if isinstance(item, _Choice) and not item.is_optional else ((item,),)
    return _Choice(sequences, int(quantifier[1:] or 1), True)


def _can_be_nothing(sequence: _Sequence) -> bool:
    return all(
        isinstance(item, _Choice) and (item.is_optional or any(map(_can_be_nothing, item.sequences)))
        for item in sequence
    )


def _has_gap(item: _Item) -> bool:
    if isinstance(item, _Gap):
        return True
    return isinstance(item, _Choice) and any(_has_gap(inner) for sequence in item.sequences for inner in sequence)


def _without_inner_gaps(sequence: _Sequence, source: str) -> list[_Sequence]:
    """Write out the brackets that hold a gap, one pattern an alternative."""
    options: list[list[_Sequence]] = []
    for item in sequence:
        if isinstance(item, _Choice) and _has_gap(item):
            variants = [deeper for inner in item.sequences for deeper in _without_inner_gaps(inner, source)]
            options.append([*variants, ()] if item.is_optional else variants)
        else:
            options.append([(item,)])
    total = 1
    for option in options:
        total *= len(option)
    if total > _MOST_VARIANTS:
        raise UsageError(f"The pattern {source!r} has {total} variants.", hint="Move its gaps out of the brackets.")
    return [tuple(item for part in chosen for item in part) for chosen in product(*options)]
