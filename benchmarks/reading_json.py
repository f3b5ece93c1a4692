"""Speed and memory of the JSON chat readers, beside a bare decode of the same bytes in the same run.

Run with ``python -m benchmarks.reading_json [messages [format ...]]``; prints a line a format: seconds of `json.loads`,
of `msgspec.json.decode` and of the reader, both ratios (1.0 is as fast as the bare decode), messages a second, and the
bytes that a record holds a message above its text. Ratios are what to compare between machines.
"""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from attunement.core.record import Record
from attunement.readers.base import Reader, ReadOptions, reader_registry
from attunement.readers.inputs import Input

_WORDS = (
    "are you still up I was thinking about what you said and it made me sad that we never talk like this any more "
    "maybe tomorrow after work we could walk by the river the way we did last summer"
)
_START = datetime(2024, 1, 1, 8, 0)
FLOOR = 0.6
"""What share of a bare decode's speed a reader has to reach."""
COLUMNS = ("json", "msgspec", "reader", "to json", "to msgspec", "messages a second", "bytes a message")


def _talk(count: int) -> list[tuple[int, str, datetime, str]]:
    """Make up messages: index, speaker, time, words."""
    draw, words_of = random.Random(7), _WORDS.split()
    now, lines = _START, []
    for index in range(count):
        now += timedelta(seconds=draw.randint(1, 900))
        words = " ".join(draw.choices(words_of, k=draw.randint(1, 20)))
        lines.append((index, "Ana Petrova" if draw.random() < 0.5 else "Ben Osei", now, words))
    return lines


def _unix(time: datetime) -> int:
    return int((time - datetime(1970, 1, 1)).total_seconds())


def telegram(count: int) -> bytes:
    """Make a chat as Telegram Desktop writes it."""
    messages = []
    for index, who, now, text in _talk(count):
        message: dict[str, Any] = {
            "id": index + 1,
            "type": "message",
            "date": (now + timedelta(hours=1)).isoformat(),
            "date_unixtime": str(_unix(now)),
            "from": who,
            "from_id": "user1" if who[0] == "A" else "user2",
            "text": text,
            "text_entities": [{"type": "plain", "text": text}],
        }
        if index % 10 == 9:
            message["reply_to_message_id"] = index - 2
        if index % 20 == 0:
            message["reactions"] = [{"type": "emoji", "count": 1, "emoji": "❤"}]
        if index % 30 == 0:
            message |= {"photo": "photos/photo_1.jpg", "width": 800, "height": 600}
        messages.append(message)
    plain = {"name": "Ana Petrova", "type": "personal_chat", "id": 1, "messages": messages}
    return json.dumps(plain, ensure_ascii=False, indent=1).encode()


def messenger(count: int) -> bytes:
    """Make a thread as Messenger writes it."""
    messages = [
        {
            "sender_name": who,
            "timestamp_ms": _unix(now) * 1000,
            "content": text,
            "is_geoblocked_for_viewer": False,
            "is_unsent_image_by_messenger_kid_parent": False,
        }
        for _, who, now, text in reversed(_talk(count))
    ]
    people = [{"name": "Ana Petrova"}, {"name": "Ben Osei"}]
    return json.dumps({"participants": people, "messages": messages, "title": "Ana Petrova"}, indent=2).encode()


def discord(count: int) -> bytes:
    """Make a channel as DiscordChatExporter writes it."""
    messages = []
    for index, who, now, text in _talk(count):
        author = {"id": str(10**17 + len(who)), "name": who.lower(), "discriminator": "0000", "nickname": who}
        author |= {"color": None, "isBot": False, "roles": [], "avatarUrl": "https://example.org/avatar.png"}
        empty: dict[str, Any] = {
            key: [] for key in ("attachments", "embeds", "stickers", "reactions", "mentions", "inlineEmojis")
        }
        message: dict[str, Any] = {
            "id": str(10**18 + index),
            "type": "Default",
            "timestamp": now.isoformat() + "+01:00",
        }
        message |= {"timestampEdited": None, "callEndedTimestamp": None, "isPinned": False, "content": text}
        messages.append({**message, "author": author, **empty})
    head = {"guild": {"id": "0", "name": "Direct Messages"}, "channel": {"id": "5", "name": "Ana"}, "dateRange": {}}
    return json.dumps({**head, "messages": messages}, indent=2).encode()


def slack(count: int) -> bytes:
    """Make a day as Slack writes it, only longer."""
    messages = [
        {
            "client_msg_id": f"{index:08d}-0000",
            "type": "message",
            "text": text,
            "user": "U01" if who[0] == "A" else "U02",
            "ts": f"{_unix(now)}.{index % 1000000:06d}",
            "blocks": [{"type": "rich_text", "elements": [{"type": "text", "text": text}]}],
            "team": "T01",
        }
        for index, who, now, text in _talk(count)
    ]
    return json.dumps(messages, indent=4).encode()


def google_chat(count: int) -> bytes:
    """Make a conversation as Takeout writes it."""
    messages = [
        {
            "creator": {"name": who, "email": f"{who[0]}@example.org".lower(), "user_type": "Human"},
            "created_date": f"{now:%A, %B} {now.day}, {now.year} at {now.hour % 12 or 12}:{now:%M:%S\u202f%p} UTC",
            "text": text,
            "topic_id": f"t{index}",
            "message_id": f"s/t{index}/m",
        }
        for index, who, now, text in _talk(count)
    ]
    return json.dumps({"messages": messages}, indent=2, ensure_ascii=False).encode()


