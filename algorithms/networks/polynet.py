"""PolyNet, the product of k affine forms: Barak et al. 2022, section 3.1 (xv) and section 4.2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from parity_compare.algorithms.networks.network import Block, Floats, Network, Theta, affine, padded


@dataclass(frozen=True)
class PolyNet(Network):
    """f(x) = prod over i = 1..k of (w_i . x + b_i).

    Parameters: ``W`` ``(k, C)``, C = padded(n + 1), whose column n holds the biases. Trial slices
    are whole cache lines without padding rows.

    Attributes:
        n: number of input bits.
        k: number of factors.
        disjoint: factor i reads block i alone, the coordinates from i n' to (i + 1) n' - 1 with
            n' = n / k, and has no bias: f(x) = prod <w_i, x_(P_i)>. It can be no parity but of one
            coordinate per block (``SparseParity(..., blocks=True)``).
    """

    k: int
    disjoint: bool = False

    name: ClassVar[str] = "polynet"

    def blocks(self) -> dict[str, Block]:
        n, k = self.n, self.k
        mask = None
        if self.disjoint:
            mask = np.zeros((k, n + 1), dtype=np.bool_)
            for i in range(k):
                mask[i, i * (n // k) : (i + 1) * (n // k)] = True
        fan_in = n // k if self.disjoint else n
        return {
            "W": Block(
                (k, n + 1), fan_in, 1, (k, padded(n + 1)), first=True, bias_column=True, mask=mask
            )
        }

    def outputs(self, theta: Theta, X: Tensor) -> Tensor:
        return affine(theta["W"], X).prod(dim=2)

    def forward(self, theta: Theta, X: Tensor) -> tuple[Tensor, Any]:
        factors = affine(theta["W"], X)
        # Products of all factors before and after each: their product is all but one factor, and
        # needs no division by a factor that may be zero.
        before, after = torch.ones_like(factors), torch.ones_like(factors)
        for i in range(1, self.k):
            torch.mul(before[:, :, i - 1], factors[:, :, i - 1], out=before[:, :, i])
            j = self.k - 1 - i
            torch.mul(after[:, :, j + 1], factors[:, :, j + 1], out=after[:, :, j])
        f = before[:, :, -1] * factors[:, :, -1]
        return f, before.mul_(after)

    def backward(self, theta: Theta, X: Tensor, way: Any, slopes: Tensor) -> Theta:
        """dL/d[w_i b_i] = sum over examples of g [x 1] prod over j != i of (w_j . x + b_j)."""
        gradient = torch.bmm((way * slopes.unsqueeze(2)).mT, X)
        if self.disjoint:
            mask = torch.zeros(gradient.shape[1:], dtype=gradient.dtype)
            mask[:, : self.n + 1] = torch.from_numpy(self.blocks()["W"].mask)
            gradient.mul_(mask.to(gradient.device))
        return {"W": gradient}

    def input_weights(self, theta: Mapping[str, npt.NDArray[np.floating]]) -> Floats:
        return np.asarray(theta["W"][:, : self.n], dtype=np.float32)

    def operations(self, batch: int) -> float:
        """B k (4 (n + 1) + 5): two products with W, five passes over the factors."""
        return float(batch * self.k * (4 * (self.n + 1) + 5))

    def activations(self) -> int:
        return 3 * self.k
