"""Traces as evidence: which can be drawn, of which trials, and on which instances.

A trace may come from a stranger: what has not the columns, shape and order that a figure needs is
passed over, never repaired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from parity_compare.reports import wording
from parity_compare.reports.contestants import Instance
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figure import Control
from parity_compare.results import Record

Floats = npt.NDArray[np.float64]

INSTANCES_AT_MOST = 6
PANELS_AT_MOST = 6

KINDS: Mapping[str, tuple[str, ...]] = {
    "courses": ("step", "error", "loss", "progress_relevant", "progress_irrelevant"),
    "agreement": ("subsets", "agreement", "examples"),
    "rank": ("examples", "rank", "determined"),
    "answers": ("answer", "answers"),
    "gradient": ("coordinate", "gradient"),
    "held-out": ("trained", "accuracy", "held_out"),
}
"""By kind of evidence, the columns that a trace of it has; the first says what its moments are."""


@dataclass(frozen=True)
class Traced:
    """One trial's trace.

    Attributes:
        record: the trial.
        values: columns ``(moments,)`` float64 by name.
    """

    record: Record
    values: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))


class HasRecord(Protocol):
    """Evidence of one trial."""

    @property
    def record(self) -> Record:
        """The trial."""


Evidence = TypeVar("Evidence")
OfTrial = TypeVar("OfTrial", bound=HasRecord)
Found = list[tuple[Entry, list[Evidence]]]
"""The contestants on an instance that have evidence, each with its own."""


def traced(entry: Entry, kind: str, *, ascending: bool = True, more: str = "") -> list[Traced]:
    """The traces of an entry that have the columns of this kind, in the order of its trials.

    Args:
        entry: the trials.
        kind: out of :data:`KINDS`.
        ascending: whether the first column has to ascend.
        more: a column that is taken along where a trace has it.
    """
    names = KINDS[kind]
    found = []
    for record in entry.records:
        if not has(record, kind):
            continue
        wanted = [*names, *([more] if more and more in record.trace else [])]
        values = {name: np.asarray(record.trace[name], dtype=np.float64) for name in wanted}
        if not all(column.ndim == 1 for column in values.values()):
            continue
        moments = values[names[0]]
        ordered = not ascending or bool(np.all(np.diff(moments) > 0))
        if len(moments) and np.isfinite(moments).all() and ordered:
            found.append(Traced(record, values))
    return found


def has(record: Record, kind: str) -> bool:
    """Whether its trace has all columns of this kind."""
    return len(record.trace) > 0 and all(name in record.trace for name in KINDS[kind])


def kind_of(entry: Entry) -> str | None:
    """The kind of evidence that its traces are, None if there are none that are known."""
    for record in entry.traced:
        for kind in KINDS:
            if has(record, kind):
                return kind
    return None


def median_first(
    found: Iterable[OfTrial], size: Callable[[OfTrial], float] | None = None
) -> list[OfTrial]:
    """The evidence with the representative trial in front, the others in their order.

    Representative is the solved trial of the median size, the steps that it took unless said
    otherwise; without a solved one, any trial of the median size. (Steps are free of the noise of
    a clock.)
    """
    listed = list(found)
    measure = size or (lambda one: float(one.record.cost.steps))
    candidates = [one for one in listed if one.record.solved] or listed
    if not candidates:
        return []
    middle = sorted(candidates, key=measure)[(len(candidates) - 1) // 2]
    return [middle, *(one for one in listed if one is not middle)]


def preferred(digest: Digest) -> Instance | None:
    """The instance that shows the contrast best; None if nothing was solved.

    It is the one on which most contestants with a trace solved a trial, and the hardest of these;
    without traces, the same of all contestants.
    """
    for with_trace in (True, False):
        counts: dict[Instance, int] = {}
        for entry in digest.entries:
            if any(r.solved for r in (entry.traced if with_trace else entry.records)):
                counts[entry.instance] = counts.get(entry.instance, 0) + 1
        if counts:
            return max(counts, key=lambda instance: (counts[instance], instance.hardness()))
    return None


def gather(
    digest: Digest,
    trials: Callable[[Entry], Sequence[Record]],
    read: Callable[[Entry], list[Evidence]],
) -> dict[Instance, Found[Evidence]]:
    """The evidence of one kind by instance, the one to be shown first in front.

    That is the :func:`preferred` instance if it has some, else the largest of which a trial with
    evidence was solved, else the largest. The others follow from large to small, of one size by
    growing noise, at most :data:`INSTANCES_AT_MOST` in all.

    Args:
        digest: the results.
        trials: those of an entry that have evidence; it is asked of every entry, and so is cheap.
        read: the evidence of an entry; it may turn out to be none.
    """
    solved: dict[Instance, bool] = {}
    for entry in digest.entries:
        records = trials(entry)
        if records:
            some = any(record.solved for record in records)
            solved[entry.instance] = solved.get(entry.instance, False) or some
    best = preferred(digest)
    order = sorted(solved, key=lambda one: (one != best, not solved[one], *_by_size(one)))
    gathered: dict[Instance, Found[Evidence]] = {}
    for instance in order:
        if len(gathered) == INSTANCES_AT_MOST:
            break
        found = [(e, traces) for e in digest.on(instance) if (traces := read(e))]
        if found:
            gathered[instance] = found
    return gathered


def _by_size(instance: Instance) -> tuple[float, float, float, float]:
    """Sorts from large to small, and of one size as a reader looks for it: noise growing."""
    k, n, noise, few_examples = instance.hardness()
    return -k, -n, noise, -few_examples


def gather_traces(
    digest: Digest, kind: str, read: Callable[[Entry], list[Evidence]]
) -> dict[Instance, Found[Evidence]]:
    """:func:`gather` for evidence that is read from traces of one of the :data:`KINDS`."""
    return gather(digest, lambda entry: [r for r in entry.traced if has(r, kind)], read)


def few(found: Found[Evidence]) -> tuple[Found[Evidence], list[str]]:
    """At most :data:`PANELS_AT_MOST` contestants, and a note that names the others."""
    shown, rest = found[:PANELS_AT_MOST], found[PANELS_AT_MOST:]
    if not rest:
        return shown, []
    names = wording.listing([entry.contestant.name for entry, _ in rest])
    return shown, [f"Not drawn, for want of room: {names}."]


def instance_control(instances: Sequence[Instance]) -> list[Control]:
    """The choice among several instances; no control where there is one."""
    if len(instances) < 2:
        return []
    return [Control("instance", "Instance", [(place(one), one.title()) for one in instances])]


def choice(instances: Sequence[Instance], instance: Instance) -> tuple[str, ...]:
    """The choice of this instance among them, as a figure's views have it."""
    return (place(instance),) if len(instances) > 1 else ()


def place(instance: Instance) -> str:
    """The instance in short, to be typed: ``n=30,k=3,noise=0.1``."""
    facts = [f"n={instance.n}", f"k={'dense' if instance.k is None else instance.k}"]
    if instance.noise:
        facts.append(f"noise={instance.noise:g}")
    if instance.sample_size is not None:
        facts.append(f"samples={instance.sample_size}")
    if instance.variant != "plain":
        facts.append(f"variant={instance.variant}")
    if instance.replays != 1:
        facts.append(f"replays={instance.replays}")
    return ",".join(facts)


def heading(digest: Digest, instances: Sequence[Instance]) -> str:
    """What stands above the panels where there is no choice, but the results have more instances
    than the one that is shown."""
    alone = len(instances) == 1 and len(digest.instances) > 1
    return instances[0].title() if alone else ""
