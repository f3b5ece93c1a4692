"""Subtitle cues, whatever their format: timing lines, voices, captions that roll, and the record they make."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from attunement.core.counted import counted
from attunement.core.record import Record
from attunement.readers.assemble import Assembly, clean_name
from attunement.readers.clock import parse_clock
from attunement.readers.names import Named, NameTally, looks_like_name, split_name
from attunement.readers.sounds import is_sound, is_sound_line

__all__ = [
    "TIMING",
    "Cue",
    "Line",
    "cues_to_record",
    "fold_rolling",
    "note_repeats",
    "parse_cues",
    "plain_text",
    "words_behind",
]

_STAMP = r"(?:\d{1,4}:)?\d{1,3}:\d{1,2}(?:[.,:]\d{1,9})?"
TIMING = re.compile(
    rf"^[ \t]*({_STAMP})[ \t]*-{{1,2}}>[ \t]*({_STAMP})(?:[ \t]+(\S.*))?[ \t]*$", re.ASCII | re.MULTILINE
)
"""A line with the start and the end of a cue, in WebVTT and in SRT, and what stands behind them."""
_SETTINGS = re.compile(r"[A-Za-z]\w*:\S+(?:[ \t]+[A-Za-z]\w*:\S+)*")

_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:[ \t\n]+([^<>]*))?>|</v>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,200}>|<\d[\d:.,]{2,20}>|</>")
_OVERRIDE = re.compile(r"\{\\[^{}\n]{0,200}\}")
_MARKUP = re.compile(r"[<{&\xa0]")
_DASH = re.compile(r"[-–—]\s*(?=\S)")
_CHEVRONS = re.compile(r">>+\s*")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cue.

    Attributes
    ----------
    text : str
        Its words, without markup.
    voice : str or None
        Who says it, where the markup tells.
    is_change : bool
        A dash or chevrons say that somebody else begins here.
    """

    text: str
    voice: str | None = None
    is_change: bool = False


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown at one time.

    Attributes
    ----------
    start, end : float or None
        Seconds; None where it could not be read.
    lines : tuple of Line
        Its lines with words.
    number : int
        Line of the source, from 1, where the cue's timing stands.
    id : str or None
        The cue's own identifier, unless it is only a running number.
    """

    start: float | None
    end: float | None
    lines: tuple[Line, ...]
    number: int
    id: str | None = None

    @property
    def text(self) -> str:
        """All words, joined by spaces."""
        return " ".join(line.text for line in self.lines)


def plain_text(text: str) -> str:
    """Take markup out of a piece of a cue: tags, overrides of style, character references."""
    if not _MARKUP.search(text):
        return " ".join(text.split())
    return " ".join(html.unescape(_TAG.sub("", _OVERRIDE.sub("", text))).replace("\xa0", " ").split())


def words_behind(timing: re.Match[str]) -> str:
    """Return what stands on a timing line behind the times (a match of `TIMING`), unless it is settings of the cue."""
    rest = (timing[3] or "").rstrip()
    return "" if _SETTINGS.fullmatch(rest) else rest


def parse_cues(lines: Sequence[str], assembly: Assembly, *, may_have_words_behind: bool = False) -> list[Cue]:
    """Find every cue: a timing line and the lines under it up to a blank one or the next timing line.

    Blocks without a timing line (NOTE, STYLE, REGION) are passed over; stray words become problems.

    Parameters
    ----------
    lines : sequence of str
        The whole file, without a header line.
    assembly : Assembly
        Takes the problems.
    may_have_words_behind : bool
        Whether what stands on a timing line behind the times, and is no settings, are words (SRT); WebVTT says that
        it is passed over.

    Returns
    -------
    list of Cue
        In the order of the file.
    """
    cues: list[Cue] = []
    payload: list[str] = []
    timing: tuple[str, str, int, str | None] | None = None
    previous, is_skipping, is_after_blank = "", False, True

    def finish(dropped: int = 0) -> None:
        if timing is not None:
            cues.append(_make_cue(timing, payload[: len(payload) - dropped] if dropped else payload, assembly))

    for number, line in enumerate(lines, 1):
        match = TIMING.match(line) if "->" in line else None
        stripped = line.strip()
        if match:
            # Files joined without a blank line have the next cue's number at the end of this one's words.
            stray = bool(payload) and previous.isdigit() and timing is not None
            finish(dropped=1 if stray else 0)
            identifier = previous if previous and (stray or timing is None) else None
            words = words_behind(match) if may_have_words_behind else ""
            timing, payload, is_skipping = (match[1], match[2], number, identifier), [words] if words else [], False
        elif not stripped:
            if line and timing is not None and _goes_on(lines, number):
                continue
            finish()
            timing, payload, is_skipping = None, [], False
        elif timing is not None:
            payload.append(line)
        elif is_after_blank and stripped.split()[0] in ("NOTE", "STYLE", "REGION"):
            is_skipping = True
        elif not is_skipping and not (number < len(lines) and "->" in lines[number]):
            assembly.problem("unreadable line", "Words outside of any cue were left out.", line=number)
        previous, is_after_blank = stripped, not stripped
    finish()
    return cues


def _goes_on(lines: Sequence[str], number: int) -> bool:
    """Whether a line of spaces lies inside a cue, as YouTube writes the empty half of a rolling caption."""
    below = lines[number : number + 2]
    return bool(below and below[0].strip()) and not any("->" in line for line in below)


def _make_cue(timing: tuple[str, str, int, str | None], payload: list[str], assembly: Assembly) -> Cue:
    start, end = _stamp(timing[0]), _stamp(timing[1])
    if start is None or end is None:
        assembly.problem("bad time", "The time of this cue could not be read.", line=timing[2])
    identifier = None if timing[3] is None or timing[3].isdigit() else timing[3]
    return Cue(start, end, tuple(_lines_of("\n".join(payload))), timing[2], identifier)


def _stamp(text: str) -> float | None:
    if text.count(":") == 3:
        # SRT written by some tools has a colon before the milliseconds.
        text = ".".join(text.rsplit(":", 1))
    return parse_clock(text)


def _lines_of(payload: str) -> Iterable[Line]:
    voice: str | None = None
    position = 0
    for match in _VOICE.finditer(payload):
        yield from _split_lines(payload[position : match.start()], voice)
        voice = clean_name(html.unescape(match[1])) or None if match[1] else None
        position = match.end()
    yield from _split_lines(payload[position:], voice)


def _split_lines(piece: str, voice: str | None) -> Iterable[Line]:
    for raw in piece.split("\n"):
        text = plain_text(raw)
        is_change = False
        if match := _CHEVRONS.match(text) or _DASH.match(text):
            is_change, text = True, text[match.end() :]
        if text:
            yield Line(text, voice, is_change)


_ADJACENT_SECONDS = 0.15
_ROLLING_SHARE = 0.3


def fold_rolling(cues: Sequence[Cue]) -> tuple[list[Cue], int]:
    """Undo captions that roll (each cue repeats the last lines of the one before) or grow (each repeats it and adds).

    Both are told by the whole file: at least three cues and three in ten of those that follow closely do it. Somebody
    who says the same thing twice is left alone.

    Returns
    -------
    cues : list of Cue
        Each line once, with the time at which it came up first.
    folded : int
        How many cues said nothing new or had lines taken out.
    """
    pairs = [(a, b) for a, b in pairwise(cues) if _is_adjacent(a, b)]
    enough = max(3.0, _ROLLING_SHARE * len(pairs))
    if sum(_is_growing(a, b) for a, b in pairs) >= enough:
        return _fold_growing(cues)
    if sum(0 < _carried(a, b) < max(len(a.lines), len(b.lines)) for a, b in pairs) >= enough:
        return _fold_rolled(cues)
    return list(cues), 0


def _is_adjacent(a: Cue, b: Cue) -> bool:
    return a.end is not None and b.start is not None and b.start - a.end <= _ADJACENT_SECONDS


def _is_growing(a: Cue, b: Cue) -> bool:
    before, after = a.text, b.text
    return bool(before) and len(after) > len(before) and after.startswith(before)


def _carried(a: Cue, b: Cue) -> int:
    """Count the last lines of `a` that are the first lines of `b`."""
    for count in range(min(len(a.lines), len(b.lines), 8), 0, -1):
        if [line.text for line in a.lines[-count:]] == [line.text for line in b.lines[:count]]:
            return count
    return 0


def _fold_growing(cues: Sequence[Cue]) -> tuple[list[Cue], int]:
    kept: list[Cue] = []
    for cue in cues:
        if kept and _is_adjacent(kept[-1], cue) and (_is_growing(kept[-1], cue) or kept[-1].text == cue.text):
            first = kept[-1]
            kept[-1] = replace(cue, start=first.start, number=first.number, id=first.id)
        else:
            kept.append(cue)
    return kept, len(cues) - len(kept)


def _fold_rolled(cues: Sequence[Cue]) -> tuple[list[Cue], int]:
    kept: list[Cue] = []
    folded = 0
    for index, cue in enumerate(cues):
        carried = _carried(cues[index - 1], cue) if index and _is_adjacent(cues[index - 1], cue) else 0
        folded += bool(carried)
        if len(cue.lines) > carried:
            kept.append(replace(cue, lines=cue.lines[carried:]))
        elif kept and carried and cue.end is not None:
            kept[-1] = replace(kept[-1], end=max(cue.end, kept[-1].end or cue.end))
    return kept, folded


def cues_to_record(
    cues: Sequence[Cue],
    assembly: Assembly,
    *,
    id: str,  # noqa: A002
    format: str,  # noqa: A002
    meta: dict[str, Any] | None = None,
) -> Record:
    """Make messages of cues: one for each voice of each cue.

    Who speaks is what the markup says, else a name before a colon that the whole file confirms. Where names stand
    only when the speaker changes, the cues between belong to the last one named, and a problem says so.
    """
    kept, folded = fold_rolling([cue for cue in cues if cue.lines])
    empty = sum(not cue.lines for cue in cues)
    about = dict(meta or {})
    if folded:
        about["folded_cues"] = folded
    if empty:
        about["empty_cues"] = empty
    unvoiced = [line.text for cue in kept for line in cue.lines if line.voice is None]
    named_of = {text: _split_name(text) for text in unvoiced} | _names_on_own_lines(kept) | _names_on_first_lines(kept)
    tally = NameTally([named for text in unvoiced if (named := named_of[text]) is not None], lines=len(unvoiced))
    parts = _hand_on([(cue, part) for cue in kept for part in _parts(cue, tally, named_of)], assembly)
    assembly.aliases.update(tally.aliases)
    is_marked = any(line.voice is not None for cue in kept for line in cue.lines)
    carried = [None] * len(parts) if is_marked else _carry_names([part for _, part in parts])
    for (cue, (speaker, text, _)), carried_speaker in zip(parts, carried, strict=True):
        if speaker is None and is_sound_line(text):
            labels = {"action": "sound"}
            assembly.say(
                None, text, start=cue.start, end=cue.end, kind="system", line=cue.number, id=cue.id, labels=labels
            )
            continue
        name = speaker or carried_speaker
        if name is not None and speaker is not None and tally.key(name) in tally.doubtful:
            assembly.problem(
                "doubtful speaker", "A name that opens one cue only was taken as one.", line=cue.number, remark=True
            )
        assembly.say(name, text, start=cue.start, end=cue.end, line=cue.number, id=cue.id)
    if count := sum(name is not None for name in carried):
        assembly.problem(
            "speaker carried on",
            "Names stand only where the speaker changes; "
            f"{counted(count, 'cue without one was', 'cues without one were')} given to the last one named.",
            remark=True,
        )
    if not assembly.messages:
        assembly.problem("no words", "The file holds no cue with words.")
    assembly.note_speakers(unit="cue", hint="Export it with speakers, or add names as 'Name: words'.")
    note_repeats(assembly)
    return assembly.record(id, format=format, meta=about)


_LEADING_MARK = re.compile(r"(?:\[([^\[\]]{1,60})\]|\(([^()]{1,60})\))\s+(?=\S)")
_OWN_LINE = re.compile(r"(?:\[([^\[\]:：]{1,40})\]|\(([^():：]{1,40})\)):?")
_Part = tuple[str | None, str, bool]
"""Speaker, text, and whether it opens with a mark of change."""


def _split_name(text: str) -> Named | None:
    """Split a name off a line; a sound may stand before it (``[laughs] Anna: no``)."""
    mark = _LEADING_MARK.match(text)
    if mark is None or not is_sound(mark[1] or mark[2]):
        return split_name(text)
    named = split_name(text[mark.end() :])
    return None if named is None else named._replace(text=f"{mark[0].strip()} {named.text}".strip())


def _names_on_own_lines(cues: Sequence[Cue]) -> dict[str, Named | None]:
    """Find lines of nothing but a name in brackets, above the words, by what the whole file does.

    Sounds stand so, too: a name is no sound, is written as names are, and there are two, one of which comes again.
    Where half of the cues begin so, each may stand once, and one that comes again need not be written as names are.
    """
    counts: Counter[str] = Counter()
    for cue in cues:
        for line in cue.lines:
            if line.voice is None and line.text[0] in "[(" and (match := _OWN_LINE.fullmatch(line.text)):
                name = clean_name(match[1] or match[2])
                if not is_sound(name) and (looks_like_name(name) or " " not in name):
                    counts[line.text] += 1
    name_of = {text: clean_name(text.strip("[]():")) for text in counts}
    is_everywhere = len(counts) > 1 and sum(counts.values()) * 2 >= len(cues)
    if not is_everywhere:
        name_of = {text: name for text, name in name_of.items() if looks_like_name(name)}
        if len(name_of) < 2 or all(counts[text] == 1 for text in name_of):
            return {}
    return {
        text: Named(name, "", is_marked=True)
        for text, name in name_of.items()
        if counts[text] > 1 or looks_like_name(name)
    }


def _names_on_first_lines(cues: Sequence[Cue]) -> dict[str, Named | None]:
    """Find names without any mark on the first line of the cues, as Teams writes them above the words.

    The same few stand above the words of nearly every cue; then one that stands there once is a name as well. Captions
    that roll have the same lines again, too: never so few of them.
    """
    tops = [cue.lines[0].text for cue in cues if len(cue.lines) > 1 and cue.lines[0].voice is None]
    names = Counter(text for text in tops if looks_like_name(text) and not is_sound(text))
    again = {text: count for text, count in names.items() if count > 1}
    if len(cues) < 4 or sum(again.values()) < 0.8 * len(cues) or not 1 < len(again) <= len(cues) / 2:
        return {}
    return {text: Named(clean_name(text), "", is_marked=True) for text in names}


def _hand_on(parts: Sequence[tuple[Cue, _Part]], assembly: Assembly) -> list[tuple[Cue, _Part]]:
    """Give a name that has a cue of its own to the words of the next one."""
    kept: list[tuple[Cue, _Part]] = []
    waiting: tuple[Cue, str | None] | None = None
    for cue, (speaker, text, is_change) in parts:
        if text and waiting is not None and speaker is None and not is_change and not is_sound_line(text):
            speaker, waiting = waiting[1], None
        if waiting is not None and (speaker is not None or is_change):
            text_of = "A speaker is named and nothing is said."
            assembly.problem("empty turn", text_of, line=waiting[0].number, remark=True)
            waiting = None
        if text:
            kept.append((cue, (speaker, text, is_change)))
        else:
            waiting = (cue, speaker)
    return kept


def _parts(cue: Cue, tally: NameTally, named_of: Mapping[str, Named | None]) -> list[_Part]:
    """Split a cue by voice; a part without words is a name that stands alone."""
    parts: list[tuple[str | None, list[str], bool]] = []
    voice_before: str | None = None
    for line in cue.lines:
        named = named_of[line.text] if line.voice is None else None
        if named is not None and named.name in tally:
            parts.append((tally.spelling(named.name), [named.text] if named.text else [], line.is_change))
        elif not parts or line.is_change or line.voice != voice_before:
            parts.append((line.voice, [line.text], line.is_change))
        else:
            parts[-1][1].append(line.text)
        voice_before = line.voice
    return [(speaker, " ".join(texts), change) for speaker, texts, change in parts]


def _carry_names(parts: Sequence[_Part]) -> list[str | None]:
    """Say whom the nameless parts belong to, if names stand only at changes of speaker; None each where they do not.

    A dash or chevrons without a name say that it is somebody else, and not who: nobody is carried over them.
    """
    speakers = [speaker for speaker, text, _ in parts if speaker is not None or not is_sound_line(text)]
    named = [speaker for speaker in speakers if speaker is not None]
    nothing: list[str | None] = [None] * len(parts)
    nameless = len(speakers) - len(named)
    if len(named) < 3 or nameless < 0.15 * len(speakers) or len(set(named)) < 2:
        return nothing
    if any(a == b for a, b in pairwise(named)):
        return nothing
    carried, last = nothing, None
    for index, (speaker, text, is_change) in enumerate(parts):
        if speaker is not None:
            last = speaker
        elif is_change:
            last = None
        elif not is_sound_line(text):
            carried[index] = last
    return carried


_REPEATS = 4


def note_repeats(assembly: Assembly) -> None:
    """Note runs of the same words by the same speaker: recognisers make them up where nobody speaks."""
    run = 1
    messages = assembly.messages
    for index in range(1, len(messages) + 1):
        is_same = (
            index < len(messages)
            and messages[index].text == messages[index - 1].text != ""
            and messages[index].speaker == messages[index - 1].speaker
        )
        if is_same:
            run += 1
            continue
        if run >= _REPEATS:
            first = messages[index - run]
            assembly.problem(
                "repeated words",
                f"The same words stand {run:,} times in a row; a speech recogniser may have made them up.",
                line=first.line,
                remark=True,
            )
        run = 1
