"""f(x) = s * u . sigma(W x + b) + c for any activation, with its gradient in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from parity_compare.algorithms.networks.activations import Activation
from parity_compare.algorithms.networks.network import (
    Block,
    Floats,
    Network,
    Theta,
    affine,
    padded,
    read_out,
)


@dataclass(frozen=True)
class HiddenLayer(Network):
    """One hidden layer of ``width`` units.

    Parameters, with R = padded(width) and C = padded(n + 1): ``W`` ``(R, C)``, whose column n holds
    the biases b; ``u`` ``(R,)``; ``c`` ``(1,)``. A lone unit is not padded where ``lean`` is set.

    Attributes:
        n: number of input bits.
        width: number of hidden units r.
        activation: sigma.
        second_layer: whether u and c are trained; if not, u is all ones and c is 0.
        scale: s; 1/r is the mean-field scaling.
    """

    lean: ClassVar[bool] = False

    width: int
    activation: Activation
    second_layer: bool = True
    scale: float = 1.0

    def blocks(self) -> dict[str, Block]:
        n, r = self.n, self.width
        rows = 1 if r == 1 and self.lean else padded(r)
        columns = padded(n + 1)
        u = None if self.second_layer else 1.0
        c = None if self.second_layer else 0.0
        return {
            "W": Block((r, n + 1), n, r, (rows, columns), first=True, bias_column=True),
            "u": Block((r,), r, 1, (rows,), trained=self.second_layer, fixed_at=u),
            "c": Block((1,), r, 1, (1,), bias=True, trained=self.second_layer, fixed_at=c),
        }

    def outputs(self, theta: Theta, X: Tensor) -> Tensor:
        hidden = self.activation.value(affine(theta["W"], X))
        return self._read_out(theta, hidden)

    def _read_out(self, theta: Theta, hidden: Tensor) -> Tensor:
        total = read_out(theta["u"], hidden)
        if self.scale != 1:
            total = total * self.scale
        return total + theta["c"]

    def forward(self, theta: Theta, X: Tensor) -> tuple[Tensor, Any]:
        z = affine(theta["W"], X)
        hidden = self.activation.value(z)
        return self._read_out(theta, hidden), (z, hidden)

    def backward(self, theta: Theta, X: Tensor, way: Any, slopes: Tensor) -> Theta:
        """With g = dL/df and a = W x + b, over the examples of a batch:

        dL/dc = sum g, dL/du = s sum g sigma(a), dL/d[W b] = s u * sum g sigma'(a) [x 1].
        """
        z, hidden = way
        g = (slopes if self.scale == 1 else slopes * self.scale).unsqueeze(2)
        u = theta["u"].unsqueeze(2)
        gradients = {"W": torch.bmm(self.activation.slope(z).mT, g * X).mul_(u)}
        if self.second_layer:
            gradients["u"] = torch.bmm(hidden.mT, g).squeeze(2)
            gradients["u"][:, self.width :] = 0  # where sigma(0) is not 0
            gradients["c"] = slopes.sum(dim=1, keepdim=True)
        return gradients

    def input_weights(self, theta: Mapping[str, npt.NDArray[np.floating]]) -> Floats:
        return np.asarray(theta["W"][: self.width, : self.n], dtype=np.float32)

    def operations(self, batch: int) -> float:
        """B r (4 (n + 1) + 7): two products with W of 2 B r (n + 1) each, seven passes over the
        hidden layer."""
        return float(batch * self.width * (4 * (self.n + 1) + 7))

    def activations(self) -> int:
        return 2 * padded(self.width)
