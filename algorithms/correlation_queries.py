"""Statistical correlation queries: ask for E[y chi_T(x)] until one answer stands out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np

from parity_compare.algorithms.answer_histogram import AnswerHistogram
from parity_compare.algorithms.forecast import Forecast, list_bytes, subset_count
from parity_compare.algorithms.learner import Learner, QueryDemand
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.task import Task
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import (
    Access,
    Answers,
    FloatArray,
    SubsetArray,
    hoeffding_examples,
)

_SMALLEST_BATCH, _LARGEST_BATCH = 64, 1 << 14
_WIDEST = 1.25  # absolute answers that the histogram covers; bounded errors leave them below 1
_GAUSSIAN_WIDTH = 5  # standard deviations beyond 1 that it covers where errors have no bound
_GAUSSIAN_DEVIATIONS = 16  # the correlation at S, in standard deviations of an answer

Strategy = Literal["enumerate", "batched"]


@dataclass(frozen=True)
class CorrelationQueries(Learner):
    r"""Query the correlation of the label with every k-subset's parity.

    For a parity over $S$ at noise rate $\eta$, with $\chi_T(x) = \prod_{i \in T} x_i$,

    $$\mathrm{E}[y\, \chi_T(x)] = 1 - 2 \eta \text{ at } T = S,
      \text{ and } 0 \text{ at every other } T.$$

    An answer above the tolerance $\tau$ therefore certifies $T = S$, against any adversary; an
    adversary can prevent such an answer if and only if $\tau \geq (1 - 2 \eta) / 2$. Where errors
    are normal with standard deviation $\tau$, the bar is so many $\tau$ that by a union bound over
    the $\binom{n}{k}$ queries none of the wrong answers passes it but for a chance of ``failure``.
    Without $k$, sizes 1, 2, 3, ... are asked in turn.

    Complexity: $\binom{n}{k}$ queries; no statistical-query learner needs fewer than about $n^k$ of
    constant tolerance (Kearns 1998; Blum et al. 1994). A query of tolerance $\tau$ stands for about
    $1 / \tau^2$ examples.
    Access: statistical queries. Side information: $k$, and the noise rate to size $\tau$.

    Attributes:
        tolerance: $\tau$ in (0, 1), or none for half the largest that separates,
            $(1 - 2 \eta) / 4$; of gaussian answers none is $(1 - 2 \eta) / 16$.
        answers: ``adversarial`` errs by $\tau$ in the direction that hides $S$; ``exact`` does not
            err; ``gaussian`` errs normally with standard deviation $\tau$; ``sample`` averages
            over a list of examples, so many that Hoeffding's inequality grants $\tau$.
        strategy: ``enumerate`` asks in lexicographic order and stops at the first answer over the
            bar; ``batched`` asks all queries of one size, as a non-adaptive learner does, and
            returns the one outlier.
        device: where sample-backed answers are computed, ``cpu`` (packed words) or ``cuda``
            (matrix products with PyTorch).
        failure: bound on the chance that a wrong answer passes the bar of normal errors.
    """

    name: ClassVar[str] = "sq"
    access: ClassVar[Access] = Access.QUERIES
    uses: ClassVar[tuple[str, ...]] = ("k", "noise")
    complexity: ClassVar[str] = "C(n,k) queries of tolerance tau < (1-2 eta)/2"
    source: ClassVar[str] = "Kearns 1998; Blum et al. 1994"
    operations_unit: ClassVar[str] = "query"
    speed: ClassVar[float | None] = 4e6

    tolerance: float | None = None
    answers: Answers = "adversarial"
    strategy: Strategy = "enumerate"
    device: Literal["cpu", "cuda"] = "cpu"
    failure: float = 1e-6

    def __post_init__(self) -> None:
        if self.tolerance is not None and not 0 < self.tolerance < 1:
            raise InvalidInput(f"tolerance must lie in (0, 1), got {self.tolerance}")
        for name, options in (
            ("answers", get_args(Answers)),
            ("strategy", get_args(Strategy)),
            ("device", ("cpu", "cuda")),
        ):
            if getattr(self, name) not in options:
                listed = f"{', '.join(options[:-1])} or {options[-1]}"
                raise InvalidInput(f"{name} must be {listed}, got {getattr(self, name)!r}")
        if self.device != "cpu" and self.answers != "sample":
            raise InvalidInput(
                f"device must be cpu unless answers are sample-backed, got {self.device!r} with "
                f"answers {self.answers!r}"
            )
        if not 0 < self.failure < 1:
            raise InvalidInput(f"failure must lie in (0, 1), got {self.failure}")

    @property
    def has_device(self) -> bool:
        """Only sample-backed answers leave anything to compute."""
        return self.answers == "sample"

    def prepare(self, n: int) -> None:
        """Compile the kernels, and wake the device."""
        next(subset_batches(n, 1, _SMALLEST_BATCH))
        AnswerHistogram(_WIDEST).add(np.zeros(1))
        _outlier_bar(1.0, 1, 0.5)
        if self.device != "cpu":
            import torch

            torch.ones((8, 8), device=self.device).matmul(torch.ones((8, 8), device=self.device))

    def query_demand(self, noise: float) -> QueryDemand:
        """The oracle of this learner's tolerance, manner and device."""
        default = super().query_demand(noise).tolerance
        if self.answers == "gaussian":
            default = (1 - 2 * noise) / _GAUSSIAN_DEVIATIONS
        return QueryDemand(self.tolerance or default, self.answers, self.device)

    def forecast(self, n: int, *, k: int | None, noise: float, samples: int | None) -> Forecast:
        """C(n, k) queries, half of them if they are asked until one stands out.

        An operation is a query, whoever answers it; an answer from examples takes longer.
        """
        queries, demand = subset_count(n, k), self.query_demand(noise)
        hidden = self.answers == "adversarial" and demand.tolerance >= (1 - 2 * noise) / 2
        size = n // 2 if k is None else k
        asked = queries / 2 if self.strategy == "enumerate" and k is not None else queries
        memory = int(min(queries, _LARGEST_BATCH)) * 8 * (size + 1)
        if self.answers == "sample":
            m = samples or hoeffding_examples(demand.tolerance, max(1, int(min(1e300, queries))))
            memory += list_bytes(n, m, copies=2)
        return Forecast(
            max(1.0, asked),
            memory,
            begins=not hidden,
            steps=asked,
            samples=m if self.answers == "sample" else None,
            chance=0.0 if hidden else 1.0,
            obstacle=f"Tolerance {demand.tolerance:g} hides the correlation at S."
            if hidden
            else "",
        )

    def search(self, task: Task) -> Finding:
        """Ask size by size; the answer over the bar is S."""
        bar, widest = task.tolerance, _WIDEST
        if task.errors == "gaussian":
            widest = max(_WIDEST, 1 + _GAUSSIAN_WIDTH * task.tolerance)
        histogram = AnswerHistogram(widest)
        try:
            for size in [task.k] if task.k is not None else range(1, task.n + 1):
                task.progress = f"The queries had come to subsets of size {size}."
                bar = self._bar(task, size)
                hidden = self._hidden(task, bar)
                if hidden:
                    return Finding(Status.GAVE_UP, detail=hidden)
                found = self._ask_size(task, size, bar, histogram)
                if found is not None:
                    return found
        finally:
            task.record(lambda: histogram.columns(bar))
        return Finding(Status.GAVE_UP, detail=f"No answer exceeded {self._named(task, bar)}.")

    def _bar(self, task: Task, size: int) -> float:
        """What the answer at S is to exceed, and no other does."""
        if task.errors != "gaussian":
            return task.tolerance
        share = self.failure if task.k is not None else self.failure / (size * (size + 1))
        return _outlier_bar(task.tolerance, math.comb(task.n, size), share)

    def _ask_size(
        self, task: Task, size: int, bar: float, histogram: AnswerHistogram
    ) -> Finding | None:
        """The answer over the bar among the queries of one size, if there is one."""
        stop_early = self.strategy == "enumerate"
        smallest = _SMALLEST_BATCH if stop_early else _LARGEST_BATCH
        outliers: list[tuple[tuple[int, ...], float]] = []
        for subsets in subset_batches(task.n, size, smallest):
            task.poll()
            answers = task.correlations(subsets)
            task.steps += len(subsets)
            task.operations += len(subsets)
            task.peak_memory = max(task.peak_memory, subsets.nbytes + answers.nbytes)
            if task.followed:
                with task.clock.paused():
                    histogram.add(answers)
            outliers += _above(subsets, answers, bar)
            if outliers and stop_early:
                break
        if not outliers:
            return None
        if len(outliers) > 1 and not stop_early:
            detail = (
                f"{len(outliers)} answers exceed {self._named(task, bar)}, among them those at "
                f"{outliers[0][0]} and {outliers[1][0]}."
            )
            return Finding(Status.UNDERDETERMINED, detail=detail)
        support, answer = outliers[0]
        detail = f"Answer {answer:.4g} exceeds {self._named(task, bar)}."
        return Finding(Status.FOUND, support, detail)

    def _hidden(self, task: Task, bar: float) -> str:
        """Why the answer at S cannot be hoped to pass the bar; empty if it can."""
        aimed = task.errors == "bounded" and self.answers == "adversarial"
        if task.noise is None or not (aimed or task.errors == "gaussian"):
            return ""
        bias = 1 - 2 * task.noise
        # An adversary takes the tolerance off the answer at S; normal errors do not aim.
        most = bias / 2 if aimed else bias * task.tolerance / bar
        if task.tolerance < most:
            return ""
        return (
            f"Tolerance {task.tolerance:g} hides the correlation {bias:g}: it must be below "
            f"{most:g}."
        )

    def _named(self, task: Task, bar: float) -> str:
        if task.errors == "gaussian":
            return f"the bar {bar:.4g}, {bar / task.tolerance:.3g} standard deviations"
        return f"the tolerance {bar:.4g}"


