"""Tests of the inference of date orders and of the calendars."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.core.source import Source
from attunement.readers.calendars import make_date
from attunement.readers.dates import ORDERS, DateOrder, infer_order, read_date, split_date

PATTERNS = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "ymd": "%Y/%m/%d"}


@pytest.mark.parametrize(
    ("dates", "order", "because"),
    [
        (["2024/12/10"], "ymd", "year position"),
        (["2024-02-01", "2024-03-01"], "ymd", "year position"),
        (["25/04/2024"], "dmy", "field ranges"),
        (["4/25/24", "5/1/24"], "mdy", "field ranges"),
        (["99/04/12"], "ymd", "field ranges"),
        (["07/07/2024", "08/08/2024"], "dmy", "all readings agree"),
        (["01/02/2024", "02/02/2024", "01/03/2024"], "dmy", "time order"),
        (["01/02/2024", "01/03/2024", "02/01/2024"], "mdy", "time order"),
        (["03/02/2024", "04/02/2024", "06/02/2024", "09/02/2024"], "dmy", "pace"),
        (["02/03/2024", "02/04/2024", "02/06/2024", "02/09/2024"], "mdy", "pace"),
        (["03.04.2024"], "dmy", "separator"),
        (["3/04/2024"], "dmy", "padding"),
    ],
)
def test_order_is_settled_by_the_hardest_evidence(dates: list[str], order: str, because: str) -> None:
    """Each kind of evidence settles what the harder ones leave open."""
    inference = infer_order(dates)
    assert (inference.order, inference.because) == (order, because)


def test_what_survives_is_asked() -> None:
    """Two readings that fit are both kept, and the question shows what they mean."""
    inference = infer_order(["03/04/2024", "05/06/2024"])
    assert inference.order is None
    assert inference.orders == ("dmy", "mdy")
    question = inference.question(Source("chat.txt"))
    assert question.key == "date_order"
    assert [choice.value for choice in question.choices] == ["dmy", "mdy"]
    assert "3 April 2024" in question.choices[0].meaning
    assert "5 June 2024" in question.choices[0].meaning
    assert "4 March 2024" in question.choices[1].meaning


def test_two_digit_years_leave_three_readings() -> None:
    """A short date whose fields are all small fits all three orders."""
    assert infer_order(["10/11/12"]).orders == ("dmy", "mdy", "ymd")


def test_earliest_year_rules_out_a_year_before_the_app() -> None:
    """A reading in a year before the app existed is no reading."""
    assert infer_order(["08.10.24"], earliest_year=2009).order == "dmy"


@pytest.mark.parametrize(
    ("language", "dates", "order"),
    [
        ("fr", ["03/04/2024"], "dmy"),
        ("pt-BR", ["03/04/24"], "dmy"),
        ("es", ["3/4/2024"], "dmy"),
        ("ko", ["24. 3. 4."], "ymd"),
        ("es", ["03/04/2024"], None),
        ("en", ["03/04/2024"], None),
        ("en", ["3/4/2024"], None),
    ],
)
def test_language_rules_out_what_none_of_its_regions_writes(language: str, dates: list[str], order: str | None) -> None:
    """A language decides only where all its regions agree."""
    assert infer_order(dates, language=language).order == order


def test_hints_can_be_refused() -> None:
    """Without hints only hard evidence counts."""
    assert infer_order(["03.04.2024"], language="de", use_hints=False).orders == ("dmy", "mdy")


def test_newest_first_is_told_from_a_wrong_order() -> None:
    """A table that runs backward in time is read backward where the caller allows it."""
    dates = ["01/03/2024", "02/02/2024", "01/02/2024"]
    assert infer_order(dates, sorting="either").order == "dmy"
    assert infer_order(dates, sorting="none").orders == ("dmy", "mdy")


def test_a_few_impossible_dates_do_not_sink_the_file() -> None:
    """One pasted line among hundreds does not decide against the right order."""
    start = date(2024, 1, 1)
    dates = [(start + timedelta(days=n)).strftime("%d/%m/%Y") for n in range(100)]
    assert infer_order([*dates[:50], "12/31/2023", *dates[50:]]).order == "dmy"


def test_nothing_numeric_is_no_order() -> None:
    """Without a numeric date there is nothing to infer and nothing to ask."""
    assert infer_order(["yesterday", ""]).orders == ()


@given(
    st.sampled_from(ORDERS),
    st.dates(date(2009, 1, 1), date(2030, 12, 31)),
    st.lists(st.integers(0, 40), min_size=1, max_size=60),
)
def test_the_true_order_always_survives(order: DateOrder, start: date, steps: list[int]) -> None:
    """Whatever dates run forward in time, the order they were written in is never ruled out."""
    days = [start]
    for step in steps:
        days.append(days[-1] + timedelta(days=step))
    texts = [day.strftime(PATTERNS[order]) for day in days]
    survivors = infer_order(texts).orders
    assert [[read_date(text, survivor) for text in texts] for survivor in survivors].count(days) == 1


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("١٢\u200f/١٠\u200f/٢٠٢٤", "dmy", date(2024, 10, 12)),
        ("१२/१०/२४", "dmy", date(2024, 10, 12)),
        ("12/10/2567", "dmy", date(2024, 10, 12)),
        ("2024. 10. 12.", "ymd", date(2024, 10, 12)),
        ("2024年10月12日", "ymd", date(2024, 10, 12)),
        ("113/10/12", "ymd", date(2024, 10, 12)),
        ("۱۴۰۳/۷/۲۱", "ymd", date(2024, 10, 12)),
        ("12.10.24 г.", "dmy", date(2024, 10, 12)),
        ("31/02/2024", "dmy", None),
        ("1/2/3", "dmy", None),
        ("12:10:24", "dmy", date(2024, 10, 12)),
    ],
)
def test_dates_of_any_script_and_calendar(text: str, order: DateOrder, expected: date | None) -> None:
    """Digits of any script and years of other calendars come out Gregorian."""
    assert read_date(text, order) == expected


def test_two_digit_buddhist_years_need_a_lower_bound() -> None:
    """67 is 2567 only where 1967 and 2067 are out of the question."""
    assert read_date("12/10/67", "dmy", earliest_year=2009) == date(2024, 10, 12)
    assert read_date("12/10/67", "dmy") == date(2067, 10, 12)


@pytest.mark.parametrize(
    ("persian", "gregorian"),
    [((1388, 1, 1), (2009, 3, 21)), ((1399, 12, 30), (2021, 3, 20)), ((1404, 1, 1), (2025, 3, 21))],
)
def test_persian_new_years(persian: tuple[int, int, int], gregorian: tuple[int, int, int]) -> None:
    """Nowruz falls where the almanac has it."""
    assert make_date(*persian, "persian") == date(*gregorian)
    assert make_date(1400, 12, 30, "persian") is None


def test_splitting_keeps_widths_and_separator() -> None:
    """The fields tell how they were written."""
    fields = split_date("3-04-24")
    assert fields is not None
    assert (fields.numbers, fields.widths, fields.separator) == ((3, 4, 24), (1, 2, 2), "-")
    assert split_date("3 apples") is None


def test_a_language_never_settles_on_an_order_that_is_not_its_own() -> None:
    """An iPhone's region may be another than its language; what the language does not use is not told by it."""
    told = infer_order(["8/10/24", "9/10/24"], language="zh", is_region_known=False)
    assert set(told.orders) == {"dmy", "mdy"}
    assert infer_order(["9/7/2021", "10/7/2021"], language="zh").order == "dmy"


def test_a_short_year_stands_first_with_slashes_in_few_languages() -> None:
    """13/10/24 is a day of October unless the file speaks Basque or an East Asian language."""
    assert infer_order(["13/10/24"], is_language_looked_for=True).order == "dmy"
    assert set(infer_order(["13/10/24"]).orders) == {"dmy", "ymd"}
    assert set(infer_order(["13/10/24"], language="eu", is_language_looked_for=True).orders) == {"dmy", "ymd"}
    assert set(infer_order(["13-10-24"], is_language_looked_for=True).orders) == {"dmy", "ymd"}
