"""The page that benchmarks/finding1.py writes: what was done, the verdict, and every table."""

from __future__ import annotations

import argparse
import math
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence

from finding1_cells import FIRST, Result

from parity_compare import environment
from parity_compare.reproduction.studies.finding1_grid import (
    ARCHITECTURES,
    BATCHES,
    INITS,
    LOSSES,
    PAPER_STEPS,
    PAPER_TRIALS,
    STARRED,
)
from parity_compare.statistics import wilson


def page(
    options: argparse.Namespace, results: Sequence[Result], total: int, spent: str
) -> Iterator[str]:
    """The page's lines, for results of so many planned cells."""
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
