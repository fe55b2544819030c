"""Did the weights on S lead before the error fell? What the traces of networks say.

Barak et al. 2022 (section 5) call a quantity a hidden progress measure if it foretells the moment
of success while the error still says nothing; theirs is max |w_t - w_0| over the first layer. The
judge records it apart for the coordinates inside and outside S.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from parity_compare.reports import wording
from parity_compare.reports.digest import Entry
from parity_compare.reports.mechanism.evidence import Floats, Found, median_first, traced
from parity_compare.results import Record

FLAT = 0.4
"""An error above this counts as no visible progress: a coin flip errs on 0.5."""
GRADIENT = ("gradient_relevant", "gradient_irrelevant")
"""Columns that only traces of ``--probes full`` have: the two terms of the Fourier gap."""


@dataclass(frozen=True)
class Course:
    """One trial's trace.

    Attributes:
        record: the trial.
        values: columns ``(moments,)`` float64: those of every network's trace, and
            :data:`GRADIENT` where they were recorded.
        weights: ``(moments, n)`` largest |w_i| over the units, None where it was not recorded.
    """

    record: Record
    values: Mapping[str, Floats]
    weights: Floats | None = None

    @property
    def last_step(self) -> float:
        """When the trial ended."""
        return float(self.values["step"][-1])

    @property
    def has_gradient(self) -> bool:
        """Whether the terms of the Fourier gap were recorded."""
        return all(name in self.values for name in GRADIENT)

    def parting(self) -> float | None:
        """The first recorded step from which the relevant coordinates stay ahead to the end."""
        return self._ahead_from("progress_relevant", "progress_irrelevant")

    def falling(self) -> float | None:
        """The first recorded step from which the error stays below :data:`FLAT`."""
        return self._step_from(self.values["error"] < FLAT)

    def opening(self) -> float | None:
        """The first recorded step from which the Fourier gap stays open to the end."""
        return self._ahead_from(*GRADIENT) if self.has_gradient else None

    @property
    def comparable(self) -> bool:
        """Whether there are irrelevant coordinates to be ahead of."""
        return not bool(np.isnan(self.values["progress_irrelevant"]).all())

    @property
    def hidden(self) -> bool:
        """Whether the relevant coordinates were ahead for good before the error fell for good."""
        parting, falling = self.parting(), self.falling()
        return parting is not None and falling is not None and parting < falling

    def _ahead_from(self, one: str, other: str) -> float | None:
        return self._step_from(self.values[one] > self.values[other])

    def _step_from(self, holds: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float | None:
        """The first step from which a condition ``(moments,)`` holds to the end."""
        broken = np.flatnonzero(~holds)
        first = 0 if not len(broken) else int(broken[-1]) + 1
        return float(self.values["step"][first]) if first < len(holds) else None


def courses(entry: Entry) -> list[Course]:
    """The traces of an entry that can be drawn, the representative one first."""
    found = []
    for trace in traced(entry, "courses"):
        if len(trace) < 2:
            continue
        values, recorded = dict(trace.values), trace.record.trace
        if all(name in recorded for name in GRADIENT):
            pair = {name: np.asarray(recorded[name], dtype=np.float64) for name in GRADIENT}
            if all(column.ndim == 1 for column in pair.values()):
                values |= pair
        weights = None
        if "weights" in recorded:
            columns = np.asarray(recorded["weights"], dtype=np.float64)
            if columns.shape == (len(trace), entry.instance.n):
                weights = columns
        found.append(Course(trace.record, values, weights))
    return median_first(found, lambda course: course.last_step)


def hidden_among(found: Sequence[Course]) -> tuple[int, int]:
    """Of how many solved trials the progress was hidden, and how many there are to compare."""
    solved = [course for course in found if course.record.solved and course.comparable]
    return sum(course.hidden for course in solved), len(solved)


def conclusion(shown: Found[Course]) -> str:
    """The finding over all learners with traces, in one sentence; empty if none was solved."""
    counts = []
    every = True
    for entry, found in shown:
        hidden, solved = hidden_among(found)
        if solved:
            every = every and hidden == solved
            share = "all" if hidden == solved else f"{hidden} of"
            trials = f"{share} {wording.plural(solved, 'solved trial')}"
            if hidden == solved == 1:
                trials = "the only solved trial"
            counts.append(f"in {trials} of {entry.contestant.name}")
    if not counts:
        return ""
    moved = (
        "the weights on S were ahead of all others for good while the error still stood above "
        f"{FLAT}"
    )
    end = ": progress that the error does not show" if every else ""
    first, *rest = counts
    return f"{wording.listing([first.capitalize(), *rest])}, {moved}{end}."


def describe(found: Sequence[Course]) -> str:
    """What one learner's bold trial shows, in steps."""
    main = found[0]
    if not main.record.solved:
        return (
            f"None of the {wording.plural(len(found), 'traced trial')} was solved; "
            f"bold: trial {main.record.spec.trial}."
        )
    if not main.comparable:
        return (
            "S is all coordinates here, so none are irrelevant and there is nothing to "
            "compare the relevant ones with."
        )
    trial = f"Bold, trial {main.record.spec.trial}"
    parting, falling, opening = main.parting(), main.falling(), main.opening()
    if parting is None or falling is None:
        return f"{trial}: the weights on S were not ahead of all others at the end."
    order = "already" if parting < falling else "only"
    gap = "" if opening is None else f"the Fourier gap was open for good by step {_at(opening)}, "
    return (
        f"{trial}: {gap}the weights on S were ahead for good by step {_at(parting)} {order}; the "
        f"error fell below {FLAT} for good at step {_at(falling)}, and the learner had its answer "
        f"at step {_at(main.last_step)}."
    )


_at = wording.whole
