"""When a network on a fixed list of examples fits the list, and when it learns the parity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.reproduction.measures import exact_median
from parity_compare.reproduction.plots import Point
from parity_compare.results import Record
from parity_compare.statistics import Interval

FITTED = 0.1
"""Training loss, of three recorded batches on average, from which the list counts as fitted."""
GENERALISED = 0.1
"""Error on clean examples from which on the parity counts as learned."""
PROMPT, LATE = 1.25, 2.0
"""Delays up to the first count as none, from the second on as grokking."""
_SMOOTHED = 3


@dataclass(frozen=True)
class Course:
    """The two times of one trial, in steps; infinite where they never came.

    Attributes:
        fitted: first recorded step from which the mean hinge loss of three recorded batches in a
            row is below :data:`FITTED`.
        generalised: first recorded step with an error on clean examples below
            :data:`GENERALISED`.
        length: the last recorded step.
    """

    fitted: float
    generalised: float
    length: float

    @property
    def delay(self) -> float:
        """How many times longer it took to generalise than to fit; 1 at least.

        It is infinite where the trial fitted and never generalised, and nan where it did neither.
        Recorded steps are 7 % apart, so 1.07 is hardly a delay.
        """
        if math.isinf(self.generalised):
            return math.nan if math.isinf(self.fitted) else math.inf
        return max(1.0, self.generalised / max(1.0, self.fitted))


def course(record: Record) -> Course:
    """The times of a trial with the columns ``step``, ``loss`` and ``error`` in its trace."""
    step = np.asarray(record.trace["step"], dtype=np.float64)
    loss = np.asarray(record.trace["loss"], dtype=np.float64)
    error = np.asarray(record.trace["error"], dtype=np.float64)
    size = min(_SMOOTHED, len(loss))
    smooth = np.convolve(loss, np.full(size, 1 / size), mode="valid") if size else loss
    return Course(
        fitted=_first(step[: len(smooth)], smooth < FITTED),
        generalised=_first(step, error < GENERALISED),
        length=float(step[-1]) if len(step) else 0.0,
    )


def _first(steps: npt.NDArray[np.float64], holds: npt.NDArray[np.bool_]) -> float:
    places = np.flatnonzero(holds)
    return float(steps[places[0]]) if len(places) else math.inf


def generalised(records: Sequence[Record]) -> int:
    """How many trials learned the parity."""
    return sum(math.isfinite(course(record).generalised) for record in records)


def memorised(records: Sequence[Record]) -> int:
    """How many trials fitted their list without ever learning the parity."""
    return sum(math.isinf(course(record).delay) for record in records)


def median_delay(records: Sequence[Record], *, level: float = 0.95) -> Interval:
    """The median delay with its exact interval, over the trials that fitted or generalised.

    The trials are to be independent: of other numbers, hence with other secrets.
    """
    return exact_median(_known_delays(records), level=level)


def delay_by_number(records: Sequence[Record]) -> list[float]:
    """For every trial number the median of its known delays.

    Trials of one number share secret, list and start, whatever the decay: they are one experiment.
    """
    numbered: dict[int, list[Record]] = {}
    for record in records:
        numbered.setdefault(record.spec.trial, []).append(record)
    medians = [median_delay(mine).estimate for mine in numbered.values()]
    return [median for median in medians if not math.isnan(median)]


def _known_delays(records: Sequence[Record]) -> list[float]:
    delays = [course(record).delay for record in records]
    return [delay for delay in delays if not math.isnan(delay)]


def median_courses(records: Sequence[Record], panel: str) -> list[Point]:
    """Medians over trials of batch loss and test error, at the steps that any trial recorded.

    A trial that ended as a parity counts on with the values that it ended with.
    """
    steps = np.unique(np.concatenate([np.asarray(r.trace["step"], np.float64) for r in records]))
    points = []
    for series, column in (("training loss", "loss"), ("test error", "error")):
        values = []
        for record in records:
            own = np.asarray(record.trace["step"], np.float64)
            held = np.searchsorted(own, steps, side="right") - 1
            values.append(np.asarray(record.trace[column], np.float64)[np.maximum(held, 0)])
        middle = np.median(np.array(values), axis=0)
        points += [
            Point(series, float(step), float(value), panel=panel)
            for step, value in zip(steps, middle, strict=True)
        ]
    return points
