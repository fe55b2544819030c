"""Nearest neighbours: the label of the example that differs in the fewest bits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from parity_compare.algorithms.forecast import exponential
from parity_compare.algorithms.outcome import Predictor
from parity_compare.algorithms.supervised import SupervisedLearner
from parity_compare.algorithms.task import Task
from parity_compare.problems.bits import Bits
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.samples import Samples


@dataclass(frozen=True)
class NearestNeighbours(SupervisedLearner):
    r"""Label an input as the nearest examples are labelled, by Hamming distance.

    It learns a parity by heart only. If the nearest of $m$ examples differs from $x$ in a set $D$
    of $d$ out of $n$ coordinates, uniformly placed, its label is right if an even number of these
    lies in $S$, and

    $$\mathrm{E}\left[(-1)^{|S \cap D|}\right] = K_k(d) / \binom{n}{k}
      \approx (1 - 2 d / n)^k$$

    with the Krawtchouk polynomial $K_k$. The distance falls below $n / 2$ only as the ball of that
    radius fills to one in $m$: $\sum_{i \leq d} \binom{n}{i} = 2^n / m$. So accuracy leaves 1/2 for
    $m$ near $2^{n (1 - H(d / n))}$, and is full when every input of the cube has been met, after
    about $n 2^n \ln 2$ examples.

    Every distance is computed; squared Euclidean distance between 0/1 vectors is Hamming distance.
    Ties go to the one that scikit-learn meets first.

    Complexity: $q m$ distances of $n$ bits for $q$ predictions; $n 2^n \ln 2$ examples.
    Access: a sample. Side information: none.
    Source: Cover and Hart 1967; scikit-learn's KNeighborsClassifier.

    Attributes:
        neighbours: how many examples vote.
        most_examples: the largest training set.
    """

    name: ClassVar[str] = "nearest"
    complexity: ClassVar[str] = "n 2^n ln 2 examples, a distance to each per prediction"
    source: ClassVar[str] = "Cover and Hart 1967; scikit-learn's KNeighborsClassifier"
    operations_unit: ClassVar[str] = "distance"
    speed: ClassVar[float | None] = 5e7

    most_examples: int = 1 << 17
    neighbours: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.neighbours <= self.examples:
            raise InvalidInput(
                f"neighbours must lie in 1..examples = 1..{self.examples}, got {self.neighbours}"
            )

    def fit(self, task: Task, samples: Samples) -> Predictor:
        """Keep the examples."""
        from sklearn.neighbors import KNeighborsClassifier

        model = KNeighborsClassifier(
            min(self.neighbours, samples.m), algorithm="brute", metric="euclidean"
        )
        model.fit(samples.bits.astype(np.float32), samples.labels)

        def predict(bits: Bits) -> Bits:
            return np.asarray(model.predict(bits.astype(np.float32)), dtype=np.uint8)

        return predict

    def training_operations(self, n: int, m: int) -> float:
        """The distances of the held-out examples."""
        return float(self.held_out * m)

    def training_memory(self, n: int, m: int) -> int:
        """The examples in single precision, bits beside them, and blocks of distances."""
        return 5 * m * n + (1 << 22)

    def examples_for(self, n: int, k: int | None, noise: float) -> float:
        """Until every input has been met; with noise never, where one neighbour decides."""
        if noise and self.neighbours == 1:
            return math.inf
        return exponential(n * math.log(2) + math.log(n * math.log(2)))
