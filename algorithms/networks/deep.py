"""Deeper MLPs, for which the gradient of one layer alone says nothing.

With the activation z^2 and all layers but one replaced by random weights, the population gradient
of each layer can vanish, and yet training from end to end finds parities of up to 2^(L-1) bits
(Barak et al. 2022, appendix C.7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from parity_compare.algorithms.networks.activations import Activation, Power
from parity_compare.algorithms.networks.network import (
    Block,
    Floats,
    Network,
    Theta,
    padded,
    read_out,
)


@dataclass(frozen=True)
class DeepNetwork(Network):
    """f(x) = u . h_(L-1) + c, h_l = sigma(W_l h_(l-1) + b_l), h_0 = x.

    Parameters: ``W1`` ``(R_1, C)`` with the biases in column n; ``W2``, ... ``(R_l, R_(l-1))`` and
    ``b2``, ... ``(R_l,)``; ``u`` ``(R_(L-1),)`` and ``c`` ``(1,)``; R_l = padded(widths[l-1]).

    Attributes:
        n: number of input bits.
        widths: numbers of units of the L - 1 hidden layers.
        activation: sigma; z^2 by default.
    """

    widths: tuple[int, ...]
    activation: Activation = Power(2)

    name: ClassVar[str] = "deep"

    def blocks(self) -> dict[str, Block]:
        sizes = (self.n, *self.widths, 1)
        stored = [padded(width) for width in self.widths]
        first, second = self.widths[0], sizes[2]
        blocks = {
            "W1": Block((first, self.n + 1), self.n, second, (stored[0], padded(self.n + 1)),
                        first=True, bias_column=True),
        }  # fmt: skip
        for layer in range(1, len(self.widths)):
            fan_in, width, fan_out = sizes[layer : layer + 3]
            shape = (stored[layer], stored[layer - 1])
            blocks[f"W{layer + 1}"] = Block((width, fan_in), fan_in, fan_out, shape)
            blocks[f"b{layer + 1}"] = Block((width,), fan_in, fan_out, shape[:1], bias=True)
        last = self.widths[-1]
        blocks["u"] = Block((last,), last, 1, (stored[-1],))
        blocks["c"] = Block((1,), last, 1, (1,), bias=True)
        return blocks

    def outputs(self, theta: Theta, X: Tensor) -> Tensor:
        return self.forward(theta, X)[0]

    def forward(self, theta: Theta, X: Tensor) -> tuple[Tensor, Any]:
        before = [torch.bmm(X, theta["W1"].mT)]
        after = [self.activation.value(before[0])]
        for layer in range(2, len(self.widths) + 1):
            product = torch.bmm(after[-1], theta[f"W{layer}"].mT)
            before.append(product + theta[f"b{layer}"].unsqueeze(1))
            after.append(self.activation.value(before[-1]))
        f = read_out(theta["u"], after[-1]) + theta["c"]
        return f, (before, after)

    def backward(self, theta: Theta, X: Tensor, way: Any, slopes: Tensor) -> Theta:
        """Back-propagation: dL/da_l = sigma'(a_l) * W_(l+1)^T dL/da_(l+1)."""
        before, after = way
        g = slopes.unsqueeze(2)
        gradients = {
            "u": torch.bmm(after[-1].mT, g).squeeze(2),
            "c": slopes.sum(dim=1, keepdim=True),
        }
        delta = g * theta["u"].unsqueeze(1)
        for layer in range(len(self.widths), 1, -1):
            delta = delta * self.activation.slope(before[layer - 1])
            gradients[f"W{layer}"] = torch.bmm(delta.mT, after[layer - 2])
            gradients[f"b{layer}"] = delta.sum(dim=1)
            delta = torch.bmm(delta, theta[f"W{layer}"])
        delta = delta * self.activation.slope(before[0])
        gradients["W1"] = torch.bmm(delta.mT, X)
        return gradients

    def input_weights(self, theta: Mapping[str, npt.NDArray[np.floating]]) -> Floats:
        return np.asarray(theta["W1"][: self.widths[0], : self.n], dtype=np.float32)

    def operations(self, batch: int) -> float:
        """6 B per weight past the first layer, 4 B in it: products forward, back and for W."""
        sizes = (*self.widths, 1)
        later = sum(a * b for a, b in pairwise(sizes))
        units = sum(self.widths)
        return float(batch * (4 * self.widths[0] * (self.n + 1) + 6 * later + 7 * units))

    def activations(self) -> int:
        return 2 * sum(padded(width) for width in self.widths)
