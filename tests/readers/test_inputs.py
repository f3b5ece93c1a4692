"""Tests of opening: files, folders, archives, encodings, and the bounds on all of them."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import struct
import sys
import tempfile
import threading
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import AttunementError, InputError, LimitError, UsageError
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.inputs import Input, Limits, decode, open_input

LIMITS = Limits()


def make_zip(files: dict[str, bytes]) -> bytes:
    """Pack files into a zip archive in memory."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("encoding", ["cp1251", "gb18030", "shift_jis", "koi8-r"])
def test_a_given_encoding_is_taken(encoding: str, tmp_path: Path) -> None:
    """What the bytes do not tell the user may say, for a file and for those of an archive; a mark knows better."""
    words = {"cp1251": "Привет", "koi8-r": "Привет", "gb18030": "你好吗", "shift_jis": "元気ですか"}[encoding]
    text = f"Ana: {words} A\nBen: {words} B\nAna: {words}\nBen: {words} C\n"
    options = ReadOptions(encoding=encoding)
    path = tmp_path / "talk.txt"
    path.write_bytes(text.encode(encoding))
    (record,) = read_source(path, options)
    assert [message.text for message in record.messages] == [f"{words} A", f"{words} B", words, f"{words} C"]
    assert record.problems == ()
    with zipfile.ZipFile(tmp_path / "talk.zip", "w") as archive:
        archive.write(path, "talk.txt")
    assert read_source(tmp_path / "talk.zip", options)[0].messages == record.messages
    path.write_bytes(text.encode("utf-8-sig"))
    assert read_source(path, options)[0].messages == record.messages


@pytest.mark.parametrize(
    "said",
    ["Mia: my secret\nBen: oh\n", "Mia: my secret", "my secret " * 15, "Mia: my secret\n" * 9000, "my\0secret\nx"],
)
def test_text_in_the_place_of_a_path_is_not_repeated(said: str) -> None:
    """Text as str is a slip that is easily made: the message says what to do and never what was said."""
    with pytest.raises(InputError, match="given as bytes") as caught:
        open_input(said, limits=LIMITS)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_not_there_is_named() -> None:
    """A path that looks like one is repeated, so that the typing error can be seen."""
    with pytest.raises(InputError, match=r"There is no file 'Chat with Mia\.txt'"):
        open_input("somewhere/Chat with Mia.txt", limits=LIMITS)


def test_small_bounds_are_told_to_the_byte() -> None:
    """Nothing holds 0 MB."""
    with pytest.raises(LimitError, match="holds 2,000 bytes; at most 10 bytes are read"):
        open_input(b"x" * 2000, limits=Limits(max_bytes=10))


def test_an_encoding_that_is_none_or_does_not_fit() -> None:
    """A wrong name is the user's mistake; bytes that the encoding does not have are said to be so."""
    with pytest.raises(UsageError, match="no encoding"):
        read_source(b"Ana: hi\nBen: ho\n", ReadOptions(encoding="hex"))
    with pytest.raises(InputError, match="is not ascii"):
        read_source("Ana: hé\nBen: hö\nAna: x\nBen: y\n".encode(), ReadOptions(encoding="ascii"))


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    """The message names the file and not the folder it was looked for in."""
    with pytest.raises(InputError, match=r"There is no file 'chat\.txt'") as caught:
        open_input(tmp_path / "chat.txt", limits=LIMITS)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("path", ["a\x00b", "x" * 5000])
def test_an_impossible_path_is_a_clear_error(path: str) -> None:
    """Paths that no file system takes are input errors, not tracebacks."""
    with pytest.raises(InputError):
        open_input(path, limits=LIMITS)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other locks")
def test_a_locked_file_is_a_clear_error() -> None:
    """What may not be read is said so; root, who may read everything, is nobody for as long."""
    nobody = 65534
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        file = Path(folder) / "chat.txt"
        file.write_bytes(b"x")
        file.chmod(0)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(nobody)
        try:
            with pytest.raises(InputError, match="could not be read"):
                open_input(file, limits=LIMITS)
        finally:
            if is_root:
                os.seteuid(0)


def test_emptiness_is_a_clear_error(tmp_path: Path) -> None:
    """An empty file, folder and archive are each said to be empty."""
    (tmp_path / "folder").mkdir()
    for source in (b"", make_zip({}), tmp_path / "folder", gzip.compress(b"")):
        with pytest.raises(InputError, match="empty"):
            open_input(source, limits=LIMITS)


