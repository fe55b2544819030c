"""From trials to the arrays that the tests of mechanism take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from parity_compare.mechanism.course import Course
from parity_compare.problems.errors import InvalidInput
from parity_compare.results import Record

PROGRESS = "progress"
"""The hidden progress measure of an onlooker who does not know S: the larger of the two below."""
_PARTS = ("progress_relevant", "progress_irrelevant")


def times(
    records: Sequence[Record],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Steps that the trials spent, and whether they succeeded: ``(T,)`` each.

    A step is an iteration of the learner's own loop: an update, a candidate subset, a pivot (see
    :class:`parity_compare.algorithms.outcome.Cost`). A trial without success is censored at what it
    spent, whatever ended it. A trial that made no step counts one, for it has no logarithm.
    """
    spent = np.array([max(record.cost.steps, 1) for record in records], dtype=np.float64)
    return spent, np.array([record.solved for record in records], dtype=np.bool_)


def resolution(records: Sequence[Record]) -> float:
    """Steps between two looks whether a trial has succeeded: ``check_every``, 1 for other learners.

    The largest among the trials; :func:`parity_compare.mechanism.exponents` counts it in.
    """
    found = [record.spec.parameters.get("check_every") for record in records]
    return max((float(every) for every in found if isinstance(every, int)), default=1.0)


def groups(records: Sequence[Record]) -> npt.NDArray[np.intp]:
    """Numbers ``(T,)`` that trials with one secret and start share."""
    numbers: dict[tuple[int, int], int] = {}
    return np.array(
        [numbers.setdefault(_start(record), len(numbers)) for record in records], dtype=np.intp
    )


def independent(records: Sequence[Record]) -> list[Record]:
    """The first trial of every start: trials that share one are not independent."""
    return list({_start(record): record for record in reversed(records)}.values())[::-1]


def courses(records: Sequence[Record], measure: str = PROGRESS) -> list[Course]:
    """What the trials went through, for :func:`parity_compare.mechanism.foretells`.

    Args:
        records: trials with traces; see :func:`independent` for trials with replays.
        measure: ``progress``, which is ||w_t - w_0||_inf over all input weights, or a column of the
            traces with one number per moment, such as ``progress_relevant`` or ``fourier_gap``.

    Raises:
        InvalidInput: a trace lacks the measure.
    """
    return [_course(record, measure) for record in records]


def _course(record: Record, measure: str) -> Course:
    trace = record.trace
    needed = ("step", "loss", *(_PARTS if measure == PROGRESS else (measure,)))
    for name in needed:
        if name not in trace:
            known = ", ".join(trace.columns) or "nothing"
            raise InvalidInput(
                f"measure {measure!r} needs the column {name!r} in the trace of every trial, "
                f"got {known}"
            )
    columns = {name: np.asarray(trace[name], dtype=np.float64) for name in needed}
    # Where every coordinate is in S, nothing has moved outside, and the trace has nan there.
    values = np.fmax(*(columns[name] for name in _PARTS)) if measure == PROGRESS else None
    return Course(
        steps=columns["step"],
        measure=columns[measure] if values is None else values,
        loss=columns["loss"],
        time=float(record.cost.steps),
        solved=record.solved,
    )


def _start(record: Record) -> tuple[int, int]:
    return record.spec.seed, record.spec.group
