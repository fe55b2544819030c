"""Median steps of SGD against figure 1 of Barak et al. 2022 (arXiv 2207.08799): is it the same SGD?

    python benchmarks/figure1.py
    python benchmarks/figure1.py --cells 20,4 40,2 --trials 100

Trains the learner ``sgd`` with its defaults (width-100 ReLU network, learning rate 1, hinge loss)
and compares its median number of steps with the figure's panel for that network. Those numbers were
read off the curves of the published vector figure, to about 1 %. The paper does not state the batch
size, the initialisation or the number of trials of the figure: the defaults are a choice after the
fact. Exits with 1 if any ratio is further from 1 than the tolerance.
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from collections.abc import Sequence
from importlib.resources import files

from parity_compare.algorithms.budget import Budget
from parity_compare.algorithms.sgd import SGD
from parity_compare.problems import SparseParity
from parity_compare.problems.seeding import generator
from parity_compare.statistics import Interval, median_interval

Cell = tuple[int, int]

CELLS: list[Cell] = [(20, 3), (30, 3), (40, 3)]
PANEL = "relu-100"
STEPS = 100_000  # the paper's own cap


def reference_medians() -> dict[Cell, int]:
    """Median steps by (n, k), from the figure's panel of the width-100 ReLU network."""
    table = files("parity_compare").joinpath("data", "figure1_medians.csv")
    rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    return {
        (int(row["n"]), int(row["k"])): int(row["median_steps"])
        for row in rows
        if row["panel"] == PANEL
    }


def measure(cell: Cell, trials: int, seed: int) -> tuple[Interval, int]:
    """Our median steps with its 95 % bootstrap interval, and how many trials found the support.

    A trial that did not is counted as infinitely long.
    """
    n, k = cell
    problems = [SparseParity(n, k, seed=seed + trial) for trial in range(trials)]
    outcomes = SGD().learn_many(
        [problem.examples() for problem in problems],
        rngs=[generator("figure1", n, k, seed + trial) for trial in range(trials)],
        budget=Budget(steps=STEPS),
    )
    solved = [o.support == p.support for o, p in zip(outcomes, problems, strict=True)]
    steps = [o.cost.steps if s else math.inf for o, s in zip(outcomes, solved, strict=True)]
    return median_interval(steps), sum(solved)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 0 if every ratio is within the tolerance, else 1."""
    options = parse(arguments)
    reference = reference_medians()
    unknown = [cell for cell in options.cells if cell not in reference]
    if unknown:
        raise SystemExit(f"cells must be points of the figure, got {unknown}")
    print("   (n,k)  figure    ours    95 % interval  ratio  found")
    within = True
    for n, k in options.cells:
        began = time.perf_counter()
        ours, solved = measure((n, k), options.trials, options.seed)
        ratio = ours.estimate / reference[n, k]
        fits = abs(ratio - 1) <= options.tolerance
        within &= fits
        cell, interval = f"({n},{k})", f"[{ours.low:g}, {ours.high:g}]"
        print(
            f"{cell:>8} {reference[n, k]:>7} {ours.estimate:>7g} {interval:>16} {ratio:>6.2f}  "
            f"{solved}/{options.trials}  ({time.perf_counter() - began:.1f} s)"
            f"{'' if fits else '  outside the tolerance'}"
        )
    return 0 if within else 1


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cells", nargs="+", type=_cell, default=CELLS, metavar="N,K")
    parser.add_argument("--trials", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0, help="the first trial's seed")
    parser.add_argument("--tolerance", type=float, default=0.25, help="largest |ratio - 1|")
    return parser.parse_args(arguments)


def _cell(text: str) -> Cell:
    n, k = text.split(",")
    return int(n), int(k)


if __name__ == "__main__":
    raise SystemExit(main())
