"""How much of each corpus a stage of training sees, and how often helpers miss.

The exchanges of our own scenes were written so that every kind of reply is there; real helpers seldom belittle or
blame. A network that learns the one as if it were the other accuses helpers: `as_often` lets replies in our helper
scenes count as often as those of real helpers turn out that way. And those who coded real exchanges here were kinder
than the coders of `attunement_coded`, in sitcom talk above all: `as_given` levels that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from attunement.core.codebook import VERDICTS
from training.corpora import Example

# How much of each corpus one epoch of a stage sees; codebook text is seen whole, kin text in a fresh draw each epoch.
SHARES: dict[str, dict[str, float]] = {
    "kin": {
        "attunement_authored": 1.0,
        "own": 0.5,
        "attunement_coded_open": 2.0,
        "attunement_coded": 2.0,
        "goemotions": 1.2,
        "edos": 1.0,
        "offmychest": 0.25,
        "uptake": 1.0,
        "casino": 0.15,
        "question_intimacy": 1.0,
        "convabuse": 0.8,
        "persuasion_for_good": 0.1,
        "stanford_politeness": 0.15,
        "empathic_reactions": 0.15,
        "mustard": 1.0,
        "epitome": 1.0,
        "esconv": 0.5,
        "annomi": 0.5,
        "mi_peer_support": 1.0,
    },
    "codebook": {
        "attunement_authored": 0.5,
        "own": 1.0,
        "attunement_coded_open": 2.0,
        "attunement_coded": 2.0,
        "goemotions": 0.12,
        "offmychest": 0.05,
        "edos": 0.05,
        "uptake": 0.1,
        "epitome": 0.7,
        "esconv": 0.3,
        "annomi": 0.3,
        "mi_peer_support": 0.7,
    },
    # Once more over what was written last, at a low rate.
    "polish": {
        "attunement_authored": 0.4,
        "own": 1.0,
        "attunement_coded_open": 2.0,
        "goemotions": 0.12,
        "offmychest": 0.05,
        "edos": 0.03,
        "uptake": 0.05,
    },
    # Emotions of single sentences once over, so that their head is not left behind; the codebook beside it.
    "emotions": {
        "attunement_authored": 0.2,
        "own": 0.1,
        "attunement_coded_open": 0.5,
        "goemotions": 1.0,
        "offmychest": 0.03,
        "edos": 0.05,
        "uptake": 0.05,
        "convabuse": 0.1,
    },
    # Risk: whole scenes and their harmless twins, named by what is left out (`--without`); the rest so that it stays.
    "risk": {
        "attunement_authored": 0.5,
        "own": 1.0,
        "attunement_coded_open": 1.0,
        "goemotions": 0.15,
        "offmychest": 0.03,
        "edos": 0.02,
        "uptake": 0.03,
        "convabuse": 0.1,
    },
    # Real exchanges above all, and emotions of single sentences once over; what was written has taught what it can.
    "real": {
        "attunement_authored": 0.15,
        "own": 0.06,
        "attunement_coded_open": 3.0,
        "goemotions": 1.0,
        "offmychest": 0.04,
        "edos": 0.04,
        "uptake": 0.05,
        "convabuse": 0.1,
    },
    # One reply under several calls (`same_*`), so that the call decides; the rest so that nothing is forgotten.
    "same": {
        "same": 1.0,
        "attunement_authored": 0.2,
        "own": 0.12,
        "attunement_coded_open": 1.0,
        "goemotions": 0.08,
        "offmychest": 0.02,
        "edos": 0.02,
        "uptake": 0.03,
        "convabuse": 0.05,
    },
    # The same for the research set.
    "same_closed": {
        "same": 0.6,
        "attunement_authored": 0.05,
        "own": 0.03,
        "attunement_coded_open": 0.3,
        "attunement_coded": 1.2,
        "goemotions": 0.04,
        "epitome": 1.0,
        "esconv": 0.4,
        "annomi": 0.5,
        "mi_peer_support": 0.4,
    },
    # From the pretrained encoder, with replies of other calls and the encoder's own cosine asked for from the start.
    "first": {
        "attunement_authored": 1.0,
        "own": 0.25,
        "same": 0.25,
        "attunement_coded_open": 1.5,
        "goemotions": 1.0,
        "edos": 1.0,
        "offmychest": 0.2,
        "uptake": 1.0,
        "casino": 0.3,
        "question_intimacy": 0.5,
        "convabuse": 0.6,
        "persuasion_for_good": 0.3,
        "stanford_politeness": 0.1,
        "empathic_reactions": 0.15,
        "mustard": 1.0,
    },
    # Then all scenes of ours once over, and all coded exchanges.
    "second": {
        "attunement_authored": 0.7,
        "own": 0.9,
        "same": 0.7,
        "attunement_coded_open": 2.0,
        "goemotions": 0.25,
        "edos": 0.15,
        "offmychest": 0.04,
        "uptake": 0.2,
        "casino": 0.05,
        "convabuse": 0.15,
        "persuasion_for_good": 0.05,
    },
    # Real exchanges above all, GoEmotions once over, and risk with its harmless twins; all of what was written last.
    "last": {
        "attunement_authored": 0.3,
        "own": 0.05,
        "risky": 0.3,
        "latest": 1.0,
        "same": 0.05,
        "attunement_coded_open": 3.0,
        "goemotions": 0.6,
        "offmychest": 0.04,
        "edos": 0.06,
        "uptake": 0.1,
        "convabuse": 0.15,
    },
    # What helpers do, by the corpora of therapy and support; the codebook beside it.
    "counsel": {
        "attunement_authored": 0.05,
        "own": 0.02,
        "attunement_coded_open": 0.3,
        "attunement_coded": 1.0,
        "epitome": 2.0,
        "esconv": 2.5,
        "annomi": 2.0,
        "mi_peer_support": 1.5,
    },
    # Then the exchanges of research corpora that were coded last, with the rest beside them.
    "closed": {
        "attunement_authored": 0.05,
        "own": 0.02,
        "attunement_coded_open": 0.3,
        "attunement_coded": 2.0,
        "goemotions": 0.05,
        "epitome": 1.0,
        "esconv": 0.6,
        "annomi": 0.7,
        "mi_peer_support": 0.5,
    },
    # All that was coded of research corpora, ten thousand exchanges more; of the rest enough that nothing is forgotten.
    "wider": {
        "attunement_authored": 0.05,
        "own": 0.02,
        "attunement_coded_open": 0.3,
        "attunement_coded": 1.6,
        "goemotions": 0.05,
        "epitome": 1.0,
        "esconv": 0.5,
        "annomi": 0.7,
        "mi_peer_support": 0.5,
    },
    # Everything that the open set may not see at once, what helpers do among it; behind the end of the open set.
    "wide": {
        "attunement_authored": 0.05,
        "own": 0.02,
        "attunement_coded_open": 0.3,
        "attunement_coded": 1.3,
        "goemotions": 0.05,
        "epitome": 3.0,
        "esconv": 2.0,
        "annomi": 2.0,
        "mi_peer_support": 1.5,
    },
    # Goes on from the open set: what its licence kept from it, and a little of the rest so that nothing is forgotten.
    "research": {
        "attunement_authored": 0.1,
        "own": 0.08,
        "attunement_coded_open": 0.7,
        "attunement_coded": 2.0,
        "goemotions": 0.05,
        "edos": 0.02,
        "uptake": 0.03,
        "epitome": 1.5,
        "esconv": 0.35,
        "annomi": 0.7,
        "mi_peer_support": 1.0,
    },
    # Goes on from the research stage: the words that carry EPITOME's levels, and a little of the rest.
    "rationales": {
        "attunement_authored": 0.03,
        "own": 0.02,
        "attunement_coded": 0.5,
        "epitome": 3.0,
        "esconv": 0.1,
        "annomi": 0.2,
        "mi_peer_support": 0.3,
    },
    # Once more on the words alone, which the stage before leaves half learnt.
    "words": {
        "attunement_authored": 0.015,
        "own": 0.01,
        "attunement_coded": 0.3,
        "epitome": 5.0,
        "esconv": 0.05,
        "annomi": 0.1,
        "mi_peer_support": 0.15,
    },
}

# Scenes of ours that a stage can ask for by themselves, by the beginning of their file's name.
GROUPS: dict[str, tuple[str, ...]] = {"same": ("same_",), "risky": ("risk_",), "latest": ("plain_power", "warm_form")}

# Files of `training/authored` in which somebody helps; what share of their replies has which verdict; and of real
# helpers' replies (ESConv, AnnoMI, EPITOME and Counsel Chat in the train parts of `attunement_coded` and
# `attunement_coded_open`, n 551, rounded).
_HELPING = ("helpers", "helpers_two", "counsel_two", "forum_therapy", "support", "support_plain")
_OURS = {"attuned": 0.44, "partial": 0.14, "missed": 0.24, "misattuned": 0.18}
_THEIRS = {"attuned": 0.58, "partial": 0.24, "missed": 0.12, "misattuned": 0.06}


def as_often(example: Example) -> None:
    """Weigh a reply of a helper scene of ours by how much oftener real helpers' replies have its verdict."""
    scene = example.id.removeprefix("own-").split("/")[0]
    verdict = example.labels.get("verdict")
    if verdict is not None and scene.rsplit("-", 2)[0] in _HELPING:
        name = VERDICTS[verdict]
        example.weight *= _THEIRS[name] / _OURS[name]


