"""Intervals on rates (Wilson) and medians (bootstrap); failures are never dropped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parity_compare.problems.seeding import generator

_COUNTED_AT_MOST = 1000
"""Above so many trials, resamples are drawn by their law: counting takes seconds, and the law of a
sum of so many terms is normal to more digits than 2000 resamples tell."""


class Interval(NamedTuple):
    """An estimate and its confidence interval."""

    estimate: float
    low: float
    high: float


def wilson(successes: float, trials: float, *, level: float = 0.95) -> Interval:
    """Wilson's score interval for a success rate (Wilson 1927).

    With z the normal quantile at (1 + level) / 2 and p = successes / trials, the interval is
    (p + z^2/2N -+ z sqrt(p(1-p)/N + z^2/4N^2)) / (1 + z^2/N). No trials give (nan, 0, 1).
    Numbers need not be whole: those of dependent trials are what they are worth.
    """
    if trials == 0:
        return Interval(math.nan, 0.0, 1.0)
    z = NormalDist().inv_cdf((1 + level) / 2)
    rate = successes / trials
    shrink = 1 + z * z / trials
    centre = (rate + z * z / (2 * trials)) / shrink
    half = z * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials**2)) / shrink
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == trials else centre + half
    return Interval(rate, low, high)


def median_interval(
    values: Sequence[float] | npt.NDArray[np.float64],
    *,
    level: float = 0.95,
    resamples: int = 2000,
) -> Interval:
    """The median and its percentile-bootstrap interval.

    A failed trial enters as infinity, so the median is infinite once half of the trials fail, and
    an interval may be bounded below only. An even number of trials takes the mean of the middle
    two, hence infinity if one of them is. The resampling is seeded: equal values give equal
    intervals. It takes the time of sorting, whatever the number of resamples.
    """
    data = np.sort(np.asarray(values, dtype=np.float64))
    if not len(data):
        return Interval(math.nan, math.nan, math.nan)
    lower, upper = _seeded_places(len(data), resamples)
    low, high = _percentiles((data[lower] + data[upper]) / 2, level)
    return Interval(float(_middle(data[np.newaxis])[0]), float(low), float(high))


@lru_cache(maxsize=64)
def _seeded_places(
    size: int, resamples: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The places of :func:`median_places`, drawn once for all cells of one size."""
    return median_places(size, resamples, generator("bootstrap", size))


