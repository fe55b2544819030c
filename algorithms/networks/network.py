"""What a network is to the training loop: an architecture whose weights carry a trial axis.

A leading axis of every array runs over independent networks (trials). Arrays are padded with zeros
to whole cache lines, so that every network's slice is aligned like the first: matrix kernels round
differently at other alignments, and a network trained in a batch would then differ in the last bits
from the same network trained alone.

Inputs come as :class:`Examples`: signs, then a column of ones that makes biases a column of the
first layer, then zeros.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import embedding

from parity_compare.algorithms.compaction import compact
from parity_compare.problems.bits import Bits, Words, pack

Floats = npt.NDArray[np.float32]
Theta = dict[str, Tensor]
"""Parameters by name, each ``(T, ...)``; or gradients with respect to them."""

CACHE_LINE = 16
"""float32 numbers in 64 bytes."""


def padded(size: int) -> int:
    """The least multiple of a cache line that holds ``size`` numbers."""
    return -(-size // CACHE_LINE) * CACHE_LINE


def affine(W: Tensor, X: Tensor) -> Tensor:
    """W x for every input: weights ``(T, R, C)`` and inputs ``(T, M, C)`` to ``(T, M, R)``.

    The weights stand on the left: a product whose right factor is one column takes another kernel,
    which rounds differently, when there is one trial than when there are several.
    """
    return torch.bmm(W, X.mT).mT if W.shape[1] == 1 else torch.bmm(X, W.mT)


def read_out(u: Tensor, hidden: Tensor) -> Tensor:
    """u . h for every example: ``(T, R)`` and ``(T, M, R)`` to ``(T, M)``; u stands on the left."""
    return torch.bmm(u.unsqueeze(1), hidden.mT).squeeze(1)


@dataclass(frozen=True)
class Block:
    """One array of a network's parameters.

    Attributes:
        shape: its shape without padding; one axis or more.
        fan_in, fan_out: numbers of units that feed one of its units, and that one of its inputs
            feeds; they set the scale of the start.
        stored: its shape with padding.
        bias: whether it holds biases.
        bias_column: whether its last column holds biases.
        first: whether it belongs to the first layer.
        trained: whether it moves at all.
        fixed_at: the value that it starts with, whatever the law of the start; None for that law.
        mask: which entries exist, of ``shape``; None for all.
    """

    shape: tuple[int, ...]
    fan_in: int
    fan_out: int
    stored: tuple[int, ...]
    bias: bool = False
    bias_column: bool = False
    first: bool = False
    trained: bool = True
    fixed_at: float | None = None
    mask: npt.NDArray[np.bool_] | None = None

    @property
    def size(self) -> int:
        """Number of entries without padding."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Network(ABC):
    """An architecture: a function f(x; theta) of ``n`` signs, and its gradient in theta.

    Attributes:
        n: number of input bits.
    """

    n: int

    name: ClassVar[str]
    """What the command line calls it."""

    @abstractmethod
    def blocks(self) -> dict[str, Block]:
        """The parameters, in the order in which starts and heat are drawn for them."""

    @abstractmethod
    def outputs(self, theta: Theta, X: Tensor) -> Tensor:
        """f of inputs ``(T, M, C)``, see :class:`Examples`: ``(T, M)``."""

    def forward(self, theta: Theta, X: Tensor) -> tuple[Tensor, Any]:
        """f of a batch, and whatever :meth:`backward` needs of the way there.

        By default the way is left to automatic differentiation. The trials do not meet, so the
        gradient of the sum of their losses holds each trial's own gradient.
        """
        with torch.enable_grad():
            leaves = {name: value.detach().requires_grad_() for name, value in theta.items()}
            f = self.outputs(leaves, X)
        return f.detach(), (leaves, f)

    def backward(self, theta: Theta, X: Tensor, way: Any, slopes: Tensor) -> Theta:
        """dL/dtheta from dL/df = ``slopes`` ``(T, M)``; only of the blocks that are trained."""
        leaves, f = way
        trained = [name for name, block in self.blocks().items() if block.trained]
        gradients = torch.autograd.grad(f, [leaves[name] for name in trained], slopes)
        return dict(zip(trained, gradients, strict=True))

    @abstractmethod
    def input_weights(self, theta: Mapping[str, npt.NDArray[np.floating]]) -> Floats:
        """The weights that each input coordinate meets first, of one network: ``(units, n)``.

        Args:
            theta: the parameters of one network, padded, without the trial axis.
        """

    @abstractmethod
    def operations(self, batch: int) -> float:
        """Floating-point operations of forward and backward pass over one batch, by formula."""

    @property
    def parameter_count(self) -> int:
        """Number of trained and untrained parameters, padding left out."""
        return sum(block.size for block in self.blocks().values())

    def activations(self) -> int:
        """Numbers that one example leaves in the hidden layers: they set the memory of a batch."""
        return 1

    def assemble(self, values: Mapping[str, npt.NDArray[np.floating]], device: str) -> Theta:
        """Pad ``(T, *shape)`` arrays of all blocks and move them to a device."""
        theta: Theta = {}
        for name, block in self.blocks().items():
            given = torch.from_numpy(np.ascontiguousarray(values[name]))
            stored = torch.zeros(len(given), *block.stored, dtype=given.dtype, device=device)
            stored[(slice(None), *(slice(0, size) for size in block.shape))] = given.to(device)
            theta[name] = stored
        return theta


