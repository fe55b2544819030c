"""Every trial as a table: one column per fact, and the command that runs just that trial again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter
from typing import Any, Literal

from parity_compare.algorithms.outcome import Status
from parity_compare.reports import commands, wording
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figures.marks import clean
from parity_compare.reports.provenance import parameter_text
from parity_compare.results import COSTS, Record
from parity_compare.spec import TrialSpec

TRIALS_AT_MOST = 10_000
"""Rows of the table; of a larger store it has failures before successes."""
_FAILURES_SHARE = 0.8
_EXACT = 2**53  # beyond it JavaScript's numbers are not whole numbers any more
_NOTHING = "–"


@dataclass(frozen=True)
class Column:
    """One fact about a trial.

    Attributes:
        name: its key in the table's rows.
        label: its heading.
        kind: ``text``, ``number`` or ``flag``.
        main: whether it stands in the table; the others stand in a trial's own view.
    """

    name: str
    label: str
    kind: Literal["text", "number", "flag"]
    main: bool = False


@dataclass(frozen=True)
class TrialsTable:
    """The trials, column by column.

    Attributes:
        columns: the facts, in order.
        rows: by column, the value of every trial, to sort and filter by: texts, numbers, booleans,
            or None where there is none. ``contestant`` is one column more: the contestant's index.
        shown: by column, what is written instead of those values.
        commands: templates; ``{trial}`` in them, which occurs once, stands for the trial's number.
        command_of: by trial, the index of its command.
        parameters: hyper-parameters of a learner in words.
        parameters_of: by trial, the index of its parameters.
        note: which trials are left out; empty if none is.
        total: trials that there are.
        advice: by status, what to try next.
    """

    columns: list[Column]
    rows: dict[str, list[Any]]
    shown: dict[str, list[str]]
    commands: list[str]
    command_of: list[int]
    parameters: list[str]
    parameters_of: list[int]
    note: str
    total: int
    advice: dict[str, str]

    def command(self, row: int) -> str:
        """What runs the trial in this row again."""
        template = self.commands[self.command_of[row]]
        return template.replace(commands.PLACE, str(self.rows["trial"][row]))


COLUMNS = (
    Column("learner", "Learner", "text", main=True),
    Column("trial", "Trial", "number", main=True),
    Column("n", "n", "number"),
    Column("k", "k", "number"),
    Column("noise", "Noise", "number"),
    Column("sample_size", "Examples on offer", "number"),
    Column("variant", "Instances", "text"),
    Column("device", "Device", "text"),
    Column("threads", "Threads", "number"),
    Column("access", "Access", "text"),
    Column("told", "Told", "text"),
    Column("timing", "Timing", "text"),
    Column("status", "Ended", "text", main=True),
    Column("solved", "Solved", "flag", main=True),
    Column("criterion", "Judged by", "text"),
    Column("answer", "Answer", "text", main=True),
    Column("secret", "Secret", "text", main=True),
    Column("accuracy", "Accuracy", "number"),
    Column("seconds", "Seconds", "number", main=True),
    Column("samples", "Samples", "number", main=True),
    Column("queries", "Queries", "number", main=True),
    Column("steps", "Steps", "number", main=True),
    Column("operations", "Operations", "number", main=True),
    Column("unit", "Unit of operations", "text"),
    Column("peak_memory", "Memory", "number"),
    Column("engine", "Engine", "text"),
    Column("seed", "Seed", "number"),
    Column("limits", "Limits", "text"),
    Column("message", "Message", "text"),
)
"""All columns."""

_COORDINATES = ("n", "k", "noise", "sample_size", "variant", "device", "threads", "timing")
"""Columns that stand in the table where they tell its trials apart."""
_Item = tuple[Entry, Record]
_number = attrgetter("spec.seed", "spec.trial")
_QUANTITIES = {"seconds": wording.seconds, "peak_memory": wording.memory}


def trials_table(digest: Digest) -> TrialsTable:
    """All trials, instance by instance; of more than :data:`TRIALS_AT_MOST`, failures first."""
    everyone = [
        [(entry, record) for record in sorted(entry.records, key=_number)]
        for entry in digest.entries
    ]
    chosen, note = _chosen(everyone)
    values = [_values(entry, record) for entry, record in chosen]
    rows: dict[str, list[Any]] = {"contestant": [entry.contestant.index for entry, _ in chosen]}
    for column in COLUMNS:
        rows[column.name] = [row.get(column.name) for row in values]
    shown: dict[str, list[str]] = {}
    for name in ("k", "sample_size", "accuracy"):
        shown[name] = _all_shown(name, rows[name])
    for name in COSTS:
        spent = [getattr(record.cost, name) for _, record in chosen]
        # What a learner does not spend, it is not paid in.
        rows[name] = [clean(value) if value else None for value in spent]
        shown[name] = _all_shown(name, [value or None for value in spent])
    if any(abs(seed) > _EXACT for seed in rows["seed"]):
        shown["seed"] = [str(seed) for seed in rows["seed"]]
    templates, parameters = _Listed(), _Listed()
    command_of = [templates.place(_setting(r.spec), r.spec, commands.rerun) for _, r in chosen]
    parameters_of = [parameters.place(_written(r.spec), r.spec, _written) for _, r in chosen]
    return TrialsTable(
        columns=_columns(rows),
        rows=rows,
        shown=shown,
        commands=templates.texts,
        command_of=command_of,
        parameters=parameters.texts,
        parameters_of=parameters_of,
        note=note,
        total=sum(map(len, everyone)),
        advice={str(s): s.advice for s in Status if str(s) in set(rows["status"])},
    )


class _Listed:
    """Distinct texts in order of first appearance; a text is made once per key."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._places: dict[Hashable, int] = {}

    def place(self, key: Hashable, spec: TrialSpec, make: Callable[[TrialSpec], str]) -> int:
        """The index of the text that belongs to ``key``."""
        if key not in self._places:
            self._places[key] = len(self.texts)
            self.texts.append(make(spec))
        return self._places[key]


