"""Searches for labels with noise, in rounds of predicted cost that grow tenfold."""

from __future__ import annotations

import math
from dataclasses import dataclass

from parity_compare.algorithms.acceptance import sample_size
from parity_compare.algorithms.budget import OutOfTime
from parity_compare.algorithms.outcome import Status
from parity_compare.solving.contest import Contest
from parity_compare.solving.information_sets import InformationSets
from parity_compare.solving.ledger import Ledger
from parity_compare.solving.solution import Attempt
from parity_compare.solving.stages import Queue, Rows, Stage, briefly

_CEILINGS = [0.1 * 10**i for i in range(30)]  # predicted seconds, round by round
_PATIENCE = 3  # times the time a search is predicted to take, if another one waits behind it
_SPARSE_FROM = 5.0  # seconds, predicted for other ways and left, that the plans of this are worth


@dataclass
class Rounds:
    """A first try, and then pooled Gauss and exhaustive search by turns.

    Attributes:
        rows: the rows.
        noise: the noise rate, if it was told.
        contest: which the answers enter.
        ledger: which is told of every search.
    """

    rows: Rows
    noise: float | None
    contest: Contest
    ledger: Ledger

    def glance(self) -> bool:
        """Whether a first try settles it."""
        sets = InformationSets(self.rows)
        noisy = self.noise is not None and self.noise > sets.noise
        if self.rows.k is not None or noisy or sets.obstacle:
            return False
        self._carry_out(sets)
        self.rows.deadline.poll()
        return self.contest.over

    def run(self) -> None:
        """Take turns until an answer is sure, or nothing is left that can be begun.

        What gives up only after the end of a round waits for a later one; what would not end in
        time is left for the last round, where a success is predicted to. There it keeps back the
        time of a search that is sure to end, if enough is left for both.
        """
        queues = self._queues()
        deadline = self.rows.deadline
        for ceiling in _CEILINGS:
            last = ceiling > deadline.left
            for queue in queues:
                while (stage := queue.head(min(ceiling, deadline.left))) is not None:
                    if self._superfluous(stage):
                        queue.next()
                        continue
                    if stage.seconds > deadline.left or (stage.most > ceiling and not last):
                        break
                    queue.next()
                    others = [other.first for other in queues if other.first is not None]
                    self._carry_out(stage, reserve=self._reserve(stage, others))
                    if self.contest.over:
                        return
                    deadline.poll()
            if last or all(queue.head(deadline.left) is None for queue in queues):
                break
        left = [queue.first for queue in queues if queue.first is not None]
        self._leave([stage for stage in left if not self._superfluous(stage)])

    def _queues(self) -> list[Queue]:
        """The searches, in the order in which they come within a round."""
        with self.rows.deadline.stopped():  # a first try that settles it does without these
            from parity_compare.solving.pooled import pooled_stages, sparse_stages
            from parity_compare.solving.subsets import exhaustive_stages

            sample_size(1, 0.0, 0.5)  # imports what sizes samples
        exhaustive = [Queue(stages) for stages in exhaustive_stages(self.rows, self.noise)]
        pooled = [
            Queue(pooled_stages(self.rows, self.noise)),
            Queue(sparse_stages(self.rows, self.noise), since=_SPARSE_FROM),
        ]
        first = exhaustive[0].head(0.0)
        # To plan pooled Gauss for one size takes longer than such a search.
        soon = self.rows.k is not None and first is not None and first.seconds < _CEILINGS[0]
        return exhaustive + pooled if soon else pooled + exhaustive

    def _superfluous(self, stage: Stage) -> bool:
        """Whether what the search would find is excluded already."""
        size = self.rows.k if self.rows.k is not None else stage.size
        return not stage.exhausts and self.ledger.excludes(size, stage.noise)

    def _reserve(self, stage: Stage, others: list[Stage]) -> float:
        """Seconds that a search of uncertain length leaves to the next that is sure to end."""
        left = self.rows.deadline.left
        if stage.most <= left:
            return 0.0
        certain = [other.most for other in others if other.exhausts and not other.obstacle]
        sure = min(certain, default=math.inf)
        return sure if sure + _PATIENCE * stage.seconds <= left else 0.0

    def _carry_out(self, stage: Stage, reserve: float = 0.0) -> None:
        reason, started = stage.reason, self.rows.deadline.spent
        try:
            with self.rows.deadline.reserving(reserve):
                found = stage.run()
        except OutOfTime:
            self.ledger.late = True
            spent = self.rows.deadline.spent - started
            self.ledger.attempts.append(Attempt(stage.learner, reason, Status.TIMEOUT, spent))
            return
        self.ledger.note(stage, found)
        if found.support is not None:
            name = stage.learner.partition("[")[0]
            self.contest.enter(name, found.support, found.constant, settled=False)
        best, over = self.contest.best, self.contest.over
        status, detail = Status.FOUND if over else found.status, found.detail
        if over and best is not None and best.place.support != found.support:
            detail += " From there a step or two of one or two columns led to the answer."
        if status is Status.FOUND and not over:
            status = Status.GAVE_UP  # its rows bore it out, all rows do not
        attempt = Attempt(stage.learner, reason, status, found.seconds, detail)
        self.ledger.attempts.append(attempt)

    def _leave(self, stages: list[Stage]) -> None:
        """Record what was not begun: of every kind of search the cheapest, or why it cannot be."""
        kinds: dict[str, list[Stage]] = {}
        for stage in stages:
            kinds.setdefault(stage.learner.partition("[")[0], []).append(stage)
        for alike in kinds.values():
            stage = min(alike, key=lambda stage: stage.seconds)
            if stage.obstacle:
                reason = stage.obstacle
            else:
                self.ledger.late = True
                reason = f"{briefly(self.rows.deadline.left)} were left: {stage.reason}"
            self.ledger.attempts.append(Attempt(stage.learner, reason, None))
