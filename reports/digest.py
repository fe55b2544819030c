"""The results, digested once: who met which instance, and how it went."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from parity_compare import progress
from parity_compare.algorithms import registry
from parity_compare.reports import replays, wording
from parity_compare.reports.palette import Hue, hue
from parity_compare.results import COSTS, Record, Results, expected, summarise
from parity_compare.statistics import Interval
from parity_compare.timing import (
    SINGLE,
    is_head_to_head,
    is_parallel,
    is_together,
    without_company,
)

Key = TypeVar("Key", bound=Hashable)

Floats = npt.NDArray[np.float64]
_ALL_COSTS = attrgetter(*COSTS)


@dataclass(frozen=True)
class Instance:
    """What is to be learned: one point of the grid."""

    n: int
    k: int | None
    noise: float
    sample_size: int | None
    variant: str = "plain"
    replays: int = 1

    def facts(self) -> dict[str, str]:
        """Its coordinates in words, by axis."""
        fixed = self.sample_size
        return {
            "n": f"n = {self.n}",
            "k": "dense (k unknown)" if self.k is None else f"k = {self.k}",
            "noise": f"noise = {self.noise:g}" if self.noise else "no noise",
            "sample_size": "fresh examples" if fixed is None else f"{fixed:,} examples",
            "variant": wording.VARIANTS.get(self.variant, self.variant),
            "replays": wording.replays(self.replays),
        }

    def title(self) -> str:
        """``n = 30, k = 3, no noise``."""
        facts = self.facts()
        if self.sample_size is None:
            del facts["sample_size"]
        if self.variant == "plain":
            del facts["variant"]
        if self.replays == 1:
            del facts["replays"]
        return ", ".join(facts.values())

    def hardness(self) -> tuple[float, float, float, float]:
        """Sorts instances from easy to hard: by k, n, noise, and few examples."""
        dense = math.inf if self.k is None else self.k
        return (dense, self.n, self.noise, -(self.sample_size or math.inf))


@dataclass(frozen=True)
class Contestant:
    """A learner as it was run: where, how timed, with what access and side information.

    ``name`` adds to the learner's label only what tells it from others of the same label.
    """

    label: str
    device: str
    threads: int
    access: str
    side_information: str
    timing: str
    name: str = field(default="", compare=False)
    index: int = field(default=0, compare=False)

    @property
    def learner(self) -> str:
        """The label without its parameters."""
        return self.label.partition("[")[0]

    @property
    def colour(self) -> str:
        """The CSS variable that holds its hue."""
        return f"var(--hue-{self.index})"

    @property
    def hue(self) -> Hue:
        """Its colour."""
        return hue(self.learner)

    @property
    def rules(self) -> tuple[str, str]:
        """What makes two contestants comparable: access model and side information."""
        return (self.access, self.side_information)

    @property
    def terms(self) -> str:
        """``fresh examples, told nothing``."""
        return (
            f"{wording.access_words(self.access)}, told {wording.told_words(self.side_information)}"
        )

    @property
    def single(self) -> bool:
        """Whether its trials ran one at a time, with nothing else beside them."""
        return is_head_to_head(self.timing)

    @property
    def together(self) -> bool:
        """Whether its trials were trained as one batch."""
        return is_together(self.timing)

    @property
    def parallel(self) -> bool:
        """Whether other trials ran meanwhile, or one search was spread over workers."""
        return is_parallel(self.timing)

    @property
    def alone(self) -> Contestant:
        """The same contestant, whatever ran beside it, and without a name."""
        return replace(self, timing=without_company(self.timing), name="", index=0)

    @property
    def simulated(self) -> bool:
        """Whether an oracle that knows S answered its queries, in no time that means anything.

        Only answers averaged over a sample of examples are computed as a learner would have to.
        """
        settings = self.label.partition("[")[2].rstrip("]").split(",")
        return self.access == "queries" and "answers=sample" not in settings

    @property
    def timed(self) -> bool:
        """Whether its times can be compared: one trial at a time, and nothing simulated."""
        return self.single and not self.simulated

    @property
    def remark(self) -> str:
        """Why its times have no rank, unless its name says so: ``4 at a time, simulated``."""
        said = self.single or self.timing in self.name
        reasons = ("" if said else self.timing.removeprefix(f"{SINGLE}, "), "simulated")
        return ", ".join(filter(None, reasons[: 2 if self.simulated else 1]))


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
        return replays.starts_of(self.records) if self.instance.replays > 1 else None

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
        found = dict(zip(COSTS, expected(self.records), strict=True))
        shared = self.start_of_each
        if shared is None:
            return found
        return replays.expected(found, self._paid, self.succeeded, shared)

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
        return [contestant for contestant in self.contestants if _tests_off_clock(contestant)]

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
    cells = [(_contestant(cell[0]), cell) for cell in results.cells()]
    contestants = _ordered([contestant for contestant, _ in cells], results.order)
    rank = {contestant: index for index, contestant in enumerate(contestants)}
    cells.sort(key=lambda pair: (_place(pair[1][0]), rank[pair[0]]))
    named = _named(contestants)
    entries = [
        Entry(_instance(cell[0]), named[contestant], cell, _statistics(cell))
        for contestant, cell in cells
    ]
    instances = list(dict.fromkeys(entry.instance for entry in entries))
    machines = tuple(filter(None, results.environment.get("processor", "").split("; ")))
    return Digest(entries, instances, list(named.values()), machines, results.order)


def _statistics(cell: list[Record]) -> dict[str, Any]:
    """The cell's row of the summary, with intervals that count starts where these were replayed."""
    row = summarise(cell)
    shared = replays.starts_of(cell) if cell[0].spec.replays > 1 else None
    return row if shared is None else replays.with_intervals(row, cell, shared)


