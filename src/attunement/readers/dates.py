"""The order of day, month and year, inferred from all dates of a file at once and never from one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

from attunement.core.source import Choice, Question, Source
from attunement.readers.calendars import calendar_of_year, make_date

__all__ = [
    "ORDERS",
    "ORDER_WORDS",
    "DateFields",
    "DateOrder",
    "OrderInference",
    "Sorting",
    "infer_order",
    "read_date",
    "split_date",
]

DateOrder = Literal["dmy", "mdy", "ymd"]
ORDERS: tuple[DateOrder, ...] = ("dmy", "mdy", "ymd")

Sorting = Literal["ascending", "either", "none"]
"""Whether the file runs forward in time, forward or backward, or in no order that can be relied on."""

_POSITIONS: dict[DateOrder, tuple[int, int, int]] = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}

# Marks that stand between the fields and say nothing: direction marks and joiners.
_SILENT = "\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_DROP_SILENT = dict.fromkeys(map(ord, _SILENT))
_NUMERIC = re.compile(
    r"[^\d\w]*([A-Z]|令和|平成|昭和)?(\d{1,4})([^\d\w]{1,3}|[年년]\s?)(\d{1,2})([^\d\w]{1,3}|[月월]\s?)([A-Z])?(\d{1,4})\D*"
)
# Japanese eras: what is added to the year of the era.
_ERAS = {"R": 2018, "令和": 2018, "H": 1988, "平成": 1988, "S": 1925, "昭和": 1925}

# What a language's short dates look like (Unicode CLDR, short patterns of all its regions): the orders in use. Only
# where an order is used by no region of a language, the language rules it out; languages not listed rule out nothing.
_DMY_ONLY = frozenset(
    "ar az be bg bn bs ca cs cy da de el et fi ga gl gu he hi hr hy id is it ka kk km kn ky lo lv mk ml mr ms my nb nl "  # noqa: SIM905
    "nn no pa pl pt ro ru sk sl sq sr sw ta te th tr uk ur uz vi".split()
)
_YMD_ONLY = frozenset(("hu", "ja", "ko", "lt", "mn"))
_LANGUAGE_ORDERS: dict[str, frozenset[DateOrder]] = {
    **dict.fromkeys(_DMY_ONLY, frozenset[DateOrder](("dmy",))),
    **dict.fromkeys(_YMD_ONLY, frozenset[DateOrder](("ymd",))),
    "af": frozenset[DateOrder](("ymd",)),
    "en": frozenset[DateOrder](("dmy", "mdy")),
    "es": frozenset[DateOrder](("dmy", "mdy")),
    "eu": frozenset[DateOrder](("ymd", "dmy")),
    "fa": frozenset[DateOrder](("ymd",)),
    "fil": frozenset[DateOrder](("mdy", "dmy")),
    "fr": frozenset[DateOrder](("dmy", "ymd")),
    "sv": frozenset[DateOrder](("ymd", "dmy")),
    "zh": frozenset[DateOrder](("ymd", "dmy")),
}
# Where a year of two digits may stand first with slashes ("24/10/13").
_SHORT_YEAR_FIRST = frozenset(("eu", "fa", "ja", "ko", "zh"))


class DateFields(NamedTuple):
    """A numeric date as it was written.

    Attributes
    ----------
    numbers : tuple of int
        The three fields from left to right.
    widths : tuple of int
        How many digits each was written with.
    separator : str
        What stands between the first two, as written but without direction marks.
    """

    numbers: tuple[int, int, int]
    widths: tuple[int, int, int]
    separator: str


@dataclass(frozen=True, slots=True)
class OrderInference:
    """Which orders survive, and what ruled out the others.

    Attributes
    ----------
    orders : tuple of {"dmy", "mdy", "ymd"}
        The orders that survive and mean different dates. One: settled. Several: the caller must ask. None: no date of
        the file is a date in any order.
    because : str
        What settled it, or "" where it is not settled: "year position", "field ranges", "all readings agree",
        "time order", "pace", "separator", "padding", "language", "short year".
    first, last : str
        The first and the last date as written, for the question.
    earliest_year : int
        As it was given to `infer_order`.
    """

    orders: tuple[DateOrder, ...]
    because: str = ""
    first: str = ""
    last: str = ""
    earliest_year: int = 1900

    @property
    def order(self) -> DateOrder | None:
        """The order, where exactly one survives."""
        return self.orders[0] if len(self.orders) == 1 else None

    def mixed_at(self, dates: Sequence[str]) -> int | None:
        """Return the index of the first date that no longer fits the orders that all before it fit.

        None where some order reads nearly all dates, or all but one or two, so that the user can say which.
        """
        texts = [text for text in dict.fromkeys(dates) if split_date(text) is not None]
        fits = {
            text: {order for order in ORDERS if read_date(text, order, earliest_year=self.earliest_year)}
            for text in texts
        }
        possible = [text for text in texts if fits[text]]
        bad = min((sum(order not in fits[text] for text in possible) for order in ORDERS), default=0)
        if bad < _FEWEST_MIXED or bad <= _TOLERATED * len(possible):
            return None
        left = set(ORDERS)
        for at, text in enumerate(dates):
            if fits.get(text) and not (left := left & fits[text]):
                return at
        return None

    def question(self, source: Source, *, of: str = "this file") -> Question:
        """Word the question that only the user can answer; its choices show what the dates would mean.

        Parameters
        ----------
        source : Source
            Where the dates stand.
        of : str
            What they are the dates of.
        """
        choices = tuple(Choice(order, self._meaning(order)) for order in self.orders)
        return Question(
            "date_order",
            f"Every date of {of} fits more than one order of day, month and year: which one is meant?",
            choices,
            source,
        )

    def _meaning(self, order: DateOrder) -> str:
        first = read_date(self.first, order, earliest_year=self.earliest_year)
        last = read_date(self.last, order, earliest_year=self.earliest_year)
        if first is None or last is None:
            return ORDER_WORDS[order]
        if first == last:
            return f"{ORDER_WORDS[order]}: all on {_in_words(first)}"
        return f"{ORDER_WORDS[order]}: the first on {_in_words(first)}, the last on {_in_words(last)}"


ORDER_WORDS: dict[DateOrder, str] = {
    "dmy": "day, month, year",
    "mdy": "month, day, year",
    "ymd": "year, month, day",
}
_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905


def _in_words(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


@lru_cache(maxsize=65_536)
def split_date(text: str) -> DateFields | None:
    """Split a numeric date into its fields, in the digits of any script.

    Parameters
    ----------
    text : str
        A date alone ("12/10/24", "2024. 10. 12.", "١٢‏/١٠‏/٢٠٢٤"); words and marks before and after are passed over.

    Returns
    -------
    DateFields or None
        None where it is not three numbers with something between them.

    Examples
    --------
    >>> split_date("12.10.2024")
    DateFields(numbers=(12, 10, 2024), widths=(2, 2, 4), separator='.')
    """
    match = _NUMERIC.fullmatch(text.translate(_DROP_SILENT))
    if match is None:
        return None
    era, first, separator, second, _, last_era, third = match.groups()
    numbers, widths = [int(first), int(second), int(third)], [len(first), len(second), len(third)]
    for at, letter in ((0, era), (2, last_era)):
        if letter is not None:
            if letter not in _ERAS:
                return None
            numbers[at], widths[at] = numbers[at] + _ERAS[letter], 4
    return DateFields((numbers[0], numbers[1], numbers[2]), (widths[0], widths[1], widths[2]), separator)


def shape_of(text: str) -> tuple[bool, bool, str] | None:
    """Tell in what form a date is written: whether it begins or ends with a whole year, and what stands between.

    Parameters
    ----------
    text : str
        As `split_date` takes it; None is returned where that returns None.
    """
    fields = split_date(text)
    return None if fields is None else (fields.widths[0] >= 3, fields.widths[2] >= 3, fields.separator.strip())


@lru_cache(maxsize=65_536)
def read_date(text: str, order: DateOrder, *, earliest_year: int = 1900) -> date | None:
    """Read a numeric date in a given order.

    A year of four digits that stands first is a year in any order. Years of other calendars (Buddhist, Minguo,
    Persian, Islamic) are told by their range.

    Parameters
    ----------
    text : str
        As `split_date` takes it.
    order : {"dmy", "mdy", "ymd"}
        The order of the fields.
    earliest_year : int
        No date is before this year; tells the century and the calendar of two-digit years.

    Returns
    -------
    date or None
        In the Gregorian calendar; None where it is no date in that order.
    """
    fields = split_date(text)
    return None if fields is None else _date_in(fields, order, earliest_year)


def _date_in(fields: DateFields, order: DateOrder, earliest_year: int) -> date | None:
    if fields.widths[0] >= 3:
        order = "ymd"
    elif fields.widths[2] >= 3 and order == "ymd":
        return None
    year_at, month_at, day_at = _POSITIONS[order]
    numbers, widths = fields.numbers, fields.widths
    if widths[year_at] == 1 or widths[day_at] > 2:
        return None
    year, calendar = calendar_of_year(numbers[year_at], widths[year_at], earliest_year)
    day = make_date(year, numbers[month_at], numbers[day_at], calendar)
    return None if day is None or day.year < earliest_year else day


def infer_order(
    dates: Iterable[str],
    *,
    sorting: Sorting = "ascending",
    language: str | None = None,
    is_region_known: bool = True,
    is_twelve_hour: bool = True,
    is_language_looked_for: bool = False,
    use_hints: bool = True,
    earliest_year: int = 1900,
) -> OrderInference:
    """Infer the order of day, month and year from every date of a file.

    Evidence is taken from the hardest to the softest and stops as soon as one reading is left:

    1. *year position*: four digits, or a number that can only be a year, stand where the year stands;
    2. *field ranges*: no month 13, no 30 February;
    3. *all readings agree*: the surviving orders mean the same dates (7/7/2024);
    4. *time order*: one order runs on, another jumps back and forth;
    5. *pace*: one order has the dates on one and the same day of the month in four or more months, or of the year in
       two or more years, where another order has them all within a month;
    6. *separator* and *padding*: month before day is written with slashes only, and ``d/MM`` but never ``M/dd``;
    7. *language*: the orders that the short dates of a language use in any of its regions. Where the region may be
       another than the language's, dates that look American (slashes, short year, nothing padded) stay open.

    Parameters
    ----------
    dates : iterable of str
        Dates alone, in the order of the file; runs of equal ones may be given once. Those that are not numeric dates
        are passed over.
    sorting : {"ascending", "either", "none"}
        Whether the file runs forward in time (a chat), forward or backward (a table), or in no order to rely on.
    language : str, optional
        Primary language subtag ("de"), where something else than the dates tells it.
    is_region_known : bool
        Whether the dates are written as in a region of that language. On an iPhone language and region are set apart.
    is_twelve_hour : bool
        Whether the times have halves of the day; where they have none, Spanish dates are not those of Puerto Rico.
    is_language_looked_for : bool
        Whether `language` is all that the file tells of its language: then a year of two digits stands first with
        slashes only in the languages that write so.
    use_hints : bool
        Whether steps 6 and 7 are taken.
    earliest_year : int
        No date of such a file is before this year.

    Returns
    -------
    OrderInference
        The surviving orders: one where it is settled, several where the user must be asked.

    Examples
    --------
    >>> infer_order(["03/04/2024", "25/04/2024"]).order
    'dmy'
    >>> infer_order(["03/04/2024", "05/04/2024"]).orders
    ('dmy', 'mdy')
    """
    texts = [text for text in dict.fromkeys(_runs(dates)) if split_date(text) is not None]
    ordered = [text for text in _runs(dates) if split_date(text) is not None] if sorting != "none" else texts
    if not texts:
        return OrderInference((), "", earliest_year=earliest_year)
    first, last = ordered[0], ordered[-1]
    fields = [split for text in texts if (split := split_date(text)) is not None]

    def settle(orders: Sequence[DateOrder], because: str) -> OrderInference:
        return OrderInference(tuple(orders), because, first, last, earliest_year)

    orders, because = _by_ranges(fields, earliest_year)
    if len(orders) < 2:
        return settle(orders, because)
    orders = _different(orders, texts, earliest_year)
    if len(orders) < 2:
        return settle(orders, "all readings agree")
    if sorting != "none":
        orders = _by_time(orders, ordered, sorting, earliest_year)
        if len(orders) < 2:
            return settle(orders, "time order")
        orders = _by_pace(orders, texts, earliest_year)
        if len(orders) < 2:
            return settle(orders, "pace")
    if use_hints:
        for because, narrow in (("separator", _by_separator), ("padding", _by_padding)):
            orders = narrow(orders, fields)
            if len(orders) < 2:
                return settle(orders, because)
        orders = _by_language(orders, fields, language, is_region_known=is_region_known, is_twelve_hour=is_twelve_hour)
        if len(orders) < 2:
            return settle(orders, "language")
        if is_language_looked_for and (language or "").lower().split("-")[0] not in _SHORT_YEAR_FIRST:
            is_short = all(split.widths[0] <= 2 and split.separator == "/" for split in fields)
            left: list[DateOrder] = [order for order in orders if order != "ymd" or not is_short]
            orders = left
            if len(orders) < 2:
                return settle(orders, "short year")
    return settle(orders, "")


def _runs(dates: Iterable[str]) -> Iterable[str]:
    previous = None
    for text in dates:
        if text != previous:
            yield text
        previous = text


_FEWEST_MIXED = 3
_TOLERATED = 0.02
"""Share of dates that may be impossible in the right order: pasted lines that look like headers, damaged lines."""


def _by_ranges(fields: list[DateFields], earliest_year: int) -> tuple[list[DateOrder], str]:
    has_year_first = [split.widths[0] >= 3 for split in fields]
    if all(has_year_first):
        return ["ymd"], "year position"
    bad = {order: sum(_date_in(split, order, earliest_year) is None for split in fields) for order in ORDERS}
    fewest = min(bad.values())
    if fewest == len(fields):
        return [], ""
    if fewest > _TOLERATED * len(fields):
        # No order reads nearly all of them: the dates are of several layouts, and the best is no better than a guess.
        return [order for order in ORDERS if bad[order] < len(fields)], ""
    left: list[DateOrder] = [order for order in ORDERS if bad[order] == fewest]
    year_last = all(split.widths[2] >= 3 or first for split, first in zip(fields, has_year_first, strict=True))
    return left, "year position" if year_last and bad["ymd"] and left == ["ymd"] else "field ranges"


def _different(orders: Sequence[DateOrder], texts: list[str], earliest_year: int) -> list[DateOrder]:
    meanings: dict[tuple[date | None, ...], DateOrder] = {}
    for order in orders:
        meaning = tuple(read_date(text, order, earliest_year=earliest_year) for text in texts)
        meanings.setdefault(meaning, order)
    return list(meanings.values())


def _by_time(orders: Sequence[DateOrder], texts: list[str], sorting: Sorting, earliest_year: int) -> list[DateOrder]:
    jumps: dict[DateOrder, int] = {}
    for order in orders:
        days = [
            day.toordinal()
            for text in texts
            if (day := read_date(text, order, earliest_year=earliest_year)) is not None
        ]
        # A clock change near midnight steps back by one day; a wrong order steps back by a month or more.
        pairs = list(pairwise(days))
        back = sum(later < earlier - 1 for earlier, later in pairs)
        if sorting == "either":
            back = min(back, sum(later > earlier + 1 for earlier, later in pairs))
        jumps[order] = back
    fewest = min(jumps.values())
    # Parts put together in the wrong order jump back in any reading; only clearly more jumps rule an order out.
    return [order for order in orders if jumps[order] <= 3 * fewest]


_PACE_DATES = 4


def _by_pace(orders: Sequence[DateOrder], texts: list[str], earliest_year: int) -> list[DateOrder]:
    """Rule out an order in which the dates lie whole months or years apart, where another has them in one month."""
    if len(texts) < 2:
        return list(orders)
    is_stepping: dict[DateOrder, bool] = {}
    is_dense: dict[DateOrder, bool] = {}
    for order in orders:
        days = [day for text in texts if (day := read_date(text, order, earliest_year=earliest_year)) is not None]
        months = {(day.year, day.month) for day in days}
        is_dense[order] = len(months) == 1
        # The same day of the month again and again is chance once or twice; the same day of the year hardly ever is.
        is_yearly = len({(day.month, day.day) for day in days}) == 1
        is_monthly = len({day.day for day in days}) == 1 and len(texts) >= _PACE_DATES
        is_stepping[order] = len(months) == len(days) and (is_yearly or is_monthly)
    if not any(is_dense.values()):
        return list(orders)
    return [order for order in orders if not is_stepping[order]]


def _by_separator(orders: Sequence[DateOrder], fields: list[DateFields]) -> list[DateOrder]:
    left: list[DateOrder] = list(orders)
    separators = {split.separator for split in fields}
    if all(separator.strip()[:1] in (".", "-", "–") for separator in separators):
        left = [order for order in left if order != "mdy"]
    # A short year stands first with slashes, hyphens or "24. 10. 12."; dots alone are of those who put the day first.
    if separators == {"."} and len(left) > 1:
        left = [order for order in left if order != "ymd"]
    return left


def _by_padding(orders: Sequence[DateOrder], fields: list[DateFields]) -> list[DateOrder]:
    is_first_bare = any(split.widths[0] == 1 for split in fields)
    is_second_padded = any(split.widths[1] == 2 and split.numbers[1] < 10 for split in fields)
    is_second_bare = any(split.widths[1] == 1 for split in fields)
    is_day_month = is_first_bare and is_second_padded and not is_second_bare
    if is_day_month and "dmy" in orders:
        return ["dmy"]
    return list(orders)


def _by_language(
    orders: Sequence[DateOrder],
    fields: list[DateFields],
    language: str | None,
    *,
    is_region_known: bool,
    is_twelve_hour: bool,
) -> list[DateOrder]:
    primary = (language or "").lower().split("-")[0]
    used = _LANGUAGE_ORDERS.get(primary)
    if used is None:
        return list(orders)
    is_bare = any(1 in split.widths[:2] for split in fields)
    if primary == "es" and (not is_twelve_hour or is_bare):
        # Month first is Spanish in Puerto Rico and Panama only, where both fields are padded and the day has halves.
        used = frozenset[DateOrder](("dmy",))
    is_padded = any(width == 2 and number < 10 for split in fields for number, width in _first_two(split))
    is_short = all(split.widths[2] == 2 and split.separator == "/" for split in fields)
    if not is_region_known and is_short and not is_padded:
        used = used | {"mdy"}
    left: list[DateOrder] = [order for order in orders if order in used]
    is_ours = any(order in _LANGUAGE_ORDERS[primary] for order in left)
    return left if is_ours else list(orders)


def _first_two(split: DateFields) -> tuple[tuple[int, int], tuple[int, int]]:
    return (split.numbers[0], split.widths[0]), (split.numbers[1], split.widths[1])
