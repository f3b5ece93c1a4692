"""Windowed lagged cross-correlation of two series: who moves with whom, who leads, and by how much.

In every table a positive lag means that the first series leads. The published families differ only in where they anchor
the two windows; all shift the second series by the lag against the first, so that one running sum a lag serves them.

References
----------
Boker, Xu, Rotondo & King (2002), Psychological Methods 7. Behrens, Moulder, Boker & Kret (2020). Kleinbub & Ramseyer
(2021), R package rMEA. Girard, R package wcc (bsync).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError, suggest

__all__ = [
    "ANCHORS",
    "Anchor",
    "LeadSummary",
    "WindowedCorrelation",
    "lead_summary",
    "segment_shuffle",
    "windowed_cross_correlation",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Anchor = Literal["moving", "strict", "ragged", "boker", "fixed"]
ANCHORS: tuple[Anchor, ...] = ("moving", "strict", "ragged", "boker", "fixed")
"""Where windows stand: rMEA; wclcR strict and ragged; Behrens and Boker; bsync (whose windows hold one sample more)."""

_Z_CAP = 10.0


@dataclass(frozen=True, slots=True)
class WindowedCorrelation:
    """A table of correlations.

    Attributes
    ----------
    r : ndarray of float, shape (windows, lags)
        Pearson's r; nan where a window leaves the series, nothing is known or one side does not vary.
    starts : ndarray of int, shape (windows,)
        First sample of each window's anchor, from 0.
    lags : ndarray of int, shape (lags,)
        In samples, ascending; above 0 the first series leads.
    """

    r: Floats
    starts: Ints
    lags: Ints

    @property
    def z(self) -> Floats:
        """Fisher's z, capped at 10 as in rMEA; nan where r is."""
        with np.errstate(divide="ignore"):
            return np.clip(np.arctanh(self.r), -_Z_CAP, _Z_CAP)


def windowed_cross_correlation(
    first: ArrayLike, second: ArrayLike, *, window: int, increment: int, max_lag: int, anchor: Anchor = "strict"
) -> WindowedCorrelation:
    """Correlate two series window by window at every lag.

    Parameters
    ----------
    first, second : array_like of float, shape (samples,)
        On one clock; nan where unknown (left out in pairs inside a window).
    window : int
        Samples of a window, at least 2; "fixed" takes one more, as bsync does.
    increment : int
        Samples from window to window, at least 1.
    max_lag : int
        Lags from -max_lag to max_lag samples, 0 or more.
    anchor : {"moving", "strict", "ragged", "boker", "fixed"}
        Where the windows stand at lag L, with s the start, from 0:
        "moving", "strict" and "ragged" put the first series at s for L >= 0 and at s - L below, the second at s + L and
        at s; "boker" the first at s for L <= 0 and at s - L above, the second at s + L and at s; "fixed" always s and
        s + L. Starts run from 0 ("moving", "ragged") or from max_lag. In "moving" a row is empty where more than half
        of either window at lag 0 is unknown.

    Raises
    ------
    UsageError
        If the series differ in length, a number is out of range, or not one window fits.
    """
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise UsageError(f"Two series on one clock have one length; got shapes {x.shape} and {y.shape}.")
    if window < 2 or increment < 1 or max_lag < 0:
        raise UsageError(f"Expected window >= 2, increment >= 1, max_lag >= 0; got {window}, {increment}, {max_lag}.")
    if anchor not in ANCHORS:
        raise UsageError(f"There is no anchor {anchor!r}.", hint=suggest(anchor, ANCHORS))
    width = window + 1 if anchor == "fixed" else window
    starts = _starts(x.size, window, increment, max_lag, anchor)
    if not starts.size:
        raise UsageError(f"A series of {x.size} samples holds no window of {window} with lags up to {max_lag}.")
    lags = np.arange(-max_lag, max_lag + 1)
    sums = _RunningSums(x, y)
    columns = [sums.correlate(_first_place(starts, int(lag), anchor), int(lag), width) for lag in lags]
    r = np.stack(columns, axis=1)
    if anchor == "moving":
        for side in (x, y):
            unknown = np.concatenate(([0], np.cumsum(np.isnan(side))))
            r[unknown[starts + width] - unknown[starts] > width / 2] = np.nan
    return WindowedCorrelation(r, starts, lags)


