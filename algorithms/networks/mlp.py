"""Two-layer ReLU networks, many at once, with their gradients in closed form.

A leading axis of every array runs over independent networks (trials). The arrays are padded with
zeros to whole cache lines, so that every network's slice is aligned like the first: matrix kernels
round differently at other alignments, and a network trained in a batch would then differ in the
last bits from the same network trained alone. Padding stays zero by itself: a padded hidden unit is
ReLU(0) = 0 with derivative 0, a padded input is 0, and a padded example has label 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from parity_compare.problems.bits import Bits, Words, to_signs, unpack

Floats = npt.NDArray[np.float32]

_CACHE_LINE = 16  # float32 numbers in 64 bytes


def padded(size: int) -> int:
    """The least multiple of a cache line that holds ``size`` numbers."""
    return -(-size // _CACHE_LINE) * _CACHE_LINE


def parameter_count(n: int, width: int) -> int:
    """Number of weights and biases: r n + r in the first layer, r + 1 in the second."""
    return width * (n + 2) + 1


@dataclass(frozen=True)
class TwoLayerReLU:
    """One trained network f(x) = u . relu(W x + b) + c as plain NumPy arrays; labels examples.

    Attributes:
        W: ``(r, n)`` weights of the first layer.
        b: ``(r,)`` its biases.
        u: ``(r,)`` weights of the second layer.
        c: its bias.
    """

    W: Floats
    b: Floats
    u: Floats
    c: float

    def outputs(self, bits: Bits) -> Floats:
        """f of examples ``(m, n)`` uint8 of 0 and 1: ``(m,)``."""
        inputs = to_signs(bits).astype(np.float32)
        hidden = np.maximum(inputs @ self.W.T + self.b, 0)
        return np.asarray(hidden @ self.u + np.float32(self.c))

    def __call__(self, bits: Bits) -> Bits:
        """Labels (0/1) of examples ``(m, n)``: 0, that is +1, where f > 0."""
        return (~(self.outputs(bits) > 0)).astype(np.uint8)


@dataclass
class Parameters:
    """Weights, or gradients with respect to them, of T networks; C = padded(n + 1), R = padded(r).

    Attributes:
        W: ``(T, R, C)`` first layer; column n holds the biases, columns past it are zero.
        u: ``(T, R, 1)`` second layer.
        c: ``(T, 1, 1)`` its bias.
    """

    W: Tensor
    u: Tensor
    c: Tensor

    def __getitem__(self, networks: Sequence[int]) -> Parameters:
        """A copy of the chosen networks alone."""
        chosen = torch.as_tensor(networks, dtype=torch.long, device=self.W.device)
        return Parameters(self.W[chosen], self.u[chosen], self.c[chosen])


class MLP:
    """T two-layer ReLU networks of one shape, trained side by side.

    Args:
        n: number of input bits.
        width: number of hidden units r.
        flat: ``(T, parameter_count(n, width))`` initial parameters of each network: the r rows of
            [W b], then u, then c.
        device: where the tensors live.
    """

    def __init__(self, n: int, width: int, flat: npt.NDArray[np.floating], device: str) -> None:
        self.n = n
        self.width = width
        given = torch.from_numpy(flat)
        trials, rows, columns = len(given), padded(width), padded(n + 1)
        self.parameters = Parameters(
            W=torch.zeros(trials, rows, columns, dtype=given.dtype, device=device),
            u=torch.zeros(trials, rows, 1, dtype=given.dtype, device=device),
            c=torch.zeros(trials, 1, 1, dtype=given.dtype, device=device),
        )
        self.add(given, 1.0)

    @staticmethod
    def initial(n: int, width: int, rng: np.random.Generator) -> Floats:
        """PyTorch's default for Linear layers: uniform on +-1/sqrt(fan-in), biases too.

        Returns:
            ``(parameter_count(n, width),)`` flat parameters of one network.
        """
        first = rng.uniform(-1, 1, width * (n + 1)) / np.sqrt(n)
        second = rng.uniform(-1, 1, width + 1) / np.sqrt(width)
        return np.concatenate([first, second]).astype(np.float32)

    def __len__(self) -> int:
        return len(self.parameters.W)

    def outputs(self, X: Tensor) -> Tensor:
        """f of padded inputs ``(T, m, C)``, see :class:`Examples`: ``(T, m, 1)``."""
        W, u, c = self.parameters.W, self.parameters.u, self.parameters.c
        return torch.bmm(torch.bmm(X, W.mT).relu_(), u).add_(c)

    def hinge_gradients(self, batch: Examples) -> tuple[Tensor, Parameters]:
        """Gradients of the mean hinge loss max(0, 1 - y f(x)) over a batch.

        With a = relu(W x + b), active examples 1 - y f > 0 and g = -y / B on them (0 elsewhere):
        dL/dc = sum g, dL/du = sum g a, dL/d[W b] = u * sum g 1{a > 0} [x 1], sums over the batch.

        Returns:
            ``(T, B)`` the examples' losses, and the gradients of their means.
        """
        W, u, c = self.parameters.W, self.parameters.u, self.parameters.c
        hidden = torch.bmm(batch.X, W.mT).relu_()
        losses = (1 - batch.y * torch.bmm(hidden, u).add_(c)).relu_()
        g = losses.sign().mul_(batch.y).mul_(-1 / batch.size)
        du = torch.bmm(hidden.mT, g)
        dc = g.sum(dim=1, keepdim=True)
        firing = hidden.sign_()  # 1{a > 0}: a is not needed any more
        dW = torch.bmm(firing.mT, g * batch.X).mul_(u)
        return losses[:, : batch.size, 0], Parameters(dW, du, dc)

    def descend(self, gradients: Parameters, lr: float, decay: float) -> None:
        """theta <- (1 - decay) theta - lr * gradient."""
        theta, step = self.parameters, gradients
        for weights, gradient in ((theta.W, step.W), (theta.u, step.u), (theta.c, step.c)):
            if decay:
                weights.mul_(1 - decay)
            weights.sub_(gradient, alpha=lr)

    def add(self, flat: Tensor, scale: float) -> None:
        """theta <- theta + scale * flat, for ``(T, parameter_count(n, width))`` flat values."""
        flat = flat.to(self.parameters.W.device)
        first = self.width * (self.n + 1)
        rows = flat[:, :first].view(len(flat), self.width, self.n + 1)
        self.parameters.W[:, : self.width, : self.n + 1].add_(rows, alpha=scale)
        self.parameters.u[:, : self.width, 0].add_(flat[:, first:-1], alpha=scale)
        self.parameters.c[:, 0, 0].add_(flat[:, -1], alpha=scale)

    def keep(self, networks: Sequence[int]) -> None:
        """Forget all networks but these."""
        self.parameters = self.parameters[networks]

    def input_weights(self, network: int) -> Floats:
        """A copy of one network's first-layer weights, without biases: ``(r, n)``."""
        weights = self.parameters.W[network, : self.width, : self.n]
        return weights.cpu().numpy().copy()

    def finite(self) -> npt.NDArray[np.bool_]:
        """Whether all parameters of each network are finite numbers: ``(T,)``."""
        theta = self.parameters
        # A sum is finite only if every term is; one that overflows is past saving, too.
        total = theta.W.sum(dim=(1, 2)) + theta.u.sum(dim=(1, 2)) + theta.c[:, 0, 0]
        return np.asarray(torch.isfinite(total).cpu().numpy())

    def snapshot(self, network: int) -> TwoLayerReLU:
        """A copy of one network that needs neither PyTorch nor the device."""
        theta, r = self.parameters, self.width
        return TwoLayerReLU(
            W=self.input_weights(network),
            b=theta.W[network, :r, self.n].cpu().numpy().copy(),
            u=theta.u[network, :r, 0].cpu().numpy().copy(),
            c=float(theta.c[network]),
        )