def _percentiles(
    drawn: npt.NDArray[np.float64], level: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The ends of the percentile interval of values along the first axis ``(r, …)``."""
    tail = (1 - level) / 2
    last = len(drawn) - 1
    low, high = math.floor(tail * last), math.ceil((1 - tail) * last)
    parted = np.partition(drawn, (low, high), axis=0)
    return parted[low], parted[high]


def bootstrap_medians(
    ordered: npt.NDArray[np.float64], resamples: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Medians of samples drawn with replacement, by their law instead of sample by sample.

    Args:
        ordered: ``(N,)``, ascending, which may be infinite.
        resamples: how many medians.
        rng: where they come from.
    """
    lower, upper = median_places(len(ordered), resamples, rng)
    return np.asarray((ordered[lower] + ordered[upper]) / 2)


def median_places(
    size: int, resamples: int, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Which two of ``size`` ascending values a resample's median is the mean of, ``(resamples,)``.

    A sample of N numbers of places is floor(N u) for N uniform u in [0, 1). Its median needs only
    the m-th smallest u, m = ceil(N / 2), which is Beta(m, N - m + 1), and for even N the next one
    too: the least of the N - m uniforms above it. For odd N the two places are one.
    """
    middle = (size + 1) // 2
    above = size - middle
    first = rng.beta(middle, above + 1, resamples)
    lower = np.minimum((size * first).astype(np.int64), size - 1)
    if size % 2:
        return lower, lower
    second = 1 - (1 - first) * rng.random(resamples) ** (1 / above)
    return lower, np.minimum((size * second).astype(np.int64), size - 1)


def _middle(ordered: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Median of every sorted row ``(r, N)``; unlike np.median, inf - inf cannot arise."""
    size = ordered.shape[1]
    lower, upper = ordered[:, (size - 1) // 2], ordered[:, size // 2]
    return lower if size % 2 else np.asarray((lower + upper) / 2)


def expected_intervals(
    spent: npt.ArrayLike,
    solved: npt.ArrayLike,
    *,
    level: float = 0.95,
    resamples: int = 2000,
) -> list[Interval]:
    """Expected costs per success, each with its percentile-bootstrap interval.

    The expected cost of a success is the total cost of all trials, failures included, over the
    number of successes (the expected running time, ERT, of COCO; Hansen et al.). It is what
    restarting until the first success takes on average, if trials are independent.

    Whole trials are resampled, so that a cost and its success stay together, and all costs share
    the resamples. A resample without a success counts as infinite; so the interval is bounded
    below only, once that happens in more than (1 - level) / 2 of them. Where nobody succeeded, the
    estimate is infinite and the lower end is the mean cost of a trial over the exact (Clopper and
    Pearson) upper bound of the success rate, 1 - ((1 - level) / 2)^(1/N). The resampling is seeded
    by the number of trials: equal trials give equal intervals.

    Args:
        spent: ``(N, c)``, finite, what every trial spent in each of c costs.
        solved: ``(N,)`` bool, which trials succeeded.
        level: the intervals' confidence level.
        resamples: how many.

    Returns:
        One interval per cost; (nan, nan, nan) without trials.
    """
    costs = np.asarray(spent, dtype=np.float64)
    success = np.asarray(solved, dtype=bool)
    trials, width = costs.shape
    if not trials:
        return [Interval(math.nan, math.nan, math.nan)] * width
    total, successes = costs.sum(axis=0), int(success.sum())
    if not successes:
        luckiest = 1 - ((1 - level) / 2) ** (1 / trials)
        return [Interval(math.inf, float(mean) / luckiest, math.inf) for mean in total / trials]
    counted = trials <= _COUNTED_AT_MOST
    totals, wins = (_counted if counted else _by_law)(costs, success, resamples)
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = np.where(wins[:, np.newaxis] > 0, totals / wins[:, np.newaxis], math.inf)
    low, high = _percentiles(drawn, level)
    estimates = total / successes
    return [
        Interval(float(estimate), float(least), float(most))
        for estimate, least, most in zip(estimates, low, high, strict=True)
    ]


def _counted(
    costs: npt.NDArray[np.float64], success: npt.NDArray[np.bool_], resamples: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Total costs ``(resamples, c)`` and successes ``(resamples,)`` of samples with replacement."""
    counts = _multinomial(len(costs), resamples).astype(np.float64)
    # Column by column: so narrow a matrix product takes four times as long as its columns do.
    totals = np.stack([counts @ column for column in costs.T], axis=1)
    return totals, counts @ success


@lru_cache(maxsize=16)
def _multinomial(trials: int, resamples: int) -> npt.NDArray[np.uint8]:
    """How often each trial is drawn: ``(resamples, trials)``.

    Cells of equally many trials share it, which makes a grid of a thousand cells a matter of matrix
    products. At most 16 * 2 MB are kept.
    """
    rng = generator("bootstrap of totals", trials)
    counts = rng.multinomial(trials, np.full(trials, 1 / trials), size=resamples)
    return counts.astype(np.uint8)  # a trial is drawn once on average, and 256 times never


def _by_law(
    costs: npt.NDArray[np.float64], success: npt.NDArray[np.bool_], resamples: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """As :func:`_counted`, by the law of the totals instead of trial by trial.

    The number of successes is binomial. Given it, the total of the solved trials is a sum of that
    many independent draws, and the total of the failed ones of the rest; both are taken as normal
    with the exact mean and variance.
    """
    trials = len(costs)
    rng = generator("bootstrap of totals", trials)
    wins = rng.binomial(trials, success.mean(), size=resamples).astype(np.float64)
    totals = np.zeros((resamples, costs.shape[1]))
    for group, drawn in ((costs[success], wins), (costs[~success], trials - wins)):
        if len(group):
            noise = rng.standard_normal(totals.shape) * group.std(axis=0)
            totals += drawn[:, np.newaxis] * group.mean(axis=0)
            totals += np.sqrt(drawn)[:, np.newaxis] * noise
    return totals, wins
