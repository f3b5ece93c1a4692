"""Kaplan-Meier against lifelines (its numbers) and statsmodels (run beside)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from attunement.errors import UsageError
from attunement.stats.survival import kaplan_meier

TIMES = [2, 2, 3, 4, 4, 4, 5, 6, 6, 7, 8, 8, 8, 8, 1, 3, 5, 8, 8, 2]
ENDED = [1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1]

# lifelines 0.30.3, KaplanMeierFitter(alpha=0.05): time, share, band (its default, on the log(-log) scale).
LIFELINES = [
    (1.0, 1.0, 1.0, 1.0),
    (2.0, 0.8947368421052634, 0.6407943545053867, 0.9725853905614296),
    (3.0, 0.7828947368421054, 0.5193354046163278, 0.9126243936909219),
    (4.0, 0.6710526315789477, 0.40874426493466987, 0.8370576035382199),
    (5.0, 0.5490430622009572, 0.2952252571797675, 0.7447822310362178),
    (6.0, 0.48803827751196177, 0.2442544606484743, 0.6941357765430793),
    (7.0, 0.41831852358168153, 0.18666765932685572, 0.6360186979091308),
    (8.0, 0.41831852358168153, 0.18666765932685572, 0.6360186979091308),
]


def test_curve_and_band_equal_lifelines() -> None:
    """Share and band equal lifelines' at every time, censored ones included."""
    curve = kaplan_meier(TIMES, ENDED)
    for time, share, low, high in LIFELINES[1:]:
        np.testing.assert_allclose(curve.at(time), (share, low, high), rtol=1e-12)
    assert curve.at(1.0)[0] == LIFELINES[0][1]


def test_median_and_interval_equal_lifelines() -> None:
    """Median 6, interval from 4 to beyond what was observed (lifelines 0.30.3, median_survival_times)."""
    assert kaplan_meier(TIMES, ENDED).quantile(0.5) == (6.0, 4.0, math.inf)


@given(
    st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=3, max_size=80).filter(
        lambda rows: any(ended for _, ended in rows)
    )
)
def test_curve_equals_statsmodels(rows: list[tuple[int, bool]]) -> None:
    """Share and Greenwood's error equal statsmodels' for any mixture of ends and censoring."""
    times, ended = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    with np.errstate(all="ignore"):
        theirs = SurvfuncRight(times, ended)
        error = theirs.surv_prob_se
    curve = kaplan_meier(times, ended.astype(bool))
    np.testing.assert_allclose(curve.times, theirs.surv_times)
    np.testing.assert_allclose(curve.survival, theirs.surv_prob, atol=1e-12)
    some = curve.survival > 1e-9
    np.testing.assert_allclose(curve.standard_error[some], error[some], atol=1e-10)


def test_median_equals_statsmodels() -> None:
    """The median is the first time at which half or fewer still wait, as statsmodels' quantile."""
    curve = kaplan_meier(TIMES, ENDED)
    assert curve.quantile(0.5)[0] == SurvfuncRight(TIMES, ENDED).quantile(0.5)


def test_exactly_half_is_a_median() -> None:
    """Two of four ended at once is a half, rounding errors or not."""
    assert kaplan_meier([1, 1, 2, 2], [True, True, False, False]).quantile(0.5)[0] == 1.0
    thirds = kaplan_meier([1, 2, 3, 4, 5, 6], [True] * 6)
    assert thirds.quantile(0.5)[0] == 3.0


def test_nothing_is_said_beyond_what_was_observed() -> None:
    """After the longest observation the curve is undefined, unless everybody has ended."""
    assert math.isnan(kaplan_meier([1, 2, 3], [True, False, False]).at(4.0)[0])
    assert kaplan_meier([1, 2, 3], [True, True, True]).at(4.0)[0] == 0.0


def test_censored_only_and_nobody() -> None:
    """Without an event nothing is known of the median, and nobody at all is no error."""
    assert kaplan_meier([3, 5], [False, False]).quantile(0.5) == (math.inf, math.inf, math.inf)
    assert kaplan_meier([], []).count == 0


@pytest.mark.parametrize("times", [[-1.0, 2.0], [float("nan"), 2.0]])
def test_impossible_times_are_refused(times: list[float]) -> None:
    """A negative or missing time is the caller's mistake, told plainly."""
    with pytest.raises(UsageError, match="at or above 0"):
        kaplan_meier(times, [True, True])


def test_lengths_must_agree() -> None:
    """Times and endings belong together."""
    with pytest.raises(UsageError, match="as many"):
        kaplan_meier([1.0], [True, False])
