"""Do the exact solvers agree with galois and with brute force, on systems of every shape?

    python benchmarks/agreement.py [--instances 2000]

Long random checks of what the tests check briefly. Systems have n = 1 to 130 columns and 0 to 4n
rows; some have duplicate or zero columns, short rank, contradictory or noisy labels. It stops
with an error at the first disagreement, and prints the instance.
"""

from __future__ import annotations

import argparse
from collections import Counter
from itertools import combinations

import numpy as np

from parity_compare.algorithms.galois_elimination import GaloisElimination
from parity_compare.algorithms.gaussian_elimination import GaussianElimination
from parity_compare.algorithms.halving import Plan, fitting_subsets
from parity_compare.algorithms.outcome import Status
from parity_compare.algorithms.subset_search import Ranking, SubsetSearch
from parity_compare.algorithms.task import Task
from parity_compare.problems import ExampleOracle, Samples

KINDS = ("planted", "noisy", "duplicates", "zeros", "short rank", "coins")


def system(rng: np.random.Generator, n: int, m: int, kind: str) -> Samples:
    """A random labelled system of one kind."""
    bits = rng.integers(0, 2, (m, n), dtype=np.uint8)
    if kind == "duplicates" and n > 1:
        bits[:, rng.integers(n)] = bits[:, rng.integers(n)]
    if kind == "zeros":
        bits[:, rng.integers(0, n, size=max(1, n // 4))] = 0
    if kind == "short rank" and m > 1:
        bits[m // 2 :] = bits[rng.integers(0, m // 2, size=m - m // 2)]
    labels = bits @ rng.integers(0, 2, n, dtype=np.uint8) % 2
    if kind == "noisy" and m:
        labels ^= (rng.random(m) < 0.1).astype(np.uint8)
    if kind == "coins":
        labels = rng.integers(0, 2, m, dtype=np.uint8)
    return Samples.from_arrays(bits, labels.astype(np.uint8), encoding="bits")


def against_galois(rng: np.random.Generator, instances: int) -> Counter[str]:
    """gf2 and galois end alike and give the same support, for every shape."""
    seen: Counter[str] = Counter()
    ours, theirs = GaussianElimination(), GaloisElimination()
    for number in range(instances):
        n = int(rng.integers(1, 131))
        m = int(rng.integers(0, 4 * n + 1)) if number % 2 else int(rng.integers(0, n + 3))
        samples = system(rng, n, m, KINDS[number // 2 % len(KINDS)])
        first = ours.learn(ExampleOracle.over(samples))
        second = theirs.learn(ExampleOracle.over(samples))
        if (first.status, first.support) != (second.status, second.support):
            raise SystemExit(f"n={n}, m={m}: gf2 {first}, galois {second}\n{samples.bits}")
        seen[first.status] += 1
    return seen


def against_brute_force(rng: np.random.Generator, instances: int) -> Counter[str]:
    """Every search for k-subsets finds what trying them all finds."""
    seen: Counter[str] = Counter()
    for number in range(instances):
        n = int(rng.integers(1, 13))
        k, m = int(rng.integers(1, n + 1)), int(rng.integers(1, 4 * n + 1))
        samples = system(rng, n, m, KINDS[number % len(KINDS)])
        misses = sorted((m - samples.agreement(s), s) for s in combinations(range(n), k))
        perfect = [subset for wrong, subset in misses if wrong == 0]

        ranking = SubsetSearch(samples.columns, samples.label_words, m, k).run(_never)
        expected = misses[0][0], misses[1][0] if len(misses) > 1 else m + 1
        assert (ranking.misses, ranking.runner_up) == expected, (samples, k, ranking)

        task = Task(ExampleOracle.over(samples), k=k, seed=number)
        plan = Plan.of(n, k, 1 << 20)
        halves = fitting_subsets(task, samples.columns, samples.label_words, k, plan, 10**6)
        assert sorted(halves) == perfect, (samples, k, halves)

        outcome = GaussianElimination().learn(ExampleOracle.over(samples), k=k, rng=number)
        wanted = (Status.INCONSISTENT, Status.FOUND, Status.UNDERDETERMINED)[min(2, len(perfect))]
        assert outcome.status is wanted, (samples, k, outcome)
        assert outcome.support == (perfect[0] if len(perfect) == 1 else None)
        seen[outcome.status] += 1
    return seen


def _never(ranking: Ranking) -> None:
    """No limit."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--instances", type=int, default=2000)
    instances = parser.parse_args().instances
    rng = np.random.default_rng(0)
    for name, check in (("galois", against_galois), ("brute force", against_brute_force)):
        seen = check(rng, instances)
        ends = ", ".join(f"{count} {status}" for status, count in seen.most_common())
        print(f"{instances} systems agree with {name}: {ends}")


if __name__ == "__main__":
    main()
