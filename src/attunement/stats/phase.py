"""Synchrony of two or more series by phase, spectrum, symbols and recurrence.

References
----------
Richardson, Garcia, Frank, Gergor & Marsh (2012), Frontiers in Physiology 3 (cluster phase). Hudson and others,
multiSyncPy (Behavior Research Methods 2022). Guastello & Peressini (2017) (driver and empath).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError
from attunement.stats.distributions import t_two_sided

__all__ = [
    "KuramotoTest",
    "Recurrence",
    "Roles",
    "cluster_phase",
    "cross_spectral_share",
    "driver_and_empath",
    "kuramoto_order",
    "kuramoto_test",
    "mean_coherence",
    "phases",
    "recurrence",
    "symbolic_entropy",
]

Floats = NDArray[np.float64]
_DEFAULT_SEGMENT = 256


@dataclass(frozen=True, slots=True)
class KuramotoTest:
    """Whether the order of samples lies above that of independent phases, 1 / K for the mean square.

    Attributes
    ----------
    t, df : float, int
        Of the mean squared order against 1 / K.
    p : float
        One-sided.
    """

    t: float
    df: int
    p: float


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How often a joint course comes back to where it was; over the upper triangle of the recurrence plot.

    Attributes
    ----------
    rate : float
        Share of pairs of moments that are nearer than the radius.
    determinism : float
        Share of these that lie on diagonals of length 2 or more; nan without any.
    mean_length, max_length : float
        Of all diagonals, also of length 1; nan without any.
    """

    rate: float
    determinism: float
    mean_length: float
    max_length: float


@dataclass(frozen=True, slots=True)
class Roles:
    """Who moves whom: slopes of each on each other's past.

    Attributes
    ----------
    slopes : ndarray of float, shape (series, series)
        Row x, column y: b2 in y(t + lag) = b0 + b1 y(t) + b2 x(t), how x moves y; the diagonal holds half the slope of
        the own past, which stands there twice.
    driver, empath : ndarray of float, shape (series,)
        Row sums and column sums of squares.
    """

    slopes: Floats
    driver: Floats
    empath: Floats


def phases(series: ArrayLike) -> Floats:
    """Return the phase, in radians, of the analytic signal of each series minus its mean.

    Parameters
    ----------
    series : array_like of float, shape (series, samples)
        Without nan; band-limited beforehand where the phase is to mean something.
    """
    table = _table(series)
    return np.angle(_analytic(table - table.mean(axis=1, keepdims=True)))


