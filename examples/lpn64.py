"""Learning parity with noise at n = 64: a dense secret, and labels that lie.

Without noise, elimination finds a secret of 64 bits from 64 equations. With noise the secret is
sought among 2^64. Two learners do it all the same: pooled Gauss solves random sets of equations
until one has clean labels, which takes (1 - noise)^-64 tries; BKW XORs examples that agree on a
block of bits until few bits are left, which takes many examples. Which one is cheaper depends on
the noise rate, and can be foretold.

    python examples/lpn64.py

The command line's way stands in docs/examples/lpn64.md.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import parity_compare as pc
from parity_compare.algorithms import registry

N = 64
LEARNERS = ("pooled-gauss", "bkw")


def solve_a_list(rows: int, noise: float) -> bool:
    """What somebody with data has: a fixed list of examples, the noise rate unknown."""
    problem = pc.SparseParity(N, k=None, noise=noise, seed=0)
    solution = pc.solve(problem.sample(rows))
    weight, rate = len(solution.columns), solution.noise
    print(f"{rows} examples: the label is the XOR of {weight} of {N} bits, by {solution.learner};")
    print(f"noise rate {rate.estimate:.1%} [{rate.low:.1%}, {rate.high:.1%}]")
    return solution.support == problem.support


def compare(noises: Sequence[float], trials: int) -> bool:
    """Both learners on the same secrets, beside what their formulas foretell."""
    results = pc.run(LEARNERS, n=N, k=None, noise=noises, trials=trials)
    print("noise  learner       solved  operations, foretold   median  examples  median time")
    for row in results.summary().to_dict("records"):
        learner = registry.parse(row["learner"])
        forecast = learner.forecast(N, k=None, noise=row["noise"], samples=None)
        assert forecast is not None
        print(
            f"{row['noise']:<5}  {row['learner']:12}  {row['solved']:3}/{row['trials']:<2}"
            f"  {forecast.operations:20.1e}  {row['operations']:.1e}  {row['samples']:8.0f}"
            f"  {row['seconds'] * 1e3:8.1f} ms"
        )
    return bool(results.frame()["solved"].all())


def main(rows: int = 5000, noises: Sequence[float] = (0.05, 0.125, 0.2), trials: int = 10) -> bool:
    """Solve one list, then compare the learners over noise rates."""
    solved = solve_a_list(rows, noise=0.125)
    return compare(noises, trials) and solved


if __name__ == "__main__":
    sys.exit(not main())
