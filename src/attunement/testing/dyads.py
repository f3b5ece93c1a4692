"""Made-up dyads with known rates, for tests of measures: ours and plug-in authors'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from attunement.core.analysis import Analysis
from attunement.core.codebook import AFTER, VERDICTS, Family
from attunement.core.coding import CharSpan, Coding, TurnCoding
from attunement.core.episode import Censoring, Episode, Exchange, Repair
from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.core.turn import Session, Turn

__all__ = ["DyadPlan", "make_dyad"]

_KINDS = ("feeling", "need", "disclosure", "good_news", "bid", "check_in")
_STANCE: tuple[tuple[tuple[str, ...], ...], ...] = (
    (("validation",), ("reflection", "warmth"), ("exploration",), ("offer",)),
    (("validation", "premature_advice"), ("acknowledgement", "flat")),
    (("flat",), ("topic_change",), ("premature_advice",), ("self_focus",)),
    (("minimising",), ("criticism",), ("invalidation", "defensiveness"), ("contempt",)),
)
_AFTER_NAMES = tuple(code.name for code in AFTER)
_CODER = "made-up/1"


@dataclass(frozen=True, kw_only=True)
class DyadPlan:
    """What a made-up dyad is like.

    Attributes
    ----------
    speakers : tuple of two str
        They take turns strictly, the first begins.
    sessions, turns : int
        How many sessions, and how many turns each has.
    calls : float
        Chance that a turn calls.
    rates : sequence of four floats, or function of (replier, session) giving one
        True chances of attuned, partial, missed and misattuned; summing to 1.
    alike : float
        How alike the replies of one direction and session are: intraclass correlation in [0, 1). Rates of a session
        are drawn from a Dirichlet distribution with this correlation, so the mean over sessions stays as told.
    sharpness : float
        How sure the made-up coder is: concentration of its (calibrated) probabilities about the session's rates;
        smaller is surer.
    cost : float
        By what share a speaker calls less after a call of theirs was missed, until one is met or the session ends.
    repair : float
        Chance that a turn of the one who missed repairs, turn by turn.
    accepted : float
        Chance that the next turn of the one who was missed accepts a repair.
    window : int
        The repair window in turns.
    unscored : float
        Chance that the coder abstains on a reply.
    session_gap, turn_seconds : float
        Seconds from one session's start to the next one's, and mean seconds from turn to turn.
    """

    speakers: tuple[str, str] = ("Noor", "Sam")
    sessions: int = 20
    turns: int = 40
    calls: float = 0.4
    rates: Sequence[float] | Callable[[str, int], Sequence[float]] = (0.5, 0.1, 0.25, 0.15)
    alike: float = 0.0
    sharpness: float = 1.0
    cost: float = 0.0
    repair: float = 0.15
    accepted: float = 0.7
    window: int = 8
    unscored: float = 0.0
    session_gap: float = 86_400.0
    turn_seconds: float = 45.0

    def rates_of(self, replier: str, session: int) -> Sequence[float]:
        """Return the true rates of one direction in one session."""
        return self.rates(replier, session) if callable(self.rates) else self.rates


def make_dyad(plan: DyadPlan, *, seed: int) -> Analysis:
    """Make the analysis of a made-up dyad, as the stages would have given it.

    Parameters
    ----------
    plan : DyadPlan
        What it is like.
    seed : int
        Of the generator; equal plan and seed give equal analyses.

    Returns
    -------
    Analysis
        With turns, sessions, codings, exchanges and episodes that fit together, and no estimates. The words are one
        word over and over.
    """
    return _Maker(plan, np.random.default_rng(seed)).make()


class _Maker:
    def __init__(self, plan: DyadPlan, generator: np.random.Generator) -> None:
        self.plan = plan
        self.generator = generator
        self.turns: list[Turn] = []
        self.codings: list[TurnCoding] = []
        self.exchanges: list[Exchange] = []
        self.episodes: list[Episode] = []
        self.sessions: list[Session] = []

    def make(self) -> Analysis:
        for session in range(self.plan.sessions):
            self._session(session)
        messages = tuple(
            Message(index=turn.index, speaker=turn.speaker, text=turn.text, start=turn.start) for turn in self.turns
        )
        record = Record(
            id="made-up",
            messages=messages,
            speakers=tuple(Speaker(name) for name in self.plan.speakers),
            medium="chat",
            epoch=datetime(2024, 1, 1, 18, 0),
            format="made-up",
        )
        return Analysis(
            record=record,
            turns=tuple(self.turns),
            sessions=tuple(self.sessions),
            codings=tuple(self.codings),
            exchanges=tuple(self.exchanges),
            episodes=tuple(self.episodes),
            estimates=(),
        )

    def _session(self, session: int) -> None:
        plan, draw = self.plan, self.generator
        first = len(self.turns)
        times = session * plan.session_gap + np.cumsum(draw.exponential(plan.turn_seconds, plan.turns))
        chance = draw.random((plan.turns, 4))
        rates = {name: self._session_rates(name, session) for name in plan.speakers}
        likely = draw.gamma(1.0, 1.0, (plan.turns, 4))  # noise for the coder's probabilities
        share = dict.fromkeys(plan.speakers, plan.calls)
        open_call: tuple[int, str] | None = None
        for step in range(plan.turns):
            speaker, other = plan.speakers[step % 2], plan.speakers[1 - step % 2]
            index = first + step
            codes: list[Coding] = []
            verdict: dict[str, float] | None = None
            reply: tuple[Sequence[float], tuple[str, ...], int] | None = None
            abstains = chance[step, 3] < plan.unscored
            if open_call is not None and not abstains:
                reply = self._reply(rates[speaker], likely[step], chance[step, 0])
                codes += [_coding(code, "stance") for code in reply[1]]
                verdict = dict(zip(VERDICTS, reply[0], strict=True))
            kinds: tuple[str, ...] = ()
            if chance[step, 1] < share[speaker] and step + 1 < plan.turns:
                kinds = (_KINDS[int(chance[step, 2] * len(_KINDS))],)
                codes += [_coding(kind, "expression") for kind in kinds]
            self.turns.append(
                Turn(
                    index=index, session=session, speaker=speaker, text="word " * 6 + "word", start=float(times[step]),
                    end=float(times[step]), first=index, last=index, answers=index - 1 if step else None,
                )
            )  # fmt: skip
            self.codings.append(
                TurnCoding(
                    turn=index, codings=tuple(codes), intensity=1.0 if kinds else None, valence=0.0 if kinds else None,
                    prompted=False if "disclosure" in kinds else None,
                    verdict=verdict,  # pyright: ignore[reportArgumentType]
                    abstained={"stance": "language"} if open_call is not None and abstains else {},
                )
            )  # fmt: skip
            if open_call is not None:
                is_missed = self._exchange(session, open_call, index, speaker, other, reply)
                share[other] = plan.calls * (1.0 - plan.cost) if is_missed else plan.calls
            open_call = (index, kinds[0]) if kinds else None
        last = len(self.turns) - 1
        self.sessions.append(Session(session, first, last, self.turns[first].start, self.turns[last].end))
        self._follow(session)

    def _session_rates(self, replier: str, session: int) -> np.ndarray:
        rates = np.asarray(self.plan.rates_of(replier, session), dtype=np.float64)
        if self.plan.alike <= 0.0:
            return rates
        drawn = self.generator.gamma(np.maximum(rates, 1e-12) * (1.0 - self.plan.alike) / self.plan.alike)
        return drawn / drawn.sum() if drawn.sum() > 0 else rates

    def _reply(
        self, rates: np.ndarray, noise: np.ndarray, chance: float
    ) -> tuple[Sequence[float], tuple[str, ...], int]:
        # Probabilities are drawn about the rates, and the verdict from the probabilities: a calibrated coder.
        drawn = self.generator.gamma(np.maximum(rates, 1e-12) * self.plan.sharpness * 4.0)
        probabilities = drawn / drawn.sum() if drawn.sum() > 0 else rates
        number = min(int(np.searchsorted(np.cumsum(probabilities), chance)), 3)
        ways = _STANCE[number]
        return probabilities.tolist(), ways[int(noise[0] * 97) % len(ways)], number

    def _exchange(
        self,
        session: int,
        call: tuple[int, str],
        index: int,
        replier: str,
        caller: str,
        reply: tuple[Sequence[float], tuple[str, ...], int] | None,
    ) -> bool:
        before, now = self.turns[call[0]], self.turns[index]
        latency = (now.start or 0.0) - (before.end or 0.0)
        number = len(self.exchanges)
        if reply is None:
            self.exchanges.append(
                Exchange(
                    number, session, call[0], index, caller, replier, (call[1],), latency_seconds=latency,
                    left_out="abstained",
                )
            )  # fmt: skip
            return False
        probabilities, stance, verdict = reply
        self.exchanges.append(
            Exchange(
                number, session, call[0], index, caller, replier, (call[1],), verdict=VERDICTS[verdict],
                probabilities=dict(zip(VERDICTS, probabilities, strict=True)),
                score=probabilities[0] + 0.5 * probabilities[1], stance=stance, latency_seconds=latency,
            )
        )  # fmt: skip
        return verdict >= 2

    def _follow(self, session: int) -> None:
        bounds = self.sessions[session]
        for exchange in self.exchanges:
            if exchange.session == session and exchange.is_miss and exchange.reply is not None:
                self.episodes.append(self._episode(exchange, exchange.reply, bounds))

    def _episode(self, exchange: Exchange, reply: int, session: Session) -> Episode:
        plan, draw = self.plan, self.generator
        end = min(reply + plan.window, session.last)
        missed_at = self.turns[reply].end or 0.0
        own = [index for index in range(reply + 1, session.last + 1) if self.turns[index].speaker == exchange.caller]
        after = (_AFTER_NAMES[int(draw.integers(len(_AFTER_NAMES)))],) if own and draw.random() < 0.8 else ()
        attempts: list[Repair] = []
        for index in range(reply + 1, end + 1):
            if self.turns[index].speaker != exchange.replier or draw.random() >= plan.repair:
                continue
            accepted = bool(draw.random() < plan.accepted) if index < session.last else None
            seconds = (self.turns[index].start or 0.0) - missed_at
            attempts.append(Repair(index, exchange.replier, ("accountability",), index - reply, seconds, accepted))
            if accepted is not False:
                break
        repair = next((attempt for attempt in attempts if attempt.accepted is not False), None)
        until = repair.turn if repair is not None else end
        is_last = session.index + 1 == plan.sessions
        censored: Censoring | None = None
        if repair is None:
            censored = "window" if end == reply + plan.window else "record" if is_last else "session"
        return Episode(
            index=len(self.episodes),
            exchange=exchange.index,
            after=after,
            after_turns=tuple(own[:2]),
            repair=repair,
            observed_turns=until - reply,
            observed_seconds=(self.turns[until].start or 0.0) - missed_at,
            censored=censored,
            attempts=tuple(attempts),
        )


def _coding(code: str, family: Family) -> Coding:
    return Coding(code, family, 0.9, True, (CharSpan(0, 4),), _CODER)
