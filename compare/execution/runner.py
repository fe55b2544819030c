"""Runs an experiment: what its store lacks, every end stored the moment it is known."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace

from parity_compare import environment
from parity_compare.algorithms import registry
from parity_compare.algorithms.outcome import Status
from parity_compare.execution.crew import Crew, Slot
from parity_compare.execution.interrupts import INTERRUPTED, OUT_OF_TIME, Stop
from parity_compare.execution.jobs import Jobs, group_trials
from parity_compare.execution.memory import batch_memory
from parity_compare.execution.protocol import Setup
from parity_compare.execution.resources import Resources
from parity_compare.execution.splitting import worth_splitting
from parity_compare.execution.supervisor import Notice, Supervisor
from parity_compare.execution.trials import lost, run_trials, threads_restored
from parity_compare.experiment import Experiment, Programme
from parity_compare.problems.errors import InvalidInput
from parity_compare.progress import census
from parity_compare.results import Record, Results
from parity_compare.spec import TrialSpec
from parity_compare.storage.store import FORCED, Store

Progress = Callable[[Record], None]
"""Called with every trial that a run has finished, in the main thread."""


def run_experiment(
    experiment: Experiment | Programme,
    store: Store,
    *,
    resources: Resources | None = None,
    retry_errors: bool = True,
    force: bool = False,
    progress: Progress | None = None,
    notice: Notice | None = None,
    stop: Stop | None = None,
) -> Results:
    """Run the trials of an experiment that its store lacks, and return all of the experiment's.

    Every trial is stored the moment it ends, so an interruption loses the running ones only.

    Args:
        experiment: what to run, one or several.
        store: where finished trials are kept; nobody but the caller's process writes there.
        resources: by what means; by default in this process, one trial after the other.
        retry_errors: whether trials on record as ``error`` are run again.
        force: whether trials on record are run again, whatever their end; the new record replaces
            the old one. A run of that kind that was interrupted is gone on with.
        progress: told of every finished trial.
        notice: told what the user should know, such as of a worker that died.
        stop: flags that end the run early; it also says afterwards whether they did.

    Raises:
        InvalidInput: a trial cannot be set up, or the cluster cannot be used.
        RunFailed: workers cannot be started, or the cluster is lost.
    """
    resources, stop = resources or Resources(), stop or Stop()
    specs = list(experiment.specs())
    finished = store.finished(errors=not retry_errors, force=force)
    missing = [spec for spec in specs if spec.key not in finished]
    if missing:
        planned, already = census(specs, finished)
        facts = environment.describe() | ({FORCED: "yes"} if force else {})
        store.begin_session(facts, planned=planned, already=already)
        carried_out = _carry_out(missing, experiment, resources, notice or _ignore, stop)
        with _session_ended(store, stop), closing(carried_out):
            for records in carried_out:
                for record in records:
                    kept = _keep(store, record)
                    if progress is not None:
                        progress(kept)
    return store.results(spec.key for spec in specs)


@contextmanager
def _session_ended(store: Store, stop: Stop) -> Iterator[None]:
    """Record how the session ended, also where that is an exception."""
    try:
        yield
    except BaseException as error:
        with suppress(sqlite3.Error):  # it may be what failed already
            store.end_session(INTERRUPTED if isinstance(error, KeyboardInterrupt) else "failed")
        raise
    store.end_session(stop.reason or "done")


def _keep(store: Store, record: Record) -> Record:
    """Store a trial; what a learner says of itself may be nothing that a store can hold."""
    try:
        store.add(record)
    except InvalidInput as fault:
        error = lost(record.spec, Status.ERROR, f"Its record is refused: {fault}.")
        record = replace(error, timing=record.timing)
        store.add(record)
    return record


def _ignore(text: str) -> None:
    """Keep a notice to itself."""


def _carry_out(
    missing: Sequence[TrialSpec],
    experiment: Experiment | Programme,
    resources: Resources,
    notice: Notice,
    stop: Stop,
) -> Generator[Sequence[Record], None, None]:
    """The records of the missing trials, as they end; closing it ends all that runs."""
    deadline = None
    if resources.total_seconds is not None:
        deadline = time.monotonic() + resources.total_seconds
    with threads_restored():
        if resources.jobs is None and resources.scheduler is None:
            yield from _alone(missing, stop, deadline)
        else:
            with ExitStack() as stack:
                crew = _hire(missing, experiment, resources, notice, stop, deadline, stack)
                yield from crew.records()


def _alone(
    missing: Sequence[TrialSpec], stop: Stop, deadline: float | None
) -> Iterator[Sequence[Record]]:
    """In this process and in the order of the experiment, in which learners take turns."""
    for group in group_trials(missing, memory=batch_memory(None, 1)):
        if deadline is not None and time.monotonic() > deadline:
            stop.request(OUT_OF_TIME)
        if stop.requested:
            return
        yield run_trials(group)


def _hire(
    missing: Sequence[TrialSpec],
    experiment: Experiment | Programme,
    resources: Resources,
    notice: Notice,
    stop: Stop,
    deadline: float | None,
    stack: ExitStack,
) -> Crew:
    """Workers, here or on a cluster, that have begun with the missing trials."""
    cluster = None
    if resources.scheduler is not None:
        from parity_compare.execution.cluster import Cluster

        cluster = stack.enter_context(Cluster(resources.scheduler))
    workers = resources.jobs or 1
    if cluster is not None:
        workers = cluster.threads if resources.jobs is None else min(cluster.threads, workers)
    splits = worth_splitting(missing, workers)
    keys = {spec.key for spec in splits}
    whole = [spec for spec in missing if spec.key not in keys] if splits else missing
    limit = cluster.memory() if resources.memory is None and cluster else resources.memory
    groups = group_trials(whole, workers=workers, memory=batch_memory(limit, workers))
    jobs = Jobs(groups, workers=workers, seed=experiment.seed)
    crew = Crew(jobs, at_once=workers, stop=stop, notice=notice, deadline=deadline)
    setup = Setup(registry.portable(), experiment.threads, resources.memory)
    if splits:
        crew.search(splits, workers)
    for _ in range(workers if splits else min(workers, len(groups))):
        slot: Slot = (
            Supervisor(setup, notice=crew.notice)
            if cluster is None
            else cluster.slot(setup, crew.notice)
        )
        crew.join(slot)
    return crew
