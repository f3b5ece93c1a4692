"""A coder against labels: the adapters read every corpus form, the figures agree with other people's formulas."""

from __future__ import annotations

import gzip
import json
import math
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from attunement.coders.base import Query
from attunement.core.codebook import Family
from attunement.core.coding import CharSpan, Coding, TurnCoding
from attunement.errors import InputError, LimitError, UsageError
from attunement.evaluation.evaluate import EvaluateOptions, evaluate
from attunement.evaluation.gold import read_labelled
from attunement.evaluation.kin import KIN
from attunement.evaluation.scoring import calibration_error, rank_correlation, score_many, score_number, score_one
from attunement.stats.agreement import cohen_kappa, rank_codes

VERDICTS = ("attuned", "partial", "missed", "misattuned")


class Parrot:
    """A coder that says what the words of the turn tell it to say ("+warmth", "=missed", "?language")."""

    name = "parrot"
    version = "1"
    families: tuple[Family, ...] = ("expression", "emotion", "stance", "after", "risk")
    reach = 4

    def code(self, queries: Sequence[Query]) -> list[TurnCoding]:
        """Read the codes off the words."""
        out: list[TurnCoding] = []
        for query in queries:
            words = query.turn.text.split()
            codings = []
            for word in words:
                family, _, code = word.removeprefix("+").partition(":")
                if word.startswith("+"):
                    codings.append(Coding(code, family, 0.9, True, (CharSpan(0, 1),), "parrot/1"))  # type: ignore[arg-type]
            told = [word[1:] for word in words if word.startswith("=")]
            verdict = {v: (0.85 if v == told[0] else 0.05) for v in VERDICTS} if told else None
            silent = dict.fromkeys(self.families, "language") if "?language" in words else {}
            out.append(
                TurnCoding(
                    query.turn.index, tuple(codings), verdict=verdict, abstained=silent, intensity=1.0, valence=0.0
                )
            )
        return out


def exchange(
    number: int, call: str, reply: str, *, expression: list[str], stance: list[str], verdict: str | None
) -> dict:
    """A record in the form of attunement_coded."""
    return {
        "id": f"x-{number}",
        "corpus": "attunement_coded",
        "split": "dev",
        "meta": {"source": "made up", "source_id": f"scene-{number // 2}", "call": 1, "reply": 2},
        "turns": [
            {"speaker": "a", "text": "well", "labels": {}},
            {
                "speaker": "b",
                "text": call,
                "labels": {"expression": expression, "emotion": "hurt", "valence": -0.5, "intensity": 2},
            },
            {"speaker": "a", "text": reply, "labels": {"stance": stance, "verdict": verdict, "risk": [], "sure": 2}},
        ],
    }


