"""Turns in other languages are marked and never scored as English; English, however typed, is scored."""

from __future__ import annotations

from importlib.resources import files

import pytest

from attunement.coders.base import CodeOptions, Query, load_coder
from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn

OTHERS = {
    "de": (
        "Ich bin heute so müde und weiß nicht warum",
        "Das tut mir leid, willst du reden?",
        "Wann kommst du heim",
    ),
    "es": (
        "Estoy muy cansada y no sé por qué",
        "Lo siento mucho, ¿quieres hablar?",
        "Ya compré el pan para mañana",
    ),
    "fr": (
        "Je suis tellement fatiguée aujourd'hui",
        "Je suis désolé, tu veux en parler ?",
        "Tu rentres à quelle heure",
    ),
    "it": (
        "Sono così stanca oggi e non so perché",
        "Mi dispiace, vuoi parlarne con me?",
        "Hai pagato tu la bolletta",
    ),
    "pt": (
        "Estou tão cansada hoje e não sei porquê",
        "Sinto muito, você quer conversar?",
        "Que horas você chega em casa",
    ),
    "nl": (
        "Ik ben zo moe vandaag en ik weet niet waarom",
        "Wat erg voor je, wil je erover praten?",
        "Hoe laat ben je thuis",
    ),
    "pl": (
        "Jestem dzisiaj taka zmęczona i nie wiem czemu",
        "Przykro mi, chcesz o tym porozmawiać?",
        "O której będziesz w domu",
    ),
    "tr": (
        "Bugün çok yorgunum ve neden bilmiyorum",
        "Çok üzüldüm, konuşmak ister misin?",
        "Akşam eve kaçta geliyorsun",
    ),
    "sv": (
        "Jag är så trött idag och jag vet inte varför",
        "Jag är ledsen, vill du prata om det?",
        "När kommer du hem ikväll",
    ),
    "fi": (
        "Olen tänään niin väsynyt enkä tiedä miksi",
        "Olen pahoillani, haluatko puhua siitä?",
        "Mihin aikaan tulet kotiin",
    ),
    "id": (
        "Aku capek banget hari ini dan tidak tahu kenapa",
        "Aku ikut sedih, kamu mau cerita?",
        "Kamu pulang jam berapa nanti",
    ),
    "vi": (
        "Hôm nay mình mệt quá mà không biết tại sao",
        "Mình rất tiếc, bạn có muốn nói không?",
        "Mấy giờ bạn về nhà",
    ),
    "ru": (
        "Я сегодня так устала и не знаю почему",
        "Мне очень жаль, хочешь поговорить?",
        "Во сколько ты придёшь",
    ),
    "uk": (
        "Я сьогодні така втомлена і не знаю чому",
        "Мені дуже шкода, хочеш поговорити?",
        "О котрій ти прийдеш",
    ),
    "el": (
        "Είμαι τόσο κουρασμένη σήμερα",
        "Λυπάμαι πολύ, θες να μιλήσουμε;",
        "Τι ώρα θα έρθεις σπίτι",
    ),
    "he": (
        "אני כל כך עייפה היום",
        "אני מצטער, את רוצה לדבר?",
        "מתי את חוזרת הביתה",
    ),
    "ar": (
        "أنا متعبة جدا اليوم",
        "أنا آسف، هل تريدين أن نتكلم؟",
        "متى تعودين إلى البيت",
    ),
    "hi": (
        "आज मैं बहुत थकी हुई हूँ",
        "मुझे अफ़सोस है, बात करना चाहोगी?",
        "तुम घर कब आओगे",
    ),
    "ja": (
        "今日はすごく疲れた",
        "大変だったね、話したい?",
        "何時に帰ってくる",
    ),
    "zh": (
        "我今天好累，不知道为什么",
        "我很难过，你想聊聊吗？",
        "你几点回家",
    ),
    "ko": (
        "오늘 너무 피곤한데 왜 그런지 모르겠어",
        "속상했겠다, 얘기할래?",
        "몇 시에 집에 와",
    ),
}
ENGLISH = (
    "im so tired today n idk why", "Aye, I'm dead sorry hen, d'ye want tae talk?", "she been acting funny all week fr",
    "what time will you come home only, I am waiting since morning", "ugh. ugh ugh ugh", "u ok hun?? xx",
    "Abeg I no dey happy today, come sit with me small", "i cant even rn lol", "how's mum's knee doing?",
)  # fmt: skip


STRETCHED = (
    "noooooo im sooooo sorryyyyy", "omggggg yesssss congratssss", "gn bby ily sm", "kk thx bby", "awwwww misss youuuu",
    "pleeeease stahhhp im cryinggg",
)  # fmt: skip


def _code(coder: str, text: str) -> tuple[str | None, bool]:
    """Return the language of a turn and whether anything about it was scored."""
    before, turn = Turn(0, 0, "a", text, None, None, 0, 0), Turn(1, 0, "b", text, None, None, 1, 1, answers=0)
    coding = load_coder(CodeOptions(coder=coder, cache=False)).code([Query(turn, (before,))])[0]
    return coding.language, bool(coding.codings)


@pytest.mark.parametrize("coder", ["lexical", "neural"])
@pytest.mark.parametrize("language", OTHERS)
def test_other_languages_are_marked_and_not_scored(coder: str, language: str) -> None:
    """Each sentence is told to be its own language, or at least no English, and carries no code."""
    told = [_code(coder, text) for text in OTHERS[language]]
    assert not any(scored for _, scored in told)
    assert "en" not in {name for name, _ in told}
    assert language in {name for name, _ in told}


