"""How many messages a record holds that somebody sent."""

from __future__ import annotations

from pathlib import Path

import attunement as at


def test_notices_of_the_app_are_nobodys_messages(tmp_path: Path) -> None:
    """WhatsApp's own lines stay in the record and are not counted as said."""
    chat = tmp_path / "WhatsApp Chat with Mia.txt"
    chat.write_text(
        "14/03/2025, 21:02 - Messages and calls are end-to-end encrypted. Tap to learn more.\n"
        "14/03/2025, 21:02 - Mia: are you up\n"
        "14/03/2025, 21:03 - Jon: just about\n",
        encoding="utf-8",
    )
    record = at.read(chat)
    assert len(record.messages) == 3
    assert record.sent == 2
    assert "2 messages" in record._repr_html_()
