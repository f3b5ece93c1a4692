"""Of all readers that are installed the right one takes each chat sample, bare or as an archive."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from chat_checks import DATA, check_sound

from attunement.readers.base import ReadOptions, choose_reader, read_source, reader_registry
from attunement.readers.inputs import Limits, open_input

FILES = {
    "telegram/result.json": "telegram",
    "telegram/account.json": "telegram",
    "telegram_html/messages.html": "telegram-html",
    "signal/Lotte Weiss/data.json": "signal",
    "signal/Flat/chat.md": "signal",
    "imessage/txt-sample.txt": "imessage-txt",
    "imessage/page.html": "imessage-html",
    "messenger/your_facebook_activity/messages/inbox/ilsevandam_10001/message_1.json": "messenger",
    "instagram/message_1.json": "instagram",
    "discord/Direct Messages - Tadeo [555555555555555555].json": "discord",
    "sms/sms-backup.xml": "sms",
    "sms/calls.xml": "sms",
    "google_chat/Takeout/Google Chat/Groups/DM abc-1/messages.json": "google-chat",
    "google_chat/Takeout/Hangouts/Hangouts.json": "google-chat",
    "slack/kitchen/2024-05-01.json": "slack",
    "chatgpt/conversations.json": "chatgpt",
    "claude/conversations.json": "claude",
    "openai/chats.jsonl": "openai",
    "sharegpt/conversations.json": "sharegpt",
}
FOLDERS = {
    "telegram_html": ("telegram-html", 1),
    "signal": ("signal", 2),
    "messenger": ("messenger", 2),
    "discord": ("discord", 1),
    "slack": ("slack", 2),
    "google_chat": ("google-chat", 3),
    "chatgpt": ("chatgpt", 2),
    "claude": ("claude", 2),
}


@pytest.mark.parametrize(("path", "name"), FILES.items())
def test_each_file_finds_its_reader(path: str, name: str) -> None:
    """By content and never by name: the same bytes under a strange name are read the same."""
    source = open_input((DATA / path).read_bytes(), limits=Limits(), name="strange.bin")
    assert choose_reader(source, ReadOptions()).name == name


@pytest.mark.parametrize("path", FILES)
def test_no_other_reader_is_as_sure(path: str) -> None:
    """The second best is clearly behind, so that an unlucky sample does not tip the choice."""
    sample = open_input(DATA / path, limits=Limits()).sample()
    scores = sorted((reader.sniff(sample), name) for name, reader in reader_registry().items())
    assert scores[-1][0] >= scores[-2][0] + 0.03


@pytest.mark.parametrize(("folder", "name", "count"), [(folder, *rest) for folder, rest in FOLDERS.items()])
def test_folders_and_archives_read_alike(folder: str, name: str, count: int) -> None:
    """A folder and its zip give the same records, by the same reader."""
    from_folder = read_source(DATA / folder, ReadOptions())
    assert {record.format for record in from_folder} == {name}
    assert len(from_folder) == count
    check_sound(from_folder)
    from_zip = read_source(_zipped(DATA / folder), ReadOptions(), name=folder + ".zip")
    assert [r.messages for r in from_zip] == [r.messages for r in from_folder]
    assert [r.id for r in from_zip] == [r.id for r in from_folder]


def _zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(path, path.relative_to(folder).as_posix())
    return buffer.getvalue()
