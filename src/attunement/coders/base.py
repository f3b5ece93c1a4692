"""The contract of a coder, and the loop that hands it turns.

A coder is one file in this folder and one line under ``attunement.coders`` in the package's entry points; plug-ins
come in by the same door. `attunement.testing.check_coder` holds what every coder must keep: it looks back only, it is
deterministic, its probabilities lie in [0, 1], its spans lie inside the text, and it abstains rather than guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

import msgspec

from attunement.core.codebook import CODEBOOK, Family
from attunement.core.coding import TurnCoding
from attunement.core.plugins import load_one
from attunement.core.turn import Turn
from attunement.errors import AttunementError, UsageError, require_kind, suggest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = [
    "CodeOptions",
    "Coder",
    "Query",
    "code_queries",
    "code_turns",
    "coder_names",
    "load_coder",
    "require_coder",
    "require_no_weights",
]

_HUMAN = "human"
"""The name that takes the codes by people which a record carries; it is no coder of the registry."""
_CHECK = "attunement.testing.check_coder says what else a coder keeps."
_NOT_CODED = "not coded"
"""Why a family is missing that nobody was to code, as in the codes by people."""


class CodeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Which coder, and how it is run.

    Attributes
    ----------
    coder : str
        Name of the coder, as in the registry, or "human" for the codes that people gave and the record carries.
    batch : int
        How many turns are handed over at once; changes speed and memory, never results.
    weights : str
        For a coder that has several sets of weights, the name of one or the path of a folder that holds one
        ("./mine"; a bare name is never a folder).
    cache : bool
        Whether a coder that is slow may keep its codings by content in the user's cache folder.
    """

    coder: str = "blend"
    batch: int = 2048
    weights: str = "open"
    cache: bool = True

    def checked(self) -> CodeOptions:
        """Return the options if they make sense; names of coders and weights are looked at where they are loaded.

        Raises
        ------
        UsageError
            If one is of another kind, or `batch` is no whole number of 1 or more; names it.
        """
        for name, kind in (("coder", str), ("batch", int), ("weights", str), ("cache", bool)):
            require_kind(getattr(self, name), kind, f"CodeOptions.{name}")
        if self.batch < 1:
            raise UsageError(f"CodeOptions.batch is 1 or more; got {self.batch!r}.")
        return self


class Query(msgspec.Struct, frozen=True, gc=False):
    """A turn to be coded and what came before it.

    Attributes
    ----------
    turn : Turn
        The turn.
    before : tuple of Turn
        The turns before it, oldest first, at most the coder's `reach` of them: those of the same session, or those up
        to a turn of an earlier session that it resumes (`code_turns`).
    people : tuple of str
        Names of everybody who talks in the record, so that a coder need not take a name for a word; empty where nobody
        is known.
    """

    turn: Turn
    before: tuple[Turn, ...] = ()
    people: tuple[str, ...] = ()

    @property
    def answered(self) -> Turn | None:
        """The turn that this one answers, or else resumes, where it lies among those before it."""
        index = self.turn.resumes if self.turn.answers is None else self.turn.answers
        if index is None or not self.before:
            return None
        offset = index - self.before[0].index
        return self.before[offset] if 0 <= offset < len(self.before) else None


@runtime_checkable
class Coder(Protocol):
    """What a coder has to supply; the first four may be plain attributes (``families = ("stance",)``)."""

    # Read only, since a type checker lets a plain attribute of the class stand for nothing that may be written.
    @property
    def name(self) -> str:
        """Written into every `Coding` as "name/version"."""
        ...

    @property
    def version(self) -> str:
        """Equal input, version and options give equal output."""
        ...

    @property
    def families(self) -> tuple[Family, ...]:
        """The families that it codes.

        On the others it is silent, which is not the same as finding nothing: `code_turns` lists them as abstained, for
        the reason "not coded".
        """
        ...

    @property
    def reach(self) -> int:
        """How many turns before the coded one it wants to see."""
        ...

    def code(self, queries: Sequence[Query]) -> list[TurnCoding]:
        """Code a batch: one `TurnCoding` a query, in order. How turns are batched must not change the result.

        `stance` and `verdict` are given for turns that answer something (`Query.answered`), as if what they answer
        were a call; whether it is one is settled by the exchange. `after` is given for every turn as if a miss had
        come before it; `episodes` asks for it only after a miss.
        """
        ...


@cache
def _points() -> dict[str, EntryPoint]:
    # Imported here: it takes a tenth of the time that a coder made by its own name needs to start.
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group="attunement.coders")}


def coder_names() -> tuple[str, ...]:
    """Return the names of every coder that is installed: ours and plug-ins'."""
    return tuple(sorted(_points()))


def load_coder(options: CodeOptions) -> Coder:
    """Make the coder that the options name.

    A coder may hold what cannot be pickled, as those with a network do: each process of a pool makes its own.

    Raises
    ------
    UsageError
        If there is none of that name, it cannot be loaded, or weights are asked of one that has none.
    """
    point = _points().get(options.coder)
    if point is None:
        raise UsageError(f"There is no coder {options.coder!r}.", hint=suggest(options.coder, (*coder_names(), _HUMAN)))
    make = load_one(point, "coder")
    if hasattr(make, "from_options"):
        return make.from_options(options)
    require_no_weights(options)
    return make()


def require_no_weights(options: CodeOptions) -> None:
    """Refuse a set of weights that was asked of a coder which has none; raises UsageError."""
    if options.weights != CodeOptions().weights:
        raise UsageError(
            f"The coder {options.coder!r} has no weights to choose from.",
            hint="Leave the weights out, or take the coder 'blend' or 'neural'.",
        )


