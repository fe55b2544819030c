"""How fast the LPN solvers are, and whether they keep their promises.

    python benchmarks/lpn.py --output docs/benchmarks/lpn.md
    python benchmarks/lpn.py --quick

Learners are prepared outside the clock; medians over seeds, each seed another secret and another
pool. Every job of bkw runs in a process of its own, whose peak memory is the operating system's
figure.
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
from parity_compare.algorithms.bkw import BKW
from parity_compare.algorithms.budget import Budget
from parity_compare.algorithms.kernels.row_exchange import search_windows
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.linear_system import augmented
from parity_compare.algorithms.outcome import Outcome, Status
from parity_compare.algorithms.pooled_gauss import PooledGauss
from parity_compare.algorithms.window_plan import SPARE_ROWS, WindowPlan, plan_windows
from parity_compare.problems import SparseParity
from parity_compare.problems.bits import random_words, words_for
from parity_compare.problems.fourier import walsh_hadamard
from parity_compare.problems.oracles import ExampleOracle
from parity_compare.problems.samples import Samples
from parity_compare.statistics import wilson

_MIB = 2**20

Cell = tuple[int, int | None, float]


def peak_memory() -> float:
    """Peak resident memory of this process so far, in MiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MIB


def load() -> str:
    """What else the machine does: times of a busy one are upper bounds."""
    busy = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"Load average of the last minute (this script included) {busy} on {os.cpu_count()} cores"
    )


def trials(learner: Learner, cell: Cell, seeds: int, threads: int = 1) -> tuple[list[Outcome], int]:
    """One outcome per seed, and how many of the answers are S."""
    n, k, noise = cell
    learner.prepare(n)
    outcomes, right = [], 0
    for seed in range(seeds):
        problem = SparseParity(n, k, noise, seed=seed)
        budget = Budget(threads=threads)
        outcome = learner.learn(problem.examples(), k=k, noise=noise, budget=budget, rng=seed)
        right += outcome.status is Status.FOUND and outcome.support == problem.support
        outcomes.append(outcome)
    return outcomes, right


def median(outcomes: Sequence[Outcome], name: str) -> float:
    """The median of one quantity of the cost."""
    return statistics.median(float(getattr(outcome.cost, name)) for outcome in outcomes)


def pool_plan(cell: Cell) -> WindowPlan:
    """The plan that the learner makes where examples are fresh."""
    unlimited = plan_windows(*cell, math.inf)
    assert unlimited is not None
    plan = plan_windows(*cell, unlimited.pool)
    assert plan is not None
    return plan


