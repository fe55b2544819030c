"""Head to head: when is one median smaller than another, and by what factor?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from parity_compare.problems.seeding import generator
from parity_compare.reports.digest import Entry
from parity_compare.statistics import Interval, median_places

ENOUGH_TRIALS = 6
"""Below this, even the range of all values covers the median less often than 95 % of the time:
it misses with probability 2 * 2^-N."""

_RESAMPLES = 2000


@dataclass(frozen=True)
class Duel:
    """Two entries of one instance, the one of the smaller median first.

    Attributes:
        faster, slower: the entries.
        decided: whether the intervals of their medians are apart, with enough trials on each side
            and in one unit.
        ratio: the slower median over the faster one, with its bootstrap interval.
        cost: what the medians are of; ``seconds`` unless said otherwise.
    """

    faster: Entry
    slower: Entry
    decided: bool
    ratio: Interval
    cost: str = "seconds"

    @property
    def too_few(self) -> bool:
        """Whether it is for want of trials that nothing is decided."""
        return min(self.faster.trials, self.slower.trials) < ENOUGH_TRIALS

    @property
    def tied(self) -> bool:
        """Whether the medians are equal."""
        return self.faster.cost(self.cost).estimate == self.slower.cost(self.cost).estimate

    @property
    def units_differ(self) -> bool:
        """Whether the factor is between different units, such as FLOPs and word operations."""
        return unit(self.faster, self.cost) != unit(self.slower, self.cost)


def duel(one: Entry, other: Entry, cost: str = "seconds") -> Duel:
    """Compare the medians of a cost of two entries; a failed trial counts as infinite.

    Operations of different units have a factor, but nothing is ever decided between them.
    """
    faster, slower = sorted((one, other), key=lambda entry: entry.cost(cost).estimate)
    ratio = ratio_of_medians(slower.spent(cost), faster.spent(cost))
    apart = faster.cost(cost).high < slower.cost(cost).low and ratio.low > 1
    found = Duel(faster, slower, apart, ratio, cost)
    if found.too_few or found.units_differ:
        return Duel(faster, slower, False, ratio, cost)
    return found


def champions(entries: Sequence[Entry], cost: str = "seconds") -> list[Duel]:
    """The entry of the smallest median against each of the others, from near to far."""
    ordered = sorted(entries, key=lambda entry: entry.cost(cost).estimate)
    return [duel(ordered[0], rival, cost) for rival in ordered[1:]]


def unit(entry: Entry, cost: str) -> str:
    """What a cost is counted in, if that is the learner's own affair: ``word XOR``; else empty."""
    return str(entry.statistics["operations_unit"]) if cost == "operations" else ""


def ratio_of_medians(
    above: npt.NDArray[np.float64], below: npt.NDArray[np.float64], *, level: float = 0.95
) -> Interval:
    """median(above) / median(below) with its percentile-bootstrap interval.

    The two sides are resampled independently, from seeds that depend on their sizes alone: equal
    values give equal intervals. Infinity over infinity counts as 1, and so does zero over zero: it
    decides nothing.
    """
    tops = _resampled(np.sort(above), "above")
    bottoms = _resampled(np.sort(below), "below")
    drawn = np.sort(_divide(tops, bottoms))
    tail = (1 - level) / 2
    low = drawn[math.floor(tail * (_RESAMPLES - 1))]
    high = drawn[math.ceil((1 - tail) * (_RESAMPLES - 1))]
    estimate = _divide(_median(above), _median(below))
    return Interval(float(estimate[0]), float(low), float(high))


def _resampled(ordered: npt.NDArray[np.float64], side: str) -> npt.NDArray[np.float64]:
    """Medians of resamples of ascending values."""
    lower, upper = _places(len(ordered), side)
    return np.asarray((ordered[lower] + ordered[upper]) / 2)


@lru_cache(maxsize=256)
def _places(size: int, side: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    # A grid has thousands of duels, nearly all between cells of the same few sizes.
    return median_places(size, _RESAMPLES, generator("ratio of medians", side, size))


def _median(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Median ``(1,)``; an even number takes the mean of the middle two, as in the table."""
    ordered, size = np.sort(values), len(values)
    return np.asarray([(ordered[(size - 1) // 2] + ordered[size // 2]) / 2])


def _divide(
    above: npt.NDArray[np.float64], below: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(above == below, 1.0, above / below)
