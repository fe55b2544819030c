"""Empirical Finding 1 of Barak et al. 2022 (arXiv 2207.08799) on a subsample of its grid.

    python benchmarks/finding1.py --output docs/benchmarks/finding1.md
    python benchmarks/finding1.py --small-start --output docs/benchmarks/finding1-small-start.md
    python benchmarks/finding1.py --networks i vii xv --cells-per-network 6
    python benchmarks/finding1.py --full

The finding: each of 15 architectures learns every (n, k), batch size, initialisation and loss of a
grid of 13 365 cells, in the sense that for at least one of four learning rates at least 20 % of 25
random trials reach 100 % accuracy on 8192 fresh examples within 1e5 steps. This script asks the
same of a stratified random subsample of the cells, with fewer and shorter trials; ``--full`` of all
of them, as the paper did, which takes weeks. Cells come architecture by architecture in turn, so
that a run that is cut short, by ``--minutes`` or by Ctrl-C, has covered all architectures alike.
``--small-start`` runs the same cells from smaller initial weights: the paper's scale is not known.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import torch

from parity_compare import environment
from parity_compare.algorithms.budget import Budget
from parity_compare.algorithms.outcome import Outcome, Status
from parity_compare.problems import SparseParity
from parity_compare.problems.seeding import derive_seed, generator
from parity_compare.reproduction.studies.finding1_grid import (
    ARCHITECTURES,
    BATCHES,
    INITS,
    LOSSES,
    PAPER_STEPS,
    PAPER_TRIALS,
    RATES,
    SHARE,
    STARRED,
    Architecture,
    Cell,
    all_cells,
    subsample,
)
from parity_compare.statistics import wilson

FIRST = 10  # the first look at every rate takes one part in so many of the steps


class Trial(NamedTuple):
    """How one trial ended; only ``right`` is a success."""

    end: str  # right, wrong, timeout or diverged
    steps: int
    names_support: bool


@dataclass
class Result:
    """A cell's trials by learning rate."""

    architecture: Architecture
    cell: Cell
    trials: dict[float, list[Trial]] = field(default_factory=dict)

    def right(self, rate: float) -> int:
        """Number of successes."""
        return sum(trial.end == "right" for trial in self.trials[rate])

    def naming(self, rate: float) -> int:
        """Number of trials whose network names the secret, finished or not."""
        return sum(trial.names_support for trial in self.trials[rate])

    def steps(self, rate: float) -> list[float]:
        """Steps of each trial, infinite where it failed."""
        return [t.steps if t.end == "right" else math.inf for t in self.trials[rate]]

    @property
    def best(self) -> float:
        """The rate with the most successes; of equals the quicker, then the first in order."""
        return min(
            self.trials,
            key=lambda rate: (-self.right(rate), statistics.median_low(self.steps(rate))),
        )

    @property
    def verdict(self) -> str:
        """``succeeds``; ``diverges`` if no more steps could change it, else ``times out``."""
        enough = SHARE * len(self.trials[self.best])
        if self.right(self.best) >= enough:
            return "succeeds"
        for trials in self.trials.values():
            if sum(trial.end in ("right", "timeout") for trial in trials) >= enough:
                return "times out"
        return "diverges"

    def ends(self, rate: float) -> str:
        """What became of the trials at one rate, in words."""
        trials = self.trials[rate]
        words = {"right": "succeed", "wrong": "name another parity", "diverged": "diverge"}
        parts = []
        for end, number in Counter(trial.end for trial in trials).most_common():
            alike = [trial for trial in trials if trial.end == end]
            naming = sum(trial.names_support for trial in alike)
            known = f" ({naming} name S)" if naming and end == "timeout" else ""
            late = f"time out at step {alike[0].steps}{known}"
            parts.append(f"{number} {words.get(end, late)}")
        return f"{rate:g}: {', '.join(parts)}"


