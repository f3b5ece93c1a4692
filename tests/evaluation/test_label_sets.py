"""What people did not label is in no figure, and what a file writes otherwise is read alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats as scipy_stats

from attunement.coders.base import Query
from attunement.core.codebook import Family
from attunement.core.coding import Coding, TurnCoding
from attunement.errors import InputError
from attunement.evaluation import evaluate as module
from attunement.evaluation.evaluate import EvaluateOptions, evaluate
from attunement.evaluation.gold import read_labelled
from attunement.evaluation.scoring import score_many, score_number, score_one


class Teller:
    """A coder that finds the codes named in the words ("+stance:warmth"); a head of its own for EPITOME's levels."""

    name, version, reach = "teller", "1", 4
    families: tuple[Family, ...] = ("expression", "emotion", "stance", "after", "risk")
    kin_families = (("epitome", "emotional_reactions"),)

    def __init__(self) -> None:
        self.asked = 0
        self.batches: list[int] = []

    def code(self, queries: Sequence[Query]) -> list[TurnCoding]:
        """Read the codes off the words."""
        self.batches.append(len(queries))
        found: list[TurnCoding] = []
        for query in queries:
            told = [word[1:].partition(":") for word in query.turn.text.split() if word.startswith("+")]
            codings = tuple(Coding(code, family, 0.9, True, (), "teller/1") for family, _, code in told)  # type: ignore[arg-type]
            verdict = {"attuned": 1.0, "partial": 0.0, "missed": 0.0, "misattuned": 0.0} if told else None
            found.append(TurnCoding(query.turn.index, codings, verdict=verdict, intensity=1.0, valence=0.0))  # type: ignore[arg-type]
        return found

    def kin(self, queries: Sequence[Query]) -> list[dict[tuple[str, str], dict[str, tuple[float, bool]]]]:
        """Say 2 to everything."""
        self.asked += len(queries)
        answer = {"0": (0.1, False), "1": (0.1, False), "2": (0.8, True)}
        return [{("epitome", "emotional_reactions"): answer} for _ in queries]


def write(path: Path, records: Sequence[dict[str, Any]]) -> Path:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def single(corpus: str, number: int, text: str, labels: dict[str, Any], **meta: Any) -> dict[str, Any]:
    """A record of one turn."""
    turns = [{"speaker": "a", "text": text, "labels": labels}]
    return {"id": f"{corpus}-{number}", "corpus": corpus, "meta": meta, "turns": turns}


def families(tmp_path: Path, records: Sequence[dict[str, Any]], coder: Teller | None = None) -> dict[str, Any]:
    """Evaluate records."""
    return evaluate(write(tmp_path / "test.jsonl", records), coder=coder or Teller())["families"]


def exchange(number: int, call: dict[str, Any], reply: dict[str, Any], **meta: Any) -> dict[str, Any]:
    """A call and its reply, coded with the codebook."""
    turns = [
        {"speaker": "a", "text": "+expression:feeling so sad", "labels": call},
        {"speaker": "b", "text": "+stance:warmth oh love", "labels": reply},
    ]
    return {"id": f"x-{number}", "corpus": "attunement_coded", "meta": {"call": 0, "reply": 1, **meta}, "turns": turns}


def test_a_label_that_nobody_was_asked_about_is_no_no(tmp_path: Path) -> None:
    """Rows without `support` are in none of its figures: twelve hits of twelve, not of twenty."""
    held = {"emotional_disclosure": 0, "information_disclosure": 0, "support": 1, "info_support": 0}
    asked = [single("offmychest", i, "+stance:warmth dear", held | {"emo_support": 1}) for i in range(12)]
    not_asked = [
        single("offmychest", 20 + i, "+stance:warmth dear", {"emotional_disclosure": 0, "emo_support": 1})
        for i in range(8)
    ]
    found = families(tmp_path, asked + not_asked)["support"]
    assert found["n"] == 20
    assert {key: found["per_code"]["support"][key] for key in ("precision", "f1", "decided", "n")} == {
        "precision": 1.0, "f1": 1.0, "decided": 12, "n": 12,
    }  # fmt: skip
    assert found["per_code"]["emo_support"]["n"] == 20
    assert found["accuracy"] == 1.0