def test_a_folder_is_not_followed_out_of(tmp_path: Path) -> None:
    """Members are sorted, links are left alone, nothing is read before it is asked for."""
    export = tmp_path / "export"
    (export / "b").mkdir(parents=True)
    (export / "b" / "two.txt").write_bytes(b"2")
    (export / "a.txt").write_bytes(b"1")
    (export / "link.txt").symlink_to(tmp_path / "secret")
    opened = open_input(export, limits=LIMITS)
    assert [member.name for member in opened.members] == ["a.txt", "b/two.txt"]
    assert [member.open().data for member in opened.members] == [b"1", b"2"]
    assert opened.members[0].open().archive == "export"


def test_a_folder_with_too_many_files_stops_early(tmp_path: Path) -> None:
    """The bound on members holds for folders and archives."""
    for number in range(5):
        (tmp_path / f"{number}.txt").write_bytes(b"x")
    with pytest.raises(LimitError):
        open_input(tmp_path, limits=Limits(max_members=4))
    with pytest.raises(LimitError):
        open_input(make_zip({str(n): b"x" for n in range(5)}), limits=Limits(max_members=4))


def test_a_large_archive_given_by_path_is_not_read_whole(tmp_path: Path) -> None:
    """Videos beside the chat cost neither memory nor the bound on bytes."""
    file = tmp_path / "WhatsApp Chat - Ana.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("video.mp4", os.urandom(8_000_000))
        archive.writestr("_chat.txt", b"hello")
    limits = Limits(max_bytes=1_000_000)
    tracemalloc.start()
    opened = open_input(file, limits=limits)
    data = {member.name: member.open().data for member in opened.members if member.name.endswith("txt")}
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert data == {"_chat.txt": b"hello"}
    assert peak < 1_000_000
    with file.open("rb") as stream:
        assert [member.name for member in open_input(stream, limits=limits).members] == ["_chat.txt", "video.mp4"]


def test_a_zip_bomb_is_refused() -> None:
    """A member that would unpack to far more than it should is not unpacked."""
    bomb = make_zip({"_chat.txt": b"\x00" * 50_000_000})
    member = open_input(bomb, limits=LIMITS).members[0]
    with pytest.raises(LimitError, match="unpack"):
        member.open()


def _chats(number: int) -> dict[str, bytes]:
    """Make small chats of two, each in a folder of its own."""
    return {
        f"c{chat}/_chat.txt": "".join(
            f"01/13/24, 10:{minute:02d} - {who}: hello {minute}\n" for minute in range(20) for who in ("Ana", "Ben")
        ).encode()
        for chat in range(number)
    }


def test_the_bound_on_bytes_holds_for_an_archive_as_a_whole() -> None:
    """Chats that are each within the bound are not together; at the sum of them they are."""
    chats = _chats(6)
    total = sum(map(len, chats.values()))
    packed = make_zip(chats)
    assert len(packed) < total // 2
    assert len(read_source(packed, ReadOptions(max_bytes=total), name="a.zip")) == 6
    with pytest.raises(LimitError, match=r"a\.zip would unpack to more than [0-9,]+ bytes in all"):
        read_source(packed, ReadOptions(max_bytes=total - 1), name="a.zip")


@pytest.mark.parametrize("is_gzip", [False, True])
def test_archives_inside_share_the_bound(is_gzip: bool) -> None:
    """What an archive inside unpacks to counts for the one that it lies in."""
    (chat,) = _chats(1).values()
    inner = gzip.compress(chat) if is_gzip else make_zip({"_chat.txt": chat})
    inside = len(chat)
    packed = make_zip({f"{number}.zip": inner for number in range(5)})
    total = 5 * (inside + len(inner))
    assert len(read_source(packed, ReadOptions(max_bytes=total), name="a.zip")) == 5
    with pytest.raises(LimitError, match="in all"):
        read_source(packed, ReadOptions(max_bytes=total - 1), name="a.zip")


