"""What both forms of the imessage-exporter tool's pages share: times, tapbacks, edits and the tool's own lines."""

from __future__ import annotations

import re
from datetime import datetime

from attunement.readers.assemble import INVISIBLE

__all__ = [
    "ANNOUNCEMENT",
    "DELETED_HERE",
    "EFFECT",
    "STAMP",
    "TAPBACK",
    "UNSENT",
    "emoji_of",
    "is_attachment_path",
    "read_stamp",
]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STAMP = re.compile(
    rf"[{INVISIBLE}]*"
    r"(?P<month>[A-Z][a-z]{2}) (?P<day>\d{2}), (?P<year>\d{4}) {1,2}(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)"
    r" (?P<half>[AP])M"
)
"""A time as the tool writes it: "May 17, 2022  5:29:42 PM"."""

TAPBACK = re.compile(r"(?P<what>[^\n]{1,40}?) by (?P<who>[^\n]{1,200})")
"""A line of a list of tapbacks: "Loved by Ana"."""

EFFECT = re.compile(
    r"Sent with (?:Confetti|Echo|Fireworks|Balloons|Heart|Lasers|Shooting Star|Sparkles|Spotlight|Slam|Loud|Gentle"
    r"|Invisible Ink)"
)
UNSENT = re.compile(r"(?:.{1,200} unsent (?:this|a) message(?: part)?(?: .{1,80})?[.!]|.{1,200} deleted a message\.)")
DELETED_HERE = "This message was deleted from the conversation!"
ANNOUNCEMENT = re.compile(
    r"(?P<who>.{1,200}?) (?:(?:re)?named the conversation .{0,300}|(?:changed|removed|set) the group (?:photo|icon).?"
    r"|performed unknown action .{1,40}|(?:added|removed) .{1,300} (?:to|from) the conversation.?"
    r"|left the conversation.?|(?:changed|removed) the (?:chat )?background.?|(?:started|stopped) sharing .{1,80}"
    r"|kept an audio message.?|(?:changed|turned) .{1,120})"
)
_TAPBACKS = {
    "Loved": "❤️",
    "Liked": "👍",
    "Disliked": "👎",
    "Laughed": "😂",
    "Emphasized": "‼️",
    "Questioned": "❓",
}
_PATH = re.compile(
    r"(?:~?/|[A-Za-z]:\\|\.{0,2}/?attachments/).{0,500}[/\\][^/\\\n]{1,200}\.\w{2,24}"
    r"|[\w .()@+-]{1,120}\.(?:jpe?g|png|heic|heics|gif|tiff?|webp|mov|mp4|m4v|m4a|caf|amr|mp3|wav|pdf|vcf|txt|zip|docx?"
    r"|xlsx?|pptx?|pages|key|numbers|pluginPayloadAttachment)",
    re.IGNORECASE,
)


def read_stamp(match: re.Match[str]) -> datetime | None:
    """Return the time of a match of `STAMP`; None where there is no such day."""
    if match["month"] not in _MONTHS:
        return None
    hour = int(match["hour"]) % 12 + (12 if match["half"] == "P" else 0)
    try:
        return datetime(
            int(match["year"]), _MONTHS.index(match["month"]) + 1, int(match["day"]), hour, int(match["minute"]),
            int(match["second"]),
        )  # fmt: skip
    except ValueError:
        return None


def emoji_of(what: str) -> str:
    """Return the emoji of a tapback's word; a tapback that is an emoji stays one."""
    return _TAPBACKS.get(what.strip(), what.strip())


def is_attachment_path(line: str) -> bool:
    """Say whether a line is the path of an attachment rather than words: only the whole line counts."""
    return line in ("Attachment missing!", "Attachment does not exist!") or (
        line.startswith(("Unable to locate attachment:", "Sticker from ")) or _PATH.fullmatch(line) is not None
    )
