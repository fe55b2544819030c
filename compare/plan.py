"""What a run would do, and what that would take: nothing is run and nothing written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from parity_compare.calibration import (
    Calibration,
    Prediction,
    forecast_of,
    representative,
)
from parity_compare.execution import memory
from parity_compare.execution.jobs import cell, group_trials
from parity_compare.execution.resources import Resources
from parity_compare.experiment import Experiment
from parity_compare.spec import TrialSpec
from parity_compare.storage.store import Store

_ASIDE = 2e-3  # seconds beside a trial's clock, of a learner that nothing is known of


@dataclass(frozen=True)
class CellPlan:
    """One learner on one device against one kind of instance.

    Attributes:
        spec: the first of its trials.
        trials: how many there are.
        to_do: how many of them would be run.
        prediction: the seconds of one.
        operations: expected number, None for unknown.
        operations_unit: of what.
        memory: bytes of one worker's largest batch, or of one trial, None for unknown.
        batch: trials that would be trained together, 1 for each alone.
        aside: seconds that one takes beside its clock.
    """

    spec: TrialSpec
    trials: int
    to_do: int
    prediction: Prediction
    operations: float | None
    operations_unit: str
    memory: int | None
    batch: int = 1
    aside: float = 0.0

    @property
    def done(self) -> int:
        """How many trials would not be run, since the store has them."""
        return self.trials - self.to_do

    @property
    def seconds(self) -> float | None:
        """Of all its trials to do, one after the other and all in all; None for unknown."""
        one = self.prediction.seconds
        return 0.0 if not self.to_do else None if one is None else (one + self.aside) * self.to_do

    @property
    def most_seconds(self) -> float:
        """The same, the unknown ones at their limit on seconds; inf where there is none."""
        known, limit = self.seconds, self.spec.seconds
        if known is not None:
            return known
        return math.inf if limit is None else (limit + self.aside) * self.to_do


@dataclass(frozen=True)
class Plan:
    """What a run would do.

    Attributes:
        cells: all cells of the experiment.
        workers: how many share the work; None for all that a cluster has.
        total_seconds: limit on the whole run, None for none.
        worker_memory: limit on each worker's bytes, None for none.
    """

    cells: tuple[CellPlan, ...]
    workers: int | None
    total_seconds: float | None = None
    worker_memory: int | None = None

    @property
    def trials(self) -> int:
        """How many there are."""
        return sum(cell.trials for cell in self.cells)

    @property
    def to_do(self) -> int:
        """How many would be run."""
        return sum(cell.to_do for cell in self.cells)

    @property
    def unknown(self) -> int:
        """How many of those nobody can predict."""
        return sum(cell.to_do for cell in self.cells if cell.seconds is None)

    @property
    def seconds(self) -> float:
        """Wall-clock seconds of the trials that can be predicted, shared evenly by the workers."""
        known = (cell.seconds for cell in self.cells)
        return sum(seconds for seconds in known if seconds is not None) / (self.workers or 1)

    @property
    def most_seconds(self) -> float:
        """The same with all the others at their limits; inf if one of them has none."""
        return sum(cell.most_seconds for cell in self.cells) / (self.workers or 1)

    @property
    def is_bound(self) -> bool:
        """Whether some trials are predicted at their limit, and may end sooner."""
        return any(cell.to_do and cell.prediction.capped for cell in self.cells)

    @property
    def memory(self) -> int:
        """Bytes of all workers together, when each has its largest work; of one, if their number
        is not known."""
        running = [cell for cell in self.cells if cell.to_do]
        largest = max((cell.memory or 0 for cell in running), default=0)
        return (self.workers or 1) * (memory.WORKER + largest) if running else 0


def plan(
    experiment: Experiment,
    store: Store,
    resources: Resources,
    *,
    retry_errors: bool = True,
    force: bool = False,
) -> Plan:
    """What :func:`.execution.runner.run_experiment` would do with the same arguments.

    Predictions rest on the finished trials of the store, whatever experiment they were run for.

    Args:
        experiment: what would be run.
        store: what is there already.
        resources: by what means.
        retry_errors: whether trials on record as ``error`` are run again.
        force: whether all trials are run again.
    """
    finished = store.finished(errors=not retry_errors, force=force)
    there = store.finished()
    cells: dict[tuple[object, ...], list[TrialSpec]] = {}
    for spec in experiment.specs():
        cells.setdefault(cell(spec), []).append(spec)
    batched = [
        key
        for specs in cells.values()
        if specs[0].batched
        for key in representative(_among(specs, there))
    ]
    records = store.results(batched).records if batched else []
    calibration = Calibration(store.glimpses(), records)
    workers = resources.jobs if resources.backend == "dask" else resources.jobs or 1
    batches = sum(specs[0].batched for specs in cells.values())
    planned = tuple(
        _plan_cell(specs, finished, calibration, workers or 1, resources.memory, batches)
        for specs in cells.values()
    )
    return Plan(planned, workers, resources.total_seconds, resources.memory)


def _among(specs: Sequence[TrialSpec], there: set[str]) -> list[str]:
    """The keys of those that a store has."""
    return [key for key in (spec.key for spec in specs) if key in there] if there else []


def _plan_cell(
    specs: Sequence[TrialSpec],
    finished: set[str],
    calibration: Calibration,
    workers: int,
    limit: int | None,
    batches: int,
) -> CellPlan:
    first = specs[0]
    # Keys are hashes, which take their time; a new experiment has no use for them.
    to_do = [spec for spec in specs if spec.key not in finished] if finished else list(specs)
    forecast = forecast_of(first)
    batch = 1
    if first.batched and to_do:
        allowed = memory.batch_memory(limit, workers)
        batch = max(map(len, group_trials(to_do, workers=workers, memory=allowed, cells=batches)))
    return CellPlan(
        spec=first,
        trials=len(specs),
        to_do=len(to_do),
        prediction=calibration.predict(first, forecast),
        operations=None if forecast is None else forecast.operations,
        operations_unit=type(first.make_learner()).operations_unit,
        memory=None if forecast is None else forecast.memory * batch,
        batch=batch,
        aside=_ASIDE if forecast is None else forecast.aside,
    )
