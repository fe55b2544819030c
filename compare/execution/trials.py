"""Runs the trials of one cell: hands out oracles and turns every end into a record."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Cost, Finding, Outcome, Status
from parity_compare.algorithms.task import Task
from parity_compare.judge import judge
from parity_compare.probes import probes
from parity_compare.problems.oracles import Access, ExampleOracle, Oracle
from parity_compare.problems.parity import SparseParity
from parity_compare.problems.seeding import generator
from parity_compare.results import Record
from parity_compare.spec import TrialSpec


def run_trials(specs: Sequence[TrialSpec]) -> list[Record]:
    """Run trials of one learner in one cell: one alone, several as one batch.

    A learner that raises yields records of status ``error`` with the exception's message.
    """
    first = specs[0]
    learner = first.make_learner()
    timing = "single" if len(specs) == 1 else f"batch of {len(specs)}"
    tasks: list[Task] = []
    try:
        # Imports and compilation are outside every clock; a second call finds them done.
        learner.prepare(first.n)
        _use_threads(first.threads)
        tasks = learner.begin(
            [
                make_oracle(
                    learner,
                    spec.problem(),
                    samples=spec.samples,
                    random_labels=spec.random_labels,
                )
                for spec in specs
            ],
            k=first.k if "k" in first.told else None,
            noise=first.noise if "noise" in first.told else None,
            budget=first.budget(),
            rngs=[generator("rng", spec.learner_seed) for spec in specs],
            probes=[probes(spec.problem(), full=spec.probes == "full") for spec in specs],
        )
        for task in tasks:
            task.every_step = first.moments == "every"
        findings = learner.search_many(tasks)
        outcomes = [learner.conclude(*pair) for pair in zip(tasks, findings, strict=True)]
        return [
            _record(spec, learner, timing, outcome)
            for spec, outcome in zip(specs, outcomes, strict=True)
        ]
    except (Exception, SystemExit) as error:  # what a learner raises is a result; the run goes on
        finding = Finding(Status.ERROR, detail=f"{type(error).__name__}: {error}")
        failed = [_failure(learner, task, finding) for task in tasks] or [
            Outcome(None, Status.ERROR, Cost(), detail=finding.detail, side_information=told)
            for told in [tuple(name for name in learner.wants if name in first.told)] * len(specs)
        ]
        return [
            _record(spec, learner, timing, outcome)
            for spec, outcome in zip(specs, failed, strict=True)
        ]


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


def _record(spec: TrialSpec, learner: Learner, timing: str, outcome: Outcome) -> Record:
    problem = spec.problem()
    verdict = judge(outcome, problem, nothing_to_find=spec.random_labels)
    return Record(
        spec=spec,
        access=str(learner.access),
        side_information=", ".join(outcome.side_information),
        # Looking at every step cuts a compiled launch into single steps, whose overhead is timed.
        timing=f"{timing}, stepwise" if spec.moments == "every" and len(outcome.trace) else timing,
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
