"""Of a turn's text, the words that its speaker says: without lines quoted from others, links and blocks of code."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["own_words"]

# A letter or a space behind the mark: ">:(" and ">3" quote nobody. The mark of an answer in a mail may stand twice.
_QUOTED = re.compile(r"^[ \t]*>(?:>|[ \t]+>)*(?=[ \t]|[\"'“‘*]?[^\W\d_])[^\n]*(?:\n|$)", re.MULTILINE)
_LINK = re.compile(
    r"(?:\bhttps?://|\bwww\.)[^\s<>]*[^\s<>.,;:!?)\]}'\"”’…]"
    r"|(?<![\w@.])(?:[a-z0-9][a-z0-9-]{0,62}\.){1,4}(?:com|org|net|edu|gov|info|app|uk|be|de|io|ly|gg|tv)/[^\s<>]*[^\s<>.,;:!?)\]}'\"”’…]",
    re.IGNORECASE,
)

# They open and close a block of code, or code in the line (Slack); in WhatsApp they only change the letters.
_FENCE = re.compile(r"`{3,}")
_LANGUAGES = """
    ada apex applescript arduino asm assembly awk bash basic bat batch c# c++ clj clojure cmake cmd cobol
    coffeescript conf console cpp crystal cs csharp css csv cuda cypher dart delphi diff docker dockerfile dot elixir
    elm env erl erlang ex f# fish fortran fsharp gdscript gitignore glsl go golang gql gradle graphql groovy haml
    handlebars haskell hcl hlsl hs html http ini ino ipynb java javascript jinja jinja2 jl js json json5 jsonc jsonl jsx
    julia kotlin kt latex less lisp log lua make makefile mathematica matlab mermaid mysql nasm nginx nim nix objc
    objective-c objectivec ocaml octave pascal patch perl php pl plantuml plpgsql plsql postgres postgresql powershell
    prisma prolog properties proto protobuf ps1 pwsh py pycon python python3 racket rb regex rs ruby rust sas sass
    scala scheme scss sh shell sol solidity sparql spss sql sqlite stata svelte svg swift tcl terraform tex tf toml ts
    tsv tsx typescript vb vba vbnet verilog vhdl vim vue wasm x86asm xhtml xml xquery yaml yml zig zsh
"""
_CODE_LINE = re.compile(
    r"[{}$\\]|</?[a-zA-Z]|\w ?[=|]+ ?[\w\"'\[(-]|(?:[)\]}\"'\d]|^\s*\w+);\s*$"
    r"|\w\(\w*\)|\w\(.+[,\"'(]|^\s*(?:#|//|--|@\w|\$ |>>> )|^(?: {4}|\t)\s*\S|::|->|\w\.\w+\("
    r"|^\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\b(?:INFO|WARN|WARNING|ERROR|DEBUG|FATAL|TRACE)\b"
    r"|^\s*(?:import|from|def|class|return|sudo|kill|killall|rm|cd|git|npm|pip|docker|SELECT|INSERT|UPDATE|DELETE) \S+$"
)
_MOST_LINES, _LINE_CHARS = 200, 200  # enough to tell by, whatever is between


def own_words(text: str) -> str:
    r"""Blank out what the speaker does not say: lines that begin with ">", web addresses, and code between "```".

    What stands between "```" is code where the name of a language stands behind the first, or most of its lines look
    like it: people put a letter there, too.

    Parameters
    ----------
    text : str
        A turn's text.

    Returns
    -------
    str
        As long as the text, so that every place in it stays the same; a space for each character left out.

    Examples
    --------
    >>> own_words("look: https://example.org/so-sad. poor thing")
    'look:                           . poor thing'
    >>> own_words("> you never listen\nhe wrote that")
    '                   he wrote that'
    >>> own_words("help:\n```sh\nkill -9 7\n```").split(), own_words("```i want to die```")
    (['help:'], '```i want to die```')
    """
    if "```" in text:
        text = _without_code(text)
    if ">" in text:
        text = _QUOTED.sub(_blank, text)
    if "/" in text or "www." in text or "WWW." in text:
        text = _LINK.sub(_blank, text)
    return text


def _without_code(text: str) -> str:
    left: list[str] = []
    done = 0
    fences = _FENCE.finditer(text)
    for opened, closed in zip(fences, fences, strict=False):
        begin, end = opened.start(), closed.end()
        if _is_code(text[opened.end() : closed.start()]):
            left += [text[done:begin], " " * (end - begin)]
            done = end
    return "".join([*left, text[done:]])


@cache
def _languages() -> frozenset[str]:
    return frozenset(_LANGUAGES.split())


def _is_code(inside: str) -> bool:
    first, newline, _ = inside.partition("\n")
    named = first.split()[:1]
    if newline and named and named[0].lower().strip("{}.") in _languages():
        return True
    lines = [line[:_LINE_CHARS] for line in inside.split("\n", _MOST_LINES)[:_MOST_LINES] if line.strip()]
    return sum(_CODE_LINE.search(line) is not None for line in lines) * 2 > len(lines)


def _blank(match: re.Match[str]) -> str:
    return " " * (match.end() - match.start())
