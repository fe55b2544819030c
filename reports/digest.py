"""The results, digested once: who met which instance, and how it went."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from parity_compare import replays
from parity_compare.reports.contestants import (
    Contestant,
    Instance,
    contestant_of,
    instance_of,
    named,
    ordered,
    place,
    tests_off_clock,
)
from parity_compare.results import COSTS, Record, Results, expected, summarise
from parity_compare.statistics import Interval
from parity_compare.timing import (
    without_company,
)

Key = TypeVar("Key", bound=Hashable)

Floats = npt.NDArray[np.float64]
_ALL_COSTS = attrgetter(*COSTS)


@dataclass(frozen=True)
class Entry:
    """One contestant on one instance: all trials of a cell and what they add up to."""

    instance: Instance
    contestant: Contestant
    records: list[Record]
    statistics: Mapping[str, Any]

    @property
    def trials(self) -> int:
        """How many."""
        return len(self.records)

    @property
    def solved(self) -> int:
        """How many were solved."""
        return int(self.statistics["solved"])

    @property
    def starts(self) -> int:
        """How many independent trials: as many as there are, or starts, if these were replayed."""
        shared = self.start_of_each
        return self.trials if shared is None else int(shared.max()) + 1

    @cached_property
    def start_of_each(self) -> replays.Starts | None:
        """Which start every trial replays ``(N,)``; None if each has its own."""
        return replays.starts_of(self.records)

    @property
    def worth(self) -> float:
        """How many independent trials the rate's interval counts."""
        shared = self.start_of_each
        return float(self.trials) if shared is None else replays.effective(shared)

    @property
    def rate(self) -> Interval:
        """Success rate with Wilson's interval."""
        row = self.statistics
        return Interval(row["rate"], row["rate_low"], row["rate_high"])

    def cost(self, name: str) -> Interval:
        """A cost's median with its bootstrap interval; failures count as infinite."""
        row = self.statistics
        return Interval(row[name], row[f"{name}_low"], row[f"{name}_high"])

    def expected(self, name: str) -> Interval:
        """A cost's expected total up to the first success: all spent, per success.

        Failures are charged in full. The interval is the bootstrap's; the estimate is infinite if
        no trial was solved (see :func:`parity_compare.statistics.expected_intervals`).
        """
        return self._expected[name]

    @cached_property
    def _expected(self) -> dict[str, Interval]:
        return dict(zip(COSTS, expected(self.records), strict=True))

    def uses(self, name: str) -> bool:
        """Whether any trial spent anything in this currency."""
        return bool((self.paid(name) > 0).any())

    def paid(self, name: str) -> Floats:
        """What every trial spent ``(N,)``, solved or not."""
        return self._paid[:, COSTS.index(name)]

    def spent(self, name: str) -> Floats:
        """What every trial spent ``(N,)``, infinite for those that were not solved."""
        return np.where(self.succeeded, self.paid(name), math.inf)

    @cached_property
    def succeeded(self) -> npt.NDArray[np.bool_]:
        """Whether each trial was solved ``(N,)``."""
        return np.array([record.solved for record in self.records], dtype=np.bool_)

    @cached_property
    def traced(self) -> list[Record]:
        """The trials that have a trace."""
        return [record for record in self.records if len(record.trace)]

    @cached_property
    def _paid(self) -> Floats:
        return np.array([_ALL_COSTS(record.cost) for record in self.records], dtype=np.float64)


