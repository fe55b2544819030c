"""What the terminal shows when a command is done: tables, or JSON for programs."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from parity_compare.algorithms import registry
from parity_compare.problems.errors import InvalidInput
from parity_compare.progress import contestant
from parity_compare.results import Results
from parity_compare.terminal.description import describe, origin, told
from parity_compare.terminal.output import Output
from parity_compare.terminal.wording import format_seconds, printable
from parity_compare.timing import is_head_to_head

_HEADINGS = ("learner", "access", "told", "solved", "seconds", "spent", "ended")
_TABLE_WIDTH = 100  # columns below which the table would break words


def print_table(results: Results, report: Path) -> None:
    """The summary, one table per instance, and the path of the report."""
    console = Output()
    rows: list[dict[str, Any]] = results.summary().to_dict("records")  # type: ignore[assignment]
    devices = {row["device"] for row in rows}
    instances = dict.fromkeys(_instance(row) for row in rows)
    for instance in instances:
        cells = [
            _cells(row, show_device=len(devices) > 1) for row in rows if _instance(row) == instance
        ]
        if console.width >= _TABLE_WIDTH:
            table = Table(*_HEADINGS, title=instance, title_justify="left")
            for row_cells in cells:
                table.add_row(*map(Text, row_cells))
            console.print(table)
        else:
            _print_blocks(console, instance, cells)
    note = (
        "solved: with its Wilson 95 % interval; seconds, spent: medians over all trials, a failed "
        "one counted as infinite, with bootstrap 95 % intervals."
    )
    if any(row["replays"] > 1 for row in rows):
        note += " Intervals count starts where these are replayed, and not their replays."
    console.print(note)
    print(f"Report: {report}")


def _print_blocks(console: Console, instance: str, cells: list[list[str]]) -> None:
    """The table of a terminal that is too narrow for it: a block per learner."""
    console.print(Text(instance, style="italic"))
    for name, *facts in cells:
        console.print(Text(name, style="bold"))
        block = Table.grid(padding=(0, 2))
        for heading, fact in zip(_HEADINGS[1:], facts, strict=True):
            block.add_row("", heading, Text(fact))
        console.print(block)


def _cells(row: dict[str, Any], *, show_device: bool) -> list[str]:
    name = contestant(row["label"], row["device"]) if show_device else row["label"]
    rate = f"{row['solved']}/{row['trials']} [{row['rate_low']:.2f}, {row['rate_high']:.2f}]"
    seconds = _with_interval(row, "seconds", format_seconds)
    if not is_head_to_head(row["timing"]):
        seconds += f" ({row['timing']})"
    currency = "queries" if row["access"] == "queries" else "samples"
    spent = f"{_with_interval(row, currency, _count)} {currency}"
    if row["access"] == "examples":
        spent += f", {_count(row['steps'])} steps"
    told = row["side_information"] or "-"
    return [name, row["access"], told, rate, seconds, spent, row["statuses"]]


def _instance(row: dict[str, Any]) -> str:
    k = "dense" if row["k"] is None or math.isnan(row["k"]) else f"{int(row['k'])}"
    size = row["sample_size"]
    fixed = "" if size is None or math.isnan(size) else f", {int(size)} fixed examples"
    variant = "" if row["variant"] == "plain" else f", {row['variant'].replace('-', ' ')}"
    replays = "" if row["replays"] == 1 else f", {row['replays']} replays of each start"
    return f"n = {row['n']}, k = {k}, noise = {row['noise']:g}{fixed}{variant}{replays}"


def _with_interval(row: dict[str, Any], name: str, show: Any) -> str:
    low, high = show(row[f"{name}_low"]), show(row[f"{name}_high"])
    return f"{show(row[name])}" + (f" [{low}, {high}]" if low != high else "")


def _count(value: float) -> str:
    if math.isinf(value):
        return "inf"
    return f"{value:.4g}" if value < 1e4 else f"{value:.3g}"


def print_json(results: Results, report: Path) -> None:
    """The summary as JSON on stdout; an infinite number is null."""
    rows = results.summary().to_dict("records")
    table = [{str(name): _plain(value) for name, value in row.items()} for row in rows]
    print(json.dumps({"report": str(report), "summary": table}, indent=1))


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_learners(*, as_json: bool) -> None:
    """All known learners."""
    described, faults = [], []
    for name in registry.names():
        try:
            described.append(describe(registry.learner_class(name)))
        except InvalidInput as fault:
            faults.append(str(fault))
        except Exception as fault:  # a plug-in's own; it must not hide the others
            reason = f"{type(fault).__name__}: {fault}"
            faults.append(f"learner {name!r} of {registry.origin(name)} fails: {reason}")
    if faults:
        print("\n".join(map(printable, faults)), file=sys.stderr)
    if as_json:
        print(json.dumps(described, indent=1))
        return
    console = Output()
    for learner in described:
        console.print(learner["name"], style="bold", markup=False, highlight=False)
        facts = Table.grid(padding=(0, 2))
        settings = ", ".join(f"{key}={value}" for key, value in learner["parameters"].items())
        for heading, text in (
            ("what", learner["what"]),
            ("access", learner["access"]),
            ("told", told(learner)),
            ("complexity", learner["complexity"]),
            ("parameters", settings or "none"),
            ("source", learner["source"]),
            ("from", origin(learner)),
        ):
            facts.add_row("", heading, Text(printable(text)))
        console.print(facts)