def test_what_is_no_talk_and_what_is_read_twice_count_once_at_most(tmp_path: Path) -> None:
    """Media are never opened; a folder's files are bounded one by one."""
    chats = _chats(3)
    total = sum(map(len, chats.values()))
    packed = tmp_path / "a.zip"
    packed.write_bytes(make_zip({"film.webm": os.urandom(3 * total), "clip.mts": os.urandom(3 * total), **chats}))
    assert len(read_source(packed, ReadOptions(max_bytes=total))) == 3
    for member in (opened := open_input(make_zip(chats), limits=Limits(max_bytes=total))).members * 2:
        assert member.open().data == chats[member.name]
    assert len(opened.members) == 3
    for name, data in chats.items():
        (tmp_path / "all" / name).parent.mkdir(parents=True)
        (tmp_path / "all" / name).write_bytes(data)
    assert len(read_source(tmp_path / "all", ReadOptions(max_bytes=total // 3))) == 3


def test_a_member_that_lies_about_its_size_is_bounded() -> None:
    """The stated size is not believed: unpacking stops at the bound."""
    data = bytearray(make_zip({"_chat.txt": os.urandom(1000) * 4000}))
    for marker, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.index(marker)
        data[at + offset : at + offset + 4] = struct.pack("<I", 1000)
    with pytest.raises(AttunementError):
        open_input(bytes(data), limits=Limits(max_bytes=10_000)).members[0].open()


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_a_cut_off_archive_is_a_clear_error(keep: float) -> None:
    """A download that broke off is said to be damaged."""
    data = make_zip({"_chat.txt": os.urandom(5000)})
    with pytest.raises(InputError, match="damaged or cut-off"):
        open_input(data[: int(len(data) * keep)], limits=LIMITS)


def test_a_damaged_member_is_a_clear_error() -> None:
    """Bytes that were changed inside the archive are noticed."""
    data = bytearray(make_zip({"_chat.txt": b"hello world, hello world, hello"}))
    at = data.index(b"_chat.txt") + len("_chat.txt") + 3
    data[at] ^= 0xFF
    with pytest.raises(InputError, match="damaged"):
        open_input(bytes(data), limits=LIMITS).members[0].open()


def test_a_locked_archive_is_a_clear_error() -> None:
    """A password is never asked for or guessed."""
    data = bytearray(make_zip({"_chat.txt": b"hello"}))
    for marker, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.index(marker) + offset] |= 1
    with pytest.raises(InputError, match="password"):
        open_input(bytes(data), limits=LIMITS).members[0].open()


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..\\..\\boot.ini", "a/../../b.txt"])
def test_slipping_names_are_made_harmless(name: str) -> None:
    """No member name is absolute or leads upwards."""
    member = open_input(make_zip({name: b"x"}), limits=LIMITS).members[0]
    assert not member.name.startswith("/")
    assert ".." not in member.name.split("/")


def test_gzip_bounds() -> None:
    """Gzipped inputs are unpacked, all members of them, within the same bounds."""
    assert open_input(gzip.compress(b"one") + gzip.compress(b"two"), limits=LIMITS, name="a.txt.gz").data == b"onetwo"
    text = os.urandom(300_000)
    assert open_input(gzip.compress(text), limits=LIMITS).data == text
    with pytest.raises(LimitError):
        open_input(gzip.compress(b"\x00" * 30_000_000), limits=LIMITS)
    with pytest.raises(InputError, match="cut-off"):
        open_input(gzip.compress(text)[:-100], limits=LIMITS)


def test_too_large_is_refused_before_reading(tmp_path: Path) -> None:
    """A file above the bound is refused by its size; a stream stops just above it."""
    file = tmp_path / "big.txt"
    with file.open("wb") as stream:
        stream.truncate(3_000_000_000)
    with pytest.raises(LimitError, match="3,000 MB"):
        open_input(file, limits=LIMITS)
    with pytest.raises(LimitError):
        open_input(io.BytesIO(b"x" * 2000), limits=Limits(max_bytes=1000))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize(
    "text",
    [
        "12/10/24, 14:03 - Ana: héllo wörld, how are you?\n" * 5,
        "2024/10/12 14:03 - 美咲: おはようございます、元気ですか？\n" * 5,
        "‏[١٢/١٠/٢٠٢٤، ٢:٠٣ م] ليلى: صباح الخير يا عزيزتي\n" * 5,
    ],
)
def test_encodings_that_can_be_told_are_told(encoding: str, text: str) -> None:
    """UTF-8, UTF-16 and UTF-32, with or without a byte order mark, come out as they went in."""
    decoded = decode(text.encode(encoding), name="chat.txt")
    assert decoded.text == text
    assert not decoded.assumed


def test_an_assumed_encoding_is_said() -> None:
    """cp1252 fits nearly anything, so it is marked as assumed."""
    decoded = decode("Señor Müller: très bien\n".encode("cp1252"), name="chat.txt")
    assert decoded.text == "Señor Müller: très bien\n"
    assert decoded.assumed
    assert decode(b"caf\x81 \xe9t\xe9\n", name="chat.txt").encoding == "latin-1"


_UTF8 = "13/03/24, 21:05 - Jürgen: müde 😢\n13/03/24, 21:06 - Zoë: ça va?\n13/03/24, 21:08 - Zoë: gut 😢".encode()


@pytest.mark.parametrize("given", [None, "utf-8", "UTF8"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_character_cut_in_half_does_not_make_another_encoding(given: str | None, mark: bytes, end: bytes) -> None:
    """UTF-8 that breaks off inside an emoji keeps every other character, and the place of the broken one is told."""
    data = mark + _UTF8.replace(b"\n", end)[:-2]
    (record,) = read_source(data, ReadOptions(encoding=given), name="chat.txt")
    assert [(m.speaker, m.text) for m in record.messages] == [
        ("Jürgen", "müde 😢"), ("Zoë", "ça va?"), ("Zoë", "gut \ufffd"),
    ]  # fmt: skip
    assert [(p.kind, p.source and p.source.line, p.remark) for p in record.problems] == [("broken character", 3, False)]


def test_broken_characters_are_counted() -> None:
    """Those that the file has as U+FFFD already are not broken anew; a block is cut at any byte."""
    from attunement.readers.decoding import broken_utf8

    assert broken_utf8("\ufffd é\n".encode() + b"\xff\xc3\n\xe2\x82") == (3, 2)
    assert broken_utf8("\ufffd é".encode()) == (0, 0)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Señor Müller: très bien, où êtes-vous passé cet été\n", "cp1252"),
        ("Анна: доброе утро, Вера, как ты спала\n", "cp1251"),
        ("美咲: おはようございます、元気ですか\n", "shift_jis"),
        ("小明: 早上好，你昨晚睡得怎么样\n", "gb18030"),
        ("민지: 좋은 아침이에요 잘 잤어요\n", "euc_kr"),
    ],
)
def test_other_encodings_are_not_taken_for_damaged_utf8(text: str, encoding: str) -> None:
    """Their letters are not sound UTF-8, but for a pair by chance."""
    assert not decode(text.encode(encoding), name="chat.txt").encoding.startswith("utf-8")


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), b"\xff\xfe\x00", b"\xef\xbb\xbf\xff"]
)
def test_what_is_not_text_is_a_clear_error(data: bytes) -> None:
    """Binary files and broken marks are refused; sniffing sees no text."""
    with pytest.raises(InputError):
        decode(data, name="photo.png")
    assert Input("photo.png", data).sample().text == ""


