"""Does the exponent of the scaling law rise with n, or is one power law enough?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.mechanism.medians import LogMedian, log_median, why_not
from parity_compare.mechanism.verdict import Answer, Verdict, check_level
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.seeding import generator
from parity_compare.statistics import Interval, median_interval

Floats = npt.NDArray[np.float64]

QUESTION = "Does the exponent rise with n?"
SMALL = 0.25
"""A rise of the exponent below this counts as none."""
FEWEST_SIZES = 3


@dataclass(frozen=True)
class Exponents(Verdict):
    """How the exponent d ln(median time) / d ln n changes with n.

    Statistics that cannot be had, with fewer than three sizes, are nan or empty.

    Attributes:
        sizes: the n that have a median, ascending.
        medians: their median times.
        left_out: the other n, and why.
        slope: exponent of the one power law that fits best.
        local: exponents between neighbouring sizes.
        knot: the size at which a law of two powers fits best, None if there is none.
        before, after: its exponents on both sides.
        change: the second less the first.
        statistic, p: by how much the two powers fit better than one, in units of the medians'
            variances, and its bootstrap p-value.
        halves: what ``change`` is with the knot in the middle of the sizes, whatever the data.
    """

    sizes: tuple[int, ...]
    medians: tuple[Interval, ...]
    left_out: Mapping[int, str]
    slope: Interval
    local: tuple[Interval, ...]
    knot: int | None
    before: Interval
    after: Interval
    change: Interval
    statistic: float
    p: float
    halves: Interval


def exponents(
    times: Mapping[int, Sequence[float]],
    *,
    resolution: Mapping[int, float] | float | None = None,
    level: float = 0.05,
    resamples: int = 999,
    seed: int = 0,
) -> Exponents:
    """Test whether ln(median time) bends as a function of ln n.

    A straight line, which is one power law, is set against two that meet at a knot, one of the
    inner sizes, whichever fits best. Both are fitted by least squares, weighted by the variances
    of the ln medians (Maritz, Jarrett 1978). The p-value of the better fit is that of a bootstrap
    under the straight line: at every size trials are drawn with replacement, and their median,
    with a variance of its own, is put as far from the line as it is from the data's median. That
    counts the choice of the knot in. Intervals are percentiles of the bootstrap around the data;
    those of ``before``, ``after`` and ``change`` hold the knot.

    The answer is ``yes`` if the bend is significant and upwards; ``no`` if it is significant and
    downwards, or if it is not significant and the interval of ``halves`` lies below
    :data:`SMALL`; else ``undecided``.

    Args:
        times: for every n the times to success of its trials, infinite where there was none.
        resolution: every how many steps a trial was looked at whether it had succeeded, for all n
            or for each; 0 for times that are measured. None is 1 for whole times and 0 for others.
            Errors of medians count it in, see :func:`.medians.log_median`.
        level: chance of finding a bend where there is none, in (0, 1).
        resamples: bootstrap samples.
        seed: names them.

    Raises:
        InvalidInput: a size below 1, a time that is not positive, a resolution below 0 or
            none for one of the sizes, a level outside of (0, 1), or
            too few resamples to reject at this level.
    """
    check_level(level, resamples)
    trials = {n: _checked(n, times[n]) for n in sorted(times)}
    steps = {n: _resolution(n, values, resolution) for n, values in trials.items()}
    refused = {n: why_not(values, level) for n, values in trials.items()}
    left_out = {n: reason for n, reason in refused.items() if reason}
    sizes = tuple(n for n in trials if n not in left_out)
    medians = tuple(median_interval(trials[n], level=1 - level) for n in sizes)
    if len(sizes) < FEWEST_SIZES:
        return _too_few(sizes, medians, left_out)

    points = [
        log_median(trials[n], resamples, generator("exponents", seed, n), steps[n]) for n in sizes
    ]
    law = _Law(sizes, points, level)
    statistic, p, knot = law.bend()
    before, after, change = law.two_powers(knot)
    halves = law.two_powers(law.middle)[2]
    answer: Answer = "undecided"
    if p <= level:
        answer = "yes" if change.estimate > 0 else "no"
    elif halves.high < SMALL:
        answer = "no"
    slope = law.power()
    return Exponents(
        question=QUESTION,
        answer=answer,
        sentence=_sentence(
            answer, slope, (before, after, change), halves, sizes[knot], p, level, left_out
        ),
        sizes=sizes,
        medians=medians,
        left_out=left_out,
        slope=slope,
        local=law.local(),
        knot=sizes[knot],
        before=before,
        after=after,
        change=change,
        statistic=statistic,
        p=p,
        halves=halves,
    )


class _Law:
    """Medians over sizes on logarithmic scales, and the laws fitted to them.

    Args:
        sizes: the n, ascending.
        points: the ln median at each.
        level: one less the coverage of the intervals.
    """

    def __init__(self, sizes: Sequence[int], points: Sequence[LogMedian], level: float) -> None:
        self._x = np.log(np.asarray(sizes, dtype=np.float64))
        self._level = level
        self._data = np.array([[point.value for point in points]])  # (1, sizes)
        self._variances = np.array([[point.variance for point in points]])
        self._errors = np.stack([point.errors for point in points], axis=1)  # (B, sizes)
        self._error_variances = np.stack([point.error_variances for point in points], axis=1)
        x = self._x
        self.middle = 1 + int(np.argmin(np.abs(x[1:-1] - (x[0] + x[-1]) / 2)))

    def bend(self) -> tuple[float, float, int]:
        """By how much a bend fits better than a line, its p-value, and where the knot is."""
        statistic, knot = _gain(self._x, self._data, self._variances)
        line, _ = weighted_fit(_design(self._x), self._data, self._variances)
        drawn = line @ _design(self._x).T + self._errors
        statistics, _ = _gain(self._x, drawn, self._error_variances)
        reached = np.sum(statistics >= statistic[0] - 1e-9)
        return float(statistic[0]), float(1 + reached) / (1 + len(drawn)), int(knot[0])

    def power(self) -> Interval:
        """The exponent of the best single power law."""
        own, drawn = self._coefficients(_design(self._x))
        return self._interval(own[1], drawn[:, 1])

    def two_powers(self, knot: int) -> tuple[Interval, Interval, Interval]:
        """Exponents before and after the knot, and their difference."""
        own, drawn = self._coefficients(_design(self._x, knot))
        return (
            self._interval(own[1], drawn[:, 1]),
            self._interval(own[1] + own[2], drawn[:, 1] + drawn[:, 2]),
            self._interval(own[2], drawn[:, 2]),
        )

    def local(self) -> tuple[Interval, ...]:
        """Exponents between neighbouring sizes."""
        own = np.diff(self._data[0]) / np.diff(self._x)
        drawn = np.diff(self._data + self._errors, axis=1) / np.diff(self._x)
        return tuple(self._interval(own[i], drawn[:, i]) for i in range(len(own)))

    def _coefficients(self, design: Floats) -> tuple[Floats, Floats]:
        own, _ = weighted_fit(design, self._data, self._variances)
        drawn, _ = weighted_fit(design, self._data + self._errors, self._variances)
        return own[0], drawn

    def _interval(self, estimate: float, drawn: Floats) -> Interval:
        low, high = np.quantile(drawn, [self._level / 2, 1 - self._level / 2])
        return Interval(float(estimate), float(low), float(high))


def weighted_fit(design: Floats, values: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Weighted least squares, many at once.

    Args:
        design: ``(points, columns)``.
        values: ``(B, points)``.
        variances: ``(B, points)`` or ``(1, points)``.

    Returns:
        Coefficients ``(B, columns)`` and the sums of squared residuals over variances ``(B,)``.
    """
    root = 1 / np.sqrt(variances)
    weighted = root[:, :, np.newaxis] * design
    normal = np.swapaxes(weighted, 1, 2) @ weighted
    right = np.swapaxes(weighted, 1, 2) @ (root * values)[:, :, np.newaxis]
    coefficients = np.asarray(np.linalg.solve(normal, right)[:, :, 0])
    misfit = np.sum((root * (values - coefficients @ design.T)) ** 2, axis=1)
    return coefficients, np.asarray(misfit)


