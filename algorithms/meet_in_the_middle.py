"""Meet in the middle: pairs of half-subsets whose XORs differ by the label."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from parity_compare.algorithms.acceptance import chance_of_agreement, sample_size
from parity_compare.algorithms.forecast import (
    Forecast,
    chance_of_acceptance,
    clean_labels,
    examples_needed,
    list_bytes,
    subset_count,
    too_few,
)
from parity_compare.algorithms.halving import OverMemory, Plan, fitting_subsets
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.sampling import GrowingSample
from parity_compare.algorithms.task import Task
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access, ExampleOracle, OutOfSamples
from parity_compare.problems.samples import Samples

_MOST_PASSES = 1024
_ENDLESS = "It takes more passes over the half-subsets than it is allowed to begin with."
_MOST_GROWTH = 4  # subsets that agree on so many times the examples differ on none
# Seconds per half-subset in one pass, and for each pass: docs/benchmarks/combinatorial.md.
_JOIN_SECONDS, _PASS_SECONDS = 15e-9, 12e-9


@dataclass(frozen=True)
class MeetInTheMiddle(Learner):
    r"""Find the k-subset that fits every label by joining half-subsets on equal XORs.

    If $S = A \cup B$ with $\max A < \min B$, then for the columns $c_i$ and the labels $y$

    $$\bigoplus\limits_{i \in A} c_i = y \oplus \bigoplus\limits_{i \in B} c_i.$$

    The $\lfloor k/2 \rfloor$-subsets and the $\lceil k/2 \rceil$-subsets are hashed by a
    fingerprint of their XORs and joined bucket by bucket (see
    :mod:`parity_compare.algorithms.halving`). The search is complete: it finds the only $k$-subset
    that fits, or ends at the second.

    The sample is sized so that, by a union bound over the $\binom{n}{k}$ subsets, a wrong one fits
    every label with probability at most $\delta$ = ``failure``. Without $k$, sizes 1, 2, 3, ... are
    tried in turn, size $s$ with its share $\delta / (s (s + 1))$. Labels with noise end in a
    contradiction.

    Complexity: $O(\binom{n}{k/2})$ time and memory, $k\, \log_2 n + \log_2(1/\delta)$ examples.
    Over ``memory`` the halves are made in several passes, each of which keeps its share of the
    buckets.
    Access: a sample. Side information: $k$.
    Source: birthday search on half-subsets (folklore of coding theory); the ordered split is ours.

    Attributes:
        memory: most bytes that the keys of half-subsets may take.
        failure: bound $\delta$ on the chance that a wrong answer is accepted, in (0, 1).
    """

    name: ClassVar[str] = "meet-in-the-middle"
    access: ClassVar[Access] = Access.SAMPLE
    uses: ClassVar[tuple[str, ...]] = ("k",)
    complexity: ClassVar[str] = "C(n,k/2) time and memory, O(k log n) examples; noiseless only"
    source: ClassVar[str] = "birthday search on half-subsets, folklore"
    operations_unit: ClassVar[str] = "word XOR"
    speed: ClassVar[float | None] = 8e7

    memory: int = 4 << 30
    failure: float = 1e-6

    def __post_init__(self) -> None:
        if self.memory < 1 << 20:
            raise InvalidInput(f"memory must be at least {1 << 20} bytes, got {self.memory}")
        if not 0 < self.failure < 1:
            raise InvalidInput(f"failure must lie in (0, 1), got {self.failure}")

    def prepare(self, n: int) -> None:
        """Compile the kernels on a search for three of five columns."""
        rows = np.array([[1], [2], [4], [8], [16]], np.uint64)
        samples = Samples(5, rows, np.array([1, 1, 1, 0, 0], np.uint8))
        self.search(Task(ExampleOracle.over(samples), k=3))

    def plan(self, n: int, *, k: int | None, noise: float | None, samples: int | None) -> None:
        """Size the sample."""
        if k is not None:
            sample_size(math.comb(n, k), 0.0, self.failure)

    def forecast(self, n: int, *, k: int | None, noise: float, samples: int | None) -> Forecast:
        """Two operations per half-subset and pass; without k those of all sizes up to n / 2."""
        sizes = [k] if k is not None else range(1, n // 2 + 1)
        operations, memory = 0.0, 0
        for size in sizes:
            if math.isinf(subset_count(n, size - size // 2)):
                return Forecast(math.inf, self.memory, False, chance=0.0, obstacle=_ENDLESS)
            plan = Plan.of(n, size, self.memory)
            halves = float(plan.lower + plan.upper)
            operations += 2 * halves * plan.passes if size > 1 else n
            memory = max(memory, plan.peak_memory)
            if plan.passes > _MOST_PASSES:
                return Forecast(operations, self.memory, False, chance=0.0, obstacle=_ENDLESS)
        needed = examples_needed(n, k, 0.0, self.failure)
        m = needed if samples is None else min(needed, samples)
        memory += list_bytes(n, m, copies=2)
        chance, obstacle = clean_labels(m, noise)
        if m < needed:
            chance *= chance_of_acceptance(m, subset_count(n, k), 0.0, self.failure)
            obstacle = too_few(chance, m, needed)
        return Forecast(operations, memory, samples=m, chance=chance, obstacle=obstacle)

    def search(self, task: Task) -> Finding:
        """Try the sizes in turn; enlarge the sample while several subsets fit it."""
        sample = GrowingSample(task)
        available = math.inf if task.remaining is None else task.remaining
        if available == 0:
            raise OutOfSamples("Not one example was left.")
        for size in [task.k] if task.k is not None else range(1, task.n + 1):
            failure = self.failure if task.k is not None else self.failure / (size * (size + 1))
            plan = Plan.of(task.n, size, self.memory)
            prediction = self._prediction(task, size, plan)
            if plan.passes > _MOST_PASSES:
                detail = f"{prediction} More than {_MOST_PASSES} passes are not begun."
                return Finding(Status.GAVE_UP, detail=detail)
            task.progress = f"{prediction} The search did not come to its end."
            m = min(available, sample_size(math.comb(task.n, size), 0.0, failure))
            most = min(available, _MOST_GROWTH * m)
            while True:
                samples = sample.grow_to(int(m))
                try:
                    found = self._search_size(task, samples, size, plan, failure)
                except OverMemory as over:
                    return Finding(Status.GAVE_UP, detail=str(over))
                if found.status is not Status.UNDERDETERMINED or m >= most:
                    break
                m = min(most, 2 * m)
            if found.status is not Status.INCONSISTENT:
                return found
        if task.k is None:
            detail = f"No subset of any size fits all {samples.m} labels."
            return Finding(Status.INCONSISTENT, detail=detail)
        return found

    def _search_size(
        self, task: Task, samples: Samples, size: int, plan: Plan, failure: float
    ) -> Finding:
        m = samples.m
        chance = chance_of_agreement(m, m, math.comb(task.n, size))
        supports = fitting_subsets(task, samples.columns, samples.label_words, size, plan)
        if not supports:
            detail = f"No subset of size {size} fits all {m} labels."
            return Finding(Status.INCONSISTENT, detail=detail)
        if len(supports) > 1:
            detail = f"{supports[0]} and {supports[1]} both fit all {m} labels."
            return Finding(Status.UNDERDETERMINED, detail=detail)
        if chance > failure:
            detail = (
                f"Of size {size}, only {supports[0]} fits all {m} labels, but chance alone makes "
                f"some subset do so with {chance:.2g}."
            )
            return Finding(Status.OUT_OF_SAMPLES, detail=detail)
        detail = f"{m} of {m} labels agree; by chance with probability at most {chance:.2g}."
        return Finding(Status.FOUND, supports[0], detail)

    def _prediction(self, task: Task, size: int, plan: Plan) -> str:
        halves = plan.lower + plan.upper
        seconds = halves * (_JOIN_SECONDS + plan.passes * _PASS_SECONDS)
        times = "1 pass" if plan.passes == 1 else f"{plan.passes} passes"
        beyond = " which is beyond the budget," if seconds > task.budget.seconds else ""
        return (
            f"Size {size} was predicted to take {halves:.3g} half-subsets,{beyond} {times} of "
            f"{plan.peak_memory / 2**20:.3g} MiB within memory {self.memory / 2**20:.5g} MiB, and "
            f"{seconds:.2g} seconds."
        )
