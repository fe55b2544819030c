"""Trials and what they add up to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from parity_compare import replays
from parity_compare.algorithms.outcome import Cost, Trace
from parity_compare.spec import TrialSpec
from parity_compare.statistics import Interval
from parity_compare.timing import pooled

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

COSTS = ("seconds", "samples", "queries", "steps", "operations", "peak_memory")
CELL = (
    "label", "learner", "device", "threads", "access", "side_information", "timing",
    "n", "k", "noise", "sample_size", "variant", "replays",
)  # fmt: skip
"""Columns whose values make up one cell; trials of one cell are averaged over, others never are."""

COLUMNS = (
    "key", *CELL, "trial", "seed", "status", "solved", "criterion", "accuracy", "support", "secret",
    *COSTS, "operations_unit", "engine", "limit_seconds", "limit_samples", "limit_steps", "message",
)  # fmt: skip
"""Columns of a results frame, in order."""

_CELL_OF = attrgetter(
    "spec.learner", "spec.device", "spec.threads", "access", "side_information", "timing",
    "spec.n", "spec.k", "spec.noise", "spec.samples", "spec.variant", "spec.replays",
)  # fmt: skip
# What Record.cell makes a row of, as a key: a hundred thousand records are grouped by it.

_OPTIONAL_NUMBERS = (
    "k", "sample_size", "accuracy", "limit_seconds", "limit_samples", "limit_steps",
)  # fmt: skip


@dataclass(frozen=True)
class Record:
    """One finished trial.

    Attributes:
        spec: what was run.
        access: the learner's access model.
        side_information: what the learner was told and uses, such as ``k, noise``.
        timing: how its seconds were taken, such as ``single``, which alone is compared head to
            head, or ``batch of 64, 4 at a time`` (see :mod:`parity_compare.timing`).
        status: how the learner ended.
        solved: the judge's verdict.
        criterion: what the verdict rests on: ``support`` or ``prediction``.
        accuracy: share of fresh clean examples predicted right, nan without a predictor.
        support: what the learner answered, None for nothing.
        secret: the instance's support.
        cost: what it spent.
        message: particulars and advice.
        engine: which of a learner's implementations ran, empty where there is one.
        trace: quantities recorded on the way.
    """

    spec: TrialSpec
    access: str
    side_information: str
    timing: str
    status: str
    solved: bool
    criterion: str
    accuracy: float
    support: tuple[int, ...] | None
    secret: tuple[int, ...]
    cost: Cost
    message: str
    engine: str = ""
    trace: Trace = field(default_factory=Trace, repr=False)

    @property
    def key(self) -> str:
        """The spec's hash."""
        return self.spec.key

    def cell(self) -> dict[str, Any]:
        """What tells its cell from others: the values of :data:`CELL`."""
        spec = self.spec
        return {
            "label": spec.learner,
            "learner": spec.learner.partition("[")[0],
            "device": spec.device,
            "threads": spec.threads,
            "access": self.access,
            "side_information": self.side_information,
            "timing": self.timing,
            "n": spec.n,
            "k": spec.k,
            "noise": spec.noise,
            "sample_size": spec.samples,
            "variant": spec.variant,
            "replays": spec.replays,
        }

    def row(self) -> dict[str, Any]:
        """The record as one flat row; a missing number is None."""
        spec, cost = self.spec, self.cost
        return {
            "key": self.key,
            **self.cell(),
            "trial": spec.trial,
            "seed": spec.seed,
            "status": self.status,
            "solved": self.solved,
            "criterion": self.criterion,
            "accuracy": None if math.isnan(self.accuracy) else self.accuracy,
            "support": _set_text(self.support),
            "secret": _set_text(self.secret),
            **{name: getattr(cost, name) for name in COSTS},
            "operations_unit": cost.operations_unit,
            "engine": self.engine,
            "limit_seconds": spec.seconds,
            "limit_samples": spec.max_samples,
            "limit_steps": spec.max_steps,
            "message": self.message,
        }


def _set_text(support: tuple[int, ...] | None) -> str | None:
    return None if support is None else " ".join(map(str, support))


