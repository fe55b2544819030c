"""The Lasso on monomials: linear regression with a price on every coefficient."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.acceptance import (
    acceptance_threshold,
    chance_of_agreement,
    sample_size,
)
from parity_compare.algorithms.answer_histogram import AnswerHistogram
from parity_compare.algorithms.forecast import (
    Forecast,
    chance_of_acceptance,
    exponential,
    list_bytes,
    ln_subset_count,
    too_few,
)
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.monomials import Features, Monomials
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.sampling import GrowingSample
from parity_compare.algorithms.task import Task
from parity_compare.algorithms.threads import held_to_threads
from parity_compare.algorithms.wording import number
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access, ExampleOracle, OutOfSamples
from parity_compare.problems.samples import Samples

_BYTES = 4  # of a feature's value
_PORTION = 1 << 30  # multiply-adds of coordinate descent between two polls
_PASSES = 2  # over all features, as a rule, where one coefficient stands out
_MOST_PASSES = 1000
_MOST_CANDIDATES = 1e300  # what the acceptance rule can hold


@dataclass(frozen=True)
class Lasso(Learner):
    r"""Regress the labels on monomials with an L1 penalty, and take the largest coefficient.

    The features are $\chi_T(x) = \prod_{i \in T} x_i$ for all $|T| = k$, or for $1 \leq |T| \leq$
    ``degree`` where $k$ is not told, $N$ in all. On uniform inputs they are orthonormal, and the
    label is $(1 - 2 \eta) \chi_S$ plus noise: a 1-sparse linear model. The Lasso minimises

    $$\frac{1}{2 m} \|y - X w\|^2 + \lambda \|w\|_1, \qquad
      \lambda = \alpha \sqrt{2 \ln(2 N) / m},$$

    where $\alpha$ = ``penalty``. At $\alpha = 1$ this is the largest correlation
    $|\langle y, \chi_T \rangle| / m$ to be expected of $N$ monomials that have nothing to do with
    the labels, whose standard deviation is 1. $S$ stands out where $\lambda < 1 - 2 \eta$, so after
    $m = O(k \log n / (1 - 2 \eta)^2)$ examples, as compressed sensing promises. But the features
    have to be written down: $m \binom{n}{k}$ numbers, and the first step of the regularisation path
    is to correlate each with the labels. It is exhaustive search in other words, and slower by the
    ratio of a multiply-add to the 1/64 of a word operation.

    The monomial is believed if it agrees with so many labels that, by a union bound over the $N$
    monomials, luck would have it so with probability at most ``failure``
    (:mod:`parity_compare.algorithms.acceptance`). The sample is sized for that by $k$ and the noise
    rate, and doubled where it was not enough. If the features do not fit into ``memory``, the
    learner gives up before it makes them.

    Complexity: a few passes over $N m$ numbers; $4 N m$ bytes.
    Access: a sample. Side information: $k$ and the noise rate $\eta$.
    Source: Tibshirani 1996; the penalty is the universal one of Donoho and Johnstone 1994;
    scikit-learn's coordinate descent.

    Attributes:
        degree: the largest degree of a monomial where $k$ is not told.
        penalty: $\alpha$, which is $\lambda$ in units of $\sqrt{2 \ln(2 N) / m}$.
        memory: most bytes that the features may take.
        failure: bound on the chance that a wrong answer is accepted, in (0, 1).
        assumed_noise: the noise rate that the sample is sized for where none is told.
    """

    name: ClassVar[str] = "lasso"
    access: ClassVar[Access] = Access.SAMPLE
    uses: ClassVar[tuple[str, ...]] = ("k", "noise")
    complexity: ClassVar[str] = (
        "m C(n,k) numbers held and passed over, m = O(k log n / (1-2 eta)^2)"
    )
    source: ClassVar[str] = "Tibshirani 1996; scikit-learn's coordinate descent"
    operations_unit: ClassVar[str] = "multiply-add"
    speed: ClassVar[float | None] = 1e8

    degree: int = 3
    penalty: float = 1.0
    memory: int = 4 << 30
    failure: float = 1e-6
    assumed_noise: float = 0.25

    def __post_init__(self) -> None:
        if self.degree < 1:
            raise InvalidInput(f"degree must be at least 1, got {self.degree}")
        if not 0 < self.penalty < math.inf:
            raise InvalidInput(f"penalty must be positive, got {self.penalty}")
        if self.memory < 1:
            raise InvalidInput(f"memory must be at least 1, got {self.memory}")
        if not 0 < self.failure < 1:
            raise InvalidInput(f"failure must lie in (0, 1), got {self.failure}")
        if not 0 <= self.assumed_noise < 0.5:
            raise InvalidInput(f"assumed_noise must lie in [0, 0.5), got {self.assumed_noise}")

    def prepare(self, n: int) -> None:
        """Import scikit-learn and compile what makes the features."""
        samples = Samples(
            2, np.array([[1], [2], [3], [0]] * 16, np.uint64), np.array([1, 0, 1, 0] * 16, np.uint8)
        )
        task = Task(ExampleOracle.over(samples), k=1, probes={"none": lambda state: 0.0})
        self.search(task)

    def plan(self, n: int, *, k: int | None, noise: float | None, samples: int | None) -> None:
        """Size the sample."""
        self._enough(n, self._degrees(n, k), noise)

    def forecast(self, n: int, *, k: int | None, noise: float, samples: int | None) -> Forecast:
        """Some passes over all values of all features."""
        degrees = self._degrees(n, k)
        logs = [ln_subset_count(n, degree) for degree in degrees]
        monomials = math.fsum(exponential(log) for log in logs)
        needed = self._enough(n, degrees, noise)
        m = needed if samples is None else min(needed, samples)
        values = monomials * m
        begins = _BYTES * values <= self.memory
        chance = chance_of_acceptance(m, monomials, noise, self.failure) if m < needed else 1.0
        obstacle = too_few(chance, m, needed)
        if not begins:
            chance, obstacle = 0.0, f"{_BYTES * values:.3g} bytes of features are more than memory."
        return Forecast(
            (1 + _PASSES) * values,
            int(min(self.memory, _BYTES * values)) + list_bytes(n, m, copies=2),
            begins=begins,
            samples=m,
            chance=chance,
            obstacle=obstacle,
        )

    def search(self, task: Task) -> Finding:
        """Regress on a sample that is sized for the answer; enlarge it until the answer is sure."""
        degrees, sample = self._degrees(task.n, task.k), GrowingSample(task)
        monomials = Monomials(task.n, degrees)
        with held_to_threads(task):
            for m in self._sample_sizes(task, degrees):
                values = monomials.count * m
                if _BYTES * values > self.memory:
                    detail = (
                        f"{number(monomials.count)} monomials on {m} examples are "
                        f"{number(_BYTES * values)} bytes, memory allows {number(self.memory)}."
                    )
                    return Finding(Status.GAVE_UP, detail=detail)
                found = self._regress(task, sample.grow_to(m), monomials)
                # Without k, more examples would not help if the degree is too small.
                if found.status in (Status.FOUND, Status.GAVE_UP) and (
                    found.status is Status.FOUND or task.k is None
                ):
                    break
        return found

    def _degrees(self, n: int, k: int | None) -> tuple[int, ...]:
        return (k,) if k is not None else tuple(range(1, min(self.degree, n) + 1))

    def _enough(self, n: int, degrees: tuple[int, ...], noise: float | None) -> int:
        """The sample that tells the right monomial from all others."""
        monomials = math.fsum(exponential(ln_subset_count(n, degree)) for degree in degrees)
        known = self.assumed_noise if noise is None else noise
        return sample_size(min(_MOST_CANDIDATES, monomials), known, self.failure)

    def _sample_sizes(self, task: Task, degrees: tuple[int, ...]) -> Iterator[int]:
        """What k and the noise rate ask for, then twice as much, ...; a fixed list is used whole
        at once where no noise rate is told."""
        m, left = self._enough(task.n, degrees, task.noise), task.remaining
        if left == 0:
            raise OutOfSamples("Not one example was left.")
        if left is not None and task.noise is None and task.fixed:
            m = left
        while left is None or m < left:
            yield m
            m *= 2
        yield left

    def _regress(self, task: Task, samples: Samples, monomials: Monomials) -> Finding:
        """Fit the model to these examples, and judge its largest coefficient."""
        m, count = samples.m, monomials.count
        threshold = acceptance_threshold(m, min(count, _MOST_CANDIDATES), self.failure)
        if threshold > m:
            detail = f"Among {number(count)} monomials, one may well fit all {m} labels by chance."
            return Finding(Status.OUT_OF_SAMPLES, detail=detail)
        features = monomials.values(samples.columns, m, task.poll)
        task.peak_memory = max(
            task.peak_memory, features.nbytes + samples.columns.nbytes + 2 * samples.rows.nbytes
        )
        labels = samples.y.astype(np.float32)
        correlations = features @ labels / np.float32(m)  # where the path begins
        task.operations += features.size
        price = self.penalty * math.sqrt(2 * math.log(2 * count) / m)
        task.record(lambda: _histogram(correlations, price))
        coefficients = _descend(task, features, labels, price)
        best = int(np.argmax(np.abs(coefficients)))
        selected = int(np.count_nonzero(coefficients))
        support = monomials.support(best)
        agreements = samples.agreement(support)
        chance = chance_of_agreement(agreements, m, min(count, _MOST_CANDIDATES))
        score = (
            f"{selected} of {number(count)} monomials were selected; the parity of the largest "
            f"coefficient, {coefficients[best]:.3g}, agrees with {agreements} of {m} labels"
        )
        if not selected:
            detail = f"None of {number(count)} monomials is worth a penalty of {price:.3g}."
            return Finding(self._failed(m, count), detail=detail)
        if agreements < threshold:
            detail = f"{score}, {threshold} are needed; luck does so with {chance:.2g}."
            return Finding(self._failed(m, count), detail=detail)
        if np.count_nonzero(correlations >= correlations[best]) > 1:
            return Finding(Status.UNDERDETERMINED, detail=f"{score}, as another's does.")
        detail = f"{score}; by chance with probability at most {chance:.2g}."
        return Finding(Status.FOUND, support, detail)

    def _failed(self, m: int, count: int) -> Status:
        """Whether so many examples would have shown a monomial, or more are needed to tell."""
        powerful = sample_size(min(count, _MOST_CANDIDATES), self.assumed_noise, self.failure) <= m
        return Status.GAVE_UP if powerful else Status.OUT_OF_SAMPLES


def _descend(
    task: Task, features: Features, labels: Features, price: float
) -> npt.NDArray[np.float32]:
    """Coordinate descent in portions, each from where the one before ended: ``(N,)``."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import Lasso as Regression

    portion = max(1, min(_MOST_PASSES, _PORTION // features.size))
    model = Regression(
        alpha=price, fit_intercept=False, warm_start=True, copy_X=False, max_iter=portion
    )
    for _ in range(0, _MOST_PASSES, portion):
        task.poll()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # of a portion
            model.fit(features.T, labels)
        passes = int(model.n_iter_)
        task.steps += passes
        task.operations += passes * features.size
        if passes < portion:
            break
    return np.asarray(model.coef_, dtype=np.float32)


def _histogram(
    correlations: npt.NDArray[np.float32], price: float
) -> dict[str, npt.NDArray[np.generic]]:
    """How all monomials correlate with the labels; the bar is the price of a coefficient."""
    histogram = AnswerHistogram(1.25)
    histogram.add(correlations)
    return histogram.columns(price)
