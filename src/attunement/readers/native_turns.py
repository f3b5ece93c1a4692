"""One turn of the native form, from what fits the promise exactly to what has to be fitted, with its time and reply."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import msgspec

from attunement.core.message import KINDS, Kind
from attunement.core.source import Problem, Source
from attunement.readers.ai_roles import KIND, asides_among, asides_remark
from attunement.readers.clock import parse_clock
from attunement.readers.clock_changes import is_clock_change, on_the_wall

__all__ = [
    "CommonTurn",
    "NativeTurn",
    "Place",
    "check_ends",
    "check_replies",
    "fit_turns",
    "keep_extras",
    "resolve_replies",
    "settle_asides",
    "settle_kinds",
    "settle_times",
]

_NONE: tuple[None] = (None,)
_UNIX_EPOCH = datetime(1970, 1, 1)
_UNIX_RANGE = (5e8, 4.2e9)
"""Seconds that can only be a date (1985 to 2103): as a place in a recording they would be over 15 years in."""


class NativeTurn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A turn as it is written, and three keys of the labelled corpora that are kept beside it."""

    speaker: str | None = None
    text: str = ""
    time: float | str | None = None
    end: float | str | None = None
    role: str | None = None
    labels: dict[str, Any] | None = None
    kind: Kind = "text"
    edited: bool = False
    media: bool = False
    reply_to: int | None = None
    line: int | None = None
    id: str | None = None
    machine: Any = msgspec.UNSET
    masked_duplicate: Any = msgspec.UNSET
    turn: Any = msgspec.UNSET


class CommonTurn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A turn of the promise and no more, as nearly all are."""

    speaker: str
    text: str
    time: float | str | None = None
    role: str | None = None
    labels: dict[str, Any] | None = None


class _OpenTurn(NativeTurn, gc=False):
    """The same, with unknown keys passed over: they are kept by hand."""


_EXTRAS = ("machine", "masked_duplicate", "turn")
_FIELDS = frozenset(NativeTurn.__struct_fields__) - frozenset(_EXTRAS)


class Place:
    """Where a conversation stands, and what was wrong with it."""

    def __init__(self, name: str, line: int | None) -> None:
        self.name, self.line = name, line
        self.problems: list[Problem] = []

    def problem(self, kind: str, message: str, *, remark: bool = False) -> None:
        """Note a problem or a remark at this place."""
        self.problems.append(Problem(kind, message, Source(self.name, self.line), remark))


def keep_extras(turns: list[NativeTurn], meta: dict[str, Any]) -> None:
    """Keep what a turn carries beside the promise in ``meta["turn_fields"][key][index]``."""
    unset = msgspec.UNSET
    for key, values in (
        ("machine", [turn.machine for turn in turns]),
        ("masked_duplicate", [turn.masked_duplicate for turn in turns]),
        ("turn", [turn.turn for turn in turns]),
    ):
        if values.count(unset) == len(values):
            continue
        fields = meta.setdefault("turn_fields", {})
        if isinstance(fields, dict) and key not in fields:
            fields[key] = {str(index): value for index, value in enumerate(values) if value is not unset}
        else:
            for index, value in enumerate(values):
                if value is not unset:
                    _keep_field(meta, key, index, value)


def _keep_field(meta: dict[str, Any], key: str, index: int, value: Any) -> None:
    fields = meta.setdefault("turn_fields", {})
    if not isinstance(fields, dict):
        fields = meta["turn_fields"] = {"given": fields}
    cast("dict[str, Any]", fields).setdefault(key, {})[str(index)] = value


def fit_turns(raw: list[Any], meta: dict[str, Any], place: Place) -> list[NativeTurn]:
    """Make turns of plain data that may not fit: what does not goes to ``meta["turn_fields"]`` or becomes a problem."""
    try:
        turns = cast("list[NativeTurn]", msgspec.convert(raw, list[_OpenTurn]))
    except msgspec.ValidationError:
        return [_loose_turn(value, index, meta, place) for index, value in enumerate(raw)]
    for index, given in enumerate(cast("list[dict[str, Any]]", raw)):
        for key in given.keys() - _FIELDS:
            _keep_field(meta, key, index, given[key])
    for index, turn in enumerate(turns):
        if turn.speaker is None or not turn.text:
            _note_missing(turn, index, raw[index], place)
    return turns


def _note_missing(turn: NativeTurn, index: int, given: dict[str, Any], place: Place) -> None:
    if turn.kind == "system":
        return
    if turn.speaker is None:
        place.problem("missing speaker", f"Turn {index} does not say who speaks.")
    if turn.kind == "text" and given.get("text") is None:
        place.problem("missing text", f"Turn {index} has no text.")


def _loose_turn(raw: object, index: int, meta: dict[str, Any], place: Place) -> NativeTurn:
    """Take what fits from a turn that does not fit as a whole, and keep the rest in ``meta["turn_fields"]``."""
    if not isinstance(raw, dict):
        place.problem("unreadable turn", f"Turn {index} is no object; it was left without words.")
        raw = {"value": raw} if raw is not None else {}
    given = cast("dict[str, Any]", raw)
    turn = NativeTurn()
    for key, value in given.items():
        if value is None and key in _FIELDS:
            continue
        if not _put(turn, key, value):
            _keep_field(meta, key, index, value)
    _note_missing(turn, index, given, place)
    return turn


def _put(turn: NativeTurn, key: str, value: Any) -> bool:
    """Set one field of a turn where the value can be understood; tell whether it was."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if key in ("speaker", "role", "text", "id"):
        if not isinstance(value, str) and not is_number:
            return False
        setattr(turn, key, str(value))
    elif key in ("time", "end"):
        if not isinstance(value, str) and not is_number:
            return False
        setattr(turn, key, value if isinstance(value, str) else float(value))
    elif key == "labels":
        turn.labels = cast("dict[str, Any]", value) if isinstance(value, dict) else {"labels": value}
    elif key == "kind":
        if value not in KINDS:
            return False
        turn.kind = value
    elif key in ("edited", "media"):
        if not isinstance(value, bool):
            return False
        setattr(turn, key, value)
    elif key in ("reply_to", "line"):
        if not isinstance(value, int) or isinstance(value, bool):
            return False
        setattr(turn, key, value)
    else:
        return False
    return True


