"""The hidden sparse parity: the instance that every learner is measured on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import Bits, Words, mask, parity, random_words
from parity_compare.problems.errors import InvalidInput, TooFewSamples
from parity_compare.problems.numbers import integer
from parity_compare.problems.oracles import (
    Answers,
    ExampleOracle,
    QueryOracle,
    hoeffding_examples,
    hoeffding_tolerance,
    query_parity,
    query_samples,
)
from parity_compare.problems.samples import Samples
from parity_compare.problems.seeding import generator
from parity_compare.problems.streams import Stream


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
        blocks: whether S has one coordinate in each of the k blocks of n / k successive ones, as
            the theory of disjoint PolyNets assumes.

    Raises:
        InvalidInput: an argument breaks its rule.
    """

    n: int
    k: int | None
    noise: float = 0.0
    seed: int = 0
    blocks: bool = False

    def __post_init__(self) -> None:
        for name in ("n", "k", "seed"):
            value = getattr(self, name)
            if not (name == "k" and value is None):
                object.__setattr__(self, name, integer(name, value))
        if self.n < 1:
            raise InvalidInput(f"n must be at least 1, got {self.n}")
        if self.k is not None and not 1 <= self.k <= self.n:
            raise InvalidInput(f"k must lie in 1..n = 1..{self.n}, got {self.k}")
        if not 0 <= self.noise < 0.5:
            raise InvalidInput(f"noise must lie in [0, 0.5), got {self.noise}")
        if self.blocks and (self.k is None or self.n % self.k):
            raise InvalidInput(f"n must be a multiple of k for blocks, got n={self.n}, k={self.k}")

    @cached_property
    def support(self) -> tuple[int, ...]:
        """The hidden S, sorted."""
        rng = generator("support", self.n, self.k, self.seed)
        if self.blocks and self.k is not None:
            size = self.n // self.k
            chosen = size * np.arange(self.k) + rng.integers(0, size, self.k)
        elif self.k is not None:
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

    def examples(self, *, seed: int = 0, random_labels: bool = False) -> ExampleOracle:
        """Fresh independent examples without end; ``seed`` names the stream.

        The stream does not depend on how it is cut into draws. With ``random_labels`` every label
        is a coin toss, a noise rate of 1/2: the control run, in which there is nothing to learn.
        """
        stream = Stream(
            self.n,
            generator("inputs", self.n, self.k, self.seed, seed),
            generator("flips", self.n, self.k, self.seed, seed),
            self._mask,
            0.5 if random_labels else self.noise,
        )
        return ExampleOracle(self.n, lambda m: Samples(self.n, *stream.draw(m)), stream=stream)

    def sample(self, m: int, *, seed: int = 0, random_labels: bool = False) -> Samples:
        """The first ``m`` examples of the stream ``seed``, as a fixed list."""
        return self.examples(seed=seed, random_labels=random_labels).draw(m)

    def clean_sample(self, m: int, *, seed: int = 0) -> Samples:
        """``m`` fresh examples with noiseless labels: what a judge measures accuracy on."""
        rows = random_words(generator("clean", self.n, self.k, self.seed, seed), m, self.n)
        return Samples(self.n, rows, self.label(rows))

    def queries(
        self,
        *,
        tolerance: float,
        answers: Answers = "adversarial",
        samples: int | None = None,
        seed: int = 0,
        device: str = "cpu",
        random_labels: bool = False,
    ) -> QueryOracle:
        """Statistical correlation queries.

        Args:
            tolerance: how far answers may err, in (0, 1).
            answers: ``exact`` does not err; ``adversarial`` hides S as well as the tolerance
                allows; ``gaussian`` adds independent normal errors of standard deviation
                ``tolerance``; ``sample`` averages y chi_T(x) over the first examples of
                the stream ``seed``, so many that by Hoeffding's inequality all queries of sizes
                1..k (of every size, if k is None) are answered to within the tolerance but for a
                chance of 1e-6.
            samples: size of that list instead; the tolerance is then what Hoeffding grants it.
            seed: names the errors of gaussian answers and the examples of sample-backed ones.
            device: where sample-backed answers are computed.
            random_labels: as in :meth:`examples`; every expectation is then 0.

        Raises:
            InvalidInput: the tolerance is out of range.
            TooFewSamples: ``samples`` grant no tolerance below 1.
        """
        if answers != "sample":
            errors = generator("errors", self.n, self.k, self.seed, seed)
            bias = 0.0 if random_labels else 1 - 2 * self.noise
            return query_parity(self.n, self.support, bias, tolerance, answers, errors)
        if not 0 < tolerance < 1:
            raise InvalidInput(f"tolerance must lie in (0, 1), got {tolerance}")
        sizes = range(1, (self.n if self.k is None else self.k) + 1)
        queries = sum(math.comb(self.n, size) for size in sizes)
        m = hoeffding_examples(tolerance, queries) if samples is None else samples
        granted = hoeffding_tolerance(m, queries)
        if granted >= 1:
            raise TooFewSamples(
                f"samples must be more than {hoeffding_examples(1.0, queries)} to answer "
                f"{queries:.3g} queries to any tolerance below 1, got {m}"
            )
        samples_behind = self.sample(m, seed=seed, random_labels=random_labels)
        return query_samples(samples_behind, granted, device=device)


def chi(X: npt.NDArray[np.int8], support: tuple[int, ...]) -> npt.NDArray[np.int8]:
    """The parity chi_S(x) = prod of x_i, i in S: ``(m, n)`` signs to ``(m,)`` signs."""
    return np.asarray(np.prod(X[:, list(support)], axis=1, dtype=np.int8))
