"""Read a turn's words once and find where every pattern of every cue matches.

The automaton of all patterns is followed as a set of nodes; sets and the steps between them are remembered, so that
words in company that was met before cost one look-up each.
"""

from __future__ import annotations

from collections.abc import Sequence

from attunement.coders.lexical_pattern import FIRST, LAST, MARKS, Automaton, Pattern

__all__ = ["Matcher"]

_MOST_STATES = 60_000
_MOST_STEPS = 400_000
_MOST_PLACES = 16  # a cue that fires more often than this in one turn adds nothing but time


class _State(dict[str, "_State"]):
    """A set of nodes, and the steps from it that were met.

    Attributes
    ----------
    nodes : tuple of int
        The nodes.
    whole : tuple of (int, int, int)
        Patterns without a gap that end here: cue, number of words, words behind that belong to it.
    firsts : tuple of (Pattern, int, int)
        Patterns with gaps whose first segment ends here, its number of words, and their second segment.
    laters : dict of int to tuple of int
        Segments behind a gap that end here, with their numbers of words.
    wanted : frozenset of int
        Segments that the patterns of `firsts` go on with.
    is_end : bool
        Whether anything at all ends here.
    """

    __slots__ = ("firsts", "is_end", "laters", "nodes", "wanted", "whole")

    nodes: tuple[int, ...]
    whole: tuple[tuple[int, int, int], ...]
    firsts: tuple[tuple[Pattern, int, int], ...]
    laters: dict[int, tuple[int, ...]]
    wanted: frozenset[int]
    is_end: bool


class Matcher:
    """Finds patterns in words.

    Parameters
    ----------
    automaton : Automaton
        Every pattern.
    """

    def __init__(self, automaton: Automaton) -> None:
        self._nodes = automaton.nodes
        # The classes that each word is in, and for each node where its classes lead.
        self._classes_of: dict[str, set[int]] = {}
        for number, words in enumerate(automaton.classes):
            for word in words:
                self._classes_of.setdefault(word, set()).add(number)
        self._targets: list[dict[int, list[int]]] = []
        for node in automaton.nodes:
            targets: dict[int, list[int]] = {}
            for number, target in node.words:
                targets.setdefault(number, []).append(target)
            self._targets.append(targets)
        self._whole: dict[int, list[Pattern]] = {}
        self._first: dict[int, list[Pattern]] = {}
        self._later: set[int] = set()
        for pattern in automaton.patterns:
            table = self._first if pattern.gaps else self._whole
            table.setdefault(pattern.segments[0], []).append(pattern)
            self._later.update(pattern.segments[1:])
        self._forget()

    def _forget(self) -> None:
        """Begin with no state but the one at the start of a turn."""
        self._states: dict[tuple[int, ...], _State] = {}
        self._steps = 0
        self._begin = self._step(self._state(()), FIRST)

    def _state(self, nodes: tuple[int, ...]) -> _State:
        found = self._states.get(nodes)
        if found is None:
            found = self._states[nodes] = _State()
            found.nodes = nodes
            ends = sorted({end for node in nodes for end in self._nodes[node].ends})
            found.whole = tuple(
                sorted({(p.cue, length, p.tail) for segment, length in ends for p in self._whole.get(segment, ())})
            )
            found.firsts = tuple(
                (p, length, p.segments[1]) for segment, length in ends for p in self._first.get(segment, ())
            )
            laters: dict[int, list[int]] = {}
            for segment, length in ends:
                if segment in self._later:
                    laters.setdefault(segment, []).append(length)
            found.laters = {segment: tuple(lengths) for segment, lengths in laters.items()}
            found.wanted = frozenset(segment for p, _, _ in found.firsts for segment in p.segments[1:])
            found.is_end = bool(found.whole or found.firsts or found.laters)
        return found

    def _step(self, state: _State, word: str) -> _State:
        """Work out where a word leads, and remember it."""
        self._steps += 1
        if self._steps > _MOST_STEPS or len(self._states) > _MOST_STATES:
            nodes = state.nodes
            self._forget()
            state = self._state(nodes)
        is_word = word not in MARKS and word != FIRST and word != LAST
        classes = self._classes_of.get(word)
        reached: set[int] = set()
        for node in (0, *state.nodes):
            this = self._nodes[node]
            if classes:
                targets = self._targets[node]
                for number in classes & targets.keys():
                    reached.update(targets[number])
            if is_word:
                if this.starts:
                    reached.update(target for start, target in this.starts if word.startswith(start))
                reached.update(this.others)
        found = self._state(tuple(sorted(reached)))
        state[word] = found
        return found

    def find(self, words: Sequence[str]) -> dict[int, list[tuple[int, int]]]:
        """Find where the cues' patterns match.

        Parameters
        ----------
        words : sequence of str
            The turn's words and marks in plain spelling.

        Returns
        -------
        dict of int to list of (int, int)
            Cue index to the words, from the first to one past the last, that each match stands on.
        """
        state = self._begin
        ends: list[tuple[int, _State]] = []
        position = 0
        for word in words:
            following = state.get(word)
            state = self._step(state, word) if following is None else following
            position += 1
            if state.is_end:
                ends.append((position, state))
        following = state.get(LAST)
        state = self._step(state, LAST) if following is None else following
        if state.is_end:
            ends.append((position + 1, state))
        found: dict[int, list[tuple[int, int]]] = {}
        # Where each segment behind a gap ends in this turn: most first segments are never gone on from.
        laters: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
        wanted: set[int] = set()
        for _, state in ends:
            if state.wanted:
                wanted |= state.wanted
        if wanted:
            for position, state in ends:
                if state.laters:
                    for segment in state.laters.keys() & wanted:
                        laters.setdefault(segment, []).append((position, state.laters[segment]))
        for position, state in ends:
            for cue, length, tail in state.whole:
                place = (position - length, _stretch(words, position, tail) if tail else position)
                if cue not in found:
                    found[cue] = [place]
                elif len(found[cue]) < _MOST_PLACES:
                    found[cue].append(place)
            for pattern, length, second in state.firsts if laters else ():
                later = laters.get(second)
                if later is None or later[-1][0] <= position:
                    continue
                end = _follow(pattern, position, laters, words)
                if end:
                    places = found.setdefault(pattern.cue, [])
                    if len(places) < _MOST_PLACES:
                        places.append((position - length, end))
        return found


def _follow(
    pattern: Pattern, end: int, laters: dict[int, list[tuple[int, tuple[int, ...]]]], words: Sequence[str]
) -> int:
    """Find the rest of a pattern behind its first segment; give where it ends, or 0."""
    for segment, gap in zip(pattern.segments[1:], pattern.gaps, strict=True):
        places = laters.get(segment)
        if places is None or places[-1][0] <= end:
            return 0
        # A gap lies within a sentence: the segment begins at the next mark at the latest.
        latest = _stretch(words, end, gap)
        reached = 0
        for position, lengths in places:
            if position > end:
                for length in lengths:
                    if end <= position - length <= latest:
                        reached = position
                        break
                if reached:
                    break
        if not reached:
            return 0
        end = reached
    return _stretch(words, end, pattern.tail) if pattern.tail else end


def _stretch(words: Sequence[str], end: int, most: int) -> int:
    """Take up to so many words behind a match, within the sentence."""
    last = min(len(words), end + most)
    while end < last and words[end] not in MARKS:
        end += 1
    return end
