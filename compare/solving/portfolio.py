"""Which learner when: the automatic choice by size, rank, noise and the time that is left.

Elimination comes first: it costs least, gives rank, copies and relations, and settles labels
without noise. If the labels contradict every parity, what follows depends on the number c of
distinct columns:

- up to 22: a Walsh-Hadamard transform compares all 2^c parities at once; nothing is left to try;
- more: thousands of random information sets, if a row fits into a word; they settle few columns
  with few wrong labels before a compiled kernel is even loaded;
- up to 26, if neither size nor noise rate were told: the transform, which takes two seconds there;
- then: pooled Gauss for rising noise rates, sparse pooled Gauss for rising sizes, and exhaustive
  search in rising sizes, which finds noise up to nearly 1/2. Each is predicted by its own formula
  and begun only if it fits into the time that is left. They take turns in rounds of predicted cost
  that grow tenfold, so a cheap way that may fail comes before a dear one, and among ways that cost
  alike this order holds.

Searches use as many rows as their acceptance rules ask for, drawn at random; what they find is
settled among its neighbours, made as light as the relations allow, and judged on all rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from parity_compare.algorithms.acceptance import sample_size
from parity_compare.algorithms.budget import OutOfTime
from parity_compare.algorithms.outcome import Status
from parity_compare.problems.samples import Samples
from parity_compare.solving.contest import Contest
from parity_compare.solving.deadline import Deadline
from parity_compare.solving.elimination import enter_solutions
from parity_compare.solving.ledger import Ledger
from parity_compare.solving.rounds import Rounds
from parity_compare.solving.stages import Rows
from parity_compare.solving.system import System, eliminate
from parity_compare.solving.tabulation import enter_best, few_columns, more_columns

_POWER = 1e-3


@dataclass
class Search:
    """An automatic search.

    Attributes:
        samples: the rows.
        k, noise: what is told.
        deadline: what is left of the time.
        seed, threads: of the searches.
        system: the rows as a linear system, once it has run.
        contest: the best answer so far.
        ledger: what was tried, and what that excludes.
    """

    samples: Samples
    k: int | None
    noise: float | None
    deadline: Deadline
    seed: int
    threads: int
    ledger: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        started = self.deadline.spent
        self.system: System = eliminate(self.samples)
        self._eliminated = self.deadline.spent - started
        self.contest = Contest(self.system, self.k, self.seed, self.deadline)

    def run(self) -> None:
        """Try one way after the other until an answer is sure or nothing is left to try."""
        try:
            self._try_all()
        except OutOfTime:
            self.ledger.late = True

    @property
    def status(self) -> Status:
        """How it ended."""
        if self.contest.answered:
            return Status.FOUND
        if self.ledger.late:
            return Status.TIMEOUT
        if self.noise == 0 or (self.k is not None and self.system.consistent):
            return Status.INCONSISTENT
        if not self.system.rank:
            return Status.GAVE_UP
        # Were half of the error dealt out to the labellings, a quarter of wrong labels would show.
        number = float(min(4 << self.system.rank, 10**300))
        rate = 0.25 if self.noise is None else self.noise
        short = self.k is None and sample_size(number, rate, _POWER) > self.samples.m
        return Status.OUT_OF_SAMPLES if short else Status.GAVE_UP

    def _try_all(self) -> None:
        system, contest, ledger = self.system, self.contest, self.ledger
        rows = Rows(system, self.k, self.seed, self.threads, self.deadline)
        enter_solutions(rows, contest, ledger, self._eliminated)
        if contest.over or self.noise == 0 or not system.rank:
            return
        if self.k is not None and self.k > len(system.distinct):
            contest.note = (
                f"Only {len(system.distinct)} columns vary and are no copies of others, "
                f"so {self.k} of them are too many."
            )
            return
        columns = few_columns(system, self.k)
        if columns is not None:
            enter_best(rows, columns, contest, ledger)
            return
        rounds = Rounds(rows, self.noise, contest, ledger)
        if rounds.glance():
            return
        # What is told makes searches so much shorter that a table of everything does not pay.
        columns = more_columns(rows) if self.k is None and self.noise is None else None
        if columns is not None:
            enter_best(rows, columns, contest, ledger)
        else:
            rounds.run()
