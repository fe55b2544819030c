"""Runs an experiment: what its store lacks, every end stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from parity_compare import environment
from parity_compare.execution.trials import run_trials, threads_restored
from parity_compare.experiment import Experiment
from parity_compare.results import Record, Results
from parity_compare.spec import TrialSpec
from parity_compare.store import Store

Progress = Callable[[Record], None]
"""Called with every trial that a run has finished, in order."""


def run_experiment(
    experiment: Experiment,
    store: Store,
    *,
    progress: Progress | None = None,
) -> Results:
    """Run the trials of an experiment that its store lacks, and return all of the experiment's.

    Every trial is stored the moment it ends, so an interruption loses the running one only.

    Args:
        experiment: what to run.
        store: where finished trials are kept.
        progress: told of every finished trial.
    """
    specs = list(experiment.specs())
    finished = store.finished()
    missing = [spec for spec in specs if spec.key not in finished]
    if missing:
        store.begin_session(environment.describe())
        with threads_restored():
            for group in _groups(missing):
                for record in run_trials(group):
                    store.add(record)
                    if progress is not None:
                        progress(record)
    return store.results(spec.key for spec in specs)


def _groups(specs: Sequence[TrialSpec]) -> Iterator[list[TrialSpec]]:
    """What is run together: a cell's batched trials, and every other trial alone."""
    batches: dict[tuple[object, ...], list[TrialSpec]] = {}
    for spec in specs:
        if spec.batched:
            cell = (
                *(spec.learner, spec.device, spec.n, spec.k, spec.noise, spec.samples),
                spec.variant,
            )
            batches.setdefault(cell, []).append(spec)
    for spec in specs:
        if not spec.batched:
            yield [spec]
    yield from batches.values()
