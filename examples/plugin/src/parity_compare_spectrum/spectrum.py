"""The whole spectrum of a sample by one transform: the maximum-likelihood parity, whatever k is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

import parity_compare as pc
from parity_compare.algorithms import Forecast, Task
from parity_compare.problems import Access, InvalidInput, OutOfSamples, walsh_hadamard

MOST_BITS = 24
"""Tables of 2^24 counts take 64 MiB; more bits are refused."""

Counts = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Spectrum(pc.Learner):
    r"""Correlate the labels with all parities at once, and take the largest correlation.

    With labels in $\pm 1$ the sample is a function on the cube, $f(x) = \sum_{j : x_j = x} y_j$.
    Its Walsh-Hadamard transform holds, for each of the $2^n$ sets $T$, the correlation

    $$F(T) = \sum_{j=1}^{m} y_j\, \chi_T(x_j) = 2 \cdot \text{agreements of } T - m.$$

    The set of the largest correlation is the maximum-likelihood answer at every noise rate below
    1/2, so no other answer is right more often on the same sample. Among $N$ candidates a wrong one
    reaches $\sqrt{2 m \ln(N / \delta)}$ with probability at most $\delta$ (Hoeffding's inequality
    and a union bound); an answer below that is not believed, and the sample is doubled. Round $r$
    has the share $\delta / (r (r + 1))$ of $\delta$ = ``failure``. $N$ is $\binom{n}{k}$ if $k$ is
    known, else $2^n - 1$.

    Complexity: $n 2^n$ additions per round, $O(2^n)$ memory,
    $2 (\sqrt{\ln(N / \delta)} + \sqrt{\ln(1 / \delta)})^2 / (1 - 2 \eta)^2$ examples; $n \leq 24$.
    Access: a sample. Side information: the noise rate $\eta$, to size the sample; $k$.
    Source: decoding of first-order Reed-Muller codes (Green 1966); MacWilliams and Sloane 1977,
    chapter 14.

    Attributes:
        failure: bound $\delta$ on the chance that a wrong answer is accepted, in (0, 1).
        most_noise: where no noise rate is told, the search gives up at the sample that this one
            asks for, in [0, 0.5).
    """

    name: ClassVar[str] = "spectrum"
    access: ClassVar[Access] = Access.SAMPLE
    uses: ClassVar[tuple[str, ...]] = ("k", "noise")
    complexity: ClassVar[str] = "n 2^n additions, O(n / (1-2 eta)^2) examples; n <= 24"
    source: ClassVar[str] = "Green 1966; MacWilliams, Sloane 1977, chapter 14"
    operations_unit: ClassVar[str] = "addition"

    failure: float = 1e-6
    most_noise: float = 0.45

    def __post_init__(self) -> None:
        if not 0 < self.failure < 1:
            raise InvalidInput(f"failure must lie in (0, 1), got {self.failure}")
        if not 0 <= self.most_noise < 0.5:
            raise InvalidInput(f"most_noise must lie in [0, 0.5), got {self.most_noise}")

    def prepare(self, n: int) -> None:
        """Compile the transform, which then costs no trial anything."""
        walsh_hadamard(np.zeros(1 << min(n, MOST_BITS), dtype=np.int32))

    def forecast(self, n: int, *, k: int | None, noise: float, samples: int | None) -> Forecast:
        """One transform of n 2^n additions, on the sample that the noise rate asks for."""
        needed = sample_size(_candidates(n, k), noise, self.failure / 2)
        enough = samples is None or samples >= needed
        return Forecast(
            operations=float(n) * 2.0**n,
            memory=_bytes(n) if n <= MOST_BITS else 0,
            begins=n <= MOST_BITS,
            samples=needed if samples is None else min(needed, samples),
            chance=1.0 if enough and n <= MOST_BITS else 0.0,
            obstacle=_obstacle(n) or ("" if enough else f"It asks for {needed} examples."),
        )

    def search(self, task: Task) -> pc.Finding:
        """Transform ever larger samples until a correlation cannot be luck."""
        if task.n > MOST_BITS:
            return pc.Finding(pc.Status.GAVE_UP, detail=_obstacle(task.n))
        candidates = _candidates(task.n, task.k)
        task.peak_memory = _bytes(task.n)
        table: Counts = np.zeros(1 << task.n, dtype=np.int32)
        drawn = 0
        for round_, m in enumerate(self._sizes(task, candidates), start=1):
            task.poll()
            _add(table, task.draw(m - drawn))
            drawn = m
            spectrum = table.copy()
            walsh_hadamard(spectrum, task.poll)
            task.steps += 1
            task.operations += task.n << task.n
            best, correlation, ties = _largest(spectrum, task.k)
            share = self.failure / (round_ * (round_ + 1))
            agreements = (m + correlation) // 2
            task.progress = f"The best of {candidates} parities agrees with {agreements} of {m}."
            if correlation >= math.sqrt(2 * m * math.log(candidates / share)):
                if ties > 1:
                    detail = f"{ties} parities agree with {agreements} of {m} labels."
                    return pc.Finding(pc.Status.UNDERDETERMINED, detail=detail)
                support = tuple(i for i in range(task.n) if best >> i & 1)
                chance = min(1.0, candidates * math.exp(-(correlation**2) / (2 * m)))
                detail = (
                    f"{agreements} of {m} labels agree; "
                    f"by chance with probability at most {chance:.2g}."
                )
                return pc.Finding(pc.Status.FOUND, support, detail)
        status = pc.Status.OUT_OF_SAMPLES if task.fixed else pc.Status.GAVE_UP
        return pc.Finding(status, detail=task.progress)

    def _sizes(self, task: Task, candidates: int) -> Iterator[int]:
        """The numbers of examples to look at, each at least twice the last.

        A list without a noise rate is looked at whole, once.
        """
        left = task.remaining
        if left == 0:
            raise OutOfSamples("Not one example was left.")
        known = task.noise is not None
        first = sample_size(candidates, task.noise or 0.0, self.failure / 2)
        most = 8 * first if known else sample_size(candidates, self.most_noise, self.failure / 2)
        if left is not None:
            most = left
            first = left if not known and task.fixed else min(first, left)
        m = first
        while m < most:
            yield m
            m = 2 * m if 4 * m <= most else most
        yield most


def sample_size(candidates: int, noise: float, failure: float) -> int:
    r"""Examples after which the right parity is accepted, but for a chance of ``failure``.

    $2 (\sqrt{\ln(N / \delta)} + \sqrt{\ln(1 / \delta)})^2 / (1 - 2 \eta)^2$, by Hoeffding's
    inequality for the wrong parities and for the right one.

    Args:
        candidates: the number $N$ of parities that are compared.
        noise: noise rate $\eta$ in [0, 0.5).
        failure: each of the two error probabilities $\delta$, in (0, 1).
    """
    spread = math.sqrt(math.log(candidates / failure)) + math.sqrt(math.log(1 / failure))
    return math.ceil(2 * (spread / (1 - 2 * noise)) ** 2)


def _candidates(n: int, k: int | None) -> int:
    return 2**n - 1 if k is None else math.comb(n, k)


def _bytes(n: int) -> int:
    """The table, its transform, and the sizes of all sets."""
    return (4 + 4 + 1) << n


def _obstacle(n: int) -> str:
    """Why n bits are refused; empty if they are not."""
    if n <= MOST_BITS:
        return ""
    return f"A table of 2^{n} correlations is too large; {MOST_BITS} bits are the most."


def _add(table: Counts, samples: pc.Samples) -> None:
    """Count examples by their bits, +1 for the label +1 and -1 for -1.

    Bit i of an example's packed row is its coordinate i, so the row is the index.
    """
    np.add.at(table, samples.rows[:, 0].astype(np.int64), samples.y.astype(np.int32))


def _largest(spectrum: Counts, k: int | None) -> tuple[int, int, int]:
    """The set of the largest correlation, that correlation, and how many sets have it."""
    if k is None:
        spectrum[0] = np.iinfo(np.int32).min  # the empty set is no parity
    else:
        sizes = np.bitwise_count(np.arange(len(spectrum), dtype=np.uint32))
        spectrum[sizes != k] = np.iinfo(np.int32).min
    best = int(np.argmax(spectrum))
    largest = int(spectrum[best])
    return best, largest, int(np.count_nonzero(spectrum == largest))
