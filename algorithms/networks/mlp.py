"""The two-layer networks of Barak et al. 2022, section 3.1, (i)-(vi): ReLU and z^k."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from parity_compare.algorithms.networks.activations import Power, ReLU
from parity_compare.algorithms.networks.hidden_layer import HiddenLayer


@dataclass(frozen=True)
class ReLUNetwork(HiddenLayer):
    """f(x) = s * u . relu(W x + b) + c; (i)-(iii) have r = 10, 100, 1000, (*i) has r = k."""

    name: ClassVar[str] = "relu"

    activation: ReLU = ReLU()


@dataclass(frozen=True)
class PowerNetwork(HiddenLayer):
    """f(x) = s * u . (W x + b)^k + c; (iv)-(vi) have r = 10, 100, 1000, (*ii) has r = k."""

    name: ClassVar[str] = "power"

    activation: Power = Power(2)
