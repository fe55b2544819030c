"""What a learner returns: an answer, how it ended, what it cost, and how it got there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import Bits, Signs, to_signs
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.samples import as_bits, read_encoding

Predictor = Callable[[Bits], Bits]
"""Maps examples ``(m, n)`` uint8 of 0 and 1 to labels ``(m,)`` uint8 of 0 and 1."""


class Status(StrEnum):
    """How a trial ended; ``advice`` is the sentence that says what to try next."""

    advice: str

    def __new__(cls, value: str, advice: str) -> Status:
        member = str.__new__(cls, value)
        member._value_ = value
        member.advice = advice
        return member

    FOUND = "found", "Check the answer on examples that the learner has not seen."
    TIMEOUT = (
        "timeout",
        "The time or step limit does not allow it; raise it, or take a learner whose cost at this "
        "(n, k, noise) is lower.",
    )
    OUT_OF_SAMPLES = (
        "out_of_samples",
        "The examples ran out before the answer was sure; give more examples, or a learner that "
        "needs fewer.",
    )
    UNDERDETERMINED = (
        "underdetermined",
        "Several supports fit equally well; give more examples, or k if it is known.",
    )
    INCONSISTENT = (
        "inconsistent",
        "No parity fits every example; if labels may be flipped, take a noise-tolerant learner "
        "such as 'exhaustive'.",
    )
    DIVERGED = ("diverged", "The weights overflowed; lower the learning rate.")
    GAVE_UP = ("gave_up", "The learner's own search ended without an answer; widen it.")
    ERROR = ("error", "The trial broke off, and counts as a failure.")


@dataclass(frozen=True)
class Cost:
    """What a trial spent.

    Attributes:
        seconds: wall-clock time inside ``learn``; imports, compilation and probes are outside.
        samples: examples drawn.
        queries: statistical queries asked.
        steps: iterations of the learner's own loop (update steps, candidate subsets, pivots).
        operations: number of elementary operations, counted by the learner's formula.
        operations_unit: what one operation is, such as ``word XOR`` or ``FLOP``.
        peak_memory: bytes of the learner's own arrays at their largest, by formula.
    """

    seconds: float = 0.0
    samples: int = 0
    queries: int = 0
    steps: int = 0
    operations: float = 0.0
    operations_unit: str = ""
    peak_memory: int = 0


@dataclass(frozen=True)
class Trace:
    """Quantities recorded along a trial: named columns of equal length.

    The first column says what the moments are, such as ``step`` of a network's training or
    ``subsets`` tried; the others are ``(moments,)`` or ``(moments, ...)`` arrays.
    """

    columns: Mapping[str, npt.NDArray[np.generic]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise InvalidInput(f"the columns of a trace must have one length, got {lengths}")

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def __getitem__(self, name: str) -> npt.NDArray[np.generic]:
        return self.columns[name]

    def __contains__(self, name: str) -> bool:
        return name in self.columns


@dataclass(frozen=True)
class Finding:
    """What a learner's search concludes; the base class adds the cost and makes an Outcome.

    Attributes:
        status: how the search ended.
        support: the coordinates found, sorted, or None.
        detail: one sentence of particulars (counts, margins), empty if there are none.
        predictor: how to label new examples, where that is more than the parity over ``support``.
        trace: quantities recorded on the way.
        engine: which implementation ran, where a learner has several.
    """

    status: Status
    support: tuple[int, ...] | None = None
    detail: str = ""
    predictor: Predictor | None = None
    trace: Trace = field(default_factory=Trace)
    engine: str = ""


@dataclass(frozen=True)
class Outcome:
    """The end of one trial.

    Attributes:
        support: the coordinates found, sorted, or None.
        status: how the trial ended; ``status.advice`` says what to try next.
        cost: what it spent.
        trace: quantities recorded on the way.
        detail: one sentence of particulars, empty if there are none.
        side_information: which of ``k`` and ``noise`` the learner was told and uses.
        engine: which implementation ran, where the learner has several.
    """

    support: tuple[int, ...] | None
    status: Status
    cost: Cost
    trace: Trace = field(default_factory=Trace, repr=False)
    detail: str = ""
    side_information: tuple[str, ...] = ()
    engine: str = ""
    predictor: Predictor | None = field(default=None, repr=False, compare=False)

    @property
    def message(self) -> str:
        """For a reader: the particulars and, unless an answer was found, the advice."""
        advice = "" if self.status is Status.FOUND else self.status.advice
        return " ".join(part for part in (self.detail, advice) if part)

    @property
    def can_predict(self) -> bool:
        """Whether :meth:`predict` has anything to predict with."""
        return self.predictor is not None or self.support is not None

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[np.int8]:
        """Labels of new examples, in the convention that X is written in.

        Args:
            X: ``(m, n)`` array of 0/1, booleans or -1/+1 (an X of ones alone is read as 0/1).

        Returns:
            ``(m,)`` int8 of 0/1 or of -1/+1.

        Raises:
            InvalidInput: X is no matrix, lacks columns of the support or has a value that is not a
                bit, or there is neither a support nor a predictor.
        """
        inputs = np.asarray(X)
        columns = max(self.support or (0,)) + 1
        if inputs.ndim != 2 or inputs.shape[1] < columns:
            raise InvalidInput(
                f"X must have shape (m, n) with n >= {columns}, got shape {inputs.shape}"
            )
        encoding = read_encoding(inputs)
        labels = self.predict_bits(as_bits(inputs))
        return to_signs(labels) if encoding == "signs" else labels.astype(np.int8)

    def predict_bits(self, bits: Bits) -> Bits:
        """Labels (0/1) of examples ``(m, n)`` uint8 of 0 and 1."""
        if self.predictor is not None:
            return self.predictor(bits)
        if self.support is None:
            raise InvalidInput(f"there is nothing to predict with: the status is {self.status}")
        labels: Bits = np.bitwise_xor.reduce(bits[:, list(self.support)], axis=1, initial=0)
        return labels

    def predict_signs(self, X: Signs) -> Signs:
        """Labels (-1/+1) of examples ``(m, n)`` int8 of -1 and +1."""
        return to_signs(self.predict_bits((X < 0).astype(np.uint8)))
