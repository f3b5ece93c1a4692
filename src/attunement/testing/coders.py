"""The contract test of a coder: ours and plug-in authors' coders run the same checks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from attunement.coders.base import Coder, Query
from attunement.core.codebook import CODEBOOK, VERDICTS
from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn

__all__ = ["check_coder", "queries_of"]

_TALK = (
    ("Ana", "look what came in the post!! 🎉"),
    ("Ben", "no way, is that the thing you drew? show me"),
    ("Ana", "i felt so left out yesterday when you all went without me"),
    ("Ben", "oh come on, it was one dinner"),
    ("Ana", "forget it"),
    ("Ben", "no. you're right, i should have called you. i'm sorry"),
    ("Ana", "thank you. it did hurt"),
    ("Ben", "of course it did. what was the worst part?"),
    ("Ana", "hearing it from Cleo, not from you"),
    ("Ben", "k"),
    ("Ana", "why do you always do this?? you never listen"),
    ("Ben", "just talk to someone about it then"),
    ("Ana", "sometimes i don't want to be here anymore"),
    ("Ben", ""),
    ("Ana", "no sé qué decir, estoy muy triste hoy"),
    ("Ben", "😢😢"),
)

_HARSH = {
    "empty": "",
    "white space": " \n\t ",
    "punctuation": "?!?!... --- ,,,",
    "control characters": "i am\x00 so\x1b[31m sad\x07\u202e today\u200b\ufeff",
    "lone surrogates": "i feel \ud83d awful \udc00\udfff today",
    "combining marks": "so sa\u0301\u0301\u0301d" + "\u0300" * 2000,
    "10,000 emoji": "😭" * 5000 + "🎉😂" * 2500,
    "100,000 characters": "i am so sad and you never listen. " * 2941,
    "100,000 of one letter": "a" * 100_000,
    "100,000 short words": "i " * 50_000,
    "100,000 newlines": "\n" * 100_000,
    "markup": "<script>alert('i am sad')</script> & =1+1 %s {0}",
}


def queries_of(turns: Sequence[Turn], reach: int) -> list[Query]:
    """Hand every turn what came before it, at most `reach` turns of the same session."""
    queries: list[Query] = []
    for position, turn in enumerate(turns):
        before = tuple(t for t in turns[max(0, position - reach) : position] if t.session == turn.session)
        queries.append(Query(turn, before))
    return queries


def check_coder(coder: Coder, *, seconds_per_turn: float = 10.0) -> None:
    """Check that a coder keeps its contract.

    One coding a query, in order; it looks back only, is deterministic, does not depend on how turns are batched or on
    what it coded before; probabilities lie in [0, 1] and verdicts sum to 1; spans lie inside the text, sorted and
    without overlap; codes are the codebook's and of the families that it claims; what it does not score it lists as
    abstained; and it survives harsh text in bounded time.

    Parameters
    ----------
    coder : Coder
        The coder.
    seconds_per_turn : float
        Bound on the time of one harsh turn.

    Raises
    ------
    AssertionError
        Naming what does not hold. Never quotes a turn.

    Examples
    --------
    >>> from attunement.coders.base import CodeOptions, load_coder
    >>> check_coder(load_coder(CodeOptions(coder="lexical")))
    """
    assert coder.name, "a coder has a name"
    assert coder.version, "a coder has a version"
    assert "/" not in coder.name, "a coder's name holds no slash: it is written as name/version"
    known = {code.family for code in CODEBOOK.codes}
    assert coder.families, "a coder codes at least one family"
    assert known.issuperset(coder.families), "a coder's families are the codebook's"
    assert coder.reach >= 0, "a coder's reach is a number of turns"
    assert coder.code([]) == [], "no queries, no codings"
    turns = _turns(_TALK)
    codings = _check_batch(coder, queries_of(turns, coder.reach))
    _check_back_only(coder, turns, codings)
    _check_repeatable(coder, turns, codings)
    _check_harsh(coder, seconds_per_turn)


def _turns(talk: Iterable[tuple[str, str]]) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    last: dict[str, int] = {}
    for index, (speaker, text) in enumerate(talk):
        answers = max((i for name, i in last.items() if name != speaker), default=None)
        turns.append(Turn(index, 0, speaker, text, 60.0 * index, 60.0 * index, index, index, answers, not text))
        last[speaker] = index
    return tuple(turns)


def _check_batch(coder: Coder, queries: list[Query]) -> list[TurnCoding]:
    codings = coder.code(queries)
    assert len(codings) == len(queries), "one coding a query"
    for query, coding in zip(queries, codings, strict=True):
        _check_coding(coder, query, coding)
    return codings


def _check_coding(coder: Coder, query: Query, coding: TurnCoding) -> None:
    turn, where = query.turn, f"turn {query.turn.index}"
    assert coding.turn == turn.index, f"{where}: codings come in the order of the queries"
    codes = [c.code for c in coding.codings]
    assert len(codes) == len(set(codes)), f"{where}: at most one coding a code"
    for code in coding.codings:
        assert code.code in CODEBOOK, f"{where}: the codebook has no code {code.code!r}"
        assert CODEBOOK[code.code].family == code.family, f"{where}: {code.code} stands in a family that is not its own"
        assert code.family in coder.families, f"{where}: {code.code} is of a family that the coder does not claim"
        assert code.family not in coding.abstained, f"{where}: {code.code} is coded in a family that was abstained from"
        assert code.coder == f"{coder.name}/{coder.version}", f"{where}: codings carry the coder's name and version"
        assert 0.0 <= code.probability <= 1.0, f"{where}: the probability of {code.code} lies outside [0, 1]"
        end = 0
        for span in code.spans:
            assert end <= span.start < span.end <= len(turn.text), (
                f"{where}: the spans of {code.code} lie outside the text, are empty, out of order or overlap"
            )
            end = span.end
    assert coding.intensity is None or 0.0 <= coding.intensity <= 3.0, f"{where}: intensity lies outside [0, 3]"
    assert coding.heavy is None or 0.0 <= coding.heavy <= 1.0, f"{where}: heavy lies outside [0, 1]"
    assert coding.valence is None or -1.0 <= coding.valence <= 1.0, f"{where}: valence lies outside [-1, 1]"
    for family, reason in coding.abstained.items():
        assert family in coder.families, f"{where}: abstained from a family that the coder does not claim"
        is_word = reason.islower() and " " not in reason
        assert is_word, f"{where}: a reason to abstain is one short word"
    if coding.verdict is not None:
        assert query.answered is not None, f"{where}: a verdict on a turn that answers nothing"
        assert "stance" not in coding.abstained, f"{where}: a verdict where stance was abstained from"
        assert set(coding.verdict) == set(VERDICTS), f"{where}: a verdict gives all four probabilities"
        assert all(0.0 <= p <= 1.0 for p in coding.verdict.values()), f"{where}: a verdict lies outside [0, 1]"
        assert abs(sum(coding.verdict.values()) - 1.0) < 1e-4, f"{where}: the verdict does not sum to 1"
    elif "stance" in coder.families and query.answered is not None and turn.text.strip():
        assert "stance" in coding.abstained, f"{where}: no verdict on a reply, and no reason to abstain"
    if not turn.text.strip():
        assert not coding.codings, f"{where}: codes on a turn without words"
        assert set(coding.abstained) == set(coder.families), f"{where}: a turn without words is not scored at all"


def _check_back_only(coder: Coder, turns: Sequence[Turn], codings: Sequence[TurnCoding]) -> None:
    """Feed every prefix of the talk; what is already coded must not change."""
    for length in range(1, len(turns) + 1):
        found = coder.code(queries_of(turns[:length], coder.reach))
        assert found == list(codings[:length]), f"the codings of the first {length} turns depend on later turns"


def _check_repeatable(coder: Coder, turns: Sequence[Turn], codings: Sequence[TurnCoding]) -> None:
    queries = queries_of(turns, coder.reach)
    assert coder.code(queries) == list(codings), "coding twice gives two results"
    for size in (1, 3, 7):
        found = [c for i in range(0, len(queries), size) for c in coder.code(queries[i : i + size])]
        assert found == list(codings), f"batches of {size} give another result than one batch"
    backwards = [coder.code([query])[0] for query in reversed(queries)]
    assert backwards[::-1] == list(codings), "the order in which turns are handed over changes the result"


def _check_harsh(coder: Coder, seconds_per_turn: float) -> None:
    for name, text in _HARSH.items():
        turns = _turns([("Ana", text), ("Ben", "that sounds hard"), ("Ana", text)])
        started = time.perf_counter()
        _check_batch(coder, queries_of(turns, coder.reach))
        took = time.perf_counter() - started
        assert took <= seconds_per_turn * len(turns), f"{name}: {took:.1f} s for {len(turns)} turns"
