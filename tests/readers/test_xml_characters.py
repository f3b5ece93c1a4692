"""Characters that XML forbids, as phones and copies leave them in somebody's words."""

from __future__ import annotations

import pytest

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.base import ReadOptions, read_source


def _sms(bodies: list[bytes], head: bytes = b'<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>\n') -> bytes:
    texts = [
        b'<sms address="+4912345678" date="17040672%02d000" type="%d" body="%b" readable_date="x" contact_name="M"/>\n'
        % (number, number % 2 + 1, body)
        for number, body in enumerate(bodies)
    ]
    return head + b'<smses count="9">\n' + b"".join(texts) + b"</smses>\n"


def _read(data: bytes, name: str) -> Record:
    (record,) = read_source(data, ReadOptions(), name=name)
    return record


@pytest.mark.parametrize("bad", [b"\x00", b"\x01", b"\x0b", b"\x1f", b"\xff", b"\xe2\x82", b"\xef\xbf\xbe"])
def test_a_forbidden_character_costs_itself_only(bad: bytes) -> None:
    """The message is kept, and everything behind it; how many there were is told with the line of the first."""
    record = _read(_sms([b"hi", b"so " + bad + b"sad", b"what " + bad + bad + b"now", b"bye"]), "sms-1.xml")
    assert [m.text for m in record.messages] == ["hi", "so \ufffdsad", "what \ufffd\ufffdnow", "bye"]
    assert [(p.kind, p.source.line, p.message[:1]) for p in record.problems] == [("broken character", 4, "3")]


def test_sound_files_stay_as_they_are() -> None:
    """Emoji, a U+FFFD that stands there and another encoding are read without a word."""
    record = _read(_sms(["so \ufffd sad 🥺".encode()]), "sms-1.xml")
    assert (record.messages[0].text, record.problems) == ("so \ufffd sad 🥺", ())
    latin = _sms(["früh".encode("latin-1")], b'<?xml version="1.0" encoding="ISO-8859-1"?>\n')
    assert _read(latin, "sms-1.xml").messages[0].text == "früh"
    wide = _sms(["früh".encode()], b'<?xml version="1.0" encoding="UTF-16"?>\n').decode().encode("utf-16")
    assert _read(wide, "sms-1.xml").messages[0].text == "früh"


def test_a_file_that_breaks_off_is_told_besides() -> None:
    """Both troubles of one file stand in its problems; a file without one message is refused."""
    whole = _sms([b"hi", b"so \x01 sad", b"bye"])
    record = _read(whole[: whole.index(b"bye")], "sms-1.xml")
    assert [p.kind for p in record.problems] == ["broken character", "broken file"]
    with pytest.raises(InputError, match="no sound XML"):
        _read(whole[: whole.index(b"<sms ") + 20], "sms-1.xml")


def test_an_annotation_with_a_forbidden_character_is_read() -> None:
    """ELAN files are mended the same way, and were refused."""
    file = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT>\n<TIME_ORDER>\n'
        '<TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="0"/><TIME_SLOT TIME_SLOT_ID="b" TIME_VALUE="900"/></TIME_ORDER>\n'
        '<TIER TIER_ID="x" PARTICIPANT="Ana"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="n" TIME_SLOT_REF1="a" '
        'TIME_SLOT_REF2="b"><ANNOTATION_VALUE>so \x02 sad</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>'
        "</TIER></ANNOTATION_DOCUMENT>"
    )
    record = _read(file.encode(), "talk.eaf")
    assert [(m.speaker, m.text, m.end) for m in record.messages] == [("Ana", "so \ufffd sad", 0.9)]
    assert ("broken character", 5) in [(p.kind, p.source.line) for p in record.problems]


@pytest.mark.parametrize("bad", [b"\x01", b"\xff"])
@pytest.mark.parametrize("before", [0, 1, 2, 3])
def test_a_fault_is_found_wherever_a_block_ends(bad: bytes, before: int) -> None:
    """Files are looked through in blocks of a megabyte; an emoji over their edge is no fault."""
    body = ("x" * (1_048_576 - 300 + before) + "🥺" * 200).encode()
    sound, broken = _read(_sms([body]), "sms-1.xml"), _read(_sms([body, b"so " + bad + b" sad"]), "sms-1.xml")
    assert (sound.messages[0].text, sound.problems) == (body.decode(), ())
    assert broken.messages[1].text == "so \ufffd sad"
    assert [(p.kind, p.source.line) for p in broken.problems] == [("broken character", 4)]
