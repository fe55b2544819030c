"""The ensemble engine against plain PyTorch, goal by goal, all in one run.

    python benchmarks/networks.py [--quick] [--out docs/benchmarks/networks.md]

The rival is the loop that one writes for one seed: an ordinary module, automatic differentiation,
optim.SGD and a fresh batch from torch.randint in every step. Rivals take turns, every turn gives
one ratio, and the table shows the median and the extremes of these. Where both use one thread, time
is the process's own, so that others who share the cores count less; where threads are the point, it
is the clock on the wall.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args
from unittest import mock

import torch
from fused import Case, seconds
from many_trials import Course
from one_seed_loop import BATCH, N, module, one_seed

from parity_compare.algorithms.networks import catalogue
from parity_compare.algorithms.sgd import SGD
from parity_compare.algorithms.training import engines, loop
from parity_compare.environment import describe

_NEVER = 10**9  # steps between two tests of the stopping rule: it is left out
_SIDE = 2048


@dataclass
class Row:
    """One goal: ratios of as many turns, which must be at least (or at most) the goal."""

    job: str
    ours: str
    rival: str
    ratios: list[float]
    goal: float | None
    unit: str = " x"
    at_most: bool = False

    def __str__(self) -> str:
        median = statistics.median(self.ratios)
        low, high = min(self.ratios), max(self.ratios)
        if self.goal is None:
            goal, verdict = "none", "-"
        else:
            goal = f"{self.goal:g}{self.unit}"
            verdict = "reached" if (median <= self.goal) == self.at_most else "**missed**"
        spread = f" ({low:.3g} to {high:.3g})" if len(self.ratios) > 1 else ""
        measured = f"{median:.3g}{self.unit}{spread}"
        return f"| {self.job} | {self.ours} | {self.rival} | {goal} | {measured} | {verdict} |"


def turns(repeats: int, *rates: Callable[[], tuple[float, ...]]) -> list[list[float]]:
    """All the numbers of all rivals, one list per number; they take turns, one to warm up."""
    rounds = [[x for rate in rates for x in rate()] for _ in range(repeats + 1)][1:]
    return [list(column) for column in zip(*rounds, strict=True)]


def quotients(above: list[float], below: list[float]) -> list[float]:
    """Turn by turn."""
    return [a / b for a, b in zip(above, below, strict=True)]


def per_second(rates: list[float]) -> str:
    """The median of rates, for the table."""
    return f"{statistics.median(rates):,.0f} / s".replace(",", " ")


def two_layers(width: int, goal: float, trials: int, steps: int, repeats: int) -> list[Row]:
    """Trial-steps per second on two threads against one seed's loop at its best thread count."""
    untested = SGD(loss="hinge", width=width, batch=BATCH, lr=0.1, check_every=_NEVER)
    courses = [
        Course(learner, trials, steps, threads=2)
        for learner in (untested, replace(untested, check_every=1))
    ]
    model = module("relu", width)

    def rival(threads: int) -> Callable[[], tuple[float, ...]]:
        return lambda: one_seed(model, 0.1, threads=threads, lasting=0.3)

    taken = turns(repeats, courses[0].run, courses[1].run, rival(1), rival(2))
    alone, of_processor, paired = taken[6], taken[7], taken[8]
    one_is_better = statistics.median(alone) >= statistics.median(paired)
    best = alone if one_is_better else paired
    name = f"loop, {'1 thread' if one_is_better else '2 threads'}, {per_second(best)}"
    one_core = f"loop, {per_second(of_processor)}"
    rows = []
    for tested, first in (("never tested", 0), ("tested at every step", 3)):
        clock, wall, processor = taken[first : first + 3]
        job = f"width {width}, {trials} trials of {steps} steps, {tested}"
        rows += [
            Row(f"{job}, learner's clock", per_second(clock), name, quotients(clock, best), goal),
            Row(f"{job}, wall", per_second(wall), name, quotients(wall, best), goal),
            Row(f"{job}, a second of one core", per_second(processor), one_core,
                quotients(processor, of_processor), None),
        ]  # fmt: skip
    return rows


