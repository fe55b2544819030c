"""What became of the cells of Finding 1, and rules that say what this proves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from parity_compare.algorithms.outcome import Status
from parity_compare.reproduction.claims import Answer, Claim, above, number, with_interval
from parity_compare.reproduction.measures import difference_of_rates
from parity_compare.reproduction.studies.finding1_grid import PAPER_STEPS, SHARE, Architecture, Cell
from parity_compare.results import Record
from parity_compare.statistics import Interval, median_interval, wilson

End = Literal["succeeds", "times out", "diverges"]
ENDS: tuple[End, ...] = ("succeeds", "times out", "diverges")

WHOLE = 0.95
"""Share of cells of which a sample of all architectures must assure us."""
GROUP = 0.75
"""The same for some of the architectures, of which there are fewer cells: 12 that succeed do it."""
HEATED = 0.6
"""The same for the few cells that are heated."""
CHANCE = 0.05
"""Chance with which one cell, and with which a set of cells, may refute by bad luck."""
_SOURCE = "Empirical Finding 1"
_BEST = "for at least one of the learning rates 0.001, 0.01, 0.1, 1"


@dataclass(frozen=True)
class Tally:
    """How the trials of a cell ended at one learning rate.

    Attributes:
        right: how many succeeded.
        unfinished: how many more steps might have helped.
        lost: how many ended in numbers that are not finite, or with another parity.
        steps: of every trial, infinite where it did not succeed.
    """

    right: int
    unfinished: int
    lost: int
    steps: tuple[float, ...]

    @property
    def trials(self) -> int:
        """How many there are."""
        return self.right + self.unfinished + self.lost

    @property
    def enough(self) -> bool:
        """Whether as many succeed as the finding asks for."""
        return self.right >= SHARE * self.trials

    @property
    def told(self) -> str:
        """In words."""
        parts = ((self.right, "succeed"), (self.unfinished, "unfinished"), (self.lost, "diverge"))
        return ", ".join(f"{count} {word}" for count, word in parts if count)


def tally(records: Sequence[Record]) -> Tally:
    """Count one rate's trials; at the paper's own number of steps nothing is unfinished."""
    right = sum(record.solved for record in records)
    unfinished = sum(not record.solved and _unfinished(record) for record in records)
    steps = tuple(float(r.cost.steps) if r.solved else math.inf for r in records)
    return Tally(right, unfinished, len(records) - right - unfinished, steps)


def _unfinished(record: Record) -> bool:
    if record.status == Status.TIMEOUT:
        limit = record.spec.max_steps
        return limit is not None and limit < PAPER_STEPS
    return record.status not in (Status.DIVERGED, Status.FOUND)


@dataclass(frozen=True)
class Outcome:
    """A cell's trials by learning rate.

    Attributes:
        architecture, cell: which.
        tallies: by rate, those that are preferred among equals first.
    """

    architecture: Architecture
    cell: Cell
    tallies: Mapping[float, Tally]

    @property
    def best(self) -> float:
        """The rate with the most successes; of equals the quicker, then the first."""
        return min(
            self.tallies,
            key=lambda rate: (
                -self.tallies[rate].right, median_interval(self.tallies[rate].steps).estimate
            ),
        )  # fmt: skip

    @property
    def end(self) -> End:
        """``times out`` if trials that were unfinished could have made it a success."""
        if any(tally.enough for tally in self.tallies.values()):
            return "succeeds"
        open_still = any(t.right + t.unfinished >= SHARE * t.trials for t in self.tallies.values())
        return "times out" if open_still else "diverges"

    @property
    def refutes(self) -> bool:
        """Whether, at every rate, too few trials succeeded or still might: so few, if a fifth
        would, that the chance of it is 5 % at most. Of many cells some do by luck alone."""
        return all(t.right + t.unfinished <= _most_failing(t.trials) for t in self.tallies.values())

    @property
    def fails(self) -> bool:
        """The same within the limits that were set: unfinished trials count as failures."""
        return all(t.right <= _most_failing(t.trials) for t in self.tallies.values())

    @property
    def luck(self) -> float:
        """The chance that the cell refutes although a fifth of its trials succeed at a rate."""
        from scipy.special import bdtr

        counts = [t.trials for t in self.tallies.values()]
        most = [(_most_failing(trials), trials) for trials in counts]
        return max(float(bdtr(few, trials, SHARE)) if few >= 0 else 0.0 for few, trials in most)

    def __str__(self) -> str:
        ends = "; ".join(f"{rate:g}: {self.tallies[rate].told}" for rate in sorted(self.tallies))
        return f"({self.architecture.label}) {self.cell}: {ends}"


def _most_failing(trials: int) -> int:
    """Most successes of so many trials that a rate of a fifth has with a chance of 5 % at most; -1
    if even none is likelier."""
    from scipy.special import bdtr

    few = -1
    while few + 1 < trials and bdtr(few + 1, trials, SHARE) <= CHANCE:
        few += 1
    return few


def chance(against: int, outcomes: Sequence[Outcome]) -> float:
    """The chance that so many cells or more refute, if all are learnt by a fifth of the trials.

    Cells count as independent, each with the largest :attr:`Outcome.luck` of any.
    """
    from scipy.special import bdtrc

    if not against:
        return 1.0
    luck = max(outcome.luck for outcome in outcomes)
    return float(bdtrc(against - 1, len(outcomes), luck))


def counts(outcomes: Sequence[Outcome]) -> dict[End, int]:
    """How many cells ended in which way."""
    ends = [outcome.end for outcome in outcomes]
    return {end: ends.count(end) for end in ENDS}


def shares(outcomes: Sequence[Outcome]) -> str:
    """The share of every end, with its Wilson interval."""
    return ", ".join(
        f"{count} of {len(outcomes)} {end.replace('s out', ' out').removesuffix('s')} "
        f"({with_interval(wilson(count, len(outcomes)), 2)})"
        for end, count in counts(outcomes).items()
    )


def judge(
    name: str, about: str, outcomes: Sequence[Outcome], *, assured: float, whole: bool
) -> Claim:
    """Whether all cells of some architectures succeed.

    Args:
        name: of the claim.
        about: the architectures, in words.
        outcomes: their cells.
        assured: least share of the grid that must be assured to succeed by the sample.
        whole: whether it is no sample, but the grid.
    """
    against = [outcome for outcome in outcomes if outcome.refutes]
    succeed = counts(outcomes)["succeeds"]
    sample = wilson(succeed, len(outcomes))
    luck = chance(len(against), outcomes)
    answer: Answer = "undecided"
    if luck <= CHANCE:
        answer = "no"
    elif outcomes and succeed == len(outcomes) and (whole or sample.low >= assured):
        answer = "yes"
    return Claim(
        name=name,
        statement=(
            f"{about}: every cell (n, k, batch size, start, loss) of the grid is learnt by at "
            f"least 20 % of the trials within 10^5 steps, {_BEST}."
        ),
        source=_SOURCE,
        published=f"all cells, of {PAPER_STEPS} steps and 25 trials at each rate",
        measured=shares(outcomes),
        answer=answer,
        because=(
            "Rule: a cell speaks against it if at all four rates so few trials succeed, or ran out "
            f"of fewer than {PAPER_STEPS} steps and still might, as a share of {SHARE:g} has with "
            f"a chance of {CHANCE:g} at most; it is refuted if so many cells do as luck would have "
            f"with a chance of {CHANCE:g} at most, cells counted as independent. All cells "
            "succeeding confirm, if they are the whole grid or assure us of "
            f"{assured:g} of it by the Wilson interval. {len(against)} of {len(outcomes)} cells "
            f"speak against it, by luck with chance {number(luck, 2)}{_listed(against)}."
        ),
    )


def judge_starred(starred: Sequence[Outcome], robust: Sequence[Outcome]) -> Claim:
    """Whether the starred architectures are less reliable than the fifteen others."""
    worst, best = _surplus(robust, starred, False), _surplus(robust, starred, True)
    answer: Answer = "undecided"
    if starred and robust:
        answer = "yes" if above(worst, 0) == "yes" else "no" if best.high <= 0 else "undecided"
    return Claim(
        name="starred",
        statement=(
            "Networks of the least width r = k and the transformer are less reliable than the "
            "fifteen architectures of the finding: they fail in more cells."
        ),
        source="section 3.1, starred configurations",
        published="reliable at batch sizes of 16 and more only (second-hand)",
        measured=f"starred: {shares(starred)}; the others: {shares(robust)}",
        answer=answer,
        because=(
            "Rule: the share of cells that succeed is higher for the fifteen than for the starred "
            "by Newcombe's interval of the difference, even if all starred cells that timed out "
            "were successes and none of the others were; the opposite, by the same bounds, "
            f"refutes. The difference so counted: {with_interval(worst, 2)}; counted the other "
            f"way: {with_interval(best, 2)}."
        ),
    )


def _surplus(one: Sequence[Outcome], other: Sequence[Outcome], generous: bool) -> Interval:
    """Share of successes among ``one`` less that among ``other``; cells that timed out count as
    successes on one side alone, on that of ``one`` if ``generous``."""
    first, second = counts(one), counts(other)
    late = first["times out"] if generous else 0
    later = 0 if generous else second["times out"]
    if not one or not other:
        return Interval(math.nan, math.nan, math.nan)
    return difference_of_rates(
        (first["succeeds"] + late, len(one)), (second["succeeds"] + later, len(other))
    )


def judge_heated(heated: Sequence[Outcome], cold: Sequence[Outcome]) -> Claim:
    """Whether Langevin dynamics succeeds wherever SGD does."""
    base = {(o.architecture.label, o.cell): o for o in cold if o.end == "succeeds"}
    pairs = [o for o in heated if (o.architecture.label, o.cell) in base]
    against = [o for o in pairs if o.fails]
    succeed = counts(pairs)["succeeds"]
    share = wilson(succeed, len(pairs))
    luck = chance(len(against), pairs)
    answer: Answer = "undecided"
    if luck <= CHANCE:
        answer = "no"
    elif pairs and succeed == len(pairs) and share.low >= HEATED:
        answer = "yes"
    return Claim(
        name="heated",
        statement=(
            "Heat leaves the finding alone: Langevin dynamics at its default temperature learns "
            "every cell that SGD learns, within the same steps."
        ),
        source="ours: Langevin dynamics on cells of Empirical Finding 1",
        published="",
        measured=f"of the cells that SGD learns: {shares(pairs)}",
        answer=answer,
        because=(
            "Rule: a cell that SGD learns speaks against it if at all four rates so few of "
            f"Langevin's trials succeed as a share of {SHARE:g} has with a chance of {CHANCE:g} at "
            "most; it is refuted if so many cells do as luck would have with a chance of "
            f"{CHANCE:g} at most. All succeeding confirm, if they assure us of {HEATED:g} of such "
            f"cells by the Wilson interval. {len(against)} of {len(pairs)} cells speak against it, "
            f"by luck with chance {number(luck, 2)}{_listed(against)}."
        ),
        origin="ours",
    )


def _listed(outcomes: Sequence[Outcome]) -> str:
    """Up to six cells by name."""
    names = [f"({outcome.architecture.label}) {outcome.cell}" for outcome in outcomes[:6]]
    more = f", and {len(outcomes) - 6} more" if len(outcomes) > 6 else ""
    return f": {', '.join(names)}{more}" if names else ""