@dataclass(frozen=True)
class Limits:
    """What a cell may spend: trials per rate, and steps and examples per trial."""

    trials: int
    steps: int
    examples: float
    seed: int
    full: bool
    small_start: bool

    def examine(self, architecture: Architecture, cell: Cell) -> Result:
        """Train a cell's trials.

        Every rate is first given a tenth of the steps, until one succeeds in all
        trials. Then the rates are carried to the end, those with the most successes first, until
        one suffices; all of them if ``full``. A trial that has ended is not repeated: its course
        does not depend on the limits.
        """
        result = Result(architecture, cell)
        if self.full:
            for rate in RATES:
                self._train(result, rate, 1)
            return result
        for rate in RATES:
            self._train(result, rate, FIRST)
            if result.right(rate) == self.trials:
                return result
        for rate in sorted(RATES, key=lambda rate: (-result.right(rate), -result.naming(rate))):
            self._train(result, rate, 1)
            if result.right(rate) >= SHARE * self.trials:
                break
        return result

    def _train(self, result: Result, rate: float, part: int) -> None:
        """Train those trials that have not ended, from their beginning."""
        cell = result.cell
        trials = result.trials.setdefault(rate, [Trial("timeout", 0, False)] * self.trials)
        open_trials = [i for i, trial in enumerate(trials) if trial.end == "timeout"]
        if not open_trials:
            return
        words = ("finding1", cell.n, cell.k, cell.batch, cell.init, cell.loss, self.seed)
        problems = [
            SparseParity(cell.n, cell.k, seed=derive_seed(*words, "secret", i)) for i in open_trials
        ]
        architecture = result.architecture
        share = 1 if self.full else architecture.share
        most = share * min(self.steps, self.examples / cell.batch)
        outcomes = architecture.learner(cell, rate, self.small_start).learn_many(
            [problem.examples() for problem in problems],
            k=cell.k,
            rngs=[generator(*words, "learner", i) for i in open_trials],
            budget=Budget(steps=math.ceil(most / part)),
        )
        for i, problem, outcome in zip(open_trials, problems, outcomes, strict=True):
            trials[i] = judged(outcome, problem)


def judged(outcome: Outcome, problem: SparseParity) -> Trial:
    """A trial's end as the judge sees it."""
    named = outcome.support == problem.support
    end = outcome.status.value
    if outcome.status is Status.FOUND:
        end = "right" if named else "wrong"
    return Trial(end, outcome.cost.steps, named)


def measure(options: argparse.Namespace, results: list[Result]) -> None:
    """Examine cell after cell, the architectures in turn, and append the results."""
    limits = Limits(
        options.trials,
        options.steps,
        options.examples,
        options.seed,
        options.full,
        options.small_start,
    )
    plan = planned(options)
    began = time.perf_counter()
    for number, (architecture, cell) in enumerate(plan, 1):
        spent = time.perf_counter() - began
        if spent > 60 * options.minutes:
            return
        architecture.learner(cell, RATES[0], options.small_start).prepare(cell.n)
        result = limits.examine(architecture, cell)
        results.append(result)
        took = time.perf_counter() - began - spent
        print(
            f"{number}/{len(plan)} {spent / 60:5.1f} min ({architecture.label}) {cell}: "
            f"{result.verdict}, {result.ends(result.best)} ({took:.1f} s)",
            flush=True,
        )


def planned(options: argparse.Namespace) -> list[tuple[Architecture, Cell]]:
    """The cells in their order."""
    chosen = [a for a in ARCHITECTURES if not options.networks or a.label in options.networks]
    if options.small_start:  # a transformer's layers would need a scale each
        chosen = [a for a in chosen if a.network != "transformer"]
    plan: list[tuple[int, Architecture, Cell]] = []
    for architecture in chosen:
        count = options.cells_per_network
        if architecture.starred:
            count = math.ceil(count / STARRED)
        cells = all_cells() if options.full else subsample(architecture, count, options.seed)
        plan += [(turn, architecture, cell) for turn, cell in enumerate(cells)]
    plan.sort(key=lambda entry: entry[0])
    return [(architecture, cell) for _, architecture, cell in plan]


def page(options: argparse.Namespace, results: Sequence[Result], spent: str) -> Iterator[str]:
    """The page's lines."""
    total = len(planned(options))
    yield (
        "# Empirical Finding 1 of Barak et al. 2022"
        + ("" if options.full else ", in part")
        + (", from a small start" if options.small_start else "")
    )
    yield ""
    yield f"From `{' '.join(['python benchmarks/finding1.py', *options.words])}`."
    yield ""
    yield ", ".join(f"{name} {value}" for name, value in environment.describe().items())
    yield ""
    if len(results) < total:
        yield f"**Incomplete: {len(results)} of {total} planned cells were run.**"
        yield ""
    yield from method(options, spent)
    yield ""
    claimed = [result for result in results if not result.architecture.starred]
    if claimed:
        yield summary(claimed)
        yield ""
    yield "## By architecture"
    yield ""
    yield from by_architecture(results)
    if claimed:
        yield ""
        yield "## By factor, architectures (i) to (xv)"
        yield ""
        yield from by_factor(claimed)
    yield ""
    yield "## Cells that did not succeed"
    yield ""
    yield from failures(results)


