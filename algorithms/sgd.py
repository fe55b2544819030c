"""Stochastic gradient descent on a two-layer ReLU network."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Finding
from parity_compare.algorithms.task import Task
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access

if TYPE_CHECKING:  # PyTorch is loaded when training begins, not when learners are listed
    from parity_compare.algorithms.training import Recipe


@dataclass(frozen=True)
class SGD(Learner):
    """Train f(x) = u . relu(W x + b) + c on the hinge loss until it is a parity.

    Every step takes a batch of fresh examples, or the next batch of a fixed list in reshuffled
    epochs, and updates both layers: theta <- (1 - decay) theta - lr * gradient of the batch's mean
    max(0, 1 - y f(x)). The start is PyTorch's default, uniform on +-1/sqrt(fan-in). The population
    gradient at a random start is larger on the coordinates of S than elsewhere (a Fourier gap), so
    the first-layer weights of S grow steadily long before the loss falls.

    The trial ends when the network equals a parity on 8192 fresh inputs, and that parity explains
    the labels (see :mod:`.stopping`); k and the noise rate are not used. Without a budget it may go
    on for ever.

    Complexity: for k even, Barak et al. prove n^O(k) examples and steps (their Theorem 4 takes a
    batch of order n^k). Every statistical-query learner needs Omega(n^k) queries of constant
    tolerance. Steps measured at this fixed batch size grow more slowly, by n^1.1 for k = 3 and
    n^2.6 for k = 4 at n <= 40 (their figure 1), with exponents that rise with n.
    Access: examples, fresh or fixed. Side information: none.
    Source: Barak, Edelman, Goel, Kakade, Malach and Zhang 2022, arXiv 2207.08799, section 3. Batch
    size and initialisation of its figure 1 are not published; these defaults come nearest to it
    (benchmarks/figure1.py).

    Attributes:
        width: number of hidden units r.
        batch: examples per step B.
        lr: learning rate.
        decay: share lambda of every parameter that is taken off at each step, in [0, 1).
        check_every: steps between two tests of the stopping rule, which run off the clock.
        device: ``cpu``, ``cuda`` or ``cuda:<index>``.
    """

    name: ClassVar[str] = "sgd"
    access: ClassVar[Access] = Access.EXAMPLES
    complexity: ClassVar[str] = (
        "n^O(k) proved, Omega(n^k) queries for any SQ learner; "
        "measured steps grow as n^1.1 (k=3), n^2.6 (k=4) at n <= 40"
    )
    source: ClassVar[str] = "Barak et al. 2022, arXiv 2207.08799, section 3"
    operations_unit: ClassVar[str] = "FLOP"

    width: int = 100
    batch: int = 128
    lr: float = 1.0
    decay: float = 0.0
    check_every: int = 1
    device: str = "cpu"

    def __post_init__(self) -> None:
        for name in ("width", "batch", "check_every"):
            value = getattr(self, name)
            if not isinstance(value, int):
                raise InvalidInput(f"{name} must be an integer, got {value!r}")
            if value < 1:
                raise InvalidInput(f"{name} must be at least 1, got {value}")
        if not 0 < self.lr < math.inf:
            raise InvalidInput(f"lr must be positive and finite, got {self.lr}")
        if not 0 <= self.decay < 1:
            raise InvalidInput(f"decay must lie in [0, 1), got {self.decay}")
        if not re.fullmatch(r"cpu|cuda(:\d+)?", self.device):
            raise InvalidInput(f"device must be cpu, cuda or cuda:<index>, got {self.device!r}")

    def prepare(self, n: int) -> None:
        """Load PyTorch and make one idle update, so that its kernels are chosen.

        Raises:
            InvalidInput: the device is a GPU that PyTorch does not see.
        """
        from parity_compare.algorithms.training import warm_up

        warm_up(n, self._recipe())

    def search(self, task: Task) -> Finding:
        """Train one network."""
        return self.search_many([task])[0]

    def search_many(self, tasks: Sequence[Task]) -> list[Finding]:
        """Train one network per task, all as one batch; each ends by itself."""
        from parity_compare.algorithms.training import train

        return train(tasks, self._recipe())

    def _recipe(self) -> Recipe:
        from parity_compare.algorithms.training import Recipe

        return Recipe(
            width=self.width,
            batch=self.batch,
            lr=self.lr,
            decay=self.decay,
            check_every=self.check_every,
            device=self.device,
        )
