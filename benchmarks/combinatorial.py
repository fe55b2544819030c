"""How fast the combinatorial learners are: seconds, memory, examples, guesses.

    python benchmarks/combinatorial.py --output docs/benchmarks/combinatorial.md
    python benchmarks/combinatorial.py --quick

Single trials on one thread, learners prepared outside the clock, medians over seeds. Each job of
meet-in-the-middle runs in a process of its own, whose peak memory is the operating system's figure.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import resource
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from parity_compare import environment
from parity_compare.algorithms.correlation_queries import subset_batches
from parity_compare.algorithms.exhaustive import ExhaustiveSearch
from parity_compare.algorithms.fourier_gap import FourierGap
from parity_compare.algorithms.galois_elimination import GaloisElimination
from parity_compare.algorithms.gaussian_elimination import GaussianElimination
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.meet_in_the_middle import MeetInTheMiddle
from parity_compare.algorithms.outcome import Outcome
from parity_compare.algorithms.random_search import RandomSearch
from parity_compare.problems import SparseParity
from parity_compare.problems.correlations import packed_correlations, torch_correlations
from parity_compare.problems.thresholds import best_gap, majority_gap

_MIB = 2**20


def peak_memory() -> float:
    """Peak resident memory of this process so far, in MiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MIB


def trials(learner: Learner, n: int, k: int, noise: float, seeds: int) -> list[Outcome]:
    """One outcome per seed; an answer that is not S ends the benchmark."""
    learner.prepare(n)
    outcomes = []
    for seed in range(seeds):
        problem = SparseParity(n, k, noise, seed=seed)
        outcome = learner.learn(problem.examples(), k=k, noise=noise, rng=seed)
        if outcome.support != problem.support:
            raise SystemExit(f"{learner.name}, n={n}, k={k}, seed {seed}: {outcome.message}")
        outcomes.append(outcome)
    return outcomes


def median(outcomes: Sequence[Outcome], name: str) -> float:
    """The median of one quantity of the cost."""
    return statistics.median(float(getattr(outcome.cost, name)) for outcome in outcomes)


def join(n: int, k: int, memory: int, seeds: int) -> tuple[float, float, float, float]:
    """Median and longest seconds, peak of the keys by formula and of the process, in MiB."""
    outcomes = trials(MeetInTheMiddle(memory=memory), n, k, 0.0, seeds)
    longest = max(outcome.cost.seconds for outcome in outcomes)
    keys = max(outcome.cost.peak_memory for outcome in outcomes) / _MIB
    return median(outcomes, "seconds"), longest, keys, peak_memory()


def meet_in_the_middle(quick: bool) -> Iterator[str]:
    """Seconds and memory; the process holds Python, NumPy and numba besides the keys."""
    yield "## meet-in-the-middle, noiseless"
    yield ""
    yield "| n | k | memory allowed | seconds, median | longest | keys | peak of the process |"
    yield "|---|---|---|---|---|---|---|"
    jobs = [(100, 8, 4096)]
    if not quick:
        jobs = [(100, 6, 4096), (100, 7, 4096), *jobs, (100, 9, 4096), (100, 10, 4096)]
        jobs += [(100, 8, 8), (100, 10, 256)]
    for n, k, allowed in jobs:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as process:
            seeds = 5 if k < 10 else 3
            usual, longest, keys, peak = process.submit(join, n, k, allowed * _MIB, seeds).result()
        yield (
            f"| {n} | {k} | {allowed} MiB | {usual:.3g} | {longest:.3g} | {keys:.3g} MiB "
            f"| {peak:.0f} MiB |"
        )


