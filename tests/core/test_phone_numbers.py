"""Telephone numbers as countries write them go; dates, clocks, amounts and versions in digits alike stay."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from attunement.core.masking import Masker, mask_contacts

# The national ways to write a number: N is a digit from 2 to 9, d any digit.
_NATIONAL = {
    "France": ("0N dd dd dd dd", "0N.dd.dd.dd.dd", "0N-dd-dd-dd-dd", "0Nddddddddd", "+33 N dd dd dd dd"),
    "Norway": ("NN dd dd dd", "9dd dd ddd", "+47 9dd dd ddd"),
    "Denmark": ("NN dd dd dd", "NN.dd.dd.dd"),
    "Spain": ("6dd ddd ddd", "6dd.dd.dd.dd", "6dd dd dd dd"),
    "Singapore": ("9ddd dddd", "8ddd-dddd", "6ddd-dddd", "9ddd.dddd"),
    "Hungary": ("06 20 ddd dddd", "06 N ddd dddd", "06-30-ddd-dddd"),
    "Belgium": ("04dd dd dd dd", "04dd/dd.dd.dd", "02 ddd dd dd"),
    "Germany": ("0170 ddddddd", "0170/ddddddd", "0170.ddddddd", "(030) dddd dddd"),
    "Italy": ("3dd.ddddddN", "3dd ddddddd"),
    "United Kingdom": ("07ddd dddddd", "020 7ddd dddd"),
    "United States": ("(NNN) Ndd-dddd", "NNN-Ndd-dddd", "NNN.Ndd.dddd", "1-NNN-Ndd-dddd"),
    "India": ("9dddd ddddd", "9dddd-ddddd"),
}


@pytest.mark.parametrize("country", _NATIONAL)
def test_national_forms_are_masked(country: str) -> None:
    """Two hundred random numbers in each form go whole."""
    draw = random.Random(country)
    for form in _NATIONAL[country]:
        for _ in range(200):
            number = "".join({"d": draw.choice("0123456789"), "N": draw.choice("23456789")}.get(c, c) for c in form)
            assert mask_contacts(f"ring {number}, please") == "ring [phone], please", number


def test_random_dates_clocks_and_prices_stay() -> None:
    """What a calendar, a clock and a price tag give is left as it is, alone and one beside the other."""
    draw = random.Random(7)
    for _ in range(3000):
        at = datetime(1950, 1, 1) + timedelta(minutes=draw.randrange(100 * 525_960))
        date = at.strftime(draw.choice(("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d %m %Y")))
        until = (at + timedelta(hours=2)).strftime("%H.%M")
        text = draw.choice(
            (
                f"on {date} at {at:%H.%M}",
                f"{date} {at:%H:%M}",
                f"{date} {at:%H.%M}",
                f"{at:%d.%m.%y} {at:%H.%M}",
                f"{date} {draw.randint(1, 9999)} people",
                f"from {at:%H.%M}-{until}, {at:%H.%M} - {until}",
                f"{at.year}-{at.year + 4} and {at.year}/{at.year + 1}",
                f"{draw.randint(1, 999)}.{draw.randint(10, 99)} {draw.randint(1, 999)}.{draw.randint(10, 99)}",
                f"{draw.randint(1, 99)}.{draw.randint(0, 999):03}.{draw.randint(0, 999):03}",
            )
        )
        assert mask_contacts(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "06 12 34 56 78",
        "06 12 10 11 12",  # its first six digits are a date
        "6 12 34 56 78",
        "1-23-45-67-89",
        "9.3.2024 06 12 34 56 78",
        "612.345.678",
        "2345-6789",
        "01 234 567",
        "98765.43210",
        "2-34-56-78-90",
        "15000-20001",
        "30/123 45 67",
        "1705550120",
    ],
)
def test_what_only_begins_like_a_date_or_an_amount_is_masked(text: str) -> None:
    """No digit of it stays."""
    assert mask_contacts(text) == "[phone]" or mask_contacts(text) == "[number]"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("_0170 5550123_ in italics", "_[phone]_ in italics"),
        ("Tel.0170 5550123", "Tel.[phone]"),
        ("Tel.0170/5550123.", "Tel.[phone]."),
        ("here,0170 5550123", "here,[phone]"),
        ("0170 5550123,0171 5550124", "[phone],[phone]"),
        ("gb29 nwbk 6016 1331 9268 19", "[number]"),
        ("it was 20 € 170 555 012", "it was 20 € [phone]"),
        ("it is be68 5390 0754 7034 that will do", "it is [number] that will do"),
    ],
)
def test_numbers_go_whole_wherever_they_stand(text: str, masked: str) -> None:
    """Italics, a stop or a comma without its blank, and lower case hide no number."""
    assert mask_contacts(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "9.3.87 10 people",
        "09.03.2024-12.03.2024",
        "9.3.-12.3.2024",
        "12.05.2024 1000 people",
        "0900-1730",
        "12/05-15/05",
        "19.99-24.99",
        "100.000.000 or 350 000 000",
        "$123.456.789 or 123.456.789 €",
        "12 345 678",
        "1 234 567.89",
        "1.234.567,89",
        "version 120.0.6099.109, 10.0.19045.3208 and v2.31.4",
        "192.168.1.10",
        "10.12.14.16",
        "3 17 24 31 40 49",
        "10 20 30 40 50 60",
        "IMG_20240309_183015",
        "0.33333333",
        "at10 then they came home",
        "2019 2020 2021",
        "$2500000, €150,000-€200,000, 2500000 euros or 100000-150000 €",
        "1000000 or 1 000 000 000 people",
        "15000-20000, 15.000 - 20.000, 200 000 300 000",
        "blood pressure 120/80 130/85",
        "in 2023/24 2024/25",
        "21-19 18-21 21-15",
        "3.5. 18.30 4.5. 19.30",
        "on 03.05. 04.05. 05.05.",
        "1-2-3-4-5-6-7",
        "9 8 7 6 5 4 3 2 1",
    ],
)
def test_forms_that_are_no_phone_stay(text: str) -> None:
    """Ranges, amounts with their sign, versions, lists and file names are left as they are."""
    assert mask_contacts(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("beispiel.at, anna-schmidt.ch", "[link], [link]"),
        ("example.com.au and example.co.nz", "[link] and [link]"),
        ("we are at 48.8566140,2.3522219 now", "we are at [address] now"),
        ("48.8566° N, 2.3522° E", "[address]"),
        ("look.at me", "look.at me"),
        ("see you tomorrow.at 5", "see you tomorrow.at 5"),
        ("I said oh.no", "I said oh.no"),
        ("so tired.it hurts", "so tired.it hurts"),
        ("see anna-rossi.it", "see [link]"),
        ("0.3333, 0.6667", "0.3333, 0.6667"),
    ],
)
def test_hosts_of_further_countries_and_places_on_the_map(text: str, masked: str) -> None:
    """Ends of hosts that are words as well are told from words; a pair of degrees is somebody's door."""
    assert Masker({}).text(text) == masked
