"""Read our own scenes: a call, several replies to it and what came after, in a text form that people can write.

    python -m training.scenes FILE [FILE ...]      check files and count what is in them

One scene:

    == film | siblings                     setting | relation
    b: You said you'd be here by six.      context, up to three turns (who: text)
    a! I sat in the car. I couldn't make myself come in. || disclosure | shame | -0.4 | 2
    b? Okay. You're in now. Sit by me. || warmth,offer
    b? Mum asked where you were. || topic_change >> Fine. Forget I said it. || withdraw
    b? So it's my fault you're late? || defensiveness | misattuned | blame

`!` marks the call: `|| expression codes (or -) | emotion | valence | intensity | risk codes`.
`?` marks one possible reply: `|| stance codes (or -) | verdict (empty: by rule) | expression codes (or -)
| risk codes`; then, if wanted, `>>` the caller's next turn `|| after codes (or -)`. What is left out is unlabelled.
Each reply becomes one record of its own; the records of a scene share `meta.pair`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attunement.core.codebook import AFTER, EMOTIONS, EXPRESSION, MEETING, MISSING, RISK, VERDICTS

_EXPRESSION = {code.name for code in EXPRESSION}
_STANCE = {code.name for code in (*MEETING, *MISSING)} - {"silence"}
_AFTER = {code.name for code in AFTER}
_RISK = {code.name for code in RISK}
_EMOTIONS = {code.name for code in EMOTIONS}
_MEETING = {code.name for code in MEETING}
_SOFT_MISSES = {"flat", "topic_change", "self_focus", "premature_advice", "silver_lining"}


class SceneError(ValueError):
    """A line that is not in the form; says which and why."""


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a file of scenes, in the form of `attunement_authored`."""
    scene: dict[str, Any] | None = None
    number = 0
    for at, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        try:
            if line.startswith("=="):
                number += 1
                setting, _, relation = line[2:].partition("|")
                scene = {"meta": {"setting": setting.strip(), "relation": relation.strip()}, "before": [], "replies": 0}
                scene["meta"]["pair"] = f"{path.name.split('.')[0]}-{number:04d}"
                continue
            if scene is None:
                raise SceneError("a scene begins with '== setting | relation'")
            who, mark, text = _line(line)
            if mark == ":":
                scene["before"].append({"speaker": who, "text": text, "labels": None})
            elif mark == "!":
                scene["call"] = _call(who, text)
                scene["replies"] = 0
            else:
                if "call" not in scene:
                    raise SceneError("a reply without a call before it")
                scene["replies"] += 1
                name = f"{scene['meta']['pair']}-{scene['replies']}"
                yield {
                    "id": name,
                    "corpus": "attunement_authored",
                    "split": "train",
                    # The call of a scene stands in each of its records; it is one example all the same.
                    "meta": dict(scene["meta"], call_again=scene["replies"] > 1),
                    "turns": [*scene["before"], scene["call"], *_reply(who, text, scene["call"])],
                }
        except SceneError as error:
            raise SceneError(f"{path.name}, line {at}: {error}") from None


def _line(line: str) -> tuple[str, str, str]:
    if len(line) < 3 or line[1] not in ":!?" or line[2] != " ":
        raise SceneError("expected 'who: text', 'who! call' or 'who? reply', with one letter for who")
    return line[0], line[1], line[3:].strip()


def _fields(text: str, count: int) -> tuple[str, list[str]]:
    words, mark, rest = text.partition("||")
    if not mark:
        raise SceneError("expected '||' and the codes after the text")
    found = [part.strip() for part in rest.split("|")]
    if len(found) > count:
        raise SceneError(f"at most {count} fields after '||', {len(found)} found")
    if not words.strip():
        raise SceneError("no text")
    return words.strip(), found + [""] * (count - len(found))


def _codes(field: str, known: set[str]) -> list[str]:
    names = [name.strip() for name in field.split(",") if name.strip() and name.strip() != "-"]
    for name in names:
        if name not in known:
            raise SceneError(f"'{name}' is not one of {', '.join(sorted(known))}")
    return names


def _call(who: str, text: str) -> dict[str, Any]:
    words, (expression, emotion, valence, intensity, risk) = _fields(text, 5)
    if emotion and emotion not in _EMOTIONS:
        raise SceneError(f"'{emotion}' is no emotion of the codebook")
    labels: dict[str, Any] = {
        "expression": _codes(expression, _EXPRESSION),
        "emotion": emotion or "neutral",
        "valence": _number(valence, -1, 1),
        "intensity": int(_number(intensity, 0, 3)),
        "risk": _codes(risk, _RISK),
    }
    return {"speaker": who, "text": words, "labels": labels}


def _number(field: str, least: float, most: float) -> float:
    try:
        value = float(field or 0)
    except ValueError:
        raise SceneError(f"'{field}' is not a number") from None
    if not least <= value <= most:
        raise SceneError(f"{value} is outside {least} to {most}")
    return value


def _reply(who: str, text: str, call: dict[str, Any]) -> list[dict[str, Any]]:
    text, follows, next_turn = text.partition(">>")
    words, (stance, verdict, expression, risk) = _fields(text, 4)
    if who == call["speaker"]:
        raise SceneError("the reply is by the caller")
    labels: dict[str, Any] = {"stance": _codes(stance, _STANCE), "risk": _codes(risk, _RISK)}
    if verdict and verdict not in VERDICTS:
        raise SceneError(f"'{verdict}' is no verdict")
    labels["verdict"] = verdict or by_rule(call["labels"], labels["stance"])
    if expression:
        labels["expression"] = _codes(expression, _EXPRESSION)
    turns: list[dict[str, Any]] = [{"speaker": who, "text": words, "labels": labels}]
    if follows:
        after_words, (after,) = _fields(next_turn, 1)
        turns.append({"speaker": call["speaker"], "text": after_words, "labels": {"after": _codes(after, _AFTER)}})
    return turns


def by_rule(call: dict[str, Any], stance: list[str]) -> str | None:
    """Return the verdict that follows from the codes by the codebook's rule; None where the turn is no call."""
    if not call["expression"]:
        return None
    heavy = (call["intensity"] >= 2 and call["valence"] <= -0.3) or bool(call["risk"])
    met, missed = set(stance) & _MEETING, set(stance) - _MEETING
    if met and missed:
        return "partial"
    if met:
        return "partial" if heavy and met <= {"acknowledgement", "engagement"} else "attuned"
    return "misattuned" if missed - _SOFT_MISSES else "missed"


def main() -> None:
    """Check files of scenes."""
    for name in sys.argv[1:]:
        try:
            records = list(read(Path(name)))
        except SceneError as error:
            raise SystemExit(f"{error}") from None
        counts: Counter[str] = Counter()
        for record in records:
            reply = next(t for t in reversed(record["turns"]) if "stance" in (t["labels"] or {}))
            call = record["turns"][record["turns"].index(reply) - 1]
            counts.update(call["labels"]["expression"] + reply["labels"]["stance"])
            counts[f"verdict {reply['labels']['verdict']}"] += 1
        print(f"{name}: {len(records)} replies;", ", ".join(f"{k} {v}" for k, v in counts.most_common()))


if __name__ == "__main__":
    main()
