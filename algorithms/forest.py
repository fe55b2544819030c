"""Forests of decision trees, which split where a single feature tells the labels apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np

from parity_compare.algorithms.forecast import subset_count
from parity_compare.algorithms.outcome import Predictor
from parity_compare.algorithms.supervised import SupervisedLearner
from parity_compare.algorithms.task import Task
from parity_compare.problems.bits import Bits
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.samples import Samples

_PORTION = 10  # trees grown between two polls
_PER_MONOMIAL = 32  # examples for each of the C(n, k) monomials, for n <= 20 and k = 2, 3
_NODE = 80  # bytes of a node, its counts included
_NODES = 1.3  # per example: as many leaves as distinct examples that a tree was given, twice


@dataclass(frozen=True)
class Forest(SupervisedLearner):
    r"""A vote of fully grown decision trees on random features and random examples.

    A tree splits greedily: by the feature that tells the labels apart best, alone. Of a parity no
    feature does, nor any set of fewer than $k$: $\mathrm{E}[y \mid x_T] = 0$ unless $T$ contains
    $S$. So the first splits follow the noise of the sample, and only a node that happens to have
    split by $k - 1$ coordinates of $S$ sees the last one.

    Complexity: $\sqrt{n}\, m \log_2 m$ values scanned for each of the ``trees``.
    Access: a sample. Side information: none.
    Source: Breiman 2001; Geurts, Ernst and Wehenkel 2006 (``extra``); scikit-learn.

    Attributes:
        kind: ``random`` (the best of all thresholds, a bootstrap sample for each tree) or ``extra``
            (extremely randomised trees: random thresholds, all examples for each).
        trees: number of trees.
        most_examples: the largest training set.
    """

    name: ClassVar[str] = "forest"
    complexity: ClassVar[str] = "trees x sqrt(n) m log m values scanned"
    source: ClassVar[str] = "Breiman 2001; scikit-learn's RandomForestClassifier"
    operations_unit: ClassVar[str] = "scanned value"
    speed: ClassVar[float | None] = 1e6

    most_examples: int = 1 << 15
    kind: Literal["random", "extra"] = "random"
    trees: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind not in get_args(Literal["random", "extra"]):
            raise InvalidInput(f"kind must be random or extra, got {self.kind!r}")
        if self.trees < 1:
            raise InvalidInput(f"trees must be at least 1, got {self.trees}")

    def fit(self, task: Task, samples: Samples) -> Predictor:
        """Grow the trees in portions, which are those that one call would grow."""
        from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

        made = RandomForestClassifier if self.kind == "random" else ExtraTreesClassifier
        forest = made(
            warm_start=True,
            n_jobs=task.budget.threads,
            random_state=int(task.rng.integers(2**31)),
        )
        bits = samples.bits.astype(np.float32)
        for last in (*range(_PORTION, self.trees, _PORTION), self.trees):
            task.poll()
            forest.set_params(n_estimators=last).fit(bits, samples.labels)
        # Threads would add the trees' votes in the order in which they finish.
        forest.set_params(n_jobs=1)

        def predict(bits: Bits) -> Bits:
            return np.asarray(forest.predict(bits.astype(np.float32)), dtype=np.uint8)

        return predict

    def training_operations(self, n: int, m: int) -> float:
        """About log2 m levels, on each of which sqrt(n) features of all examples are scanned."""
        return self.trees * max(1, math.isqrt(n)) * m * math.log2(m + 1)

    def training_memory(self, n: int, m: int) -> int:
        """The trees, and the examples in single precision."""
        return int(self.trees * _NODES * m * _NODE) + 5 * m * n

    def examples_for(self, n: int, k: int | None, noise: float) -> float:
        """What was measured, within a factor of a few (docs/benchmarks/baselines.md); with noise,
        trees that are fully grown are not known to be right everywhere."""
        return math.inf if noise else _PER_MONOMIAL * subset_count(n, k)
