"""CHAT transcripts of CHILDES and TalkBank: main lines, dependent tiers, times between bullets."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.assemble import Assembly
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.inputs import Input, Sample

__all__ = ["ChaReader", "clean_words"]

_HEAD = re.compile(r"^@(?:UTF8|Begin|PID|Font|Window|Languages|Participants)\b", re.MULTILINE | re.IGNORECASE)
_MAIN = re.compile(r"^\*[A-Za-z0-9_$#-]{1,12}:[\t ]", re.MULTILINE)
_FIELD = re.compile(r"([@*%][^:\t]{1,60}):?[\t ]*(.*)", re.DOTALL)
_BULLET = re.compile(r"\x15[^\x15]{0,300}?(\d+)_(\d+)[^\x15]{0,40}\x15|•[^•]{0,300}?(\d+)_(\d+)[^•]{0,40}•")
_BARE_BULLET = re.compile(r"\s(\d{1,9})_(\d{1,9})\s*\Z", re.ASCII)
_ANY_BULLET = re.compile(r"\x15[^\x15]*\x15")
_EVENT = re.compile(r"&=(\S+)|&\*\w{1,8}[:=](\S+)")
_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_PAUSE = re.compile(r"\((?:\.{1,3}|[\d:.]+)\)")
_UNHEARD = frozenset({"xxx", "yyy", "www"})
_ENDINGS = {
    "+...": "…", "+..?": "…?", "+!?": "?!", "+/.": "–", "+/?": "–?", "+//.": "–", "+//?": "–?", '+"/.': ".", '+".': ".",
    "+.": ".", "+,": "", "++": "", "+^": "", "+<": "", '+"': "", "+≈": "", "+≋": "",
}  # fmt: skip
_SYMBOLS = dict.fromkeys(map(ord, "↑↓⇗↗→↘⇘∞≈≋≡∙⌈⌉⌊⌋∆∇⁎°◉▁▔☺♋∮§∬⁑⤇∾↻ˈˌ≠^\x01\x02\x03\x04\x07\x08"), None) | {
    ord("„"): ",",
    ord("‡"): ",",
}
_SPACED_MARK = re.compile(r" ([.,?!;:])(?=\s|$)")
_SUFFIX = re.compile(r"(?<=\w)@[a-z][\w:$&+-]*")
_LONG = re.compile(r"(?<=[^\W\d]):+")
_COUNTED = ("@languages", "@date", "@media", "@situation", "@location", "@activities", "@transcriber", "@pid", "@types")


class _Field(NamedTuple):
    """A header, main line or dependent tier with its continuation lines folded in."""

    name: str
    text: str
    line: int


class ChaReader:
    """Read CHAT: one record a file, a message an utterance, dependent tiers as labels."""

    name = "cha"
    title = "CHAT transcript (CHILDES, TalkBank)"
    endings = (".cha",)
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for the headers and main lines that only CHAT has."""
        has_head = _HEAD.search(sample.text[:4000]) is not None
        has_main = _MAIN.search(sample.text) is not None
        if has_head and (has_main or "@begin" in sample.text[:4000].lower()):
            return 0.98
        return 0.6 if has_main and "\n%" in sample.text else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every utterance; times come from bullets, speakers from the participants' header.

        Raises
        ------
        InputError
            If there is no main line.
        """
        decoded = source.decode()
        assembly = Assembly(source.name)
        if decoded.assumed:
            assembly.problems.append(encoding_problem(source, decoded.encoding))
        fields = list(_fields(decoded.text, assembly))
        participants = _participants(fields)
        for code, (name, role) in participants.items():
            if role:
                assembly.roles[code] = role
            if name and name != code:
                assembly.aliases[code] = [name]
        utterances = _utterances(fields)
        if not utterances:
            raise InputError(
                f"{source.name} holds no main line.", hint="Expected CHAT, with lines like '*MOT:\twords .'"
            )
        unknown = dict.fromkeys(u.name for u, _ in utterances if participants and u.name not in participants)
        for code in unknown:
            first = next(u.line for u, _ in utterances if u.name == code)
            assembly.problem(
                "unknown speaker", "A main line names a code that no participant has.", line=first, remark=True
            )
        for utterance, tiers in utterances:
            _say(utterance, tiers, assembly)
        if not any(field.name.lower() == "@end" for field in fields):
            assembly.problem("breaks off", "The file has no @End: the rest may be missing.")
        return [assembly.record(source.stem, format=self.name, meta=_meta(fields))]


def _fields(text: str, assembly: Assembly) -> Iterator[_Field]:
    """Join continuation lines (those that begin with white space) to what they continue."""
    name, parts, begun = "", [""], 0
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if line[:1] in ("@", "*", "%") and (match := _FIELD.fullmatch(line)):
            if name:
                yield _Field(name, " ".join(parts).strip(), begun)
            name, parts, begun = sys.intern(match[1].strip()), [match[2]], number
        elif line[:1] in ("\t", " ") and name:
            parts.append(line.strip())
        elif line.strip():
            assembly.problem("unreadable line", "This line begins with no mark that CHAT knows.", line=number)
    if name:
        yield _Field(name, " ".join(parts).strip(), begun)


def _participants(fields: Sequence[_Field]) -> dict[str, tuple[str, str]]:
    """Read code, name and role of everybody: CHI Ross Target_Child, or CHI Target_Child."""
    found: dict[str, tuple[str, str]] = {}
    for field in fields:
        if field.name.lower() != "@participants":
            continue
        for entry in field.text.split(","):
            words = entry.split()
            if words:
                found[words[0]] = (" ".join(words[1:-1]).replace("_", " "), words[-1] if len(words) > 1 else "")
    return found


def _utterances(fields: Sequence[_Field]) -> list[tuple[_Field, list[_Field]]]:
    found: list[tuple[_Field, list[_Field]]] = []
    for field in fields:
        if field.name.startswith("*"):
            found.append((field._replace(name=field.name[1:]), []))
        elif field.name.startswith("%") and found:
            found[-1][1].append(field)
    return found


def _say(utterance: _Field, tiers: Sequence[_Field], assembly: Assembly) -> None:
    times = [(int(m[1] or m[3]), int(m[2] or m[4])) for m in _BULLET.finditer(utterance.text)]
    if not times and (bare := _BARE_BULLET.search(utterance.text)):
        # Copies from a browser or an editor lose the bullets and keep the numbers.
        times = [(int(bare[1]), int(bare[2]))]
        utterance = utterance._replace(text=utterance.text[: bare.start()])
    # Some corpora keep the time on a tier of its own.
    timing = next((tier for tier in tiers if tier.name in ("%tim", "%snd", "%mov")), None)
    if not times and timing is not None:
        times = [(int(m[1] or m[3]), int(m[2] or m[4])) for m in _BULLET.finditer(timing.text)]
    start = min(first for first, _ in times) / 1000 if times else None
    end = max(last for _, last in times) / 1000 if times else None
    raw = _ANY_BULLET.sub("", _BULLET.sub("", utterance.text)).strip()
    text = clean_words(raw)
    labels: dict[str, Any] = {}
    for tier in tiers:
        said = _BULLET.sub("", tier.text).strip()
        known = labels.get(tier.name)
        # Of several tiers of one name all are kept, in their order.
        labels[tier.name] = said if known is None else [*known, said] if isinstance(known, list) else [known, said]
    events = [first or second for first, second in _EVENT.findall(raw)]
    if events:
        labels["events"] = events
    if _SPACED_MARK.sub(r"\1", raw) != text:
        # The space that CHAT puts before every mark is all that is gone otherwise.
        labels["main"] = raw
    is_wordless = not any(char.isalnum() for char in text)
    assembly.say(
        utterance.name,
        "" if is_wordless else text,
        start=start,
        end=end,
        line=utterance.line,
        kind="media" if is_wordless else "text",
        media=is_wordless,
        labels=labels,
    )


def clean_words(raw: str) -> str:
    """Take CHAT's codes out of a main line and leave the words as they were said.

    Retraced and filled words stay; comments, errors, replacements, pauses and what was left out go. So does what could
    not be understood or was not written down (``xxx``, ``yyy``, ``www``), which is no word (MacWhinney, Tools for
    analyzing talk, part 1, "Unidentifiable material").

    Examples
    --------
    >>> clean_words("&-uh <I want> [/] I want (.) (be)cause he's gone [= left] +...")
    "uh I want I want because he's gone…"
    """
    text = _EVENT.sub(" ", raw)
    for _ in range(3):
        text = _BRACKETS.sub(" ", text)
    text = _PAUSE.sub(" ", text).replace("‹", "").replace("›", "")
    words: list[str] = []
    for token in text.split():
        word = _ENDINGS.get(token)
        if word is None:
            word = token.strip("<>")
            if word[:1] == "0":
                continue
            for mark in ("&-", "&+", "&~", "&"):
                if word.startswith(mark):
                    word = word[len(mark) :]
                    break
            word = _LONG.sub("", _SUFFIX.sub("", word)).translate(_SYMBOLS)
            word = word.replace("(", "").replace(")", "").replace("_", " ").replace("+", "")
            if word in _UNHEARD:
                continue
        if not word:
            continue
        if words and all(char in ".,?!;:…–" for char in word):
            words[-1] += word
        else:
            words.append(word)
    return " ".join(words)


def _meta(fields: Sequence[_Field]) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    ids: list[str] = []
    comments: list[dict[str, Any]] = []
    for field in fields:
        name = field.name.lower()
        if name in _COUNTED:
            meta.setdefault(name[1:], field.text)
        elif name == "@id":
            ids.append(field.text)
        elif name.startswith("@") and field.text and name != "@participants":
            comments.append({"line": field.line, "header": field.name[1:], "text": field.text})
    if ids:
        meta["ids"] = ids
    if comments:
        meta["comments"] = comments
    return meta