def method(options: argparse.Namespace, spent: str) -> Iterator[str]:
    """What was done, and where it is not what the paper did."""
    examples = "" if math.isinf(options.examples) else f" and {options.examples:g} examples"
    yield (
        f"Rule: a cell (n, k, B, init, loss) succeeds if at least 20 % of {options.trials} trials, "
        f"each with its own secret, reach 100 % accuracy on 8192 fresh inputs within "
        f"{options.steps:g} steps{examples}, for at least one learning rate of 0.001, 0.01, 0.1, "
        f"1. The paper: {PAPER_TRIALS} trials, {PAPER_STEPS:g} steps, all cells. A trial "
        "counts if the learner stopped by itself and its support is the secret. Accuracy is tested "
        "every 8 steps, or every 64 examples for B < 8; steps are rounded up to that."
    )
    yield ""
    if options.small_start:
        scale = (
            "c = 1 / sqrt(fan-in) for all three laws, which is PyTorch's: uniform on +-c, +-c "
            "itself (bernoulli), or normal with standard deviation c. The same cells, secrets and "
            "examples from the laws' own scales: [finding1.md](finding1.md). Scales and phases of "
            "the activations, and"
        )
    else:
        scale = (
            "uniform on +-c or +-c itself (bernoulli) with c = sqrt(6 / (fan-in + fan-out)), or "
            "normal with standard deviation sqrt(2 / fan-in); scales and phases of the "
            "activations, the z^k networks' read-out of twice that scale and"
        )
    yield (
        f"Square loss: (y - f)^2. Initial weights: {scale} the z^k networks' initial biases of 0 "
        "are the project's own ([calibration](../calibration.md)), since the paper's are not known."
    )
    yield ""
    if options.full:
        yield (
            "Cells: all of the paper's; at each, every learning rate to the end; the one with the "
            f"most successes counts. {spent}."
        )
        return
    yield (
        f"Cells: {options.cells_per_network} of each architecture's 891, dealt by seed "
        f"{options.seed} so that every level of n, k, loss and init occurs equally often up to one "
        "and batch sizes come in turn from 1-8, 16-128 and 256-1024, none of them again before all "
        "others of its group; factors are dealt independently of each other. The starred "
        f"architectures have {STARRED} times fewer cells, and the transformer, whose steps cost "
        "most by far, a tenth of the steps and examples."
    )
    yield ""
    yield (
        "Learning rates: 0.1, 0.01, 1, 0.001, in this order, are tried for "
        f"1/{FIRST} of the limits, until one succeeds in all trials. If none does, the one with "
        "the most successes (of equals, the most networks whose weights name S) is carried to the "
        "end, then the next, until one suffices. So the rate below is that of the first learning "
        "rate that sufficed, not always of the best; of a cell that did not succeed it is the best "
        f"of all four. {spent}."
    )
    yield ""
    yield (
        "Without success a cell either times out, and might succeed within the paper's "
        f"{PAPER_STEPS:g} steps, or diverges: at every learning rate more than 80 % of the "
        "trials end in numbers that are not finite (or with another parity), which no number of "
        "steps can mend."
    )


def summary(results: Sequence[Result]) -> str:
    """The verdict in a sentence."""
    counts = Counter(result.verdict for result in results)
    interval = wilson(counts["succeeds"], len(results))
    return (
        f"**Of {len(results)} cells of architectures (i) to (xv), {counts['succeeds']} succeed "
        f"({interval.estimate:.1%}, 95 % interval [{interval.low:.1%}, {interval.high:.1%}]), "
        f"{counts['times out']} time out and {counts['diverges']} diverge. The finding says that "
        "within the paper's limits all succeed.**"
    )