def _design(x: Floats, knot: int | None = None) -> Floats:
    """Columns 1, x less its mean and, with a knot, max(x - x_knot, 0)."""
    columns = [np.ones_like(x), x - x.mean()]
    if knot is not None:
        columns.append(np.maximum(x - x[knot], 0))
    return np.stack(columns, axis=1)


def _gain(x: Floats, values: Floats, variances: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """By how much the best bend fits better than a line ``(B,)``, and its knot ``(B,)``."""
    _, straight = weighted_fit(_design(x), values, variances)
    bent = [weighted_fit(_design(x, knot), values, variances)[1] for knot in range(1, len(x) - 1)]
    misfits = np.stack(bent)
    return straight - misfits.min(axis=0), 1 + np.argmin(misfits, axis=0)


def _checked(n: int, times: Sequence[float]) -> Floats:
    values = np.asarray(times, dtype=np.float64)
    if n < 1:
        raise InvalidInput(f"n must be at least 1, got {n}")
    if values.ndim != 1:
        raise InvalidInput(f"times at n = {n} must be a list of numbers, got shape {values.shape}")
    if not (values > 0).all():
        raise InvalidInput(f"times at n = {n} must be positive, got {values[~(values > 0)][0]:g}")
    return values


def _resolution(n: int, times: Floats, given: Mapping[int, float] | float | None) -> float:
    """The steps between two looks at the trials of one size."""
    if isinstance(given, Mapping):
        if n not in given:
            raise InvalidInput(f"resolution must name every n, got none for n = {n}")
        given = given[n]
    if given is None:
        finite = times[np.isfinite(times)]
        return float((finite == np.floor(finite)).all())
    if not 0 <= given < math.inf:
        raise InvalidInput(f"resolution must be at least 0 and finite, got {given}")
    return float(given)


def _sentence(
    answer: Answer,
    slope: Interval,
    powers: tuple[Interval, Interval, Interval],
    halves: Interval,
    knot: int,
    p: float,
    level: float,
    left_out: Mapping[int, str],
) -> str:
    before, after, change = powers
    if p <= level:
        turn = "rises" if answer == "yes" else "falls"
        text = (
            f"The exponent {turn} from {before.estimate:z.2f} below n = {knot} to "
            f"{after.estimate:z.2f} above (p = {p:.2g}), by {_shown(change, level)}."
        )
    else:
        end = f", less than {SMALL:g}" if answer == "no" else ": more trials or sizes would decide"
        text = (
            f"One power law is not rejected (p = {p:.2g}), with exponent {_shown(slope, level)}; "
            f"from the lower to the upper half of the sizes the exponent rises by "
            f"{_shown(halves, level)}{end}."
        )
    return text + _omissions(left_out)


def _shown(interval: Interval, level: float) -> str:
    return (
        f"{interval.estimate:z.2f} ({100 * (1 - level):g} % interval {interval.low:z.2f} to "
        f"{interval.high:z.2f})"
    )


def _omissions(left_out: Mapping[int, str]) -> str:
    return "".join(f" Without n = {n}: {reason}." for n, reason in left_out.items())


def _too_few(
    sizes: tuple[int, ...], medians: tuple[Interval, ...], left_out: Mapping[int, str]
) -> Exponents:
    unknown = Interval(math.nan, math.nan, math.nan)
    return Exponents(
        question=QUESTION,
        answer="undecided",
        sentence=(
            f"Medians at {FEWEST_SIZES} sizes at least are needed to see a bend, and there are "
            f"{len(sizes)}.{_omissions(left_out)}"
        ),
        sizes=sizes,
        medians=medians,
        left_out=left_out,
        slope=unknown,
        local=(),
        knot=None,
        before=unknown,
        after=unknown,
        change=unknown,
        statistic=math.nan,
        p=math.nan,
        halves=unknown,
    )
