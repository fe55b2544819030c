"""The one-neuron networks of Barak et al. 2022, section 3.1, (vii)-(xiv).

One unit is enough for any parity if its activation goes up and down k times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from parity_compare.algorithms.networks.activations import (
    ParityPolynomial,
    ParityZigzag,
    Sine,
    Zigzag,
)
from parity_compare.algorithms.networks.hidden_layer import HiddenLayer


@dataclass(frozen=True)
class ZigzagNeuron(HiddenLayer):
    """f(x) = u sigma(w . x + b) + c, sigma of k straight pieces; (vii), and (xi) without u."""

    name: ClassVar[str] = "k-zigzag"
    lean: ClassVar[bool] = True

    width: int = 1
    activation: ParityZigzag = ParityZigzag(2)


@dataclass(frozen=True)
class PolynomialNeuron(HiddenLayer):
    """f(x) = u sigma(w . x + b) + c, sigma of degree k; (viii), and (xii) without u."""

    name: ClassVar[str] = "polynomial"
    lean: ClassVar[bool] = True

    width: int = 1
    activation: ParityPolynomial = ParityPolynomial(2)


@dataclass(frozen=True)
class EndlessZigzagNeuron(HiddenLayer):
    """f(x) = u sigma(w . x + b + 1/2) + c, sigma a triangle wave; (ix), and (xiii) without u.

    At this phase the wave is as much even as odd, which even and odd k both can start from; the
    bias finds the rest, so one wave serves every k.
    """

    name: ClassVar[str] = "zigzag"
    lean: ClassVar[bool] = True

    width: int = 1
    activation: Zigzag = Zigzag(0.5)


@dataclass(frozen=True)
class SineNeuron(HiddenLayer):
    """f(x) = u sin(5/4 (w . x + b) + pi/4) + c; (x), and (xiv) without u.

    At the phase pi/4 the wave is as much even as odd, which even and odd k both can start from; the
    bias finds the rest.
    """

    name: ClassVar[str] = "sine"
    lean: ClassVar[bool] = True

    width: int = 1
    activation: Sine = Sine(1.25, math.pi / 4)
