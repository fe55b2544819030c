"""BKW: collisions shorten the noisy parity, and a Walsh-Hadamard transform reads it off."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.acceptance import (
    acceptance_threshold,
    chance_of_agreement,
    sample_size,
)
from parity_compare.algorithms.answer_histogram import AnswerHistogram
from parity_compare.algorithms.forecast import Forecast, list_bytes
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.reduction_plan import ReductionPlan, leanest, plan_reduction
from parity_compare.algorithms.task import Task
from parity_compare.problems.bits import Bits, Words, mask, words_for
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.fourier import walsh_hadamard
from parity_compare.problems.oracles import Access, OutOfSamples

_CHUNK_ROWS = 1 << 17  # rows or buckets between two polls: some milliseconds
_ATTEMPTS = 4
_PEAK_FAILURE = 1e-3
_SPECTRUM_AT_MOST = 1 << 24  # correlations that are sorted into a histogram: some 50 ms
_BEYOND = 1.05  # what the histogram covers, in multiples of the largest correlation

Sums = npt.NDArray[np.int32]


@dataclass(frozen=True)
class BKW(Learner):
    r"""Recover the secret block by block from XORs of examples that agree on the other blocks.

    A stage makes all unknown coordinates but the first $l$ vanish, in $a$ steps: step $i$ sorts the
    examples by a block of $b_i$ coordinates and replaces them by XORs of two that agree there. The
    labels of the outcome are noisy parities of $l$ bits, with the bias $(1 - 2 \eta)^{2^a}$; a
    Walsh-Hadamard transform correlates them with all $2^l$ parities at once, and the largest
    correlation is taken. The $l$ bits are substituted into the examples, and the next stage has $l$
    coordinates fewer. Widths and numbers of examples follow by formula from $n$, the noise rate and
    the memory (:mod:`parity_compare.algorithms.reduction_plan`).

    XORs of all pairs (LF2) are not independent, so a largest correlation is believed only because
    the whole secret is verified on fresh examples. If that fails, or no correlation stands out, the
    stages are repeated with twice the examples, up to four attempts. ``steps`` counts reductions
    and transforms.

    Complexity: $2^{O(n / \log n)}$ time, examples and memory.
    Access: fresh examples. Side information: the noise rate $\eta$; $k$, to reject an answer of
    another weight.
    Source: Blum, Kalai, Wasserman 2003; Levieil, Fouque 2006 (LF1, LF2, and the transform).

    Attributes:
        pairs: ``all`` pairs of a bucket (LF2), or each with one ``representative`` (LF1).
        memory: most bytes that the plan may take.
        failure: bound on the chance that a wrong answer is accepted, in (0, 1).
        assumed_noise: the noise rate that is planned for where none is told.
        most_operations: a search that is predicted to take more word operations is not begun.
    """

    name: ClassVar[str] = "bkw"
    access: ClassVar[Access] = Access.EXAMPLES
    uses: ClassVar[tuple[str, ...]] = ("k", "noise")
    complexity: ClassVar[str] = "2^O(n/log n) time, examples and memory"
    source: ClassVar[str] = "Blum, Kalai, Wasserman 2003; Levieil, Fouque 2006"
    operations_unit: ClassVar[str] = "word operation"
    speed: ClassVar[float | None] = 5e8

    pairs: Literal["all", "representative"] = "all"
    memory: int = 4 << 30
    failure: float = 1e-6
    assumed_noise: float = 0.25
    most_operations: float = 1e16

    def __post_init__(self) -> None:
        if self.pairs not in ("all", "representative"):
            raise InvalidInput(f"pairs must be all or representative, got {self.pairs!r}")
        if self.memory < 1 << 20:
            raise InvalidInput(f"memory must be at least {1 << 20} bytes, got {self.memory}")
        if not 0 < self.failure < 1:
            raise InvalidInput(f"failure must lie in (0, 1), got {self.failure}")
        if not 0 <= self.assumed_noise < 0.5:
            raise InvalidInput(f"assumed_noise must lie in [0, 0.5), got {self.assumed_noise}")
        if not self.most_operations > 0:
            raise InvalidInput(f"most_operations must be positive, got {self.most_operations}")

    def prepare(self, n: int) -> None:
        """Compile the kernels by one stage on a few examples."""
        rows = np.zeros((8, words_for(n)), np.uint64)
        rows[:, 0] = np.arange(8)  # of equal rows nothing would be left to transform
        labels, known = np.zeros(8, np.uint8), np.zeros(words_for(n), np.uint64)
        widths = (1,) if n > 1 else ()
        tiny = ReductionPlan(1, widths, (8,) * (len(widths) + 1), 1.0, 0, 0.0, 0.0)
        _correlate(rows, labels, known, 0, tiny, self.pairs == "all", lambda: None)
        AnswerHistogram(1.0).add(np.zeros(1, np.int32))
        walsh_hadamard(np.zeros(1 << 17, np.int32))  # so long that all of its kernels take part
        sample_size(1, 0.0, 0.5)

    def plan(self, n: int, *, k: int | None, noise: float | None, samples: int | None) -> None:
        """Choose the reductions of all stages."""
        known = self.assumed_noise if noise is None else noise
        self.forecast(n, k=k, noise=known, samples=samples)

    def forecast(self, n: int, *, k: int | None, noise: float, samples: int | None) -> Forecast:
        """What the plans of all stages of one attempt expect."""
        verification = sample_size(_ATTEMPTS, noise, self.failure)
        left = math.inf if samples is None else samples - verification
        operations, memory, start, most = 0.0, 0, 0, 0
        while start < n:
            plan = self._plan(n, n - start, noise, 1.0, left)
            if plan is None:
                least, _ = leanest(n, noise, self.pairs == "all")
                lacking = "memory" if least > self.memory else "examples"
                held = int(least if math.isfinite(least) else self.memory)
                obstacle = f"No plan makes do with the {lacking} at hand."
                return Forecast(math.inf, held, False, chance=0.0, obstacle=obstacle)
            operations, memory = operations + plan.operations, max(memory, plan.memory)
            start, most = start + plan.solved, max(most, plan.counts[0])
            if operations > self.most_operations:
                obstacle = "It takes more operations than it is allowed to begin with."
                return Forecast(operations, memory, False, chance=0.0, obstacle=obstacle)
        held = memory + list_bytes(n, verification)
        return Forecast(operations, held, samples=most + verification)

    def search(self, task: Task) -> Finding:
        """Attempt a recovery with ever more examples until the secret is verified."""
        noise = self.assumed_noise if task.noise is None else task.noise
        if task.remaining == 0:
            raise OutOfSamples("Not one example was left.")
        verification = sample_size(_ATTEMPTS, noise, self.failure)
        refusal = self._refusal(task, noise, verification)
        if refusal is not None:
            return refusal
        sample = task.draw(verification)
        threshold = acceptance_threshold(verification, _ATTEMPTS, self.failure)
        examples = _Examples(task)
        failed = ""
        for attempt in range(_ATTEMPTS):
            recovered = self._recover(task, examples, noise, 2.0**attempt)
            if isinstance(recovered, str):
                failed = recovered
                continue
            support, course = recovered
            agreements = sample.agreement(support)
            chance = chance_of_agreement(agreements, verification, _ATTEMPTS)
            score = f"{agreements} of {verification} fresh labels agree"
            if task.k is not None and len(support) != task.k:
                failed = f"The secret recovered had weight {len(support)}, not {task.k}."
            elif not support or agreements < threshold:
                failed = f"{score}, {threshold} are needed."
            else:
                detail = f"{score}, by chance with probability at most {chance:.2g}; {course}."
                return Finding(Status.FOUND, support, detail)
        detail = f"Attempts with up to {2 ** (_ATTEMPTS - 1)} times the examples failed: {failed}"
        return Finding(Status.GAVE_UP, detail=detail)

    def _refusal(self, task: Task, noise: float, verification: int) -> Finding | None:
        """Why the search is not begun, with the numbers; None if it can be."""
        left = math.inf if task.remaining is None else task.remaining - verification
        plan = self._plan(task.n, task.n, noise, 1.0, left)
        if plan is None:
            memory, fewest = leanest(task.n, noise, self.pairs == "all")
            if memory > self.memory:
                needs = f"takes at least {memory / 2**30:.3g} GiB"
                if math.isinf(memory):
                    needs = "takes more than 2^31 examples in every plan"
                detail = (
                    f"Not begun: n = {task.n} at noise rate {noise:g} {needs}, "
                    f"memory is {self.memory / 2**30:.3g} GiB."
                )
                return Finding(Status.GAVE_UP, detail=detail)
            raise OutOfSamples(
                f"{task.remaining} examples are left: {verification} are needed to verify, and at "
                f"least {fewest:.3g} to combine, or more within {self.memory / 2**30:.3g} GiB."
            )
        if plan.operations > self.most_operations:
            detail = (
                f"Not begun: {plan.operations:.2g} word operations are predicted, "
                f"most_operations is {self.most_operations:.2g}."
            )
            return Finding(Status.GAVE_UP, detail=detail)
        task.progress = (
            f"{plan.operations:.2g} word operations and {plan.memory / 2**20:.3g} MiB were "
            "predicted for the first stage."
        )
        return None

    def _plan(
        self, n: int, unknown: int, noise: float, growth: float, examples: float
    ) -> ReductionPlan | None:
        return plan_reduction(n, unknown, noise, self.pairs == "all", growth, self.memory, examples)

    def _recover(
        self, task: Task, examples: _Examples, noise: float, growth: float
    ) -> tuple[tuple[int, ...], str] | str:
        """The support and how it was come by; or why there is none."""
        support: list[int] = []
        start, stages, largest = 0, 0, None
        while start < task.n:
            plan = self._plan(task.n, task.n - start, noise, growth, examples.available)
            if plan is None:
                return f"{examples.available:g} examples and the memory do not suffice for more."
            rows, labels = examples.first(plan.counts[0])
            task.peak_memory = max(task.peak_memory, plan.memory)
            peak, m = _correlate(
                rows,
                labels,
                mask(support, task.n),
                start,
                plan,
                self.pairs == "all",
                task.poll,
                None if start else partial(_record_spectrum, task),
            )
            task.steps += len(plan.widths) + 1
            task.operations += plan.operations
            value, correlation = peak
            agreements = (m + correlation) // 2
            if agreements < acceptance_threshold(m, 2.0**plan.solved, _PEAK_FAILURE):
                return f"No parity of {plan.solved} bits stood out among {m} combined labels."
            support += [start + i for i in range(plan.solved) if value >> i & 1]
            start += plan.solved
            stages += 1
            largest = largest or plan
            task.progress = f"{start} of {task.n} coordinates had been recovered."
        assert largest is not None
        course = (
            f"{stages} stages, the first with blocks of {', '.join(map(str, largest.widths)) or 0} "
            f"bits, then a transform of 2^{largest.solved}"
        )
        return tuple(support), course


class _Examples:
    """The examples drawn so far, writable and in one piece."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._rows = np.empty((0, words_for(task.n)), dtype=np.uint64)
        self._labels = np.empty(0, dtype=np.uint8)

    @property
    def available(self) -> float:
        """Examples that there are, drawn or not."""
        left = self._task.remaining
        return math.inf if left is None else len(self._labels) + left

    def first(self, m: int) -> tuple[Words, Bits]:
        """The first ``m`` examples: ``(m, words_for(n))`` uint64 and ``(m,)`` uint8."""
        have = len(self._labels)
        if m > have:
            rows = np.empty((m, self._rows.shape[1]), dtype=np.uint64)
            labels = np.empty(m, dtype=np.uint8)
            rows[:have], labels[:have] = self._rows, self._labels
            for first, last in _chunks(have, m):
                self._task.poll()
                drawn = self._task.draw(last - first)
                rows[first:last], labels[first:last] = drawn.rows, drawn.labels
            self._rows, self._labels = rows, labels
        return self._rows[:m], self._labels[:m]