def _setting(spec: TrialSpec) -> Hashable:
    """What the command depends on: all but the trial's number, and the parameters, which follow."""
    return tuple(v for name, v in vars(spec).items() if name not in ("trial", "parameters"))


def _written(spec: TrialSpec) -> str:
    return ", ".join(f"{name} = {parameter_text(value)}" for name, value in spec.parameters.items())


def _chosen(everyone: Sequence[Sequence[_Item]]) -> tuple[list[_Item], str]:
    """The trials of the table, cell by cell, and a sentence about those that it leaves out."""
    whole = list(chain.from_iterable(everyone))
    if len(whole) <= TRIALS_AT_MOST:
        return whole, ""
    failed = [[item for item in cell if not item[1].solved] for cell in everyone]
    solved = [[item for item in cell if item[1].solved] for cell in everyone]
    failures = _spread(failed, int(_FAILURES_SHARE * TRIALS_AT_MOST))
    successes = _spread(solved, TRIALS_AT_MOST - sum(map(len, failures)))
    kept = [
        item
        for cell in zip(failures, successes, strict=True)
        for item in sorted(chain.from_iterable(cell), key=lambda item: _number(item[1]))
    ]
    counts = [sum(map(len, cells)) for cells in (failures, failed, successes, solved)]
    lost, all_lost, won, all_won = map(wording.whole, counts)
    note = (
        f"{wording.whole(len(kept))} of {wording.whole(len(whole))} trials are listed: {lost} of "
        f"the {all_lost} failures and {won} of the {all_won} successes, the first ones of every "
        "cell. parity-compare export writes all."
    )
    return kept, note


def _spread(cells: Sequence[Sequence[_Item]], at_most: int) -> list[list[_Item]]:
    """The first of every cell, then the second of every cell, and so on, ``at_most`` in all."""
    ranked = sorted((rank, i) for i, cell in enumerate(cells) for rank in range(len(cell)))
    taken = Counter(i for _, i in ranked[:at_most])
    return [list(cell[: taken[i]]) for i, cell in enumerate(cells)]


def _values(entry: Entry, record: Record) -> dict[str, Any]:
    spec, contestant = record.spec, entry.contestant
    return {
        "learner": contestant.name,
        "trial": spec.trial,
        "n": spec.n,
        "k": spec.k,
        "noise": spec.noise,
        "sample_size": spec.samples,
        "variant": spec.variant,
        "device": spec.device,
        "threads": spec.threads,
        "access": record.access,
        "told": wording.told_words(record.side_information),
        "timing": record.timing,
        "status": str(record.status),
        "solved": record.solved,
        "criterion": record.criterion,
        "answer": _set(record.support),
        "secret": _set(record.secret),
        "accuracy": clean(record.accuracy),
        "unit": record.cost.operations_unit,
        "engine": record.engine,
        "seed": spec.seed,
        "limits": _limits(spec),
        "message": record.message,
    }


def _all_shown(name: str, values: Sequence[Any]) -> list[str]:
    """The texts of a column; those of equal values are made once."""
    texts = {value: _shown(name, value) for value in dict.fromkeys(values)}
    return [texts[value] for value in values]


def _shown(name: str, value: Any) -> str:
    if name == "k":
        return "dense" if value is None else str(value)
    if name == "sample_size":
        return "fresh" if value is None else wording.whole(value)
    if value is None:
        return _NOTHING
    if name == "accuracy":
        return f"{100 * value:.4g} %"
    return _QUANTITIES.get(name, wording.number)(value)


def _set(support: tuple[int, ...] | None) -> str:
    return _NOTHING if support is None else "{" + ", ".join(map(str, support)) + "}"


def _limits(spec: TrialSpec) -> str:
    limits = [
        None if spec.seconds is None else wording.seconds(spec.seconds),
        None if spec.max_samples is None else wording.plural(spec.max_samples, "example"),
        None if spec.max_steps is None else wording.plural(spec.max_steps, "step"),
    ]
    return ", ".join(filter(None, limits)) or "none"


def _columns(rows: Mapping[str, Sequence[Any]]) -> list[Column]:
    """The columns; in the table itself only those that tell its trials apart."""

    def main(column: Column) -> bool:
        values = set(rows[column.name])
        if column.name in _COORDINATES:
            return len(values) > 1
        return column.main and (column.name not in COSTS or values != {None})

    return [replace(column, main=main(column)) for column in COLUMNS]