def fourier_gap(quick: bool) -> Iterator[str]:
    """Examples against Proposition 9's bound, seconds against exhaustive search."""
    yield "## fourier-gap"
    yield ""
    yield (
        "Order of Proposition 9: ln n / gamma^2, where gamma is (1 - 2 eta) times the gap of "
        "y sgn(w.x), the majority's; for odd k that is 0. Hoeffding: 8 ln(2 n / delta) / gamma^2, "
        "the same with the constants that put all n estimates within gamma / 2 but for a chance "
        "of delta = 0.01. Bernstein: the same promise for the threshold in use. Samples include "
        "those of the checks."
    )
    yield ""
    yield (
        "| n | k | noise | found | samples, median | largest | median / order "
        "| median / Hoeffding | median / Bernstein | seconds | exhaustive: samples | seconds |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    cells = [(51, 4, 0.0, 20)]
    if not quick:
        cells += [(51, 4, 0.1, 20), (51, 3, 0.0, 20), (101, 4, 0.0, 5), (51, 5, 0.0, 5)]
    for n, k, noise, seeds in cells:
        outcomes = trials(FourierGap(), n, k, noise, seeds)
        searched = trials(ExhaustiveSearch(), n, k, noise, min(seeds, 5))
        samples, bias = median(outcomes, "samples"), 1 - 2 * noise
        ratios = ["-", "-", f"{samples / best_gap(n, k).samples(n, bias, 0.01):.2f}"]
        if k % 2 == 0:
            unit = (bias * majority_gap(n, k)) ** -2
            ratios[0] = f"{samples / (math.log(n) * unit):.2f}"
            ratios[1] = f"{samples / (8 * math.log(2 * n / 0.01) * unit):.2f}"
        yield (
            f"| {n} | {k} | {noise:g} | {len(outcomes)}/{seeds} | {samples:.3g} "
            f"| {max(o.cost.samples for o in outcomes):.3g} | {' | '.join(ratios)} "
            f"| {median(outcomes, 'seconds'):.3g} "
            f"| {median(searched, 'samples'):.0f} | {median(searched, 'seconds'):.2g} |"
        )


def random_search(quick: bool) -> Iterator[str]:
    """Guesses per second."""
    yield "## random"
    yield ""
    yield "| n | k | noise | guesses, median | guesses per second, median |"
    yield "|---|---|---|---|---|"
    cells = [(50, 5, 0.0)] if quick else [(50, 5, 0.0), (200, 3, 0.0), (50, 4, 0.3)]
    for n, k, noise in cells:
        outcomes = trials(RandomSearch(), n, k, noise, 5)
        rate = statistics.median(o.cost.steps / o.cost.seconds for o in outcomes)
        yield f"| {n} | {k} | {noise:g} | {median(outcomes, 'steps'):.3g} | {rate:.3g} |"


def galois(quick: bool) -> Iterator[str]:
    """The rival's elimination against ours."""
    yield "## galois against gf2"
    yield ""
    yield "| n | galois, seconds | gf2, seconds | ratio |"
    yield "|---|---|---|---|"
    for n in [64] if quick else [20, 64, 256, 1024]:
        theirs = median(trials(GaloisElimination(), n, 5, 0.0, 5), "seconds")
        ours = median(trials(GaussianElimination(), n, 5, 0.0, 5), "seconds")
        yield f"| {n} | {theirs:.3g} | {ours:.3g} | {theirs / ours:.0f} |"


def answers(quick: bool) -> Iterator[str]:
    """Sample-backed answers per second, by packed words and by matrix products."""
    import torch

    torch.set_num_threads(1)
    yield "## sq: answers from a sample, per second, one thread"
    yield ""
    yield "| n | k | examples | packed words | matrix products (torch, CPU) |"
    yield "|---|---|---|---|---|"
    for m in [1000] if quick else [1000, 30_000]:
        samples = SparseParity(60, 3, 0.1).sample(m)
        subsets = np.concatenate(list(subset_batches(60, 3, 1 << 14)))
        rates = []
        for correlate in (packed_correlations(samples), torch_correlations(samples, "cpu")):
            spent = []
            for _ in range(3):
                begin = time.perf_counter()
                correlate(subsets[:16384])
                spent.append(time.perf_counter() - begin)
            rates.append(16384 / statistics.median(spent))
        yield f"| 60 | 3 | {m} | {rates[0]:.3g} | {rates[1]:.3g} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables, and write them if asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the headline cells only")
    parser.add_argument("--output", type=Path, help="also write the tables to this file")
    given = parser.parse_args(arguments)
    lines = ["# Combinatorial learners", "", "From `python benchmarks/combinatorial.py`"]
    lines[-1] += " --quick." if given.quick else "."
    facts = {**environment.describe(), "load at the start": f"{os.getloadavg()[0]:.1f}"}
    lines += ["", ", ".join(f"{name} {value}" for name, value in facts.items())]
    print("\n".join(lines), flush=True)
    for part in (meet_in_the_middle, fourier_gap, random_search, galois, answers):
        lines.append("")
        print(flush=True)
        for line in part(given.quick):
            print(line, flush=True)
            lines.append(line)
    load = os.getloadavg()[0]
    lines += ["", f"Load at the end: {load:.1f}; above 1, other work shared the cores."]
    print("\n".join(lines[-2:]), flush=True)
    if given.output is not None:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
