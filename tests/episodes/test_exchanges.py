"""Calls find their replies; what cannot be judged says why."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from attunement.core.message import Kind, Message
from attunement.episodes.exchanges import make_exchanges
from attunement.episodes.options import EpisodeOptions
from attunement.turns import make_turns

sys.path.insert(0, str(Path(__file__).parent))

from coded import Said, talk

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_a_call_is_joined_to_the_next_turn_of_the_other() -> None:
    """Who called, who replied, what kind of call, how long it took."""
    found = talk([Said("Ana", "feeling need"), Said("Ben", "reflection", 5 * MINUTE)]).exchanges
    assert len(found) == 1
    one = found[0]
    assert (one.caller, one.replier, one.call, one.reply) == ("Ana", "Ben", 0, 1)
    assert one.kinds == ("feeling", "need")
    assert (one.verdict, one.score, one.latency_seconds) == ("attuned", 1.0, 300.0)
    assert one.probability == pytest.approx(1 - 0.1 * 0.1)


@pytest.mark.parametrize(
    ("text", "kind", "left_out"),
    [
        ("wait", "media", "wordless"),
        ("k", "call", "wordless"),
        ("oh love that is hard", "media", ""),
        ("wait", "text", ""),
    ],
)
def test_a_few_words_beside_a_voice_message_are_not_the_answer(text: str, kind: Kind, left_out: str) -> None:
    """What came with "wait" may be the answer itself: it is left out, as a reply without words is."""
    made = talk([Said("Ana", "feeling"), Said("Ben", "", MINUTE, text)])
    after = Message(2, "Ben", "hm" if kind == "text" else "", 70.0, kind=kind)
    record = msgspec.structs.replace(made.record, messages=(*made.record.messages, after))
    turns, sessions = make_turns(record)
    assert len(turns) == 2
    one = make_exchanges(record, turns, sessions, made.codings)[0]
    assert (one.left_out, one.is_scored) == (left_out, not left_out)


def test_a_turn_without_expression_is_no_call() -> None:
    """Small talk calls for nothing."""
    assert talk([Said("Ana"), Said("Ben", "engagement", MINUTE)]).exchanges == ()


def test_two_calls_before_one_reply_are_two_exchanges() -> None:
    """The codebook's reply is the next turn of the other, also for a call that came earlier."""
    lines = [Said("Ana", "feeling"), Said("Ana", "bid", 20 * MINUTE), Said("Ben", "warmth", 21 * MINUTE)]
    assert [(e.call, e.reply) for e in talk(lines).exchanges] == [(0, 2), (1, 2)]


def test_one_speaker_alone_has_no_exchanges() -> None:
    """A diary is no exchange."""
    assert talk([Said("Ana", "feeling")]).exchanges == ()


def test_no_reply_through_a_waking_day_is_silence() -> None:
    """A call at nine in the morning that nobody answers until the next evening is missed by silence."""
    one = talk([Said("Ana", "feeling"), Said("Ben", "", DAY + 9 * HOUR)]).exchanges[0]
    assert (one.reply, one.replier, one.stance, one.verdict) == (None, "Ben", ("silence",), "missed")


def test_a_night_is_no_silence() -> None:
    """A call at eleven at night answered after breakfast is left out and says so."""
    late = 14 * HOUR
    one = talk([Said("Ben"), Said("Ana", "feeling", late), Said("Ben", "warmth", late + 9 * HOUR)]).exchanges[0]
    assert (one.verdict, one.left_out, one.replier) == (None, "night", "Ben")


def test_the_end_of_the_record_is_not_silence() -> None:
    """Nobody has replied yet where the record ends; in a transcript the sitting is over."""
    assert talk([Said("Ben"), Said("Ana", "feeling", MINUTE)]).exchanges[0].left_out == "no reply yet"
    assert talk([Said("Ben"), Said("Ana", "feeling")], medium="transcript").exchanges[0].left_out == "no reply yet"


def test_days_without_an_answer_are_silence_also_at_the_end_of_the_record() -> None:
    """Ana writes on ten evenings; Ben, who wrote once, never again. Only the last call may still find its reply."""
    lines = [Said("Ben"), *(Said("Ana", "feeling", day * DAY + 10 * HOUR) for day in range(10))]
    found = talk(lines).exchanges
    assert [e.verdict for e in found] == ["missed"] * 9 + [None]
    assert [e.stance for e in found[:9]] == [("silence",)] * 9
    assert found[-1].left_out == "no reply yet"


def test_the_end_of_the_record_counts_waking_hours() -> None:
    """From eleven at night to seven in the morning nobody is silent; by two in the afternoon they are."""
    lines = [Said("Ben"), Said("Ana", "feeling", 14 * HOUR), Said("Ana", "", 22 * HOUR)]
    assert talk(lines).exchanges[0].left_out == "no reply yet"
    assert talk([*lines, Said("Ana", "", 29 * HOUR)]).exchanges[0].verdict == "missed"


CLOSED = [Said("Ana", "need"), Said("Ben", "accountability", MINUTE)]
NEXT = Said("Ben", "", 3 * DAY)


