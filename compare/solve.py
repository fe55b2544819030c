"""Which columns XOR to the label: the learners on a user's own data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

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
from parity_compare.statistics import Interval, wilson

LUCK = 1e-3
"""An answer that luck makes more often than this is not vouched for."""


@dataclass(frozen=True)
class Solution(Outcome):
    """An outcome on a user's data, with how well and how surely the answer fits.

    Attributes:
        learner: which learner gave it.
        samples: the data.
    """

    learner: str = ""
    samples: Samples | None = field(default=None, repr=False, compare=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the support's columns."""
        return tuple(self._data.names[i] for i in self.support or ())

    @property
    def examples(self) -> int:
        """Number of rows m."""
        return self._data.m

    @cached_property
    def agreements(self) -> int:
        """Rows whose label equals the parity; 0 without a support."""
        return 0 if self.support is None else self._data.agreement(self.support)

    @property
    def noise(self) -> Interval:
        """The share of rows that disagree, with its Wilson 95 % interval."""
        return wilson(self.examples - self.agreements, self.examples)

    @property
    def chance(self) -> float:
        """Bound on the probability that luck does as well.

        It is the probability that the best of the candidates agrees with as many labels, if the
        labels are independent of the columns. The candidates are the C(n, k) subsets of size k if
        k was told, and otherwise all subsets of at most |S| columns.
        """
        if self.support is None:
            return 1.0
        n, size = self._data.n, len(self.support)
        told = "k" in self.side_information
        sizes = [size] if told else range(size + 1)
        candidates = sum(math.comb(n, s) for s in sizes)
        return chance_of_agreement(self.agreements, self.examples, candidates)

    @property
    def sure(self) -> bool:
        """Whether an answer was found that luck makes with probability at most 1e-3."""
        return self.status is Status.FOUND and self.chance <= LUCK

    @cached_property
    def freedom(self) -> int:
        """Number d of independent XOR relations among the columns.

        2^d supports label these rows alike, so the answer is unique if and only if d is 0.
        """
        return self._data.n - gf2_rank(self._data)

    @property
    def _data(self) -> Samples:
        assert self.samples is not None
        return self.samples


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
    if exact.status is Status.INCONSISTENT:
        negated = Samples(samples.n, samples.rows, samples.labels ^ np.uint8(1), samples.names)
        opposite = _attempts(negated, k, noise, seed, budget)(registry.parse("gf2"))
        if opposite.sure:
            terms = " XOR ".join(opposite.columns) or "0"
            return replace(
                exact, detail=f"The label itself is no parity, but its negation is {terms}."
            )
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
            rng=seed,
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
    return Solution(**vars(outcome), learner=learner.name, samples=samples)


def gf2_rank(samples: Samples) -> int:
    """Rank over GF(2) of the examples' matrix."""
    from parity_compare.algorithms.kernels.elimination import reduce_rows

    return len(reduce_rows(np.array(samples.rows), samples.n))
