"""What moves an ensemble: one interface for the torch path and the compiled ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.compaction import compact
from parity_compare.algorithms.training.ensemble import Ensemble
from parity_compare.algorithms.training.stopping import Halt
from parity_compare.algorithms.training.supply import Supply


class Stepper(ABC):
    """Makes the updates of an ensemble and applies the first test of the stopping rule.

    Attributes:
        engine: what the record calls it.
        steps: ``(T,)`` int64, updates that each trial has made.
        losses: ``(T,)`` mean losses of the last batches, before their updates; nan before any.
    """

    engine: str

    def __init__(self, ensemble: Ensemble, supply: Supply) -> None:
        self.ensemble = ensemble
        self.supply = supply
        self.steps: npt.NDArray[np.int64] = np.zeros(len(ensemble), dtype=np.int64)
        self.losses: npt.NDArray[np.float32] = np.full(len(ensemble), np.nan, dtype=np.float32)

    @abstractmethod
    def advance(self, until: int) -> list[Halt]:
        """Bring all trials to ``until`` updates, or to where they halt.

        A halted trial whose halt proves premature goes on at the next call.
        """

    @abstractmethod
    def furthest(self, step: int) -> int:
        """How far :meth:`advance` may be asked to go from ``step``."""

    def checking_seconds(self) -> float:
        """Seconds of the last :meth:`advance` that went into the stopping rule."""
        return 0.0

    def update_seconds(self) -> float | None:
        """Seconds of the last :meth:`advance` that its updates took; None if all of them.

        The rest was for stopping and going on, which those who watch a trial make it do more often
        than it would.
        """
        return None

    def keep(self, positions: Sequence[int]) -> None:
        """Forget all trials but these."""
        chosen = list(positions)
        self.ensemble.keep(chosen)
        self.supply.keep(chosen)
        self.steps, self.losses = compact(self.steps, chosen), compact(self.losses, chosen)

    def bytes_per_trial(self) -> int:
        """Memory of one trial's working arrays but for weights and examples."""
        return 0
