"""How many of its operations each learner makes in a second, on one core of this machine.

The numbers stand as ``speed`` in the learners' classes, where they turn the forecast of a trial
into seconds as long as no finished trial of that learner can. For every learner there are one or
two cells, whose trials take some tenths of a second; the median over trials is taken in a cell,
and the geometric mean over cells.

    python benchmarks/speeds.py
"""

from __future__ import annotations

import math
import statistics

from parity_compare.algorithms import Budget, registry
from parity_compare.execution.trials import make_oracle
from parity_compare.problems import SparseParity

TRIALS = 7
Cell = tuple[int, int, float]
CELLS: dict[str, list[Cell]] = {  # n, k, noise
    "sgd": [(30, 3, 0.0), (60, 3, 0.0)],
    "langevin": [(30, 3, 0.0)],
    "exhaustive": [(100, 5, 0.0), (60, 5, 0.1)],
    "gf2": [(60, 3, 0.0), (4000, 3, 0.0)],
    "sq": [(60, 4, 0.0)],
    "meet-in-the-middle": [(100, 6, 0.0)],
    "random": [(60, 4, 0.0), (60, 4, 0.1)],
    "fourier-gap": [(100, 3, 0.0)],
    "galois": [(300, 3, 0.0)],
    "pooled-gauss": [(80, 10, 0.2)],
    "bkw": [(70, 3, 0.1)],
    "lasso": [(30, 4, 0.0), (30, 4, 0.1)],
    "forest": [(12, 2, 0.0)],
    "kernel": [(15, 3, 0.0)],
    "nearest": [(11, 2, 0.0)],
}


def measured(name: str, n: int, k: int, noise: float) -> float:
    """Median of operations per second."""
    learner = registry.parse(name)
    learner.prepare(n)
    speeds = []
    for seed in range(TRIALS):
        problem = SparseParity(n, k, noise, seed)
        cost = learner.learn(
            make_oracle(learner, problem, seed=seed),
            k=k,
            noise=noise,
            budget=Budget(seconds=20.0),
            rng=seed,
        ).cost
        speeds.append(cost.operations / cost.seconds)
    return statistics.median(speeds)


def main() -> None:
    """Print the table."""
    for name, cells in CELLS.items():
        speeds = [measured(name, *cell) for cell in cells]
        mean = math.exp(statistics.fmean(map(math.log, speeds)))
        unit = registry.learner_class(name).operations_unit
        listed = ", ".join(
            f"{speed:.2g} at {cell}" for speed, cell in zip(speeds, cells, strict=True)
        )
        print(f"{name:20} {mean:8.1e} {unit} per second ({listed})", flush=True)


if __name__ == "__main__":
    main()