def _correlate(
    rows: Words,
    labels: Bits,
    known: Words,
    start: int,
    plan: ReductionPlan,
    all_pairs: bool,
    poll: Callable[[], None],
    show: Callable[[Sums, int], None] | None = None,
) -> tuple[tuple[int, int], int]:
    """One stage.

    Args:
        rows, labels: ``(N_0, w)`` uint64 and ``(N_0,)`` uint8.
        known: ``(w,)`` uint64, the secret before coordinate ``start``.
        start: the first unknown coordinate.
        plan: the stage.
        all_pairs: LF2, else LF1.
        poll: called every few milliseconds.
        show: called with the sums of all correlations ``(2^l,)`` and the number of labels.

    Returns:
        The bits of the secret from ``start`` on that correlate best, as a number, with the sum of
        their correlation; and the number of labels summed over.
    """
    from parity_compare.algorithms.kernels import bkw

    reduced = np.empty_like(labels)
    for first, last in _chunks(0, len(rows)):
        poll()
        bkw.substitute(rows, labels, known, reduced, first, last)
    labels = reduced
    block = start + plan.solved
    for width, count in zip(plan.widths, plan.counts[1:], strict=True):
        rows, labels = _collide(rows, labels, block, width, count, all_pairs, poll)
        block += width
    table = np.zeros(1 << plan.solved, dtype=np.int32)
    for first, last in _chunks(0, len(rows)):
        poll()
        bkw.tally(rows, labels, start, plan.solved, table, first, last)
    walsh_hadamard(table, poll)
    if show is not None:
        show(table, len(rows))
    best = int(np.argmax(table))
    return (best, int(table[best])), len(rows)


