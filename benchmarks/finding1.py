"""Empirical Finding 1 of Barak et al. 2022 (arXiv 2207.08799) on a subsample of its grid.

    python benchmarks/finding1.py --output docs/benchmarks/finding1.md
    python benchmarks/finding1.py --small-start --output docs/benchmarks/finding1-small-start.md
    python benchmarks/finding1.py --networks i vii xv --cells-per-network 6
    python benchmarks/finding1.py --full

The finding: each of 15 architectures learns every (n, k), batch size, initialisation and loss of a
grid of 13 365 cells, in the sense that for at least one of four learning rates at least 20 % of 25
random trials reach 100 % accuracy on 8192 fresh examples within 1e5 steps. This script asks the
same of a stratified random subsample of the cells, with fewer and shorter trials; ``--full`` of all
of them, as the paper did, which takes weeks. Cells come architecture by architecture in turn, so
that a run that is cut short, by ``--minutes`` or by Ctrl-C, has covered all architectures alike.
``--small-start`` runs the same cells from smaller initial weights: the paper's scale is not known.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from finding1_cells import Limits, Result
from finding1_page import page

from parity_compare.reproduction.studies.finding1_grid import (
    ARCHITECTURES,
    PAPER_STEPS,
    PAPER_TRIALS,
    RATES,
    STARRED,
    Architecture,
    Cell,
    all_cells,
    subsample,
)


def measure(options: argparse.Namespace, results: list[Result]) -> None:
    """Examine cell after cell, the architectures in turn, and append the results."""
    limits = Limits(
        options.trials,
        options.steps,
        options.examples,
        options.seed,
        options.full,
        options.small_start,
    )
    plan = planned(options)
    began = time.perf_counter()
    for number, (architecture, cell) in enumerate(plan, 1):
        spent = time.perf_counter() - began
        if spent > 60 * options.minutes:
            return
        architecture.learner(cell, RATES[0], options.small_start).prepare(cell.n)
        result = limits.examine(architecture, cell)
        results.append(result)
        took = time.perf_counter() - began - spent
        print(
            f"{number}/{len(plan)} {spent / 60:5.1f} min ({architecture.label}) {cell}: "
            f"{result.verdict}, {result.ends(result.best)} ({took:.1f} s)",
            flush=True,
        )


def planned(options: argparse.Namespace) -> list[tuple[Architecture, Cell]]:
    """The cells in their order."""
    chosen = [a for a in ARCHITECTURES if not options.networks or a.label in options.networks]
    if options.small_start:  # a transformer's layers would need a scale each
        chosen = [a for a in chosen if a.network != "transformer"]
    plan: list[tuple[int, Architecture, Cell]] = []
    for architecture in chosen:
        count = options.cells_per_network
        if architecture.starred:
            count = math.ceil(count / STARRED)
        cells = all_cells() if options.full else subsample(architecture, count, options.seed)
        plan += [(turn, architecture, cell) for turn, cell in enumerate(cells)]
    plan.sort(key=lambda entry: entry[0])
    return [(architecture, cell) for _, architecture, cell in plan]


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; ``words`` are the arguments as given, without the page's path."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    labels = [architecture.label for architecture in ARCHITECTURES]
    parser.add_argument(
        "--networks", nargs="+", choices=labels, metavar="ID", help="rows: i ... xv"
    )
    parser.add_argument("--cells-per-network", type=int, default=9)
    parser.add_argument("--trials", type=int, help="per cell and rate; default 10, or 25 if --full")
    parser.add_argument("--steps", type=int, help="limit; default 1e4, or 1e5 if --full")
    parser.add_argument("--examples", type=float, help="limit; default 5e5, none if --full")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no cell after that")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--full", action="store_true", help="the paper's whole grid and its limits")
    parser.add_argument(
        "--small-start", action="store_true", help="initial weights of scale 1 / sqrt(fan-in)"
    )
    parser.add_argument("--output", type=Path, help="also write the page to this file")
    given = parser.parse_args(arguments)
    usual = (
        {"trials": PAPER_TRIALS, "steps": PAPER_STEPS, "examples": math.inf} if given.full else {}
    )
    for name, default in {"trials": 10, "steps": 10_000, "examples": 5e5, **usual}.items():
        if getattr(given, name) is None:
            setattr(given, name, default)
    for name in ("cells_per_network", "trials", "steps", "examples", "minutes"):
        if not getattr(given, name) > 0:
            parser.error(f"--{name.replace('_', '-')} must be positive, got {getattr(given, name)}")
    given.words = list(sys.argv[1:] if arguments is None else arguments)
    return given


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the page, and write it if asked."""
    options = parse(arguments)
    torch.set_num_threads(1)
    results: list[Result] = []
    began, worked, load = time.perf_counter(), time.process_time(), os.getloadavg()[0]
    try:
        measure(options, results)
    except KeyboardInterrupt:
        print("interrupted: the page has what was measured so far", flush=True)
    minutes, own = (time.perf_counter() - began) / 60, (time.process_time() - worked) / 60
    spent = (
        f"{minutes:.0f} minutes, {own:.0f} of them this process's own, on one thread; load average "
        f"at the start {load:.1f}, at the end {os.getloadavg()[0]:.1f}"
    )
    lines = list(page(options, results, len(planned(options)), spent))
    print("\n".join(lines), flush=True)
    if options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
