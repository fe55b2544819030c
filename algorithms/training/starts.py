"""Where training starts: the laws that initial weights are drawn from.

With c given, every weight is on that scale. Without, the scale is the usual one of the law:

- ``default``: PyTorch's for Linear layers, uniform on +-1/sqrt(fan-in), biases too;
- ``uniform``: on +-c, c = sqrt(6 / (fan-in + fan-out)) (Xavier);
- ``gaussian``: N(0, c^2), c = sqrt(2 / fan-in) (Kaiming);
- ``bernoulli``: +-c, c that of ``uniform``;
- ``sparse``: in every row of the first layer ``sparsity`` places chosen at random are +-c, c = 1 by
  default, the others 0 (Edelman et al. 2023 find 2 best); the other layers as in ``default``.

Biases follow the law of their layer, and the factors that a network has of its own come on top.
Barak et al. 2022 (appendix D.1) name the first four laws and say that the scale matters little;
what they did with biases is not known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.networks.network import Block, Floats, Network


@dataclass(frozen=True)
class Start:
    """A law of initial weights.

    Attributes:
        law: its name.
        scale: c, or None for the law's own.
        sparsity: number of nonzero weights per row of the first layer, for ``sparse``.
        bias_scale: factor of the biases in the first layer's last column.
        later_scale: factor of all parameters of later layers.
    """

    law: str = "default"
    scale: float | None = None
    sparsity: int = 2
    bias_scale: float = 1.0
    later_scale: float = 1.0

    def draw(self, network: Network, rng: np.random.Generator) -> dict[str, Floats]:
        """Initial parameters of one network, by block, without padding."""
        return {name: self._block(block, rng) for name, block in network.blocks().items()}

    def _block(self, block: Block, rng: np.random.Generator) -> Floats:
        if block.fixed_at is not None:
            return np.full(block.shape, block.fixed_at, dtype=np.float32)
        if self.law == "sparse" and block.first:
            values: npt.NDArray[np.floating] = self._sparse_signs(block, rng)
        else:
            values = self._dense(block, rng)
        if not block.first:
            values *= self.later_scale
        elif block.bias_column and self.bias_scale != 1:
            values[..., -1] *= self.bias_scale
        if block.mask is not None:
            values *= block.mask
        return values.astype(np.float32)

    def _dense(self, block: Block, rng: np.random.Generator) -> npt.NDArray[np.floating]:
        if self.law in ("default", "sparse"):
            default = 1 / math.sqrt(block.fan_in)
            given = self.scale if self.law == "default" else None
            return (given or default) * rng.uniform(-1, 1, block.shape)
        if self.law == "gaussian":
            return (self.scale or math.sqrt(2 / block.fan_in)) * rng.standard_normal(block.shape)
        c = self.scale or math.sqrt(6 / (block.fan_in + block.fan_out))
        if self.law == "uniform":
            return c * rng.uniform(-1, 1, block.shape)
        return c * (1.0 - 2 * rng.integers(0, 2, block.shape))

    def _sparse_signs(self, block: Block, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        values = np.zeros(block.shape)
        rows = values.reshape(-1, block.shape[-1])
        exists = np.ones(block.shape) if block.mask is None else block.mask
        for row, allowed in zip(rows, exists.reshape(rows.shape), strict=True):
            # Biases start at 0.
            places = np.flatnonzero(allowed[:-1] if block.bias_column else allowed)
            chosen = rng.choice(places, min(self.sparsity, len(places)), replace=False)
            row[chosen] = (self.scale or 1.0) * (1.0 - 2 * rng.integers(0, 2, len(chosen)))
        return values