@given(st.text(alphabet=st.characters(exclude_characters="\ufeff", codec="utf-8"), max_size=300), st.integers(1, 7))
def test_blocks_are_the_text(text: str, size: int) -> None:
    """Block by block gives the same lines as at once, whatever the block size and the line ends."""
    from attunement.readers import decoding

    before = decoding._BLOCK_BYTES
    decoding._BLOCK_BYTES = size
    try:
        blocks = list(decoding.decode_blocks(text.encode(), "utf-8"))
    finally:
        decoding._BLOCK_BYTES = before
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    assert "\n".join(blocks).removesuffix("\n") == expected.removesuffix("\n")


@given(st.binary(max_size=400))
def test_no_bytes_break_opening(data: bytes) -> None:
    """Any bytes are opened and sampled, or refused by an error of ours."""
    try:
        opened = open_input(data, limits=Limits(max_bytes=1_000_000))
        opened.sample()
        for member in opened.members:
            member.open()
        opened.decode()
    except AttunementError:
        pass


def test_two_conversations_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """A folder with chat.txt in two folders gives two records with ids of their own."""
    for folder in ("2023", "2024"):
        (tmp_path / "all" / folder).mkdir(parents=True)
        (tmp_path / "all" / folder / "chat.txt").write_text(
            f"13/04/{folder}, 10:00 - Ana: hi\n13/04/{folder}, 10:01 - Ben: hello\n"
        )
    records = read_source(tmp_path / "all", ReadOptions())
    assert len({record.id for record in records}) == len(records) == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("is_packed", [False, True])
def test_named_pipe_is_read_to_its_end(tmp_path: Path, is_packed: bool) -> None:
    """What comes out of a pipe, packed or not, is read like a file; one in a folder is passed over."""
    text = b"13/04/2024, 10:00 - Ana: hello?\n" * 5000
    pipe = tmp_path / "chat"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(gzip.compress(text) if is_packed else text,))
    writer.start()
    opened = open_input(pipe, limits=Limits())
    writer.join()
    assert (opened.name, opened.data) == ("chat", text)
    (tmp_path / "a.txt").write_bytes(text)
    assert [member.name for member in open_input(tmp_path, limits=Limits()).members] == ["a.txt"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_pipe_is_read_within_the_bound(tmp_path: Path) -> None:
    """A pipe without end stops at the bound on bytes."""
    pipe = tmp_path / "chat"
    os.mkfifo(pipe)

    def write() -> None:
        with contextlib.suppress(BrokenPipeError), pipe.open("wb") as file:
            for _ in range(64):
                file.write(b"a" * (1 << 20))

    writer = threading.Thread(target=write)
    writer.start()
    with pytest.raises(LimitError):
        open_input(pipe, limits=Limits(max_bytes=1 << 20))
    writer.join()
