"""Made-up trials for the tests of the studies of width, noise and grokking."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from parity_compare.algorithms.outcome import Cost, Status, Trace
from parity_compare.reproduction.claims import Claim, Examination
from parity_compare.reproduction.study import Terms
from parity_compare.results import Record, Results
from parity_compare.spec import TrialSpec

SECRET = (1, 4, 7)


def specs(learner: str, trials: int, **axes: Any) -> list[TrialSpec]:
    """The specs of one cell; ``axes`` are those of :meth:`Terms.grid`."""
    if not trials:
        return []
    return list(Terms().grid(learner, k=3, trials=trials, **axes).specs())


def record(
    spec: TrialSpec, steps: float, *, accuracy: float | None = None, trace: Trace | None = None
) -> Record:
    """A trial that took so many steps; an infinite number is a failure at the limit."""
    solved = math.isfinite(steps)
    spent = int(steps) if solved else spec.max_steps or 1
    return Record(
        spec=spec,
        access="examples",
        side_information="",
        timing="batch",
        status=str(Status.FOUND if solved else Status.TIMEOUT),
        solved=solved,
        criterion="support" if solved else "prediction",
        accuracy=accuracy if accuracy is not None else 1.0 if solved else 0.5,
        support=SECRET if solved else None,
        secret=SECRET,
        cost=Cost(1.0, 32 * spent, 0, spent, 1e6, "FLOP", 4096),
        message="",
        trace=trace or course([0, spent], [1.0, 0.0], [0.5, 0.0 if solved else 0.5]),
    )


def cell(learner: str, times: Sequence[float], *, limit: int = 1000, **axes: Any) -> list[Record]:
    """A trial for every time, infinite for a failure at the limit."""
    made = specs(learner, len(times), steps=limit, **axes)
    return [record(spec, steps) for spec, steps in zip(made, times, strict=True)]


def course(steps: Sequence[float], loss: Sequence[float], error: Sequence[float]) -> Trace:
    """A trace of three columns."""
    columns = {"step": steps, "loss": loss, "error": error}
    return Trace({name: np.array(values, dtype=np.float64) for name, values in columns.items()})


def around(median: float, count: int, spread: float = 0.1) -> list[float]:
    """Whole times about a median, ``spread`` apart on a log scale between the quartiles."""
    places = np.linspace(-1, 1, count)
    return [float(round(median * math.exp(spread * place))) for place in places]


def results(*cells: Sequence[Record]) -> Results:
    """All of their trials."""
    return Results([record for trials in cells for record in trials])


def claim(examination: Examination, name: str) -> Claim:
    """The claim of that name."""
    return next(claim for claim in examination.claims if claim.name == name)
