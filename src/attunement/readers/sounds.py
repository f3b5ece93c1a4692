"""Marks of sounds in captions and transcripts: ``[MUSIC]``, ``(sighs)``, ``♪``: nobody's name and nobody's words."""

from __future__ import annotations

import re

__all__ = ["is_sound", "is_sound_line", "is_unheard"]

_STEMS = (
    "laugh|chuckl|giggl|snicker|sigh|gasp|groan|moan|sob|weep|cough|sneez|sniff|sniffl|snor|yawn|whistl|humm|applau|"
    "clapp|cheer|whisper|scream|shout|yell|mumbl|mutter|stammer|inhal|exhal|breath|pant|grunt|hiccup|chatter|bark|"
    "beep|bleep|buzz|click|knock|thud|slam|ring|squeal|explo|clear|speak|sing|play|clos|open|stop|continu|cry|cri"
)
_WORDS = (
    "laughter music musical applause sigh sob cough gasp cheers clap claps hum hums boos silence pause inaudible "
    "unintelligible indistinct crosstalk overlap overlapping noise noises static thunder footsteps siren sirens "
    "gunshot gunshots explosion door doorbell phone telephone throat background sound sounds sfx fx theme audio "
    "video blank_audio foreign expletive redacted censored in english spanish french german italian russian chinese "
    "japanese arabic musik gelächter lacht lachen lachend seufzt seufzen weint weinen hustet husten applaus "
    "räuspert räuspern klopft klopfen stille schweigen unverständlich geräusch geräusche musique rire rires rit "
    "soupir soupirs soupire pleure pleurs tousse toux applaudissements inintelligible bruit bruits música risa "
    "risas ríe suspira suspiro llora llanto tose aplausos silencio pausa ininteligible ruido risos palmas ruído "
    "musica risate ride sospira sospiro piange applausi silenzio rumore muziek gelach zucht huilt stilte "
    "onverstaanbaar музыка смех смеётся смеется вздох вздыхает плачет кашель кашляет аплодисменты пауза "
    "неразборчиво тишина 音楽 拍手 笑 笑い声 笑声 掌声 音乐 叹气"
)
_UNHEARD = re.compile(
    r"[\[(<*]\s*(?:inaudible|unintelligible|indistinct|incomprehensible|unclear|untranscribed|unverständlich|"
    r"unverstaendlich|inintelligible|inaudibile|incomprensible|ininteligible|ininteligível|inaudible|onverstaanbaar|"
    r"неразборчиво|crosstalk|x{2,4}|\?{2,})(?:\s+(?:speech|talk|talking|words?|\d[\d:.]*))?\s*[\])>*][\s.,…?!]*",
    re.IGNORECASE,
)
_SOUND_WORD = re.compile(rf"(?:(?:{_STEMS})(?:s|es|ed|ing|ling|ring|e)?|{'|'.join(_WORDS.split())})", re.IGNORECASE)
_NOTES = "♪♫♬🎵🎶"
_SCRIPT = re.compile(r"(?:MUSIC|SOUNDS?|SFX|FX)\s*:")
_ONLY_BRACKETS = re.compile(r"(?:\s*(?:\[([^\[\]]{1,80})\]|\(([^()]{1,80})\)|\*([^*]{1,80})\*))+[\s.…]*")
_BRACKET = re.compile(r"\[([^\[\]]+)\]|\(([^()]+)\)|\*([^*]+)\*")


def is_sound(words: str) -> bool:
    """Tell whether what stands in brackets, or before a colon, is a sound rather than a name.

    Examples
    --------
    >>> is_sound("MUSIC PLAYING"), is_sound("laughs"), is_sound("Anna"), is_sound("Priya Singh")
    (True, True, False, False)
    """
    found = [word.strip(".,:-–") for word in words.split()]
    if len(found) > 1 and found[-1].endswith("ING"):  # "FIRE CRACKLING"
        return True
    return any(_SOUND_WORD.fullmatch(word) for word in found) or not any(char.isalnum() for char in words)


def is_sound_line(text: str) -> bool:
    """Tell whether a whole line is nothing but sounds: in brackets, or between notes."""
    text = text.strip()
    if text[:1] and (text[0] in _NOTES or _SCRIPT.match(text)):
        return True
    if text[:1] not in ("[", "(", "*") or _ONLY_BRACKETS.fullmatch(text) is None:
        return False
    return all(is_sound(match[1] or match[2] or match[3]) for match in _BRACKET.finditer(text))


def is_unheard(text: str) -> bool:
    """Tell whether a text is nothing but marks that somebody spoke and could not be understood.

    Examples
    --------
    >>> is_unheard("[inaudible 00:01:02]"), is_unheard("(unintelligible)"), is_unheard("[laughs]"), is_unheard("")
    (True, True, False, False)
    """
    return bool(text) and text[0] in "[(<*" and re.sub(_UNHEARD, "", text).strip() == ""
