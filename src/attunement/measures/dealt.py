"""Nulls of coded turns: what is seen where codes and verdicts keep their session and lose their place in it."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from attunement.core.analysis import Analysis
from attunement.core.codebook import VERDICTS
from attunement.core.estimate import Estimate
from attunement.core.verdict import PARTIAL_WEIGHT
from attunement.measures.arrays import AFTER_NAMES, Arrays, Bools, Floats, Ints
from attunement.measures.base import MeasureOptions
from attunement.measures.nulls import Replies, with_null
from attunement.stats.rotation import rotation_groups, within_group_rotations
from attunement.stats.two_groups import difference_null

Singles = NDArray[np.float32]

__all__ = [
    "DEALT_DIRECTIONS",
    "DEALT_REACTIONS",
    "DEALT_VERDICTS",
    "DealtVerdicts",
    "beside",
    "dealt_directions",
    "dealt_reactions",
]

DEALT_VERDICTS = (
    "verdicts of the replier's replies shifted in a circle among the turns that they answer in the session, "
    "in stretches of at most 16"
)
DEALT_REACTIONS = (
    "what the caller's turns do shifted in a circle among the caller's turns of the session, in stretches of at most 16"
)
DEALT_DIRECTIONS = (
    "who replied to whom dealt anew among the scored exchanges of the session, in stretches of at most 64, "
    "each difference beside its scatter over stretches"
)

# The fourth verdict follows from the first three.
_STATED, _MISSED = 3, 2
# Surrogates are added up in single precision: what is nearer than this is equal.
_SLACK = 1e-6


class DealtVerdicts:
    """The replies of one person to another with their verdicts, and what calls would get if replies took no notice.

    A coder judges every reply as the answer to the turn it answers *taken as a call*. Where one's replies of a session
    are shifted in a circle among the turns that they answer, they stay as warm and as cold as they are, for as long on
    end, and fall on calls no more than on small talk. A call that nobody answered stays unanswered.

    Parameters
    ----------
    analysis : Analysis
        With the verdicts of all replies in its codings.
    arrays : Arrays
        Its columns.
    replier, caller : int
        Positions of the two.
    options : MeasureOptions
        How many surrogates, and the seed.
    """

    def __init__(self, analysis: Analysis, arrays: Arrays, replier: int, caller: int, options: MeasureOptions) -> None:
        self._options = options
        turns, exchanges = arrays.turns, arrays.exchanges
        self._exchanges = exchanges
        probabilities = np.full((len(turns.session), len(VERDICTS)), np.nan)
        for coding in analysis.codings:
            if coding.verdict is not None and turns.speaker[coding.turn] == replier:
                probabilities[coding.turn] = [coding.verdict.get(name, 0.0) for name in VERDICTS]
        scored = np.flatnonzero(exchanges.between(replier, caller) & exchanges.scored & (exchanges.reply >= 0))
        # What came late counts as the exchange says; a reply to several calls as to the first.
        probabilities[exchanges.reply[scored[::-1]]] = exchanges.probabilities[scored[::-1]]
        answered = np.where(turns.answers >= 0, turns.answers, 0)
        is_reply = (turns.speaker == replier) & (turns.answers >= 0) & ~np.isnan(probabilities[:, 0])
        if turns.speaker.size:
            is_reply &= turns.speaker[answered] == caller
        is_reply[exchanges.reply[scored]] = True
        at = np.flatnonzero(is_reply)
        self.replies = Replies(at, turns.answers[at], turns.session, options)
        self._place = np.full(len(turns.session), -1, dtype=np.int64)
        self._place[at] = np.arange(len(at))
        self._table = _table(probabilities[at])

    def means(self, rows: dict[str, Bools]) -> dict[str, Floats]:
        """Return the surrogates of every rate and mean.

        Parameters
        ----------
        rows : dict of str to ndarray of bool, shape (exchanges,)
            Ending of a name ("", ".feeling") to the scored calls that it is of.

        Returns
        -------
        dict of str to ndarray of float, shape (surrogates,)
            By name without the family: "met", "met.feeling", "met.feeling.weighted", "score.feeling".
        """
        names, masks = list(rows), np.array([rows[name] for name in rows])
        exchanges = self._exchanges
        place = np.where(exchanges.reply >= 0, self._place[exchanges.reply], -1)
        counts = self._collapse(masks.astype(np.float64), place)
        weights = self._collapse(np.where(masks, exchanges.weight, 0.0), place)
        used = np.flatnonzero((counts.sum(axis=0) > 0) | (weights.sum(axis=0) > 0))
        counts, weights = counts[:, used], weights[:, used]
        # Unanswered calls are missed for certain, whoever replies how.
        silent = masks & (place < 0)
        certain = (silent.sum(axis=1), np.where(silent, exchanges.weight, 0.0).sum(axis=1))
        totals = (masks.sum(axis=1), np.where(masks, exchanges.weight, 0.0).sum(axis=1))
        drawn: tuple[list[Singles], list[Singles]] = ([], [])
        for order in self.replies.orders():
            dealt = self._table[order[used]]
            drawn[0].append(counts @ dealt[:, :_STATED])
            drawn[1].append(weights @ dealt[:, _STATED:])
        found: dict[str, Floats] = {}
        for side, ending in enumerate(("", ".weighted")):
            sums = np.array(drawn[side], dtype=np.float64).reshape(-1, len(names), _STATED)
            sums[:, :, _MISSED] += certain[side]
            with np.errstate(invalid="ignore", divide="ignore"):
                shares = sums / totals[side][:, None]
            for row, name in enumerate(names):
                found |= {f"{verdict}{name}{ending}": values for verdict, values in _shares(shares[:, row]).items()}
                if ending:
                    found[f"score{name}"] = shares[:, row, 0] + 0.5 * shares[:, row, 1]
        return found

    def _collapse(self, table: Floats, place: Ints) -> Singles:
        """Add up rows over exchanges to rows over replies; shape (rows, replies)."""
        here = np.flatnonzero(place >= 0)
        sums = [np.bincount(place[here], row[here], minlength=len(self.replies)) for row in table]
        return np.array(sums, dtype=np.float32).reshape(len(table), len(self.replies))


def dealt_directions(arrays: Arrays, replies: Bools, others: Bools, options: MeasureOptions) -> dict[str, Floats]:
    """Return surrogates of the differences between two directions, who replied dealt anew inside each session.

    Parameters
    ----------
    arrays : Arrays
        Columns of the analysis.
    replies, others : ndarray of bool, shape (exchanges,)
        Scored exchanges of the first direction, and of the second.
    options : MeasureOptions
        How many surrogates, and the seed.

    Returns
    -------
    dict of str to ndarray of float, shape (surrogates,)
        "attuned", "partial", "missed", "misattuned", "met" and "score": first minus second.
    """
    exchanges = arrays.exchanges
    at = np.flatnonzero(replies | others)
    verdict, score = exchanges.verdict[at], exchanges.score[at]
    # What has no score has no weight.
    weight = np.where(np.isnan(score), 0.0, exchanges.weight[at])
    decided = verdict[:, np.newaxis] == np.arange(len(VERDICTS))
    above = np.column_stack((decided, exchanges.met[at], weight * np.nan_to_num(score)))
    below = np.ones(above.shape)
    below[:, -1] = weight
    null = difference_null(
        above, below, replies[at], exchanges.session[at], surrogates=options.surrogates, seed=options.seed
    )
    # A scatter that is set beside a difference may reach further than differences can; p stays the same.
    return dict(zip((*VERDICTS, "met", "score"), np.clip(null, -1.0, 1.0).T, strict=True))


def dealt_reactions(
    analysis: Analysis, arrays: Arrays, caller: int, of: Bools, options: MeasureOptions
) -> dict[str, Floats]:
    """Return surrogates of what somebody does after misses, what their turns do shifted inside each session.

    Parameters
    ----------
    analysis : Analysis
        Whose episodes say which turns were looked at.
    arrays : Arrays
        Its columns.
    caller : int
        Position of who was missed.
    of : ndarray of bool, shape (episodes,)
        The episodes that the shares are of.
    options : MeasureOptions
        How many surrogates, and the seed.

    Returns
    -------
    dict of str to ndarray of float, shape (surrogates,)
        Share of the episodes for each after-code, and "goes_on" for none of them.
    """
    turns = arrays.turns
    own = np.flatnonzero((turns.speaker == caller) & turns.coded["after"])
    place = np.full(len(turns.session) + 1, len(own), dtype=np.int64)
    place[own] = np.arange(len(own))
    chosen = np.flatnonzero(of)
    looked = [analysis.episodes[at].after_turns for at in chosen.tolist()]
    width = max(map(len, looked), default=0)
    at = np.array([(*found, *[-1] * (width - len(found))) for found in looked], dtype=np.int64)
    seen = place[at.reshape(len(chosen), width).T]
    # The codes of a turn as the bits of a number; one more without codes stands for a turn that was not there.
    every = len(AFTER_NAMES)
    codes = np.zeros(len(own) + 1, dtype=np.int64)
    codes[:-1] = turns.after.table[own] @ (1 << np.arange(every))
    bits = (np.arange(1 << every)[:, None] >> np.arange(every)) & 1
    counts = np.zeros((options.surrogates, 1 << every))
    dealt = codes.copy()
    groups = rotation_groups(turns.session[own])
    for row, order in enumerate(within_group_rotations(groups, options.surrogates, seed=options.seed)):
        dealt[:-1] = codes[order]
        counts[row] = np.bincount(np.bitwise_or.reduce(dealt[seen], axis=0), minlength=1 << every)
    shares = counts / max(len(chosen), 1)
    return {**dict(zip(AFTER_NAMES, (shares @ bits).T, strict=True)), "goes_on": shares[:, 0]}


def beside(estimate: Estimate, surrogates: Floats | None, *, null: str, options: MeasureOptions) -> Estimate:
    """Set an estimate beside its surrogates (`with_null`), or say that none of them can differ from it."""
    if surrogates is None or not len(surrogates) or estimate.value is None:
        return estimate
    if float(np.nanmax(surrogates, initial=-np.inf) - np.nanmin(surrogates, initial=np.inf)) < _SLACK:
        note = "; ".join(filter(None, (estimate.note, "no null: the session holds nothing else to deal")))
        return msgspec.structs.replace(estimate, note=note)
    return with_null(estimate, surrogates, null=null, options=options, slack=_SLACK)


def _shares(shares: Floats) -> dict[str, Floats]:
    """Name shares of attuned, partial and missed (columns), and what follows from them."""
    attuned, partial, missed = shares.T
    rest = 1.0 - attuned - partial - missed
    return {"attuned": attuned, "partial": partial, "missed": missed, "misattuned": rest, "met": attuned + partial}


def _decided(probabilities: Floats) -> Ints:
    """Decide on the verdicts of many replies, a row each, as `core.verdict.decide_verdict` decides on one."""
    attuned, partial, missed, misattuned = probabilities.T
    met = np.where(PARTIAL_WEIGHT * partial > attuned, 1, 0)
    return np.where(attuned + partial >= missed + misattuned, met, np.where(misattuned > missed, 3, 2))


def _table(probabilities: Floats) -> Singles:
    """Return what was decided, then what is probable, of the first three verdicts; a row a reply."""
    decided = np.zeros((len(probabilities), _STATED))
    if len(probabilities):
        decided[:] = _decided(probabilities)[:, None] == np.arange(_STATED)
    return np.column_stack((decided, probabilities[:, :_STATED])).astype(np.float32)
