"""What is trained, and how: the hyper-parameters, turned into the parts that do the work."""

from __future__ import annotations

from dataclasses import dataclass

from parity_compare.algorithms.networks.network import Network
from parity_compare.algorithms.training.losses import LOSSES, Loss
from parity_compare.algorithms.training.optimisers import Optimiser, make_optimiser
from parity_compare.algorithms.training.schedules import Schedule
from parity_compare.algorithms.training.starts import Start


@dataclass(frozen=True)
class Recipe:
    """One way of training one architecture; see the fields of :class:`.sgd.SGD`.

    Attributes:
        network: the architecture.
        start: the law of initial weights.
        loss: its name.
        optimiser: its name.
        momentum, dead_zone: its parameters.
        schedule: learning rates, decay and heat.
        batch: examples per step B.
        replacement: whether batches from a fixed list are drawn with replacement.
        check_every: steps between two tests of the stopping rule.
        device: where PyTorch computes.
    """

    network: Network
    start: Start
    loss: str
    optimiser: str
    schedule: Schedule
    batch: int
    check_every: int
    device: str
    momentum: float = 0.9
    dead_zone: float = 0.0
    replacement: bool = False

    @property
    def loss_function(self) -> Loss:
        """The loss itself."""
        return LOSSES[self.loss]

    def make_optimiser(self) -> Optimiser:
        """A fresh optimiser."""
        return make_optimiser(self.optimiser, momentum=self.momentum, dead_zone=self.dead_zone)

    def operations(self) -> float:
        """Floating-point operations of one update: those of the network's formula, 2 per parameter
        for the update, 2 for heat, 4 for momentum, 12 for Adam."""
        extra = {"momentum": 4, "adam": 12}.get(self.optimiser, 0)
        heat = 2 if self.schedule.temperature else 0
        passes = 2 + extra + heat
        return self.network.operations(self.batch) + passes * self.network.parameter_count
