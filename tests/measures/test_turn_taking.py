"""Turn taking: the contract, speech against the reference, chats with nights, and the four kinds of no reply."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attunement.core.analysis import Analysis
from attunement.core.episode import Exchange
from attunement.core.estimate import Estimate
from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.measures import turn_taking
from attunement.measures.arrays import arrays_of
from attunement.measures.base import MeasureOptions
from attunement.measures.offers import OUTCOMES, Offers, offers_of
from attunement.measures.turn_taking import TurnTaking
from attunement.testing import check_measure
from attunement.turns import make_turns

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


def speech(turns: list[tuple[str, float, float]]) -> Analysis:
    """Make a transcript of timed turns."""
    messages = tuple(Message(n, who, "words", start, end) for n, (who, start, end) in enumerate(turns))
    speakers = tuple(Speaker(name) for name in dict.fromkeys(who for who, _, _ in turns))
    record = Record("talk", messages, speakers)
    made, sessions = make_turns(record)
    return Analysis(record, made, sessions, (), (), (), ())


def chat(events: list[tuple[str, float]], exchanges: tuple[Exchange, ...] = ()) -> Analysis:
    """Make a chat that begins on a Monday at midnight."""
    messages = tuple(Message(n, who, "words", at) for n, (who, at) in enumerate(events))
    speakers = tuple(Speaker(name) for name in dict.fromkeys(who for who, _ in events))
    record = Record("chat", messages, speakers, medium="chat", epoch=datetime(2026, 3, 2))
    made, sessions = make_turns(record)
    return Analysis(record, made, sessions, (), exchanges, (), ())


def by_name(estimates: Any) -> dict[tuple[str, str | None], Estimate]:
    """Index estimates by measure and actor."""
    return {(estimate.measure, estimate.from_): estimate for estimate in estimates}


def daily_chat(days: int = 30, *, contingent: bool = True, seed: int = 3) -> Analysis:
    """Make two people who write by day and sleep from 23 to 7; replies follow within minutes, or at any time."""
    rng = np.random.default_rng(seed)
    events: list[tuple[str, float]] = []
    for day in range(days):
        start = day * DAY + rng.uniform(8, 20) * HOUR
        times = np.sort(start + rng.uniform(0, 2 * HOUR, 12))
        for time in times:
            events.append(("Ada", time))
            events.append(("Ben", time + rng.uniform(20, 90) if contingent else rng.uniform(start, start + 2 * HOUR)))
    return chat(sorted(events, key=lambda event: event[1]))


def test_family_keeps_the_contract() -> None:
    """Names, both directions, counts, evidence, determinism and renaming hold for chats and for speech."""
    rng = np.random.default_rng(1)
    starts = np.cumsum(rng.uniform(0.5, 4, 60))
    timed = speech([("AB"[n % 2], float(s), float(s + rng.uniform(0.3, 4))) for n, s in enumerate(starts)])
    check_measure(TurnTaking(), [timed, daily_chat(4), chat([("Ada", 0.0)])])


@pytest.mark.data
def test_speech_equals_the_reference(shared: Path) -> None:
    """Offsets, overlap, long gaps, talk share, silence and entropy agree with an independent computation."""
    folder = shared / "reference"
    want = json.loads((folder / "turn_taking" / "turn_taking_expected.json").read_text("utf-8"))
    with (folder / "style_matching" / "transcripts.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    for name, expected in want.items():
        turns = [(r["speaker"], float(r["start"]), float(r["end"])) for r in rows if r["conversation"] == name]
        found = by_name(TurnTaking().measure(speech(turns), MeasureOptions(min_calls=1)))
        means = {who: found["turn_taking.offset.mean", who] for who in "AB"}
        assert means["B"].value == pytest.approx(expected["fto_A_to_B_mean"], abs=1e-6)
        assert means["A"].value == pytest.approx(expected["fto_B_to_A_mean"], abs=1e-6)
        counts = {who: means[who].count for who in "AB"}
        assert sum(counts.values()) == expected["n_floor_transfers"]
        for measure, key in (("overlap", "prop_overlapped_transfers"), ("long_gap", "prop_gaps_over_1s")):
            hits = sum(found[f"turn_taking.{measure}", who].hits or 0 for who in "AB")
            assert hits / sum(counts.values()) == pytest.approx(expected[key])
        silence = found["turn_taking.silence", None].value
        assert silence == pytest.approx(expected["silence_s"] / expected["total_s"], abs=1e-3)


def test_merged_cues_share_the_floor_by_time() -> None:
    """The share of the floor is of talk time, and the two shares of a pair sum to one."""
    found = by_name(
        TurnTaking().measure(speech([("A", 0, 6), ("B", 6.5, 8.5), ("A", 9, 11)]), MeasureOptions(min_calls=1))
    )
    assert found["turn_taking.floor", "A"].value == pytest.approx(0.8)
    assert found["turn_taking.floor", "B"].value == pytest.approx(0.2)
    assert found["turn_taking.entropy", None].value == pytest.approx(-0.8 * np.log2(0.8) - 0.2 * np.log2(0.2))


def test_interruption_is_told_from_backchannel_and_from_close_overlap() -> None:
    """Beginning half a second early and outlasting is an interruption; ending inside or a slight overlap is not."""
    turns = [("A", 0.0, 10.0), ("B", 8.0, 14.0), ("A", 13.8, 20.0), ("B", 16.0, 16.5), ("A", 20.2, 22.0)]
    found = by_name(TurnTaking().measure(speech(turns), MeasureOptions(min_calls=1)))
    assert found["turn_taking.interruption", "B"].hits == 1  # at 8.0; at 16.0 it stays inside
    assert found["turn_taking.within_overlap", "B"].hits == 1
    assert found["turn_taking.interruption", "A"].hits == 0  # 0.2 s is no interruption
    assert found["turn_taking.overlap", "A"].hits == 1


def test_a_word_inside_the_others_talk_takes_no_floor() -> None:
    """Nobody is silent for more than 0.2 s: there is no gap, and "mm-hm" then an answer is no interruption."""
    talk, answered = [], []
    for n in range(40):
        talk += [("A", 10.2 * n, 10.2 * n + 10), ("B", 10.2 * n + 3, 10.2 * n + 3.5)]
        answered += [("A", 12.3 * n, 12.3 * n + 10), ("B", 12.3 * n + 3, 12.3 * n + 3.5)]
        answered += [("B", 12.3 * n + 10.3, 12.3 * n + 12)]
    found = by_name(TurnTaking().measure(speech(talk), MeasureOptions()))
    for measure in ("offset", "long_gap", "overlap", "interruption"):
        assert [found[f"turn_taking.{measure}", who].count for who in "AB"] == [0, 0]
    assert found["turn_taking.within_overlap", "B"].value == 1.0
    assert found["turn_taking.within_overlap", "B"].count == 40
    found = by_name(TurnTaking().measure(speech(answered), MeasureOptions(surrogates=19)))
    assert [found["turn_taking.offset", who].value for who in "AB"] == pytest.approx([0.3, 0.3])
    assert [found["turn_taking.interruption", who].hits for who in "AB"] == [0, 0]
    assert [found["turn_taking.offset", who].count for who in "AB"] == [39, 40]
    assert found["turn_taking.long_gap", "B"].p is not None


def test_contingent_speech_has_less_overlap_than_its_shifted_self() -> None:
    """People who wait for each other overlap less than the same timelines shifted; the p value says so."""
    rng = np.random.default_rng(8)
    turns, time = [], 0.0
    for n in range(120):
        length = float(rng.uniform(1, 5))
        turns.append(("AB"[n % 2], time, time + length))
        time += length + float(rng.uniform(0.05, 0.3))
    found = by_name(TurnTaking().measure(speech(turns), MeasureOptions(surrogates=99)))
    assert found["turn_taking.overlap", "A"].value == 0.0
    assert found["turn_taking.overlap", "A"].p == pytest.approx(2 / 100)
    assert "shifted" in found["turn_taking.overlap", "A"].method


def test_latency_is_waking_time() -> None:
    """A reply on the next morning waited an evening and an hour of morning, not the night."""
    events: list[tuple[str, float]] = []
    for day in range(12):  # both write from 7 to 23, so that the night is known
        events += [("AB"[hour % 2], day * DAY + hour * HOUR + 60.0 * (hour % 2)) for hour in range(7, 23)]
    analysis = chat(events)
    offers = offers_of(analysis, arrays_of(analysis))
    over_night = np.flatnonzero(offers.clock > 7 * HOUR)
    assert over_night.size == 0  # the session ends in the night: nobody answers across it
    evening = offers.observed[offers.reply < 0][:-1]
    # From 22:00 to 7:01: the hours of 22 and (smoothed by its neighbours) 23, then the first minute of the morning.
    assert evening.max() < 4 * HOUR


def test_contingent_replies_are_quicker_than_shifted_ones() -> None:
    """Replies within minutes lie far below the shifted null; talk at random times does not."""
    options = MeasureOptions(surrogates=99)
    found = by_name(TurnTaking().measure(daily_chat(), options))
    assert found["turn_taking.latency", "Ben"].p == pytest.approx(2 / 100)
    assert found["turn_taking.latency", "Ben"].value == pytest.approx(55, abs=15)
    apart = by_name(TurnTaking().measure(daily_chat(contingent=False), options))
    assert apart["turn_taking.latency", "Ben"].p is not None
    assert apart["turn_taking.latency", "Ben"].p > 0.02


def exchange(index: int, call: int, reply: int | None, *, stance: tuple[str, ...] = (), left_out: str = "") -> Exchange:
    """Make an exchange of a call by Ada."""
    return Exchange(index, 0, call, reply, "Ada", "Ben", ("feeling",), stance=stance, left_out=left_out)


def test_every_kind_of_no_reply_is_told_apart() -> None:
    """Silence, another subject, a late reply, a night, small talk that ended and an open end are six things."""
    events = [
        ("Ada", 8 * HOUR), ("Ben", 8 * HOUR + 60),  # replied
        ("Ada", 9 * HOUR), ("Ben", 9 * HOUR + 60),  # answered something else
        ("Ada", 10 * HOUR), ("Ben", 15 * HOUR),  # late
        ("Ada", 15.5 * HOUR),  # a call; Ben writes on the next day: not replied
        ("Ben", DAY + 8 * HOUR), ("Ada", DAY + 8 * HOUR + 60),  # Ada's last word is no call: ended
        ("Ben", 2 * DAY + 8 * HOUR), ("Ada", 2 * DAY + 8 * HOUR + 60),  # a call, and the record ends
    ]  # fmt: skip
    exchanges = (
        exchange(0, 0, 1, stance=("warmth",)),
        exchange(1, 2, 3, stance=("topic_change",)),
        exchange(2, 4, 5, stance=("warmth", "silence")),
        exchange(3, 6, None, stance=("silence",)),
        exchange(4, 10, None, left_out="no reply yet"),
    )
    analysis = chat(events, exchanges)
    offers = offers_of(analysis, arrays_of(analysis))
    mine = offers.speaker == 0
    names = [OUTCOMES[number] for number in offers.outcome[mine]]
    assert names == [
        "replied", "answered_something_else", "replied_late", "not_replied", "conversation_ended", "no_reply_yet",
    ]  # fmt: skip
    found = by_name(TurnTaking().measure(analysis, MeasureOptions(min_calls=1)))
    shares = [found[f"turn_taking.{name}", "Ben"].value for name in OUTCOMES]
    assert shares == pytest.approx([1 / 6] * 6)


def test_outcomes_of_a_transcript_have_no_open_end() -> None:
    """The last word of a sitting was not left without a reply."""
    analysis = speech([("A", 0, 1), ("B", 1, 2), ("A", 2, 3)])
    offers = offers_of(analysis, arrays_of(analysis))
    assert OUTCOMES[offers.outcome[-1]] == "conversation_ended"


def test_waiting_counts_what_stayed_open() -> None:
    """Unanswered calls make the median wait longer than that of the replies alone."""
    events, exchanges = [], []
    for day in range(30):
        events += [("Ada", day * DAY + 12 * HOUR)]
        call = len(events) - 1
        if day % 3:
            events += [("Ben", day * DAY + 12 * HOUR + (day + 1) * MINUTE)]
            exchanges.append(exchange(len(exchanges), call, call + 1, stance=("warmth",)))
        else:
            exchanges.append(exchange(len(exchanges), call, None, stance=("silence",)))
    found = by_name(TurnTaking().measure(chat(events, tuple(exchanges)), MeasureOptions()))
    wait, latency = found["turn_taking.wait", "Ben"], found["turn_taking.latency", "Ben"]
    assert wait.value is not None
    assert latency.value is not None
    assert wait.value > latency.value
    assert (wait.count, wait.hits) == (30, 20)


def test_tempo_is_matched_where_it_is_planted() -> None:
    """When both speed up and slow down together inside sessions, the rank correlation finds it above the null."""
    rng = np.random.default_rng(2)
    events: list[tuple[str, float]] = []
    for day in range(20):
        time = day * DAY + 12 * HOUR
        for n in range(30):
            pace = 40 if (n // 6) % 2 else 400
            time += float(rng.uniform(0.8, 1.2) * pace)
            events.append(("Ada" if n % 2 else "Ben", time))
    found = by_name(TurnTaking().measure(chat(events), MeasureOptions(surrogates=99)))
    tempo = found["turn_taking.tempo_matching", "Ada"]
    assert tempo.value is not None
    assert tempo.value > 0.4
    assert tempo.p == pytest.approx(2 / 100)


def test_groups_have_every_pair() -> None:
    """Three people who answer each other give figures of each ordered pair that meets."""
    events = [("Ada", 0.0), ("Ben", 60.0), ("Cem", 120.0), ("Ada", 180.0)] * 1
    exchanges = (Exchange(0, 0, 0, 1, "Ada", "Ben", ("bid",)), Exchange(1, 0, 1, 2, "Ben", "Cem", ("bid",)))
    found = {
        (one.from_, one.to)
        for one in TurnTaking().measure(chat(events, exchanges), MeasureOptions(min_calls=1))
        if one.measure == "turn_taking.replied"
    }
    assert found == {("Ada", "Ben"), ("Ben", "Ada"), ("Ben", "Cem"), ("Cem", "Ben")}


def test_the_band_of_the_wait_is_of_sessions() -> None:
    """15 sessions of 20 waits whose pace differs: the interval holds the true median as often as it says."""
    generator = np.random.default_rng(1)
    pace = np.exp(generator.normal(0.0, 0.8, 400_000))
    truth = float(np.median(generator.exponential(60.0 * pace)))
    n, held = 300, 0
    one, zero = np.ones(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for _ in range(100):
        session = np.repeat(np.arange(15), 20)
        waits = generator.exponential(60.0 * np.exp(generator.normal(0.0, 0.8, 15))[session])
        reply = np.where(generator.random(n) < 0.1, -1, 1)
        outcome = np.where(reply > 0, OUTCOMES.index("replied"), OUTCOMES.index("no_reply_yet"))
        offers = Offers(np.arange(n), session, one, zero, outcome, reply, waits, waits, waits)
        found = turn_taking._wait(("Ana", "Ben"), offers, one > 0, "", MeasureOptions())
        assert "linearised over 15 sessions" in found.method
        held += found.low <= truth <= found.high
    # Greenwood's band, which takes waits as independent, held it in 66.
    assert held >= 88


def test_a_code_between_words_that_were_not_heard_is_no_talk() -> None:
    """It lies within the turn of somebody whose words are missing, and may be a code of the other."""
    said = [("Ada", "text", 0.0, 2.0), ("Ben", "text", 3.0, 5.0), ("Ada", "media", 6.0, 7.0)]
    said += [("Ben", "code", 6.5, 60.0), ("Ada", "media", 8.0, 9.0)]
    messages = tuple(
        Message(n, who, "words" if kind == "text" else "gaze" if kind == "code" else "", start, end, kind=kind)  # pyright: ignore[reportArgumentType]
        for n, (who, kind, start, end) in enumerate(said)
    )
    record = Record("talk", messages, (Speaker("Ada"), Speaker("Ben")))
    analysis = Analysis(record, *make_turns(record), (), (), (), ())
    found = by_name(TurnTaking().measure(analysis, MeasureOptions(min_calls=1)))
    assert found["turn_taking.floor", "Ada"].value == pytest.approx(4 / 6)


def scattered(rng: np.random.Generator, rates: dict[str, float]) -> Analysis:
    """Make six chats of an hour in which everybody writes when they like, so many messages an hour."""
    said = sorted(
        (86_400.0 * day + 36_000.0 + 3600.0 * at, who)
        for day in range(6)
        for who, rate in rates.items()
        for at in rng.random(rng.poisson(rate)).tolist()
    )
    messages = tuple(Message(number, who, "some words", start) for number, (start, who) in enumerate(said))
    record = Record("scattered", messages, tuple(map(Speaker, rates)), medium="chat", epoch=datetime(2024, 5, 1))
    turns, sessions = make_turns(record)
    call = Exchange(0, 0, 0, 1, "Ben", "Ada", ("bid",))
    return Analysis(record, turns, sessions, (), (call,), (), ())


def test_who_writes_much_does_not_answer_soon() -> None:
    """Ada writes every half minute and Ben every three, neither minding the other: latency is that of chance."""
    rng = np.random.default_rng(20261123)
    options = MeasureOptions(surrogates=99, resamples=2)
    p = [
        one.p
        for _ in range(40)
        for one in TurnTaking().measure(scattered(rng, {"Ada": 120.0, "Ben": 20.0}), options)
        if one.measure == "turn_taking.latency" and one.p is not None
    ]
    assert len(p) == 80
    assert np.mean([one <= 0.05 for one in p]) <= 0.12


def test_latency_in_a_group_has_no_p() -> None:
    """Four who write when they like: two of them without the others would seem to answer each other at once."""
    everybody = dict.fromkeys(("Ada", "Ben", "Cy", "Dee"), 60.0)
    options = MeasureOptions(surrogates=99, resamples=2)
    found = TurnTaking().measure(scattered(np.random.default_rng(1), everybody), options)
    latency = [one for one in found if one.measure == "turn_taking.latency" and one.value is not None]
    assert len(latency) == 2
    assert [(one.p, one.note) for one in latency] == [(None, "no p: others speak in between")] * 2
