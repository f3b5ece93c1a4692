"""Chats of made-up people, of any length, from a seed: for speed and memory, never for quality."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

__all__ = ["whatsapp_export"]

_OPENERS = (
    "I'm so tired today", "guess who I ran into at the market", "can you get bread on the way home", "I feel awful",
    "they picked my design!!", "how are you sitting with all that?", "you never listen to me", "the bus is late again",
    "I'm scared about the results", "look at this sky", "did you pay the rent", "I miss you", "work was a mess",
    "mum called, she's fine", "I was so humiliated in that meeting", "what time are you home", "I could cry",
)  # fmt: skip
_REPLIES = (
    "oh no, that sounds exhausting", "ok", "just email them and say so", "at least it's friday", "on my way",
    "you're being too sensitive", "of course you are, anyone would be", "what was the worst part?", "haha who",
    "I'm sorry, I wasn't listening", "anyway did you see the match", "no way! tell me everything", "k", "5 minutes",
    "I'm here, do you want company?", "calm down, it was one meeting", "yes paid it yesterday", "love you",
)  # fmt: skip
_TAILS = (
    "",
    "",
    "",
    " 😂",
    " ❤️",
    " really",
    " and I don't know what to do about it",
    "...",
    "!!",
    " tbh",
    "\nsecond line",
)


def whatsapp_export(messages: int, *, seed: int = 20261122, names: tuple[str, str] = ("Ana", "Ben")) -> str:
    """Write a WhatsApp export (Android, English, day first) of so many messages over as many days as it takes."""
    chance = random.Random(seed)
    now = datetime(2019, 1, 13, 8, 0)
    lines = [f"{now:%d/%m/%Y, %H:%M} - Messages and calls are end-to-end encrypted."]
    for number in range(messages):
        now += timedelta(seconds=chance.choice((20, 40, 60, 90, 300, 1200, 5400, 26_000)))
        speaker = names[chance.random() < 0.5]
        if chance.random() < 0.03:
            text = "<Media omitted>"
        else:
            text = chance.choice(_OPENERS if number % 2 == 0 else _REPLIES) + chance.choice(_TAILS)
        lines.append(f"{now:%d/%m/%Y, %H:%M} - {speaker}: {text}")
    return "\n".join(lines) + "\n"
