"""T networks of one recipe, with their weights on one device."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from parity_compare.algorithms.compaction import compact
from parity_compare.algorithms.networks.network import Theta, TrainedNetwork
from parity_compare.algorithms.training.recipe import Recipe


class Ensemble:
    """The networks in training; all arrays lose the rows of trials that end.

    Attributes:
        recipe: how they are trained.
        theta: their parameters.
        keys: ``(T,)`` uint64, one per trial: names the stream of its heat.

    Args:
        recipe: how they are trained.
        starts: one generator per trial, from which its initial weights come.
        keys: as above.
    """

    def __init__(
        self,
        recipe: Recipe,
        starts: Sequence[np.random.Generator],
        keys: npt.NDArray[np.uint64],
    ) -> None:
        self.recipe = recipe
        self.keys = keys
        drawn = [recipe.start.draw(recipe.network, rng) for rng in starts]
        stacked = {name: np.stack([values[name] for values in drawn]) for name in drawn[0]}
        self.theta: Theta = recipe.network.assemble(stacked, recipe.device)

    def __len__(self) -> int:
        return len(self.keys)

    def outputs(self, X: Tensor) -> Tensor:
        """f of inputs ``(T, M, C)``: ``(T, M)``."""
        return self.recipe.network.outputs(self.theta, X)

    def finite(self) -> npt.NDArray[np.bool_]:
        """Whether all parameters of each network are finite numbers: ``(T,)``."""
        # A sum is finite only if every term is; one that overflows is past saving, too.
        total = sum(value.flatten(1).sum(dim=1) for value in self.theta.values())
        assert isinstance(total, Tensor)
        return np.asarray(torch.isfinite(total).cpu().numpy())

    def keep(self, positions: Sequence[int]) -> None:
        """Forget all networks but these."""
        self.theta = {name: compact(value, positions) for name, value in self.theta.items()}
        self.keys = compact(self.keys, positions)

    def snapshot(self, position: int) -> TrainedNetwork:
        """A copy of one network."""
        theta = {name: value[position].cpu().numpy().copy() for name, value in self.theta.items()}
        return TrainedNetwork(self.recipe.network, theta)
