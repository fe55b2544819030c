"""Kernel ridge regression: linear in features that do not depend on the labels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.forecast import subset_count
from parity_compare.algorithms.outcome import Predictor
from parity_compare.algorithms.supervised import SupervisedLearner
from parity_compare.algorithms.task import Task
from parity_compare.problems.bits import Bits, to_signs
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.samples import Samples

Kind = Literal["rbf", "ntk", "polynomial"]
Floats = npt.NDArray[np.float64]

_ROWS = 1024  # inputs predicted at a time


@dataclass(frozen=True)
class KernelMachine(SupervisedLearner):
    """Kernel ridge regression on the labels -1/+1; its sign is the prediction.

    Complexity: m^3 / 3 + m^2 n FLOPs and 16 m^2 bytes.
    Access: a sample. Side information: none.
    Source: Jacot, Gabriel and Hongler 2018; Cho and Saul 2009; scikit-learn's KernelRidge.

    Attributes:
        kind: ``rbf``, ``ntk`` or ``polynomial``.
        degree: of the polynomial.
        ridge: what is added to the diagonal of the kernel matrix, which is 1.
        most_examples: the largest training set.
    """

    name: ClassVar[str] = "kernel"
    complexity: ClassVar[str] = "m^3/3 FLOPs, m of the order of C(n,k) examples"
    source: ClassVar[str] = "Jacot et al. 2018; scikit-learn's KernelRidge"
    operations_unit: ClassVar[str] = "FLOP"
    speed: ClassVar[float | None] = 1e10

    most_examples: int = 1 << 13
    kind: Kind = "rbf"
    degree: int = 4
    ridge: float = 1e-2

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind not in get_args(Kind):
            raise InvalidInput(
                f"kind must be one of {', '.join(get_args(Kind))}, got {self.kind!r}"
            )
        if self.degree < 1:
            raise InvalidInput(f"degree must be at least 1, got {self.degree}")
        if not 0 < self.ridge < math.inf:
            raise InvalidInput(f"ridge must be positive, got {self.ridge}")

    def fit(self, task: Task, samples: Samples) -> Predictor:
        """Solve (K + ridge I) c = y."""
        from sklearn.kernel_ridge import KernelRidge

        inputs = samples.X.astype(np.float32)
        machine = KernelRidge(alpha=self.ridge, kernel="precomputed")
        machine.fit(self.kernel(inputs, inputs), samples.y.astype(np.float64))
        task.poll()

        def predict(bits: Bits) -> Bits:
            signs = to_signs(bits).astype(np.float32)
            blocks = [signs[first : first + _ROWS] for first in range(0, len(signs), _ROWS)]
            outputs = [machine.predict(self.kernel(block, inputs)) for block in blocks]
            negative = np.concatenate([*outputs, np.empty(0)]) < 0
            return negative.astype(np.uint8)

        return predict

    def kernel(self, one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> Floats:
        """K(x, x') of every pair of inputs -1/+1: ``(a, n)`` and ``(b, n)`` to ``(a, b)``."""
        overlap = (one @ other.T).astype(np.float64)
        overlap /= one.shape[1]
        return by_overlap(overlap, self.kind, self.degree)

    def training_operations(self, n: int, m: int) -> float:
        """A Cholesky factorisation of the kernel matrix, and its making."""
        return m**3 / 3 + 2.0 * n * m * (m + self.held_out)

    def training_memory(self, n: int, m: int) -> int:
        """The kernel matrix, its factor and a matrix in between."""
        return 24 * m * m + 5 * m * n

    def examples_for(self, n: int, k: int | None, noise: float) -> float:
        """See docs/baselines.md."""
        return subset_count(n, k)


def by_overlap(overlap: Floats, kind: Kind, degree: int) -> Floats:
    """The kernel as a function of t = <x, x'> / n, with K = 1 at t = 1."""
    if kind == "rbf":
        return np.exp(2 * (overlap - 1))
    if kind == "polynomial":
        return ((1 + overlap) / 2) ** degree
    cosine = np.clip((1 + overlap) / 2, -1, 1)
    angle = np.arccos(cosine)
    zeroth = (math.pi - angle) / math.pi
    first = (cosine * (math.pi - angle) + np.sqrt(1 - cosine**2)) / math.pi
    return (cosine * zeroth + first) / 2
