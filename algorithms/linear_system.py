"""The noiseless parity as a linear system over GF(2), in packed rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parity_compare.problems.bits import Words, words_for
from parity_compare.problems.samples import Samples


def augmented(samples: Samples) -> Words:
    """The system [X | y] as packed rows ``(m, words_for(n + 1))``, the label at column n."""
    n = samples.n
    rows = np.zeros((samples.m, words_for(n + 1)), dtype=np.uint64)
    rows[:, : samples.rows.shape[1]] = samples.rows
    rows[:, n // 64] |= samples.labels.astype(np.uint64) << np.uint64(n % 64)
    return rows


def label_bits(system: Words, n: int) -> np.ndarray:
    """The right-hand side of an augmented system, ``(m,)`` bool."""
    return np.asarray((system[:, n // 64] >> np.uint64(n % 64)) & np.uint64(1), dtype=np.bool_)


_STALLED = 64  # in a row in the span: uniform examples are not, so draws may double from here on
_LAST_IN_SPAN = 1 << 14


@dataclass
class RankWatch:
    r"""How many more examples to ask for while the rank is short, and when to stop asking.

    While uniform examples have rank $r < n$, one lies in their span with probability
    $2^{r-n} \leq 1/2$, so that $t$ in a row do with at most $2^{-t}$. Other sources may never fill
    the space: their rank has an end below $n$. After $t$ examples in a row that lie in the span, at
    confidence $1 - \delta$ at most a share $\ln(1/\delta) / t$ of the source lies outside it. The
    watch ends after $2^{14}$: uniform examples never get there (chance $2^{-16384}$), and of any
    source of independent examples at most 0.085 % is then outside the span, at confidence
    $1 - 10^{-6}$ for each rank.

    Attributes:
        n: number of unknowns.
        surplus: examples asked for beyond what the rank lacks.
        rank: the rank so far.
        in_span: how many examples since it last rose, counted by whole draws.
    """

    n: int
    surplus: int
    rank: int = 0
    in_span: int = 0

    def note(self, rank: int, drawn: int) -> None:
        """Take note of the rank after a draw of so many examples."""
        self.in_span = self.in_span + drawn if rank == self.rank else 0
        self.rank = rank

    @property
    def ended(self) -> bool:
        """Whether the rank is taken to rise no more."""
        return self.in_span >= _LAST_IN_SPAN

    @property
    def verdict(self) -> str:
        """What to say behind the rank of a source that has been given up; empty if it is not."""
        return f" (not raised by the last {self.in_span})" if self.ended else ""

    @property
    def wanted(self) -> int:
        """Examples to ask for next; 0 once the rank is full, or will rise no more."""
        if self.rank == self.n or self.ended:
            return 0
        lacking = self.n - self.rank + self.surplus
        return lacking if self.in_span < _STALLED else max(lacking, self.in_span)
