"""The pages of the chat formats: there for each reader, and true about how it asks and what it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from attunement.readers.base import reader_registry

PAGES = Path(__file__).resolve().parents[2] / "docs/reference/formats"
CHATS = [
    "chatgpt", "claude", "discord", "google-chat", "imessage", "imessage-html", "imessage-txt", "instagram",
    "messenger", "openai", "sharegpt", "signal", "slack", "sms", "telegram", "telegram-html",
]  # fmt: skip


@pytest.mark.parametrize("name", CHATS)
def test_each_chat_format_has_its_page(name: str) -> None:
    """The page names the option, says what is read and not read, and stands one sentence a line."""
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert name in reader_registry()
    assert f"`--format {name}`" in text
    assert "asks no questions" in text
    assert "what is not" in text.lower()
    assert "\t" not in text
