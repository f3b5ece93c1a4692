"""The order of day, month and year of each part of a WhatsApp export, where parts of several phones are in one file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import inf

from attunement.readers.dates import DateOrder, OrderInference, read_date, shape_of
from attunement.readers.whatsapp_header import Scan, layout_of, read_clock
from attunement.readers.whatsapp_heads import EARLIEST_YEAR, Stamps, infer_heads
from attunement.readers.whatsapp_parts import FEWEST_OF_A_PART, LONGEST_PASTE, name_of

__all__ = ["Orders", "settle_orders"]

_MOST_RUNS = 8
"""Forms that change more often are one phone's: what it writes differently from line to line is no form."""
_OWN_SHARE = 0.2
_NEAR_DAYS = 7


@dataclass(frozen=True, slots=True)
class Orders:
    """In which order the dates of a file are written.

    Attributes
    ----------
    inference : OrderInference
        Of the heads that `line` is one of: those that are open, or the most frequent form.
    line : int
        The first head of them.
    order : {"dmy", "mdy", "ymd"} or None
        Of the most frequent form; None where any form is open.
    each : tuple of {"dmy", "mdy", "ymd"}
        Of each head, where not all are alike; else empty.
    starts : tuple
        Line and order of the first head of each part, where not all are alike.
    is_part : bool
        Whether `inference` is of a part only, and the order of another part is settled.
    """

    inference: OrderInference
    line: int
    order: DateOrder | None
    each: tuple[DateOrder, ...] = ()
    starts: tuple[tuple[int, DateOrder], ...] = ()
    is_part: bool = False

    def changes(self, lines: Sequence[int]) -> list[tuple[int, DateOrder]]:
        """Return where the order changes, and to which, the beginning first; empty where it never does.

        Parameters
        ----------
        lines : sequence of int
            The lines that turned out to be heads.
        """
        left = set(lines) if self.starts else set[int]()
        starts = [start for start in self.starts if start[0] in left]
        changes = [*starts[:1], *(later for earlier, later in pairwise(starts) if later[1] != earlier[1])]
        return changes if len(changes) > 1 else []


@dataclass(slots=True)
class _Form:
    """Heads written alike: their numbers, what their dates tell, and what was settled."""

    shape: tuple[object, ...]
    numbers: list[int]
    inference: OrderInference
    is_own: bool
    order: DateOrder | None = None


def settle_orders(scan: Scan, stamps: Stamps, given: DateOrder | None, *, is_region_known: bool) -> Orders:
    """Settle the order of each form of head.

    By its own dates, then by how dates of its shape are written elsewhere in the file, then by where it stands in time
    between the others.

    A phone writes every head of an export in one form: with brackets or a dash, with a year of two digits or four,
    with halves of the day or without. Two forms are two phones, and each may write its dates in its own order.

    Parameters
    ----------
    scan : Scan
        Everything that looks like a head.
    stamps : Stamps
        What they say about time.
    given : {"dmy", "mdy", "ymd"} or None
        The user's answer: it holds for the forms that are open; where none is, for all that can be read with it.
    is_region_known : bool
        As `infer_heads` takes it.
    """
    alone = Orders(stamps.inference, scan.lines[0] if scan.lines else 1, given or stamps.inference.order)
    forms = _split(scan, stamps, is_region_known=is_region_known)
    if not forms:
        return alone
    for form in forms:
        form.order = form.inference.order
    if given is None or any(form.order is None for form in forms):
        _settle_by_shape(scan, forms)
        _settle_quotations(scan, forms)
        _settle_by_place(scan, forms)
    is_open = [form for form in forms if form.order is None]
    for form in is_open if is_open else forms:
        if given is not None and (is_open or given in form.inference.orders or _reads(scan, form, given)):
            form.order = given
    main = forms[0]
    for form in forms:
        if form.order is None:
            is_part = any(other.order is not None for other in forms)
            return Orders(form.inference, scan.lines[form.numbers[0]], None, is_part=is_part)
    if len({form.order for form in forms}) < 2:
        return Orders(main.inference, scan.lines[main.numbers[0]], main.order)
    each: list[DateOrder] = [main.order or "dmy"] * len(scan.lines)
    for form in forms:
        for number in form.numbers:
            each[number] = form.order or "dmy"
    starts: list[tuple[int, DateOrder]] = [
        (scan.lines[run[0]], each[run[0]]) for run in _runs(forms, len(each)) if len(run) >= FEWEST_OF_A_PART
    ]
    return Orders(main.inference, scan.lines[main.numbers[0]], main.order, tuple(each), tuple(starts))


