"""The lines that may begin a message of a plain transcript: times and names in their usual places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from attunement.readers.assemble import INVISIBLE, clean_name
from attunement.readers.clock import CLOCK
from attunement.readers.names import Named, NameTally, looks_like_name, split_name
from attunement.readers.transcript_notices import is_notice
from attunement.readers.zoom_chat import split_zoom

__all__ = ["Start", "find_starts", "has_local_date", "is_kept", "said_at", "tally_names"]

_AROUND = " \t\xa0\u202f" + INVISIBLE
_DATE = r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))"
_HALF = r"\s?(?:[ap]\.?m|[AP]\.?M)\.?(?!\w)"


def _forms(half: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Give a time before the name, behind it, and behind its colon; `half` says what am and pm look like."""
    stamp = rf"(?:{_DATE}[T ,]{{1,2}})?{CLOCK}{half}"
    # YouTube's .sbv has a comma between the two: "0:00:01.000,0:00:03.000".
    times = (
        rf"(?P<start>{stamp})(?:\s*(?:-{{1,2}}>|[-–—]|to|(?<=\.\d{{3}}),(?=\d{{1,3}}:\d\d:\d\d\.\d{{3}}))\s*"
        rf"(?P<end>{stamp}))?"
    )
    first = (
        rf"(?P<stars>[\s*#]*)[\[(<]?\s*{times}(?![\w:])\s*(?:[\])>]\s*(?::(?!\S))?)?\s*"
        r"(?:[-–—|]\s+)?(?P<rest>.*)"
    )
    last = (
        rf"(?P<name>[^\n:]{{1,62}}?)(?:\s*[-–—|,]\s*|\s+|\s*(?=[\[(]))[\[(]?\s*{times}\s*[\])]?\s*"
        r"(?P<colon>:?)\s*(?P<rest>.*)"
    )
    behind = rf"\[\s*{times}\s*\]\s*(?P<rest>.*)"
    return re.compile(first, re.ASCII | re.DOTALL), re.compile(last, re.DOTALL), re.compile(behind, re.DOTALL)


# "1:15 Am I late?", "9:00 PM Sanchez spoke": where most times have no half of the day, no time has one.
_WITH_HALVES, _WITHOUT = _forms(f"(?:{_HALF})?"), _forms("")
_HAS_HALF = re.compile(_HALF)


@dataclass(slots=True)
class Start:
    """A line that may begin a message: its number, time, candidate for a name (and its line), and the words behind.

    Of Zoom's chat it also says who alone the message is for; `is_unclear` where what stands beside the time turned out
    to be no name, and `line` what there is to keep then.
    """

    number: int
    start: str | None
    end: str | None
    named: Named | None
    text: str
    is_settled: bool = False
    name_line: int = 0
    is_unclear: bool = False
    line: str = ""
    is_zoom: bool = False
    only_to: str | None = None


def find_starts(lines: Sequence[str]) -> dict[int, Start]:
    """Find the lines that may begin a message, by their numbers."""
    starts = {number: start for number, line in enumerate(lines, 1) if (start := _scan(line, number)) is not None}
    timed = [start for start in starts.values() if start.start is not None]
    halves = [start for start in timed if _HAS_HALF.search(f"{start.start} {start.end or ''}")]
    if halves and 2 * len(halves) < len(timed):
        for number in [start.number for start in halves]:
            found = _scan(lines[number - 1], number, _WITHOUT)
            assert found is not None, "without the half of the day there still is a time"
            starts[number] = found
    _settle_names_above(lines, starts)
    _settle_bare_names(lines, starts)
    _settle_dated_heads([start for start in starts.values() if start.is_settled and _DATED.match(start.start or "")])
    return starts


def said_at(start: Start, lines: Sequence[str], starts: dict[int, Start]) -> str:
    """Give the words of a turn: where its line has a time, those on the lines below belong to it."""
    text = "" if start.named is None else start.named.text
    if start.start is None:
        return text
    below: list[str] = []
    for number in range(max(start.number, start.name_line) + 1, min(len(lines), start.number + 8) + 1):
        if number in starts:
            break
        below.append(lines[number - 1].strip())
    return " ".join([text, *below]).strip()


