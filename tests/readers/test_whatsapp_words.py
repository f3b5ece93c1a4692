"""People's words that sound like WhatsApp's own, and WhatsApp's own that look like words."""

from __future__ import annotations

import pytest

from attunement.core.record import Record
from attunement.readers.base import ReadOptions
from attunement.readers.inputs import Input
from attunement.readers.whatsapp import WhatsAppReader


def read(text: str) -> Record:
    """Read a chat from its text."""
    (record,) = WhatsAppReader().read(Input("chat.txt", text.encode()), ReadOptions())
    return record


@pytest.mark.parametrize(
    "words",
    [
        "Du bist jetzt dran", "Dieses Unternehmen nervt", "Je bent nu thuis?", "This group has been fun",
        "Disappearing messages are annoying", "Вы заблокировали дверь", "Mia left the keys on the table",
        "Mia added sugar too", "This message was deleted by mistake, sorry",
    ],
)  # fmt: skip
@pytest.mark.parametrize("head", ["13/10/2024, 21:58 - ", "[13/10/2024, 21:58:00] "])
def test_words_that_only_begin_like_whatsapps_own_stay_words(head: str, words: str) -> None:
    """A short opening without a mark is anybody's; so is a sentence about oneself."""
    record = read(f"{head}Ola: hello\n{head}Mia: {words}\n{head}Ola: ok")
    assert [(m.speaker, m.kind, m.text) for m in record.messages][1] == ("Mia", "text", words)


@pytest.mark.parametrize("words", ["I left my keys, did you see them?", "he added salt", "Who left?"])
def test_words_led_by_a_mark_stay_words(words: str) -> None:
    """Some iPhones put a mark before people's words; WhatsApp's own lines are statements about others."""
    head = "[13/10/2024, 21:58:00] "
    record = read(f"{head}Ola: hello\n{head}Mia: \u200e{words}\n{head}Mia: \u200eMia left")
    assert [(m.speaker, m.kind) for m in record.messages] == [("Ola", "text"), ("Mia", "text"), (None, "system")]


def test_the_note_on_encryption_does_not_make_a_group_of_a_person() -> None:
    """In a chat of two iPhones the other one "says" it; one message that sounds like an event is still theirs."""
    head = "[13/10/2024, 21:58:00] "
    record = read(
        f"{head}Mia: \u200eMessages and calls are end-to-end encrypted.\n{head}Ola: where?\n{head}Mia: I left"
    )
    assert [(m.speaker, m.kind) for m in record.messages] == [(None, "system"), ("Ola", "text"), ("Mia", "text")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("\u200e未接语音通话", "call"),
        ("\u200eVoice call", "call"),
        ("Missed voice call. Tap to call back", "call"),
        ("Voice call. 2 min", "call"),
        ("\u200e<附件：00000012-PHOTO-2024.jpg>", "media"),
        ("Untitled • \u200e3 pages \u200edocument omitted", "media"),
        ("My notes \u200edocument omitted", "media"),
        ("2015-08-04-PHOTO-00004762.jpg <\u200eattached>", "media"),
        ("You received a view once message. For added privacy, you can only open it on your phone.", "media"),
    ],
)
def test_calls_and_media_of_iphones(text: str, kind: str) -> None:
    """Short and East Asian calls, titles without an ending, old attachments, what can be seen once."""
    head = "[13/10/2024, 21:58:00] "
    record = read(f"{head}Ola: hello\n{head}Mia: {text}")
    assert (record.messages[1].kind, record.messages[1].text) == (kind, "")


@pytest.mark.parametrize("text", ["DOC-20221118-WA0004. (file attached)\nplan.pdf", "plan.pdf (file attached)\nplan"])
def test_documents_of_androids(text: str) -> None:
    """A file without an ending, and one whose caption is its own name."""
    record = read(f"13/10/2024, 21:58 - Ola: hello\n13/10/2024, 21:58 - Mia: {text}")
    assert (record.messages[1].kind, record.messages[1].text) == ("media", "")


def test_places_said_three_times_are_no_part_of_a_name() -> None:
    """Every message of hers is a place: she is not called "Mia: location"."""
    lines = "".join(
        f"13/10/2024, 21:5{n} - Mia: location: https://maps.google.com/?q={n},0\n13/10/2024, 21:5{n} - Ola: ok\n"
        for n in range(3)
    )
    record = read(lines)
    assert [(m.speaker, m.kind) for m in record.messages] == [("Mia", "media"), ("Ola", "text")] * 3


def test_pasted_lines_do_not_win_over_the_files_own_heads() -> None:
    """Three lines copied from WhatsApp Web stand in a short export: they are words of the message they are in."""
    record = read(
        "13/10/2024, 21:50 - Ola: hey\n13/10/2024, 21:58 - Mia: look\n[20:00, 13/10/2024] Mia: a\n"
        "[20:01, 13/10/2024] Ola: b\n[20:02, 13/10/2024] Mia: c\n13/10/2024, 23:59 - Ola: ok\n"
    )
    assert [m.speaker for m in record.messages] == ["Ola", "Mia", "Ola"]
    assert record.messages[1].text.endswith("[20:02, 13/10/2024] Mia: c")


def test_a_colon_in_a_title_ends_no_name() -> None:
    """Where the verb comes last, the quotation mark left open tells it."""
    record = read('13/10/2024, 21:58 - Mia "Çay: pazar" grubunu oluşturdu\n13/10/2024, 21:59 - Mia: selam')
    assert [(m.speaker, m.kind) for m in record.messages] == [(None, "system"), ("Mia", "text")]
