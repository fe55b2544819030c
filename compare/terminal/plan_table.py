"""Prints a plan: a table, blocks where the terminal is too narrow for it, or JSON."""

from __future__ import annotations

import json
import math
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from parity_compare.calibration import Prediction
from parity_compare.plan import CellPlan, Plan
from parity_compare.progress import cell as instance
from parity_compare.progress import contestant
from parity_compare.terminal.output import Output
from parity_compare.terminal.wording import duration, printable

_HEADINGS = ("learner", "instance", "trials", "done", "to do", "one trial", "all", "memory")
_NUMBERS = frozenset(("trials", "done", "to do"))
_TABLE_WIDTH = 100  # columns below which the table would break words
_UNITS = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def print_plan(plan: Plan, *, console: Console | None = None) -> None:
    """Print what would be run, what each cell would take, and the sums."""
    console = console or Output()
    rows = [_row(cell) for cell in plan.cells]
    if console.width >= _TABLE_WIDTH:
        table = Table()
        for heading in _HEADINGS:
            table.add_column(heading, justify="right" if heading in _NUMBERS else "left")
        for row in rows:
            table.add_row(*map(Text, row))
        console.print(table)
    else:
        _print_blocks(console, rows)
    for line in _sums(plan):
        console.print(Text(line))


def print_plan_json(plan: Plan) -> None:
    """Print it as JSON on stdout; an unknown or infinite number is null."""
    facts = {
        "trials": plan.trials,
        "done": plan.trials - plan.to_do,
        "to_do": plan.to_do,
        "unpredicted": plan.unknown,
        "seconds": _finite(plan.seconds),
        "most_seconds": _finite(plan.most_seconds),
        "at_most": plan.is_bound,
        "workers": plan.workers,
        "memory": plan.memory,
        "total_time": plan.total_seconds,
        "memory_limit": plan.worker_memory,
        "cells": [_facts(cell) for cell in plan.cells],
    }
    print(json.dumps(facts, indent=1))


def _print_blocks(console: Console, rows: list[tuple[str, ...]]) -> None:
    for name, where, *facts in rows:
        console.print(Text(f"{name}, {where}", style="bold"))
        block = Table.grid(padding=(0, 2))
        for heading, fact in zip(_HEADINGS[2:], facts, strict=True):
            block.add_row("", heading, Text(fact))
        console.print(block)


def _row(cell: CellPlan) -> tuple[str, ...]:
    prediction = cell.prediction
    batch = f" in batches of {cell.batch}" if cell.batch > 1 else ""
    return (
        printable(contestant(cell.spec.learner, cell.spec.device)),
        instance(cell.spec),
        str(cell.trials),
        str(cell.done),
        str(cell.to_do) + batch,
        _one(cell),
        _span(cell.seconds, prediction.capped) if cell.to_do else "-",
        "unknown" if cell.memory is None else size_text(cell.memory),
    )


def _one(cell: CellPlan) -> str:
    """The prediction of one trial, and what it rests on."""
    prediction = cell.prediction
    if prediction.basis == "refusal":
        return "gives up at once"
    if prediction.seconds is None:
        limit = cell.spec.seconds
        bound = "no limit" if limit is None else f"at most {span(limit)}"
        return f"unknown, {bound}"
    return f"{_span(prediction.seconds, prediction.capped)} ({_basis(prediction)})"


def _basis(prediction: Prediction) -> str:
    if not prediction.calibrated:
        return "uncalibrated"
    counted = "1 trial" if prediction.trials == 1 else f"{prediction.trials} trials"
    return f"{counted} here" if prediction.basis == "cell" else f"formula, {counted}"


def _sums(plan: Plan) -> list[str]:
    done = plan.trials - plan.to_do
    lines = [f"{plan.to_do} of {plan.trials} trials to do, {done} already done."]
    if not plan.to_do:
        return lines
    workers = plan.workers or 1
    crew = "1 worker" if workers == 1 else f"{workers} workers"
    if plan.workers is None:
        crew = "each worker of the cluster, were it the only one"
    predicted = _span(plan.seconds, plan.is_bound)
    line = f"Predicted: {predicted} with {crew}"
    if plan.unknown:
        known = plan.to_do - plan.unknown
        line = f"Predicted: {predicted} for {known} trials with {crew}"
        bound = "" if math.isinf(plan.most_seconds) else f", {span(plan.most_seconds)} in all"
        line += f"; {plan.unknown} are unknown, at most their time limit{bound}"
        if not bound:
            line = line.replace("at most their time limit", "and have no time limit")
    lines.append(f"{line}; memory at the peak {size_text(plan.memory)}.")
    if plan.total_seconds is not None and plan.seconds > plan.total_seconds:
        lines.append(
            f"The limit on total time ends the run after {span(plan.total_seconds)}; the same "
            "command goes on from there."
        )
    if plan.worker_memory is not None and plan.memory / workers > plan.worker_memory:
        lines.append(
            f"A worker may hold {size_text(plan.worker_memory)}, but "
            f"{size_text(plan.memory // workers)} are predicted for the largest trial."
        )
    lines.append(
        "One trial: on the learner's clock. The sums hold what is off it, too: probes, checks and "
        "the judge, but not the start of the workers."
    )
    return lines


def _facts(cell: CellPlan) -> dict[str, Any]:
    spec, prediction = cell.spec, cell.prediction
    return {
        "label": spec.learner,
        "device": spec.device,
        "n": spec.n,
        "k": spec.k,
        "noise": spec.noise,
        "sample_size": spec.samples,
        "variant": spec.variant,
        "replays": spec.replays,
        "trials": cell.trials,
        "done": cell.done,
        "to_do": cell.to_do,
        "batch": cell.batch,
        "seconds_per_trial": _finite(prediction.seconds),
        "at_most": prediction.capped,
        "basis": prediction.basis,
        "calibrated_on": prediction.trials,
        "operations": _finite(cell.operations),
        "operations_unit": cell.operations_unit,
        "seconds": _finite(cell.seconds),
        "memory": cell.memory,
    }


def _span(seconds: float | None, capped: bool) -> str:
    if seconds is None:
        return "unknown"
    return f"at most {span(seconds)}" if capped else span(seconds)


def span(seconds: float) -> str:
    """A predicted time to two digits: ``3.2 ms``, ``12 s``, ``4.5 h``, ``no end``."""
    if math.isinf(seconds):
        return "no end"
    if seconds >= 100 * 365.25 * 86400:
        return f"{seconds / (365.25 * 86400):.2g} years"
    if seconds >= 60:
        return duration(seconds)
    for unit, scale in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= scale:
            return f"{_digits(seconds / scale)} {unit}"
    return f"{_digits(seconds / 1e-6)} us"


def _digits(value: float) -> str:
    """Two digits, and no power of ten for a number below a thousand."""
    return f"{float(f'{value:.2g}'):g}"


def size_text(count: int) -> str:
    """A number of bytes to three digits: ``1.84 GB``."""
    for scale, unit in _UNITS:
        if count >= scale:
            return f"{count / scale:.3g} {unit}"
    return f"{count} B"


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