def _outlier_bar(deviation: float, queries: int, failure: float) -> float:
    """What none of ``queries`` centred normal errors exceeds but for a chance of ``failure``."""
    from scipy.special import ndtri_exp

    return -deviation * float(ndtri_exp(math.log(failure) - math.log(queries)))


def _above(
    subsets: SubsetArray, answers: FloatArray, bar: float
) -> list[tuple[tuple[int, ...], float]]:
    """The subsets whose answers exceed the bar, with those answers."""
    # Rounding must not lift an answer of exactly tau over the tolerance.
    above = np.flatnonzero(answers > bar * (1 + 1e-9))
    return [(tuple(int(i) for i in subsets[row]), float(answers[row])) for row in above]


def subset_batches(n: int, size: int, smallest: int = _SMALLEST_BATCH) -> Iterator[SubsetArray]:
    """All ``size``-subsets of 0..n-1 in lexicographic order, as arrays ``(q, size)``.

    A batch is an eighth of what came before, within bounds, so that little is asked in vain once
    the answer has come, and yet large searches run in large batches.
    """
    from parity_compare.algorithms.kernels.combinations import fill_subsets

    subset, done, over = np.arange(size), 0, size > n
    while not over:
        batch = np.empty((min(_LARGEST_BATCH, max(smallest, done // 8)), size), dtype=np.int64)
        filled, over = fill_subsets(subset, n, batch)
        yield batch[:filled]
        done += filled
