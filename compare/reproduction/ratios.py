"""Ratios between two samples of times: of their medians, of their spreads, and of such ratios."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from parity_compare.problems.seeding import generator
from parity_compare.reproduction.measures import MEDIAN_OF
from parity_compare.statistics import Interval, bootstrap_medians, median_interval

Floats = npt.NDArray[np.float64]

RESAMPLES = 2000
UNKNOWN = Interval(math.nan, math.nan, math.nan)


def ratio_of_medians(above: Sequence[float], below: Sequence[float]) -> Interval:
    """The median of ``above`` over that of ``below``, with its 95 % bootstrap interval.

    Args:
        above, below: times of independent trials, infinite for failures.

    Returns:
        nan where a sample has fewer than :data:`MEDIAN_OF` times, or where the medians are both
        infinite, or may be so by the resamples.
    """
    if min(len(above), len(below)) < MEDIAN_OF:
        return UNKNOWN
    estimate = _quotient(_median(above), _median(below))
    with np.errstate(invalid="ignore"):
        return _interval(estimate, _medians(above, 0) - _medians(below, 1))


def ratio_of_ratios(
    first: tuple[Sequence[float], Sequence[float]], second: tuple[Sequence[float], Sequence[float]]
) -> Interval:
    """How many times larger the ratio of medians of one pair of samples is than that of another.

    Returns:
        As :func:`ratio_of_medians`.
    """
    if min(map(len, (*first, *second))) < MEDIAN_OF:
        return UNKNOWN
    estimate = _quotient(
        _quotient(*map(_median, first)),
        _quotient(*map(_median, second)),
    )
    drawn = [_medians(times, place) for place, times in enumerate((*first, *second))]
    with np.errstate(invalid="ignore"):
        return _interval(estimate, (drawn[0] - drawn[1]) - (drawn[2] - drawn[3]))


def spread(times: Sequence[float]) -> float:
    """ln of the upper over the lower quartile: how far apart the times are, on a log scale.

    It is infinite once a quarter of the trials fail, and nan for less than four trials or where the
    lower quartile is a failure too.
    """
    if len(times) < 4:
        return math.nan
    return float(_spreads(np.sort(np.asarray(times, dtype=np.float64))[np.newaxis])[0])


def ratio_of_spreads(above: Sequence[float], below: Sequence[float]) -> Interval:
    """The spread of ``above`` over that of ``below``, with its 95 % bootstrap interval.

    Returns:
        nan where a spread is not finite.
    """
    estimate = spread(above) / spread(below) if spread(below) else math.nan
    if not math.isfinite(estimate):
        return UNKNOWN
    drawn = []
    for place, times in enumerate((above, below)):
        data = np.asarray(times, dtype=np.float64)
        places = generator("spreads", place, len(data)).integers(
            0, len(data), (RESAMPLES, len(data))
        )
        drawn.append(_spreads(np.sort(data[places], axis=1)))
    with np.errstate(divide="ignore", invalid="ignore"):
        return _interval(estimate, np.log(drawn[0]) - np.log(drawn[1]))


def _spreads(ordered: Floats) -> Floats:
    """ln of the quartiles' ratio of every sorted row ``(r, N)``, by order statistics.

    Interpolating between two of them would make nan of a failure.
    """
    size = ordered.shape[1]
    lower, upper = ordered[:, (size - 1) // 4], ordered[:, -1 - (size - 1) // 4]
    with np.errstate(invalid="ignore"):
        return np.asarray(np.log(upper) - np.log(lower))


def _median(times: Sequence[float]) -> float:
    return median_interval(times).estimate


def _medians(times: Sequence[float], place: int) -> Floats:
    """ln of bootstrap medians; samples of one size at different places are resampled apart."""
    ordered = np.sort(np.asarray(times, dtype=np.float64))
    rng = generator("ratio of medians", place, len(ordered))
    return np.log(bootstrap_medians(ordered, RESAMPLES, rng))


def _quotient(above: float, below: float) -> float:
    return math.nan if math.isinf(above) and math.isinf(below) else above / below


def _interval(estimate: float, logs: Floats) -> Interval:
    """The estimate between the 2.5 % and 97.5 % points of resampled logarithms.

    Where more than the 2.5 % that an interval may miss are not numbers, there is none.
    """
    known = logs[~np.isnan(logs)]
    if math.isnan(estimate) or len(known) < 0.975 * len(logs):
        return UNKNOWN
    ordered = np.sort(known)
    low = ordered[math.floor(0.025 * (len(ordered) - 1))]
    high = ordered[math.ceil(0.975 * (len(ordered) - 1))]
    with np.errstate(over="ignore"):
        return Interval(estimate, float(np.exp(low)), float(np.exp(high)))