def _starts(samples: int, window: int, increment: int, max_lag: int, anchor: Anchor) -> Ints:
    if anchor == "moving":
        many = math.ceil((samples - window - max_lag + 1) / increment)
        return np.arange(max(many, 0), dtype=np.int64) * increment
    if anchor == "ragged":
        return np.arange(0, samples - window + 1, increment, dtype=np.int64)
    if anchor == "strict":
        return np.arange(max_lag, samples - max_lag - window + 1, increment, dtype=np.int64)
    # Boker's own bound, which drops a last window that would fit.
    many = (samples - window - max_lag) // increment
    starts = max_lag + np.arange(max(many, 0), dtype=np.int64) * increment
    return starts[starts + max_lag + window + (anchor == "fixed") <= samples] if anchor == "fixed" else starts


def _first_place(starts: Ints, lag: int, anchor: Anchor) -> Ints:
    """Return where the first series' window begins; the second's begins `lag` samples later."""
    if anchor == "fixed":
        return starts
    if anchor == "boker":
        return starts if lag <= 0 else starts - lag
    return starts if lag >= 0 else starts - lag


class _RunningSums:
    """Sums over any window of two series, from running totals of values centred on their means."""

    def __init__(self, x: Floats, y: Floats) -> None:
        self._raw = (x, y)
        self._known = (~np.isnan(x), ~np.isnan(y))
        self._complete = bool(self._known[0].all() and self._known[1].all())
        # Centred and scaled values keep running totals precise.
        self._side = tuple(_standard(side, known) for side, known in zip(self._raw, self._known, strict=True))
        self._totals = tuple((_running(side), _running(side**2)) for side in self._side)

    def correlate(self, place: Ints, lag: int, width: int) -> Floats:
        """Return r of the windows that begin at `place` in the first series and `lag` later in the second."""
        n = self._side[0].size
        inside = (place >= 0) & (place + width <= n) & (place + lag >= 0) & (place + lag + width <= n)
        at = np.where(inside, place, 0)
        begin, end = max(0, -lag), min(n, n - lag)
        if end - begin < width:
            return np.full(place.shape, np.nan)
        a, b = self._side[0][begin:end], self._side[1][begin + lag : end + lag]
        at = np.clip(at - begin, 0, end - begin - width)
        products = _windowed(_running(a * b), at, width)
        if self._complete:
            count = np.full(place.shape, float(width))
            sums = [_windowed(t, at + begin, width) for t in self._totals[0]]
            sums += [_windowed(t, at + begin + lag, width) for t in self._totals[1]]
        else:
            both = (self._known[0][begin:end] & self._known[1][begin + lag : end + lag]).astype(np.float64)
            count = _windowed(_running(both), at, width)
            sums = [_windowed(_running(values), at, width) for values in (a * both, a**2 * both, b * both, b**2 * both)]
        with np.errstate(invalid="ignore", divide="ignore"):
            covariance = products - sums[0] * sums[2] / count
            spread = [sums[1] - sums[0] ** 2 / count, sums[3] - sums[2] ** 2 / count]
            r = covariance / np.sqrt(spread[0] * spread[1])
        # Running totals leave dust where a window does not vary: what looks small is looked at itself.
        for where in np.flatnonzero(inside & (count >= 2) & (np.minimum(*spread) < 1e-7 * np.maximum(count, 1.0))):
            r[where] = self._directly(int(place[where]), lag, width)
        return np.where(inside & (count >= 2), np.clip(r, -1.0, 1.0), np.nan)

    def _directly(self, place: int, lag: int, width: int) -> float:
        a, b = self._raw[0][place : place + width], self._raw[1][place + lag : place + lag + width]
        both = ~(np.isnan(a) | np.isnan(b))
        a, b = a[both], b[both]
        if a.size < 2 or a.min() == a.max() or b.min() == b.max():
            return float("nan")
        a, b = a - a.mean(), b - b.mean()
        return float(a @ b) / math.sqrt(float(a @ a) * float(b @ b))


def _standard(values: Floats, known: NDArray[np.bool_]) -> Floats:
    kept = values[known]
    scale = float(kept.std()) if kept.size else 0.0
    return np.where(known, (values - (kept.mean() if kept.size else 0.0)) / (scale or 1.0), 0.0)