def _record_spectrum(task: Task, sums: Sums, m: int) -> None:
    """Keep a histogram of the correlations of ``m`` labels with all parities of the bits solved."""

    def columns() -> dict[str, npt.NDArray[np.generic]]:
        if not m or len(sums) > _SPECTRUM_AT_MOST:
            return {}
        largest = max(int(sums.max()), -int(sums.min()), 1) / m
        histogram = AnswerHistogram(_BEYOND * largest)
        histogram.add(sums, m)
        threshold = acceptance_threshold(m, float(len(sums)), _PEAK_FAILURE)
        return histogram.columns(2 * threshold / m - 1)

    task.record(columns)


def _collide(
    rows: Words,
    labels: Bits,
    block: int,
    width: int,
    count: int,
    all_pairs: bool,
    poll: Callable[[], None],
) -> tuple[Words, Bits]:
    """At most ``count`` XORs of two examples that agree on ``width`` coordinates from ``block``."""
    from parity_compare.algorithms.kernels import bkw

    ends = np.zeros((1 << width) + 1, dtype=np.int64)
    for first, last in _chunks(0, len(rows)):
        poll()
        bkw.count_fields(rows, block, width, ends, first, last)
    np.cumsum(ends, out=ends)
    order = np.empty(len(rows), dtype=np.int32)
    for first, last in _chunks(0, len(rows)):
        poll()
        bkw.sort_rows(rows, block, width, ends, order, first, last)
    sums = np.empty((count, rows.shape[1]), dtype=np.uint64)
    sum_labels = np.empty(count, dtype=np.uint8)
    filled = 0
    for first, last in _chunks(0, 1 << width):
        poll()
        filled = bkw.combine(
            rows, labels, order, ends, all_pairs, sums, sum_labels, filled, first, last
        )
    return sums[:filled], sum_labels[:filled]


def _chunks(first: int, last: int) -> Iterator[tuple[int, int]]:
    for start in range(first, last, _CHUNK_ROWS):
        yield start, min(last, start + _CHUNK_ROWS)
