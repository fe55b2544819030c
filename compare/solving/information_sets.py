"""A first try at small systems with few wrong labels, before any compiled kernel is loaded.

As many rows as there are unknowns, drawn at random until they are independent, have labels without
an error with probability (1 - eta)^n. Their solution is then the answer, and all rows bear it out.
Hundreds of systems are solved at a time by NumPy. Pooled Gauss, which goes on from here, makes
each try several times cheaper still; ten thousand tries are over before its kernels are loaded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.acceptance import acceptance_threshold, chance_of_agreement
from parity_compare.algorithms.outcome import Status
from parity_compare.problems.bits import WORD_BITS
from parity_compare.problems.samples import Samples
from parity_compare.solving.chance import noise_that_shows, rate_within
from parity_compare.solving.small_systems import solve_systems
from parity_compare.solving.stages import FAILURE, Found, Rows

_SECONDS = 0.25
_PER_ENTRY = 1e-8  # predicted seconds per unknown and equation of a system
_SPARE = 8  # equations beyond unknowns: uniform ones have full rank in 99.6 % of the systems
_BATCH = 20_000  # equations that are drawn at once
_FIRST_BATCH = 2_000
_MOST_ROWS = 4096  # that bear a solution out
_FIRST_ROWS = 256  # that most wrong solutions do not get past
_SHARE = FAILURE / 4  # of each of the four ways to lose the answer


@dataclass
class InformationSets:
    """Solutions of random independent rows, judged by up to 4096 rows.

    The unknowns are the independent columns and the constant.

    Attributes:
        rows: the rows.
    """

    rows: Rows
    size: ClassVar[None] = None
    exhausts: ClassVar[bool] = False
    learner: ClassVar[str] = "information-sets"

    @property
    def _unknowns(self) -> int:
        return self.rows.system.rank + 1

    @property
    def _equations(self) -> int:
        return self._unknowns + _SPARE

    @property
    def _entries(self) -> int:
        """Unknowns times equations, of all tries."""
        return int(_SECONDS / _PER_ENTRY)

    @property
    def tries(self) -> int:
        """How many are made, unless rows are often dependent."""
        return max(1, self._entries // (self._unknowns * self._equations))

    @property
    def seconds(self) -> float:
        """What all tries are predicted to take."""
        return _SECONDS

    @property
    def most(self) -> float:
        """The same."""
        return self.seconds

    @property
    def reason(self) -> str:
        """Why it is the first."""
        return (
            "a few wrong labels are soon avoided: rows drawn at random until they are independent "
            "may all be right"
        )

    @property
    def obstacle(self) -> str:
        """That a row has more than a word, or that luck may fit all rows."""
        if self._unknowns >= WORD_BITS:
            return f"{self._unknowns} unknowns and the label do not fit into {WORD_BITS} bits."
        if self._threshold > self._count:
            return f"Some XOR may well fit all {self._count} rows by chance."
        return ""

    @property
    def noise(self) -> float:
        """The share of wrong labels up to which some try hardly fails to be without an error."""
        return self._clean_up_to(self.tries)

    def _clean_up_to(self, tries: int) -> float:
        clean: float = 1 - _SHARE ** (1 / tries)
        return float(1 - clean ** (1 / self._unknowns))

    @property
    def _count(self) -> int:
        return min(self.rows.m, _MOST_ROWS)

    @cached_property
    def _candidates(self) -> int:
        return 4 << self.rows.system.rank

    @cached_property
    def _threshold(self) -> int:
        return acceptance_threshold(self._count, self._candidates, FAILURE)

    def run(self) -> Found:
        """Draw, solve and compare until a solution is no accident."""
        deadline, n = self.rows.deadline, self._unknowns
        since, rng = deadline.spent, np.random.default_rng(self.rows.seed)
        part = self.rows.part(self._count, self.rows.system.pivots, one=True)
        equations = part.rows[:, 0] | part.labels.astype(np.uint64) << np.uint64(n)
        tried, left, drawn, together = 0, self._entries, self._equations, _FIRST_BATCH
        while left > 0:
            deadline.poll()
            systems = max(1, together // drawn)
            chosen = rng.integers(0, part.m, (drawn, systems))
            solutions, regular = solve_systems(equations[chosen], n)
            borne_out = self._borne_out(part, solutions[regular])
            if borne_out is not None:
                place, agreements = borne_out
                return self._found(
                    int(solutions[regular][place]), agreements, tried + place + 1, since
                )
            tried, left = tried + int(regular.sum()), left - n * drawn * systems
            together = _BATCH
            if 2 * regular.sum() < systems:
                drawn = min(2 * drawn, max(drawn, part.m))  # columns that hardly ever vary
        detail = f"None of {tried} solutions was borne out by {part.m} rows."
        seconds = deadline.spent - since
        return Found(Status.GAVE_UP, None, 0, seconds, detail, self._excluded(tried))

    def _borne_out(
        self, part: Samples, solutions: npt.NDArray[np.uint64]
    ) -> tuple[int, int] | None:
        """The first solution that is no accident, and how many labels agree with it."""
        # By Hoeffding's inequality, the right one is dropped with probability at most the share.
        first = min(part.m, _FIRST_ROWS)
        most = first * self.noise + math.sqrt(first * math.log(1 / _SHARE) / 2)
        misses = first - _agreements(part[:first], solutions[:, np.newaxis])
        for place in np.flatnonzero(misses <= most).tolist():
            agreements = int(_agreements(part, solutions[place]))
            if agreements >= self._threshold:
                return place, agreements
        return None

    def _found(self, solution: int, agreements: int, tried: int, since: float) -> Found:
        chosen = tuple(i for i in range(self._unknowns) if solution >> i & 1)
        support, constant = self.rows.read(chosen, self.rows.system.pivots)
        luck = chance_of_agreement(agreements, self._count, self._candidates)
        detail = (
            f"{agreements} of {self._count} labels agree, by chance with probability at most "
            f"{luck:.2g}, after {tried} {'try' if tried == 1 else 'tries'}."
        )
        return Found(Status.FOUND, support, constant, self.rows.deadline.spent - since, detail)

    def _excluded(self, tried: int) -> float:
        """The noise rate up to which the answer would have been met, kept and accepted."""
        if not tried:
            return 0.0
        with self.rows.deadline.stopped():  # imports SciPy
            shows = noise_that_shows(self._count, self._candidates, FAILURE, _SHARE)
        share = min(self.noise, self._clean_up_to(tried))
        return min(rate_within(share, self._count, _SHARE), shows)


def _agreements(part: Samples, solutions: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Rows whose label the solutions ``(..., 1)`` have: ``(...)``."""
    odd = np.bitwise_count(part.rows[:, 0] & solutions) & np.uint8(1)
    return np.asarray(np.count_nonzero(odd == part.labels, axis=-1), dtype=np.int64)
