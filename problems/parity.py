"""The hidden sparse parity: the instance that every learner is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import Bits, Words, mask, parity, random_words
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import (
    Answers,
    ExampleOracle,
    QueryOracle,
    draw_from,
    query_parity,
)
from parity_compare.problems.samples import Samples
from parity_compare.problems.seeding import generator


@dataclass(frozen=True)
class SparseParity:
    """Uniform x in {-1,+1}^n and the label y = chi_S(x) for a hidden S, |S| = k.

    chi_S(x) is the product of the x_i over i in S; every label is flipped with probability eta.
    ``k=None`` hides a dense parity (plain LPN): every coordinate is in S with probability 1/2, S
    not empty. The support depends on n, k and the seed alone, so the noise rate can be varied over
    one and the same secret.

    Args:
        n: number of bits, at least 1.
        k: size of the support, 1 <= k <= n, or None.
        noise: probability eta of a flipped label, in [0, 0.5).
        seed: names the secret.

    Raises:
        InvalidInput: an argument breaks its rule.
    """

    n: int
    k: int | None
    noise: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.n < 1:
            raise InvalidInput(f"n must be at least 1, got {self.n}")
        if self.k is not None and not 1 <= self.k <= self.n:
            raise InvalidInput(f"k must lie in 1..n = 1..{self.n}, got {self.k}")
        if not 0 <= self.noise < 0.5:
            raise InvalidInput(f"noise must lie in [0, 0.5), got {self.noise}")

    @cached_property
    def support(self) -> tuple[int, ...]:
        """The hidden S, sorted."""
        rng = generator("support", self.n, self.k, self.seed)
        if self.k is not None:
            chosen = rng.choice(self.n, size=self.k, replace=False)
        else:
            chosen = np.empty(0, dtype=np.int64)
            while not len(chosen):
                chosen = np.flatnonzero(rng.integers(0, 2, size=self.n))
        return tuple(sorted(int(i) for i in chosen))

    def label(self, rows: Words) -> Bits:
        """Clean labels (0/1) of packed rows ``(m, words_for(n))``."""
        return parity(rows & self._mask)

    @cached_property
    def _mask(self) -> Words:
        """The hidden S, packed: an online learner asks for labels at every step."""
        return mask(self.support, self.n)

    def examples(self, *, seed: int = 0) -> ExampleOracle:
        """Fresh independent examples without end; ``seed`` names the stream.

        The stream does not depend on how it is cut into draws.
        """
        inputs = generator("inputs", self.n, self.k, self.seed, seed)
        flips = generator("flips", self.n, self.k, self.seed, seed)

        def stream(m: int) -> tuple[Words, Bits]:
            rows = random_words(inputs, m, self.n)
            flipped = flips.random(m) < self.noise
            return rows, self.label(rows) ^ flipped.astype(np.uint8)

        return draw_from(self.n, stream)

    def sample(self, m: int, *, seed: int = 0) -> Samples:
        """The first ``m`` examples of the stream ``seed``, as a fixed list."""
        return self.examples(seed=seed).draw(m)

    def clean_sample(self, m: int, *, seed: int = 0) -> Samples:
        """``m`` fresh examples with noiseless labels: what a judge measures accuracy on."""
        rows = random_words(generator("clean", self.n, self.k, self.seed, seed), m, self.n)
        return Samples(self.n, rows, self.label(rows))

    def queries(self, *, tolerance: float, answers: Answers = "adversarial") -> QueryOracle:
        """Statistical correlation queries to within ``tolerance``."""
        return query_parity(self.n, self.support, 1 - 2 * self.noise, tolerance, answers)


def chi(X: npt.NDArray[np.int8], support: tuple[int, ...]) -> npt.NDArray[np.int8]:
    """The parity chi_S(x) = prod of x_i, i in S: ``(m, n)`` signs to ``(m,)`` signs."""
    return np.asarray(np.prod(X[:, list(support)], axis=1, dtype=np.int8))
