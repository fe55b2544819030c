"""Random search: the null model that every other learner has to beat."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from parity_compare.algorithms.acceptance import (
    acceptance_threshold,
    chance_of_agreement,
    sample_size,
)
from parity_compare.algorithms.agreement_course import AgreementCourse, Counts, Replay
from parity_compare.algorithms.forecast import (
    Forecast,
    chance_of_acceptance,
    examples_needed,
    list_bytes,
    subset_count,
    too_few,
)
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.task import Task
from parity_compare.problems.bits import Words, words_for
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access, OutOfSamples

_CHUNK_WORDS = 1 << 20  # words compared between two polls: some tens of milliseconds


@dataclass(frozen=True)
class RandomSearch(Learner):
    r"""Guess k-subsets, uniformly and with replacement, until one is accepted.

    A subset is accepted if it agrees with so many labels that, by a union bound over all
    $\binom{n}{k}$ subsets, none of the wrong ones does so but for a chance of $\delta$ =
    ``failure``. The number of guesses $G$ is then geometric, whatever the examples,

    $$\Pr[G > g] = \left(1 - 1 / \binom{n}{k}\right)^{g}, \qquad \mathrm{E}[G] = \binom{n}{k}:$$

    the null model for learners that are said to stumble on $S$ by luck (Barak et al. 2022, section
    3.2).

    It has to be told $k$: over unknown sizes there is no one null model, only a choice of weights.
    If $\binom{n}{k} \ln(1/\delta)$ guesses have not met an acceptable subset, $S$ was among them
    but for a chance of $\delta$, and the search gives up.

    Complexity: $\binom{n}{k}$ guesses on average, $m / 64$ word operations each at most.
    Access: a sample. Side information: $k$ and the noise rate.
    Source: the null model of Barak et al. 2022, section 3.2.

    Attributes:
        failure: bound $\delta$ on the chance that a wrong answer is accepted, in (0, 1).
        assumed_noise: the noise rate that the sample is sized for where none is told.
    """

    name: ClassVar[str] = "random"
    access: ClassVar[Access] = Access.SAMPLE
    uses: ClassVar[tuple[str, ...]] = ("k", "noise")
    complexity: ClassVar[str] = "C(n,k) guesses on average, geometric"
    source: ClassVar[str] = "null model; Barak et al. 2022, section 3.2"
    operations_unit: ClassVar[str] = "word operation"
    speed: ClassVar[float | None] = 2e8

    failure: float = 1e-6
    assumed_noise: float = 0.25

    def __post_init__(self) -> None:
        if not 0 < self.failure < 1:
            raise InvalidInput(f"failure must lie in (0, 1), got {self.failure}")
        if not 0 <= self.assumed_noise < 0.5:
            raise InvalidInput(f"assumed_noise must lie in [0, 0.5), got {self.assumed_noise}")

    def prepare(self, n: int) -> None:
        """Compile the kernel and import what sizes the sample."""
        from parity_compare.algorithms.kernels.agreements import agree_by_guessing
        from parity_compare.algorithms.kernels.guesses import guess_subsets

        words, state = np.zeros((1, 1), np.uint64), np.zeros(1, np.uint64)
        words.flags.writeable = False  # as those of a sample are, which is another type to numba
        agree_by_guessing(words, words[0], state, 1, 1, np.zeros(2, np.int64))
        guess_subsets(words, words[0], 0, state, np.zeros(1, np.int64), 1)
        sample_size(1, 0.0, 0.5)

    def plan(self, n: int, *, k: int | None, noise: float | None, samples: int | None) -> None:
        """Size the sample."""
        if k is not None:
            known = self.assumed_noise if noise is None else noise
            sample_size(math.comb(n, k), known, self.failure)

    def forecast(self, n: int, *, k: int | None, noise: float, samples: int | None) -> Forecast:
        """C(n, k) guesses of k + 1 operations per word, until the mismatches are too many."""
        guesses = subset_count(n, k)
        needed = examples_needed(n, k, noise, self.failure)
        m = needed if samples is None else min(needed, samples)
        chance = 1.0 if m == needed else chance_of_acceptance(m, guesses, noise, self.failure)
        obstacle = too_few(chance, m, needed)
        if k is None:
            chance, obstacle = 0.0, "It has to be told k."
        words = words_for(m)
        candidates = max(1.0, min(1e300, guesses))
        allowed = m - acceptance_threshold(m, candidates, self.failure)
        # A wrong guess has 32 mismatches in a word of 64 examples.
        compared = max(1, min(words, allowed // 32 + 1))
        memory = list_bytes(n, m) + 8 * (n + 1) * words
        operations = guesses * compared * ((n // 2 if k is None else k) + 1)
        return Forecast(
            operations,
            memory,
            begins=k is not None,
            steps=guesses,
            samples=m,
            chance=chance,
            obstacle=obstacle,
        )

    def search(self, task: Task) -> Finding:
        """Guess until a subset is accepted."""
        from parity_compare.algorithms.kernels.guesses import guess_subsets

        if task.k is None:
            return Finding(Status.GAVE_UP, detail="Random search has to be told k.")
        candidates = math.comb(task.n, task.k)
        samples = task.draw(self._sample_size(task, candidates))
        m, columns, labels = samples.m, samples.columns, samples.label_words
        threshold = acceptance_threshold(m, candidates, self.failure)
        if threshold > m:
            detail = f"Even full agreement with {m} labels could be luck."
            return Finding(Status.OUT_OF_SAMPLES, detail=detail)
        task.peak_memory = samples.rows.nbytes + columns.nbytes + labels.nbytes
        enough = math.ceil(candidates * math.log(1 / self.failure))
        state = task.rng.integers(0, 2**64, size=1, dtype=np.uint64)
        subset = np.empty(task.k, dtype=np.int64)
        chunk = max(1, _CHUNK_WORDS // (task.k * columns.shape[1]))
        course = AgreementCourse(task, "guesses")
        # Every coordinate is drawn, which takes about as long as a word of its column.
        price = (task.k + 1) * (columns.shape[1] + 1)
        course.begin(m, _replay(columns, labels, state.copy(), task.k), price)
        accepted, agreements = False, -1
        try:
            while not accepted and task.steps < enough:
                task.progress = f"{task.steps} guesses were made, {candidates:.3g} are expected."
                task.poll()
                at_most = int(min(chunk, enough - task.steps, task.budget.steps - task.steps))
                tries, compared, accepted = guess_subsets(
                    columns, labels, m - threshold, state, subset, at_most
                )
                task.steps += tries
                task.operations += compared * (task.k + 1)
                if accepted:
                    agreements = samples.agreement(subset.tolist())
                course.reach(task.steps, agreements)
        finally:
            course.end()
        if not accepted:
            detail = (
                f"None of {task.steps} guesses agreed with {threshold} of {m} labels; S was among "
                f"them but for a chance of {self.failure:.2g}."
            )
            return Finding(Status.GAVE_UP, detail=detail)
        support = tuple(sorted(int(i) for i in subset))
        chance = chance_of_agreement(agreements, m, candidates)
        detail = (
            f"{agreements} of {m} labels agree; by chance with probability at most {chance:.2g}."
        )
        return Finding(Status.FOUND, support, detail)

    def _sample_size(self, task: Task, candidates: int) -> int:
        """What the noise rate asks for; without one, a fixed list is used whole."""
        left = task.remaining
        if left == 0:
            raise OutOfSamples("Not one example was left.")
        noise = self.assumed_noise if task.noise is None else task.noise
        m = sample_size(candidates, noise, self.failure)
        if left is None:
            return m
        return left if task.noise is None else min(m, left)


def _replay(columns: Words, labels: Words, state: Words, size: int) -> Replay:
    """Makes the guesses again that follow the generator's ``state``."""

    def replay(guesses: int, first: Counts) -> None:
        from parity_compare.algorithms.kernels.agreements import agree_by_guessing

        agree_by_guessing(columns, labels, state, size, guesses, first)

    return replay
