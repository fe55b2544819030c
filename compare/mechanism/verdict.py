"""What a test of mechanism says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Answer = Literal["yes", "no", "undecided"]


@dataclass(frozen=True)
class Verdict:
    """The answer to one question; every test returns a subclass that adds its statistics.

    Attributes:
        question: what was asked, such as "Is the time to success memoryless?".
        answer: ``yes`` or ``no`` if the test decides at its level, else ``undecided``.
        sentence: the answer in words, with the statistic that it rests on.
    """

    question: str
    answer: Answer
    sentence: str
