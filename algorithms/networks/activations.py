"""Activations with their derivatives, for hidden layers in closed form.

Those of the one-neuron networks interpolate the parity: at z = w . x with w the indicator of S,
z runs over -k, -k + 2, ..., k and the parity is (-1)^((k - z) / 2) (Barak et al. 2022, section
3.1).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.polynomial.polynomial as poly
import numpy.typing as npt
import torch
from torch import Tensor


class Activation(ABC):
    """A function of one variable, applied to every number of a tensor."""

    @abstractmethod
    def value(self, z: Tensor) -> Tensor:
        """sigma(z)."""

    @abstractmethod
    def slope(self, z: Tensor) -> Tensor:
        """sigma'(z); where there is a kink, one of the one-sided derivatives or 0."""


@dataclass(frozen=True)
class ReLU(Activation):
    """max(0, z), with derivative 0 at 0."""

    def value(self, z: Tensor) -> Tensor:
        return z.relu()

    def slope(self, z: Tensor) -> Tensor:
        return (z > 0).to(z.dtype)


@dataclass(frozen=True)
class Power(Activation):
    """z^k."""

    k: int

    def value(self, z: Tensor) -> Tensor:
        return z**self.k

    def slope(self, z: Tensor) -> Tensor:
        return self.k * z ** (self.k - 1)


@dataclass(frozen=True)
class ParityPolynomial(Activation):
    """The polynomial of degree k through the parity's values at -k, -k + 2, ..., k."""

    k: int

    @cached_property
    def coefficients(self) -> tuple[float, ...]:
        """Of 1, z, z^2, ..., z^k; Newton's divided differences, exact but for one rounding each."""
        nodes = np.arange(-self.k, self.k + 1, 2, dtype=np.float64)
        total: npt.NDArray[np.floating] = np.zeros(1)
        basis: npt.NDArray[np.floating] = np.ones(1)
        for j, node in enumerate(nodes):
            # The j-th difference of (-1)^(k-i) over i is (-2)^j (-1)^k, the nodes lie 2 apart, so
            # the divided difference is (-2)^j (-1)^k / (j! 2^j).
            total = poly.polyadd(total, (-1) ** (self.k + j) / math.factorial(j) * basis)
            basis = poly.polymul(basis, [-node, 1.0])
        return tuple(total.tolist())

    def value(self, z: Tensor) -> Tensor:
        return _horner(self.coefficients, z)

    def slope(self, z: Tensor) -> Tensor:
        return _horner(tuple(poly.polyder(self.coefficients).tolist()), z)


@dataclass(frozen=True)
class Zigzag(Activation):
    """The triangle wave of period 4 with slope +-1 that is sin(pi (z + phase) / 2) at integer
    z + phase."""

    phase: float = 0.0

    def value(self, z: Tensor) -> Tensor:
        return 1 - (torch.remainder(z + self.phase + 1, 4) - 2).abs()

    def slope(self, z: Tensor) -> Tensor:
        return 2 * (torch.remainder(z + self.phase + 1, 4) < 2).to(z.dtype) - 1


@dataclass(frozen=True)
class ParityZigzag(Activation):
    """k straight pieces of slope +-1 through the parity's values; the outer two go on for ever."""

    k: int

    def value(self, z: Tensor) -> Tensor:
        # Inside +-k a triangle wave whose phase puts a peak at k; outside, the excess at its slope.
        inner = z.clamp(-self.k, self.k)
        wave = (torch.remainder(self.k - inner + 2, 4) - 2).abs()
        return 1 - wave + (z - inner) * self._outer(z)

    def slope(self, z: Tensor) -> Tensor:
        rising = 2 * (torch.remainder(self.k - z, 4) < 2).to(z.dtype) - 1
        return torch.where(z.abs() < self.k, rising, self._outer(z))

    def _outer(self, z: Tensor) -> Tensor:
        left = -1.0 if self.k % 2 == 0 else 1.0
        return torch.where(z > 0, 1.0, left).to(z.dtype)


@dataclass(frozen=True)
class Sine(Activation):
    """sin(frequency z + phase)."""

    frequency: float = 1.0
    phase: float = 0.0

    def value(self, z: Tensor) -> Tensor:
        return torch.sin(self.frequency * z + self.phase)

    def slope(self, z: Tensor) -> Tensor:
        return self.frequency * torch.cos(self.frequency * z + self.phase)


def _horner(coefficients: tuple[float, ...], z: Tensor) -> Tensor:
    total = torch.full_like(z, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * z + coefficient
    return total
