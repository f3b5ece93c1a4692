"""Words of everyday talk that stand in somebody's name stay in the texts."""

from __future__ import annotations

import pytest

from attunement.core.masking import Masker


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Mr. Cook", "I cook and she cooked, we cook"),
        ("Frau Weiß", "ich weiß das nicht"),
        ("Weber, Dr.", "a weber"),
        ("Mother-in-law", "In love with the law; in the end the LAW"),
        ("Ex-Wife", "my ex has a husband and a wife"),
        ("Ben from Work", "Where are you from? From here"),
        ("Kim and Lou", "And then? and now?"),
        ("Ana (she/her)", "She said she saw her. Her! HER?"),
        ("Ben Oak (he/they)", "He says they went. They did"),
        ("call.me.maybe", "call me if you can"),
        ("its.just.ben", "its mine, just mine. Just go"),
        ("not.anna", "I am not here. Not now"),
        ("Can Yılmaz", "can you, can I"),
        ("Min Park", "in 5 min"),
        ("Even Berg", "not even so"),
        ("Sunny Rao", "a sunny day"),
        ("All", "all of it"),
        ("New Phone Ben", "a new one"),
    ],
)
def test_everyday_words_in_a_name_stay(name: str, text: str) -> None:
    """Names behind titles, small words, pronouns and given names that are words."""
    assert Masker({name: "A"}).text(text) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Mr. Cook", "Cook"),
        ("Dr. Anna Novak", "anna"),
        ("Ben from Work", "ben"),
        ("Weber, Ana (she/her)", "ana"),
        ("its.just.ben", "ben"),
        ("long.will", "Will"),
        ("Can Yılmaz", "Can"),
        ("Jürgen Müller", "MUELLER"),
        ("an nguyen", "nguyen"),
        ("not me", "Not me"),
        ("The", "The"),
        ("all", "all"),
        ("ANNA WEBER", "Weber"),
        ("KIM O'BRIEN", "O’Brien"),
        ("WILL LONG", "Will"),
    ],
)
def test_the_name_beside_them_goes(name: str, text: str) -> None:
    """What somebody is called by is found all the same, written out in capitals, too."""
    assert Masker({name: "A"}).text(text) == "A"
