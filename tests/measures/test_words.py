"""Word lists: ours against lingmatch's percents, and LIWC's file form with its quirks."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from attunement.errors import InputError
from attunement.measures.words import STYLE_CATEGORIES, WordLists, read_dic, style_categories, style_words


def test_our_lists_hold_the_nine_categories_once() -> None:
    """Every category has words, and no word stands twice in one."""
    lists = style_words()
    assert lists.categories == STYLE_CATEGORIES
    assert not lists.skipped
    for words in lists.words.values():
        assert len(words) == len(set(words)) >= 3


@pytest.mark.data
def test_our_percents_follow_lingmatch(shared: Path) -> None:
    """By speaker, our percent of each category correlates at .9 or more with that of lingmatch's own lists."""
    folder = shared / "reference" / "style_matching"
    lists = style_words()
    tokens: dict[tuple[str, str], list[str]] = defaultdict(list)
    with (folder / "transcripts.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            tokens[row["conversation"], row["speaker"]] += re.findall(r"[a-z']+", row["text"].lower())
    with (folder / "category_percent_by_speaker.csv").open(encoding="utf-8") as handle:
        theirs = {(row["conversation"], row["speaker"]): row for row in csv.DictReader(handle, skipinitialspace=True)}
    keys = list(theirs)
    # By occurrence, not by distinct word.
    counted = {key: [lists.members([word])[0] for word in tokens[key]] for key in keys}
    ours = np.array([100 * np.mean(counted[key], axis=0) for key in keys])
    for column, category in enumerate(STYLE_CATEGORIES):
        wanted = [float(theirs[key][category]) for key in keys]
        assert np.corrcoef(ours[:, column], wanted)[0, 1] >= 0.9, category


DIC = b"%\n1\tfunction (Function Words)\n2\tppron\n30 Preps\n%\ni\t1 2\nwe'll\t1 2\nequal*\t1\nkind of\t1\nabout\t30\n"


def test_a_users_file_is_read() -> None:
    """Heads with long names, wildcards and several categories are read; phrases are counted, not used."""
    lists = read_dic(DIC)
    assert lists.categories == ("function", "ppron", "preps")
    assert lists.words["ppron"] == ("i", "we'll")
    assert lists.words["preps"] == ("about",)
    assert lists.skipped == ("1 entry of several words is not used.",)


def test_old_files_and_conditions_are_read() -> None:
    """Windows line ends, a curly apostrophe in Windows-1252 and LIWC 2007's conditions do no harm."""
    lists = read_dic(b"%\r\n1\tppron\r\n2\tauxverb\r\n%\r\nI\x92m\t1\t2\r\nlike\t(02 134)1/464\r\n")
    assert lists.words["auxverb"] == ("i'm",)
    assert lists.words["ppron"] == ("i'm", "like")
    assert any("condition" in line for line in lists.skipped)
    assert any("not in the head" in line for line in lists.skipped)


def test_members_match_whole_words_and_beginnings() -> None:
    """A word matches itself, an asterisk any ending and nothing shorter."""
    lists = WordLists(("a", "b"), {"a": ("equal*", "the"), "b": ("equal",)})
    got = lists.members(["the", "then", "equal", "equals", "equa"])
    np.testing.assert_array_equal(got[:, 0], [True, False, True, True, False])
    np.testing.assert_array_equal(got[:, 1], [False, False, True, False, False])
    assert lists.members([]).shape == (0, 2)


def test_style_categories_are_found_under_their_other_names() -> None:
    """LIWC's "preps" is our "prep"; a dictionary without any of the nine is taken whole."""
    assert list(style_categories({"Preps": ("in",), "ppron": ("i",), "sad": ("cry",)})) == ["ppron", "prep"]
    assert list(style_categories({"sad": ("cry",)})) == ["sad"]


@pytest.mark.parametrize("data", [b"", b"hello\n", b"%\n1\tppron\n%\n", b"\x00\xff" * 50])
def test_what_is_no_dictionary_is_an_input_error(data: bytes) -> None:
    """A file without a head or without words says so."""
    with pytest.raises(InputError):
        read_dic(data)
