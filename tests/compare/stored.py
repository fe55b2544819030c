"""Made-up trials for the tests of the store, each of a spec of its own."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from parity_compare.algorithms.outcome import Cost, Status, Trace
from parity_compare.experiment import Experiment
from parity_compare.results import Record
from parity_compare.spec import TrialSpec
from parity_compare.storage.store import Store

ENVIRONMENT = {"python": "3.12.1", "processor": "Imaginary CPU @ 3 GHz"}


@cache
def specs(learner: str = "gf2", count: int = 2000) -> tuple[TrialSpec, ...]:
    """The specs of one cell."""
    experiment = Experiment(learners=(learner,), n=(30,), k=(3,), seconds=60.0, trials=count)
    return tuple(experiment.specs())


def record(trial: int, learner: str = "gf2", *, cost: Any = None, **changes: Any) -> Record:
    """A solved trial; ``cost`` and ``changes`` replace values."""
    spec = specs(learner)[trial]
    secret = tuple(sorted(random.Random(trial).sample(range(spec.n), 3)))
    whole = Record(
        spec=spec,
        access="sample",
        side_information="k",
        timing="single",
        status=str(Status.FOUND),
        solved=True,
        criterion="support",
        accuracy=1.0,
        support=secret,
        secret=secret,
        cost=replace(Cost(1e-3 * (trial + 1), 62, 0, 30, 930.0, "word XOR", 4096), **(cost or {})),
        message="62 equations of full rank 30: the solution is unique.",
    )
    return replace(whole, **changes)


def failed(trial: int, status: Status = Status.ERROR, **changes: Any) -> Record:
    """A trial that ended otherwise."""
    facts = {
        "status": str(status), "solved": False, "criterion": "none", "accuracy": math.nan,
        "support": None, "message": status.advice,
    }  # fmt: skip
    return record(trial, **{**facts, **changes})


def trace(moments: int = 5) -> Trace:
    """A short course with everything that traces may hold."""
    step = np.arange(moments)
    return Trace(
        {
            "step": step,
            "seconds": 1e-3 * step,
            "loss": np.linspace(1, 0, moments),
            "error": np.linspace(0.5, 0, moments),
            "progress_relevant": np.linspace(0, 1, moments),
            "progress_irrelevant": np.full(moments, math.nan),
            "weights": np.outer(step, np.ones(30)).astype(np.float64),
        }
    )


def same(one: Record, other: Record) -> bool:
    """Whether two records agree in everything, traces and missing accuracies included."""
    names = set(one.trace.columns)
    return (
        one.row() == other.row()
        and one.spec == other.spec
        and names == set(other.trace.columns)
        and all(
            one.trace[name].dtype == other.trace[name].dtype
            and np.array_equal(one.trace[name], other.trace[name], equal_nan=True)
            for name in names
        )
    )


def all_same(one: Sequence[Record], other: Sequence[Record]) -> bool:
    """Whether two lists of records agree in everything and in their order."""
    return len(one) == len(other) and all(map(same, one, other))


def ten_trials(folder: Path) -> Path:
    """Make a store with ten trials of one session that has ended."""
    with Store(folder) as store:
        store.begin_session(ENVIRONMENT, planned={"gf2": 12}, already={"gf2": 2})
        for trial in range(10):
            store.add(record(trial))
        store.end_session("done")
    return folder