def by_architecture(results: Sequence[Result]) -> Iterator[str]:
    """The main table; starred rows are no part of the finding."""
    yield (
        "Rate: trials of all cells at the learning rate that counts, with Wilson's 95 % interval. "
        "Median steps: of the same trials, failures infinite. Starred architectures are not part "
        "of the finding; the paper calls them less reliable."
    )
    yield ""
    yield (
        "| | architecture | cells | succeed | time out | diverge | trials that succeed | rate "
        "| median steps | learning rate: cells |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for architecture in ARCHITECTURES:
        mine = [result for result in results if result.architecture is architecture]
        if not mine:
            continue
        verdicts = Counter(result.verdict for result in mine)
        right = sum(result.right(result.best) for result in mine)
        trials = sum(len(result.trials[result.best]) for result in mine)
        rate = wilson(right, trials)
        steps = [steps for result in mine for steps in result.steps(result.best)]
        median = statistics.median_high(steps)
        rates = Counter(result.best for result in mine if result.verdict == "succeeds")
        yield (
            f"| ({architecture.label}) | {architecture.text} | {len(mine)} "
            f"| {verdicts['succeeds']} | {verdicts['times out']} | {verdicts['diverges']} "
            f"| {right}/{trials} | {rate.estimate:.2f} [{rate.low:.2f}, {rate.high:.2f}] "
            f"| {'over half fail' if math.isinf(median) else f'{median:g}'} "
            f"| {', '.join(f'{eta:g}: {rates[eta]}' for eta in sorted(rates))} |"
        )


def by_factor(results: Sequence[Result]) -> Iterator[str]:
    """Where success is rarer."""
    yield "| factor | cells that succeed, by level |"
    yield "|---|---|"
    groups: dict[str, dict[str, list[Result]]] = {}
    for result in results:
        group = next(part for part in BATCHES if result.cell.batch in part)
        levels = {**result.cell._asdict(), "batch": f"{group[0]}-{group[-1]}"}
        for factor, level in levels.items():
            groups.setdefault(factor, {}).setdefault(str(level), []).append(result)
    orders = {"batch": [f"{part[0]}-{part[-1]}" for part in BATCHES]}
    orders |= {"init": list(INITS), "loss": list(LOSSES)}
    for factor, found in groups.items():
        order = orders.get(factor, sorted(found))
        counts = [
            f"{level}: {sum(r.verdict == 'succeeds' for r in found[level])}/{len(found[level])}"
            for level in order
            if level in found
        ]
        yield f"| {factor} | {', '.join(counts)} |"


def failures(results: Sequence[Result]) -> Iterator[str]:
    """Every cell without success, and what became of its trials at each learning rate."""
    failed = [result for result in results if result.verdict != "succeeds"]
    if not failed:
        yield "None."
        return
    yield (
        "By learning rate. `name S`: the weights or the influences of an unfinished network name "
        "the secret, but its accuracy was not 100 % at any test."
    )
    yield ""
    for architecture in ARCHITECTURES:
        for result in failed:
            if result.architecture is architecture:
                ends = "; ".join(result.ends(rate) for rate in sorted(result.trials))
                yield f"- ({architecture.label}) {result.cell}, {result.verdict}. {ends}"


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; ``words`` are the arguments as given, without the page's path."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    labels = [architecture.label for architecture in ARCHITECTURES]
    parser.add_argument(
        "--networks", nargs="+", choices=labels, metavar="ID", help="rows: i ... xv"
    )
    parser.add_argument("--cells-per-network", type=int, default=9)
    parser.add_argument("--trials", type=int, help="per cell and rate; default 10, or 25 if --full")
    parser.add_argument("--steps", type=int, help="limit; default 1e4, or 1e5 if --full")
    parser.add_argument("--examples", type=float, help="limit; default 5e5, none if --full")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no cell after that")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--full", action="store_true", help="the paper's whole grid and its limits")
    parser.add_argument(
        "--small-start", action="store_true", help="initial weights of scale 1 / sqrt(fan-in)"
    )
    parser.add_argument("--output", type=Path, help="also write the page to this file")
    given = parser.parse_args(arguments)
    usual = (
        {"trials": PAPER_TRIALS, "steps": PAPER_STEPS, "examples": math.inf} if given.full else {}
    )
    for name, default in {"trials": 10, "steps": 10_000, "examples": 5e5, **usual}.items():
        if getattr(given, name) is None:
            setattr(given, name, default)
    for name in ("cells_per_network", "trials", "steps", "examples", "minutes"):
        if not getattr(given, name) > 0:
            parser.error(f"--{name.replace('_', '-')} must be positive, got {getattr(given, name)}")
    given.words = list(sys.argv[1:] if arguments is None else arguments)
    return given


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the page, and write it if asked."""
    options = parse(arguments)
    torch.set_num_threads(1)
    results: list[Result] = []
    began, worked, load = time.perf_counter(), time.process_time(), os.getloadavg()[0]
    try:
        measure(options, results)
    except KeyboardInterrupt:
        print("interrupted: the page has what was measured so far", flush=True)
    minutes, own = (time.perf_counter() - began) / 60, (time.process_time() - worked) / 60
    spent = (
        f"{minutes:.0f} minutes, {own:.0f} of them this process's own, on one thread; load average "
        f"at the start {load:.1f}, at the end {os.getloadavg()[0]:.1f}"
    )
    lines = list(page(options, results, spent))
    print("\n".join(lines), flush=True)
    if options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
