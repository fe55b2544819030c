"""What heat costs: success and median steps of the learner ``langevin`` against its temperature.

    python benchmarks/temperature.py
    python benchmarks/temperature.py --temperatures 1e-5 1e-4 --trials 100

The same instances, examples and initial weights at every temperature; T = 0 is ``sgd``. The default
temperature of ``langevin``, and the numbers in its docstring, were chosen from this table.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence

from parity_compare.algorithms.budget import Budget
from parity_compare.algorithms.langevin import Langevin
from parity_compare.algorithms.outcome import Status
from parity_compare.problems import SparseParity
from parity_compare.problems.seeding import generator
from parity_compare.statistics import Interval, median_interval

TEMPERATURES = [0.0, 1e-6, 1e-5, 3e-5, 1e-4, 1.5e-4, 2e-4, 3e-4, 1e-3]


def measure(
    temperature: float, n: int, k: int, trials: int, steps: int, seed: int
) -> tuple[Interval, int, int]:
    """Median steps with its 95 % bootstrap interval, failures infinite; how many networks became
    the parity; and how many named its support, be it that their weights alone did."""
    problems = [SparseParity(n, k, seed=seed + trial) for trial in range(trials)]
    outcomes = Langevin(temperature=temperature).learn_many(
        [problem.examples() for problem in problems],
        rngs=[generator("temperature", n, k, seed + trial) for trial in range(trials)],
        budget=Budget(steps=steps),
    )
    named = [o.support == p.support for o, p in zip(outcomes, problems, strict=True)]
    solved = [s and o.status is Status.FOUND for o, s in zip(outcomes, named, strict=True)]
    spent = [o.cost.steps if s else math.inf for o, s in zip(outcomes, solved, strict=True)]
    return median_interval(spent), sum(solved), sum(named)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--temperatures", nargs="+", type=float, default=TEMPERATURES, metavar="T")
    parser.add_argument("--n", type=int, default=30)
    parser.add_argument("--k", type=int, default=3)
    parser.add_argument("--trials", type=int, default=25)
    parser.add_argument("--steps", type=int, default=1500, help="limit of a trial")
    parser.add_argument("--seed", type=int, default=0, help="the first trial's seed")
    given = parser.parse_args(arguments)
    print(f"n = {given.n}, k = {given.k}, at most {given.steps} steps")
    print("      T  found  median    95 % interval  named")
    for temperature in given.temperatures:
        median, solved, named = measure(
            temperature, given.n, given.k, given.trials, given.steps, given.seed
        )
        interval = f"[{median.low:g}, {median.high:g}]"
        share, names = (f"{count}/{given.trials}" for count in (solved, named))
        print(
            f"{temperature:>7g} {share:>6} {median.estimate:>7g} {interval:>16} {names:>6}",
            flush=True,
        )


if __name__ == "__main__":
    main()
