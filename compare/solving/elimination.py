"""Elimination, the first of all ways: what it tells of the labels and of the answers that fit."""

from __future__ import annotations

from parity_compare.algorithms.outcome import Status
from parity_compare.solving.contest import Contest
from parity_compare.solving.coset import MOST_FREE
from parity_compare.solving.ledger import Ledger
from parity_compare.solving.solution import Attempt
from parity_compare.solving.stages import Rows

ELIMINATION = "gf2"
"""The name of elimination among learners."""


def enter_solutions(rows: Rows, contest: Contest, ledger: Ledger, seconds: float) -> None:
    """Enter the parity that fits every row, if there is one.

    Args:
        rows: their system has been eliminated already.
        contest: which the solution enters.
        ledger: which is told of it.
        seconds: what the elimination took.
    """
    system = rows.system
    reason = "elimination costs least, and settles labels without noise"
    rank = f"The {rows.m} rows of {system.n} columns have rank {system.rank} beside the constant"
    if not system.consistent:
        detail = f"{rank}; no XOR fits all labels."
        ledger.attempts.append(Attempt(ELIMINATION, reason, Status.INCONSISTENT, seconds, detail))
        return
    fits = "one XOR fits" if not system.freedom else f"2^{system.freedom} XORs fit"
    detail = f"{rank}; {fits} all labels."
    ledger.attempts.append(Attempt(ELIMINATION, reason, Status.FOUND, seconds, detail))
    constant = system.constant(system.solution)
    contest.enter(ELIMINATION, system.solution, constant, settled=True)
    if rows.k is not None and contest.best is None and len(system.relations) > MOST_FREE:
        _ask_for_size(rows, contest, ledger)


def _ask_for_size(rows: Rows, contest: Contest, ledger: Ledger) -> None:
    """Ask the learner for a solution of k columns, where the answers are too many to visit."""
    from parity_compare.algorithms.gaussian_elimination import GaussianElimination
    from parity_compare.solving.attempting import ask, negated

    part = rows.part(rows.m, rows.system.distinct, one=False)
    learner = GaussianElimination()
    for constant, labelled in enumerate((part, negated(part))):
        outcome = ask(
            learner,
            labelled,
            k=rows.k,
            noise=None,
            deadline=rows.deadline,
            seed=rows.seed,
            threads=rows.threads,
        )
        if outcome.support is not None:
            support, extra = rows.read(outcome.support, rows.system.distinct)
            contest.enter(ELIMINATION, support, extra, settled=True)
        opposite = "opposite " * constant
        ledger.attempts.append(
            Attempt(
                ELIMINATION,
                f"the number of columns was told, and the {opposite}labels may be an XOR of "
                f"{rows.k}",
                outcome.status,
                outcome.cost.seconds,
                outcome.detail,
            )
        )