@dataclass(frozen=True)
class Digest:
    """Everything the report is made from.

    Attributes:
        entries: instance by instance from easy to hard, and in the contestants' order.
        instances, contestants: what occurs in them.
        machines: processors that the trials ran on; where there are several, seconds mix them.
        order: that of :attr:`parity_compare.results.Results.order`.
    """

    entries: list[Entry]
    instances: list[Instance]
    contestants: list[Contestant]
    machines: tuple[str, ...] = ()
    order: tuple[str, ...] = ()

    @property
    def records(self) -> Iterable[Record]:
        """All trials, cell by cell."""
        return (record for entry in self.entries for record in entry.records)

    def on(self, instance: Instance) -> list[Entry]:
        """The entries of one instance, in order."""
        return list(self._by_instance.get(instance, ()))

    def of(self, contestant: Contestant) -> list[Entry]:
        """The entries of one contestant, in order."""
        return list(self._by_contestant.get(contestant, ()))

    def spends(self, contestant: Contestant, name: str) -> bool:
        """Whether it spent anything in this currency on any instance.

        A cell in which all trials were ended with their workers has nothing on record but seconds,
        and has failed all the same.
        """
        return name in self._spending[contestant]

    @cached_property
    def _spending(self) -> dict[Contestant, set[str]]:
        return {
            contestant: {name for name in COSTS if any(entry.uses(name) for entry in entries)}
            for contestant, entries in self._by_contestant.items()
        }

    @cached_property
    def _by_instance(self) -> dict[Instance, list[Entry]]:
        return _grouped(self.entries, lambda entry: entry.instance)

    @cached_property
    def _by_contestant(self) -> dict[Contestant, list[Entry]]:
        return _grouped(self.entries, lambda entry: entry.contestant)

    @property
    def networks(self) -> list[Contestant]:
        """The contestants that test off the clock whether they are done."""
        return [contestant for contestant in self.contestants if tests_off_clock(contestant)]

    @property
    def simulated(self) -> list[Contestant]:
        """The contestants whose queries an oracle that knows S answered."""
        return [contestant for contestant in self.contestants if contestant.simulated]

    def regardless_of_company(self) -> Digest:
        """The same trials in cells that do not tell parallel ones from those that ran alone.

        For rates, samples, queries and steps, which do not depend on company; never for seconds.
        """
        return self._regardless

    @cached_property
    def _regardless(self) -> Digest:
        if not any(contestant.parallel for contestant in self.contestants):
            return self
        records = [replace(r, timing=without_company(r.timing)) for r in self.records]
        return replace(digest(Results(records, order=self.order)), machines=self.machines)

    @cached_property
    def paired(self) -> bool:
        """Whether every learner met the same hidden sets: the same trials of the same instances."""
        met: dict[Contestant, set[tuple[Instance, int, int]]] = {}
        for entry in self.entries:
            secrets = ((entry.instance, r.spec.seed, r.spec.group) for r in entry.records)
            met.setdefault(entry.contestant.alone, set()).update(secrets)
        return len({frozenset(secrets) for secrets in met.values()}) < 2

    @property
    def replayed(self) -> bool:
        """Whether several trials share a start anywhere."""
        return any(entry.starts < entry.trials for entry in self.entries)

    @property
    def controls(self) -> int:
        """How many instances have random labels, so that there is no S to name."""
        return sum(instance.variant == "random-labels" for instance in self.instances)

    @property
    def hardest(self) -> Instance:
        """The instance that the sentences look at if there are several."""
        return max(self.instances, key=Instance.hardness)


def digest(results: Results) -> Digest:
    """Group the trials by cell and give every contestant a name of its own."""
    if not len(results):
        return Digest([], [], [])
    # Trials are run, and so stored, in a shuffled order.
    cells = [(contestant_of(cell[0]), cell) for cell in results.cells()]
    contestants = ordered([contestant for contestant, _ in cells], results.order)
    rank = {contestant: index for index, contestant in enumerate(contestants)}
    cells.sort(key=lambda pair: (place(pair[1][0]), rank[pair[0]]))
    by_name = named(contestants)
    entries = [
        Entry(instance_of(cell[0]), by_name[contestant], cell, summarise(cell))
        for contestant, cell in cells
    ]
    instances = list(dict.fromkeys(entry.instance for entry in entries))
    machines = tuple(filter(None, results.environment.get("processor", "").split("; ")))
    return Digest(entries, instances, list(by_name.values()), machines, results.order)


def _grouped(entries: Iterable[Entry], by: Callable[[Entry], Key]) -> dict[Key, list[Entry]]:
    groups: dict[Key, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(by(entry), []).append(entry)
    return groups
