"""Which columns XOR to the label: the learners on a user's own data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms import registry
from parity_compare.algorithms.acceptance import chance_of_agreement
from parity_compare.algorithms.budget import Budget
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Outcome, Status
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import (
    Access,
    ExampleOracle,
    Oracle,
    hoeffding_tolerance,
    query_samples,
)
from parity_compare.problems.samples import Encoding, Samples
from parity_compare.problems.seeding import generator
from parity_compare.statistics import Interval, wilson


@dataclass(frozen=True)
class Solution(Outcome):
    """An outcome on a user's data, with how well and how surely the answer fits.

    Attributes:
        learner: which learner gave it.
        columns: names of the support's columns.
        examples: number of rows m.
        agreements: rows whose label equals the parity, 0 without a support.
        chance: bound on the probability that the best of all C(n, |S|) subsets agrees so well with
            labels that are independent of the columns.
        freedom: number d of independent XOR relations among the columns: 2^d supports label these
            rows alike, so the answer is unique if and only if d is 0.
    """

    learner: str = ""
    columns: tuple[str, ...] = ()
    examples: int = 0
    agreements: int = 0
    chance: float = 1.0
    freedom: int = 0

    @property
    def noise(self) -> Interval:
        """The share of rows that disagree, with its Wilson 95 % interval."""
        return wilson(self.examples - self.agreements, self.examples)


def solve(
    X: npt.ArrayLike | Samples,
    y: npt.ArrayLike | None = None,
    *,
    algo: str = "auto",
    k: int | None = None,
    noise: float | None = None,
    seed: int = 0,
    time_limit: float | None = 60.0,
    encoding: Encoding = "auto",
) -> Solution:
    """Find the columns whose XOR is the label.

    Args:
        X: ``(m, n)`` array of 0/1, -1/+1 or booleans; or a :class:`Samples`, then without ``y``.
        y: ``(m,)`` labels, in either convention.
        algo: a learner, or ``auto``: elimination first, which settles noiseless data of full rank;
            then exhaustive search in rising k, which tolerates noise.
        k: number of columns, if known.
        noise: share of wrong labels, if known.
        seed: the learner's randomness.
        time_limit: seconds, None for no limit.
        encoding: ``bits``, ``signs`` or ``auto`` (see :meth:`Samples.from_arrays`).

    Raises:
        InvalidInput: a value is not a bit, shapes do not fit, or the learner is unknown.
    """
    samples = X if isinstance(X, Samples) else _samples(X, y, encoding)
    if not samples.m:
        raise InvalidInput("X must have at least one row, got 0")
    budget = Budget(seconds=math.inf if time_limit is None else time_limit)
    attempt = _attempts(samples, k, noise, seed, budget)
    if algo != "auto":
        return attempt(registry.parse(algo))
    exact = attempt(registry.parse("gf2"))
    if exact.status not in (Status.INCONSISTENT, Status.UNDERDETERMINED):
        return exact
    searched = attempt(registry.parse("exhaustive"))
    # Elimination says exactly what is missing; a failed search would only repeat it less clearly.
    short = exact.status is Status.UNDERDETERMINED and searched.status is not Status.FOUND
    return exact if short else searched


def _samples(X: npt.ArrayLike, y: npt.ArrayLike | None, encoding: Encoding) -> Samples:
    if y is None:
        raise InvalidInput("y must be given beside X")
    return Samples.from_arrays(X, y, encoding=encoding)


def _attempts(
    samples: Samples, k: int | None, noise: float | None, seed: int, budget: Budget
) -> Callable[[Learner], Solution]:
    def attempt(learner: Learner) -> Solution:
        learner.prepare(samples.n)
        outcome = learner.learn(
            _oracle(learner, samples, k),
            k=k,
            noise=noise,
            budget=budget,
            rng=generator("solve", learner.name, seed),
        )
        return _solution(learner, samples, outcome)

    return attempt


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


def _solution(learner: Learner, samples: Samples, outcome: Outcome) -> Solution:
    shared = {f.name: getattr(outcome, f.name) for f in fields(Outcome)}
    support = outcome.support
    if support is None:
        return Solution(**shared, learner=learner.name, examples=samples.m)
    agreements = samples.agreement(support)
    candidates = math.comb(samples.n, len(support))
    return Solution(
        **shared,
        learner=learner.name,
        columns=tuple(samples.names[i] for i in support),
        examples=samples.m,
        agreements=agreements,
        chance=chance_of_agreement(agreements, samples.m, candidates),
        freedom=samples.n - gf2_rank(samples),
    )


def gf2_rank(samples: Samples) -> int:
    """Rank over GF(2) of the examples' matrix."""
    from parity_compare.algorithms.kernels.elimination import reduce_rows

    return len(reduce_rows(np.array(samples.rows), samples.n))