def test_masked_figures_are_those_of_the_units_that_were_judged() -> None:
    """Each label's figures equal those of scoring its judged units alone."""
    rng = np.random.default_rng(5)
    truth, decided, judged = (rng.random((60, 2)) < 0.5 for _ in range(3))
    p = rng.random((60, 2))
    names = [[name for name, holds in zip("xy", row, strict=True) if holds] for row in truth]
    ids = [str(i) for i in range(60)]
    found = score_many("xy", names, p, decided, ids, judged=judged)["per_code"]
    for column, name in enumerate("xy"):
        kept = np.flatnonzero(judged[:, column])
        alone = score_many(
            name, [names[i] for i in kept], p[kept][:, [column]], decided[kept][:, [column]], [ids[i] for i in kept]
        )["per_code"][name]
        assert {k: v for k, v in found[name].items() if k != "interval"} == {
            k: v for k, v in alone.items() if k != "interval"
        }


def test_corpora_in_one_file_keep_their_own_figures(tmp_path: Path) -> None:
    """One of seven emotions and any of twenty-eight are two figures, each as in a file of its own."""
    many = [single("goemotions", i, "+emotion:joy", {"emotions": ["joy"] if i % 2 else ["fear"]}) for i in range(12)]
    one = [single("meld", i, "+emotion:joy", {"emotion": "joy" if i % 3 else "fear"}) for i in range(12)]
    both = families(tmp_path, many + one)
    assert set(both) == {"emotion_goemotions", "emotion_meld"}
    assert both["emotion_goemotions"] == families(tmp_path, many)["emotion"]
    assert both["emotion_meld"] == families(tmp_path, one)["emotion"]


@pytest.mark.parametrize(
    ("listed", "text"), [(["warmth", "offer"], "warmth offer"), (["warmth"], "warmth"), ([], "none")]
)
def test_codes_written_as_text_are_codes(tmp_path: Path, listed: list[str], text: str) -> None:
    """A text of codes counts as the list of them, not as its letters; "none" is no code."""
    call = {"expression": ["feeling"], "emotion": "sadness"}
    a = [exchange(i, call, {"stance": listed, "verdict": "attuned"}) for i in range(12)]
    b = [exchange(i, call | {"expression": "feeling"}, {"stance": text, "verdict": "attuned"}) for i in range(12)]
    assert families(tmp_path, a) == families(tmp_path, b)
    b = [exchange(i, call | {"expression": "none"}, {"stance": [], "verdict": "attuned"}) for i in range(12)]
    assert "verdict" not in families(tmp_path, b)


def test_an_emotion_counts_without_an_expression(tmp_path: Path) -> None:
    """Every turn that people labelled counts, whatever else they labelled there."""
    call = {"emotion": "sadness", "intensity": 2, "valence": -0.5}
    found = families(tmp_path, [exchange(i, call, {"stance": ["warmth"]}) for i in range(3)])
    assert [found[name]["n"] for name in ("emotion", "intensity", "valence")] == [3, 3, 3]
    assert "expression" not in found


@pytest.mark.parametrize(
    ("corpus", "usual", "other"),
    [
        ("meld", {"emotion": "joy"}, {"emotion": ["joy"]}),
        ("goemotions", {"emotions": ["joy", "fear"]}, {"emotions": "joy, fear"}),
        ("mustard", {"sarcasm": True}, {"sarcasm": "true"}),
        ("convabuse", {"abusive": 1}, {"abusive": "1"}),
        ("convabuse", {"abusive": 0}, {"abusive": 0.0}),
        ("toxichat", {"offense": "Offensive"}, {"offense": "offensive"}),
        ("stanford_politeness", {"politeness_z": 0.5}, {"politeness_z": "0.5"}),
        ("reccon", {"emotion": "happiness"}, {"emotion": "happines"}),
    ],
)
def test_one_value_written_in_two_ways_is_one(
    tmp_path: Path, corpus: str, usual: dict[str, Any], other: dict[str, Any]
) -> None:
    """What two tools write for one label is one label."""
    golds = [
        [gold.value for gold in next(read_labelled(write(tmp_path / "x.jsonl", [single(corpus, 1, "x", labels)]))).gold]
        for labels in (usual, other)
    ]
    assert golds[0] == golds[1] != []


def test_a_level_with_a_point_is_the_level(tmp_path: Path) -> None:
    """1.0 is EPITOME's level 1."""
    pair = {"id": "e", "corpus": "epitome", "post": "x", "reply": "y", "labels": {"explorations": 1.0}}
    assert [gold.value for gold in next(read_labelled(write(tmp_path / "x.jsonl", [pair]))).gold] == ["1"]


