"""Stochastic gradient Langevin dynamics: the network of SGD in a heat bath."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from parity_compare.algorithms.sgd import SGD
from parity_compare.problems.errors import InvalidInput

if TYPE_CHECKING:
    from parity_compare.algorithms.training.recipe import Recipe


@dataclass(frozen=True)
class Langevin(SGD):
    r"""Train the network of ``sgd``, with heat: Gaussian noise is added to every update.

    With learning rate $\eta$, decay $\lambda$ and temperature $T$ a step is

    $$\theta \leftarrow (1 - \lambda)\, \theta - \eta\, \nabla_\theta L
      + \sqrt{2 \eta T}\; \xi, \qquad \xi \sim N(0, I),$$

    the noise drawn from a stream of its own, for every network, loss and optimiser. At $T = 0$
    this is ``sgd`` bit for bit, and at every $T$ it meets the same examples and starts from the
    same weights. At high $T$ the gradient no longer steers and the weights take a random walk: the
    null hypothesis that Barak et al. 2022 (section 3.2) argue against. For $\eta \to 0$ the
    weights are distributed as $\exp(-L / T)$.

    Complexity: that of ``sgd`` while the drift of the weights outruns the heat; a walk in the dark
    above.
    Access: examples, fresh or fixed. Side information: $k$ for the networks of degree $k$.
    Source: Welling and Teh 2011 (ICML), with the batch gradient of ``sgd``.

    Attributes:
        temperature: $T$, the temperature of the heat bath. The default is where all trials at
            $n = 30$, $k = 3$ still succeed, but pay for the heat: 25 of 25 within 1500 steps, with
            a median of 237 steps against 147 at $T = 0$. Up to 3e-5 the heat is hardly felt (155);
            at 2e-4 16 succeed, at 1e-3 one does, though the weights of all 25 still name $S$. More
            bits bear less: at $n = 40$ the default leaves 9 of 25. Measured by
            benchmarks/temperature.py.
        prior: standard deviation $\sigma$ of a Gaussian prior $N(0, \sigma^2)$ on every parameter,
            whose pull $-\eta T \theta / \sigma^2$ makes the weights distributed as
            $\exp(-L / T)$ times the prior; None for a flat one.
    """

    name: ClassVar[str] = "langevin"
    complexity: ClassVar[str] = "that of sgd while drift outruns heat, a random walk above"
    source: ClassVar[str] = "Welling and Teh 2011 (SGLD); null hypothesis of arXiv 2207.08799"
    speed: ClassVar[float | None] = 1e10

    temperature: float = 1.5e-4
    prior: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.temperature < math.inf:
            raise InvalidInput(f"temperature must be finite and at least 0, got {self.temperature}")
        if self.prior is not None and not 0 < self.prior < math.inf:
            raise InvalidInput(f"prior must be positive and finite, got {self.prior}")

    def _recipe(self, n: int, k: int) -> Recipe:
        recipe = super()._recipe(n, k)
        schedule = replace(recipe.schedule, temperature=self.temperature, prior=self.prior)
        return replace(recipe, schedule=schedule)
