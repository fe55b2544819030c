"""The compiled path on NVIDIA GPUs: two-layer networks under SGD, many steps per launch."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch

from parity_compare.algorithms.compaction import compact
from parity_compare.algorithms.kernels import two_layer_triton
from parity_compare.algorithms.networks.activations import Power
from parity_compare.algorithms.networks.hidden_layer import HiddenLayer
from parity_compare.algorithms.training.ensemble import Ensemble
from parity_compare.algorithms.training.stepping import Stepper
from parity_compare.algorithms.training.stopping import Halt, Screen
from parity_compare.algorithms.training.supply import Supply

_AHEAD = 256  # most updates per launch
_EXAMPLES = 1 << 22  # and most examples of all trials together that one launch carries along


class TritonSteps(Stepper):
    """Examples go to the GPU packed; a launch makes all updates up to the next test."""

    engine = "triton cuda"

    def __init__(
        self, ensemble: Ensemble, supply: Supply, inputs: Sequence[np.random.Generator]
    ) -> None:
        super().__init__(ensemble, supply)
        recipe, network = ensemble.recipe, ensemble.recipe.network
        assert isinstance(network, HiddenLayer)
        self._network = network
        self._degree = network.activation.k if isinstance(network.activation, Power) else 0
        self._screen = Screen(network.n, inputs, recipe.device)
        self._last = torch.full(
            (len(ensemble), recipe.batch), torch.nan, device=recipe.device, dtype=torch.float32
        )
        self._seconds = 0.0

    def furthest(self, step: int) -> int:
        recipe = self.ensemble.recipe
        ahead = max(1, min(_AHEAD, _EXAMPLES // (recipe.batch * len(self.ensemble))))
        until_check = (step // recipe.check_every + 1) * recipe.check_every
        return min(step + ahead, step + self.supply.steps_held, until_check)

    def advance(self, until: int) -> list[Halt]:
        self._seconds = 0.0
        step = int(self.steps[0])
        if step == until:
            return []
        recipe, device = self.ensemble.recipe, self.ensemble.recipe.device
        self.supply.fetch(step, until - step)
        rows, labels = self.supply.batches(step, until - step)
        theta = self.ensemble.theta
        heat = recipe.schedule.temperature > 0
        keys = torch.from_numpy(self.ensemble.keys.view(np.int64)).to(device) if heat else None
        two_layer_triton.train(
            theta["W"],
            theta["u"],
            theta["c"].view(-1),
            torch.from_numpy(rows.view(np.int64)).to(device, non_blocking=True),
            torch.from_numpy(labels).to(device, non_blocking=True),
            self._schedule(step, until),
            self._last,
            n=self._network.n,
            width=self._network.width,
            loss=recipe.loss_function.code,
            degree=self._degree,
            scale=self._network.scale,
            bias2=self._network.second_layer,
            keys=keys,
            first_step=step,
        )
        self.losses = self._last.mean(dim=1).cpu().numpy()
        self.steps[:] = until
        return self._halts() if until % recipe.check_every == 0 else []

    def _schedule(self, step: int, until: int) -> two_layer_triton.Schedule:
        steps = self.ensemble.recipe.schedule.steps(step, until - step)
        if not self._network.second_layer:
            steps = steps.holding_later_layers()
        numbers = (steps.rate1, steps.rate2, steps.keep1, steps.keep2, steps.heat1, steps.heat2)
        device = self.ensemble.recipe.device
        return two_layer_triton.Schedule(*(torch.from_numpy(x).to(device) for x in numbers))

    def _halts(self) -> list[Halt]:
        torch.cuda.synchronize(self.ensemble.recipe.device)  # training's work, not the test's
        began = time.perf_counter()
        halts = self._screen.halts(self.ensemble)
        self._seconds = time.perf_counter() - began
        return halts

    def checking_seconds(self) -> float:
        return self._seconds

    def keep(self, positions: Sequence[int]) -> None:
        super().keep(positions)
        self._screen.keep(positions)
        self._last = compact(self._last, positions)

    def bytes_per_trial(self) -> int:
        """Bytes of the screen's inputs and outputs, 4 per number; the kernel works on chip."""
        network = self._network
        return 4 * self._screen.size * (network.n + 1 + network.activations())