def resolve_replies(turns: list[NativeTurn], meta: dict[str, Any], place: Place) -> None:
    """Turn replies that name an id into indexes, and drop those that point nowhere."""
    fields = meta.get("turn_fields")
    named = cast("dict[str, Any]", fields).get("reply_to") if isinstance(fields, dict) else None
    if isinstance(fields, dict) and isinstance(named, dict):
        index_of = {turn.id: index for index, turn in enumerate(turns) if turn.id is not None}
        answered = cast("dict[str, Any]", named)
        for index, turn in enumerate(turns):
            target = index_of.get(answered.get(str(index), ""))
            if target is not None and target != index:
                turn.reply_to = target
                del answered[str(index)]
        if not answered:
            del fields["reply_to"]
            if not fields:
                del meta["turn_fields"]
    check_replies(turns, place)


def check_replies(turns: list[NativeTurn], place: Place) -> None:
    """Leave out replies to turns that are not there."""
    for index, turn in enumerate(turns):
        if turn.reply_to is not None and (not 0 <= turn.reply_to < len(turns) or turn.reply_to == index):
            place.problem("bad reply", f"Turn {index} replies to a turn that is not there.")
            turn.reply_to = None


_Time = float | str | None


def settle_times(
    times: Sequence[_Time],
    ends: Sequence[_Time] | None,
    place: Place,
    speakers: Sequence[str | None],
) -> tuple[Sequence[float | None], Sequence[float | None], datetime | None]:
    """Bring every time to seconds since one epoch.

    Offsets from Greenwich that tell of a clock put forward or back are taken as the wall clock says, so that hours
    are those that people lived by; other offsets (people in two zones) count true seconds by the first one's clock.

    Returns
    -------
    starts, ends : sequence of float or None
        One a turn; what could not be read, and an end before its start, is None and a problem.
    epoch : datetime or None
        None where times count from the start of a medium, or there are none.
    """
    kinds, ends_given = set(map(type, times)), ends
    if ends is None:
        ends = _NONE * len(times)
    else:
        kinds |= set(map(type, ends))
    epoch: datetime | None = None
    if str in kinds:
        starts, stops, epoch = _settle_words(times, ends, place, speakers)
    else:
        starts, stops = cast("Sequence[float | None]", times), cast("Sequence[float | None]", ends)
        if float in kinds:
            low, high = _UNIX_RANGE
            first = next((time for time in starts if time is not None), None)
            if first is not None and low <= first <= high:
                numbers = [time for time in starts if time is not None]
                if low <= min(numbers) and max(numbers) <= high:
                    epoch = _UNIX_EPOCH
    return starts, stops if ends_given is None else check_ends(starts, stops, place), epoch


