"""An exchange, and what happens after one that misses."""

from __future__ import annotations

from typing import Literal

import msgspec

from attunement.core.codebook import Verdict

__all__ = ["Censoring", "Episode", "Exchange", "Repair"]

Censoring = Literal["window", "session", "record", "not coded"]


class Exchange(msgspec.Struct, frozen=True):
    """A call and its reply.

    Attributes
    ----------
    index : int
        Position in the record, from 0.
    session : int
        Index of the session.
    call : int
        Index of the turn that calls.
    reply : int or None
        Index of the turn that replies; None where the session ends without one.
    caller, replier : str
        Who called and who was addressed. In a dyad the replier is the other person also where no reply came; in a
        group a call that nobody answers is addressed to the previous speaker, and the first word of a session to the
        one who is in the talk around it. The replier is empty where that are several.
    kinds : tuple of str
        The expression codes of the call that were decided on (`need`, `feeling`, ...).
    probability : float
        Probability in [0, 1] that the call turn is a call at all.
    heavy : bool
        The call is heavy by the codebook's rule.
    verdict : {"attuned", "partial", "missed", "misattuned"} or None
        The decided verdict; None where the coder abstained or the exchange is left out.
    probabilities : dict of str to float or None
        The four verdicts' probabilities, summing to 1.
    score : float or None
        P(attuned) + 0.5 P(partial), in [0, 1].
    stance : tuple of str
        The stance codes of the reply that were decided on; ("silence",) where no reply came and that counts.
    latency_seconds : float or None
        From the end of the call to the start of the reply; None where a time is missing, or the clock of the call was
        wrong: more than an hour behind the session's, where that of the reply is not.
    left_out : str
        Why the exchange is left out of the score ("" where it is in): "abstained", "cut off", "not addressed",
        "addressee unknown", "no reply yet" (the record ends), "night", "ended", "wordless"; see
        `attunement.episodes.exchanges`.
    addressees : tuple of str
        Who may have been addressed, where nobody replied and that cannot be told; else empty. Such a call counts among
        the calls to each of them.
    """

    index: int
    session: int
    call: int
    reply: int | None
    caller: str
    replier: str
    kinds: tuple[str, ...]
    probability: float = 1.0
    heavy: bool = False
    verdict: Verdict | None = None
    probabilities: dict[Verdict, float] | None = None
    score: float | None = None
    stance: tuple[str, ...] = ()
    latency_seconds: float | None = None
    left_out: str = ""
    addressees: tuple[str, ...] = ()

    @property
    def called(self) -> tuple[str, ...]:
        """Everybody to whom the call counts as one: the replier, or whoever may have been addressed."""
        return (self.replier,) if self.replier else self.addressees

    @property
    def is_scored(self) -> bool:
        """Whether the exchange has a verdict and counts."""
        return self.verdict is not None and not self.left_out

    @property
    def is_miss(self) -> bool:
        """Whether the reply missed the call (`missed` or `misattuned`)."""
        return self.verdict in ("missed", "misattuned")


class Repair(msgspec.Struct, frozen=True):
    """One who missed meets the same matter after all.

    Attributes
    ----------
    turn : int
        Index of the turn that repairs.
    by : str
        Who repairs.
    codes : tuple of str
        The meeting codes (or `accountability`) of that turn.
    turns : int
        How many turns after the reply that missed; 1 is the next turn. Where no reply came, counted from the call.
    seconds : float or None
        From the end of the reply that missed (or the call) to the start of the repair.
    accepted : bool or None
        Whether the caller then softens, thanks or goes on disclosing (True) or fights, withdraws or blames (False);
        None where neither can be told from their next turn in the session.
    """

    turn: int
    by: str
    codes: tuple[str, ...]
    turns: int
    seconds: float | None = None
    accepted: bool | None = None


class Episode(msgspec.Struct, frozen=True):
    """An exchange that misses, what the caller does next, and whether it is repaired.

    Attributes
    ----------
    index : int
        Position in the record, from 0.
    exchange : int
        Index of the exchange that missed.
    after : tuple of str
        What the caller does in the next two own turns (codebook, section 4), decided codes in order of
        the document; empty where the caller goes on as before or says nothing more.
    after_turns : tuple of int
        Indexes of the turns that were looked at for `after`.
    repair : Repair or None
        The first repair within the window.
    observed_turns : int
        How many turns were observed after the miss, up to the repair or the end of the window.
    observed_seconds : float or None
        The same in seconds.
    censored : {"window", "session", "record", "not coded"} or None
        Why no repair could be seen, where none was: the window closed, the session ended, the record ended, or how the
        next turn of the one who missed stands to what was said was not coded.
    attempts : tuple of Repair
        Every turn in the window that tries to repair, the first that was not refused being `repair`.
    """

    index: int
    exchange: int
    after: tuple[str, ...] = ()
    after_turns: tuple[int, ...] = ()
    repair: Repair | None = None
    observed_turns: int = 0
    observed_seconds: float | None = None
    censored: Censoring | None = None
    attempts: tuple[Repair, ...] = ()

    @property
    def is_followed(self) -> bool:
        """Whether anything was seen of what followed: not where not even the next turn of who missed was coded."""
        return self.censored != "not coded" or self.observed_turns > 0
