"""A first try at small systems with few wrong labels, before any compiled kernel is loaded.

As many rows as there are unknowns, drawn at random until they are independent, have labels without
an error with probability (1 - eta)^n. Their solution is then the answer, and all rows bear it out.
Pooled Gauss, which goes on from here, makes each try a hundred times cheaper; a few hundred tries
are over before its kernels are loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from parity_compare.algorithms.acceptance import acceptance_threshold, chance_of_agreement
from parity_compare.algorithms.integer_rows import reduce_integers
from parity_compare.algorithms.outcome import Status
from parity_compare.problems.bits import WORD_BITS
from parity_compare.solving.stages import FAILURE, Found, Rows

_SECONDS = 0.1
_PER_ENTRY = 2e-7  # predicted seconds per entry of a try's square system
_MOST_ROWS = 4096  # that bear a solution out


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
    def tries(self) -> int:
        """How many are made at most."""
        return max(1, int(_SECONDS / (_PER_ENTRY * self._unknowns**2)))

    @property
    def seconds(self) -> float:
        """What all tries are predicted to take."""
        return self.tries * _PER_ENTRY * self._unknowns**2

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
        """The noise rate at which all tries fail with a probability of 1e-6."""
        clean: float = 1 - FAILURE ** (1 / self.tries)
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
        deadline, columns, n = self.rows.deadline, self.rows.system.pivots, self._unknowns
        since, rng = deadline.spent, np.random.default_rng(self.rows.seed)
        part = self.rows.part(self._count, columns, one=True)
        words = part.rows[:, 0]
        equations = (words | part.labels.astype(np.uint64) << np.uint64(n)).tolist()
        best = 0
        for tried in range(1, self.tries + 1):
            deadline.poll()
            order = rng.permutation(part.m).tolist()
            echelon = reduce_integers((equations[i] for i in order), rank=n)
            solution = sum(1 << pivot for pivot, row in echelon if pivot < n and row >> n & 1)
            wrong = np.bitwise_count(words & np.uint64(solution)) & 1 != part.labels
            agreements = part.m - int(np.count_nonzero(wrong))
            best = max(best, agreements)
            if agreements >= self._threshold:
                chance = chance_of_agreement(agreements, part.m, self._candidates)
                support, constant = self.rows.read(
                    tuple(i for i in range(n) if solution >> i & 1), columns
                )
                detail = (
                    f"{agreements} of {part.m} labels agree, by chance with probability at most "
                    f"{chance:.2g}, after {tried} {'try' if tried == 1 else 'tries'}."
                )
                spent = deadline.spent - since
                return Found(Status.FOUND, support, constant, spent, detail)
        detail = f"At best {best} of {part.m} labels agree after {self.tries} tries."
        spent = deadline.spent - since
        return Found(Status.GAVE_UP, None, 0, spent, detail, self.noise)