def _running(values: Floats) -> Floats:
    return np.concatenate(([0.0], np.cumsum(values)))


def _windowed(total: Floats, place: Ints, width: int) -> Floats:
    return total[place + width] - total[place]


@dataclass(frozen=True, slots=True)
class LeadSummary:
    """Means over the lags of each window; nan cells are left out.

    Attributes
    ----------
    all_lags, first_leads, second_leads, lag_zero : ndarray of float, shape (windows,)
        Over all lags, those above 0, those below 0, and at lag 0.
    first_leads_or_zero, second_leads_or_zero : ndarray of float, shape (windows,)
        With lag 0 counted in.
    best_lag : ndarray of float, shape (windows,)
        The first lag of the largest value, in samples; nan in an empty row.
    mean : float
        Of the whole table.
    """

    all_lags: Floats
    first_leads: Floats
    second_leads: Floats
    lag_zero: Floats
    first_leads_or_zero: Floats
    second_leads_or_zero: Floats
    best_lag: Floats
    mean: float


def lead_summary(table: WindowedCorrelation, *, absolute: bool = True) -> LeadSummary:
    """Summarise Fisher's z of each window by who leads.

    Parameters
    ----------
    table : WindowedCorrelation
        From `windowed_cross_correlation`.
    absolute : bool
        Take the size of z without its sign, as rMEA does by default.
    """
    z = np.abs(table.z) if absolute else table.z
    lags = table.lags
    known = ~np.isnan(z)
    best = np.where(known.any(axis=1), lags[np.argmax(np.where(known, z, -np.inf), axis=1)], np.nan)
    return LeadSummary(
        all_lags=_row_means(z),
        first_leads=_row_means(z[:, lags > 0]),
        second_leads=_row_means(z[:, lags < 0]),
        lag_zero=z[:, lags == 0][:, 0],
        first_leads_or_zero=_row_means(z[:, lags >= 0]),
        second_leads_or_zero=_row_means(z[:, lags <= 0]),
        best_lag=best,
        mean=float(z[known].mean()) if known.any() else float("nan"),
    )


def _row_means(values: Floats) -> Floats:
    known = ~np.isnan(values)
    counts = known.sum(axis=1)
    return np.where(counts > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(counts, 1), np.nan)


@dataclass(frozen=True, slots=True)
class SegmentShuffle:
    """Synchrony of segments with each other beside that of segments that do not belong together (SUSY).

    Attributes
    ----------
    lags : ndarray of int, shape (lags,)
        In samples; above 0 the first series leads (SUSY writes the opposite sign).
    abs_r_real, abs_r_pseudo, abs_z_real, abs_z_pseudo, z_real, z_pseudo : ndarray of float, shape (lags,)
        Means over real pairs of segments (the same stretch of time) and over all other pairs, by lag.
    abs_r_by_segment_real, abs_r_by_segment_pseudo : ndarray of float, shape (segments,)
        Mean over lags of each segment of the first series with its own partner segment, and with all others.
    effect, effect_signed, effect_first_leads, effect_second_leads : float
        (mean over lags real - pseudo) / SD over lags of pseudo, of abs z; of signed z; and of the lags on each side.
        The SD is over lags, which are not independent: no Cohen's d over dyads, and it grows with smoothness.
    share_above : float
        Share of lags at which abs z is larger for real than for pseudo pairs.
    segments : int
        How many.
    """

    lags: Ints
    abs_r_real: Floats
    abs_r_pseudo: Floats
    abs_z_real: Floats
    abs_z_pseudo: Floats
    z_real: Floats
    z_pseudo: Floats
    abs_r_by_segment_real: Floats
    abs_r_by_segment_pseudo: Floats
    effect: float
    effect_signed: float
    effect_first_leads: float
    effect_second_leads: float
    share_above: float
    segments: int

    @property
    def lead_means(self) -> tuple[float, float]:
        """Mean abs z of real pairs over the lags at which the first series leads, and at which the second does."""
        return _mean_of(self.abs_z_real[self.lags > 0]), _mean_of(self.abs_z_real[self.lags < 0])

    @property
    def phase_means(self) -> tuple[float, float]:
        """Mean z of real pairs over the lags at which it is above 0 (in phase), and below 0 (anti-phase)."""
        return _mean_of(self.z_real[self.z_real > 0]), _mean_of(self.z_real[self.z_real < 0])

    @property
    def phase_counts(self) -> tuple[int, int]:
        """How many lags are in phase, and in anti-phase."""
        return int((self.z_real > 0).sum()), int((self.z_real < 0).sum())

    @property
    def share_above_signed(self) -> float:
        """Share of lags at which z, with its sign, is larger for real than for pseudo pairs."""
        return float((self.z_real > self.z_pseudo).mean())


