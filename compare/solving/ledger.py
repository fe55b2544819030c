"""What was tried in the course of a search, and what it has excluded."""

from __future__ import annotations

from dataclasses import dataclass, field

from parity_compare.algorithms.outcome import Status
from parity_compare.solving.solution import Attempt
from parity_compare.solving.stages import Found, Stage


@dataclass
class Ledger:
    """The course of an automatic search.

    Attributes:
        attempts: what was tried, or not begun, in order.
        reach: by size of the sets, up to which noise rate exhaustive search has excluded them.
        compared: the sizes whose sets were all compared with all rows.
        dense: up to which noise rate all parities are excluded, whatever their size.
        by: the learner by whose plan they are; empty if all were compared with all rows.
        late: whether the time ran out, or kept a search from beginning.
    """

    attempts: list[Attempt] = field(default_factory=list)
    reach: dict[int, float] = field(default_factory=dict)
    compared: set[int] = field(default_factory=set)
    dense: float = 0.0
    by: str = ""
    late: bool = False

    def excludes(self, size: int | None, noise: float) -> bool:
        """Whether all sets of a size, or None for any, are excluded up to a noise rate."""
        if noise <= self.dense:
            return True
        return size is not None and (size in self.compared or noise <= self.reach.get(size, 0.0))

    def note(self, stage: Stage, found: Found) -> None:
        """Take note of what a search excludes."""
        self.late |= found.status is Status.TIMEOUT
        if stage.exhausts:
            assert stage.size is not None
            self.reach[stage.size] = max(found.noise, self.reach.get(stage.size, 0.0))
            if found.complete:
                self.compared.add(stage.size)
        elif stage.size is None and found.noise > self.dense:
            self.dense, self.by = found.noise, stage.learner.partition("[")[0]