@pytest.mark.parametrize("empty", [None, "", float("nan")])
@pytest.mark.parametrize(
    ("corpus", "key"),
    [
        ("meld", "emotion"),
        ("goemotions", "emotions"),
        ("convabuse", "abusive"),
        ("stanford_politeness", "politeness_z"),
    ],
)
def test_what_is_empty_is_not_labelled(tmp_path: Path, corpus: str, key: str, empty: Any) -> None:
    """An empty cell is nobody's label: not a label of its own, not a no, not the highest number."""
    path = write(tmp_path / "x.jsonl", [single(corpus, 1, "x", {key: empty})])
    assert next(read_labelled(path)).gold == ()


@pytest.mark.parametrize(
    ("corpus", "labels"),
    [
        ("meld", {"emotion": ["secret", "other"]}),
        ("convabuse", {"abusive": "secret"}),
        ("stanford_politeness", {"politeness_z": "secret"}),
        ("goemotions", {"emotions": {"secret": 1}}),
    ],
)
def test_a_value_of_no_known_form_is_refused(tmp_path: Path, corpus: str, labels: dict[str, Any]) -> None:
    """It is named by its key and its line, and is not quoted."""
    with pytest.raises(InputError, match="line 1: the label") as caught:
        list(read_labelled(write(tmp_path / "x.jsonl", [single(corpus, 1, "x", labels)])))
    assert "secret" not in caught.value.message


def test_words_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A number where words are due is no traceback; an empty cell is a turn without words."""
    record = single("meld", 1, "x", {"emotion": "joy"})
    record["turns"][0]["text"] = 5
    with pytest.raises(InputError, match="no text"):
        list(read_labelled(write(tmp_path / "x.jsonl", [record])))
    record["turns"][0]["text"] = float("nan")
    assert next(read_labelled(write(tmp_path / "x.jsonl", [record]))).turns[0].text == ""


def test_labels_tell_the_form_where_the_name_does_not(tmp_path: Path) -> None:
    """A held-out file under another name reads like its corpus and keeps its own name."""
    records = [
        exchange(1, {"expression": ["feeling"]}, {"stance": ["warmth"]}),
        single("m", 1, "x", {"emotions": ["joy"]}),
    ]
    for record in records:
        record["corpus"] = "heldout"
    found = list(read_labelled(write(tmp_path / "test.jsonl", records)))
    assert [(one.corpus, one.form) for one in found] == [("heldout", "attunement_coded"), ("heldout", "goemotions")]
    assert all(one.gold for one in found)


@pytest.mark.parametrize(
    ("corpus", "key"), [("counsel_chat", "question_id"), ("pair", "prompt_id"), ("empathic_reactions", "writer")]
)
def test_what_shares_a_post_or_a_writer_is_drawn_together(tmp_path: Path, corpus: str, key: str) -> None:
    """Eight replies to one prompt are one cluster, also under the number 0."""
    records = [single(corpus, i, "x", {}, **{key: i // 8}) for i in range(16)]
    found = [one.cluster for one in read_labelled(write(tmp_path / "x.jsonl", records))]
    assert found == [f"{key}:0"] * 8 + [f"{key}:1"] * 8


def test_records_without_an_id_are_not_one(tmp_path: Path) -> None:
    """A null id is no id that all share."""
    records = [single("meld", i, "x", {}) | {"id": None} for i in range(3)]
    assert len({one.cluster for one in read_labelled(write(tmp_path / "x.jsonl", records))}) == 3


def test_the_board_part_asks_the_heads(tmp_path: Path) -> None:
    """Levels like EPITOME's are answered by the coder's own head, which reads the replies and no other turn."""
    record = exchange(1, {"expression": ["feeling"]}, {"stance": ["warmth"]}, er=2, ip=0, ex=0)
    record["corpus"] = "attunement_authored"
    del record["meta"]["call"], record["meta"]["reply"]
    coder = Teller()
    found = families(tmp_path, [record], coder)
    assert found["emotional_reactions"]["accuracy"] == 1.0
    assert coder.asked == 1


def test_a_reply_to_nothing_is_not_scored_by_stance(tmp_path: Path) -> None:
    """Label sets that only stance codes stand near are left out where no call was answered, not taken for the rest."""
    found = families(tmp_path, [single("empathetic_intents", i, "tea?", {"intent": "agreeing"}) for i in range(3)])
    assert (found["intent"]["answered"], found["intent"]["abstained"]) == (0, 1.0)


def test_a_family_that_the_coder_has_not_is_left_out(tmp_path: Path) -> None:
    """A coder without risk abstains from it, also where it gives a verdict."""
    coder = Teller()
    coder.families = ("expression", "stance")
    records = [exchange(i, {"expression": ["feeling"]}, {"risk": ["coercion"], "stance": []}) for i in range(3)]
    assert families(tmp_path, records, coder)["risk"]["answered"] == 0


def test_brier_and_every_code_have_their_interval() -> None:
    """Each figure but the calibration error has its two ends, and they hold it."""
    gold = ["x" if i % 3 else "y" for i in range(90)]
    table = np.array([[0.7, 0.3] if i % 4 else [0.4, 0.6] for i in range(90)])
    clusters = [str(i // 3) for i in range(90)]
    found = [
        score_one("xy", gold, table, clusters),
        score_many("xy", [[g] for g in gold], table, table > 0.5, clusters),
    ]
    for figures in found:
        assert figures["interval"]["brier"][0] < figures["brier"] < figures["interval"]["brier"][1]
        for code in figures["per_code"].values():
            assert code["n"] == 90
            for name in ("precision", "recall", "f1"):
                assert code["interval"][name][0] <= code[name] <= code["interval"][name][1]


def test_the_interval_of_a_rank_correlation_is_that_of_the_drawn_units() -> None:
    """The ranks of a draw are SciPy's of the same units repeated as often as they were drawn."""
    from attunement.evaluation.scoring import _drawn_correlations  # the draws are in no figure by themselves
    from attunement.stats.bootstrap import bootstrap_weights

    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 5, 60).astype(float), rng.normal(size=60).round(1)
    member = np.repeat(np.arange(15), 4)
    drawn = _drawn_correlations(a, b, member, 15, 3)
    for row, weights in enumerate(np.vstack(list(bootstrap_weights(15, resamples=1000, seed=3)))[:20]):
        times = weights[member]
        expected: Any = scipy_stats.spearmanr(np.repeat(a, times), np.repeat(b, times))
        assert drawn[row] == pytest.approx(float(expected.statistic), abs=1e-9)
    ends = score_number(a.tolist(), b.tolist(), [str(i) for i in member], seed=3)["interval"]["spearman"]
    assert ends[0] < ends[1]


