"""One threshold neuron's population gradient, and its largest coordinates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.acceptance import acceptance_threshold, sample_size
from parity_compare.algorithms.forecast import Forecast, exponential
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.task import Task
from parity_compare.problems.bits import Words, random_words, words_for
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access, OutOfSamples
from parity_compare.problems.thresholds import Gap, best_gap, ln_best_gap

_CHUNK_WORDS = 1 << 17  # words drawn between two polls: some milliseconds
_FIRST_DEVIATIONS = 2.0  # the gap in standard deviations of the estimate at the first check
_GROWTH = 1.25
_TOLD_AT_MOST = 64  # coordinates in a trace


@dataclass(frozen=True)
class FourierGap(Learner):
    r"""Estimate the population gradient of one threshold neuron; its k largest entries are at S.

    For random signs $w$ and the threshold $b$ the gradient is

    $$g_i = \mathrm{E}[y\, x_i\, 1\{w \cdot x \geq b\}],$$

    with $|g_i| = (1 - 2 \eta)\, |c_{k-1}|$ for $i \in S$ and $(1 - 2 \eta)\, |c_{k+1}|$ elsewhere,
    where $c_s$ is the level-$s$ Fourier coefficient of the threshold function
    (:mod:`parity_compare.problems.thresholds`). The difference $\gamma$ is the Fourier gap that
    SGD's first gradient steps feed on; here it does its work alone. $b$ is where fewest examples
    are needed: not 0, at which $c_{k-1}$ vanishes for odd $k$ and which is the noisier choice for
    even $k$.

    The estimate is averaged over fresh examples. After every growth of their number by a quarter
    the top $k$ are compared with the labels of further examples that the estimate has not seen,
    until a candidate is accepted. No $|g_i|$ depends on $w$, so the estimate of one $w$ is
    sharpened instead of begun again with another. It gives up where Bernstein's inequality says
    that $S$ would have been on top but for a chance of ``failure``. Without $k$, sizes 1, 2, 3, ...
    are tried in turn.

    Complexity: $O(\log n / \gamma^2) = \tilde{O}(n^{k-1})$ examples, $n / 64$ word operations each
    and $n$ more where the neuron fires.
    Access: fresh examples. Side information: $k$ and the noise rate $\eta$.
    Source: Barak et al. 2022, Definition 1 and Proposition 9.

    Attributes:
        failure: bound on the chance that a wrong answer is accepted, in (0, 1).
        assumed_noise: the largest noise rate reckoned with where none is told.
    """

    name: ClassVar[str] = "fourier-gap"
    access: ClassVar[Access] = Access.EXAMPLES
    uses: ClassVar[tuple[str, ...]] = ("k", "noise")
    complexity: ClassVar[str] = "O(log n / gamma^2) = O~(n^(k-1)) examples, O(n) time each"
    source: ClassVar[str] = "Barak et al. 2022, Proposition 9"
    operations_unit: ClassVar[str] = "word operation"
    speed: ClassVar[float | None] = 1e8

    failure: float = 1e-6
    assumed_noise: float = 0.25

    def __post_init__(self) -> None:
        if not 0 < self.failure < 1:
            raise InvalidInput(f"failure must lie in (0, 1), got {self.failure}")
        if not 0 <= self.assumed_noise < 0.5:
            raise InvalidInput(f"assumed_noise must lie in [0, 0.5), got {self.assumed_noise}")

    def prepare(self, n: int) -> None:
        """Compile the kernel and import what sizes the check."""
        from parity_compare.algorithms.kernels.thresholds import add_fired

        rows, label = np.zeros((1, 1), np.uint64), np.zeros(1, np.uint8)
        rows.flags.writeable = label.flags.writeable = False
        add_fired(rows, label, np.zeros(1, np.uint64), 0, np.zeros(64, np.int64))
        sample_size(1, 0.0, 0.5)

    def forecast(self, n: int, *, k: int | None, noise: float, samples: int | None) -> Forecast:
        """The examples at which the signal on k coordinates exceeds the errors on the others."""
        size = max(1, n // 2) if k is None else k
        ln_signal, rate = (math.inf, 1.0) if size == n else ln_best_gap(n, size)
        # The largest of n normal errors is about so many standard deviations; measured within 25 %.
        deviations = max(_FIRST_DEVIATIONS, 1.1 * math.sqrt(2 * math.log(n)))
        bias = 1 - 2 * noise
        ln_m = 2 * (math.log(deviations / bias) - ln_signal)
        m = exponential(ln_m) + sample_size(1, noise, self.failure)
        obstacle = ""
        if ln_signal == -math.inf:
            obstacle = f"No threshold neuron over {n} signs shows {size} of them."
        elif samples is not None and samples < m:
            obstacle = f"{samples} examples are few: about {m:.3g} are needed to see the gap."
        operations = m * (words_for(n) + rate * n)
        memory = 8 * _CHUNK_WORDS + _CHUNK_WORDS // words_for(n) + 64 * 8 * words_for(n)
        return Forecast(
            operations,
            memory,
            begins=ln_signal > -math.inf,
            examples=m,
            samples=m,
            chance=0.0 if obstacle else 1.0,
            obstacle=obstacle,
        )

    def search(self, task: Task) -> Finding:
        """Try the sizes in turn; sharpen the estimate of each until its top k are accepted."""
        if task.remaining == 0:
            raise OutOfSamples("Not one example was left.")
        for size in [task.k] if task.k is not None else range(1, task.n + 1):
            failure = self.failure if task.k is not None else self.failure / (size * (size + 1))
            found = self._search_size(task, size, failure)
            if found.status is Status.FOUND:
                return found
        return found

    def _search_size(self, task: Task, size: int, failure: float) -> Finding:
        noise = self.assumed_noise if task.noise is None else task.noise
        gap = best_gap(task.n, size)
        bound = 0.0 if size == task.n else gap.samples(task.n, 1 - 2 * noise, failure)
        if math.isinf(bound):
            detail = f"No threshold neuron over {task.n} signs has a Fourier gap at {size} of them."
            return Finding(Status.GAVE_UP, detail=detail)
        beyond = ", which are more than the budget" if bound > task.budget.samples else ""
        estimate = _Estimate(task, gap)
        try:
            for check, m in enumerate(self._estimate_sizes(task, gap, bound), start=1):
                share = failure / (check * (check + 1))
                fresh = sample_size(1, noise, share)
                task.progress = (
                    f"Size {size}: {estimate.m} examples were averaged, at most {bound:.3g} are "
                    f"needed{beyond}."
                )
                self._fill(task, estimate, m, fresh)
                task.steps += 1
                support = estimate.largest(size)
                samples = task.draw(fresh)
                agreements = samples.agreement(support)
                if agreements >= acceptance_threshold(fresh, 1, share):
                    detail = (
                        f"The largest of {estimate.m} examples' averages; {agreements} of {fresh} "
                        "further labels agree."
                    )
                    return Finding(Status.FOUND, support, detail)
        finally:
            task.record(estimate.columns)
        detail = (
            f"The {size} largest of {estimate.m} examples' averages were refuted {check} times; a "
            f"parity of noise rate up to {noise:g} would have shown but for a chance of "
            f"{failure:.2g}."
        )
        return Finding(Status.GAVE_UP, detail=detail)

    def _estimate_sizes(self, task: Task, gap: Gap, bound: float) -> Iterator[int]:
        """Examples to average before each check: from a hopeful number up to the bound."""
        bias = 1 - 2 * (task.noise or 0.0)
        deviations = math.sqrt(gap.rate) / (bias * gap.gamma) if bound else 0.0
        m = min(bound, (_FIRST_DEVIATIONS * deviations) ** 2)
        while m < bound:
            yield math.ceil(m)
            m *= _GROWTH
        yield math.ceil(bound)

    def _fill(self, task: Task, estimate: _Estimate, m: int, fresh: int) -> None:
        """Average ``m`` examples, or so many that ``fresh`` are left for the check."""
        left = task.remaining
        if left is not None and left < m - estimate.m + fresh:
            rest = max(0, left - fresh)
            if not rest:
                raise OutOfSamples(f"{task.progress} No more were left.")
            m = estimate.m + rest
        estimate.grow_to(m)


class _Estimate:
    """The average of y x_i 1{w.x >= b} over the examples drawn so far.

    Attributes:
        m: number of examples.
    """

    def __init__(self, task: Task, gap: Gap) -> None:
        self.m = 0
        self._task, self._radius = task, gap.radius
        self._weights: Words = random_words(task.rng, 1, task.n)[0]
        self._fired = 0
        self._counts = np.zeros(64 * words_for(task.n), dtype=np.int64)

    def grow_to(self, m: int) -> None:
        from parity_compare.algorithms.kernels.thresholds import add_fired

        task, words = self._task, len(self._weights)
        chunk = max(1, _CHUNK_WORDS // words)
        while self.m < m:
            task.poll()
            samples = task.draw(min(chunk, m - self.m))
            fired = add_fired(
                samples.rows, samples.labels, self._weights, self._radius, self._counts
            )
            self._fired += fired
            self.m += samples.m
            task.operations += samples.m * words + fired * task.n
            task.peak_memory = max(task.peak_memory, samples.rows.nbytes + samples.labels.nbytes)

    def largest(self, size: int) -> tuple[int, ...]:
        """The coordinates of the ``size`` largest |g_i|, sorted."""
        return tuple(sorted(int(i) for i in self._order()[:size]))

    def _order(self) -> npt.NDArray[np.intp]:
        """The coordinates by falling |g_i|."""
        return np.argsort(-self._sums(), kind="stable")

    def _sums(self) -> npt.NDArray[np.int64]:
        """``(n,)``: m |g_i|."""
        sums: npt.NDArray[np.int64] = np.abs(self._fired - 2 * self._counts[: self._task.n])
        return sums

    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """``coordinate``, those of the largest |g_i| where not all can be told; ``gradient``, |g_i|
        itself. Nothing before the first example."""
        if not self.m:
            return {}
        told = np.sort(self._order()[:_TOLD_AT_MOST])
        return {"coordinate": told, "gradient": self._sums()[told] / self.m}
