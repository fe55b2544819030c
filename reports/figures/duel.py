"""Head to head: when is one median smaller than another, and by what factor?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.outcome import Status
from parity_compare.problems.seeding import generator
from parity_compare.replays import Starts, resampled_medians, wider
from parity_compare.reports.digest import Entry
from parity_compare.results import Record
from parity_compare.statistics import Interval, median_places

ENOUGH_TRIALS = 6
"""Below this, even the range of all values covers the median less often than 95 % of the time:
it misses with probability 2 * 2^-N."""

_RESAMPLES = 2000

_SHORT_OF_EXAMPLES = (Status.OUT_OF_SAMPLES, Status.UNDERDETERMINED)


@dataclass(frozen=True)
class Duel:
    """Two entries of one instance, the one of the smaller median first.

    Attributes:
        faster, slower: the entries.
        decided: whether the intervals of their medians are apart, with enough trials on each side,
            in one unit, and not only because a limit came first (see :attr:`cut_short`).
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
        """Whether it is for want of independent trials that nothing is decided."""
        return min(self.faster.starts, self.slower.starts) < ENOUGH_TRIALS

    @property
    def shortage(self) -> str:
        """How many would be needed at least: ``fewer than 6 trials each``."""
        replayed = any(entry.starts < entry.trials for entry in (self.faster, self.slower))
        return f"fewer than {ENOUGH_TRIALS} {'starts' if replayed else 'trials'} each"

    @property
    def tied(self) -> bool:
        """Whether the medians are equal."""
        return self.faster.cost(self.cost).estimate == self.slower.cost(self.cost).estimate

    @property
    def cut_short(self) -> bool:
        """Whether limits ended the slower one's trials before they had spent the faster's median.

        Its median is infinite then only because nobody waited: had these trials been solved for
        what they had spent, it would have had the smaller one.
        """
        reached = self.faster.cost(self.cost).estimate
        if math.isinf(reached) or math.isfinite(self.slower.cost(self.cost).estimate):
            return False
        limited = np.array([_ended_by_a_limit(record) for record in self.slower.records])
        at_least = np.where(limited, self.slower.paid(self.cost), self.slower.spent(self.cost))
        return bool(_median(at_least)[0] < reached)

    @property
    def units_differ(self) -> bool:
        """Whether the factor is between different units, such as FLOPs and word operations."""
        return unit(self.faster, self.cost) != unit(self.slower, self.cost)


def duel(one: Entry, other: Entry, cost: str = "seconds") -> Duel:
    """Compare the medians of a cost of two entries; a failed trial counts as infinite.

    Operations of different units have a factor, but nothing is ever decided between them.
    """
    faster, slower = sorted((one, other), key=lambda entry: entry.cost(cost).estimate)
    ratio = ratio_of_medians(
        slower.spent(cost), faster.spent(cost), starts=(slower.start_of_each, faster.start_of_each)
    )
    apart = faster.cost(cost).high < slower.cost(cost).low and ratio.low > 1
    found = Duel(faster, slower, apart, ratio, cost)
    if found.too_few or found.units_differ or (apart and found.cut_short):
        return Duel(faster, slower, False, ratio, cost)
    return found


def _ended_by_a_limit(record: Record) -> bool:
    """Whether the trial failed for its limit of time, steps or examples.

    A sample that belongs to the instance is no limit: every learner gets the same.
    """
    if record.solved:
        return False
    spec = record.spec
    capped = spec.max_samples is not None and spec.max_samples < (spec.samples or math.inf)
    return record.status == Status.TIMEOUT or (capped and record.status in _SHORT_OF_EXAMPLES)


def champions(entries: Sequence[Entry], cost: str = "seconds") -> list[Duel]:
    """The entry of the smallest median against each of the others, from near to far."""
    ordered = sorted(entries, key=lambda entry: entry.cost(cost).estimate)
    return [duel(ordered[0], rival, cost) for rival in ordered[1:]]


def unit(entry: Entry, cost: str) -> str:
    """What a cost is counted in, if that is the learner's own affair: ``word XOR``; else empty."""
    return str(entry.statistics["operations_unit"]) if cost == "operations" else ""


def ratio_of_medians(
    above: npt.NDArray[np.float64],
    below: npt.NDArray[np.float64],
    *,
    level: float = 0.95,
    starts: tuple[Starts | None, Starts | None] = (None, None),
) -> Interval:
    """median(above) / median(below) with its percentile-bootstrap interval.

    The two sides are resampled independently, from seeds that depend on their sizes alone: equal
    values give equal intervals. Infinity over infinity counts as 1, and so does zero over zero: it
    decides nothing.

    Args:
        above: ``(N,)``, may be infinite.
        below: ``(M,)``, likewise.
        level: the interval's confidence level.
        starts: of each side, which start every trial replays; whole starts are resampled then. None
            where trials are independent.
    """
    estimate = float(_divide(_median(above), _median(below))[0])
    tails = (1 - level) / 2, (1 + level) / 2

    def interval(whose: tuple[Starts | None, Starts | None]) -> Interval:
        tops = _resampled(above, "above", whose[0])
        bottoms = _resampled(below, "below", whose[1])
        drawn = np.sort(_divide(tops, bottoms))
        low, high = (tail * (_RESAMPLES - 1) for tail in tails)
        return Interval(estimate, float(drawn[math.floor(low)]), float(drawn[math.ceil(high)]))

    independent = interval((None, None))
    if starts[0] is None and starts[1] is None:
        return independent
    _, low, high = interval(starts)
    return wider(independent, low, high)


def _resampled(
    values: npt.NDArray[np.float64], side: str, starts: Starts | None
) -> npt.NDArray[np.float64]:
    """Medians of resamples."""
    if starts is not None:
        rng = generator("ratio of medians", side, len(values), "starts")
        return resampled_medians(values, starts, _RESAMPLES, rng)
    ordered = np.sort(values)
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
