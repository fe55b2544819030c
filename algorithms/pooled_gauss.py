"""Pooled Gauss: look for equations without a flipped label in a pool of noisy ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from parity_compare.algorithms.acceptance import (
    acceptance_threshold,
    chance_of_agreement,
    sample_size,
)
from parity_compare.algorithms.budget import Budget
from parity_compare.algorithms.forecast import Forecast, list_bytes
from parity_compare.algorithms.gaussian_elimination import GaussianElimination
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.linear_system import augmented
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.task import Task
from parity_compare.algorithms.window_plan import (
    SPARE_ROWS,
    WindowPlan,
    plan_windows,
)
from parity_compare.problems.bits import WORD_BITS, Words, unpack, words_for
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access, ExampleOracle, OutOfSamples
from parity_compare.problems.samples import Samples

_CHUNK_SECONDS = 0.002
_CHUNKS_PER_ROUND = 16


@dataclass(frozen=True)
class PooledGauss(Learner):
    r"""Solve random sets of n equations until one has clean labels; a solution proves itself.

    A set of $n$ examples has clean labels with probability $(1 - \eta)^n$. Its solution is then the
    secret, which agrees with a share $1 - \eta$ of a separate verification sample; that sample is
    sized by a union bound over all the solutions the search may ever look at. Three refinements
    make a try cheap. One set comes from the last by exchanging a few rows of the systematic form,
    not by a new elimination. The systematic form shows the noise of 64 or more further examples
    under each try's solution, and only a solution under which that noise is light is computed and
    verified. One flipped label in the set is tolerated, as its column added to the noise reveals
    it. A secret of known weight $k$ is looked for in $n' \leq n$ random columns, which hold it
    with probability $\binom{n-k}{n-n'} / \binom{n}{n-n'}$ and need $n'$ clean labels only; a
    solution of another weight is rejected. So a list of fewer than $n$ examples may do; whether
    another secret of weight $k$ labels it alike is then decided by Gaussian elimination. The plan
    (:mod:`parity_compare.algorithms.window_plan`) chooses $n'$ and the other parameters at the
    least expected cost, and explains the formula.

    The search ends after $2 \ln(1/\delta)$ times the expected number of windows, where $\delta$ =
    ``failure``; if the noise rate is as told and the plan's formula errs by less than twice, a
    secret is missed for that long with a probability below $\delta$. The answer for equal seeds
    does not depend on the number of threads. ``steps`` counts tries.

    Complexity: about $(1 - \eta)^{-n} / (1 + n \eta / (1 - \eta))$ tries of $O(n)$ word operations
    each, times the length of a run of dependent tries; $n + O(n^2 \eta / (1 - \eta))$ examples.
    Access: a sample. Side information: the noise rate $\eta$, and $k$.
    Source: Esser, Kuebler, May 2017 (LPN Decoded); Prange 1962; Lee, Brickell 1988; exchange of
    rows: Omura 1969, Canteaut, Chabaud 1998.

    Attributes:
        failure: bound $\delta$ on the chance that a wrong answer is accepted, in (0, 1).
        assumed_noise: the noise rate that the search is planned for where none is told.
        most_operations: a search that is predicted to take more word operations is not begun.
    """

    name: ClassVar[str] = "pooled-gauss"
    access: ClassVar[Access] = Access.SAMPLE
    uses: ClassVar[tuple[str, ...]] = ("k", "noise")
    complexity: ClassVar[str] = "(1-eta)^-n / (1 + n eta/(1-eta)) tries x O(n) word operations"
    source: ClassVar[str] = "Esser, Kuebler, May 2017; Lee, Brickell 1988; Canteaut, Chabaud 1998"
    operations_unit: ClassVar[str] = "word operation"
    speed: ClassVar[float | None] = 1e9

    failure: float = 1e-6
    assumed_noise: float = 0.25
    most_operations: float = 1e16

    def __post_init__(self) -> None:
        if not 0 < self.failure < 1:
            raise InvalidInput(f"failure must lie in (0, 1), got {self.failure}")
        if not 0 <= self.assumed_noise < 0.5:
            raise InvalidInput(f"assumed_noise must lie in [0, 0.5), got {self.assumed_noise}")
        if not self.most_operations > 0:
            raise InvalidInput(f"most_operations must be positive, got {self.most_operations}")

    def prepare(self, n: int) -> None:
        """Compile the kernels and import what plans the search."""
        from parity_compare.algorithms.kernels.elimination import TABLES_FROM_ROWS, reduce_rows

        plan = plan_windows(1, 1, 0.25, math.inf)
        assert plan is not None
        rows = np.zeros((plan.size + plan.checks + SPARE_ROWS, words_for(n + 1)), np.uint64)
        reduce_rows(rows.copy(), 1)
        reduce_rows(np.zeros((TABLES_FROM_ROWS, rows.shape[1]), np.uint64), 1)
        _Search(rows, rows, n, 0, plan, 1).chunk(1, np.uint64(0))
        _misses(rows, n, rows[0])
        sample_size(1, 0.0, 0.5)

    def plan(self, n: int, *, k: int | None, noise: float | None, samples: int | None) -> None:
        """Choose the windows."""
        # Too few examples are told by the search, in a sentence.
        with suppress(OutOfSamples):
            self._design(n, k, self.assumed_noise if noise is None else noise, samples)

    def forecast(self, n: int, *, k: int | None, noise: float, samples: int | None) -> Forecast:
        """What the plan expects."""
        try:
            design = self._design(n, k, noise, samples)
        except OutOfSamples as shortage:
            held = list_bytes(n + 1, samples or 0, copies=2)
            return Forecast(math.inf, held, False, chance=0.0, obstacle=str(shortage))
        plan = design.plan
        held = list_bytes(n + 1, design.pool + design.verification, copies=2)
        memory = held + _memory(plan, n, design.pool)
        begins = plan.operations <= self.most_operations
        return Forecast(
            plan.operations,
            memory,
            begins,
            steps=plan.total_tries,
            samples=design.pool + design.verification,
            chance=float(begins),
            obstacle="" if begins else "It takes more operations than it is allowed to begin with.",
        )

    def pool(self, n: int, *, k: int | None, noise: float, samples: int | None) -> int:
        """Number of examples that the tries of a search draw from.

        Raises:
            OutOfSamples: the examples are too few for a search.
        """
        return self._design(n, k, noise, samples).pool

    def search(self, task: Task) -> Finding:
        """Plan, draw the two samples, and search windows of the pool round by round."""
        noise = self.assumed_noise if task.noise is None else task.noise
        fixed = task.remaining is not None
        design = self._design(task.n, task.k, noise, task.remaining)
        plan = design.plan
        expectation = (
            f"at noise rate {noise:g}, {plan.total_tries:.3g} tries or {plan.operations:.2g} word "
            "operations are expected"
        )
        if plan.operations > self.most_operations:
            detail = f"Not begun: {expectation}, most_operations is {self.most_operations:.2g}."
            return Finding(Status.GAVE_UP, detail=detail)
        verification = augmented(task.draw(design.verification))
        pool = augmented(task.draw(design.pool))
        missing = _missing_rank(pool, task.n) if fixed else 0
        if missing and plan.size == task.n:
            detail = (
                f"The {len(pool)} examples of the pool have rank {task.n - missing} of {task.n}: "
                f"2^{missing} secrets label them alike."
            )
            return Finding(Status.UNDERDETERMINED, detail=detail)
        secret = self._search_rounds(task, design, pool, verification, expectation)
        if secret is None:
            told = "as told" if task.noise is not None else "assumed_noise"
            detail = (
                f"None of {task.steps} tries was accepted; {expectation}, and so many more miss "
                f"the answer with probability {self.failure:g} at most, where no larger share of "
                f"the pool's {len(pool)} labels is wrong. The noise rate may be "
                f"higher than {told}."
            )
            return Finding(Status.GAVE_UP, detail=detail)
        support = tuple(int(i) for i in np.flatnonzero(unpack(secret, task.n)))
        m = len(verification)
        agreements = m - _misses(verification, task.n, secret)
        chance = chance_of_agreement(agreements, m, design.candidates)
        tries = "1 try" if task.steps == 1 else f"{task.steps} tries"
        detail = (
            f"{agreements} of {m} verification labels agree, by chance with probability at most "
            f"{chance:.2g}, after {tries}; {expectation}."
        )
        if missing:
            doubt = self._doubt(task, support, np.concatenate([verification, pool]))
            if doubt:
                return Finding(Status.UNDERDETERMINED, support, f"{detail} {doubt}")
        return Finding(Status.FOUND, support, detail)

    def _doubt(self, task: Task, support: tuple[int, ...], drawn: Words) -> str:
        """Why another secret of k columns may label the examples alike; empty if none does.

        The pool left that open, as its rank is short. All examples that there are, with the labels
        that the secret gives them, go to Gaussian elimination, which decides it.
        """
        rest = task.draw(task.remaining or 0)
        rows = np.concatenate([_examples(drawn, task.n), rest.rows])
        labels = Samples(task.n, rows, np.zeros(len(rows), np.uint8)).parity(support)
        elimination = GaussianElimination()
        with task.clock.paused():
            elimination.prepare(task.n)
        budget = Budget(
            seconds=max(task.budget.seconds - task.clock.seconds, 1e-9),
            threads=task.budget.threads,
        )
        alike = Samples(task.n, rows, labels)
        outcome = elimination.learn(ExampleOracle.over(alike), k=task.k, budget=budget)
        if outcome.status is Status.FOUND:
            return ""
        return f"Another secret of {task.k} columns may label all {len(rows)} examples alike: " + (
            outcome.detail or "time ran out before that was decided."
        )

    def _design(self, n: int, k: int | None, noise: float, left: int | None) -> _Design:
        """The plan and the sizes of pool and verification sample.

        With few examples the two depend on each other: a larger verification sample leaves a
        smaller pool, in which more tries are expected, and more have to be told from luck.
        """
        if left == 0:
            raise OutOfSamples("Not one example was left.")
        plan = plan_windows(n, k, noise, math.inf)
        assert plan is not None
        rows, verification = plan.pool, 0
        while True:
            plan = plan_windows(n, k, noise, rows)
            if plan is None:
                raise OutOfSamples(
                    f"{left} examples are left, too few: at noise rate {noise:g}, {verification} "
                    f"of them are needed to tell the answer from luck, and n + {SPARE_ROWS} = "
                    f"{n + SPARE_ROWS} equations and a check to find it."
                )
            windows = math.ceil(min(1e300, 2 * math.log(1 / self.failure) * plan.windows)) + 1
            # No sample is enough for infinitely many: more than 1e300 count as 1e300, as elsewhere.
            candidates = min(1e300, float(windows) * plan.tries * (plan.size + 1))
            verification = sample_size(candidates, noise, self.failure)
            if left is None or rows + verification <= left:
                return _Design(plan, rows, verification, windows, candidates)
            rows = left - verification

    def _search_rounds(
        self, task: Task, design: _Design, pool: Words, verification: Words, expectation: str
    ) -> Words | None:
        """Search chunks of windows, several at once, until the first one that has an answer."""
        m = len(verification)
        most_misses = m - acceptance_threshold(m, design.candidates, self.failure)
        search = _Search(pool, verification, task.n, task.k or 0, design.plan, most_misses)
        threads = task.budget.threads
        task.peak_memory = 2 * (pool.nbytes + verification.nbytes) + threads * search.memory
        started, done = task.clock.seconds, 0
        with ThreadPoolExecutor(threads) as executor:
            for chunks, windows in _rounds(design):
                seeds = task.rng.integers(0, 2**64, size=chunks, dtype=np.uint64)
                parallel = executor if min(threads, chunks) > 1 else None
                for found, counts in search.chunks(windows, seeds, parallel):
                    done += int(counts[0])
                    task.steps += int(counts[1])
                    task.operations += search.operations(counts)
                    if found is not None:
                        return found
                pace = (task.clock.seconds - started) / done
                task.progress = (
                    f"{task.steps} tries were made; {expectation}, which take "
                    f"{pace * design.plan.windows:.2g} s at the pace so far."
                )
                task.poll()
        return None


@dataclass(frozen=True)
class _Design:
    """A plan, the sizes of the samples, and where to end.

    Attributes:
        plan: how windows are searched.
        pool, verification: numbers of examples.
        windows: number of windows after which the search is given up.
        candidates: number of solutions that they can yield.
    """

    plan: WindowPlan
    pool: int
    verification: int
    windows: int
    candidates: float


@dataclass(frozen=True)
class _Search:
    """The search of one pool by one plan."""

    pool: Words
    verification: Words
    n: int
    k: int
    plan: WindowPlan
    most_misses: int

    @property
    def memory(self) -> int:
        """Bytes of one thread's arrays."""
        return _memory(self.plan, self.n, len(self.pool))

    def operations(self, counts: np.ndarray) -> float:
        """Word operations of searches that counted (windows, tries, solutions)."""
        windows, tries, solutions = map(int, counts)
        width, words = self.plan.size + 1, words_for(self.plan.checks)
        elimination = self.plan.size * width * (words + words_for(self.plan.size + SPARE_ROWS))
        per_try = words * width * (self.plan.exchanges + 1)
        per_solution = self.plan.size * self.plan.size * self.pool.shape[1]
        return float(windows * elimination + tries * per_try + solutions * per_solution)

    def chunk(self, windows: int, seed: np.uint64) -> tuple[Words | None, np.ndarray]:
        """Search so many windows; the answer, if there is one, and the counts."""
        from parity_compare.algorithms.kernels.row_exchange import search_windows

        secret = np.zeros(words_for(self.n + 1), dtype=np.uint64)
        counts = np.zeros(3, dtype=np.int64)
        found = search_windows(
            self.pool,
            self.verification,
            self.n,
            self.plan.size,
            self.plan.checks,
            SPARE_ROWS,
            self.plan.weight,
            self.most_misses,
            self.k,
            self.plan.tries,
            self.plan.exchanges,
            windows,
            seed,
            secret,
            counts,
        )
        return (secret if found else None), counts

    def chunks(
        self, windows: int, seeds: np.ndarray, executor: Executor | None
    ) -> Iterable[tuple[Words | None, np.ndarray]]:
        """One chunk per seed, in the order of the seeds whatever the number of threads."""
        run = partial(self.chunk, windows)
        return map(run, seeds) if executor is None else executor.map(run, seeds)