class Results:
    """Finished trials, in the order of their specs.

    Args:
        records: the trials.
        environment: where they ran: versions, processor, threads.
        path: the folder that they are stored in, None if they are in memory only.
        order: contestants, as :func:`parity_compare.progress.contestant` names them, in the order
            in which they are shown; others follow in order of first appearance.
        machines: how many trials ran on which machine, by its description; empty if unknown.
    """

    def __init__(
        self,
        records: Iterable[Record],
        environment: Mapping[str, str] | None = None,
        path: Path | None = None,
        order: Iterable[str] = (),
        machines: Mapping[str, int] | None = None,
    ) -> None:
        self.records = list(records)
        self.environment = dict(environment or {})
        self.path = path
        self.order = tuple(order)
        self.machines = dict(machines or {})

    def __len__(self) -> int:
        return len(self.records)

    def frame(self) -> pd.DataFrame:
        """One row per trial, in the columns of :meth:`Record.row`; missing numbers are NaN."""
        import pandas as pd

        frame = pd.DataFrame([record.row() for record in self.records], columns=list(COLUMNS))
        return frame.astype(dict.fromkeys(_OPTIONAL_NUMBERS, "float64"))

    def cells(self) -> list[list[Record]]:
        """The records grouped by cell (see :data:`CELL`), in order of first appearance.

        A trial that was run under several limits, or told more than its learner uses, is one trial:
        its newest record counts. A learner's batches of several sizes on one device share a cell,
        and a label.
        """
        timings: dict[tuple[str, str], set[str]] = {}
        for record in self.records:
            who = (record.spec.learner, record.spec.device)
            timings.setdefault(who, set()).add(record.timing)
        labels = {who: pooled(texts) for who, texts in timings.items()}
        groups: dict[tuple[Any, ...], dict[tuple[int, int], Record]] = {}
        for record in self.records:
            shared = labels[record.spec.learner, record.spec.device]
            label = shared.get(record.timing, record.timing)
            record = record if label == record.timing else replace(record, timing=label)
            trials = groups.setdefault(_CELL_OF(record), {})
            trials[record.spec.seed, record.spec.trial] = record
        return [list(trials.values()) for trials in groups.values()]

    def summary(self) -> pd.DataFrame:
        """One row per cell: solved, rate with its Wilson interval, every cost's median with its
        bootstrap interval (failures count as infinite), and the expected running time with its
        own. Where trials replay a start, intervals count starts (see
        :mod:`parity_compare.replays`).

        Columns: those of :data:`CELL`, then ``trials``, ``solved``, ``rate``, ``rate_low``,
        ``rate_high``; ``{cost}``, ``{cost}_low``, ``{cost}_high`` for each cost; ``ert_seconds``,
        ``ert_seconds_low``, ``ert_seconds_high``; ``operations_unit`` and ``statuses`` (such as
        ``9 found, 1 timeout``).
        """
        import pandas as pd

        return pd.DataFrame([summarise(cell) for cell in self.cells()])

    def report(self, path: str | Path | None = None) -> Path:
        """Write the HTML report, by default ``report.html`` in the results' folder."""
        from parity_compare.reports.report import write_report

        target = Path(path) if path is not None else (self.path or Path()) / "report.html"
        return write_report(self, target)


def expected(cell: Sequence[Record], costs: Sequence[str] = COSTS) -> list[Interval]:
    """Expected costs per success of one cell, failures charged in full, with their intervals.

    Args:
        cell: the cell's trials.
        costs: which costs, out of :data:`COSTS`.
    """
    spent = np.array([[getattr(record.cost, name) for name in costs] for record in cell], float)
    return replays.expected(spent, _solved(cell), replays.starts_of(cell))


def _solved(cell: Sequence[Record]) -> npt.NDArray[np.bool_]:
    return np.array([record.solved for record in cell], dtype=np.bool_)


def summarise(cell: Sequence[Record]) -> dict[str, Any]:
    """One cell in the columns of :meth:`Results.summary`."""
    solved, starts = _solved(cell), replays.starts_of(cell)
    worth = len(cell) if starts is None else replays.effective(starts)
    rate = replays.rate(int(solved.sum()), len(cell), worth)
    row: dict[str, Any] = dict(cell[0].cell())
    row |= {"trials": len(cell), "solved": int(solved.sum()), "rate": rate.estimate}
    row |= {"rate_low": rate.low, "rate_high": rate.high}
    for name in COSTS:
        paid = np.array([getattr(record.cost, name) for record in cell], dtype=np.float64)
        interval = replays.median(np.where(solved, paid, math.inf), starts)
        row |= {name: interval.estimate, f"{name}_low": interval.low, f"{name}_high": interval.high}
    (ert,) = expected(cell, ["seconds"])
    row |= {"ert_seconds": ert.estimate, "ert_seconds_low": ert.low, "ert_seconds_high": ert.high}
    # A trial that ended with its worker knows no unit; those beside it do.
    units = (record.cost.operations_unit for record in cell)
    row["operations_unit"] = next(filter(None, units), "")
    statuses = [record.status for record in cell]
    counted = {status: statuses.count(status) for status in dict.fromkeys(statuses)}
    row["statuses"] = ", ".join(f"{count} {status}" for status, count in counted.items())
    return row
