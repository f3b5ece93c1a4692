"""How much of each corpus a stage of training sees, and how often its replies meet.

Those who coded real exchanges here were kinder than the coders of `attunement_coded`, in sitcom talk above all:
`as_given` levels that. The stages of earlier lineages, which `NOTES.md` tells of, stand in commit 07ec367.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from training.corpora import Example

# How much of each corpus one epoch of a stage sees; codebook text is seen whole, kin text in a fresh draw each epoch.
SHARES: dict[str, dict[str, float]] = {
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
    # A little of everything, for what a text is read as (`coders.given_names`, `read_as`) and for he and she.
    "even": {
        "attunement_authored": 0.25,
        "own": 0.12,
        "risky": 0.5,
        "latest": 0.3,
        "same": 0.06,
        "attunement_coded_open": 2.0,
        "goemotions": 0.4,
        "offmychest": 0.03,
        "edos": 0.04,
        "uptake": 0.06,
        "convabuse": 0.1,
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
