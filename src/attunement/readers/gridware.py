"""GridWare trajectories (.trj): the states of a dyad or more, row by row, a record a trajectory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.assemble import Assembly, clean_name
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.clock import parse_clock
from attunement.readers.coded import Event, say_events
from attunement.readers.inputs import Input, Sample

__all__ = ["GridwareReader"]

_MISSING = frozenset(("", ".", "-1", "-99", "-999", "NA", "na"))


class GridwareReader:
    """Read .trj: a variable is a speaker, a state a message that lasts until the variable changes."""

    name = "gridware"
    title = "GridWare trajectory"
    endings = (".trj",)
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for rows of an onset and states, and a last row of one time; or the header that GridWare writes."""
        lines = [line for line in sample.lines[:200] if line.strip()]
        if len(lines) < 3:
            return 0.0
        first = [cell.strip() for cell in lines[0].split("\t")]
        body = lines[1:] if first[0].casefold() == "onset" else lines
        rows = [line.split("\t") for line in body]
        is_rows = all(len(row) >= 3 and _seconds(row[0]) is not None for row in rows[:-1])
        if not is_rows or len(rows) < 2 or len({len(row) for row in rows[:-1]}) != 1:
            return 0.0
        ends = len([cell for cell in rows[-1] if cell.strip()]) == 1 and _seconds(rows[-1][0]) is not None
        if first[0].casefold() == "onset":
            # Tables of events have an offset or a duration beside the onset, and words.
            others = {cell.casefold() for cell in first[1:]}
            return 0.0 if others & {"offset", "duration", "text", "speaker"} else 0.92 if ends else 0.5
        is_short = all(len(cell) < 30 for row in rows[:-1] for cell in row)
        return 0.7 if ends and is_short else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every row.

        Raises
        ------
        InputError
            If there is no row of an onset and states.
        """
        decoded = source.decode()
        assembly = Assembly(source.name)
        if decoded.assumed:
            assembly.problems.append(encoding_problem(source, decoded.encoding))
        names: list[str] = []
        rows: list[tuple[float, list[str], int]] = []
        end: float | None = None
        for number, line in enumerate(decoded.text.splitlines(), 1):
            cells = [cell.strip() for cell in line.split("\t")]
            if not any(cells):
                continue
            onset = _seconds(cells[0])
            if onset is None and not rows and not names:
                names = [clean_name(cell) or f"variable {index}" for index, cell in enumerate(cells[1:], 1)]
            elif onset is None:
                assembly.problem("unreadable line", "This row does not begin with a time.", line=number)
            elif not any(cells[1:]):
                end = onset
            else:
                rows.append((onset, cells[1:], number))
        if not rows:
            raise InputError(f"{source.name} holds no row of an onset and states.", hint="Expected tabs between cells.")
        width = max(len(states) for _, states, _ in rows)
        names += [f"variable {index}" for index in range(len(names) + 1, width + 1)]
        if end is None:
            assembly.problem("missing end", "No last row says when the trajectory ends.", remark=True)
        events = _events(rows, names, end, assembly)
        say_events(events, assembly)
        meta: dict[str, Any] = {"rows": len(rows)}
        return [assembly.record(source.stem, format=self.name, meta=meta)]


def _seconds(text: str) -> float | None:
    text = text.strip()
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return parse_clock(text)


def _events(
    rows: Sequence[tuple[float, list[str], int]], names: Sequence[str], end: float | None, assembly: Assembly
) -> list[Event]:
    """Join the rows in which a variable stays as it is, except where the whole row is repeated: that is a new event."""
    events: list[Event] = []
    for at, name in enumerate(names):
        begun: tuple[float, str, int] | None = None
        before: list[str] = []
        for onset, states, number in rows:
            state = states[at] if at < len(states) else ""
            is_same = begun is not None and begun[1] == state and states != before
            before = states
            if is_same:
                continue
            if begun is not None:
                events.append(_event(name, begun, onset, assembly))
            begun = None if state in _MISSING else (onset, state, number)
        if begun is not None:
            events.append(_event(name, begun, end, assembly))
    return events


def _event(name: str, begun: tuple[float, str, int], end: float | None, assembly: Assembly) -> Event:
    start, state, number = begun
    if end is not None and end < start:
        assembly.problem("bad time", "This row begins after the one below it.", line=number)
        end = None
    return Event(start=start, end=end, speaker=name, text=state, is_code=True, line=number, labels={"code": state})
