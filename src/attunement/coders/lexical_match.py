"""Read a turn's words once and find where every pattern of every cue matches.

The automaton of all patterns is followed as a set of nodes; sets and the steps between them are remembered, so that
words in company that was met before cost one look-up each.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from operator import getitem

from attunement.coders.lexical_pattern import FIRST, LAST, MARKS, Automaton, Node, Pattern

__all__ = ["Matcher"]

_MOST_STATES = 60_000
_MOST_STEPS = 400_000
_MOST_PLACES = 16  # a cue that fires more often than this in one turn adds nothing but time
_MOST_NUMBERS = 2 * _MOST_PLACES

# Segments behind a gap, with the most words between; where in a turn segments end, with the words they take there.
_Rest = tuple[tuple[int, int], ...]
_Laters = dict[int, list[tuple[int, tuple[int, ...]]]]


class _State(dict[str, "_State"]):
    """A set of nodes, and the steps from it that were met; a step that was not is worked out when it is asked for.

    Attributes
    ----------
    matcher : Matcher
        Works out steps.
    nodes : tuple of int
        The nodes.
    whole : tuple of (int, int, int)
        Patterns without a gap that end here: cue, number of words, words behind that belong to it.
    firsts : tuple of (int, int, int, tuple of (int, int), int)
        Patterns with gaps whose first segment ends here: cue, number of words of that segment, bit of the second, every
        later segment with the gap before it, words behind that belong to it.
    laters : tuple of (int, int, tuple of int)
        Segments behind a gap that end here: the segment's bit, the segment, its numbers of words.
    wanted, needed, offered : int
        Second segments and all later ones of `firsts`, and segments of `laters`, a bit each: most first segments are
        never gone on from, and numbers tell so faster than sets do.
    """

    __slots__ = ("firsts", "laters", "matcher", "needed", "nodes", "offered", "wanted", "whole")

    matcher: Matcher
    nodes: tuple[int, ...]
    whole: tuple[tuple[int, int, int], ...]
    firsts: tuple[tuple[int, int, int, _Rest, int], ...]
    laters: tuple[tuple[int, int, tuple[int, ...]], ...]
    wanted: int
    needed: int
    offered: int

    def __missing__(self, word: str) -> _State:
        return self.matcher.step(self, word)


class Matcher:
    """Finds patterns in words.

    Parameters
    ----------
    automaton : Automaton
        Every pattern.
    """

    def __init__(self, automaton: Automaton) -> None:
        # What follows holds where classes lead; the nodes keep the rest, which is far less.
        self._nodes = tuple(Node(starts=node.starts, others=node.others, ends=node.ends) for node in automaton.nodes)
        # The classes that each word is in, and for each node where its classes lead.
        self._classes_of: dict[str, set[int]] = {}
        for number, words in enumerate(automaton.classes):
            for word in words:
                self._classes_of.setdefault(word, set()).add(number)
        self._targets: list[dict[int, tuple[int, ...]]] = []
        shared: dict[tuple[int, ...], tuple[int, ...]] = {}
        for node in automaton.nodes:
            targets: dict[int, tuple[int, ...]] = {}
            for number, target in node.words:
                leads = (*targets.get(number, ()), target)
                targets[number] = shared.setdefault(leads, leads)
            self._targets.append(targets)
        self._starts = tuple({start for node in automaton.nodes for start, _ in node.starts})
        # What a word is by itself, and where it leads from the root: the same in whatever company it is met.
        self._words: dict[str, tuple[frozenset[str], tuple[int, ...]]] = {}
        self._whole: dict[int, list[Pattern]] = {}
        self._first: dict[int, list[Pattern]] = {}
        for pattern in automaton.patterns:
            table = self._first if pattern.gaps else self._whole
            table.setdefault(pattern.segments[0], []).append(pattern)
        later = sorted({segment for pattern in automaton.patterns for segment in pattern.segments[1:]})
        self._bit_of = {segment: 1 << place for place, segment in enumerate(later)}
        self._forget()

    def _forget(self) -> None:
        """Begin with no state but the one at the start of a turn."""
        self._states: dict[tuple[int, ...], _State] = {}
        self._steps = 0
        self._begin = self.step(self._state(()), FIRST)

    def _state(self, nodes: tuple[int, ...]) -> _State:
        found = self._states.get(nodes)
        if found is None:
            found = self._states[nodes] = _State()
            found.matcher = self
            found.nodes = nodes
            ends = sorted({end for node in nodes for end in self._nodes[node].ends})
            found.whole = tuple(
                sorted({(p.cue, length, p.tail) for segment, length in ends for p in self._whole.get(segment, ())})
            )
            found.firsts = tuple(
                (p.cue, length, self._bit_of[p.segments[1]], tuple(zip(p.segments[1:], p.gaps, strict=True)), p.tail)
                for segment, length in ends
                for p in self._first.get(segment, ())
            )
            laters: dict[int, list[int]] = {}
            for segment, length in ends:
                if segment in self._bit_of:
                    laters.setdefault(segment, []).append(length)
            found.laters = tuple(
                (self._bit_of[segment], segment, tuple(lengths)) for segment, lengths in laters.items()
            )
            found.wanted = sum({second for _, _, second, _, _ in found.firsts})
            found.needed = sum({self._bit_of[segment] for _, _, _, rest, _ in found.firsts for segment, _ in rest})
            found.offered = sum(bit for bit, _, _ in found.laters)
        return found

    def step(self, state: _State, word: str) -> _State:
        """Work out where a word leads from a state, and remember it."""
        self._steps += 1
        if self._steps > _MOST_STEPS or len(self._states) > _MOST_STATES:
            nodes = state.nodes
            self._forget()
            state = self._state(nodes)
        known = self._words.get(word)
        if known is None:
            if len(self._words) > _MOST_STATES:
                self._words.clear()
            is_word = word not in MARKS and word != FIRST and word != LAST
            begun = frozenset(filter(word.startswith, self._starts)) if is_word else frozenset[str]()
            known = self._words[word] = begun, tuple(self._reach((0,), word, begun))
        begun, from_root = known
        found = self._state(tuple(sorted(self._reach(state.nodes, word, begun).union(from_root))))
        state[word] = found
        return found

    def _reach(self, nodes: Sequence[int], word: str, begun: frozenset[str]) -> set[int]:
        """Tell where a word leads from some nodes; `begun` are the beginnings of words that it begins with."""
        is_word = word not in MARKS and word != FIRST and word != LAST
        classes = self._classes_of.get(word)
        reached: set[int] = set()
        for node in nodes:
            if classes:
                targets = self._targets[node]
                if targets and not classes.isdisjoint(targets):
                    for number in classes & targets.keys():
                        reached.update(targets[number])
            if is_word:
                this = self._nodes[node]
                if begun and this.starts:
                    reached.update(target for start, target in this.starts if start in begun)
                if this.others:
                    reached.update(this.others)
        return reached

    def find(self, words: Sequence[str]) -> dict[int, tuple[int, ...]]:
        """Find where the cues' patterns match.

        Parameters
        ----------
        words : sequence of str
            The turn's words and marks in plain spelling.

        Returns
        -------
        dict of int to tuple of int
            Cue index to the words that its matches stand on, from the first to one past the last: two numbers a match.
        """
        # One step a word, without a line of Python between where it was met before: a state is a dict of its steps.
        states = list(accumulate(words, getitem, initial=self._begin))
        states.append(states[-1][LAST])
        # What ends before the first word is not counted.
        del states[0]
        # From the end: which segments that each state's patterns go on with do end behind it.
        follows: list[int] = []
        behind = needed = 0
        for state in reversed(states):
            going_on = state.wanted & behind
            follows.append(going_on)
            if going_on:
                needed |= state.needed
            behind |= state.offered
        laters = _places_of(needed, states) if needed else {}
        follows.reverse()
        found: dict[int, tuple[int, ...]] = {}
        for position, (state, going_on) in enumerate(zip(states, follows, strict=True), 1):
            for cue, length, tail in state.whole:
                place = (position - length, _stretch(words, position, tail) if tail else position)
                if cue not in found:
                    found[cue] = place
                elif len(found[cue]) < _MOST_NUMBERS:
                    found[cue] += place
            if going_on:
                for cue, length, second, rest, tail in state.firsts:
                    if going_on & second and (end := _follow(rest, position, laters, words)):
                        place = (position - length, _stretch(words, end, tail) if tail else end)
                        if cue not in found:
                            found[cue] = place
                        elif len(found[cue]) < _MOST_NUMBERS:
                            found[cue] += place
        return found


def _places_of(segments: int, states: Sequence[_State]) -> _Laters:
    """Find where segments, a bit each, end in a turn."""
    laters: _Laters = {}
    for position, state in enumerate(states, 1):
        if state.offered & segments:
            for bit, segment, lengths in state.laters:
                if bit & segments:
                    laters.setdefault(segment, []).append((position, lengths))
    return laters


def _follow(rest: _Rest, end: int, laters: _Laters, words: Sequence[str]) -> int:
    """Find the rest of a pattern behind its first segment; give where it ends, or 0."""
    for segment, gap in rest:
        reached = 0
        for position, lengths in laters.get(segment, ()):
            if position <= end:
                continue
            for length in lengths:
                begin = position - length
                # A gap lies within a sentence: the segment begins at the next mark at the latest.
                if begin == end or (end < begin <= end + gap and MARKS.isdisjoint(words[end:begin])):
                    reached = position
                    break
            if reached:
                break
        if not reached:
            return 0
        end = reached
    return end


def _stretch(words: Sequence[str], end: int, most: int) -> int:
    """Take up to so many words behind a match, within the sentence."""
    last = min(len(words), end + most)
    while end < last and words[end] not in MARKS:
        end += 1
    return end
