"""How many examples the learners of scikit-learn need for a parity, beside those that know of one.

    python benchmarks/baselines.py --output docs/benchmarks/baselines.md
    python benchmarks/baselines.py --quick

For every cell, the trials of all learners meet the same instances and, as far as they go, the same
examples. Single trials on one thread, learners prepared outside the clock. What is told is k and
the noise rate, where a learner makes use of them.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from parity_compare import environment
from parity_compare.algorithms import Outcome, registry
from parity_compare.judge import judge
from parity_compare.problems import SparseParity

LEARNERS = (
    "gf2", "exhaustive", "lasso", "sgd", "kernel[most_examples=4096]",
    "kernel[kind=ntk,most_examples=4096]", "kernel[kind=polynomial,most_examples=4096]",
    "forest[most_examples=8192]", "forest[kind=extra,most_examples=8192]", "nearest",
)  # fmt: skip
"""The limits are on examples, so that what is solved does not depend on the machine's speed."""
CELLS = [  # n, k, noise
    (10, 2, 0.0), (20, 2, 0.0), (40, 2, 0.0), (10, 3, 0.0), (15, 3, 0.0), (20, 3, 0.0),
    (30, 5, 0.0), (20, 2, 0.1),
]  # fmt: skip
QUICK = [(10, 2, 0.0), (10, 3, 0.0)]
SEEDS = 3
CURVE = (20, 3, 0.0)


def trial(label: str, n: int, k: int, noise: float, seed: int, *, watched: bool = False) -> Outcome:
    """One outcome; the learner is prepared."""
    learner, problem = registry.parse(label), SparseParity(n, k, noise, seed=seed)
    return learner.learn(
        problem.examples(seed=seed),
        k=k,
        noise=noise,
        rng=seed,
        # What is recorded of a course is recorded only if somebody watches.
        probes={"none": lambda state: 0.0} if watched else None,
    )


def summary(label: str, n: int, k: int, noise: float, seeds: int) -> str:
    """Median examples and seconds of the trials that solved; of none, how far the last one came."""
    registry.parse(label).prepare(n)
    solved, accuracies, ends = [], [], []
    for seed in range(seeds):
        outcome = trial(label, n, k, noise, seed)
        verdict = judge(outcome, SparseParity(n, k, noise, seed=seed))
        if verdict.solved:
            solved.append(outcome)
        else:
            accuracies.append(verdict.accuracy)
            ends.append(outcome)
    if not solved:
        drawn = statistics.median_low(end.cost.samples for end in ends)
        reached = statistics.median_low(accuracies)
        share = "" if math.isnan(reached) else f": {reached:.4f}"
        return f"{ends[0].status} at {drawn:,}{share}"
    samples = statistics.median_low(outcome.cost.samples for outcome in solved)
    took = statistics.median_low(outcome.cost.seconds for outcome in solved)
    share = "" if len(solved) == seeds else f" ({len(solved)} of {seeds})"
    return f"{samples:,} in {took:.2g} s{share}"


def examples_table(quick: bool) -> Iterator[str]:
    """A row per learner, so that a column is an instance."""
    cells, seeds = (QUICK, 1) if quick else (CELLS, SEEDS)
    yield "## Examples until the parity is found"
    yield ""
    yield (
        f"Median of {seeds} trials: examples drawn, held-out ones included, and seconds. Where no "
        "trial found S: how the first one ended, the examples drawn, and the accuracy on 8192 "
        "clean examples of what it had learned by then (median)."
    )
    yield ""
    yield "| learner | " + " | ".join(_title(cell) for cell in cells) + " |"
    yield "|---|" + "---|" * len(cells)
    for label in LEARNERS:
        row = []
        for cell in cells:
            row.append(summary(label, *cell, seeds))
            print(label, cell, row[-1], file=sys.stderr, flush=True)
        yield f"| `{label}` | " + " | ".join(row) + " |"


def _title(cell: tuple[int, int, float]) -> str:
    n, k, noise = cell
    return f"({n}, {k})" + (f", noise {noise:g}" if noise else "")


def curves() -> Iterator[str]:
    """The accuracy on held-out examples by the size of the training set."""
    n, k, noise = CURVE
    yield f"## Accuracy on 512 held-out examples at (n, k) = ({n}, {k})"
    yield ""
    yield "One trial. A parity is learned all at once by those who look for one."
    yield ""
    yield "| learner | trained on: accuracy |"
    yield "|---|---|"
    for label in LEARNERS[4:]:
        registry.parse(label).prepare(n)
        trace = trial(label, n, k, noise, 0, watched=True).trace
        points = zip(trace["trained"], trace["accuracy"], strict=True)
        yield f"| `{label}` | " + ", ".join(f"{m:,}: {share:.2f}" for m, share in points) + " |"


def page(quick: bool) -> Iterator[str]:
    """The page."""
    yield "# scikit-learn's learners"
    yield ""
    yield "From `python benchmarks/baselines.py`."
    yield ""
    described = environment.describe()
    yield ", ".join(f"{name} {value}" for name, value in described.items() if name != "limits")
    yield ""
    yield from examples_table(quick)
    yield ""
    if not quick:
        yield from curves()
        yield ""
    yield f"Load at the end: {os.getloadavg()[0]:.1f}; above 1, other work shared the cores."


def main() -> None:
    """Print the page, or write it to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two cells, one trial")
    parser.add_argument("--output", type=Path, help="write the page there")
    options = parser.parse_args()
    lines = []
    for line in page(options.quick):
        print(line, flush=True)
        lines.append(line)
    if options.output:
        options.output.write_text("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
