"""Prints what theory predicts: tables, blocks where the terminal is too narrow, or JSON."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from parity_compare.terminal.output import Output
from parity_compare.terminal.plan_table import size_text, span
from parity_compare.terminal.wording import printable
from parity_compare.theory.prediction import PLATEAU_ERROR, Bounds, Need, Needs

_HEADINGS = ("learner", "access", "told", "spends", "works", "takes", "holds", "succeeds")
_TABLE_WIDTH = 110  # columns below which the table would break words
_CERTAIN = 0.999  # chances above it are not told
_BASES = {
    "cell": "measured",
    "learner": "formula, corrected",
    "speed": "formula",
}


def print_needs(needs: Needs, *, console: Console | None = None) -> None:
    """Print the learners' needs, the bounds, who should win, and what that rests on."""
    console = console or Output()
    for fault in needs.faults:
        print(printable(fault), file=sys.stderr)
    console.print(Text(_instance(needs), style="italic"))
    _print_learners(console, needs.rows)
    for line in _remarks(needs.rows):
        console.print(Text(line))
    console.print()
    console.print(Text("Bounds, whoever learns", style="italic"))
    _print_facts(console, _bounds(needs.bounds))
    console.print()
    for line in (*_winners(needs), *needs.notes):
        console.print(Text(line))


def print_needs_json(needs: Needs) -> None:
    """Print the same as JSON on stdout; an unknown or infinite number is null."""
    fastest, thriftiest = needs.fastest, needs.thriftiest
    bounds = asdict(needs.bounds)
    bounds["tries"]["median"] = needs.bounds.tries.quantile(0.5)
    facts = {
        "n": needs.n,
        "k": needs.k,
        "noise": needs.noise,
        "samples": needs.samples,
        "learners": [{**asdict(row), "succeeds": row.succeeds} for row in needs.rows],
        "bounds": bounds,
        "fastest": None if fastest is None else fastest.learner,
        "thriftiest": None if thriftiest is None else thriftiest.learner,
        "notes": needs.notes,
        "faults": needs.faults,
    }
    print(json.dumps(_plain(facts), indent=1))


def _instance(needs: Needs) -> str:
    examples = "fresh examples" if needs.samples is None else f"{needs.samples} fixed examples"
    return f"n = {needs.n}, k = {needs.k}, noise = {needs.noise:g}, {examples}"


def _print_learners(console: Console, rows: tuple[Need, ...]) -> None:
    cells = [_cells(row) for row in rows]
    if console.width >= _TABLE_WIDTH:
        table = Table()
        for heading in _HEADINGS:
            table.add_column(heading)
        for row in cells:
            table.add_row(*map(Text, row))
        console.print(table)
        return
    for name, *facts in cells:
        console.print(Text(name, style="bold"))
        _print_facts(console, list(zip(_HEADINGS[1:], facts, strict=True)))


def _print_facts(console: Console, facts: list[tuple[str, str]]) -> None:
    block = Table.grid(padding=(0, 2))
    for heading, fact in facts:
        block.add_row("", heading, Text(fact))
    console.print(block)


def _cells(row: Need) -> tuple[str, ...]:
    spent = []
    if row.samples is not None:
        spent.append(f"{_count(row.samples)} samples")
    if row.queries is not None:
        spent.append(f"{_count(row.queries)} queries")
    works = "-"
    if row.operations is not None and row.queries is None:
        works = f"{_count(row.operations)} {row.operations_unit or 'operation'}s"
    return (
        printable(row.learner),
        row.access,
        ", ".join(row.told) or "nothing",
        ", ".join(spent) or "-",
        printable(works),
        _takes(row),
        "-" if row.memory is None else size_text(row.memory),
        _succeeds(row),
    )


def _takes(row: Need) -> str:
    if row.seconds is None:
        return "-" if row.basis == "refusal" else "unknown"
    basis = _BASES[row.basis]
    return f"{span(row.seconds)} ({'guess' if row.guess else basis})"


def _succeeds(row: Need) -> str:
    if row.guess and row.succeeds:
        return "perhaps"
    if row.chance == 0 or row.chance > _CERTAIN:
        return "yes" if row.chance else "no"
    return f"{'yes' if row.succeeds else 'no'}, chance {_count(row.chance)}"


def _remarks(rows: tuple[Need, ...]) -> list[str]:
    """The obstacles and the guesses, each once with all whom it concerns."""
    concerned: dict[str, list[str]] = {}
    for row in rows:
        for remark in filter(None, (row.obstacle, row.guess)):
            concerned.setdefault(remark, []).append(row.learner)
    return [printable(f"{', '.join(names)}: {remark}") for remark, names in concerned.items()]


def _bounds(bounds: Bounds) -> list[tuple[str, str]]:
    """What each bound is called, and what it says, in an order from knowing to doing."""
    known, failure = bounds.information, bounds.failure
    facts = [
        ("necessary", f"{known.necessary} samples (Fano: {_count(known.fano)})"),
        ("sufficient", f"{known.sufficient} samples, for a chance of failure of {failure:g}"),
        ("verified", f"{known.verified} samples, to tell the answer from luck as well"),
        ("SQ", f"{_count(bounds.queries)} queries of tolerance {bounds.tolerance:g}"),
        (
            "random",
            f"{_count(bounds.tries.mean)} tries on average, "
            f"{_count(bounds.tries.quantile(0.5))} in the median",
        ),
        ("Prop. 9", f"{_gap_samples(bounds.proposition9)}, best threshold neuron"),
    ]
    if bounds.proposition9_majority is not None:
        facts.append(("", f"{_gap_samples(bounds.proposition9_majority)}, majority neuron"))
    if bounds.theorem4 is not None:
        order = bounds.theorem4
        facts.append(
            (
                "Theorem 4",
                f"batch of order {_count(order.batch)}, width of order {_count(order.width)} "
                "(constants 1 are ours)",
            )
        )
    facts.append(("Theorem 5", f"fixed features need D R^2 >= {_count(bounds.theorem5)}"))
    if bounds.theorem6 is not None:
        facts.append(
            (
                "Theorem 6",
                f"{100 * bounds.theorem6:.4g} % of a disjoint PolyNet's flow has an error above "
                f"{PLATEAU_ERROR:g}",
            )
        )
    if bounds.theorem7 is not None:
        facts.append(("Theorem 7", f"{_count(bounds.theorem7)} steps of SGD on it are enough"))
    return facts


def _gap_samples(samples: float) -> str:
    return f"{_count(samples)} samples" if samples < math.inf else "no gap, or too small a one"


def _winners(needs: Needs) -> list[str]:
    fastest, thriftiest = needs.fastest, needs.thriftiest
    if fastest is None and thriftiest is None:
        return ["No learner is predicted to succeed here."]
    lines = []
    if fastest is not None and fastest.seconds is not None:
        name = printable(fastest.learner)
        lines.append(f"Should be fastest: {name}, in {span(fastest.seconds)}.")
    if thriftiest is not None and thriftiest.samples is not None:
        same = [
            printable(row.learner)
            for row in needs.rows
            if row.succeeds and not row.guess and row.samples == thriftiest.samples
        ]
        lines.append(
            f"Should need fewest samples: {', '.join(same)}, with {_count(thriftiest.samples)}."
        )
    return lines


def _count(value: float) -> str:
    """A number to three digits; whole ones below 10 000 in full."""
    if math.isinf(value):
        return "more than 1e300"
    return f"{value:.0f}" if 100 <= value < 1e4 else f"{value:.3g}"


def _plain(value: Any) -> Any:
    """The value in JSON's types."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