def _mean_of(values: Floats) -> float:
    return float(values.mean()) if values.size else float("nan")


def segment_shuffle(first: ArrayLike, second: ArrayLike, *, segment: int, max_lag: int) -> SegmentShuffle:
    """Compare every segment of one series with every segment of the other.

    Both are cut into segments; each pair of segments is correlated at every lag with the means and spreads of whole
    segments (fewer products at larger lags over the same denominator, as R's ccf does).

    Parameters
    ----------
    first, second : array_like of float, shape (samples,)
        On one clock, without nan.
    segment : int
        Samples of a segment; what does not fill one at the end is left out.
    max_lag : int
        Lags from -max_lag to max_lag samples, below `segment`.

    Raises
    ------
    UsageError
        If the series differ in length or hold nan, fewer than two segments fit, or the lag is out of range.
    """
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape or np.isnan(x).any() or np.isnan(y).any():
        raise UsageError("Two complete series on one clock are needed.")
    many = x.size // segment if segment > 0 else 0
    if many < 2 or not 0 <= max_lag < segment:
        raise UsageError(f"Expected at least 2 segments and lags below a segment; got {many} and {max_lag}.")
    one, other = (side[: many * segment].reshape(many, segment) for side in (x, y))
    size = 1 << (2 * segment - 1).bit_length()
    spectra = [np.fft.rfft(_unit(side), size, axis=1) for side in (one, other)]
    lags = np.arange(-max_lag, max_lag + 1)
    r = np.empty((many, many, len(lags)))
    for place in range(many):
        # sum_t x[t] y[t + lag]: above 0 the first series leads.
        crossed = np.fft.irfft(np.conj(spectra[0][place])[None, :] * spectra[1], size, axis=1)
        r[place] = crossed[:, lags % size]
    z = np.arctanh(np.clip(r, -1.0 + 1e-15, 1.0 - 1e-15))
    real = np.eye(many, dtype=np.bool_)
    z_real, z_pseudo = z[real].mean(axis=0), z[~real].mean(axis=0)
    abs_real, abs_pseudo = np.abs(z)[real].mean(axis=0), np.abs(z)[~real].mean(axis=0)
    by_pair = np.abs(r).mean(axis=2)
    everywhere = np.ones(len(lags), dtype=np.bool_)

    def effect(where: NDArray[np.bool_]) -> float:
        # Each side of lag 0 is held against the pseudo values of that side.
        spread = float(abs_pseudo[where].std(ddof=1)) if where.sum() > 1 else 0.0
        return float(abs_real[where].mean() - abs_pseudo[where].mean()) / spread if spread > 0 else float("nan")

    return SegmentShuffle(
        lags=lags,
        abs_r_real=np.abs(r)[real].mean(axis=0),
        abs_r_pseudo=np.abs(r)[~real].mean(axis=0),
        abs_z_real=abs_real,
        abs_z_pseudo=abs_pseudo,
        z_real=z_real,
        z_pseudo=z_pseudo,
        abs_r_by_segment_real=by_pair[real],
        abs_r_by_segment_pseudo=(by_pair.sum(axis=1) - by_pair[real]) / (many - 1),
        effect=effect(everywhere),
        effect_signed=float(z_real.mean() - z_pseudo.mean()) / float(z_pseudo.std(ddof=1)),
        share_above=float((abs_real > abs_pseudo).mean()),
        effect_first_leads=effect(lags > 0),
        effect_second_leads=effect(lags < 0),
        segments=many,
    )


def _unit(table: Floats) -> Floats:
    centred = table - table.mean(axis=1, keepdims=True)
    norm = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    return np.where(norm > 0, centred / np.where(norm > 0, norm, 1.0), np.nan)
