"""Statistical correlation queries: ask for E[y chi_T(x)] until one answer stands out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations, islice
from typing import ClassVar, Literal

import numpy as np

from parity_compare.algorithms.learner import Learner, QueryDemand
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.task import Task
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access, SubsetArray

_SMALLEST_BATCH, _LARGEST_BATCH = 64, 1 << 14


@dataclass(frozen=True)
class CorrelationQueries(Learner):
    """Query the correlation of the label with every k-subset's parity.

    For a parity over S at noise rate eta, E[y chi_T(x)] is 1 - 2 eta at T = S and 0 at every other
    T. An answer above the tolerance tau therefore certifies T = S, against any adversary; an
    adversary can prevent such an answer if and only if tau >= (1 - 2 eta) / 2. Without k, sizes
    1, 2, 3, ... are asked in turn.

    Complexity: C(n, k) queries; no statistical-query learner needs fewer than about n^k of constant
    tolerance (Kearns 1998; Blum et al. 1994). A query of tolerance tau stands for about 1 / tau^2
    examples.
    Access: statistical queries. Side information: k, and the noise rate to size tau.

    Attributes:
        tolerance: tau in (0, 1), or none for half the largest that separates, (1 - 2 eta) / 4.
        answers: ``adversarial`` errs by tau in the direction that hides S; ``exact`` does not err.
    """

    name: ClassVar[str] = "sq"
    access: ClassVar[Access] = Access.QUERIES
    uses: ClassVar[tuple[str, ...]] = ("k", "noise")
    complexity: ClassVar[str] = "C(n,k) queries of tolerance tau < (1-2 eta)/2"
    source: ClassVar[str] = "Kearns 1998; Blum et al. 1994"
    operations_unit: ClassVar[str] = "query"

    tolerance: float | None = None
    answers: Literal["adversarial", "exact"] = "adversarial"

    def __post_init__(self) -> None:
        if self.tolerance is not None and not 0 < self.tolerance < 1:
            raise InvalidInput(f"tolerance must lie in (0, 1), got {self.tolerance}")
        if self.answers not in ("adversarial", "exact"):
            raise InvalidInput(f"answers must be adversarial or exact, got {self.answers!r}")

    def query_demand(self, noise: float) -> QueryDemand:
        """The oracle of this learner's tolerance and manner."""
        default = super().query_demand(noise).tolerance
        return QueryDemand(self.tolerance or default, self.answers)

    def search(self, task: Task) -> Finding:
        """Ask in lexicographic order until an answer exceeds the tolerance."""
        tolerance = task.tolerance
        if task.noise is not None and self.answers == "adversarial":
            bias = 1 - 2 * task.noise
            if tolerance >= bias / 2:
                detail = (
                    f"Tolerance {tolerance:g} hides the correlation {bias:g}: it must be below "
                    f"{bias / 2:g}."
                )
                return Finding(Status.GAVE_UP, detail=detail)
        for size in [task.k] if task.k is not None else range(1, task.n + 1):
            task.progress = f"The queries had come to subsets of size {size}."
            for subsets in subset_batches(task.n, size):
                task.poll()
                answers = task.correlations(subsets)
                task.steps += len(subsets)
                task.operations += len(subsets)
                task.peak_memory = max(task.peak_memory, subsets.nbytes + answers.nbytes)
                # Rounding must not lift an answer of exactly tau over the tolerance.
                above = np.flatnonzero(answers > tolerance * (1 + 1e-9))
                if len(above):
                    support = tuple(int(i) for i in subsets[above[0]])
                    detail = (
                        f"Answer {answers[above[0]]:.4g} exceeds the tolerance {tolerance:.4g}."
                    )
                    return Finding(Status.FOUND, support, detail)
        return Finding(Status.GAVE_UP, detail=f"No answer exceeded the tolerance {tolerance:.4g}.")


def subset_batches(n: int, size: int) -> Iterator[SubsetArray]:
    """All ``size``-subsets of 0..n-1 in lexicographic order, as arrays ``(q, size)``.

    A batch is an eighth of what came before, within bounds, so that little is asked in vain once
    the answer has come, and yet large searches run in large batches.
    """
    subsets = combinations(range(n), size)
    batch, done = _SMALLEST_BATCH, 0
    while chunk := list(islice(subsets, batch)):
        flat = np.fromiter(chain.from_iterable(chunk), dtype=np.int64, count=len(chunk) * size)
        yield flat.reshape(-1, size)
        done += len(chunk)
        batch = min(_LARGEST_BATCH, max(_SMALLEST_BATCH, done // 8))
