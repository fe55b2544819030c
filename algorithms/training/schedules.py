"""Learning rates, decay and heat, step by step and layer by layer."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Rates = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Steps:
    """What determines updates ``first``, ``first + 1``, ...: one number per update, ``(s,)``.

    theta <- keep theta - rate direction + heat N(0, I), with 1 for the first layer and 2 for all
    others.
    """

    first: int
    rate1: Rates
    rate2: Rates
    keep1: Rates
    keep2: Rates
    heat1: Rates
    heat2: Rates

    def __len__(self) -> int:
        return len(self.rate1)

    def holding_later_layers(self) -> Steps:
        """The same, with all layers but the first held where they are."""
        still, ones = np.zeros_like(self.rate2), np.ones_like(self.keep2)
        return replace(self, rate2=still, keep2=ones, heat2=still)


@dataclass(frozen=True)
class Schedule:
    """How fast the parameters move.

    Attributes:
        lr: learning rate of the first layer at the start, eta_0.
        later_lr: that of all other layers; None for the same, 0 holds them where they are.
        shape: ``constant``; ``linear``, eta_0 (1 - t / horizon) down to 0; ``cosine``,
            eta_0 (1 + cos(pi t / horizon)) / 2 down to 0; ``inverse``, eta_0 / (1 + t / horizon);
            ``warmup``, eta_0 min(1, (t + 1) / horizon).
        horizon: steps that the shape refers to.
        decay: lambda, the share of every parameter that is taken off at each step: the paper's.
        weight_decay: lambda', taken off at the learning rate: (1 - eta lambda') theta, PyTorch's.
        temperature: T; every step adds sqrt(2 eta T) N(0, I).
        prior: standard deviation of a Gaussian prior, whose pull is eta T theta / prior^2; None for
            a flat one.
    """

    lr: float
    later_lr: float | None = None
    shape: str = "constant"
    horizon: int = 10_000
    decay: float = 0.0
    weight_decay: float = 0.0
    temperature: float = 0.0
    prior: float | None = None

    @property
    def constant(self) -> bool:
        """Whether all steps are alike."""
        return self.shape == "constant"

    def steps(self, first: int, count: int) -> Steps:
        """The numbers of ``count`` updates from the one that follows ``first`` earlier ones."""
        form = self._form(np.arange(first, first + count, dtype=np.float64))
        rates = (self.lr * form, (self.lr if self.later_lr is None else self.later_lr) * form)
        pull = self.weight_decay
        if self.prior is not None:
            pull += self.temperature / self.prior**2
        # A layer that is held has no decay either.
        keeps = [np.where(rate > 0, 1 - self.decay, 1.0) - rate * pull for rate in rates]
        heats = [np.sqrt(2 * rate * self.temperature) for rate in rates]
        return Steps(first, *(values.astype(np.float32) for values in (*rates, *keeps, *heats)))

    def _form(self, t: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        share = t / self.horizon
        if self.shape == "linear":
            return np.maximum(0.0, 1 - share)
        if self.shape == "cosine":
            return (1 + np.cos(math.pi * np.minimum(share, 1.0))) / 2
        if self.shape == "inverse":
            return 1 / (1 + share)
        if self.shape == "warmup":
            return np.minimum(1.0, (t + 1) / self.horizon)
        return np.ones_like(t)
