"""The grid of Empirical Finding 1 of Barak et al. 2022, and fair samples of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from parity_compare.algorithms.langevin import Langevin
from parity_compare.algorithms.sgd import SGD
from parity_compare.problems.seeding import generator

Level = int | str

BITS = (10, 20, 30)
DEGREES = (2, 3, 4)
BATCHES = ((1, 2, 4, 8), (16, 32, 64, 128), (256, 512, 1024))
"""Small, medium and large batch sizes."""
INITS = ("uniform", "gaussian", "bernoulli")
LOSSES = ("hinge", "square", "logistic")
RATES = (0.1, 0.01, 1.0, 0.001)
"""Learning rates, in the order in which equals are preferred."""
SHARE = 0.2
"""Share of a cell's trials that must succeed at one learning rate at least."""
PAPER_TRIALS, PAPER_STEPS = 25, 100_000
STARRED = 3
"""Times fewer cells of starred architectures, where the grid is sampled."""


class Cell(NamedTuple):
    """A point of the grid, without the learning rate."""

    n: int
    k: int
    batch: int
    init: str
    loss: str

    def __str__(self) -> str:
        return f"n={self.n} k={self.k} B={self.batch} {self.init} {self.loss}"


@dataclass(frozen=True)
class Architecture:
    """An architecture of the finding.

    Attributes:
        label: its number in the paper.
        text: what it is.
        network: what ``sgd`` calls it.
        width: r; None for k, the least that can do it.
        share: of the limits of the others, unless the whole grid is run.
        options: further hyper-parameters.
    """

    label: str
    text: str
    network: str
    width: int | None = 1
    share: float = 1.0
    options: dict[str, Any] = field(default_factory=dict)

    def learner(self, cell: Cell, rate: float, small: bool = False) -> SGD:
        """The learner of one cell at one learning rate.

        If ``small``, the scale of every law is c = 1 / sqrt(fan-in) in both layers.
        """
        width = self.width or cell.k
        start = {"init_scale": cell.n**-0.5, "later_scale": (cell.n / width) ** 0.5}
        return SGD(**self._settings(cell, rate), **(start if small else {}))

    def heated(self, cell: Cell, rate: float) -> Langevin:
        """The same in a heat bath, at the default temperature of ``langevin``."""
        return Langevin(**self._settings(cell, rate))

    @property
    def starred(self) -> bool:
        """Whether the paper leaves it out of the finding."""
        return self.label.startswith("*")

    def _settings(self, cell: Cell, rate: float) -> dict[str, Any]:
        return {
            "network": self.network,
            "width": self.width or cell.k,
            "loss": cell.loss,
            "init": cell.init,
            "lr": rate,
            "batch": cell.batch,
            "check_every": steps_between_checks(cell.batch),
            **self.options,
        }


_BARE = {"second_layer": False}
ARCHITECTURES = (
    Architecture("i", "ReLU, r = 10", "relu", 10),
    Architecture("ii", "ReLU, r = 100", "relu", 100),
    Architecture("iii", "ReLU, r = 1000", "relu", 1000),
    Architecture("iv", "z^k, r = 10", "power", 10),
    Architecture("v", "z^k, r = 100", "power", 100),
    Architecture("vi", "z^k, r = 1000", "power", 1000),
    Architecture("vii", "k-zigzag neuron, u", "k-zigzag"),
    Architecture("viii", "degree-k polynomial neuron, u", "polynomial"),
    Architecture("ix", "endless zigzag neuron, u", "zigzag"),
    Architecture("x", "sine neuron, u", "sine"),
    Architecture("xi", "k-zigzag neuron", "k-zigzag", options=_BARE),
    Architecture("xii", "degree-k polynomial neuron", "polynomial", options=_BARE),
    Architecture("xiii", "endless zigzag neuron", "zigzag", options=_BARE),
    Architecture("xiv", "sine neuron", "sine", options=_BARE),
    Architecture("xv", "PolyNet", "polynet"),
    Architecture("*i", "ReLU, r = k", "relu", None),
    Architecture("*ii", "z^k, r = k", "power", None),
    Architecture(
        "*iii", "transformer, d = 64, Adam", "transformer", 64, 0.1, {"optimiser": "adam"}
    ),
)


def steps_between_checks(batch: int) -> int:
    """Every 8 steps, or every 64 examples where that is more steps."""
    return max(8, 64 // batch)


def subsample(architecture: Architecture, count: int, seed: int) -> list[Cell]:
    """``count`` cells in which every factor's levels occur equally often, up to one.

    Every factor's levels are dealt from a shuffled pack, renewed when it is used up, independently
    of the other factors; batch sizes in turn from the small, the medium and the large ones. If a
    cell comes twice, all are dealt anew.
    """
    rng = generator("finding1", "cells", architecture.label, count, seed)
    while True:
        parts = [BATCHES[i] for i in rng.permutation(len(BATCHES))]
        turns = [_dealt(part, math.ceil(count / len(parts)), rng) for part in parts]
        batches = list(itertools.chain(*zip(*turns, strict=True)))[:count]
        columns = [
            _dealt(BITS, count, rng),
            _dealt(DEGREES, count, rng),
            batches,
            _dealt(INITS, count, rng),
            _dealt(LOSSES, count, rng),
        ]
        cells = [Cell(*levels) for levels in zip(*columns, strict=True)]
        if len(set(cells)) == count:
            return cells


def all_cells() -> list[Cell]:
    """The paper's grid of one architecture."""
    batches = itertools.chain(*BATCHES)
    return list(itertools.starmap(Cell, itertools.product(BITS, DEGREES, batches, INITS, LOSSES)))


def _dealt(levels: Sequence[Level], count: int, rng: np.random.Generator) -> list[Level]:
    dealt: list[Level] = []
    while len(dealt) < count:
        dealt += [levels[i] for i in rng.permutation(len(levels))]
    return dealt[:count]
