"""Gaussian elimination by the galois package: a rival implementation, and a reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from parity_compare.algorithms.forecast import Forecast, clean_labels, full_rank_chance
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.linear_system import RankWatch
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.rank_course import rank_course
from parity_compare.algorithms.task import Task
from parity_compare.problems.bits import Bits
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access, OutOfSamples
from parity_compare.problems.samples import Samples


@dataclass(frozen=True)
class GaloisElimination(Learner):
    """Solve X s = y over GF(2) with ``galois.GF2(...).row_reduce``.

    The system $[X | y]$ is brought to reduced row echelon form; at full rank the last column is
    the indicator of $S$. A short rank or a contradiction is reported and not worked on: the learner
    stands in the table for what a user of the galois package gets, one byte per bit and one
    vectorised row operation per pivot. The package cannot be interrupted, so a time limit is
    noticed between eliminations only.

    Complexity: $n$ + ``surplus`` examples, $O(n^3)$ byte operations.
    Access: a sample. Side information: none.
    Source: the galois package (Hostetter 2020).

    Attributes:
        surplus: examples drawn beyond $n$ when they are fresh, as for ``gf2``.
    """

    name: ClassVar[str] = "galois"
    access: ClassVar[Access] = Access.SAMPLE
    complexity: ClassVar[str] = "n + 32 examples, O(n^3) byte operations; noiseless only"
    source: ClassVar[str] = "the galois package (Hostetter 2020)"
    operations_unit: ClassVar[str] = "byte operation"
    speed: ClassVar[float | None] = 3e8

    surplus: int = 32

    def __post_init__(self) -> None:
        if self.surplus < 0:
            raise InvalidInput(f"surplus must be at least 0, got {self.surplus}")

    def prepare(self, n: int) -> None:
        """Import galois and let it compile."""
        from parity_compare.algorithms.kernels.insertion import insert_rows

        insert_rows(np.zeros((1, 1), np.uint64), 1, 1, *np.zeros((2, 1), np.int64))
        _reduced(np.random.default_rng(0).integers(0, 2, (9, 6), dtype=np.uint8), 5)

    def forecast(self, n: int, *, k: int | None, noise: float, samples: int | None) -> Forecast:
        """m n^2 byte operations."""
        m = n + self.surplus if samples is None else samples
        chance, obstacle = clean_labels(m, noise)
        unique = 1.0 if samples is None else full_rank_chance(m, n)
        if unique < min(chance, 0.99):
            obstacle = f"{m} equations hardly fix {n} unknowns."
        return Forecast(
            float(m * min(m, n) * (n + 1)),
            2 * m * (n + 1),
            samples=m,
            chance=chance * unique,
            obstacle=obstacle,
        )

    def search(self, task: Task) -> Finding:
        """Eliminate, and read the solution off."""
        drawn: list[Samples] = []
        try:
            return self._eliminate(task, drawn)
        finally:
            task.record(lambda: rank_course(drawn))

    def _eliminate(self, task: Task, drawn: list[Samples]) -> Finding:
        """As :meth:`search`; the examples drawn are added to ``drawn``."""
        n = task.n
        system, rank = np.empty((0, n + 1), dtype=np.uint8), 0
        watch = RankWatch(n, self.surplus)
        while watch.wanted:
            task.poll()
            task.progress = f"The {len(system)} equations had rank {rank}."
            left, wanted = task.remaining, watch.wanted
            samples = task.draw(
                wanted if left is None else left if task.fixed else min(wanted, left)
            )
            drawn.append(samples)
            if not samples.m:
                break
            more = np.column_stack([samples.bits, samples.labels])
            system = _reduced(np.concatenate([system, more]), n)
            filled = system.any(axis=1)
            rank = int(np.count_nonzero(system[:, :n].any(axis=1)))
            task.steps = rank
            task.operations += len(system) * rank * system.shape[1]
            task.peak_memory = max(task.peak_memory, 2 * system.nbytes)
            if np.count_nonzero(filled) > rank:
                equations = f"The {task.drawn} equations in {n} unknowns have rank {rank}"
                return Finding(Status.INCONSISTENT, detail=f"{equations} and no solution.")
            system = system[:rank]
            watch.note(rank, samples.m)
        if not task.drawn:
            raise OutOfSamples("Not one example was left.")
        if rank < n:
            short = f"{task.drawn} equations in {n} unknowns have rank {rank}{watch.verdict}"
            detail = f"{short}, which leaves 2^{n - rank} solutions."
            return Finding(Status.UNDERDETERMINED, detail=detail)
        support = tuple(int(i) for i in np.flatnonzero(system[:, n]))
        detail = f"{task.drawn} equations of full rank {n}: the solution is unique."
        return Finding(Status.FOUND, support, detail)


def _reduced(system: Bits, columns: int) -> Bits:
    """Reduced row echelon form of ``(m, columns + 1)`` bits, pivots in the first ``columns``."""
    import galois

    return np.asarray(galois.GF2(system).row_reduce(ncols=columns), dtype=np.uint8)
