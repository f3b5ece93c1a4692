"""Short turns of a talk in another language are not scored as English, and English of any kind is."""

from __future__ import annotations

import pytest

from attunement.coders.base import CodeOptions, code_turns, load_coder
from attunement.core.turn import Turn

# Made up: what people text in the language, short turns among longer ones.
TALK = {
    "tr": ("seni çok özledim", "neredesin", "geliyorum şimdi", "tamam canım", "hiç dinlemiyorsun beni", "napıyosun"),
    "pl": ("gdzie ty jesteś", "zaraz będę", "nigdy mnie nie słuchasz", "dobranoc kochanie", "tęsknię za tobą",
        "tęsknię"),
    "de": ("wann kommst du heim", "i ha di gern", "hab dich so lieb", "was machsch grad", "ich kann nicht mehr",
        "gäll"),
    "es": ("ya voy para la casa", "xq no me contestas", "no me haces caso nunca", "jajaja risa", "que te pasa hoy",
        "dale"),
    "it": ("dove sei stasera", "arrivo subito", "non ce la faccio più", "buonanotte", "ti amo tanto", "stanca morta"),
    "hr": ("nikad me ne slusas", "stizem odmah", "umorna sam jako danas", "sta radis", "pusti me na miru", "laku noc"),
    "greeklish": ("s agapo para poli", "ti kaneis", "pou eisai re esi", "erxomai spiti", "den me akous pote",
        "kalinyxta"),
    "hinglish": ("tum kabhi sunte nahi", "kya hua", "main ghar aa rahi hoon", "mujhe akela chhod do",
        "bahut thak gayi", "acha"),
}  # fmt: skip
ENGLISH = (
    "wis oot wi ma maw the day", "ah dinnae ken whit tae dae anymair", "haud yer wheesht ya muppet",
    "wah mek yuh a gwaan suh", "mi nuh know wah fi do again", "wetin dey worry you na",
    "aiyo dun cry lah i come find you",
    "gan canny hinny", "summat's not reet wi thee", "wagwan bruv you good", "ion even wanna talk bout it fr",
    "wyd l8r tn ??", "jst got hme frm wrk knackerd", "u nvr lstn 2 me wtf", "yo yo", "o no", "la la la", "deadass?",
    "wassup witchu", "dinnae fash", "tsk tsk", "la la land",
)  # fmt: skip


def _languages(coder: str, *texts: str, speakers: str = "ab") -> list[str | None]:
    turns = [
        Turn(i, 0, speakers[i % len(speakers)], text, None, None, i, i, answers=i - 1 if i else None)
        for i, text in enumerate(texts)
    ]
    return [coding.language for coding in code_turns(turns, load_coder(CodeOptions(coder=coder, cache=False)))]


@pytest.mark.parametrize("coder", ["lexical", "neural", "blend"])
@pytest.mark.parametrize("language", TALK)
def test_no_turn_of_a_talk_in_another_language_is_scored(coder: str, language: str) -> None:
    """One turn in five was: two strange words, or one English word among four, said nothing, and were taken for it."""
    told = _languages(coder, *TALK[language])
    assert not {None, "en"} & set(told)


@pytest.mark.parametrize("text", ENGLISH)
def test_english_of_any_kind_is_scored_alone_and_in_talk(text: str) -> None:
    """Dialects, texting and sounds are English; nothing before them need say so."""
    assert set(_languages("lexical", text)) <= {None, "en"}
    before = ("where are you now", "are you coming home tonight")
    assert set(_languages("lexical", *before, text)) <= {None, "en"}


def test_an_answer_whose_words_say_nothing_is_in_the_language_of_the_talk() -> None:
    """Who answers for the first time has said nothing before; one strange answer to English is English all the same."""
    assert _languages("lexical", "dove sei stasera amore", "arrivo subito") == ["it", "it"]
    assert _languages("lexical", "where are you tonight love", "arrivo subito") == ["en", "en"]
    assert _languages("lexical", "dove sei stasera amore", "ok")[1] == "en"


def test_who_answers_another_language_in_english_is_scored() -> None:
    """What the others speak tells nothing of somebody whose own turns tell."""
    texts = ("ich bin so müde heute", "oh no, what happened to you", "der chef war wieder so gemein", "deadass")
    assert _languages("lexical", *texts)[1::2] == ["en", "en"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ﻣﺮﺣﺒﺎ ﻛﻴﻒ ﺣﺎﻟﻚ", "ar"), ("ﾎﾝﾄﾆ ｽｷﾀﾞﾖ", "ja"), ("ㅋㅋㅋㅋ", "ko"), ("ㅠㅠ 보고싶어", "ko"), ("𠀋𠀋𠀋", "zh"),
        ("שּׁלום", "he"),
        ("હું તને પ્રેમ કરું છું", "und"), ("čo robíš", "und"), ("neděláš", "und"),
    ],
)  # fmt: skip
def test_scripts_are_told_in_every_form_that_they_are_written_in(text: str, language: str) -> None:
    """Old phones send Arabic as presentation forms and Japanese at half width: that is no English either."""
    assert _languages("lexical", text) == [language]


def test_two_borrowed_words_are_no_other_language() -> None:
    """Dishes and names are said in English too: "crème brûlée", "Ayşe Yılmaz"."""
    assert _languages("lexical", "crème brûlée") == _languages("lexical", "Ayşe Yılmaz") == [None]
