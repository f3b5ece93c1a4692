"""What a record leaves open, put to the person who can answer it."""

from __future__ import annotations

from attunement.core.record import Record
from attunement.errors import UnansweredError

__all__ = ["require_answers"]


def require_answers(record: Record) -> None:
    """Refuse a record that leaves something open.

    Raises
    ------
    UnansweredError
        If there are questions, with every choice and the option that answers it.
    """
    if not record.questions:
        return
    parts: list[str] = []
    for question in record.questions:
        choices = "; ".join(f"{choice.value} ({choice.meaning})" for choice in question.choices)
        answer = f"{question.option}: {choices}" if choices else question.option
        parts.append(f"{question.source}: {question.text} Answer with {answer}.")
    raise UnansweredError(" ".join(parts), questions=record.questions)