_Forms = tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]


def _scan(line: str, number: int, forms: _Forms = _WITH_HALVES) -> Start | None:
    """Find a time or a candidate for a name at the start of a line."""
    first, last, behind = forms
    line = line.strip(_AROUND)
    head = line[:200]
    if not line or is_notice(line):
        return None
    if (head[0] in "[(<*#" or head[0].isdigit()) and (match := first.match(line)):
        rest = match["rest"].strip()
        if (stars := match["stars"].strip()) and f":{stars}" in rest[:70]:
            rest = stars + rest  # "**[00:21] Ana:** hello"
        if zoom := split_zoom(rest):
            named = Named(zoom.name, zoom.text, is_marked=True)
            return Start(number, match["start"], match["end"], named, zoom.text, is_zoom=True, only_to=zoom.only_to)
        named = split_name(rest)
        return Start(number, match["start"], match["end"], named, rest if named is None else named.text)
    if ":" in head and (match := last.match(line)) and (start := _name_before(line, number, match)) is not None:
        return start
    named = split_name(line)
    if named is not None and named.text[:1] == "[" and (match := behind.fullmatch(named.text)):
        named = named._replace(text=match["rest"])
        return Start(number, match["start"], match["end"], named, named.text, is_settled=not named.text)
    return None if named is None else Start(number, None, None, named, named.text)


_ZONE = re.compile(r"\s*[^\[\]()\n]{1,20}[\])]\s*(?P<colon>:?)\s*(?P<rest>.*)", re.DOTALL)


def _name_before(line: str, number: int, match: re.Match[str]) -> Start | None:
    """Read a line with a time behind its name, unless the time is somewhere in a sentence."""
    rest, colon = match["rest"].strip(), match["colon"]
    behind = line[match.end("end" if match["end"] else "start") :].lstrip()
    is_bracketed = line[: match.start("start")].rstrip()[-1:] in ("[", "(")
    if is_bracketed and not behind.startswith(("]", ")")):
        # The zone may stand in the brackets; "Weekly (2024-03-13 14:12 GMT+1) - Transcript" is a meeting's title.
        zone = _ZONE.match(behind)
        if zone is None or (zone["rest"] and not zone["colon"]):
            return None
        rest, colon = zone["rest"].strip(), zone["colon"]
    name = clean_name(match["name"]).lstrip("#").strip("*_[]() ")
    named = split_name(f"{name}: {rest}") if name else None
    if named is None or "," in name or not (colon or not rest or is_bracketed):
        return None
    return Start(number, match["start"], match["end"], named, rest, is_settled=not rest, line=line)


def _settle_bare_names(lines: Sequence[str], starts: dict[int, Start]) -> None:
    """Take words behind a time, or on the line under it, as a name where they come again and words stand below."""

    def is_plain(number: int) -> bool:
        return number <= len(lines) and bool(lines[number - 1].strip()) and number not in starts

    bare: dict[str, list[tuple[Start, int]]] = {}
    for number, start in starts.items():
        at = number if start.text else number + 1
        text = start.text or (lines[at - 1].strip() if is_plain(at) else "")
        if start.start is None or start.named is not None or not 0 < len(text) <= 60:
            continue
        if is_plain(at + 1) and len(text.split()) <= 5 and text[-1] not in ".?!,;…":
            bare.setdefault(text.casefold(), []).append((start, at))
    timed = sum(start.start is not None and start.named is None for start in starts.values())
    below = sum(len(found) for found in bare.values() if len(found) > 1 and found[0][1] != found[0][0].number)
    for found in bare.values():
        start, at = found[0]
        if len(found) == 1 and not _may_stand_once(start, lines[at - 1].strip(), below / timed):
            continue
        for start, at in found:
            is_sure = len(found) > 1 or (at != start.number and below >= _FIXED_FORM * timed)
            start.named = Named(clean_name(start.text or lines[at - 1]), "", is_marked=is_sure)
            start.text, start.is_settled, start.name_line = "", True, at