def reading(repeats: int) -> Row:
    """Milliseconds, per network, of what the other rows leave out: the reading of supports."""
    course = Course(SGD(width=100, batch=BATCH, lr=0.1, check_every=_NEVER), 16, 50, threads=1)
    taken: list[float] = []
    read = loop.read_support

    def timed(*arguments: object) -> object:
        start = time.process_time()
        support = read(*arguments)
        taken.append(1e3 * (time.process_time() - start))
        return support

    for _ in range(repeats):
        with mock.patch.object(loop, "read_support", timed):
            course.run(reading=True)
    return Row("reading a support off a network of width 100 at its last step, one core",
               f"{statistics.median(taken):.1f} ms", "-", taken, None, " ms")  # fmt: skip


def kernel(repeats: int) -> list[Row]:
    """The fused kernel's arithmetic at width 100, and what heat costs it; one core."""
    torch.set_num_threads(1)
    left, right = torch.randn(2, _SIDE, _SIDE)
    shapes = [(30, 32), (100, 32), (30, 128), (100, 128)]
    cases = [Case(n, 100, batch, screened=False, heated=False) for n, batch in shapes]
    heated = Case(30, 100, BATCH, screened=False, heated=True)

    def product() -> tuple[float]:
        return (2 * _SIDE**3 / seconds(lambda: left @ right) / 1e9,)

    def rate(case: Case) -> Callable[[], tuple[float]]:
        return lambda: (case.operations / case.run() / 1e9,)

    *rates, hot, peak = turns(repeats, *(rate(case) for case in [*cases, heated]), product)
    rival = f"sgemm of {_SIDE}³, {statistics.median(peak):.0f} GFLOP/s"
    rows = [
        Row(f"fused kernel, n = {n}, width 100, batch {batch}, one core",
            f"{statistics.median(ours):.1f} GFLOP/s", rival,
            [100 * ratio for ratio in quotients(ours, peak)], 45, " %")
        for (n, batch), ours in zip(shapes, rates, strict=True)
    ]  # fmt: skip
    cold = rates[0]
    overhead = [100 * (ratio - 1) for ratio in quotients(cold, hot)]
    warm, plain = (
        per_second([1e9 * x / heated.operations for x in values]) for values in (hot, cold)
    )
    rows.append(
        Row(f"heat (Langevin), n = 30, width 100, batch {BATCH}, one core: time on top", warm,
            plain, overhead, None, " %")
    )  # fmt: skip
    return rows


def torch_path(name: catalogue.Name, repeats: int) -> Row:
    """The batched torch path with 64 trials against one seed's loop, one thread each."""
    own = catalogue.DEFAULTS[name]
    learner = SGD(network=name, loss="hinge", optimiser="sgd", batch=BATCH, lr=own.lr,
                  check_every=_NEVER)  # fmt: skip
    model = module(name, own.width)
    steps = {"transformer": 30, "relu": 200, "power": 200}.get(name, 400)

    course = Course(learner, trials=64, steps=steps, threads=1)

    def ours() -> tuple[float]:
        with mock.patch.object(engines, "compiled", return_value=False):
            return course.run()[2:]

    def theirs() -> tuple[float]:
        return one_seed(model, own.lr, threads=1, lasting=0.4)[1:]

    rates = turns(repeats, ours, theirs)
    return Row(f"torch path, {name}, width {own.width}, 64 trials", per_second(rates[0]),
               f"loop, 1 thread, {per_second(rates[1])}", [*quotients(*rates)], 8)  # fmt: skip


