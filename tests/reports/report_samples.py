"""Analyses for the tests of the reports: made-up people, codes set by hand, every later stage the real one."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from attunement import pipeline
from attunement.core.analysis import Analysis
from attunement.core.codebook import CODEBOOK, VERDICTS, Family, Verdict
from attunement.core.coding import CharSpan, Coding, TurnCoding
from attunement.core.message import Message, Speaker
from attunement.core.record import Medium, Record
from attunement.core.source import Problem, Source
from attunement.core.verdict import is_heavy, verdict_of
from attunement.turns import make_turns

CODER = "hand/1"
START = datetime(2024, 3, 4, 18, 0)


class Said(NamedTuple):
    """A message with the codes of its turn: code to the words that carry it ("" for all of them)."""

    speaker: str
    minute: float
    text: str
    codes: Mapping[str, str] = MappingProxyType({})
    intensity: float = 1.0
    valence: float = 0.0


def analysis_of(
    said: Sequence[Said],
    *,
    medium: Medium = "chat",
    epoch: datetime | None = START,
    problems: int = 0,
    name: str = "sample",
) -> Analysis:
    """Take hand-coded messages through turns, exchanges, episodes and measures. One message is one turn."""
    messages = tuple(
        Message(index=i, speaker=s.speaker, text=s.text, start=None if epoch is None else 60 * s.minute)
        for i, s in enumerate(said)
    )
    names = dict.fromkeys(s.speaker for s in said)
    record = Record(
        id=name, messages=messages, speakers=tuple(Speaker(name) for name in names), medium=medium, epoch=epoch,
        format="sample",
        problems=tuple(Problem("unreadable line", "No message.", Source("a.txt", n + 1)) for n in range(problems)),
    )  # fmt: skip
    turns, sessions = make_turns(record)
    assert len(turns) == len(said), "a sample has one turn a message"
    codings = tuple(_coding(i, said, turns[i].answers) for i in range(len(said)))
    return pipeline.measure(record, turns, sessions, codings, coder_name=CODER)


def _coding(index: int, said: Sequence[Said], answers: int | None) -> TurnCoding:
    here = said[index]
    codings: list[Coding] = []
    for code, words in here.codes.items():
        family: Family = CODEBOOK[code].family
        at = here.text.index(words) if words else 0
        span = CharSpan(at, at + len(words) if words else len(here.text))
        codings.append(Coding(code, family, 0.9, True, (span,) if here.text else (), CODER))
    verdict: dict[Verdict, float] | None = None
    if answers is not None:
        call = said[answers]
        stance = [c.code for c in codings if c.family == "stance"]
        decided = verdict_of(stance, heavy=is_heavy(call.intensity, call.valence))
        verdict = {each: 0.85 if each == decided else 0.05 for each in VERDICTS}
    return TurnCoding(
        turn=index, codings=tuple(codings), intensity=here.intensity, valence=here.valence, verdict=verdict
    )


def couple(days: int = 14, *, names: tuple[str, str] = ("Mara", "Tom"), extra: Sequence[Said] = ()) -> Analysis:
    """A couple over some days, two calls a day; every third day starts with a miss, and some misses are repaired."""
    said: list[Said] = []
    for day in range(days):
        one, other = names if day % 2 else names[::-1]
        at = 1440.0 * day
        said.append(Said(one, at, "I felt so alone at the party", {"feeling": "I felt so alone"}, 2.0, -0.6))
        if day % 3:
            said.append(
                Said(other, at + 2, "that sounds lonely. what was it like?", {"reflection": "that sounds lonely"})
            )
            said.append(Said(one, at + 4, "like being behind glass"))
        else:
            said.append(Said(other, at + 2, "did you pay the rent", {"topic_change": ""}))
            said.append(Said(one, at + 4, "forget it", {"withdraw": ""}))
            if day % 2:
                said.append(Said(other, at + 6, "sorry, I missed that. you were lonely", {"accountability": "sorry"}))
                said.append(Said(one, at + 8, "thank you for coming back to it"))
        said.append(Said(other, at + 300, "look at this sky", {"bid": ""}))
        said.append(Said(one, at + 303, "wow, where is that?", {"engagement": ""}))
    return analysis_of([*said, *extra])


def plain_turns(n: int) -> list[Said]:
    """Small talk without a single call."""
    return [Said("Mara" if i % 2 else "Tom", 11.0 * i, f"we need {i} lemons") for i in range(n)]


HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "--><svg/onload=alert(1)>",
    "{{ 7*7 }} {% raw %} ${7*7}",
    '=HYPERLINK("http://example.org","x")',
    "\u202egnihton\u202d \u2066\u2067",
    "\x00\x01\x08\x1b[31m\x7f\x85",
    "a\u2028b\u2029c",
    "z\u0301\u0302\u0303" * 40,
    "\ud800 lone",
    "\ufffe\uffff",
    "&lt;b&gt; &#60;script&#62;",
    "]]><!--",
    "' onmouseover='alert(1)",
    "long " * 20_000,
)


def hostile() -> Analysis:
    """A couple whose names and words try to break out of the page."""
    said: list[Said] = []
    for i, text in enumerate(HOSTILE):
        said.append(Said('Mara"><script>alert(2)</script>', 11.0 * i, text, {"feeling": ""}, 2.0, -0.6))
        said.append(Said("Tom</title>{{x}}", 11.0 * i + 5, text, {"minimising": "" if i % 2 else text[:3]}))
    return analysis_of(said, problems=3, name="</script>")


def words_of(page: str) -> dict[str, Any]:
    """Return the evidence that a page carries."""
    found = re.search(r'<script type="text/plain" id="evidence">([A-Za-z0-9+/=]*)</script>', page)
    assert found is not None
    return json.loads(zlib.decompress(base64.b64decode(found.group(1)), -zlib.MAX_WBITS))
