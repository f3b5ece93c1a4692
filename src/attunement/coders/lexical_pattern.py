"""The pattern language of the cues: words and short word-sequences, made into regular expressions.

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
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from attunement.errors import UsageError

__all__ = ["Pattern", "WordLists", "analyse_pattern", "expand_pattern"]

_PIECE = re.compile(r"\(|\)(?:\?\d?)?|\||\{\w+\}(?:\?\d?)?|[^\s()|{}]+")
_PLACES = {
    "START": r"(?<=\A )",
    "END": r"(?=\Z)",
    "HEAD": r"(?:(?<=\A )|(?<=[.?!] ))",
    "TAIL": r"(?=[.?!] |\Z)",
}
# A pattern of plain words.
_LITERAL = re.compile(r"[a-z0-9'-]+(?: [a-z0-9'-]+)*")
# Two words in a row anchor a pattern where there are at most so many such pairs.
_MOST_PAIRS = 400
# Words so common that they make poor anchors, the commonest first; of the rest any is as good as another.
_COMMON = """
    i you . ? the to it a is not and that do of am my in so have me are for what was just be no on this can
    with but know like it at we all your will did there he she they get go oh how if up good one about would
    here out come right him her had ok now see want then yeah think time who when why back got well has look
    really too going from been as or an never way us should could make need more let were some feel by them
    day say tell even always only because their his our where which much love sorry please mum dad said still
    said take talk keep
"""
_COMMON_SHARE = {word: 1.0 / (rank + 5) for rank, word in reversed(list(enumerate(_COMMON.split())))}
_RARE_SHARE = 0.001
# Words that belong together follow each other more often than chance.
_PAIR_BOND = 5.0


class WordLists:
    """The shared word lists, each made into an expression when a pattern first needs it.

    Parameters
    ----------
    entries : mapping of str to sequence of str
        List name to its entries, in plain spelling.
    """

    __slots__ = ("_firsts", "_tries", "entries")

    def __init__(self, entries: Mapping[str, Sequence[str]]) -> None:
        self.entries = entries
        self._tries: dict[str, str] = {}
        self._firsts: dict[str, frozenset[str]] = {}

    def expression(self, name: str) -> str:
        """Return the expression that matches one entry of a list."""
        found = self._tries.get(name)
        if found is None:
            found = self._tries[name] = _trie(self.entries[name])
        return found

    def firsts(self, name: str) -> frozenset[str]:
        """Return a set of words, one of which every entry of a list holds."""
        found = self._firsts.get(name)
        if found is None:
            found = self._firsts[name] = frozenset(min(entry.split(), key=_share) for entry in self.entries[name])
        return found


class Pattern:
    """One pattern, made when a turn first holds the words that anchor it.

    Parameters
    ----------
    cue : int
        Index of the cue that it belongs to.
    source : str
        The pattern.
    required : frozenset of str
        All of these words must be there.
    lists : WordLists
        What ``{name}`` refers to.

    Attributes
    ----------
    literal : str or None
        The words between spaces, where the pattern is nothing but words: found without a regular expression.
    """

    __slots__ = ("cue", "literal", "regex", "required")

    def __init__(self, cue: int, source: str, required: frozenset[str], lists: WordLists) -> None:
        self.cue = cue
        self.required = required
        self.literal = f" {source} " if _LITERAL.fullmatch(source) else None
        self.regex = re.compile("(?<= )" + "".join(_parse(source, lists).source))


class _Sequence:
    """What a sequence of pieces needs: its expression, its mandatory choices of words."""

    __slots__ = ("choices", "source", "whole")

    def __init__(self) -> None:
        self.source: list[str] = []
        self.choices: list[frozenset[str]] = []
        self.whole: list[bool] = []  # the choice is all that its place holds: exactly one of these words


def analyse_pattern(source: str, lists: WordLists) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find the words without which a pattern cannot match.

    Parameters
    ----------
    source : str
        The pattern, in the language of this module.
    lists : WordLists
        What ``{name}`` refers to.

    Returns
    -------
    anchors : tuple of str
        One of these must be there: a word, two words that follow each other, or the beginning of a word (with ``*``).
    required : tuple of str
        All of these words must be there besides.

    Raises
    ------
    UsageError
        If the pattern cannot be read, names a list that is not there, or has no word to anchor it.
    """
    sequence = _parse(source, lists)
    choices, whole = sequence.choices, sequence.whole
    solid = [choice for choice in choices if choice]
    if not solid:
        raise UsageError(f"The pattern {source!r} has no word that must be there.", hint="Add one, or a word list.")
    anchors = min(solid, key=_commonness)
    pairs = [
        frozenset(f"{one} {two}" for one in first for two in second)
        for (first, is_whole), (second, is_second_whole) in pairwise(zip(choices, whole, strict=True))
        if is_whole and is_second_whole and len(first) * len(second) <= _MOST_PAIRS
    ]
    anchors = min([anchors, *pairs], key=_commonness)
    required = {next(iter(c)) for c in solid if len(c) == 1 and c != anchors and not any("*" in w for w in c)}
    return tuple(sorted(anchors)), tuple(sorted(required))