class Examples:
    """A batch of examples for each of T networks, in the layout that networks read.

    Attributes:
        X: ``(T, M, C)``, M = padded(size), C = padded(n + 1): signs, then a column of ones.
        y: ``(T, M)`` labels +-1, 0 in the padding.
        size: number of examples of each network.
    """

    def __init__(
        self, trials: int, size: int, n: int, device: str, dtype: torch.dtype = torch.float32
    ) -> None:
        self.size = size
        self.n = n
        self.X = torch.zeros(trials, padded(size), padded(n + 1), dtype=dtype, device=device)
        self.X[:, :size, n] = 1
        self.y = torch.zeros(trials, padded(size), dtype=dtype, device=device)

    def fill(self, rows: Words, labels: Bits) -> None:
        """Overwrite with packed examples ``(T, size, words)`` and labels ``(T, size)``, 0/1."""
        device = self.X.device
        words = torch.from_numpy(rows.view(np.int64)).to(device, non_blocking=True)
        bits = torch.from_numpy(labels).to(device, non_blocking=True)
        self.fill_from(words, bits)

    def fill_from(self, words: Tensor, labels: Tensor) -> None:
        """:meth:`fill` from tensors on the device: int64 bit patterns, and uint8 labels."""
        count = -(-self.n // 8)
        bytes_of_row = words.view(torch.uint8)[..., :count].int()  # the lowest bits come first
        signs = embedding(bytes_of_row, _signs_of_byte(self.X.dtype, self.X.device)).flatten(2)
        self.X[:, : self.size, : self.n] = signs[..., : self.n]
        self.y[:, : self.size] = 1 - 2 * labels.to(self.y.dtype)

    def keep(self, trials: Sequence[int]) -> None:
        """Forget all batches but these."""
        self.X, self.y = compact(self.X, trials), compact(self.y, trials)


@cache
def _signs_of_byte(dtype: torch.dtype, device: torch.device) -> Tensor:
    """``(256, 8)``: the eight signs that every byte stands for."""
    bits = torch.arange(256, device=device)[:, None] >> torch.arange(8, device=device) & 1
    return (1 - 2 * bits).to(dtype)


@dataclass(frozen=True)
class TrainedNetwork:
    """One network with its weights: labels examples. It stays as it is while training goes on.

    Attributes:
        network: the architecture.
        theta: its parameters, padded, without the trial axis.
    """

    network: Network
    theta: Mapping[str, Floats]

    def outputs(self, bits: Bits) -> Floats:
        """f of examples ``(m, n)`` uint8 of 0 and 1: ``(m,)``."""
        return self._outputs(pack(bits))

    def __call__(self, bits: Bits) -> Bits:
        """Labels (0/1) of examples ``(m, n)``: 0, that is +1, where f > 0."""
        return self.label(pack(bits))

    def label(self, rows: Words) -> Bits:
        """Labels (0/1) of packed examples ``(m, words)``."""
        return (~(self._outputs(rows) > 0)).astype(np.uint8)

    def _outputs(self, rows: Words) -> Floats:
        batch = Examples(1, len(rows), self.network.n, "cpu")
        batch.fill(rows[np.newaxis], np.zeros((1, len(rows)), dtype=np.uint8))
        with torch.no_grad():
            f = self.network.outputs(self._tensors(), batch.X)
        return f[0, : len(rows)].numpy()

    def input_weights(self) -> Floats:
        """The weights that each input coordinate meets first: ``(units, n)``."""
        return self.network.input_weights(self.theta)

    def input_gradients(self, bits: Bits, slopes: Floats) -> Floats:
        """sum_j slopes_j df(x_j)/d(input weights), for examples ``(m, n)``: ``(units, n)``.

        With slopes dl/df / m these are the gradients of a mean loss.
        """
        batch = Examples(1, len(bits), self.network.n, "cpu")
        batch.fill(pack(bits)[np.newaxis], np.zeros((1, len(bits)), dtype=np.uint8))
        weights = torch.zeros_like(batch.y)
        weights[0, : len(bits)] = torch.from_numpy(slopes)
        with torch.no_grad():
            theta = self._tensors()
            _, way = self.network.forward(theta, batch.X)
            gradients = self.network.backward(theta, batch.X, way, weights)
        filled = {
            name: gradients[name][0].numpy() if name in gradients else np.zeros_like(value)
            for name, value in self.theta.items()
        }
        return self.network.input_weights(filled)

    def batch_gradients(
        self, rows: Words, labels: Bits, slope: Callable[[Tensor, Tensor], Tensor]
    ) -> Floats:
        """Gradients of the mean loss in the input weights, of many batches in one pass.

        Args:
            rows: ``(b, m, words)``, b batches of m packed examples.
            labels: ``(b, m)``, 0/1.
            slope: dl/df from labels +-1 and outputs, both ``(b, m)``.

        Returns:
            ``(b, units, n)``.
        """
        b, m = labels.shape
        batch = Examples(b, m, self.network.n, "cpu")
        batch.fill(rows, labels.copy())  # PyTorch wants arrays that may be written to
        with torch.no_grad():
            theta = {
                name: value.expand(b, *value.shape[1:]) for name, value in self._tensors().items()
            }
            f, way = self.network.forward(theta, batch.X)
            weights = torch.zeros_like(batch.y)
            weights[:, :m] = slope(batch.y[:, :m], f[:, :m]) / m
            gradients = self.network.backward(theta, batch.X, way, weights)
        untrained = {name: np.zeros_like(value) for name, value in self.theta.items()}
        return np.stack(
            [
                self.network.input_weights(
                    untrained | {name: block[i].numpy() for name, block in gradients.items()}
                )
                for i in range(b)
            ]
        )

    def _tensors(self) -> Theta:
        return {name: torch.from_numpy(value)[np.newaxis] for name, value in self.theta.items()}
