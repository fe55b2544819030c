"""The course of a trial, and what an onlooker knows of many of them at one step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.problems.errors import InvalidInput

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """What one trial went through.

    Attributes:
        steps: ``(M,)`` ascending, when the columns were recorded.
        measure: ``(M,)`` the measure of progress, such as ||w_t - w_0||_inf.
        loss: ``(M,)`` the training loss.
        time: steps spent.
        solved: whether the trial succeeded at that time.

    Raises:
        InvalidInput: the columns do not match, or their steps do not ascend.
    """

    steps: FloatArray
    measure: FloatArray
    loss: FloatArray
    time: float
    solved: bool

    def __post_init__(self) -> None:
        for name in ("steps", "measure", "loss"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        shapes = [self.steps.shape, self.measure.shape, self.loss.shape]
        if self.steps.ndim != 1 or len(set(shapes)) > 1:
            raise InvalidInput(
                f"steps, measure and loss must be lists of one length, got shapes {shapes}"
            )
        if not (len(self.steps) and np.all(np.diff(self.steps) > 0)):
            raise InvalidInput(f"steps must ascend and not be empty, got {self.steps}")

    def at(self, step: float) -> tuple[float, float]:
        """Measure and loss as an onlooker at ``step`` knows them: last recorded by then."""
        last = int(np.searchsorted(self.steps, step, side="right")) - 1
        if last < 0:
            return math.nan, math.nan
        return float(self.measure[last]), float(self.loss[last])


@dataclass(frozen=True)
class Running:
    """The trials under way at a step whose measure and loss are finite there, ``(N,)`` each.

    Attributes:
        step: when.
        measure, loss: as known at the step.
        left: ln(time - step).
        solved: whether the trial succeeded in the end.
    """

    step: int
    measure: FloatArray
    loss: FloatArray
    left: FloatArray
    solved: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.left)

    @classmethod
    def at(cls, courses: Sequence[Course], step: int) -> Running:
        """Those of ``courses`` whose time is above ``step``."""
        under_way = [course for course in courses if course.time > step]
        known = np.array([course.at(step) for course in under_way]).reshape(-1, 2)
        finite = np.isfinite(known).all(axis=1)
        time = np.array([course.time for course in under_way], dtype=np.float64)
        solved = np.array([course.solved for course in under_way], dtype=np.bool_)
        measure, loss = known[finite].T
        return cls(step, measure, loss, np.log(time[finite] - step), solved[finite])