def test_long_records_are_not_coded_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch is bounded in turns too, and gives the same figures."""
    turns = [{"speaker": "ab"[i % 2], "text": "+emotion:joy", "labels": {"emotion": "joy"}} for i in range(30)]
    records = [{"id": str(i), "corpus": "meld", "turns": turns} for i in range(10)]
    whole = families(tmp_path, records)
    monkeypatch.setattr(module, "_TURNS_AT_ONCE", 50)
    coder = Teller()
    assert families(tmp_path, records, coder) == whole
    assert max(coder.batches) == 60


def test_a_limit_reads_no_further(tmp_path: Path) -> None:
    """What stands after the last record that was asked for is not read."""
    path = write(tmp_path / "x.jsonl", [single("meld", 1, "x", {"emotion": "joy"})])
    path.write_text(path.read_text(encoding="utf-8") + "{broken\n", encoding="utf-8")
    assert evaluate(path, EvaluateOptions(limit=1), coder=Teller())["n"] == 1


@pytest.mark.parametrize(("mark", "clear"), [("false", 4), ("no", 4), (True, 3), ("yes", 3)])
def test_a_mark_of_contest_may_be_a_word(tmp_path: Path, mark: Any, clear: int) -> None:
    """A table's "false" marks nothing."""
    reply = {"stance": ["warmth"], "verdict": "attuned"}
    records = [exchange(i, {"expression": ["feeling"]}, reply) for i in range(4)]
    records[0]["meta"]["contested"] = mark
    found = families(tmp_path, records)
    assert found.get("verdict_uncontested", found["verdict"])["n"] == clear


def test_one_emotion_and_one_verdict_may_be_a_list(tmp_path: Path) -> None:
    """As in every corpus: a list of one label is that label, an empty one is nobody's, and two are refused."""

    def record(emotion: Any, verdict: Any) -> dict[str, Any]:
        turns = [
            {"speaker": "a", "text": "hm", "labels": {"expression": ["feeling"], "emotion": emotion}},
            {"speaker": "b", "text": "oh", "labels": {"verdict": verdict}},
        ]
        return {"id": "x", "corpus": "attunement_authored", "turns": turns}

    plainly, listed, empty = (
        [(gold.family, gold.value) for gold in next(read_labelled(write(tmp_path / "x.jsonl", [made]))).gold]
        for made in (record("joy", "attuned"), record(["joy"], ["attuned"]), record([], []))
    )
    assert listed == plainly
    assert {family for family, _ in plainly} - {family for family, _ in empty} == {"emotion", "verdict", "met"}
    with pytest.raises(InputError, match=r"line 1: the label 'emotion' holds several"):
        next(read_labelled(write(tmp_path / "x.jsonl", [record(["joy", "hope"], "attuned")])))