def signal(count: int) -> bytes:
    """Make a chat as signal-export writes it, a message a line."""
    lines = [
        json.dumps(
            {"date": now.isoformat(), "sender": who, "body": text + "  ", "quote": "", "sticker": None, "reactions": [],
             "attachments": [], "deleted": False, "call": False, "missed": False}
        )
        for _, who, now, text in _talk(count)
    ]  # fmt: skip
    return "\n".join(lines).encode()


def chatgpt(count: int) -> bytes:
    """Make conversations of forty messages as ChatGPT writes them."""
    conversations = []
    talk = _talk(count)
    for first in range(0, count, 40):
        mapping: dict[str, Any] = {}
        parent = None
        for index, who, now, text in talk[first : first + 40]:
            key = f"n{index}"
            message = {
                "id": key,
                "author": {"role": "user" if who[0] == "A" else "assistant", "name": None, "metadata": {}},
                "create_time": _unix(now) + 0.5,
                "content": {"content_type": "text", "parts": [text]},
                "status": "finished_successfully",
                "weight": 1.0,
                "metadata": {"model_slug": "x"},
                "recipient": "all",
            }
            mapping[key] = {"id": key, "message": message, "parent": parent, "children": [f"n{index + 1}"]}
            parent = key
        conversations.append({"title": f"talk {first}", "mapping": mapping, "current_node": parent})
    return json.dumps(conversations).encode()


def claude(count: int) -> bytes:
    """Make conversations of forty messages as Claude writes them."""
    talk = _talk(count)
    conversations = [
        {
            "uuid": f"c{first}",
            "name": f"talk {first}",
            "chat_messages": [
                {
                    "uuid": f"m{index}",
                    "text": text,
                    "content": [{"type": "text", "text": text, "citations": []}],
                    "sender": "human" if who[0] == "A" else "assistant",
                    "created_at": now.isoformat() + "Z",
                    "updated_at": now.isoformat() + "Z",
                    "attachments": [],
                    "files": [],
                }
                for index, who, now, text in talk[first : first + 40]
            ],
        }
        for first in range(0, count, 40)
    ]
    return json.dumps(conversations).encode()


def openai(count: int) -> bytes:
    """Make fine-tuning lines of ten messages."""
    talk = _talk(count)
    lines = [
        json.dumps(
            {
                "messages": [
                    {"role": "user" if i % 2 else "assistant", "content": text} for i, _, _, text in talk[n : n + 10]
                ]
            }
        )
        for n in range(0, count, 10)
    ]
    return "\n".join(lines).encode()


def sharegpt(count: int) -> bytes:
    """Make conversations of ten turns."""
    talk = _talk(count)
    plain = [
        {
            "id": f"c{n}",
            "conversations": [{"from": "human" if i % 2 else "gpt", "value": t} for i, _, _, t in talk[n : n + 10]],
        }
        for n in range(0, count, 10)
    ]
    return json.dumps(plain).encode()


MAKERS: dict[str, Callable[[int], bytes]] = {
    "telegram": telegram,
    "messenger": messenger,
    "discord": discord,
    "slack": slack,
    "google-chat": google_chat,
    "signal": signal,
    "chatgpt": chatgpt,
    "claude": claude,
    "openai": openai,
    "sharegpt": sharegpt,
}


def best_in_turns(*acts: Callable[[], object], runs: int = 7) -> tuple[float, ...]:
    """Return the CPU seconds of the fastest run of each, taken in turns so that a busy machine is busy for all."""
    best = [float("inf")] * len(acts)
    for _ in range(runs):
        for place, act in enumerate(acts):
            gc.collect()
            began = time.process_time()
            result = act()
            best[place] = min(best[place], time.process_time() - began)
            del result
    return tuple(best)


def _bytes_a_message(read: Callable[[], list[Record]]) -> float:
    tracemalloc.start()
    records = read()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    texts = sum(sys.getsizeof(message.text) for record in records for message in record.messages)
    return (held - texts) / max(1, sum(len(record.messages) for record in records))


def measure(name: str, count: int) -> dict[str, float]:
    """Time one reader beside bare decodes of the same bytes."""
    data = MAKERS[name](count)
    reader: Reader = reader_registry()[name]
    lines = name in ("signal", "openai")

    def read() -> list[Record]:
        return list(reader.read(Input("sample", data), ReadOptions()))

    assert sum(len(record.messages) for record in read()) == count
    decoder = msgspec.json.Decoder()
    plain_json, plain_msgspec, ours = best_in_turns(
        lambda: [json.loads(line) for line in data.split(b"\n")] if lines else json.loads(data),
        lambda: decoder.decode_lines(data) if lines else decoder.decode(data),
        read,
    )
    return {
        "json": plain_json,
        "msgspec": plain_msgspec,
        "reader": ours,
        "to json": plain_json / ours,
        "to msgspec": plain_msgspec / ours,
        "messages a second": count / ours,
        "bytes a message": _bytes_a_message(read),
    }


def print_line(name: str, count: int) -> None:
    """Measure one reader and print its line."""
    measured = measure(name, count)
    verdict = "met" if min(measured["to json"], measured["to msgspec"]) >= FLOOR else "MISSED"
    print(f"{name:12} " + " ".join(f"{measured[column]:18,.3f}" for column in COLUMNS) + f"   {verdict}", flush=True)


def main() -> None:
    """Print a line a format, each measured in a process of its own: what came before leaves its mark on memory."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    print(f"{'format':12} " + " ".join(f"{column:>18}" for column in COLUMNS) + f"   floor {FLOOR:.2f}", flush=True)
    for name in sys.argv[2:] or MAKERS:
        act = f"from benchmarks.reading_json import print_line; print_line({name!r}, {count})"
        subprocess.run([sys.executable, "-c", act], check=True)


if __name__ == "__main__":
    main()
