"""What an ELAN tier holds, by what transcribers call it and by what stands on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

__all__ = ["Holding", "are_marks", "holding_of", "words_a_line"]

Holding = Literal["words", "unknown", "translation", "aside"]

_WORDS = frozenset(
    "tx txt text texts utt utts utterance utterances orth ortho orthography orthographic orthographical transcription "  # noqa: SIM905
    "transcriptions transcript speech word words said sentence sentences phrase phrases verbatim "
    "transkription transkript äußerung äußerungen wortlaut énoncé énoncés texte parole paroles transcripción "
    "transcrição trascrizione texto testo enunciado enunciados enunciato tekst".split()
)
_TRANSLATION = frozenset(
    "ft fte ftg fts ftr free literal translation translations translated gls traduction traducción "  # noqa: SIM905
    "tradução traduzione übersetzung vertaling".split()
)
_ASIDE = frozenset(
    "gloss glosses glossed glossing comment comments note notes remark remarks description action "  # noqa: SIM905
    "gesture gestures gaze morph morphs morphemes glose gloses commentaire commentaires comentario "
    "comentarios comentário commento kommentar kommentare bemerkung bemerkungen notiz notizen".split()
)
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Letters of scripts that put no space between words."""

_MARK = re.compile(r"[\W_]*|\S*[\d_]\S*")
_LEAST_MARKS = 0.8


def holding_of(name: str, kind: str) -> Holding:
    """Say what a tier holds: by its own name without what follows `@`, else by its linguistic type.

    Examples
    --------
    >>> holding_of("tx@KA", "dep"), holding_of("FreeTranslation", "utterance"), holding_of("B", "note")
    ('words', 'translation', 'aside')
    """
    for called in (name.partition("@")[0], kind):
        parts = {part.casefold() for part in _parts(called)}
        if parts & _ASIDE:
            return "aside"
        if parts & _TRANSLATION:
            return "translation"
        if parts & _WORDS:
            return "words"
    return "unknown"


def _parts(name: str) -> list[str]:
    """Split a name at what is no letter, and before each capital that opens a word ("FreeTranslation")."""
    split = re.sub(r"(?<=[a-z\u00df-\u00ff])(?=[A-Z\u00c0-\u00de])", " ", name)
    return [part for part in re.split(r"[\W\d_]+", split) if part]


def are_marks(values: Sequence[str]) -> bool:
    """Say whether values only number or name utterances ("01", "KA_002"), or are blank: nothing that anybody said.

    A word alone is none, and neither is a line in a script without spaces.
    """
    filled = [value for value in values if value]
    marks = sum(_MARK.fullmatch(value) is not None and _UNSPACED.search(value) is None for value in filled)
    return marks >= _LEAST_MARKS * len(filled)


def words_a_line(values: Sequence[str]) -> float:
    """Return about how many words a value has that is not blank: two letters of a script without spaces are one."""
    filled = [value for value in values if value]
    words = sum(max(len(value.split()), len(_UNSPACED.findall(value)) / 2) for value in filled)
    return words / len(filled) if filled else 0.0
