"""Head to head on time: when is one median shorter than another, and by what factor?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from parity_compare.problems.seeding import generator
from parity_compare.reports.digest import Entry
from parity_compare.statistics import Interval

ENOUGH_TRIALS = 6
"""Below this, even the range of all values covers the median less often than 95 % of the time:
it misses with probability 2 * 2^-N."""

_RESAMPLES = 2000


@dataclass(frozen=True)
class Duel:
    """Two entries of one instance, the one of the shorter median first.

    Attributes:
        faster, slower: the entries.
        decided: whether the intervals of their medians are apart, with enough trials on each side.
        ratio: the slower median over the faster one, with its bootstrap interval.
    """

    faster: Entry
    slower: Entry
    decided: bool
    ratio: Interval

    @property
    def too_few(self) -> bool:
        """Whether it is for want of trials that nothing is decided."""
        return min(self.faster.trials, self.slower.trials) < ENOUGH_TRIALS


def duel(one: Entry, other: Entry) -> Duel:
    """Compare the medians of the seconds of two entries; a failed trial counts as infinite."""
    faster, slower = sorted((one, other), key=lambda entry: entry.cost("seconds").estimate)
    fast, slow = _seconds(faster), _seconds(slower)
    apart = faster.cost("seconds").high < slower.cost("seconds").low
    ratio = ratio_of_medians(slow, fast)
    decided = apart and ratio.low > 1 and min(len(fast), len(slow)) >= ENOUGH_TRIALS
    return Duel(faster, slower, decided, ratio)


def ratio_of_medians(
    above: npt.NDArray[np.float64], below: npt.NDArray[np.float64], *, level: float = 0.95
) -> Interval:
    """median(above) / median(below) with its percentile-bootstrap interval.

    The two sides are resampled independently. Infinity over infinity counts as 1: it decides
    nothing.
    """
    rng = generator("ratio of medians", len(above), len(below))
    tops, bottoms = (
        _medians(side[rng.integers(0, len(side), size=(_RESAMPLES, len(side)))])
        for side in (above, below)
    )
    drawn = np.sort([_divide(top, bottom) for top, bottom in zip(tops, bottoms, strict=True)])
    tail = (1 - level) / 2
    low = float(drawn[math.floor(tail * (_RESAMPLES - 1))])
    high = float(drawn[math.ceil((1 - tail) * (_RESAMPLES - 1))])
    top, bottom = (float(_medians(side[np.newaxis])[0]) for side in (above, below))
    return Interval(_divide(top, bottom), low, high)


def champions(entries: Sequence[Entry]) -> list[Duel]:
    """The entry of the shortest median against each of the others, from near to far."""
    ordered = sorted(entries, key=lambda entry: entry.cost("seconds").estimate)
    return [duel(first, rival) for first, rival in product(ordered[:1], ordered[1:])]


def _seconds(entry: Entry) -> npt.NDArray[np.float64]:
    return np.array([r.cost.seconds if r.solved else math.inf for r in entry.records])


def _medians(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Median of every row; an even number takes the mean of the middle two, as in the table."""
    ordered, size = np.sort(rows, axis=1), rows.shape[1]
    result: npt.NDArray[np.float64] = (ordered[:, (size - 1) // 2] + ordered[:, size // 2]) / 2
    return result


def _divide(above: float, below: float) -> float:
    if math.isinf(above) and math.isinf(below):
        return 1.0
    if below == 0:
        return math.inf if above > 0 else 1.0
    return above / below
