"""Times to success of which some are cut short: life tables, Kaplan-Meier, the hazard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parity_compare.problems.errors import InvalidInput
from parity_compare.statistics import Interval, wilson

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_BINS = 12
_SHOWN = (
    0.95  # the bins are as wide as they can be with this share of the successes before the last
)


class Times(NamedTuple):
    """Times to success, checked.

    Attributes:
        spent: ``(T,)``, positive and ascending.
        solved: ``(T,)`` bool; an unsolved trial is censored at the end of its time.
        counted: whether the times are whole numbers, such as steps or tries.
    """

    spent: Floats
    solved: npt.NDArray[np.bool_]
    counted: bool

    @property
    def exposure(self) -> float:
        """Time under risk, all trials together."""
        return float(self.spent.sum())

    @property
    def successes(self) -> int:
        """Number of solved trials."""
        return int(self.solved.sum())


class LifeTable(NamedTuple):
    """Trials counted by cells of time (e_{j-1}, e_j], e_0 = 0; leading axes run over tables.

    Attributes:
        edges: ``(J,)``, the cells' upper ends, ascending.
        at_risk: ``(..., J)``, trials that were unsolved and watched when the cell began.
        events: ``(..., J)``, successes in the cell.
        censored: ``(..., J)``, trials no longer watched when the cell ended.
    """

    edges: Floats
    at_risk: Integers
    events: Integers
    censored: Integers


class Hazard(NamedTuple):
    """The chance of success per unit of time in one bin, given none before.

    Attributes:
        start, end: the bin (start, end].
        events: successes in it.
        exposure: time under risk in it, all trials together.
        rate: events / exposure with its interval.
    """

    start: float
    end: float
    events: int
    exposure: float
    rate: Interval


def checked_times(
    times: Sequence[float] | npt.NDArray[np.generic], solved: Sequence[bool] | npt.NDArray[np.bool_]
) -> Times:
    """Times in ascending order, without the unsolved trials that were given no time at all.

    Args:
        times: ``(T,)``, what every trial spent: steps, tries or seconds.
        solved: ``(T,)``, whether it succeeded then.

    Raises:
        InvalidInput: different lengths, a time that is negative or not finite, or success at 0.
    """
    spent = np.asarray(times, dtype=np.float64)
    found = np.asarray(solved, dtype=np.bool_)
    if spent.ndim != 1 or spent.shape != found.shape:
        raise InvalidInput(
            f"times and solved must be lists of equal length, got {spent.shape} and {found.shape}"
        )
    if not np.isfinite(spent).all() or (spent < 0).any():
        wrong = spent[~(np.isfinite(spent) & (spent >= 0))][0]
        raise InvalidInput(f"times must be finite and not negative, got {wrong:g}")
    if (spent[found] == 0).any():
        raise InvalidInput("times of solved trials must be positive, got 0")
    order = np.argsort(spent, kind="stable")
    order = order[spent[order] > 0]
    counted = bool((spent == np.floor(spent)).all())
    return Times(spent[order], found[order], counted)


def life_table(times: Times, edges: Floats) -> LifeTable:
    """The life table of the trials; the cell beyond the last edge is left open and not in it.

    Censored times that are no edge count as the nearest one, which is an error of second order in
    the cells' width; if the edge is 0, the trial tells nothing and is left out.

    Args:
        times: the trials.
        edges: ``(J,)``, positive and ascending.
    """
    size = len(edges)
    cell = np.searchsorted(edges, times.spent[times.solved])  # J: the open cell
    cut = times.spent[~times.solved]
    middles = (edges + np.concatenate([[0.0], edges[:-1]])) / 2
    nearest = np.searchsorted(middles, cut, side="right")  # j: the end of cell j, counted from 1
    events = np.bincount(cell, minlength=size + 1)
    censored = np.bincount(nearest, minlength=size + 1)[1:]
    leaving = events.copy()
    leaving[:size] += censored
    at_risk = np.cumsum(leaving[::-1])[::-1]
    return LifeTable(edges, at_risk[:size], events[:size], censored)


def kaplan_meier(table: LifeTable) -> Floats:
    """Share of trials still unsolved at the end of every cell ``(..., J)`` (Kaplan, Meier 1958).

    It is the product of 1 - events / at_risk; a cell that nobody reached changes nothing.
    """
    unsolved = 1 - table.events / np.maximum(table.at_risk, 1)
    return np.asarray(np.cumprod(unsolved, axis=-1))


def time_on_test(times: Times, until: float | Floats) -> Floats:
    """Time under risk up to ``until``, all trials together: the sum of min(time, until)."""
    before = np.concatenate([[0.0], np.cumsum(times.spent)])
    ended = np.searchsorted(times.spent, until, side="right")
    return np.asarray(before[ended] + (len(times.spent) - ended) * np.asarray(until))


def hazard_curve(times: Times, *, level: float = 0.95) -> tuple[Hazard, ...]:
    """The chance of success per unit of time along the trial, by occurrence and exposure.

    Bins are of equal width up to the time at which 95 % of the successes have come, with one more
    for the rest: an early stretch without success is seen as such. Whole times give the chance per
    step with Wilson's interval, others the rate with the exact interval for Poisson counts (Garwood
    1936).
    """
    if not times.successes:
        return ()
    found = times.spent[times.solved]
    ends = np.linspace(0, float(np.quantile(found, _SHOWN, method="higher")), _BINS + 1)[1:]
    if times.counted:
        ends = np.unique(np.maximum(np.round(ends), 1))
    last = float(times.spent[-1])
    if last > ends[-1]:
        ends = np.append(ends, last)
    starts = np.concatenate([[0.0], ends[:-1]])
    exposures = time_on_test(times, ends) - time_on_test(times, starts)
    successes = np.searchsorted(found, ends, side="right")
    events = np.diff(successes, prepend=0)
    curve = []
    for start, end, count, exposure in zip(starts, ends, events, exposures, strict=True):
        rate = success_rate(int(count), float(exposure), times.counted, level)
        curve.append(Hazard(float(start), float(end), int(count), float(exposure), rate))
    return tuple(curve)


def success_rate(events: int, exposure: float, counted: bool, level: float) -> Interval:
    """Successes per unit of time under risk: Wilson's interval if counted, else Garwood's."""
    if counted:
        return wilson(events, round(exposure), level=level)
    from scipy.special import gammaincinv

    tail = (1 - level) / 2
    low = float(gammaincinv(events, tail)) if events else 0.0
    high = float(gammaincinv(events + 1, 1 - tail))
    return Interval(events / exposure, low / exposure, high / exposure)
