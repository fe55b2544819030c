"""One learner on a user's rows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from parity_compare.algorithms import registry
from parity_compare.algorithms.budget import Budget
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Cost, Outcome, Predictor, Status
from parity_compare.problems.bits import Bits
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import (
    Access,
    ExampleOracle,
    Oracle,
    hoeffding_tolerance,
    query_samples,
)
from parity_compare.problems.samples import Samples
from parity_compare.solving.deadline import Deadline
from parity_compare.solving.solution import Attempt

_NEGATED = (Status.INCONSISTENT, Status.GAVE_UP, Status.OUT_OF_SAMPLES)


def negated(samples: Samples) -> Samples:
    """The rows with the opposite labels."""
    return Samples(samples.n, samples.rows, samples.labels ^ np.uint8(1), samples.names)


def ask(
    learner: Learner,
    samples: Samples,
    *,
    k: int | None,
    noise: float | None,
    deadline: Deadline,
    seed: int,
    threads: int,
) -> Outcome:
    """What a learner makes of the rows; importing and compiling cost it no time."""
    with deadline.stopped():
        learner.prepare(samples.n)
    # A learner whose time has run out is still asked, so that it says so itself.
    budget = Budget(seconds=max(deadline.left, 1e-9), threads=threads)
    return learner.learn(_oracle(learner, samples, k), k=k, noise=noise, budget=budget, rng=seed)


def named(
    learner: Learner,
    samples: Samples,
    *,
    k: int | None,
    noise: float | None,
    deadline: Deadline,
    seed: int,
    threads: int,
) -> tuple[Outcome, int, tuple[Attempt, ...]]:
    """The learner that the user named, on exactly the rows.

    A learner of samples or queries that ends without an answer is asked for the opposite labels,
    too, as its hypotheses have no constant.

    Returns:
        The outcome, the constant that goes with its support, and the attempts.
    """
    text = registry.label(learner)

    def attempt(rows: Samples, reason: str) -> tuple[Outcome, Attempt]:
        outcome = ask(
            learner, rows, k=k, noise=noise, deadline=deadline, seed=seed, threads=threads
        )
        seconds = outcome.cost.seconds
        return outcome, Attempt(text, reason, outcome.status, seconds, outcome.detail)

    first, tried = attempt(samples, "it was asked for")
    if (
        first.support is not None
        or learner.access is Access.EXAMPLES
        or first.status not in _NEGATED
        or not deadline.left
    ):
        return first, 0, (tried,)
    second, again = attempt(negated(samples), "the opposite labels may be an XOR")
    attempts = (tried, again)
    total = add(first.cost, second.cost)
    if second.status is not Status.FOUND or second.support is None:
        return replace(first, cost=total), 0, attempts
    return replace(second, cost=total, predictor=_opposite(second.predictor)), 1, attempts


def add(first: Cost, second: Cost) -> Cost:
    """The cost of two searches, one after the other."""
    unit = first.operations_unit or second.operations_unit
    return Cost(
        seconds=first.seconds + second.seconds,
        samples=max(first.samples, second.samples),
        queries=first.queries + second.queries,
        steps=first.steps + second.steps,
        operations=first.operations + second.operations,
        operations_unit=unit,
        peak_memory=max(first.peak_memory, second.peak_memory),
    )


def _opposite(predictor: Predictor | None) -> Predictor | None:
    if predictor is None:
        return None

    def predict(bits: Bits) -> Bits:
        return predictor(bits) ^ np.uint8(1)

    return predict


def _oracle(learner: Learner, samples: Samples, k: int | None) -> Oracle:
    if learner.access is not Access.QUERIES:
        return ExampleOracle.over(samples)
    queries = math.comb(samples.n, k) if k is not None else 2**samples.n
    tolerance = hoeffding_tolerance(samples.m, queries)
    if tolerance >= 1:
        raise InvalidInput(
            f"{learner.name} needs more than {samples.m} rows here: they answer 2^"
            f"{math.log2(queries):.0f} queries to within {tolerance:.2g} only; give more rows, or k"
        )
    device = learner.query_demand(noise=0.0).device
    return query_samples(samples, tolerance, device=device)
