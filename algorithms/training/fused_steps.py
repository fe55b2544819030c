"""The compiled path on the CPU: two-layer networks under SGD, one trial's step in one pass."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from parity_compare.algorithms.compaction import compact
from parity_compare.algorithms.kernels import ticks, two_layer
from parity_compare.algorithms.networks.activations import Power
from parity_compare.algorithms.networks.hidden_layer import HiddenLayer
from parity_compare.algorithms.networks.network import padded
from parity_compare.algorithms.training.ensemble import Ensemble
from parity_compare.algorithms.training.stepping import Stepper
from parity_compare.algorithms.training.stopping import Halt, screen_rows
from parity_compare.algorithms.training.supply import ListSupply, StreamSupply, Supply

_SCREEN = 256  # inputs of the first test: the kernel stops at the first that disagrees
_FAR = 4096  # most updates at a time: their schedule is laid out beforehand


class FusedSteps(Stepper):
    """Each trial draws, learns and tests by itself, inside one core's cache, for many steps on end.

    A trial that passes the first test of the stopping rule halts at that very step while the others
    go on; if the rest of the rule refuses it, it catches up.
    """

    engine = "fused cpu"

    def __init__(
        self,
        ensemble: Ensemble,
        supply: Supply,
        inputs: Sequence[np.random.Generator],
        threads: int,
    ) -> None:
        super().__init__(ensemble, supply)
        recipe, network = ensemble.recipe, ensemble.recipe.network
        assert isinstance(network, HiddenLayer)
        self._threads = threads
        degree = network.activation.k if isinstance(network.activation, Power) else 0
        self._model = two_layer.Model(
            n=network.n,
            width=network.width,
            batch=recipe.batch,
            degree=degree,
            scale=network.scale,
            loss=recipe.loss_function.code,
            bias1=True,
            bias2=network.second_layer,
        )
        self._held = not network.second_layer
        self._screen_rows = screen_rows(network.n, inputs, _SCREEN)
        self._candidates = np.zeros((len(ensemble), network.n), dtype=np.uint8)
        self._fetched = 0
        self._seconds = self._updates = 0.0

    def furthest(self, step: int) -> int:
        if isinstance(self.supply, StreamSupply):
            return step + _FAR
        held = step + min(_FAR, self.supply.steps_held)
        if isinstance(self.supply, ListSupply):
            return held
        # What an oracle gives out must be trained on: no further than where a trial may halt.
        every = self.ensemble.recipe.check_every
        return min(held, (step // every + 1) * every)

    def advance(self, until: int) -> list[Halt]:
        self._seconds = self._updates = 0.0
        behind = self.steps < until
        if not behind.any():
            return []
        first = int(self.steps[behind].min())
        stopped = np.zeros(len(self.steps), dtype=np.uint8)
        spent = np.zeros((len(self.steps), 2), dtype=np.int64)
        began, first_tick = time.perf_counter(), ticks.now()
        two_layer.train(
            self._model,
            self._networks(),
            self._data(until),
            self._schedule(first, until),
            two_layer.Screening(
                self._screen_rows, self.ensemble.recipe.check_every, self._candidates
            ),
            two_layer.Progress(self.steps, self.losses, stopped, spent),
            until,
            self._threads,
        )
        took, ticked = time.perf_counter() - began, ticks.now() - first_tick
        looking, all_ticks = spent.sum(axis=0).tolist()
        self._seconds = took * looking / all_ticks if all_ticks else 0.0
        at_once = min(self._threads, int(behind.sum()))
        share = (all_ticks - looking) / (at_once * ticked) if ticked > 0 else 1.0
        self._updates = took * min(1.0, share)
        return [
            Halt(t, self._support(t) if stopped[t] == two_layer.EQUALS_PARITY else None)
            for t in np.flatnonzero(stopped).tolist()
        ]

    def checking_seconds(self) -> float:
        """The share of the screening in the kernel's ticks, times the kernel's seconds."""
        return self._seconds

    def update_seconds(self) -> float:
        """The share of the updates in the call's ticks, times its seconds."""
        return self._updates

    def _support(self, position: int) -> tuple[int, ...]:
        return tuple(np.flatnonzero(self._candidates[position]).tolist())

    def _networks(self) -> two_layer.Networks:
        theta = self.ensemble.theta
        return two_layer.Networks(
            theta["W"].numpy(), theta["u"].numpy(), theta["c"].numpy().reshape(-1)
        )

    def _data(self, until: int) -> two_layer.Data:
        """The ring; of streams, the kernel draws what it needs, of others it is filled here."""
        supply = self.supply
        if isinstance(supply, StreamSupply):
            streams = supply.streams
            supply.trained(until)
            states, masks, noise = streams.states, streams.masks, streams.noise
        else:
            if self._fetched < until:
                supply.fetch(self._fetched, until - self._fetched)
                self._fetched = until
            states = np.empty((0, 8), dtype=np.uint64)
            masks, noise = np.empty((0, 1), dtype=np.uint64), np.empty(0)
        return two_layer.Data(supply.rows, supply.labels, states, masks, noise)

    def _schedule(self, first: int, until: int) -> two_layer.Schedule:
        steps = self.ensemble.recipe.schedule.steps(first, until - first)
        if self._held:
            steps = steps.holding_later_layers()
        return two_layer.Schedule(
            first=first,
            rate1=steps.rate1,
            rate2=steps.rate2,
            keep1=steps.keep1,
            keep2=steps.keep2,
            heat1=steps.heat1,
            heat2=steps.heat2,
            keys=self.ensemble.keys,
        )

    def keep(self, positions: Sequence[int]) -> None:
        super().keep(positions)
        self._screen_rows = compact(self._screen_rows, positions)
        self._candidates = compact(self._candidates, positions)

    def bytes_per_trial(self) -> int:
        """Bytes of the screen's inputs; the kernel's scratch is shared, but counted for one."""
        network, batch = self.ensemble.recipe.network, padded(self.ensemble.recipe.batch)
        assert isinstance(network, HiddenLayer)
        scratch = batch * (2 * padded(network.n + 1) + padded(network.width) + 2)
        return int(self._screen_rows[0].nbytes) + network.n + 4 * scratch
