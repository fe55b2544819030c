"""Intervals of trials that share starts: what is independent is a start, not each of its replays.

Trials that replay a start have the secret and the initial weights in common, so several of them
tell less than as many trials with starts of their own. The bootstrap therefore resamples whole
starts, with all their replays (Davison and Hinkley 1997, section 3.8); where few starts happen to
be alike, its interval is widened to that of as many independent trials. A rate has Wilson's
interval for the number of trials that would be left if replays of one start told the same,
(sum m_i)^2 / sum m_i^2 for starts of m_i replays (Kish 1965): as many as there are starts, if all
have equally many replays. This is the widest that any likeness of replays calls for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from parity_compare.problems.seeding import generator
from parity_compare.statistics import Interval, expected_intervals, median_interval, wilson

if TYPE_CHECKING:
    from parity_compare.results import Record

Starts = npt.NDArray[np.int64]
"""Which start every trial replays: ``(N,)``, numbered from 0."""

Floats = npt.NDArray[np.float64]
_RESAMPLES = 2000
_LEVEL = 0.95
_AT_ONCE = 4_000_000  # Multiplicities held at a time: 32 MB.


def starts_of(cell: Sequence[Record]) -> Starts | None:
    """The start of each trial of a cell; None if every trial has one of its own."""
    if cell[0].spec.replays == 1:
        return None
    named = [(record.spec.seed, record.spec.group) for record in cell]
    number = {start: index for index, start in enumerate(dict.fromkeys(named))}
    if len(number) == len(named):
        return None
    return np.array([number[start] for start in named], dtype=np.int64)


def effective(starts: Starts) -> float:
    """How many independent trials these are worth at least: (sum m_i)^2 / sum m_i^2."""
    replays = np.bincount(starts).astype(np.float64)
    return float(replays.sum() ** 2 / (replays**2).sum())


def rate(solved: int, trials: int, worth: float) -> Interval:
    """The share of solved trials, with Wilson's interval for ``worth`` independent trials."""
    return wilson(solved * worth / trials, worth)._replace(estimate=solved / trials)


def median(values: Floats, starts: Starts | None) -> Interval:
    """The median ``(N,)`` with its bootstrap interval; failures enter as infinity.

    Without ``starts``, as :func:`parity_compare.statistics.median_interval`.
    """
    alone = median_interval(values)
    if starts is None:
        return alone
    rng = generator("bootstrap of starts", len(values))
    return wider(alone, *_percentiles(resampled_medians(values, starts, _RESAMPLES, rng)))


def expected(spent: Floats, solved: npt.NDArray[np.bool_], starts: Starts | None) -> list[Interval]:
    """Expected costs up to the first success, with intervals from resampling whole starts.

    Without ``starts``, as :func:`parity_compare.statistics.expected_intervals`.

    Args:
        spent: ``(N, c)``, what every trial spent in these costs.
        solved: ``(N,)``, which trials were solved.
        starts: ``(N,)``, or None if every trial has its own.
    """
    alone = expected_intervals(spent, solved)
    if starts is None:
        return alone
    if not solved.any():
        # The mean over the exact upper bound of the rate, as if a start were one trial.
        luckiest = 1 - ((1 - _LEVEL) / 2) ** (1 / effective(starts))
        least = spent.mean(axis=0) / luckiest
        return [Interval(math.inf, float(low), math.inf) for low in least]
    count = int(starts.max()) + 1
    times = _multiplicities(count, _RESAMPLES, generator("bootstrap of starts", len(starts)))
    wins = times @ np.bincount(starts, weights=solved, minlength=count)
    found = []
    for interval, column in zip(alone, spent.T, strict=True):
        totals = times @ np.bincount(starts, weights=column, minlength=count)
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = _percentiles(np.where(wins > 0, totals / wins, math.inf))
        found.append(wider(interval, low, high))
    return found


def wider(one: Interval, low: float, high: float) -> Interval:
    """An interval with each end moved out to another's, if that lies further out."""
    return Interval(one.estimate, min(one.low, low), max(one.high, high))


def resampled_medians(
    values: Floats, starts: Starts, resamples: int, rng: np.random.Generator
) -> Floats:
    """Medians of resamples of whole starts ``(resamples,)``.

    Args:
        values: ``(N,)``, may be infinite.
        starts: ``(N,)``.
        resamples: how many.
        rng: where they come from.
    """
    order = np.argsort(values, kind="stable")
    ordered, owners = values[order], starts[order]
    chunk = max(1, _AT_ONCE // len(values))
    found = []
    for first in range(0, resamples, chunk):
        times = _multiplicities(int(starts.max()) + 1, min(chunk, resamples - first), rng)
        below = np.cumsum(times[:, owners], axis=1)
        total = below[:, -1:]
        lower = (below <= (total - 1) // 2).sum(axis=1)
        upper = (below <= total // 2).sum(axis=1)
        found.append((ordered[lower] + ordered[upper]) / 2)
    return np.concatenate(found)


def _multiplicities(starts: int, resamples: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """How often each start is drawn: ``(resamples, starts)``."""
    return np.asarray(rng.multinomial(starts, np.full(starts, 1 / starts), size=resamples))


def _percentiles(drawn: Floats) -> tuple[float, float]:
    """The ends of the 95 % percentile interval."""
    ordered = np.sort(drawn)
    tail, last = (1 - _LEVEL) / 2, len(drawn) - 1
    return float(ordered[math.floor(tail * last)]), float(ordered[math.ceil((1 - tail) * last)])
