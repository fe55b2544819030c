"""Exhaustive search: every k-subset against the sample."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from parity_compare.algorithms.acceptance import (
    acceptance_threshold,
    chance_of_agreement,
    sample_size,
)
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.task import Task
from parity_compare.problems.bits import pack, transpose
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access, OutOfSamples
from parity_compare.problems.samples import Samples

_CHUNK_WORDS = 1 << 24  # words compared between two polls: some tens of milliseconds


@dataclass(frozen=True)
class ExhaustiveSearch(Learner):
    """Return the k-subset whose parity agrees with most labels, if that cannot be luck.

    The sample is sized so that, by a union bound over the C(n, k) subsets, the wrong ones stay
    below the acceptance threshold and the right one reaches it, each but for a chance of
    ``failure`` (see :mod:`parity_compare.algorithms.acceptance`). Without k, sizes 1, 2, 3, ... are
    tried in turn, size s with its share failure / (s (s + 1)). A fixed list is used as far as it
    goes. If the best subset is not accepted, or ties with another, and more examples can be had,
    the sample is doubled.

    Complexity: C(n, k) subsets, m / 64 word operations each, m = O(k log n / (1 - 2 eta)^2).
    Access: a sample. Side information: k and the noise rate.
    Source: the n^k brute force that Barak et al. 2022 measure SGD against (section 1).

    Attributes:
        failure: bound on the chance that a wrong answer is accepted, in (0, 1).
        assumed_noise: the noise rate that the sample is sized for where none is told.
    """

    name: ClassVar[str] = "exhaustive"
    access: ClassVar[Access] = Access.SAMPLE
    uses: ClassVar[tuple[str, ...]] = ("k", "noise")
    complexity: ClassVar[str] = (
        "C(n,k) subsets x m/64 word operations, m = O(k log n / (1-2 eta)^2)"
    )
    source: ClassVar[str] = "brute force; Barak et al. 2022, section 1"
    operations_unit: ClassVar[str] = "word operation"

    failure: float = 1e-6
    assumed_noise: float = 0.25

    def __post_init__(self) -> None:
        if not 0 < self.failure < 1:
            raise InvalidInput(f"failure must lie in (0, 1), got {self.failure}")
        if not 0 <= self.assumed_noise < 0.5:
            raise InvalidInput(f"assumed_noise must lie in [0, 0.5), got {self.assumed_noise}")

    def prepare(self, n: int) -> None:
        """Compile the kernel and import what sizes the sample."""
        from parity_compare.algorithms.kernels.subsets import score_subsets

        word, index = np.zeros((1, 1), np.uint64), np.zeros(1, np.int64)
        score_subsets(word, word[0], index[:0], index, np.ones(2, np.int64), 0, 1)
        sample_size(1, 0.0, 0.5)

    def search(self, task: Task) -> Finding:
        """Try the sizes in turn; on each, enlarge the sample until the answer is sure."""
        sample = _Sample(task)
        for size in [task.k] if task.k is not None else range(1, task.n + 1):
            task.progress = f"The search had come to subsets of size {size}."
            failure = self.failure if task.k is not None else self.failure / (size * (size + 1))
            for m in self._sample_sizes(task, size, failure):
                samples = sample.grow_to(m)
                found = self._search_size(task, samples, size, failure)
                if found.status is Status.FOUND:
                    return found
        if task.k is None:
            detail = f"No size from 1 to {task.n} was accepted; last: {found.detail}"
            return Finding(Status.GAVE_UP, detail=detail)
        return found

    def _sample_sizes(self, task: Task, size: int, failure: float) -> Iterator[int]:
        """Sizes of the sample to try: what the noise rate asks for, then twice as much, ...

        If k is not told, the next size of the subset comes instead of a larger sample. If no noise
        rate is told, a fixed list is used whole at once.
        """
        noise = self.assumed_noise if task.noise is None else task.noise
        m = sample_size(math.comb(task.n, size), noise, failure)
        left = task.remaining
        available = math.inf if left is None else task.drawn + left
        if available == 0:
            raise OutOfSamples("Not one example was left.")
        if task.noise is None and left is not None:
            m = int(available)
        while m < available:
            yield m
            if task.k is None:
                return
            m *= 2
        yield int(available)

    def _search_size(self, task: Task, samples: Samples, size: int, failure: float) -> Finding:
        """Score all subsets of one size."""
        from parity_compare.algorithms.kernels.subsets import score_subsets

        m, candidates = samples.m, math.comb(task.n, size)
        columns, labels = transpose(samples.rows, task.n), pack(samples.labels)
        task.peak_memory = max(task.peak_memory, 2 * columns.nbytes + samples.rows.nbytes)
        threshold = acceptance_threshold(m, candidates, failure)
        # Without noise the first subset that fits every label ends the search.
        enough = 0 if task.noise == 0 and threshold <= m else -1
        prefix, best = np.arange(size - 1), np.zeros(size, dtype=np.int64)
        misses = np.full(2, m + 1, dtype=np.int64)
        over = False
        while not over:
            task.poll()
            at_most = max(1, _CHUNK_WORDS // columns.shape[1])
            visited, over = score_subsets(columns, labels, prefix, best, misses, enough, at_most)
            task.steps += visited
            task.operations += visited * columns.shape[1]
        agreements, runner_up = m - int(misses[0]), m - int(misses[1])
        chance = chance_of_agreement(agreements, m, candidates)
        score = f"{agreements} of {m} labels agree"
        if agreements < threshold:
            detail = (
                f"At best {score}, {threshold} are needed; chance alone does so with {chance:.2g}."
            )
            powerful = sample_size(candidates, self.assumed_noise, failure) <= m
            return Finding(Status.GAVE_UP if powerful else Status.OUT_OF_SAMPLES, detail=detail)
        support = tuple(int(i) for i in best)
        if agreements == runner_up:
            detail = f"{score} for at least two subsets of size {size}, {support} among them."
            return Finding(Status.UNDERDETERMINED, detail=detail)
        detail = f"{score}; by chance with probability at most {chance:.2g}."
        return Finding(Status.FOUND, support, detail)


class _Sample:
    """The examples drawn so far, as one growing list."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._samples = task.draw(0)

    def grow_to(self, m: int) -> Samples:
        more = self._task.draw(max(0, m - self._samples.m))
        if more.m:
            rows = np.concatenate([self._samples.rows, more.rows])
            labels = np.concatenate([self._samples.labels, more.labels])
            self._samples = Samples(self._task.n, rows, labels)
        return self._samples