def _split(scan: Scan, stamps: Stamps, *, is_region_known: bool) -> list[_Form]:
    """Group the heads by form, the most frequent one first; those of a form that hardly comes are left out."""
    shapes = {text: shape_of(text) for text in dict.fromkeys(scan.dates)}
    halves = {text: read_clock(text) for text in dict.fromkeys(scan.clocks)}
    has_half = {text: clock is not None and clock.is_twelve_hour for text, clock in halves.items()}
    layouts = {head: layout_of(head) for head in set(scan.heads)}
    is_uniform = len({shape for shape in shapes.values() if shape}) < 2 and len(set(has_half.values())) < 2
    if is_uniform and len(set(layouts.values())) < 2:
        return []
    # One form with a line or two of others that leave its order open: those are words, or too few to say.
    least = 1 if stamps.inference.order is None else 2
    for use_halves in (True, False):
        groups: dict[tuple[object, ...], list[int]] = {}
        columns = zip(scan.dates, scan.clocks, scan.heads, strict=True)
        for number, (date, clock, head) in enumerate(columns):
            if shapes[date] is not None and clock in stamps.clock_seconds:
                key = (layouts[head], shapes[date], use_halves and has_half[clock])
                groups.setdefault(key, []).append(number)
        groups = {key: numbers for key, numbers in groups.items() if len(numbers) >= FEWEST_OF_A_PART}
        total = sum(map(len, groups.values()))
        forms = [
            _Form(
                key[1:],
                numbers,
                OrderInference(()),
                key[0] == layouts[scan.heads[max(groups.values(), key=len)[0]]] or len(numbers) >= _OWN_SHARE * total,
            )
            for key, numbers in sorted(groups.items(), key=lambda item: -len(item[1]))
        ]
        runs = [run for run in _runs(forms, len(scan.lines)) if len(run) >= FEWEST_OF_A_PART]
        if not use_halves and len(runs) > _MOST_RUNS:
            # Some lines of another chat in many a message: what most lines are written like tells alone.
            forms = [form for form in forms if len(form.numbers) >= _OWN_SHARE * total]
            runs = [run for run in _runs(forms, len(scan.lines)) if len(run) >= FEWEST_OF_A_PART]
            least = 1
        if least <= len(forms) <= _MOST_RUNS and len(runs) <= _MOST_RUNS:
            in_runs = {number for run in runs for number in run}
            forms = [form for form in forms if form is forms[0] or _may_be_part(scan, form, in_runs)]
            for form in forms:
                is_known = is_region_known and "bracketed" not in layouts[scan.heads[form.numbers[0]]]
                form.inference = infer_heads(scan, form.numbers, is_region_known=is_known)
            return [form for form in forms if form.inference.orders]
    return []


def _may_be_part(scan: Scan, form: _Form, in_runs: set[int]) -> bool:
    """Whether heads stand together and name who speaks; "12/3/24 at 10:30 - dentist" stands in somebody's words."""
    named = sum(bool(name_of(scan.rests[number])) for number in form.numbers)
    return 2 * named >= len(form.numbers) and not in_runs.isdisjoint(form.numbers)


def _runs(forms: Sequence[_Form], count: int) -> list[list[int]]:
    """Return the stretches of heads of one form; what belongs to none does not end a stretch."""
    form_of: list[int | None] = [None] * count
    for which, form in enumerate(forms):
        for number in form.numbers:
            form_of[number] = which
    known = [number for number in range(count) if form_of[number] is not None]
    return [list(run) for _, run in groupby(known, key=lambda number: form_of[number])]


