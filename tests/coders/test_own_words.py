"""Links, lines quoted from others and code are not the speaker's words: blanked out in place, and coded by nobody."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.coders.base import CodeOptions, Query, load_coder
from attunement.coders.own_words import own_words
from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn

CODERS = ("lexical", "neural", "blend")


def code(coder: str, *texts: str) -> TurnCoding:
    """The coding of the last of some turns, each of which answers the one before."""
    turns = [Turn(i, 0, "ab"[i % 2], t, None, None, i, i, i - 1 if i else None) for i, t in enumerate(texts)]
    return load_coder(CodeOptions(coder=coder, cache=False)).code([Query(turns[-1], tuple(turns[:-1]))])[0]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("see https://example.org/i-hate-you, ok?", "see , ok?"),
        ("(HTTP://EXAMPLE.ORG/a?b=c#d)", "( )"),
        ("www.example.org/cry and example.co.uk/cry", " and "),
        ("> you never listen\nhe wrote that", "he wrote that"),
        ("ok\n  >> you never listen\n> > never\nhe wrote that", "ok\n  he wrote that"),
        (">you never listen", ""),
        ("help:\n```bash\nkill -9 7\n```\nwhy", "help: why"),
        ("a ```python\nx = 1\n``` b ```JS\ndie();\n``` c", "a b c"),
        ("```def f():\n    kill(it)\n    return 1``` ok", "ok"),
        ("```\nfree(list);\nchild = 0;\nbreak;\n```", ""),
        ("```\n2024-05-01 12:01 ERROR child killed\n2024-05-01 12:02 FATAL died\n```", ""),
    ],
)
def test_what_others_wrote_is_left_out(text: str, left: str) -> None:
    """Links whole, but for the mark that ends the sentence; quoted lines with their end."""
    assert own_words(text).split() == left.split()
    assert len(own_words(text)) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        ">:( why",
        ">_<",
        "a > b",
        "and/or",
        "```so sad\nand lonely```",
        "```\nDear Ana,\nI hate you;\nBen\n```",
        "```i <3 you```",
        "```\nI will kill you;\nI mean it;\n```",
        "```py",
        "5/10",
        "no. way/no",
        ">3 hours",
        "http",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    """Faces, comparisons, slashes."""
    assert own_words(text) == text


@given(st.text(alphabet="a >\n/.:whtps`;", max_size=60))
def test_places_stay_the_same(text: str) -> None:
    """Every character stands where it stood or is a space."""
    left = own_words(text)
    assert len(left) == len(text)
    assert all(new in (old, " ") for new, old in zip(left, text, strict=True))


@pytest.mark.parametrize("coder", CODERS)
@pytest.mark.parametrize(
    "text", ["https://example.com/i-hate-my-life-and-want-to-die", "> you are worthless\n> i want to die"]
)
def test_a_turn_of_nothing_else_is_not_scored(coder: str, text: str) -> None:
    """It has no words of the speaker's own, and the reason says so."""
    found = code(coder, text)
    assert not found.codings
    assert set(found.abstained.values()) == {"wordless"}


@pytest.mark.parametrize("coder", CODERS)
def test_a_quoted_line_is_not_the_speakers_blame(coder: str) -> None:
    """The words behind it are read, and found where they stand."""
    text = "> you're worthless, you never listen, nobody likes you\nI cried all night over that https://example.com/sad"
    found = code(coder, text)
    assert "feeling" in found.present("expression")
    assert "blame" not in found.present("expression")
    begin, end = text.index("I cried"), text.index(" https")
    assert all(begin <= s.start < s.end <= end for c in found.codings for s in c.spans)


@pytest.mark.parametrize("coder", CODERS)
def test_a_call_that_is_only_a_link_is_not_answered_in_words(coder: str) -> None:
    """Nothing of it was read, so how the reply meets it is not told."""
    found = code(coder, "https://example.com/my-mum-died", "oh no")
    assert found.verdict is None
    assert found.abstained == {"stance": "wordless"}


_CODE = """```js
if (user.hates(me)) { throw new Error("I hate you, you are useless"); }
// I want to die, this code is garbage
process.kill(process.pid)
```"""


@pytest.mark.parametrize("coder", CODERS)
def test_code_says_nothing_about_who_pastes_it(coder: str) -> None:
    """An export of talk with an assistant is full of it, and help lines over "kill" and "die" help nobody."""
    found = code(coder, f"can you fix this?\n{_CODE}")
    assert not [c.code for c in found.codings if c.present and c.family == "risk"]
    blank = "\n".join(" " * len(line) for line in _CODE.split("\n"))
    assert found.codings == code(coder, f"can you fix this?\n{blank}").codings
    assert code(coder, _CODE).abstained["expression"] == "wordless"


def test_fences_take_little_time() -> None:
    """However many there are, and whatever is between them."""
    for text in ("```" * 30_000, "```a\n" * 20_000, "```" + "a(" * 50_000 + "```", "```" + "\n    " * 50_000 + "```"):
        begun = time.process_time()
        assert len(own_words(text)) == len(text)
        assert time.process_time() - begun < 2
