"""What ``relations`` prints: the generating relations and how far the search went, or JSON."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from parity_compare.algorithms.wording import duration, number
from parity_compare.dual.relation import Relation, Relations, Stage
from parity_compare.terminal.lines import counted, left_out, print_text, width
from parity_compare.terminal.wording import printable

_LISTED = 8  # names in a notice
_INDENT = 14  # of what stands behind a heading


def print_relations(found: Relations, *, show_all: bool, as_json: bool) -> None:
    """The answer of ``relations``."""
    if as_json:
        print(json.dumps(facts(found, show_all=show_all), indent=1, allow_nan=False))
        return
    columns = width()
    if lacking := left_out(found.dropped, found.dropped_columns):
        print_text(lacking, columns)
    print_text(_headline(found), columns)
    _print_list(found.basis, columns)
    if show_all and len(found.everything) > len(found.basis):
        print(f"\nAll {number(len(found.everything))}:")
        _print_list(found.everything, columns)
    if found.group is not None and found.everywhere:
        print("\nOver all rows, whatever the group:")
        _print_list(found.everywhere, columns)
    print()
    for heading, text in _notices(found):
        print_text(text, columns, heading, _INDENT)


def print_interruption(found: Relations) -> None:
    """One line on stderr, so that it stands beside JSON too."""
    what = counted(len(found.everything), "relation") if found.everything else "nothing"
    print(f"Interrupted: {what} found so far; {_completed(found)}.", file=sys.stderr)


def _completed(found: Relations) -> str:
    if found.complete_to:
        return f"sets of up to {counted(found.complete_to, 'column')} were searched completely"
    return "no size was searched completely"


def _headline(found: Relations) -> str:
    rows = "1 row" if found.examples == 1 else f"{number(found.examples)} rows"
    where = f"among {counted(len(found.names), 'column')} in {rows}"
    if found.group is not None:
        where += f" of {counted(len(found.groups), 'group')} of '{printable(found.group)}'"
        what = "XOR that is constant within groups", "XORs that are constant within groups"
    else:
        what = "XOR relation", "XOR relations"
    if not found.basis:
        other = " besides copies of columns" if found.found else ""
        return f"No {what[0]} found{other} {where}."
    total = len(found.everything)
    names = what[0] if found.rank == 1 else what[1]
    if total == found.rank:
        return f"{found.rank} {names} {where}:"
    generate = "generates" if found.rank == 1 else "generate"
    help_of = "what holds over all rows" if found.everywhere else "biased columns"
    aided = "" if _spanned(found.basis, found.everything) else f", together with {help_of}"
    return f"{found.rank} {names} {where}, which {generate} all {number(total)} found{aided}:"


def _spanned(basis: Sequence[Relation], relations: Sequence[Relation]) -> bool:
    """Whether every relation is an XOR of some of the basis."""
    rows: dict[int, int] = {}

    def rest(mask: int) -> int:
        while mask and (lowest := mask & -mask) in rows:
            mask ^= rows[lowest]
        return mask

    for relation in basis:
        vector = rest(relation.mask)
        rows[vector & -vector] = vector
    return not any(rest(relation.mask) for relation in relations)


def _print_list(relations: Sequence[Relation], columns: int | None) -> None:
    """One line each, aligned; at least two where the terminal is too narrow for that."""
    if not relations:
        return
    lines = [_cells(relation) for relation in relations]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    narrow = columns is not None and sum(widths) + 3 * len(widths) > columns
    for line in lines:
        if narrow:
            print_text(line[0], columns, "-", 4)
            print_text(", ".join(line[1:]), columns, indent=4)
            continue
        padded = (cell.ljust(size) for cell, size in zip(line, widths, strict=True))
        print("  " + "   ".join(padded).rstrip())


def _cells(relation: Relation) -> tuple[str, ...]:
    terms = " XOR ".join(map(printable, relation.columns))
    value = "" if relation.constant is None else f" = {relation.constant}"
    share = 100 * relation.agreements / relation.examples
    noise = relation.noise
    return (
        terms + value,
        f"{relation.agreements} of {relation.examples} rows ({share:.4g} %)",
        f"noise rate {noise.estimate:.3g} [{noise.low:.3g}, {noise.high:.3g}]",
        f"q {_chance(relation.q_value)}",
    )


def _chance(value: float) -> str:
    return f"< {1e-290:.0e}" if value < 1e-290 else f"{value:.1e}"


def _notices(found: Relations) -> Iterator[tuple[str, str]]:
    if found.group is not None and found.basis:
        yield "groups", f"their values tell {found.groups_told_apart} of {len(found.groups)} apart"
    if found.interrupted:
        yield "interrupted", _completed(found)
    yield from _searches(found)
    if found.candidates:
        yield "power", _power(found)
    yield (
        "chance",
        f"at most {100 * found.fdr:g} % of what is found is expected to be false (Benjamini and "
        "Yekutieli)",
    )
    if found.constants:
        shown = [f"{_name(found, c.column)} = {c.value}" for c in found.constants]
        yield "constant", f"in every row, and left out: {_listed(shown)}"
    if found.copies:
        shown = [
            f"{_name(found, c.column)} = {'NOT ' if c.negated else ''}{_name(found, c.of)}"
            for c in found.copies
        ]
        yield "copies", f"in every row, and left out: {_listed(shown)}"
    if found.biased:
        shown = [f"{printable(b.name)} ({100 * b.ones:.3g} % ones)" for b in found.biased]
        yield "biased", f"no relations by themselves: {_listed(shown)}"


def _power(found: Relations) -> str:
    """Which relations would have been found, or why none would."""
    if not found.complete_to:
        return "none is promised: no size was searched completely"
    if found.detectable is not None:
        each = "each" if found.complete else f"each of up to {found.complete_to} columns"
        if found.group is not None:
            each += " that is 1 in about half of the rows"
        return (
            f"with a noise rate of at most {found.detectable:.3g}, {each} would have been found "
            "with probability 0.999"
        )
    if found.group is not None and len(found.groups) == 1:
        return "none: there is one group, and what is constant within it is so in all rows"
    if found.group is not None and len(found.groups) == found.examples:
        return "none: every group has one row, in which any XOR is constant"
    return "none: these rows are too few to tell any relation from chance"


def _searches(found: Relations) -> Iterator[tuple[str, str]]:
    first = found.stages[0].weight if found.stages else 0
    if found.complete_to:
        done = [stage for stage in found.stages if stage.weight <= found.complete_to]
        total = sum(stage.subsets for stage in done)
        took = sum(stage.seconds for stage in done)
        sizes = f"{first} to {found.complete_to}" if found.complete_to > first else f"{first}"
        yield (
            "searched",
            f"all {number(total)} sets of {sizes} columns, in {duration(took)}",
        )
    for stage in found.stages:
        if not stage.complete:
            yield "incomplete", _missing(stage, found)
    for reach in found.reach:
        rounds = f"{number(reach.rounds)} rounds of collisions, {duration(reach.seconds)} of work"
        told = (
            "too few to be sure of any relation"
            if reach.noise is None
            else f"noise rates up to {reach.noise:.3g} are missed with probability at most 1e-3"
        )
        yield f"sets of {reach.weight}", f"{rounds}: {told}"


def _missing(stage: Stage, found: Relations) -> str:
    sets = f"{number(stage.subsets)} sets of {stage.weight} columns"
    if found.crowded:
        return f"{sets} are left: too many relations were found before"
    if stage.visited:
        share = 100 * stage.visited / stage.subsets
        return f"{share:.3g} % of {sets} searched; all would take {duration(stage.seconds)}"
    return f"{sets} not searched: they would take about {duration(stage.seconds)}"


def _name(found: Relations, column: int) -> str:
    return printable(found.names[column])


def _listed(items: Sequence[str]) -> str:
    more = f" and {len(items) - _LISTED} more" if len(items) > _LISTED else ""
    return ", ".join(items[:_LISTED]) + more


def facts(found: Relations, *, show_all: bool) -> dict[str, Any]:
    """The answer in JSON's types, as docs/relations.md describes it."""
    answer: dict[str, Any] = {
        "found": found.found,
        "dropped": found.dropped,
        "dropped_columns": list(found.dropped_columns),
        "examples": found.examples,
        "columns": list(found.names),
        "group": found.group,
        "groups": list(found.groups) if found.group is not None else None,
        "groups_told_apart": found.groups_told_apart if found.group is not None else None,
        "basis": [_relation(relation) for relation in found.basis],
        "rank": found.rank,
        "discoveries": len(found.everything),
        "everywhere": [_relation(relation) for relation in found.everywhere],
        "fdr": found.fdr,
        "candidates": found.candidates,
        "detectable_noise": found.detectable,
        "complete": found.complete,
        "complete_to": found.complete_to,
        "interrupted": found.interrupted,
        "searches": [
            {
                "weight": stage.weight,
                "subsets": stage.subsets,
                "visited": stage.visited,
                "complete": stage.complete,
                "seconds": _finite(stage.seconds),
            }
            for stage in found.stages
        ],
        "collisions": [
            {
                "weight": reach.weight,
                "rounds": reach.rounds,
                "seconds": reach.seconds,
                "noise": reach.noise,
            }
            for reach in found.reach
        ],
        "constants": [{"column": found.names[c.column], "value": c.value} for c in found.constants],
        "copies": [
            {"column": found.names[c.column], "of": found.names[c.of], "negated": c.negated}
            for c in found.copies
        ],
        "biased": [{"column": b.name, "ones": b.ones} for b in found.biased],
        "seconds": found.seconds,
    }
    if show_all:
        answer["all"] = [_relation(relation) for relation in found.everything]
    return answer


def _relation(relation: Relation) -> dict[str, Any]:
    return {
        "columns": list(relation.columns),
        "support": list(relation.support),
        "constant": relation.constant,
        "values": list(relation.values) or None,
        "agreements": relation.agreements,
        "examples": relation.examples,
        "noise": list(relation.noise),
        "p_value": relation.p_value,
        "q_value": relation.q_value,
        "family": relation.family,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
