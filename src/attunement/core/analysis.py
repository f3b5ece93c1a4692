"""What one run found, with the versions and options that made it."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

from attunement.core.coding import TurnCoding
from attunement.core.correction import Correction
from attunement.core.counted import counted
from attunement.core.episode import Episode, Exchange
from attunement.core.estimate import Estimate
from attunement.core.record import Record
from attunement.core.turn import Session, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Analysis"]


class Analysis(msgspec.Struct, frozen=True, weakref=True):
    """What one run found.

    Attributes
    ----------
    record : Record
        What was read.
    turns, sessions : tuple of Turn, tuple of Session
        What the messages became.
    codings : tuple of TurnCoding
        One a turn, in order.
    exchanges, episodes : tuple of Exchange, tuple of Episode
        Calls with their replies; misses with what followed.
    estimates : tuple of Estimate
        Every measure, every direction.
    versions : dict of str to str
        Of the package, the codebook, the coder and its weights; "corrections", where a person corrected codes, says
        how many times.
    options : dict
        Every option of every stage, as plain data. Where names were replaced in selecting, those of `select` hold none
        of them: neither whose pseudonym is whose, nor what was hidden.
    corrections : tuple of Correction
        What people said of codes and verdicts, the last word on each; it is in `codings`. A page carries them, so that
        what is corrected there adds to them.
    """

    record: Record
    turns: tuple[Turn, ...]
    sessions: tuple[Session, ...]
    codings: tuple[TurnCoding, ...]
    exchanges: tuple[Exchange, ...]
    episodes: tuple[Episode, ...]
    estimates: tuple[Estimate, ...]
    versions: dict[str, str] = {}
    options: dict[str, Any] = {}
    corrections: tuple[Correction, ...] = ()

    @property
    def speakers(self) -> tuple[str, ...]:
        """Names of those who take turns, in order of first appearance."""
        return tuple(dict.fromkeys(map(attrgetter("speaker"), self.turns)))

    def estimates_of(self, measure: str) -> Iterator[Estimate]:
        """Yield the estimates of a measure, or of a whole family where the name has no dot.

        Parameters
        ----------
        measure : str
            A measure by its whole name ("responsiveness.attuned"): one estimate a direction, or one a period where it
            is a series. What is made of it has a name of its own ("responsiveness.attuned.weighted") and is not
            yielded. A name without a dot ("responsiveness") is a family: everything in it.

        Yields
        ------
        Estimate
            In the order of `estimates`; none where the measure was not computed.
        """
        is_family = "." not in measure
        for estimate in self.estimates:
            if estimate.measure == measure or (is_family and estimate.measure.startswith(measure + ".")):
                yield estimate

    def to_frame(self, name: str) -> Any:
        """Return a table of the analysis; see `attunement.core.frames.to_frame` for its columns and errors."""
        from attunement.core.frames import to_frame

        return to_frame(self, name)

    def __repr__(self) -> str:
        """Say what it is and how large, in a line: nothing of what was said, which a log or a traceback would keep."""
        made = f"{counted(len(self.turns), 'turn')}, {counted(len(self.exchanges), 'exchange')}"
        return f"<Analysis of {self.record.id!r}: {made}, {counted(len(self.estimates), 'estimate')}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Say the same to rich, which would list every field."""
        return [("record", self.record.id), ("turns", len(self.turns)), ("exchanges", len(self.exchanges))]

    def _repr_html_(self) -> str:
        """Show itself in a notebook: every direction with its counts, and the share attuned."""
        from attunement.core.notebook import analysis_html

        return analysis_html(self)