@pytest.mark.parametrize("coder", ["lexical", "neural", "blend"])
@pytest.mark.parametrize(
    ("before", "text", "language"),
    [
        (OTHERS["zh"][0], "I feel sad, tut mir leid, ich weiß nicht what to do anymore", "en"),
        (OTHERS["de"][0], "I feel sad, tut mir leid, ich weiß nicht what to do anymore", "en"),
        (OTHERS["zh"][0], "ok", "zh"),
        (OTHERS["es"][0], "pizza", "es"),
        (OTHERS["es"][0], "voy comprando pan", "es"),
        (OTHERS["de"][0], "I don't know what to do anymore", "en"),
        (ENGLISH[0], "ja", "en"),
    ],
)
def test_only_turns_that_do_not_say_take_the_earlier_language(
    coder: str, before: str, text: str, language: str
) -> None:
    """Seven of thirteen words are English: the turn is English and scored, whatever its speaker wrote before."""
    first, second = Turn(0, 0, "a", before, None, None, 0, 0), Turn(1, 0, "a", text, None, None, 1, 1)
    (coding,) = load_coder(CodeOptions(coder=coder, cache=False)).code([Query(second, (first,))])
    assert coding.language == language
    assert ("expression" in coding.abstained) == (language != "en")


def _of_speaker(coder: str, *texts: str) -> TurnCoding:
    """Code the last of what one speaker wrote in a row."""
    turns = [Turn(place, 0, "a", text, None, None, place, place) for place, text in enumerate(texts)]
    return load_coder(CodeOptions(coder=coder, cache=False)).code([Query(turns[-1], tuple(turns[:-1]))])[0]


@pytest.mark.parametrize("coder", ["lexical", "neural", "blend"])
def test_one_borrowed_phrase_does_not_change_the_language(coder: str) -> None:
    """What follows "hola amor" is English, as what came before; of one who goes on in Spanish it is Spanish."""
    assert _of_speaker(coder, "hola amor").language == "es"
    for earlier in (["hola amor"], [ENGLISH[0], "hola amor"], ["hola amor", ENGLISH[0]]):
        for text in ("nothing", "ta babe"):
            coding = _of_speaker(coder, *earlier, text)
            assert coding.language == "en"
            assert "expression" not in coding.abstained
    assert _of_speaker(coder, "hola amor", "te quiero", "pizza").language == "es"
    assert _of_speaker(coder, ENGLISH[0], OTHERS["es"][0], OTHERS["es"][1], "pizza").language == "es"


@pytest.mark.parametrize("coder", ["lexical", "neural", "blend"])
@pytest.mark.parametrize("text", [":(", ":D", "😭", "!!!", "10:30"])
def test_a_turn_without_letters_is_in_no_language(coder: str, text: str) -> None:
    """An emoticon means the same after a German sentence."""
    coding = _of_speaker(coder, OTHERS["de"][0], text)
    assert coding.language is None
    assert "language" not in coding.abstained.values()


@pytest.mark.parametrize("coder", ["lexical", "neural", "blend"])
def test_a_photo_is_wordless_in_whatever_language_its_sender_writes(coder: str) -> None:
    """No words are not words that were not read."""
    assert set(_of_speaker(coder, OTHERS["de"][0], "").abstained.values()) == {"wordless"}


@pytest.mark.parametrize("text", ENGLISH)
def test_english_of_any_kind_is_scored(text: str) -> None:
    """Slips, dialects and short forms are English; what is English is scored."""
    assert _code("lexical", text)[1]


@pytest.mark.parametrize("coder", ["lexical", "neural", "blend"])
@pytest.mark.parametrize("text", STRETCHED)
def test_stretched_and_clipped_english_is_english_to_every_coder(coder: str, text: str) -> None:
    """The network's coder asks for the language of the words in plain spelling, as the lexical one does."""
    language, scored = _code(coder, text)
    assert language == "en"
    assert scored


@pytest.mark.parametrize(
    ("text", "code"),
    [("noooo plsssss im gonna killll myselffff", "self_harm"), ("he hittt meeee againnnn plsssss", "abuse_disclosed")],
)
def test_risk_is_seen_however_it_is_spelt(text: str, code: str) -> None:
    """What the cues find in stretched words reaches the blend."""
    found = load_coder(CodeOptions(coder="blend", cache=False)).code([Query(Turn(0, 0, "a", text, None, None, 0, 0))])[
        0
    ]
    assert code in found.present("risk")
    assert not found.abstained


def test_every_english_word_begins_with_a_letter() -> None:
    """`language_of` counts English words as words without a look at their letters."""
    words = (files("attunement.coders") / "cues" / "english.txt").read_text(encoding="utf-8").split()
    assert all(word[0].isalpha() for word in words)


@pytest.mark.parametrize("typed", ["ta", "na", "da", "si", "ja", "yo", "T, Leah, Omar"])
@pytest.mark.parametrize("coder", ["lexical", "blend"])
def test_a_short_word_or_a_list_of_names_is_no_language(typed: str, coder: str) -> None:
    """One word of two letters in an English chat is read, as is a list of names, though nothing came before."""
    first = Turn(0, 0, "Ann", "did you get the bread on the way home from work", None, None, 0, 0)
    query = Query(Turn(1, 0, "Bo", typed, None, None, 1, 1, answers=0), (first,))
    found = load_coder(CodeOptions(coder=coder, cache=False)).code([query])[0]
    assert "language" not in found.abstained.values()


def test_a_short_word_is_in_the_language_that_its_speaker_wrote_before() -> None:
    """After German "ja" is German still."""
    earlier = Turn(0, 0, "Bo", "Ich bin heute so müde und weiß nicht warum", None, None, 0, 0)
    query = Query(Turn(1, 0, "Bo", "ja", None, None, 1, 1), (earlier,))
    found = load_coder(CodeOptions(coder="lexical", cache=False)).code([query])[0]
    assert found.abstained["expression"] == "language"