def write(path: Path, records: list[dict]) -> Path:
    """Write JSON lines, gzipped where the name says so."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(record) + "\n" for record in records)
    return path


def test_a_coder_that_says_what_people_said_is_perfect(tmp_path: Path) -> None:
    """Equal codes give 1 for every figure; unlabelled and uncalled exchanges do not enter verdict and met."""
    records = [
        exchange(
            i,
            "+expression:feeling",
            "+stance:warmth =attuned",
            expression=["feeling"],
            stance=["warmth"],
            verdict="attuned",
        )
        for i in range(10)
    ]
    records += [
        exchange(
            10 + i,
            "+expression:blame",
            "+stance:contempt =misattuned",
            expression=["blame"],
            stance=["contempt"],
            verdict="misattuned",
        )
        for i in range(10)
    ]
    records += [exchange(20 + i, "tea?", "=missed", expression=[], stance=[], verdict=None) for i in range(5)]
    result = evaluate(write(tmp_path / "dev.jsonl.gz", records), coder=Parrot())
    families = result["families"]
    assert result["n"] == 25
    assert families["verdict"]["n"] == families["met"]["n"] == families["stance"]["n"] == 20
    assert families["verdict"]["kappa"] == families["met"]["kappa"] == 1.0
    assert (
        families["verdict"]["macro_f1"] == families["stance"]["macro_f1"] == families["expression"]["macro_f1"] == 1.0
    )
    # Twenty of twenty right do not say that all always are: an interval from 1 to 1 would.
    assert families["verdict"]["interval"]["kappa"] == [None, None]
    assert families["expression"]["n"] == 25
    assert families["stance"]["per_code"]["warmth"] == {
        "precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 10, "decided": 10, "ece": 0.05, "n": 20,
        "interval": {"precision": [None, None], "recall": [None, None], "f1": [None, None]},
    }  # fmt: skip


def test_abstained_units_are_counted_and_left_out(tmp_path: Path) -> None:
    """What a coder will not say is neither right nor wrong."""
    records = [
        exchange(
            i,
            "+expression:feeling",
            "=attuned" if i % 2 else "?language =missed",
            expression=["feeling"],
            stance=[],
            verdict="attuned",
        )
        for i in range(8)
    ]
    found = evaluate(write(tmp_path / "dev.jsonl", records), coder=Parrot())["families"]["verdict"]
    assert (found["n"], found["answered"], found["abstained"], found["accuracy"]) == (8, 4, 0.5, 1.0)


def test_figures_by_a_key_of_meta(tmp_path: Path) -> None:
    """`by` splits the figures; a key that no record has is an error that names others."""
    records = [exchange(i, "a", "=missed", expression=["need"], stance=[], verdict="missed") for i in range(4)]
    path = write(tmp_path / "dev.jsonl", records)
    by = evaluate(path, EvaluateOptions(by="source"), coder=Parrot())["by"]
    assert list(by) == ["made up"]
    assert by["made up"]["verdict"]["accuracy"] == 1.0
    with pytest.raises(UsageError):
        evaluate(path, EvaluateOptions(by="weather"), coder=Parrot())


def test_contested_exchanges_are_also_scored_apart(tmp_path: Path) -> None:
    """Where some are marked contested, the rest is shown too."""
    records = [exchange(i, "a", "=missed", expression=["need"], stance=[], verdict="missed") for i in range(4)]
    records[0]["meta"]["contested"] = True
    families = evaluate(write(tmp_path / "dev.jsonl", records), coder=Parrot())["families"]
    assert families["verdict"]["n"] == 4
    assert families["verdict_uncontested"]["n"] == 3


@pytest.mark.parametrize(
    "line", ["{", '{"id": 1}', '{"id": 1, "turns": [{"speaker": "a"}]}', "[]", '{"id":1,"turns":3}']
)
def test_a_line_that_is_no_record_is_named_and_not_quoted(tmp_path: Path, line: str) -> None:
    """The error says where, never what was said."""
    path = tmp_path / "dev.jsonl"
    path.write_text('{"id": "a", "turns": []}\n' + line.replace("1", '"secret"') + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        list(read_labelled(path))
    assert "line 2" in caught.value.message
    assert "secret" not in caught.value.message


def test_a_broken_archive_is_an_input_error(tmp_path: Path) -> None:
    """A gzip file that ends early is reported, not raised raw."""
    whole = write(tmp_path / "dev.jsonl.gz", [exchange(1, "a", "b", expression=[], stance=[], verdict=None)] * 500)
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(whole.read_bytes()[:200])
    with pytest.raises(InputError):
        list(read_labelled(cut))


def test_a_line_without_end_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line beyond the bound is refused before it is unpacked."""
    monkeypatch.setattr("attunement.evaluation.gold._MAX_LINE", 1 << 20)
    path = tmp_path / "long.jsonl.gz"
    path.write_bytes(gzip.compress(b" " * 30_000_000))
    tracemalloc.start()
    with pytest.raises(LimitError, match=r"long\.jsonl\.gz, line 1: longer"):
        list(read_labelled(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000


@pytest.mark.data
def test_every_corpus_reads_and_scores(shared: Path) -> None:
    """The adapters give gold for a file of each of the 34 corpora, and every label they read is one they know."""
    folders = sorted(folder for folder in (shared / "data").iterdir() if folder.is_dir())
    assert len(folders) >= 30
    for folder in folders:
        path = next(p for p in (folder / "dev.jsonl.gz", folder / "train.jsonl.gz") if p.exists())
        result = evaluate(path, EvaluateOptions(limit=25), coder=Parrot())
        assert result["families"], folder.name
        assert all(figures["n"] > 0 for figures in result["families"].values())


def test_every_kin_code_is_in_the_codebook() -> None:
    """A code that is not the codebook's could never be found."""
    from attunement.core.codebook import CODEBOOK

    for corpus, kins in KIN.items():
        for kin in kins:
            for codes in kin.codes.values():
                assert all(code in CODEBOOK for code in codes), (corpus, kin.family)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=12, max_size=60))
def test_kappa_is_cohens(pairs: list[tuple[str, str]]) -> None:
    """Kappa from the confusion table equals the statistic of `stats.agreement`."""
    gold, guess = [p[0] for p in pairs], [p[1] for p in pairs]
    table = np.array([[float(g == label) for label in "abc"] for g in guess])
    found = score_one("abc", gold, table, [str(i) for i in range(len(pairs))])["kappa"]
    expected = cohen_kappa(*rank_codes([gold, guess]).T).value
    if math.isnan(expected):
        assert found is None
    else:
        assert found == pytest.approx(expected, abs=1e-4)


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.floats(-3, 3, allow_nan=False).map(lambda x: round(x, 2))),
        min_size=4,
        max_size=40,
    )
)
def test_rank_correlation_is_spearmans(pairs: list[tuple[int, float]]) -> None:
    """Mid-ranks and all, as SciPy has it."""
    a, b = np.array([p[0] for p in pairs], dtype=float), np.array([p[1] for p in pairs])
    found = rank_correlation(a, b)
    if len(set(a)) < 2 or len(set(b)) < 2:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(float(scipy_stats.spearmanr(a, b).statistic), abs=1e-9)


def test_calibration_error_by_hand() -> None:
    """Two bins: .2 said and none held, .9 said and half held."""
    p = np.array([0.2, 0.2, 0.9, 0.9])
    hit = np.array([False, False, True, False])
    assert calibration_error(p, hit) == pytest.approx(0.5 * 0.2 + 0.5 * 0.4)


