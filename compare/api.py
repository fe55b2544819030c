"""The library's verbs: learn one instance, run an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from parity_compare.algorithms import registry
from parity_compare.algorithms.budget import Budget
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Outcome
from parity_compare.execution.resources import Resources
from parity_compare.execution.runner import Progress, run_experiment
from parity_compare.execution.trials import make_oracle
from parity_compare.experiment import Experiment, resolve_devices
from parity_compare.probes import probes as judges_probes
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.parity import SparseParity
from parity_compare.problems.seeding import generator
from parity_compare.results import Results
from parity_compare.spec import SIDE_INFORMATION
from parity_compare.storage.store import Store

T = TypeVar("T")


def learn(
    learner: str | Learner,
    problem: SparseParity,
    *,
    seed: int = 0,
    budget: Budget | None = None,
    tell: Sequence[str] = SIDE_INFORMATION,
) -> Outcome:
    """Let one learner meet one instance.

    Args:
        learner: a learner, or text such as ``"gf2"`` or ``"sgd[width=1000]"``.
        problem: the instance; the learner is handed an oracle, never the instance.
        seed: names the examples and the learner's own randomness.
        budget: limits; none by default.
        tell: side information offered, out of ``k`` and ``noise``.

    Raises:
        InvalidInput: unknown learner or parameter.
    """
    chosen = registry.parse(learner) if isinstance(learner, str) else learner
    chosen.prepare(problem.n)
    return chosen.learn(
        make_oracle(chosen, problem, seed=seed),
        k=problem.k if "k" in tell else None,
        noise=problem.noise if "noise" in tell else None,
        budget=budget,
        rng=generator("learn", problem.seed, seed),
        probes=judges_probes(problem),
    )


def run(
    algos: str | Learner | Sequence[str | Learner],
    *,
    n: int | Sequence[int] = 30,
    k: int | Sequence[int | None] | None = 3,
    noise: float | Sequence[float] = 0.0,
    samples: int | Sequence[int | None] | None = None,
    trials: int | None = None,
    seed: int = 0,
    device: str | Sequence[str] = "auto",
    time_limit: float | None = 60.0,
    sample_limit: int | None = None,
    step_limit: int | None = None,
    tell: Sequence[str] = SIDE_INFORMATION,
    threads: int = 1,
    batch: bool = False,
    jobs: int | None = None,
    backend: str = "loky",
    scheduler: str | None = None,
    memory_limit: int | None = None,
    total_time: float | None = None,
    retry_errors: bool = True,
    force: bool = False,
    variant: str | Sequence[str] = "plain",
    probes: str = "standard",
    moments: str = "log",
    replays: int = 1,
    trial: int | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> Results:
    """Run learners head to head on the same instances.

    Args:
        algos: learners, or their names with parameters in brackets; one text may list several,
            separated by commas.
        n, k, noise, samples: one value or several each; together they span the grid. ``samples``
            is the size of a fixed list of examples, None for fresh examples without end.
        trials: instances per cell of the grid, 10 by default.
        seed: the root of all seeds; equal seeds give equal results.
        device: ``auto``, ``cpu`` or ``cuda``, or several, for the learners that can use a GPU.
        time_limit: seconds per trial, None for no limit.
        sample_limit: most examples per trial, None for no limit.
        step_limit: most steps per trial, None for no limit.
        tell: side information offered to the learners, out of ``k`` and ``noise``.
        threads: CPU threads per trial.
        batch: train trials together where a learner can; their times are marked as batched.
        jobs: worker processes, in which limits hold against learners that do not keep them; times
            taken by several at once are marked. None: in this process, one trial after the other.
        backend: ``loky`` for this machine, ``dask`` for a cluster.
        scheduler: address of Dask's scheduler.
        memory_limit: bytes that a worker process may hold, None for no limit.
        total_time: seconds of the whole run, None for no limit.
        retry_errors: whether trials on record as ``error`` are run again.
        force: whether all trials on record are run again.
        variant: kinds of instances, one or several: ``plain``; ``blocks``, with one coordinate of S
            in each of k blocks; ``random-labels``, the control in which there is nothing to learn.
        probes: ``standard``; ``full`` for the Fourier gap and the weights along the trial too; or
            ``none``, which is fastest.
        moments: when the probes measure: ``log`` for ever rarer steps, or ``every``.
        replays: trials in a row that share secret and start, on examples of their own: whether the
            initialisation decides how long a trial takes shows in them.
        trial: number of the only trial per cell that is run, exactly as it is run among others;
            it takes the place of ``trials``.
        out: folder that keeps the trials; a later run does only what is missing. None: in memory.
        progress: called with the record of every finished trial.

    Returns:
        The experiment's trials.

    Raises:
        InvalidInput: an argument breaks its rule, both ``trials`` and ``trial`` are given, or
            ``out`` holds something else.
    """
    if trials is not None and trial is not None:
        raise InvalidInput(f"trials and trial exclude each other, got {trials} and {trial}")
    experiment = Experiment(
        learners=_texts(algos),
        n=_axis(n),
        k=_axis(k),
        noise=tuple(float(eta) for eta in _axis(noise)),
        samples=_axis(samples),
        trials=10 if trials is None else trials,
        seed=seed,
        devices=resolve_devices(_axis(device)),
        told=tuple(tell),
        seconds=time_limit,
        max_samples=sample_limit,
        max_steps=step_limit,
        threads=threads,
        batch=batch,
        variant=_axis(variant),
        probes=probes,
        moments=moments,
        replays=replays,
        trial=trial,
    )
    with Store(Path(out) if out is not None else None) as store:
        return run_experiment(
            experiment,
            store,
            resources=Resources(jobs, backend, scheduler, memory_limit, total_time),
            retry_errors=retry_errors,
            force=force,
            progress=progress,
        )


def _texts(algos: str | Learner | Sequence[str | Learner]) -> tuple[str, ...]:
    if isinstance(algos, str):
        return tuple(registry.split(algos))
    listed = [algos] if isinstance(algos, Learner) else algos
    return tuple(registry.label(a) if isinstance(a, Learner) else a for a in listed)


def _axis(values: T | Sequence[T]) -> tuple[T, ...]:
    if isinstance(values, Sequence) and not isinstance(values, str):
        return tuple(values)
    return (values,)
