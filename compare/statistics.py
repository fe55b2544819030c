"""Intervals on rates (Wilson) and medians (bootstrap); failures are never dropped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parity_compare.problems.seeding import generator


class Interval(NamedTuple):
    """An estimate and its confidence interval."""

    estimate: float
    low: float
    high: float


def wilson(successes: int, trials: int, *, level: float = 0.95) -> Interval:
    """Wilson's score interval for a success rate (Wilson 1927).

    With z the normal quantile at (1 + level) / 2 and p = successes / trials, the interval is
    (p + z^2/2N -+ z sqrt(p(1-p)/N + z^2/4N^2)) / (1 + z^2/N). No trials give (nan, 0, 1).
    """
    if trials == 0:
        return Interval(math.nan, 0.0, 1.0)
    from scipy.special import ndtri  # the normal quantile, without the second that stats takes

    z = float(ndtri((1 + level) / 2))
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
    medians = np.sort(bootstrap_medians(data, resamples, generator("bootstrap", len(data))))
    tail = (1 - level) / 2
    low = medians[math.floor(tail * (resamples - 1))]
    high = medians[math.ceil((1 - tail) * (resamples - 1))]
    return Interval(float(_middle(data[np.newaxis])[0]), float(low), float(high))


def bootstrap_medians(
    ordered: npt.NDArray[np.float64], resamples: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Medians of samples drawn with replacement, by their law instead of sample by sample.

    A sample of N numbers of places is floor(N u) for N uniform u in [0, 1). Its median needs only
    the m-th smallest u, m = ceil(N / 2), which is Beta(m, N - m + 1), and for even N the next one
    too: the least of the N - m uniforms above it.

    Args:
        ordered: ``(N,)``, ascending, which may be infinite.
        resamples: how many medians.
        rng: where they come from.
    """
    size = len(ordered)
    middle = (size + 1) // 2
    above = size - middle
    first = rng.beta(middle, above + 1, resamples)
    lower = ordered[np.minimum((size * first).astype(np.int64), size - 1)]
    if size % 2:
        return lower
    second = 1 - (1 - first) * rng.random(resamples) ** (1 / above)
    upper = ordered[np.minimum((size * second).astype(np.int64), size - 1)]
    return np.asarray((lower + upper) / 2)


def _middle(ordered: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Median of every sorted row ``(r, N)``; unlike np.median, inf - inf cannot arise."""
    size = ordered.shape[1]
    lower, upper = ordered[:, (size - 1) // 2], ordered[:, size // 2]
    return lower if size % 2 else np.asarray((lower + upper) / 2)


def expected_running_time(spent: Sequence[float], solved: Sequence[bool]) -> float:
    """Total cost of all trials, failures included, per success (ERT; Hansen et al., COCO).

    It is the expected cost of restarting until the first success, if trials are independent;
    infinite without a success.
    """
    successes = sum(solved)
    return sum(spent) / successes if successes else math.inf