_DATED = re.compile(_DATE, re.ASCII)
_LONGEST_NICK = 3


def has_local_date(start: Start) -> bool:
    """Whether the time has a date that does not begin with its year, as in chats and lists ("13.03.2024 21:05")."""
    return _DATED.match(start.start or "") is not None and not (start.start or "")[:4].isdecimal()


def _settle_dated_heads(heads: Sequence[Start]) -> None:
    """Take names that stand once where most lines of a name, a date and a time have names that come again."""
    counts = Counter(NameTally.key(head.named.name) for head in heads if head.named is not None)
    if 2 * sum(count for count in counts.values() if count > 1) <= len(heads):
        return
    for head in heads:
        if head.named is not None and len(head.named.name.split()) <= _LONGEST_NICK:
            head.named = head.named._replace(is_marked=True)


_FIXED_FORM = 0.75


def _may_stand_once(start: Start, text: str, share_below: float) -> bool:
    """Whether bare words that come once are a name: behind the time where they are written as names are.

    On the line under the time (Teams) what stands there must be a name in the rest of the file: in most of its turns,
    or, where it is not written as names are ("Lund, Cleo"), in nearly all.
    """
    if start.text:
        return looks_like_name(start.text)
    return share_below >= _FIXED_FORM or (share_below > 0.5 and looks_like_name(text))


def _settle_names_above(lines: Sequence[str], starts: dict[int, Start]) -> None:
    """Take the line above a bare time as a name where the same few stand above nearly all of them."""
    bare = [start for start in starts.values() if start.start is not None and not start.text and start.named is None]
    above: dict[str, list[Start]] = {}
    for start in bare:
        text = lines[start.number - 2].strip() if start.number > 1 else ""
        is_name = 0 < len(text) <= 60 and start.number - 1 not in starts and looks_like_name(text)
        if is_name and start.number < len(lines) and lines[start.number].strip():
            above.setdefault(text.casefold(), []).append(start)
    again = [found for found in above.values() if len(found) > 1]
    if len(bare) < 4 or sum(map(len, again)) < 0.8 * len(bare) or len(again) * 2 > len(bare):
        return
    for start in (start for found in above.values() for start in found):
        start.named = Named(clean_name(lines[start.number - 2]), "", is_marked=True)
        start.is_settled, start.name_line = True, start.number - 1


def tally_names(starts: Iterable[Start], lines: int) -> NameTally:
    """Weigh the candidates of all starts: a line that holds nothing but a name settles it."""
    named = _of_one_layout([start for start in starts if start.named is not None])
    candidates = [
        start.named._replace(
            is_marked=start.named.is_marked or (start.is_settled and looks_like_name(start.named.name))
        )
        for start in named
        if start.named is not None
    ]
    return NameTally(candidates, lines=lines)


def _of_one_layout(named: list[Start]) -> list[Start]:
    """Where names come with times, leave out starts without one whose name never has one: they are words."""
    timed = [start for start in named if start.start is not None and start.named is not None]
    known = {NameTally.key(start.named.name) for start in timed if start.named is not None}
    strange = [
        start
        for start in named
        if start.start is None and start.named is not None and NameTally.key(start.named.name) not in known
    ]
    if len(timed) < 2 or len(strange) >= len(timed):
        return named
    out = {id(start) for start in strange}
    return [start for start in named if id(start) not in out]


def is_kept(start: Start, tally: NameTally) -> bool:
    """Whether the line begins a message: it opens with a name that holds, or with a time."""
    if start.named is not None and start.named.name in tally:
        return True
    if start.named is not None and start.start is not None:
        if not start.is_settled:
            start.text = f"{start.named.name}: {start.named.text}"
        elif start.name_line in (0, start.number):
            start.text, start.is_unclear = start.line or start.named.name, True
        start.named, start.name_line = None, 0
    return start.start is not None
