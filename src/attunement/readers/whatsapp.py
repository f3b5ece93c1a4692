"""WhatsApp exports: `_chat.txt` of an iPhone, "WhatsApp Chat with ….txt" of Android, alone or in their zip archive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from attunement.core.counted import counted
from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.errors import InputError
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.dates import ORDER_WORDS, DateOrder
from attunement.readers.inputs import Input, Sample
from attunement.readers.names import looks_like_name
from attunement.readers.talk import are_of_a_log, why_no_talk
from attunement.readers.whatsapp_forms import Orders, settle_orders
from attunement.readers.whatsapp_header import BARE, Scan, layout_of, scan_blocks
from attunement.readers.whatsapp_heads import Kept, Stamps, are_names, choose_layouts, read_stamps, time_heads
from attunement.readers.whatsapp_lines import Lines, make_lines
from attunement.readers.whatsapp_names import split_names
from attunement.readers.whatsapp_old import scan_old
from attunement.readers.whatsapp_parts import Repeated, drop_repeated, name_of

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
        scan = _find_scan(lambda: [text], sample.name)[0]
        stamps = read_stamps(scan, is_region_known=True)
        orders = settle_orders(scan, stamps, None, is_region_known=True)
        order = (*orders.inference.orders, None)[0] if orders.order is None else orders.each or orders.order
        if order is None:
            return 0.0
        is_bare = scan.layouts == (BARE,)
        scan, seconds, _ = time_heads(scan, stamps, order, is_given=True)
        heads = [number for number, at in enumerate(seconds) if at is not None]
        if not heads or scan.lines[heads[0]] > _SNIFFED_LINES or len(heads) * _LINES_A_HEAD < text.count("\n"):
            return 0.0
        if are_of_a_log(scan.rests, levels=2):
            return 0.0
        return _sureness_of_bare(scan) if is_bare else _sureness(scan, heads[0])

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:
        """Read one chat: one record. Raises `InputError` where no line is the head of a message."""
        encoding = source.find_encoding()
        problems = [encoding_problem(source, encoding.name)] if encoding.assumed else []
        scan, found, has_epoch = _find_scan(lambda: source.blocks(encoding), source.name)
        problems += found
        is_region_known = not any("bracketed" in layout_of(head) for head in set(scan.heads))
        stamps = read_stamps(scan, is_region_known=is_region_known)
        orders = settle_orders(scan, stamps, options.date_order, is_region_known=is_region_known)
        if not orders.inference.orders:
            raise InputError(
                f"{source.name} has no line that begins like a message of WhatsApp.",
                hint="Expected a chat exported with 'Export chat'; is it the right file?",
            )
        if orders.order is None:
            where = Source(source.name, orders.line)
            if (line := orders.inference.mixed_at(scan.dates)) is not None:
                raise _two_orders(source, scan.lines[line])
            problems += _preamble_problems(scan, source)
            of = f"the part that begins on line {orders.line:,}" if orders.is_part else "this file"
            question = orders.inference.question(where, of=of)
            return [
                Record(
                    _record_id(source), medium="chat", format=self.name, problems=tuple(problems), questions=(question,)
                )
            ]
        scan, seconds, kept = time_heads(
            scan, stamps, orders.each or orders.order, is_given=options.date_order is not None
        )
        problems += _preamble_problems(scan, source)
        problems += _time_problems(scan, seconds, stamps, source)
        scan, seconds, repeated = drop_repeated(scan, seconds)
        changes = orders.changes(scan.lines)
        problems += _part_problems(changes, kept, repeated, source)
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
                meta=_meta(orders, changes, options, lines, has_month_names=bool(scan.written)),
            )
        ]


def _find_scan(blocks: Callable[[], Iterable[str]], name: str) -> tuple[Scan, list[Problem], bool]:
    """Find everything that looks like a head, in the layouts that this file has; the rest is as `scan_old` gives it."""
    scan = scan_blocks(blocks())
    layouts = choose_layouts(scan.counts)
    if layouts and (tuple(layouts) != scan.layouts or scan.counts[layouts[0]] != len(scan.rests)):
        scan = scan_blocks(blocks(), layouts)
    if layouts and not are_names(scan):
        return scan, [], True
    if not layouts:
        scan, problems, has_epoch = scan_old(blocks, name)
        if scan.rests:
            return scan, problems, has_epoch
    return scan_blocks(blocks(), (BARE,)), [], True


def _sureness_of_bare(scan: Scan) -> float:
    """Say how sure it is of "13.03.2024 21:05 Ana: ...", which people write, and machines of other things than talk."""
    if scan.dates[0][:4].isdecimal():
        return 0.0  # the reader of transcripts reads these
    turns = [(name, rest[len(name) + 2 :]) for rest in scan.rests if looks_like_name(name := name_of(rest))]
    names = {name for name, _ in turns}
    if 4 * len(turns) < 3 * len(scan.rests) or not 2 <= len(names) <= max(12, len(turns) // 2 + 1):
        return 0.0
    # Above what the reader of transcripts is ever sure of: it takes the words of the clock for part of the name.
    return 0.5 if why_no_talk(turns, scan.rests, True) is None else 0.0


def _sureness(scan: Scan, first: int) -> float:
    before, end, _ = scan.heads[first]
    if "[" in before and _have_names_above(scan.rests[first : first + _SNIFFED_HEADS]):
        return 0.2  # "[31.01.2024 14:03] Ana" above the words is what one copies out of Teams, or Discord's tool writes
    if "[" in before:
        # "[2024-10-12, 14:03] Ana:" without seconds is also how others write; an iPhone writes seconds.
        is_iso = scan.dates[first][:4].isdecimal() and "-" in scan.dates[first]
        return 0.7 if is_iso and scan.clocks[first].count(":") < 2 else 0.95
    if end.strip()[:1] in ("-", "–", "—"):
        return 0.95
    # "12.10.24, 21:58:01: Ana: ..." of old iPhones; the first lines may be WhatsApp's own and have no name.
    rests = scan.rests[first : first + _SNIFFED_HEADS]
    named = sum(bool(name_of(rest)) for rest in rests)
    return 0.9 if 2 * named >= len(rests) else 0.3 if named else 0.0


def _have_names_above(rests: Sequence[str]) -> bool:
    """Whether all are a name and words below it: written as names are, or a few that come again."""
    above = [rest.partition("\n")[0].strip() for rest in rests]
    if any(name_of(rest) or not rest.partition("\n")[2].strip() for rest in rests):
        return False
    return all(map(looks_like_name, above)) or (2 * len(set(above)) <= len(above) and max(map(len, above)) <= 40)


def _record_id(source: Input) -> str:
    is_nameless = source.stem.strip("_").lower() in ("chat", "")
    return (PurePosixPath(source.archive).stem or source.stem) if is_nameless else source.stem


def _meta(
    orders: Orders,
    changes: Sequence[tuple[int, DateOrder]],
    options: ReadOptions,
    lines: Lines,
    *,
    has_month_names: bool,
) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    if not has_month_names:
        meta["date_order"] = orders.order
        meta["date_order_because"] = "asked" if options.date_order is not None else orders.inference.because
    if changes:
        meta["date_orders"] = [{"line": line, "date_order": order} for line, order in changes]
    if lines.language is not None:
        meta["language"] = lines.language
    return meta


def _two_orders(source: Input, line: int) -> InputError:
    return InputError(
        f"{source.name} has dates of two orders of day, month and year in one form: from line {line:,} on they fit "
        "another order than before.",
        hint="Are these parts of two phones? Put each into a file of its own; --date-order reads one of them.",
    )


def _part_problems(
    changes: Sequence[tuple[int, DateOrder]], kept: Kept | None, repeated: Sequence[Repeated], source: Input
) -> list[Problem]:
    problems = [
        Problem(
            "date order changes",
            f"From here on dates are read as {ORDER_WORDS[order]}; before, otherwise.",
            Source(source.name, line),
            remark=True,
        )
        for line, order in changes[1:]
    ]
    if kept is not None:
        lines = (
            "1 line that begins like a message was"
            if kept.count == 1
            else (f"{kept.count:,} lines that begin like messages were")
        )
        message = f"{lines} kept as words of the message before, this the first: of another form or date than the rest."
        problems.append(Problem("kept as words", message, Source(source.name, kept.line), remark=True))
    for stretch in repeated:
        message = counted(stretch.count, "message from here on was", "messages from here on were")
        message += " read before and left out: the parts overlap."
        problems.append(Problem("repeated messages", message, Source(source.name, stretch.line), remark=True))
    return problems


def _preamble_problems(scan: Scan, source: Input) -> list[Problem]:
    problems = [
        Problem("unreadable line", "The line stands before the first message.", Source(source.name, line))
        for line in scan.preamble
    ]
    more = scan.preamble_count - len(scan.preamble)
    if more:
        message = counted(more, "further line stands", "further lines stand") + " before the first message."
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
