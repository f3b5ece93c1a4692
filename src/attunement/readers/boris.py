"""BORIS projects: states and points of every observation, with subject, modifiers and comment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.assemble import Assembly, clean_name
from attunement.readers.base import ReadOptions
from attunement.readers.clock import format_clock, parse_clock
from attunement.readers.coded import Event, say_events
from attunement.readers.inputs import Input, Sample
from attunement.readers.json_input import JsonInput

__all__ = ["BorisReader"]

_KEY = re.compile(r'"(?:behaviors_conf|project_format_version|observations|subjects_conf|independent_variables)"\s*:')
_NO_SUBJECT = ("", "no focal subject")


class BorisReader:
    """Read .boris: one record an observation; a state is one message from its start to its stop."""

    name = "boris"
    title = "BORIS project"
    endings = (".boris", ".boris.gz")
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for keys that only BORIS writes together."""
        text = sample.text.lstrip()
        if not text.startswith("{"):
            return 0.0
        found = {match.group() for match in _KEY.finditer(text)}
        is_boris = any("behaviors_conf" in key or "project_format_version" in key for key in found)
        return 0.95 if is_boris and len(found) > 1 else 0.4 if is_boris else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every observation in the order of the file.

        Raises
        ------
        InputError
            If it is no JSON, or holds no observation.
        """
        json_input = JsonInput(source)
        plain: object = json_input.root().plain()
        project = cast("dict[str, Any]", plain) if isinstance(plain, dict) else {}
        observations = project.get("observations")
        if not isinstance(observations, dict) or not observations:
            raise InputError(f"{source.name} holds no observation.", hint="Expected a project that BORIS saved.")
        behaviours = _behaviours(project.get("behaviors_conf"))
        records: list[Record] = []
        for name, observation in cast("dict[str, Any]", observations).items():
            assembly = Assembly(source.name)
            if not records:
                assembly.problems += json_input.problems
            given = cast("dict[str, Any]", observation) if isinstance(observation, dict) else {}
            say_events(_events(name, given.get("events"), behaviours, assembly), assembly)
            if assembly.messages:
                assembly.note_speakers(unit="event", hint="Give the events a focal subject in BORIS.")
            records.append(
                assembly.record(name.strip() or source.stem, format=self.name, epoch=None, meta=_meta(given, project))
            )
        return records


def _behaviours(given: object) -> dict[str, dict[str, str]]:
    """Read type and category of every behaviour code."""
    found: dict[str, dict[str, str]] = {}
    if isinstance(given, dict):
        for entry in cast("dict[str, Any]", given).values():
            if isinstance(entry, dict):
                entry = cast("dict[str, Any]", entry)
                about = {"type": str(entry.get("type", "")).casefold(), "category": str(entry.get("category") or "")}
                found[str(entry.get("code", ""))] = about
    return found


def _events(name: str, given: object, behaviours: dict[str, dict[str, str]], assembly: Assembly) -> Iterator[Event]:
    """Pair the starts and stops of states, and give points as they are."""
    rows = cast("list[object]", given) if isinstance(given, list) else []
    timed: list[tuple[float, int, list[Any]]] = []
    for index, row in enumerate(rows):
        values = cast("list[Any]", row) if isinstance(row, list) else []
        seconds = _seconds(values[0]) if len(values) > 2 else None
        if seconds is None:
            assembly.problem("unreadable event", f"Event {index} of observation {name!r} has no time and code.")
        else:
            timed.append((seconds, index, values))
    timed.sort(key=lambda item: item[:2])
    open_states: dict[tuple[str, str, str], tuple[float, list[Any]]] = {}
    for seconds, _, values in timed:
        subject, code = str(values[1] or ""), str(values[2] or "")
        modifiers = _modifiers(values)
        behaviour = behaviours.get(code, {})
        if "state" not in behaviour.get("type", ""):
            yield _event(seconds, None, subject, code, modifiers, [values], behaviour)
            continue
        key = (subject, code, modifiers)
        begun = open_states.pop(key, None)
        if begun is None:
            open_states[key] = (seconds, values)
        else:
            yield _event(begun[0], seconds, subject, code, modifiers, [begun[1], values], behaviour)
    for (subject, code, modifiers), (seconds, values) in open_states.items():
        text = f"A state of observation {name!r} that begins at {format_clock(max(0.0, min(seconds, 1e9)))} never ends."
        assembly.problem("unpaired state", text, remark=True)
        yield _event(seconds, None, subject, code, modifiers, [values], behaviours.get(code, {}))


def _seconds(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return parse_clock(value)
    return None


def _modifiers(values: list[Any]) -> str:
    value = values[3] if len(values) > 3 else ""
    if isinstance(value, list):
        return "|".join(str(item) for item in cast("list[Any]", value))
    return "" if value is None else str(value)


def _event(
    start: float,
    end: float | None,
    subject: str,
    code: str,
    modifiers: str,
    rows: list[list[Any]],
    behaviour: dict[str, str],
) -> Event:
    labels: dict[str, Any] = {"code": code}
    chosen = [part for part in modifiers.split("|") if part and part != "None"]
    if chosen:
        labels["modifiers"] = chosen
    if behaviour.get("category"):
        labels["category"] = behaviour["category"]
    labels["event"] = "state" if "state" in behaviour.get("type", "") else "point"
    comments = [str(row[4]) for row in rows if len(row) > 4 and row[4]]
    if comments:
        labels["comment"] = " ".join(comments)
    speaker = None if subject.strip().casefold() in _NO_SUBJECT else clean_name(subject)
    return Event(start=start, end=end, speaker=speaker, text=" ".join([code, *chosen]), is_code=True, labels=labels)


def _meta(observation: dict[str, Any], project: dict[str, Any]) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    for key in ("date", "description", "type"):
        if observation.get(key):
            meta[key] = observation[key]
    if observation.get("independent_variables"):
        meta["independent_variables"] = observation["independent_variables"]
    if project.get("project_name"):
        meta["project"] = project["project_name"]
    return meta
