"""Population gradients: what infinitely many examples would tell a learner of its weights.

Exactly, by enumeration of all 2^n inputs, for every architecture and loss; and in closed form for
a threshold neuron, at any n. These are the gradients in which SGD finds the Fourier gap (Barak et
al. 2022, arXiv 2207.08799, section 4): with the correlation loss -y f, the gradient in w of
f = relu(w.x - b) is -E[y x_i 1{w.x >= b}], minus the coefficients of a threshold function at the
sets S - i and S + i.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import pack
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.fourier import Reals, cube, fourier_coefficients, index_of
from parity_compare.problems.thresholds import ln_threshold_coefficient

if TYPE_CHECKING:
    from torch import Tensor

    from parity_compare.algorithms.networks.network import Examples, Theta, TrainedNetwork
    from parity_compare.algorithms.training.losses import Loss

MOST_BITS = 20
"""Gradients of networks of more bits are not enumerated."""

_NUMBERS = 1 << 22  # float64 that a block of inputs leaves in the layers: 32 MiB


def population_gradients(
    trained: TrainedNetwork,
    support: Sequence[int],
    loss: str = "correlation",
    *,
    noise: float = 0.0,
) -> dict[str, Reals]:
    """The gradient of E[l(y, f(x))] in every block of parameters that is trained.

    x is uniform and y = chi_S(x), flipped with probability eta. It is computed in double precision,
    as the mean over all 2^n inputs of ((1 - eta) l'(chi_S, f) + eta l'(-chi_S, f)) df/dtheta.

    Args:
        trained: the network and its weights.
        support: S.
        loss: its name, see :data:`.training.losses.LOSSES`.
        noise: eta, in [0, 1/2]; at 1/2 labels are coin tosses.

    Returns:
        By block, without padding: arrays of :attr:`.networks.network.Block.shape`, where for
        instance ``W`` ``(width, n + 1)`` of a two-layer network has the biases in column n.
        Entries that a block's mask leaves out are 0.

    Raises:
        InvalidInput: an argument is out of range, or n is above :data:`MOST_BITS`.
    """
    import torch

    function = _checked(trained, support, loss, noise)
    network, theta = trained.network, _in_double(trained)
    totals: dict[str, Tensor] = {}
    with torch.no_grad():
        for batch, share in _inputs(trained, support):
            f, way = network.forward(theta, batch.X)
            slopes = (1 - noise) * function.slope(batch.y, f)
            if noise:
                slopes += noise * function.slope(-batch.y, f)
            for name, gradient in network.backward(theta, batch.X, way, slopes * share).items():
                totals[name] = totals[name] + gradient if name in totals else gradient
    blocks = network.blocks()
    gradients = {}
    for name, total in totals.items():
        block = blocks[name]
        cut = total[0].numpy()[tuple(slice(0, size) for size in block.shape)]
        gradients[name] = np.array(cut if block.mask is None else cut * block.mask)
    return gradients


def population_loss(
    trained: TrainedNetwork,
    support: Sequence[int],
    loss: str = "correlation",
    *,
    noise: float = 0.0,
) -> float:
    """E[l(y, f(x))], whose gradient :func:`population_gradients` is; the same arguments."""
    import torch

    function = _checked(trained, support, loss, noise)
    theta, total = _in_double(trained), 0.0
    with torch.no_grad():
        for batch, share in _inputs(trained, support):
            f = trained.network.outputs(theta, batch.X)
            values = (1 - noise) * function.value(batch.y, f)
            if noise:
                values += noise * function.value(-batch.y, f)
            total += float((values * share).sum())
    return total


def network_coefficients(trained: TrainedNetwork) -> Reals:
    """The Fourier coefficients ``(2^n,)`` of a network's output f, in double precision.

    Raises:
        InvalidInput: n is above :data:`MOST_BITS`.
    """
    import torch

    _check_bits(trained.network.n)
    theta, outputs = _in_double(trained), []
    with torch.no_grad():
        for batch, _ in _inputs(trained, ()):
            f = trained.network.outputs(theta, batch.X)
            outputs.append(f[0, : batch.size].numpy())
    return fourier_coefficients(np.concatenate(outputs))


def threshold_neuron_gradient(
    weights: npt.ArrayLike, bias: float, support: Sequence[int], *, noise: float = 0.0
) -> Reals:
    """E[y x_i 1{w.x >= b}] for every i, in closed form at any n: ``(n,)``.

    It is minus the population gradient in w of relu(w.x - b) under the correlation loss, at a
    w of signs where no w.x is b. With c_s from :func:`.problems.thresholds.threshold_coefficient`
    and J = floor((n - ceil b) / 2) it is (1 - 2 eta) times

        c_{k-1} prod of w_j over j in S - i    for i in S,
        c_{k+1} prod of w_j over j in S + i    for other i.

    Args:
        weights: w, ``(n,)`` of -1 and 1.
        bias: b.
        support: S.
        noise: eta, in [0, 1/2].

    Raises:
        InvalidInput: an argument breaks its rule.
    """
    w = np.asarray(weights, dtype=np.float64)
    if w.ndim != 1 or not len(w) or not np.all(np.abs(w) == 1):
        raise InvalidInput("weights must be a vector of the signs -1 and 1")
    if not math.isfinite(bias):
        raise InvalidInput(f"bias must be finite, got {bias}")
    n, k = len(w), len(support)
    _check_support(support, n)
    _check_noise(noise)
    inside = np.zeros(n, dtype=np.bool_)
    inside[list(support)] = True
    # w.x is an integer, so b may be rounded up first; n - b would lose a b that is next to 0.
    radius = (n - math.ceil(bias)) // 2
    if radius < 0:
        return np.zeros(n)
    lower = float(ln_threshold_coefficient(n, k - 1, radius)) if k else 0.0
    upper = float(ln_threshold_coefficient(n, k + 1, radius))
    # w_i = 1 / w_i, so both products are w_i times that over S.
    gradient: Reals = (1 - 2 * noise) * np.prod(w[inside]) * w * np.where(inside, lower, upper)
    return gradient


def _inputs(trained: TrainedNetwork, support: Sequence[int]) -> Iterator[tuple[Examples, Tensor]]:
    """All inputs in blocks with their clean labels, and 2^-n for each but 0 in the padding."""
    import torch

    from parity_compare.algorithms.networks.network import Examples, padded

    network = trained.network
    per_input = padded(network.n + 1) + network.activations()
    most = 1 << max(0, (_NUMBERS // per_input).bit_length() - 1)
    size, members = min(2**network.n, most), list(support)
    batch = Examples(1, size, network.n, "cpu", torch.float64)
    share = torch.zeros_like(batch.y)
    share[:, :size] = 0.5**network.n
    for first in range(0, 2**network.n, size):
        bits = cube(network.n, first, first + size)
        labels = np.bitwise_xor.reduce(bits[:, members], axis=1)
        batch.fill(pack(bits)[np.newaxis], labels[np.newaxis])
        yield batch, share


def _in_double(trained: TrainedNetwork) -> Theta:
    import torch

    return {
        name: torch.from_numpy(np.asarray(value, dtype=np.float64))[np.newaxis]
        for name, value in trained.theta.items()
    }


def _checked(trained: TrainedNetwork, support: Sequence[int], loss: str, noise: float) -> Loss:
    from parity_compare.algorithms.training.losses import LOSSES

    _check_bits(trained.network.n)
    _check_support(support, trained.network.n)
    _check_noise(noise)
    if loss not in LOSSES:
        raise InvalidInput(f"loss must be one of {', '.join(LOSSES)}, got {loss!r}")
    return LOSSES[loss]


def _check_bits(n: int) -> None:
    if n > MOST_BITS:
        raise InvalidInput(f"n must be at most {MOST_BITS} to list all 2^n inputs, got {n}")


def _check_noise(noise: float) -> None:
    if not 0 <= noise <= 0.5:
        raise InvalidInput(f"noise must lie in [0, 0.5], got {noise}")


def _check_support(support: Sequence[int], n: int) -> None:
    if index_of(support) >> n:
        raise InvalidInput(f"support must lie in 0..n-1 = 0..{n - 1}, got {max(support)}")
