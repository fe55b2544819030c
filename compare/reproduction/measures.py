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


def exact_rate(successes: int, trials: int, *, level: float = 0.95) -> Interval:
    """A success rate with its exact interval (Clopper and Pearson 1934).

    Its ends are the rates at which so many successes or more, or so many or fewer, have the chance
    (1 - level) / 2: it covers with at least ``level``, whatever the rate. No trials give
    (nan, 0, 1).
    """
    from scipy.special import betaincinv

    if trials == 0:
        return Interval(math.nan, 0.0, 1.0)
    tail = (1 - level) / 2
    failures = trials - successes
    low = float(betaincinv(successes, failures + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, failures, 1 - tail)) if failures else 1.0
    return Interval(successes / trials, low, high)


def difference(one: Interval, other: Interval) -> Interval:
    """The first of two independent estimates less the second.

    With the limits l and u of both estimates p, the interval is
    p1 - p2 - sqrt((p1 - l1)^2 + (u2 - p2)^2) to p1 - p2 + sqrt((u1 - p1)^2 + (p2 - l2)^2).
    """
    apart = one.estimate - other.estimate
    return Interval(
        apart,
        apart - math.hypot(one.estimate - one.low, other.high - other.estimate),
        apart + math.hypot(one.high - one.estimate, other.estimate - other.low),
    )


def difference_of_rates(first: tuple[int, int], second: tuple[int, int]) -> Interval:
    """The first success rate less the second, with its 95 % interval (Newcombe 1998, method 10):
    the :func:`difference` of Wilson's.

    Args:
        first, second: successes and trials of two independent samples.
    """
    return difference(wilson(*first), wilson(*second))


MEDIAN_OF = 6
"""Values that a 95 % interval of a median needs: even the range of 5 covers it with 94 % only."""


def exact_median(values: Sequence[float], *, level: float = 0.95) -> Interval:
    """The median with the exact interval of the sign test, between two order statistics.

    The j-th smallest and the j-th largest of N values enclose the median of their law with a chance
    of at least 1 - 2 P(Bin(N, 1/2) < j), whatever that law is. The largest j is taken at which this
    is ``level`` or more; the bootstrap, which knows no such bound, falls short of it for small N.

    Args:
        values: of independent trials, infinite for failures; all of them known.
        level: of confidence.

    Returns:
        The ends are nan for fewer values than any such interval needs: :data:`MEDIAN_OF` at 95 %.
    """
    from scipy.special import bdtr

    ordered = np.sort(np.asarray(values, dtype=np.float64))
    size = len(ordered)
    if not size:
        return Interval(math.nan, math.nan, math.nan)
    lower, upper = float(ordered[(size - 1) // 2]), float(ordered[size // 2])
    middle = lower if lower == upper else (lower + upper) / 2
    missed = 2 * bdtr(np.arange((size + 1) // 2, dtype=np.float64), size, 0.5)
    j = int(np.searchsorted(missed, 1 - level, side="right"))
    if j == 0:
        return Interval(middle, math.nan, math.nan)
    return Interval(middle, float(ordered[j - 1]), float(ordered[size - j]))


def bounded(times: Sequence[float]) -> bool:
    """Whether the median of these times has an interval, and a finite one."""
    return math.isfinite(exact_median(times).high)


def slowing(cold: Iterable[Record], hot: Iterable[Record]) -> list[float]:
    """For every trial number that both have, steps to success with heat by those without.

    It is 1 where both failed, infinite where heat alone did, and 0 where its absence did.
    """
    plain, heated = (
        {record.spec.trial: steps_to_success([record])[0] for record in records}
        for records in (cold, hot)
    )
    pairs = [(steps, plain[trial]) for trial, steps in heated.items() if trial in plain]
    return [1.0 if one == other else one / other for one, other in pairs]


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