def _parse(source: str, lists: WordLists) -> _Sequence:
    pieces = _PIECE.findall(source)
    sequence, rest = _read(pieces, 0, lists, source)
    if rest != len(pieces):
        raise UsageError(f"A bracket closes that never opened in the pattern {source!r}.")
    return sequence


def _share(word: str) -> float:
    """Guess how often a word, or a pair of words, turns up."""
    first, _, second = word.partition(" ")
    share = _COMMON_SHARE.get(first, _RARE_SHARE)
    return share * _COMMON_SHARE.get(second, _RARE_SHARE) * _PAIR_BOND if second else share


def _commonness(anchors: frozenset[str]) -> float:
    return sum(map(_share, sorted(anchors)))


def _read(pieces: list[str], position: int, lists: WordLists, source: str) -> tuple[_Sequence, int]:
    """Read one sequence up to a closing bracket, a bar inside brackets, or the end."""
    sequence = _Sequence()
    while position < len(pieces):
        piece = pieces[position]
        if piece[0] == ")":
            break
        if piece == "|":
            # A bar between single words: "never|always". The piece before is already read; join the next.
            position = _join_alternative(sequence, pieces, position, lists, source)
            continue
        if piece == "(":
            group, choices, whole, position = _read_group(pieces, position + 1, lists, source)
            _add(sequence, group, choices, whole, pieces[position][1:])
            position += 1
            continue
        if piece in _PLACES:
            sequence.source.append(_PLACES[piece])
            position += 1
            continue
        expression, choices, quantifier = _element(piece, lists, source)
        _add(sequence, expression, choices, _is_whole(piece, choices, lists), quantifier)
        position += 1
    return sequence, position


def _join_alternative(sequence: _Sequence, pieces: list[str], position: int, lists: WordLists, source: str) -> int:
    if not sequence.source or position + 1 >= len(pieces):
        raise UsageError(f"A bar with nothing on one side in the pattern {source!r}.")
    expression, choices, quantifier = _element(pieces[position + 1], lists, source)
    before = sequence.source.pop()
    known = sequence.choices.pop()
    is_whole = sequence.whole.pop() and _is_whole(pieces[position + 1], choices, lists)
    both = known | choices if known and choices else frozenset[str]()
    _add(sequence, f"(?:{before}|{expression})", both, is_whole, quantifier)
    return position + 2


def _read_group(
    pieces: list[str], position: int, lists: WordLists, source: str
) -> tuple[str, frozenset[str], bool, int]:
    """Read the alternatives of a bracket; each alternative is a sequence."""
    expressions: list[str] = []
    wholes: list[bool] = []
    anchors: list[frozenset[str]] = []
    current: list[str] = []
    depth = 0

    def close() -> None:
        sequence, _ = _read(list(current), 0, lists, source)
        expressions.append("".join(sequence.source))
        solid = [choice for choice in sequence.choices if choice]
        anchors.append(min(solid, key=_commonness) if solid else frozenset())
        wholes.append(sequence.whole == [True])
        current.clear()

    while position < len(pieces):
        piece = pieces[position]
        if piece == "(":
            depth += 1
        elif piece[0] == ")":
            if depth == 0:
                close()
                choices = frozenset[str]().union(*anchors) if all(anchors) else frozenset[str]()
                return f"(?:{'|'.join(expressions)})", choices, all(wholes), position
            depth -= 1
        if piece == "|" and depth == 0:
            close()
        else:
            current.append(piece)
        position += 1
    raise UsageError(f"A bracket never closes in the pattern {source!r}.")