def _ordered(contestants: list[Contestant], order: Sequence[str]) -> list[Contestant]:
    """The contestants in the order that is given, then in order of first appearance.

    Those that have a name in common, for they differ in side information or timing only, stand
    together, single trials first.
    """
    names = [*order, *(_short_name(contestant) for contestant in contestants)]
    rank = {name: index for index, name in enumerate(dict.fromkeys(names))}
    return sorted(
        dict.fromkeys(contestants),
        key=lambda one: (
            rank[_short_name(one)],
            one.access,
            one.side_information,
            one.threads,
            not one.single,
            one.timing,
        ),
    )


def _short_name(contestant: Contestant) -> str:
    return progress.contestant(contestant.label, contestant.device)


def _tests_off_clock(contestant: Contestant) -> bool:
    known = registry.without_import(contestant.learner)
    return known is not None and known.tests_off_clock


def _grouped(entries: Iterable[Entry], by: Callable[[Entry], Key]) -> dict[Key, list[Entry]]:
    groups: dict[Key, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(by(entry), []).append(entry)
    return groups


def _place(record: Record) -> tuple[float | str, ...]:
    """Where an instance stands among others: by size, then by noise, examples and kind."""
    spec = record.spec
    return (spec.n, spec.k or spec.n, spec.noise, spec.samples or 0, spec.variant, spec.replays)


def _instance(record: Record) -> Instance:
    spec = record.spec
    return Instance(spec.n, spec.k, spec.noise, spec.samples, spec.variant, spec.replays)


def _contestant(record: Record) -> Contestant:
    spec = record.spec
    return Contestant(
        _line(spec.learner),
        _line(spec.device),
        spec.threads,
        _line(record.access),
        _line(record.side_information),
        _line(record.timing),
    )


def _line(text: str) -> str:
    """A stranger's text on one line: charts' expressions know no line or paragraph separators."""
    return " ".join(text.split())


def _named(contestants: list[Contestant]) -> dict[Contestant, Contestant]:
    """Every contestant with a unique name, by itself."""
    named: dict[Contestant, Contestant] = {}
    devices = {contestant.device for contestant in contestants}
    for index, contestant in enumerate(contestants):
        twins = [twin for twin in contestants if twin.label == contestant.label]
        parts = [contestant.label]
        if len(devices) > 1 and len({twin.device for twin in twins}) > 1:
            parts.append(f"on {contestant.device}")
        if len({twin.threads for twin in twins}) > 1:
            parts.append(f"with {wording.plural(contestant.threads, 'thread')}")
        if len({twin.rules for twin in twins}) > 1:
            same_access = len({twin.access for twin in twins}) == 1
            told = wording.told_words(contestant.side_information)
            parts.append(f"told {told}" if same_access else f"({contestant.terms})")
        # That all ran beside others is said once, below the seconds; only a difference is a name.
        alike = {twin.timing for twin in twins if twin.alone == contestant.alone}
        timing = contestant.timing if len(alike) > 1 else contestant.alone.timing
        if not is_head_to_head(timing):
            parts.append(f"({timing})")
        named[contestant] = replace(contestant, name=" ".join(parts), index=index)
    return named
