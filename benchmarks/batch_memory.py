"""How much memory one more network in a batch takes, beside what is foretold.

A process trains a batch of few networks, another one of many, both as the runner does; what the
second holds at its peak beyond the first, per network, stands beside the forecast that batches are
sized with (algorithms/training/foresight.py).

    python benchmarks/batch_memory.py
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys

from parity_compare.algorithms import registry
from parity_compare.execution.trials import run_trials
from parity_compare.experiment import Experiment

STEPS = 20
FEW, MANY = 20, 220
Case = tuple[str, int, int, int | None]
CASES: list[Case] = [  # learner, n, k, samples
    ("sgd", 30, 3, None),
    ("sgd", 100, 3, None),
    ("sgd", 30, 3, 20_000),
    ("sgd[width=1000]", 60, 3, None),
    ("sgd[optimiser=adam]", 100, 3, None),
    ("sgd[network=sine]", 40, 3, None),
    ("sgd[network=polynet]", 40, 3, None),
    ("sgd[network=deep]", 40, 3, None),
    ("sgd[network=transformer]", 30, 3, None),
]


def train(case: Case, trials: int) -> int:
    """Bytes that this process has held at most when a batch has been trained."""
    label, n, k, samples = case
    experiment = Experiment(
        learners=(label,),
        n=(n,),
        k=(k,),
        samples=(samples,),
        trials=trials,
        max_steps=STEPS,
        batch=True,
    )
    run_trials(list(experiment.specs()))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts in KiB


def peak(case: int, trials: int) -> int:
    """The same, of a process of its own."""
    command = [sys.executable, __file__, "--case", str(case), "--trials", str(trials)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Print the table, or be one of its processes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--case", type=int)
    parser.add_argument("--trials", type=int, default=FEW)
    chosen = parser.parse_args()
    if chosen.case is not None:
        print(train(CASES[chosen.case], chosen.trials))
        return
    for number, (label, n, k, samples) in enumerate(CASES):
        measured = (peak(number, MANY) - peak(number, FEW)) / (MANY - FEW)
        forecast = registry.parse(label).forecast(n, k=k, noise=0.0, samples=samples)
        assert forecast is not None
        print(
            f"{label} n={n} k={k} samples={samples}: measured {measured / 1e3:.0f} kB, "
            f"foretold {forecast.memory / 1e3:.0f} kB, ratio {forecast.memory / measured:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