def test_macro_f1_counts_codes_with_enough_support_only() -> None:
    """A code that people gave seven times does not enter the mean; one given eight times does."""
    gold = [["a"]] * 8 + [["b"]] * 7
    decided = np.array([[True, False]] * 15)
    found = score_many(("a", "b"), gold, decided.astype(float), decided, [str(i) for i in range(15)])
    assert found["macro_f1"] == pytest.approx(2 * 8 / (15 + 8), abs=1e-4)
    assert found["per_code"]["b"]["recall"] == 0.0


def test_a_draw_without_a_code_says_nothing_of_it() -> None:
    """A coder that errs nowhere has draws of no width, also for a code that stands in one of twelve conversations.

    Were a draw without it taken for an F1 of 0, there would be a width, and an interval.
    """
    clusters = [str(i // 10) for i in range(120)]
    gold = [["y"] * (i % 2) + ["x"] * (i < 8) for i in range(120)]
    said = np.array([["x" in codes, "y" in codes] for codes in gold])
    found = score_many(("x", "y"), gold, said.astype(float), said, clusters)
    assert found["macro_f1"] == found["kappa"] == 1.0
    assert found["interval"]["macro_f1"] == found["interval"]["kappa"] == [None, None]
    one = ["x" if i < 8 else "y" for i in range(120)]
    table = np.array([[float(g == "x"), float(g == "y")] for g in one])
    assert score_one("xy", one, table, clusters)["interval"]["macro_f1"] == [None, None]


def test_figures_that_no_draw_changes_have_no_interval() -> None:
    """None of three right, and all of forty: an interval from 0 to 0, or from 1 to 1, would be certainty."""
    clusters = [str(i) for i in range(40)]
    gold = ["y"] * 37 + ["x"] * 3
    never = score_one("xy", gold, np.tile([0.0, 1.0], (40, 1)), clusters)
    assert never["per_code"]["x"]["recall"] == 0.0
    assert never["per_code"]["x"]["interval"]["recall"] == [None, None]
    assert never["interval"]["accuracy"][0] < 0.925 < never["interval"]["accuracy"][1]
    right = score_one("y", ["y"] * 40, np.ones((40, 1)), clusters)
    assert (right["accuracy"], right["interval"]["accuracy"]) == (1.0, [None, None])


def test_a_code_that_always_holds_has_no_kappa() -> None:
    """As with one label of several: chance explains everything, and 0 would say that the coder guesses."""
    always = np.ones((40, 1))
    assert score_many(("z",), [["z"]] * 40, always, always > 0, [str(i) for i in range(40)])["kappa"] is None
    both = score_many(
        ("z", "w"), [["z", *["w"] * (i % 2)] for i in range(40)],
        np.array([[1.0, i % 2] for i in range(40)]), np.array([[True, bool(i % 2)] for i in range(40)]),
        [str(i) for i in range(40)],
    )  # fmt: skip
    assert both["kappa"] == 1.0


def test_a_misspelt_code_is_refused(tmp_path: Path) -> None:
    """A code that nobody can give would leave the mean: macro-F1 rose from .48 to .96."""
    for labels in ({"stance": ["warmht"]}, {"verdict": "atuned"}):
        record = exchange(1, "I was sad", "oh love", expression=["feeling"], stance=["warmth"], verdict="attuned")
        record["turns"][2]["labels"] |= labels
        with pytest.raises(InputError, match=r"line 1, turn 2: the label") as caught:
            list(read_labelled(write(tmp_path / "gold.jsonl", [record])))
        assert not {"warmht", "atuned"} & set(str(caught.value).replace(".", " ").split())


def test_intervals_draw_conversations() -> None:
    """The same units in few conversations give a wider interval than each on its own."""
    rng = np.random.default_rng(3)
    gold = ["x" if (i // 10) % 2 else "y" for i in range(200)]
    right = np.repeat(rng.random(20) < 0.5, 10)
    table = np.array([[float((g == "x") == r), float((g == "y") == r)] for g, r in zip(gold, right, strict=True)])
    alone = score_one("xy", gold, table, [str(i) for i in range(200)])["interval"]["accuracy"]
    together = score_one("xy", gold, table, [str(i // 10) for i in range(200)])["interval"]["accuracy"]
    assert together[1] - together[0] > 2 * (alone[1] - alone[0])


def test_few_conversations_have_no_interval() -> None:
    """One long conversation, or nine, tell nothing of how conversations differ: no interval."""
    gold = ["x", "y"] * 50
    table = np.array([[float(g == "x"), float(g == "y")] for g in gold])
    table[:3] = 1.0 - table[:3]
    for clusters, is_told in ((1, False), (9, False), (10, True)):
        figures = score_one("xy", gold, table, [str(i % clusters) for i in range(100)])
        assert figures["kappa"] == pytest.approx(0.94, abs=1e-3)
        assert (figures["interval"]["kappa"] != [None, None]) is is_told


def test_a_number_that_does_not_vary_has_no_correlation() -> None:
    """Undefined is None, never 0."""
    assert score_number([1, 2, 3, 4], [1, 1, 1, 1], list("abcd"))["spearman"] is None