def _add(sequence: _Sequence, expression: str, choices: frozenset[str], whole: bool, quantifier: str) -> None:
    if quantifier:
        count = quantifier[1:] or "1"
        sequence.source.append(f"(?:{expression}){{0,{count}}}")
        sequence.choices.append(frozenset())
        sequence.whole.append(False)
    else:
        sequence.source.append(expression)
        sequence.choices.append(choices)
        sequence.whole.append(whole)


def _is_whole(piece: str, choices: frozenset[str], lists: WordLists) -> bool:
    """Tell whether a piece stands for exactly one of the words of its choice."""
    if not choices or any(word.endswith("*") for word in choices):
        return False
    return piece[0] != "{" or not any(" " in entry for entry in lists.entries[piece[1 : piece.index("}")]])


def _element(piece: str, lists: WordLists, source: str) -> tuple[str, frozenset[str], str]:
    """Give the expression of one piece, the words it may begin to match by, and its quantifier."""
    if piece == "_":
        return r"[^ .?!]+ ", frozenset(), ""
    if piece.startswith(".."):
        return rf"(?:[^ .?!]+ ){{0,{int(piece[2:])}}}", frozenset(), ""
    if piece in (".", "?", "!"):
        return rf"[{piece}] ", frozenset() if piece == "." else frozenset({piece}), ""
    body, mark, count = piece.rpartition("?")
    body, quantifier = (body, mark + count) if mark and body else (piece, "")
    if body[0] == "{":
        name = body[1:-1]
        if name not in lists.entries:
            raise UsageError(f"There is no word list {name!r}, which the pattern {source!r} names.")
        return lists.expression(name), lists.firsts(name), quantifier
    if body.endswith("*"):
        return re.escape(body[:-1]) + r"[^ ]* ", frozenset({body}), quantifier
    return re.escape(body) + " ", frozenset({body}), quantifier


def _trie(entries: Sequence[str]) -> str:
    """Make an expression of many entries that shares beginnings, so that a miss costs one look."""
    root = _Node()
    for entry in entries:
        node = root
        for char in entry:
            node = node.below.setdefault(char, _Node())
        node.is_end = True
    return f"(?:{_render(root)}) "


class _Node:
    """One character of a tree of entries."""

    __slots__ = ("below", "is_end")

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.is_end = False


def _render(node: _Node) -> str:
    branches = [
        "[^ ]*" if char == "*" else re.escape(char) + _render(below) for char, below in sorted(node.below.items())
    ]
    if node.is_end:
        branches.append("")  # last, so that the longest entry is tried first
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def expand_pattern(source: str) -> list[str]:
    """Split a pattern into one pattern an alternative, where a bracket holds more than single words.

    Each then has its own anchor, so that a turn meets only the alternatives whose words it holds.

    Examples
    --------
    >>> expand_pattern("(never mind|forget (it|that)) TAIL")
    ['never mind TAIL', 'forget (it|that) TAIL']
    """
    pieces = _PIECE.findall(source)
    depth, opening, has_sequence = 0, 0, False
    alternatives: list[list[str]] = []
    for position, piece in enumerate(pieces):
        if piece == "(":
            depth += 1
            if depth == 1:
                opening, has_sequence = position, False
                alternatives = [list[str]()]
                continue
        elif piece[0] == ")":
            depth -= 1
            if depth == 0:
                if has_sequence and piece == ")":
                    head, tail = pieces[:opening], pieces[position + 1 :]
                    expanded = [_join([*head, *middle, *tail]) for middle in alternatives]
                    return [deeper for one in expanded if one for deeper in expand_pattern(one)]
                continue
        elif piece == "|" and depth == 1:
            alternatives.append([])
            continue
        if depth:
            alternatives[-1].append(piece)
            has_sequence = has_sequence or len(alternatives[-1]) > 1 or piece in _PLACES or piece[0] == "{"
    return [source]


def _join(pieces: list[str]) -> str:
    return " ".join(pieces).replace(" | ", "|").replace("( ", "(").replace(" )", ")")