_GIVEN = 2.0


def as_given(examples: Sequence[Example]) -> None:
    """Weigh replies coded here so that each corpus has the verdicts as often as the given codes of its train part have.

    The given codes are few for some corpora: they are taken with twenty exchanges more that turn out as ours do, and no
    reply counts less than half or more than twice. The given exchanges themselves count twice: there are one in ten of
    them, and theirs is the convention.
    """
    ours: dict[str, Counter[int]] = {}
    given: dict[str, Counter[int]] = {}
    replies: list[tuple[Example, str, int]] = []
    for example in examples:
        verdict = example.labels.get("verdict")
        if verdict is None or verdict < 0:
            continue
        is_ours = example.id.startswith("here-")
        corpus = example.id.removeprefix("here-").split("-")[0]
        corpus = {"ed": "empathetic_dialogues"}.get(corpus, corpus)
        (ours if is_ours else given).setdefault(corpus, Counter())[verdict] += 1
        if is_ours:
            replies.append((example, corpus, verdict))
        else:
            example.weight *= _GIVEN
    for example, corpus, verdict in replies:
        share = ours[corpus][verdict] / ours[corpus].total()
        theirs = given.get(corpus, Counter())
        wanted = (theirs[verdict] + 20 * share) / (theirs.total() + 20)
        example.weight *= min(2.0, max(0.5, wanted / share))
