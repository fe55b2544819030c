"""Gaussian elimination over GF(2): the noiseless parity is a linear system."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import ClassVar

import numpy as np

from parity_compare.algorithms.forecast import (
    Forecast,
    clean_labels,
    full_rank_chance,
    subset_count,
)
from parity_compare.algorithms.halving import OverMemory, Plan, fitting_subsets
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.linear_system import RankWatch, augmented, label_bits
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.rank_course import rank_course
from parity_compare.algorithms.task import Task
from parity_compare.algorithms.wording import number
from parity_compare.problems.bits import WORD_BITS, Words, mask, pack, transpose, unpack, words_for
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access, OutOfSamples
from parity_compare.problems.samples import Samples

_CHUNK = 1 << 22  # vectors between two polls: some tens of milliseconds
# Tenths of a nanosecond for one candidate of each search at short rank, to choose among them;
# integers, since the numbers of candidates may be past double precision.
_COSET_COST, _SUBSET_COST, _HALF_COST = 20, 3, 300
_HALVES_MEMORY = 1 << 30  # bytes


@dataclass(frozen=True)
class GaussianElimination(Learner):
    r"""Solve X s = y over GF(2), where X and y are bits and s is the indicator of S.

    With one row $x_j$ of $X$ per example, the label of a clean example is
    $y_j = \sum_{i \in S} x_{ji} \bmod 2$, so $s$ solves the linear system. It is brought to
    reduced row echelon form on packed 64-bit words. At full rank its one solution is $S$. If the
    rank $r$ is short and $k$ is known, $S$ is looked for among the $2^{n-r}$ solutions, among the
    $\binom{n}{k}$ subsets, or by meeting in the middle with $\binom{n}{k/2}$ half-subsets,
    whichever is fastest; it is the answer only if no other solution has weight $k$. A contradiction
    (labels with noise, or a $k$ that no solution has) is reported, never repaired. Fresh examples
    are drawn until the rank is full or, where they are not uniform, until $2^{14}$ in a row have
    not raised it: at confidence $1 - 10^{-6}$ less than 0.1 % of what is drawn from would.

    Complexity: $n$ + ``surplus`` examples, $O(n^3 / 64)$ word operations.
    Access: a sample. Side information: $k$, the weight that the answer must have.
    Source: folklore; the exact learner of the noiseless setting (Barak et al. 2022, section 1).

    Attributes:
        surplus: examples drawn beyond what the rank lacks when they are fresh; 0 stops drawing at
            full rank. A random system has full rank but for
            a chance of $2^{-surplus}$; the same equations show up flipped labels, since each agrees
            with a solution that some flip has spoilt in half of the cases only.
        coset_limit: most candidates that the search at short rank looks at.
    """

    name: ClassVar[str] = "gf2"
    access: ClassVar[Access] = Access.SAMPLE
    uses: ClassVar[tuple[str, ...]] = ("k",)
    complexity: ClassVar[str] = "n + 32 examples, O(n^3 / 64) word XORs; noiseless only"
    source: ClassVar[str] = "folklore; Barak et al. 2022, section 1"
    operations_unit: ClassVar[str] = "word XOR"
    speed: ClassVar[float | None] = 9e8

    surplus: int = 32
    coset_limit: int = 1 << 32

    def __post_init__(self) -> None:
        if self.surplus < 0:
            raise InvalidInput(f"surplus must be at least 0, got {self.surplus}")
        if self.coset_limit < 1:
            raise InvalidInput(f"coset_limit must be at least 1, got {self.coset_limit}")

    def prepare(self, n: int) -> None:
        """Compile the kernels."""
        _compile()

    def forecast(self, n: int, *, k: int | None, noise: float, samples: int | None) -> Forecast:
        """m n^2 / 64 word XORs or so; at short rank those of the cheapest search besides."""
        m = n + self.surplus if samples is None else samples
        rank, words = min(m, n), words_for(n + 1)
        operations = float(m * n if n <= WORD_BITS else 0)
        memory = 16 * m * (1 if n <= WORD_BITS else words)
        if n > WORD_BITS or rank < n:
            operations += m * rank * words / 2
        if k is not None and rank < n and noise == 0:
            half = min(k - k // 2, n - k // 2)
            halves = subset_count(n - k // 2, half) + subset_count(n - half, k // 2)
            solutions = 2.0 ** min(1000, n - rank)
            ways = (
                (_COSET_COST * solutions, solutions, solutions * words_for(n)),
                (_SUBSET_COST * subset_count(n, k), subset_count(n, k), subset_count(n, k)),
                (_HALF_COST * halves, halves, 2 * halves),
            )
            _, candidates, more = min(ways)
            operations += more if candidates <= self.coset_limit else 0
        chance, obstacle = clean_labels(m, noise)
        unique = 1.0 if samples is None else self._unique(n, k, m)
        if unique < min(chance, 0.99):
            obstacle = f"{m} equations in {n} unknowns have more than one such solution."
        return Forecast(operations, memory, samples=m, chance=chance * unique, obstacle=obstacle)

    def _unique(self, n: int, k: int | None, m: int) -> float:
        """A lower bound on the chance that one solution, of weight k where it is told, is left."""
        other = math.inf if k is None else subset_count(n, k) * 2.0 ** -min(m, 1000)
        return max(full_rank_chance(m, n), 1 - other)

    def search(self, task: Task) -> Finding:
        """Eliminate, and read the solution off or search the solutions."""
        drawn: list[Samples] = []
        try:
            return self._solve(task, self._first_examples(task, drawn), drawn)
        finally:
            task.record(lambda: rank_course(drawn))

    def search_many(self, tasks: Sequence[Task]) -> list[Finding]:
        """Eliminate systems of one word per row in one pass, others one after the other."""
        if len(tasks) == 1 or tasks[0].n > WORD_BITS:
            return super().search_many(tasks)
        drawn: list[list[Samples]] = [[] for _ in tasks]
        examples = [
            self._timed(task, partial(self._first_examples, drawn=lists))
            for task, lists in zip(tasks, drawn, strict=True)
        ]
        for task, samples in zip(tasks, examples, strict=True):
            if isinstance(samples, Samples):
                task.clock.start()
        solved = iter(
            _solve_small([samples for samples in examples if isinstance(samples, Samples)])
        )
        findings = [
            self._timed(
                task, partial(self._solve, samples=samples, drawn=lists, small=next(solved))
            )
            if isinstance(samples, Samples)
            else samples
            for task, samples, lists in zip(tasks, examples, drawn, strict=True)
        ]
        # Not before every clock has stopped, for they all run while one task is at work.
        for task, lists in zip(tasks, drawn, strict=True):
            task.record(partial(rank_course, lists))
        return findings

    def _solve(
        self,
        task: Task,
        samples: Samples,
        drawn: list[Samples],
        small: tuple[int, tuple[int, ...]] | None = None,
    ) -> Finding:
        """Conclude from the first examples; those that follow are added to ``drawn``.

        A system of one word per row is solved in that form first, unless it has been: ``small`` is
        its rank, inverted for a contradiction, and its solution. Short rank goes on in the general
        form.
        """
        if task.n <= WORD_BITS:
            rank, solution = small or _solve_small([samples])[0]
            task.steps = max(rank, ~rank)
            task.operations += samples.m * task.n
            task.peak_memory = 2 * samples.rows.nbytes
            if rank < 0:
                return _contradiction(task, ~rank)
            if rank == task.n:
                return _unique(task, solution)
        return self._eliminate(task, samples, drawn)

    def _eliminate(self, task: Task, samples: Samples, drawn: list[Samples]) -> Finding:
        """Reduce the system, with more examples for as long as its rank is short."""
        from parity_compare.algorithms.kernels.elimination import reduce_rows

        n = task.n
        system = np.empty((0, words_for(n + 1)), dtype=np.uint64)
        pivots = np.empty(0, dtype=np.int64)
        watch = RankWatch(n, self.surplus)
        while len(samples):
            task.poll()
            system = np.concatenate([system, augmented(samples)])
            task.peak_memory = max(task.peak_memory, 2 * system.nbytes)
            pivots = reduce_rows(system, n, threads=task.budget.threads)
            rank, m = len(pivots), len(system)
            task.steps = rank
            task.operations += m * rank * system.shape[1] / 2
            if label_bits(system[rank:], n).any():
                return _contradiction(task, rank)
            system = system[:rank]
            watch.note(rank, len(samples))
            if not watch.wanted:
                break
            samples = self._more_examples(task, watch, drawn)
        if not task.drawn:
            raise OutOfSamples("Not one example was left.")
        solution = tuple(int(c) for c in pivots[label_bits(system, n)])
        if len(pivots) == n:
            return _unique(task, solution)
        return self._search_solutions(task, system, pivots, solution, watch.verdict)

    def _first_examples(self, task: Task, drawn: list[Samples]) -> Samples:
        return self._more_examples(task, RankWatch(task.n, self.surplus), drawn)

    def _more_examples(self, task: Task, watch: RankWatch, drawn: list[Samples]) -> Samples:
        """A fixed list is taken whole; fresh examples by what the rank still lacks."""
        left, wanted = task.remaining, watch.wanted
        drawn.append(
            task.draw(wanted if left is None else left if task.fixed else min(wanted, left))
        )
        return drawn[-1]

    def _search_solutions(
        self,
        task: Task,
        system: Words,
        pivots: np.ndarray,
        solution: tuple[int, ...],
        verdict: str,
    ) -> Finding:
        n, rank = task.n, len(pivots)
        equations = f"{task.drawn} equations in {n} unknowns have rank {rank}{verdict}"
        short = f"{equations}, which leaves 2^{n - rank}"
        if task.k is None:
            return Finding(Status.UNDERDETERMINED, detail=f"{short} solutions.")
        candidates, search = self._cheapest_search(task, system, pivots, solution)
        if candidates > self.coset_limit:
            detail = (
                f"{short} solutions; {number(candidates)} candidates are more than coset_limit."
            )
            return Finding(Status.UNDERDETERMINED, detail=detail)
        try:
            hits, support = search()
        except OverMemory as over:
            return Finding(Status.UNDERDETERMINED, detail=f"{short} solutions. {over}")
        if hits == 1:
            return Finding(Status.FOUND, support, f"{short} solutions, one of weight {task.k}.")
        if hits == 0:
            return Finding(
                Status.INCONSISTENT, detail=f"{short} solutions, none of weight {task.k}."
            )
        return Finding(
            Status.UNDERDETERMINED, detail=f"{short} solutions, several of weight {task.k}."
        )

    def _cheapest_search(
        self, task: Task, system: Words, pivots: np.ndarray, solution: tuple[int, ...]
    ) -> tuple[int, Callable[[], tuple[int, tuple[int, ...]]]]:
        """The way to the solutions of weight k that promises to be fastest, and its candidates."""
        n, k = task.n, task.k
        assert k is not None
        plan = Plan.of(n, k, _HALVES_MEMORY)
        ways: list[tuple[int, int, Callable[[], tuple[int, tuple[int, ...]]]]] = [
            (
                _COSET_COST,
                2 ** (n - len(pivots)),
                lambda: _by_coset(task, kernel_basis(system, pivots, n), mask(solution, n)),
            ),
            (_SUBSET_COST, math.comb(n, k), lambda: _by_subsets(task, system)),
            (_HALF_COST, plan.lower + plan.upper, lambda: _by_halves(task, system, plan)),
        ]
        _, candidates, search = min(ways, key=lambda way: way[0] * way[1])
        return candidates, search


@cache
def _compile() -> None:
    from parity_compare.algorithms.kernels import cosets, elimination
    from parity_compare.algorithms.kernels.insertion import insert_rows
    from parity_compare.algorithms.kernels.small_systems import solve_systems
    from parity_compare.algorithms.subset_search import SubsetSearch

    rows = np.ones((1, 4), np.uint64)
    solve_systems(rows.copy(), rows.copy(), 1, np.empty(1, np.int64), rows[:, 0].copy())
    insert_rows(rows.copy(), 1, 1, *np.zeros((2, 1), np.int64))
    elimination.reduce_rows(rows, 1)
    elimination.reduce_rows(np.zeros((elimination.TABLES_FROM_ROWS, 4), np.uint64), 1)
    cosets.count_weight(rows[0], rows, 1, 0, 1, rows[0].copy())
    columns = np.zeros((2, 1), np.uint64)
    SubsetSearch(columns, columns[0], 1, 2, np.zeros(1, np.int64)).run(lambda ranking: None)


def _solve_small(lists: Sequence[Samples]) -> list[tuple[int, tuple[int, ...]]]:
    """Rank, inverted for a contradiction, and solution of systems of at most 64 unknowns."""
    from parity_compare.algorithms.kernels.small_systems import solve_systems

    if not lists:
        return []
    shape = len(lists), max(samples.m for samples in lists)
    rows, sides = np.zeros(shape, np.uint64), np.zeros(shape, np.uint64)  # 0 = 0 pads the shorter
    for i, samples in enumerate(lists):
        rows[i, : samples.m] = samples.rows[:, 0]
        sides[i, : samples.m] = samples.labels
    ranks, words = np.empty(shape[0], np.int64), np.empty(shape[0], np.uint64)
    solve_systems(rows, sides, lists[0].n, ranks, words)
    return [(rank, _ones(word)) for rank, word in zip(ranks.tolist(), words.tolist(), strict=True)]


def _ones(word: int) -> tuple[int, ...]:
    """Positions of the ones of a word."""
    positions = []
    while word:
        positions.append((word & -word).bit_length() - 1)
        word &= word - 1
    return tuple(positions)


def _contradiction(task: Task, rank: int) -> Finding:
    system = f"The {task.drawn} equations in {task.n} unknowns have rank {rank}"
    return Finding(Status.INCONSISTENT, detail=f"{system} and no solution.")


def _unique(task: Task, solution: tuple[int, ...]) -> Finding:
    full = f"{task.drawn} equations of full rank {task.n}"
    if task.k not in (None, len(solution)):
        detail = f"{full}: the one solution has weight {len(solution)}, not {task.k}."
        return Finding(Status.INCONSISTENT, detail=detail)
    return Finding(Status.FOUND, solution, f"{full}: the solution is unique.")


def kernel_basis(system: Words, pivots: np.ndarray, n: int) -> Words:
    """A basis of the kernel of a reduced system: ``(n - rank, words_for(n))`` uint64.

    One vector per free column f: a one at f, and at the pivot of every row that has a one at f.
    """
    bits = unpack(system, n)
    free = np.setdiff1d(np.arange(n), pivots)
    basis = np.zeros((len(free), n), dtype=np.uint8)
    basis[np.arange(len(free)), free] = 1
    basis[:, pivots] = bits[:, free].T
    return pack(basis)


def _by_coset(task: Task, basis: Words, vector: Words) -> tuple[int, tuple[int, ...]]:
    """Number of solutions of weight k (counting stops past one), and the last one met."""
    from parity_compare.algorithms.kernels.cosets import count_weight

    total, hits, found = 2 ** len(basis), 0, vector.copy()
    for first in range(0, total, _CHUNK):
        task.poll()
        last = min(total, first + _CHUNK)
        hits += count_weight(vector, basis, task.k, first, last, found)
        task.operations += (last - first) * len(vector)
        if hits > 1:
            break
    return hits, tuple(int(i) for i in np.flatnonzero(unpack(found, task.n)))


def _by_subsets(task: Task, system: Words) -> tuple[int, tuple[int, ...]]:
    """As :func:`_by_coset`, over the k-subsets of the columns of the reduced system."""
    from parity_compare.algorithms.subset_search import Ranking, SubsetSearch

    assert task.k is not None
    if not len(system):  # no equation is as good as one of zeros, but has no words to compare
        system = np.zeros((1, system.shape[1]), dtype=np.uint64)
    columns, labels = transpose(system, task.n), pack(label_bits(system, task.n))
    words = columns.shape[1]
    search = SubsetSearch(columns, labels, len(system), task.k, np.zeros(words, dtype=np.int64))
    task.peak_memory = max(task.peak_memory, search.nbytes + 2 * columns.nbytes)

    def poll(ranking: Ranking) -> None:
        task.poll()

    ranking = search.run(poll, enough=0, wanted=2, threads=task.budget.threads)
    task.operations += ranking.visited
    return (ranking.misses == 0) + (ranking.runner_up == 0), ranking.best or ()


def _by_halves(task: Task, system: Words, plan: Plan) -> tuple[int, tuple[int, ...]]:
    """As :func:`_by_subsets`, by meeting in the middle."""
    assert task.k is not None
    columns, labels = transpose(system, task.n), pack(label_bits(system, task.n))
    task.peak_memory = max(task.peak_memory, plan.peak_memory + 2 * columns.nbytes)
    supports = fitting_subsets(task, columns, labels, task.k, plan)
    return len(supports), supports[0] if supports else ()
