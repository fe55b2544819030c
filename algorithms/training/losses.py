"""Losses of one example, as functions of the network's output f and the label y = +-1.

Square is (y - f)^2, twice the convention with a factor 1/2: its learning rates are half of that
one's. Which of the two Barak et al. 2022 use is not known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Function = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Loss:
    """A loss and its derivative.

    Attributes:
        code: how compiled kernels call it.
        value: l(y, f), elementwise.
        slope: dl/df, elementwise; 0 at the hinge's kink.
    """

    code: int
    value: Function
    slope: Function


def _hinge_slope(y: Tensor, f: Tensor) -> Tensor:
    return -y * (1 - y * f > 0)


LOSSES: dict[str, Loss] = {
    "hinge": Loss(0, lambda y, f: (1 - y * f).relu(), _hinge_slope),
    "square": Loss(1, lambda y, f: (y - f) ** 2, lambda y, f: 2 * (f - y)),
    "logistic": Loss(
        2,
        lambda y, f: torch.nn.functional.softplus(-y * f),
        lambda y, f: -y * torch.sigmoid(-y * f),
    ),
    "correlation": Loss(3, lambda y, f: -y * f, lambda y, f: -y + 0 * f),
}
"""By name."""
