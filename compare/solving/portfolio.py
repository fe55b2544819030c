"""Which learner when: the automatic choice by size, rank, noise and the time that is left.

Elimination comes first: it costs least, gives rank, copies and relations, and settles labels
without noise. If the labels contradict every parity, what follows depends on the number c of
distinct columns:

- up to 22: a Walsh-Hadamard transform compares all 2^c parities at once; nothing is left to try;
- more: a few hundred random information sets, if a row fits into a word; they settle few columns
  with few wrong labels before a compiled kernel is even loaded;
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

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.acceptance import sample_size
from parity_compare.algorithms.budget import OutOfTime
from parity_compare.algorithms.gaussian_elimination import GaussianElimination
from parity_compare.algorithms.outcome import Status
from parity_compare.problems.samples import Samples
from parity_compare.solving.advice import equation
from parity_compare.solving.attempting import Deadline, ask, negated
from parity_compare.solving.chance import candidates, noise_that_shows
from parity_compare.solving.coset import MOST_FREE, Lightest, lightest
from parity_compare.solving.information_sets import InformationSets
from parity_compare.solving.neighbours import Place, settle
from parity_compare.solving.solution import LUCK, Attempt, chance_of
from parity_compare.solving.stages import FAILURE, Queue, Rows, Stage, briefly
from parity_compare.solving.subsets import ExhaustiveStage, exhaustive_stages
from parity_compare.solving.system import System, eliminate
from parity_compare.solving.transform import MOST_COLUMNS, Spectrum, prepare, spectrum

TRANSFORM = "walsh-hadamard"
"""The name of the transform among learners."""

_CEILINGS = [0.1 * 10**i for i in range(30)]  # predicted seconds, round by round
_SPARSE_FROM = 5.0  # seconds, predicted for other ways and left, that the plans of this are worth
_POWER = 1e-3
_NAMED = 8  # columns of an XOR of another size than was told, which is named
_TIES = 64  # equally good sets that are looked at

Support = tuple[int, ...]


@dataclass(frozen=True)
class Contender:
    """An answer on trial.

    Attributes:
        learner: who found it.
        place: the lightest form that is known, and its misses.
        chance: that luck does as well.
        coset: the other forms.
        ties: other answers that agree with as many rows and label some otherwise; None for unknown.
        rival: the next best answer that is known.
    """

    learner: str
    place: Place
    chance: float
    coset: Lightest
    ties: int | None = None
    rival: Place | None = None


@dataclass
class Search:
    """The course of an automatic search.

    Attributes:
        samples: the rows.
        k, noise: what is told.
        deadline: what is left of the time.
        seed, threads: of the searches.
        system: the rows as a linear system.
        best: the best contender so far.
        attempts: what was tried, or not begun, in order.
        reach: by size of the sets, up to which noise rate exhaustive search has excluded them.
        compared: the sizes whose sets were all compared with all rows.
        dense: up to which noise rate all parities are excluded, whatever their size.
        late: whether the time ran out, or kept a search from beginning.
        note: what is to be said of the end, in a sentence.
    """

    samples: Samples
    k: int | None
    noise: float | None
    deadline: Deadline
    seed: int
    threads: int
    best: Contender | None = None
    attempts: list[Attempt] = field(default_factory=list)
    reach: dict[int, float] = field(default_factory=dict)
    compared: set[int] = field(default_factory=set)
    dense: float = 0.0
    late: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        started = self.deadline.spent
        self.system: System = eliminate(self.samples)
        self._eliminated = self.deadline.spent - started

    def run(self) -> None:
        """Try one way after the other until an answer is sure or nothing is left to try."""
        try:
            self._eliminate()
            if self._done or self.noise == 0 or not self.system.rank:
                return
            if self.k is not None and self.k > len(self.system.distinct):
                self.note = (
                    f"Only {len(self.system.distinct)} columns vary and are no copies of others, "
                    f"so {self.k} of them are too many."
                )
                return
            columns = self._tabulated()
            if columns is not None:
                self._transform(columns)
            else:
                self._rounds()
        except OutOfTime:
            self.late = True

    @property
    def status(self) -> Status:
        """How it ended."""
        if self.best is not None and (self._fits or self.best.chance <= LUCK):
            return Status.FOUND
        if self.late:
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

    @property
    def _fits(self) -> bool:
        """Whether the best answer fits every row."""
        return self.best is not None and self.best.place.misses == 0

    @property
    def _done(self) -> bool:
        return self.best is not None and self.best.chance <= FAILURE

    def _eliminate(self) -> None:
        system = self.system
        reason = "elimination costs least, and settles labels without noise"
        rank = f"The {self.samples.m} rows of {system.n} columns have rank {system.rank}"
        if not system.consistent:
            detail = f"{rank} beside the constant; no XOR fits all labels."
            attempt = Attempt("gf2", reason, Status.INCONSISTENT, self._eliminated, detail)
            self.attempts.append(attempt)
            return
        fits = "one XOR fits" if not system.freedom else f"2^{system.freedom} XORs fit"
        detail = f"{rank} beside the constant; {fits} all labels."
        self.attempts.append(Attempt("gf2", reason, Status.FOUND, self._eliminated, detail))
        self._try("gf2", system.solution, system.constant(system.solution))
        if self.k is not None and self.best is None and len(system.relations) > MOST_FREE:
            self._eliminate_told()

    def _eliminate_told(self) -> None:
        """Ask the learner for a solution of k columns, where the answers are too many to visit."""
        rows = Rows(self.system, self.k, self.seed, self.threads, self.deadline)
        part = rows.part(self.samples.m, self.system.distinct, one=False)
        learner = GaussianElimination()
        for constant, labelled in enumerate((part, negated(part))):
            outcome = ask(
                learner,
                labelled,
                k=self.k,
                noise=None,
                seconds=self.deadline.left,
                seed=self.seed,
                threads=self.threads,
            )
            if outcome.support is not None:
                self._try("gf2", *rows.read(outcome.support, self.system.distinct))
            self.attempts.append(
                Attempt(
                    "gf2",
                    f"the number of columns was told, and the {'opposite ' * constant}labels may "
                    f"be an XOR of {self.k}",
                    outcome.status,
                    outcome.cost.seconds,
                    outcome.detail,
                )
            )

    def _tabulated(self) -> Support | None:
        """The columns whose parities are few enough to be compared all at once."""
        system = self.system
        if len(system.distinct) <= MOST_COLUMNS:
            return system.distinct
        if system.rank <= MOST_COLUMNS and self.k is None:
            return system.pivots
        return None

    def _transform(self, columns: Support) -> None:
        """Compare all parities, and take the one that luck makes least probably."""
        prepare()
        started, m = self.deadline.spent, self.samples.m
        every = spectrum(self.samples, columns, self.deadline.poll, self.threads)
        bests = {}  # by size: luck, misses
        for size, index in every.best_of_sizes().items():
            # Without columns, it would be the label's own bias.
            if size and self.k in (None, size):
                support, constant = every.read(index)
                luck = chance_of(self.system, support, constant, told=self.k is not None)
                bests[size] = (luck, (m - int(every.magnitudes[index])) // 2)
        best = min(bests, key=lambda size: (*bests[size], size), default=0)
        misses = bests[best][1] if bests else m
        if bests:
            told = best if self.k is not None else None
            alike = every.at(m - 2 * misses, told)
            support, constant = every.read(int(every.at(m - 2 * misses, best)[0]))
            fewest = min(other for _, other in bests.values())
            # A larger set may agree with more rows although luck makes it more probably.
            next_best = m - 2 * fewest if fewest < misses else every.below(m - 2 * misses, told)
            rival = None
            if next_best >= 0:
                second = every.read(int(every.at(next_best, told)[0]))
                rival = Place(*second, (m - next_best) // 2)
            self._try(TRANSFORM, support, constant, self._labellings(every, alike) - 1, rival)
        status = Status.FOUND if self._done else Status.GAVE_UP
        why = (
            "luck may fit so few rows, and a lighter XOR may fit most of them"
            if self.system.consistent
            else "the labels contradict every XOR, so some may be wrong"
        )
        self.attempts.append(
            Attempt(
                TRANSFORM,
                f"{why}; {len(columns)} columns have only 2^{len(columns)} XORs, which it compares "
                "all at once",
                status,
                self.deadline.spent - started,
                f"At best {m - misses} of {m} labels agree." if bests else "",
            )
        )
        size = self.k or 0
        number = candidates(self.system.n, size, self.system.rank, told=self.k is not None)
        everything = min(number, 4 << self.system.rank) if self.k else 4 << self.system.rank
        self.dense = noise_that_shows(m, everything, LUCK, FAILURE)

    def _labellings(self, every: Spectrum, alike: npt.NDArray[np.int64]) -> int:
        """How many of the sets label some rows otherwise than the first does, or are the first."""
        first = self.system.first_row
        seen = set()
        for index in alike[:_TIES]:
            support, _ = every.read(int(index))
            flips = np.bitwise_xor.reduce(first[list(support)], initial=np.uint8(0))
            seen.add((self.samples.parity(support) ^ flips).tobytes())
        return len(seen)

    def _try(
        self,
        learner: str,
        support: Support,
        constant: int,
        ties: int | None = None,
        rival: Place | None = None,
    ) -> None:
        """Settle, lighten and judge an answer; keep it if luck makes it less than the best one."""
        place = self._place(support, constant)
        if self.k is None and learner not in ("gf2", TRANSFORM):
            place, rival = settle(
                self.samples, self.system.distinct, support, constant, self.deadline.poll
            )
            if rival is not None:
                ties = None if rival.misses > place.misses else 1
        ones = int(self.samples.labels.sum(dtype=np.int64))
        if place.misses and place.misses >= min(ones, self.samples.m - ones):
            return  # no better than to say that the label is constant
        coset = lightest(
            self.system,
            place.support,
            size=self.k,
            rng=np.random.default_rng(self.seed),
            poll=self.deadline.poll,
        )
        if not coset.supports:
            names = tuple(self.samples.names[i] for i in place.support)
            count = len(names)
            which = f", {equation(names, place.constant)}," if count <= _NAMED else ""
            self.note = (
                f"An XOR of {'1 column' if count == 1 else f'{count} columns'}{which} agrees with "
                f"{self.samples.m - place.misses} of {self.samples.m} rows, but none that labels "
                f"the rows so has {self.k} columns that vary and are no copies of each other."
            )
            return
        light = coset.supports[0]
        flips = self.system.value(light) ^ self.system.value(place.support)
        place = Place(light, place.constant ^ flips, place.misses)
        luck = chance_of(self.system, light, place.constant, told=self.k is not None)
        if self.best is None or (luck, place.misses) < (self.best.chance, self.best.place.misses):
            self.best = Contender(learner, place, luck, coset, ties, rival)

    def _place(self, support: Support, constant: int) -> Place:
        equal = self.samples.agreement(support)
        return Place(support, constant, equal if constant else self.samples.m - equal)

    def _rounds(self) -> None:
        """Searches in rounds of predicted cost that grow tenfold, to give up included.

        What would not end in time is left for the last round, where a success is predicted to.
        """
        rows = Rows(self.system, self.k, self.seed, self.threads, self.deadline)
        if self._glanced(InformationSets(rows)):
            return
        from parity_compare.solving.pooled import PooledStage, pooled_stages, sparse_stages

        def superfluous(stage: Stage) -> bool:
            return isinstance(stage, PooledStage) and self._looked_at(stage.size, stage.noise)

        exhaustive = [Queue(stages) for stages in exhaustive_stages(rows, self.noise)]
        pooled = [
            Queue(pooled_stages(rows, self.noise)),
            Queue(sparse_stages(rows, self.noise), since=_SPARSE_FROM),
        ]
        first = exhaustive[0].head(0.0)
        # To plan pooled Gauss for one size takes longer than such a search.
        soon = self.k is not None and first is not None and first.seconds < _CEILINGS[0]
        queues = exhaustive + pooled if soon else pooled + exhaustive
        for ceiling in _CEILINGS:
            last = ceiling > self.deadline.left
            for queue in queues:
                while (stage := queue.head(min(ceiling, self.deadline.left))) is not None:
                    if superfluous(stage):
                        queue.next()
                        continue
                    if stage.seconds > self.deadline.left or (stage.most > ceiling and not last):
                        break
                    queue.next()
                    self._carry_out(stage)
                    if self._done:
                        return
            if last or all(queue.head(self.deadline.left) is None for queue in queues):
                break
        left = [queue.first for queue in queues if queue.first is not None]
        self._leave([stage for stage in left if not superfluous(stage)])

    def _looked_at(self, size: int | None, noise: float) -> bool:
        """Whether exhaustive search has excluded what a search of one size would find."""
        size = self.k if self.k is not None else size
        return size is not None and (size in self.compared or noise <= self.reach.get(size, 0.0))

    def _glanced(self, sets: InformationSets) -> bool:
        """Whether a first try settles it."""
        noisy = self.noise is not None and self.noise > sets.reach
        if self.k is not None or noisy or sets.obstacle:
            return False
        self._carry_out(sets)
        return self._done

    def _carry_out(self, stage: Stage) -> None:
        reason, started = stage.reason, self.deadline.spent
        try:
            found = stage.run()
        except OutOfTime:
            spent = self.deadline.spent - started
            self.attempts.append(Attempt(stage.learner, reason, Status.TIMEOUT, spent))
            raise
        self.late |= found.status is Status.TIMEOUT
        if isinstance(stage, ExhaustiveStage):
            self.reach[stage.size] = max(found.noise, self.reach.get(stage.size, 0.0))
            if not stage.pruned and stage.count == self.samples.m:
                self.compared.add(stage.size)
        elif stage.size is None:
            self.dense = max(found.noise, self.dense)
        if found.support is not None:
            self._try(stage.learner.partition("[")[0], found.support, found.constant)
        status, detail = Status.FOUND if self._done else found.status, found.detail
        if self._done and self.best is not None and self.best.place.support != found.support:
            detail += " From there a step or two of one or two columns led to the answer."
        if status is Status.FOUND and not self._done:
            status = Status.GAVE_UP  # its rows bore it out, all rows do not
        self.attempts.append(Attempt(stage.learner, reason, status, found.seconds, detail))
        self.deadline.poll()

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
                self.late = True
                reason = f"{briefly(self.deadline.left)} were left: {stage.reason}"
            self.attempts.append(Attempt(stage.learner, reason, None))
