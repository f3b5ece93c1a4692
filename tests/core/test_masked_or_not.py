"""Figures that pass for telephone numbers and do not, and addresses in the order of the continent."""

from __future__ import annotations

import time

import pytest

from attunement.core.contacts import mask_addresses, mask_contacts


def masked(text: str) -> str:
    """Mask as `Masker` does where nobody is named."""
    return mask_contacts(mask_addresses(text))


@pytest.mark.parametrize(
    "text",
    [
        "20240105", "it ran from 20240105 to 20240110", "20240105-20240110", "born 19800229",
        "ISBN 978-3-16-148410-0", "9783161484100", "ISBN 0-306-40615-2", "ISBN-10: 3-16-148410-X",
        "24 25 26 27", "20 30 40 50", "24/26/28/30", "the even ones: 24-26-28-30",
        "between 0.1234, 0.5678", "1.0842, 1.0851", "10.5, 12.5",
        "I left Main Street 12 minutes ago", "Abbey Road 50 years on", "we met on Wall Street 2019",
        "Main Street 10:30", "we took the road 12", "Court 3", "Street 12", "page 12",
    ],
)  # fmt: skip
def test_what_is_no_number_and_no_address_stays(text: str) -> None:
    """Dates of eight digits, books, even steps, plain figures, a street and a time."""
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Eight digits two by two are Norway's and Denmark's; no month 13, no 32nd day; a check digit that does not fit.
        ("22 33 44 55", "[phone]"),
        ("20 24 01 05", "[phone]"),
        ("23 34 55 66", "[phone]"),
        ("20241305", "[phone]"),
        ("20240132", "[phone]"),
        ("25122024", "[phone]"),
        ("9783161484101", "[phone]"),
        ("I am at 48.8566, 2.3522.", "I am at [address]."),
        ("51.5074, -0.1278", "[address]"),
        ("0.3476,32.5825", "[address]"),
        ("48.8566N 2.3522E", "[address]"),
        ("N 48.8566, E 2.3522", "[address]"),
        ("48°51'24\"N 2°21'08\"E", "[address]"),
        ("I live at Main Street 12 now", "I live at [address] now"),
        ("Old Mill Road 4, London", "[address], London"),
        ("Main St. 12b", "[address]"),
        ("come to main street 12!", "come to [address]!"),
    ],
)
def test_what_identifies_is_masked(text: str, expected: str) -> None:
    """Both kinds that the how-to page names: positions on the map, street addresses."""
    assert masked(text) == expected


@pytest.mark.parametrize("piece", ["A ", "Aa Street ", "1.2345, ", "48° ", "a street 1 ", "20240105", "N 48.856 "])
def test_a_hostile_text_takes_no_longer_than_another(piece: str) -> None:
    """A hundred thousand characters, far under what a backtracking pattern would take."""
    begun = time.perf_counter()
    masked(piece * (100_000 // len(piece)))
    assert time.perf_counter() - begun < 10