def _memory(plan: WindowPlan, n: int, pool: int) -> int:
    """Bytes of one thread's arrays: the order of the pool, the window and its tableau."""
    width, words = plan.size + 1, words_for(plan.checks)
    window = words + words_for(plan.size + SPARE_ROWS)
    return 8 * (pool + n + width * (window + words + 2))


def _rounds(design: _Design) -> Iterator[tuple[int, int]]:
    """Numbers of chunks, and of windows in each: few at first, as the search may soon be over."""
    windows = max(1, int(_CHUNK_SECONDS / design.plan.window_seconds))
    chunks, left = 1, design.windows
    while left > 0:
        yield chunks, windows
        left -= chunks * windows
        chunks = min(_CHUNKS_PER_ROUND, 2 * chunks)


def _examples(rows: Words, n: int) -> Words:
    """Examples without their labels: ``(m, words_for(n))`` uint64."""
    bare = rows[:, : words_for(n)].copy()
    if n % WORD_BITS:
        bare[:, -1] &= (np.uint64(1) << np.uint64(n % WORD_BITS)) - np.uint64(1)
    return bare


def _missing_rank(pool: Words, n: int) -> int:
    """What the examples' matrix lacks to rank n."""
    from parity_compare.algorithms.kernels.elimination import reduce_rows

    return n - len(reduce_rows(pool.copy(), n))


def _misses(verification: Words, n: int, secret: Words) -> int:
    from parity_compare.algorithms.kernels.row_exchange import count_misses

    return int(count_misses(verification, n, secret, len(verification)))