def test_figures_by_a_key_whose_values_are_numbers(tmp_path: Path) -> None:
    """0 and false are values as any other; only what is missing is under the empty name."""
    metas = [{"fold": 0}, {"fold": 0.0}, {"fold": 1}, {"fold": None}, {"held": False}]
    records = [
        single("attunement_authored", number, "hm", {"emotion": "joy"}) | {"meta": meta}
        for number, meta in enumerate(metas)
    ]
    path = write(tmp_path / "x.jsonl", records)
    found = evaluate(path, EvaluateOptions(by="fold"), coder=Teller())["by"]
    assert {name: families["emotion"]["n"] for name, families in found.items()} == {"": 2, "0": 2, "1": 1}
    assert set(evaluate(path, EvaluateOptions(by="held"), coder=Teller())["by"]) == {"", "False"}


class Stances:
    """A coder of stance and nothing else, which withholds it where it reads "?"."""

    name, version, reach = "stances", "1", 4
    families: tuple[Family, ...] = ("stance",)

    def code(self, queries: Sequence[Query]) -> list[TurnCoding]:
        """Find warmth, or say that it is unsure."""
        return [
            TurnCoding(q.turn.index, abstained={"stance": "unsure"})
            if "?" in q.turn.text
            else TurnCoding(q.turn.index, (Coding("warmth", "stance", 0.9, True, (), "stances/1"),))
            for q in queries
        ]


class Feelings(Stances):
    """A coder of feelings too; where stance is withheld, the intensity is known all the same."""

    families: tuple[Family, ...] = ("stance", "emotion", "expression")

    def code(self, queries: Sequence[Query]) -> list[TurnCoding]:
        """As the other, with an intensity that follows the length."""
        return [
            TurnCoding(one.turn, one.codings, intensity=len(q.turn.text) / 10, valence=0.0, abstained=one.abstained)
            for one, q in zip(super().code(queries), queries, strict=True)
        ]


def test_what_a_coder_does_not_code_is_missing_in_other_label_sets_too(tmp_path: Path) -> None:
    """A coder of stances was scored on emotions as if it had found none, with every unit answered."""
    feelings = [single("goemotions", number, "so happy", {"emotions": ["joy"]}) for number in range(3)]
    questions = [single("question_intimacy", number, "how are you", {"intimacy": 0.1 * number}) for number in range(3)]
    path = write(tmp_path / "x.jsonl", [*feelings, *questions])
    found = evaluate(path, coder=Stances())["families"]
    assert (found["emotion"]["answered"], found["emotion"]["accuracy"]) == (0, None)
    assert (found["intimacy"]["n"], found["intimacy"]["answered"]) == (3, 0)


def test_a_withheld_stance_withholds_nothing_else(tmp_path: Path) -> None:
    """How strong a feeling is was left out wherever the coder could not tell the stance."""
    texts = ["oh", "well, that is a lot?", "I really cannot say, can you?", "no"]
    turns = [
        {"speaker": "ab"[n % 2], "text": text, "labels": {"emotion_intensity": len(text), "empathy": n}}
        for n, text in enumerate(texts)
    ]
    record = {"id": "w", "corpus": "wassa23_conv", "meta": {}, "turns": turns}
    found = evaluate(write(tmp_path / "x.jsonl", [record]), coder=Feelings())["families"]
    assert (found["intensity"]["answered"], found["intensity"]["spearman"]) == (4, 1.0)
    # Its codes are warmth, validation and reflection besides feeling: without the stance the sum would be too low.
    assert (found["empathy"]["n"], found["empathy"]["answered"]) == (4, 2)


@pytest.mark.parametrize(("corpus", "key", "name"), [("goemotions", "emotions", "Joy"), ("casino", "strategies", "x")])
def test_a_label_that_its_set_does_not_have_is_refused(tmp_path: Path, corpus: str, key: str, name: str) -> None:
    """It counted as if people had given none: recall of the others was told, and that of this one was nowhere."""
    path = write(tmp_path / "x.jsonl", [single(corpus, 1, "x", {key: [name]})])
    with pytest.raises(InputError, match=f"line 1: the label '{key}' names one that its set does not have") as caught:
        next(read_labelled(path))
    assert name not in str(caught.value).replace("x.jsonl", "").split()
    # Of the many acts of another corpus only some have codes that stand near.
    other = single("persuasion_for_good", 1, "x", {"acts": ["thank", "neutral-to-donation"]})
    assert len(next(read_labelled(write(path, [other]))).gold) == 1