def require_coder(coder: object) -> None:
    """Refuse what is no coder, and say what it lacks.

    Raises
    ------
    UsageError
        If it is a class in place of one made of it, or lacks something that `Coder` has.
    """
    if isinstance(coder, type):
        raise UsageError(
            f"coder is expected to be a coder; got the class {coder.__name__}.", hint="Call it to make one."
        )
    if not callable(getattr(coder, "code", None)):
        if isinstance(coder, Coder):
            raise UsageError(f"The coder, a {type(coder).__name__}, has no method code.", hint=_CHECK)
        require_kind(coder, Coder, "coder", hint="Options(code=CodeOptions(coder=NAME)) names one.")
    if missing := [name for name in ("name", "version", "families", "reach") if not hasattr(coder, name)]:
        raise UsageError(f"The coder, a {type(coder).__name__}, has no {' and no '.join(missing)}.", hint=_CHECK)


def code_turns(
    turns: Sequence[Turn],
    coder: Coder,
    *,
    batch: int = 2048,
    on_progress: Callable[[int], object] | None = None,
) -> tuple[TurnCoding, ...]:
    """Hand every turn, with what came before it in its session, to a coder.

    A turn that resumes one of an earlier session (`Turn.resumes`) within the coder's reach is handed over a second time
    with what came before it there, and its `stance` is taken from that: a repair may come on the next morning. All
    else stays as the turn reads by itself, for a session is opened by something new more often than not; and it has no
    verdict, for it is no reply.

    Parameters
    ----------
    turns : sequence of Turn
        All turns of a record, in order.
    coder : Coder
        The coder.
    batch : int
        Turns handed over at once.
    on_progress : callable, optional
        Called with the number of turns done so far.

    Returns
    -------
    tuple of TurnCoding
        One a turn, in order. Families that the coder does not claim are among those it abstains on, as "not coded".

    Raises
    ------
    AttunementError
        If the coder does not give a list of one coding a turn.
    """
    codings: list[TurnCoding] = []
    for queries in _batches(turns, coder.reach, batch):
        found = code_queries(queries, coder)
        if resumed := _resuming(queries, turns, len(codings), coder):
            for place, coding in zip(resumed, _coded(coder, list(resumed.values())), strict=True):
                found[place] = _with_stance(found[place], coding)
        codings.extend(found)
        if on_progress is not None:
            on_progress(len(codings))
    return tuple(codings)


def code_queries(queries: Sequence[Query], coder: Coder) -> list[TurnCoding]:
    """Hand queries to a coder as they are; errors, and the families that it does not claim, as `code_turns`."""
    unclaimed = _unclaimed(coder)
    found = _coded(coder, queries)
    return [_with_abstained(coding, unclaimed) for coding in found] if unclaimed else found


def _coded(coder: Coder, queries: Sequence[Query]) -> list[TurnCoding]:
    # Looked at whatever the contract says: a coder may be anybody's.
    found = cast("Any", coder.code(queries))
    if not isinstance(found, list | tuple) or not all(isinstance(one, TurnCoding) for one in cast("list[Any]", found)):
        raise AttunementError(f"The coder {coder.name!r} gave no list of TurnCoding; one a turn is due.", hint=_CHECK)
    codings: list[TurnCoding] = list(cast("list[TurnCoding]", found))
    if len(codings) != len(queries):
        raise AttunementError(
            f"The coder {coder.name!r} gave {len(codings):,} codings of {len(queries):,} turns; one a turn is due.",
            hint=_CHECK,
        )
    return codings


def _unclaimed(coder: Coder) -> dict[Family, str]:
    families: list[Family] = [code.family for code in CODEBOOK.codes]
    return {family: _NOT_CODED for family in families if family not in coder.families}


def _with_abstained(coding: TurnCoding, unclaimed: dict[Family, str]) -> TurnCoding:
    """List the families that the coder does not claim as not scored, but for those that it coded all the same."""
    coded = {code.family for code in coding.codings}
    missing = {family: why for family, why in unclaimed.items() if family not in coded}
    return msgspec.structs.replace(coding, abstained={**missing, **coding.abstained})


def _resuming(queries: Sequence[Query], turns: Sequence[Turn], first: int, coder: Coder) -> dict[int, Query]:
    """For each place of a turn that resumes one within reach, the query with what came before it there.

    `first` is the position of the first query's turn.
    """
    if "stance" not in coder.families:
        return {}
    return {
        place: Query(query.turn, tuple(turns[max(0, first + place - coder.reach) : first + place]), query.people)
        for place, query in enumerate(queries)
        if query.turn.resumes is not None and query.turn.index - query.turn.resumes <= coder.reach
    }


def _with_stance(coding: TurnCoding, resumed: TurnCoding) -> TurnCoding:
    """Take the stance of a turn towards what it resumes, and nothing else: not even that it could not be told."""
    stance = tuple(code for code in resumed.codings if code.family == "stance")
    return msgspec.structs.replace(coding, codings=(*coding.codings, *stance)) if stance else coding


def _batches(turns: Sequence[Turn], reach: int, size: int) -> Iterator[list[Query]]:
    batch: list[Query] = []
    session, session_first = -1, 0
    people = tuple(sorted({turn.speaker for turn in turns}))
    for position, turn in enumerate(turns):
        if turn.session != session:
            session, session_first = turn.session, position
        before = tuple(turns[max(session_first, position - reach) : position])
        batch.append(Query(turn, before, people))
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