@pytest.mark.parametrize("codes", ["feeling warmth", "feeling gratitude acknowledgement", "bid amusement engagement"])
def test_thanks_that_close_the_talk_are_no_silence(codes: str) -> None:
    """Who answers a meeting reply with thanks, affection or a laugh, and asks nothing, was not left without a reply."""
    one = talk([*CLOSED, Said("Ana", codes, 2 * MINUTE), NEXT]).exchanges[1]
    assert (one.call, one.left_out, one.verdict, one.stance) == (2, "ended", None, ())
    assert talk([*CLOSED, Said("Ana", codes, 2 * MINUTE), Said("Ben", "warmth", HOUR), NEXT]).exchanges[1].is_scored


@pytest.mark.parametrize(
    "last",
    [
        Said("Ana", "need warmth", 2 * MINUTE),
        Said("Ana", "good_news warmth", 2 * MINUTE),
        Said("Ana", "feeling warmth", 2 * MINUTE, heavy=True),
        Said("Ana", "feeling warmth", 2 * MINUTE, text="thank you. will you call?"),
        Said("Ana", "feeling warmth contempt", 2 * MINUTE),
        Said("Ana", "feeling joy engagement", 2 * MINUTE),
        Said("Ana", "feeling gratitude", 2 * MINUTE),
    ],
)
def test_what_leaves_something_open_is_silence(last: Said) -> None:
    """A need, good news, a heavy or asking call, one that meets nothing: nobody answered."""
    assert talk([*CLOSED, last, NEXT]).exchanges[-1].verdict == "missed"


def test_thanks_for_nothing_close_no_talk() -> None:
    """What answers a turn that met nothing, or opens a session, or is not the last word, closes nothing."""
    thanks = Said("Ana", "feeling warmth", 2 * MINUTE)
    assert talk([Said("Ana", "need"), Said("Ben", "flat", MINUTE), thanks, NEXT]).exchanges[1].verdict == "missed"
    assert talk([Said("Ana", "feeling warmth"), NEXT]).exchanges[0].verdict == "missed"
    assert talk([*CLOSED, thanks, Said("Ana", "", HOUR), NEXT]).exchanges[1].verdict == "missed"


def test_an_abstaining_coder_leaves_the_exchange_unscored() -> None:
    """Unscored is missing, never zero."""
    one = talk([Said("Ana", "feeling"), Said("Ben", "", MINUTE, abstains=True)]).exchanges[0]
    assert (one.verdict, one.score, one.probabilities, one.left_out) == (None, None, None, "abstained")


def test_a_photo_is_an_answer_whose_words_we_do_not_have() -> None:
    """A reply without words is left out."""
    assert talk([Said("Ana", "feeling"), Said("Ben", "", MINUTE, text="")]).exchanges[0].left_out == "wordless"


@pytest.mark.parametrize(("text", "left_out"), [("well I-", "cut off"), ("well I think that we-", ""), ("ok", "")])
def test_a_reply_that_breaks_off_is_left_out(text: str, left_out: str) -> None:
    """Cut off within three words does not count (codebook, section 3)."""
    found = talk([Said("Ana", "feeling"), Said("Ben", "", text=text)], medium="transcript").exchanges
    assert found[0].left_out == left_out


def test_a_heavy_call_shows() -> None:
    """The call's own intensity and valence make it heavy."""
    assert (
        talk([Said("Ana", "feeling", heavy=True), Said("Ben", "engagement", MINUTE)]).exchanges[0].verdict == "partial"
    )


def test_in_a_group_somebody_not_addressed_is_left_out() -> None:
    """Ana answers Ben; Cy jumps in: that is not Ben's reply, unless Cy replies to Ana explicitly."""
    lines = [Said("Ben"), Said("Ana", "feeling", MINUTE), Said("Cy", "warmth", 2 * MINUTE)]
    assert talk(lines).exchanges[0].left_out == "not addressed"
    lines[2] = Said("Cy", "warmth", 2 * MINUTE, reply_to=1)
    one = talk(lines).exchanges[0]
    assert (one.left_out, one.replier, one.verdict) == ("", "Cy", "attuned")


def test_in_a_group_a_quote_finds_its_call_past_somebody_elses_word() -> None:
    """Cy throws something in; Ben, who was addressed, then quotes what Ana said: that is the reply, and Cy's none."""
    lines = [Said("Ben"), Said("Cy", "", MINUTE), Said("Ben", "", 2 * MINUTE), Said("Ana", "feeling", 3 * MINUTE)]
    lines += [Said("Cy", "topic_change", 4 * MINUTE), Said("Ben", "warmth", 5 * MINUTE, reply_to=3)]
    one = talk(lines).exchanges[0]
    assert (one.reply, one.replier, one.left_out, one.verdict) == (5, "Ben", "", "attuned")
    lines[5] = Said("Ben", "warmth", 5 * MINUTE)
    assert (talk(lines).exchanges[0].reply, talk(lines).exchanges[0].left_out) == (4, "not addressed")


