"""The ln of a median time, and how far bootstrap samples stray from it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parity_compare.problems.seeding import generator
from parity_compare.statistics import bootstrap_medians

Floats = npt.NDArray[np.float64]

FEWEST_TRIALS = 5
_WINDOW = (
    2.5  # order statistics kept to both sides of the median, in units of sqrt(N): 5 deviations
)
_ROUNDING = 1 / 12  # variance of what is lost by rounding to whole numbers


class LogMedian(NamedTuple):
    """The ln of a sample's median, and B bootstrap samples of it.

    Attributes:
        value: ln of the median.
        variance: its variance.
        errors: ``(B,)``, ln medians of samples drawn with replacement, less ``value``.
        error_variances: ``(B,)``, the variance as each of these samples would estimate it.
    """

    value: float
    variance: float
    errors: Floats
    error_variances: Floats


def why_not(times: Floats, level: float) -> str:
    """Why a sample's median cannot be used, such as too many failures; empty if it can.

    Args:
        times: ``(N,)``, infinite for failures.
        level: the share of bootstrap medians that may be infinite.
    """
    if len(times) < FEWEST_TRIALS:
        trials = "1 trial" if len(times) == 1 else f"{len(times)} trials"
        return f"it has {trials}, and {FEWEST_TRIALS} are needed"
    failures = int(np.isinf(times).sum())
    if 2 * failures >= len(times):
        return f"{failures} of {len(times)} trials failed, so its median is infinite"
    resampled = bootstrap_medians(np.sort(times), 2000, generator("open median", len(times)))
    if np.isinf(resampled).mean() > level:
        return f"{failures} of {len(times)} trials failed, so its median has no upper bound"
    return ""


def log_median(
    times: Floats, resamples: int, rng: np.random.Generator, resolution: float = 0.0
) -> LogMedian:
    """The ln median of a sample with its bootstrap.

    The variance is that of Maritz and Jarrett (1978), with the weights of Harrell and Davis (1982):
    the order statistics' variance where each counts by its chance of being a bootstrap sample's
    median. Failures, which are less than half, count in it as the greatest time to success.

    A learner that looks every c steps whether it is done was done at one of the c steps up to its
    time t: the middle of these, t - (c - 1) / 2, stands for t. What is lost adds a variance of
    c^2 / 12, and c / 2 at most to the errors; without it, medians of many equal times would seem to
    be known exactly.

    A bootstrap sample is drawn by its order statistics near the middle alone, from the gaps between
    sorted uniform numbers (Renyi 1953), so that large samples cost little.

    Args:
        times: ``(N,)``, infinite for less than half of them.
        resamples: bootstrap samples, B.
        rng: where they come from.
        resolution: c in units of the times, 0 for times that are measured.
    """
    ordered = np.sort(times - np.maximum(np.minimum(resolution, times) - 1, 0) / 2)
    finite = ordered[np.isfinite(ordered)]
    logs = np.log(np.minimum(ordered, finite[-1]))
    size = len(logs)
    reach = math.ceil(_WINDOW * math.sqrt(size)) + 1
    first, last = max((size - 1) // 2 - reach, 0), min(size // 2 + reach, size - 1)
    weights = _weights(size, first, last)
    middle = ((size - 1) // 2 - first, size // 2 - first)

    drawn = logs[_places(size, first, last, resamples, rng)]
    own = logs[first : last + 1]
    value = float((own[middle[0]] + own[middle[1]]) / 2)
    errors = (drawn[:, middle[0]] + drawn[:, middle[1]]) / 2 - value
    least = 1e-12
    if resolution > 0:
        share = resolution * math.exp(-value)
        least = _ROUNDING * share**2
        errors = errors + rng.uniform(-0.5, 0.5, resamples) * share
    return LogMedian(
        value, float(_variance(own, weights)) + least, errors, _variance(drawn, weights) + least
    )


def _weights(size: int, first: int, last: int) -> Floats:
    """Chance of each order statistic from ``first`` to ``last`` to be about the median."""
    from scipy.special import betainc

    parameter = (size + 1) / 2
    below = betainc(parameter, parameter, np.arange(first, last + 2) / size)
    weights = np.diff(below)
    return np.asarray(weights / weights.sum())


def _variance(values: Floats, weights: Floats) -> Floats:
    mean = values @ weights
    return np.asarray((values - mean[..., np.newaxis]) ** 2 @ weights)


def _places(
    size: int, first: int, last: int, resamples: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Order statistics ``first`` to ``last`` of ``size`` places drawn with replacement.

    Returns:
        ``(B, last - first + 1)``, ascending in every row.
    """
    lowest = rng.beta(first + 1, size - first, resamples)
    above = size - 1 - first - np.arange(last - first)  # how many are yet to come
    gaps = np.cumsum(rng.exponential(size=(resamples, last - first)) / above, axis=1)
    rest = 1 - (1 - lowest)[:, np.newaxis] * np.exp(-gaps)
    uniforms = np.concatenate([lowest[:, np.newaxis], rest], axis=1)
    return np.minimum((size * uniforms).astype(np.int64), size - 1)
