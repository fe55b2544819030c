"""Empirical Finding 1: fifteen architectures learn every cell of a grid."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from parity_compare.algorithms import registry
from parity_compare.experiment import Experiment
from parity_compare.reproduction.claims import Claim, Examination, Table, number, with_interval
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.reproduction.studies import finding1_cells as cells
from parity_compare.reproduction.studies.finding1_cells import ENDS, Outcome, counts, tally
from parity_compare.reproduction.studies.finding1_grid import (
    ARCHITECTURES,
    BATCHES,
    BITS,
    DEGREES,
    INITS,
    LOSSES,
    PAPER_STEPS,
    PAPER_TRIALS,
    RATES,
    STARRED,
    Architecture,
    Cell,
    Level,
    all_cells,
    subsample,
)
from parity_compare.reproduction.study import Study, Terms
from parity_compare.results import Record, Results
from parity_compare.statistics import median_interval, wilson

GROUPS = {
    "relu": ("ReLU networks, r = 10, 100, 1000", ("i", "ii", "iii")),
    "power": ("z^k networks, r = 10, 100, 1000", ("iv", "v", "vi")),
    "neurons-u": ("One neuron with second layer", ("vii", "viii", "ix", "x")),
    "neurons": ("One neuron without second layer", ("xi", "xii", "xiii", "xiv")),
    "polynet": ("PolyNet", ("xv",)),
}
_HEATED = ("ii", "v", "xi", "xiv", "xv")
_WIDE, _WIDE_PART = 100, 3
"""Width beyond which samples of the grid allow so many times fewer examples: each costs ten times
as much there, and those networks need the fewest."""
_Sampled = tuple[Architecture, Cell]


class Finding1(Study):
    """Which architectures, losses, starts and batch sizes learn, at the best of four rates."""

    name: ClassVar[str] = "finding1"
    title: ClassVar[str] = "Empirical Finding 1: every cell of the grid is learnt"
    about: ClassVar[str] = (
        "Fifteen architectures, n = 10, 20, 30, k = 2, 3, 4, eleven batch sizes, three starts and "
        "three losses: in each of the 13365 cells, at least 20 % of 25 trials reach 100 % accuracy "
        "within 10^5 steps for at least one of four learning rates. Three more settings are less "
        "reliable."
    )

    def experiments(self, terms: Terms) -> Mapping[str, Experiment]:
        """One per cell, all four learning rates; Langevin dynamics on a few of the cells."""
        made = {
            _name(architecture, cell): _experiment(architecture, cell, terms, heated=False)
            for architecture, cell in _sampled(terms)
        }
        made |= {
            _name(architecture, cell, heated=True): _experiment(
                architecture, cell, terms, heated=True
            )
            for architecture, cell in _warmed(terms)
        }
        return made

    def examine(self, trials: Mapping[str, Results], terms: Terms) -> Examination:
        """Judge all cells, then architecture by architecture, then heat."""
        outcomes = [
            _outcome(architecture, cell, trials[_name(architecture, cell)].records)
            for architecture, cell in _sampled(terms)
        ]
        heated = [
            _outcome(architecture, cell, trials[_name(architecture, cell, heated=True)].records)
            for architecture, cell in _warmed(terms)
        ]
        return Examination(
            _claims(outcomes, heated, whole=terms.scale == "full"),
            plots=_plots([o for o in outcomes if not o.architecture.starred]),
            tables=_tables(outcomes, heated),
            notes=_notes(terms),
        )


def _sampled(terms: Terms) -> Iterator[_Sampled]:
    """The cells of every architecture."""
    for architecture in ARCHITECTURES:
        if terms.scale == "smoke" and architecture.network == "transformer":
            continue  # a single step of its takes longer than a trial of the others
        if terms.scale == "full":
            yield from ((architecture, cell) for cell in all_cells())
        else:
            # Another seed deals other cells.
            for cell in subsample(architecture, _count(architecture, terms), terms.seed):
                yield architecture, cell


def _warmed(terms: Terms) -> Iterator[_Sampled]:
    """The cells that are heated: the first of five architectures, dealt as those of a sample."""
    for architecture in ARCHITECTURES:
        if architecture.label in _HEATED:
            dealt = subsample(architecture, _count(architecture, terms), terms.seed)
            for cell in dealt[: terms.pick(1, 2, 9)]:
                yield architecture, cell


def _count(architecture: Architecture, terms: Terms) -> int:
    """Cells of a sample; more of an architecture that is a group of its own, and fewer if starred.

    At full scale, where SGD has all cells, those of which the heated ones are taken.
    """
    if architecture.starred:
        return math.ceil(terms.pick(1, 5, 9) / STARRED)
    alone = (architecture.label,) in [labels for _, labels in GROUPS.values()]
    return terms.pick(1, 12 if alone else 5, 9)


def _experiment(
    architecture: Architecture, cell: Cell, terms: Terms, *, heated: bool
) -> Experiment:
    make = architecture.heated if heated else architecture.learner
    steps, examples = _limits(terms)
    if terms.scale != "full" and (architecture.width or 0) > _WIDE:
        examples /= _WIDE_PART
    most = min(steps, examples / cell.batch)
    if terms.scale != "full":
        most *= architecture.share
    return terms.grid(
        [registry.label(make(cell, rate)) for rate in RATES],
        n=cell.n,
        k=cell.k,
        trials=_trials(terms),
        steps=math.ceil(most),
    )


def _limits(terms: Terms) -> tuple[int, float]:
    """Steps and examples that a trial may take."""
    return terms.pick((200, 1e4), (5000, 2.5e5), (PAPER_STEPS, math.inf))


def _trials(terms: Terms) -> int:
    """Trials per cell and rate; 16 failures in a row have a chance of 3 % at a share of 20 %."""
    return terms.pick(5, 16, PAPER_TRIALS)


def _name(architecture: Architecture, cell: Cell, *, heated: bool = False) -> str:
    return f"{'heated ' if heated else ''}({architecture.label}) {cell}"


def _outcome(architecture: Architecture, cell: Cell, records: Sequence[Record]) -> Outcome:
    by_rate: dict[float, list[Record]] = {rate: [] for rate in RATES}
    for record in records:
        by_rate[float(record.spec.parameters["lr"] or 0)].append(record)
    return Outcome(architecture, cell, {rate: tally(mine) for rate, mine in by_rate.items()})


def _claims(outcomes: Sequence[Outcome], heated: Sequence[Outcome], *, whole: bool) -> list[Claim]:
    robust = [outcome for outcome in outcomes if not outcome.architecture.starred]
    starred = [outcome for outcome in outcomes if outcome.architecture.starred]
    claims = [
        cells.judge(
            "all-cells", "All fifteen architectures", robust, assured=cells.WHOLE, whole=whole
        )
    ]
    for name, (about, labels) in GROUPS.items():
        mine = [outcome for outcome in robust if outcome.architecture.label in labels]
        claims.append(cells.judge(name, about, mine, assured=cells.GROUP, whole=whole))
    return [*claims, cells.judge_starred(starred, robust), cells.judge_heated(heated, robust)]


def _plots(robust: Sequence[Outcome]) -> list[Plot]:
    """Where cells fail: by batch size at each k, and by architecture."""
    by_batch: list[Point] = []
    for k in DEGREES:
        for part in BATCHES:
            ends = [o.end for o in robust if o.cell.k == k and o.cell.batch in part]
            share = wilson(ends.count("succeeds"), len(ends))
            middle = math.sqrt(part[0] * part[-1])
            by_batch.append(Point(f"k = {k}", middle, share.estimate, share.low, share.high))
    labels = [a.label for a in ARCHITECTURES if not a.starred]
    by_architecture: list[Point] = []
    for end in ENDS:
        for place, label in enumerate(labels, 1):
            mine = [o.end for o in robust if o.architecture.label == label]
            share = wilson(mine.count(end), len(mine))
            by_architecture.append(Point(end, place, share.estimate, share.low, share.high))
    return [
        Plot(
            "batches",
            "Share of cells that succeed at the best of four learning rates, over batch size",
            Axis("batch size (middle of a group)", log=True),
            Axis("share of cells"),
            by_batch,
        ),
        Plot(
            "architectures",
            "What becomes of the cells of architectures (i) to (xv)",
            Axis("number of the architecture in the paper"),
            Axis("share of cells"),
            by_architecture,
            style="marks",
        ),
    ]


def _tables(outcomes: Sequence[Outcome], heated: Sequence[Outcome]) -> list[Table]:
    failed = [(str(outcome), outcome.end) for outcome in outcomes if outcome.end != "succeeds"]
    return [
        _by_architecture("Cells by architecture, SGD", outcomes),
        _by_architecture("Cells by architecture, Langevin dynamics", heated),
        _by_factor([outcome for outcome in outcomes if not outcome.architecture.starred]),
        Table(
            "Cells without success: what their trials did at each learning rate",
            ("cell", "end"),
            [tuple(row) for row in failed],
        ),
    ]


def _by_architecture(title: str, outcomes: Sequence[Outcome]) -> Table:
    """Cells, and trials and steps at the best rate; failures infinite in the median."""
    rows: list[tuple[str, ...]] = []
    for architecture in ARCHITECTURES:
        mine = [outcome for outcome in outcomes if outcome.architecture is architecture]
        if not mine:
            continue
        best = [outcome.tallies[outcome.best] for outcome in mine]
        trials = wilson(sum(t.right for t in best), sum(t.trials for t in best))
        steps = median_interval([step for t in best for step in t.steps]).estimate
        rates = Counter(outcome.best for outcome in mine if outcome.end == "succeeds")
        rows.append(
            (
                f"({architecture.label})",
                architecture.text,
                str(len(mine)),
                *(str(count) for count in counts(mine).values()),
                with_interval(trials, 2),
                number(steps),
                ", ".join(f"{rate:g}: {rates[rate]}" for rate in sorted(rates)) or "-",
            )
        )
    columns = ("", "architecture", "cells", "succeed", "time out", "diverge",
               "trials at the best rate", "median steps", "best rate: cells")  # fmt: skip
    return Table(title, columns, rows)


def _by_factor(robust: Sequence[Outcome]) -> Table:
    """Where success is rarer."""
    factors: dict[str, tuple[tuple[Level, ...], ...]] = {
        "n": tuple((n,) for n in BITS),
        "k": tuple((k,) for k in DEGREES),
        "batch": BATCHES,
        "init": tuple((init,) for init in INITS),
        "loss": tuple((loss,) for loss in LOSSES),
    }
    rows: list[tuple[str, ...]] = []
    for factor, levels in factors.items():
        for level in levels:
            mine = [o for o in robust if getattr(o.cell, factor) in level]
            if not mine:
                continue
            share = wilson(counts(mine)["succeeds"], len(mine))
            text = str(level[0]) if len(level) == 1 else f"{level[0]}-{level[-1]}"
            rows.append((factor, text, str(len(mine)), with_interval(share, 2)))
    return Table(
        "Share of cells that succeed, architectures (i) to (xv)",
        ("factor", "level", "cells", "succeed"),
        rows,
    )


def _notes(terms: Terms) -> list[str]:
    steps, examples = _limits(terms)
    notes = [
        "Start: uniform on +-c or +-c itself (bernoulli) with c = sqrt(6 / (fan-in + fan-out)), or "
        "normal with standard deviation sqrt(2 / fan-in). The paper's scales, and the scales and "
        "phases of its activations, are not known; ours are told in docs/calibration.md. From a "
        "smaller start other cells fail (docs/benchmarks/finding1-small-start.md).",
        "Accuracy is tested every 8 steps, or every 64 examples for batches below 8; steps are "
        "rounded up to that. Square loss: (y - f)^2.",
        "A cell diverges if at all rates more than 80 % of its trials end in numbers that are not "
        "finite, or with another parity, which no number of steps can mend.",
        f"What a group of architectures must assure us of, {cells.GROUP:g} of the grid, was set "
        "to what twelve cells that succeed can show, after first trials had been looked at. After "
        "a review, without a look at the laptop's trials: a single cell of many no longer refutes, "
        "but more cells than luck explains do.",
    ]
    if terms.scale == "full":
        return notes
    return [
        f"A stratified sample of the cells, {_trials(terms)} trials each, of {steps} steps and "
        f"{examples:g} examples at most (of the examples, networks of width 1000 a third; of both, "
        "the transformer a tenth); the paper ran all cells "
        f"with {PAPER_TRIALS} trials of {PAPER_STEPS} steps. Cells that run out of steps here "
        "speak neither for the finding nor against it.",
        *notes,
    ]
