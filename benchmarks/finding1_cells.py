"""How benchmarks/finding1.py examines a cell of the grid: trials by learning rate, a verdict."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from parity_compare.algorithms.budget import Budget
from parity_compare.algorithms.outcome import Outcome, Status
from parity_compare.problems import SparseParity
from parity_compare.problems.seeding import derive_seed, generator
from parity_compare.reproduction.studies.finding1_grid import RATES, SHARE, Architecture, Cell

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
