"""Kernel ridge regression: linear in features that do not depend on the labels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal, TypeVar, get_args

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

Number = TypeVar("Number", np.float64, np.complex128)

_ROWS = 1024  # inputs predicted at a time
_DEGREES = 64  # the NTK has about 1 % for all higher ones
_MARGIN = 4  # from half of chi_S to all signs right: docs/baselines.md


@dataclass(frozen=True)
class KernelMachine(SupervisedLearner):
    r"""Kernel ridge regression on the labels -1/+1; its sign is the prediction.

    With $(K + \rho I)\, c = y$, where $\rho$ = ``ridge``, it predicts the sign of
    $f(x) = \sum_i c_i K(x, x_i)$. All three kernels depend on $t = \langle x, x' \rangle / n$ alone
    and are 1 at $t = 1$:

    - ``rbf``: $\exp(2 (t - 1)) = \exp(-\|x - x'\|^2 / n)$.
    - ``polynomial``: $((1 + t) / 2)^{degree}$. It has no monomial above the degree.
    - ``ntk``: $(u\, \kappa_0(u) + \kappa_1(u)) / 2$ at $u = (1 + t) / 2$, with the arc-cosine
      kernels $\kappa_0(u) = (\pi - \arccos u) / \pi$ and
      $\kappa_1(u) = (u\, (\pi - \arccos u) + \sqrt{1 - u^2}) / \pi$. This is, but for its scale,
      the neural tangent kernel of a two-layer ReLU network of infinite width $r$,
      $f(x) = \sum_{j=1}^{r} a_j\, \mathrm{relu}(w_j \cdot x / \sqrt{n} + b_j) / \sqrt{r}$ with
      $a$, $w$, $b$ standard normal, both layers and the biases trained. Without biases $u$ would be
      $t$, and every odd degree from 3 on would be missing (Basri et al. 2019).

    On uniform inputs the monomials are the eigenfunctions of such a kernel,

    $$K(x, x') = \sum_T \lambda_{|T|}\, \chi_T(x)\, \chi_T(x'), \qquad
      \sum_d \binom{n}{d} \lambda_d = 1:$$

    the degree $k$ has to share what it has of that sum among $\binom{n}{k}$ monomials, so
    $\lambda_k \leq 1 / \binom{n}{k}$. What $m$ examples leave of $\chi_S$ in $f$ is about
    $m \lambda_k / (m \lambda_k + \rho + \tau)$, where the tail $\tau$ is the sum of
    $\binom{n}{d} \lambda_d$ over the degrees still to be learned. So $m$ must come to
    $1 / \lambda_k$, of the order of $n^k$, whatever the kernel: features that do not move cannot be
    aimed at $S$. This is what sets it apart from the same network trained by SGD.

    With noise, a small ridge lets $f$ pass through the flipped labels as well, and it errs near
    them; a ridge of 1 or more evens them out.

    Complexity: $m^3 / 3 + m^2 n$ FLOPs and $24 m^2$ bytes.
    Access: a sample. Side information: none.
    Source: Jacot, Gabriel and Hongler 2018 (tangent kernel); Cho and Saul 2009 (arc-cosine
    kernels); scikit-learn's KernelRidge.

    Attributes:
        kind: ``rbf``, ``ntk`` or ``polynomial``.
        degree: of the polynomial.
        ridge: $\rho$, what is added to the diagonal of the kernel matrix, which is 1.
        most_examples: the largest training set.
    """

    name: ClassVar[str] = "kernel"
    complexity: ClassVar[str] = "m^3/3 FLOPs, m of the order of C(n,k) examples"
    source: ClassVar[str] = "Jacot et al. 2018; scikit-learn's KernelRidge"
    operations_unit: ClassVar[str] = "FLOP"
    speed: ClassVar[float | None] = 5e9

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
        """Four times (ridge + tail) / lambda_k (docs/baselines.md); with noise, it is not known to
        be right everywhere unless the ridge is large."""
        shares = degree_shares(self.kind, self.degree)
        if k is None or k >= len(shares) or not shares[k] or (noise and self.ridge < 1):
            return math.inf
        unlearned = self.ridge + max(0.0, 1 - math.fsum(shares[: k + 1]))
        return _MARGIN * subset_count(n, k) * unlearned / shares[k] / (1 - 2 * noise) ** 2


def by_overlap(overlap: Floats, kind: Kind, degree: int) -> Floats:
    """The kernel as a function of t = <x, x'> / n, with K = 1 at t = 1."""
    if kind == "rbf":
        return np.asarray(np.exp(2 * (overlap - 1)))
    if kind == "polynomial":
        return np.asarray(((1 + overlap) / 2) ** degree)
    return np.asarray(_tangent(np.clip((1 + overlap) / 2, -1, 1)))


def _tangent(u: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """(u kappa_0(u) + kappa_1(u)) / 2, on the unit disc."""
    angle = math.pi - np.arccos(u)
    return np.asarray((2 * u * angle + np.sqrt(1 - u * u)) / (2 * math.pi))


@cache
def degree_shares(kind: Kind, degree: int) -> tuple[float, ...]:
    """What each degree has of K(x, x) = 1 in the limit of many bits, from degree 0 on.

    C(n, d) lambda_d tends to the d-th Taylor coefficient of the kernel in t, for t^d is, up to
    terms of order 1 / n, d! / n^d times the sum of all monomials of degree d.
    """
    degrees = range(_DEGREES)
    if kind == "rbf":
        return tuple(math.exp(d * math.log(2) - 2 - math.lgamma(d + 1)) for d in degrees)
    if kind == "polynomial":
        return tuple(math.comb(degree, d) / 2.0**degree for d in range(degree + 1))
    # Cauchy's integral over a circle within that of convergence, whose radius is 1.
    points, radius = 1024, 0.95
    circle = radius * np.exp(2j * math.pi * np.arange(points) / points)
    coefficients = np.fft.fft(_tangent((1 + circle) / 2)).real / points
    return tuple(float(coefficients[d] / radius**d) for d in degrees)