def _analytic(table: Floats) -> NDArray[np.complex128]:
    n = table.shape[1]
    weights = np.zeros(n)
    weights[0] = 1.0
    weights[1 : (n + 1) // 2] = 2.0
    if n % 2 == 0:
        weights[n // 2] = 1.0
    return np.fft.ifft(np.fft.fft(table, axis=1) * weights, axis=1)


def kuramoto_order(phase: ArrayLike) -> Floats:
    """Return the order of the phases at each moment, ``|mean_k exp(i phase_k)|``, in [0, 1]; shape (samples,)."""
    return np.abs(np.exp(1j * _table(phase)).mean(axis=0))


def cluster_phase(phase: ArrayLike) -> tuple[float, Floats]:
    """Compute Richardson's cluster phase synchrony.

    Each series' phase relative to the cluster's is freed of its own mean, so that steady differences count as
    synchrony: with two series rho is 1 whenever their difference stays the same.

    Parameters
    ----------
    phase : array_like of float, shape (series, samples)
        From `phases`.

    Returns
    -------
    rho : float
        Mean over time, in [0, 1].
    course : ndarray of float, shape (samples,)
        Over time.
    """
    table = _table(phase)
    cluster = np.angle(np.exp(1j * table).mean(axis=0))
    relative = table - cluster
    own = np.angle(np.exp(1j * relative).mean(axis=1, keepdims=True))
    course = np.abs(np.exp(1j * (relative - own)).mean(axis=0))
    return float(course.mean()), course


def kuramoto_test(mean_squares: ArrayLike, series: int) -> KuramotoTest:
    """Test the order of several recordings against independent phases.

    Parameters
    ----------
    mean_squares : array_like of float, shape (recordings,)
        Mean over time of the squared order (`kuramoto_order`) of each recording; at least 2.
    series : int
        K, how many series each recording has.

    Returns
    -------
    KuramotoTest
        ``t = (mean r^2 - 1 / K) / (s / sqrt(M))`` with the sample standard deviation s. multiSyncPy takes the
        population one, which makes t larger by sqrt(M / (M - 1)).

    Raises
    ------
    UsageError
        If there are fewer than two recordings or series.
    """
    squares = np.asarray(mean_squares, dtype=np.float64)
    if squares.size < 2 or series < 2:
        raise UsageError(f"Expected at least 2 recordings and 2 series, got {squares.size} and {series}.")
    spread = float(squares.std(ddof=1)) / math.sqrt(squares.size)
    df = squares.size - 1
    if not spread:
        return KuramotoTest(float("nan"), df, float("nan"))
    t = (float(squares.mean()) - 1.0 / series) / spread
    half = t_two_sided(t, df) / 2.0
    return KuramotoTest(t, df, half if t > 0 else 1.0 - half)


def mean_coherence(first: ArrayLike, second: ArrayLike, *, segment: int | None = None) -> float:
    """Return the magnitude-squared coherence of two series, mean over all frequencies.

    Welch's method with Hann windows, half overlap and the mean of each segment taken off, as in SciPy. Few segments
    bias it upwards, and bands of noise weigh as much as those of movement.

    Parameters
    ----------
    first, second : array_like of float, shape (samples,)
        Without nan.
    segment : int, optional
        Samples a segment; None takes a quarter of a series that holds fewer than four of 256 samples, else 256.
    """
    pxy, pxx, pyy = _welch(first, second, segment)
    below = pxx * pyy
    return float(np.mean(np.where(below > 0, np.abs(pxy) ** 2 / np.where(below > 0, below, 1.0), np.nan)))


def cross_spectral_share(first: ArrayLike, second: ArrayLike, *, segment: int | None = None) -> float:
    """Return the normalised cross-spectral density, ``sum |Pxy|^2 / sum (Pxx Pyy)``; parameters as `mean_coherence`."""
    pxy, pxx, pyy = _welch(first, second, segment)
    return float((np.abs(pxy) ** 2).sum() / (pxx * pyy).sum())


def _welch(first: ArrayLike, second: ArrayLike, segment: int | None) -> tuple[NDArray[np.complex128], Floats, Floats]:
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape or np.isnan(x).any() or np.isnan(y).any():
        raise UsageError(f"Expected two complete series of one length, got shapes {x.shape} and {y.shape}.")
    whole = x.size // 4 if x.size < 4 * _DEFAULT_SEGMENT else _DEFAULT_SEGMENT
    length = whole if segment is None else segment
    if not 2 <= length <= x.size:
        raise UsageError(f"A segment holds from 2 to {x.size} samples, got {length}.")
    starts = np.arange(0, x.size - length + 1, length - length // 2, dtype=np.int64)
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length, dtype=np.float64) / length)
    spectra: list[NDArray[np.complex128]] = []
    for side in (x, y):
        pieces = side[starts[:, None] + np.arange(length, dtype=np.int64)]
        spectra.append(np.fft.rfft((pieces - pieces.mean(axis=1, keepdims=True)) * window, axis=1))
    a, b = spectra
    # One-sided densities count all bins but the first (and a last one at half the rate) twice.
    twice = np.full(a.shape[1], 2.0)
    twice[0] = 1.0
    if length % 2 == 0:
        twice[-1] = 1.0
    return (
        (np.conj(a) * b).mean(axis=0) * twice,
        (np.abs(a) ** 2).mean(axis=0) * twice,
        (np.abs(b) ** 2).mean(axis=0) * twice,
    )


def symbolic_entropy(series: ArrayLike) -> float:
    """Return the Shannon entropy, in nats, of the joint terciles: small where series are low or high together.

    Parameters
    ----------
    series : array_like of float, shape (series, samples)
        Terciles are those of what is handed in: cut windows beforehand where they are to be of each window.
    """
    table = _table(series)
    low, high = np.percentile(table, (100.0 / 3.0, 200.0 / 3.0), axis=1, keepdims=True)
    symbol = (table > low).astype(np.int64) + (table > high)
    joint = symbol.T @ (3 ** np.arange(len(table)))
    _, counts = np.unique(joint, return_counts=True)
    share = counts / counts.sum()
    return float(-(share * np.log(share)).sum())


def recurrence(series: ArrayLike, *, radius: float, embed: int = 1, delay: int = 1) -> Recurrence:
    """Quantify how often the joint course of several series recurs.

    Parameters
    ----------
    series : array_like of float, shape (series, samples)
        Each is standardised by its population standard deviation. Memory grows with the square of the samples.
    radius : float
        Euclidean distance below which two moments recur.
    embed, delay : int
        Copies of each series, and samples between them.

    Raises
    ------
    UsageError
        If too few samples stay, or a series does not vary.
    """
    table = _table(series)
    spread = table.std(axis=1, keepdims=True)
    if not (spread > 0).all():
        raise UsageError("A series does not vary.")
    table = (table - table.mean(axis=1, keepdims=True)) / spread
    n = table.shape[1] - (embed - 1) * delay
    if embed < 1 or delay < 1 or n < 2:
        raise UsageError(f"{table.shape[1]} samples are too few for {embed} copies {delay} apart.")
    points = np.concatenate([table[:, step * delay : step * delay + n] for step in range(embed)]).T
    squares = (points**2).sum(axis=1)
    distance = np.maximum(squares[:, None] + squares[None, :] - 2.0 * points @ points.T, 0.0)
    near = distance < radius**2
    lengths = np.concatenate([_runs(np.diagonal(near, offset)) for offset in range(1, n)])
    recurring = int(lengths.sum())
    if not recurring:
        nan = float("nan")
        return Recurrence(0.0, nan, nan, nan)
    return Recurrence(
        recurring / (n * (n - 1) / 2),
        float(lengths[lengths >= 2].sum()) / recurring,
        float(lengths.mean()),
        float(lengths.max()),
    )


def _runs(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return edges[1::2] - edges[::2]


def driver_and_empath(series: ArrayLike, *, lag: int) -> Roles:
    """Regress each series on its own and each other's past, and sum up who moves and who follows.

    Parameters
    ----------
    series : array_like of float, shape (series, samples)
        Without nan.
    lag : int
        In samples, at least 1.

    Raises
    ------
    UsageError
        If the lag leaves too few samples.
    """
    table = _table(series)
    if lag < 1 or table.shape[1] - lag < 4:
        raise UsageError(f"A lag of {lag} leaves too few of {table.shape[1]} samples.")
    many = len(table)
    past, future = table[:, :-lag], table[:, lag:]
    slopes = np.empty((many, many))
    for y in range(many):
        for x in range(many):
            design = np.column_stack((np.ones(past.shape[1]), past[y], past[x]))
            # The own past twice has no unique slopes; the smallest solution halves them.
            slopes[x, y] = (np.linalg.pinv(design) @ future[y])[2]
    return Roles(slopes, (slopes**2).sum(axis=1), (slopes**2).sum(axis=0))


def _table(series: ArrayLike) -> Floats:
    table = np.asarray(series, dtype=np.float64)
    if table.ndim != 2 or len(table) < 2 or np.isnan(table).any():
        raise UsageError(f"Expected at least two complete series of one length, got shape {table.shape}.")
    return table
