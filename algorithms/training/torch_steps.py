"""The device-independent path: batched PyTorch, for every architecture, loss and optimiser."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch

from parity_compare.algorithms.compaction import compact
from parity_compare.algorithms.networks.network import Examples, padded
from parity_compare.algorithms.training.ensemble import Ensemble
from parity_compare.algorithms.training.graphs import Graph
from parity_compare.algorithms.training.heat import add_heat
from parity_compare.algorithms.training.schedules import Steps
from parity_compare.algorithms.training.stepping import Stepper
from parity_compare.algorithms.training.stopping import Halt, Screen
from parity_compare.algorithms.training.supply import Supply

_AHEAD = 16  # most updates whose examples are drawn together


class TorchSteps(Stepper):
    """All trials make update after update together; every operation covers them all.

    On a GPU the operations of one update are recorded once as a CUDA graph and replayed, where
    nothing in them changes from step to step.
    """

    def __init__(
        self, ensemble: Ensemble, supply: Supply, inputs: Sequence[np.random.Generator]
    ) -> None:
        super().__init__(ensemble, supply)
        recipe = ensemble.recipe
        n, device = recipe.network.n, recipe.device
        self.engine = f"torch {torch.device(device).type}"
        self._optimiser = recipe.make_optimiser()
        self._batch = Examples(len(ensemble), recipe.batch, n, device)
        self._weights = torch.zeros(padded(recipe.batch), device=device)
        self._weights[: recipe.batch] = 1 / recipe.batch
        self._last = torch.full((len(ensemble), recipe.batch), torch.nan, device=device)
        self._screen = Screen(n, inputs, device)
        self._graph: Graph | None = None
        self._seconds = 0.0

    def furthest(self, step: int) -> int:
        every = self.ensemble.recipe.check_every
        return min(step + _AHEAD, step + self.supply.steps_held, (step // every + 1) * every)

    def advance(self, until: int) -> list[Halt]:
        self._seconds = 0.0
        step = int(self.steps[0])
        if step == until:
            return []
        recipe = self.ensemble.recipe
        numbers = recipe.schedule.steps(step, until - step)
        self.supply.fetch(step, until - step)
        update = self._updates(numbers)
        for s in range(step, until):
            slots = self.supply.slots(s)
            self._batch.fill(self.supply.rows[:, slots], self.supply.labels[:, slots])
            update(s)
        self.losses = self._last.mean(dim=1).cpu().numpy()
        self.steps[:] = until
        return self._halts() if until % recipe.check_every == 0 else []

    def checking_seconds(self) -> float:
        return self._seconds

    def _updates(self, numbers: Steps) -> Callable[[int], None]:
        recipe = self.ensemble.recipe
        steady = recipe.schedule.constant and not recipe.schedule.temperature
        if recipe.device == "cpu" or not steady or recipe.optimiser == "adam":
            return lambda step: self._update(numbers, step)
        if self._graph is None:
            first = numbers.first
            self._graph = Graph(lambda: self._update(numbers, first), self._state)
        return lambda step: self._graph.replay() if self._graph else None

    def _state(self) -> list[torch.Tensor]:
        return [*self.ensemble.theta.values(), *self._optimiser.state()]

    def _update(self, numbers: Steps, step: int) -> None:
        """theta <- keep theta - rate direction + heat N(0, I)."""
        ensemble, X, y = self.ensemble, self._batch.X, self._batch.y
        recipe = ensemble.recipe
        network, loss, blocks = recipe.network, recipe.loss_function, recipe.network.blocks()
        f, way = network.forward(ensemble.theta, X)
        self._last = loss.value(y, f)[:, : recipe.batch]
        gradients = network.backward(ensemble.theta, X, way, loss.slope(y, f) * self._weights)
        s = step - numbers.first
        for name, gradient in gradients.items():
            first = blocks[name].first
            rate = float((numbers.rate1 if first else numbers.rate2)[s])
            if not rate:
                continue
            keep = float((numbers.keep1 if first else numbers.keep2)[s])
            weights = ensemble.theta[name]
            if keep != 1:
                weights.mul_(keep)
            weights.sub_(self._optimiser.direction(name, gradient, step), alpha=rate)
        if recipe.schedule.temperature:
            scales = (float(numbers.heat1[s]), float(numbers.heat2[s]))
            add_heat(network, ensemble.theta, ensemble.keys, step, scales)

    def _halts(self) -> list[Halt]:
        """The first test of the stopping rule, off the clock."""
        if self.ensemble.recipe.device != "cpu":
            torch.cuda.synchronize(self.ensemble.recipe.device)  # training's work, not the test's
        began = time.perf_counter()
        halts = self._screen.halts(self.ensemble)
        self._seconds = time.perf_counter() - began
        return halts

    def keep(self, positions: Sequence[int]) -> None:
        super().keep(positions)
        self._batch.keep(positions)
        self._optimiser.keep(positions)
        self._last = compact(self._last, positions)
        self._screen.keep(positions)
        self._graph = None  # the tensors that it was recorded on are gone

    def bytes_per_trial(self) -> int:
        """Bytes of gradient, batch, hidden layers and the screen's inputs, 4 per number."""
        recipe = self.ensemble.recipe
        network, M = recipe.network, padded(recipe.batch)
        columns = padded(network.n + 1)
        gradient = sum(value[0].numel() for value in self.ensemble.theta.values())
        hidden = network.activations()
        floats = gradient + M * (2 * columns + hidden + 4)
        floats += self._screen.size * (columns + hidden)
        return 4 * floats