def check_ends(starts: Sequence[float | None], ends: Sequence[float | None], place: Place) -> Sequence[float | None]:
    """Leave out ends that lie before their start."""
    if ends.count(None) == len(ends):
        return ends
    checked = list(ends)
    for index, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start is not None and end is not None and end < start:
            place.problem("bad time", f"Turn {index} ends before it starts; the end was left out.")
            checked[index] = None
    return checked


def settle_asides(turns: list[NativeTurn], place: Place) -> None:
    """Make system lines of the instructions and tools in talk with a model, by their role, else by their speaker."""
    who = [turn.role or turn.speaker or "" for turn in turns]
    asides = asides_among(who)
    found = [(turn, word) for turn, word in zip(turns, who, strict=True) if word in asides and turn.kind == "text"]
    for turn, word in found:
        by = {"by": turn.speaker} if turn.speaker not in (None, word) else {}
        turn.labels = {"action": word, **by, **(turn.labels or {})}
        turn.kind, turn.speaker = "system", None
    if found:
        what = f"{len(found):,} turn{'s' if len(found) > 1 else ''}"
        place.problem(KIND, asides_remark(what, (word for _, word in found)), remark=True)


def settle_kinds(turns: list[NativeTurn], meta: dict[str, Any], place: Place) -> None:
    """Bring kinds and speakers together: blank names are nobody's, so are system lines; events have no words."""
    kinds = [turn.kind for turn in turns]
    names = {turn.speaker for turn in turns}
    if kinds.count("text") == len(kinds) and all(name is None or name.strip() for name in names):
        return
    for index, turn in enumerate(turns):
        if turn.speaker is not None and not turn.speaker.strip():
            turn.speaker = None
            if turn.kind != "system":
                place.problem("missing speaker", f"Turn {index} does not say who speaks.")
        if turn.kind == "system" and turn.speaker is not None:
            _keep_field(meta, "speaker", index, turn.speaker)
            turn.speaker = None
        elif turn.kind in ("media", "call", "deleted") and turn.text:
            turn.media = turn.media or turn.kind == "media"
            turn.kind = "text"


def _settle_words(
    times: Sequence[_Time], ends: Sequence[_Time], place: Place, speakers: Sequence[str | None]
) -> tuple[list[float | None], list[float | None], datetime | None]:
    moments = [_parse_time(time) for time in times]
    stops = [None if end is None else _parse_time(end) for end in ends]
    if is_clock_change(moments, speakers):
        first = next(value for value in moments if isinstance(value, datetime))
        moments = [on_the_wall(value, first) for value in moments]
        stops = [on_the_wall(value, first) for value in stops]
    epoch = next((value for value in moments if isinstance(value, datetime)), None)
    starts_since = [_since(value, epoch) for value in moments]
    ends_since = [None if value is None else _since(value, epoch) for value in stops]
    for index, (time, end) in enumerate(zip(times, ends, strict=True)):
        if (starts_since[index] is None and time is not None) or (ends_since[index] is None and end is not None):
            place.problem("bad time", f"The time of turn {index} could not be read and was left out.")
    return starts_since, ends_since, None if epoch is None else epoch.replace(tzinfo=None)


def _parse_time(value: float | str | None) -> float | datetime | None:
    if not isinstance(value, str):
        return value
    seconds = parse_clock(value)
    if seconds is not None:
        return seconds
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        return None


def _since(value: float | datetime | None, epoch: datetime | None) -> float | None:
    """Seconds since the epoch; times with different offsets give true seconds."""
    if epoch is None:
        return None if isinstance(value, datetime) else value
    if not isinstance(value, datetime) or (value.tzinfo is None) != (epoch.tzinfo is None):
        return None
    return (value - epoch).total_seconds()
