"""Which way a gradient moves the parameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from parity_compare.algorithms.compaction import compact
from parity_compare.algorithms.networks.network import Theta

BETAS = (0.9, 0.999)
"""Adam's two rates of forgetting."""
EPSILON = 1e-8
"""Adam's guard against division by zero."""


class Optimiser(ABC):
    """Turns gradients into directions; the learning rate and the decay are applied elsewhere."""

    @abstractmethod
    def direction(self, name: str, gradient: Tensor, step: int) -> Tensor:
        """Where the parameter ``name`` goes at update ``step`` = 0, 1, ...; may reuse its input."""

    def state(self) -> list[Tensor]:
        """What it remembers between updates."""
        return []

    def keep(self, trials: Sequence[int]) -> None:  # noqa: B027 - most have nothing to forget
        """Forget all trials but these."""


class Plain(Optimiser):
    """SGD: the gradient itself."""

    def direction(self, name: str, gradient: Tensor, step: int) -> Tensor:
        return gradient


class Sign(Optimiser):
    """Sign SGD with a dead zone: sign(g) where |g| >= rho, else 0 (Kou et al. 2024)."""

    def __init__(self, dead_zone: float) -> None:
        self._dead_zone = dead_zone

    def direction(self, name: str, gradient: Tensor, step: int) -> Tensor:
        if not self._dead_zone:
            return gradient.sign_()
        return gradient.sign() * (gradient.abs() >= self._dead_zone)


class _Remembering(Optimiser):
    """An optimiser with running averages of the size of the parameters."""

    def __init__(self) -> None:
        self._memory: list[Theta] = []

    def _recall(self, place: int, name: str, like: Tensor) -> Tensor:
        while len(self._memory) <= place:
            self._memory.append({})
        if name not in self._memory[place]:
            self._memory[place][name] = torch.zeros_like(like)
        return self._memory[place][name]

    def state(self) -> list[Tensor]:
        return [value for theta in self._memory for value in theta.values()]

    def keep(self, trials: Sequence[int]) -> None:
        self._memory = [
            {name: compact(value, trials) for name, value in theta.items()}
            for theta in self._memory
        ]


class Momentum(_Remembering):
    """Heavy ball: v <- mu v + g, and v is the direction."""

    def __init__(self, momentum: float) -> None:
        super().__init__()
        self._momentum = momentum

    def direction(self, name: str, gradient: Tensor, step: int) -> Tensor:
        return self._recall(0, name, gradient).mul_(self._momentum).add_(gradient)


class Adam(_Remembering):
    """m / (1 - b1^t) over sqrt(v / (1 - b2^t)) + eps, m and v averages of g and g^2."""

    def direction(self, name: str, gradient: Tensor, step: int) -> Tensor:
        first, second = BETAS
        mean = self._recall(0, name, gradient).mul_(first).add_(gradient, alpha=1 - first)
        square = self._recall(1, name, gradient).mul_(second)
        square.addcmul_(gradient, gradient, value=1 - second)
        size = (square / (1 - second ** (step + 1))).sqrt_().add_(EPSILON)
        return mean / size.mul_(1 - first ** (step + 1))


def make_optimiser(name: str, *, momentum: float, dead_zone: float) -> Optimiser:
    """The optimiser of a name."""
    if name == "momentum":
        return Momentum(momentum)
    if name == "adam":
        return Adam()
    return Sign(dead_zone) if name == "sign" else Plain()