def _settle_by_shape(scan: Scan, forms: Sequence[_Form]) -> None:
    """Take over the order of a form that differs in brackets or dash alone, where its dates tell one at all.

    Not where the dates fit between their neighbours in another order: then that one holds, or, where they fit in both,
    it is left open. An American iPhone writes dates like a British Android phone, but for what stands in front.
    """
    for form in forms:
        if form.order is None:
            found: set[DateOrder | None] = {
                other.order
                for other in forms
                if other.shape == form.shape
                and other.inference.order is not None
                and other.inference.because != "all readings agree"
            }
            fitting = [order for order in form.inference.orders if _fits(scan, form, order, forms)]
            if found.isdisjoint(fitting) and fitting:
                continue
            for order in form.inference.orders:
                if len(found) == 1 and order in found and len(fitting) < 2:
                    form.order = order


def _settle_quotations(scan: Scan, forms: Sequence[_Form]) -> None:
    """Settle some lines of another layout, which may be a part or quoted.

    Where in one order alone they begin within days of what stands before, that is the order, and they are a part. Else
    the order is one in which they are older than what they stand behind, if there is any: then they may be quoted.
    """
    for form in forms:
        if form.order is None and not form.is_own and len(form.numbers) <= LONGEST_PASTE:
            nearest: dict[DateOrder, float] = {
                order: _days_behind(scan, form, order, forms) for order in form.inference.orders
            }
            near: list[DateOrder] = [order for order, days in nearest.items() if 0 <= days <= _NEAR_DAYS]
            older: list[DateOrder] = [order for order, days in nearest.items() if days < 0]
            if len(near) == 1:
                form.order = near[0]
            elif older:
                form.order = older[0]


def _days_behind(scan: Scan, form: _Form, order: DateOrder, forms: Sequence[_Form]) -> float:
    """Return how many days after what stands before them the dates begin: the fewest of all stretches."""
    stretches = _stretches(scan, form, order, forms)
    return min((min(days) - before for before, days, _ in stretches if before is not None), default=inf)


def _settle_by_place(scan: Scan, forms: Sequence[_Form]) -> None:
    """Take the only order in which a form's dates lie between those of its neighbours."""
    for form in forms:
        if form.order is None:
            fitting: list[DateOrder] = [order for order in form.inference.orders if _fits(scan, form, order, forms)]
            if len(fitting) == 1:
                form.order = fitting[0]


def _day(scan: Scan, number: int, order: DateOrder | None) -> int | None:
    day = None if order is None else read_date(scan.dates[number], order, earliest_year=EARLIEST_YEAR)
    return None if day is None else day.toordinal()


def _fits(scan: Scan, form: _Form, order: DateOrder, forms: Sequence[_Form]) -> bool:
    has_neighbour = False
    for before, days, after in _stretches(scan, form, order, forms):
        has_neighbour = has_neighbour or before is not None or after is not None
        if (before is not None and min(days) < before - 1) or (after is not None and max(days) > after + 1):
            return False
    return has_neighbour


def _stretches(
    scan: Scan, form: _Form, order: DateOrder, forms: Sequence[_Form]
) -> list[tuple[int | None, list[int], int | None]]:
    """Return the days of each stretch of a form, with the day before and after it."""
    order_of: dict[int, DateOrder | None] = {number: other.order for other in forms for number in other.numbers}
    mine = set(form.numbers)
    runs = _runs(forms, len(scan.lines))
    found: list[tuple[int | None, list[int], int | None]] = []
    for at, run in enumerate(runs):
        if run[0] not in mine or len(run) < FEWEST_OF_A_PART:
            continue
        days = [day for number in run if (day := _day(scan, number, order)) is not None]
        before = None if not at else _day(scan, runs[at - 1][-1], order_of[runs[at - 1][-1]])
        after = None if at + 1 == len(runs) else _day(scan, runs[at + 1][0], order_of[runs[at + 1][0]])
        if days:
            found.append((before, days, after))
    return found


def _reads(scan: Scan, form: _Form, order: DateOrder) -> bool:
    return all(_day(scan, number, order) is not None for number in form.numbers)
