"""Numbers that several studies take from their trials."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from parity_compare.problems.seeding import generator
from parity_compare.results import Record
from parity_compare.statistics import Interval, bootstrap_medians, median_interval, wilson


def steps_to_success(records: Iterable[Record]) -> list[float]:
    """Steps of every trial, infinite for one that failed, one for a success without any."""
    return [float(max(r.cost.steps, 1)) if r.solved else math.inf for r in records]


def success_rate(records: Sequence[Record]) -> Interval:
    """Share of trials that succeeded, with Wilson's 95 % interval."""
    return wilson(sum(record.solved for record in records), len(records))


def difference_of_rates(first: tuple[int, int], second: tuple[int, int]) -> Interval:
    """The first success rate less the second, with its 95 % interval (Newcombe 1998, method 10).

    With Wilson's limits l and u of both rates p, the interval is
    p1 - p2 - sqrt((p1 - l1)^2 + (u2 - p2)^2) to p1 - p2 + sqrt((u1 - p1)^2 + (p2 - l2)^2).

    Args:
        first, second: successes and trials of two independent samples.
    """
    one, other = wilson(*first), wilson(*second)
    apart = one.estimate - other.estimate
    return Interval(
        apart,
        apart - math.hypot(one.estimate - one.low, other.high - other.estimate),
        apart + math.hypot(one.high - one.estimate, other.estimate - other.low),
    )


def bounded(times: Sequence[float]) -> bool:
    """Whether the median of so many times has a finite interval."""
    return bool(times) and math.isfinite(median_interval(times).high)


def power_law(times: Mapping[int, Sequence[float]], *, resamples: int = 2000) -> Interval:
    """The exponent of median time over n: least squares of ln median on ln n, all n alike.

    The 95 % interval is that of bootstrap medians, drawn at every n apart. A bootstrap median that
    is infinite, of which a median with a finite interval has few, counts as the slowest success.

    Args:
        times: for every n the times to success of its trials, each with a :func:`bounded` median.
        resamples: how many bootstrap samples.

    Returns:
        nan with fewer than three n.
    """
    if len(times) < 3:
        return Interval(math.nan, math.nan, math.nan)
    x = np.log(np.array(list(times), dtype=np.float64))
    weights = (x - x.mean()) / np.square(x - x.mean()).sum()
    medians, drawn = [], []
    for n, sample in times.items():
        ordered = np.sort(np.asarray(sample, dtype=np.float64))
        medians.append(median_interval(ordered).estimate)
        resampled = bootstrap_medians(ordered, resamples, generator("power law", n))
        drawn.append(np.minimum(resampled, ordered[np.isfinite(ordered)].max()))
    slopes = weights @ np.log(np.array(drawn))
    low, high = np.quantile(slopes, [0.025, 0.975])
    return Interval(float(weights @ np.log(np.array(medians))), float(low), float(high))


def by_temperature(records: Iterable[Record]) -> dict[float, list[Record]]:
    """Trials of ``langevin`` grouped by their temperature, which rises."""
    groups: dict[float, list[Record]] = {}
    for record in records:
        groups.setdefault(float(str(record.spec.parameters["temperature"])), []).append(record)
    return dict(sorted(groups.items()))


def bracket(values: Mapping[float, Interval], bound: float) -> tuple[float, float] | None:
    """Between which two places a quantity falls below a bound, as far as its intervals tell.

    Args:
        values: the quantity with its interval, by place, such as a rate by temperature.
        bound: what it falls below.

    Returns:
        The last place at which it is surely above before the first at which it is surely below,
        and that one; None if it does not fall from one to the other.
    """
    above: float | None = None
    for place in sorted(values):
        if values[place].low > bound:
            above = place
        elif values[place].high < bound:
            return None if above is None else (above, place)
    return None


def recorded(record: Record, column: str, step: float) -> float:
    """What a trial's trace says of a step: on a straight line between two moments, and after the
    last one as there."""
    steps, values = (np.asarray(record.trace[name], dtype=np.float64) for name in ("step", column))
    return float(np.interp(step, steps, values))