def pooled_gauss(quick: bool) -> Iterator[str]:
    """Seconds and tries against the plan's expectation."""
    yield "## pooled-gauss"
    yield ""
    yield (
        "Clean sets: (1 - eta)^-n, the tries that sets without a tolerated flipped label would "
        "take, each independent of the others. Tries / plan: mean tries over the plan's "
        "expectation; the standard error of this ratio is about 0.2 with 20 seeds."
    )
    yield ""
    yield (
        "| n | k | noise | threads | found | seconds, median | longest | tries, median "
        "| tries / plan | tries per second | clean sets | examples |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    cells: list[Cell] = [(64, None, 0.125), (100, None, 0.125)]
    if not quick:
        cells += [(120, None, 0.125), (64, None, 0.2), (30, None, 0.4)]
        cells += [(100, 5, 0.125), (50, 3, 0.3), (500, 3, 0.1)]
    for cell in cells:
        for threads in (1, 2):
            outcomes, right = trials(PooledGauss(), cell, 20, threads)
            tries = sum(o.cost.steps for o in outcomes)
            rate = tries / sum(o.cost.seconds for o in outcomes)
            n, k, noise = cell
            yield (
                f"| {n} | {k or 'dense'} | {noise:g} | {threads} | {right}/{len(outcomes)} "
                f"| {median(outcomes, 'seconds'):.3g} "
                f"| {max(o.cost.seconds for o in outcomes):.3g} | {median(outcomes, 'steps'):.3g} "
                f"| {tries / len(outcomes) / pool_plan(cell).total_tries:.2f} | {rate:.3g} "
                f"| {(1 - noise) ** -n:.2g} | {median(outcomes, 'samples'):.0f} |"
            )


def exchanges(quick: bool) -> Iterator[str]:
    """What dependent tries cost: rows exchanged per try against a new elimination per try."""
    n, noise, seeds = 80, 0.125, 40 if quick else 200
    plan = pool_plan((n, None, noise))
    yield f"## Rows exchanged from one try to the next, n = {n}, noise {noise:g}, one thread"
    yield ""
    yield (
        f"Means over {seeds} secrets, by the kernel alone, with the plan's {plan.checks} checks, "
        f"syndromes of weight at most {plan.weight} and {plan.tries} tries per window (the plan "
        f"itself exchanges {plan.exchanges}). The ratio of tries to those of new eliminations is "
        "what dependence costs; a mean's standard error is "
        f"{100 / math.sqrt(seeds):.0f} %."
    )
    yield ""
    yield "| rows | tries, mean | ratio | microseconds per try | seconds, mean |"
    yield "|---|---|---|---|---|"
    reference = 0.0
    for rows in (0, 10, 6, 4, 3, 2, 1):
        spent, tried = [], []
        for seed in range(seeds + 1):
            oracle = SparseParity(n, None, noise, seed).examples()
            verification = augmented(oracle.draw(210))
            pool = augmented(oracle.draw(plan.pool))
            counts, secret = np.zeros(3, np.int64), np.zeros(words_for(n + 1), np.uint64)
            tries = plan.tries if rows else 1
            parameters = (SPARE_ROWS, plan.weight, 62, 0, tries, rows, 10**9, np.uint64(seed))
            begin = time.perf_counter()
            search_windows(pool, verification, n, n, plan.checks, *parameters, secret, counts)
            if seed:  # the first one compiles
                spent.append(time.perf_counter() - begin)
                tried.append(int(counts[1]))
        mean = statistics.mean(tried)
        reference = reference or mean
        yield (
            f"| {rows or 'all: a new elimination'} | {mean:.3g} | {mean / reference:.2f} "
            f"| {1e6 * sum(spent) / sum(tried):.3f} | {statistics.mean(spent):.4f} |"
        )


def recover(pairs: str, cell: Cell, seeds: int) -> tuple[list[Outcome], int, float]:
    """Outcomes of bkw, the number of right answers, and the peak memory of the process in MiB."""
    learner = BKW(pairs=pairs)  # type: ignore[arg-type]
    outcomes, right = trials(learner, cell, seeds)
    return outcomes, right, peak_memory()


def bkw(quick: bool) -> Iterator[str]:
    """Seconds, memory and examples."""
    yield "## bkw"
    yield ""
    yield (
        "One thread. Memory: the arrays' peak by formula, and the peak of the process, which holds "
        "Python, NumPy and the compiler besides."
    )
    yield ""
    yield (
        "| n | k | noise | pairs | found | seconds, median | longest | memory, formula | process "
        "| examples | first stage |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    cells: list[tuple[Cell, str]] = [((64, None, 0.2), "all"), ((64, None, 0.2), "representative")]
    if not quick:
        cells += [((40, None, 0.3), "all"), ((64, None, 0.3), "all"), ((100, None, 0.1), "all")]
        cells += [((100, None, 0.01), "all"), ((128, None, 0.05), "all"), ((60, 5, 0.2), "all")]
    for cell, pairs in cells:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as process:
            job = process.submit(recover, pairs, cell, 20)
            outcomes, right, peak = job.result()
        n, k, noise = cell
        stage = outcomes[0].detail.partition("the first with ")[2].rstrip(".")
        yield (
            f"| {n} | {k or 'dense'} | {noise:g} | {pairs} | {right}/{len(outcomes)} "
            f"| {median(outcomes, 'seconds'):.3g} | {max(o.cost.seconds for o in outcomes):.3g} "
            f"| {max(o.cost.peak_memory for o in outcomes) / _MIB:.3g} MiB "
            f"| {peak:.0f} MiB | {median(outcomes, 'samples'):.3g} | {stage} |"
        )


def transform(quick: bool) -> Iterator[str]:
    """The Walsh-Hadamard transform alone."""
    yield "## Walsh-Hadamard transform, int32, in place, one thread"
    yield ""
    yield "| entries | milliseconds, median of 5 | additions per second |"
    yield "|---|---|---|"
    for levels in (13, 20) if quick else (13, 16, 20, 24, 26):
        values, spent = np.zeros(2**levels, dtype=np.int32), []
        walsh_hadamard(values)
        for _ in range(5):
            begin = time.perf_counter()
            walsh_hadamard(values)
            spent.append(time.perf_counter() - begin)
        usual = statistics.median(spent)
        yield f"| 2^{levels} | {1e3 * usual:.3g} | {levels * 2**levels / usual:.3g} |"


def pure_noise(n: int, seed: int) -> ExampleOracle:
    """Examples whose labels are coins."""
    rng = np.random.default_rng(seed)
    return ExampleOracle(
        n, lambda m: Samples(n, random_words(rng, m, n), rng.integers(0, 2, m, dtype=np.uint8))
    )


def false_acceptance(quick: bool) -> Iterator[str]:
    """Answers given where labels are coins, against the bound that is claimed."""
    count = 500 if quick else 5000
    yield "## Labels that are coins: how often an answer is given"
    yield ""
    yield "| learner | n | told noise | claimed bound | answers | share, 95 % interval |"
    yield "|---|---|---|---|---|---|"
    for failure in (0.5, 0.1, 0.01):
        for learner in (PooledGauss(failure=failure), BKW(failure=failure)):
            learner.prepare(10)
            found = sum(
                learner.learn(pure_noise(10, seed), noise=0.15, rng=seed).status is Status.FOUND
                for seed in range(count)
            )
            interval = wilson(found, count)
            yield (
                f"| {learner.name} | 10 | 0.15 | {failure:g} | {found}/{count} "
                f"| {found / count:.2g} [{interval.low:.2g}, {interval.high:.2g}] |"
            )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables, and write them if asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the headline cells only")
    parser.add_argument("--output", type=Path, help="also write the tables to this file")
    given = parser.parse_args(arguments)
    lines = ["# LPN solvers", "", "From `python benchmarks/lpn.py"]
    lines[-1] += " --quick`." if given.quick else "`."
    lines += ["", ", ".join(f"{name} {value}" for name, value in environment.describe().items())]
    lines += ["", f"{load()} at the start."]
    print("\n".join(lines), flush=True)
    for part in (pooled_gauss, exchanges, bkw, transform, false_acceptance):
        lines.append("")
        print(flush=True)
        for line in part(given.quick):
            print(line, flush=True)
            lines.append(line)
    lines += ["", f"{load()} at the end."]
    print("\n".join(lines[-2:]))
    if given.output is not None:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
