"""Does hidden progress foretell the time to success?

A hidden progress measure is a function of the training state that depends on the time which is
left, given that training has come so far (Barak et al. 2022, section 5). Here: from the measure at
a step t, what time is left is predicted for trials that the prediction was not fitted on, and the
same from the loss, which is all that an onlooker of the training sees.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from parity_compare.mechanism.control import Control, against
from parity_compare.mechanism.course import Course, Running
from parity_compare.mechanism.verdict import Answer, Verdict, check_level
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.seeding import generator
from parity_compare.statistics import Interval

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""The curve is taken at these shares of the median time."""
DECISIVE = 0.5
"""The verdict rests on this one, chosen beforehand, so that no choice among many flatters it."""
FEWEST_COURSES = 20
FOLDS = 10
MOST_CENSORED = 0.1
"""Share of trials without success above which no question about the time left is answered."""
NEGLIGIBLE = 0.1
"""A measure that surely explains less than this share of the variance foretells nothing."""

QUESTION = "Does hidden progress foretell the time left better than the loss does?"

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Moment:
    """How much of the variance of ln(time left) is foretold at one step.

    Attributes:
        step: when.
        running: trials that were still under way, which all of this is about.
        measure, loss: held-out R^2 from either, with bootstrap intervals.
    """

    step: int
    running: int
    measure: Interval
    loss: Interval


@dataclass(frozen=True)
class Foretelling(Verdict):
    """What the measure foretells, and what the loss.

    Attributes:
        step: where the verdict was taken.
        running: trials still under way there.
        censored: share of those that ended without success; they count at the time they spent.
        measure, loss: held-out R^2 of ln(time left) from either, with bootstrap intervals.
        difference: the first minus the second.
        p, p_loss: permutation p-values; the hypothesis is that either foretells nothing.
        curve: the same along the trials.
        control: the comparison with coin tosses, where such trials were given.
    """

    step: int
    running: int
    censored: float
    measure: Interval
    loss: Interval
    difference: Interval
    p: float
    p_loss: float
    curve: tuple[Moment, ...]
    control: Control | None = field(default=None)


def foretells(
    courses: Sequence[Course],
    control: Sequence[Course] | None = None,
    *,
    level: float = 0.05,
    resamples: int = 999,
    seed: int = 0,
) -> Foretelling:
    """Predict ln(time left) from the measure at a step, and from the loss there.

    At a step t, the trials under way are those with time > t whose measure and loss are finite. A
    line is fitted to ln(time - t) by least squares, on ln of the measure if it is positive in
    all of them, else on the measure; likewise for the loss. Each of :data:`FOLDS` folds is
    predicted from the others, and

        R^2 = 1 - sum (y - prediction)^2 / sum (y - mean of the other folds)^2,

    which is about 0, or just below, if the measure says nothing. Intervals resample trials with
    their held-out errors, those of measure and loss together; p-values permute the times left.

    The verdict is taken at :data:`DECISIVE` of the median time. It is "yes" if the measure's p is
    at most ``level`` and its R^2 exceeds that of the loss by an interval above 0; "no" if the
    interval of R^2 lies below :data:`NEGLIGIBLE`, or that of the difference below 0; else
    "undecided", as it is if more than :data:`MOST_CENSORED` of the trials did not succeed: they
    enter at the time they spent, which lies below their time to success.

    Args:
        courses: independent trials: one of each start, if starts were replayed.
        control: trials of the same learner on labels that are coin tosses.
        level: one minus the intervals' confidence, and the level of the tests.
        resamples: permutations, and bootstrap samples.
        seed: names the folds, permutations and samples.

    Raises:
        InvalidInput: fewer than :data:`FEWEST_COURSES` courses are under way where the verdict is
            taken, or fewer than :data:`~parity_compare.mechanism.control.FEWEST_CONTROLS` controls
            given, or the level is out of range or of reach.
    """
    check_level(level, resamples)
    if len(courses) < FEWEST_COURSES:
        raise InvalidInput(
            f"courses must number at least {FEWEST_COURSES} to foretell anything, "
            f"got {len(courses)}"
        )
    median = float(np.median([course.time for course in courses]))
    step = max(1, math.floor(DECISIVE * median))
    running = Running.at(courses, step)
    if len(running) < FEWEST_COURSES:
        raise InvalidInput(
            f"courses must number at least {FEWEST_COURSES} at step {step}, half the median time, "
            f"got {len(running)}"
        )
    steps = sorted({max(1, math.floor(share * median)) for share in SHARES})
    curve = [
        _moment(there, level, resamples, seed)[0]
        for there in (Running.at(courses, when) for when in steps)
        if len(there) >= FEWEST_COURSES
    ]
    compared = None
    if control is not None:
        compared = against(courses, control, [moment.step for moment in curve], level)
    decisive, difference = _moment(running, level, resamples, seed)
    found = Foretelling(
        QUESTION,
        "undecided",
        "",
        step=step,
        running=len(running),
        censored=1 - float(running.solved.mean()),
        measure=decisive.measure,
        loss=decisive.loss,
        difference=difference,
        p=_permutation_p(running.measure, running.left, resamples, seed),
        p_loss=_permutation_p(running.loss, running.left, resamples, seed),
        curve=tuple(curve),
        control=compared,
    )
    answer, sentence = _judge(found, level)
    return replace(found, answer=answer, sentence=sentence)


