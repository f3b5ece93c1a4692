"""WhatsApp exports: `_chat.txt` of an iPhone, "WhatsApp Chat with ….txt" of Android, alone or in their zip archive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.errors import InputError
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.dates import DateOrder
from attunement.readers.inputs import Input, Sample
from attunement.readers.talk import are_of_a_log
from attunement.readers.whatsapp_header import Scan, count_layouts, scan_blocks
from attunement.readers.whatsapp_heads import Stamps, choose_layouts, read_stamps, time_heads
from attunement.readers.whatsapp_lines import Lines, make_lines
from attunement.readers.whatsapp_names import split_names
from attunement.readers.whatsapp_old import scan_old

__all__ = ["WhatsAppReader"]

_SNIFFED_LINES = 20
_SNIFFED_HEADS = 50
_LINES_A_HEAD = 200


class WhatsAppReader:
    """Reads what "Export chat" gives on Android and iPhone, in any language and region."""

    name = "whatsapp"
    title = "WhatsApp"
    endings = (".txt", ".zip")
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Say how sure it is: lines begin with a date and a time, from the first lines on."""
        text = sample.text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff\n")
        counts = count_layouts(text)
        layouts = choose_layouts(counts)
        scan = scan_blocks([text], layouts[:1]) if layouts else scan_old(lambda: [text], sample.name)[0]
        stamps = read_stamps(scan, is_region_known=True)
        order = (*stamps.inference.orders, None)[0]
        if order is None:
            return 0.0
        scan, seconds = time_heads(scan, stamps, order, is_given=True)
        heads = [number for number, at in enumerate(seconds) if at is not None]
        if not heads or scan.lines[heads[0]] > _SNIFFED_LINES or len(heads) * _LINES_A_HEAD < text.count("\n"):
            return 0.0
        if are_of_a_log(scan.rests, levels=2):
            return 0.0
        return _sureness(scan, heads[0])

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:
        """Read one chat: one record. Raises `InputError` where no line is the head of a message."""
        encoding = source.find_encoding()
        problems = [encoding_problem(source, encoding.name)] if encoding.assumed else []
        scan = scan_blocks(source.blocks(encoding))
        layouts = choose_layouts(scan.counts)
        if layouts and (tuple(layouts) != scan.layouts or scan.counts[layouts[0]] != len(scan.rests)):
            scan = scan_blocks(source.blocks(encoding), layouts)
        has_epoch = True
        if not layouts:
            scan, found, has_epoch = scan_old(lambda: source.blocks(encoding), source.name)
            problems += found
        stamps = read_stamps(scan, is_region_known=not any("bracketed" in layout for layout in layouts))
        if not stamps.inference.orders:
            raise InputError(
                f"{source.name} has no line that begins like a message of WhatsApp.",
                hint="Expected a chat exported with 'Export chat'; is it the right file?",
            )
        order = options.date_order or stamps.inference.order
        if order is None:
            question = stamps.inference.question(Source(source.name, scan.lines[0]))
            problems += _preamble_problems(scan, source)
            return [
                Record(
                    _record_id(source), medium="chat", format=self.name, problems=tuple(problems), questions=(question,)
                )
            ]
        scan, seconds = time_heads(scan, stamps, order, is_given=options.date_order is not None)
        problems += _preamble_problems(scan, source)
        problems += _time_problems(scan, seconds, stamps, source)
        names = split_names(scan.take_rests())
        base = next((at for at in seconds if at is not None), None)
        lines = make_lines(scan, names, seconds, base or 0.0)
        return [
            Record(
                _record_id(source),
                tuple(lines.messages),
                tuple(lines.speakers),
                medium="chat",
                epoch=datetime.min + timedelta(seconds=base - 86_400) if base is not None and has_epoch else None,
                format=self.name,
                problems=tuple(problems),
                meta=_meta(order, options, stamps, lines, has_month_names=bool(scan.written)),
            )
        ]


def _sureness(scan: Scan, first: int) -> float:
    before, end, _ = scan.heads[first]
    if "[" in before:
        # "[2024-10-12, 14:03] Ana:" without seconds is also how others write; an iPhone writes seconds.
        is_iso = scan.dates[first][:4].isdecimal() and "-" in scan.dates[first]
        return 0.7 if is_iso and scan.clocks[first].count(":") < 2 else 0.95
    if end.strip()[:1] in ("-", "–", "—"):
        return 0.95
    # "12.10.24, 21:58:01: Ana: ..." of old iPhones; the first lines may be WhatsApp's own and have no name.
    rests = scan.rests[first : first + _SNIFFED_HEADS]
    return 0.9 if 2 * sum(": " in rest.partition("\n")[0] for rest in rests) >= len(rests) else 0.3


def _record_id(source: Input) -> str:
    is_nameless = source.stem.strip("_").lower() in ("chat", "")
    return (PurePosixPath(source.archive).stem or source.stem) if is_nameless else source.stem


def _meta(
    order: DateOrder, options: ReadOptions, stamps: Stamps, lines: Lines, *, has_month_names: bool
) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    if not has_month_names:
        meta["date_order"] = order
        meta["date_order_because"] = "asked" if options.date_order is not None else stamps.inference.because
    if lines.language is not None:
        meta["language"] = lines.language
    return meta


def _preamble_problems(scan: Scan, source: Input) -> list[Problem]:
    problems = [
        Problem("unreadable line", "The line stands before the first message.", Source(source.name, line))
        for line in scan.preamble
    ]
    more = scan.preamble_count - len(scan.preamble)
    if more:
        message = f"{more:,} further lines stand before the first message."
        problems.append(Problem("unreadable line", message, Source(source.name, scan.preamble[-1])))
    return problems


def _time_problems(scan: Scan, seconds: Sequence[float | None], stamps: Stamps, source: Input) -> list[Problem]:
    problems: list[Problem] = []
    if None not in seconds:
        return problems
    for number, at in enumerate(seconds):
        if at is not None:
            continue
        if stamps.clock_seconds.get(scan.clocks[number]) is None:
            message = "A word beside the time is not known, so the hour may be before or after noon; it was left out."
        else:
            message = "The date does not fit the given order of day, month and year; it was left out."
        problems.append(Problem("bad time", message, Source(source.name, scan.lines[number])))
    return problems
