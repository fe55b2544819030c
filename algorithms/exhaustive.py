"""Exhaustive search: every k-subset against the sample."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.acceptance import (
    acceptance_threshold,
    chance_of_agreement,
    mismatch_bounds,
    sample_size,
)
from parity_compare.algorithms.agreement_course import AgreementCourse, Counts, Replay
from parity_compare.algorithms.budget import OutOfTime
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
from parity_compare.algorithms.sampling import GrowingSample
from parity_compare.algorithms.task import Task
from parity_compare.algorithms.wording import duration, number
from parity_compare.problems.bits import Words, pack, transpose, words_for
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access, OutOfSamples
from parity_compare.problems.samples import Samples

if TYPE_CHECKING:  # loads numba, which only a search needs
    from parity_compare.algorithms.split_search import SplitSearch
    from parity_compare.algorithms.subset_products import SubsetProducts
    from parity_compare.algorithms.subset_search import Ranking, SubsetSearch

_GPU_BLOCKS = 3 << 28  # bytes of the products' blocks, see subset_products
_TABLE = 1 << 22  # and of the table of suffixes in words that are looked at first
_MEASURED = 0.05  # seconds after which the rate of a search is known well enough


@dataclass(frozen=True)
class ExhaustiveSearch(Learner):
    r"""Return the k-subset whose parity agrees with most labels, if that cannot be luck.

    The sample is sized so that, by a union bound over the $\binom{n}{k}$ subsets, the wrong ones
    stay below the acceptance threshold and the right one reaches it, each but for a chance of
    $\delta$ = ``failure`` (see :mod:`parity_compare.algorithms.acceptance`). Without $k$, sizes
    1, 2, 3, ... are tried in turn, size $s$ with its share $\delta / (s (s + 1))$. A fixed list is
    used as far as it
    goes. If a noise rate is told, a subset that disagrees with the first words of the sample more
    than the noise allows is dropped there, which loses the right one with another chance of
    ``failure``. If the best subset is not accepted, or ties with another, and more examples can be
    had, the sample is doubled.

    Before a size is searched, its subsets are counted, and once some tens of milliseconds have told
    how many are visited a second, their time is known too. If a limit on time or steps does not
    allow them, half of them where the first perfect fit ends the search, it ends there and says so.
    The tables are small whatever $n$ and $k$: on the CPU they fit its caches, and on a GPU they are
    blocks of 256 MiB (see :mod:`parity_compare.algorithms.subset_products`).

    Complexity: $\binom{n}{k}$ subsets, $m / 64$ word operations each,
    $m = O(k \log n / (1 - 2 \eta)^2)$.
    Access: a sample. Side information: $k$ and the noise rate $\eta$.
    Source: the $n^k$ brute force that Barak et al. 2022 measure SGD against (section 1).

    Attributes:
        failure: bound $\delta$ on the chance that a wrong answer is accepted, in (0, 1).
        assumed_noise: the noise rate that the sample is sized for where none is told.
        device: ``cpu`` (packed words), ``cuda`` or ``cuda:<index>`` (matrix products with PyTorch,
            which count each subset on the whole sample).
        persist: whether to search until the limit even if the forecast goes past it.
    """

    name: ClassVar[str] = "exhaustive"
    access: ClassVar[Access] = Access.SAMPLE
    uses: ClassVar[tuple[str, ...]] = ("k", "noise")
    complexity: ClassVar[str] = (
        "C(n,k) subsets x m/64 word operations, m = O(k log n / (1-2 eta)^2)"
    )
    source: ClassVar[str] = "brute force; Barak et al. 2022, section 1"
    operations_unit: ClassVar[str] = "word operation"
    speed: ClassVar[float | None] = 1e9

    failure: float = 1e-6
    assumed_noise: float = 0.25
    device: str = "cpu"
    persist: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.failure < 1:
            raise InvalidInput(f"failure must lie in (0, 1), got {self.failure}")
        if not 0 <= self.assumed_noise < 0.5:
            raise InvalidInput(f"assumed_noise must lie in [0, 0.5), got {self.assumed_noise}")
        if not re.fullmatch(r"cpu|cuda(:\d+)?", self.device):
            raise InvalidInput(f"device must be cpu, cuda or cuda:<index>, got {self.device!r}")

    def prepare(self, n: int) -> None:
        """Compile the kernels, import what sizes the sample and wake the device.

        Raises:
            InvalidInput: the device is a GPU that PyTorch does not see.
        """
        self._require_device()
        _compile(self.device)

    def plan(self, n: int, *, k: int | None, noise: float | None, samples: int | None) -> None:
        """Size the sample."""
        if k is not None:
            known = self.assumed_noise if noise is None else noise
            sample_size(math.comb(n, k), known, self.failure)

    def forecast(self, n: int, *, k: int | None, noise: float, samples: int | None) -> Forecast:
        """C(n, k) subsets on m / 64 words; half of them on one word each without noise."""
        visited = subset_count(n, k)
        needed = m = examples_needed(n, k, noise, self.failure)
        chance = 1.0
        if samples is not None:
            m = min(needed, samples)
            chance = chance_of_acceptance(samples, visited, noise, self.failure)
        words = words_for(m)
        if noise == 0 and self.device == "cpu":
            # The first perfect fit ends the search, and all is counted on the first word only.
            words, visited = 1, (visited / 2 if samples is None and k is not None else visited)
        tables = _TABLE if self.device == "cpu" else _GPU_BLOCKS
        memory = tables + list_bytes(n, m) + 2 * 8 * n * words_for(m)
        return Forecast(
            visited * words,
            memory,
            steps=visited,
            samples=m,
            chance=chance,
            obstacle=too_few(chance, m, needed),
        )

    @property
    def can_split(self) -> bool:
        """On the CPU; a GPU searches faster than many cores."""
        return self.device == "cpu"

    def _require_device(self) -> None:
        if self.device != "cpu":
            from parity_compare.algorithms.devices import require_device

            require_device(self.device)

    def search(self, task: Task) -> Finding:
        """Try the sizes in turn; on each, enlarge the sample until the answer is sure."""
        self._require_device()
        sample, course = GrowingSample(task), AgreementCourse(task)
        for size in [task.k] if task.k is not None else range(1, task.n + 1):
            task.progress = f"The search had come to subsets of size {size}."
            failure = self.failure if task.k is not None else self.failure / (size * (size + 1))
            for m in self._sample_sizes(task, sample, size, failure):
                found = self._search_size(task, sample.grow_to(m), size, failure, course)
                if found.status is Status.FOUND:
                    return found
                # Without k the next size comes instead of a larger sample, unless it is this one.
                if task.k is None and found.status is not Status.UNDERDETERMINED:
                    break
            if task.k is not None or found.status is Status.UNDERDETERMINED:
                return found
        detail = f"No size from 1 to {task.n} was accepted; last: {found.detail}"
        # No step at all means that the sample was too short for every size.
        return Finding(Status.GAVE_UP if task.steps else Status.OUT_OF_SAMPLES, detail=detail)

    def _sample_sizes(
        self, task: Task, sample: GrowingSample, size: int, failure: float
    ) -> Iterator[int]:
        """Sizes of the sample to try: what the noise rate asks for, then twice as much, ...

        If no noise rate is told, a fixed list is used whole at once.
        """
        noise = self.assumed_noise if task.noise is None else task.noise
        m = sample_size(math.comb(task.n, size), noise, failure)
        left = task.remaining
        available = math.inf if left is None else sample.m + left
        if available == 0:
            raise OutOfSamples("Not one example was left.")
        if task.noise is None and task.fixed:
            m = int(available)
        while m < available:
            yield m
            m *= 2
        yield int(available)

    def _search_size(
        self, task: Task, samples: Samples, size: int, failure: float, course: AgreementCourse
    ) -> Finding:
        """Score all subsets of one size."""
        m, candidates = samples.m, math.comb(task.n, size)
        threshold = acceptance_threshold(m, candidates, failure)
        if threshold > m:
            detail = (
                f"Among {number(candidates)} subsets, one may well fit all {m} labels by chance."
            )
            return Finding(Status.OUT_OF_SAMPLES, detail=detail)
        # Without noise the first subset that fits every label ends the search. In a user's list
        # columns may depend on each other, so there the second does.
        enough, wanted = (0 if task.noise == 0 else -1), (2 if task.fixed else 1)
        halved = (enough, wanted) == (0, 1)  # the right subset stands anywhere
        forecast = _Forecast(task, size, candidates, halved, self.persist)
        forecast.check_steps()
        columns, labels = transpose(samples.rows, task.n), pack(samples.labels)
        words = columns.shape[1]
        bounds = _bounds(task.noise, m, words, failure)
        search: SubsetSearch | SubsetProducts | SplitSearch
        if task.scatter is not None and self.can_split:
            from parity_compare.algorithms.split_search import SplitSearch

            search = SplitSearch(
                *(columns, labels, m, size, bounds),
                scatter=task.scatter,
                left=lambda: task.budget.seconds - task.clock.seconds,
            )
        else:
            search = _lay_out(columns, labels, m, size, bounds, self.device)
        task.peak_memory = max(
            task.peak_memory, search.nbytes + 2 * columns.nbytes + samples.rows.nbytes
        )
        steps, operations = task.steps, task.operations

        def account(ranking: Ranking) -> None:
            task.steps = steps + ranking.visited
            task.operations = operations + ranking.visited * (1 if search.perfect_only else words)
            course.reach(ranking.visited, m - ranking.misses)

        def poll(ranking: Ranking) -> None:
            account(ranking)
            forecast.update(ranking.visited)
            task.poll()

        forecast.start()
        course.begin(m, _replay(columns, labels, size) if self.device == "cpu" else None)
        try:
            ranking = search.run(poll, enough=enough, wanted=wanted, threads=task.budget.threads)
            account(ranking)
        finally:
            course.end()
        return self._conclude(ranking, m, candidates, threshold, failure)

    def _conclude(
        self, ranking: Ranking, m: int, candidates: int, threshold: int, failure: float
    ) -> Finding:
        if ranking.best is None:
            detail = (
                f"None of {number(candidates)} subsets agrees with {m} labels as the noise allows."
            )
            return Finding(self._failed(m, candidates, failure), detail=detail)
        agreements, runner_up = m - ranking.misses, m - ranking.runner_up
        chance = chance_of_agreement(agreements, m, candidates)
        score = f"{agreements} of {m} labels agree"
        if agreements < threshold:
            detail = f"At best {score}, {threshold} are needed; luck does so with {chance:.2g}."
            return Finding(self._failed(m, candidates, failure), detail=detail)
        if agreements == runner_up:
            detail = f"{score} for at least two subsets, {ranking.best} among them."
            return Finding(Status.UNDERDETERMINED, detail=detail)
        margin = f"; the runner-up has {runner_up}" if runner_up >= 0 else ""
        detail = f"{score}{margin}; by chance with probability at most {chance:.2g}."
        return Finding(Status.FOUND, ranking.best, detail)

    def _failed(self, m: int, candidates: int, failure: float) -> Status:
        """Whether so many examples would have shown a parity, or more are needed to tell."""
        powerful = sample_size(candidates, self.assumed_noise, failure) <= m
        return Status.GAVE_UP if powerful else Status.OUT_OF_SAMPLES


class _Forecast:
    """What the search of one size will take, measured on its first subsets.

    Args:
        task: the trial, whose progress is told and whose limits are looked at.
        size, candidates: the size and number of the subsets.
        halved: whether the search is expected to end half way.
        persist: whether to go on although a limit comes first.
    """

    def __init__(self, task: Task, size: int, candidates: int, halved: bool, persist: bool) -> None:
        self._task, self._size, self._candidates = task, size, candidates
        self._expected = (candidates + 1) // 2 if halved else candidates
        self._share = " (half of all)" if halved else ""
        self._decided = persist
        self._since = 0.0

    def check_steps(self) -> None:
        """Compare the number of subsets with the limit on steps.

        Raises:
            OutOfTime: they are too many.
        """
        allowed = self._task.budget.steps
        if not self._decided and self._expected > allowed - self._task.steps:
            self._refuse("", f"{allowed:g} steps")

    def start(self) -> None:
        """The search begins now."""
        self._since = self._task.clock.seconds

    def update(self, visited: int) -> None:
        """Tell how far the search is; once its rate is known, compare it with the time left.

        Raises:
            OutOfTime: it needs more.
        """
        now, limit = self._task.clock.seconds, self._task.budget.seconds
        spent = now - self._since
        rest = _times(spent, Fraction(self._candidates, visited) - 1)
        self._task.progress = (
            f"The search had visited {number(visited)} of {number(self._candidates)} subsets of "
            f"size {self._size}; the rest would take about {rest} more."
        )
        if self._decided or spent < min(_MEASURED, limit / 10):
            return
        self._decided = True
        work = Fraction(self._expected, visited)
        if (work - 1) * Fraction(spent) > limit - now:
            rate = f" at {visited / spent:.2g} a second, {_times(spent, work)}"
            self._refuse(rate, f"{limit:g} s")

    def _refuse(self, rate: str, limit: str) -> None:
        self._task.progress = (
            f"Predicted {number(self._expected)} subsets of size {self._size}{self._share}{rate}, "
            f"which the limit of {limit} does not allow; persist=true searches until the limit."
        )
        raise OutOfTime


def _times(seconds: float, ratio: Fraction) -> str:
    """A multiple of a time in words; the ratio may be too large for a double."""
    if ratio < 10**290:
        return duration(seconds * float(ratio))
    return f"{number(int(Fraction(seconds) * ratio / 31557600))} years"


def _lay_out(
    columns: Words,
    labels: Words,
    m: int,
    size: int,
    bounds: npt.NDArray[np.int64] | None,
    device: str,
) -> SubsetSearch | SubsetProducts:
    """The search on its device; both are run alike."""
    if device == "cpu":
        from parity_compare.algorithms.subset_search import SubsetSearch

        return SubsetSearch(columns, labels, m, size, bounds)
    from parity_compare.algorithms.subset_products import SubsetProducts  # loads PyTorch

    return SubsetProducts(columns, labels, m, size, bounds, device=device)


def _replay(columns: Words, labels: Words, size: int) -> Replay:
    """Goes through the subsets again as the search on one CPU thread does: in lexicographic order.

    A GPU looks at blocks of subsets at once, in which there is no order.
    """

    def replay(visits: int, first: Counts) -> None:
        from parity_compare.algorithms.kernels.agreements import agree_in_order

        agree_in_order(columns, labels, size, visits, first)

    return replay


@cache
def _compile(device: str) -> None:
    words, bounds = np.zeros((2, 1), np.uint64), np.zeros(1, np.int64)
    _replay(words, words[0], 2)(1, np.zeros(2, np.int64))
    for allowed in (None, bounds):
        _lay_out(words, words[0], 1, 2, allowed, device).run(lambda ranking: None)
    if device != "cpu":  # so many examples are multiplied in single precision
        words = np.zeros((2, 64), np.uint64)
        _lay_out(words, words[0], 4096, 2, None, device).run(lambda ranking: None)


def _bounds(
    noise: float | None, m: int, words: int, failure: float
) -> npt.NDArray[np.int64] | None:
    """Most mismatches in the first 64, 128, ... examples that the noise rate lets pass.

    The right subset exceeds any of them with probability at most ``failure`` in all.
    """
    if noise is None:
        return None
    examples = np.minimum(64 * np.arange(1, words + 1), m)
    return mismatch_bounds(examples, noise, failure / words)
