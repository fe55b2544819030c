"""Prints what results say of mechanism: a line per verdict, or JSON for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from parity_compare.mechanism.examination import Examined
from parity_compare.mechanism.foretelling import Foretelling
from parity_compare.mechanism.verdict import Verdict
from parity_compare.progress import contestant
from parity_compare.terminal.output import Output
from parity_compare.terminal.wording import printable


def print_examined(examined: Sequence[Examined], *, console: Console | None = None) -> None:
    """Print for every cell its verdicts, and what the questions without an answer lack."""
    console = console or Output()
    if not examined:
        console.print("There are no trials with anything to learn.")
    lacking: dict[str, list[str]] = {}
    for one in examined:
        if one.verdicts:
            console.print(Text(printable(_headline(one)), style="bold"))
            lines = [(verdict.answer, _line(verdict)) for verdict in _flat(one.verdicts)]
            _print_lines(console, lines)
        for sentence in one.missing:
            lacking.setdefault(sentence, []).append(_learner(one))
    if lacking:
        console.print(Text("Not answered", style="bold"))
        # A sentence that holds for many cells stands once, with the learners that it is about.
        _print_lines(
            console,
            [
                ("-", f"{sentence} ({', '.join(dict.fromkeys(learners))})")
                for sentence, learners in lacking.items()
            ],
        )


def _print_lines(console: Console, lines: Sequence[tuple[str, str]]) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    for mark, text in lines:
        grid.add_row(f"  {mark}", Text(printable(text)))
    console.print(grid)


def print_examined_json(examined: Sequence[Examined]) -> None:
    """Print the same as JSON on stdout, with every statistic; a number that is none is null."""
    cells = [
        {
            **one.cell,
            "sizes": one.sizes,
            "trials": one.trials,
            "solved": one.solved,
            "verdicts": [
                {"test": type(verdict).__name__.lower(), **_plain(verdict)}
                for verdict in one.verdicts
            ],
            "missing": one.missing,
        }
        for one in examined
    ]
    print(json.dumps(_plain(cells), indent=1, allow_nan=False))


def _learner(one: Examined) -> str:
    return contestant(one.cell["label"], one.cell["device"])


def _headline(one: Examined) -> str:
    """``sgd, n=20 k=3 noise=0.1: 60 trials, 58 solved``."""
    cell = one.cell
    size = f"n={one.sizes[0]}" if "n" in cell else f"over n={','.join(map(str, one.sizes))}"
    text = f"{_learner(one)}, {size}"
    text += f" k={'dense' if cell['k'] is None else cell['k']}"
    if cell["noise"]:
        text += f" noise={cell['noise']:g}"
    if cell["sample_size"] is not None:
        text += f" samples={cell['sample_size']}"
    if cell["variant"] != "plain":
        text += f" {cell['variant']}"
    if cell["replays"] != 1:
        text += f" replays={cell['replays']}"
    told = f", told {cell['side_information']}" if cell["side_information"] else ""
    trials = "1 trial" if one.trials == 1 else f"{one.trials} trials"
    return f"{text} ({cell['access']}{told}): {trials}, {one.solved} solved"


def _line(verdict: Verdict) -> str:
    return f"{verdict.question} {verdict.sentence}"


def _flat(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts, each followed by the one that it contains."""
    flat = []
    for verdict in verdicts:
        flat.append(verdict)
        if isinstance(verdict, Foretelling) and verdict.control is not None:
            flat.append(verdict.control)
    return flat


def _plain(value: Any) -> Any:
    """The value in JSON's types."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value
