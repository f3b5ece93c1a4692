"""Whether lines of ``Name: words`` are talk: settings, headers, licences and logs are written in the same way.

A refusal needs a ground that can be said in a sentence; where there is none, it is talk. People write in every
language and in one word, so that nothing is refused for what it lacks alone.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from attunement.readers.names import looks_like_name

__all__ = ["are_of_a_log", "why_no_talk"]

# Words before a colon that head a field. Words that are somebody's part in a conversation, too, are not among them
# (host, user, agent, client, server, speaker, name).
_KEYWORDS = frozenset(
    # web and mail
    "user-agent disallow allow sitemap crawl-delay content-type content-length content-encoding content-language "  # noqa: SIM905
    "content-disposition content-transfer-encoding content-security-policy cache-control accept accept-encoding "
    "accept-language authorization connection cookie set-cookie etag expires last-modified location referer "
    "transfer-encoding upgrade vary pragma origin access-control-allow-origin strict-transport-security mime-version "
    "message-id received return-path delivered-to reply-to in-reply-to references dkim-signature "
    "authentication-results received-spf list-id list-unsubscribe date server-timing via "
    # packages and licences
    "copyright license licence license-file license-expression files files-excluded comment upstream-name "
    "upstream-contact format format-specification disclaimer package version architecture maintainer "
    "installed-size depends pre-depends recommends suggests conflicts replaces breaks provides section priority "
    "essential homepage home-page description summary metadata-version author author-email maintainer-email "
    "requires-dist requires-python requires classifier platform keywords project-url download-url provides-extra "
    "dynamic wheel-version generator root-is-purelib tag build spdx-license-identifier types uris suites components "
    "signed-by enabled pin pin-priority cflags libs libs.private requires.private prefix debianized-by "
    "on-debian-systems forwarded bug bug-debian bug-ubuntu applied-upstream last-update reviewed-by signed-off-by "
    "acked-by tested-by reported-by cc co-authored-by fixes change-id commit merge parent tree committer "
    # settings
    "apiversion kind metadata spec name_server services service image ports volumes environment env steps uses run "
    "runs-on on jobs job needs with branches stages stage script before_script after_script cache artifacts key value "
    "values type id default required optional enum items properties path paths url urls port debug level log logging "
    "timeout interval retries enabled disabled true false none null input output inputs outputs config settings "
    "options option arguments args parameters parameter returns return raises yields attributes examples example "
    "usage synopsis syntax see seealso notes note warning warnings caution important tip hint todo fixme xxx hack bug "
    "deprecated versionadded versionchanged since param rtype "
    # program text
    "else try finally except elif if for while def class public private protected case switch begin end do then "
    # logs
    "info error warn notice critical fatal trace verbose fail failed passed ok "
    # lists of changes
    "added changed fixed removed security deprecated new fix feat feature chore docs doc refactor perf test tests "
    "style ci revert improvement improvements bugfix bugfixes enhancement misc "
    # cards and forms
    "title subtitle subject author authors editor publisher isbn doi issn abstract journal volume pages year edition "
    "filename size status state result results total subtotal amount price tax quantity date due phone fax email "
    "e-mail address city country zip website created modified updated duration ingredients serves servings "
    "preparation instructions step yield".split()
) - {"via", "new", "on", "with", "end", "begin"}  # fmt: skip
_ODD_NAME = re.compile(
    r".*[=$*%^`{}\\].*|(?:let|use|require|return|cdef|obs|from|import) .*|cdef|real|integer|logical", re.DOTALL
)
_HEADER = re.compile(r"(?:X|Sec|Access-Control|Content|List|ARC)-[A-Za-z-]+|[A-Z0-9]+(?:_[A-Z0-9]+)+")
_NUMBERED = re.compile(r"[A-Z]+(?:_[A-Z]+)*_\d{1,3}")
"""SPEAKER_00, PARTICIPANT_2: who was told apart and has no name yet."""
_SNAKE = re.compile(r"[a-z0-9]+(?:[_.][a-z0-9]+)+")
"""Settings are called so, and so are people on the net: it counts beside values only."""

_DATA = re.compile(
    r"""[a-z][a-z0-9+.-]*://\S+ | [\w.+-]+@[\w-]+\.\w[\w.]*                   # addresses
      | (?:[A-Za-z]:)?[~.]{0,2}/[^\s]*(?:\s+/\S+)* | [\w.*-]+(?:/[\w.*-]+)+/?  # paths
      | [<>=~^]*\s*v?\d[\d.,:%/+-]*(?:\s?[A-Za-z%]{1,4})? | [-+\d.,eE\s()%]+  # numbers, versions, sizes
      | :.* | <-.*                                                           # Name::part, name[,] <- value
      | (?:true|false|null|none|nil|on|off|enabled|disabled|any|all|\*|~|-|\||>[+-]?|n/a)
      | "[^"]*"[,;]? | '[^']*'[,;]? | \[.*\],? | \{.*\},? | [\[{(]            # quoted, lists
      | [\w$%.-]*[=_$][\w$%.=-]*                                              # some_word, a=b
      | [a-z]+(?:-[a-z0-9]+)+ | [\w-]+\.[a-z]{1,5}                           # kebab-case, file.ext
      | (?:[\w.+-]+(?:\s*\([<>=!~]{1,2}[^)]*\))?)(?:\s*[,|]\s*[\w.+-]+(?:\s*\([<>=!~]{1,2}[^)]*\))?)+  # a, b (>= 2)
      | [\w.\[\]-]+\s*(?:[<>=!~]{1,2}\s*[\d.*]+,?)+.* | .*[{};] | [0-9a-f]{12,}
      | [\w./+-]+;\s.*=.* | \d{4}-\d\d-\d\d.*| (?:\(c\)|©|copyright\b).* | (?:\d{4}[-,\s]*)+\S.*""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_TALK_WORDS = frozenset(
    "i i'm i've i'll i'd im me my mine you you're your yours we we're us our yes yeah yep no nope ok okay hi hey hello "  # noqa: SIM905
    "bye thanks thank please sorry oh ah hm hmm mm mhm uh um well so what why how who where really right sure maybe "
    "good morning night don't can't didn't it's that's what's let's lol haha "
    "ich du wir ihr mir mich dir dich mein dein ja nein doch hallo danke bitte was wie warum "
    "je tu nous vous moi toi mon ton oui non salut merci bonjour quoi comment pourquoi "
    "yo tú mi mí nosotros sí hola gracias qué cómo eu você não sim olá obrigado obrigada "
    "io noi voi sì ciao grazie ik jij je wij ja nee hoi jag du nej hej tak tack "
    "ja ty nie tak cześć я ты мы вы да нет привет спасибо что как ben sen evet hayır".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_CODE_LINE = re.compile(
    r"\s*(?:[#%;]|//|/\*|\*/|\*\s|<[!/?a-zA-Z]|@\w|\$|\||\+[-=]|={3,}|-{3,}|~{3,}|\.\.\s|```|import |from \w+ import|"
    r"def |class |return\b|export |let |const |var |function |if\s*\(|[\w.-]+\s*=\s*\S).*|.*[{};]\s*"
)
_LEVEL = re.compile(
    r"[\d\s:.,TZ+/\[\]-]*(?:[\w.\[\]()-]+ [-|] )*[\[(<]?"
    r"(?:(?:DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|TRACE)\b|(?:info|debug|warn|error|notice)\])"
)
_LETTERS = re.compile("[A-Za-z]+")


def _is_keyword(name: str) -> bool:
    if name.casefold().replace(" ", "-") in _KEYWORDS:
        return True
    is_header = _HEADER.fullmatch(name) is not None and _NUMBERED.fullmatch(name) is None
    return is_header or _ODD_NAME.fullmatch(name) is not None


def _is_talk(words: str) -> bool:
    """Whether words are surely said: a question, a word of talk, or a sentence."""
    if words.endswith(("?", "!", "…", "？", "！", "。")):
        return True
    found = _WORD.findall(words.casefold().replace("’", "'"))
    return any(word in _TALK_WORDS for word in found) or (len(found) > 2 and words.endswith((".", ",")))


def _follows_suit(names: Sequence[str]) -> bool:
    """Whether four or more names or more come in the same order again and again, as the fields of records do."""
    after: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for a, b in pairwise(names):
        after[a][b] += 1
    steps = len(names) - 1
    same = sum(max(counts.values()) for counts in after.values())
    return len(set(names)) >= 4 and len(names) >= 2 * len(set(names)) and same >= 0.8 * steps


_NOTES = (
    ("s", "o", "a", "p"),
    ("subjective", "objective", "assessment", "plan"),
    ("b", "i", "r", "p"),
    ("g", "i", "r", "p"),
    ("behavior", "intervention", "response", "plan"),
    ("behaviour", "intervention", "response", "plan"),
    ("goal", "intervention", "response", "plan"),
)
"""What the parts of a note of a session are called: SOAP, BIRP, GIRP."""


def _are_headings(names: Sequence[str]) -> bool:
    """Whether names are the parts of clinical notes in their order, once or again: no four people ever speak so."""
    return any(
        len(names) >= len(heads) and tuple(names) == (heads * (len(names) // len(heads) + 1))[: len(names)]
        for heads in _NOTES
    )


def _alternates(names: Sequence[str]) -> bool:
    """Whether those who speak come again after others, whatever else stands in the file."""
    back = [count for count in Counter(names).values() if count > 1]
    if len(back) < 2 or sum(back) < 0.8 * len(names):
        return False
    return sum(a != b for a, b in pairwise(names)) >= 0.6 * (len(names) - 1)


def are_of_a_log(lines: Sequence[str], *, levels: int = 1) -> bool:
    """Tell whether three lines in ten or more name a level, as programs' logs do ("ERROR", "[info]").

    Parameters
    ----------
    lines : sequence of str
        The lines.
    levels : int
        How many different levels there must be: people may be called "INFO Desk".
    """
    found = [match.group() for line in lines if (match := _LEVEL.match(line[:120])) is not None]
    if not found or len(found) * 10 < 3 * len(lines):
        return False
    return levels == 1 or len({_LETTERS.findall(text)[-1] for text in found}) >= levels


def why_no_talk(turns: Sequence[tuple[str, str]], lines: Sequence[str], is_timed: bool) -> str | None:
    """Say why lines that open with a name are no talk.

    Parameters
    ----------
    turns : sequence of (str, str)
        What stands before and behind the colon, of every line that has a name.
    lines : sequence of str
        All lines with words.
    is_timed : bool
        Whether most of them carry a time, as talk and logs do.

    Returns
    -------
    str or None
        The ground, as the end of a sentence; None where there is none.
    """
    if are_of_a_log(lines):
        return "its lines are those of a log"
    if not turns:
        return None
    names = [name.casefold() for name, _ in turns]
    count, distinct = len(names), len(set(names))
    said = [words for _, words in turns if words]
    values = [_DATA.fullmatch(words) is not None for words in said]
    data = sum(values) / max(1, len(said))
    talk = sum(_is_talk(words) for words, is_value in zip(said, values, strict=True) if not is_value) / max(
        1, len(said)
    )
    keywords = (
        sum(_is_keyword(name) or (data >= 0.3 and _SNAKE.fullmatch(name) is not None) for name, _ in turns) / count
    )
    code = sum(_CODE_LINE.fullmatch(line) is not None for line in lines) / max(1, len(lines))
    if keywords >= 0.8 or (keywords >= 0.4 and talk < 0.5):
        return "what stands before the colons are names of fields"
    # Two who are called as people are may send each other links, or count.
    are_people = distinct == 2 and _alternates(names) and all(looks_like_name(name) for name, _ in turns)
    if data >= 0.5 and talk < 0.25 and not are_people:
        return "what stands behind the colons are values, not words"
    if _are_headings(names):
        return "S:, O:, A: and P: are the headings of a clinical note, not people"
    if is_timed:
        return None
    if code >= 0.6 or (code >= 0.3 and talk < 0.5 and not are_people):
        return "most of it is written as program text, settings or markup are"
    if talk < 0.5 and data + keywords >= 0.3 and _follows_suit(names):
        return "the same fields come in the same order again and again"
    if count < 0.25 * len(lines) and talk < 0.25 and not _alternates(names):
        return "few lines open with a name, and nobody answers anybody"
    if distinct == count and count > 3 and talk < 0.25 and data + keywords > 0.3:
        return "nobody comes again, and what stands behind the colons are values"
    return None
