"""Conversational receptiveness: the published model that turns counts of cues into a score.

A lasso regression on 2,860 statements of people who disagreed about politics, in English; the score is a z value of the
raters of that sample and has no absolute scale. Counts, not rates: longer texts score higher.

References
----------
Yeomans, Minson, Collins, Chen & Gino (2020), Organizational Behavior and Human Decision Processes 160. Coefficients of
the R package politeness 0.9.4 (MIT licence), at lambda.1se.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError, suggest

__all__ = ["COEFFICIENTS", "INTERCEPT", "receptiveness_score"]

INTERCEPT = -0.2502895734618
COEFFICIENTS: dict[str, float] = {
    "hedges": 0.03719344234053,
    "negation": -0.07098795345015,
    "reasoning": -0.004234591338538,
    "positive_emotion": 0.02868225972364,
    "negative_emotion": -0.006386836859937,
    "agreement": 0.2630819720911,
    "disagreement": -0.02336478824591,
    "acknowledgement": 0.2552394759824,
    "subjectivity": 0.04709079459127,
    "adverb_limiter": -0.05246680879776,
}
"""Cue to coefficient; seven further cues of the model have the coefficient 0."""


def receptiveness_score(counts: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    """Score texts from how often each cue occurs in them.

    Parameters
    ----------
    counts : mapping of str to array_like, shape (texts,)
        Cue to counts; every cue of `COEFFICIENTS` has to be there, others are not used.

    Returns
    -------
    ndarray of float, shape (texts,)
        Higher is more receptive; raters of the training sample lay between about -2 and 2.

    Raises
    ------
    UsageError
        If a cue is missing.
    """
    for name in COEFFICIENTS:
        if name not in counts:
            raise UsageError(f"The counts lack the cue {name!r}.", hint=suggest(name, counts))
    parts = [weight * np.asarray(counts[name], dtype=np.float64) for name, weight in COEFFICIENTS.items()]
    return INTERCEPT + np.sum(parts, axis=0)