def _held_out(values: FloatArray, targets: FloatArray, seed: int) -> FloatArray:
    """Errors ``(2, N, P)`` of predicting the columns of ``targets`` for trials not fitted on.

    The first are those of a line in ``values`` ``(N,)``, the second those of a constant.
    """
    feature = np.log(values) if np.all(values > 0) else values
    # Centred, so that the line through a feature that does not vary is level.
    design = np.stack([np.ones(len(feature)), feature - feature.mean()], axis=1)
    fold = generator("folds", seed).permutation(len(feature)) % FOLDS
    errors = np.empty((2, *targets.shape))
    for held_out in (fold == number for number in range(FOLDS)):
        known = targets[~held_out]
        line = np.linalg.lstsq(design[~held_out], known)[0]
        errors[0, held_out] = targets[held_out] - design[held_out] @ line
        errors[1, held_out] = targets[held_out] - known.mean(axis=0)
    return errors


def _explained(squares: FloatArray) -> FloatArray:
    """R^2 ``(...)`` from sums of squared errors ``(2, ...)``; nan where nothing varies."""
    line, constant = squares
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(constant > 0, 1 - line / constant, math.nan)


def _moment(running: Running, level: float, resamples: int, seed: int) -> tuple[Moment, Interval]:
    """R^2 of measure and loss at one step, and their difference."""
    targets = running.left[:, np.newaxis]
    squares = [
        _held_out(values, targets, seed)[..., 0] ** 2 for values in (running.measure, running.loss)
    ]
    count = len(running)
    # How often each trial is drawn: (resamples, N).
    drawn = generator("bootstrap trials", seed).multinomial(
        count, np.full(count, 1 / count), resamples
    )
    measure, loss = (float(_explained(square.sum(axis=1))) for square in squares)
    measures, losses = (_explained(square @ drawn.T) for square in squares)
    intervals = (
        _percentiles(estimate, samples, level)
        for estimate, samples in (
            (measure, measures),
            (loss, losses),
            (measure - loss, measures - losses),
        )
    )
    of_measure, of_loss, difference = intervals
    return Moment(running.step, count, of_measure, of_loss), difference


def _percentiles(estimate: float, samples: FloatArray, level: float) -> Interval:
    low, high = np.quantile(samples, [level / 2, 1 - level / 2])
    return Interval(estimate, float(low), float(high))


def _permutation_p(values: FloatArray, left: FloatArray, resamples: int, seed: int) -> float:
    """Share of permutations, the identity included, whose R^2 is at least the observed one."""
    if np.ptp(left) == 0:
        return 1.0
    rng = generator("permuted times", seed)
    orders = np.array(
        [np.arange(len(left)), *(rng.permutation(len(left)) for _ in range(resamples))]
    )
    shares = _explained((_held_out(values, left[orders.T], seed) ** 2).sum(axis=1))
    return float(np.mean(shares >= shares[0] - 1e-12))


def _judge(found: Foretelling, level: float) -> tuple[Answer, str]:
    measure, loss, difference = found.measure, found.loss, found.difference
    if math.isnan(measure.estimate):
        return (
            "undecided",
            f"All {found.running} trials under way at step {found.step} ended at once.",
        )
    statistic = (
        f"At step {found.step}, half the median time, the measure foretells {measure.estimate:.2f} "
        f"of the variance of ln(time left) among {found.running} trials "
        f"({100 * (1 - level):g} % interval {measure.low:.2f} to {measure.high:.2f}, "
        f"p = {found.p:.2g}), the loss {loss.estimate:.2f} ({loss.low:.2f} to {loss.high:.2f}, "
        f"p = {found.p_loss:.2g}); the difference is {difference.estimate:.2f} "
        f"({difference.low:.2f} to {difference.high:.2f})"
    )
    lost = (
        f"{100 * found.censored:.2g} % of the trials did not succeed and count at the time they "
        "spent"
    )
    if found.censored > MOST_CENSORED:
        return "undecided", f"{statistic}, but {lost}."
    if found.censored:
        statistic = f"{statistic}; {lost}"
    if found.p <= level and difference.low > 0:
        return "yes", f"{statistic}."
    if difference.high < 0:
        return "no", f"{statistic}: the loss foretells more."
    if measure.high < NEGLIGIBLE:
        return "no", f"{statistic}: the measure foretells next to nothing."
    if found.p <= level:
        return "undecided", f"{statistic}: it does foretell, but whether better cannot be told."
    return "undecided", f"{statistic}: more trials would decide."