_MEMORY = f"""
import resource
from unittest import mock
from parity_compare.algorithms import Budget
from parity_compare.algorithms.sgd import SGD
from parity_compare.algorithms.training import loop
from parity_compare.problems import SparseParity

trials, steps = 4096, 257  # the 8192 latest examples are held: 256 batches
oracles = [SparseParity(100, 3, seed=seed).examples() for seed in range(trials)]
learner = SGD(width=100, batch={BATCH}, lr=0.1, check_every={_NEVER})
with mock.patch.object(loop, "read_support", return_value=None):
    learner.learn_many(oracles, rngs=range(trials), budget=Budget(steps=steps, threads=2))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def memory() -> Row:
    """Peak resident memory of a process that trains 4096 networks, PyTorch and all included."""
    ran = subprocess.run(
        [sys.executable, "-c", _MEMORY], check=True, capture_output=True, text=True
    )
    gib = int(ran.stdout) / 2**20
    return Row("peak resident memory, 4096 trials, n = 100, width 100", f"{gib:.2f} GiB", "-",
               [gib], 2, " GiB", at_most=True)  # fmt: skip


def gpu(repeats: int) -> list[Row]:
    """4096 trials on a GPU against one seed's loop on the same."""
    learner = SGD(loss="hinge", width=100, batch=BATCH, lr=0.1, check_every=_NEVER, device="cuda")
    course = Course(learner, 4096, 2000, threads=1)
    model = module("relu", 100)

    def rival() -> tuple[float]:
        return one_seed(model, 0.1, threads=1, lasting=1.0, device="cuda")[:1]

    clock, wall, _, loops = turns(repeats, course.run, rival)
    name = f"loop on the same GPU, {per_second(loops)}"
    return [
        Row("GPU, width 100, 4096 trials, learner's clock", per_second(clock), name,
            quotients(clock, loops), 3000),
        Row("GPU, width 100, 4096 trials, wall", per_second(wall), name,
            quotients(wall, loops), None),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few repeats, to see that it runs")
    parser.add_argument("--out", type=Path, help="write the table there as well")
    arguments = parser.parse_args()
    repeats = 1 if arguments.quick else 3
    SGD(batch=BATCH).prepare(N)
    rows = [
        *two_layers(100, 60, trials=512, steps=500, repeats=repeats),
        *two_layers(1000, 10, trials=64, steps=250, repeats=repeats),
        reading(repeats),
        *kernel(repeats),
        *(torch_path(name, repeats) for name in get_args(catalogue.Name)),
        memory(),
    ]
    if torch.cuda.is_available():
        rows += gpu(repeats)
        graphics = "The GPU is a " + torch.cuda.get_device_name() + "."
    else:
        graphics = "The goal of 3000 x at 4096 trials on a GPU was not measured: there was none."
    facts = describe()
    versions = ", ".join(f"{name} {facts[name]}" for name in ("python", "torch", "numba", "numpy"))
    text = "\n".join(
        [
            "# Ensembles of networks against plain PyTorch",
            "",
            "Written by `python benchmarks/networks.py --out docs/benchmarks/networks.md`. Rates",
            "are trial-steps per second, measured figures medians over turns with the least and",
            "the greatest in brackets. n = 30, k = 3, batch 32 and hinge loss unless said.",
            "",
            "The rival is one seed's loop with `nn.Module`, autograd, `optim.SGD` and a fresh",
            "batch from `torch.randint` in each step, in one process. The two-layer rows use two",
            "threads and the wall's clock, against the better of one and two threads; two such",
            "loops side by side on two cores would at most halve them. The rows 'a second of one",
            "core' and all below them compare processor time, one thread with one. 'Tested'",
            "refers to the stopping rule, which runs off the learner's clock but on the wall.",
            "Reading a support off networks that ran out of steps, once per trial and off the",
            "clock, has a row of its own and is left out of the others.",
            "",
            f"{facts['processor']}, {facts['cores']} cores; {versions}. {graphics}",
            "",
            "| job | ours | rival | goal | measured | |",
            "|---|---|---|---|---|---|",
            *map(str, rows),
            "",
        ]
    )
    print(text)
    if arguments.out is not None:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
