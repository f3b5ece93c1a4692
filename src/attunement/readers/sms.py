"""Android's SMS Backup & Restore: `sms-*.xml` with texts and MMS, `calls-*.xml` with calls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from attunement.core.counted import counted
from attunement.core.message import Kind, Message
from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.errors import InputError
from attunement.readers.base import ReadOptions
from attunement.readers.chat import People, chat_record, from_unix, order_by_time, with_unique_ids
from attunement.readers.inputs import Input, Sample
from attunement.readers.local_times import local_times
from attunement.readers.phone_numbers import match_numbers
from attunement.readers.xml_events import read_elements

__all__ = ["SmsReader"]

_ME = "Me"
_UNKNOWN = frozenset({"", "(unknown)", "null", "unknown"})
_SMS_SENT = frozenset({"2", "4", "5", "6"})
_FROM_ADDRESS, _DRAFT = "137", "3"
_CALLS_BY_ME = frozenset({"2"})
_MISSED = {"3": "missed", "5": "declined", "6": "declined", "4": "voicemail"}
_STATUS = {"4": "not sent yet", "5": "failed", "6": "not sent yet"}
_LONGEST_CALL = 10_000_000


class SmsReader:
    """Reads a backup: one record a contact or group, texts, MMS and calls in the order of their time.

    The owner of the phone is "Me". The backup states unix times and beside them the local time in words: where the two
    tell the zone, the record's clock is the phone's; else it is UTC and says so.
    """

    name = "sms"
    title = "Android SMS (SMS Backup & Restore)"
    endings = (".xml",)
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for the elements of a backup."""
        text = sample.text
        if "<smses" in text or "<calls" in text:
            return 0.95 if "readable_date=" in text or "count=" in text else 0.6
        return 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every conversation of the backup.

        Raises
        ------
        InputError
            If it is no XML, or declares entities, which no backup does.
        """
        backup = _Backup(source.name)
        problems = read_elements(source, backup.start, backup.end)
        if not backup.events and problems and problems[-1].kind == "broken file":
            line = problems[-1].source.line
            raise InputError(f"{source.name} is no sound XML (line {line}).", hint="Make it again.")
        backup.problems += problems
        if not backup.is_known:
            raise InputError(f"{source.name} is no SMS backup.", hint="Expected the elements <smses> or <calls>.")
        return with_unique_ids(backup.records(), nameless=source.stem)


@dataclass(slots=True)
class _Event:
    """A text, an MMS or a call as the backup has it."""

    line: int
    addresses: tuple[str, ...]
    contact: str
    seconds: float | None
    readable: str
    sender: str | None
    kind: Kind = "text"
    text: str = ""
    media: str | None = None
    labels: dict[str, Any] = field(default_factory=dict[str, Any])
    length: int = 0


class _Backup:
    """What was read so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.events: list[_Event] = []
        self.problems: list[Problem] = []
        self.is_known = False
        self.mms: _Event | None = None
        self.parts: list[str] = []
        self.drafts = 0

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        if tag in ("smses", "calls"):
            self.is_known = True
        elif tag == "sms":
            self._sms(attributes, line)
        elif tag == "call":
            self._call(attributes, line)
        elif tag == "mms":
            self.mms = self._begin(attributes, line, is_mine=attributes.get("msg_box") in _SMS_SENT)
            self.parts = []
            if attributes.get("msg_box") == _DRAFT:
                self.mms.kind = "system"
        elif self.mms is not None and tag == "part":
            self._part(self.mms, attributes)
        elif self.mms is not None and tag == "addr":
            address = attributes.get("address", "")
            if attributes.get("type") == _FROM_ADDRESS and self.mms.sender is None and "insert" not in address:
                self.mms.labels["from"] = address

    def end(self, tag: str) -> None:
        if tag != "mms" or self.mms is None:
            return
        event, self.mms = self.mms, None
        event.text = "\n".join(part for part in self.parts if part)
        sender = event.labels.pop("from", None)
        if event.kind == "system":
            self.drafts += 1
            return
        event.sender = event.sender or sender
        if event.sender is None:
            text = "A message of a group does not say who wrote it."
            self.problems.append(Problem("missing speaker", text, Source(self.name, event.line)))
        if event.media is not None:
            event.labels["media"] = event.media
        if not event.text:
            event.kind = "media"
        self.events.append(event)

    def _begin(self, attributes: dict[str, str], line: int, *, is_mine: bool) -> _Event:
        address = attributes.get("address", attributes.get("number", ""))
        addresses = tuple(dict.fromkeys(part for part in address.split("~") if part.strip())) or ("",)
        contact = attributes.get("contact_name", "").strip()
        seconds = _seconds(attributes.get("date", ""))
        if seconds is None:
            self.problems.append(
                Problem("bad time", "A message has no time that can be read.", Source(self.name, line))
            )
        readable = attributes.get("readable_date", "")
        sender = _ME if is_mine else addresses[0] if len(addresses) == 1 else None
        return _Event(line, addresses, "" if contact.casefold() in _UNKNOWN else contact, seconds, readable, sender)

    def _sms(self, attributes: dict[str, str], line: int) -> None:
        box = attributes.get("type", "1")
        if box == _DRAFT:
            self.drafts += 1
            return
        event = self._begin(attributes, line, is_mine=box in _SMS_SENT)
        event.sender = event.sender if event.sender is not None else event.addresses[0]
        event.text = attributes.get("body", "")
        if event.text == "null":
            event.text = ""
        subject = attributes.get("subject", "null")
        if subject not in ("null", ""):
            event.labels["subject"] = subject
        if box in _STATUS:
            event.labels["status"] = _STATUS[box]
        self.events.append(event)

    def _call(self, attributes: dict[str, str], line: int) -> None:
        kind = attributes.get("type", "")
        event = self._begin(attributes, line, is_mine=kind in _CALLS_BY_ME)
        event.sender = event.sender if event.sender is not None else event.addresses[0]
        event.kind = "call"
        duration = attributes.get("duration", "")
        event.length = int(duration) if re.fullmatch(r"[0-9]{1,7}", duration) else 0
        call: dict[str, Any] = {"seconds": event.length}
        if kind in _MISSED:
            call["ended"] = _MISSED[kind]
        event.labels["call"] = call
        self.events.append(event)

    def _part(self, event: _Event, attributes: dict[str, str]) -> None:
        kind = attributes.get("ct", "")
        if kind == "text/plain":
            text = attributes.get("text", "")
            self.parts.append("" if text == "null" else text)
        elif kind and kind != "application/smil":
            event.media = event.media or {"image": "photo"}.get(kind.split("/")[0], kind.split("/")[0])

    def records(self) -> list[Record]:
        keys = self._keys()
        names = self._names(keys)
        threads: dict[tuple[str, ...], list[_Event]] = {}
        for event in self.events:
            key = tuple(sorted({names.get(keys[address]) or keys[address] for address in event.addresses}))
            threads.setdefault(key, []).append(event)
        if self.drafts:
            message = (
                counted(self.drafts, "draft that was never sent was", "drafts that were never sent were") + " left out."
            )
            self.problems.append(Problem("unsent draft", message, Source(self.name), remark=True))
        records = [self._record(events, keys, names) for events in threads.values()]
        if not records:
            return [Record(self.name, medium="chat", format=SmsReader.name, problems=tuple(self.problems))]
        first = msgspec.structs.replace(records[0], problems=(*self.problems, *records[0].problems))
        return [first, *records[1:]]

    def _keys(self) -> dict[str, str]:
        """Find what the spellings of each number have in common."""
        contacts: dict[str, str] = {}
        addresses: dict[str, None] = {}
        for event in self.events:
            senders = (event.sender,) if event.sender is not None and event.sender != _ME else ()
            addresses.update(dict.fromkeys((*event.addresses, *senders)))
            if len(event.addresses) == 1 and event.contact:
                contacts.setdefault(event.addresses[0], event.contact)
        return match_numbers(addresses, contacts)

    def _names(self, keys: dict[str, str]) -> dict[str, str]:
        """Learn from messages with one other person what each number is called."""
        names: dict[str, str] = {}
        for event in self.events:
            if len(event.addresses) == 1 and event.contact:
                names.setdefault(keys[event.addresses[0]], event.contact)
        return names

    def _record(self, found: list[_Event], keys: dict[str, str], names: dict[str, str]) -> Record:
        order = order_by_time([event.seconds for event in found])
        events = [found[index] for index in order]
        unix = [event.seconds for event in events]
        local = local_times(unix, [event.readable for event in events])
        times = unix if local is None else local
        known = [time for time in times if time is not None]
        first = min(known) // 1 if known else None
        people = People()
        people.name(_ME, _ME, nameless=_ME)
        messages: list[Message] = []
        for index, (event, time) in enumerate(zip(events, times, strict=True)):
            start = None if time is None or first is None else round(time - first, 3)
            messages.append(self._message(index, event, start, people, keys, names))
        others = [names.get(keys[address], address) for address in events[0].addresses]
        meta = {
            "participants": [_ME, *(other for other in others if other.strip())],
            "clock": "UTC" if local is None else None,
        }
        title = ", ".join(others).strip() or events[0].contact or "Unknown Number"
        epoch = None if first is None else from_unix(first)
        return chat_record(title, messages, people, format=SmsReader.name, epoch=epoch, meta=meta)

    def _message(
        self,
        index: int,
        event: _Event,
        start: float | None,
        people: People,
        keys: dict[str, str],
        names: dict[str, str],
    ) -> Message:
        speaker = event.sender
        if speaker is not None and speaker != _ME:
            key = keys[speaker]
            speaker = people.name(key or "?", names.get(key) or speaker, nameless="Unknown Number", alias=speaker)
        end = None
        if event.kind == "call" and start is not None and 0 < event.length < _LONGEST_CALL:
            end = start + event.length
        return Message(
            index,
            speaker,
            event.text,
            start,
            end,
            event.kind,
            False,
            event.media is not None or event.kind == "media",
            None,
            event.line,
            None,
            event.labels or None,
        )


def _seconds(date: str) -> float | None:
    if not re.fullmatch(r"-?[0-9]{1,15}", date):
        return None
    value = int(date)
    seconds = value / 1000 if abs(value) > 100_000_000_000 else float(value)
    return seconds if from_unix(seconds) is not None and from_unix(seconds + 1e6) is not None else None
