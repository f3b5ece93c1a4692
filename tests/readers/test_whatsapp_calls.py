"""How long WhatsApp's calls were, in the words of its languages."""

from __future__ import annotations

import pytest

from attunement.core.record import Record
from attunement.readers.base import ReadOptions
from attunement.readers.inputs import Input
from attunement.readers.whatsapp import WhatsAppReader
from attunement.turns import make_turns

_L = "\u200e"


def read(text: str) -> Record:
    """Read a chat from its text."""
    (record,) = WhatsAppReader().read(Input("chat.txt", text.encode()), ReadOptions())
    return record


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        (f"{_L}Voice call, {_L}23 min", 1380), (f"{_L}Voice call. {_L}43 sec", 43),
        (f"{_L}Video call, {_L}1 hr 2 min", 3720), (f"{_L}Voice call. {_L}5 min • 3 joined", 300),
        (f"{_L}Sprachanruf, {_L}1 Std. 5 Min.", 3900), (f"{_L}Appel vidéo, {_L}1\u202fh 3\u00a0min", 3780),
        (f"{_L}Llamada de voz, {_L}16 min.", 960), (f"{_L}Ligação de voz. {_L}22 seg", 22),
        (f"{_L}Videochiamata. {_L}1 ora 5 min", 3900), (f"{_L}Video-oproep, {_L}2 uur", 7200),
        (f"{_L}Görüntülü arama. {_L}1 sa. 2 dk.", 3720), (f"{_L}Połączenie głosowe. {_L}1 godz. 5 min", 3900),
        (f"{_L}Аудиозвонок. {_L}5 мин", 300), (f"{_L}語音通話。{_L}5 分鐘", 300), (f"{_L}वॉइस कॉल. {_L}5 मिनट", 300),
        (f"{_L}مكالمة صوتية. {_L}5 دقائق", 300), (f"{_L}Voice call, {_L}No answer", None),
        (f"{_L}Missed voice call, {_L}Tap to call back", None), (f"{_L}Group voice call. {_L}4 joined", None),
    ],
)  # fmt: skip
def test_a_call_lasts_as_long_as_its_line_says(line: str, seconds: int | None) -> None:
    """A call has an end and its seconds where the line tells them; in a unit that is not known it has neither."""
    record = read(f"[13/10/2024, 21:58:00] Ana: call me\n[13/10/2024, 21:59:00] Ben: {line}\n")
    call = record.messages[1]
    assert (call.kind, call.speaker, call.text) == ("call", "Ben", "")
    assert (call.end is None) == (seconds is None)
    if seconds is not None and call.end is not None and call.start is not None:
        assert call.end - call.start == seconds
        assert call.labels == {"call": {"seconds": seconds}}


def test_what_is_said_after_a_long_call_belongs_to_its_session() -> None:
    """Silence is counted from the end of a call: three hours on the phone are no three hours of silence."""
    record = read(
        f"[13/10/2024, 18:00:00] Ben: {_L}Voice call, {_L}9 hr 5 min\n[14/10/2024, 03:10:00] Ana: I miss you already\n"
    )
    assert len({turn.session for turn in make_turns(record)[0]}) == 1


@pytest.mark.parametrize("words", ["Video call, 10 min ok?", "Voice call, 3 min then I slept", "Voice call. 2 s left"])
def test_words_about_a_call_stay_words(words: str) -> None:
    """Android's form is the call and its length, and nothing behind it."""
    record = read(f"13/10/2024, 21:58 - Ana: hello\n13/10/2024, 21:59 - Ben: {words}\n13/10/2024, 21:59 - Ana: ok\n")
    assert [(m.kind, m.text) for m in record.messages][1] == ("text", words)


@pytest.mark.parametrize(
    "line",
    ["Missed voice call at 10:12", "Missed video call at 10:12\u202fPM", "Verpasster Sprachanruf um 12:10",
     "Llamada perdida a las 12:10", "Appel vocal manqué à 12:10"],
)  # fmt: skip
def test_a_missed_call_of_nobodys_is_a_call(line: str) -> None:
    """Android until 2019 wrote the hour behind it; under a name these are somebody's words."""
    record = read(f"13/10/2024, 21:58 - Ana: hello\n13/10/2024, 21:59 - {line}\n13/10/2024, 21:59 - Ben: {line}\n")
    assert [(m.speaker, m.kind, m.text) for m in record.messages][1:] == [(None, "call", ""), ("Ben", "text", line)]


@pytest.mark.parametrize("line", ["Sprachanruf, 3 Min.", "Spraakoproep, 3 min", "Sesli arama, 1 sa. 3 dk."])
def test_a_call_with_its_length_is_a_call_on_android(line: str) -> None:
    """In every language of the table, as in English."""
    record = read(f"13/10/2024, 21:58 - Ana: hello\n13/10/2024, 21:59 - Ben: {line}\n")
    assert record.messages[1].kind == "call"
    assert record.messages[1].end is not None


@pytest.mark.parametrize(
    "line",
    ["En attente de ce message. Cela peut prendre quelques instants.", "Waiting for this message. Please be patient.",
     "Localisation\u00a0: https://maps.google.com/?q=50.1,8.2"],
)  # fmt: skip
def test_what_had_not_come_yet_and_places_are_media(line: str) -> None:
    """The sentence behind it differs from version to version; French has a space before its colons."""
    record = read(f"[13/10/2024, 21:58:00] Ana: salut\n[13/10/2024, 21:59:00] Ben: {_L}{line}\n")
    assert [(m.kind, m.text) for m in record.messages][1] == ("media", "")


def test_a_place_in_french_is_media_on_android() -> None:
    """No mark leads it there."""
    place = "Localisation : https://maps.google.com/?q=50.1,8.2"
    record = read(f"13/10/2024, 21:58 - Ana: salut\n13/10/2024, 21:59 - Ben: {place}\n")
    assert record.messages[1].kind == "media"
