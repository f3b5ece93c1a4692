"""Kaplan-Meier against lifelines (its numbers) and statsmodels (run beside)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from attunement.errors import UsageError
from attunement.stats.bootstrap import bootstrap_weights
from attunement.stats.survival import clustered_band, kaplan_meier

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


def sessions(generator: np.random.Generator, many: int, size: int, spread: float) -> tuple[np.ndarray, ...]:
    """Make waits in sessions that share a pace, watched for up to eight turns: times, ended, session."""
    pace = np.exp(generator.normal(-(spread**2) / 2, spread, many))
    session = np.repeat(np.arange(many), size)
    waits = np.ceil(generator.exponential(6.0 / pace[session]))
    watched = generator.integers(4, 9, session.size)
    return np.minimum(waits, watched), waits <= watched, session


def test_every_draw_is_the_curve_of_the_drawn_sessions() -> None:
    """The bootstrap band is that of Kaplan-Meier computed afresh on the misses of the drawn sessions."""
    times, ended, session = sessions(np.random.default_rng(1), 25, 4, 0.5)
    curve = kaplan_meier(times, ended)
    got = clustered_band(curve, times, ended, session, resamples=300, seed=7)
    afresh = []
    for weights in np.concatenate(list(bootstrap_weights(25, resamples=300, seed=7))):
        again = np.concatenate([np.flatnonzero(session == one) for one in np.repeat(np.arange(25), weights)])
        drawn = kaplan_meier(times[again], ended[again])
        afresh.append([drawn.survival[drawn.times <= t][-1] if (drawn.times <= t).any() else 1.0 for t in curve.times])
    table = np.array(afresh)
    inside = ((table > got.low) & (table < got.high)).mean(axis=0)
    assert (inside > 0.93).all()
    assert (np.isin(got.low.round(9), table.round(9)) | (got.low > table.min(axis=0))).all()
    assert got.seed == 7
    np.testing.assert_array_equal(got.survival, curve.survival)


def test_clustered_bands_hold_the_truth_where_greenwoods_does_not() -> None:
    """Where sessions have a pace of their own, the clustered bands cover the curve, with few sessions and with many."""
    generator = np.random.default_rng(3)
    paces = np.exp(generator.normal(-0.405, 0.9, 200_000))
    truth = np.exp(-3.0 * paces / 6.0).mean()
    for many in (10, 40):
        held = plain = 0
        for _ in range(200):
            times, ended, session = sessions(generator, many, 12, 0.9)
            curve = kaplan_meier(times, ended)
            got = clustered_band(curve, times, ended, session, resamples=300, seed=1)
            held += got.at(3.0)[1] <= truth <= got.at(3.0)[2]
            plain += curve.at(3.0)[1] <= truth <= curve.at(3.0)[2]
        assert 0.90 <= held / 200 <= 0.99, many
        assert plain / 200 < 0.85, many


def test_single_misses_have_greenwoods_variance() -> None:
    """With one miss a session the linearised variance is Greenwood's times n / (n - 1)."""
    curve = kaplan_meier(TIMES, ENDED)
    got = clustered_band(curve, TIMES, ENDED, np.arange(len(TIMES)), resamples=0, seed=1)
    some = curve.survival < 1.0
    reach = np.log(np.log(got.low[some]) / np.log(curve.survival[some]))
    greenwood = curve.standard_error[some] / curve.survival[some] / -np.log(curve.survival[some])
    expected = stats.t.ppf(0.975, 19) * greenwood * np.sqrt(20 / 19)
    np.testing.assert_allclose(reach, expected, rtol=1e-9)


def test_one_session_keeps_greenwoods_band() -> None:
    """From one session nothing is known of how sessions differ; a session for each time is asked for."""
    curve = kaplan_meier(TIMES, ENDED)
    assert clustered_band(curve, TIMES, ENDED, np.zeros(20), seed=1) is curve
    with pytest.raises(UsageError, match="cluster for each"):
        clustered_band(curve, TIMES, ENDED, [0], seed=1)
