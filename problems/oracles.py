"""What a learner is handed instead of the instance.

An oracle answers what its access model allows, and counts what it gives out. The secret lives in
closures behind it; nothing public leads there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from parity_compare.problems.correlations import FloatArray as FloatArray
from parity_compare.problems.correlations import SubsetArray as SubsetArray
from parity_compare.problems.correlations import (
    packed_correlations,
    torch_correlations,
)
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.samples import Samples

Answers = Literal["exact", "adversarial", "gaussian", "sample"]
"""How an oracle answers queries; :meth:`SparseParity.queries` says what each means."""

Errors = Literal["bounded", "gaussian"]

QUERY_FAILURE = 1e-6
"""Bound on the chance that any sample-backed answer misses its tolerance."""


class Access(StrEnum):
    """What a learner may ask about the hidden parity."""

    EXAMPLES = "examples"
    """Fresh independent examples, as many as it likes ("online")."""
    SAMPLE = "sample"
    """A list of examples that is drawn once and then fixed."""
    QUERIES = "queries"
    """Expectations, each answered to within a tolerance (statistical queries)."""


class OutOfSamples(Exception):
    """More examples were asked for than the oracle, or the budget, has left."""


class SkippableStream(Protocol):
    """A stream of examples that can be passed over."""

    def skip(self, m: int) -> None:
        """Pass over the next ``m`` examples."""


class ExampleOracle:
    """Labelled examples: fresh ones without end, or a fixed list in its order.

    Args:
        n: number of bits.
        source: called with a count, returns that many examples; never called past ``limit``.
        limit: number of examples there are, None for no end.
        names: the columns' names.
        stream: what the examples come from, where they can also be drawn in compiled loops.
    """

    def __init__(
        self,
        n: int,
        source: Callable[[int], Samples],
        *,
        limit: int | None = None,
        names: tuple[str, ...] = (),
        stream: SkippableStream | None = None,
    ) -> None:
        self.n = n
        self._stream = stream
        self.names = names or tuple(f"x{i}" for i in range(n))
        self._drawn = 0
        self._source = source
        self._limit = limit

    @classmethod
    def over(cls, samples: Samples) -> ExampleOracle:
        """An oracle that hands out a fixed list, in order, once."""
        given = 0

        def source(m: int) -> Samples:
            nonlocal given
            given += m
            return samples[given - m : given]

        return cls(samples.n, source, limit=samples.m, names=samples.names)

    @property
    def drawn(self) -> int:
        """Examples given out so far."""
        return self._drawn

    @property
    def remaining(self) -> int | None:
        """Examples left, None for no end."""
        return None if self._limit is None else self._limit - self.drawn

    def draw(self, m: int) -> Samples:
        """The next ``m`` examples.

        Raises:
            InvalidInput: ``m`` is negative.
            OutOfSamples: fewer than ``m`` are left; none is given out then.
        """
        if m < 0:
            raise InvalidInput(f"m must be at least 0, got {m}")
        if self.remaining is not None and m > self.remaining:
            raise OutOfSamples(f"{m} examples were asked for, {self.remaining} are left")
        self._drawn += m
        return self._source(m)

    def settle(self, m: int) -> None:
        """Count ``m`` examples that were drawn from the stream behind this oracle elsewhere (see
        :class:`.streams.Streams`), and pass over them here."""
        if m < 0:
            raise InvalidInput(f"m must be at least 0, got {m}")
        if self._stream is None:
            raise InvalidInput("an oracle without a stream has nothing to settle")
        self._drawn += m
        self._stream.skip(m)


class QueryOracle:
    """Statistical correlation queries: E[y chi_T(x)], answered with an error.

    For a parity of noise rate eta the expectation is 1 - 2 eta at T = S and 0 elsewhere (Kearns
    1998; Blum et al. 1994). What ``tolerance`` says of an answer's error depends on ``errors``:

    - ``bounded``: no error exceeds the tolerance in absolute value. If the answers rest on
      examples, this holds but for a chance of ``QUERY_FAILURE`` over all queries together.
    - ``gaussian``: errors are independent and normal with mean 0 and standard deviation
      ``tolerance``. They are neither clipped nor repeated: a query that is asked again is answered
      anew.

    Args:
        n: number of bits.
        tolerance: in (0, 1).
        source: called with subsets ``(q, size)``, each sorted, returns ``(q,)`` answers.
        errors: ``bounded`` or ``gaussian``.
        drawn: number of examples behind the answers, 0 where there are none.
    """

    def __init__(
        self,
        n: int,
        tolerance: float,
        source: Callable[[SubsetArray], FloatArray],
        *,
        errors: Errors = "bounded",
        drawn: int = 0,
    ) -> None:
        if not 0 < tolerance < 1:
            raise InvalidInput(f"tolerance must lie in (0, 1), got {tolerance}")
        self.n = n
        self.tolerance = tolerance
        self.errors = errors
        self.drawn = drawn
        self._asked = 0
        self._source = source

    @property
    def asked(self) -> int:
        """Queries answered so far."""
        return self._asked

    def correlations(self, subsets: npt.ArrayLike) -> FloatArray:
        """Answers to a batch of queries, one per row.

        Args:
            subsets: ``(q, size)`` distinct coordinates in 0..n-1 per row.

        Returns:
            ``(q,)`` answers.

        Raises:
            InvalidInput: a coordinate is out of range or repeated in its row; nothing is counted
                then.
        """
        asked = np.asarray(subsets, dtype=np.int64)
        if asked.ndim != 2:
            raise InvalidInput(f"subsets must have shape (q, size), got shape {asked.shape}")
        rising = asked if _rises(asked).all() else np.sort(asked, axis=1)
        valid = _rises(rising) & (rising >= 0).all(axis=1) & (rising < self.n).all(axis=1)
        if not valid.all():
            raise InvalidInput(
                f"a subset must have distinct coordinates in 0..{self.n - 1}, "
                f"got {asked[~valid][0].tolist()}"
            )
        self._asked += len(asked)
        return self._source(rising)


def _rises(subsets: SubsetArray) -> npt.NDArray[np.bool_]:
    """Which rows increase strictly."""
    return np.asarray((subsets[:, 1:] > subsets[:, :-1]).all(axis=1))


Oracle = ExampleOracle | QueryOracle


def query_parity(
    n: int,
    support: Sequence[int],
    bias: float,
    tolerance: float,
    answers: Answers,
    rng: np.random.Generator | None = None,
) -> QueryOracle:
    """A query oracle for the parity over ``support`` with E[y chi_S] = ``bias``.

    With ``answers="adversarial"`` a wrong subset's answer errs by the whole tolerance upwards, and
    the right one's comes down to the others as far as the tolerance allows: from a tolerance of
    ``bias`` / 2 on, all answers are equal and tell nothing. With ``"gaussian"`` the errors come
    from ``rng``, in the order in which the queries are asked.
    """
    if answers not in ("exact", "adversarial", "gaussian"):
        raise InvalidInput(f"answers must be exact, adversarial or gaussian, got {answers!r}")
    if answers == "gaussian" and rng is None:
        raise InvalidInput("rng must be given for gaussian answers, got None")
    secret = np.sort(np.asarray(support, dtype=np.int64))
    error = tolerance if answers == "adversarial" else 0.0
    at_secret = max(bias - error, error)

    def source(subsets: SubsetArray) -> FloatArray:
        if subsets.shape[1] != len(secret):
            values = np.full(len(subsets), error)
        else:
            values = np.where((subsets == secret).all(axis=1), at_secret, error)
        if answers == "gaussian" and rng is not None:
            values += tolerance * rng.standard_normal(len(values))
        return values

    errors: Errors = "gaussian" if answers == "gaussian" else "bounded"
    return QueryOracle(n, tolerance, source, errors=errors)


def query_samples(samples: Samples, tolerance: float, *, device: str = "cpu") -> QueryOracle:
    """A query oracle that answers with averages over a fixed list of examples.

    The averages are within ``tolerance`` of the expectations only with the probability that the
    caller sized the tolerance for (:func:`hoeffding_tolerance`).

    Args:
        samples: the examples.
        tolerance: in (0, 1).
        device: ``cpu`` averages packed words; another device does matrix products with PyTorch.
    """
    correlate = (
        packed_correlations(samples) if device == "cpu" else torch_correlations(samples, device)
    )
    return QueryOracle(samples.n, tolerance, correlate, drawn=samples.m)


def hoeffding_tolerance(m: int, queries: int) -> float:
    """Within what the averages of m examples answer ``queries`` fixed queries.

    Each errs by more than t with probability at most 2 exp(-m t^2 / 2) (Hoeffding); the union over
    all queries stays below ``QUERY_FAILURE``.
    """
    return math.sqrt(2 * (math.log(2 / QUERY_FAILURE) + math.log(queries)) / m)


def hoeffding_examples(tolerance: float, queries: int) -> int:
    """The fewest examples at which :func:`hoeffding_tolerance` is at most ``tolerance``."""
    return math.ceil(2 * (math.log(2 / QUERY_FAILURE) + math.log(queries)) / tolerance**2)