class Examples:
    """A batch of examples for each of T networks, in the layout that :class:`MLP` reads.

    Attributes:
        X: ``(T, M, C)``, M = padded(size), C = padded(n + 1): signs, then a column of ones.
        y: ``(T, M, 1)`` labels +-1.
        size: number of examples of each network.
    """

    def __init__(
        self, trials: int, size: int, n: int, device: str, dtype: torch.dtype = torch.float32
    ) -> None:
        self.size = size
        self.n = n
        self.X = torch.zeros(trials, padded(size), padded(n + 1), dtype=dtype, device=device)
        self.X[:, :size, n] = 1
        self.y = torch.zeros(trials, padded(size), 1, dtype=dtype, device=device)

    def fill(self, rows: Words, labels: Bits) -> None:
        """Overwrite with packed examples ``(T, size, words)`` and labels ``(T, size)``, 0/1."""
        signs = to_signs(unpack(rows, self.n))
        self.X[:, : self.size, : self.n] = torch.from_numpy(signs).to(self.X.device)
        self.y[:, : self.size, 0] = torch.from_numpy(to_signs(labels)).to(self.y.device)

    def keep(self, trials: Sequence[int]) -> None:
        """Forget all batches but these."""
        chosen = torch.as_tensor(trials, dtype=torch.long, device=self.X.device)
        self.X, self.y = self.X[chosen], self.y[chosen]
