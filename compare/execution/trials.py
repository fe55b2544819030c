"""Runs the trials of one cell: hands out oracles and turns every end into a record."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Protocol

from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Cost, Finding, Outcome, Status
from parity_compare.algorithms.task import Scatter, Task
from parity_compare.judge import judge
from parity_compare.probes import COURSES, probes
from parity_compare.problems.errors import TooFewSamples
from parity_compare.problems.oracles import Access, ExampleOracle, Oracle
from parity_compare.problems.parity import SparseParity
from parity_compare.problems.seeding import generator
from parity_compare.results import Record
from parity_compare.spec import TrialSpec
from parity_compare.timing import timing

Watch = Callable[[Sequence[Task]], None]


class Label(Protocol):
    """Makes the label of a trial's times."""

    def __call__(self, *, stepwise: bool = False) -> str:
        """The label, by whether every step was recorded."""


def run_trials(
    specs: Sequence[TrialSpec],
    *,
    at_once: int = 1,
    scatter: Scatter | None = None,
    watch: Watch | None = None,
) -> list[Record]:
    """Run trials of one learner in one cell: one alone, several as one batch.

    A learner that raises yields records of status ``error`` with the exception's message.

    Args:
        specs: trials that differ in their numbers only.
        at_once: how many workers are busy meanwhile; the times are labelled so.
        scatter: spreads one long search over workers; the times are labelled so.
        watch: called with the tasks right before the learner begins.
    """
    first = specs[0]
    learner = first.make_learner()
    label = partial(
        timing, len(specs), at_once=at_once, split=1 if scatter is None else scatter.workers
    )
    problems = [spec.problem() for spec in specs]
    tasks: list[Task] = []
    try:
        # Imports and compilation are outside every clock; a second call finds them done.
        learner.prepare(first.n)
        _use_threads(first.threads)
        tasks = learner.begin(
            [
                make_oracle(
                    learner,
                    problem,
                    samples=spec.samples,
                    seed=spec.example_seed,
                    random_labels=spec.random_labels,
                )
                for spec, problem in zip(specs, problems, strict=True)
            ],
            k=first.k if "k" in first.told else None,
            noise=first.noise if "noise" in first.told else None,
            budget=first.budget(),
            rngs=[generator("rng", spec.learner_seed) for spec in specs],
            probes=[probes(problem, which=first.probes) for problem in problems],
        )
        for task in tasks:
            task.every_step = first.moments == "every"
            task.scatter = scatter
        for spec, task in zip(specs, tasks, strict=True):
            task.start_seed = spec.start_seed
            task.courses = spec.trial < COURSES or spec.probes == "full"
        if watch is not None:
            watch(tasks)
        findings = learner.search_many(tasks)
        outcomes = [learner.conclude(*pair) for pair in zip(tasks, findings, strict=True)]
        return [
            _record(spec, problem, learner, label, outcome)
            for spec, problem, outcome in zip(specs, problems, outcomes, strict=True)
        ]
    except TooFewSamples as shortage:  # how a cell of a grid over sample sizes ends
        return [lost(spec, Status.OUT_OF_SAMPLES, f"{shortage}.", label=label) for spec in specs]
    except (Exception, SystemExit) as error:  # what a learner raises is a result; the run goes on
        detail = f"{type(error).__name__}: {error}"
        failed = [_failure(learner, task, Finding(Status.ERROR, detail=detail)) for task in tasks]
        if not failed:
            return [lost(spec, Status.ERROR, detail, label=label) for spec in specs]
        return [
            _record(spec, problem, learner, label, outcome)
            for spec, problem, outcome in zip(specs, problems, failed, strict=True)
        ]


def lost(
    spec: TrialSpec,
    status: Status,
    detail: str,
    *,
    seconds: float = 0.0,
    label: Label | None = None,
) -> Record:
    """The record of a trial whose learner left nothing behind: it never began, or was ended.

    Args:
        spec: the trial.
        status: how it ended.
        detail: why, in a sentence.
        seconds: what its clock showed, as far as known.
        label: the label of its times.
    """
    learner = spec.make_learner()
    told = tuple(name for name in learner.wants if name in spec.told)
    outcome = Outcome(None, status, Cost(seconds=seconds), detail=detail, side_information=told)
    return _record(spec, spec.problem(), learner, label or partial(timing, 1), outcome)


def _failure(learner: Learner, task: Task, finding: Finding) -> Outcome:
    """The outcome of a task whose learner raised: what it had cost by then counts."""
    task.clock.stop()
    task.steps, task.operations, task.peak_memory = 0, 0.0, 0  # may be what was wrong
    return learner.conclude(task, finding)


def make_oracle(
    learner: Learner,
    problem: SparseParity,
    *,
    samples: int | None = None,
    seed: int = 0,
    random_labels: bool = False,
) -> Oracle:
    """What the learner is handed, by its access model.

    Args:
        learner: its access and, for queries, its demand decide.
        problem: the instance.
        samples: size of a fixed list of examples; None for fresh examples without end, or for as
            many behind each answer as the demanded tolerance takes.
        seed: names the examples, or the errors of answers.
        random_labels: whether labels are coin tosses instead.
    """
    if learner.access is Access.QUERIES:
        demand = learner.query_demand(problem.noise)
        return problem.queries(
            tolerance=demand.tolerance,
            answers=demand.answers,
            samples=samples,
            seed=seed,
            device=demand.device,
            random_labels=random_labels,
        )
    if samples is not None:
        return ExampleOracle.over(problem.sample(samples, seed=seed, random_labels=random_labels))
    return problem.examples(seed=seed, random_labels=random_labels)


def _record(
    spec: TrialSpec, problem: SparseParity, learner: Learner, label: Label, outcome: Outcome
) -> Record:
    verdict = judge(outcome, problem, nothing_to_find=spec.random_labels)
    return Record(
        spec=spec,
        access=str(learner.access),
        side_information=", ".join(outcome.side_information),
        # Looking at every step cuts a compiled launch into single steps, whose overhead is timed.
        timing=label(stepwise=spec.moments == "every" and "step" in outcome.trace),
        status=str(outcome.status),
        solved=verdict.solved,
        criterion=verdict.criterion,
        accuracy=verdict.accuracy,
        support=outcome.support,
        secret=problem.support,
        cost=outcome.cost,
        message=outcome.message,
        engine=outcome.engine,
        trace=outcome.trace,
    )


def _use_threads(count: int) -> None:
    """Hold PyTorch and numba, once a learner has loaded them, to ``count`` CPU threads."""
    torch, numba = sys.modules.get("torch"), sys.modules.get("numba")
    if torch is not None:
        torch.set_num_threads(count)
    if numba is not None:
        numba.set_num_threads(min(count, numba.config.NUMBA_NUM_THREADS))


@contextmanager
def threads_restored() -> Iterator[None]:
    """Give a caller's PyTorch and numba their numbers of threads back."""
    torch, numba = sys.modules.get("torch"), sys.modules.get("numba")
    torch_before = torch.get_num_threads() if torch is not None else os.cpu_count() or 1
    numba_before = numba.get_num_threads() if numba is not None else None
    try:
        yield
    finally:
        torch, numba = sys.modules.get("torch"), sys.modules.get("numba")
        if torch is not None:
            torch.set_num_threads(torch_before)
        if numba is not None:
            numba.set_num_threads(numba_before or numba.config.NUMBA_NUM_THREADS)
