"""Marks of sources in a model's answers: the person saw links, and no such words."""

from __future__ import annotations

import json

import pytest

from attunement.readers.base import ReadOptions, read_source

A, B, C = "\ue200", "\ue202", "\ue201"


def node(number: int, role: str, text: str, last: int) -> dict[str, object]:
    """A node of a ChatGPT conversation without branches."""
    message = {
        "id": str(number), "author": {"role": role}, "create_time": 1_700_040_000 + number, "weight": 1,
        "content": {"content_type": "text", "parts": [text]}, "recipient": "all",
    }  # fmt: skip
    kids = [str(number + 1)] if number < last else []
    return {"id": str(number), "parent": str(number - 1) if number else None, "children": kids, "message": message}


def answer(text: str, question: str = "Is it normal?") -> list[str]:
    """What is read of a question and its answer."""
    mapping = {"0": node(0, "user", question, 1), "1": node(1, "assistant", text, 1)}
    plain = [{"title": "t", "mapping": mapping, "current_node": "1"}]
    (record,) = read_source(json.dumps(plain).encode(), ReadOptions(), name="conversations.json")
    return [message.text for message in record.messages]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Yes. {A}cite{B}turn0search0{B}turn0news1{C} It takes time.", "Yes. It takes time."),
        (f"It is{A}cite{B}turn0search0{C}.", "It is."), (f"See {A}navlist{B}More{B}turn0search1{C}", "See"),
        (f"Read {A}url{B}On grief{B}turn0search3{C} first.", "Read On grief first."),
        (f'Ask {A}entity{B}["people","Mira Holt","writer"]{C}.', "Ask Mira Holt."),
        ("It passes【12†source】, as said 【4:0†report.pdf】.", "It passes, as said."),
        (f"a {A} b and † c 【note】", f"a {A} b and † c 【note】"),
    ],
)  # fmt: skip
def test_an_answer_is_what_the_person_saw(text: str, shown: str) -> None:
    """Marks go, with the blank before them; what looks alike and is none stays."""
    assert answer(text)[1] == shown


def test_what_a_person_writes_stays() -> None:
    """Only the model's words have such marks."""
    question = f"what is 【12†source】 and {A}cite{B}x{C}?"
    assert answer("A mark.", question)[0] == question