def test_in_a_group_two_calls_before_one_reply_share_it() -> None:
    """As between two: whoever says two things with a pause between them is answered once for both."""
    lines = [
        Said("Ben"),
        Said("Ana", "feeling", MINUTE),
        Said("Ana", "bid", 25 * MINUTE),
        Said("Ben", "warmth", 26 * MINUTE),
        Said("Cy", "", 27 * MINUTE),
    ]
    assert [(e.call, e.reply, e.verdict) for e in talk(lines).exchanges] == [(1, 3, "attuned"), (2, 3, "attuned")]
    assert [(e.call, e.reply) for e in talk(lines[1:]).exchanges] == [(0, 2), (1, 2)], "nobody spoke before"


def test_in_a_group_an_explicit_reply_to_the_first_of_two_calls_answers_both() -> None:
    """The next turn of the person addressed is the reply also where it is tied to the other of the two calls."""
    lines = [
        Said("Cy"),
        Said("Ben", "", MINUTE),
        Said("Ana", "feeling", 2 * MINUTE),
        Said("Ana", "bid", 25 * MINUTE),
        Said("Ben", "warmth", 26 * MINUTE, reply_to=2),
        Said("Ben", "", 2 * DAY),
    ]
    assert [(e.call, e.reply, e.verdict) for e in talk(lines).exchanges] == [(2, 4, "attuned"), (3, 4, "attuned")]


def test_in_a_group_who_turns_to_another_was_not_silent() -> None:
    """Ben speaks in the session, to Cy: what he says was judged against Cy's words and is no reply to Ana's."""
    lines = [
        Said("Cy"),
        Said("Ben", "", MINUTE),
        Said("Ana", "feeling", 2 * MINUTE),
        Said("Cy", "", 3 * MINUTE, reply_to=1),
        Said("Ben", "warmth", 4 * MINUTE),
        Said("Ben", "", 2 * DAY),
    ]
    one = talk(lines).exchanges[0]
    assert (one.call, one.reply, one.left_out, one.verdict) == (2, 4, "not addressed", None)


def test_a_reply_far_later_than_usual_counts_as_silence_too() -> None:
    """Beyond the replier's own 95th percentile (and an hour) a kind reply is partial."""
    lines: list[Said] = []
    for day in range(25):
        lines += [Said("Ana", "feeling", day * DAY), Said("Ben", "warmth", day * DAY + (30 + day) * MINUTE)]
    lines += [Said("Ana", "feeling", 25 * DAY), Said("Ben", "warmth", 25 * DAY + 5 * HOUR)]
    last = talk(lines).exchanges[-1]
    assert (last.stance, last.verdict, last.score) == (("warmth", "silence"), "partial", 0.5)
    assert [e.verdict for e in talk(lines).exchanges[:-1]] == ["attuned"] * 25


def test_within_the_hour_nobody_is_late() -> None:
    """A percentile always finds somebody late; the floor keeps quick people from being blamed for minutes."""
    lines: list[Said] = []
    for day in range(40):
        wait = 50 if day == 39 else 1
        lines += [Said("Ana", "feeling", day * DAY), Said("Ben", "warmth", day * DAY + wait * MINUTE)]
    assert talk(lines).exchanges[-1].verdict == "attuned"
    eager = EpisodeOptions(late_floor_seconds=0)
    assert talk(lines, options=eager).exchanges[-1].verdict == "partial"


def test_a_call_whose_clock_was_wrong_has_no_late_reply() -> None:
    """Ana's phone is ten days behind for one call; Ben answers within minutes, and how soon cannot be told."""
    lines: list[Said] = []
    for day in range(20, 50):
        lines += [Said("Ana", "feeling", day * DAY), Said("Ben", "warmth", day * DAY + 2 * MINUTE)]
    lines += [Said("Ana", "feeling", 39 * DAY), Said("Ben", "warmth", 49 * DAY + 5 * MINUTE)]
    exchanges = talk(lines).exchanges
    assert {exchange.verdict for exchange in exchanges} == {"attuned"}
    assert [exchange.latency_seconds for exchange in exchanges] == [120.0] * 30 + [None]


def test_the_repeated_hour_leaves_waits_as_they_are() -> None:
    """Where clocks are put back, a call behind the latest word still has a reply so many seconds later."""
    lines = [
        Said("Ana", "", 0 * MINUTE), Said("Ben", "", 59 * MINUTE), Said("Ana", "feeling", 1 * MINUTE),
        Said("Ben", "warmth", 63 * MINUTE),
    ]  # fmt: skip
    assert [exchange.latency_seconds for exchange in talk(lines).exchanges] == [62 * 60.0]


def test_an_exchange_has_probabilities_of_its_own() -> None:
    """Equal to those of the reply's coding, and another dict."""
    found = talk([Said("Ana", "feeling"), Said("Ben", "reflection")])
    assert found.exchanges[0].probabilities == found.codings[1].verdict
    assert found.exchanges[0].probabilities is not found.codings[1].verdict
